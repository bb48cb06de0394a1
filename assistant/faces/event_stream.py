"""Server-sent events (SSE): frames made in a worker thread, sent as they come, with heartbeats.

FastAPI's own event streams fit endpoints that always stream; ours stream when they are asked to,
and an error that comes before anything was sent is still an HTTP status.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing
from typing import cast

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Send

from assistant.errors import PolicyAssistantError, ServiceStopping

HEARTBEAT_SECONDS = 10.0
FIRST_SECONDS = 1.0  # what is wrong with a request is known by then; a client wants to see a start
HEARTBEAT = b": waiting\n\n"
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx hands on at once

Frames = Generator[bytes, None, None]
Pieces = AsyncGenerator[bytes, None]
Failed = Callable[[PolicyAssistantError], bytes]


def frame(data: object, event: str = "") -> bytes:
    """One event: ``data`` as it is when it is text (JSON already), else as JSON."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return format_sse_event(data_str=text, event=event or None)


async def event_stream(
    frames: Frames,
    failed: Failed,
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    first: float = FIRST_SECONDS,
) -> EventSourceResponse:
    """The frames as a response, with a comment whenever ``heartbeat`` seconds bring none.

    The response begins with the first frame, or with a comment after ``first`` seconds. An error
    after that becomes the last frame, ``failed(error)``; so does the end of the service.

    Raises:
        PolicyAssistantError: at once, when it is the first thing that happens.
    """
    pieces = _with_heartbeats(frames, heartbeat, min(first, heartbeat))
    begun = await anext(pieces, b"")
    return _Closing(_all(begun, pieces, failed), headers=_HEADERS)


class _Closing(EventSourceResponse):
    """Ends its events when the client has gone, where Starlette leaves that to the collector."""

    async def stream_response(self, send: Send) -> None:
        async with aclosing(cast(Pieces, self.body_iterator)):
            await super().stream_response(send)


async def _all(first: bytes, pieces: Pieces, failed: Failed) -> Pieces:
    async with aclosing(pieces):
        yield first
        try:
            async for piece in pieces:
                yield piece
        except PolicyAssistantError as error:
            yield failed(error)
        except asyncio.CancelledError:  # the service is stopping, and no longer waits
            yield failed(ServiceStopping())


async def _with_heartbeats(frames: Frames, seconds: float, patience: float) -> Pieces:
    """What ``frames`` gives; when nobody listens any more, it is closed at its next frame."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    left = threading.Event()

    def produce() -> None:
        with closing(frames):
            for one in frames:
                if left.is_set():
                    return
                loop.call_soon_threadsafe(queue.put_nowait, one)

    producing = asyncio.ensure_future(run_in_threadpool(produce))
    producing.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while True:
            try:
                piece = await asyncio.wait_for(queue.get(), patience)
            except TimeoutError:
                patience = seconds
                yield HEARTBEAT
                continue
            patience = seconds
            if piece is None:
                await producing  # raises what it has raised
                return
            yield piece
    finally:
        left.set()
