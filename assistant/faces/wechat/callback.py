"""What every callback passes before it is read: size, timestamp, signature, nonce."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from assistant.errors import SettingsError
from assistant.faces.pending import PendingStore
from assistant.faces.wechat.crypto import (
    BadSignature,
    CallbackRefused,
    OversizedBody,
    ReplayedCallback,
    Seal,
    StaleCallback,
    check_signature,
    signature,
)
from assistant.faces.wechat.messages import SUCCESS

MAX_BODY_BYTES = 1024 * 1024
FRESH_SECONDS = 300
_SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_TIMESTAMP = re.compile(r"[0-9]{10}")
_NONCE = re.compile(r"[!-~]{1,128}")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gate:
    """The checks of one account; ``name`` keeps its nonces apart from those of others."""

    name: str
    token: str
    store: PendingStore
    clock: Callable[[], float] = time.time

    def check(self, query: Mapping[str, str], signed: str, *parts: str) -> None:
        """Check the signature in the field ``signed``, over timestamp, nonce and ``parts``.

        Raises:
            BadSignature: not made with our token, or a field is missing or of another shape.
            StaleCallback: made more than five minutes from now.
        """
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        # of fixed shapes: the signature alone does not say where one field ends
        if not (_TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)):
            raise BadSignature
        check_signature(query.get(signed, ""), self.token, timestamp, nonce, *parts)
        if abs(self.clock() - int(timestamp)) > FRESH_SECONDS:
            raise StaleCallback

    async def admit(self, query: Mapping[str, str], key: str, kind: str = "message") -> None:
        """Bind the nonce to the message (or the ``kind``) of ``key``, which may come again with it.

        Raises:
            ReplayedCallback: it belongs to another message.
        """
        used = _digest(f"{query['timestamp']} {query['nonce']}")
        place, owner = f"policy:{self.name}:nonce:{used}", _digest(f"{kind}\0{key}")

        def bound() -> bool:
            store = self.store
            return store.add(place, owner, 2.0 * FRESH_SECONDS) or store.get(place) == owner

        if not await asyncio.to_thread(bound):
            raise ReplayedCallback


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text with what goes beside it."""

    text: str
    signature: str
    timestamp: str
    nonce: str


def sealed(message: bytes, seal: Seal, key: bytes | None, gate: Gate, nonce: str) -> Sealed:
    """A reply, sealed with the key of its question and signed."""
    text, timestamp = seal.close(message, key), str(int(gate.clock()))
    return Sealed(text, signature(gate.token, timestamp, nonce, text), timestamp, nonce)


def seal_of(keys: tuple[str, ...], receive_id: str, names: str) -> Seal:
    """The seal of an account's keys, the empty ones left out.

    Raises:
        SettingsError: one is not usable; ``names`` are the settings that it comes from.
    """
    try:
        return Seal([key for key in keys if key], receive_id)
    except SettingsError as error:
        raise SettingsError(f"设置 {names} 的值不可用：{error}") from None


async def body_of(request: Request) -> bytes:
    """The body, read no further than it may be long.

    Raises:
        OversizedBody: it is longer.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise OversizedBody
    return bytes(body)


async def guarded(answer: Awaitable[Response]) -> Response:
    """The answer, or the refusal in plain text; ``SUCCESS`` where it was cancelled."""
    try:
        return await answer
    except asyncio.CancelledError:  # the server stops: no outage notice for that
        return text(SUCCESS)
    except CallbackRefused as refused:
        log.warning("回调被拒绝（%s）", type(refused).__name__)
        refusal = text(str(refused), refused.status)
        if isinstance(refused, OversizedBody):
            refusal.headers["Connection"] = "close"  # or the server goes on taking in the rest
        return refusal


def text(words: str, status: int = 200) -> Response:
    """A response of plain text, never shown as a page."""
    return PlainTextResponse(words, status, _SAFE)


def xml(body: bytes) -> Response:
    """A response of XML."""
    return Response(body, 200, _SAFE, media_type="application/xml; charset=utf-8")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
