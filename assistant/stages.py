"""How long each stage of an answer took: a stopwatch, and the stage that runs just now.

Deep inside an answer ``stage("retrieval")`` counts for whoever measures around it, and costs next
to nothing where nobody does. A stage within another one is not counted twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Clock = Callable[[], float]


@dataclass(slots=True)
class Stopwatch:
    """Seconds by stage, for one answer in one thread at a time."""

    clock: Clock = time.perf_counter
    seconds: dict[str, float] = field(default_factory=dict)
    _running: list[str] = field(default_factory=list)
    _since: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what runs in the block for the stage ``name``; the block must not yield."""
        current = _watch.set(self)
        self._turn()
        self._running.append(name)
        try:
            yield
        finally:
            self._turn()
            self._running.pop()
            _watch.reset(current)

    def milliseconds(self) -> dict[str, int]:
        """Whole milliseconds by stage."""
        return {name: round(seconds * 1000) for name, seconds in self.seconds.items()}

    def _turn(self) -> None:
        """Charge the time since the last turn to the stage that ran."""
        now = self.clock()
        if self._running:
            name = self._running[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


_watch: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the block for a stage of the answer that is being made here, if one is."""
    watch = _watch.get()
    if watch is None:
        yield
        return
    with watch.stage(name):
        yield
