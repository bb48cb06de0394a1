"""Who calls an API address, whether they may, and how often (鉴权与限流)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.access import permissions
from assistant.access.addresses import is_this_machine
from assistant.access.keys import PREFIX, ApiKey, KeyRing
from assistant.access.permissions import Public, is_chat, scope_of
from assistant.access.rate_limits import RateLimits
from assistant.errors import AccessError, Forbidden, Unauthorized
from assistant.faces.problems import refusal

_FORWARDED = (b"forwarded", b"via", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the holder of a key, or with None anybody."""

    key: ApiKey | None = None
    limits: RateLimits | None = None

    def admit(self, user: str) -> None:
        """Count one request of this user of a key; it may wait for Redis, so not on the loop.

        Whoever has no key is counted by address already, and could name another user each time.

        Raises:
            TooManyRequests: there were too many.
        """
        if self.key and self.limits and user:
            self.limits.hit_user(self.own(user))

    def user(self, said: str) -> str:
        """The user for the ledger: whom the request names, or else the key; empty for anybody."""
        return self.own(said) if said or self.key else ""

    def own(self, user: str) -> str:
        """The user apart from the users of that name of every other key."""
        return f"{self.key.id if self.key else ''}/{user}"


def caller_of(request: Request) -> Caller:
    """Who calls; anybody, and unlimited, where the middleware is not installed."""
    caller = getattr(request.state, "caller", None)
    return caller if isinstance(caller, Caller) else Caller()


class Authentication:
    """ASGI middleware: what asks for a permission passes with a key that has it, or if public.

    A key of ours that is not valid is refused even where none is needed, so that its holder
    notices. Others' keys are nobody's: the SDKs of OpenAI always send one. Whoever comes without a
    valid key is counted by address, so that keys cannot be guessed without limit; what the page of
    the chat sends has a count of its own.
    """

    def __init__(self, app: ASGIApp, *, keys: KeyRing, limits: RateLimits, public: Public) -> None:
        self._app, self._keys, self._limits, self._public = app, keys, limits, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it with 401, 403, 429 or 503."""
        if scope["type"] != "http" or scope["method"] == "OPTIONS":  # a preflight has no key
            await self._app(scope, receive, send)
            return
        wanted = scope_of(scope["path"])
        try:
            if wanted:
                scope.setdefault("state", {})["caller"] = await self._caller(scope, wanted)
            elif scope["method"] == "POST" and is_chat(scope["path"]):
                await self._counted(lambda: self._limits.hit_chat(_address(scope)))
        except AccessError as error:
            await refusal(error, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope, wanted: permissions.Scope) -> Caller:
        given = _keys_of(scope["headers"])
        key = self._keys.check(given[0]) if len(given) == 1 else None
        if key is not None:
            if wanted not in key.scopes:
                raise Forbidden(
                    f"这个密钥没有“{wanted.label}”（{wanted}）权限，请向管理员申请有此权限的密钥。"
                )
            await self._counted(lambda: self._limits.hit_key(key))
            return Caller(key, self._limits)
        address = _address(scope)
        if wanted is permissions.Scope.METRICS and not given and _is_local(address, scope):
            return Caller(None, self._limits)
        await self._counted(lambda: self._limits.hit_address(address))
        if len(given) > 1:
            raise Unauthorized("请求带有几个不同的密钥，请只用一个。")
        if given:
            raise Unauthorized("密钥无效、已吊销或已过期，请核对，或向管理员申请新的密钥。")
        if not self._public.allows(scope["path"], wanted):
            raise Unauthorized(
                "这个接口需要密钥，请向管理员申请，并放在请求头 Authorization: Bearer 之后。"
            )
        return Caller(None, self._limits)

    async def _counted(self, count: Callable[[], None]) -> None:
        """In memory it takes microseconds; Redis is waited for in a thread."""
        if self._limits.waits:
            await asyncio.to_thread(count)
        else:
            count()


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _keys_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """The different keys of our form that a request carries."""
    given = []
    for name, value in headers:
        text = value.decode("latin-1").strip()
        if name == b"authorization":
            scheme, _, text = text.partition(" ")
            if scheme.lower() != "bearer":
                continue
            text = text.strip()
        elif name != b"x-api-key":
            continue
        if text.startswith(PREFIX):
            given.append(text)
    return tuple(dict.fromkeys(given))


def _is_local(address: str, scope: Scope) -> bool:
    """Whether this machine itself asks, and no proxy on it for somebody else."""
    return is_this_machine(address) and not any(
        name in _FORWARDED or name.startswith(b"x-forwarded-") for name, _ in scope["headers"]
    )
