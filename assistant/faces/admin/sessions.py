"""Who may administer: the password, the limit on tries, the signed cookie, the forms' tokens.

No session is kept on the server: the key of the signature is made of the password, so that several
processes accept each other's cookies and a changed password ends every session. The tries and the
sessions that were left are counted in this process.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response
from itsdangerous import BadData, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

from assistant.access.addresses import network_of

COOKIE = "policy_admin"
SESSION_SECONDS = 8 * 3600
TRIES, ALL_TRIES, MINUTES = 5, 30, 15
_CONTEXT = b"policy-assistant administration, version 1"  # a salt that every process knows
_ROUNDS = 100_000
_ID = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that has given the password; ``csrf`` stands in each of its forms."""

    id: str
    csrf: str


@dataclass(frozen=True, slots=True)
class TooManyTries:
    """No further try for so many seconds."""

    seconds: int


class Sessions:
    """The sessions of one password."""

    def __init__(self, password: SecretStr, *, seconds: int = SESSION_SECONDS) -> None:
        given = password.get_secret_value().encode()
        key = hashlib.pbkdf2_hmac("sha256", given, _CONTEXT, _ROUNDS)  # a stolen cookie tells less
        self.seconds = seconds
        self._digest = hashlib.sha256(given).digest()
        self._serializer = URLSafeTimedSerializer(key, salt="session")
        self._csrf_key = hmac.digest(key, b"csrf", "sha256")
        self._tries = _Tries()
        self._left: dict[str, float] = {}  # sessions that were left, until their cookies expire

    def log_in(self, password: str, address: str) -> Session | TooManyTries | None:
        """A new session; None for a wrong password; or how long to wait after too many of them."""
        given = hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest()
        with self._tries.lock:
            wait = self._tries.wait(address)
            if wait:
                return TooManyTries(wait)
            if not hmac.compare_digest(given, self._digest):
                self._tries.add(address)
                return None
        return self._session(secrets.token_hex(_ID // 2))

    def cookie(self, session: Session) -> str:
        """The signed value that stands for a session."""
        return str(self._serializer.dumps(session.id))

    def of(self, cookie: str) -> Session | None:
        """The session of a cookie; None for a forged, expired, left or missing one."""
        if not cookie.isascii():
            return None
        try:
            found = self._serializer.loads(cookie, max_age=self.seconds)
        except BadData:
            return None
        if not isinstance(found, str) or len(found) != _ID or found in self._left:
            return None
        return self._session(found)

    def leave(self, session: Session) -> None:
        """End a session, whoever still has its cookie."""
        now = time.monotonic()
        self._left = {own: until for own, until in self._left.items() if until > now}
        self._left[session.id] = now + self.seconds

    def _session(self, session_id: str) -> Session:
        token = hmac.digest(self._csrf_key, session_id.encode(), "sha256").hex()
        return Session(session_id, token)


def is_own_form(session: Session, token: str) -> bool:
    """Whether a form carries the token of the session that sends it."""
    return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), session.csrf.encode())


def is_foreign(request: Request, public_base_url: str) -> bool:
    """Whether the browser says that a page of another site sent the request.

    A browser that is old, or that came without TLS, tells only the origin.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    hosts = {request.headers.get("host", ""), urlsplit(public_base_url).netloc}
    return origin is not None and urlsplit(origin).netloc not in hosts - {""}


def set_cookie(response: Response, value: str, *, path: str, secure: bool, seconds: int) -> None:
    """Give the browser the cookie, or with an empty value take it away."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=seconds if value else 0,
        path=path,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


class _Tries:
    """The wrong passwords of the last minutes, by address and in all; use it under its lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._own = RateLimitItemPerMinute(TRIES, MINUTES)
        self._all = RateLimitItemPerMinute(ALL_TRIES, MINUTES)

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 when it may now."""
        waits = [
            self._limiter.get_window_stats(item, *names).reset_time - time.time()
            for item, names in ((self._own, ("one", network_of(address))), (self._all, ("all",)))
            if not self._limiter.test(item, *names)
        ]
        return max(1, math.ceil(max(waits))) if waits else 0

    def add(self, address: str) -> None:
        """One more wrong try."""
        self._limiter.hit(self._own, "one", network_of(address))
        self._limiter.hit(self._all, "all")
