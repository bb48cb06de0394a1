"""The benchmark of the API: its clients against real apps, what they call a fault, its figures."""

from __future__ import annotations

import argparse
import itertools
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Response

from assistant.faces.wechat import phrases
from assistant.faces.wechat.crypto import Seal
from assistant.faces.wechat.messages import sealed_reply
from tests.benchmarks import api_apps, api_clients, api_load, api_servers
from tests.benchmarks.api_apps import ANSWERS, BARE, CHAT, OPEN, ROUTES, WECHAT, NullLedger
from tests.benchmarks.api_clients import Load, calls, load, told, wrong
from tests.benchmarks.api_servers import FULL
from tests.benchmarks.processes import Failed
from tests.quick_api import quick_api
from tests.wechat_side import APP_ID, KEY, sign

ASKED = ("智能装备怎么发展？", "生物医药怎么发展？", "今天天气怎么样？")


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([taken],), daemon=True)
        thread.start()
        yield taken.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(quick_api(NullLedger())) as found:
        yield found


def sealed(words: str) -> bytes:
    """A reply of our own making."""
    plain = f"<xml><Content><![CDATA[{words}]]></Content></xml>"
    envelope = Seal([KEY], APP_ID).close(plain.encode())
    return sealed_reply(envelope, sign("1700000000", "n", envelope), "1700000000", "n")


def answer(question: str, words: str = "甲", **more: Any) -> bytes:
    given = {"question": {"text": question}, "status": "answered", "citations": []}
    return json.dumps({**given, "answer": {"text": words}, **more}).encode()


# Clients -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("clients", [1, 3])
def test_every_question_is_answered_as_alone(port: int, route: str, clients: int) -> None:
    alone = load(port, calls(route, ASKED, "", len(ASKED)), 1, 30)
    expected = {question: told(route, body) for question, body in alone.bodies}
    assert set(expected) == set(ASKED)
    found = load(port, calls(route, ASKED, "", 12), clients, 30)
    assert len(found.seconds) == 12  # each call once, no more
    assert all(0 < one <= found.wall for one in found.seconds)
    assert wrong(route, found, expected) == []
    swapped = dict(zip(ASKED, [expected[q] for q in (*ASKED[1:], ASKED[0])], strict=True))
    assert len(wrong(route, found, swapped)) == len(found.bodies)


def test_a_load_ends_when_its_time_is_over(port: int) -> None:
    found = load(port, calls(ANSWERS, ASKED, "", 1_000_000), 2, 0.2)
    assert found.seconds
    assert found.wall < 10
    assert found.faults == []


def test_each_wechat_message_is_new_and_signed() -> None:
    sent = [call.sent for call in calls(WECHAT, ASKED, "", 6)]
    assert len(set(sent)) == 6
    assert all(b"msg_signature=" in one and b"Authorization" not in one for one in sent)
    assert b"Authorization: Bearer pqa_1" in next(calls(CHAT, ASKED, "pqa_1", 1)).sent


def test_a_request_that_is_refused_is_a_fault_and_ends_its_client(port: int) -> None:
    (bad,) = calls(ANSWERS, ["　"], "", 1)  # no question
    found = load(port, [bad, bad, bad], 1, 30)
    (fault,) = found.faults
    assert fault.startswith("4")
    assert found.bodies == set()


def test_a_server_that_hangs_up_or_is_not_there_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        nobody = listening.getsockname()[1]

        def hang_up() -> None:
            with closing(listening.accept()[0]) as met:
                met.recv(100_000)

        thread = threading.Thread(target=hang_up)
        thread.start()
        found = load(nobody, calls(ANSWERS, ASKED, "", 1), 1, 30)
        thread.join(timeout=10)
    assert len(found.faults) == 1
    assert load(nobody, calls(ANSWERS, ASKED, "", 1), 1, 30).faults[0].startswith("no connection")


def test_what_is_no_answer_is_a_fault() -> None:
    found = Load(bodies={("甲？", b"{}"), ("乙？", b"[1]"), ("丙？", b"not JSON")})
    assert len(wrong(ANSWERS, found, {})) == 3
    right = Load(bodies={("甲？", answer("甲？"))})
    expected = {"甲？": told(ANSWERS, answer("甲？"))}
    assert wrong(ANSWERS, right, expected) == []
    for changed in (answer("甲？", "乙"), answer("乙？"), answer("甲？", status="partial")):
        (fault,) = wrong(ANSWERS, Load(bodies={("甲？", changed)}), expected)
        assert "another answer" in fault


def test_a_reply_of_wechat_is_late_after_five_seconds() -> None:
    in_time, late = Load(seconds=[4.9, 0.1]), Load(seconds=[5.1, 0.1, 6.0])
    assert wrong(WECHAT, in_time, {}) == []
    (fault,) = wrong(WECHAT, late, {})
    assert "2 replies" in fault
    assert (in_time.figures()["late"], late.figures()["late"]) == (0, 2)
    assert wrong(ANSWERS, late, {}) == []  # only WeChat hangs up


def test_a_reply_must_be_sealed_and_must_be_no_excuse() -> None:
    assert told(WECHAT, sealed("有答案。")) == "有答案。"
    forged = sealed("有答案。").replace(b"<Nonce><![CDATA[n]", b"<Nonce><![CDATA[m]")
    for body in (sealed(""), sealed(phrases.BUSY), b"success", b"<xml></xml>", forged):
        with pytest.raises((ValueError, TypeError, LookupError)):
            told(WECHAT, body)
        assert len(wrong(WECHAT, Load(bodies={("甲？", body)}), {"甲？": phrases.BUSY})) == 1


# Servers -----------------------------------------------------------------------------------------


def test_the_bare_server_returns_its_samples_from_a_process_of_its_own(tmp_path: Path) -> None:
    samples = {
        ANSWERS: answer("甲？"),
        CHAT: json.dumps({"x_policy": json.loads(answer("甲？"))}).encode(),
        WECHAT: sealed("有答案。"),
    }
    for route, body in samples.items():
        api_apps.sample_file(tmp_path, route).write_bytes(body)
    with api_servers.serving_api(BARE, tmp_path) as server:
        expected = api_load.expectations({BARE: server})
        rows = api_load.measure({BARE: server}, expected, 0.05, 1, float("inf"))
        assert server.process.pid in api_servers.family(server.process.pid)
        held = api_servers.family_mib(server.process.pid)
        spent = api_servers.family_cpu_seconds(server.process.pid)
    assert held is None or held > 10
    assert spent is None or 0.05 < spent < 60
    assert server.process.returncode is not None
    assert [row["faults"] for row in rows] == [[]] * 9
    assert {(row["route"], row["clients"]) for row in rows} == set(
        itertools.product(ROUTES, api_load.CLIENTS)
    )
    assert expected[BARE, ANSWERS].keys() == set(api_load.QUESTIONS)


def test_a_server_that_does_not_start_is_said_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="sample"), api_servers.serving_api(BARE, tmp_path):
        pass


def test_a_server_that_asks_for_no_key_is_not_measured_with_one(port: int) -> None:
    with pytest.raises(Failed, match="200, not 401"):
        api_servers.check_key_is_asked(f"http://127.0.0.1:{port}")
    guarded = FastAPI()
    guarded.add_api_route("/v1/units", lambda: Response(status_code=401))
    with served(guarded) as other:
        api_servers.check_key_is_asked(f"http://127.0.0.1:{other}")


# Figures -----------------------------------------------------------------------------------------


def row(server: str, per_second: float, p50: float | None = 10.0, **more: Any) -> dict[str, Any]:
    measured = {
        "per_second": per_second,
        "p50": p50,
        "p95": p50,
        "p99": p50,
        "max": p50,
        "cpu_ms": p50,
    }
    where = {"repetition": 0, "server": server, "route": ANSWERS, "clients": 1}
    return {**where, **measured, "responses": 5, "late": 0, "resident_mib": 9, "faults": [], **more}


def test_percentiles_are_milliseconds_and_unknown_without_responses() -> None:
    assert api_clients.percentiles([one / 1000 for one in range(101)]) == {
        "p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0,
    }  # fmt: skip
    assert set(api_clients.percentiles([]).values()) == {None}
    assert Load(wall=2.0, seconds=[0.1] * 5).figures()["per_second"] == 2.5
    assert Load().figures()["per_second"] == 0.0


def test_a_ratio_is_the_median_of_those_of_each_repetition() -> None:
    rows = [
        row(name, rate, spent, repetition=turn)
        for turn, (full, bare) in enumerate([(50.0, 100.0), (10.0, 100.0), (60.0, 100.0)])
        for name, rate, spent in ((FULL, full, 30.0), (BARE, bare, 10.0))
    ]
    (found,) = api_load.ratios(rows, FULL, BARE)
    assert (found["per_second"], found["per_second_range"]) == (0.5, [0.1, 0.6])
    assert (found["p50"], found["p50_range"]) == (3.0, [3.0, 3.0])
    assert api_load.ratios(rows, FULL, OPEN) == []  # which was not measured
    (unknown,) = api_load.ratios([row(FULL, 1.0, None), row(BARE, 0.0)], FULL, BARE)
    assert (unknown["per_second"], unknown["p50"]) == (None, None)


def test_the_summary_has_medians_the_longest_and_all_faults() -> None:
    rows = [
        row(FULL, rate, max=most, repetition=turn, faults=["wrong"] * turn)
        for turn, (rate, most) in enumerate([(3.0, 7.0), (1.0, 9.0), (2.0, None)])
    ]
    (found,) = api_load.summary(rows)
    assert (found["per_second"], found["max"], found["faults"]) == (2.0, 9.0, 3)
    assert (found["responses"], found["resident_mib"]) == (15, 9)
    lines = api_load.report([found], api_load.ratios([*rows, row(OPEN, 6.0)], FULL, OPEN))
    assert "full/open" in lines
    assert "0.5–0.5" in lines


def test_the_work_of_the_processors_is_that_of_each_response() -> None:
    assert api_load.spent_ms(1.5, 2.5, 100) == 10.0
    assert api_load.spent_ms(1.5, 2.5, 0) is None
    assert api_load.spent_ms(None, None, 5) is None


@pytest.mark.parametrize(("faults", "status"), [([], 0), (["wrong"], 1)])
def test_a_fault_under_load_is_exit_status_1(
    faults: list[str], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    options = argparse.Namespace(seconds=1.0, repeat=1, workers=1, out=out, save=False)
    rows = [row(FULL, 50.0, faults=faults), row(BARE, 100.0)]
    assert api_load.finish(rows, [(FULL, BARE), (FULL, OPEN)], options) == status
    assert ("wrong" in capsys.readouterr().err) == bool(status)
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert [line["per_second"] for line in kept["ratios"]] == [0.5]
    assert len(kept["cells"]) == 2


@pytest.mark.parametrize("given", [["--repeat", "0"], ["--seconds", "0"]])
def test_the_arguments_of_the_load_are_counts(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        api_load.main(given)
