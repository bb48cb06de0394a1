"""Headers that browsers keep to, and who may call the API from a browser or stand before us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import SettingsError

API = "/v1/"
ANY_ORIGIN = "*"
_OPERATIONS = frozenset({"/metrics", "/healthz", "/readyz", "/openapi.json"})
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_ORIGIN = re.compile(r"https?://[^/?#@\\\s]+")


class SecurityHeaders:
    """ASGI middleware: adds what a route has not set itself; pages have policies of their own."""

    def __init__(self, app: ASGIApp, *, is_https: bool, is_shared: bool) -> None:
        """``is_https``: the public address is; ``is_shared``: other sites may call the API."""
        self._app = app
        lasting = _HSTS if is_https else {}
        self._pages = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            **lasting,
        }
        self._api = {
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "cross-origin" if is_shared else "same-origin",
            **lasting,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; its answer gets the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        added: Mapping[str, str] = (
            self._api if path.startswith(API) or path in _OPERATIONS else self._pages
        )

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)


class Cors:
    """ASGI middleware: scripts of the listed sites may call ``/v1/``, without cookies."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        self._app = app
        self._api = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "X-API-Key", "X-Request-ID"),
            expose_headers=("Retry-After", "X-Request-ID"),
            allow_credentials=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; a preflight is answered here."""
        is_api = scope["type"] == "http" and scope["path"].startswith(API)
        await (self._api if is_api else self._app)(scope, receive, send)


def cors_origins(text: str) -> tuple[str, ...]:
    """The sites of the setting as browsers name them; ``*`` is every site.

    Raises:
        SettingsError: an item is no origin.
    """
    return tuple(_origin(item.strip()) for item in text.split(",") if item.strip())


def _origin(item: str) -> str:
    lower = item.lower()
    if item == ANY_ORIGIN:
        return item
    try:
        parts = urlsplit(lower)
        known = _ORIGIN.fullmatch(lower) and _HOST.fullmatch(
            parts.netloc.removesuffix(f":{parts.port}")
        )
    except ValueError:  # no port, or half of an IPv6 address
        known = None
    if not known:
        raise SettingsError(
            f"设置 CORS_ORIGINS 中的“{item[:80]}”不可用：应为网站的协议、主机和端口，"
            "如 https://www.example.gov.cn，末尾不带斜杠，逗号隔开。"
        )
    return lower.removesuffix(":443" if parts.scheme == "https" else ":80")  # as browsers do
