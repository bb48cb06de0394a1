"""Every value comes back once: as its result, or as what became of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from assistant.processes import Loss, Lost, processors, spread

DOUBLE, ACT = "tests.reading_tasks:double", "tests.reading_tasks:act"


@pytest.mark.parametrize("workers", [1, 3])
def test_every_value_has_its_result(workers: int) -> None:
    values = list(range(20))
    found = dict(spread(DOUBLE, values, workers=workers, seconds=60))
    assert found == {place: 2 * value for place, value in enumerate(values)}


def test_without_workers_it_runs_here_and_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    found = list(spread(ACT, ["a", "raise", "b"], workers=0, seconds=60))
    assert found == [(0, "a"), (1, Lost(Loss.RAISED, "LookupError")), (2, "b")]


def test_no_values_start_nothing() -> None:
    assert list(spread("none.such:module", [], workers=4, seconds=1)) == []


def test_what_is_lost_costs_itself_only() -> None:
    values = ["a", "die", "b", "raise", "exit", "c", "hang", "d", "你好\n"]
    found = dict(spread(ACT, values, workers=2, seconds=2))
    lost = {values[at]: result.loss for at, result in found.items() if isinstance(result, Lost)}
    assert lost == {
        "die": Loss.DIED, "exit": Loss.DIED, "raise": Loss.RAISED, "hang": Loss.OVERDUE,
    }  # fmt: skip
    assert [found[at] for at in (0, 2, 5, 7, 8)] == ["a", "b", "c", "d", "你好\n"]


def test_leaving_early_ends_the_workers() -> None:
    results = spread(ACT, ["a", "hang", "hang"], workers=3, seconds=600)
    assert next(results) == (0, "a")
    results.close()
    assert not [t for t in threading.enumerate() if t.name.endswith("(_work)") and t.is_alive()]
    assert children() == []


def children() -> list[str]:
    """The worker processes that this process has."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat") if Path("/proc/self").exists() else ():
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if fields[1] == str(os.getpid()) and b"assistant.processes" in command:
            found.append(stat.parent.name)
    return found


def test_at_least_one_processor() -> None:
    assert processors() >= 1
