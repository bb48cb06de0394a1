"""The chat's events belong to its page: no program calls them by name."""

from __future__ import annotations

from assistant.faces.chat.shell import Application, Message, Receive, Send

_BY_NAME = ("/gradio_api/call/", "/gradio_api/api/", "/gradio_api/run/")
_OF_THE_PAGE = "/gradio_api/run/predict"
_SAID = '{"detail":"没有这个地址，可用的接口见 /openapi.json。"}'.encode()


class PrivateEvents:
    """ASGI middleware: 404 for the addresses under which Gradio offers its events by name.

    To Gradio, a private event is one that it does not list: it calls it all the same.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        path = scope["path"] if scope["type"] == "http" else ""
        if not path.startswith(_BY_NAME) or path == _OF_THE_PAGE:
            await self._app(scope, receive, send)
            return
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(_SAID)).encode()),
        ]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": _SAID})
