"""The server's log: its two forms, the id of the request, and what must not stand in it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import clear_contextvars, get_contextvars
from structlog.stdlib import ProcessorFormatter

from assistant.monitoring import logs

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
PHONE, ID_CARD = "13812345678", "370302199001011234"


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    clear_contextvars()
    yield
    clear_contextvars()


def line(log_format: logs.LogFormat, message: str, *args: object, **more: Any) -> str:
    record = logging.LogRecord(
        more.pop("name", "assistant.x"),
        more.pop("level", logging.INFO),
        "x.py",
        1,
        message,
        args,
        more.pop("exc_info", None),
    )
    record.__dict__.update(more)
    return ProcessorFormatter(processors=logs.processors(log_format)).format(record)


def said(message: str, *args: object, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line("json", message, *args, **more))
    return found


def test_json_is_one_object_a_line_with_the_time_of_china() -> None:
    text = line("json", "文件有变化，%s。", "索引已更新", created=1_700_000_000.25)
    assert "文件有变化" in text, "as it is, not escaped"
    assert json.loads(text) == {
        "time": "2023-11-15T06:13:20.250+08:00",
        "level": "info",
        "logger": "assistant.x",
        "event": "文件有变化，索引已更新。",
    }
    assert datetime.fromisoformat(json.loads(text)["time"]).timestamp() == 1_700_000_000.25


def test_text_is_one_readable_line() -> None:
    with logs.request_bound("abc"):
        text = line("text", "request", created=1_700_000_000.0, status=200, route="/v1/units")
    assert text == (
        "2023-11-15 06:13:20 INFO assistant.x: request request_id=abc route=/v1/units status=200"
    )


def test_an_exception_is_told_in_both_forms() -> None:
    try:
        raise ValueError(f"不能处理 {PHONE}")  # as  it  stands
    except ValueError:
        error = sys.exc_info()
    told = said("坏了", exc_info=error, level=logging.ERROR)
    assert told["level"] == "error"
    assert told["exception"].startswith("Traceback (most recent call last):\n  File ")
    assert told["exception"].endswith("ValueError: 不能处理 [手机号]")
    text = line("text", "坏了", exc_info=error, level=logging.ERROR)
    assert text.splitlines()[0].endswith("ERROR assistant.x: 坏了")
    assert text.splitlines()[-1] == "ValueError: 不能处理 [手机号]"
    assert '\n    raise ValueError(f"不能处理 {PHONE}")  # as  it  stands\n' in text


@pytest.mark.parametrize(
    ("told", "secret", "left"),
    [
        (f"电话{PHONE}无人接", PHONE, "电话[手机号]无人接"),
        (f"身份证{ID_CARD}", ID_CARD, "身份证[证件号]"),
        ("key pqa_7f3a_Zm9vYmFyYmF6 refused", "Zm9v", "key [已隐去] refused"),
        ("Authorization: Bearer abc.def-ghi", "abc.def", "Authorization: Bearer [已隐去]"),
        ("authorization: bearer sk-12345678", "sk-1", "authorization: bearer [已隐去]"),
        ("GET https://x/?access_token=AAA_b&n=1", "AAA_b", "GET https://x/?access_token=[已隐去]&n=1"),
        ('{"corpsecret": "s3cr3t"}', "s3cr3t", '{"corpsecret": "[已隐去]"}'),
        ("redis://:hunter2@localhost:6379/0", "hunter2", "redis://[已隐去]@localhost:6379/0"),
        ("postgresql://u:hunter2@db/x", "hunter2", "postgresql://[已隐去]@db/x"),
    ],
)  # fmt: skip
def test_what_names_a_person_or_opens_a_door_is_masked(told: str, secret: str, left: str) -> None:
    assert said(told)["event"] == left
    assert secret not in line("text", "%s", told)


@pytest.mark.parametrize(
    "told",
    [
        "服务已启动：http://127.0.0.1:7860/ （按 Ctrl-C 停止）",
        "文件“2022年第40号.docx”有变化，索引已更新。",
        "Started server process [123456]",
        "咨询电话12345，共1800条",
    ],
)
def test_plain_words_stay(told: str) -> None:
    assert said(told)["event"] == told


def test_the_id_of_a_request_is_not_taken_for_a_number() -> None:
    with logs.request_bound("a13812345678901234567890123456f0"):
        assert said("request")["request_id"] == "a13812345678901234567890123456f0"


@given(st.text(max_size=60))
def test_whatever_is_logged_is_one_line(text: str) -> None:
    written = line("json", "%s", text)
    assert written.count("\n") == 0
    assert json.loads(written)["logger"] == "assistant.x"
    assert len(line("text", "%s", text).splitlines()) == 1, "no forged line"


def test_only_our_own_fields_are_taken_from_a_record() -> None:
    assert set(said("request", route="/", color_message="x", key="k1", client="1.2.3.4")) == {
        *("time", "level", "logger", "event", "route", "key"),
    }


def test_the_id_reaches_threads_and_ends_with_the_request() -> None:
    seen: list[dict[str, Any]] = []
    with logs.request_bound("abc"):
        context = copy_context()  # as what runs work in a thread does
        worker = threading.Thread(target=lambda: context.run(lambda: seen.append(said("x"))))
        worker.start()
        worker.join(SECONDS)
    assert seen[0]["request_id"] == "abc"
    assert get_contextvars() == {}


def test_the_id_stays_for_who_logs_the_error() -> None:
    with suppress(ValueError), logs.request_bound("abc"):
        raise ValueError
    assert said("Exception in ASGI application\n")["request_id"] == "abc"
    with logs.request_bound("next"):
        assert said("x")["request_id"] == "next"


_PROGRAM = """
import logging, sys
from assistant.monitoring import logs
logs.configure(sys.argv[1])
logging.getLogger("assistant.faces").info("ours")
logging.getLogger("assistant.faces").debug("too much")
logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "x"})
logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" 403', "203.0.113.7", "/x?q=hidden")
logging.getLogger("uvicorn.access").critical("203.0.113.7 hidden")
for name in ("httpx", "httpcore", "openai", "redis", "another"):
    logging.getLogger(name).info("hidden")
    logging.getLogger(name).warning("heard")
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_every_logger_of_a_process_speaks_one_form(log_format: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, log_format],
        cwd=ROOT,
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    assert ran.stdout == b""
    lines = ran.stderr.decode().splitlines()
    assert [x for x in lines if "hidden" in x or "203.0.113.7" in x] == []
    assert len(lines) == 7
    if log_format == "json":
        told = [(x["logger"], x["event"]) for x in map(json.loads, lines)]
        assert told[:2] == [("assistant.faces", "ours"), ("uvicorn.error", "Started")]
        assert {event for _, event in told[2:]} == {"heard"}
    else:
        assert lines[0].endswith(" INFO assistant.faces: ours")
