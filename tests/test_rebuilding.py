"""The build in the background: one at a time, once more when asked meanwhile, never stuck."""

from __future__ import annotations

import threading

import pytest

from assistant.administration.rebuilding import Progress, Rebuilder
from assistant.errors import CorpusError
from assistant.progress import tell

SECONDS = 20.0


class Gated:
    """A build that waits to be let through; counts its runs and how many run at once."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.forces: list[bool] = []
        self.at_once = self.most = 0

    def __call__(self, force: bool) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.forces.append(force)
        tell("读取文件", 1, 4)
        self.begun.set()
        assert self.go.wait(SECONDS)
        self.at_once -= 1


def test_nothing_runs_before_it_is_asked_for() -> None:
    assert Rebuilder(Gated()).progress() == Progress()


def test_a_build_says_how_far_it_is_and_ends() -> None:
    build = Gated()
    rebuilder = Rebuilder(build)
    rebuilder.start(file="a.txt")
    assert build.begun.wait(SECONDS)
    running = rebuilder.progress()
    assert (running.running, running.done, running.total) == (True, 15, 100)
    assert running.words == "读取文件（1/4）"
    build.go.set()
    ended = rebuilder.wait(SECONDS)
    assert (ended.running, ended.done, ended.error, ended.file) == (False, 100, "", "a.txt")
    assert ended.finished is not None


def test_whoever_asks_meanwhile_gets_one_more_build_for_all_of_them() -> None:
    build = Gated()
    rebuilder = Rebuilder(build)
    rebuilder.start()
    assert build.begun.wait(SECONDS)
    for force in (False, True, False):
        rebuilder.start(force=force, file="b.txt" if force else "")
    build.go.set()
    assert rebuilder.wait(SECONDS).file == "b.txt"
    assert build.forces == [False, True]
    assert build.most == 1


def test_it_never_goes_backwards_within_a_build() -> None:
    seen: list[int] = []

    def build(_force: bool) -> None:
        for step in (("读取文件", 4, 4), ("读取文件", 0, 9), ("编码", 1, 2), ("换上", 0, 0)):
            tell(*step)
            seen.append(rebuilder.progress().done)

    rebuilder = Rebuilder(build)
    rebuilder.start()
    assert rebuilder.wait(SECONDS).done == 100
    assert seen == sorted(seen)
    assert max(seen) < 100


def test_a_build_that_fails_says_why_and_the_next_one_is_fresh() -> None:
    faults = [CorpusError("文件夹是空的。")]

    def build(_force: bool) -> None:
        if faults:
            raise faults.pop()

    rebuilder = Rebuilder(build)
    rebuilder.start()
    failed = rebuilder.wait(SECONDS)
    assert (failed.running, failed.error) == (False, "文件夹是空的。")
    rebuilder.start()
    assert rebuilder.wait(SECONDS).error == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unforeseen_fault_does_not_leave_it_running() -> None:
    def build(_force: bool) -> None:
        raise ZeroDivisionError

    rebuilder = Rebuilder(build)
    rebuilder.start()
    ended = rebuilder.wait(SECONDS)
    assert not ended.running
    assert "已写入日志" in ended.error
