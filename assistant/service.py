"""PolicyAssistant: one object that opens the index and answers. Safe to share between threads."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from assistant.answer import Answer, AnswerText, AskedQuestion, Refusal, Status
from assistant.answering.drafting import Draft
from assistant.errors import (
    EmptyQuestion,
    PolicyAssistantError,
    QuestionTooLong,
    UnknownClause,
    UnknownDocument,
    UnknownUnit,
)
from assistant.indexing import versions
from assistant.indexing.building import configured_encoder, newer_index, open_index
from assistant.indexing.index import Index
from assistant.model import (
    Clause,
    Document,
    Encoder,
    Hit,
    IndustryEntry,
    Role,
    Task,
    UnitSummary,
)
from assistant.parts import Parts, assemble
from assistant.ranking.reranker import open_reranker
from assistant.reading import files
from assistant.reading.files import Stamp
from assistant.rendering import renderings
from assistant.replies import replying
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.settings import MAX_EARLIER_QUESTIONS, Settings
from assistant.text import clean, fold, warm
from assistant.validity import Standing
from assistant.wording.chat_model import ChatModel
from assistant.wording.generation import aigc

log = logging.getLogger(__name__)
_EXTRACTIVE = {"name": "extractive"}


class PolicyAssistant:
    """Answers questions about the documents of one corpus."""

    def __init__(
        self, settings: Settings, encoder: Encoder, index: Index, stamp: Stamp | None = None
    ) -> None:
        self.settings = settings
        self.encoder = encoder
        self._reranker = open_reranker(settings)
        self._chat = _chat_of(settings)
        self._refreshing = threading.Lock()
        self._parts = self._assemble(index, stamp or files.stamp(settings.corpus_dir))
        self._version = index.version  # the one last seen, which need not be the one that runs
        warm()

    @classmethod
    def open(cls, settings: Settings, *, progress: bool = False) -> PolicyAssistant:
        """Load the index; build it first when it is missing, torn or not of this corpus.

        Raises:
            CorpusError: the corpus is missing or empty, or the index cannot be written.
            EncoderError: the encoder cannot be loaded.
        """
        encoder = configured_encoder(settings)
        stamp = files.stamp(settings.corpus_dir)  # before reading: what changes later is noticed
        return cls(settings, encoder, open_index(settings, encoder, progress=progress), stamp)

    def refresh(self) -> bool:
        """Take in a changed corpus, or the index that another process made of it: swap, say True.

        Only names and file stats are read when nothing has changed. Whoever asks meanwhile is
        answered from the old index, wholly.
        """
        if self._seen() == (self._parts.stamp, self._version):
            return False
        with self._refreshing:
            stamp, version = self._seen()
            parts = self._parts
            if (stamp, version) == (parts.stamp, self._version):
                return False
            index = newer_index(self.settings, self.encoder, make=stamp != parts.stamp)
            if index is None:  # another process builds, or has built what does not fit here
                self._version = version
                return False
            self._parts = self._assemble(index, stamp)
            self._version = index.version
        return True

    def _seen(self) -> tuple[Stamp, str]:
        """What the corpus and the index folder look like now."""
        folder = self.settings.index_dir
        return files.stamp(self.settings.corpus_dir), versions.current_or_none(folder)

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        budget: float | None = None,
    ) -> Answer:
        """One answer or one refusal; ``history`` holds the user's earlier questions, oldest first.

        ``budget`` in seconds is what an LLM may take, the setting's by default; 0 leaves it out.

        Raises:
            EmptyQuestion: nothing is left of the question once it is cleaned.
            QuestionTooLong: longer than the settings allow.
        """
        asking = self.ask_stream(question, history, as_of=as_of, budget=budget)
        while True:
            try:
                next(asking)
            except StopIteration as end:
                answer: Answer = end.value
                return answer

    def ask_stream(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        budget: float | None = None,
    ) -> Generator[str, None, Answer]:
        """The sentences of an LLM, each once it has been checked; returns the whole answer.

        Nothing is yielded where no LLM words the answer. Raises as ``ask`` does, when first asked
        for a sentence.
        """
        started = time.perf_counter()
        self._check(question)
        limit = self.settings.max_question_chars
        earlier = [h[:limit] for h in history[-MAX_EARLIER_QUESTIONS:] if clean(h)]
        parts, day = self._parts, as_of or datetime.now(UTC).date()
        seconds = self.settings.llm_budget_seconds if budget is None else budget
        reply = yield from replying(parts, question, earlier, day, budget=seconds)
        asked = AskedQuestion(_encodable(question), reply.rewritten)
        return self._finish(reply.draft, asked, parts, as_of, started)

    def failed(self, question: str, error: PolicyAssistantError) -> Answer:
        """The Answer of status ``error`` that stands for a question that could not be asked."""
        draft = Draft(Status.ERROR, str(error), refusal=Refusal(str(error)))
        asked = AskedQuestion(_encodable(question))
        return self._finish(draft, asked, self._parts, None, time.perf_counter())

    def search(self, query: str, limit: int = 10, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """The best clauses, best first: what the query names exactly, then what resembles it.

        Raises:
            EmptyQuestion, QuestionTooLong, UnknownArea, UnknownDocument, UnknownUnit.
        """
        self._check(query)
        parts, day = self._parts, datetime.now(UTC).date()
        return parts.search.search(parts.conversation.plain(query).text, limit, filters, day=day)

    def standings(self, day: date | None = None) -> Mapping[str, Standing]:
        """Whether each document is in force at a day (today), by its id."""
        return self._parts.lookups.relations.at(day or datetime.now(UTC).date())

    def documents(self) -> tuple[Document, ...]:
        """All documents, in order of their files."""
        return self._parts.index.documents

    def document(self, document_id: str) -> Document:
        """One document.

        Raises:
            UnknownDocument: no document has this id.
        """
        found = self._parts.lookups.documents.get(document_id)
        if found is None:
            raise UnknownDocument(document_id)
        return found

    def clause(self, clause_id: str) -> Clause:
        """One clause or named part.

        Raises:
            UnknownClause: no clause has this id.
        """
        found = self._parts.lookups.clauses.get(clause_id)
        if found is None:
            raise UnknownClause(clause_id)
        return found

    def units(self) -> tuple[UnitSummary, ...]:
        """All units, in the order in which the documents first name them."""
        parts = self._parts
        return tuple(self._summary(parts, name) for name in parts.index.units)

    def tasks_of(self, unit: str) -> tuple[UnitSummary, tuple[Task, ...]]:
        """All tasks of a unit given by name, full name, alias or abbreviation.

        Raises:
            UnknownUnit: no document lists it, or the name fits several units.
        """
        parts = self._parts
        name = parts.reader.units.resolve(clean(unit))
        if not name:
            raise UnknownUnit(unit)
        return self._summary(parts, name), parts.answerer.tasks.tasks_of(name)

    def industries(self, *, area: str = "", industry: str = "") -> tuple[IndustryEntry, ...]:
        """The entries of the industry table, by area name or part of it, and by industry."""
        parts = self._parts
        areas = parts.reader.areas.find(area) if area else ()
        found = [e for e in parts.index.industries if not area or set(areas) & set(e.areas)]
        return tuple(e for e in found if fold(industry) in fold(e.industry))

    def info(self) -> dict[str, Any]:
        """What the running index was made of."""
        return self._parts.index.manifest.summary()

    def _check(self, question: str) -> None:
        if len(question) > self.settings.max_question_chars:
            raise QuestionTooLong(len(question), self.settings.max_question_chars)
        if not any(c.isalnum() for c in clean(question)):
            raise EmptyQuestion

    def _assemble(self, index: Index, stamp: Stamp) -> Parts:
        return assemble(
            index,
            stamp,
            self.encoder,
            self.settings,
            reranker=self._reranker,
            chat=self._chat,
        )

    def _summary(self, parts: Parts, name: str) -> UnitSummary:
        known = parts.name_of(name)
        tasks = parts.answerer.tasks.tasks_of(name)
        counts = {role: sum(t.role is role for t in tasks) for role in Role}
        return UnitSummary(name, known.full_name, known.aliases, counts)

    def _finish(
        self,
        draft: Draft,
        asked: AskedQuestion,
        parts: Parts,
        as_of: date | None,
        started: float,
    ) -> Answer:
        now = datetime.now(UTC)
        manifest, settings = parts.index.manifest, self.settings
        label = aigc(draft, settings.llm_model, settings.llm_record_number)
        worded = parts.composer is not None and label.generated
        made_with = parts.composer.made_with if parts.composer and worded else _EXTRACTIVE
        answer = Answer(
            id=f"ans_{uuid.uuid4().hex}",
            created=int(now.timestamp()),
            as_of=(as_of or now.date()).isoformat(),
            status=draft.status,
            question=asked,
            answer=AnswerText(draft.text),
            claims=tuple(draft.claims),
            citations=tuple(draft.citations),
            responsible_units=tuple(draft.units),
            refusal=draft.refusal,
            warnings=tuple(draft.warnings),
            aigc=label,
            model={**made_with, "encoder": manifest.encoder},
            usage={"milliseconds": round((time.perf_counter() - started) * 1000)},
        )
        return renderings(answer, self.settings.public_base_url)


def _chat_of(settings: Settings) -> ChatModel | None:
    """The LLM of the settings; None where none is set."""
    if not settings.llm_base_url:
        return None
    from assistant.wording.chat_model import Endpoint, OpenAIChat

    return OpenAIChat.open(
        Endpoint(settings.llm_base_url, settings.llm_model, settings.llm_api_key)
    )


def _encodable(text: str) -> str:
    """The text with � for what no encoding can carry (lone surrogates)."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
