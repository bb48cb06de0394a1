"""The address of the service: the socket that listens, and the connections that it gives."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Any

from assistant.errors import PortInUse, SettingsError

_PAUSE_SECONDS = 0.001
_FULL_SECONDS = 0.5  # until a process with no file handle left looks again
_HEAD_SECONDS = 15.0  # for the first line and the headers of a request
_WAITING = 1024  # connections that the system keeps until they are taken
_MOST_HANDLES = 65_536
_HANDLES_EACH = 3  # its own, another where it is handed on to another process, one for the work


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens on the address.

    Raises:
        PortInUse: another program listens there.
        SettingsError: there is no such address on this machine, or no right to use it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:  # no name of a host
        raise SettingsError(f"设置 HOST 的值“{host}”不可用：应为本机的地址或主机名。") from error
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(_WAITING)
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        if error.errno == errno.EACCES:
            raise SettingsError(
                f"设置 PORT 的值“{port}”不可用：没有使用这个端口的权限，请改用 1024 以上的端口。"
            ) from error
        raise SettingsError(f"设置 HOST 的值“{host}”不可用：本机没有这个地址。") from error
    return opened


async def accepting(
    taken: socket.socket,
    protocol: Callable[[], asyncio.Protocol],
    connections: Collection[Any],
    *,
    most: int,
    is_shared: bool,
) -> None:
    """Take connections one by one, for ever; where the socket ``is_shared``, leave some to others.

    A server of asyncio would take all that wait at once, and this process all the work of them;
    and with no file handle left it would say so without end. ``connections`` are those open now;
    where there are ``most``, the silent ones that are ``prompt`` give way.
    """
    loop = asyncio.get_running_loop()
    taken.setblocking(False)
    while True:
        if len(connections) >= most and not _give_way(connections):
            await asyncio.sleep(_FULL_SECONDS)
            continue
        try:
            opened, _ = await loop.sock_accept(taken)
        except OSError:
            await asyncio.sleep(_FULL_SECONDS)
            continue
        with suppress(OSError):  # it has gone already
            # Whoever stops the taking does not drop the one that has just been taken.
            await asyncio.shield(loop.connect_accepted_socket(protocol, opened))
        await asyncio.sleep(_PAUSE_SECONDS if is_shared else 0)


def _give_way(connections: Iterable[Any]) -> bool:
    """Close the connection that has been silent for longest; whether there is one.

    Those of other workers, and of WebSocket, are left alone.
    """
    silent = [it for it in connections if getattr(it, "closes_at", None) is not None]
    if silent:
        min(silent, key=lambda it: it.closes_at).give_up()
    return bool(silent)


def most_connections() -> int:
    """How many connections this process has handles for, after asking for more."""
    try:
        import resource
    except ImportError:  # no POSIX: there is no such limit
        return _MOST_HANDLES // _HANDLES_EACH
    given, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = resource.RLIM_INFINITY
    wanted = _MOST_HANDLES if most == infinite else min(most, _MOST_HANDLES)
    if given != infinite and given < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted // _HANDLES_EACH


def prompt(kind: Any, *, seconds: float = _HEAD_SECONDS) -> Any:
    """The protocol of uvicorn that closes a connection on which no whole request head arrives."""

    class Prompt(kind):  # type: ignore[misc]
        _closing: asyncio.TimerHandle | None = None

        @property
        def closes_at(self) -> float | None:
            """When it will be closed; None where a request is being answered, or was just now."""
            return None if self._closing is None else self._closing.when()

        def give_up(self) -> None:
            """Close it, unless it speaks WebSocket by now."""
            self._unwatch()
            if self.transport.get_protocol() is self:
                self.transport.close()

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._unwatch()

        def _watch(self) -> None:
            """The time runs from the first byte of a head, however slowly others follow."""
            if self.cycle is not None and not self.cycle.response_complete:
                self._unwatch()
            elif self._closing is None:
                self._closing = self.loop.call_later(seconds, self.give_up)

        def _unwatch(self) -> None:
            if self._closing is not None:
                self._closing.cancel()
                self._closing = None

    return Prompt
