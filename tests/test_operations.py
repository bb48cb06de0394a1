"""/healthz, /readyz and /metrics over the fakes, and over a ledger whose disk is full."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from assistant.access.keys import KEY_FILE
from assistant.errors import IndexFileError
from assistant.faces import operations, problems
from assistant.faces.operations import add_operations
from assistant.faces.rest.description import describe_as_sent
from assistant.faces.rest.questions import add_questions
from assistant.ledger.engines import open_engine
from assistant.ledger.entries import LedgerHealth
from assistant.ledger.ledger import Ledger
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.ledger.store import Store
from assistant.ledger.writer import Writer
from assistant.monitoring.metrics import Metrics
from assistant.settings import Settings
from tests.fakes import FakeAssistant

SECONDS = 20
WELL = LedgerHealth(ok=True, pending=2, lost=0, message="问答记录正常，2条等待写入。")
ILL = LedgerHealth(ok=False, pending=5, lost=1, message="磁盘已满，5条记录等待写入。")


class Standing:
    """A ledger in this state."""

    def __init__(self, health: LedgerHealth) -> None:
        self._health = health

    def health(self) -> LedgerHealth:
        return self._health


class WithoutIndex(FakeAssistant):
    def info(self) -> dict[str, Any]:
        raise IndexFileError("索引文件“/srv/policy/index”已损坏，请重建索引。")


class EmptyIndex(FakeAssistant):
    def info(self) -> dict[str, Any]:
        return {**super().info(), "documents": 0, "clauses": 0}


@contextmanager
def served(
    assistant: FakeAssistant | None = None,
    ledger: operations.MonitoredLedger | None = None,
    *,
    metrics: Metrics | None = None,
    llm: str = "",
    state_dir: Path | None = None,
    **more: Any,
) -> Iterator[tuple[TestClient, operations.Readiness]]:
    app = FastAPI()
    problems.install(app)
    state: Any = {"state_dir": state_dir} if state_dir else {}
    settings = Settings(_env_file=None, llm_base_url=llm, llm_model="m", **state)
    readiness = add_operations(
        app,
        assistant or FakeAssistant(),
        ledger or Standing(WELL),
        metrics or Metrics(),
        settings,
        **more,
    )
    describe_as_sent(app)
    with TestClient(app) as client:
        yield client, readiness


def test_healthz_says_from_which_index() -> None:
    with served() as (client, _):
        found = client.get("/healthz")
    assert found.status_code == 200
    assert found.json() == {"status": "ok", "index": FakeAssistant().info()}


def test_readyz_says_how_each_part_stands() -> None:
    with served(stores={"redis": lambda: True}) as (client, _):
        found = client.get("/readyz")
    assert found.status_code == 200
    assert found.json() == {
        "status": "ready",
        "checks": {
            "index": {"ok": True, "documents": 1, "clauses": 7, "detail": "索引可用。"},
            "ledger": {"ok": True, "pending": 2, "lost": 0, "detail": WELL.message},
            "llm": "off",
            "keys": {"ok": True, "detail": "密钥可以核对。"},
            "redis": {"ok": True, "detail": "redis 可用。"},
        },
    }


def test_what_still_answers_is_degraded_not_away() -> None:
    with served(ledger=Standing(ILL)) as (client, _):
        found = client.get("/readyz")
        assert found.status_code == 200
        assert found.json()["status"] == "degraded"
        ledger = {"ok": False, "pending": 5, "lost": 1, "detail": ILL.message}
        assert found.json()["checks"]["ledger"] == ledger
    with served(stores={"redis": lambda: False}) as (client, _):
        found = client.get("/readyz")
        assert found.status_code == 200
        assert found.json()["status"] == "degraded"
        assert found.json()["checks"]["redis"]["ok"] is False


def test_keys_that_cannot_be_read_are_said_without_a_path(tmp_path: Path) -> None:
    with served(state_dir=tmp_path) as (client, _):
        assert client.get("/readyz").json()["checks"]["keys"]["ok"] is True
        (tmp_path / KEY_FILE).write_text("{", encoding="utf-8")
        found = client.get("/readyz")
        assert (found.status_code, found.json()["status"]) == (200, "degraded")
        detail = "暂时无法核对密钥，请稍后再试，或联系管理员。"
        assert found.json()["checks"]["keys"] == {"ok": False, "detail": detail}
        (tmp_path / KEY_FILE).unlink()
        assert client.get("/readyz").json()["status"] == "ready"


@pytest.mark.parametrize(
    ("address", "paused", "said", "status"),
    [
        ("", True, "off", "ready"),
        ("http://llm.example/v1", False, "ok", "ready"),
        ("http://llm.example/v1", True, "paused", "degraded"),
    ],
)
def test_an_llm_that_is_left_alone_is_said(
    address: str, paused: bool, said: str, status: str
) -> None:
    with served(llm=address, llm_paused=lambda: paused) as (client, _):
        found = client.get("/readyz").json()
    assert (found["checks"]["llm"], found["status"]) == (said, status)


def test_without_an_index_no_question_is_to_come(caplog: pytest.LogCaptureFixture) -> None:
    with served(WithoutIndex()) as (client, _):
        found = client.get("/readyz")
        assert client.get("/metrics").status_code == 200, "figures are there all the same"
    assert found.status_code == 503
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["detail"] == "索引暂时不可用，请稍后再试，或联系管理员。"
    assert "索引文件“/srv/policy/index”已损坏" in caplog.text, "who runs it reads all of it"
    assert found.json()["error"]["code"] == "not_ready"
    with served(EmptyIndex()) as (client, _):
        assert "没有条款" in client.get("/readyz").json()["detail"]


def test_who_stops_is_not_ready_but_lives() -> None:
    with served() as (client, readiness):
        assert client.get("/readyz").status_code == 200
        readiness.stopping()
        found = client.get("/readyz")
        assert (found.status_code, found.json()["detail"]) == (503, "服务正在停止，请稍后再试。")
        assert client.get("/healthz").status_code == 200


def test_a_slow_store_keeps_nobody_else_waiting() -> None:
    asked, answering = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def slow() -> bool:
        asked.set()
        in_time.append(answering.wait(SECONDS))
        return in_time[0]

    with served(stores={"redis": slow}) as (client, _):
        waiting = threading.Thread(target=client.get, args=("/readyz",))
        waiting.start()
        assert asked.wait(SECONDS)
        assert client.get("/healthz").status_code == 200
        assert client.get("/metrics").status_code == 200
        answering.set()
        waiting.join(SECONDS)
    assert in_time == [True]


def test_metrics_are_what_prometheus_reads() -> None:
    metrics = Metrics()
    metrics.answered(FakeAssistant().ask("智能装备"), "rest")
    with served(ledger=Standing(ILL), metrics=metrics) as (client, _):
        found = client.get("/metrics")
    assert found.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    values = {
        s.name: s.value
        for family in text_string_to_metric_families(found.text)
        for s in family.samples
        if not s.labels
    }
    assert values["policy_ledger_pending"] == 5
    assert values["policy_ledger_lost"] == 1
    assert values["policy_ledger_ok"] == 0
    assert values["policy_index_documents"] == 1
    assert values["policy_index_clauses"] == 7
    assert 'policy_answers_total{channel="rest",status="answered"} 1.0' in found.text


def test_the_three_are_described() -> None:
    with served() as (client, _):
        paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/healthz", "/readyz", "/metrics"}
    for path in paths.values():
        assert path["get"]["summary"]
        assert path["get"]["tags"] == ["运行"]
    assert set(paths["/readyz"]["get"]["responses"]) == {"200", "500", "503"}
    assert set(paths["/metrics"]["get"]["responses"]) == {*"200 401 403 429 500 503".split()}
    assert list(paths["/metrics"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
    problem = paths["/readyz"]["get"]["responses"]["503"]["content"]
    assert list(problem) == ["application/problem+json"]


def test_the_examples_are_what_they_are_examples_of() -> None:
    whole = operations.ReadyReport.model_validate(operations.READY)
    assert json.loads(whole.model_dump_json()) == operations.READY
    families = [f.name for f in text_string_to_metric_families(operations.FIGURES)]
    assert families == ["policy_answers"]


# A full disk -------------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_costs_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(None, tmp_path)

    @event.listens_for(engine, "checkout")
    def full(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count=1")  # SQLite keeps what it has and grows no more

    Store(open_engine(None, tmp_path)).prepare()
    store = Store(engine)
    ledger = Ledger(store, Pseudonyms.open(tmp_path), Writer(store.save))
    app, fake, settings = FastAPI(), FakeAssistant(), Settings(_env_file=None)
    add_questions(app, fake, settings, ledger)
    add_operations(app, fake, ledger, Metrics(), settings)

    def ask(client: TestClient, number: int) -> str:
        body = {"question": f"智能装备产业重点发展什么？{number}" + "长" * 1900}
        return str(client.post("/v1/answers", json=body).json()["status"])

    with closing(ledger), TestClient(app) as client, caplog.at_level(logging.ERROR, "assistant"):
        assert {ask(client, number) for number in range(50)} == {"answered"}
        assert not ledger.flush(SECONDS)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        ledger_check = ready.json()["checks"]["ledger"]
        assert "磁盘或数据库已满" in ledger_check["detail"]
        assert ledger_check["pending"] > 0
        assert "policy_ledger_ok 0.0" in client.get("/metrics").text
        assert ask(client, 50) == "answered"
        assert "磁盘或数据库已满" in caplog.text
