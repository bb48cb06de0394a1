"""The benchmark of steady load: its traffic, the rows it counts, its figures."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.ledger.ledger import Ledger
from assistant.settings import Settings
from tests.benchmarks import steady_load, steady_traffic
from tests.benchmarks.steady_load import Sample
from tests.benchmarks.steady_traffic import MIX, REFUSED, Traffic, Wrong
from tests.quick_api import quick_api

ASKED = ("智能装备怎么发展？", "今天天气怎么样？")
UNITS = ("市科技局",)


def drive(ledger: Any, requests: int) -> Traffic:
    """Steady traffic on an app of this process, much faster than it would be in earnest."""

    async def whole() -> Traffic:
        transport = httpx.ASGITransport(quick_api(ledger), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.test") as client:
            questions, units = await steady_traffic.corpus_questions(client, 20)
            assert set(REFUSED) < set(questions)
            assert len(questions) == len(set(questions))
            traffic = Traffic(client, questions, units, seed=7)
            await steady_traffic.steady(traffic, 500.0, requests / 500, lambda: None)
            return traffic

    return asyncio.run(whole())


def test_what_the_clients_saw_is_what_the_ledger_holds(tmp_path: Path) -> None:
    with closing(Ledger.open(Settings(state_dir=tmp_path))) as ledger:
        seen = drive(ledger, 150).seen
    assert seen.faults == []
    assert {kind for kind, _, _ in seen.times} == set(MIX)
    answers, ratings = steady_load.kept_rows(tmp_path / steady_load.LEDGER_FILE)
    assert answers == seen.answers
    assert ratings == seen.ratings
    assert {channel for channel, _ in answers} == {"api", "openai", "dify", "wechat"}
    result = steady_load.results(seen, [], (answers, ratings), 0.3, 0)
    assert steady_load.lost_or_extra(result) == 0
    lost = steady_load.results(seen, [], (answers - Counter([min(answers)]), ratings), 0.3, 0)
    assert steady_load.lost_or_extra(lost) == 1


def test_a_row_that_is_missing_or_there_twice_is_counted_by_its_channel() -> None:
    seen = Counter({("api", "a1"): 1, ("api", "a2"): 1, ("wechat", "甲？"): 2})
    kept = Counter({("api", "a1"): 1, ("api", "a9"): 1, ("wechat", "甲？"): 3, ("web", "w"): 1})
    assert steady_load.compared(seen, kept) == {
        "api": {"seen": 2, "rows": 2, "lost": 1, "extra": 1},
        "web": {"seen": 0, "rows": 1, "lost": 0, "extra": 1},
        "wechat": {"seen": 2, "rows": 3, "lost": 0, "extra": 1},
    }


def test_a_failing_server_is_a_fault_of_each_request_and_stops_nothing() -> None:
    async def whole() -> list[str]:
        gone = httpx.MockTransport(lambda _: httpx.Response(503, text="away"))
        async with httpx.AsyncClient(transport=gone, base_url="http://a.test") as client:
            traffic = Traffic(client, ASKED, UNITS, seed=1)
            for kind in (*MIX, *steady_traffic.OPERATIONS):
                await traffic.send(kind, asyncio.get_running_loop().time(), 0.0)
            assert traffic.seen.times == []
            return traffic.seen.faults

    faults = asyncio.run(whole())
    assert len(faults) == len(MIX) + 2
    assert all(f"{Wrong.__name__} 503" in fault for fault in faults)


def test_growth_is_a_straight_line_with_its_standard_error() -> None:
    even = [(minute / 4, 300 + 2 * minute / 4) for minute in range(9)]
    assert steady_load.growth(even) == {"per_minute": 2.0, "standard_error": 0.0}
    # by hand: Sxx = 5, slope 0.2, residuals −0.2, 0.6, −0.6, 0.2, so √(0.8 / 2 / 5)
    found = steady_load.growth([(0, 1.0), (1, 2.0), (2, 1.0), (3, 2.0)])
    assert found == {"per_minute": 0.2, "standard_error": 0.2828}
    assert steady_load.growth(even[:2]) == {"per_minute": None, "standard_error": None}


def test_growth_begins_after_the_warm_up() -> None:
    warming = [Sample(second, 100.0 + second, 20, 8) for second in range(0, 60, 5)]
    level = [Sample(second, 300.0, 30, 9) for second in range(60, 121, 5)]
    found = steady_load.memory([*warming, *level], 60.0)
    assert found["mib"] == found["mib_second_half"] == {"per_minute": 0.0, "standard_error": 0.0}
    assert (found["samples"], found["mib_first"], found["files_last"]) == (13, 300.0, 30)
    assert steady_load.memory(warming, 0.0)["mib"]["per_minute"] == 60.0
    unknown = steady_load.memory([Sample(1.0, None, None, None)], 0.0)
    assert (unknown["samples"], unknown["mib_first"]) == (0, None)


def test_the_times_of_each_route_and_of_both_ends() -> None:
    times = [("answers", due, 0.010 if due < 60 else 0.030) for due in range(0, 180, 2)]
    found = {r["route"]: r for r in steady_load.by_route([*times, ("/readyz", 1.0, 9.0)], 180.0)}
    assert (found["answers"]["first_p95"], found["answers"]["last_p95"]) == (10.0, 30.0)
    assert found["all"]["responses"] == 90  # what watches is not what is served
    assert found["/readyz"]["max"] == 9000.0


@pytest.mark.parametrize(("faults", "lost", "status"), [([], 0, 0), (["wrong"], 0, 1), ([], 1, 1)])
def test_a_fault_or_a_lost_row_is_exit_status_1(
    faults: list[str], lost: int, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = steady_traffic.Seen([("answers", 0.0, 0.1)], Counter({("api", "a1"): 1}), faults=faults)
    kept = Counter() if lost else seen.answers
    result = steady_load.results(seen, [], (kept, Counter()), 60.0, 0)
    out = tmp_path / "out.json"
    assert steady_load.finish(result, argparse.Namespace(out=out, save=False)) == status
    assert "answers: api" in capsys.readouterr().out
    assert json.loads(out.read_text(encoding="utf-8"))["answers"]["api"]["lost"] == lost


def test_a_server_that_ends_badly_is_a_fault() -> None:
    ended = steady_load.results(steady_traffic.Seen(), [], (Counter(), Counter()), 60.0, -9)
    assert ended["faults"] == ["the server ended with status -9"]


@pytest.mark.parametrize("given", [["--minutes", "0"], ["--minutes", "61"], ["--rate", "0"]])
def test_the_arguments_of_the_steady_load_have_bounds(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        steady_load.main(given)
