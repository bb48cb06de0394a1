"""Frames as a response: heartbeats while one waits, errors before and after the first, leaving."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Generator
from typing import cast

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from assistant.errors import (
    EmptyQuestion,
    IndexFileError,
    PolicyAssistantError,
    ServiceStopping,
)
from assistant.faces.event_stream import HEARTBEAT, event_stream, frame

LONG = 20.0  # seconds; a test that waits for it has failed


def failed(error: PolicyAssistantError) -> bytes:
    return frame(str(error), "error")


async def told(
    frames: Generator[bytes, None, None], heartbeat: float = LONG
) -> AsyncIterator[bytes]:
    response = await event_stream(frames, failed, heartbeat=heartbeat)
    assert response.media_type == "text/event-stream"
    assert response.headers["x-accel-buffering"] == "no"
    async for piece in response.body_iterator:
        yield cast(bytes, piece)


def made_of(*pieces: bytes, error: Exception | None = None) -> Generator[bytes, None, None]:
    """The pieces, then the error."""
    yield from pieces
    if error:
        raise error


def all_of(frames: Generator[bytes, None, None]) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [piece async for piece in told(frames)]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("data", "event", "sent"),
    [
        ({"文": 1}, "", 'data: {"文": 1}\n\n'),
        ("[DONE]", "", "data: [DONE]\n\n"),
        ("a\nb", "x", "event: x\ndata: a\ndata: b\n\n"),
    ],
)
def test_a_frame(data: object, event: str, sent: str) -> None:
    assert frame(data, event) == sent.encode()


def test_a_frame_of_an_object_is_one_line() -> None:
    sent = frame({"text": "第一行\n第二行\u2028\r\n"}).decode()
    assert sent.count("\n") == 2
    assert json.loads(sent[6:]) == {"text": "第一行\n第二行\u2028\r\n"}


def test_frames_come_in_their_order() -> None:
    pieces = [frame(str(number)) for number in range(100)]
    assert all_of(made_of(*pieces)) == pieces


def test_nothing_is_a_response_too() -> None:
    assert b"".join(all_of(made_of())) == b""


def test_who_waits_is_told_so() -> None:
    let_go = threading.Event()

    def slow() -> Generator[bytes, None, None]:
        assert let_go.wait(LONG)
        yield frame("late")

    async def listen() -> list[bytes]:
        heard = []
        async for piece in told(slow(), heartbeat=0.001):
            heard.append(piece)
            if heard.count(HEARTBEAT) == 3:
                let_go.set()
        return heard

    heard = asyncio.run(listen())
    assert heard[-1] == frame("late")
    assert set(heard[:-1]) == {HEARTBEAT}
    assert HEARTBEAT.startswith(b":")
    assert HEARTBEAT.endswith(b"\n\n")


def test_an_error_that_comes_first_is_raised() -> None:
    with pytest.raises(EmptyQuestion):
        all_of(made_of(error=EmptyQuestion()))


def test_an_error_that_comes_later_is_the_last_frame() -> None:
    breaking = made_of(frame("one"), error=IndexFileError("索引不完整。"))
    assert all_of(breaking) == [frame("one"), frame("索引不完整。", "error")]


def test_an_error_after_a_heartbeat_is_the_last_frame() -> None:
    let_go = threading.Event()

    def breaking() -> Generator[bytes, None, None]:
        assert let_go.wait(LONG)
        yield from made_of(error=IndexFileError("索引不完整。"))

    async def listen() -> list[bytes]:
        heard = []
        async for piece in told(breaking(), heartbeat=0.001):
            heard.append(piece)
            let_go.set()
        return heard

    assert asyncio.run(listen())[-1] == frame("索引不完整。", "error")


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        all_of(made_of(frame("one"), error=ZeroDivisionError()))


def test_who_leaves_ends_the_work() -> None:
    let_go, ended, made = threading.Event(), threading.Event(), []

    def many() -> Generator[bytes, None, None]:
        try:
            yield frame("one")
            assert let_go.wait(LONG)
            for number in range(1000):
                made.append(number)
                yield frame("more")
        finally:
            ended.set()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError("gone")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def leave() -> None:
        response = await event_stream(many(), failed, heartbeat=LONG)
        with pytest.raises(ClientDisconnect):
            await response({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
        let_go.set()
        assert await asyncio.to_thread(ended.wait, LONG)

    asyncio.run(leave())
    assert made == [0]


def test_it_begins_though_the_first_frame_takes_its_time() -> None:
    ready = threading.Event()

    def slow() -> Generator[bytes, None, None]:
        assert ready.wait(LONG)
        yield b"a"

    async def run() -> list[bytes]:
        response = await event_stream(slow(), failed, heartbeat=LONG, first=0.01)
        ready.set()
        return [cast(bytes, piece) async for piece in response.body_iterator]

    assert asyncio.run(run()) == [HEARTBEAT, b"a"]


def test_the_end_of_the_service_is_said() -> None:
    ends = threading.Event()

    def endless() -> Generator[bytes, None, None]:
        yield b"a"
        assert ends.wait(LONG)

    async def run() -> list[bytes]:
        heard: list[bytes] = []
        begun = asyncio.Event()

        async def listen() -> None:
            async for piece in told(endless()):
                heard.append(piece)
                begun.set()

        listening = asyncio.ensure_future(listen())
        await begun.wait()
        listening.cancel()
        await asyncio.wait({listening})
        ends.set()
        return heard

    assert asyncio.run(run()) == [b"a", failed(ServiceStopping())]
