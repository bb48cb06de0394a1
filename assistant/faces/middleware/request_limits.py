"""How long an API request may take: until its body has arrived, and until its answer begins."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.faces.problems import Kind, problem

BODY_SECONDS = 15.0
_LIMITED = ("/v1/", "/mcp")


class TimeLimit:
    """ASGI middleware for the API and the tools of agents: a late body gets 408, a late answer 504.

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
        if scope["type"] != "http" or not scope["path"].startswith(_LIMITED):
            await self._app(scope, receive, send)
            return
        clock = asyncio.get_running_loop().time
        start, is_reading, has_arrived = clock(), False, False

        async def received() -> Message:
            nonlocal is_reading, has_arrived
            if not is_reading:
                is_reading = True
                moved(start + self._body_seconds)
            message = await receive()
            if not has_arrived and not message.get("more_body", False):
                has_arrived = True
                moved(clock() + self._seconds)
            return message

        async def sent(message: Message) -> None:
            if limit.expired():  # what is cancelled may still say something: the refusal is ours
                return
            moved(None)
            await send(message)

        def moved(until: float | None) -> None:
            if limit.when() is not None and not limit.expired():  # never again, once it was lifted
                limit.reschedule(until)

        limit = asyncio.timeout_at(start + self._seconds)
        try:
            async with limit:
                await self._app(scope, received, sent)
        except TimeoutError:
            if not limit.expired():  # another one, of the app
                raise
        if limit.expired():
            kind, detail = self._body_late if is_reading and not has_arrived else self._answer_late
            await problem(kind, detail, scope["path"])(scope, receive, send)
