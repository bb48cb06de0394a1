"""Both ends of the hand-over between workers, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from assistant.faces.forwarding import Forwarder, receiver
from assistant.faces.site.templates import Site
from tests.worker_servers import eventually, free_port

SITE = Site()
METHODS = ["GET", "POST", "PUT", "DELETE"]


class Desk:
    """The other worker's app: it tells what it got, and streams when it is let."""

    def __init__(self) -> None:
        self.go, self.gone, self.arrived = (threading.Event() for _ in range(3))
        self.app = Starlette(
            routes=[
                Route("/stream", self.stream),
                Route("/upload", self.upload, methods=["POST"]),
                Route("/broken", self.broken),
                Route("/empty", lambda _request: Response(status_code=204)),
                Route("/{rest:path}", self.echo, methods=METHODS),
            ]
        )

    async def echo(self, request: Request) -> Response:
        told = {
            "method": request.method,
            "target": request.scope["raw_path"].decode(),
            "query": request.scope["query_string"].decode(),
            "headers": [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw],
            "client": request.scope["client"],
            "scheme": request.scope["scheme"],
            "url": str(request.url),
            "size": len(await request.body()),
        }
        response = JSONResponse(told, 203, {"Keep-Alive": "timeout=9", "X-Own": "é"})
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return response

    async def stream(self, _request: Request) -> Response:
        async def pieces() -> Any:
            try:
                yield b"data: 1\n\n"
                await asyncio.to_thread(self.go.wait, 10)
                yield b"data: 2\n\n"
                await asyncio.sleep(10)
            finally:
                self.gone.set()

        return StreamingResponse(pieces(), media_type="text/event-stream")

    async def upload(self, request: Request) -> Response:
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                self.arrived.set()
        except ClientDisconnect:
            self.gone.set()
            raise
        return JSONResponse({"size": size})

    async def broken(self, _request: Request) -> Response:
        async def pieces() -> Any:
            yield b"half"
            raise OSError("the worker dies")

        return StreamingResponse(pieces())


class Running:
    """A worker that forwards, at a port, and the other one, at a path; in one thread."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.path = Desk(), folder / "chat.sock"
        desk = self.desk.app

        class Server(uvicorn.Server):
            async def startup(server, sockets: list[socket.socket] | None = None) -> None:  # noqa: N805
                await super().startup(sockets)
                server.servers.append(await receiver(server, desk, self.path))

        port = free_port()
        app = Forwarder(self.path, SITE)
        config = uvicorn.Config(
            app, port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="off",
            server_header=False, proxy_headers=False,
        )  # fmt: skip
        self.server = Server(config)
        self._thread = threading.Thread(target=self.server.run)
        self._thread.start()
        assert eventually(lambda: self.server.started and self.path.exists(), 20)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)
        self.port = port

    def stop(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self._thread.join(20)


@pytest.fixture
def running() -> Iterator[Running]:
    with TemporaryDirectory() as folder:
        made = Running(Path(folder))
        try:
            yield made
        finally:
            made.stop()


def test_a_request_arrives_as_it_was_sent(running: Running) -> None:
    body = b"x" * 3_000_000
    headers = {
        "Host": "policy.example:8443",
        "Cookie": "a=1; b=2",
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "Connection": "X-Mine",
        "X-Mine": "of this connection",
        "TE": "trailers",
    }
    sent = httpx.Request(
        "PUT", running.client.base_url.join("/"), headers=headers, content=body,
        extensions={"target": b"/a%2Fb//../%e5%8D%8e?q=%20+%zz&q"},
    )  # fmt: skip
    told = running.client.send(sent)
    assert told.status_code == 203
    seen = told.json()
    got = [tuple(header) for header in seen["headers"]]
    assert seen["method"] == "PUT"
    assert (seen["target"], seen["query"]) == ("/a%2Fb//../%e5%8D%8e", "q=%20+%zz&q")
    assert seen["size"] == len(body)
    assert ("host", "policy.example:8443") in got
    assert ("cookie", "a=1; b=2") in got
    assert ("content-length", str(len(body))) in got
    assert not {"x-mine", "te", "transfer-encoding"} & {name for name, _ in got}
    assert not {"user-agent", "accept", "accept-encoding"} & {name for name, _ in got}
    assert seen["client"] == ["127.0.0.1", 0], "who asks, not what was claimed"
    assert seen["scheme"] == "http"
    assert seen["url"].startswith("http://policy.example:8443/")


def test_a_response_comes_back_as_it_was_given(running: Running) -> None:
    told = running.client.get("/")
    assert told.headers.get_list("set-cookie") == [
        "one=1; Path=/; SameSite=lax",
        "two=2; Path=/; SameSite=lax",
    ]
    assert told.headers["x-own"] == "é"
    sent = {name for name, _ in told.json()["headers"]}
    assert not sent & {"content-length", "transfer-encoding"}, "nothing is said of no body"
    assert "keep-alive" not in told.headers
    assert len(told.headers.get_list("date")) == 1
    assert running.client.get("/empty").status_code == 204
    head = running.client.head("/empty")
    assert (head.status_code, head.content) == (204, b"")
    assert running.client.post("/").json()["size"] == 0


def test_what_streams_comes_piece_by_piece(running: Running) -> None:
    with running.client.stream("GET", "/stream") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines) == "data: 1"
        running.desk.go.set()  # the second piece is made only now
        assert next(line for line in lines if line) == "data: 2"
        assert not running.desk.gone.is_set()
    assert eventually(running.desk.gone.is_set, 5), "the reader has gone, and nobody goes on"


def test_a_body_is_passed_on_while_it_comes(running: Running) -> None:
    def body() -> Iterator[bytes]:
        yield b"first"
        assert running.desk.arrived.wait(10), "it waits for the whole body"
        yield b"second"

    assert running.client.post("/upload", content=body()).json() == {"size": 11}


def test_who_leaves_amid_a_body_is_told_to_the_other_side(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as half_sent:
        half_sent.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        assert running.desk.arrived.wait(10)
    assert eventually(running.desk.gone.is_set, 10)


def test_what_breaks_off_is_not_taken_for_whole(running: Running) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        running.client.get("/broken")
    assert running.client.get("/empty").status_code == 204


@pytest.mark.parametrize("left", [False, True], ids=["never there", "gone"])
def test_while_the_chat_is_away_one_is_asked_to_wait(left: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "chat.sock")
        if left:
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(str(path))
        transport = httpx.ASGITransport(Forwarder(path, SITE))
        page, call = asyncio.run(asked(transport))
    assert page.status_code == call.status_code == 503
    assert page.headers["retry-after"] == call.headers["retry-after"] == "5"
    assert "正在重新启动" in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert call.headers["content-type"] == "application/problem+json"
    assert json.loads(call.text)["error"]["code"] == "chat_restarting"


async def asked(transport: httpx.ASGITransport) -> tuple[httpx.Response, httpx.Response]:
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get("/", headers={"Accept": "text/html,*/*"})
        return page, await client.post("/gradio_api/queue/join", json={})


def test_a_websocket_is_refused() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    forwarder = Forwarder(Path("nowhere"), SITE)
    asyncio.run(forwarder({"type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close"}]


def test_a_header_that_cannot_be_passed_on_is_refused() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"",
        "headers": [(b"x", b"a\nb")], "scheme": "http", "client": None,
    }  # fmt: skip
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as there:
        path = Path(folder, "chat.sock")
        there.bind(str(path))
        there.listen()
        asyncio.run(Forwarder(path, SITE)(scope, receive, send))
    assert sent[0]["status"] == 400
