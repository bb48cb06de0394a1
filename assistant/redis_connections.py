"""Connections to the Redis that several processes share (REDIS_URL)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import SettingsError

if TYPE_CHECKING:
    from redis import ConnectionPool

_SECONDS = 0.5  # nobody waits longer for Redis


def connection_pool(url: str, *, texts: bool = False) -> ConnectionPool:
    """Connections that are made when they are needed; with ``texts`` replies are decoded.

    Raises:
        SettingsError: that is no address of a Redis.
    """
    from redis import ConnectionPool
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        return ConnectionPool.from_url(
            url,
            decode_responses=texts,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once: a connection may have been closed when idle
        )
    except ValueError:
        raise SettingsError(
            "设置 REDIS_URL 的值不可用：应以 redis://、rediss:// 或 unix:// 开头。"
        ) from None
