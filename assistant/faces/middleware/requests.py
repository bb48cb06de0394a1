"""Every request has an id, one line in the log, and its place in the figures.

The line holds no address, no query, no body and no user: what was asked is in the ledger only.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import ServiceStopping
from assistant.faces.problems import refusal
from assistant.monitoring.logs import request_bound
from assistant.monitoring.metrics import METHODS, OTHER, Metrics

HEADER = "X-Request-ID"
CLIENT_GONE = 499  # as nginx calls it: nobody was there any more to read the answer

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PERSON = re.compile(r"(?:^|[._-])(?:1[3-9]\d{9}|\d{17}[\dXx])(?:$|[._-])")  # 手机号、身份证号
# Asked all day by machines, or with every page: noise in a log.
_QUIET = (
    *("/healthz", "/readyz", "/metrics"),
    *("/static/", "/assets/", "/theme.css", "/favicon.ico", "/manifest.json"),
    *("/gradio_api/heartbeat/", "/gradio_api/startup-events"),
)
# What is asked there has no route in this process: another one has it, or there is none.
_AREAS = ("/v1/", "/wechat/", "/wecom/", "/admin/", "/gradio_api/", "/assets/", "/mcp")

_log = logging.getLogger(__name__)


def add_requests(app: FastAPI, metrics: Metrics) -> None:
    """Put ``Requests`` around all of the app: also around what answers an unforeseen error."""
    inner = app.build_middleware_stack
    app.build_middleware_stack = lambda: Requests(inner(), metrics)  # type: ignore[method-assign]


class Requests:
    """ASGI middleware, the outermost: names, notes and counts every request over HTTP."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with its id; the answer carries it too."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given(scope) or uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(receive, send, request_id)
        with request_bound(request_id):
            try:
                await self._app(scope, exchange.receive, exchange.send)
            except asyncio.CancelledError:  # the service is stopping, and no longer waits
                if not exchange.begun:
                    await refusal(ServiceStopping(), scope["path"])(scope, receive, exchange.send)
            finally:
                self._note(scope, exchange.status, exchange.seconds)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._metrics.requested(route, method, status, seconds)
        quiet = status < 500 and route.startswith(_QUIET)
        said = {
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        if key := _key_of(scope):
            said["key"] = key
        _log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=said)


class _Exchange:
    """What went between the server and the application for one request."""

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self._receive, self._send = receive, send
        self._header = (HEADER.lower().encode(), request_id.encode())
        self._started, self._ended = time.perf_counter(), 0.0
        self._status, self._gone = 0, False

    @property
    def begun(self) -> bool:
        """Whether the answer has begun."""
        return bool(self._status)

    @property
    def status(self) -> int:
        """What the client got; 500 where the answer was never begun or broke off."""
        if self._ended:
            return self._status
        return CLIENT_GONE if self._gone else 500

    @property
    def seconds(self) -> float:
        """Until the last byte was handed over; until now where it was not."""
        return (self._ended or time.perf_counter()) - self._started

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._gone = self._gone or not self._ended
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message.get("headers", ()), self._header]
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        try:
            await self._send(message)
        except OSError:  # a server may say so that nobody is there
            self._gone = True
            raise
        if last and not self._gone:
            self._ended = time.perf_counter()


def route_of(scope: Scope) -> str:
    """The template of the route that answered (/v1/clauses/{clause_id}), or one of few names.

    Never the path that was asked: it may hold anything, and there is no end to them.
    """
    if template := getattr(scope.get("route"), "path_format", ""):
        return str(template)
    area = next((area for area in _AREAS if scope["path"].startswith(area)), "")
    return f"{area}*" if area else OTHER


def _given(scope: Scope) -> str:
    """The id that the client gave, if it can be one and does not name a person."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            return text if _GIVEN.fullmatch(text) and not _PERSON.search(text) else ""
    return ""


def _key_of(scope: Scope) -> str:
    """The id of the API key that was used, empty without one."""
    key = getattr(scope["state"].get("caller"), "key", None)
    return key.id if key is not None else ""
