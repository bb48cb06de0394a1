"""HEAD for the addresses of the API: what watches a service often asks for the headers alone."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ADDRESSES = ("/v1/", "/healthz", "/readyz", "/metrics")


class HeadRequests:
    """ASGI middleware: HEAD is GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on as a GET."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        if not (is_head and scope["path"].startswith(_ADDRESSES)):
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if "body" in message else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
