"""What every format is read into: one plain text with its bold runs, heading marks and table rows.

A reader of a rich format yields blocks (paragraphs and tables) and ``assemble`` makes the text of
them, so that the same words in any format give the same text. A table becomes one stretch of lines
per row, each line 表头：内容, so that a row can be quoted, and read, without its table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import UnreadableFile
from assistant.model import Range

Row = tuple[str, ...]
_BLANKS = re.compile(r"[ \t\u00a0\u3000]*\n[ \t\u00a0\u3000\n]*")
_SPACE = re.compile(r"\s+")
_NAMES_UNITS = re.compile(r"(?:单位|部门|机构|处室|科室)$")
_LONGEST_HEADER = 20


@dataclass(frozen=True, slots=True)
class Source:
    """The plain text of one file.

    ``bold`` are ranges of ``text``; ``headings`` maps the offset of a line to its heading level
    (1–6) where the format marks headings; ``tables`` holds the ranges of each table's rows;
    ``keeps_bold`` says whether the format can carry bold at all, so that its absence means
    something.
    """

    text: str
    sha256: str
    bold: tuple[Range, ...] = ()
    headings: tuple[tuple[int, int], ...] = ()
    tables: tuple[tuple[Range, ...], ...] = ()
    keeps_bold: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``bold`` are ranges of its ``text``, ``heading`` its level (0: none)."""

    text: str
    bold: tuple[Range, ...] = ()
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table row by row; a merged cell is repeated wherever it reaches."""

    rows: tuple[Row, ...]


Block = Paragraph | Table


def assemble(
    blocks: Iterable[Block], sha256: str, name: str, *, keeps_bold: bool = False
) -> Source:
    """The source of a file's blocks in reading order, each on a line of its own.

    A file without any bold has probably lost it: then its format cannot vouch for who leads.

    Raises:
        UnreadableFile: no block has a visible character.
    """
    text = _Text()
    for block in blocks:
        if isinstance(block, Paragraph):
            text.paragraph(block)
        else:
            text.table(block)
    if not any(line.strip() for line in text.lines):
        raise UnreadableFile(name, "文件里没有文字")
    return Source(
        "\n".join(text.lines),
        sha256,
        tuple(text.bold),
        tuple(text.headings),
        tuple(text.tables),
        keeps_bold and bool(text.bold),
    )


class _Text:
    """Lines while they are gathered; ``at`` is the offset of the next one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bold: list[Range] = []
        self.headings: list[tuple[int, int]] = []
        self.tables: list[tuple[Range, ...]] = []
        self.at = 0

    def line(self, words: str) -> None:
        self.lines.append(words)
        self.at += len(words) + 1

    def paragraph(self, block: Paragraph) -> None:
        if block.heading and block.text.strip():
            self.headings.append(
                (self.at + len(block.text) - len(block.text.lstrip()), block.heading)
            )
        self.bold.extend((self.at + first, self.at + last) for first, last in block.bold)
        self.line(block.text)

    def table(self, table: Table) -> None:
        rows = [tuple(_squeezed(cell) for cell in row) for row in table.rows]
        rows = _one_header([row for row in rows if any(row)])
        header = _header(rows)
        if not header:
            for row in rows:
                self.line("\t".join(_once(row)))
            return
        ranges: list[Range] = []
        for row in rows[1:]:
            start = self.at
            for line in _labelled(header, row):
                self.line(line)
            if self.at > start:
                ranges.append((start, self.at - 1))
        self.tables.append(tuple(ranges))


def _one_header(rows: list[Row]) -> list[Row]:
    """The rows with a header of two rows (责任单位 over 牵头 and 配合) as one (牵头单位 …)."""
    if len(rows) < 3 or len(rows[0]) != len(rows[1]) or len(set(rows[0])) == len(rows[0]):
        return rows
    above, below = rows[0], rows[1]
    one = all(
        a == b for a, b, n in zip(above, below, map(above.count, above), strict=True) if n == 1
    )
    if not one or any(len(cell) > _LONGEST_HEADER or not cell for cell in (*above, *below)):
        return rows
    return [tuple(_under(a, b) for a, b in zip(above, below, strict=True)), *rows[2:]]


def _under(above: str, below: str) -> str:
    """The name of a column from the two names it has: 责任单位 over 牵头 is 牵头单位."""
    if above == below:
        return below
    kind = _NAMES_UNITS.search(above)
    if kind and not _NAMES_UNITS.search(below):
        return below + kind.group()
    return below if kind else above + below


def _header(rows: Sequence[Row]) -> Row:
    """The first row when it names the columns: several short names, all different; else ()."""
    if len(rows) < 2:
        return ()
    names, columns = rows[0], max(map(len, rows))
    fit = all(name and len(name) <= _LONGEST_HEADER and name[-1] not in "。；：:" for name in names)
    return names if fit and len(names) == columns > 1 and len(set(names)) == columns else ()


def _labelled(header: Row, row: Row) -> Iterator[str]:
    """The row's cells as lines 表头：内容; units that stand one below the other become a list."""
    for name, cell in zip(header, row, strict=False):
        if not cell:
            continue
        if _NAMES_UNITS.search(name):
            cell = re.sub(r"(?<![、，,；;])\n", "、", cell).replace("\n", "")
        yield f"{_SPACE.sub('', name)}：{cell}"


def _once(row: Row) -> Iterator[str]:
    """The cells without what a merged cell repeats, each on one line."""
    before = ""
    for cell in row:
        if cell and cell != before:
            yield cell.replace("\n", "")
        before = cell


def _squeezed(cell: str) -> str:
    return _BLANKS.sub("\n", cell.strip())
