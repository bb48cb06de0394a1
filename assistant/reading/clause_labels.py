"""How a clause is called: 二（二）智能装备, 第十二条, 附件1 三、9, 表1第2行. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading.clause_nodes import BODY, Node

_BLANKS = re.compile(r"\s+")
_STATUTE = re.compile(r"第.+[编章节条]")


def label(chain: Sequence[Node]) -> str:
    """二（二）智能装备, 三、9, 第十二条, 2.1: the numbers down the path, else the heading."""
    last, numbers = chain[-1], ""
    for node in chain[1:]:
        if any(_holds(below.number, node.number) for below in chain):
            continue
        above = node.heading if node is not last else ""
        bare = _BLANKS.sub("", node.number).rstrip("、.．，,") or above
        numbers += f"、{bare}" if bare[:1].isdecimal() and numbers and numbers[-1] != "）" else bare
    annex = f"{chain[0].heading} " if chain[0].heading not in (BODY, last.heading) else ""
    if not last.number:
        return annex + numbers + (last.name_in_label or last.heading)
    if last.number.endswith("、") and len(chain) == 2:
        return annex + last.name
    return annex + (_BLANKS.sub("", last.number) if _STATUTE.match(last.number) else numbers)


def _holds(number: str, above: str) -> bool:
    """Whether a number like 2.1 holds the one above it, 2."""
    top = above.rstrip(".．")
    return bool(top) and len(number) > len(top) + 1 and number.startswith((f"{top}.", f"{top}．"))
