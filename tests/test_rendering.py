"""An answer as plain text and as Markdown: the same words, the same sources, the same units."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from assistant.answer import AIGC, AskedQuestion, Status
from assistant.rendering import clause_url, markdown, plain, renderings, sources, unit_lines
from assistant.service import PolicyAssistant
from tests.policies import YUNHE_TITLE

BASE = "https://policy.example.cn"
ASKED = ("自动驾驶重点做什么", "市科技局负责哪些任务", "文件的文号是什么", "周村到章丘的票价多少钱")


@pytest.mark.parametrize("question", ASKED)
def test_both_hold_the_text_every_source_and_every_unit(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.answer
    for shown in (plain(answer, BASE), markdown(answer, BASE)):
        for line in answer.answer.text.split("\n"):
            assert line in shown
        for citation in answer.citations:
            assert citation.clause.label in shown
            assert citation.document.doc_number in shown
        for unit in answer.responsible_units:
            assert unit.name in shown
        for warning in answer.warnings:
            assert f"注：{warning}" in shown
    for citation in answer.citations:
        assert clause_url(citation.clause.id, BASE) in markdown(answer, BASE)
        assert citation.quote.split("\n")[0] in markdown(answer, BASE)


def test_renderings_are_filled_in_and_change_nothing_else(
    policy_assistant: PolicyAssistant,
) -> None:
    answer = policy_assistant.ask("自动驾驶重点做什么")
    filled = renderings(answer, BASE)
    assert filled.renderings.plain == plain(answer, BASE)
    assert filled.renderings.markdown == markdown(answer, BASE)
    assert replace(filled, renderings=answer.renderings) == answer
    assert BASE not in answer.renderings.plain


def test_a_refusal_has_no_sources(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("周村到章丘的票价多少钱")
    assert answer.status is Status.NO_SOURCE
    assert "【依据】" not in plain(answer, BASE)
    assert "http" not in plain(answer, BASE)
    assert plain(answer).startswith("已收录的文件中没有找到")


def test_what_was_understood_is_said(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("由谁负责？", ["自动驾驶重点做什么？"])
    heard = answer.question.rewritten
    assert plain(answer).startswith(f"（已理解为：{heard}）\n")
    assert markdown(answer).startswith(f"*已理解为：{heard}*")
    whole = replace(answer, question=AskedQuestion("由谁负责？"))
    assert "已理解为" not in plain(whole) + markdown(whole)


def test_sources_are_one_line_a_document(two_cities: PolicyAssistant) -> None:
    lines = sources(two_cities.ask("市农业农村局负责哪些任务"))
    assert lines[0] == f"《{YUNHE_TITLE}》（云政办字〔2023〕7号）一(一)、二(三)"
    assert len(lines) == 2
    assert lines[1].endswith("（淄政字〔2022〕40号）二（六）推进城镇化带动乡村振兴")


def test_a_line_of_units_holds_each_once(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("二（二）说了什么")
    lines = unit_lines(answer)
    assert [line.split("：")[0] for line in lines] == ["牵头单位", "责任单位", "属地落实"]
    for line in lines:
        names = line.split("：")[1].split("、")
        assert len(set(names)) == len(names)
    assert {n for line in lines for n in line.split("：")[1].split("、")} == {
        u.name for u in answer.responsible_units
    }


def test_units_are_not_said_twice(policy_assistant: PolicyAssistant) -> None:
    assert "【责任单位】" not in plain(policy_assistant.ask("自动驾驶由谁负责"))
    answer = policy_assistant.ask("自动驾驶由谁负责")
    assert answer.answer
    silent = replace(answer, answer=replace(answer.answer, text="见条款。"))
    assert "【责任单位】牵头单位：市发展改革委、市工业和信息化局；" in plain(silent)


def test_an_address_carries_any_id() -> None:
    assert clause_url("2022-40-2e2d:2.2.1", BASE) == f"{BASE}/clauses/2022-40-2e2d:2.2.1"
    assert clause_url("a/b c?:1") == "/clauses/a%2Fb%20c%3F:1"


def test_what_an_llm_has_worded_says_so_in_both(policy_assistant: PolicyAssistant) -> None:
    verbatim = policy_assistant.ask("自动驾驶重点做什么")
    assert "人工智能生成" not in plain(verbatim, BASE) + markdown(verbatim, BASE)
    notice = "本回答由人工智能生成合成（模型：tiny）。"
    worded = replace(verbatim, aigc=AIGC(True, notice, "人工智能生成合成"))
    lines = plain(worded, BASE).split("\n")
    assert lines.count(notice) == 1
    assert lines == [*plain(verbatim, BASE).split("\n"), notice], "after the link"
    assert markdown(worded, BASE) == f"{markdown(verbatim, BASE)}\n\n*{notice}*"


def test_a_notice_stands_below_the_warnings(policy_assistant: PolicyAssistant) -> None:
    answer = replace(
        policy_assistant.ask("自动驾驶重点做什么"),
        warnings=("甲。",),
        aigc=AIGC(True, "乙。", "丙"),
    )
    assert plain(answer).endswith("\n注：甲。\n乙。")
    assert markdown(answer).endswith("\n\n注：甲。\n\n*乙。*")


def test_plain_text_has_no_markup(policy_assistant: PolicyAssistant, questions: list[str]) -> None:
    for question in questions[:60]:
        shown = policy_assistant.ask(question).renderings.plain
        assert not re.search(r"\*\*|^> |^#|\]\(", shown, re.MULTILINE)
