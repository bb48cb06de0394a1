"""How far a long task is: a bar on stderr, and whoever listens. Owner of tqdm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Self

Report = Callable[[str, int, int], None]
"""Told what is being done (读取文件), how many are done, and how many there are."""

_listener: ContextVar[Report | None] = ContextVar("progress", default=None)


@contextmanager
def heard(report: Report) -> Iterator[None]:
    """Meanwhile, ``report`` is told of every bar that this thread moves."""
    token = _listener.set(report)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(words: str, done: int = 0, total: int = 0) -> None:
    """Tell the listener, if there is one, what is being done and how far it is."""
    report = _listener.get()
    if report is not None:
        report(words, done, total)


class Bar:
    """A bar that ``update`` moves; shown on stderr or not, it tells the listener all the same."""

    def __init__(self, total: int, words: str, unit: str, *, shown: bool) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, desc=words, unit=unit, disable=not shown)
        self._words, self._total, self._done = words, total, 0
        tell(words, 0, total)

    def update(self, more: int = 1) -> None:
        """So many more are done."""
        self._done += more
        self._bar.update(more)
        tell(self._words, self._done, self._total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()
