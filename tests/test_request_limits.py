"""Bodies that do not come, answers that do not begin, and streams that take long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from assistant.faces.api import BodyLimits
from assistant.faces.middleware.request_limits import TimeLimit
from assistant.faces.problems import MEDIA_TYPE, Problem

SHORT = 0.02
LONG = 30.0


class Exchange:
    """One request to an app, whose body comes in the given parts, or not at all."""

    def __init__(self, *parts: bytes, is_whole: bool = True, path: str = "/v1/x") -> None:
        self._parts, self._is_whole, self._path = list(parts), is_whole, path
        self.sent: list[Message] = []

    async def run(self, app: Any) -> Exchange:
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": self._path,
            "raw_path": self._path.encode(),
            "root_path": "",
            "query_string": b"",
            "scheme": "http",
            "headers": [],
            "server": ("test", 80),
            "client": ("192.0.2.1", 1),
        }
        await asyncio.wait_for(app(scope, self._receive, self._send), 10)
        return self

    @property
    def status(self) -> int:
        starts = [m["status"] for m in self.sent if m["type"] == "http.response.start"]
        assert len(starts) == 1, self.sent
        assert self.sent[0]["type"] == "http.response.start"
        return int(starts[0])

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.sent)

    def refusal(self) -> Problem:
        assert (b"content-type", MEDIA_TYPE.encode()) in self.sent[0]["headers"]
        told = Problem.model_validate_json(self.body)
        assert told.status == self.status
        assert told.instance == self._path
        assert told.detail.endswith("。")
        return told

    async def _receive(self) -> Message:
        if self._parts:
            part = self._parts.pop(0)
            more = bool(self._parts) or not self._is_whole
            return {"type": "http.request", "body": part, "more_body": more}
        await asyncio.Event().wait()  # nothing more comes
        raise AssertionError

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def limited(app: Any, *, seconds: float = LONG, body_seconds: float = LONG) -> TimeLimit:
    return TimeLimit(app, seconds=seconds, body_seconds=body_seconds)


def run(app: Any, exchange: Exchange) -> Exchange:
    return asyncio.run(exchange.run(app))


def test_what_is_in_time_is_as_without_it() -> None:
    found = run(limited(echo), Exchange(b"a", b"b", b"c"))
    assert (found.status, found.body) == (200, b"abc")


@pytest.mark.parametrize("parts", [(), (b"a",), (b"a", b"b")])
@pytest.mark.parametrize("inner", [echo, BodyLimits(echo)])
def test_a_body_that_does_not_come_gets_408(parts: tuple[bytes, ...], inner: Any) -> None:
    found = run(limited(inner, body_seconds=SHORT), Exchange(*parts, is_whole=False))
    assert found.refusal().error.code == "body_too_slow"
    assert found.status == 408


def test_an_answer_that_does_not_begin_gets_504_and_its_work_is_cancelled() -> None:
    ended: list[str] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
            await send({"type": "http.response.start", "status": 500, "headers": []})

    found = run(limited(slow, seconds=SHORT), Exchange(b""))
    told = found.refusal()
    assert (found.status, told.error.code, told.error.type) == (504, "too_slow", "server_error")
    assert "0.02秒" in told.detail
    assert ended == ["cancelled"]


def test_what_swallows_its_cancelling_is_refused_too() -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    assert run(limited(stubborn, seconds=SHORT), Exchange(b"")).status == 504


def test_a_thread_does_not_keep_the_caller_waiting() -> None:
    entered, gate, ended = (threading.Event() for _ in range(3))

    def block() -> None:
        entered.set()
        assert gate.wait(10)
        ended.set()

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await run_in_threadpool(block)

    async def ask() -> Exchange:
        found = await Exchange(b"").run(limited(work, seconds=0.3))
        assert entered.is_set()
        assert not ended.is_set()  # it runs on: a thread cannot be cancelled
        gate.set()
        assert await asyncio.to_thread(ended.wait, 10)
        return found

    assert asyncio.run(ask()).status == 504


def test_a_stream_that_has_begun_is_not_cut() -> None:
    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        late = asyncio.get_running_loop().time() + 3 * SHORT
        while asyncio.get_running_loop().time() < late:
            await send({"type": "http.response.body", "body": b".", "more_body": True})
            await asyncio.sleep(SHORT / 4)
        await send({"type": "http.response.body", "body": b"end"})

    limit = limited(streaming, seconds=SHORT, body_seconds=SHORT)
    found = run(limit, Exchange(b""))
    assert found.status == 200
    assert found.body.endswith(b"end")


def test_an_answer_before_the_end_of_the_body_is_not_cut_when_the_body_ends() -> None:
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        await asyncio.sleep(3 * SHORT)
        await send({"type": "http.response.body", "body": b"end"})

    found = run(limited(hasty, seconds=SHORT, body_seconds=SHORT), Exchange(b""))
    assert found.body == b"end"


def test_the_time_of_the_answer_is_its_own() -> None:
    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.sleep(3 * SHORT)  # longer than a body may take
        await echo(scope, Exchange(b"x")._receive, send)

    assert run(limited(work, body_seconds=SHORT), Exchange(b"")).status == 200


@pytest.mark.parametrize(
    "path", ["/wechat/mp", "/wecom/app", "/gradio_api/queue/join", "/conversation.md", "/mcp"]
)
def test_every_body_has_to_come(path: str) -> None:
    found = run(limited(echo, body_seconds=SHORT), Exchange(b"a", is_whole=False, path=path))
    assert (found.status, found.refusal().error.code) == (408, "body_too_slow")


def test_what_an_administrator_sends_may_take_long() -> None:
    async def ask() -> None:
        app = limited(echo, body_seconds=SHORT)
        waiting = asyncio.create_task(Exchange(is_whole=False, path="/admin/uploads").run(app))
        await asyncio.sleep(3 * SHORT)
        assert not waiting.done()
        waiting.cancel()

    asyncio.run(ask())


@pytest.mark.parametrize("path", ["/", "/wechat/mp", "/documents", "/healthz", "/gradio_api/x"])
def test_only_the_answers_of_the_api_are_limited(path: str) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(3 * SHORT)
        await echo(scope, receive, send)

    app = limited(slow, seconds=SHORT, body_seconds=SHORT)
    assert run(app, Exchange(b"x", path=path)).status == 200


def test_whoever_does_not_read_the_body_has_the_time_of_an_answer() -> None:
    async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    app = limited(deaf, seconds=SHORT, body_seconds=SHORT / 2)
    assert run(app, Exchange(is_whole=False)).status == 504


def test_another_timeout_is_not_taken_for_ours() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        run(limited(failing), Exchange(b""))


def test_real_streams_pass_with_their_bodies() -> None:
    app = FastAPI()

    @app.post("/v1/x")
    async def streaming(request: Request) -> StreamingResponse:
        body = await request.body()

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(3):
                await asyncio.sleep(SHORT)
                yield body

        return StreamingResponse(pieces())

    found = run(limited(BodyLimits(app), seconds=2 * SHORT), Exchange(b"a", b"b"))
    assert found.body == b"ababab"


def test_nothing_is_left_running() -> None:
    async def ask(make: Callable[[], Exchange]) -> int:
        for _ in range(5):
            await make().run(limited(BodyLimits(echo), body_seconds=SHORT / 4))
        return len(asyncio.all_tasks())

    assert asyncio.run(ask(lambda: Exchange(b"a", is_whole=False))) == 1
