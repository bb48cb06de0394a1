"""What the documents hold, looked up: documents, clauses, units with their tasks, industries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import Any

from assistant import clock
from assistant.answering.industry_map import IndustryMap
from assistant.errors import UnknownClause, UnknownDocument, UnknownUnit
from assistant.model import Clause, Document, IndustryEntry, Role, Task, UnitSummary
from assistant.parts import Parts
from assistant.reading.files import FileRecord
from assistant.text import clean, fold
from assistant.validity import Standing


class Catalogue(ABC):
    """Looks things up in the running index; nothing here is searched or guessed."""

    @property
    @abstractmethod
    def _parts(self) -> Parts: ...

    def standings(self, day: date | None = None) -> Mapping[str, Standing]:
        """Whether each document is in force at a day (today), by its id."""
        return self._parts.lookups.relations.at(day or clock.today())

    def documents(self) -> tuple[Document, ...]:
        """All documents, in order of their files."""
        return self._parts.index.documents

    def files(self) -> tuple[FileRecord, ...]:
        """The files of the running index in order of name: which document each one gave."""
        return self._parts.index.files

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

    def task_table(self) -> tuple[tuple[UnitSummary, tuple[Task, ...]], ...]:
        """Every unit with all its tasks, in the order in which the documents first name them."""
        parts = self._parts
        of = parts.answerer.tasks.tasks_of
        return tuple((self._summary(parts, name), of(name)) for name in parts.index.units)

    def industry_map(self) -> IndustryMap:
        """The industry table by area, with the sentences, their clauses and whom to contact."""
        index = self._parts.index
        return IndustryMap.of(index.industries, index.documents, self.standings())

    def industries(self, *, area: str = "", industry: str = "") -> tuple[IndustryEntry, ...]:
        """The entries of the industry table, by area name or part of it, and by industry."""
        parts = self._parts
        areas = parts.reader.areas.find(area) if area else ()
        found = [e for e in parts.index.industries if not area or set(areas) & set(e.areas)]
        return tuple(e for e in found if fold(industry) in fold(e.industry))

    def info(self) -> dict[str, Any]:
        """What the running index was made of."""
        return self._parts.index.manifest.summary()

    def _summary(self, parts: Parts, name: str) -> UnitSummary:
        known = parts.name_of(name)
        tasks = parts.answerer.tasks.tasks_of(name)
        counts = {role: sum(t.role is role for t in tasks) for role in Role}
        return UnitSummary(name, known.full_name, known.aliases, counts)
