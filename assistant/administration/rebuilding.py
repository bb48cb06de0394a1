"""The index made anew in the background: one at a time, and how far it is, for whoever asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from assistant import clock
from assistant.errors import PolicyAssistantError
from assistant.progress import heard

log = logging.getLogger(__name__)

Build = Callable[[bool], None]
"""Bring the index up to date and take it up; True reads every file again."""

_STEPS = {"读取文件": (0, 60), "编码": (60, 75), "建立词索引": (75, 95)}  # percent of the whole
_BROKEN = "建立索引时出错，已写入日志；在修好之前仍用原有的索引作答。"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: ``done`` of ``total``, in ``words``; ``error`` is why it failed.

    ``file`` is what was put into the corpus before it. Where nothing has been built yet,
    ``finished`` is None and nothing is running.
    """

    running: bool = False
    done: int = 0
    total: int = 100
    words: str = ""
    error: str = ""
    file: str = ""
    finished: datetime | None = None


class Rebuilder:
    """Runs a build in a thread; whoever asks meanwhile makes it run once more afterwards."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._progress = Progress()
        self._again: list[bool] = []  # the builds asked for, each with or without force
        self._thread: threading.Thread | None = None

    def start(self, *, force: bool = False, file: str = "") -> None:
        """Build now, or once more when the running build has ended."""
        with self._lock:
            self._again.append(force)
            if self._progress.running:
                self._progress = replace(self._progress, file=file or self._progress.file)
                return
            self._progress = Progress(running=True, words="准备", file=file)
            self._thread = threading.Thread(target=self._run, name="rebuild", daemon=True)
            self._thread.start()

    def progress(self) -> Progress:
        """How far it is now."""
        with self._lock:
            return self._progress

    def wait(self, seconds: float | None = None) -> Progress:
        """How far it is when it has ended, or after so many seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self.progress()

    def _run(self) -> None:
        error = _BROKEN
        try:
            while (force := self._next()) is not None:
                error = self._once(force)
        finally:  # a fault that nobody foresaw must not leave it running for ever
            with self._lock:
                self._again.clear()
                self._progress = replace(
                    self._progress,
                    running=False,
                    words="没有完成" if error else "已完成",
                    done=self._progress.done if error else 100,
                    error=error,
                    finished=clock.now(),
                )

    def _next(self) -> bool | None:
        """Whether the next build reads everything again; None when no more is asked for."""
        with self._lock:
            if not self._again:
                return None
            force = any(self._again)
            self._again.clear()
            self._progress = replace(self._progress, done=0)
            return force

    def _once(self, force: bool) -> str:
        """Build; the sentence that says what went wrong, or ''."""
        try:
            with heard(self._hear):
                self._build(force)
        except (PolicyAssistantError, OSError) as error:
            log.error("索引没有更新，继续使用原有索引：%s", error)
            return str(error)
        return ""

    def _hear(self, words: str, done: int, total: int) -> None:
        start, end = _STEPS.get(words, (95, 100))
        reached = start + (end - start) * done // max(1, total)
        told = f"{words}（{done}/{total}）" if total else words
        with self._lock:
            at = max(self._progress.done, min(reached, 99))
            self._progress = replace(self._progress, words=told, done=at)
