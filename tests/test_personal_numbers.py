"""Numbers of persons are left out of what is asked, and nothing else is."""

from __future__ import annotations

import pytest

from assistant.service import PolicyAssistant
from assistant.understanding.personal_numbers import without_personal_numbers


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("氢能产业由谁牵头？我的电话13812345678", "氢能产业由谁牵头？"),
        ("氢能产业由谁牵头，联系我：13812345678。", "氢能产业由谁牵头。"),
        ("手机号码是13812345678，氢能产业由谁牵头？", "，氢能产业由谁牵头？"),
        ("身份证号 37030219900101123X 能申请吗", " 能申请吗"),
        ("拨打12345能咨询吗", "拨打12345能咨询吗"),
        ("2025年GDP达到13800000000000元吗", "2025年GDP达到13800000000000元吗"),
        ("联系电话是多少", "联系电话是多少"),
    ],
)
def test_only_the_numbers_of_persons_go(text: str, asked: str) -> None:
    assert without_personal_numbers(text) == asked


def test_a_number_changes_nothing_of_an_answer(policy_assistant: PolicyAssistant) -> None:
    bare = policy_assistant.ask("氢能产业由谁牵头？")
    told = policy_assistant.ask("氢能产业由谁牵头？我的电话13812345678")
    assert (told.status, told.answer, told.warnings) == (bare.status, bare.answer, bare.warnings)
