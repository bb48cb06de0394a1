"""Which permission an address asks for, and what a setting opens without a key."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st

from assistant.access.addresses import is_this_machine, network_of
from assistant.access.permissions import Public, Scope, is_chat, scope_of
from assistant.errors import SettingsError
from assistant.faces.api import create_api
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger

DEFAULT = Public.parse(Settings(_env_file=None).api_public)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/v1/answers", Scope.ANSWERS),
        ("/v1/chat/completions", Scope.ANSWERS),
        ("/v1/chat-messages", Scope.ANSWERS),
        ("/v1/search", Scope.SEARCH),
        ("/v1/documents", Scope.DOCUMENTS),
        ("/v1/documents/2022-40-3f9c", Scope.DOCUMENTS),
        ("/v1/clauses/2022-40-3f9c:2.2", Scope.DOCUMENTS),
        ("/v1/units/市科技局/tasks", Scope.DOCUMENTS),
        ("/v1/industries", Scope.DOCUMENTS),
        ("/v1/models", Scope.ANSWERS),
        ("/v1/feedback", Scope.FEEDBACK),
        ("/v1/messages/ans_1/feedbacks", Scope.FEEDBACK),
        ("/v1/messages/a/b/feedbacks", Scope.DOCUMENTS),
        ("/v1/answersheet", Scope.DOCUMENTS),
        ("/v1", Scope.DOCUMENTS),
        ("/gradio_api/mcp", Scope.MCP),
        ("/gradio_api/mcp/sse", Scope.MCP),
        ("/mcp", Scope.MCP),
        ("/metrics", Scope.METRICS),
    ],
)
def test_an_address_asks_for_one_permission(path: str, scope: Scope) -> None:
    assert scope_of(path) is scope


@pytest.mark.parametrize(
    "path",
    "/ /healthz /readyz /openapi.json /wechat/mp /wecom/app /wecom/aibot /documents /admin/login "
    "/gradio_api/queue/join /v10/answers /metricsx /clauses/1".split(),
)
def test_pages_health_and_what_wechat_calls_ask_for_none(path: str) -> None:
    assert scope_of(path) is None


@given(st.text(max_size=40))
def test_nothing_under_the_api_goes_without_a_permission(rest: str) -> None:
    assert scope_of(f"/v1/{rest}") is not None


def test_every_route_of_the_api_is_of_the_permission_that_its_kind_needs() -> None:
    app = create_api(FakeAssistant(), Settings(_env_file=None), FakeLedger())
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    found = {route.path: scope_of(route.path) for route in routes if route.path[:4] == "/v1/"}
    assert set(found.values()) == {Scope.ANSWERS, Scope.SEARCH, Scope.DOCUMENTS, Scope.FEEDBACK}
    by_post = {
        scope_of(route.path)
        for route in routes
        if "POST" in (route.methods or ()) and found.get(route.path)
    }
    assert by_post == {Scope.ANSWERS, Scope.FEEDBACK}


def test_by_default_all_but_the_figures_is_open() -> None:
    assert {scope for scope in Scope if DEFAULT.allows("/x", scope)} == set(Scope) - {Scope.METRICS}


@pytest.mark.parametrize("text", ["none", " none ", "", ","])
def test_nothing_may_be_open(text: str) -> None:
    assert Public.parse(text) == Public()
    assert not any(Public.parse(text).allows("/v1/answers", scope) for scope in Scope)


@pytest.mark.parametrize("text", ["search, /v1/units/", "/v1/units,search", "search，/v1/units"])
def test_permissions_and_beginnings_of_addresses_may_be_mixed(text: str) -> None:
    public = Public.parse(text)
    assert public.allows("/v1/search", Scope.SEARCH)
    assert public.allows("/v1/units", Scope.DOCUMENTS)
    assert public.allows("/v1/units/市科技局/tasks", Scope.DOCUMENTS)
    assert not public.allows("/v1/unitsx", Scope.DOCUMENTS)
    assert not public.allows("/v1/documents", Scope.DOCUMENTS)
    assert not public.allows("/v1/answers", Scope.ANSWERS)


@pytest.mark.parametrize(
    "text", ["answer", "answers,none", "Answers", "/", "/v2/answers", "/wechat"]
)
def test_a_wrong_item_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="API_PUBLIC") as caught:
        Public.parse(text)
    assert f"“{text.rpartition(',')[2]}”" in str(caught.value)
    assert str(caught.value).endswith("。")


def test_each_permission_has_a_chinese_name() -> None:
    assert [scope.label for scope in Scope] == ["问答", "检索", "查阅", "反馈", "MCP 工具", "指标"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_user_has_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("address", "own"),
    [
        *((own, True) for own in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")),
        *((other, False) for other in ("192.0.2.7", "::ffff:192.0.2.7", "", "localhost")),
    ],
)
def test_this_machine_is_a_loopback_address(address: str, own: bool) -> None:
    assert is_this_machine(address) is own


@pytest.mark.parametrize(
    ("path", "chat"),
    [
        ("/gradio_api/queue/join", True),
        ("/gradio_api/run/predict", True),
        ("/gradio_api/mcp", False),
        ("/gradio_apis", False),
        ("/v1/answers", False),
        ("/", False),
    ],
)
def test_what_the_page_of_the_chat_sends_to_is_known(path: str, chat: bool) -> None:
    assert is_chat(path) is chat
