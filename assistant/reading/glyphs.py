"""Characters with their places on a page → lines in reading order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.model import Range
from assistant.reading.wrapping import PositionedLine

_DESCENT = 0.12  # of a Chinese character's square, below the base line
_ONE_LINE = 0.45  # base lines that differ by less (a raised number) are one line
_WORD_GAP, _BLANK_GAP = 0.18, 0.7
_GUTTER = 1.2


@dataclass(frozen=True, slots=True)
class Glyph:
    """One upright character; points from the page's left and top, ``base`` its base line."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool = False

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of its square."""
        return (self.left + self.right) / 2, self.base - (0.5 - _DESCENT) * self.size


def lines(glyphs: Sequence[Glyph], page: int) -> list[PositionedLine]:
    """The lines of one page from top to bottom, one column after the other."""
    rows = list(_rows(glyphs))
    found: list[PositionedLine] = []
    band: list[list[Glyph]] = []
    gutter = _gutter(rows)
    for row in rows:
        if gutter and not any(g.left < gutter < g.right for g in row):
            band.append(row)
            continue
        found += _columns(band, gutter, page)
        band = []
        found.append(_line(row, page))
    return [line for line in [*found, *_columns(band, gutter, page)] if line.text]


def _rows(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """Glyphs on one base line, each row from left to right."""
    row: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda g: g.base):
        if row:
            tallest = max(row, key=lambda g: g.size)
            if glyph.base - tallest.base > _ONE_LINE * max(glyph.size, tallest.size):
                yield sorted(row, key=lambda g: g.left)
                row = []
        row.append(glyph)
    if row:
        yield sorted(row, key=lambda g: g.left)


def _gutter(rows: Sequence[Sequence[Glyph]]) -> float:
    """The middle of the empty strip between two columns of text; 0 where there is one column."""
    if len(rows) < 8:
        return 0
    left = min(row[0].left for row in rows)
    right = max(row[-1].right for row in rows)
    gaps = [
        (a.right, b.left)
        for row in rows
        for a, b in pairwise(row)
        if b.left - a.right > _GUTTER * a.size
        and left + 0.35 * (right - left) < (a.right + b.left) / 2 < left + 0.65 * (right - left)
    ]
    if len(gaps) < 0.6 * len(rows):
        return 0
    start, end = sorted(a for a, _ in gaps)[-1], sorted(b for _, b in gaps)[0]
    return (start + end) / 2 if end > start else 0


def _columns(band: Sequence[Sequence[Glyph]], gutter: float, page: int) -> Iterator[PositionedLine]:
    for in_left in (True, False):
        for row in band:
            half = [g for g in row if (g.left < gutter) is in_left]
            if half:
                yield _line(half, page)


def _line(row: Sequence[Glyph], page: int) -> PositionedLine:
    """One line; a gap that holds no blank gets one."""
    text = ""
    bold: list[Range] = []
    before: Glyph | None = None
    for glyph in row:
        if before:
            if _printed_twice(before, glyph):
                bold.append((len(text) - len(glyph.text), len(text)))
                continue
            text += _blank(before, glyph, text)
        if glyph.bold and glyph.text.strip():
            bold.append((len(text), len(text) + len(glyph.text)))
        text += glyph.text
        before = glyph
    tall = max((g for g in row if g.text.strip()), key=lambda g: g.size, default=row[0])
    seen = [g for g in row if g.text.strip()] or row
    shift = len(text) - len(text.lstrip())
    text = text.strip()
    return PositionedLine(
        text,
        seen[0].left,
        seen[-1].right,
        tall.base - (1 - _DESCENT) * tall.size,
        tall.base + _DESCENT * tall.size,
        page,
        tuple(_merged((a - shift, b - shift) for a, b in bold)),
    )


def _printed_twice(before: Glyph, glyph: Glyph) -> bool:
    """Whether a character was set again over itself, which makes it bold."""
    return (
        glyph.text == before.text
        and glyph.text.isalnum()
        and abs(glyph.left - before.left) < 0.2 * glyph.size
    )


def _blank(before: Glyph, glyph: Glyph, text: str) -> str:
    gap = (glyph.left - before.right) / max(before.size, glyph.size)
    if text[-1:].isspace() or glyph.text.isspace() or gap < _WORD_GAP:
        return ""
    if gap >= _BLANK_GAP:
        return "\u3000"
    return " " if before.text.isascii() and glyph.text.isascii() else ""


def _merged(ranges: Iterable[Range]) -> Iterator[Range]:
    """The ranges in order, those that touch as one."""
    last: Range | None = None
    for first, end in sorted(ranges):
        if last and first <= last[1]:
            last = (last[0], max(end, last[1]))
            continue
        if last:
            yield last
        last = (first, end)
    if last:
        yield last
