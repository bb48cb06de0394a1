"""The benchmarks measure what they say: hand-made answers, a given scorer, trivial processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer
from assistant.service import PolicyAssistant
from assistant.settings import load
from tests.benchmarks import answers, cold_start, processes, reporting, scoring
from tests.benchmarks.baseline import CharacterBM25, grams
from tests.benchmarks.processes import Failed, Sample
from tests.benchmarks.scoring import Row
from tests.fakes import FakeAssistant

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "eval"
TASKS = ["正文", "二、重点任务", "（二）加快发展高端特色产业"]
DEVICES = [*TASKS, "智能装备"]
SOURCE = "打造千亿级\n新能源汽车产业集群。促进 成果转化。"


def question(kind: str = "fact", **given: Any) -> Row:
    empty: Row = {"clauses": [], "contains": [], "units": [], "local_units": []}
    return {"id": "q1", "question": "问？", "kind": kind, **empty, **given}


def cite(path: list[str], quote: str = "促进成果转化。") -> Row:
    clause = {"id": "/".join(path), "path": path}
    return {"clause": clause, "quote": quote, "document": {"doc_number": "淄政字〔2022〕40号"}}


def unit(name: str, path: list[str], role: str = "responsible") -> Row:
    return {"name": name, "role": role, "clause_id": "/".join(path)}


def reply(*citations: Row, text: str = "", units: tuple[Row, ...] = ()) -> Row:
    return {
        "status": "answered",
        "answer": {"text": text},
        "citations": list(citations),
        "responsible_units": list(units),
    }


def refusal(status: str = "no_source") -> Row:
    return {"status": status, "answer": {"text": "没有。"}, "citations": []}


def figures(row: Row, answer: Row) -> dict[str, float]:
    return scoring.score([row], [answer], SOURCE)[0]


# Every measure, by hand --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "key", "stands"),
    [
        (DEVICES, "二（二）智能装备", True),
        (DEVICES, "二（二）", True),
        (DEVICES, "二", True),
        (DEVICES, "二（二）生物医药", False),
        (DEVICES, "二（三）", False),
        (DEVICES, "三（二）智能装备", False),
        (DEVICES, "二（二）引言", False),
        (TASKS, "二（二）引言", True),
        ([*TASKS, "引言"], "二（二）引言", True),
        (TASKS, "二（二）智能装备", False),
        (["正文", "序言"], "序言", True),
        (DEVICES, "序言", False),
        (["附件", "一、重点", "1.科技创新"], "一1.", True),
        (["附件", "一、重点", "11.科技创新"], "一1.", False),
        ([], "二（二）", False),
    ],
)
def test_a_path_stands_under_the_clause_that_it_begins_with(
    path: list[str], key: str, stands: bool
) -> None:
    assert scoring.stands_under(path, key) is stands


def test_a_key_that_names_no_clause_is_refused() -> None:
    with pytest.raises(ValueError, match="第三条"):
        scoring.stands_under(DEVICES, "第三条")


def test_only_the_first_citation_hits() -> None:
    row = question(clauses=["二（二）智能装备", "一（一）"])
    other = cite([*TASKS, "生物医药"])
    assert figures(row, reply(cite(DEVICES), other))["clause_hit1"] == 1
    assert figures(row, reply(other, cite(DEVICES)))["clause_hit1"] == 0
    assert figures(row, reply())["clause_hit1"] == 0


def test_reverse_questions_count_both_ways() -> None:
    row = question("reverse", clauses=["二（二）", "三（一）"])
    found = figures(row, reply(cite(DEVICES), cite(TASKS), cite(["一、总体要求"])))
    assert found["clause_recall"] == 0.5
    assert found["clause_precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert "clause_hit1" not in found
    assert figures(row, reply())["clause_precision"] == 0


def test_wanted_phrases_stand_in_answer_quote_or_document() -> None:
    row = question(contains=["成果 转化", "千亿级", "〔2022〕40号"])
    assert figures(row, reply(cite(DEVICES), text="打造千\n亿级"))["contains"] == 1
    assert figures(row, reply(cite(DEVICES), text="打造百亿级"))["contains"] == 0
    assert figures(row, refusal())["contains"] == 0


def test_units_are_those_of_the_first_clause_and_no_others() -> None:
    row = question(clauses=["二（二）智能装备"], units=["市科技局", "市财政局"])
    right = (unit("市财政局", DEVICES), unit("市科技局", DEVICES, "lead"))
    local = unit("淄川区", DEVICES, "local")
    elsewhere = unit("市商务局", TASKS)
    first, one_more = cite(DEVICES), unit("市商务局", DEVICES)
    assert figures(row, reply(first, units=(*right, local, elsewhere)))["units"] == 1
    assert figures(row, reply(first, units=(*right, one_more)))["units"] == 0
    assert figures(row, reply(first, units=right[:1]))["units"] == 0


def test_units_count_apart_where_the_clause_is_right() -> None:
    row = question(clauses=["二（二）智能装备"], units=["市科技局"])
    wrong = figures(row, reply(cite(TASKS), units=(unit("市科技局", TASKS),)))
    assert wrong["units"] == 1
    assert "units_on_right_clause" not in wrong
    right = figures(row, reply(cite(DEVICES), units=(unit("市财政局", DEVICES),)))
    assert right["units_on_right_clause"] == 0


def test_local_units_need_their_role() -> None:
    row = question(clauses=["二（二）"], local_units=["淄川区", "周村区"])
    both = (unit("淄川区", DEVICES, "local"), unit("周村区", TASKS, "local"))
    assert figures(row, reply(cite(DEVICES), units=both))["local_units"] == 1
    assert figures(row, reply(cite(DEVICES), units=both[:1]))["local_units"] == 0
    as_leader = (both[0], unit("周村区", DEVICES, "lead"))
    assert figures(row, reply(cite(DEVICES), units=as_leader))["local_units"] == 0


def test_refusals_are_right_or_wrong() -> None:
    rows = [question("unanswerable"), question("unanswerable"), question(), question()]
    given = [refusal(), reply(), refusal("clarify"), reply() | {"status": "partial"}]
    found, missed = scoring.score(rows, given, SOURCE)
    assert (found["refused"], found["false_refusal"]) == (0.5, 0.5)
    assert [name for name, _, _ in missed] == ["refused", "false_refusal"]


def test_each_quote_stands_in_the_source_word_for_word() -> None:
    quotes = ["千亿级新能源汽车产业集群。", "促进成果转化。", "促进成果的转化。"]
    given = reply(*(cite(DEVICES, quote) for quote in quotes))
    assert figures(question(), given)["verbatim"] == pytest.approx(2 / 3, abs=1e-4)
    assert "verbatim" not in scoring.score([question()], [given], None)[0]


def test_a_lost_answer_is_noticed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        scoring.score([question(), question()], [reply()], SOURCE)


# Against the evaluation's scorer, on real answers ------------------------------------------------


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = tmp_path_factory.mktemp("index")
    return PolicyAssistant.open(load({"corpus_dir": ROOT / "corpus", "index_dir": folder}))


@pytest.mark.skipif(
    not (SHARED / "score.py").is_file(), reason="the evaluation's scorer is not beside the checkout"
)
def test_scoring_equals_the_evaluations_scorer(assistant: PolicyAssistant) -> None:
    rows = answers.read_rows(SHARED / "policy_questions.jsonl")
    asked = [assistant.ask(row["question"], row.get("history", ())).to_dict() for row in rows]
    given: list[Row] = json.loads(json.dumps(asked, ensure_ascii=False))
    source = (ROOT / "corpus" / "zibo-2022-40.txt").read_text(encoding="utf-8")
    theirs = answers.load_scorer(SHARED / "score.py")
    # As answered, then with answers that belong to other questions, so that figures are not all 1.
    for shift in (0, 1, 7):
        shifted = given[shift:] + given[:shift]
        expected = theirs(rows, shifted, source)[0]
        found = scoring.score(rows, shifted, source)[0]
        assert expected.pop("n") == len(rows)
        assert set(expected) == set(found) - {"units_on_right_clause"}
        for measure, share in expected.items():
            assert found[measure] == pytest.approx(share, abs=1e-4), (measure, shift)


# The answers benchmark, end to end ---------------------------------------------------------------


def six_questions() -> list[Row]:
    """The first question of each kind."""
    rows = answers.read_rows(ROOT / "tests" / "data" / "questions_seed_tune.jsonl")
    return [next(row for row in rows if row["kind"] == kind) for kind in answers.KINDS]


def test_answers_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = six_questions()
    rows[0] = rows[0] | {"contains": ["这句话文件里没有"]}
    questions, out = tmp_path / "six.jsonl", tmp_path / "out.json"
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    document = str(ROOT / "corpus" / "zibo-2022-40.txt")
    given = ["--questions", str(questions), "--document", document, "--json", str(out), "--show"]
    assert answers.main(given) == 0
    printed = capsys.readouterr().out
    assert "这句话文件里没有" in printed
    result = json.loads(out.read_text(encoding="utf-8"))
    parts = result["files"]["six"]
    assert list(parts) == ["all", *answers.KINDS]
    assert parts["all"]["questions"] == 6
    assert parts["all"]["figures"]["verbatim"] == 1
    assert parts["all"]["counts"]["refused"] == 1
    assert parts["fact"]["figures"]["contains"] == 0
    assert ("contains", rows[0]["id"]) in {(m["measure"], m["id"]) for m in result["misses"]["six"]}
    for times in ("first_ms", "warm_ms", "warm_cpu_ms"):
        assert 0 < parts["all"][times]["p50"] <= parts["all"][times]["p95"]
        assert parts["all"][times]["p95"] <= parts["all"][times]["max"]
    assert parts["all"]["baseline"]["ms"]["p50"] > 0
    assert str(tmp_path) not in out.read_text(encoding="utf-8")


class Warming(FakeAssistant):
    """Slow whenever it has not been asked the question before."""

    def ask(self, question: str, history: Sequence[str] = (), **options: Any) -> Answer:
        if question not in {earlier for earlier, _, _ in self.asked}:
            time.sleep(0.15)
        return super().ask(question, history, **options)


def test_both_passes_are_timed_with_their_history(tmp_path: Path) -> None:
    rows = [question(history=["之前？"]), question(question="人才公寓？"), question(question=" ")]
    fake = Warming()
    asked = answers.ask_all(fake, rows, tmp_path / "answers.jsonl")
    assert [(q, history) for q, history, _ in fake.asked] == 2 * [
        ("问？", ("之前？",)),
        ("人才公寓？", ()),
    ]
    assert all(a.first.ms > 150 > a.warm.ms for a in asked[:2])
    assert all(a.warm.cpu_ms < 150 for a in asked)
    assert asked[2].answer["status"] == "error"
    assert answers.read_rows(tmp_path / "answers.jsonl") == [a.answer for a in asked]


def test_a_given_scorer_decides_the_figures(tmp_path: Path) -> None:
    scorer = tmp_path / "other.py"
    scorer.write_text(
        "def score(questions, answers, source):\n"
        "    return {'contains': 0.25}, [('answered', questions[0]['id'], 'x')]\n",
        encoding="utf-8",
    )
    given = answers.load_scorer(scorer)
    blank = answers.Timed(reply(), 1.0, 1.0)
    asked = [answers.Asked(question(contains=["成果"]), reply(text="成果"), blank, blank, blank)]
    assert answers.summary(asked, given, SOURCE)["figures"]["contains"] == 0.25
    assert answers.misses(asked, given, SOURCE) == [
        {
            "measure": "false_refusal",
            "id": "q1",
            "question": "问？",
            "wanted": "",
            "got": "",
            "scorer": "given",
        }
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--questions", "nothing.jsonl"], "no file: nothing.jsonl"),
        (["--document", "one.txt"], "--document needs --questions"),
        (["--scorer", "nothing.py"], "no Python file: nothing.py"),
        (["--scorer", str(ROOT / "app.py")], "app.py has no function score"),
    ],
)
def test_a_wrong_option_is_named(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        answers.main(given)
    assert said in capsys.readouterr().err


def test_the_baseline_finds_a_clause_by_its_own_words(assistant: PolicyAssistant) -> None:
    plain = CharacterBM25(assistant.documents())
    assert grams("人工 智能") == ["人", "工", "智", "能", "人工", "工智", "智能"]
    assert all(clause.document_id.startswith("2022-40") for clause in plain.clauses)
    for clause in plain.clauses:
        assert plain.first(clause.text) == clause
    assert plain.first("xyz") == plain.clauses[0]


# Cold start --------------------------------------------------------------------------------------

SERVER = """
    import http.server, sys, time

    began = time.monotonic()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if time.monotonic() - began > 0.5 else 503)
            self.end_headers()

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200 if b"question" in body else 400)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Handler).serve_forever()
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


def test_time_and_memory_up_to_the_first_output() -> None:
    code = """
        import time
        held = bytearray(b"x" * (64 << 20))
        while time.process_time() < 0.3:
            sum(range(100_000))
        time.sleep(0.3)
        print("ready", flush=True)
        time.sleep(0.5)
        more = bytearray(b"x" * (256 << 20))
    """
    started = time.perf_counter()
    sample = processes.first_output(python(code))
    assert 0.6 < sample.seconds < time.perf_counter() - started - 0.5
    if Path("/proc").is_dir():
        assert sample.peak_mib is not None
        assert 64 < sample.peak_mib < 250
        assert sample.cpu_seconds is not None
        assert 0.25 < sample.cpu_seconds < 2


@pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc"
)
def test_peak_memory_is_the_childs_own() -> None:
    held = b"x" * (128 << 20)
    sample = processes.first_output(python("import time; print(1, flush=True); time.sleep(0.2)"))
    own = processes.peak_mib(os.getpid())
    assert own is not None
    assert own > 128
    assert sample.peak_mib is not None
    assert sample.peak_mib < 64
    assert len(held) == 128 << 20


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit('no such thing')", "no such thing"),
        ("print('half'); raise SystemExit('broken')", "broken"),
        ("", "status 0"),
        ("import time; time.sleep(30)", "no output in 0.5 s"),
    ],
)
def test_a_process_that_does_not_do_its_work_fails(code: str, said: str) -> None:
    started = time.monotonic()
    limit = 0.5 if "sleep" in code else 30.0
    with pytest.raises(Failed, match=said):
        processes.first_output(python(code), limit=limit)
    assert time.monotonic() - started < 20


def test_a_server_is_measured_and_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    signed = f"import os, pathlib; pathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
    command = [sys.executable, "-c", signed + textwrap.dedent(SERVER)]
    health, answer = processes.server_start(command, "问？", limit=30)
    assert 0.5 < health.seconds < answer.seconds
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text(encoding="utf-8")), 0)


def test_a_server_that_ends_fails() -> None:
    with pytest.raises(Failed, match="no such port"):
        processes.server_start(python("raise SystemExit('no such port')"), "问？", limit=30)


def test_imports_are_told_of_commands_and_servers() -> None:
    told = processes.imported_by_command(python("import json.decoder"))
    assert "json" in told
    assert "http" not in told
    assert "http" in processes.imported_by_server(python(SERVER), "问？", limit=30)
    with pytest.raises(Failed):
        processes.imported_by_command(python("raise SystemExit(3)"))


def test_one_round_does_not_count_and_ratios_stay_in_their_round() -> None:
    turns = iter([9.0, 1.0, 2.0, 4.0])

    def work() -> dict[str, Sample]:
        seconds = next(turns)
        return {
            cold_start.IMPORT_RETRIEVAL: Sample(seconds, 1.0, 100.0),
            cold_start.ASK: Sample(3 * seconds, 2.0, None if seconds == 2 else 150.0),
        }

    found = cold_start.lines(cold_start.measure([work], 3))
    ask = found[cold_start.ASK]
    assert (ask["runs"], ask["seconds"], ask["least"], ask["most"]) == (3, 6.0, 3.0, 12.0)
    assert (ask["cpu_seconds"], ask["peak_mib"]) == (2.0, 150.0)
    assert (ask["seconds_ratio"], ask["cpu_seconds_ratio"], ask["peak_mib_ratio"]) == (3, 2, 1.5)
    assert found[cold_start.IMPORT_RETRIEVAL]["seconds_ratio"] is None
    told = cold_start.report(found)
    assert "2 ask: first answer" in told
    assert "of 1" in told


# What they share ---------------------------------------------------------------------------------


def test_a_table_is_aligned() -> None:
    printed = reporting.table(["what", "n"], [["a", "10"], ["long name", "5"]])
    assert printed.split("\n") == [
        "what        n",
        "---------  --",
        "a          10",
        "long name   5",
    ]


def test_results_are_kept_under_the_commit(tmp_path: Path) -> None:
    out, results = tmp_path / "out.json", tmp_path / "results"
    result = {"commit": "abc1234", "figure": 1}
    assert reporting.store("answers", result, out=None, save=False, results=results) == []
    places = reporting.store("answers", result, out=out, save=True, results=results)
    assert [place.name for place in places] == ["out.json", "abc1234-answers.json"]
    assert all(json.loads(place.read_text(encoding="utf-8")) == result for place in places)


def test_circumstances_name_the_commit() -> None:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = done.stdout.strip() if done.returncode == 0 else "none"
    assert reporting.circumstances()["commit"] == expected
