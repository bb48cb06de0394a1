"""The address of the service, and the connections that it gives."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from assistant.errors import PortInUse, SettingsError
from assistant.faces.listening import accepting, listener, prompt
from tests.worker_servers import free_port


def test_a_listener_takes_its_port() -> None:
    port = free_port()
    with listener("127.0.0.1", port):
        with pytest.raises(PortInUse) as refused:
            listener("127.0.0.1", port)
        assert (refused.value.host, refused.value.port) == ("127.0.0.1", port)
    listener("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7", "地址", "a..b"])
def test_a_foreign_address_is_a_wrong_setting(host: str) -> None:
    with pytest.raises(SettingsError, match="HOST"):
        listener(host, free_port())


def test_a_port_without_the_right_to_it_is_a_wrong_setting() -> None:
    with socket.socket() as opened:
        if opened.connect_ex(("127.0.0.1", 1)) == 0 or may_bind(opened, 1):
            pytest.skip("this user may use every port")
    with pytest.raises(SettingsError, match="PORT"):
        listener("127.0.0.1", 1)


def may_bind(opened: socket.socket, port: int) -> bool:
    try:
        opened.bind(("127.0.0.1", port))
    except PermissionError:
        return False
    return True


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def connected(
    talk: Callable[[Callable[[], Awaitable[Connection]], asyncio.Event], Awaitable[Any]],
    *,
    seconds: float,
    most: int = 100,
) -> Any:
    """What ``talk`` gives, who opens connections; the app answers once its event is set."""

    async def run() -> Any:
        answering = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await answering.wait()
            headers = [(b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"ok"})

        config = uvicorn.Config(app, log_config=None, lifespan="off")
        config.load()
        state = ServerState()
        kind = prompt(config.http_protocol_class, seconds=seconds)
        protocol = partial(kind, config=config, server_state=state, app_state={})
        with listener("127.0.0.1", 0) as taken:
            port = taken.getsockname()[1]
            taking = asyncio.ensure_future(
                accepting(taken, protocol, state.connections, most=most, is_shared=False)
            )
            try:
                opened = partial(asyncio.open_connection, "127.0.0.1", port)
                return await asyncio.wait_for(talk(opened, answering), 10)
            finally:
                taking.cancel()

    return asyncio.run(run())


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nX-A: "])
def test_a_request_that_does_not_begin_is_not_waited_for(said: bytes) -> None:
    async def talk(opened: Any, _: asyncio.Event) -> bytes:
        reading, writing = await opened()
        writing.write(said)
        found: bytes = await reading.read()
        writing.close()
        return found

    assert connected(talk, seconds=0.05) == b""


def test_bytes_one_by_one_win_no_time() -> None:
    async def talk(opened: Any, _: asyncio.Event) -> bytes:
        reading, writing = await opened()
        writing.write(b"GET / HTTP/1.1\r\nX-A: ")
        ended = asyncio.ensure_future(reading.read())
        while not ended.done():
            writing.write(b"a")
            await asyncio.sleep(0.01)
        writing.close()
        return b"" if ended.exception() else ended.result()

    assert connected(talk, seconds=0.1) == b""


def test_a_request_may_take_long_and_the_connection_is_used_again() -> None:
    async def talk(opened: Any, answering: asyncio.Event) -> list[bytes]:
        reading, writing = await opened()
        writing.write(WHOLE)
        await asyncio.sleep(0.3)  # longer than a head may take
        answering.set()
        found = []
        for _ in range(2):
            await reading.readuntil(b"\r\n\r\n")
            found.append(await reading.readexactly(2))
            writing.write(WHOLE)
        writing.close()
        return found

    assert connected(talk, seconds=0.1) == [b"ok", b"ok"]


def test_silent_connections_give_way() -> None:
    async def talk(opened: Any, answering: asyncio.Event) -> tuple[bytes, bytes]:
        answering.set()
        silent = [await opened() for _ in range(6)]
        reading, writing = await opened()
        writing.write(WHOLE)
        head = await reading.readuntil(b"\r\n\r\n")
        first = await silent[0][0].read()
        for _, other in (*silent, (reading, writing)):
            other.close()
        return head[:15], first

    assert connected(talk, seconds=60, most=3) == (b"HTTP/1.1 200 OK", b"")
