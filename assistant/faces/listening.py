"""The address of the service: the socket that listens."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress

from assistant.errors import PortInUse, SettingsError

_PAUSE_SECONDS = 0.001
_FULL_SECONDS = 0.5  # until a process with no file handle left looks again


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
        opened.listen()
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


async def accepting(taken: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
    """Take connections one by one, for ever, and leave others to the processes beside this one.

    A server of asyncio would take all that wait at once, and this process all the work of them.
    """
    loop = asyncio.get_running_loop()
    taken.setblocking(False)
    while True:
        try:
            opened, _ = await loop.sock_accept(taken)
        except OSError:
            await asyncio.sleep(_FULL_SECONDS)
            continue
        with suppress(OSError):  # it has gone already
            # Whoever stops the taking does not drop the one that has just been taken.
            await asyncio.shield(loop.connect_accepted_socket(protocol, opened))
        await asyncio.sleep(_PAUSE_SECONDS)
