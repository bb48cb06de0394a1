"""Questions that leave a unit out (没有市财政局参与的任务, 除了市科技局还有谁): in no table."""

from __future__ import annotations

import re

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.refusing import refuse
from assistant.understanding.question import Kind, Question

_LEFT_OUT = re.compile(
    r"(?:(?<!有)没有|不用|不要|无需|无须|不需要|不必|不归|不由|(?<!是)不是|除了?|除去|排除|不算|不含|不包括)[^，。；？]{0,2}$"
)


def leaves_out(question: Question) -> str:
    """The unit, as written, that a question for tasks or units leaves out; '' for none."""
    if question.kind is not Kind.TASKS and not question.asks_who:
        return ""
    text = question.asked
    for unit in question.units:
        place = text.find(unit.written)
        if place > 0 and _LEFT_OUT.search(text[:place]):
            return unit.written
    return ""


def exclusion(question: Question) -> Draft | None:
    """A refusal for such a question: a list of what the unit does would be its contrary."""
    unit = leaves_out(question)
    if not unit:
        return None
    return refuse(
        Status.CLARIFY,
        f"问题要排除“{unit}”，目前不能这样列出；可以分别问全部任务、{unit}的任务，或这件事由谁负责。",
    )
