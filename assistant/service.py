"""PolicyAssistant: one object that opens the index and answers. Safe to share between threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Generator, Sequence
from datetime import date

from assistant import clock
from assistant.answer import Answer, AskedQuestion, Refusal, Status
from assistant.answering.drafting import Draft
from assistant.answering.project_matches import ProjectMatches
from assistant.catalogue import Catalogue
from assistant.errors import (
    EmptyQuestion,
    PolicyAssistantError,
    QuestionTooLong,
)
from assistant.finishing import finished
from assistant.indexing import versions
from assistant.indexing.building import configured_encoder, newer_index, open_index
from assistant.indexing.index import Index
from assistant.model import (
    Encoder,
    Hit,
)
from assistant.parts import Parts, assemble
from assistant.ranking.reranker import open_reranker
from assistant.reading import files
from assistant.reading.files import Stamp
from assistant.replies import replying
from assistant.restoring import Today, restored
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.scopes import Scopes, scope_note
from assistant.settings import MAX_EARLIER_QUESTIONS, Settings
from assistant.stages import Stopwatch
from assistant.text import clean, warm
from assistant.understanding.personal_numbers import without_personal_numbers
from assistant.wording.chat_model import ChatModel

log = logging.getLogger(__name__)


class PolicyAssistant(Catalogue):
    """Answers questions about the documents of one corpus."""

    def __init__(
        self, settings: Settings, encoder: Encoder, index: Index, stamp: Stamp | None = None
    ) -> None:
        self.settings = settings
        self.encoder = encoder
        self._reranker = open_reranker(settings)
        self._chat = _chat_of(settings)
        self._refreshing = threading.Lock()
        self._scopes = self._assembled(index, stamp or files.stamp(settings.corpus_dir))
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
            self._scopes = self._assembled(index, stamp)
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
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Answer:
        """One answer or one refusal; ``history`` holds the user's earlier questions, oldest first.

        ``documents`` are the ids of those that the answer may come from, all by default;
        ``budget`` in seconds is what an LLM may take, the setting's by default; 0 leaves it out.

        Raises:
            EmptyQuestion: nothing is left of the question once it is cleaned.
            QuestionTooLong: longer than the settings allow.
            UnknownDocument: there is no document of an id.
        """
        asking = self.ask_stream(question, history, as_of=as_of, documents=documents, budget=budget)
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
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Generator[str, None, Answer]:
        """The sentences of an LLM, each once it has been checked; returns the whole answer.

        Nothing is yielded where no LLM words the answer. Raises as ``ask`` does, when first asked
        for a sentence.
        """
        started, watch = time.perf_counter(), Stopwatch()
        self._check(question)
        limit = self.settings.max_question_chars
        earlier = [h[:limit] for h in history[-MAX_EARLIER_QUESTIONS:] if clean(h)]
        scopes, day = self._scopes, as_of or clock.today()  # one index, whatever is swapped in
        parts = scopes.parts(documents)
        seconds = self.settings.llm_budget_seconds if budget is None else budget
        asked_of = without_personal_numbers(question)
        reply = yield from replying(parts, asked_of, earlier, day, budget=seconds, watch=watch)
        if parts is not scopes.whole:
            reply.draft.warnings.insert(0, scope_note(parts))
        asked = AskedQuestion(_encodable(question), reply.rewritten)
        usage = {"milliseconds": _milliseconds(started), **watch.milliseconds()}
        return finished(reply.draft, asked, parts, self.settings, as_of=as_of, usage=usage)

    def restored(self, records: object) -> tuple[Answer, ...]:
        """Answers that a browser has kept, as JSON gave them, each checked against this index.

        One that no longer holds comes back as an error that asks to ask again.
        """
        parts = self._parts
        today = Today(
            documents=parts.lookups.documents,
            clauses=parts.lookups.clauses,
            standings=parts.lookups.relations.at,
            check=parts.check,
            base_url=self.settings.public_base_url,
        )
        return restored(records, today)

    def failed(self, question: str, error: PolicyAssistantError) -> Answer:
        """The Answer of status ``error`` that stands for a question that could not be asked."""
        draft = Draft(Status.ERROR, str(error), refusal=Refusal(str(error)))
        asked = AskedQuestion(_encodable(question))
        return finished(draft, asked, self._parts, self.settings, as_of=None, usage={})

    def llm_paused(self) -> bool:
        """Whether the LLM is left alone just now, as it kept failing; False where none is set."""
        return self._chat is not None and self._chat.paused

    def match_project(self, text: str) -> ProjectMatches:
        """What the documents say on a project that an investor describes (我的项目是…).

        Raises:
            EmptyQuestion, QuestionTooLong.
        """
        self._check(text)
        return self._parts.matcher.match(clean(text), self.standings())

    def search(self, query: str, limit: int = 10, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """The best clauses, best first: what the query names exactly, then what resembles it.

        Raises:
            EmptyQuestion, QuestionTooLong, UnknownArea, UnknownDocument, UnknownUnit.
        """
        self._check(query)
        parts, day = self._parts, clock.today()
        return parts.search.search(parts.conversation.plain(query).text, limit, filters, day=day)

    def _check(self, question: str) -> None:
        if len(question) > self.settings.max_question_chars:
            raise QuestionTooLong(len(question), self.settings.max_question_chars)
        if not any(c.isalnum() for c in clean(question)):
            raise EmptyQuestion

    @property
    def _parts(self) -> Parts:
        return self._scopes.whole

    def _assembled(self, index: Index, stamp: Stamp) -> Scopes:
        """The parts for an index, and the maker of those for some of its documents."""

        def parts(index: Index, whole: Parts | None = None) -> Parts:
            return assemble(
                index,
                stamp,
                self.encoder,
                self.settings,
                reranker=self._reranker,
                chat=self._chat,
                whole=whole,
            )

        return Scopes(parts(index), parts)


def _chat_of(settings: Settings) -> ChatModel | None:
    """The LLM of the settings; None where none is set."""
    if not settings.llm_base_url:
        return None
    from assistant.wording.chat_model import Endpoint, OpenAIChat

    return OpenAIChat.open(
        Endpoint(settings.llm_base_url, settings.llm_model, settings.llm_api_key)
    )


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _encodable(text: str) -> str:
    """The text with � for what no encoding can carry (lone surrogates)."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
