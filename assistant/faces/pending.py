"""What several messages, and several workers, have to know of each other, for a while.

A message is claimed once, an answer waits for its user and is handed over once, a conversation
remembers a little. In memory by default; in Redis where several workers share one address.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from assistant.redis_connections import connection_pool

if TYPE_CHECKING:
    from redis import Redis

MOST_ENTRIES = 50_000
_RETRY_SECONDS = 5.0  # after a failure, before Redis is asked again
_HOLD = """
local held = redis.call('get', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""  # in one step, as Redis says what a key holds and sets it only in a script

log = logging.getLogger(__name__)
T = TypeVar("T")


class PendingStore(Protocol):
    """Texts by key, each for some seconds. Every call is atomic and may come from any thread."""

    def add(self, key: str, value: str, seconds: float) -> bool:
        """Keep the value unless there is one; whether it was kept."""
        ...

    def put(self, key: str, value: str, seconds: float) -> None:
        """Keep the value instead of any other."""
        ...

    def get(self, key: str) -> str | None:
        """The value, or None."""
        ...

    def take(self, key: str) -> str | None:
        """The value, which is then gone; of several takers one gets it."""
        ...

    def hold(self, key: str, value: str, seconds: float) -> bool:
        """Keep the value for so long from now, unless there is another; whether it was kept."""
        ...

    def count(self, key: str, seconds: float) -> int:
        """How often this was called for the key, this call included, since the first call."""
        ...


class MemoryStore:
    """The store of one process: at most ``most`` entries; those that end first go first."""

    def __init__(
        self, most: int = MOST_ENTRIES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[float, str]] = {}
        self._ends: list[tuple[float, str]] = []  # a heap; holds ends that were overtaken, too

    def add(self, key: str, value: str, seconds: float) -> bool:
        """Keep the value unless there is one; whether it was kept."""
        with self._lock:
            self._expire()
            if key in self._entries:
                return False
            self._keep(key, value, self._clock() + seconds)
            return True

    def put(self, key: str, value: str, seconds: float) -> None:
        """Keep the value instead of any other."""
        with self._lock:
            self._expire()
            self._keep(key, value, self._clock() + seconds)

    def get(self, key: str) -> str | None:
        """The value, or None."""
        with self._lock:
            self._expire()
            return self._entries.get(key, (0.0, None))[1]

    def take(self, key: str) -> str | None:
        """The value, which is then gone."""
        with self._lock:
            self._expire()
            return self._entries.pop(key, (0.0, None))[1]

    def hold(self, key: str, value: str, seconds: float) -> bool:
        """Keep the value for so long from now, unless there is another; whether it was kept."""
        with self._lock:
            self._expire()
            if self._entries.get(key, (0.0, value))[1] != value:
                return False
            self._keep(key, value, self._clock() + seconds)
            return True

    def count(self, key: str, seconds: float) -> int:
        """How often this was called for the key since the first call."""
        with self._lock:
            self._expire()
            end, before = self._entries.get(key, (self._clock() + seconds, "0"))
            self._keep(key, str(int(before) + 1), end)
            return int(before) + 1

    def _keep(self, key: str, value: str, end: float) -> None:
        if self._entries.get(key, (None, ""))[0] != end:
            heapq.heappush(self._ends, (end, key))
        self._entries[key] = (end, value)
        while len(self._entries) > self._most:
            self._drop_first()
        if len(self._ends) > 2 * self._most:  # keys that were put over and over
            self._ends = [(end, key) for key, (end, _) in self._entries.items()]
            heapq.heapify(self._ends)

    def _expire(self) -> None:
        now = self._clock()
        while self._ends and self._ends[0][0] <= now:
            self._drop_first()

    def _drop_first(self) -> None:
        end, key = heapq.heappop(self._ends)
        if self._entries.get(key, (None, ""))[0] == end:
            del self._entries[key]


class RedisStore:
    """The store that workers share. While Redis is away each goes on with a memory of its own."""

    def __init__(self, client: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._memory = MemoryStore(clock=clock)
        self._asked_again = 0.0  # when, after a failure

    @classmethod
    def open(cls, url: str) -> RedisStore:
        """The store at ``redis://…``; nothing is connected before the first call.

        Raises:
            SettingsError: that is no address of a Redis.
        """
        from redis import Redis

        return cls(Redis(connection_pool=connection_pool(url, texts=True)))

    def answers(self) -> bool:
        """Whether Redis itself answers just now."""
        from redis import RedisError

        try:
            return bool(self._client.ping())
        except (RedisError, OSError):
            return False

    def add(self, key: str, value: str, seconds: float) -> bool:
        """Keep the value unless there is one; whether it was kept."""
        return self._asked(
            lambda redis: bool(redis.set(key, value, nx=True, px=_milliseconds(seconds))),
            lambda memory: memory.add(key, value, seconds),
        )

    def put(self, key: str, value: str, seconds: float) -> None:
        """Keep the value instead of any other."""
        self._asked(
            lambda redis: redis.set(key, value, px=_milliseconds(seconds)),
            lambda memory: memory.put(key, value, seconds),
        )

    def get(self, key: str) -> str | None:
        """The value, or None."""
        return self._asked(
            lambda redis: cast("str | None", redis.get(key)), lambda memory: memory.get(key)
        )

    def take(self, key: str) -> str | None:
        """The value, which is then gone."""
        return self._asked(
            lambda redis: cast("str | None", redis.getdel(key)), lambda memory: memory.take(key)
        )

    def hold(self, key: str, value: str, seconds: float) -> bool:
        """Keep the value for so long from now, unless there is another; whether it was kept."""
        milliseconds = str(_milliseconds(seconds))
        return self._asked(
            lambda redis: bool(redis.eval(_HOLD, 1, key, value, milliseconds)),
            lambda memory: memory.hold(key, value, seconds),
        )

    def count(self, key: str, seconds: float) -> int:
        """How often this was called for the key since the first call."""

        def counted(redis: Redis) -> int:
            with redis.pipeline(transaction=True) as pipeline:
                pipeline.set(key, 0, nx=True, px=_milliseconds(seconds))
                pipeline.incr(key)
                return int(pipeline.execute()[1])

        return self._asked(counted, lambda memory: memory.count(key, seconds))

    def _asked(self, redis: Callable[[Redis], T], memory: Callable[[MemoryStore], T]) -> T:
        """What Redis says; what the memory says, while Redis does not."""
        from redis import RedisError

        if self._clock() >= self._asked_again:
            try:
                return redis(self._client)
            except (RedisError, OSError) as error:
                self._asked_again = self._clock() + _RETRY_SECONDS
                log.warning("Redis 无法使用（%s），暂用本进程的内存。", type(error).__name__)
        return memory(self._memory)


def open_store(url: str = "") -> PendingStore:
    """The store at the address of a Redis, or in memory where there is none.

    Raises:
        SettingsError: the address is none of a Redis.
    """
    return RedisStore.open(url) if url else MemoryStore()


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
