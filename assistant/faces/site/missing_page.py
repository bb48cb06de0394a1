"""An address that leads nowhere, as a page for people; programs get what they got before."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.faces.site.templates import Site, page_response

_PROGRAMS = ("/v1/", "/gradio_api/", "/static/", "/assets/")


class MissingPage:
    """ASGI middleware: a browser that opens an unknown address reads a page in Chinese."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; only a bare 404 for a page is replaced."""
        if not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def told(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_bare(message):
                replaced = True
                page = page_response(
                    "missing.html", self._site, status=404, title="没有这个页面", section=""
                )
                await page(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, told)


def _wants_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(_PROGRAMS):
        return False
    accepted = dict(scope["headers"]).get(b"accept", b"")
    return b"text/html" in accepted


def _is_bare(start: Message) -> bool:
    """Whether a framework says 404 by itself: not one of our own pages."""
    kind = dict(start.get("headers", [])).get(b"content-type", b"")
    return start["status"] == 404 and not kind.startswith(b"text/html")
