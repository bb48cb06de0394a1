"""Lines whose breaks were lost: cut before a number that ends a line, or where all stand in one.

Pure. The text itself is not changed; only what counts as a line is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.reading.lines import Line
from assistant.reading.numbering import marker

_GLUED = re.compile(r".*[^\d\s.．,，](?P<number>\d{1,2}[.．])")
_BARE = re.compile(r"\d{1,2}[.．]")
_BLANK = re.compile(r"\s+")
_LONG_LINE, _FEWEST_NUMBERS = 300, 3


def unglued(lines: Sequence[Line]) -> list[Line]:
    """The same words, cut into the lines that they had.

    A number at the end of a line (一、明确范围1.) is cut off only in a text that sets numbers apart
    from their words elsewhere too. A long line with several numbers after blanks is a text that
    lost all its breaks: every blank in it is one.
    """
    apart = any(_BARE.fullmatch(line.text) for line in lines)
    found: list[Line] = []
    for at, line in enumerate(lines):
        following = lines[at + 1].text if at + 1 < len(lines) else ""
        if apart and following:
            found.extend(_number_cut_off(line, following))
        elif _lost_its_breaks(line.text):
            found.extend(_at_blanks(line))
        else:
            found.append(line)
    return found


def _number_cut_off(line: Line, following: str) -> Iterator[Line]:
    glued = _GLUED.fullmatch(line.text)
    if not glued or re.match(r"\d", following):
        yield line
        return
    cut = glued.start("number")
    yield Line(line.text[:cut].rstrip(), line.start)
    yield Line(line.text[cut:], line.start + cut)


def _lost_its_breaks(text: str) -> bool:
    if len(text) < _LONG_LINE:
        return False
    numbers = sum(marker(text[m.end() : m.end() + 40]) is not None for m in _BLANK.finditer(text))
    return numbers + (marker(text) is not None) >= _FEWEST_NUMBERS


def _at_blanks(line: Line) -> Iterator[Line]:
    """The pieces between blanks; the blank after a number (第一条 为了) is none."""
    begin = 0
    for blank in _BLANK.finditer(line.text):
        found = marker(line.text[begin : blank.end()])
        if found and found.end >= blank.start() - begin:
            continue
        yield Line(line.text[begin : blank.start()], line.start + begin)
        begin = blank.end()
    yield Line(line.text[begin:], line.start + begin)
