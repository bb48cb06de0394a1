"""Questions that leave a unit out are not answered with what that unit does."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answer import Status
from assistant.service import PolicyAssistant


@pytest.mark.parametrize(
    "question",
    [
        "哪些任务没有市发展改革委参与？",
        "哪些任务不用市财政局参与？",
        "除了市发展改革委，还有谁负责生物医药？",
        "除市科技局外哪些单位负责生物医药？",
    ],
)
def test_a_unit_that_is_left_out_is_not_listed(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is not Status.ANSWERED
    assert not answer.citations


@pytest.mark.parametrize(
    "question",
    [
        "市发展改革委有没有牵头的任务？",
        "有没有市财政局参与的任务？",
        "是不是市科技局负责生物医药？",
        "市财政局负责哪些任务？",
        "生物医药由谁负责？",
    ],
)
def test_what_only_sounds_like_it_is_answered(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    assert policy_assistant.ask(question).citations


def test_before_its_day_a_document_is_not_yet_there(policy_assistant: PolicyAssistant) -> None:
    before = policy_assistant.ask("智能装备有哪些任务？", as_of=date(2021, 1, 1))
    assert before.citations[0].validity.status == "not_yet"
    assert any("2022年4月20日才成文" in warning for warning in before.warnings)
    after = policy_assistant.ask("智能装备有哪些任务？", as_of=date(2022, 4, 20))
    assert after.citations[0].validity.status == "unknown"
