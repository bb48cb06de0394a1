"""What the ledger says of itself: its rows, its size, and whether it can be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.clock import CHINA
from assistant.errors import LedgerUnavailable
from assistant.ledger.entries import Holdings
from assistant.ledger.ledger import Ledger
from assistant.settings import Settings
from tests.fakes import FakeAssistant
from tests.postgres import Server, running

FIRST = datetime(2026, 7, 1, 0, 0, tzinfo=CHINA)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    url = ""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = server.address()
    with closing(Ledger.open(Settings(state_dir=tmp_path, ledger_url=url))) as opened:
        yield opened


def keep(ledger: Ledger, *days: int) -> None:
    answer = FakeAssistant().ask("智能装备由谁负责？")
    for number in days:
        made = int((FIRST + timedelta(days=number)).timestamp())
        ledger.record(replace(answer, id=f"a{number}", created=made), channel="rest")


def test_rows_are_counted_since_the_oldest(ledger: Ledger) -> None:
    empty = ledger.holdings()
    assert (empty.answers, empty.ratings, empty.oldest) == (0, 0, None)
    assert empty.size > 0
    keep(ledger, 3, 1, 2)
    ledger.feedback("a1", rating="up", channel="rest")
    found = ledger.holdings()
    assert found == Holdings(3, 1, FIRST + timedelta(days=1), found.size)


def test_as_many_are_counted_as_are_exported(ledger: Ledger) -> None:
    keep(ledger, 0, 1, 2)
    for since, until in ((None, None), (1, None), (None, 1), (1, 1), (2, 1)):
        days = {
            "since": None if since is None else date(2026, 7, 1 + since),
            "until": None if until is None else date(2026, 7, 1 + until),
        }
        rows = "".join(ledger.export("audit", "jsonl", **days)).splitlines()
        assert ledger.count("audit", **days) == len(rows)
    assert ledger.count("feedback") == 0


def test_trying_to_write_leaves_nothing(ledger: Ledger) -> None:
    ledger.feedback("a", rating="up", channel="rest")
    before = ledger.holdings()
    ledger.try_writing()
    after = ledger.holdings()
    assert after == replace(before, size=after.size)  # PostgreSQL keeps the page that it took
    [entry] = ledger.feedback_list(handled=None)
    assert entry.handled_at is None


def test_a_database_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with closing(Ledger.open(Settings(state_dir=tmp_path))) as ledger:
        ledger.try_writing()
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as connection:
            assert connection.execute("SELECT count(*) FROM ledger_handling").fetchone() == (0,)
            connection.execute("DROP TABLE ledger_handling")
            connection.commit()
        with pytest.raises(LedgerUnavailable):
            ledger.try_writing()
