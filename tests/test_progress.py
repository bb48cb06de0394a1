"""Progress: whoever listens hears every step of its own thread's bars, shown or not."""

from __future__ import annotations

import threading

import pytest

from assistant.progress import Bar, heard, tell


def test_a_listener_hears_each_step() -> None:
    told: list[tuple[str, int, int]] = []
    with heard(lambda *step: told.append(step)), Bar(3, "读取文件", "份", shown=False) as bar:
        bar.update()
        bar.update(2)
    assert told == [("读取文件", 0, 3), ("读取文件", 1, 3), ("读取文件", 3, 3)]


def test_nobody_hears_afterwards_nor_of_other_threads() -> None:
    told: list[str] = []
    with heard(lambda words, _done, _total: told.append(words)):
        other = threading.Thread(target=tell, args=("别处",))
        other.start()
        other.join()
        tell("这里")
    tell("以后")
    assert told == ["这里"]


def test_a_listener_is_let_go_when_the_task_fails() -> None:
    told: list[str] = []
    with pytest.raises(ZeroDivisionError), heard(lambda words, *_: told.append(words)):
        raise ZeroDivisionError
    tell("以后")
    assert not told
    Bar(1, "没有人听", "份", shown=False).update()
