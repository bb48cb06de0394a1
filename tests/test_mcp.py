"""The MCP server as its clients meet it: the SDK's own client on a real server, and a browser's GET."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from assistant.access.keys import KeyRing
from assistant.access.permissions import Public, Scope
from assistant.access.rate_limits import RateLimits
from assistant.answer import Answer
from assistant.faces.api import create_api
from assistant.faces.chat.layout import mount_chat
from assistant.faces.mcp_alias import McpAlias
from assistant.faces.mcp_server import mount_tools
from assistant.faces.mcp_tools import INSTRUCTIONS
from assistant.faces.middleware.authentication import Authentication
from assistant.faces.middleware.installing import install
from assistant.faces.site.templates import Site
from assistant.service import PolicyAssistant
from assistant.settings import Settings, load
from tests.browser import served
from tests.fakes import DOCUMENT_ID, FakeAssistant, FakeLedger

ENDPOINTS = ("/gradio_api/mcp/", "/gradio_api/mcp", "/mcp", "/mcp/")
NAMES = ["ask_policy", "search_clauses", "get_clause", "tasks_of_unit", "supported_industries"]
QUESTION = "智能装备由谁牵头？"


def compose(
    assistant: Any, ledger: FakeLedger, settings: Settings | None = None, *, guarded: bool = False
) -> FastAPI:
    """The product's application as far as it matters here."""
    settings = settings or Settings()
    app = create_api(assistant, settings, ledger)
    mount_tools(app, assistant, settings, ledger)
    mount_chat(app, assistant, settings, ledger)
    if guarded:
        install(app, settings)
    app.add_middleware(McpAlias, site=Site.of(settings))
    return app


class Place:
    """A running server over a FakeAssistant."""

    def __init__(self) -> None:
        self.fake, self.ledger = FakeAssistant(), FakeLedger()
        self.address = ""


@pytest.fixture(scope="module")
def running() -> Iterator[Place]:
    place = Place()
    with served(compose(place.fake, place.ledger)) as place.address:
        yield place


@pytest.fixture
def place(running: Place) -> Iterator[Place]:
    running.ledger.recorded.clear()
    running.fake.asked.clear()
    yield running
    running.fake.error = None


@asynccontextmanager
async def connected(
    address: str, path: str = "/mcp", headers: dict[str, str] | None = None
) -> AsyncIterator[ClientSession]:
    async with (
        httpx.AsyncClient(headers=headers, timeout=20) as client,
        streamable_http_client(address + path, http_client=client) as (reading, writing, _),
        ClientSession(reading, writing) as session,
    ):
        yield session


def with_session(
    address: str,
    talk: Callable[[ClientSession], Awaitable[Any]],
    path: str = "/mcp",
    headers: dict[str, str] | None = None,
) -> Any:
    """What ``talk`` returns, in a session that has been initialized."""

    async def run() -> Any:
        async with connected(address, path, headers) as session:
            await session.initialize()
            return await talk(session)

    return asyncio.run(run())


def call(address: str, tool: str, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
    """The JSON that a tool returns; its one part is a text."""

    async def talk(session: ClientSession) -> CallToolResult:
        return await session.call_tool(tool, arguments)

    return read(with_session(address, talk, headers=headers))[0]


def read(result: CallToolResult) -> tuple[Any, bool]:
    """The JSON of a result, and whether it is marked as an error."""
    (part,) = result.content
    assert isinstance(part, TextContent)
    assert "\\u" not in part.text, "Chinese is not escaped"
    return json.loads(part.text), result.isError


def plain(answer: Any) -> Any:
    return {k: v for k, v in answer.items() if k not in ("id", "created", "usage")}


# What is there ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_client_finds_exactly_the_five_tools(place: Place, path: str) -> None:
    async def talk(session: ClientSession) -> Any:
        return await session.list_tools()

    tools = with_session(place.address, talk, path).tools
    assert [tool.name for tool in tools] == NAMES


def test_the_server_says_what_it_is_for(place: Place) -> None:
    async def run() -> Any:
        async with connected(place.address) as session:
            return await session.initialize()

    said = asyncio.run(run())
    assert said.serverInfo.name == "政策问答助手"
    assert said.serverInfo.version == "1.0"
    assert said.instructions == INSTRUCTIONS


def test_the_schemas_hold_types_defaults_and_what_is_required(place: Place) -> None:
    async def talk(session: ClientSession) -> Any:
        return await session.list_tools()

    tools = {tool.name: tool for tool in with_session(place.address, talk).tools}
    schemas = {name: tool.inputSchema for name, tool in tools.items()}
    text, texts = "string", {"type": "array", "items": {"type": "string"}}
    asking = schemas["ask_policy"]["properties"]
    assert list(asking) == ["question", "history", "as_of", "documents"]
    assert asking["question"]["type"] == asking["as_of"]["type"] == text
    for name in ("history", "documents"):
        assert {k: asking[name][k] for k in texts} == texts
    limit = schemas["search_clauses"]["properties"]["limit"]
    assert (limit["type"], limit["default"]) == ("integer", 10)
    assert {name: schema.get("required", []) for name, schema in schemas.items()} == {
        "ask_policy": ["question"],
        "search_clauses": ["query"],
        "get_clause": ["clause_id"],
        "tasks_of_unit": ["unit"],
        "supported_industries": [],
    }
    described = [tool.description for tool in tools.values()]
    described += [p["description"] for s in schemas.values() for p in s["properties"].values()]
    assert all(any("一" <= c <= "鿿" for c in words) for words in described)
    assert not any("Returns" in words or "Args" in words for words in described)


# What the tools say -----------------------------------------------------------------------------


def test_each_tool_says_what_rest_says(policy_assistant: PolicyAssistant) -> None:
    ledger = FakeLedger()
    question, unit = "氢能产业由谁牵头？", "市科技局"
    with (
        served(compose(policy_assistant, ledger)) as address,
        httpx.Client(base_url=address) as rest,
    ):

        async def talk(session: ClientSession) -> list[Any]:
            found = read(await session.call_tool("search_clauses", {"query": "氢能产业"}))[0]
            clause = found["hits"][0]["clause"]["id"]
            return [
                read(await session.call_tool("ask_policy", {"question": question}))[0],
                read(await session.call_tool("ask_policy", {"question": "明天天气怎么样？"}))[0],
                found,
                read(await session.call_tool("get_clause", {"clause_id": clause}))[0],
                read(await session.call_tool("tasks_of_unit", {"unit": unit}))[0],
                read(await session.call_tool("supported_industries", {"area": "淄川"}))[0],
            ]

        answer, refusal, found, clause, tasks, industries = with_session(address, talk)
        asked = rest.post("/v1/answers", json={"question": question}).json()
        refused = rest.post("/v1/answers", json={"question": "明天天气怎么样？"}).json()
        assert found == rest.get("/v1/search", params={"q": "氢能产业"}).json()
        assert clause == rest.get(f"/v1/clauses/{clause['clause']['id']}").json()
        assert tasks == rest.get(f"/v1/units/{unit}/tasks").json()
        assert industries == rest.get("/v1/industries", params={"area": "淄川"}).json()
    assert plain(answer) == plain(asked)
    assert plain(refusal) == plain(refused)
    assert refusal["status"] != "answered"
    assert refusal["citations"] == []
    assert answer["citations"]
    for citation in answer["citations"]:
        text = policy_assistant.document(citation["document"]["id"]).text
        start, stop = citation["char_range"]
        assert text[start:stop] == citation["quote"]
    assert [r for r in ledger.recorded if r[1] == "mcp"] == [
        (question, "mcp", ""),
        ("明天天气怎么样？", "mcp", ""),
    ]


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "marked"),
    [
        ("tasks_of_unit", {"unit": "市玄学局"}, "unknown_unit", False),
        ("tasks_of_unit", {}, "malformed_request", True),
        ("ask_policy", {"question": ["一"]}, "malformed_request", True),
        ("asked", {"question": QUESTION}, "unknown_tool", True),
        ("cleared", {}, "unknown_tool", True),
    ],
)
def test_an_error_is_one_chinese_sentence_in_json(
    place: Place, tool: str, arguments: dict[str, Any], code: str, marked: bool
) -> None:
    async def talk(session: ClientSession) -> CallToolResult:
        return await session.call_tool(tool, arguments)

    said, is_error = read(with_session(place.address, talk))
    assert said["status"] == "error"
    assert said["error"]["code"] == code
    assert said["error"]["message"].endswith("。")
    assert is_error == marked


def test_an_empty_question_is_answered_with_why(place: Place) -> None:
    said = call(place.address, "ask_policy", question="")
    assert said["status"] == "error"
    assert said["answer"]["text"].startswith("问题是空的")


def test_a_fault_of_ours_is_logged_and_not_told(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.fake.error = KeyError("密")
    said = call(place.address, "ask_policy", question=QUESTION)
    assert said["error"]["code"] == "internal_error"
    assert "密" not in json.dumps(said, ensure_ascii=False)
    (record,) = [r for r in caplog.records if r.name == "assistant.faces.mcp_server"]
    assert record.exc_info
    assert record.exc_info[0] is KeyError


def test_null_means_left_out(place: Place) -> None:
    assert call(place.address, "supported_industries", area=None)["count"] == 1
    said = call(place.address, "ask_policy", question=QUESTION, history=None, as_of=None)
    assert said["status"] == "answered"


# How it is reached ------------------------------------------------------------------------------


def test_twenty_calls_at_once_are_each_answered(place: Place) -> None:
    async def talk(session: ClientSession) -> list[Any]:
        asked = [f"{i}号智能装备" for i in range(20)]
        calls = (session.call_tool("ask_policy", {"question": q}) for q in asked)
        return [read(result)[0]["question"]["text"] for result in await asyncio.gather(*calls)]

    assert with_session(place.address, talk) == [f"{i}号智能装备" for i in range(20)]
    assert len(place.ledger.recorded) == 20


def test_a_slow_tool_holds_nobody_up() -> None:
    """One call waits inside the assistant until another one has been answered."""

    class Waiting(FakeAssistant):
        released = threading.Event()

        def ask(self, question: str, *args: Any, **kwargs: Any) -> Answer:
            if question == "慢":
                assert self.released.wait(10)
            return super().ask(question, *args, **kwargs)

    async def talk(session: ClientSession) -> list[Any]:
        slow = asyncio.create_task(session.call_tool("ask_policy", {"question": "慢"}))
        quick = await session.call_tool("tasks_of_unit", {"unit": "市科技局"})
        Waiting.released.set()
        return [read(quick)[0]["count"], read(await slow)[0]["status"]]

    with served(compose(Waiting(), FakeLedger())) as address:
        assert with_session(address, talk) == [2, "no_source"]


def test_it_works_behind_authentication_and_a_proxy(tmp_path: Path) -> None:
    """No tool is called by HTTP through the server itself, where the key would be missing."""
    fake, ledger = FakeAssistant(), FakeLedger()
    settings = load({"public_base_url": "https://policy.example/assistant"})
    keys = KeyRing.open(tmp_path)
    key, secret = keys.create("智能体", frozenset({Scope.MCP}))
    other = keys.create("检索", frozenset({Scope.SEARCH}))[1]
    app = create_api(fake, settings, ledger)
    mount_tools(app, fake, settings, ledger)
    limits = RateLimits.open(settings)
    app.add_middleware(Authentication, keys=keys, limits=limits, public=Public.parse("none"))
    app.add_middleware(McpAlias, site=Site.of(settings))
    proxied = {"X-Forwarded-Host": "policy.example", "X-Forwarded-Proto": "https"}
    headers = {"Authorization": f"Bearer {secret}", **proxied}
    clause_id = f"{DOCUMENT_ID}:2.2.1"
    with served(app) as address:
        clause = call(address, "get_clause", headers, clause_id=clause_id)
        assert clause["url"] == f"https://policy.example/assistant/clauses/{clause_id}"
        call(address, "ask_policy", headers, question=QUESTION)
        refused = [
            httpx.post(address + path, json={}, headers=given).status_code
            for path in ENDPOINTS
            for given in ({}, {"Authorization": f"Bearer {other}"})
        ]
        assert refused == [401, 403] * len(ENDPOINTS)
        assert httpx.get(f"{address}/mcp").status_code == 200, "the page is for all to read"
    assert ledger.recorded == [(QUESTION, "mcp", f"{key.id}/")]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_browser_reads_what_the_address_is_for(place: Place, path: str) -> None:
    page = httpx.get(place.address + path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text
    assert "Gradio" not in page.text
    assert f"<code>{place.address}/mcp</code>" in page.text
    assert all(name in page.text for name in NAMES)
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_the_page_names_the_public_address() -> None:
    settings = load({"public_base_url": "https://policy.example/assistant"})
    alias = McpAlias(FastAPI(), Site.of(settings))

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(alias)
        async with httpx.AsyncClient(transport=transport, base_url="http://evil") as client:
            return await client.get("/mcp")

    page = asyncio.run(get())
    assert "https://policy.example/assistant/mcp" in page.text
    assert "evil" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "accept", "status"),
    [
        ("GET", "/mcp", "text/event-stream", 405),
        ("GET", "/gradio_api/mcp/", "application/json, text/event-stream", 405),
        ("DELETE", "/mcp", "*/*", 405),
        ("HEAD", "/mcp", "*/*", 200),
        ("GET", "/gradio_api/mcp/sse", "text/event-stream", 404),
        ("POST", "/gradio_api/mcp/messages/", "*/*", 404),
        ("GET", "/gradio_api/mcp/schema", "*/*", 404),
        ("GET", "/mcp/gradio_api/info", "*/*", 404),
        ("POST", "/mcp/gradio_api/queue/join", "*/*", 404),
        ("POST", "/mcp/gradio_api/mcp/", "*/*", 404),
    ],
)
def test_nothing_else_is_there(
    place: Place, method: str, path: str, accept: str, status: int
) -> None:
    response = httpx.request(method, place.address + path, headers={"Accept": accept})
    assert response.status_code == status
    if status >= 400:
        assert response.json()["error"]["message"].endswith("。")


def test_a_long_body_is_refused(place: Place) -> None:
    response = httpx.post(f"{place.address}/mcp", json={"method": "x" * 70_000})
    assert response.status_code == 413


@pytest.mark.parametrize("body", ["[" * 30_000, '{"a":' * 10_000])
def test_what_is_nested_too_deeply_is_refused(place: Place, body: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    response = httpx.post(f"{place.address}/mcp", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "malformed_request"


def test_a_body_that_never_comes_is_not_waited_for_without_a_key(tmp_path: Path) -> None:
    """Its alias, outside of the keys, reads nothing; the time of the body is within them."""
    settings = Settings(_env_file=None, state_dir=tmp_path, api_public="none")
    app = compose(FakeAssistant(), FakeLedger(), settings, guarded=True)

    async def ask(path: str) -> int:
        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        scope = {
            **{"type": "http", "method": "POST", "path": path, "raw_path": path.encode()},
            **{"root_path": "", "query_string": b"", "scheme": "http", "http_version": "1.1"},
            **{"headers": [], "server": ("test", 80), "client": ("192.0.2.1", 1)},
        }
        never: Any = asyncio.Event().wait
        await asyncio.wait_for(app(scope, never, keep), 5)
        return int(sent[0]["status"])

    assert [asyncio.run(ask(path)) for path in ENDPOINTS] == [401] * len(ENDPOINTS)


# What stays private -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NAMES, "asked", "cited", "cleared", "opened", "rated"])
@pytest.mark.parametrize("way", ["run", "api", "call", "call/v2"])
def test_no_event_is_called_by_name(place: Place, way: str, name: str) -> None:
    """Nor a tool, around the keys that its own address asks for."""
    bodies: list[dict[str, Any]] = [{"data": []}, {"data": [QUESTION, "", None]}]
    for body in (*bodies, {"data": [], "fn_index": 5}):
        response = httpx.post(f"{place.address}/gradio_api/{way}/{name}", json=body)
        assert response.status_code == 404
    assert place.ledger.recorded == []


def test_the_chat_has_no_tool_among_its_events(place: Place) -> None:
    """Its page calls its events by number: none of the numbers is a tool's."""
    config = httpx.get(f"{place.address}/config").json()
    assert not {d["api_name"] for d in config["dependencies"]} & set(NAMES)
    assert all(d["api_visibility"] == "private" for d in config["dependencies"])
    assert not [c for c in config["components"] if c["type"] == "api"]
    info = httpx.get(f"{place.address}/gradio_api/info").json()
    assert info == {"named_endpoints": {}, "unnamed_endpoints": {}}
