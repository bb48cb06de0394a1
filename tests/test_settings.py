"""Settings: a wrong one is told in a sentence, and no key is ever shown."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.errors import SettingsError
from assistant.settings import SECRETS, Settings, load

KEY = "sk-9f2c-secret"
URL = "http://127.0.0.1:9/v1"


def sentence(**given: object) -> str:
    """What is said of wrong settings: one Chinese sentence."""
    with pytest.raises(SettingsError) as raised:
        load(given)
    told = str(raised.value)
    assert told.endswith("。")
    assert told.count("。") == 1
    assert "\n" not in told
    assert not re.search(r"pydantic|validation|Input should", told)
    return told


def test_an_llm_without_a_name_is_told_in_one_sentence() -> None:
    told = sentence(llm_base_url=URL, llm_model="")
    assert told == "设置了 LLM_BASE_URL 而没有设置 LLM_MODEL，请填写大模型的名称。"
    named = load({"llm_base_url": URL, "llm_model": "tiny"})
    assert (named.llm_base_url, named.llm_model) == (URL, "tiny")
    assert load({"llm_base_url": "", "llm_model": ""}).llm_base_url == ""
    assert load({"llm_base_url": "", "llm_model": "tiny"}).llm_model == "tiny"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("port", "x", "应为整数"),
        ("port", 0, "应不小于 1"),
        ("port", 70000, "应不大于 65535"),
        ("refusal_threshold", "much", "应为数字"),
        ("refusal_threshold", 1.5, "应不大于 1.0"),
        ("llm_base_url", "ftp://x", "应以 http:// 或 https:// 开头"),
        ("llm_budget_seconds", 0.1, "应不小于 0.5"),
        ("public_base_url", "https://x.cn/", "末尾不带斜杠"),
        ("host", "", "至少 1 个字符"),
        ("encoder_backend", "tpu", "应为 torch、onnx、openvino 之一"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(
    name: str, value: object, expected: str
) -> None:
    told = sentence(**{name: value})
    shown = "" if name.endswith("_url") else f"“{value}”"
    assert told.startswith(f"设置 {name.upper()} 的值{shown}不可用：")
    assert expected in told


def test_the_key_is_in_no_words_of_the_settings() -> None:
    made = load({"llm_base_url": URL, "llm_model": "tiny", "llm_api_key": KEY})
    assert made.llm_api_key
    assert made.llm_api_key.get_secret_value() == KEY
    for shown in (repr(made), str(made), f"{made}", str(made.model_dump()), made.model_dump_json()):
        assert KEY not in shown
        assert "llm_api_key" in shown or "tiny" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"llm_base_url": URL, "llm_model": ""},
        {"port": "x"},
        {"llm_base_url": "ftp://x"},
        {"encoder_backend": "tpu"},
    ],
)
def test_the_key_is_in_no_words_of_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as raised:
        load({**wrong, "llm_api_key": KEY})
    error = raised.value
    shown = "".join(traceback.format_exception(error.with_traceback(None)))
    assert KEY not in str(error) + repr(error)
    assert KEY not in shown, "nor in what a log of it holds"


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.endswith("_url")])
@pytest.mark.parametrize(
    "url", ["ftp://u:TOPSECRET@h", "https://u:TOPSECRET@h/v1", "https://TOPSECRET@h", "u:TOPSECRET"]
)
def test_a_password_in_an_address_is_in_no_words(name: str, url: str) -> None:
    shown = ""
    try:
        made = load({name: url, "llm_model": "tiny"})
        shown = repr(made) + str(made.model_dump()) + made.model_dump_json()
    except SettingsError as error:
        shown = "".join(traceback.format_exception(error.with_traceback(None)))
    assert name.upper() in shown.upper()
    assert "TOPSECRET" not in shown


def test_a_login_in_the_address_of_an_llm_is_refused() -> None:
    told = sentence(llm_base_url="https://u:TOPSECRET@h/v1", llm_model="tiny")
    assert told == (
        "设置 LLM_BASE_URL 的值不可用：网址中不能有用户名和密码（不含 @），"
        "大模型接口的密钥请填在 LLM_API_KEY。"
    )


def test_a_key_in_the_address_of_an_llm_is_not_shown() -> None:
    made = load({"llm_base_url": "https://h/v1?key=TOPSECRET", "llm_model": "tiny"})
    assert "TOPSECRET" not in repr(made) + str(made)
    with pytest.raises(ValidationError) as raised:
        Settings(llm_base_url="ftp://u:TOPSECRET@h", admin_password="TOPSECR")  # noqa: S106
    assert "TOPSECR" not in str(raised.value)


def test_no_secret_is_in_the_words_of_the_settings() -> None:
    given = {name.lower(): f"TOPSECRET{name}" for name in SECRETS}
    made = Settings(_env_file=None, **given)  # type: ignore[arg-type]
    assert len(given) >= 15
    for shown in (repr(made), str(made), str(made.model_dump()), made.model_dump_json()):
        assert "TOPSECRET" not in shown


def test_what_is_called_a_secret_is_kept_as_one() -> None:
    told = re.compile("(password|secret|token|api_key|aes_key|redis_url|ledger_url)$")
    named = {name.upper() for name in Settings.model_fields if told.search(name)}
    assert named == SECRETS


def test_settings_do_not_change_and_those_of_others_are_left_alone() -> None:
    made = load({"corpus_dir": None, "port": 8000, "somebody_elses": 1})
    assert made.port == 8000
    assert made.corpus_dir == Settings().corpus_dir
    with pytest.raises(ValidationError):
        made.port = 1  # type: ignore[misc]


# Secrets from a folder -----------------------------------------------------------------------


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets that the environment names, and no other settings."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRETS_DIR", str(folder))
    for name in ("LLM_API_KEY", "WECHAT_MP_TOKEN", "LLM_MODEL", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return folder


def test_a_secret_is_read_from_the_file_of_its_name(secrets: Path) -> None:
    (secrets / "LLM_API_KEY").write_text(f"{KEY}\n", encoding="utf-8")
    (secrets / "wechat_mp_token").write_text("token", encoding="utf-8")
    (secrets / "somebody_elses").mkdir()
    made = load()
    assert made.llm_api_key
    assert made.llm_api_key.get_secret_value() == KEY
    assert made.wechat_mp_token
    assert made.wechat_mp_token.get_secret_value() == "token"


def test_a_secret_file_is_the_last_to_be_asked(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "llm_model").write_text("file", encoding="utf-8")
    assert load().llm_model == "file"
    Path(".env").write_text("LLM_MODEL=dotenv\n", encoding="utf-8")
    assert load().llm_model == "dotenv"
    monkeypatch.setenv("LLM_MODEL", "environment")
    assert load().llm_model == "environment"
    assert load({"llm_model": "argument"}).llm_model == "argument"


def test_the_folder_of_systemd_is_taken_where_no_other_is_named(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "llm_model").write_text("systemd", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert load().llm_model == ""
    monkeypatch.delenv("SECRETS_DIR")
    assert load().llm_model == "systemd"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "nowhere"))
    assert "CREDENTIALS_DIRECTORY" in sentence()


def test_a_folder_that_is_not_there_is_told(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (secrets / "nowhere", Path(__file__)):
        monkeypatch.setenv("SECRETS_DIR", str(place))
        assert "设置 SECRETS_DIR 的文件夹" in sentence()


@pytest.mark.parametrize("value", [b"", b" \n", b"\xff\xfe"])
def test_a_secret_file_without_a_value_is_told_and_not_passed_over(
    secrets: Path, value: bytes
) -> None:
    (secrets / "llm_api_key").write_bytes(value)
    assert "密钥文件" in sentence()


def test_a_secret_file_that_is_ambiguous_or_elsewhere_is_told(
    secrets: Path, tmp_path: Path
) -> None:
    (secrets / "llm_model").write_text("small", encoding="utf-8")
    (secrets / "LLM_MODEL").write_text("large", encoding="utf-8")
    assert "请只留一个" in sentence()
    (secrets / "LLM_MODEL").unlink()
    (secrets / "llm_api_key").mkdir()
    assert "无法读取" in sentence()
    (secrets / "llm_api_key").rmdir()
    (tmp_path / "elsewhere").write_text(KEY, encoding="utf-8")
    (secrets / "llm_api_key").symlink_to(tmp_path / "elsewhere")
    assert "指向别处" in sentence()


def test_a_link_within_the_folder_is_followed(secrets: Path) -> None:
    """As Kubernetes mounts secrets: files of a version, and links to the present one."""
    (secrets / "..2026").mkdir()
    (secrets / "..2026" / "llm_model").write_text("mounted", encoding="utf-8")
    (secrets / "..data").symlink_to("..2026")
    (secrets / "llm_model").symlink_to("..data/llm_model")
    assert load().llm_model == "mounted"


def test_a_wrong_secret_of_a_file_is_not_repeated(secrets: Path) -> None:
    (secrets / "admin_password").write_text("short", encoding="utf-8")
    told = sentence()
    assert "ADMIN_PASSWORD" in told
    assert "short" not in told
