"""Lines as they were set on pages → paragraphs, by their place.

Pure. A line goes on in the next one when the next one's first word had no room left in it; what
only belongs to the page (header, footer, page number) is dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assistant.model import Range
from assistant.reading.numbering import marker
from assistant.reading.source import Block, Paragraph, Table

_DASH = r"[-—–―－─~·•]"
_PAGE_NUMBER = re.compile(
    rf"{_DASH}+\s*\d{{1,4}}\s*{_DASH}+|\d{{1,4}}\s*[/／]\s*\d{{1,4}}"
    r"|第?\s*\d{1,4}\s*页\s*[,，/／]?\s*(?:[(（]?\s*共\s*\d{1,4}\s*页\s*[)）]?)?",
)
SENTENCE_END = re.compile(r"[。！？!?；;：:…][”’」』）)】〕》]*$")
_FIRST_WORD = re.compile(
    r"[“‘（(《〈【〔「『\[]*(?:[A-Za-z0-9.,%\-]+|.)[，。、；：！？”’）)》〉】〕」』\]%]*"
)
_HANGING = tuple("，。、；：！？）】》〉」』〕”’,.;:)")
_NARROWEST = 15  # characters: text is not set in narrower lines
_EDGE_LINES = 3  # header and footer have at most so many lines


@dataclass(frozen=True, slots=True)
class PositionedLine:
    """One line of a page; sizes in points, ``top`` < ``bottom`` from the page's top, pages from 1.

    ``bottom - top`` is the size of its characters, not of its line spacing. ``bold`` are ranges of
    ``text``.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    page: int
    bold: tuple[Range, ...] = ()

    @property
    def size(self) -> float:
        """The height of its characters, at least one point."""
        return max(self.bottom - self.top, 1.0)


def paragraphs(lines: Iterable[PositionedLine]) -> list[Paragraph]:
    """The paragraphs of lines that come in reading order, without page headers and footers."""
    return [b for b in blocks(without_page_marks(lines)) if isinstance(b, Paragraph)]


def without_page_marks(lines: Iterable[PositionedLine]) -> list[PositionedLine]:
    """The lines without page numbers and without what stands at one place of most pages.

    Only lines outside of all others go: nothing that stays is above a header or below a footer.
    """
    kept = [line for line in lines if line.text.strip()]
    by_page: defaultdict[int, list[int]] = defaultdict(list)
    for at in sorted(range(len(kept)), key=lambda at: kept[at].top):
        by_page[kept[at].page].append(at)
    edges = [page[:_EDGE_LINES] for page in by_page.values()]
    edges += [page[::-1][:_EDGE_LINES] for page in by_page.values()]
    places: defaultdict[str, list[PositionedLine]] = defaultdict(list)
    for at in {at for edge in edges for at in edge}:
        places[_shape(kept[at].text)].append(kept[at])
    marks: set[int] = set()
    for edge in edges:
        for at in edge:
            if not _is_page_mark(kept[at], places[_shape(kept[at].text)], list(by_page)):
                break
            marks.add(at)
    return [line for at, line in enumerate(kept) if at not in marks]


def _is_page_mark(
    line: PositionedLine, alike: Sequence[PositionedLine], pages: Sequence[int]
) -> bool:
    """Whether the line is a page number, or one of most pages (or of most left or right ones)."""
    if _PAGE_NUMBER.fullmatch(line.text.strip()):
        return True
    if line.text.strip().isdecimal():  # it must count the pages
        if len(pages) == 1:
            return line.text.strip() == "1"
        ahead = int(line.text) - line.page
        alike = [a for a in alike if a.text.isdecimal() and int(a.text) - a.page == ahead]
    there = {other.page for other in alike if abs(other.top - line.top) < 4}
    side = [page for page in pages if page % 2 == line.page % 2]
    on_side = sum(1 for page in there if page % 2 == line.page % 2)
    return len(there) >= max(2, 0.6 * len(pages)) or on_side >= max(2, 0.8 * len(side))


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s", "", text))


def blocks(items: Iterable[PositionedLine | Table]) -> list[Block]:
    """Paragraphs and tables of items in reading order; a table ends the paragraph before it."""
    order = list(items)
    page = _Layout([item for item in order if isinstance(item, PositionedLine)])
    found: list[Block] = []
    open_: list[PositionedLine] = []
    for item in order:
        if open_ and (isinstance(item, Table) or not page.goes_on(open_, item)):
            found.append(_joined(open_))
            open_ = []
        if isinstance(item, Table):
            found.append(item)
        else:
            open_.append(item)
    return [*found, _joined(open_)] if open_ else found


class _Layout:
    """The text block of each page and the habits of the document."""

    def __init__(self, lines: Sequence[PositionedLine]) -> None:
        self.edges = _text_blocks(lines)
        self.widest = max((line.right - line.left for line in lines), default=0.0)
        numbered = [line for line in lines if marker(line.text.strip())]
        starts = numbered or lines
        indented = sum(1 for line in starts if self.indent(line) >= 1.2)
        self.indents = indented >= 0.6 * len(starts) > 0 or (
            not numbered and indented > 1 and indented >= 0.15 * len(lines)
        )
        below = [
            after.top - line.bottom
            for line, after in pairwise(lines)
            if line.page == after.page and after.top > line.top
        ]
        self.gap = median(below) if below else 0.0

    def indent(self, line: PositionedLine) -> float:
        """How many characters the line stands right of the text block's left edge."""
        return (line.left - self.edges[line.page][0]) / line.size

    def room(self, line: PositionedLine) -> float:
        """How many characters are free right of the line."""
        return (self.edges[line.page][1] - line.right) / line.size

    def goes_on(self, before: Sequence[PositionedLine], line: PositionedLine) -> bool:
        """Whether the paragraph of the lines ``before`` goes on in ``line``."""
        first, last = before[0], before[-1]
        text = line.text.strip()
        if self.widest < _NARROWEST * last.size:
            return False
        if self.room(last) > _room_needed(text):
            return False
        if abs(line.size - last.size) > 0.2 * last.size or self._stands_apart(last, line):
            return False
        ended = bool(SENTENCE_END.search(last.text.strip()))
        if self.is_centred(line) and last.right - last.left > 0.85 * self.widest:
            return not ended and not marker(text)  # the rest of a title too long for one line
        if self.is_centred(line) or self.is_centred(last) or not self._at_left(before, line):
            return False
        flush = self.indents and self.indent(line) < 0.5
        if marker(text) and (ended or not flush):
            return False
        if len(before) == 1 and _all_bold(first) and not _starts_bold(line):
            return False
        return flush or not ended or self.indent(first) >= 1.2

    def is_centred(self, line: PositionedLine) -> bool:
        """Whether the line has the same free room on both sides."""
        left, right = self.indent(line), self.room(line)
        return left > 2.5 and right > 2.5 and abs(left - right) < 2

    def _stands_apart(self, last: PositionedLine, line: PositionedLine) -> bool:
        if last.page != line.page:
            return line.page != last.page + 1
        below = line.top - last.bottom
        return below > self.gap + 0.7 * line.size or below < -0.5 * line.size

    def _at_left(self, before: Sequence[PositionedLine], line: PositionedLine) -> bool:
        """Whether the line starts where a line that goes on would."""
        own, first = self.indent(line), self.indent(before[0])
        if len(before) > 1:
            return abs(own - self.indent(before[1])) < 0.7
        hanging = first < 0.5 < own < 8 and marker(before[0].text.strip()) is not None
        return own < 1.2 or (hanging and not self.indents)


def _text_blocks(lines: Sequence[PositionedLine]) -> dict[int, tuple[float, float]]:
    """Left and right edge of the text of each page.

    Left and right pages may have margins of their own; a page that is set differently (a wide one)
    has its own edges.
    """
    by_page: defaultdict[int, list[PositionedLine]] = defaultdict(list)
    by_side: defaultdict[int, list[PositionedLine]] = defaultdict(list)
    for line in lines:
        by_page[line.page].append(line)
        by_side[line.page % 2].append(line)
    whole = _text_block(lines)
    sides = {side: _text_block(own) if len(own) >= 30 else whole for side, own in by_side.items()}
    found: dict[int, tuple[float, float]] = {}
    for page, own in by_page.items():
        left, right = sides[page % 2]
        beyond = sum(1 for line in own if line.right > right + 2 * line.size)
        found[page] = _text_block(own) if beyond >= max(2, 0.1 * len(own)) else (left, right)
    return found


def _text_block(lines: Sequence[PositionedLine]) -> tuple[float, float]:
    """Left and right edge: the outermost that several lines keep to."""
    if not lines:
        return 0.0, 0.0
    size = median(line.size for line in lines)
    lefts = sorted(line.left for line in lines)
    # A closing mark may hang over the edge.
    rights = sorted(
        (line.right - line.size * line.text.rstrip().endswith(_HANGING) for line in lines),
        reverse=True,
    )
    few = max(2, 0.01 * len(lines))
    left = next((x for x in lefts if _near(lefts, x, 0, size / 2) >= few), lefts[0])
    right = next((x for x in rights if _near(rights, x, size, 0) >= 2 * few), rights[0])
    return left, right


def _near(values: Sequence[float], x: float, below: float, above: float) -> int:
    return sum(1 for value in values if x - below <= value <= x + above)


def _room_needed(text: str) -> float:
    """The room that a line's first word takes, with some more for wide digits and tight setting."""
    word = first_word(text)
    return width(word) + 0.15 * sum(1 for c in word if c.isascii()) + 0.3


def first_word(text: str) -> str:
    """What had to stay together with the first character when the line was broken."""
    match = _FIRST_WORD.match(text)
    return match.group(0) if match else ""


def width(text: str) -> float:
    """The width in full-width characters; a half-width one counts as a half."""
    return sum(1 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text)


def _all_bold(line: PositionedLine) -> bool:
    plain = "".join(
        c for at, c in enumerate(line.text) if not any(a <= at < b for a, b in line.bold)
    )
    return not plain.strip() and bool(line.text.strip())


def _starts_bold(line: PositionedLine) -> bool:
    at = len(line.text) - len(line.text.lstrip())
    return any(first <= at < last for first, last in line.bold)


def _joined(lines: Sequence[PositionedLine]) -> Paragraph:
    text = ""
    bold: list[Range] = []
    for line in lines:
        words = line.text.strip()
        text += between(text, words)
        shift = len(text) - (len(line.text) - len(line.text.lstrip()))
        text += words
        for first, last in line.bold:
            first, last = max(first + shift, 0), min(last + shift, len(text))
            if bold and bold[-1][1] == first:
                first = bold.pop()[0]
            bold.append((first, last))
    return Paragraph(text, tuple(bold))


def between(before: str, after: str) -> str:
    """A blank between two words of Latin letters, nothing between Chinese characters."""
    latin = before[-1:].isascii() and after[:1].isascii() and after[:1].isalnum()
    return " " if latin and before[-1:] and re.search(r"[\w.,;:)]$", before) else ""
