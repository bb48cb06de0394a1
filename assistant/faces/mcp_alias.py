"""The addresses of the MCP server: where its clients send to, and what a browser reads there."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.faces import problems
from assistant.faces.site.templates import Site, page_response

MOUNTED = "/mcp"  # where Gradio's application is, of which one address is served
ADDRESSES = frozenset({"/mcp", "/mcp/", "/gradio_api/mcp", "/gradio_api/mcp/"})
TARGET = f"{MOUNTED}/gradio_api/mcp/"
_OWN = ("/mcp/", "/gradio_api/mcp/")


class McpAlias:
    """ASGI middleware: clients reach the tools, browsers a page, and nothing else is there.

    A request carries its answer: there are no sessions, so that any worker may take any of them,
    and no stream from the server that a GET could open.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path in ADDRESSES and scope["method"] == "POST":
            target = {**scope, "path": TARGET, "raw_path": TARGET.encode()}
            await self._app(target, receive, send)
        elif path in ADDRESSES:
            await self._told(Request(scope))(scope, receive, send)
        elif path.startswith(_OWN):
            await _missing(path)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _told(self, request: Request) -> Response:
        accepted = request.headers.get("accept", "")
        if request.method not in {"GET", "HEAD"} or "text/event-stream" in accepted:
            kind = problems.Kind(405, "method_not_allowed", "请求方法不可用")
            detail = "MCP 的请求用 POST 发送，这里没有可以用 GET 打开的事件流。"
            return problems.problem(kind, detail, request.url.path, {"Allow": "GET, HEAD, POST"})
        address = self._site.address("/mcp")
        if address.startswith("/"):
            address = f"{request.url.scheme}://{request.url.netloc}{address}"
        server = {"type": "streamable-http", "url": address}
        config = json.dumps({"mcpServers": {"policy-assistant": server}}, indent=2)
        return page_response(
            "mcp.html", self._site, title="MCP 接口", section="", address=address, config=config
        )


def _missing(path: str) -> Response:
    kind = problems.Kind(404, "unknown_route", "没有这个地址")
    return problems.problem(kind, "没有这个地址，MCP 的地址是 /mcp。", path)
