"""Answers under way: one job a message, in a pool of threads, known to every worker."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from assistant.errors import PolicyAssistantError
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases

Parts = tuple[str, ...]

RESULT_SECONDS = 1800.0  # how long an answer waits to be fetched
THREADS = 32  # they mostly wait for an LLM
QUICK_THREADS = 4  # for what never does, and must not wait behind those that do
SENDING_THREADS = 8  # they wait for WeChat
MOST_UNDER_WAY = 256
_POLL_SECONDS = 0.1

log = logging.getLogger(__name__)


class Jobs:
    """Runs each job once; whoever waits gets its parts, here or in another process."""

    def __init__(self, store: PendingStore, name: str, *, threads: int = THREADS) -> None:
        self._store, self._name = store, name
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"{name}-answer")
        self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix=f"{name}-quick")
        self._sending = ThreadPoolExecutor(SENDING_THREADS, thread_name_prefix=f"{name}-send")
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Parts]] = {}

    def start(self, key: str, work: Callable[[], Parts], *, quick: bool = False) -> None:
        """Begin the job of ``key``; what ``work`` raises becomes a sentence.

        A ``quick`` one waits for nobody's LLM, and does not wait for those that do.
        """
        told: Future[Parts] = Future()
        with self._lock:
            full = not quick and len(self._under_way) >= MOST_UNDER_WAY
            if not full:
                self._under_way[key] = told
        if full:
            self.finish(key, (phrases.BUSY,))
            return
        pool = self._quick if quick else self._pool
        pool.submit(work).add_done_callback(lambda done: self._tell(key, done, told))

    def submit(self, work: Callable[[], None]) -> None:
        """Send something, in a thread that answers nothing; what it raises is logged."""
        try:
            sending = self._sending.submit(work)
        except RuntimeError:  # closed while the answer was made: it is sent all the same
            work()
        else:
            sending.add_done_callback(_log_failure)

    def under_way(self, key: str) -> Future[Parts] | None:
        """The job, while this process runs it."""
        return self._under_way.get(key)

    def finish(self, key: str, parts: Parts) -> None:
        """Let ``parts`` be the result of ``key`` for whoever asks within half an hour."""
        self._store.put(self._result(key), json.dumps(parts, ensure_ascii=False), RESULT_SECONDS)

    def finished(self, key: str) -> Parts | None:
        """The result, when there is one. Asks the store."""
        found = self._store.get(self._result(key))
        return tuple(json.loads(found)) if found is not None else None

    async def result(self, key: str, seconds: float) -> Parts | None:
        """The parts of a job, waiting at most so long; None: not yet. Never blocks the loop."""
        job = self.under_way(key)
        if job is not None:
            await asyncio.wait({asyncio.wrap_future(job)}, timeout=max(0.0, seconds))
            return job.result() if job.done() else None
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:  # finished, or under way in another process
            parts = await asyncio.to_thread(self.finished, key)
            if parts is not None or loop.time() >= end:
                return parts
            await asyncio.sleep(_POLL_SECONDS)

    def close(self, seconds: float = 0.0) -> None:
        """Drop what has not begun, and wait so long for what runs; what it says is still sent."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._sending.shutdown(wait=False)
        with self._lock:
            running = list(self._under_way.values())
        wait(running, seconds)

    def _tell(self, key: str, done: Future[Parts], told: Future[Parts]) -> None:
        failed = done.cancelled() or _log_failure(done)
        parts = (phrases.FAILED,) if failed else _sentence(done)
        self.finish(key, parts)  # first, as the next to ask looks there once it is not under way
        told.set_result(parts)
        with self._lock:
            self._under_way.pop(key, None)

    def _result(self, key: str) -> str:
        return f"{self._name}:result:{key}"


def _sentence(done: Future[Parts]) -> Parts:
    """The result, or the sentence of a deliberate error."""
    error = done.exception()
    return (str(error),) if error is not None else done.result()


def _log_failure(done: Future[Parts] | Future[None]) -> bool:
    """Whether it ended in an error that nobody raised on purpose; that is logged."""
    error = None if done.cancelled() else done.exception()
    if error is None or isinstance(error, PolicyAssistantError):
        return False
    log.error("微信侧的问答出错", exc_info=error)
    return True
