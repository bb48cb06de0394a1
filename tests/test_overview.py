"""The whole of a document: its outline, its units, and which documents there are."""

from __future__ import annotations

import pytest

from assistant.answer import Status
from assistant.model import DocumentKind, Role
from assistant.service import PolicyAssistant


@pytest.mark.parametrize(
    "question", ["这份文件讲了什么？", "主要内容是什么", "有哪些重点任务", "全文框架是怎样的"]
)
def test_the_outline_quotes_every_top_section_and_names_what_is_below(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.ANSWERED
    assert [c.quote for c in answer.citations] == ["一、总体要求", "二、重点任务", "三、组织保障"]
    assert answer.answer is not None
    for heading in ("（二）发展目标", "（九）优化配置各类要素资源", "（四）加强舆论宣传"):
        assert heading in answer.answer.text


@pytest.mark.parametrize("question", ["有多少个责任单位？", "列出全部责任单位", "责任单位名单"])
def test_the_list_of_units_is_the_table_and_counted(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.ANSWERED
    assert answer.answer is not None
    summaries = policy_assistant.units()
    local = [u.name for u in summaries if u.counts[Role.LOCAL]]
    named = [u.name for u in summaries if u.name not in local]
    assert f"责任单位{len(named)}个" in answer.answer.text
    assert f"属地落实{len(local)}个" in answer.answer.text
    assert all(name in answer.answer.text for name in (*named, *local))
    assert all("责任单位：" in c.quote for c in answer.citations)


def test_the_documents_are_the_official_ones(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("收录了哪些文件？")
    assert answer.answer is not None
    official = [d for d in policy_assistant.documents() if d.kind is DocumentKind.OFFICIAL]
    assert f"官方文件{len(official)}份" in answer.answer.text
    assert [c.document.id for c in answer.citations] == [d.id for d in official]


@pytest.mark.parametrize(
    "question", ["智能装备讲了什么", "市科技局有哪些任务", "胶济铁路有哪些任务"]
)
def test_a_question_with_a_topic_is_not_about_the_whole(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question)
    assert "一、总体要求" not in [c.quote for c in answer.citations]
