"""What the documents support, and where: industries by areas, for people who look for a place.

Made from the tables of one index alone, so that it holds for any corpus. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from assistant.model import Assignment, Clause, Document, IndustryEntry, Range, Role
from assistant.text import fold
from assistant.understanding.areas import AreaFinder
from assistant.validity import NOT_IN_FORCE, Standing

ANYWHERE = "未限定区域"
MOST_ROWS = 40  # of one table; a larger map is read document by document
_RANK = re.compile(r"(?:人民政府|管理委员会|管委会)?$|(?:省|市|区|县|镇|乡|街道)(?:人民政府)?$")


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom to ask about a clause: the units that lead, else those responsible; and 属地."""

    units: tuple[Assignment, ...] = ()
    local: tuple[Assignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """One entry of the industry table with its sentence, its source and whom to ask."""

    industry: str
    areas: tuple[str, ...]
    sentence: str
    char_range: Range
    clause: Clause
    document: Document
    contacts: Contacts
    standing: Standing | None = None

    @property
    def in_force(self) -> bool:
        """Whether nothing says that the document no longer holds."""
        return self.standing is None or self.standing.status not in NOT_IN_FORCE

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the map it stands in: its areas, or the one for entries without any."""
        return self.areas or (ANYWHERE,)


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the map is wanted; empty values let everything pass.

    ``area`` is an area, part of its name or ``ANYWHERE``; ``industry`` an industry's name, or any
    part of one; ``document`` an id; ``past`` asks for what is no longer in force as well.
    """

    area: str = ""
    industry: str = ""
    document: str = ""
    past: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence of a clause with all the entries that it supports."""

    supports: tuple[Support, ...]

    @property
    def first(self) -> Support:
        """An entry of it: they share sentence, clause, document and areas."""
        return self.supports[0]

    @property
    def industries(self) -> tuple[str, ...]:
        """The industries that it supports, in its order."""
        return tuple(dict.fromkeys(s.industry for s in self.supports))


@dataclass(frozen=True, slots=True)
class Row:
    """One industry: its sentences by column, in the order of the map's columns."""

    industry: str
    cells: tuple[tuple[Support, ...], ...]

    @property
    def total(self) -> int:
        """How many sentences support it."""
        return len({(s.clause.id, s.char_range) for cell in self.cells for s in cell})


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that first stand in one clause."""

    clause: Clause
    document: Document
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class IndustryMap:
    """All supports in the order of the documents; tables and lists are made of them."""

    supports: tuple[Support, ...] = ()
    finder: AreaFinder = field(default_factory=lambda: AreaFinder(()), repr=False, compare=False)

    @classmethod
    def of(
        cls,
        entries: Iterable[IndustryEntry],
        documents: Iterable[Document],
        standings: Mapping[str, Standing],
    ) -> IndustryMap:
        """The map of an index's tables; an entry whose clause is gone is left out."""
        of = {d.id: d for d in documents}
        clauses = {c.id: c for d in of.values() for c in d.clauses}
        found = []
        for entry in entries:
            clause = clauses.get(entry.clause_id)
            if clause is None:
                continue
            document = of[clause.document_id]
            found.append(
                Support(
                    entry.industry,
                    entry.areas,
                    document.text[slice(*entry.char_range)],
                    entry.char_range,
                    clause,
                    document,
                    contacts(clause, entry.areas),
                    standings.get(document.id),
                )
            )
        return cls(tuple(found), AreaFinder(a for s in found for a in s.areas))

    @property
    def columns(self) -> tuple[str, ...]:
        """The areas in the order in which the documents name them; the open column comes last."""
        areas = dict.fromkeys(a for s in self.supports for a in s.areas)
        return (*areas, ANYWHERE) if any(not s.areas for s in self.supports) else tuple(areas)

    @property
    def industries(self) -> tuple[str, ...]:
        """The industries' names, each once, in the order of the documents."""
        names: dict[str, str] = {}
        for support in self.supports:
            names.setdefault(fold(support.industry), support.industry)
        return tuple(names.values())

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents that support an industry, in their order."""
        return tuple({s.document.id: s.document for s in self.supports}.values())

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The sentences, each once, in the order of the documents."""
        found: dict[tuple[str, Range], list[Support]] = {}
        for support in self.supports:
            found.setdefault((support.clause.id, support.char_range), []).append(support)
        return tuple(Passage(tuple(supports)) for supports in found.values())

    def count(self, column: str) -> int:
        """How many industries stand in a column."""
        return len({fold(s.industry) for s in self.supports if column in s.columns})

    def selected(self, wanted: Selection) -> IndustryMap:
        """The part of the map that a selection lets pass."""
        named = self._named(wanted.area) if wanted.area else frozenset()
        word = fold(wanted.industry)
        whole = any(word == fold(s.industry) for s in self.supports)  # as a cell of the map has it
        kept = (
            s
            for s in self.supports
            if (not wanted.area or named & set(s.columns))
            and (word == fold(s.industry) if whole else word in fold(s.industry))
            and wanted.document in ("", s.document.id)
            and (wanted.past or s.in_force)
        )
        return IndustryMap(tuple(kept), self.finder)

    def _named(self, area: str) -> frozenset[str]:
        """The columns that are meant by the name of an area, whole or in part."""
        if area in self.columns:
            return frozenset({area})
        return frozenset(self.finder.find(area)) or frozenset(
            column for column in self.columns if fold(area) in fold(column)
        )

    def groups(self) -> tuple[Group, ...]:
        """The rows of the table, those of one clause together, in the order of the documents."""
        columns = self.columns
        place = {column: at for at, column in enumerate(columns)}
        cells: dict[str, list[list[Support]]] = {}
        first: dict[str, Support] = {}
        for support in self.supports:
            key = fold(support.industry)
            first.setdefault(key, support)
            row = cells.setdefault(key, [[] for _ in columns])
            for column in support.columns:
                row[place[column]].append(support)
        rows = [(first[key], Row(first[key].industry, _frozen(row))) for key, row in cells.items()]
        order = {d.id: at for at, d in enumerate(self.documents)}
        rows.sort(key=lambda r: (order[r[0].document.id], r[0].char_range[0]))
        return tuple(
            Group(clause, found[0][0].document, tuple(row for _, row in found))
            for clause, found in ((c, list(g)) for c, g in groupby(rows, key=lambda r: r[0].clause))
        )

    def like(self, industry: str) -> tuple[str, ...]:
        """The industries of longer names that hold the name of one: 铝基新材料 for 新材料."""
        word = fold(industry)
        names = {fold(n): n for n in self.industries}
        held = [n for flat, n in names.items() if word in flat and word != flat]
        return tuple(held) if word in names else ()

    def halves(self) -> tuple[IndustryMap, IndustryMap]:
        """The rows of industries that have an area anywhere, and the rows of those without any."""
        placed = {fold(s.industry) for s in self.supports if s.areas}
        both: tuple[list[Support], list[Support]] = ([], [])
        for support in self.supports:
            both[fold(support.industry) not in placed].append(support)
        first, second = (IndustryMap(tuple(half), self.finder) for half in both)
        return first, second

    def tables(self) -> tuple[IndustryMap, ...]:
        """The map as one table, or one for each document where one would be too long to read."""
        if len(self.industries) <= MOST_ROWS:
            return (self,)
        return tuple(self.selected(Selection(document=d.id, past=True)) for d in self.documents)


def _frozen(row: Sequence[Sequence[Support]]) -> tuple[tuple[Support, ...], ...]:
    return tuple(tuple(cell) for cell in row)


def contacts(clause: Clause, areas: Sequence[str] = ()) -> Contacts:
    """Whom to ask: those who lead, or else those responsible; 属地 for the areas, where it fits."""
    duty = clause.responsibility.assignments
    lead = tuple(a for a in duty if a.role is Role.LEAD)
    local = tuple(a for a in duty if a.role is Role.LOCAL)
    near = tuple(a for a in local if any(area.startswith(_stem(a.unit)) for area in areas))
    return Contacts(lead or tuple(a for a in duty if a.role is Role.RESPONSIBLE), near or local)


def _stem(unit: str) -> str:
    """淄川 for 淄川区 or 淄川区人民政府, so that 淄川经济开发区 is found to lie there."""
    bare = _RANK.sub("", unit, count=1)
    return bare if len(bare) > 1 else unit


def marked(text: str, words: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, with whether each is one of the words, however either is written."""
    folded, at = "", []
    for place, character in enumerate(text):
        piece = fold(character)
        folded += piece
        at += [place] * len(piece)
    hit = [False] * len(text)
    for word in {fold(w) for w in words} - {""}:
        for match in re.finditer(re.escape(word), folded):
            for place in range(at[match.start()], at[match.end() - 1] + 1):
                hit[place] = True
    for is_word, places in groupby(range(len(text)), key=lambda place: hit[place]):
        yield "".join(text[place] for place in places), is_word
