"""The operator's commands: keys, ledger and doctor, as they are typed."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant import clock
from assistant.access.keys import KEY_FILE, KeyRing
from assistant.access.permissions import Scope
from assistant.clock import CHINA
from assistant.errors import AdministrationError, LedgerUnavailable
from assistant.faces import operating, operating_options
from assistant.faces.cli import main
from assistant.ledger.exporting import BOM, FORMS, KINDS
from assistant.ledger.ledger import SHORTEST_RETENTION_DAYS, Ledger
from assistant.progress import heard
from assistant.settings import Settings
from tests.fakes import FakeAssistant

ROOT = Path(__file__).resolve().parent.parent
FIRST = datetime(2026, 7, 1, 12, tzinfo=CHINA)
PATIENCE = 30.0


class Terminal:
    """Runs commands over one folder of state and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], state: Path) -> None:
        self.state, self._capsys = state, capsys

    def run(self, *argv: str) -> tuple[int, str, str]:
        status = main(argv)
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err

    def says(self, *argv: str) -> str:
        status, out, err = self.run(*argv)
        assert (status, err) == (0, "")
        return out

    def json(self, *argv: str) -> Any:
        return json.loads(self.says(*argv, "--json"))

    def misuse(self, *argv: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            main(argv)
        assert stopped.value.code == 2
        return self._capsys.readouterr().err

    def ring(self) -> KeyRing:
        return KeyRing.open(self.state)


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Terminal:
    state = tmp_path / "state"
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("PORT", str(free.getsockname()[1]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIR", str(state))
    monkeypatch.setenv("INDEX_DIR", str(tmp_path / "index"))
    return Terminal(capsys, state)


def facts(said: str) -> dict[str, str]:
    return dict(line.split("：", 1) for line in said.splitlines() if "：" in line)


# keys -------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_works(terminal: Terminal) -> None:
    said = terminal.says("keys", "create", "市民热线", "--scope", "answers", "--scope", "metrics")
    assert "只在这里显示这一次" in said
    told = facts(said)
    key = terminal.ring().check(told["密钥"])
    assert key
    assert (key.id, key.name) == (told["编号"], "市民热线")
    assert key.scopes == {Scope.ANSWERS, Scope.METRICS}
    assert (key.expires, key.limit) == (None, "")
    secret = told["密钥"].rpartition("_")[2]
    assert secret not in terminal.says("keys", "list")
    assert secret not in (terminal.state / KEY_FILE).read_text(encoding="utf-8")


def test_a_key_is_for_all_but_the_figures_unless_it_is_said(terminal: Terminal) -> None:
    terminal.says("keys", "create", "合作方", "--days", "30", "--limit", "300/minute")
    [key] = terminal.ring().keys()
    assert key.scopes == set(Scope) - {Scope.METRICS}
    assert key.expires == key.created + 30 * 86_400
    assert key.limit == "300/minute"


def test_keys_are_listed_without_what_would_open(terminal: Terminal) -> None:
    assert "还没有密钥" in terminal.says("keys", "list")
    assert terminal.json("keys", "list") == []
    terminal.says("keys", "create", "甲", "--scope", "search", "--days", "1")
    terminal.says("keys", "create", "乙", "--limit", "5/second")
    first, second = terminal.ring().keys()
    terminal.says("keys", "revoke", second.id)
    listed = terminal.json("keys", "list")
    assert [set(key) for key in listed] == [
        {"id", "name", "scopes", "created", "expires", "revoked", "limit"}
    ] * 2
    assert listed[0]["scopes"] == ["search"]
    assert datetime.fromisoformat(listed[0]["created"]).timestamp() == first.created
    assert (listed[0]["revoked"], listed[1]["expires"]) == (None, None)
    assert datetime.fromisoformat(listed[1]["revoked"]).tzinfo
    one, other = terminal.says("keys", "list").splitlines()
    assert one.startswith(f"{first.id}  甲  search")
    assert "有效期至" in one
    assert "撤销" in other
    assert first.digest not in one + json.dumps(listed)


def test_a_revoked_key_is_dead_and_stays_so(terminal: Terminal) -> None:
    text = facts(terminal.says("keys", "create", "甲"))["密钥"]
    [key] = terminal.ring().keys()
    assert f"密钥 {key.id}（甲）已于" in terminal.says("keys", "revoke", key.id)
    assert terminal.ring().check(text) is None
    before = terminal.ring().keys()
    terminal.says("keys", "revoke", key.id)
    assert terminal.ring().keys() == before


def test_what_a_key_cannot_be_is_told(terminal: Terminal) -> None:
    said = terminal.misuse("keys", "create", "甲", "--scope", "everything")
    assert "参数 --scope 有误，应为以下之一：answers、search、" in said
    assert "应为1到36500的整数" in terminal.misuse("keys", "create", "甲", "--days", "0")
    assert "缺少参数：操作" in terminal.misuse("keys")
    assert "没有名为 'make' 的操作" in terminal.misuse("keys", "make")
    for argv in (
        ["keys", "create", " "],
        ["keys", "create", "甲", "--limit", "often"],
        ["keys", "revoke", "00000000"],
    ):
        status, out, err = terminal.run(*argv)
        assert (status, out) == (2, "")
        assert err.endswith("。\n")
    assert terminal.ring().keys() == ()


def test_a_torn_file_of_keys_is_no_fault_of_the_caller(terminal: Terminal) -> None:
    terminal.says("keys", "create", "甲")
    (terminal.state / KEY_FILE).write_text("{", encoding="utf-8")
    status, _, err = terminal.run("keys", "list")
    assert status == 1
    assert "已损坏" in err


def test_the_grammar_knows_every_value() -> None:
    assert {scope.value: scope.label for scope in Scope} == operating_options.SCOPES
    assert tuple(operating_options.KINDS) == KINDS
    assert operating_options.FORMS == FORMS
    assert operating_options.RETENTION_DAYS[0] == SHORTEST_RETENTION_DAYS


# ledger -----------------------------------------------------------------------------------------


@pytest.fixture
def kept(terminal: Terminal) -> Iterator[Ledger]:
    """The ledger of a service that runs beside the commands: three days, one rating."""
    answer = FakeAssistant().ask("智能装备由谁负责？")
    with closing(Ledger.open(Settings(state_dir=terminal.state))) as ledger:
        for number in range(3):
            day = FIRST + timedelta(days=number)
            ledger.record(
                replace(answer, id=f"a{number}", created=int(day.timestamp())), channel="rest"
            )
        ledger.feedback("a0", rating="up", channel="rest")
        assert ledger.flush(PATIENCE)
        yield ledger


def test_the_records_are_exported(terminal: Terminal, kept: Ledger) -> None:
    said = terminal.says("ledger", "export", "audit")
    assert said.startswith(BOM)
    rows = list(csv.reader(io.StringIO(said.removeprefix(BOM))))
    assert [row[1] for row in rows] == ["回答编号", "a0", "a1", "a2"]
    lines = terminal.says("ledger", "export", "feedback", "--format", "jsonl").splitlines()
    assert [json.loads(line)["rating"] for line in lines] == ["up"]


def test_days_are_chosen(terminal: Terminal, kept: Ledger) -> None:
    def ids(*days: str) -> list[str]:
        said = terminal.says("ledger", "export", "audit", "--format", "jsonl", *days)
        return [json.loads(line)["answer_id"] for line in said.splitlines()]

    assert ids("--since", "2026-07-02") == ["a1", "a2"]
    assert ids("--since", "2026-07-02", "--until", "2026-07-02") == ["a1"]
    assert ids("--until", "2026-06-30") == []


@pytest.mark.parametrize(("form", "kind", "rows"), [("csv", "audit", 3), ("jsonl", "feedback", 1)])
def test_a_file_is_whole_and_its_owners(
    terminal: Terminal, kept: Ledger, tmp_path: Path, form: str, kind: str, rows: int
) -> None:
    file = tmp_path / "out" / "导出.csv"
    file.parent.mkdir()
    file.write_text("old", encoding="utf-8")
    said = terminal.says("ledger", "export", kind, "--format", form, "--output", str(file))
    assert f"已把{rows}条" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    printed = terminal.says("ledger", "export", kind, "--format", form)
    assert file.read_bytes().decode("utf-8") == printed
    assert terminal.says("ledger", "export", kind, "--format", form, "--output", "-") == printed


@pytest.mark.parametrize(("form", "lines"), [("csv", 4), ("jsonl", 3)])
def test_a_long_export_tells_how_far_it_is(
    terminal: Terminal, kept: Ledger, form: str, lines: int
) -> None:
    told: list[tuple[str, int, int]] = []
    with heard(lambda *said: told.append(said)):
        terminal.says("ledger", "export", "audit", "--format", form)
    assert told[0] == ("导出", 0, lines)
    assert told[-1] == ("导出", lines, lines)


def test_an_export_that_fails_leaves_what_was_there(
    terminal: Terminal, kept: Ledger, tmp_path: Path
) -> None:
    for place in (tmp_path / "nowhere" / "a.csv", tmp_path):
        status, out, err = terminal.run("ledger", "export", "audit", "--output", str(place))
        assert (status, out) == (1, "")
        assert str(place) in err
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert terminal.run("ledger", "export", "audit", "--output", str(pipe))[0] == 1
    assert pipe.is_fifo()


def test_a_file_that_is_broken_off_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"

    def broken_off(error: Exception) -> None:
        with operating.written_whole(file) as written:
            written.write("half of it")
            raise error

    with pytest.raises(LedgerUnavailable):
        broken_off(LedgerUnavailable("数据库连接不上。"))
    with pytest.raises(AdministrationError, match=r"a\.csv.*No space left"):
        broken_off(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert list(tmp_path.iterdir()) == []


def test_wrong_days_are_the_callers_fault(terminal: Terminal, kept: Ledger) -> None:
    argv = ["ledger", "export", "audit", "--since", "2026-07-02", "--until", "2026-07-01"]
    assert terminal.run(*argv) == (2, "", "--until 的日期早于 --since，请核对。\n")
    assert "应为以下之一：audit、feedback" in terminal.misuse("ledger", "export", "answers")
    assert "应为183到36500的整数" in terminal.misuse("ledger", "purge", "--days", "182")


def test_what_is_too_old_is_purged_beside_a_service_that_runs(
    terminal: Terminal, kept: Ledger
) -> None:
    answer = FakeAssistant().ask("智能装备由谁负责？")
    now = clock.now()
    for days in (0, 200, 400):
        made = int((now - timedelta(days=days)).timestamp())
        kept.record(replace(answer, id=f"b{days}", created=made), channel="rest")
    assert kept.flush(PATIENCE)
    old = sum(now - (FIRST + timedelta(days=n)) > timedelta(days=300) for n in range(3))
    assert f"删除了300天以前的问答记录{1 + old}条" in terminal.says(
        "ledger", "purge", "--days", "300"
    )
    old = sum(now - (FIRST + timedelta(days=n)) > timedelta(days=183) for n in range(3)) - old
    assert f"删除了183天以前的问答记录{1 + old}条" in terminal.says("ledger", "purge")
    left = kept.count("audit", since=date(2020, 1, 1))
    kept.record(replace(answer, id="later", created=int(now.timestamp())), channel="rest")
    assert kept.flush(PATIENCE)
    assert kept.count("audit") == left + 1


def test_the_state_of_the_ledger(terminal: Terminal, kept: Ledger) -> None:
    found = terminal.json("ledger", "status")
    assert found.pop("bytes") > 0
    assert found == {
        "answers": 3,
        "ratings": 1,
        "oldest": "2026-07-01",
        "retention_days": 183,
        "ok": True,
        "message": "",
    }
    told = facts(terminal.says("ledger", "status"))
    assert (told["问答记录"], told["反馈"], told["写入"]) == ("3条", "1条", "正常")


def test_an_empty_ledger_has_a_state_too(terminal: Terminal) -> None:
    assert terminal.json("ledger", "status")["oldest"] is None
    assert facts(terminal.says("ledger", "status"))["最早的一天"] == "还没有记录"


def test_a_database_that_is_not_ours_is_told(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough " * 10)
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path}/text.db")
    for act in (["status"], ["purge"], ["export", "audit"]):
        status, out, err = terminal.run("ledger", *act)
        assert (status, out) == (1, "")
        assert err.endswith("。\n")


# doctor -----------------------------------------------------------------------------------------


def test_a_sound_installation_is_told_line_by_line(terminal: Terminal) -> None:
    main(["build", "--corpus", str(ROOT / "corpus")])
    terminal.run("keys", "list")
    status, out, err = terminal.run("doctor", "--corpus", str(ROOT / "corpus"))
    lines = out.splitlines()
    assert {line[:2] for line in lines} <= {"正常", "注意"}
    assert (status, err) == (0, "")
    for name in ("程序", "依赖", "设置", "编码模型", "文件", "索引", "大模型", "问答记录", "端口"):
        assert any(line.split()[1] == name for line in lines), name
    [index] = [line for line in lines if line.split()[1] == "索引"]
    assert index.startswith("正常  索引          ")
    assert not terminal.state.exists(), "who looks does not make what the service would make"


def test_one_fault_is_the_status_and_hides_no_other(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("API_PUBLIC", "everything")
    monkeypatch.setenv("WECHAT_MP_TOKEN", "token")
    monkeypatch.setenv("WECHAT_MP_CERTIFIED", "true")
    status, out, _ = terminal.run("doctor", "--json", "--corpus", str(tmp_path / "nowhere"))
    found = json.loads(out)
    assert (status, found["ok"]) == (1, False)
    faults = {f["name"] for f in found["findings"] if f["level"] == "fault"}
    assert faults == {"文件", "接口密钥", "公众号"}
    [index] = [f for f in found["findings"] if f["name"] == "索引"]
    assert index == {
        "name": "索引",
        "level": "warning",
        "sentence": "没有检查，因为文件不可用。",
    }
    assert set(found["findings"][0]) == {"name", "level", "sentence"}


def test_a_warning_is_no_fault(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PUBLIC", "none")
    found = terminal.json("doctor", "--corpus", str(ROOT / "corpus"))
    assert found["ok"] is True
    assert "warning" in {f["level"] for f in found["findings"]}


def test_nothing_is_said_between_the_findings(tmp_path: Path) -> None:
    """What the product logs meanwhile, the findings say better."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = free.getsockname()[1]
    places = {"STATE_DIR": str(tmp_path), "INDEX_DIR": str(tmp_path), "PORT": str(gone)}
    model = {"LLM_BASE_URL": f"http://127.0.0.1:{gone}/v1", "LLM_MODEL": "m"}
    found = subprocess.run(
        [sys.executable, "-m", "assistant", "doctor"],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, **places, **model, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )
    assert (found.returncode, found.stderr) == (1, b"")
    assert "大模型" in found.stdout.decode("utf-8")


def test_settings_that_cannot_be_read_are_a_finding(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "many")
    status, out, err = terminal.run("doctor")
    assert (status, err) == (1, "")
    assert "有误  设置          设置 PORT 的值“many”不可用：应为整数。" in out.splitlines()
    assert "注意  问答记录      没有检查，因为设置不可用。" in out.splitlines()
