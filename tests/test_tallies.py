"""Counts over all tasks: every number is the table's."""

from __future__ import annotations

import re

import pytest

from assistant.answer import Answer, Status
from assistant.model import Role
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from assistant.understanding.document_facts import whole_of


def text_of(answer: Answer) -> str:
    assert answer.answer
    return answer.answer.text


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("哪个单位任务最多", "busiest"),
        ("哪个部门牵头的任务最多？", "busiest"),
        ("任务最多的单位是哪个", "busiest"),
        ("谁负责的最多", "busiest"),
        ("哪些任务没有牵头单位", "no_lead"),
        ("有多少条任务没有写明牵头单位", "no_lead"),
        ("没有牵头单位的任务有哪些", "no_lead"),
        ("哪些单位牵头", ""),
        ("哪些单位不牵头", ""),
        ("哪些单位没有牵头的任务", ""),
        ("什么工作最重要", ""),
        ("哪个部门的工作最重要", ""),
        ("哪个产业的任务最多", ""),
        ("没有牵头单位怎么办", ""),
        ("最多补贴多少", ""),
    ],
)
def test_what_is_counted(asked: str, name: str) -> None:
    assert (whole_of(asked) if name else whole_of(asked) in ("busiest", "no_lead")) == (
        name or False
    )


def test_who_has_the_most_tasks(policy_assistant: PolicyAssistant, parts: Parts) -> None:
    tasks = {u: policy_assistant.tasks_of(u)[1] for u in parts.index.units}
    own = {u: sum(t.role is not Role.LOCAL for t in found) for u, found in tasks.items()}
    [most] = [u for u in own if own[u] == max(own.values())]
    answer = policy_assistant.ask("哪个单位任务最多？")
    assert answer.status is Status.ANSWERED
    assert text_of(answer).startswith(f"任务最多的是{most}，共{own[most]}条（")
    for name, count in re.findall(
        r"[是、](市[^、（）]+)（(\d+)条）", text_of(answer).split("。")[0]
    ):
        assert own[name] == int(count)
    assert {t.clause.id for t in tasks[most]} <= {c.clause.id for c in answer.citations}


def test_who_leads_the_most(policy_assistant: PolicyAssistant, parts: Parts) -> None:
    tasks = {u: policy_assistant.tasks_of(u)[1] for u in parts.index.units}
    led = {u: sum(t.role is Role.LEAD for t in found) for u, found in tasks.items()}
    first = [u for u in led if led[u] == max(led.values())]
    text = text_of(policy_assistant.ask("哪个单位牵头的任务最多"))
    assert text.startswith(f"牵头的任务最多的是{'、'.join(first)}，各{max(led.values())}条。")


def test_what_nobody_has_is_not_compared(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("哪个单位配合的任务最多")
    assert answer.status is Status.NO_SOURCE


def test_the_tasks_without_a_leader(policy_assistant: PolicyAssistant, parts: Parts) -> None:
    found = {
        t.clause.id: t.clause for u in parts.index.units for t in policy_assistant.tasks_of(u)[1]
    }
    none = [c for c in found.values() if not c.responsibility.units(Role.LEAD)]
    answer = policy_assistant.ask("哪些任务没有牵头单位？")
    said = f"任务共{len(found)}条，其中{len(none)}条没有以文字写明牵头单位："
    assert said in text_of(answer)
    assert len(re.findall(r"^\d+\. ", text_of(answer), re.MULTILINE)) == len(none)
    assert {u.clause_id for u in answer.responsible_units} == {c.id for c in none}
