"""A circuit breaker: what keeps failing is left alone for a while, then tried once. Thread-safe."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """A circuit breaker: after ``failures`` in a row nothing is asked for ``seconds``.

    Then one question may try (half-open): the circuit closes when it is answered. Safe to share
    between threads.
    """

    def __init__(
        self,
        failures: int = 3,
        seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._seconds, self._clock = failures, seconds, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._open_until = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked just now; takes nobody's turn to try."""
        with self._lock:
            return self._failed >= self._limit and (
                self._probing or self._clock() < self._open_until
            )

    def enter(self) -> bool:
        """Whether to ask now; whoever may must ``leave``."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._probing or self._clock() < self._open_until:
                return False
            self._probing = True
            return True

    def leave(self, answered: bool | None) -> None:
        """How it ended; None for what says nothing about the endpoint."""
        with self._lock:
            self._probing = False
            if answered:
                self._failed = 0
            elif answered is False:
                self._failed += 1
                self._open_until = self._clock() + self._seconds
