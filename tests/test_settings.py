"""Settings: a wrong one is told in a sentence, and no key is ever shown."""

from __future__ import annotations

import re
import traceback

import pytest
from pydantic import ValidationError

from assistant.errors import SettingsError
from assistant.settings import Settings, load

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
    assert told.startswith(f"设置 {name.upper()} 的值“{value}”不可用：")
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


def test_settings_do_not_change_and_those_of_others_are_left_alone() -> None:
    made = load({"corpus_dir": None, "port": 8000, "somebody_elses": 1})
    assert made.port == 8000
    assert made.corpus_dir == Settings().corpus_dir
    with pytest.raises(ValidationError):
        made.port = 1  # type: ignore[misc]
