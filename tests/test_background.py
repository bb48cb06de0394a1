"""What the service does beside answering goes on after a fault, and ends with its block."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

import pytest

from assistant import clock
from assistant.errors import CorpusError, LedgerUnavailable
from assistant.faces.background import purging, watching
from tests.fakes import FakeAssistant
from tests.worker_servers import eventually


def test_watching_refreshes_and_goes_on_after_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeAssistant()
    fake.error = CorpusError("文件夹不存在。")
    with caplog.at_level(logging.INFO, logger="assistant"), watching(fake, 0.01):
        assert eventually(lambda: fake.refreshed > 5, 10)
        fake.error = OSError("disk")
        assert eventually(lambda: "disk" in caplog.text, 10)
        fake.error, seen = None, fake.refreshed
        assert eventually(lambda: fake.refreshed > seen + 5, 10)
    assert caplog.text.count("文件夹不存在") == 1, "the same fault is said once"
    seen = fake.refreshed
    time.sleep(0.1)
    assert fake.refreshed == seen, "it ends with its block"
    assert "corpus-watch" not in [thread.name for thread in threading.enumerate()]


class Shelf:
    """A ledger whose database cannot be written the first two times."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, datetime]] = []

    def purge(self, days: int, now: datetime) -> int:
        self.asked.append((days, now))
        if len(self.asked) < 3:
            raise LedgerUnavailable("数据库暂时不能写入。")
        return 3 if len(self.asked) == 3 else 0


def test_what_is_too_old_is_deleted_at_once_and_again_and_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf = Shelf()
    with caplog.at_level(logging.INFO, logger="assistant"), purging(shelf, 200, 0.01):
        assert eventually(lambda: len(shelf.asked) > 5, 10)
    assert {days for days, _ in shelf.asked} == {200}
    assert all(abs(clock.now() - now) < timedelta(minutes=1) for _, now in shelf.asked)
    assert caplog.text.count("数据库暂时不能写入") == 2, "a fault ends nothing"
    assert caplog.text.count("已清理200天前的问答记录3条") == 1, "nothing is said of nothing"
    assert "ledger-purge" not in [thread.name for thread in threading.enumerate()]


def test_a_day_passes_between_two_purges() -> None:
    shelf = Shelf()
    with purging(shelf, 183):
        assert eventually(lambda: bool(shelf.asked), 10)
        time.sleep(0.1)
    assert len(shelf.asked) == 1
