"""A bounded queue and the one thread that empties it into the database, in batches.

Putting takes microseconds and never fails. While the database does, rows wait here and are tried
again, at longer and longer intervals; when there is no more room, the oldest are given up and
counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from assistant.errors import LedgerError
from assistant.ledger.entries import LedgerHealth, Record

log = logging.getLogger(__name__)

Save = Callable[[Sequence[Record]], None]  # all or none; raises LedgerError
ROOM = 10_000
_BATCH = 200
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0  # seconds between attempts
SILENT_SECONDS = 30.0  # an attempt that takes longer is a fault, though none was raised
_SILENCE = "问答记录的数据库没有回应，请检查数据库服务（设置 LEDGER_URL）。"


class Writer:
    """Saves records in the order in which they were put; safe to share between threads."""

    def __init__(
        self,
        save: Save,
        *,
        room: int = ROOM,
        fault: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._save, self._room, self._clock = save, room, clock
        self._changed = threading.Condition()
        self._queue: deque[Record] = deque()
        self._in_flight, self._began, self._silent = 0, 0.0, False
        self._taken = self._settled = self._lost = self._failures = 0
        self._hurry = self._closing = False
        self._delay = _FIRST_DELAY
        self._fault = fault
        self._thread: threading.Thread | None = None
        if fault:
            log.error("%s", fault)
            with self._changed:
                self._start()

    def put(self, record: Record) -> None:
        """Take the record; it is saved soon."""
        with self._changed:
            self._taken += 1
            if self._closing:
                self._give_up(1)
                return
            self._queue.append(record)
            self._trim()
            self._notice_silence()
            self._start()
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Whether nothing put before waits any more; tries at once, waits ``timeout`` seconds.

        False as soon as an attempt made for it fails, or when a row is lost meanwhile.
        """
        with self._changed:
            target, lost = self._taken, self._lost
            failing = self._failures + 1 + bool(self._in_flight)  # one may fail that began before
            self._hurry = True
            if self._queue:
                self._start()
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._settled >= target or self._failures >= failing, timeout
            )
            return self._settled >= target and self._lost == lost

    def close(self, timeout: float) -> bool:
        """Save what is left, then end the thread; what cannot be saved is counted as lost."""
        saved = self.flush(timeout)
        with self._changed:
            self._closing = True
            self._give_up(len(self._queue))
            self._queue.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return saved

    def health(self) -> LedgerHealth:
        """How it stands now; the database is not asked."""
        with self._changed:
            self._notice_silence()
            fault = self._fault or (_SILENCE if self._silent else "")
            pending = len(self._queue) + self._in_flight
            return LedgerHealth(not fault, pending, self._lost, self._message(fault, pending))

    def _message(self, fault: str, pending: int) -> str:
        lost = f"，另有{self._lost}条没有保存下来" if self._lost else ""
        if fault:
            return f"{fault.rstrip('。')}，{pending}条记录等待写入{lost}，回答不受影响。"
        return f"问答记录正常，{pending}条等待写入{lost}。"

    def _notice_silence(self) -> None:
        """A database that hangs raises nothing; who puts or asks finds out, and the log says it."""
        silent = self._in_flight > 0 and self._clock() - self._began > SILENT_SECONDS
        if silent and not self._silent:
            log.error("%s", _SILENCE)
        self._silent = silent

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
            self._thread.start()

    def _trim(self) -> None:
        """Give up the oldest that are not being saved just now, until the rest fits."""
        over = min(len(self._queue), len(self._queue) + self._in_flight - self._room)
        for _ in range(over):
            self._queue.popleft()
        self._give_up(max(0, over))

    def _give_up(self, count: int) -> None:
        if count and not self._lost:
            log.error("有问答记录未能保存，已开始丢失；之后丢失的只计数，不再逐条记入日志。")
        self._lost += count
        self._settled += count

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            self._attempt(batch)

    def _next(self) -> list[Record] | None:
        """The next batch, once it is time for it; None when there will be no more.

        After a fault it may be empty: saving nothing tells whether the database is back.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._fault or self._closing)
            if self._fault:
                self._changed.wait_for(lambda: self._hurry or self._closing, self._delay)
            if self._closing:
                return None
            self._hurry = False
            batch = list(islice(self._queue, _BATCH))
            for _ in batch:
                self._queue.popleft()
            self._in_flight, self._began = len(batch), self._clock()
            return batch

    def _attempt(self, batch: list[Record]) -> None:
        settle = self._abandon
        fault: LedgerError | None = None
        try:
            self._save(batch)
            settle = self._note_saved
        except LedgerError as error:
            fault = error
        finally:
            with self._changed:
                self._in_flight = 0
                if fault is None:
                    settle(len(batch))
                else:
                    self._put_back(batch, fault)
                self._changed.notify_all()

    def _abandon(self, count: int) -> None:
        """What we did not foresee ends this thread; the next put starts another."""
        self._thread = None
        self._give_up(count)

    def _put_back(self, batch: list[Record], error: LedgerError) -> None:
        self._failures += 1
        self._delay = min(_LONGEST_DELAY, self._delay * 2) if self._fault else _FIRST_DELAY
        if self._fault != str(error):
            log.error("%s（%s）", error, error.__cause__)
        self._fault = str(error)
        if self._closing:
            self._give_up(len(batch))
            return
        self._queue.extendleft(reversed(batch))  # they fit: room was kept for them

    def _note_saved(self, count: int) -> None:
        self._settled += count
        if self._fault:
            log.warning("问答记录的数据库已恢复，积压的记录正在写入。")
        self._fault = ""
