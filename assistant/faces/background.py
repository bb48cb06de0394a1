"""What the service does beside answering: it takes up changes and deletes what is too old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from assistant import clock
from assistant.errors import PolicyAssistantError

if TYPE_CHECKING:
    from datetime import datetime

    from assistant.faces.contract import Assistant

_PURGE_SECONDS = 24 * 3600.0

_log = logging.getLogger(__name__)


class Purged(Protocol):
    """A ledger that can delete what is old."""

    def purge(self, days: int, now: datetime) -> int:
        """Delete what is older than so many days; how many answers there were."""
        ...


@contextmanager
def watching(assistant: Assistant, seconds: float) -> Iterator[None]:
    """Meanwhile, take up changes of the corpus every few seconds."""
    # At its end a rebuild under way is dropped: it is written aside.
    with _meanwhile("corpus-watch", lambda stop: _watch(assistant, stop, seconds)):
        yield


@contextmanager
def purging(ledger: Purged, days: int, seconds: float = _PURGE_SECONDS) -> Iterator[None]:
    """Meanwhile, delete what the ledger has kept for more than ``days``: now, then every day."""
    with _meanwhile("ledger-purge", lambda stop: _purge(ledger, stop, days, seconds)):
        yield


@contextmanager
def _meanwhile(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=1)


def _watch(assistant: Assistant, stop: threading.Event, seconds: float) -> None:
    said = ""
    while not stop.wait(seconds):
        try:
            changed = assistant.refresh()
        except (PolicyAssistantError, OSError) as error:
            if str(error) != said:  # the same fault is said once, not every few seconds
                _log.error("文件有变化，但索引没有更新，继续使用原有索引：%s", error)
            said = str(error)
            continue
        said = ""
        if changed:
            _log.info("文件有变化，索引已更新。")


def _purge(ledger: Purged, stop: threading.Event, days: int, seconds: float) -> None:
    while not stop.is_set():
        try:
            deleted = ledger.purge(days, clock.now())
        except (PolicyAssistantError, OSError) as error:
            _log.error("没有清理%d天前的问答记录，下次再试：%s", days, error)
        else:
            if deleted:
                _log.info("已清理%d天前的问答记录%d条。", days, deleted)
        stop.wait(seconds)
