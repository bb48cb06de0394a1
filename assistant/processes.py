"""One function, many values, several processes: results as they come, and a word for each lost one.

A worker is a fresh interpreter that runs this module: it imports only what its function needs, and
values and results travel as lines of JSON. A value that makes it die or takes too long costs that
one value: its worker is ended, and a new one takes the next.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Task = str  # "package.module:function" of one JSON value, which returns a JSON value
_PACKAGE_PARENT = Path(__file__).resolve().parent.parent


class Loss(StrEnum):
    """Why there is no result for a value."""

    RAISED = "raised"
    DIED = "died"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Lost:
    """No result: the function raised (``detail`` names the error), or its worker was lost."""

    loss: Loss
    detail: str = ""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    task: Task, values: Sequence[Any], *, workers: int, seconds: float
) -> Generator[tuple[int, Any], None, None]:
    """(place in ``values``, result or Lost) of every value, as they come.

    With 0 workers the function runs here, and nothing can end it.
    """
    if not values:
        return
    if not workers:
        function = _function(task)
        for place, value in enumerate(values):
            yield place, _unpacked(_attempt(function, value))
        return
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for place in range(len(values)):
        waiting.put(place)
    done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    crew = [_Worker(task, seconds) for _ in range(min(workers, len(values)))]
    threads = [
        threading.Thread(target=_work, args=(worker, values, waiting, done), daemon=True)
        for worker in crew
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in values:
            yield done.get()
    finally:
        for worker in crew:
            worker.end()
        for thread in threads:
            thread.join()
        for worker in crew:
            worker.drop()


def _work(
    worker: _Worker,
    values: Sequence[Any],
    waiting: queue.SimpleQueue[int],
    done: queue.SimpleQueue[tuple[int, Any]],
) -> None:
    with suppress(queue.Empty):
        while not worker.ended:
            place = waiting.get_nowait()
            done.put((place, worker.ask(values[place])))


class _Worker:
    """One process at a time, and the next when it is lost."""

    def __init__(self, task: Task, seconds: float) -> None:
        self.task, self.seconds = task, seconds
        self.ended = self.overdue = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, value: Any) -> Any:
        """The result of the value, or Lost."""
        process = self._process or self._start()
        if self.ended:
            return Lost(Loss.DIED)
        if process is None:  # no process can be had: better here than not at all
            return _unpacked(_attempt(_function(self.task), value))
        self.overdue = False
        timer = threading.Timer(self.seconds, self._expire, [process])
        timer.daemon = True
        timer.start()
        answer = _exchange(process, value)
        timer.cancel()
        whole = answer.endswith(b"\n")
        if self.overdue or not whole:
            self.drop()
        if whole:
            return _unpacked(json.loads(answer))
        return Lost(Loss.OVERDUE if self.overdue else Loss.DIED)

    def end(self) -> None:
        """End the process, and start no other."""
        with self._lock:
            self.ended = True
            if self._process is not None:
                _kill(self._process)

    def drop(self) -> None:
        """End the process and let go of it."""
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was still to be written goes nowhere
                if pipe is not None:
                    pipe.close()

    def _expire(self, process: subprocess.Popen[bytes]) -> None:
        self.overdue = True
        _kill(process)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self.ended:
                return None
            try:
                process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [sys.executable, "-m", "assistant.processes", self.task],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=_PACKAGE_PARENT,
                    start_new_session=True,  # ended with all that it started, and not by Ctrl-C
                )
            except OSError as error:
                log.warning("no worker process: %s", error)
                return None
            self._process = process
        if process.stdout and process.stdout.readline() == _READY:
            return process
        self.drop()
        return None


_READY = b"ready\n"


def _exchange(process: subprocess.Popen[bytes], value: Any) -> bytes:
    """The line that the process answers to a value; without its end when the process is lost."""
    if not process.stdin or not process.stdout:
        return b""
    try:
        process.stdin.write(json.dumps(value).encode() + b"\n")
        process.stdin.flush()
        return process.stdout.readline()
    except (OSError, ValueError):  # ValueError: closed meanwhile
        return b""


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _function(task: Task) -> Callable[[Any], Any]:
    module, _, name = task.partition(":")
    function: Callable[[Any], Any] = getattr(import_module(module), name)
    return function


def _attempt(function: Callable[[Any], Any], value: Any) -> dict[str, Any]:
    """The result, or the name of whatever error the function raised."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(function, value)
    error = future.exception()
    if error is None:
        return {"result": future.result()}
    log.error("%s failed", function.__name__, exc_info=error)
    return {"error": type(error).__name__}


def _unpacked(answer: dict[str, Any]) -> Any:
    return Lost(Loss.RAISED, answer["error"]) if "error" in answer else answer["result"]


def main(task: Task) -> None:
    """Answer each line of stdin with one line, until there are no more."""
    values, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library reads or prints must not stand between our lines.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    function = _function(task)
    out.write(_READY)
    out.flush()
    for line in values:
        out.write(json.dumps(_attempt(function, json.loads(line))).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
