"""Text without numbers → passages: paragraphs grouped at sentence ends within a size. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.model import Range
from assistant.reading.lines import Line
from assistant.text import sentences

SIZE = 400
LONGEST = 600
_HEADING = 30


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences; ``name`` counts its paragraphs (第3段, 第3—5段)."""

    name: str
    heading: str
    range: Range


def passages(lines: Sequence[Line]) -> list[Passage]:
    """The passages of a text's lines in order, together all of its words.

    A short line without a sentence end opens a passage and names it. Only a paragraph longer than
    ``LONGEST`` is divided, at sentence ends.
    """
    found: list[Passage] = []
    begin = 0
    while begin < len(lines):
        if _length(lines[begin : begin + 1]) > LONGEST:
            found.extend(_divided(lines[begin], begin + 1))
            begin += 1
            continue
        end = begin + 1
        while end < len(lines) and not _closes(lines, begin, end):
            end += 1
        heading = lines[begin].text if _is_heading(lines, begin) and end > begin + 1 else ""
        name = f"第{begin + 1}段" if end == begin + 1 else f"第{begin + 1}—{end}段"
        found.append(Passage(name, heading, (lines[begin].start, lines[end - 1].end)))
        begin = end
    return found


def _closes(lines: Sequence[Line], begin: int, end: int) -> bool:
    """Whether a passage that began at ``begin`` stops before line ``end``."""
    before, size = _length(lines[begin:end]), _length(lines[begin : end + 1])
    if end == begin + 1 and _is_heading(lines, begin):
        return size > LONGEST + _HEADING  # a heading stays with what it names
    return size > SIZE or (_is_heading(lines, end) and before > SIZE // 4)


def _is_heading(lines: Sequence[Line], at: int) -> bool:
    text = lines[at].text
    return len(text) <= _HEADING and text[-1] not in "。；，、：:;,！？" and at + 1 < len(lines)


def _length(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _divided(line: Line, number: int) -> Iterator[Passage]:
    """One long paragraph as several passages of whole sentences."""
    ranges = list(sentences(line.text, line.start))
    begin = part = 0
    while begin < len(ranges):
        end = begin + 1
        while end < len(ranges) and ranges[end][1] - ranges[begin][0] <= SIZE:
            end += 1
        part += 1
        yield Passage(f"第{number}段之{part}", "", (ranges[begin][0], ranges[end - 1][1]))
        begin = end
