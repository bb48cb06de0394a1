"""The keeper of the workers alone: what it does when one fails, dies, hangs, or is to be renewed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.worker_servers import ROOT, START_SECONDS, command, eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc")


class Kept:
    """A keeper with its two workers, and what each of them has left in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.worker_lives", str(folder)],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def up(self, place: int) -> list[int]:
        """The workers that have lived in a place."""
        return sorted(int(file.name.split("-")[2]) for file in self.folder.glob(f"up-{place}-*"))

    def alive(self) -> list[int]:
        return [pid for place in (0, 1) for pid in self.up(place) if command(pid)]

    def has(self, name: str) -> bool:
        return eventually((self.folder / name).exists, START_SECONDS)

    def said(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def stop(self) -> None:
        for pid in (self.process.pid, *self.alive()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(20)


Keep = Callable[..., Kept]


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    made: list[Kept] = []

    def begin(*fates: str) -> Kept:
        for fate in fates:
            (tmp_path / fate).touch()
        made.append(Kept(tmp_path))
        return made[-1]

    yield begin
    for kept in made:
        kept.stop()


def test_one_that_dies_is_replaced_until_the_end_of_all(keep: Keep) -> None:
    kept = keep()
    assert kept.has("begun")
    (first,), (second,) = kept.up(0), kept.up(1)
    assert (kept.folder / f"up-0-{first}").read_text() == "yes", "the environment is theirs"
    os.kill(second, signal.SIGKILL)
    assert eventually(lambda: len(kept.up(1)) == 2, START_SECONDS)
    assert kept.has(f"gone-{second}")
    assert first in kept.alive()
    assert "退出状态 -9" in kept.said()
    kept.process.send_signal(signal.SIGTERM)
    assert kept.process.wait(20) == 0
    assert kept.alive() == []


@pytest.mark.parametrize("place", [0, 1])
def test_a_wrong_setting_ends_all_with_its_sentence(keep: Keep, place: int) -> None:
    kept = keep(f"wrong-{place}")
    assert kept.process.wait(START_SECONDS) == 1
    assert (kept.folder / "error").read_text("utf-8") == "SettingsError 设置 X 的值不可用。"
    assert kept.said() == "", "and nothing else is said"
    assert kept.alive() == []
    assert kept.up(1) == [], "the second begins after the first"


def test_one_that_dies_before_it_serves_ends_all(keep: Keep) -> None:
    kept = keep("dies-1")
    assert kept.process.wait(START_SECONDS) == 1
    told = (kept.folder / "error").read_text("utf-8")
    assert told.startswith("WorkerFailed 服务进程意外结束（退出状态 7）")
    assert kept.alive() == []


def test_a_signal_ends_what_has_not_begun(keep: Keep) -> None:
    kept = keep("slow-0")
    assert eventually(lambda: bool(kept.up(0)), START_SECONDS)
    kept.process.send_signal(signal.SIGINT)
    assert kept.process.wait(20) == 0
    assert kept.alive() == kept.up(1) == []


def test_who_does_not_end_is_killed(keep: Keep) -> None:
    kept = keep("stubborn-0", "stubborn-1")
    assert kept.has("begun")
    kept.process.send_signal(signal.SIGTERM)
    assert kept.process.wait(20) == 0
    assert kept.alive() == []


def test_on_sighup_each_goes_when_its_successor_is_ready(keep: Keep) -> None:
    kept = keep("stubborn-1")
    assert kept.has("begun")
    before = kept.alive()
    kept.process.send_signal(signal.SIGHUP)
    for pid in before:
        assert kept.has(f"gone-{pid}"), "the stubborn one, too"
    assert [len(kept.up(0)), len(kept.up(1))] == [2, 2]
    assert len(kept.alive()) == 2


def test_who_cannot_be_succeeded_stays(keep: Keep) -> None:
    kept = keep()
    assert kept.has("begun")
    before = kept.alive()
    (kept.folder / "wrong-0").touch()
    kept.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: "继续使用原有的进程" in kept.said(), START_SECONDS)
    assert "设置 X 的值不可用" in kept.said()
    assert kept.alive() == before
    (kept.folder / "wrong-0").unlink()
    kept.process.send_signal(signal.SIGHUP)
    assert all(kept.has(f"gone-{pid}") for pid in before)


def test_workers_end_with_their_keeper(keep: Keep) -> None:
    kept = keep()
    assert kept.has("begun")
    kept.process.kill()
    assert eventually(lambda: not kept.alive(), 20)
