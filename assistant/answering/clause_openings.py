"""What opens the answer on a clause: how many parts it has, and the part of a unit in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.drafting import Draft
from assistant.model import ROLE_NAMES, Assignment, Clause
from assistant.understanding.question import Question

MAX_NAMED = 12
_HOW_MANY = re.compile("(?:有|分|共|下设|包括|含)(?:了|为)?(?:几|多少)(?:个|大)?[条项点款部任小]")


def opening(draft: Draft, question: Question, clause: Clause, parts: Sequence[Clause]) -> None:
    """Say how many clauses stand right below, or where the named units have a part, if asked."""
    if _HOW_MANY.search(question.asked):
        children = [c for c in parts if c.parent_id == clause.id]
        names = "、".join(c.heading or c.number for c in children[:MAX_NAMED])
        more = "等" if len(children) > MAX_NAMED else ""
        told = f"下面有{len(children)}条：{names}{more}。" if children else "下面没有再分条。"
        draft.say(f"{clause.full_label}{told}\n")
    for unit in question.units:
        listed = [(c, a.role) for c in (clause, *parts) for a in _of(c, unit.name)]
        name = unit.name or unit.written
        if not listed:
            draft.say(f"{name}不是{clause.full_label}列明的单位。\n")
        elif listed[0][0] is clause:
            draft.say(f"{name}是{clause.full_label}的{ROLE_NAMES[listed[0][1]]}。\n")
        else:
            where = "、".join(f"{c.heading or c.number}（{ROLE_NAMES[r]}）" for c, r in listed)
            draft.say(f"{name}是{clause.full_label}其中{len(listed)}条列明的单位：{where}。\n")


def _of(clause: Clause, unit: str) -> list[Assignment]:
    return [a for a in clause.responsibility.assignments if a.name == unit][:1]
