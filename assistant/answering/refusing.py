"""When not to answer: the documents do not cover the topic, or do not state the thing asked."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import REFUSAL_PHRASE, Refusal, Status
from assistant.answering.drafting import Draft, clause_ref
from assistant.model import Hit, Role

HELP = (
    "这里只回答已收录政策文件的内容：条款写了什么、由谁负责、某单位有哪些任务、"
    "支持哪些产业和区域、文号和日期等。请直接提问，例如“这份文件讲了什么？”。"
)
OFF_TOPIC = "问题中的主要词语在文件里都没有出现。"
NOT_CHINESE = "目前只能回答用中文提的问题，请用中文提问（please ask in Chinese）。"


_OWN_WORDS = (Status.CLARIFY, Status.BLOCKED)  # nothing was looked for in the documents


def refuse(
    status: Status, reason: str, hits: Sequence[Hit] = (), *, contact: bool = False
) -> Draft:
    """A refusal with the nearest clauses (not an answer) and the units that could be asked."""
    contacts: tuple[str, ...] = ()
    if contact and hits:
        responsibility = hits[0].clause.responsibility
        contacts = responsibility.units(Role.LEAD) or responsibility.units(Role.RESPONSIBLE)[:1]
    near = [h for h in hits[:3] if h.signals.get("coverage", 1.0) > 0]
    nearest = tuple(clause_ref(h.clause) for h in near)
    text = reason if status in _OWN_WORDS else REFUSAL_PHRASE + reason
    if nearest:
        text += "\n相近条款（不是答案）：" + "；".join(n.label for n in nearest) + "。"
    if contacts:
        text += f"\n可向相近条款的责任单位咨询：{'、'.join(contacts)}。"
    return Draft(status=status, text=text, refusal=Refusal(reason, nearest, contacts))
