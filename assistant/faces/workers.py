"""Several processes at one address: this one starts, replaces, renews and ends them.

Each of them runs the same function, in a fresh interpreter, and says when it is ready. The first
begins alone, so that what all need (the index) is made once and what is wrong is said once. One
that dies is replaced; on SIGHUP each is replaced in turn by one that is ready; SIGTERM ends all,
and so does the end of this process.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import FrameType

from assistant.errors import PolicyAssistantError, SettingsError, WorkerFailed

Ready = Callable[[], None]
Work = Callable[[int, Ready], None]  # of the worker's place; pickled, so a function of a module

_LOOK_SECONDS = 0.2  # a signal is heeded so late at most
_RESTART_SECONDS = 1.0  # between two starts in one place
_SPAWN = multiprocessing.get_context("spawn")

_log = logging.getLogger(__name__)


class Workers:
    """The processes in ``count`` places, numbered from 0."""

    def __init__(
        self,
        work: Work,
        count: int,
        *,
        stop_seconds: float,
        environment: Mapping[str, str] | None = None,
        begun: Callable[[], None] = lambda: None,
        gone: Callable[[int], None] = lambda pid: None,
    ) -> None:
        """``environment`` is added to theirs; ``begun`` is called once all are ready.

        ``gone`` hears the number of each process that has ended while others go on. Who does not
        end within ``stop_seconds`` of being asked is killed.
        """
        self._work, self._count = work, count
        self._all_ready, self._gone = begun, gone
        self._stop_seconds, self._environment = stop_seconds, dict(environment or {})
        self._signals: deque[int] = deque()
        self._places: dict[int, _Worker] = {}
        self._renewals: deque[int] = deque()
        self._fresh: _Worker | None = None  # to take the place of one that is to be renewed
        self._leaving: dict[_Worker, float] = {}  # until when they may take their time
        self._begun = self._stopping = False

    def run(self) -> None:
        """Keep them running until SIGTERM or SIGINT; all have ended when this returns.

        Raises:
            SettingsError, WorkerFailed: one of the first could not begin; the error is its own.
        """
        with _heard(self._signals):
            try:
                self._places[0] = self._started(0)
                while not self._stopping:
                    self._look()
                    self._heed()
                    self._begin()
                    self._replace()
                    self._renew()
            finally:
                self._end()

    def _started(self, place: int) -> _Worker:
        return _Worker(self._work, place, self._environment)

    def _everyone(self) -> list[_Worker]:
        fresh = [self._fresh] if self._fresh else []
        return [*self._places.values(), *fresh, *self._leaving]

    def _look(self) -> None:
        """Wait for a word of a worker, its end, or some time."""
        seen = [part for worker in self._everyone() for part in worker.told_by()]
        if seen:
            wait(seen, _LOOK_SECONDS)
        else:  # all are dead, and not yet replaced
            time.sleep(_LOOK_SECONDS)
        for worker in self._everyone():
            worker.listen()

    def _heed(self) -> None:
        while self._signals:
            if self._signals.popleft() != signal.SIGHUP:
                self._stopping = True
            elif self._begun and not self._renewals and not self._fresh:
                _log.info("收到 SIGHUP，逐个更换 %d 个进程。", self._count)
                self._renewals.extend(range(self._count))

    def _begin(self) -> None:
        """Let the others follow the first; until all are ready, the end of one ends all."""
        if self._begun:
            return
        for worker in self._places.values():
            if not worker.alive:
                raise worker.error()
        if len(self._places) == 1 and self._places[0].ready:
            for place in range(1, self._count):
                self._places[place] = self._started(place)
        ready = [worker for worker in self._places.values() if worker.ready]
        if len(ready) == self._count:
            self._begun = True
            self._all_ready()

    def _replace(self) -> None:
        for place, worker in self._places.items():
            if worker.alive or time.monotonic() < worker.began + _RESTART_SECONDS:
                continue
            _log.error("进程 %d 已结束，重新启动：%s", worker.pid, worker.error())
            worker.close()
            self._gone(worker.pid)
            self._places[place] = self._started(place)

    def _renew(self) -> None:
        """One place at a time: the old one is asked to go once the new one is ready."""
        for worker, until in list(self._leaving.items()):
            if not worker.alive:
                worker.close()
                self._gone(worker.pid)
                del self._leaving[worker]
            elif time.monotonic() > until:
                worker.process.kill()
        if self._fresh is None and self._renewals:
            self._fresh = self._started(self._renewals.popleft())
        elif self._fresh is not None and not self._fresh.alive:
            _log.error("新的进程没有能启动，继续使用原有的进程：%s", self._fresh.error())
            self._fresh.close()
            self._gone(self._fresh.pid)
            self._fresh = None
            self._renewals.clear()
        elif self._fresh is not None and self._fresh.ready:
            old, self._places[self._fresh.place] = self._places[self._fresh.place], self._fresh
            self._fresh = None
            old.process.terminate()
            self._leaving[old] = time.monotonic() + self._stop_seconds

    def _end(self) -> None:
        everyone = self._everyone()
        for worker in everyone:
            worker.process.terminate()
        until = time.monotonic() + self._stop_seconds
        for worker in everyone:
            worker.process.join(max(0.0, until - time.monotonic()))
            worker.process.kill()
            worker.close()


class _Worker:
    """One process, and the pipe by which it tells that it is ready, or why it is not."""

    def __init__(self, work: Work, place: int, environment: Mapping[str, str]) -> None:
        self.place, self.began, self.ready = place, time.monotonic(), False
        self._failure: PolicyAssistantError | None = None
        self._reader, writer = _SPAWN.Pipe(duplex=False)
        with writer:  # only the worker has it then, and its end is the end of the pipe
            self.process = _SPAWN.Process(
                target=_begin, args=(work, place, dict(environment), writer), name=f"worker-{place}"
            )
            self.process.start()
        self.pid = self.process.pid or 0

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def told_by(self) -> list[Connection | int]:
        """What becomes readable when there is something to know."""
        parts: list[Connection | int] = [] if self._reader.closed else [self._reader]
        return [*parts, self.process.sentinel] if self.alive else parts

    def listen(self) -> None:
        """Take in what it has said."""
        with suppress(EOFError, OSError):
            while not self._reader.closed and self._reader.poll():
                kind, sentence = self._reader.recv()
                if kind == "ready":
                    self.ready = True
                else:
                    self._failure = (SettingsError if kind == "setting" else WorkerFailed)(sentence)
            return
        self._reader.close()

    def error(self) -> PolicyAssistantError:
        """Why it has ended."""
        self.listen()
        return self._failure or WorkerFailed(
            f"服务进程意外结束（退出状态 {self.process.exitcode}），请查看日志。"
        )

    def close(self) -> None:
        """Let go of what belongs to it; it has ended, or is about to."""
        self.process.join()
        self._reader.close()
        self.process.close()


def _begin(work: Work, place: int, environment: dict[str, str], parent: Connection) -> None:
    """The life of a worker, in its own process."""
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the parent ends us
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    try:
        work(place, lambda: parent.send(("ready", "")))
    except PolicyAssistantError as error:
        with suppress(OSError):
            parent.send(("setting" if isinstance(error, SettingsError) else "other", str(error)))
        sys.exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _heard(signals: deque[int]) -> Iterator[None]:
    """Meanwhile, note SIGTERM, SIGINT and SIGHUP instead of dying of them."""

    def note(number: int, _frame: FrameType | None) -> None:
        signals.append(number)

    before = {
        number: signal.signal(number, note)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
