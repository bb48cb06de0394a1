"""Figures for Prometheus: what is counted, under which labels, in one process and in several."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.answer import AIGC, Answer, AskedQuestion, Status
from assistant.monitoring import metrics as figures
from assistant.monitoring.metrics import Metrics
from assistant.revision import __version__

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60


def answer(status: Status = Status.ANSWERED, **parts: Any) -> Answer:
    return Answer(
        id="ans-1",
        created=1,
        as_of="2025-01-01",
        status=status,
        question=AskedQuestion("张三的电话是13812345678吗？"),
        **parts,
    )


def read(body: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each sample by its name and labels; the parser refuses what Prometheus would."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def value(body: bytes, name: str, **labels: str) -> float | None:
    return read(body).get((name, frozenset(labels.items())))


def body_of(metrics: Metrics, gauges: Mapping[str, float] | None = None) -> bytes:
    return metrics.exposition(gauges or {})[0]


def test_an_answer_is_counted_with_its_stages() -> None:
    metrics = Metrics()
    usage = {"milliseconds": 24, "retrieval": 6, "wording": 0}
    metrics.answered(answer(usage=usage), "rest")
    metrics.answered(answer(usage=usage), "rest")
    body = body_of(metrics)
    assert value(body, "policy_answers_total", channel="rest", status="answered") == 2
    assert value(body, "policy_answer_seconds_sum", channel="rest") == pytest.approx(0.048)
    assert value(body, "policy_stage_seconds_sum", stage="retrieval") == pytest.approx(0.012)
    assert value(body, "policy_stage_seconds_count", stage="wording") == 2
    stages = {dict(labels)["stage"] for name, labels in read(body) if "stage_seconds" in name}
    assert stages == {"retrieval", "wording"}


@pytest.mark.parametrize("status", Status)
def test_only_a_refusal_is_counted_as_one(status: Status) -> None:
    metrics = Metrics()
    metrics.answered(answer(status), "web")
    body = body_of(metrics)
    refuses = status.value in {"no_source", "out_of_scope", "expired_only", "blocked"}
    found = value(body, "policy_refusals_total", channel="web", status=status.value)
    assert found == (1 if refuses else None)
    assert value(body, "policy_answers_total", channel="web", status=status.value) == 1
    assert value(body, "policy_answer_seconds_count", channel="web") is None, "nothing was timed"


def test_what_an_llm_wrote_and_what_it_was_asked_for_in_vain() -> None:
    metrics = Metrics()
    metrics.answered(answer(aigc=AIGC(generated=True), usage={"milliseconds": 900}), "openai")
    metrics.answered(answer(usage={"milliseconds": 4000, "fallback": 1}), "wechat-mp")
    body = body_of(metrics)
    assert value(body, "policy_llm_answers_total") == 1
    assert value(body, "policy_llm_fallbacks_total", channel="wechat-mp") == 1
    assert value(body, "policy_llm_fallbacks_total", channel="openai") is None
    assert b"fallback" not in b"".join(x for x in body.splitlines() if b"stage" in x)


def test_a_request_is_counted_and_timed() -> None:
    metrics = Metrics()
    metrics.requested("/v1/answers", "POST", 200, 4.9)
    metrics.requested("/v1/answers", "POST", 200, 5.1)
    metrics.requested("", "PROPFIND", 404, 0.001)
    body = body_of(metrics)
    labels = {"route": "/v1/answers", "method": "POST", "status": "200"}
    assert value(body, "policy_requests_total", **labels) == 2
    for second, count in (("0.005", 0), ("4.5", 0), ("5.0", 1), ("7.5", 2), ("30.0", 2)):
        found = value(body, "policy_request_seconds_bucket", route="/v1/answers", le=second)
        assert found == count, second
    other = {"route": "other", "method": "other", "status": "404"}
    assert value(body, "policy_requests_total", **other) == 1


def test_the_present_state_is_what_was_told_last() -> None:
    metrics = Metrics()
    metrics.exposition({figures.LEDGER_PENDING: 7, figures.LEDGER_OK: 0})
    body = body_of(metrics, {figures.LEDGER_PENDING: 3, figures.INDEX_CLAUSES: 180})
    assert value(body, "policy_ledger_pending") == 3
    assert value(body, "policy_ledger_ok") == 0
    assert value(body, "policy_index_clauses") == 180
    assert value(body, "policy_build_info", version=__version__) == 1


def test_two_applications_count_apart_and_nothing_is_said_twice() -> None:
    one, two = Metrics(), Metrics()
    one.requested("/", "GET", 200, 0.1)
    assert b'route="/"' not in body_of(two)
    body, kind = one.exposition({})
    assert kind.startswith("text/plain; version=0.0.4")
    assert b"_created" not in body


def test_nobody_is_named() -> None:
    metrics = Metrics()
    metrics.answered(answer(usage={"milliseconds": 5}), "rest")
    body = body_of(metrics).decode()
    assert "张三" not in body
    assert "13812345678" not in body


# Several processes -------------------------------------------------------------------------------

_WORKER = """
import os, sys
from assistant.monitoring import metrics as figures
from assistant.monitoring.metrics import Metrics
metrics = Metrics()
for _ in range(int(sys.argv[1])):
    metrics.requested("/v1/answers", "POST", 200, 0.2)
if sys.argv[2] != "unasked":
    metrics.exposition({figures.LEDGER_PENDING: 2, figures.LEDGER_LOST: 1,
                        figures.LEDGER_OK: float(sys.argv[2]), figures.INDEX_CLAUSES: 180})
print(os.getpid(), flush=True)
"""
_SCRAPE = """
import sys
from assistant.monitoring.metrics import Metrics, forget_process
metrics = Metrics()
for pid in sys.argv[1:]:
    forget_process(int(pid))
sys.stdout.buffer.write(metrics.exposition({})[0])
"""


def child(program: str, folder: Path, *arguments: str) -> bytes:
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        cwd=ROOT,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


def test_several_processes_are_counted_together(tmp_path: Path) -> None:
    child(_WORKER, tmp_path, "3", "1")
    child(_WORKER, tmp_path, "4", "unasked")
    body = child(_SCRAPE, tmp_path)
    labels = {"route": "/v1/answers", "method": "POST", "status": "200"}
    assert value(body, "policy_requests_total", **labels) == 7
    assert value(body, "policy_request_seconds_count", route="/v1/answers") == 7
    assert value(body, "policy_ledger_pending") == 2
    assert value(body, "policy_ledger_ok") == 1, "who was not asked yet is not broken"
    assert value(body, "policy_index_clauses") == 180
    assert value(body, "policy_build_info", version=__version__) == 1


def test_an_ended_process_leaves_its_counts_but_not_its_state(tmp_path: Path) -> None:
    well = child(_WORKER, tmp_path, "3", "1").decode().strip()
    ill = child(_WORKER, tmp_path, "4", "0").decode().strip()
    before = child(_SCRAPE, tmp_path)
    assert value(before, "policy_ledger_pending") == 4
    assert value(before, "policy_ledger_ok") == 0
    after = child(_SCRAPE, tmp_path, ill)
    assert value(after, "policy_ledger_pending") == 2
    assert value(after, "policy_ledger_ok") == 1
    assert value(after, "policy_ledger_lost") == 2, "what is lost stays lost"
    labels = {"route": "/v1/answers", "method": "POST", "status": "200"}
    assert value(after, "policy_requests_total", **labels) == 7
    assert well != ill
