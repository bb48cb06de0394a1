"""Only a trusted proxy says at which address and by which protocol the visitor came."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

_TOLD = b"x-forwarded-"


class ForwardedHeaders:
    """ASGI middleware, outside of all that reads a header: empties those that nobody vouches for.

    They are emptied, and not dropped: that there was a proxy still counts where
    only this machine itself may ask.
    """

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str]) -> None:
        """``trusted``: addresses and networks, as ``addresses.trusted_proxies`` gives them."""
        self._networks = [ipaddress.ip_network(item) for item in trusted]
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with what may be believed of it."""
        if scope["type"] != "lifespan" and not self._trusts(scope.get("client")):
            headers = [(k, b"" if k.startswith(_TOLD) else v) for k, v in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)

    def _trusts(self, client: tuple[str, int] | None) -> bool:
        try:
            peer = ipaddress.ip_address(client[0] if client else "")
        except ValueError:  # a socket file
            return False
        return any(peer in network for network in self._networks)
