"""The server's log: its two forms, the id of the request, and what must not stand in it."""

from __future__ import annotations

import json
import logging
import re
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
from pydantic import TypeAdapter, ValidationError
from structlog.contextvars import clear_contextvars, get_contextvars
from structlog.stdlib import ProcessorFormatter

from assistant import errors
from assistant.monitoring import logs

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
SAID = "低保待遇怎么办"
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
        raise OSError(f"不能处理 {PHONE}")  # as  it  stands
    except OSError:
        error = sys.exc_info()
    told = said("坏了", exc_info=error, level=logging.ERROR)
    assert told["level"] == "error"
    assert told["exception"].startswith("Traceback (most recent call last):\n  File ")
    assert told["exception"].endswith("OSError: 不能处理 [手机号]")
    text = line("text", "坏了", exc_info=error, level=logging.ERROR)
    assert text.splitlines()[0].endswith("ERROR assistant.x: 坏了")
    assert text.splitlines()[-1] == "OSError: 不能处理 [手机号]"
    assert '\n    raise OSError(f"不能处理 {PHONE}")  # as  it  stands\n' in text


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


# What users said --------------------------------------------------------------------------------


def raised(error: Exception, *, before: BaseException | None = None) -> dict[str, Any]:
    """What is logged of an exception that another one led to."""
    try:
        raise error from before
    except type(error):
        return said("出错了", exc_info=sys.exc_info())


@pytest.mark.parametrize(
    "name", ["root", "mcp.server.lowlevel.server", "gradio", "asyncio", "uvicornx"]
)
@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR])
def test_of_a_foreign_library_only_the_place_is_told(name: str, level: int) -> None:
    for log_format in ("json", "text"):
        text = line(log_format, f"Message was: {SAID} %s", SAID, name=name, level=level, route=SAID)
        assert SAID not in text
        assert "x.py 第1行" in text
    text = line(
        "text", SAID, name=name, level=level, pathname="/v/lib/site-packages/mcp/shared/session.py"
    )
    assert ": mcp/shared/session.py 第1行" in text


@pytest.mark.parametrize("name", ["assistant", "assistant.faces.api", "uvicorn", "uvicorn.error"])
def test_ours_and_the_servers_own_words_are_told(name: str) -> None:
    assert said("服务已启动。", name=name)["event"] == "服务已启动。"


def _invalid() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python(SAID)
    return caught.value


def _noted() -> ValueError:
    error = ValueError()
    error.add_note(SAID)
    return error


@pytest.mark.parametrize(
    ("error", "last"),
    [
        (ValueError(SAID), "ValueError"),
        (KeyError(SAID), "KeyError"),
        (RuntimeError(SAID), "RuntimeError"),
        (_invalid(), "pydantic_core._pydantic_core.ValidationError"),
        (_noted(), "ValueError"),
        (errors.UnknownUnit(SAID), "assistant.errors.UnknownUnit"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (AttributeError("no attribute 'x'"), "AttributeError: no attribute 'x'"),
        (errors.IndexFileError("索引不完整。"), "assistant.errors.IndexFileError: 索引不完整。"),
    ],
)  # fmt: skip
def test_an_exception_tells_its_class_and_frames_not_the_value(error: Exception, last: str) -> None:
    for told in (raised(error)["exception"], raised(TypeError(), before=error)["exception"]):
        assert SAID not in told
        assert last in told.splitlines()
        assert "in raised" in told, "its frames"
        assert "Traceback (most recent call last):" in told


def test_what_led_to_an_exception_comes_first_and_does_not_go_round() -> None:
    told = raised(TypeError("then"), before=OSError("first"))["exception"].splitlines()
    assert (
        told.index("OSError: first") < told.index("Which led to:") < told.index("TypeError: then")
    )
    one, other = OSError("one"), OSError("other")
    one.__cause__, other.__cause__ = other, one
    assert said("x", exc_info=(OSError, one, None))["exception"].endswith("OSError: one")


def test_the_members_of_a_group_are_told_without_their_values() -> None:
    group = ExceptionGroup(SAID, [ValueError(SAID), OSError("disk")])
    told = raised(group)["exception"]
    assert SAID not in told
    assert {"ExceptionGroup", "ValueError", "OSError: disk"} <= set(told.splitlines())


_MCP = """
import asyncio, logging, sys
from mcp.server.lowlevel import Server
from mcp.shared.memory import create_client_server_memory_streams
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCMessage
from assistant.monitoring import logs
logs.configure("text")

async def main():
    server = Server("x")
    async with create_client_server_memory_streams() as (client, (reading, writing)):
        options = server.create_initialization_options()
        running = asyncio.create_task(server.run(reading, writing, options, stateless=True))
        for number in ({}, {"id": 1}):
            sent = {"jsonrpc": "2.0", "method": f"tools/{sys.argv[1]}", "params": {"name": "ask_policy",
                    "arguments": {"question": sys.argv[1]}}, **number}
            await client[1].send(SessionMessage(JSONRPCMessage.model_validate(sent)))
        await client[0].receive()
        running.cancel()

asyncio.run(main())
"""


def test_mcp_logs_no_question() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _MCP, SAID],
        cwd=ROOT,
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    lines = ran.stderr.decode().splitlines()
    assert len(lines) >= 2, "it is heard that something is wrong"
    assert all(re.search(r"WARNING root: mcp/shared/session.py 第\d+行", x) for x in lines)
    assert not any(SAID in x for x in lines)


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
    logging.getLogger(name).warning("hidden %s", "hidden")
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
        assert {name for name, _ in told[2:]} == {"httpx", "httpcore", "openai", "redis", "another"}
        assert all(event.endswith("没有写入日志。") for _, event in told[2:])
    else:
        assert lines[0].endswith(" INFO assistant.faces: ours")
