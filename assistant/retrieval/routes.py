"""Exact routes of a search before the fuzzy one: 文号, title, date, clause number, unit, area.

A document's name or date narrows the search to that document; all its clauses are exact. A clause
number, a unit or an area points to clauses. What the query says besides (its rest) ranks the exact
hits among themselves and finds the fuzzy ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from assistant.answering.lookups import Lookups, articles_of
from assistant.answering.provision_answers import article_named
from assistant.model import Document, DocumentKind, Hit
from assistant.reading.dates import Written, written_dates
from assistant.reading.mentions import mentions
from assistant.retrieval.filters import NO_FILTERS, Filters, Mask, RowMasks, ranked
from assistant.retrieval.retriever import Retriever
from assistant.text import fold, words
from assistant.understanding.document_facts import (
    clause_numbers,
    holds_title,
    named_documents,
    names_of,
)
from assistant.understanding.question import Reader
from assistant.validity import NOT_IN_FORCE

EXACT = "exact"  # the signal that every hit of a route carries
_FILE = r"(?:政策)?(?:文件|公文|政策|意见|通知|办法|方案|规定|措施|决定|公告|规划|条例)"
_OF_THAT_TIME = re.compile(
    rf"(?:度|间|份)?[的里]?(?:印发|发布|出台|制定|下发|公布|成文)?的?(?:哪些|所有|全部)?{_FILE}"
)
_SINCE = re.compile(r"(?:自|从|到|至|于|在)\s*$")
_ANNEX = re.compile(r"^附件\s*\d*\s*[:：]?\s*")
_APART = re.compile(r"\s|的|$")
_ASKS = re.compile(
    r"印发|发布|出台|制定|下发|公布|成文|"
    rf"负责|承担|参与|牵头|配合|任务|职责|分工|涉及|有关|相关|条款|内容|全文|原文|{_FILE}"
)


class Route(StrEnum):
    """How a query names what it wants; the name of the signal beside ``exact``."""

    DOC_NUMBER = "doc_number"
    TITLE = "title"
    DATE = "date"
    CLAUSE = "clause_number"
    UNIT = "unit"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Target:
    """What the routes make of a query.

    ``exact`` are the rows it names, ``within`` those of the documents it names (of all, when it
    names none), ``rest`` its words without the names; '' when these say nothing of a topic.
    """

    routes: tuple[Route, ...]
    exact: Mask
    within: Mask
    rest: str


class Routes:
    """Finds what a query names in one index."""

    def __init__(self, reader: Reader, lookups: Lookups, masks: RowMasks) -> None:
        self.reader = reader
        self.lookups = lookups
        self.masks = masks
        self._names = {d.id: names_of(d) for d in lookups.index.documents}

    def target(self, query: str, kinds: Collection[DocumentKind] = ()) -> Target:
        """The rows that a cleaned query names, among documents of some kinds (official)."""
        documents = self.masks.documents_of(kinds)
        everything = self.masks.of_documents(d.id for d in documents)
        routes, named, rest = self._documents(query, documents)
        within = self.masks.of_documents(d.id for d in named) if routes else everything
        exact = within if routes else np.zeros_like(everything)
        clauses, rest = self._clauses(rest, named if routes else documents)
        if clauses is not None:
            exact = clauses & within
            routes = (*routes, Route.CLAUSE) if exact.any() else ()
        found, bare = self._units_and_areas(rest, within)
        topic = self._topic(bare)
        for route, rows in found:
            rows = self._holding(rows & within & (exact if routes else True), topic)
            if rows.any():
                exact, routes, rest = rows, (*routes, route), bare
        return Target(routes, exact, within, rest if self._topic(rest) else "")

    def _documents(
        self, query: str, documents: Sequence[Document]
    ) -> tuple[tuple[Route, ...], list[Document], str]:
        """The documents named by 文号, title or date, the routes, and the query without them."""
        ids, rest, unknown = named_documents(query, self._likely(query, documents))
        named = [d for d in documents if d.id in ids]
        titled = any(holds_title(query, name) for i in ids for name in self._names[i])
        routes = ((Route.TITLE if titled else Route.DOC_NUMBER),) if ids else ()
        others = () if ids else tuple(mentions(query))
        for mention in others:
            called = self.lookups.relations.called(mention.title or mention.doc_number)
            found = [d for d in documents if d.id in {c.id for c in called}]
            if found:
                start, end = mention.char_range
                rest = f"{query[:start]} {query[end:]}"
                routes, named = ((Route.TITLE if mention.title else Route.DOC_NUMBER),), found
        if not routes and (unknown or others):
            return (), [], ""  # 二（四） of a document that is not held is no clause of another one
        if not routes:
            dated = self._dated(rest, documents)
            if dated:
                routes, (named, rest) = (Route.DATE,), dated
        return routes, named, rest

    def _likely(self, query: str, documents: Sequence[Document]) -> list[Document]:
        """The documents with a name in the query or, where it holds a 文号, with any number."""
        numbered = "号" in query
        return [
            d
            for d in documents
            if (numbered and d.doc_number) or any(holds_title(query, n) for n in self._names[d.id])
        ]

    def _dated(self, text: str, documents: Sequence[Document]) -> tuple[list[Document], str] | None:
        """The documents of a date: of a day, or of a month or year where it speaks of documents."""
        for written in written_dates(text):
            before, after = text[: written.start], text[written.end :]
            alone = not (before + after).strip(" 。？?！!的")
            apart = written.exact and _APART.match(after) and not _SINCE.search(before)
            if text[written.end - 1] in "底末" or not (
                alone or apart or _OF_THAT_TIME.match(after)
            ):
                continue
            found = [d for d in documents if d.issued_on and _on(d.issued_on, written)]
            if found:
                return found, f"{before} {after}"
        return None

    def _clauses(self, text: str, documents: Iterable[Document]) -> tuple[Mask | None, str]:
        """The rows of the clause that a text numbers, with its sub-clauses; None if it does not."""
        text = _ANNEX.sub("", text.strip(" 的，,：:"))
        article = article_named(text)
        numbers = (article,) if article else clause_numbers(text)
        if not numbers:
            return None, text
        found = [c for d in documents for c in self.lookups.numbered(d, numbers)]
        headed = self.lookups.headed(found, text)  # 二（二）智能装备
        for clause in headed:
            text = text.replace(clause.heading.strip("。"), " ")
        found = headed or articles_of(found, numbers)
        whole = [part.id for c in found for part in (c, *self.lookups.below(c))]
        return self.masks.of_clauses(whole), _NUMBERED.sub(" ", text)

    def _units_and_areas(self, text: str, within: Mask) -> tuple[list[tuple[Route, Mask]], str]:
        """The rows of the units and of the areas that a text names, and the text without them."""
        found: list[tuple[Route, Mask]] = []
        units = [u for u in self.reader.units.find(text) if u.name]
        rows = [
            self.masks.of_unit(u.name) & (self.masks.issued_in(u.place) if u.place else within)
            for u in units
        ]
        for unit in units:
            text = text.replace(unit.written, " ")
        if rows:
            found.append((Route.UNIT, _shared([r & within for r in rows])))
        areas = self._areas(text)
        for area in areas:
            text = text.replace(area, " ")
        if areas:
            found.append((Route.AREA, _shared([self.masks.of_area(a) & within for a in areas])))
        return found, text

    def _areas(self, text: str) -> list[str]:
        """The areas and issuing places in a text, as whole words (高新 of 高新技术 is none)."""
        flat = fold(text)
        edges = _edges(flat)
        known = set(self.reader.areas.areas)
        found = [
            name
            for start, name in self.reader.areas.spans(flat)
            if name in known or {start, start + len(name)} <= edges
        ]
        places = [p for p in self.reader.units.issuing if p in flat]
        return [*found, *(p for p in places if not any(p in name for name in found))]

    def _topic(self, text: str) -> tuple[str, ...]:
        """The words of a text that carry a topic, without those that ask for clauses."""
        return self.reader.terms(_ASKS.sub(" ", text))

    def _holding(self, rows: Mask, topic: Sequence[str]) -> Mask:
        """Those of the rows that hold all words of the topic; all rows when there is none.

        With less, what a unit or area is named for would be pushed down by what else it does.

        The text is not folded: a unit may have tens of thousands of rows.
        """
        if not topic:
            return rows
        clauses = self.lookups.index.rows
        held = np.zeros_like(rows)
        for row in np.flatnonzero(rows):
            text = f"{' '.join(clauses[row].path)}\n{clauses[row].text}".lower()
            held[row] = all(word in text for word in topic)
        return held


class RoutedSearch:
    """The search of the faces: exact hits first, then fuzzy ones, all inside the filters."""

    def __init__(
        self, reader: Reader, lookups: Lookups, masks: RowMasks, retriever: Retriever
    ) -> None:
        self.routes = Routes(reader, lookups, masks)
        self.masks = masks
        self.retriever = retriever

    def search(
        self, query: str, limit: int, filters: Filters = NO_FILTERS, *, day: date
    ) -> tuple[Hit, ...]:
        """The best clauses for a cleaned query, best first; ``day`` is today.

        Raises:
            UnknownDocument, UnknownUnit, UnknownArea: a filter names what the index does not know.
        """
        allowed = self.masks.of(filters, day)
        target = self.routes.target(query, filters.kinds)
        if not target.routes:
            return ranked(self.retriever, query, limit, allowed & target.within)
        exact = self._exact(target, limit, allowed, day)
        if len(exact) >= limit or not target.rest:
            return tuple(exact)
        others = allowed & target.within & ~target.exact
        return (*exact, *ranked(self.retriever, target.rest, limit - len(exact), others))

    def _exact(self, target: Target, limit: int, allowed: Mask, day: date) -> list[Hit]:
        """The exact hits: by the rest of the query, those that it says nothing of in their order.

        The latter stand in reading order, documents in force before the others.
        """
        rows = target.exact & allowed
        best = ranked(self.retriever, target.rest, limit, rows) if target.rest else ()
        told = self.masks.of_clauses(h.clause.id for h in best)
        standings = self.masks.relations.at(day)
        clauses = [self.retriever.index.rows[row] for row in np.flatnonzero(rows & ~told)]
        clauses.sort(key=lambda c: standings[c.document_id].status in NOT_IN_FORCE)
        signals = {EXACT: 1.0, **{route.value: 1.0 for route in target.routes}}
        hits = [replace(h, score=1.0 + h.score, signals={**h.signals, **signals}) for h in best]
        return [*hits, *(Hit(clause, 1.0, signals) for clause in clauses)][:limit]


_NUMBERED = re.compile(
    r"第?[〇零一二三四五六七八九十百千\d]*[、，,.]?[（(][〇零一二三四五六七八九十百千\d]+[)）]"
    r"|第[〇零一二三四五六七八九十百千\d]+(?:部分|大?条|章|款|项|点)(?:之[一二三四五六七八九十]+)?"
)


def _on(day: date, written: Written) -> bool:
    return written.first <= day <= written.last


def _shared(masks: Sequence[Mask]) -> Mask:
    """The rows that all masks have; those of any, where they share none."""
    every: Mask = np.logical_and.reduce(masks)
    some: Mask = np.logical_or.reduce(masks)
    return every if every.any() else some


def _edges(flat: str) -> set[int]:
    """Where words begin and end in a folded text."""
    edges, at = {0, len(flat)}, 0
    for word in words(flat):
        at = flat.index(word, at)
        edges |= {at, at + len(word)}
        at += len(word)
    return edges
