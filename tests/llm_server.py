"""A real HTTP server on a free port of this machine that speaks /v1/chat/completions by a script.

Each request gets the next reply of the script, the last one again and again; what was asked is
remembered. Nothing sleeps: a reply that stalls waits until the next script is played.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_WAIT = 10.0  # seconds; a test that waits for it has failed
_CREATED = {"id": "x", "created": 1, "model": "tiny"}


class Request:
    """One request as the server saw it."""

    def __init__(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
        self.path, self.headers, self.body = path, headers, body


class Script:
    """What the server replies to the requests of one test, and what it saw of them."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.left = threading.Event()  # somebody has hung up while being answered
        self.over = threading.Event()
        self._lock = threading.Lock()

    def take(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class Exchange(BaseHTTPRequestHandler):
    """One connection; replies write through it."""

    protocol_version = "HTTP/1.1"
    server: LLMServer
    script: Script
    request_body: dict[str, Any]

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.request_body = json.loads(self.rfile.read(length))
        heads = {name.lower(): value for name, value in self.headers.items()}
        self.script = self.server.script
        try:
            self.script.take(Request(self.path, heads, self.request_body))(self)
        except OSError:
            self.close_connection = True
            self.script.left.set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def asks_stream(self) -> bool:
        return bool(self.request_body.get("stream"))

    def send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def events(self, events: Iterable[bytes], *, cut: bool = False) -> None:
        """Server-sent events as they are made; ``cut`` ends in the middle of the stream."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
        if cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


Reply = Callable[[Exchange], None]


class LLMServer(ThreadingHTTPServer):
    """Hands out the replies of its script."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.script = Script(())

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who hangs up between two requests is no fault."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def play(self, *replies: Reply) -> Script:
        """The next script; whoever still waits in the last one is let go."""
        self.script.over.set()
        self.script = Script(replies)
        return self.script


@contextmanager
def serving() -> Iterator[LLMServer]:
    """The server while it runs."""
    server = LLMServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def event(data: object) -> bytes:
    """One server-sent event."""
    return b"data: %s\n\n" % (data if isinstance(data, bytes) else json.dumps(data).encode())


def piece(text: str) -> bytes:
    """The event that carries a piece of the answer."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    return event({**_CREATED, "object": "chat.completion.chunk", "choices": [choice]})


DONE = event(b"[DONE]")


def answer(text: str, size: int = 3) -> Reply:
    """A good answer: in pieces of ``size`` characters, or whole to who asks for no stream."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    def reply(exchange: Exchange) -> None:
        if exchange.asks_stream:
            exchange.events([*map(piece, pieces), DONE])
        else:
            whole(text)(exchange)

    return reply


def whole(text: str) -> Reply:
    """A good answer as one JSON object, stream or not."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {**_CREATED, "object": "chat.completion", "choices": [choice]}
    return lambda exchange: exchange.send(200, "application/json", json.dumps(body).encode())


def status(code: int, text: str = "", **headers: str) -> Reply:
    """An error of the HTTP kind; ``retry_after="1"`` is the header Retry-After."""
    body = json.dumps({"error": {"message": text, "type": "x"}}).encode()
    return lambda exchange: exchange.send(code, "application/json", body, **headers)


def body(text: str, kind: str = "text/event-stream") -> Reply:
    """Any words as the body of an HTTP 200."""
    return lambda exchange: exchange.send(200, kind, text.encode())


def stalled(text: str = "") -> Reply:
    """The beginning of an answer (none: not even headers), then silence."""

    def reply(exchange: Exchange) -> None:
        if text:
            exchange.events(_then_wait(text, exchange.script))
        else:
            exchange.script.over.wait(LONGEST_WAIT)

    return reply


def _then_wait(text: str, script: Script) -> Iterator[bytes]:
    yield piece(text)
    script.over.wait(LONGEST_WAIT)


def endless(make: Callable[[], bytes]) -> Reply:
    """A stream of events, a hundred a second, that only ends when the other side hangs up."""

    def events(script: Script) -> Iterator[bytes]:
        while not script.over.wait(0.01):
            yield make()

    return lambda exchange: exchange.events(events(exchange.script))


def broken_off(text: str) -> Reply:
    """The beginning of an answer, then the connection is gone."""
    return lambda exchange: exchange.events([piece(text)], cut=True)
