"""The stopwatch: exclusive times, nothing for whoever does not measure, no leaking."""

from __future__ import annotations

import threading

import pytest

from assistant.stages import Stopwatch, stage


class Clock:
    """Goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_stage_within_another_is_counted_once(clock: Clock) -> None:
    watch = Stopwatch(clock)
    with watch.stage("answering"):
        clock.now += 1
        with stage("retrieval"):
            clock.now += 2
        clock.now += 4
        with stage("retrieval"):
            clock.now += 8
    clock.now += 16
    assert watch.seconds == {"answering": 5, "retrieval": 10}
    assert watch.milliseconds() == {"answering": 5000, "retrieval": 10_000}


def test_a_stage_that_fails_is_counted_and_left(clock: Clock) -> None:
    watch = Stopwatch(clock)

    def search() -> None:
        with stage("retrieval"):
            clock.now += 3
            raise LookupError

    with pytest.raises(LookupError), watch.stage("answering"):
        search()
    with watch.stage("checking"):
        clock.now += 1
    assert watch.seconds == {"answering": 0, "retrieval": 3, "checking": 1}


def test_where_nobody_measures_nothing_is_counted(clock: Clock) -> None:
    watch = Stopwatch(clock)
    with watch.stage("answering"):
        clock.now += 1
    with stage("retrieval"):
        clock.now += 1
    assert watch.seconds == {"answering": 1}


def test_another_thread_is_not_counted(clock: Clock) -> None:
    watch = Stopwatch(clock)

    def other() -> None:
        with stage("retrieval"):
            clock.now += 1

    with watch.stage("answering"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert set(watch.seconds) == {"answering"}
