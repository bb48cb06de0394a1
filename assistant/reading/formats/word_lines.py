"""The lines of a Word document, and what their fonts and styles mean in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.model import Range
from assistant.reading.numbering import loose_marker, marker
from assistant.reading.source import Block, Paragraph, Table

_LONGEST_HEADING = 60
_OUTLINE_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look; ``black`` says that their font is a 黑体."""

    text: str
    bold: bool = False
    black: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph before it is known what its fonts and styles mean in this document."""

    runs: Sequence[Run]
    outline: int | None = None
    is_title: bool = False

    @property
    def text(self) -> str:
        """The words of all runs."""
        return "".join(run.text for run in self.runs)


Item = Line | Table


def blocks(items: Sequence[Item]) -> Iterator[Block]:
    """The lines and tables of a whole document as blocks with their bold runs and headings.

    Words in a 黑体 count as bold where most of the document's text is in another font. Heading
    styles count where no line has an official number.
    """
    lines = [item for item in items if isinstance(item, Line)]
    runs = [run for line in lines for run in line.runs]
    black = sum(len(run.text) for run in runs if run.black)
    marks = 2 * black < sum(len(run.text) for run in runs)  # most of the text is in another font
    official = _is_numbered([words.strip() for line in lines for words in line.text.split("\n")])
    below_title = any(line.is_title for line in lines)
    for item in items:
        if isinstance(item, Table):
            yield item
            continue
        heading = 0 if official else _heading(item, below_title)
        yield Paragraph(item.text, tuple(_bold(item, marks)), heading)


def _is_numbered(lines: Sequence[str]) -> bool:
    """Whether an official number is there, or more than one that only a series makes a number."""
    loose = sum(loose_marker(line) is not None for line in lines)
    return loose > 1 or any(marker(line) for line in lines)


def _heading(line: Line, below_title: bool) -> int:
    words = line.text.strip()
    if not words or len(words) > _LONGEST_HEADING or words.endswith("。"):
        return 0
    if line.is_title:
        return 1
    if line.outline is None or line.outline >= _OUTLINE_LEVELS:
        return 0
    return min(line.outline + 1 + below_title, _OUTLINE_LEVELS)


def _bold(line: Line, black_marks: bool) -> Iterator[Range]:
    """The bold ranges of a line; runs that touch are one."""
    at, start, length = 0, None, len(line.text)
    for run in (*line.runs, Run("")):
        if run.bold or (black_marks and run.black):
            start = at if start is None else start
        elif start is not None and (run.text or at == length):
            yield start, at
            start = None
        at += len(run.text)
