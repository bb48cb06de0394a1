"""Whose word on a visitor's address is taken, and what of an address stands for the visitor."""

from __future__ import annotations

import pytest

from assistant.access.addresses import is_this_machine, network_of, trusted_proxies
from assistant.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "proxies"),
    [
        ("", []),
        ("127.0.0.1", ["127.0.0.1"]),
        (" 10.0.0.5 , 10.1.2.3/8 ,::1", ["10.0.0.5", "10.0.0.0/8", "::1"]),
        ("2001:db8::1/32", ["2001:db8::/32"]),
    ],
)
def test_proxies_are_addresses_and_networks(text: str, proxies: list[str]) -> None:
    assert trusted_proxies(text) == proxies


@pytest.mark.parametrize(
    "item", ["*", "nginx", "10.0.0", "10.0.0.0/33", "0.0.0.0/0", "::/0", "1.2.3.4:80"]
)
def test_a_wrong_proxy_is_named_and_everybody_is_none(item: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES") as caught:
        trusted_proxies(f"127.0.0.1,{item}")
    assert f"“{item}”" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_stands_for_what_one_user_may_have(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.7", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_loopback(address: str, own: bool) -> None:
    assert is_this_machine(address) is own
