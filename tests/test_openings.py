"""What stands before the quotes: a stretch that answers by itself, a verdict, or neither."""

from __future__ import annotations

import pytest

from assistant.answer import Status
from assistant.answering.openings import dated
from assistant.service import PolicyAssistant
from assistant.text import sentences


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


def test_a_sentence_is_about_the_year_before_it(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("到2025年淄川经济开发区要升级吗").answer
    assert answer
    assert answer.text.startswith("文件提出力争做到，这是目标。")
    other = policy_assistant.ask("到2035年淄川经济开发区要升级吗").answer
    assert other
    assert "这是目标" not in other.text


def test_a_year_holds_for_its_paragraph_only() -> None:
    text = "到2025年，初见成效。产业优化。\n加强领导。到2035年，基本实现。能力提升。"
    spans = sentences(text)
    assert dated(text, list(spans)) == [
        "到2025年，初见成效。",
        "2025年，产业优化。",
        "加强领导。",
        "到2035年，基本实现。",
        "2035年，能力提升。",
    ]
