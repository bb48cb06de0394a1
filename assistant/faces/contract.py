"""What a face needs of the assistant: the shape that PolicyAssistant and the tests' fake share."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, Protocol, runtime_checkable

from assistant.answer import Answer
from assistant.answering.industry_map import IndustryMap
from assistant.answering.project_matches import ProjectMatches
from assistant.errors import PolicyAssistantError
from assistant.ledger.entries import LedgerHealth
from assistant.model import Clause, Document, Hit, IndustryEntry, Task, UnitSummary
from assistant.reading.files import FileRecord
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.validity import Standing


class Ledger(Protocol):
    """Where answers and what users say of them are noted; neither call waits for a database."""

    def record(
        self, answer: Answer, *, channel: str, user: str = "", milliseconds: float | None = None
    ) -> None:
        """Note what was asked and how it ended; the same answer twice counts once."""
        ...

    def feedback(  # noqa: PLR0913 - one argument for each thing a user says
        self,
        answer_id: str,
        *,
        rating: Literal["up", "down"],
        reason: str = "",
        correction: str = "",
        channel: str,
        user: str = "",
        question: str = "",
        answer_text: str = "",
    ) -> None:
        """Note what a user says of an answer.

        Raises:
            LedgerInputError: a text is too long.
        """
        ...

    def health(self) -> LedgerHealth:
        """Whether rows are being saved; asks memory only."""
        ...


@runtime_checkable
class Assistant(Protocol):
    """The one object behind every face; its methods may be called from several threads."""

    def refresh(self) -> bool:
        """Take up a changed corpus; whether it had changed. Cheap when it had not."""
        ...

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Answer:
        """The answer or the refusal; ``history`` holds the user's earlier questions in order.

        ``documents`` are the ids of those that it may come from (all by default), ``budget`` the
        seconds that an LLM may take.

        Raises:
            QuestionError: the question is empty or too long.
            UnknownDocument: there is no document of an id.
        """
        ...

    def ask_stream(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Generator[str, None, Answer]:
        """As ``ask``: yields each sentence of an LLM once it is checked, returns the answer."""
        ...

    def restored(self, records: object) -> tuple[Answer, ...]:
        """Answers that a browser has kept, each checked against the documents of now."""
        ...

    def failed(self, question: str, error: PolicyAssistantError) -> Answer:
        """An Answer of status ``error`` that carries the error's sentence."""
        ...

    def search(self, query: str, limit: int = 10, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """The best clauses that pass the filters, best first.

        Raises:
            QuestionError: the query is empty or too long.
            NotFoundError: a filter names a document, unit or area that is not in the index.
        """
        ...

    def standings(self, day: date | None = None) -> Mapping[str, Standing]:
        """Whether each document is in force at a day (today), by its id."""
        ...

    def documents(self) -> tuple[Document, ...]:
        """Every document of the index."""
        ...

    def files(self) -> tuple[FileRecord, ...]:
        """The files of the index in order of name: which document each one gave."""
        ...

    def document(self, document_id: str) -> Document:
        """The document of this id, or UnknownDocument."""
        ...

    def clause(self, clause_id: str) -> Clause:
        """The clause of this id, or UnknownClause."""
        ...

    def units(self) -> tuple[UnitSummary, ...]:
        """Every unit that is named as responsible for something."""
        ...

    def tasks_of(self, unit: str) -> tuple[UnitSummary, tuple[Task, ...]]:
        """The unit by any of its names, and its complete list of tasks, or UnknownUnit."""
        ...

    def task_table(self) -> tuple[tuple[UnitSummary, tuple[Task, ...]], ...]:
        """Every unit with its complete list of tasks."""
        ...

    def industry_map(self) -> IndustryMap:
        """The industry table by area, with its sentences, clauses and units."""
        ...

    def match_project(self, text: str) -> ProjectMatches:
        """What the documents say on an investor's project.

        Raises:
            QuestionError: the text is empty or too long.
        """
        ...

    def industries(self, *, area: str = "", industry: str = "") -> tuple[IndustryEntry, ...]:
        """The sentences that support an industry, filtered by area and industry."""
        ...

    def llm_paused(self) -> bool:
        """Whether an LLM that is set is left alone just now, as it kept failing."""
        ...

    def info(self) -> dict[str, Any]:
        """What the index says about itself."""
        ...
