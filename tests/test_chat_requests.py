"""What is sent to the chat by others than its page: too much of it, or what no page sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from assistant.access.keys import KeyRing
from assistant.access.permissions import Public
from assistant.access.rate_limits import RateLimits
from assistant.faces.chat.layout import MAX_HISTORY_BYTES, MAX_SCOPE_BYTES, mount_chat
from assistant.faces.middleware.authentication import Authentication
from assistant.faces.site.pages import add_pages
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.settings import Settings
from tests.browser import BOX, served
from tests.fakes import FakeAssistant, FakeLedger

JOIN, RUN = "/gradio_api/queue/join", "/gradio_api/run/predict"
SETTINGS = Settings(_env_file=None)
LONGEST = MAX_SCOPE_BYTES + 4 * SETTINGS.max_question_chars


def chat() -> FastAPI:
    app, assistant = FastAPI(), FakeAssistant()
    add_pages(app, assistant, SETTINGS)
    return mount_chat(app, assistant, SETTINGS, FakeLedger())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(chat()) as found:
        yield found


def number(address: str, name: str) -> int:
    events = httpx.get(f"{address}/config").json()["dependencies"]
    return next(int(event["id"]) for event in events if event["api_name"] == name)


def body(size: int, **more: Any) -> bytes:
    start = json.dumps({"data": [""], "session_hash": "s", **more}).encode()
    return start + b" " * (size - len(start))


@pytest.mark.parametrize(
    ("path", "longest"),
    [(JOIN, LONGEST), ("/gradio_api/upload", LONGEST), (RUN, MAX_HISTORY_BYTES)],
)
def test_a_long_body_is_refused(address: str, path: str, longest: int) -> None:
    headers = {"Content-Type": "application/json"}
    more = {"fn_index": number(address, "opened")}
    said = [
        httpx.post(address + path, content=body(size, **more), headers=headers).status_code
        for size in (longest, longest + 1)
    ]
    assert said[0] != 413
    assert said[1] == 413


@pytest.mark.parametrize("path", [JOIN, RUN])
@pytest.mark.parametrize(
    "sent",
    [
        "[" * 30_000,
        "no json",
        "[1]",
        '{"data": []}',
        '{"data": [], "fn_index": %d}',
        '{"data": [5], "fn_index": %d}',
        '{"data": {"0": ""}, "fn_index": %d}',
        '{"data": [""], "fn_index": true}',
        '{"data": [""], "fn_index": 99999}',
        '{"data": [""], "fn_index": %d, "event_data": 5}',
    ],
)
def test_what_no_page_sends_is_refused_and_no_fault(
    address: str, path: str, sent: str, capfd: pytest.CaptureFixture[str]
) -> None:
    content = sent.replace("%d", str(number(address, "opened")))
    headers = {"Content-Type": "application/json"}
    response = httpx.post(address + path, content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["detail"].endswith("。")
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_refused_question_is_said_and_stands_in_the_box_again(
    chromium: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The page may be opened and a question asked; the next one is too many."""
    limits = RateLimits(Pseudonyms(b"k" * 32), chat="5/hour")
    app = chat()
    keys = KeyRing.open(tmp_path_factory.mktemp("keys"))
    app.add_middleware(Authentication, keys=keys, limits=limits, public=Public.parse("none"))
    with served(app) as address:
        page = chromium.new_page(locale="zh-CN")
        page.goto(address)
        page.wait_for_selector("html:not([data-busy]) #talk-scroll .welcome")
        page.wait_for_selector("#toolbar [data-most]", state="attached")
        page.wait_for_selector("#source :is(h2, p)", state="attached")
        for _ in range(2):  # 3 for the page, 2 for a question
            page.fill(BOX, "智能装备由谁牵头？")
            with page.expect_response(lambda answer: JOIN in answer.url):
                page.press(BOX, "Enter")
            page.wait_for_selector("html:not([data-busy])")
        page.get_by_text("请求太频繁").wait_for()
        assert page.input_value(BOX) == "智能装备由谁牵头？"
        page.reload()
        page.get_by_text("提问太频繁，请稍后再试。").wait_for()
        page.close()
