"""When not to answer: the documents do not cover the topic, or do not state the thing asked."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import REFUSAL_PHRASE, Refusal, Status
from assistant.answering.drafting import Draft, clause_ref
from assistant.model import Hit, Role


def refuse(
    status: Status, reason: str, hits: Sequence[Hit] = (), *, contact: bool = False
) -> Draft:
    """A refusal with the nearest clauses (not an answer) and the units that could be asked."""
    contacts: tuple[str, ...] = ()
    if contact and hits:
        responsibility = hits[0].clause.responsibility
        contacts = responsibility.units(Role.LEAD) or responsibility.units(Role.RESPONSIBLE)[:1]
    nearest = tuple(clause_ref(h.clause) for h in hits[:3])
    text = REFUSAL_PHRASE + reason
    if nearest:
        text += "\n相近条款（不是答案）：" + "；".join(n.label for n in nearest) + "。"
    if contacts:
        text += f"\n可向相近条款的责任单位咨询：{'、'.join(contacts)}。"
    return Draft(status=status, text=text, refusal=Refusal(reason, nearest, contacts))
