"""The address of the service, and whose word on a visitor is taken."""

from __future__ import annotations

import socket

import pytest

from assistant.errors import PortInUse, SettingsError
from assistant.faces.listening import listener
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
