"""Filters of a search, and the rows that pass them: a mask, so that they hold inside the search.

A filter left empty lets everything pass, but for the kind: without one, only official documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.errors import UnknownArea, UnknownDocument, UnknownUnit
from assistant.indexing.index import Index
from assistant.model import Document, DocumentKind, Hit, Role
from assistant.reading.relations import Relations
from assistant.reading.unit_names import issuer_of
from assistant.retrieval.retriever import Retriever
from assistant.text import clean, is_place
from assistant.understanding.areas import AreaFinder
from assistant.understanding.units import UnitFinder
from assistant.validity import NOT_IN_FORCE, DocumentStatus

Mask = NDArray[np.bool_]
_LIKE_A_PLACE = re.compile(r"(?:省|市|区|县|旗|州|盟|镇|乡|街道|村|园)$")


class IssuerLevel(StrEnum):
    """The rank of government of the organ that issued a document."""

    NATIONAL = "国家"
    PROVINCE = "省"
    CITY = "市"
    COUNTY = "区县"
    TOWN = "镇街"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must satisfy; of several values of one filter, any one.

    ``documents`` holds ids, 文号 or titles. ``statuses`` are judged at ``as_of`` (today when None);
    ``as_of`` without statuses drops the documents that are not in force on that day. ``unit`` is
    any of a unit's names: the clause names it or inherits it. ``area`` is a place: the clause
    names it, supports an industry there, is carried out by it, or stands in a document that it
    issued. ``kinds`` empty means official documents only.
    """

    documents: tuple[str, ...] = ()
    issuer_levels: tuple[IssuerLevel, ...] = ()
    statuses: tuple[DocumentStatus, ...] = ()
    as_of: date | None = None
    unit: str = ""
    area: str = ""
    kinds: tuple[DocumentKind, ...] = ()


NO_FILTERS = Filters()


class RowMasks:
    """Masks over the rows of one index, each of shape (rows,); safe to share between threads."""

    def __init__(
        self, index: Index, relations: Relations, units: UnitFinder, areas: AreaFinder
    ) -> None:
        self.index = index
        self.relations = relations
        self.units = units
        self.areas = areas
        place = {d.id: at for at, d in enumerate(index.documents)}
        self._document = np.array([place[c.document_id] for c in index.rows], dtype=np.int32)
        self._row = {c.id: at for at, c in enumerate(index.rows)}
        self._levels = [issuer_of(d.issuer or d.title).level for d in index.documents]
        self._local = {
            a.name for c in index.rows for a in c.responsibility.assignments if a.role is Role.LOCAL
        }
        self.of_unit = lru_cache(maxsize=1000)(self._of_unit)
        self.of_area = lru_cache(maxsize=1000)(self._of_area)

    def of(self, filters: Filters, day: date) -> Mask:
        """The rows that pass all filters; ``day`` is today.

        Raises:
            UnknownDocument, UnknownUnit, UnknownArea: the index knows no such name.
        """
        passing = self._passing(filters, filters.as_of or day)
        mask = self.of_documents(d.id for d in passing)
        if filters.unit:
            mask &= self._named_unit(clean(filters.unit))
        if filters.area:
            found = self.of_area(clean(filters.area))
            if not found.any():
                raise UnknownArea(filters.area)
            mask &= found
        return mask

    def documents_of(self, kinds: Collection[DocumentKind]) -> tuple[Document, ...]:
        """The documents of some kinds; the official ones when none is given."""
        wanted = kinds or (DocumentKind.OFFICIAL,)
        return tuple(d for d in self.index.documents if d.kind in wanted)

    def of_documents(self, ids: Iterable[str]) -> Mask:
        """The rows of the documents of these ids."""
        wanted = frozenset(ids)
        chosen = np.array([d.id in wanted for d in self.index.documents], dtype=bool)
        return self._spread(chosen)

    def of_clauses(self, ids: Iterable[str]) -> Mask:
        """The rows of these clauses; one that is no row (a heading without words) has none."""
        mask = np.zeros(len(self._document), dtype=bool)
        mask[[self._row[i] for i in ids if i in self._row]] = True
        return mask

    def issued_in(self, place: str) -> Mask:
        """The rows of the documents that an organ of the place (淄博市) has issued."""
        chosen = np.array([place in d.issuer for d in self.index.documents], dtype=bool)
        return self._spread(chosen)

    def _spread(self, chosen: Mask) -> Mask:
        """From documents to their rows."""
        return chosen[self._document] if len(chosen) else np.zeros(0, dtype=bool)

    def _passing(self, filters: Filters, day: date) -> list[Document]:
        """The documents that pass the filters on documents."""
        named = {d for value in filters.documents for d in self._named(value)}
        judged = filters.statuses or filters.as_of
        standings = self.relations.at(day) if judged else {}
        admitted = {d.id for d in self.documents_of(filters.kinds)}
        return [
            document
            for document, level in zip(self.index.documents, self._levels, strict=True)
            if document.id in admitted
            and (not named or document.id in named)
            and (not filters.issuer_levels or level in filters.issuer_levels)
            and (not judged or _stands(standings[document.id].status, filters.statuses))
        ]

    def _named(self, value: str) -> tuple[str, ...]:
        """The ids of the documents with this id, 文号 or title."""
        written = clean(value)
        if any(d.id == written for d in self.index.documents):
            return (written,)
        found = tuple(d.id for d in self.relations.called(written))
        if not found:
            raise UnknownDocument(value)
        return found

    def _named_unit(self, written: str) -> Mask:
        mentions = self.units.find(written)
        place = mentions[0].place if len(mentions) == 1 else ""
        name = self.units.resolve(written)
        if not name and place and mentions[0].written == written:
            name = mentions[0].name  # 云河市财政局, where no table gives the full name
        if not name:
            raise UnknownUnit(written)
        return self.of_unit(name) & self.issued_in(place) if place else self.of_unit(name)

    def _of_unit(self, name: str) -> Mask:
        """The rows that name a unit (canonical name) or inherit it."""
        return _frozen(self.of_clauses(self.index.units.get(name, ())))

    def _of_area(self, area: str) -> Mask:
        """The rows of an area by one of its names, see ``Filters``; none where nobody knows it."""
        if len(area) < 2:
            return _frozen(self.of_clauses(()))
        known = self._areas_written(area)
        words = (*known, area)
        entries = [e.clause_id for e in self.index.industries if not known.isdisjoint(e.areas)]
        mask = self.of_clauses(entries) | self.issued_in(area)
        local = [w for w in words if w in self._local]
        for unit in local:
            mask |= self.of_unit(unit)
        if known or local or mask.any() or is_place(area) or _LIKE_A_PLACE.search(area):
            mask |= np.array(
                [any(w in c.text or w in "".join(c.path) for w in words) for c in self.index.rows],
                dtype=bool,
            )
        return _frozen(mask)

    def _areas_written(self, area: str) -> frozenset[str]:
        """The areas of the industry table with this name, with or without the issuer's place."""
        bare = [area.removeprefix(place) for place in self.units.issuing]
        return frozenset(a for w in (area, *bare) for a in self.areas.written.get(w, ()))


def ranked(retriever: Retriever, query: str, limit: int, allowed: Mask) -> tuple[Hit, ...]:
    """The best of the allowed rows, best first; the mask holds inside the search."""
    return retriever.search(query, limit, allowed=allowed, explanatory=True)


def _stands(status: DocumentStatus, wanted: Collection[DocumentStatus]) -> bool:
    return status in wanted if wanted else status not in NOT_IN_FORCE


def _frozen(mask: Mask) -> Mask:
    """A mask that is kept and handed out again: nobody may write into it."""
    mask.setflags(write=False)
    return mask
