"""The counters of rate limits in the memory of one process: bounded, and without a thread.

The storage of ``limits`` starts a thread every 10 ms under load, which looks at every counter, and
holds as many counters as there are callers.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from limits.storage import MemoryStorage

MOST_COUNTERS = 100_000  # some 30 MB


class Windows(MemoryStorage):
    """Sliding windows: for each counter the hits of this window and of the one before it.

    At most ``most`` are kept; the counter that was not hit for the longest makes room.
    """

    def __init__(self, most: int = MOST_COUNTERS, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.timer.cancel()
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count, unless the weighted sum of both windows would pass ``limit``."""
        with self._lock:
            window, previous, left, current = self._at(key, expiry)
            if int(previous * left / expiry) + current + amount > limit:
                return False
            self._held[key] = window, previous, current + amount
            self._held.move_to_end(key)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Hits and remaining seconds of the window before, and of this one."""
        with self._lock:
            _, previous, left, current = self._at(key, expiry)
        return previous, left, current, left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget the counter."""
        with self._lock:
            self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)

    def _at(self, key: str, expiry: int) -> tuple[int, int, float, int]:
        """Number of this window, hits before it, seconds that it lasts on, hits in it."""
        window, gone = divmod(self._clock(), expiry)
        number = int(window)
        counted, previous, current = self._held.get(key, (number, 0, 0))
        if counted != number:
            previous, current = (current if counted == number - 1 else 0), 0
        return number, previous, expiry - gone, current
