"""附件: the line that opens an annex, and the 附件说明 that lists annexes below the body. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading.lines import Line
from assistant.text import numeral

_WORD = r"附 ?[件录]? ?(\d{1,2}|[一二三四五六七八九十]{1,3})? ?"
_ALONE = re.compile(rf"{_WORD}[：:.．]?")
_NAMED = re.compile(rf"{_WORD}(?:[：:.．]|(?<= )) ?[^。；]{{2,60}}")
_LISTED = re.compile(rf"{_WORD}[：:.．] ?(?P<first>.*)")
_ITEM = re.compile(r"\d{1,2}[ \u3000]*[.．、]")
_FIRST_ITEM = re.compile(r"1[ \u3000]*[.．、]")
_GLUED = frozenset(f"{n}{dot}" for n in range(10) for dot in ".．")
_FAR = 100
NAME = "附件"


def opening(line: str, *, after_signature: bool = False, before: int = 0) -> str | None:
    """The name of the annex that the line opens (附件, 附件2), None when it opens none.

    A title may stand on the same line only directly after the 落款, or where the number is the
    next one after the annex that is open (``before``): elsewhere 附件：… lists.
    """
    words = _squeezed(line)
    alone = _ALONE.fullmatch(words)
    found = alone or _NAMED.fullmatch(words)
    if not found or line == "附":
        return None
    number = numeral(found.group(1)) if found.group(1) else None
    if not (alone or after_signature or (before and number == before + 1)):
        return None
    return f"{NAME}{number}" if number else NAME


def listed(lines: Sequence[Line], at: int) -> int:
    """The line after the 附件说明 that begins at line ``at``; ``at`` itself when none begins."""
    found = _LISTED.fullmatch(_squeezed(lines[at].text))
    if not found:
        return at
    numbered = not found["first"] or bool(_ITEM.match(found["first"]) or found.group(1))
    end, bare = at + 1, not found["first"] or bool(_ITEM.fullmatch(found["first"]))
    while numbered and end < len(lines) and len(lines[end].text) <= 80:
        item = _ITEM.match(lines[end].text)
        if not item and not bare:
            break
        bare = bool(item and item.end() == len(lines[end].text)) or lines[end].text[-2:] in _GLUED
        end += 1
    return end if end > at + 1 or found["first"] else at


def lists_below(lines: Sequence[Line], at: int) -> bool:
    """Whether a bare 附件： at line ``at`` has its list on the lines below it."""
    found = _ALONE.fullmatch(_squeezed(lines[at].text))
    below = lines[at + 1].text if at + 1 < len(lines) else ""
    return bool(found and not found.group(1) and _FIRST_ITEM.match(below))


def _squeezed(line: str) -> str:
    """The line's beginning with one plain blank for every run of them."""
    return re.sub(r"[ \t\u3000\u00a0]+", " ", line[:_FAR]) + line[_FAR:]
