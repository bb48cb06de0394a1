"""The chat and the administration live in one worker; the others hand their requests on to it.

That worker listens for them at a socket of its own, in a folder that no other user may enter, so
what comes from there has passed the limits of the worker that took the request, and its word on
who asks is believed. What streams is passed on as it comes.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.faces import problems
from assistant.faces.site.templates import Site, page_response

RETRY_SECONDS = 5
_CONNECT_SECONDS = 2.0
_AWAY = problems.Kind(503, "chat_restarting", "正在重新启动")
_AWAY_DETAIL = "对话和管理页面正在重新启动，请稍等几秒后再试。"
_MALFORMED_DETAIL = "请求头无法解析，请检查后再发。"

# Of one connection only (RFC 9110, 7.6.1), or told anew by whoever sends the message on.
_OF_THE_CONNECTION = frozenset(
    (
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
    )
)
_TOLD_ANEW = frozenset((b"expect", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded"))
_WAITING = {"connect": _CONNECT_SECONDS, "read": None, "write": None, "pool": None}

if TYPE_CHECKING:
    import uvicorn

Headers = list[tuple[bytes, bytes]]

log = logging.getLogger(__name__)


class Forwarder:
    """ASGI app that answers with what the worker at the socket answers; 503 while it is away."""

    def __init__(self, address: Path, site: Site) -> None:
        self._site = site
        # A chat holds a connection for as long as its page is open: their number has no limit.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(
            uds=str(address), limits=limits
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on, and its response back."""
        if scope["type"] != "http":  # nothing there speaks WebSocket
            await send({"type": "websocket.close"})
            return
        try:
            response = await self._transport.handle_async_request(_request(scope, receive))
        except _Left:
            return
        except httpx.LocalProtocolError:
            refused = problems.problem(problems.MALFORMED, _MALFORMED_DETAIL, scope["path"])
            await refused(scope, receive, send)
            return
        except httpx.TransportError as error:
            log.warning("运行对话的进程没有应答（%s）。", type(error).__name__)
            await self._away(scope)(scope, receive, send)
            return
        try:
            await _passed_on(response, receive, send)
        finally:
            await response.aclose()

    def _away(self, scope: Scope) -> ASGIApp:
        """A page for who opens one, a problem for the rest."""
        told: Response
        accepted = dict(scope["headers"]).get(b"accept", b"")
        if scope["method"] == "GET" and b"text/html" in accepted:
            told = page_response(
                "away.html", self._site, status=503, title="正在重新启动", section=""
            )
        else:
            told = problems.problem(_AWAY, _AWAY_DETAIL, scope["path"])
        told.headers["Retry-After"] = str(RETRY_SECONDS)
        told.headers["Cache-Control"] = "no-store"
        return told


async def receiver(server: uvicorn.Server, desk: ASGIApp, path: Path) -> asyncio.Server:
    """Listen for the other workers; their connections are this server's, and end as its own do."""
    import uvicorn

    config = uvicorn.Config(
        desk, log_config=None, access_log=False, server_header=False, forwarded_allow_ips="*"
    )
    config.load()
    protocol = protocols(server, config, {})
    ours = path.with_name(f"{path.name}.{os.getpid()}")
    opened = await asyncio.get_running_loop().create_unix_server(protocol, path=str(ours))
    ours.rename(path)  # from one worker to its successor in one step
    return opened


def protocols(
    server: uvicorn.Server, config: uvicorn.Config, state: dict[str, Any]
) -> Callable[[], asyncio.Protocol]:
    """Makes what speaks HTTP over one more connection of the server."""
    kind: Any = config.http_protocol_class
    return partial(kind, config=config, server_state=server.server_state, app_state=state)


class _Left(Exception):
    """Whoever asked has gone."""


def _request(scope: Scope, receive: Receive) -> httpx.Request:
    """The same request, its address byte for byte, with the word of who asks."""
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    given: Headers = scope["headers"]
    names = {name for name, _ in given}
    sent = [*_passing(given, _TOLD_ANEW), (b"x-forwarded-proto", scope["scheme"].encode())]
    if scope.get("client"):
        sent.append((b"x-forwarded-for", scope["client"][0].encode()))
    has_body = not names.isdisjoint((b"content-length", b"transfer-encoding"))
    return httpx.Request(
        scope["method"],
        "http://chat",
        headers=sent,
        content=_body(receive) if has_body else None,
        extensions={"target": path + (b"?" + query if query else b""), "timeout": _WAITING},
    )


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Left
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _passed_on(response: httpx.Response, receive: Receive, send: Send) -> None:
    """Send the response as it comes, until it ends or nobody is there to read it."""
    passing = asyncio.ensure_future(_send(response, send))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (passing, leaving):
            task.cancel()
        await asyncio.gather(passing, leaving, return_exceptions=True)
    if not passing.cancelled():
        passing.result()


async def _send(response: httpx.Response, send: Send) -> None:
    headers = _passing(response.headers.raw, {b"date"})
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    try:
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except httpx.TransportError as error:
        # It breaks off here as well: a response that were ended would be taken for a whole one.
        log.warning("运行对话的进程中断了应答（%s）。", type(error).__name__)
        return
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _passing(headers: Headers, dropped: frozenset[bytes] | set[bytes]) -> Headers:
    """The headers that are for the other end, by lower-case names."""
    lowered = [(name.lower(), value) for name, value in headers]
    named = {
        word.strip().lower()
        for name, value in lowered
        if name == b"connection"
        for word in value.split(b",")
    }
    gone = _OF_THE_CONNECTION | dropped | named
    return [(name, value) for name, value in lowered if name not in gone]
