"""The tools of MCP as plain functions: JSON of the same shapes as REST, and errors that can be read."""

from __future__ import annotations

import inspect
import json
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.errors import IndexFileError
from assistant.faces.api import create_api
from assistant.faces.mcp_tools import INSTRUCTIONS, PolicyTools, user
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from assistant.validity import DocumentStatus
from tests.fakes import DOCUMENT_ID, FakeAssistant, FakeLedger

QUESTION = "智能装备由谁牵头？"
CHANGING = ("id", "created", "usage")
NUMBER = "淄政字〔2022〕40号"


def tools_of(assistant: Any = None, ledger: FakeLedger | None = None) -> PolicyTools:
    return PolicyTools(assistant or FakeAssistant(), Settings(), ledger or FakeLedger())


def told(text: str) -> Any:
    """The JSON, without what differs from call to call."""
    value = json.loads(text)
    return {k: v for k, v in value.items() if k not in CHANGING}


def test_an_answer_is_noted_with_its_channel_and_its_user() -> None:
    fake, ledger = FakeAssistant(), FakeLedger()
    tools = tools_of(fake, ledger)
    token = user.set("key:1")
    try:
        tools.ask_policy(QUESTION, ["一", " ", "二"], "2024-05-01", [NUMBER])
    finally:
        user.reset(token)
    assert fake.asked == [(QUESTION, ("一", "二"), date(2024, 5, 1))]
    assert fake.scopes == [(DOCUMENT_ID,)]
    assert ledger.recorded == [(QUESTION, "mcp", "key:1")]


def test_a_fault_of_the_machine_names_no_path() -> None:
    fake = FakeAssistant()
    fake.error = IndexFileError("索引文件“/srv/policy/index”已损坏，请删除它。")
    tools = tools_of(fake)
    for said in (tools.ask_policy(QUESTION), tools.search_clauses("智能装备")):
        assert "索引暂时不可用" in said
        assert "/srv" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"question": " "}, "问题是空的"),
        ({"question": "问" * 2001}, "2001"),
        ({"question": QUESTION, "as_of": "昨天"}, "as_of"),
        ({"question": QUESTION, "as_of": "2024-02-30"}, "as_of"),
        ({"question": QUESTION, "as_of": "20240501"}, "as_of"),
        ({"question": QUESTION, "documents": ["没有的文件"]}, "没有的文件"),
    ],
)
def test_a_question_that_cannot_be_asked_is_an_answer_of_status_error(
    arguments: dict[str, Any], said: str
) -> None:
    ledger = FakeLedger()
    answer = json.loads(tools_of(ledger=ledger).ask_policy(**arguments))
    assert answer["status"] == "error"
    assert said in answer["answer"]["text"]
    assert answer["citations"] == []
    assert ledger.recorded == []


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("search_clauses", {"query": ""}, "empty_question"),
        ("search_clauses", {"query": "产业", "unit": "市玄学局"}, "unknown_unit"),
        ("search_clauses", {"query": "产业", "limit": 0}, "bad_question"),
        ("search_clauses", {"query": "产业", "limit": 51}, "bad_question"),
        ("search_clauses", {"query": "产业", "as_of": "明天"}, "bad_question"),
        ("get_clause", {"clause_id": "没有的"}, "unknown_clause"),
        ("get_clause", {"clause_id": "九（九）", "document": NUMBER}, "unknown_clause"),
        ("get_clause", {"clause_id": "二（二）", "document": "没有的"}, "unknown_document"),
        ("tasks_of_unit", {"unit": "市玄学局"}, "unknown_unit"),
    ],
)
def test_other_errors_are_problems(name: str, arguments: dict[str, Any], code: str) -> None:
    said = json.loads(tools_of().all[name](**arguments))
    assert said["status"] == "error"
    assert said["error"]["code"] == code
    assert said["error"]["message"].endswith("。")


def test_what_is_searched_may_be_filtered() -> None:
    fake = FakeAssistant()
    found = json.loads(tools_of(fake).search_clauses("产业", 1, "市科技局", "淄川", "2024-05-01"))
    assert [len(found["hits"]), found["limit"], found["next_offset"]] == [1, 1, 1]
    wanted = fake.filters[0]
    assert (wanted.unit, wanted.area, wanted.as_of) == ("市科技局", "淄川", date(2024, 5, 1))
    assert wanted.statuses == ()
    assert DocumentStatus.IN_FORCE not in wanted.statuses


def test_a_clause_is_found_by_its_place_in_a_document() -> None:
    tools = tools_of()
    by_id = tools.get_clause(f"{DOCUMENT_ID}:2.2")
    assert json.loads(by_id)["clause"]["label"] == "二（二）"
    for written in ("二（二）", " 二(二) ", f"{DOCUMENT_ID}:2.2"):
        assert tools.get_clause(written, NUMBER) == by_id
    assert json.loads(tools.get_clause("二（二）"))["error"]["code"] == "unknown_clause"


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("ask_policy", {"question": "一", "history": [], "as_of": "", "documents": ["二"]}, ""),
        ("supported_industries", {}, ""),
        ("ask_policy", {}, "缺少参数“question”。"),
        ("ask_policy", {"question": 3}, "参数“question”应为文字。"),
        ("ask_policy", {"question": "一", "history": "二"}, "参数“history”应为由文字组成的列表。"),
        ("ask_policy", {"question": "一", "history": [2]}, "参数“history”应为由文字组成的列表。"),
        ("search_clauses", {"query": "一", "limit": "9"}, "参数“limit”应为整数。"),
        ("search_clauses", {"query": "一", "limit": True}, "参数“limit”应为整数。"),
        ("tasks_of_unit", {"unit": "一", "self": "二"}, "没有参数“self”，可用的有unit。"),
        ("asked", {}, "没有工具“asked”"),
        ("fault", {}, "没有工具“fault”"),
    ],
)
def test_arguments_are_checked_against_the_signature(
    name: str, given: dict[str, Any], said: str
) -> None:
    fault = tools_of().fault(name, given)
    assert bool(fault) == bool(said)
    if said:
        assert json.loads(fault)["error"]["message"].startswith(said)
        assert "\\u" not in fault


def test_each_tool_and_each_parameter_is_described_in_chinese() -> None:
    for name, tool in tools_of().all.items():
        doc = inspect.getdoc(tool) or ""
        head, _, arguments = doc.partition("Args:")
        assert not any(len(word) > 40 for word in head.split("。")[0].split()), name
        for parameter in inspect.signature(tool).parameters:
            line = next(x for x in arguments.splitlines() if x.strip().startswith(f"{parameter}: "))
            assert line.endswith("。"), (name, parameter)
    asking = inspect.getdoc(PolicyTools.ask_policy) or ""
    for word in ("逐字引用", "条款", "责任单位", "不要自行补充"):
        assert word in asking
    assert "逐字引用" in INSTRUCTIONS


def test_the_tools_say_what_rest_says(policy_assistant: PolicyAssistant) -> None:
    api = create_api(policy_assistant, Settings(), FakeLedger())
    rest, tools = TestClient(api), tools_of(policy_assistant)
    for question in ("氢能产业由谁牵头？", "市科技局负责哪些任务？", "明天天气怎么样？"):
        asked = rest.post("/v1/answers", json={"question": question})
        assert told(tools.ask_policy(question)) == told(asked.text)
    found = json.loads(tools.search_clauses("氢能产业", 3, "市科技局"))
    assert found == rest.get("/v1/search?q=氢能产业&limit=3&unit=市科技局").json()
    clause = found["hits"][0]["clause"]["id"]
    assert json.loads(tools.get_clause(clause)) == rest.get(f"/v1/clauses/{clause}").json()
    assert (
        json.loads(tools.tasks_of_unit("市科技局")) == rest.get("/v1/units/市科技局/tasks").json()
    )
    wishes: list[dict[str, str]] = [
        {},
        {"area": "淄川经济开发区"},
        {"industry": "生物医药"},
        {"area": "火星"},
    ]
    for wanted in wishes:
        own = json.loads(tools.supported_industries(**wanted))
        assert own == rest.get("/v1/industries", params=wanted).json()
