"""The ledger on a real PostgreSQL: what only a server can do to it. The rest is in test_ledger."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import event, text

from assistant.answer import Answer, AskedQuestion
from assistant.errors import LedgerError, LedgerUnavailable
from assistant.ledger.engines import open_engine
from assistant.ledger.exporting import FORMS, KINDS
from assistant.ledger.ledger import Ledger
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.ledger.store import Store
from assistant.ledger.writer import Writer
from assistant.settings import Settings
from tests.fakes import FakeAssistant
from tests.postgres import Server, running

SECONDS = 30.0
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def answered() -> Answer:
    return replace(FakeAssistant().ask("智能装备由谁负责？"), created=int(NOON.timestamp()))


def settings(folder: Path, url: str) -> Settings:
    return Settings(state_dir=folder / "state", ledger_url=url)


def schema_of(url: str) -> str:
    return url.rpartition("%3D")[2]


def kept(ledger: Ledger) -> list[str]:
    rows = "".join(ledger.export("audit", "jsonl")).splitlines()
    return [json.loads(row)["answer_id"] for row in rows]


def with_clock(folder: Path, url: str) -> Ledger:
    store = Store(open_engine(SecretStr(url), folder))
    return Ledger(store, Pseudonyms.open(folder), Writer(store.save), NOON.timestamp)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_stops_costs_no_answer_and_no_row(
    tmp_path: Path, server: Server, answered: Answer, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Ledger.open(settings(tmp_path, server.address()))) as ledger:

        def ask(first: int) -> None:
            for number in range(first, first + 100):
                ledger.record(replace(answered, id=str(number)), channel="web")

        ask(0)
        assert ledger.flush(SECONDS)
        ask(100)  # perhaps under way when the server goes
        server.stop(mode)
        try:
            ask(200)
            assert not ledger.flush(SECONDS)
            health = ledger.health()
            assert (health.ok, health.lost) == (False, 0)
            assert health.pending >= 100
            assert "数据库连接不上" in health.message
            with pytest.raises(LedgerUnavailable, match="连接不上"):
                ledger.feedback_list()
        finally:
            server.start()
        assert ledger.flush(SECONDS)
        assert ledger.health().ok
        assert kept(ledger) == [str(number) for number in range(300)]
    told = [r.getMessage() for r in caplog.records if r.name == "assistant.ledger.writer"]
    assert ["恢复" in line for line in told] == [False, True]


def test_a_server_that_is_away_at_the_start_gets_the_rows_later(
    tmp_path: Path, server: Server, answered: Answer
) -> None:
    url = server.address()
    server.stop()
    try:
        ledger = Ledger.open(settings(tmp_path, url))
        ledger.record(answered, channel="web")
        assert not ledger.health().ok
    finally:
        server.start()
    with closing(ledger):
        assert kept(ledger) == [answered.id]


def test_a_connection_that_the_server_ends_is_replaced(
    tmp_path: Path, server: Server, answered: Answer
) -> None:
    with closing(Ledger.open(settings(tmp_path, server.address()))) as ledger:
        ledger.record(answered, channel="web")
        assert ledger.flush(SECONDS)
        with server.connect() as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        ledger.record(replace(answered, id="next"), channel="web")
        assert ledger.flush(SECONDS)
        assert kept(ledger) == [answered.id, "next"]


def test_a_lock_of_another_program_is_told_and_waited_out(
    tmp_path: Path, server: Server, answered: Answer
) -> None:
    url = server.address()
    engine = open_engine(SecretStr(url), tmp_path)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "20s"

    @event.listens_for(engine, "checkout")
    def hurry(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("SET statement_timeout = 50")
        connection.commit()

    store = Store(engine)
    store.prepare()
    with closing(Ledger(store, Pseudonyms.open(tmp_path), Writer(store.save))) as ledger:
        mine = f"-csearch_path={schema_of(url)}"
        with server.connect(options=mine) as other, other.transaction():
            other.execute("LOCK TABLE ledger_audit")
            ledger.record(answered, channel="web")
            assert not ledger.flush(SECONDS)
            assert "没有及时完成" in ledger.health().message
        assert ledger.flush(SECONDS)
        assert kept(ledger) == [answered.id]


def test_both_databases_export_the_same_text(
    tmp_path: Path, server: Server, answered: Answer
) -> None:
    def filled(url: str) -> dict[tuple[str, str], str]:
        with closing(with_clock(tmp_path, url)) as ledger:
            for number, asked in enumerate(
                ("第一问", "=1+1，“引号”", "", "😀 ①㎡\x00\ud800", "长" * 5000)
            ):
                one = replace(
                    answered, id=f"第{number}", question=AskedQuestion(asked, rewritten="改")
                )
                ledger.record(one, channel="web", user=f"用户{number % 2}", milliseconds=number)
                ledger.feedback(one.id, rating="down", reason="缺", channel="wecom", user="用户")
            ledger.feedback("第0", rating="up", channel="wecom", user="用户")
            ledger.mark_handled(ledger.feedback_list()[0].id, "已转办")
            return {
                (kind, form): "".join(ledger.export(kind, form)) for kind in KINDS for form in FORMS
            }

    on_sqlite, on_postgres = filled(""), filled(server.address())
    assert on_sqlite == on_postgres
    assert all(text.count("\n") >= 5 for text in on_sqlite.values())


def test_programs_that_start_together_make_one_set_of_tables(
    tmp_path: Path, server: Server
) -> None:
    url, errors = server.address(), list[BaseException]()
    together = threading.Barrier(6)

    def start() -> None:
        store = Store(open_engine(SecretStr(url), tmp_path))
        together.wait(SECONDS)
        try:
            store.prepare()
        except LedgerError as error:
            errors.append(error)
        store.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert errors == []
    with server.connect(options=f"-csearch_path={schema_of(url)}") as connection:
        versions = connection.execute("SELECT version FROM ledger_schema").fetchall()
    assert versions == [(1,)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE ledger_schema SET version = 99", "更新的版本（99"),
        ("UPDATE ledger_schema SET version = 0", "不是本程序建立的"),
        ("DROP TABLE ledger_schema", "不是本程序建立的"),
    ],
)
def test_tables_that_are_not_ours_are_refused(
    tmp_path: Path, server: Server, change: str, said: str
) -> None:
    url = server.address()
    Ledger.open(settings(tmp_path, url)).close()
    with server.connect(options=f"-csearch_path={schema_of(url)}") as connection:
        connection.execute(change)
    with pytest.raises(LedgerError, match=said) as refusal:
        Ledger.open(settings(tmp_path, url))
    assert not isinstance(refusal.value, LedgerUnavailable)


def test_a_database_that_is_not_there_is_told_without_the_password(
    tmp_path: Path, server: Server, answered: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    url = (
        server.address().replace("ledger@", "ledger:secret-word@").replace("/postgres?", "/nosuch?")
    )
    with closing(Ledger.open(settings(tmp_path, url))) as ledger:
        ledger.record(answered, channel="web")
        assert not ledger.flush(SECONDS)
        assert "连接不上" in ledger.health().message
    assert caplog.records
    assert "secret-word" not in caplog.text + ledger.health().message
