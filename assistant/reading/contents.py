"""目录: the table of contents before the body, whose lines are no clauses. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading.lines import Line

_LONGEST_ENTRY = 60


def find(lines: Sequence[Line], first: int) -> tuple[int, int]:
    """The lines [begin, end) of the 目录 at or after line ``first``; (0, 0) when there is none.

    It ends where its first entry comes again as a heading of the body.
    """
    for begin in range(first, min(len(lines), first + 30)):
        if re.sub(r"\s", "", lines[begin].text) != "目录":
            continue
        entry = _bare(lines[begin + 1].text) if begin + 1 < len(lines) else ""
        for end in range(begin + 2, len(lines)):
            if entry and _bare(lines[end].text).startswith(entry):
                return begin, end
            if len(lines[end].text) > _LONGEST_ENTRY:
                break
    return 0, 0


def _bare(entry: str) -> str:
    """An entry without blanks, leaders and its page number."""
    return re.sub(r"(?<![.．·…\s—-])(?:[.．·…\s—-]{2,}|\s)\d{1,4}$|\s", "", entry)
