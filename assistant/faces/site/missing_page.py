"""An address that leads nowhere: a page for people, a problem for programs."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.faces import problems
from assistant.faces.site.templates import Site, page_response

_PROGRAMS = ("/v1/", "/gradio_api/", "/static/", "/assets/")
_MISSING = problems.Kind(404, "unknown_route", "没有这个地址")


class MissingPage:
    """ASGI middleware: who asks for an unknown address is told so in Chinese."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; only a bare 404 is replaced."""
        if scope["type"] != "http" or scope["path"].startswith(_PROGRAMS):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def told(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_bare(message):
                replaced = True
                await self._told(scope)(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, told)

    def _told(self, scope: Scope) -> Response:
        accepted = dict(scope["headers"]).get(b"accept", b"")
        if scope["method"] == "GET" and b"text/html" in accepted:
            return page_response(
                "missing.html", self._site, status=404, title="没有这个页面", section=""
            )
        detail = "没有这个地址，接口的地址见 /openapi.json。"
        return problems.problem(_MISSING, detail, scope["path"])


def _is_bare(start: Message) -> bool:
    """Whether a framework says 404 by itself: neither a page nor a problem of ours."""
    kind: bytes = dict(start.get("headers", [])).get(b"content-type", b"")
    return start["status"] == 404 and kind.startswith((b"application/json", b"text/plain"))
