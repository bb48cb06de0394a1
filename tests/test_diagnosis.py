"""Each check, on what is sound and on what is not; no check says a secret."""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any, ClassVar

import pytest
from redis import Redis

from assistant import clock
from assistant.access.keys import KeyRing
from assistant.access.permissions import Scope
from assistant.diagnosis import configuration, exposure, knowledge, services, stores
from assistant.diagnosis.examination import CHECKS, examine
from assistant.diagnosis.findings import Finding, Level, checked, ok
from assistant.diagnosis.installation import installation
from assistant.errors import LedgerError, PortInUse, SettingsError
from assistant.indexing.building import build
from assistant.ledger.ledger import Ledger
from assistant.settings import PROJECT_ROOT, Settings
from tests.fakes import FakeAssistant
from tests.llm_server import LLMServer, answer, serving, stalled, status
from tests.redis_server import running

SECRET = "sk-0f3c-" + "0" * 9
EVERYWHERE = ".".join("0000")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPEN = "answers,search,documents,feedback,mcp"
Findings = list[Finding]


def settings(folder: Path, **given: Any) -> Settings:
    """Settings of their own, whatever the environment of the tests holds."""
    places = {"state_dir": folder / "state", "index_dir": folder / "index"}
    return Settings(_env_file=None, **places | given)


def only(found: Iterator[Finding]) -> Finding:
    [finding] = found
    return finding


def worst(found: Findings) -> Level:
    return max((f.level for f in found), key=list(Level).index)


def told(found: Findings, level: Level) -> list[str]:
    return [f.sentence for f in found if f.level is level]


# The installation -------------------------------------------------------------------------------


def project(folder: Path, python: str, *needs: str) -> Path:
    text = f'[project]\nrequires-python = "{python}"\ndependencies = {json.dumps(list(needs))}\n'
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


NOT_INSTALLED = "no-such-distribution"


def versions(name: str) -> str:
    known = {"here": "2.13.0+cpu", "old": "0.9"}
    if name not in known:
        raise PackageNotFoundError(name)
    return known[name]


def test_what_this_was_made_for_is_installed() -> None:
    assert worst(list(installation())) is not Level.FAULT
    assert next(f.name for f in installation()) == "程序"


def test_versions_are_held_to_the_ranges(tmp_path: Path) -> None:
    needs = ("here==2.13.0", "old>=1", "gone>=2", "elsewhere>=1; sys_platform == 'none'")
    python, *found = installation(
        project(tmp_path, ">=3.11", *needs), versions, distribution=NOT_INSTALLED
    )
    assert python.level is Level.OK
    assert [(f.level, "old" in f.sentence, "gone" in f.sentence) for f in found] == [
        (Level.WARNING, True, False),
        (Level.FAULT, False, True),
    ]
    other = project(tmp_path, ">=3.99", "here")
    found = list(installation(other, versions, distribution=NOT_INSTALLED))
    assert [f.level for f in found] == [Level.FAULT, Level.OK]


def test_without_a_list_of_what_is_needed_that_is_told(tmp_path: Path) -> None:
    found = installation(tmp_path, versions, distribution=NOT_INSTALLED)
    assert [f.level for f in found] == [Level.OK, Level.WARNING]


# Where the settings come from -------------------------------------------------------------------


def test_a_misspelt_setting_is_told_with_the_right_one(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LLM_BASEURL=x\nport=1\nLLM_MODEL=m\nSECRETS_DIR=/x\nQZXW=1\n")
    found = list(configuration.settings_file(file))
    assert told(found, Level.OK) == [f"“{file}”里有2项设置。"]
    base, folder, other = told(found, Level.WARNING)
    assert base == "没有名为 LLM_BASEURL 的设置，它没有作用，是不是 LLM_BASE_URL？"
    assert "只能是环境变量" in folder
    assert other == "没有名为 QZXW 的设置，它没有作用。"


def test_a_file_of_secrets_that_all_can_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"LLM_API_KEY={SECRET}\nADMIN_PASSWORD=\nPORT=1\n")
    file.chmod(0o644)
    [said] = told(list(configuration.settings_file(file)), Level.WARNING)
    assert "LLM_API_KEY，" in said
    assert SECRET not in said
    file.chmod(0o640)
    assert worst(list(configuration.settings_file(file))) is Level.OK
    file.write_text("PORT=1\n")
    file.chmod(0o644)
    assert worst(list(configuration.settings_file(file))) is Level.OK
    assert worst(list(configuration.settings_file(tmp_path / "none"))) is Level.OK


def test_a_secret_file_that_all_can_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRETS_DIR", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert list(configuration.secrets()) == []
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    for name, mode in (("llm_api_key", 0o644), ("REDIS_URL", 0o600), ("others", 0o644)):
        (tmp_path / name).write_text(SECRET)
        (tmp_path / name).chmod(mode)
    found = list(configuration.secrets())
    assert told(found, Level.OK) == [f"“{tmp_path}”里有2项设置。"]
    [said] = told(found, Level.WARNING)
    assert "能读llm_api_key，" in said


# What answers come from -------------------------------------------------------------------------


def corpus(folder: Path, **texts: str) -> Path:
    place = folder / "corpus"
    place.mkdir(exist_ok=True)
    for name, text in texts.items():
        (place / f"{name}.txt").write_text(text, encoding="utf-8")
    return place


TEXT = "某市人民政府关于绿道的通知\n某政发〔2024〕3号\n一、任务\n建绿道。\n某市人民政府\n2024年5月1日\n"


def test_documents_are_counted_and_their_faults_told(tmp_path: Path) -> None:
    place = corpus(tmp_path, a=TEXT, b=TEXT.replace("\n", "\n\n"), c="关于河道的通知\n一、清淤。\n")
    (place / "d.txt").write_bytes(b"\x00\x01")
    found = list(knowledge.knowledge(settings(tmp_path, corpus_dir=place)))
    encoder, counted, unread, copy, undated, unnumbered, validity, index = found
    assert (encoder.name, encoder.level) == ("编码模型", Level.OK)
    assert counted.sentence.endswith("里有4个文件，收录2份。")
    assert "d.txt" in unread.sentence
    assert "b.txt" in copy.sentence
    assert undated.sentence.startswith("1份文件没有找到成文日期")
    assert unnumbered.sentence.startswith("1份文件没有找到文号")
    assert "《关于河道的通知》" in unnumbered.sentence
    assert validity.sentence.startswith("今天的效力：")
    assert index.level is Level.WARNING
    assert index.sentence.startswith("会在启动时重建：")
    assert {f.level for f in (unread, copy, undated, unnumbered)} == {Level.WARNING}


def test_only_the_first_of_many_unread_files_are_told(tmp_path: Path) -> None:
    place = corpus(tmp_path, a=TEXT)
    for number in range(8):
        (place / f"x{number}.txt").write_bytes(bytes([0, 1, number]))
    found = list(knowledge.knowledge(settings(tmp_path, corpus_dir=place)))
    assert sum("无法读取：" in f.sentence for f in found) == 5
    assert any(f.sentence.startswith("另有3个文件也无法读取") for f in found)


def test_expired_and_repealed_documents_are_counted(tmp_path: Path) -> None:
    repeal = (
        "某市人民政府关于废止文件的决定\n某政发〔2025〕1号\n"
        "一、废止《某市人民政府关于绿道的通知》（某政发〔2024〕3号）。\n某市人民政府\n2025年1月1日\n"
    )
    place = corpus(tmp_path, a=TEXT, b=repeal)
    found = list(knowledge.knowledge(settings(tmp_path, corpus_dir=place)))
    [validity] = [f for f in found if "今天的效力" in f.sentence]
    assert "已废止1份" in validity.sentence


def test_an_index_fits_until_something_changes(tmp_path: Path) -> None:
    place = corpus(tmp_path, a=TEXT)
    given = settings(tmp_path, corpus_dir=place)

    def index() -> Finding:
        return [f for f in knowledge.knowledge(given) if f.name == "索引"][-1]

    build(given)
    assert index().level is Level.OK
    assert index().sentence.startswith("1份文件，")
    corpus(tmp_path, b=TEXT.replace("绿道", "河道").replace("3号", "4号"))
    assert index() == Finding("索引", Level.WARNING, "会在启动时重建：建立索引以后文件有变化。")
    build(given)
    assert index().level is Level.OK
    for documents in given.index_dir.rglob("documents.jsonl"):
        documents.write_text("{}\n", encoding="utf-8")
    assert index().level is Level.WARNING
    assert "不完整或被改动" in index().sentence


def test_an_index_without_documents_or_encoder_is_not_judged(tmp_path: Path) -> None:
    found = list(knowledge.knowledge(settings(tmp_path, corpus_dir=tmp_path / "nowhere")))
    assert [(f.name, f.level) for f in found] == [
        ("编码模型", Level.OK),
        ("文件", Level.FAULT),
        ("索引", Level.WARNING),
    ]
    assert found[-1].sentence == "没有检查，因为文件不可用。"
    given = settings(
        tmp_path, corpus_dir=corpus(tmp_path, a=TEXT), encoder_model=str(tmp_path / "model")
    )
    found = list(knowledge.knowledge(given))
    assert (found[0].name, found[0].level) == ("编码模型", Level.FAULT)
    assert found[-1].sentence == "没有检查，因为编码模型不可用。"
    assert any(f.sentence.endswith("里有1个文件，收录1份。") for f in found)


def test_prompts_matter_where_there_is_a_model(tmp_path: Path) -> None:
    assert only(knowledge.prompts(settings(tmp_path))).level is Level.OK
    broken = tmp_path / "prompts"
    shutil.copytree(PROJECT_ROOT / "prompts", broken)
    (broken / "rewrite.md").write_text("{nothing}", encoding="utf-8")
    without = only(knowledge.prompts(settings(tmp_path, prompts_dir=broken)))
    assert without.level is Level.WARNING
    given = settings(
        tmp_path, prompts_dir=broken, llm_base_url="http://127.0.0.1:9/v1", llm_model="m"
    )
    found = only(knowledge.prompts(given))
    assert found.level is Level.FAULT
    assert "rewrite.md" in found.sentence


# The LLM ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def llm_server() -> Iterator[LLMServer]:
    with serving() as server:
        yield server


def ask(server: LLMServer, folder: Path, seconds: float = 10.0) -> Finding:
    given = settings(folder, llm_base_url=server.base_url, llm_model="tiny", llm_api_key=SECRET)
    found = only(services.llm(given, seconds))
    assert SECRET not in found.sentence
    return found


def test_a_model_that_speaks_is_well_and_is_asked_once(
    llm_server: LLMServer, tmp_path: Path
) -> None:
    script = llm_server.play(answer("好"))
    found = ask(llm_server, tmp_path)
    assert found.level is Level.OK
    assert "秒后开始作答" in found.sentence
    [request] = script.requests
    assert request.headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (401, "LLM_API_KEY"),
        (403, "没有使用这个模型的权限"),
        (404, "LLM_MODEL"),
        (429, "请求过多或额度用完"),
        (400, "拒绝了请求"),
        (500, "HTTP 500"),
    ],
)
def test_what_a_model_refuses_is_told(
    llm_server: LLMServer, tmp_path: Path, code: int, said: str
) -> None:
    script = llm_server.play(status(code, f"wrong key {SECRET}"))
    found = ask(llm_server, tmp_path)
    assert found.level is Level.FAULT
    assert said in found.sentence
    assert len(script.requests) == 1


def test_a_model_that_is_silent_or_away_is_told(llm_server: LLMServer, tmp_path: Path) -> None:
    llm_server.play(stalled())
    assert "没有在0.5秒内作答" in ask(llm_server, tmp_path, 0.5).sentence
    llm_server.play(answer(" "))
    assert "没有给出内容" in ask(llm_server, tmp_path).sentence
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = free.getsockname()[1]
    url = f"http://127.0.0.1:{gone}/v1?key={SECRET}"
    found = only(services.llm(settings(tmp_path, llm_base_url=url, llm_model="m")))
    assert found.level is Level.FAULT
    assert f"（http://127.0.0.1:{gone}/v1）" in found.sentence
    assert SECRET not in found.sentence
    assert "连接不上" in found.sentence


def test_no_model_is_no_fault(tmp_path: Path) -> None:
    assert only(services.llm(settings(tmp_path))) == ok(
        "大模型", "没有设置大模型，用原文摘录作答。"
    )


# The port ---------------------------------------------------------------------------------------


class Answers(http.server.BaseHTTPRequestHandler):
    """Says the same to everything."""

    said: ClassVar[tuple[int, str]] = (200, "")

    def do_GET(self) -> None:
        code, text = self.said
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(code: int, said: object) -> Iterator[int]:
    """The port of a service that answers so."""
    text = said if isinstance(said, str) else json.dumps(said)
    handler = type("Saying", (Answers,), {"said": (code, text)})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


READY = {"status": "ready", "checks": {"index": {"ok": True, "detail": "可用。"}, "llm": "off"}}
DEGRADED = {
    "status": "degraded",
    "checks": {
        "index": {"ok": True, "detail": "索引可用。"},
        "ledger": {"ok": False, "detail": "磁盘已满。"},
        "llm": "paused",
    },
}


@pytest.mark.parametrize(
    ("code", "said", "level", "words"),
    [
        (200, READY, Level.OK, "一切正常"),
        (200, DEGRADED, Level.WARNING, "磁盘已满。大模型连续出错"),
        (503, {"detail": "服务正在停止。"}, Level.FAULT, "不能作答：服务正在停止。"),
        (200, "<html>", Level.FAULT, "已被占用"),
        (200, [1], Level.FAULT, "已被占用"),
        (200, {"status": "ready"}, Level.FAULT, "已被占用"),
    ],
)
def test_who_holds_the_port_is_told(
    tmp_path: Path, code: int, said: object, level: Level, words: str
) -> None:
    with listening(code, said) as port:
        found = only(services.port(settings(tmp_path, port=port)))
    assert found.level is level
    assert words in found.sentence


def test_a_free_port_and_one_that_cannot_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert only(services.port(settings(tmp_path, port=port))).level is Level.OK
    found = only(checked("端口", services.port(settings(tmp_path, host="192.0.2.1", port=port))))
    assert found.level is Level.FAULT
    assert "HOST" in found.sentence


# What is kept -----------------------------------------------------------------------------------


def test_a_ledger_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert only(stores.ledger(given)).sentence.startswith("还没有记录")
    assert not given.state_dir.exists()
    with closing(Ledger.open(given)) as kept:
        kept.feedback("a", rating="up", channel="rest")
        assert kept.flush(30)
        before = kept.holdings()
        found = only(stores.ledger(given))
        assert kept.holdings() == before
    assert found.level is Level.OK
    assert "问答0条，反馈1条" in found.sentence


def test_records_past_their_time_are_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    old = int((clock.now() - timedelta(days=200)).timestamp())
    with closing(Ledger.open(given)) as kept:
        kept.record(replace(FakeAssistant().ask("智能装备由谁负责？"), created=old), channel="rest")
        assert kept.flush(30)
    assert [f.level for f in stores.ledger(given)] == [Level.OK, Level.WARNING]


def test_a_ledger_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    Ledger.open(given).close()
    (given.state_dir / "ledger.sqlite3").write_bytes(b"no database " * 99)
    with pytest.raises(LedgerError):
        list(stores.ledger(given))
    (given.state_dir / "ledger.key").write_text("torn")
    assert only(checked("问答记录", stores.ledger(given))).level is Level.FAULT
    file = tmp_path / "file"
    file.write_text("")
    assert only(stores.ledger(settings(file))).level is Level.FAULT


def test_a_disk_that_fills_up_is_told(tmp_path: Path) -> None:
    assert only(stores.disk(settings(tmp_path), least=0)).level is Level.OK
    assert only(stores.disk(settings(tmp_path), least=1 << 60)).level is Level.WARNING


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of Debian that asks for a password, for this file."""
    with running(tmp_path_factory.mktemp("redis")) as address:
        with closing(Redis.from_url(address)) as client:
            client.config_set("requirepass", SECRET)
        yield address.replace("//", f"//:{SECRET}@")


def test_redis_is_asked(redis_url: str, tmp_path: Path) -> None:
    assert only(stores.redis(settings(tmp_path))).level is Level.OK
    found = only(stores.redis(settings(tmp_path, redis_url=redis_url, workers=2)))
    assert (found.level, found.sentence) == (Level.OK, "可以连接，2个进程。")
    for wrong in (redis_url.replace(SECRET, "nothing"), redis_url.replace(f":{SECRET}@", "")):
        found = only(stores.redis(settings(tmp_path, redis_url=wrong)))
        assert found.level is Level.FAULT
        assert "用户名或密码" in found.sentence


def test_a_redis_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    away = f"unix://:{SECRET}@{tmp_path}/nobody"
    found = only(stores.redis(settings(tmp_path, redis_url=away)))
    assert found.level is Level.FAULT
    assert "连接不上" in found.sentence
    assert SECRET not in found.sentence
    with pytest.raises(SettingsError):
        list(stores.redis(settings(tmp_path, redis_url="http://x")))


# Who can call -----------------------------------------------------------------------------------


def test_nobody_can_call_what_is_closed_to_all_without_a_key(tmp_path: Path) -> None:
    given = settings(tmp_path, api_public="none")
    assert only(exposure.access(given)).level is Level.WARNING
    ring = KeyRing.open(given.state_dir)
    key, _ = ring.create("甲", [Scope.ANSWERS])
    assert only(exposure.access(given)).sentence.startswith("有效的密钥1个；不用密钥的接口：没有")
    ring.revoke(key.id)
    assert only(exposure.access(given)).level is Level.WARNING


@pytest.mark.parametrize(
    ("host", "public", "warned"),
    [
        ("127.0.0.1", OPEN, False),
        ("::1", OPEN, False),
        (EVERYWHERE, OPEN, True),
        ("policy.example.gov.cn", OPEN, True),
        (EVERYWHERE, "answers", False),
        (EVERYWHERE, "answers,metrics", True),
        ("localhost", "metrics", False),
    ],
)
def test_what_is_open_to_other_machines_is_told(
    tmp_path: Path, host: str, public: str, warned: bool
) -> None:
    found = list(exposure.access(settings(tmp_path, host=host, api_public=public)))
    assert worst(found) is (Level.WARNING if warned else Level.OK)
    assert all("API_PUBLIC" in said for said in told(found, Level.WARNING))


def test_a_key_that_ends_soon_is_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    ring = KeyRing.open(given.state_dir)
    ring.create("市民热线", [Scope.ANSWERS], days=29)
    ring.create("合作方", [Scope.ANSWERS], days=31)
    assert told(list(exposure.access(given)), Level.WARNING) == ["30天内到期的密钥：市民热线。"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_limit_key": "often"},
        {"rate_limit_user": "0/minute"},
        {"cors_origins": "not a site"},
        {"trusted_proxies": "somewhere"},
    ],
)
def test_limits_that_mean_nothing_are_told(tmp_path: Path, wrong: dict[str, str]) -> None:
    assert only(exposure.limits(settings(tmp_path))).level is Level.OK
    [name] = wrong
    found = only(checked("接口限制", exposure.limits(settings(tmp_path, **wrong))))
    assert found.level is Level.FAULT
    assert name.upper() in found.sentence


@pytest.mark.parametrize(
    ("given", "faulty"),
    [
        ({}, None),
        ({"wechat_mp_token": "t"}, None),
        ({"wechat_mp_token": "t", "wechat_mp_certified": True}, "公众号"),
        ({"wechat_mp_token": "t", "wechat_mp_aes_key": AES_KEY}, "公众号"),
        (
            {
                "wechat_mp_token": "t",
                "wechat_mp_aes_key": "short",
                "wechat_mp_app_id": "wx",
            },
            "公众号",
        ),
        ({"wecom_app_token": "t"}, "企业微信应用"),
        (
            {"wecom_app_token": "t", "wecom_corp_id": "c", "wecom_app_aes_key": AES_KEY},
            None,
        ),
        (
            {
                "wecom_app_token": "t",
                "wecom_corp_id": "c",
                "wecom_app_aes_key": AES_KEY,
                "wecom_app_secret": SECRET,
            },
            "企业微信应用",
        ),
        ({"wecom_aibot_token": "t"}, "智能机器人"),
        ({"wecom_aibot_token": "t", "wecom_aibot_aes_key": AES_KEY}, None),
    ],
)
def test_settings_of_wechat_belong_together(
    tmp_path: Path, given: dict[str, Any], faulty: str | None
) -> None:
    found = list(exposure.channels(settings(tmp_path, **given)))
    assert [f.name for f in found] == ["公众号", "企业微信应用", "智能机器人"]
    assert [f.name for f in found if f.level is Level.FAULT] == ([faulty] if faulty else [])
    assert not any(SECRET in f.sentence or AES_KEY in f.sentence for f in found)


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({"wechat_mp_aes_key": AES_KEY, "wechat_mp_app_id": "wx"}, True),
        (
            {
                "wechat_mp_aes_key": AES_KEY,
                "wechat_mp_app_id": "wx",
                "wechat_mp_encrypted_only": True,
            },
            False,
        ),
        ({}, False),
    ],
)
def test_messages_in_the_clear_beside_a_key_are_told(
    tmp_path: Path, given: dict[str, Any], is_told: bool
) -> None:
    others = {"wechat_mp_token": "t", "wecom_aibot_token": "t", "wecom_aibot_aes_key": AES_KEY}
    found = list(exposure.channels(settings(tmp_path, **given, **others)))
    told = [f for f in found if f.level is Level.WARNING]
    assert [f.name for f in told] == ["公众号"] * is_told
    assert all("WECHAT_MP_ENCRYPTED_ONLY=true" in f.sentence for f in told)
    assert not any(f.level is Level.FAULT for f in found)


def test_one_wrong_face_of_wechat_hides_no_other(tmp_path: Path) -> None:
    wrong = {"wechat_mp_token": "t", "wechat_mp_certified": True, "wecom_aibot_token": "t"}
    right = {"wecom_app_token": "t", "wecom_corp_id": "c", "wecom_app_aes_key": AES_KEY}
    found = list(exposure.channels(settings(tmp_path, **wrong, **right)))
    assert [f.level for f in found] == [Level.FAULT, Level.OK, Level.FAULT]
    assert "WECHAT_MP_APP_ID" in found[0].sentence
    assert "WECOM_AIBOT_AES_KEY" in found[2].sentence


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, Level.OK),
        ({"host": EVERYWHERE}, Level.WARNING),
        ({"wecom_aibot_token": "t"}, Level.WARNING),
        ({"host": EVERYWHERE, "public_base_url": "https://x.gov.cn"}, Level.OK),
    ],
)
def test_links_need_an_address_where_others_read_them(
    tmp_path: Path, given: dict[str, Any], level: Level
) -> None:
    assert only(exposure.address(settings(tmp_path, **given))).level is level


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({"admin_password": None}, Level.OK),
        ({}, Level.OK),
        ({"host": EVERYWHERE}, Level.WARNING),
        ({"host": EVERYWHERE, "public_base_url": "https://x.gov.cn"}, Level.OK),
        ({"public_base_url": "http://x.gov.cn"}, Level.WARNING),
        ({"public_base_url": "http://127.0.0.1:7860"}, Level.OK),
    ],
)
def test_a_password_without_tls_is_told(
    tmp_path: Path, given: dict[str, Any], level: Level
) -> None:
    found = only(exposure.administration(settings(tmp_path, **{"admin_password": SECRET} | given)))
    assert found.level is level
    assert SECRET not in found.sentence


# All of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [PortInUse("x", 1), PermissionError(13, "Permission denied", "f")]
)
def test_a_deliberate_error_ends_its_check_as_a_fault(error: Exception) -> None:
    def check() -> Iterator[Finding]:
        yield ok("名称", "好。")
        raise error

    found = list(checked("名称", check()))
    assert [f.level for f in found] == [Level.OK, Level.FAULT]
    assert found[-1].sentence.endswith("。")


def test_findings_come_as_they_are_made(tmp_path: Path) -> None:
    """Who reads the first line need not wait for the last check."""
    asked: list[str] = []

    def load() -> Settings:
        asked.append("settings")
        return settings(tmp_path, corpus_dir=tmp_path / "nowhere")

    found = examine(load)
    assert next(found).name == "程序"
    assert asked == []
    rest = list(found)
    assert asked == ["settings"]
    assert {f.name for f in rest} >= set(CHECKS) - {"微信"}
    assert all(f.sentence.endswith(("。", "？")) for f in rest)
    assert all("\n" not in f.sentence for f in rest)
