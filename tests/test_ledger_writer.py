"""The writer: everything put is saved, in order; what cannot be is counted, and nobody waits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from assistant.errors import LedgerError, LedgerUnavailable
from assistant.ledger.entries import FeedbackRecord, Record
from assistant.ledger.writer import SILENT_SECONDS, Writer

SECONDS = 20.0  # longer than any of it takes


class Disk:
    """Keeps what is saved; fails while ``fault`` is set, and waits while ``gate`` is closed."""

    def __init__(self) -> None:
        self.rows: list[Record] = []
        self.batches: list[int] = []
        self.fault: Exception | None = None
        self.gate, self.reached = threading.Event(), threading.Event()
        self.gate.set()

    def save(self, records: Sequence[Record]) -> None:
        self.reached.set()
        assert self.gate.wait(SECONDS)
        if self.fault:
            raise self.fault
        self.rows += records
        self.batches.append(len(records))

    @property
    def keys(self) -> list[int]:
        return [int(row.entry_key) for row in self.rows if isinstance(row, FeedbackRecord)]


def row(number: int) -> FeedbackRecord:
    return FeedbackRecord(0, str(number), "a", "", "web", "up", "", "", "", "")


@contextmanager
def writing(
    disk: Disk,
    *,
    room: int = 1000,
    fault: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Writer]:
    writer = Writer(disk.save, room=room, fault=fault, clock=clock)
    try:
        yield writer
    finally:
        disk.fault = None
        disk.gate.set()
        writer.close(SECONDS)


def test_everything_is_saved_in_order_and_many_at_once() -> None:
    disk = Disk()
    disk.gate.clear()
    with writing(disk) as writer:
        for number in range(900):
            writer.put(row(number))
        disk.gate.set()
        assert writer.flush(SECONDS)
        assert writer.health().pending == 0
    assert disk.keys == list(range(900))
    assert len(disk.batches) <= 6


def test_nobody_waits_for_the_database() -> None:
    disk = Disk()
    disk.gate.clear()
    with writing(disk) as writer:
        writer.put(row(0))
        assert disk.reached.wait(SECONDS)
        writer.put(row(1))  # while the first is being saved
        assert not writer.flush(0.0)
        assert writer.health().pending == 2
        assert disk.rows == []


def test_rows_wait_while_the_database_fails_and_arrive_when_it_is_back() -> None:
    disk = Disk()
    disk.fault = LedgerUnavailable("磁盘已满。")
    with writing(disk) as writer:
        for number in range(300):
            writer.put(row(number))
        assert not writer.flush(SECONDS)
        health = writer.health()
        assert (health.ok, health.pending, health.lost) == (False, 300, 0)
        assert "磁盘已满" in health.message
        assert "300" in health.message
        disk.fault = None
        assert writer.flush(SECONDS)
        health = writer.health()
        assert (health.ok, health.pending, health.lost) == (True, 0, 0)
    assert disk.keys == list(range(300))


def test_the_oldest_are_given_up_and_counted_when_there_is_no_room() -> None:
    disk = Disk()
    disk.fault = LedgerUnavailable("磁盘已满。")
    with writing(disk, room=50) as writer:
        for number in range(57):
            writer.put(row(number))
        assert not writer.flush(SECONDS)
        assert (writer.health().pending, writer.health().lost) == (50, 7)
        assert "7条没有保存" in writer.health().message
        disk.fault = None
        assert writer.flush(SECONDS)
    # The first ones are kept if they were being tried just when room ran out.
    tried = sum(place == key for place, key in enumerate(disk.keys))
    assert disk.keys == [*range(tried), *range(tried + 7, 57)]


def test_what_is_being_saved_is_not_given_up() -> None:
    disk = Disk()
    disk.gate.clear()
    with writing(disk, room=10) as writer:
        writer.put(row(0))
        assert disk.reached.wait(SECONDS)
        for number in range(1, 13):
            writer.put(row(number))
        assert (writer.health().pending, writer.health().lost) == (10, 3)
        disk.gate.set()
        assert writer.flush(SECONDS)
    assert disk.keys == [0, *range(4, 13)]


def test_each_fault_is_logged_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "assistant.ledger")
    disk = Disk()
    disk.fault = LedgerUnavailable("磁盘已满。")
    with writing(disk) as writer:
        writer.put(row(0))
        assert not writer.flush(SECONDS)
        assert not writer.flush(SECONDS)
        disk.fault = LedgerError("数据库不可写。")
        assert not writer.flush(SECONDS)
        disk.fault = None
        assert writer.flush(SECONDS)
        writer.put(row(1))
        assert writer.flush(SECONDS)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3
    for record, word in zip(said, ("磁盘已满", "数据库不可写", "恢复"), strict=True):
        assert word in record


def test_a_database_that_was_away_at_the_start_is_tried_without_any_row() -> None:
    disk = Disk()
    with writing(disk, fault="数据库连接不上。") as writer:
        assert not writer.health().ok
        writer.flush(SECONDS)
        assert disk.reached.wait(SECONDS)
        writer.put(row(0))
        assert writer.flush(SECONDS)
        assert writer.health().ok
    assert disk.keys == [0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unforeseen_error_costs_its_batch_only() -> None:
    disk = Disk()
    disk.fault = RuntimeError("a bug")
    with writing(disk) as writer:
        writer.put(row(0))
        first = [t for t in threading.enumerate() if t.name == "ledger-writer"]
        writer.flush(SECONDS)  # it may have failed already, before we look
        assert (writer.health().pending, writer.health().lost) == (0, 1)
        disk.fault = None
        writer.put(row(1))
        assert writer.flush(SECONDS)
        for thread in first:  # its last words belong to this test
            thread.join(SECONDS)
    assert disk.keys == [1]


def test_a_database_that_hangs_is_told_once_though_it_raises_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk, now = Disk(), [0.0]
    disk.gate.clear()
    with writing(disk, clock=lambda: now[0]) as writer:
        writer.put(row(0))
        assert disk.reached.wait(SECONDS)
        now[0] = SILENT_SECONDS
        assert writer.health().ok
        now[0] += 1
        writer.put(row(1))
        health = writer.health()
        assert (health.ok, health.pending, health.lost) == (False, 2, 0)
        assert "没有回应" in health.message
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        disk.gate.set()
        assert writer.flush(SECONDS)
        assert writer.health().ok


def test_closing_saves_what_is_left() -> None:
    disk = Disk()
    writer = Writer(disk.save)
    writer.put(row(0))
    assert writer.close(SECONDS)
    assert disk.keys == [0]


def test_closing_counts_what_cannot_be_saved_and_what_comes_later() -> None:
    disk = Disk()
    disk.fault = LedgerUnavailable("磁盘已满。")
    writer = Writer(disk.save)
    for number in range(3):
        writer.put(row(number))
    assert not writer.close(SECONDS)
    assert (writer.health().pending, writer.health().lost) == (0, 3)
    writer.put(row(3))
    assert (writer.health().pending, writer.health().lost) == (0, 4)


def test_threads_lose_nothing_between_them() -> None:
    disk = Disk()
    with writing(disk) as writer, ThreadPoolExecutor(8) as pool:
        list(pool.map(writer.put, map(row, range(800))))
        assert writer.flush(SECONDS)
    assert sorted(disk.keys) == list(range(800))
