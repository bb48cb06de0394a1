"""Answers under way: one job a message, in a pool of threads, known to every worker.

A job has a lease in the store, which the process that runs it renews. Where there is neither a
lease nor a result, that process is gone, and whoever asks may start the job again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from assistant.errors import (
    NotFoundError,
    PolicyAssistantError,
    QuestionError,
    TooManyRequests,
)
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases

Parts = tuple[str, ...]
Settle = Callable[[], None]

RESULT_SECONDS = 1800.0  # how long an answer waits to be fetched
LEASE_SECONDS = 3.0  # how long a job is thought to run when nothing is heard of its process
RENEWAL_SECONDS = 1.0
THREADS = 32  # they mostly wait for an LLM
QUICK_THREADS = 4  # for what never does, and must not wait behind those that do
SENDING_THREADS = 8  # they wait for WeChat
MOST_UNDER_WAY = 256
_SETTLING_SECONDS = 2.0  # for what is being written when the time to close is over
_POLL_SECONDS = 0.1

log = logging.getLogger(__name__)


class Abandoned(PolicyAssistantError):
    """The job is no longer ours to answer: we are closed, or another process has begun it again."""

    def __init__(self) -> None:
        super().__init__("服务正在停止，或问题已由别的进程处理，这次的结果不再采用。")


@dataclass(slots=True)
class _Job:
    """One job of this process; ``told`` becomes its parts, or None where it was abandoned."""

    key: str
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)
    told: Future[Parts | None] = field(default_factory=Future)
    settling: bool = False


class Jobs:
    """Runs each job once; whoever waits gets its parts, here or in another process."""

    def __init__(
        self,
        store: PendingStore,
        name: str,
        *,
        threads: int = THREADS,
        renewal: float = RENEWAL_SECONDS,
    ) -> None:
        self._store, self._name, self._renewal = store, name, renewal
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"{name}-answer")
        self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix=f"{name}-quick")
        self._sending = ThreadPoolExecutor(SENDING_THREADS, thread_name_prefix=f"{name}-send")
        self._lock = threading.Lock()
        self._under_way: dict[str, _Job] = {}
        self._renewer: threading.Thread | None = None
        self._closing, self._closed = False, threading.Event()

    def start(self, key: str, work: Callable[[Settle], Parts], *, quick: bool = False) -> bool:
        """Begin the job unless it runs or has ended, here or elsewhere; whether it was begun.

        ``work`` calls what it is given before it writes anything down; this raises ``Abandoned``
        where it may not. What else it raises becomes a sentence. A ``quick`` one waits for nobody's
        LLM, and does not wait for those that do.
        """
        job = _Job(key)
        job.told.set_running_or_notify_cancel()  # who waits no longer does not end it
        if self._closing or key in self._under_way:
            return False
        if not self._store.add(self._lease(key), job.owner, LEASE_SECONDS):
            return False
        if self.finished(key) is not None:  # it ended before its lease did
            self._release(job)
            return False
        with self._lock:
            full = not quick and len(self._under_way) >= MOST_UNDER_WAY
            if not full:
                self._under_way[key] = job
                self._start_renewer()
        if full:
            self.finish(key, (phrases.BUSY,))
            self._release(job)
            return True
        pool = self._quick if quick else self._pool
        try:
            running = pool.submit(work, lambda: self._settle(job))
        except RuntimeError:  # closed just now
            self._tell(job, None)
            return False
        running.add_done_callback(lambda done: self._tell(job, done))
        return True

    def submit(self, work: Callable[[], None]) -> None:
        """Send something, in a thread that answers nothing; what it raises is logged."""
        try:
            sending = self._sending.submit(work)
        except RuntimeError:  # closed while the answer was made: it is sent all the same
            work()
        else:
            sending.add_done_callback(_log_failure)

    def under_way(self, key: str) -> Future[Parts | None] | None:
        """The parts of the job, while this process runs it; None in place of those it gave up."""
        job = self._under_way.get(key)
        return job.told if job else None

    def lost(self, key: str) -> bool:
        """Whether nobody runs the job and it has no result. Asks the store."""
        if key in self._under_way or self._store.get(self._lease(key)) is not None:
            return False
        return self.finished(key) is None  # asked last: a result is there before its lease ends

    def finish(self, key: str, parts: Parts) -> None:
        """Let ``parts`` be the result of ``key`` for whoever asks within half an hour."""
        self._store.put(self._result(key), json.dumps(parts, ensure_ascii=False), RESULT_SECONDS)

    def finished(self, key: str) -> Parts | None:
        """The result, when there is one. Asks the store."""
        found = self._store.get(self._result(key))
        return tuple(json.loads(found)) if found is not None else None

    async def result(self, key: str, seconds: float) -> Parts | None:
        """The parts of a job, waiting at most so long; None: not yet. Never blocks the loop."""
        told = self.under_way(key)
        if told is not None:
            waiting = asyncio.wrap_future(told)
            try:
                await asyncio.wait({waiting}, timeout=max(0.0, seconds))
            finally:
                waiting.cancel()  # this waiting only: or it is told when the loop is gone
            return told.result() if told.done() else None
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:  # finished, or under way in another process
            parts = await asyncio.to_thread(self.finished, key)
            if parts is not None or loop.time() >= end:
                return parts
            await asyncio.sleep(_POLL_SECONDS)

    def close(self, seconds: float = 0.0) -> None:
        """Begin nothing more, and wait so long for what runs.

        What has not ended by then leaves no trace: it can be started again at once, elsewhere.
        """
        self._closing = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._quick.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            running = list(self._under_way.values())
        wait([job.told for job in running], seconds)
        with self._lock:
            self._closed.set()
            late = [job for job in running if not job.settling]
        wait([job.told for job in running if job.settling], _SETTLING_SECONDS)
        for job in late:
            self._release(job)
        self._sending.shutdown(wait=False)

    def _settle(self, job: _Job) -> None:
        """Let the job write its answer down; raises Abandoned where it is not ours any more."""
        with self._lock:
            if job.settling:
                return
            if self._closed.is_set():
                raise Abandoned
            job.settling = True
        held = self._store.hold(self._lease(job.key), job.owner, LEASE_SECONDS)
        if not held or self.finished(job.key) is not None:
            raise Abandoned

    def _tell(self, job: _Job, done: Future[Parts] | None) -> None:
        parts = None
        try:
            if done is not None and not done.cancelled():
                if not isinstance(done.exception(), Abandoned):
                    self._settle(job)
                parts = (phrases.FAILED,) if _log_failure(done) else _said(done)
        except Abandoned:
            log.info("一个问题的结果没有采用：服务正在停止，或已由别的进程处理")
        if parts is not None:
            self.finish(job.key, parts)  # first: who asks next looks there when it has ended
        job.told.set_result(parts)
        with self._lock:
            self._under_way.pop(job.key, None)
        self._release(job)

    def _start_renewer(self) -> None:
        """One thread for all leases, while there are any. The lock is held."""
        if self._renewer is None:
            name = f"{self._name}-leases"
            self._renewer = threading.Thread(target=self._renew, name=name, daemon=True)
            self._renewer.start()

    def _renew(self) -> None:
        while True:
            self._closed.wait(self._renewal)
            with self._lock:
                jobs = list(self._under_way.values())
                if not jobs or self._closed.is_set():
                    self._renewer = None
                    return
            for job in jobs:
                if not self._closed.is_set():
                    self._store.hold(self._lease(job.key), job.owner, LEASE_SECONDS)

    def _release(self, job: _Job) -> None:
        """End the lease, unless it is another's by now."""
        lease = self._lease(job.key)
        if self._store.hold(lease, job.owner, LEASE_SECONDS):
            self._store.take(lease)

    def _lease(self, key: str) -> str:
        return f"{self._name}:lease:{key}"

    def _result(self, key: str) -> str:
        return f"{self._name}:result:{key}"


def _said(done: Future[Parts]) -> Parts | None:
    """The result, or what is said of an error; None for a job given up.

    What is wrong with the machine is for the log: it may name its folders.
    """
    error = done.exception()
    if error is None:
        return done.result()
    if isinstance(error, Abandoned):
        return None
    if isinstance(error, QuestionError | NotFoundError | TooManyRequests):
        return (str(error),)
    log.error("微信侧的问答出错：%s", error)
    return (phrases.FAILED,)


def _log_failure(done: Future[Parts] | Future[None]) -> bool:
    """Whether it ended in an error that nobody raised on purpose; that is logged."""
    error = None if done.cancelled() else done.exception()
    if error is None or isinstance(error, PolicyAssistantError):
        return False
    log.error("微信侧的问答出错", exc_info=error)
    return True
