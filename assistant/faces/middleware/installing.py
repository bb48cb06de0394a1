"""Puts the middleware of access around an app, in the one order that works."""

from __future__ import annotations

from fastapi import FastAPI

from assistant.access.keys import KeyRing
from assistant.access.permissions import Public
from assistant.access.rate_limits import RateLimits
from assistant.faces.middleware.authentication import Authentication
from assistant.faces.middleware.request_limits import TimeLimit
from assistant.faces.middleware.security_headers import Cors, SecurityHeaders, cors_origins
from assistant.settings import Settings


def install(
    app: FastAPI,
    settings: Settings,
    *,
    keys: KeyRing | None = None,
    limits: RateLimits | None = None,
) -> None:
    """Keys, limits and headers around what the app has so far, its limits of bodies among it.

    From outside: CORS, as a browser must be able to read a refusal, and asks its preflight without
    a key; the security headers, which refusals carry too; the keys, before anything is read; the
    time limit, around the limits of bodies, which wait for the whole of one.

    Raises:
        SettingsError: API_PUBLIC, CORS_ORIGINS, a limit or REDIS_URL is wrong.
        LedgerError: the key of the hashed addresses can be neither read nor made.
    """
    origins = cors_origins(settings.cors_origins)
    app.add_middleware(TimeLimit, seconds=settings.request_seconds)
    app.add_middleware(
        Authentication,
        keys=keys or KeyRing.open(settings.state_dir),
        limits=limits or RateLimits.open(settings),
        public=Public.parse(settings.api_public),
    )
    app.add_middleware(
        SecurityHeaders,
        is_https=settings.public_base_url.startswith("https://"),
        is_shared=bool(origins),
    )
    if origins:
        app.add_middleware(Cors, origins=origins)
