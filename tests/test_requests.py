"""Every request: its id there and back, its one line in the log, its place in the figures."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.stdlib import ProcessorFormatter

from assistant.access.keys import ApiKey
from assistant.faces import problems
from assistant.faces.api import create_api
from assistant.faces.middleware.authentication import Caller
from assistant.faces.middleware.requests import HEADER, Requests, add_requests
from assistant.monitoring import logs
from assistant.monitoring.metrics import Metrics
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger

MADE = re.compile(r"[0-9a-f]{32}")
KEY = ApiKey("k7", "机器人", frozenset(), "", 0, None, None, "")
_log = logging.getLogger("assistant.tests")


def small_app() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.get("/things/{name}")
    def thing(name: str, request: Request) -> dict[str, str]:
        request.state.caller = Caller(KEY)
        _log.info("in a thread of the pool: %s", name)
        return {"id": request.state.request_id}

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("boom")

    @app.get("/stream")
    def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for number in range(3):
                _log.info("piece %d", number)
                yield "x"

        return StreamingResponse(pieces())

    @app.get("/healthz")
    def healthz() -> None: ...

    return app


class Heard(logging.Handler):
    """Keeps each line as the server would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(ProcessorFormatter(processors=logs.processors("json")))
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"].startswith(event)]


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, logger = Heard(), logging.getLogger("assistant")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> Iterator[TestClient]:
    app = small_app()
    add_requests(app, metrics)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def requests_of(metrics: Metrics) -> dict[tuple[str, str, str], float]:
    return {
        (s.labels["route"], s.labels["method"], s.labels["status"]): s.value
        for family in text_string_to_metric_families(metrics.exposition({})[0].decode())
        for s in family.samples
        if s.name == "policy_requests_total"
    }


# The id ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given_id", ["a", "Trace_1.2-x", "x" * 64])
def test_a_given_id_goes_there_and_back(client: TestClient, given_id: str) -> None:
    answer = client.get("/things/a", headers={HEADER: given_id})
    assert answer.headers[HEADER] == given_id
    assert answer.json() == {"id": given_id}


@pytest.mark.parametrize(
    "given_id",
    [
        *(b"", b"x" * 65, b"a b", b"a/b", b"a\tb", b'"', "编号".encode()),
        *(b"13812345678", b"u-13812345678", b"370302199001011234", b"u.37030219900101123X.1"),
    ],
)
def test_what_cannot_be_an_id_or_names_a_person_is_replaced(
    client: TestClient, given_id: bytes
) -> None:
    made = client.get("/things/a", headers={HEADER.encode(): given_id}).headers[HEADER]
    assert MADE.fullmatch(made)


def test_every_request_has_another_id(client: TestClient) -> None:
    assert len({client.get("/things/a").headers[HEADER] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("address", "status"), [("/broken", 500), ("/nowhere", 404), ("/stream", 200)]
)
def test_every_answer_carries_it_once(client: TestClient, address: str, status: int) -> None:
    answer = client.get(address, headers={HEADER: "abc"})
    assert answer.status_code == status
    assert answer.headers.get_list(HEADER) == ["abc"]


def test_ids_of_requests_at_once_do_not_mix(client: TestClient, heard: Heard) -> None:
    def ask(number: int) -> tuple[str, str]:
        answer = client.get(f"/things/n{number}", headers={HEADER: f"id-n{number}"})
        return answer.json()["id"], answer.headers[HEADER]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(60)))
    assert answers == [(f"id-n{n}", f"id-n{n}") for n in range(60)]
    inside = heard.of("in a thread of the pool")
    assert len(inside) == 60
    for line in inside:
        assert line["request_id"] == "id-" + line["event"].rsplit(" ", 1)[1]


def test_lines_written_while_streaming_carry_it(client: TestClient, heard: Heard) -> None:
    client.get("/stream", headers={HEADER: "abc"})
    assert [line["request_id"] for line in heard.lines] == ["abc"] * 4


def test_the_server_logs_an_unforeseen_error_with_it(heard: Heard) -> None:
    inner = small_app()
    add_requests(inner, Metrics())

    async def serving(scope: Scope, receive: Receive, send: Send) -> None:  # as uvicorn does
        try:
            await inner(scope, receive, send)
        except RuntimeError:
            _log.exception("Exception in ASGI application\n")

    TestClient(serving).get("/broken", headers={HEADER: "abc"})
    (line,) = heard.of("Exception")
    assert line["request_id"] == "abc"
    assert line["exception"].endswith("\nRuntimeError"), "its words may be a user's"


# The line ----------------------------------------------------------------------------------------


def test_one_line_says_what_came_of_it_and_nothing_else(client: TestClient, heard: Heard) -> None:
    client.get("/things/secret?q=secret", headers={HEADER: "abc", "User-Agent": "secret"})
    (line,) = heard.of("request")
    assert line.pop("milliseconds") >= 0
    line.pop("time")
    assert line == {
        "level": "info",
        "logger": "assistant.faces.middleware.requests",
        "event": "request",
        "request_id": "abc",
        "method": "GET",
        "route": "/things/{name}",
        "status": 200,
        "key": "k7",
    }


def test_without_a_key_no_key_is_named(client: TestClient, heard: Heard) -> None:
    client.get("/stream")
    (line,) = heard.of("request")
    assert "key" not in line


def test_machines_that_ask_all_day_are_quiet(client: TestClient, heard: Heard) -> None:
    client.get("/healthz")
    assert heard.lines == []
    logging.getLogger("assistant").setLevel(logging.DEBUG)
    client.get("/healthz")
    assert [line["level"] for line in heard.of("request")] == ["debug"]


def test_an_error_is_told_though_its_route_is_quiet(heard: Heard) -> None:
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> None:
        raise RuntimeError

    TestClient(Requests(app, Metrics()), raise_server_exceptions=False).get("/healthz")
    assert heard.of("request")[0]["status"] == 500


# The figures -------------------------------------------------------------------------------------


def test_requests_are_counted_by_the_template_of_their_route(
    client: TestClient, metrics: Metrics
) -> None:
    for address in (
        "/things/a",
        "/things/b",
        "/broken",
        "/nowhere",
        "/stream",
        "/v1/x",
        "/v1/y",
        "/mcp",
    ):
        client.get(address)
    client.request("PURGE", "/things/a")
    assert requests_of(metrics) == {
        ("/things/{name}", "GET", "200"): 2,
        ("/broken", "GET", "500"): 1,
        ("other", "GET", "404"): 1,
        ("/v1/*", "GET", "404"): 2,
        ("/mcp*", "GET", "404"): 1,
        ("/stream", "GET", "200"): 1,
        ("/things/{name}", "other", "405"): 1,
    }


@pytest.fixture(scope="module")
def api() -> tuple[FastAPI, Metrics]:
    app = create_api(FakeAssistant(), Settings(_env_file=None), FakeLedger())
    metrics = Metrics()
    add_requests(app, metrics)
    return app, metrics


@settings(max_examples=60, deadline=None)
@given(
    path=st.lists(
        st.one_of(st.text(max_size=8), st.sampled_from(["v1", "clauses", "units", "tasks"])),
        max_size=4,
    ),
    method=st.one_of(st.just("GET"), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1)),
)
def test_labels_do_not_grow_with_what_is_asked(
    api: tuple[FastAPI, Metrics], path: list[str], method: str
) -> None:
    app, metrics = api
    asyncio.run(exchange(app, ["http.request"], "/" + "/".join(path), method))
    templates = {getattr(route, "path_format", "") for route in app.routes}
    counted = requests_of(metrics)
    assert {route for route, _, _ in counted} <= templates | {"other", "/v1/*"}
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    assert {method for _, method, _ in counted} <= known


# Who goes away -----------------------------------------------------------------------------------


async def exchange(
    app: ASGIApp, received: list[str], path: str = "/", method: str = "GET"
) -> list[Message]:
    """Ask the app; it receives these messages in turn, then a disconnect."""
    sent: list[Message] = []
    waiting = [{"type": kind} for kind in received]
    scope = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http"},
        **{"method": method, "path": path, "raw_path": path.encode("utf-8", "replace")},
        **{"query_string": b"", "headers": [], "server": ("x", 80), "client": ("203.0.113.7", 1)},
    }

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


START: Message = {"type": "http.response.start", "status": 200}
MORE: Message = {"type": "http.response.body", "body": b"x", "more_body": True}
LAST: Message = {"type": "http.response.body", "body": b"x"}


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (["ask", "ask"], "499"),  # before an answer, as when a body never comes whole
        (["ask", START, MORE, "ask"], "499"),  # in the middle of a stream
        (["ask", START, LAST, "ask"], "200"),  # after the last byte
        (["ask", START, MORE, "ask", LAST], "499"),  # the rest was for nobody
        (["ask", START, MORE], "500"),  # broken off by us
        ([], "500"),
    ],
)
def test_a_client_that_goes_is_told_from_a_fault(steps: list[Any], status: str) -> None:
    metrics = Metrics()

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        for step in steps:
            await (receive() if step == "ask" else send(dict(step)))

    asyncio.run(exchange(Requests(app, metrics), ["http.request"]))
    assert requests_of(metrics) == {("other", "GET", status): 1}


def test_a_server_may_raise_for_a_client_that_is_gone() -> None:
    metrics = Metrics()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(dict(START))

    async def gone(_message: Message) -> None:
        raise OSError

    async def nothing() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(OSError, match=r"^$"):
        asyncio.run(Requests(app, metrics)(scope, nothing, gone))
    assert requests_of(metrics) == {("other", "GET", "499"): 1}


def test_what_is_no_request_passes() -> None:
    asked: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.append(scope["type"])

    async def nothing() -> Message:
        return {}

    async def nowhere(_message: Message) -> None: ...

    asyncio.run(Requests(app, Metrics())({"type": "lifespan"}, nothing, nowhere))
    assert asked == ["lifespan"]


@pytest.mark.parametrize("begun", [False, True])
def test_who_still_waits_when_the_service_stops_is_told(begun: bool) -> None:
    metrics, sent = Metrics(), list[Message]()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begun:
            await send(dict(START))
        raise asyncio.CancelledError  # as uvicorn does with what takes too long

    async def nothing() -> Message:
        return {"type": "http.request"}

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/v1/units", "headers": []}
    asyncio.run(Requests(app, metrics)(scope, nothing, keep))
    assert [m["status"] for m in sent if "status" in m] == ([START["status"]] if begun else [503])
    if not begun:
        assert "服务正在停止" in sent[-1]["body"].decode()
