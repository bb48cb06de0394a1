"""How long a request may take: until its body has arrived, and until its answer begins."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.faces.problems import Kind, problem

BODY_SECONDS = 15.0
_ANSWERED_IN_TIME = ("/v1/", "/mcp", "/gradio_api/mcp")
_UPLOADS = "/admin/"  # of long files, for whoever has the password


class TimeLimit:
    """ASGI middleware: a late body gets 408; a late answer of the API or of the tools gets 504.

    It stands outside of BodyLimits, which waits for the whole body. The time of the answer runs
    from the end of the body; an answer that has begun is not cut, as streams may be long. What the
    request was doing is cancelled on the loop, but a thread runs on to its end: what works in one
    has its own bounds (an LLM its budget, Redis and the databases their timeouts).
    """

    def __init__(self, app: ASGIApp, *, seconds: float, body_seconds: float = BODY_SECONDS) -> None:
        self._app, self._seconds, self._body_seconds = app, seconds, body_seconds
        self._answer_late = (
            Kind(504, "too_slow", "没有及时答复"),
            f"没有在{seconds:g}秒内得出答复，请缩小问题的范围或稍后再试。",
        )
        self._body_late = (
            Kind(408, "body_too_slow", "请求体没有及时到达"),
            f"请求体没有在{body_seconds:g}秒内全部到达，请检查网络后重新发送。",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on while there is time."""
        if scope["type"] != "http" or scope["path"].startswith(_UPLOADS):
            await self._app(scope, receive, send)
            return
        clock = asyncio.get_running_loop().time
        is_reading = has_arrived = has_begun = False
        seconds = self._seconds if scope["path"].startswith(_ANSWERED_IN_TIME) else None

        async def received() -> Message:
            nonlocal is_reading, has_arrived
            if not is_reading:
                is_reading = True
                moved(self._body_seconds)
            message = await receive()
            if not has_arrived and not message.get("more_body", False):
                has_arrived = True
                moved(seconds)
            return message

        async def sent(message: Message) -> None:
            nonlocal has_begun
            if limit.expired():  # what is cancelled may still say something: the refusal is ours
                return
            moved(None)
            has_begun = True
            await send(message)

        def moved(wait: float | None) -> None:
            if not has_begun and not limit.expired():
                limit.reschedule(None if wait is None else clock() + wait)

        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                await self._app(scope, received, sent)
        except TimeoutError:
            if not limit.expired():  # another one, of the app
                raise
        if limit.expired():
            kind, detail = self._body_late if is_reading and not has_arrived else self._answer_late
            await problem(kind, detail, scope["path"])(scope, receive, send)
