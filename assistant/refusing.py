"""When not to answer: the documents do not cover the topic, or do not state the thing asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import REFUSAL_PHRASE, Refusal, Status
from assistant.drafting import Draft, clause_ref
from assistant.model import Hit, Role
from assistant.question import Detail

_NUMBER = r"[\d一二两三四五六七八九十百千万亿.,，]+"
_STATED: dict[Detail, re.Pattern[str]] = {
    Detail.AMOUNT: re.compile(
        rf"{_NUMBER}\s*(?:余|多)?(?:个)?(?:亿|万|千|百)?(?:元|美元|块钱)|\d+(?:\.\d+)?\s*[%％]|全额|免收|减半"
    ),
    Detail.RATE: re.compile(rf"[%％]|百分之|{_NUMBER}个百分点|倍|高于|超过"),
    Detail.DURATION: re.compile(
        r"(?<!\d)\d{1,2}\s*(?:年|个?月|天|日|小时|个工作日|周)|[一二两三四五六七八九十]+(?:年|个月|天|小时|周)(?:以?内)?|到?20\d\d年|期限"
    ),
    Detail.DATE: re.compile(
        r"\d{4}年|\d{1,2}月|每年|年底|年内|季度|小时|个工作日|“十[一二三四五六七]五”|时起|之日"
    ),
    Detail.CONTACT: re.compile(r"\d{3,4}[-－—]?\d{7,8}|1\d{10}|@|https?://|www\.|下载"),
    Detail.PERSON: re.compile(r"(?:组长|主任|局长|市长|书记|负责人|联系人)[：:]"),
    Detail.SUBSIDY: re.compile(r"补贴|补助|奖励|奖补|资助|津贴|贴息|减免|免收|减半|报销|奖金|资金支持"),
    Detail.PENALTY: re.compile(r"罚|处分|追究"),
    Detail.PROCEDURE: re.compile(r"申请|申报|办理|报名|提交|材料|登记|审批|手续|流程"),
}
_NAMES = {
    Detail.AMOUNT: "具体金额或数量",
    Detail.RATE: "具体比例",
    Detail.DURATION: "期限",
    Detail.DATE: "具体时间",
    Detail.CONTACT: "联系方式或地址",
    Detail.PERSON: "人员姓名",
    Detail.PROCEDURE: "办理流程或材料",
    Detail.SUBSIDY: "补贴、补助或奖励",
    Detail.PENALTY: "处罚",
}


def missing_detail(details: Sequence[Detail], words: str) -> str:
    """The name of the first detail that is asked for and that the words do not state; else ''."""
    for detail in details:
        if not _STATED[detail].search(words):
            return _NAMES[detail]
    return ""


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
