"""The command line: what each command prints, its exit status, and its one sentence of error."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant import errors
from assistant.faces import command_line
from assistant.faces.cli import BROKEN_PIPE, INTERRUPTED, main
from assistant.faces.contract import Assistant
from assistant.model import DocumentKind
from assistant.retrieval.filters import Filters, IssuerLevel
from assistant.settings import Settings
from assistant.validity import DocumentStatus
from tests.fakes import DOCUMENT_ID, FakeAssistant

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / "corpus" / "zibo-2022-40.txt"
QUESTION = "智能装备由谁牵头？"


class Terminal:
    """Runs commands over one fake and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.assistant = FakeAssistant()
        self.settings: list[Settings] = []
        self._capsys = capsys

    def run(self, *argv: str) -> tuple[int, str, str]:
        status = main(argv, self._open)
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def json(self, *argv: str) -> Any:
        status, out, err = self.run(*argv)
        assert (status, err) == (0, "")
        return json.loads(out)

    def lines(self, *argv: str) -> list[Any]:
        status, out, err = self.run(*argv)
        assert (status, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def _open(self, settings: Settings) -> Assistant:
        self.settings.append(settings)
        return self.assistant


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def assert_one_sentence(err: str) -> None:
    assert err.endswith("。\n")
    assert err.count("\n") == 1
    assert any("一" <= character <= "鿿" for character in err)


# ask --------------------------------------------------------------------------------------------


def test_ask_prints_answer_sources_and_units(terminal: Terminal) -> None:
    status, out, err = terminal.run("ask", QUESTION)
    assert (status, err) == (0, "")
    answer, sources, units = out.rstrip("\n").split("\n\n")
    assert answer == "打造千亿级新能源汽车产业集群。推进镭泽激光共享产业园建设。[1]"
    assert sources.splitlines() == [
        "【依据】",
        "[1] 《关于加快推动济淄同城化科创大走廊先行区建设的意见》（淄政字〔2022〕40号）"
        f"二（二）智能装备  〔{DOCUMENT_ID}:2.2.1〕",
    ]
    assert units.splitlines() == [
        "【责任单位】",
        "牵头单位（原文写明）：市科技局",
        "责任单位（责任单位注列明）：市财政局",
        "属地落实（承接二（一）的规定）：淄川区",
    ]


def test_a_refusal_is_printed_and_is_no_error(terminal: Terminal) -> None:
    status, out, err = terminal.run("ask", "今天天气怎么样？")
    assert (status, err) == (0, "")
    assert out.startswith("已收录的文件中没有找到")
    assert "【依据】" not in out


def test_ask_json_is_the_answer_object(terminal: Terminal) -> None:
    found = terminal.json(
        "ask", QUESTION, "--json", "--history", "一", "二", "--as-of", "2024-05-01"
    )
    [(question, history, as_of)] = terminal.assistant.asked
    assert (question, history, str(as_of)) == (QUESTION, ("一", "二"), "2024-05-01")
    again = terminal.assistant.ask(QUESTION, as_of=as_of)
    assert found == json.loads(json.dumps(again.to_dict()))


def test_the_folders_are_settings(terminal: Terminal, tmp_path: Path) -> None:
    places = ["--corpus", str(tmp_path / "c"), "--index", str(tmp_path / "i")]
    for command in (["ask", QUESTION], ["search", QUESTION], ["tasks", "市科技局"], ["units"]):
        assert terminal.run(*command, *places)[0] == 0
        assert terminal.settings[-1].corpus_dir == tmp_path / "c"
        assert terminal.settings[-1].index_dir == tmp_path / "i"


BATCH = [
    json.dumps({"question": QUESTION}, ensure_ascii=False),
    json.dumps({"question": "他们呢？", "history": ["一", {"role": "user", "content": "二"}]}),
    "",
    "{",
    "[1, 2]",
    '{"history": []}',
    '{"question": 5}',
    '{"question": ""}',
    json.dumps({"question": "问" * 100_000}),
    '{"question": "x", "history": "y"}',
    '{"question": "x", "history": [5]}',
    '{"question": "\\ud800", "history": null}',
    "[" * 100_000,
    "\ufeff" + json.dumps({"question": "智能装备😀\x00"}),
]


@pytest.fixture
def batch(tmp_path: Path) -> str:
    file = tmp_path / "questions.jsonl"
    file.write_bytes("\n".join(BATCH).encode() + b'\n{"question": "\xff"}\n')
    return str(file)


def test_ask_batch_answers_every_row_and_goes_on(terminal: Terminal, batch: str) -> None:
    found = terminal.lines("ask", "--batch", batch)
    expected = ["answered", "no_source", *["error"] * 8, "no_source", "error", "answered", "error"]
    assert [answer["status"] for answer in found] == expected
    assert terminal.assistant.asked[1][1] == ("一", "二")
    said = [answer["answer"]["text"] for answer in found if answer["status"] == "error"]
    assert said[:4] == [
        "第4行不是有效的 JSON。",
        "第5行应为含文字字段“question”的 JSON 对象。",
        "第6行应为含文字字段“question”的 JSON 对象。",
        "第7行应为含文字字段“question”的 JSON 对象。",
    ]
    assert said[6] == "第10行的字段“history”应为列表，每一项是文字或含 role 与 content 的对象。"
    assert said[-1] == "第15行不是有效的 JSON。"


def test_search_batch_gives_ids_and_scores(terminal: Terminal, batch: str) -> None:
    found = terminal.lines("search", "--batch", batch, "--limit", "2")
    assert len(found) == len(BATCH)
    assert found[0]["question"] == QUESTION
    assert [sorted(hit) for hit in found[0]["hits"]] == [["id", "score"]] * 2
    assert found[0]["hits"][0]["id"] == f"{DOCUMENT_ID}:2.2.1"
    assert set(found[0]) == {"question", "hits"}
    assert found[2] == {"question": "", "hits": [], "error": "第4行不是有效的 JSON。"}


def test_batch_reads_standard_input(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = io.TextIOWrapper(io.BytesIO(BATCH[0].encode()))
    monkeypatch.setattr(sys, "stdin", rows)
    assert terminal.lines("ask", "--batch", "-")[0]["status"] == "answered"


def test_rows_are_answered_as_they_arrive() -> None:
    """A program may write a question and wait for its answer before it writes the next."""
    script = (
        "from assistant.faces.cli import main\nfrom tests.fakes import FakeAssistant\n"
        "main(['ask', '--batch', '-'], lambda settings: FakeAssistant())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    assert process.stdin
    assert process.stdout
    patience = threading.Timer(30, process.kill)
    patience.start()
    for question in ("智能装备", "生物医药"):
        process.stdin.write(json.dumps({"question": question}).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["question"]["text"] == question
    process.communicate(timeout=20)
    patience.cancel()
    assert process.returncode == 0


# search, tasks, units ---------------------------------------------------------------------------


def test_search(terminal: Terminal) -> None:
    found = terminal.json("search", "新能源汽车产业集群", "--limit", "2", "--json")
    assert found[0]["clause"]["id"] == f"{DOCUMENT_ID}:2.2.1"
    assert len(found) == 2
    status, out, _ = terminal.run("search", "新能源汽车产业集群", "--limit", "1")
    assert status == 0
    assert out.startswith(f"1. 二（二）智能装备  〔{DOCUMENT_ID}:2.2.1〕")
    assert len(out.splitlines()) == 2


def test_search_takes_filters(terminal: Terminal, batch: str) -> None:
    options = [
        *("--document", "淄政字〔2022〕40号", "--document", "d2", "--level", "市", "--level", "省"),
        *("--status", "现行", "--status", "unknown", "--as-of", "2024-05-01"),
        *("--unit", "市科技局", "--area", "淄川", "--kind", "正式文件", "--kind", "explanatory"),
    ]
    wanted = Filters(
        documents=("淄政字〔2022〕40号", "d2"),
        issuer_levels=(IssuerLevel.CITY, IssuerLevel.PROVINCE),
        statuses=(DocumentStatus.IN_FORCE, DocumentStatus.UNKNOWN),
        as_of=date(2024, 5, 1),
        unit="市科技局",
        area="淄川",
        kinds=(DocumentKind.OFFICIAL, DocumentKind.EXPLANATORY),
    )
    assert terminal.run("search", "新能源", *options)[0] == 0
    assert terminal.run("search", "--batch", batch, *options)[0] == 0
    assert set(terminal.assistant.filters) == {wanted}
    assert terminal.run("search", "新能源")[0] == 0
    assert terminal.assistant.filters[-1] == Filters()


def test_the_command_line_knows_every_value_of_a_filter() -> None:
    assert set(command_line.LEVELS) == set(IssuerLevel)
    assert set(command_line.STATUSES) == set(DocumentStatus)
    assert set(command_line.KINDS) == set(DocumentKind)


def test_a_filter_that_nobody_knows_is_one_sentence(terminal: Terminal, batch: str) -> None:
    status, out, err = terminal.run("search", "新能源", "--unit", "市玄学局")
    assert (status, out) == (1, "")
    assert_one_sentence(err)
    rows = terminal.lines("search", "--batch", batch, "--unit", "市玄学局")
    assert rows
    assert all(row["hits"] == [] and row["error"] for row in rows)


def test_tasks_are_counted(terminal: Terminal) -> None:
    status, out, _ = terminal.run("tasks", "淄博市科学技术局")
    assert status == 0
    assert out.splitlines()[0] == "市科技局（淄博市科学技术局）：共2条任务"
    assert out.splitlines()[1] == f"1. 〔牵头单位〕二（二）智能装备  〔{DOCUMENT_ID}:2.2.1〕"
    found = terminal.json("tasks", "市科技局", "--json")
    assert found["count"] == 2 == len(found["tasks"])
    assert found["unit"]["counts"] == {"lead": 2}


def test_units(terminal: Terminal) -> None:
    status, out, _ = terminal.run("units")
    assert status == 0
    assert out.splitlines()[:2] == ["共3个单位", "市科技局（淄博市科学技术局）：牵头单位2条"]
    assert [unit["name"] for unit in terminal.json("units", "--json")] == [
        "市科技局",
        "市财政局",
        "淄川区",
    ]


# parse ------------------------------------------------------------------------------------------


def test_parse_json_gives_the_whole_text_back(terminal: Terminal) -> None:
    found = terminal.json("parse", str(SEED), "--json")
    assert found["doc_number"] == "淄政字〔2022〕40号"
    assert found["issued_on"] == "2022-04-20"
    text = SEED.read_text(encoding="utf-8").replace("\r\n", "\n")
    end = 0
    for clause in found["clauses"]:
        start, stop = clause["char_range"]
        assert not text[end:start].strip(), "only white space lies between two clauses"
        assert clause["text"] == text[start:stop]
        assert {"id", "kind", "path", "label", "units"} <= set(clause)
        end = stop
    assert not text[end:].strip()
    smart = next(c for c in found["clauses"] if c["label"] == "二（二）智能装备")
    assert {unit["role"] for unit in smart["units"]} == {"lead", "responsible", "local"}
    assert all(unit["basis"] for unit in smart["units"])


def test_parse_prints_a_tree(terminal: Terminal) -> None:
    status, out, err = terminal.run("parse", str(SEED))
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("《淄博市人民政府关于加快推动济淄同城化科创大走廊先行区建设的意见》")
    assert "  文号：淄政字〔2022〕40号" in lines
    smart = next(line for line in lines if "■ 二（二）智能装备" in line)
    parent = next(line for line in lines if "■ 二（二） " in line)
    assert smart.index("■") == parent.index("■") + 2
    remarks = [line.strip() for line in lines if line.strip().startswith("说明：")]
    assert remarks
    assert len(remarks) == len(set(remarks)), "a remark is made once"


def test_parse_of_what_is_no_document(terminal: Terminal, tmp_path: Path) -> None:
    binary = tmp_path / "a.txt"
    binary.write_bytes(b"\x00\x01\x02" * 100)
    for file in (tmp_path / "nothing.txt", tmp_path, binary):
        status, out, err = terminal.run("parse", str(file))
        assert (status, out) == (1, "")
        assert_one_sentence(err)


# The real index ---------------------------------------------------------------------------------


def test_build_then_ask(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    places = ["--corpus", str(ROOT / "corpus"), "--index", str(tmp_path / "index")]
    assert main(["build", *places]) == 0
    said = capsys.readouterr().out
    first = r"索引已就绪：(\d+)份文件，\d+个条款，这次读取\1份，用时\d+\.\d秒。\n"
    assert re.match(first, said)
    kept = sorted((file.name, file.stat().st_mtime_ns) for file in (tmp_path / "index").iterdir())
    assert main(["build", *places]) == 0
    again = sorted((file.name, file.stat().st_mtime_ns) for file in (tmp_path / "index").iterdir())
    assert again == kept, "an index that fits is kept"
    assert main(["build", "--force", *places]) == 0
    capsys.readouterr()
    assert main(["ask", "智能装备产业重点发展什么？", *places]) == 0
    answer = capsys.readouterr().out
    assert "千亿级新能源汽车产业集群" in answer
    assert "【依据】" in answer
    assert "牵头单位" in answer.partition("【责任单位】")[2]


def test_build_lists_what_was_not_read_and_fails_only_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "sub").mkdir(parents=True)
    text = "某市关于绿道的通知\n一、任务\n建绿道。\n三、保障\n加强领导。\n"
    (corpus / "a.txt").write_text(text, encoding="utf-8")
    (corpus / "b.txt").write_text(text.replace("\n", "\n\n"), encoding="utf-8")
    (corpus / "sub" / "c.txt").write_bytes(b"\x00\x01")
    places = ["--corpus", str(corpus), "--index", str(tmp_path / "index")]
    assert main(["build", "--workers", "1", *places]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("索引已就绪：1份文件")
    assert "这次读取3份" in out
    assert "没有读取的文件（1份）：\n  文件“sub/c.txt”无法读取：" in out
    assert "提示：\n  文件“b.txt”与“a.txt”内容相同，只收录后者。" in out
    assert main(["build", "--strict", *places]) == 1
    out, err = capsys.readouterr()
    assert "这次读取0份" in out
    assert "sub/c.txt" in out, "an index remembers it"
    assert err == "有1份文件没有读取，原因见上。\n"
    (corpus / "sub" / "c.txt").unlink()
    assert main(["build", "--strict", *places]) == 0


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "缺少参数：命令"),
        (["nothing"], "没有名为 'nothing' 的命令"),
        (["ask"], "缺少参数，应给出其中一个：问题 --batch"),
        (["ask", "x", "--batch", "y"], "参数 --batch 与 问题 只能给一个"),
        (["ask", "x", "--as-of", "昨天"], "参数 --as-of 有误，应为日期，例如 2024-05-01"),
        (["ask", "x", "--nothing"], "有不认识的参数：--nothing"),
        (["search", "x", "--limit", "0"], "参数 --limit 有误，应为1到1000的整数"),
        (["search", "x", "--limit", "many"], "参数 --limit 有误，应为1到1000的整数"),
        (
            ["search", "x", "--level", "村"],
            "参数 --level 有误，应为以下之一：国家、省、市、区县、镇街",
        ),
        (["search", "x", "--kind", "pdf"], "参数 --kind 有误，应为以下之一：正式文件、说明材料"),
        (["search", "x", "--as-of", "昨天"], "参数 --as-of 有误，应为日期，例如 2024-05-01"),
        (["serve", "--port"], "参数 --port 后面缺少值"),
        (["parse"], "缺少参数：文件"),
    ],
)
def test_a_usage_error_is_one_chinese_sentence(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        terminal.run(*argv)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"{sentence}，用 --help 查看用法。\n"


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["ask", ""], 2),
        (["ask", " \n"], 2),
        (["search", ""], 2),
        (["ask", "问" * 100_000], 2),
        (["serve", "--port", "many"], 2),
        (["serve", "--port", "0"], 2),
        (["serve", "--port", "70000"], 2),
        (["tasks", "市玄学局"], 1),
        (["ask", "--batch", "nothing.jsonl"], 1),
        (["ask", "--batch", str(ROOT)], 1),
    ],
)
def test_a_deliberate_error_is_one_sentence_with_its_status(
    terminal: Terminal, argv: list[str], status: int
) -> None:
    found, out, err = terminal.run(*argv)
    assert (found, out) == (status, "")
    assert_one_sentence(err)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.CorpusError("文件夹不存在。"), 1),
        (errors.IndexFileError("索引不完整。"), 1),
        (errors.EncoderError("编码模型无法加载。"), 1),
        (errors.SettingsError("设置有误。"), 2),
    ],
)
def test_what_the_assistant_cannot_do_is_said(
    terminal: Terminal, error: errors.PolicyAssistantError, status: int
) -> None:
    terminal.assistant.error = error
    assert terminal.run("ask", QUESTION) == (status, "", f"{error}\n")


def test_a_wrong_setting_in_the_environment(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_QUESTION_CHARS", "many")
    status, out, err = terminal.run("ask", QUESTION)
    assert (status, out) == (2, "")
    assert "MAX_QUESTION_CHARS" in err
    assert_one_sentence(err)


def test_an_interruption_is_quiet(terminal: Terminal) -> None:
    terminal.assistant.error = KeyboardInterrupt()
    assert terminal.run("ask", QUESTION) == (INTERRUPTED, "", "")


# A real process ---------------------------------------------------------------------------------


def run_process(argv: Sequence[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "assistant", *argv],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_chinese_is_read_and_written_under_any_locale(environment: dict[str, str]) -> None:
    found = run_process(["parse", str(SEED)], **environment)
    assert (found.returncode, found.stderr) == (0, b"")
    assert "二（二）智能装备".encode() in found.stdout
    missing = run_process(["parse", "没有.txt"], **environment)
    assert missing.returncode == 1
    assert "没有.txt" in missing.stderr.decode("utf-8")
    wrong = run_process(["ask", "x", "--没有"], **environment)
    assert wrong.returncode == 2
    assert wrong.stderr.decode("utf-8").startswith("有不认识的参数：--没有")


def test_a_reader_that_leaves_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "parse", str(SEED)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == BROKEN_PIPE


def test_help_loads_nothing_heavy() -> None:
    heavy = ["numpy", "pydantic", "fastapi", "gradio", "torch", "jieba", "faiss", "langchain_core"]
    script = (
        "import sys\nfrom assistant.faces.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"sys.exit(str([name for name in {heavy!r} if name in sys.modules] or ''))"
    )
    started = time.perf_counter()
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert found.stderr.strip() == b""
    assert "政策问答助手" in found.stdout.decode("utf-8")
    assert time.perf_counter() - started < 5, "about 0.1 s on an idle machine"
