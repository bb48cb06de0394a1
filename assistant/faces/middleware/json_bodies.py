"""Bodies that a framework of others would fail on, with a traceback in the log, are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.faces.problems import MALFORMED, problem

_DETAIL = "请求体无法解析，请检查后再发。"


class JsonBodies:
    """ASGI middleware: a POST under a prefix whose JSON is not sound gets 400.

    It stands inside of a BodyLimit, and so gets the body in one piece. What is nested too deeply
    for a parser is never sound; what is no JSON is handed to ``is_sound`` as None.
    """

    def __init__(
        self, app: ASGIApp, *, prefix: str | tuple[str, ...], is_sound: Callable[[Any], bool]
    ) -> None:
        self._app, self._prefix, self._is_sound = app, prefix, is_sound

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        if not is_post or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        whole = await receive()
        if self._passes(whole.get("body", b"")):
            waiting = [whole]

            async def replayed() -> Any:
                return waiting.pop() if waiting else await receive()

            await self._app(scope, replayed, send)
        else:
            await problem(MALFORMED, _DETAIL, scope["path"])(scope, receive, send)

    def _passes(self, body: bytes) -> bool:
        try:
            return self._is_sound(json.loads(body))
        except RecursionError:
            return False
        except ValueError:
            return self._is_sound(None)
