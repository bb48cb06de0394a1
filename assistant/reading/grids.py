"""Ruling lines and the characters between them → tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from assistant.reading.glyphs import Glyph, lines
from assistant.reading.numbering import marker
from assistant.reading.source import Row
from assistant.reading.wrapping import SENTENCE_END, PositionedLine, between, first_word, width

_NEAR = 3.0  # points: rules that are closer are one
_PADDING = 5.0  # points between a rule and the words, on each side
_MOST_EDGES = 4000  # a drawing has more


@dataclass(frozen=True, slots=True)
class Edge:
    """A ruling line: at ``at`` (y of a horizontal one, x of a vertical one), from first to last."""

    upright: bool
    at: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table on one page; ``region`` numbers the cell that each field belongs to."""

    page: int
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    region: tuple[tuple[int, ...], ...]

    def holds(self, glyph: Glyph) -> bool:
        """Whether the character stands inside the table."""
        x, y = glyph.middle
        return self.columns[0] <= x <= self.columns[-1] and self.rows[0] <= y <= self.rows[-1]

    def cells(self, glyphs: Iterable[Glyph]) -> tuple[Row, ...]:
        """The words of each cell, row by row; a merged cell is repeated wherever it reaches."""
        inside: dict[int, list[Glyph]] = {}
        for glyph in glyphs:
            x, y = glyph.middle
            inside.setdefault(self.region[_slot(self.rows, y)][_slot(self.columns, x)], []).append(
                glyph
            )
        words = {r: cell_text(lines(own, self.page), self._width(r)) for r, own in inside.items()}
        return tuple(tuple(words.get(r, "") for r in row) for row in self.region)

    def _width(self, region: int) -> float:
        across = {c for row in self.region for c, own in enumerate(row) if own == region}
        return self.columns[max(across) + 1] - self.columns[min(across)]

    def continues(self, before: Grid) -> bool:
        """Whether the table stands on the next page with the same columns."""
        return (
            self.page == before.page + 1
            and len(self.columns) == len(before.columns)
            and all(abs(a - b) <= _NEAR for a, b in zip(self.columns, before.columns, strict=True))
        )


def grids(edges: Iterable[Edge], page: int) -> list[Grid]:
    """The tables of a page from top to bottom; a mere frame or underline is none."""
    level = _merged(e for e in edges if not e.upright)
    upright = _merged(e for e in edges if e.upright)
    if len(level) + len(upright) > _MOST_EDGES:
        return []
    found = [_grid(own, page) for own in _connected([*level, *upright])]
    return sorted((g for g in found if g), key=lambda g: g.rows[0])


def cell_text(cell: Sequence[PositionedLine], breadth: float) -> str:
    """The words of a cell of this breadth; a line that was not full ends with a line break."""
    text = ""
    for line, after in zip_longest(cell, cell[1:]):
        text += line.text
        room = breadth - 2 * _PADDING - (line.right - line.left)
        word = after.text if after else "字"
        if room >= (width(first_word(word)) + 0.3) * line.size or marker(word):
            text += "\n"
        elif after:
            text += between(text, word)
    return text


def with_page(rows: Sequence[Row], after: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of a table and of its part on the next page, its header once, a torn row as one."""
    after = after[1:] if rows and after and after[0] == rows[0] else after
    if not rows or not after:
        return (*rows, *after)
    last, first = rows[-1], after[0]
    if _is_torn(last, first):
        torn = tuple(
            a + ("" if a.endswith("\n") else between(a, b)) + b
            for a, b in zip(last, first, strict=True)
        )
        return (*rows[:-1], torn, *after[1:])
    return (*rows, *after)


def _is_torn(last: Row, first: Row) -> bool:
    """Whether a page break went through a row: some cells have ended, another goes on."""
    pairs = [(a, b) for a, b in zip(last, first, strict=True) if b]
    return (
        0 < len(pairs) < len(first)
        and all(a and not marker(b) and not b.strip().isdecimal() for a, b in pairs)
        and any(not SENTENCE_END.search(a.rstrip()) for a, _ in pairs)
    )


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """Rules that lie on each other or end to end as one."""
    found: list[Edge] = []
    for edge in sorted(edges, key=lambda e: (round(e.at / _NEAR), e.first)):
        last = found[-1] if found else None
        if last and abs(last.at - edge.at) <= _NEAR and edge.first <= last.last + _NEAR:
            found[-1] = Edge(
                last.upright, last.at, min(last.first, edge.first), max(last.last, edge.last)
            )
        else:
            found.append(edge)
    return found


def _connected(edges: Sequence[Edge]) -> list[list[Edge]]:
    """Groups of rules that touch."""
    owner = list(range(len(edges)))

    def root(at: int) -> int:
        while owner[at] != at:
            owner[at] = owner[owner[at]]
            at = owner[at]
        return at

    level = [at for at, e in enumerate(edges) if not e.upright]
    for up in (at for at, e in enumerate(edges) if e.upright):
        for across in level:
            if _touch(edges[up], edges[across]):
                owner[root(up)] = root(across)
    groups: dict[int, list[Edge]] = {}
    for at, edge in enumerate(edges):
        groups.setdefault(root(at), []).append(edge)
    return list(groups.values())


def _touch(one: Edge, other: Edge) -> bool:
    return (
        one.first - _NEAR <= other.at <= one.last + _NEAR
        and other.first - _NEAR <= one.at <= other.last + _NEAR
    )


def _grid(edges: Sequence[Edge], page: int) -> Grid | None:
    level, upright = [e for e in edges if not e.upright], [e for e in edges if e.upright]
    if not level or not upright:
        return None
    columns = _places([e.at for e in upright] + [x for e in level for x in (e.first, e.last)])
    rows = _places([e.at for e in level] + [y for e in upright for y in (e.first, e.last)])
    if len(columns) < 3 or len(rows) < 2:
        return None
    region = _regions(columns, rows, level, upright)
    return (
        Grid(page, columns, rows, region) if len({r for row in region for r in row}) > 1 else None
    )


def _places(values: Sequence[float]) -> tuple[float, ...]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > 1.5 * _NEAR:
            found.append(value)
    return tuple(found)


def _regions(
    columns: Sequence[float], rows: Sequence[float], level: Sequence[Edge], upright: Sequence[Edge]
) -> tuple[tuple[int, ...], ...]:
    """The number of the cell of each field: fields without a rule between them are one cell."""
    region: list[list[int]] = []
    for r in range(len(rows) - 1):
        y = (rows[r] + rows[r + 1]) / 2
        own: list[int] = []
        for c in range(len(columns) - 1):
            x = (columns[c] + columns[c + 1]) / 2
            if r and not _is_ruled(level, rows[r], x):
                own.append(region[r - 1][c])
            elif c and not _is_ruled(upright, columns[c], y):
                own.append(own[c - 1])
            else:
                own.append(r * len(columns) + c)
        region.append(own)
    return tuple(map(tuple, region))


def _is_ruled(edges: Sequence[Edge], at: float, across: float) -> bool:
    return any(abs(e.at - at) <= 1.5 * _NEAR and e.first <= across <= e.last for e in edges)


def _slot(places: Sequence[float], value: float) -> int:
    """Which field between two places the value lies in."""
    inner = places[1:-1]
    return sum(1 for place in inner if place < value)
