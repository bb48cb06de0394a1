"""Network addresses: what of one stands for whoever calls from it."""

from __future__ import annotations

import ipaddress

from assistant.errors import SettingsError


def network_of(address: str) -> str:
    """What one user may have: an IPv4 address, or the /64 that an IPv6 address lies in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # no address, as in a test or behind a socket file
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def is_this_machine(address: str) -> bool:
    """Whether it is a loopback address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        return found.ipv4_mapped.is_loopback
    return found.is_loopback


def trusted_proxies(text: str) -> list[str]:
    """The addresses and networks of the setting; none is trusted where it is empty.

    Raises:
        SettingsError: an item is neither, or would trust everybody.
    """
    return [_proxy(item.strip()) for item in text.split(",") if item.strip()]


def _proxy(item: str) -> str:
    try:
        found = ipaddress.ip_network(item, strict=False)
    except ValueError:
        found = None
    if found is None or found.prefixlen == 0:  # a header of anybody's would then be believed
        raise SettingsError(
            f"设置 TRUSTED_PROXIES 中的“{item[:80]}”不可用："
            "应为反向代理的地址或网段，如 127.0.0.1 或 10.0.0.0/8，逗号隔开。"
        )
    return str(found) if "/" in item else str(found.network_address)
