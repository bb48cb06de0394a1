"""What a face needs of the assistant: the shape that PolicyAssistant and the tests' fake share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol, runtime_checkable

from assistant.answer import Answer
from assistant.errors import PolicyAssistantError
from assistant.model import Clause, Document, Hit, IndustryEntry, Task, UnitSummary
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.validity import Standing


@runtime_checkable
class Assistant(Protocol):
    """The one object behind every face; its methods may be called from several threads."""

    def refresh(self) -> bool:
        """Take up a changed corpus; whether it had changed. Cheap when it had not."""
        ...

    def ask(
        self, question: str, history: Sequence[str] = (), *, as_of: date | None = None
    ) -> Answer:
        """The answer or the refusal; ``history`` holds the user's earlier questions in order.

        Raises:
            QuestionError: the question is empty or too long.
        """
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

    def industries(self, *, area: str = "", industry: str = "") -> tuple[IndustryEntry, ...]:
        """The sentences that support an industry, filtered by area and industry."""
        ...

    def info(self) -> dict[str, Any]:
        """What the index says about itself."""
        ...
