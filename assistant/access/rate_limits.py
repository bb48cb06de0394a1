"""How often keys, their users and network addresses may call (限流).

Sliding window counters: two numbers for each caller, and no double burst where two windows meet.
Counted in this process, or in Redis where several share one address.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.access.addresses import network_of
from assistant.access.keys import ApiKey
from assistant.access.quotas import EXPECTED, Quota, quota_of
from assistant.errors import SettingsError, TooManyRequests
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.redis_connections import connection_pool
from assistant.settings import Settings

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.storage import MemoryStorage, RedisStorage

_RETRY_SECONDS = 5.0  # after a failure, before Redis is asked again
_SLACK = 0.002  # Redis counts in milliseconds

log = logging.getLogger(__name__)


class RateLimits:
    """The limits of one installation; whoever is counted is known to the store by a keyed hash.

    Every method may be called from any thread. While Redis is away each process counts for itself.
    """

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        *,
        key: str = "none",
        user: str = "none",
        chat: str = "none",
        redis: RedisStorage | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``key``, ``user`` and ``chat`` are the texts of the settings.

        Raises:
            SettingsError: one of them is no limit.
        """
        from assistant.access.windows import Windows

        self._pseudonyms, self._clock = pseudonyms, clock
        self._key = _setting("RATE_LIMIT_KEY", key)
        self._user = _setting("RATE_LIMIT_USER", user)
        self._chat = _setting("RATE_LIMIT_CHAT", chat)
        self._redis, self._memory = redis, Windows(clock=clock)
        self._asked_again = 0.0  # when, after a failure of Redis

    @classmethod
    def open(cls, settings: Settings) -> RateLimits:
        """Those of the settings; nothing is connected before the first call.

        Raises:
            SettingsError: a limit or the address of Redis is wrong.
            LedgerError: the key of the hashes can be neither read nor made.
        """
        return cls(
            Pseudonyms.open(settings.state_dir),
            key=settings.rate_limit_key,
            user=settings.rate_limit_user,
            chat=settings.rate_limit_chat,
            redis=_redis(settings.redis_url.get_secret_value()) if settings.redis_url else None,
        )

    @property
    def waits(self) -> bool:
        """Whether counting asks another process, so that it is no work for an event loop."""
        return self._redis is not None

    def hit_key(self, key: ApiKey) -> None:
        """Count one call with a key, by the key's own limit where it has one.

        Raises:
            TooManyRequests: there were too many.
        """
        self._hit(f"key:{key.id}", quota_of(key.limit) if key.limit else self._key)

    def hit_user(self, user: str) -> None:
        """Count one call of a user.

        Raises:
            TooManyRequests: there were too many.
        """
        self._hit(f"user:{user}", self._user)

    def hit_address(self, address: str) -> None:
        """Count one call from a network address without a key.

        Raises:
            TooManyRequests: there were too many.
        """
        self._hit(f"address:{network_of(address)}", self._user)

    def hit_chat(self, address: str) -> None:
        """Count what the chat of one network address sends.

        Raises:
            TooManyRequests: there was too much.
        """
        self._hit(f"chat:{network_of(address)}", self._chat)

    def _hit(self, caller: str, quota: Quota) -> None:
        if not quota:
            return
        counted = self._pseudonyms.of(caller)
        if self._redis is not None and self._clock() >= self._asked_again:
            from redis import RedisError

            try:
                _hit(self._redis, counted, quota)
            except (RedisError, OSError) as error:
                self._asked_again = self._clock() + _RETRY_SECONDS
                log.warning("Redis 无法使用（%s），限流暂用本进程的内存。", type(error).__name__)
            else:
                return
        _hit(self._memory, counted, quota)


def _hit(store: MemoryStorage | RedisStorage, caller: str, quota: Quota) -> None:
    from limits.strategies import SlidingWindowCounterRateLimiter

    limiter = SlidingWindowCounterRateLimiter(store)
    if not all(limiter.hit(item, caller) for item in quota):
        wait = max(_wait(store, item, caller) for item in quota)
        raise TooManyRequests(max(1, math.floor(wait + _SLACK) + 1))


def _wait(store: MemoryStorage | RedisStorage, item: RateLimitItem, caller: str) -> float:
    """Seconds until one more is let through, where nobody else calls; ``limits`` says too few."""
    seconds = item.get_expiry()
    previous, left, current, current_left = store.get_sliding_window(item.key_for(caller), seconds)
    room = item.amount - current
    if room <= 0:
        return current_left - seconds
    return left - room * seconds / previous if previous else 0.0


def _redis(url: str) -> RedisStorage:
    from limits.storage import RedisStorage

    return RedisStorage(
        "redis://", connection_pool=connection_pool(url), key_prefix="policy-assistant:limits"
    )


def _setting(name: str, text: str) -> Quota:
    try:
        return quota_of(text)
    except ValueError:
        raise SettingsError(f"设置 {name} 的值“{text[:40]}”不可用：{EXPECTED}。") from None
