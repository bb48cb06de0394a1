"""What stands before the quotes: a stretch that answers by itself, a verdict, or neither."""

from __future__ import annotations

import pytest

from assistant.answer import Status
from assistant.service import PolicyAssistant


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("五大系统是哪五大", "围绕核心算法系统"),
        ("四大板块包括哪些", "集中打造智能装备、生物医药"),
        ("是否支持发展氢能", "有，文件写明："),
    ],
)
def test_an_answer_opens_with_what_was_asked(
    policy_assistant: PolicyAssistant, question: str, opening: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.ANSWERED
    assert answer.answer
    assert answer.answer.text.startswith(opening)


@pytest.mark.parametrize(
    "question",
    [
        "先行区不包括文昌湖，对吗",  # a denial to be confirmed is neither confirmed nor denied
        "文件里说不支持氢能产业对吗",
        "有没有提到地铁",  # 轨道交通 is another word
    ],
)
def test_no_verdict_on_what_the_words_do_not_say(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question).answer
    assert answer
    assert not answer.text.startswith(("有，", "文件写明了", "是"))
    assert "请看原文" in answer.text or "没有直接" in answer.text


def test_who_issued_it_is_told_when_another_is_named(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("这个文件是省政府发的吗").answer
    assert answer
    assert answer.text.startswith("发文机关：淄博市人民政府")


@pytest.mark.parametrize(
    ("question", "absent"), [("济南至青岛高速由谁负责", "青岛"), ("经十路西延由谁负责", "西延")]
)
def test_another_place_or_direction_is_said_to_be_absent(
    policy_assistant: PolicyAssistant, question: str, absent: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.PARTIAL
    assert answer.answer
    assert f"没有直接提到“{absent}”" in answer.answer.text
