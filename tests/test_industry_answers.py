"""Answers from the industry table: sentences, areas, and when the table gives way."""

from __future__ import annotations

import pytest

from assistant.service import PolicyAssistant


@pytest.mark.parametrize(
    ("question", "area", "industry"),
    [
        ("淄川经济开发区重点发展哪些产业？", "淄川经济开发区", "激光设备"),
        ("文昌湖适合投资哪些行业", "文昌湖省级旅游度假区", "文旅康养"),
        ("做耐火材料，高档耐材项目放哪里？", "周村区王村镇", "高档耐材"),
        ("激光设备项目去哪个园区", "淄川经济开发区", "激光设备"),
    ],
)
def test_an_area_and_its_industries_are_quoted_together(
    policy_assistant: PolicyAssistant, question: str, area: str, industry: str
) -> None:
    first = policy_assistant.ask(question).citations[0]
    assert first.clause.label == "二（一）"
    assert area in first.quote
    assert industry in first.quote


def test_all_industries_come_with_every_area_of_the_table(
    policy_assistant: PolicyAssistant,
) -> None:
    quotes = "".join(c.quote for c in policy_assistant.ask("有哪些产业？").citations)
    areas = {a for e in policy_assistant.industries() for a in e.areas}
    assert areas
    assert all(area in quotes for area in areas)


def test_a_sentence_that_fits_better_and_names_a_place_comes_first(
    policy_assistant: PolicyAssistant,
) -> None:
    answer = policy_assistant.ask("生物医药依托哪个园区？")
    assert answer.citations[0].clause.label == "二（二）生物医药"


def test_an_area_without_industries_is_refused(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("博山区重点发展什么产业？")
    assert not answer.citations
    assert answer.refusal is not None
