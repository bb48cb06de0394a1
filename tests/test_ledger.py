"""The ledger: one row for an answer, nothing that names a person, and nothing lost."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, func, select

from assistant.answer import AIGC, Answer, AskedQuestion
from assistant.clock import CHINA
from assistant.errors import LedgerError, LedgerInputError, LedgerUnavailable
from assistant.ledger.engines import open_engine
from assistant.ledger.exporting import BOM, COLUMNS
from assistant.ledger.ledger import Ledger
from assistant.ledger.pseudonyms import KEY_FILE, Pseudonyms
from assistant.ledger.store import Store
from assistant.ledger.tables import handling
from assistant.ledger.writer import Writer
from assistant.settings import Settings
from tests.fakes import FakeAssistant
from tests.postgres import Server, running

SECONDS = 30.0
MOBILE = "13812345678"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """LEDGER_URL of an empty database of each kind."""
    if request.param == "sqlite":
        return ""
    server: Server = request.getfixturevalue("postgres")
    return server.address()


@pytest.fixture
def ledger(tmp_path: Path, url: str) -> Iterator[Ledger]:
    opened = Ledger.open(settings(tmp_path, url))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def answered() -> Answer:
    answer = FakeAssistant().ask("智能装备由谁负责？")
    return replace(answer, created=int(NOON.timestamp()))


@pytest.fixture(scope="module")
def refused() -> Answer:
    answer = FakeAssistant().ask("明天的天气怎么样？")
    return replace(answer, id="refused", created=int(NOON.timestamp()))


def settings(folder: Path, url: str = "") -> Settings:
    return Settings(state_dir=folder / "state", ledger_url=url)


def rows(ledger: Ledger, kind: Any = "audit", **days: date) -> list[dict[str, Any]]:
    return [json.loads(r) for r in "".join(ledger.export(kind, "jsonl", **days)).splitlines()]


def with_clock(folder: Path, engine: Engine, now: datetime = NOON) -> Ledger:
    store = Store(engine)
    return Ledger(store, Pseudonyms.open(folder), Writer(store.save), now.timestamp)


# The audit --------------------------------------------------------------------------------------


def test_an_answer_is_one_row_of_what_was_asked_and_cited(ledger: Ledger, answered: Answer) -> None:
    ledger.record(answered, channel="web", user="张三", milliseconds=41.6)
    (kept,) = rows(ledger)
    citation = answered.citations[0]
    assert kept["time"] == "2026-07-01T20:00:00+08:00"
    assert kept["answer_id"] == answered.id
    assert kept["question"] == "智能装备由谁负责？"
    assert kept["status"] == "answered"
    assert citation.clause.id in kept["clause_ids"]
    assert kept["document_ids"] == [citation.document.id]
    assert (kept["channel"], kept["milliseconds"], kept["llm_worded"]) == ("web", 42, False)
    assert kept["model"] == answered.model["name"]
    assert kept["refusal_reason"] == ""


def test_a_refusal_is_kept_with_its_reason(ledger: Ledger, refused: Answer) -> None:
    ledger.record(refused, channel="api")
    (kept,) = rows(ledger)
    assert refused.refusal
    assert kept["refusal_reason"] == refused.refusal.reason
    assert kept["milliseconds"] == refused.usage.get("milliseconds", 0)


def test_what_an_llm_worded_is_told(ledger: Ledger, answered: Answer) -> None:
    ledger.record(replace(answered, aigc=AIGC(generated=True)), channel="web")
    assert rows(ledger)[0]["llm_worded"] is True


def test_the_same_answer_twice_is_one_row(ledger: Ledger, answered: Answer) -> None:
    ledger.record(answered, channel="wechat")
    ledger.record(answered, channel="wechat")
    assert ledger.flush(SECONDS)
    ledger.record(answered, channel="wechat")
    assert len(rows(ledger)) == 1


def test_who_listens_hears_each_answer_with_its_channel(ledger: Ledger, answered: Answer) -> None:
    heard: list[tuple[str, str]] = []
    ledger.record(answered, channel="web")
    ledger.listen(lambda answer, channel: heard.append((answer.id, channel)))
    ledger.record(answered, channel="api")
    assert heard == [(answered.id, "api")]


def test_no_file_of_the_ledger_holds_what_names_a_person(
    tmp_path: Path, ledger: Ledger, answered: Answer
) -> None:
    asked = AskedQuestion(f"我是王小二，电话{MOBILE}", rewritten=f"{MOBILE}能申请吗")
    ledger.record(replace(answered, question=asked), channel="web", user="openid-wxyz")
    texts = {"correction": MOBILE, "question": MOBILE, "answer_text": MOBILE, "reason": MOBILE}
    ledger.feedback("a", rating="down", channel="web", user="openid-wxyz", **texts)
    assert ledger.flush(SECONDS)
    ledger.mark_handled(ledger.feedback_list()[0].id, note=MOBILE)
    assert rows(ledger)[0]["question"] == "我是王小二，电话[手机号]"
    for file in (tmp_path / "state").iterdir():
        content = file.read_bytes()
        assert MOBILE.encode() not in content
        assert b"openid-wxyz" not in content


def test_a_user_is_told_again_and_nobody_is_no_user(ledger: Ledger, answered: Answer) -> None:
    for number, user in enumerate(("甲", "乙", "甲", "")):
        ledger.record(replace(answered, id=str(number)), channel="web", user=user)
    first, second, third, nobody = (row["user_hash"] for row in rows(ledger))
    assert first == third != second
    assert len(first) == 64
    assert nobody == ""


def test_an_id_is_not_taken_for_a_telephone_number(ledger: Ledger, answered: Answer) -> None:
    name = f"ans_{MOBILE}0123456789abcdef"
    ledger.record(replace(answered, id=name), channel="web")
    ledger.feedback(name, rating="up", channel="web")
    assert rows(ledger)[0]["answer_id"] == name
    assert ledger.feedback_list()[0].question == answered.question.text


def test_whatever_text_is_asked_is_kept(ledger: Ledger, answered: Answer) -> None:
    odd = AskedQuestion("\x00半个\ud800字" + "长" * 100_000)
    ledger.record(
        replace(answered, question=odd, id="a\x00" * 1000), channel="c\ud800", user="\ud800"
    )
    ledger.record(replace(answered, usage={"milliseconds": 10**30}), channel="web")
    assert ledger.flush(SECONDS)
    assert ledger.health().lost == 0
    assert len(rows(ledger)) == 2


# Files ------------------------------------------------------------------------------------------


def test_only_the_owner_reads_the_files(tmp_path: Path, answered: Answer) -> None:
    with closing(Ledger.open(settings(tmp_path))) as ledger:
        ledger.record(answered, channel="web")
        assert ledger.flush(SECONDS)
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "state").iterdir()}
    assert {KEY_FILE, "ledger.sqlite3"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_a_ledger_opened_again_goes_on(tmp_path: Path, url: str, answered: Answer) -> None:
    for number in range(2):
        with closing(Ledger.open(settings(tmp_path, url))) as ledger:
            ledger.record(replace(answered, id=str(number)), channel="web", user="甲")
            kept = rows(ledger)
    assert [row["answer_id"] for row in kept] == ["0", "1"]
    assert kept[0]["user_hash"] == kept[1]["user_hash"]


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: Pseudonyms.open(tmp_path).of("甲"), range(32)))
    assert len(names) == 1
    assert [f.name for f in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("torn", ["", "abcd", "不是密钥", "g" * 64])
def test_a_torn_key_is_refused(tmp_path: Path, torn: str) -> None:
    (tmp_path / KEY_FILE).write_text(torn, encoding="utf-8")
    with pytest.raises(LedgerError, match="已损坏"):
        Pseudonyms.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(LedgerError, match="STATE_DIR"):
        Ledger.open(settings(tmp_path))


# The database -----------------------------------------------------------------------------------


def database(folder: Path) -> sqlite3.Connection:
    (folder / "state").mkdir(exist_ok=True)
    return sqlite3.connect(folder / "state" / "ledger.sqlite3", isolation_level=None)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    Ledger.open(settings(tmp_path)).close()
    with closing(database(tmp_path)) as connection:
        connection.execute("UPDATE ledger_schema SET version = 99")
        connection.execute("DROP TABLE ledger_audit")
        with pytest.raises(LedgerError, match="更新的版本（99") as refusal:
            Ledger.open(settings(tmp_path))
        assert not isinstance(refusal.value, LedgerUnavailable)
        assert connection.execute("SELECT version FROM ledger_schema").fetchall() == [(99,)]


@pytest.mark.parametrize("column", ["anything", "version"])
def test_tables_of_another_program_are_refused(tmp_path: Path, column: str) -> None:
    table = "ledger_audit" if column == "anything" else "ledger_schema"
    with closing(database(tmp_path)) as connection:
        connection.execute(f"CREATE TABLE {table} ({column} INTEGER)")
    with pytest.raises(LedgerError, match="不是本程序建立的"):
        Ledger.open(settings(tmp_path))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.sqlite3").write_text("问答记录" * 1000)
    with pytest.raises(LedgerError, match="不是本程序建立的"):
        Ledger.open(settings(tmp_path))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("不是网址", "不是可用的数据库网址"),
        ("nosuch://secret-word@host/db", "不支持"),
        ("mysql://user:secret-word@host/db", "不支持"),
        ("postgresql+nosuch://user:secret-word@host/db", "不是可用的数据库网址"),
        ("postgresql+psycopg://user:pass@host:secret-word/db", "写成 %40 和 %25"),
        ("sqlite://", "内存"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as refusal:
        Ledger.open(settings(tmp_path, url))
    error = refusal.value.with_traceback(None)
    assert "secret-word" not in "".join(traceback.format_exception(error)), "nor in a log of it"


def test_a_database_that_is_away_costs_no_answer(tmp_path: Path, answered: Answer) -> None:
    url = f"sqlite:///{tmp_path / 'later' / 'ledger.sqlite3'}"
    with closing(Ledger.open(settings(tmp_path, url))) as ledger:
        ledger.record(answered, channel="web")
        assert not ledger.flush(SECONDS)
        assert not ledger.health().ok
        assert "无法打开" in ledger.health().message
        with pytest.raises(LedgerUnavailable):
            ledger.feedback_list()
        (tmp_path / "later").mkdir()
        assert len(rows(ledger)) == 1
        assert ledger.health().ok


def test_a_full_disk_costs_no_answer(tmp_path: Path, answered: Answer) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    engine, most_pages = open_engine(None, folder), [2**30]

    @event.listens_for(engine, "checkout")
    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={most_pages[0]}")

    with closing(with_clock(folder, engine)) as ledger:
        ledger.record(answered, channel="web")
        assert ledger.flush(SECONDS)
        most_pages[0] = 1  # no more than there are
        long = AskedQuestion("长" * 4000)
        for number in range(50):
            ledger.record(replace(answered, id=str(number), question=long), channel="web")
        assert not ledger.flush(SECONDS)
        health = ledger.health()
        assert (health.ok, health.lost) == (False, 0)
        assert health.pending > 0
        assert "磁盘或数据库已满" in health.message
        most_pages[0] = 2**30
        assert ledger.flush(SECONDS)
        assert ledger.health().ok
        kept = [row["answer_id"] for row in rows(ledger)]
    assert kept == [answered.id, *map(str, range(50))]


_ON_A_FULL_DISK = """
import json, logging, resource, sys
from dataclasses import replace
from assistant.answer import AskedQuestion
from assistant.ledger.ledger import Ledger
from assistant.settings import Settings
from tests.fakes import FakeAssistant

def told(ok):
    print(json.dumps([ok, ledger.health().ok, ledger.health().pending, ledger.health().lost]))

logging.basicConfig(format="%(message)s", stream=sys.stderr)
ledger = Ledger.open(Settings(state_dir=sys.argv[1], ledger_url=""))
answer = replace(FakeAssistant().ask("智能装备"), question=AskedQuestion("长" * 4000))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most))  # no file grows beyond it
for number in range(100):
    ledger.record(replace(answer, id=str(number)), channel="web")
told(ledger.flush(30))
told(ledger.flush(30))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
told(ledger.flush(30))
print("".join(ledger.export("audit", "jsonl")).count("\\n"))
ledger.close()
"""


def test_a_file_that_cannot_grow_costs_no_answer_and_no_row(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_FULL_DISK, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *states, kept = (json.loads(line) for line in done.stdout.splitlines())
    assert [state[:2] for state in states] == [[False, False], [False, False], [True, True]]
    assert states[0][2] > 0
    assert states[-1][2:] == [0, 0]
    assert kept == 100
    logged = [line for line in done.stderr.splitlines() if "问答记录" in line]
    assert len(logged) == 2  # the fault once, and its end
    assert "磁盘" in logged[0]
    assert "恢复" in logged[1]


def test_threads_and_ledgers_on_one_database_lose_nothing(
    tmp_path: Path, url: str, answered: Answer
) -> None:
    with (
        closing(Ledger.open(settings(tmp_path, url))) as one,
        closing(Ledger.open(settings(tmp_path, url))) as other,
    ):

        def ask(worker: int) -> None:
            for number in range(100):
                answer = replace(answered, id=f"{worker}-{number}")
                (one if worker % 2 else other).record(answer, channel="web", user=str(worker))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(8)))
        assert one.flush(SECONDS)
        assert other.flush(SECONDS)
        one.record(replace(answered, id="0-0"), channel="web")  # the other has it already
        kept = [row["answer_id"] for row in rows(one)]
    assert sorted(kept) == sorted(f"{w}-{n}" for w in range(8) for n in range(100))


_PROCESS = """
import sys
from assistant.ledger.ledger import Ledger
from assistant.settings import Settings
ledger = Ledger.open(Settings(state_dir=sys.argv[1], ledger_url=sys.argv[3]))
for number in range(100):
    ledger.feedback(sys.argv[2] + str(number), rating="up", channel="web", user="u")
print(ledger.flush(30.0))
ledger.close()
"""


def test_processes_share_one_database(tmp_path: Path, url: str, ledger: Ledger) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(tmp_path / "state"), name, url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )
        for name in "ab"
    ]
    assert [process.communicate()[0].strip() for process in processes] == [b"True", b"True"]
    kept = rows(ledger, "feedback")
    assert len({row["answer_id"] for row in kept}) == len(kept) == 200
    assert len({row["user_hash"] for row in kept}) == 1


# Feedback ---------------------------------------------------------------------------------------


def test_feedback_is_read_with_the_question_and_the_clauses(
    ledger: Ledger, answered: Answer
) -> None:
    ledger.record(answered, channel="web")
    ledger.feedback(
        answered.id, rating="down", reason="不完整", correction="还有市财政局", channel="web"
    )
    (entry,) = ledger.feedback_list()
    assert entry.question == answered.question.text
    assert set(entry.clause_ids) == {c.clause.id for c in answered.citations}
    assert (entry.rating, entry.reason, entry.correction) == ("down", "不完整", "还有市财政局")
    assert not entry.handled


def test_feedback_on_an_unknown_answer_is_kept(ledger: Ledger) -> None:
    ledger.feedback("gone", rating="up", channel="wecom", question="问什么", answer_text="答什么")
    (entry,) = ledger.feedback_list()
    assert (entry.answer_id, entry.question, entry.answer_text) == ("gone", "问什么", "答什么")
    assert entry.clause_ids == ()


def test_the_last_rating_of_a_user_stands_and_the_first_is_history(ledger: Ledger) -> None:
    for rating, user in (("up", "甲"), ("down", "乙"), ("down", "甲")):
        ledger.feedback("a", rating=rating, channel="web", user=user)  # type: ignore[arg-type]
    assert [entry.rating for entry in ledger.feedback_list()] == ["down", "down"]
    counts = ledger.feedback_counts()
    assert (counts.up, counts.down, counts.waiting) == (0, 2, 2)
    assert [row["replaced"] for row in rows(ledger, "feedback")] == [True, False, False]


def test_the_inbox_pages_and_empties(ledger: Ledger) -> None:
    for number in range(5):
        ledger.feedback(str(number), rating="up", channel="web")
    newest = ledger.feedback_list(limit=2)
    assert [entry.answer_id for entry in newest] == ["4", "3"]
    assert [entry.answer_id for entry in ledger.feedback_list(limit=9, offset=4)] == ["0"]
    assert ledger.feedback_list(limit=-1) == ()
    assert ledger.mark_handled(newest[0].id, "先看")
    assert ledger.mark_handled(newest[0].id, "已转市科技局")
    (handled,) = ledger.feedback_list(handled=True)
    assert (handled.answer_id, handled.handled, handled.note) == ("4", True, "已转市科技局")
    assert len(ledger.feedback_list(handled=False)) == 4
    assert ledger.feedback_counts().waiting == 4
    assert not ledger.mark_handled(10**9)


def test_a_rating_after_the_handling_is_new_in_the_inbox(ledger: Ledger) -> None:
    ledger.feedback("a", rating="up", channel="web")
    ledger.mark_handled(ledger.feedback_list()[0].id)
    ledger.feedback("a", rating="down", channel="web")
    (entry,) = ledger.feedback_list()
    assert (entry.rating, entry.handled) == ("down", False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rating": "maybe"}, "up"),
        ({"rating": "up", "reason": "长" * 101}, "101个字，超过上限100"),
        ({"rating": "up", "correction": "长" * 2001}, "2001个字，超过上限2000"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    ledger: Ledger, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(LedgerInputError, match=said):
        ledger.feedback("a", channel="web", **given)
    with pytest.raises(LedgerInputError):
        ledger.feedback("a" * 201, channel="web", rating="up")
    with pytest.raises(LedgerInputError):
        ledger.mark_handled(1, note="长" * 1001)
    assert ledger.feedback_list() == ()


# Export and retention ---------------------------------------------------------------------------


def test_csv_and_json_lines_hold_the_same_rows(ledger: Ledger, answered: Answer) -> None:
    for number in range(2500):  # more than two pages
        asked = AskedQuestion(f'第{number}问，有“逗号,”和"引号"')
        ledger.record(replace(answered, id=str(number), question=asked), channel="web")
    pieces = list(ledger.export("audit", "csv"))
    assert len(pieces) == 4
    text = "".join(pieces)
    assert text.startswith(BOM)
    headings, *lines = csv.reader(io.StringIO(text[1:], newline=""))
    assert headings == list(COLUMNS["audit"].values())
    by_name = [dict(zip(COLUMNS["audit"], line, strict=True)) for line in lines]
    kept = rows(ledger)
    assert [line["question"] for line in by_name] == [row["question"] for row in kept]
    assert [line["answer_id"] for line in by_name] == [str(n) for n in range(2500)]
    assert by_name[0]["time"] == "2026-07-01 20:00:00"
    assert by_name[0]["clause_ids"] == "；".join(kept[0]["clause_ids"])
    assert by_name[0]["llm_worded"] == "否"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(ledger: Ledger, first: str) -> None:
    ledger.feedback("a", rating="down", correction=f"{first}cmd()", channel=f"{first}web")
    _, line = csv.reader(io.StringIO("".join(ledger.export("feedback", "csv"))[1:]))
    by_name = dict(zip(COLUMNS["feedback"], line, strict=True))
    assert by_name["correction"] == f"'{first}cmd()"
    assert by_name["channel"] == f"'{first}web"
    assert by_name["rating"] == "没用"
    assert rows(ledger, "feedback")[0]["correction"] == f"{first}cmd()"


def test_days_are_whole_and_both_included(ledger: Ledger, answered: Answer) -> None:
    midnight = datetime(2026, 7, 1, tzinfo=CHINA)
    for hours in (-1, 0, 23, 24):
        at = int((midnight + timedelta(hours=hours)).timestamp())
        ledger.record(replace(answered, id=str(hours), created=at), channel="web")
    day = date(2026, 7, 1)

    def kept(**days: date) -> list[str]:
        return [row["answer_id"] for row in rows(ledger, **days)]

    assert kept(since=day, until=day) == ["0", "23"]
    assert kept(since=day) == ["0", "23", "24"]
    assert kept(until=day) == ["-1", "0", "23"]
    assert kept(until=date.max) == kept() == ["-1", "0", "23", "24"]
    assert kept(since=date(2026, 7, 3)) == []


def test_nothing_kept_is_an_empty_table(ledger: Ledger) -> None:
    assert "".join(ledger.export("feedback", "jsonl")) == ""
    assert "".join(ledger.export("feedback", "csv")).count("\r\n") == 1


@pytest.mark.parametrize(("kind", "form"), [("users", "csv"), ("audit", "xml")])
def test_an_unknown_export_is_refused_at_once(ledger: Ledger, kind: Any, form: Any) -> None:
    with pytest.raises(LedgerInputError, match="audit"):
        ledger.export(kind, form)


def test_what_is_too_old_goes_and_the_rest_stays(
    tmp_path: Path, url: str, answered: Answer
) -> None:
    engine = open_engine(SecretStr(url), tmp_path)
    with closing(with_clock(tmp_path, engine, NOON - timedelta(days=184))) as old:
        old.feedback("gone", rating="up", channel="web")
        old.mark_handled(old.feedback_list()[0].id)
    with closing(with_clock(tmp_path, engine)) as ledger:
        ledger.feedback("stays", rating="up", channel="web")
        for days in (0, 182, 184, 200):
            at = int((NOON - timedelta(days=days)).timestamp())
            ledger.record(replace(answered, id=f"{days}-{at}", created=at), channel="web")
        for number in range(2100):
            at = int((NOON - timedelta(days=300)).timestamp())
            ledger.record(replace(answered, id=str(number), created=at), channel="web")
        assert ledger.purge(183, NOON) == 2102
        assert [row["answer_id"].split("-")[0] for row in rows(ledger)] == ["0", "182"]
        assert [row["answer_id"] for row in rows(ledger, "feedback")] == ["stays"]
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(handling)) == 0
        assert ledger.purge(183, NOON) == 0


def test_what_the_law_wants_kept_is_not_purged(ledger: Ledger, answered: Answer) -> None:
    ledger.record(replace(answered, created=0), channel="web")
    with pytest.raises(LedgerError, match="183"):
        ledger.purge(182, NOON)
    assert len(rows(ledger)) == 1
