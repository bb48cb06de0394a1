"""The chat, in a real browser: Debian's Chromium driven by Playwright, on a server of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.answer import Answer, AskedQuestion
from assistant.faces.pages import add_pages
from assistant.faces.web import FRAMES, REMEMBERED_QUESTIONS, answer_frames, mount_chat
from assistant.settings import Settings
from tests.fakes import DOCUMENT_ID, FakeAssistant, make_document

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LEAD = f"{DOCUMENT_ID}:2.2.1"
BOX = "#question textarea"


class Following(FakeAssistant):
    """Completes 那…… from the question before it; waits, while it is told to, before it answers."""

    def __init__(self) -> None:
        super().__init__(max_question_chars=500)
        self.pause = 0.0

    def ask(
        self, question: str, history: Sequence[str] = (), *, as_of: date | None = None
    ) -> Answer:
        time.sleep(self.pause)
        if not (question.startswith("那") and history):
            return super().ask(question, history, as_of=as_of)
        whole = f"{history[-1]}{question}"
        answer = super().ask(whole, history, as_of=as_of)
        return replace(answer, question=AskedQuestion(question, whole))


def chat_app(assistant: FakeAssistant, settings: Settings | None = None) -> FastAPI:
    app = FastAPI()
    add_pages(app, assistant, settings or Settings())
    return mount_chat(app, assistant, settings or Settings())


# Without a browser ------------------------------------------------------------------------------


def test_the_api_of_the_chat_is_not_offered() -> None:
    with TestClient(chat_app(FakeAssistant())) as client:
        info = client.get("/gradio_api/info").json()
        assert info == {"named_endpoints": {}, "unnamed_endpoints": {}}
        home = client.get("/")
        assert home.status_code == 200
        assert 'lang="zh-CN"' in home.text
        assert "githubusercontent" not in home.text


def test_the_answer_grows_by_sentences_to_the_whole_text() -> None:
    answer = FakeAssistant().ask("智能装备")
    frames = list(answer_frames(answer))
    assert len(frames) == 2
    assert "[1]" in frames[-1]
    assert "镭泽" not in frames[0]
    assert not any("card" in frame for frame in frames)


def test_a_long_answer_has_few_frames_and_a_refusal_none() -> None:
    answer = FakeAssistant().ask("智能装备")
    assert answer.answer is not None
    long = replace(answer, answer=replace(answer.answer, text="一句。[1]\n" * 95))
    assert 0 < len(list(answer_frames(long))) <= FRAMES
    assert list(answer_frames(FakeAssistant().ask("天气"))) == []


# In a browser -----------------------------------------------------------------------------------


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    import uvicorn

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, args=([taken],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def assistant() -> Following:
    return Following()


@pytest.fixture(scope="module")
def address(assistant: Following) -> Iterator[str]:
    with served(chat_app(assistant)) as found:
        yield found


Opener = Callable[..., Any]


@pytest.fixture
def opened(chromium: Any, address: str) -> Iterator[Opener]:
    """Opens a page in a context of its own; afterwards nothing went elsewhere and nothing failed."""
    contexts: list[Any] = []
    faults: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind == "error":
            faults.append(text)

    def seen(url: str) -> None:
        if not url.startswith((f"{address}/", "data:", "blob:")):
            faults.append(f"request to {url}")

    def open_page(path: str = "/", width: int = 1280, height: int = 800) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(message.type, message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: seen(request.url))
        page.goto(address + path)
        if path.partition("?")[0] == "/":
            page.wait_for_selector("#talk-scroll .welcome, #talk-scroll .turn")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def ask(page: Any, question: str) -> None:
    turns = page.locator(".turn").count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    last = f".turn:nth-of-type({turns + 1})"
    page.wait_for_selector(f"{last} .refusal, {last} .cards")


in_browser = pytest.mark.browser


@in_browser
def test_ask_then_click_the_citation_and_see_the_clause_marked(opened: Opener) -> None:
    page = opened()
    ask(page, "智能装备有哪些任务？")
    quote = "打造千亿级新能源汽车产业集群。推进镭泽激光共享产业园建设。"
    assert page.inner_text(".answer-text").startswith(quote)
    assert "市科技局" in page.inner_text(".answer-units")
    assert page.input_value(BOX) == ""
    page.click(".answer-text .cite")
    page.wait_for_selector(f"#source [data-clause='{LEAD}'].is-current mark")
    assert page.inner_text("#source mark") == quote
    box, mark = page.locator(".source-body").bounding_box(), page.locator("mark").bounding_box()
    assert box["y"] <= mark["y"] <= box["y"] + box["height"]


@in_browser
def test_the_answer_streams_before_its_cards(opened: Opener, assistant: Following) -> None:
    page = opened()
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const turn = document.querySelector('.turn');
            if (turn) window.seen.push([
                turn.querySelector('.waiting') ? 'waiting' : 'text',
                turn.querySelector('.card') ? 'cards' : 'none',
                turn.querySelector('.answer-text')?.innerText.length || 0]);
        }).observe(document.body, {childList: true, subtree: true, characterData: true}); }"""
    )
    assistant.pause = 0.3
    ask(page, "智能装备")
    assistant.pause = 0.0
    seen = [tuple(state) for state in page.evaluate("window.seen")]
    assert seen[0][:2] == ("waiting", "none")
    assert seen[-1][1] == "cards"
    lengths = [length for _, cards, length in seen if cards == "none" and length]
    assert lengths
    assert lengths == sorted(lengths)


@in_browser
def test_a_follow_up_says_how_it_was_understood(opened: Opener, assistant: Following) -> None:
    page = opened()
    ask(page, "智能装备有哪些任务？")
    ask(page, "那谁负责？")
    assert "已理解为：智能装备有哪些任务？那谁负责？" in page.inner_text(".turn:nth-of-type(2)")
    assert assistant.asked[-1][1] == ("智能装备有哪些任务？",)


@in_browser
def test_the_history_that_is_passed_on_is_bounded(opened: Opener, assistant: Following) -> None:
    page = opened()
    for number in range(REMEMBERED_QUESTIONS + 2):
        ask(page, f"智能装备{number}")
    assert len(assistant.asked[-1][1]) == REMEMBERED_QUESTIONS
    assert assistant.asked[-1][1][-1] == f"智能装备{REMEMBERED_QUESTIONS}"


@in_browser
def test_a_refusal_looks_different_and_leads_to_the_nearest_clauses(opened: Opener) -> None:
    page = opened()
    ask(page, "今天天气怎么样")
    assert page.locator(".answer").count() == 0
    assert "相近条款（不是答案）" in page.inner_text(".refusal")
    style = "e => getComputedStyle(e).borderTopStyle"
    assert page.eval_on_selector(".refusal", style) == "dashed"
    page.click(".nearest a >> nth=1")
    page.wait_for_selector(f"#source [data-clause='{DOCUMENT_ID}:2.2.2'].is-current mark")


@in_browser
@pytest.mark.parametrize(
    ("question", "said"), [("长" * 600, "问题有600个字"), ("   ", "问题是空的")]
)
def test_an_error_is_said_in_its_own_words(opened: Opener, question: str, said: str) -> None:
    page = opened()
    ask(page, question)
    assert said in page.inner_text(".refusal.status-error")
    ask(page, "智能装备")
    assert page.locator(".card").count() == 1


@in_browser
def test_what_users_type_is_text(opened: Opener) -> None:
    page = opened()
    evil = "<img src=x onerror=alert(1)><script>1</script>${1+1}{{value}}[1]"
    ask(page, evil)
    assert page.inner_text(".question").endswith(evil)
    assert page.locator("#talk-scroll img, #talk-scroll script").count() == 0


@in_browser
def test_an_example_and_a_unit_ask_when_clicked(opened: Opener, assistant: Following) -> None:
    page = opened()
    page.click(".examples button >> nth=0")
    page.wait_for_selector(".card")
    assert assistant.asked[-1][0] == "智能装备方面有哪些任务？"
    page.click(".chip >> text=市科技局")
    page.wait_for_selector(".turn:nth-of-type(2) .refusal")
    assert assistant.asked[-1][0] == "市科技局负责哪些任务？"


@in_browser
def test_a_deep_link_asks_when_it_opens(opened: Opener) -> None:
    page = opened("/?q=智能装备")
    page.wait_for_selector(".card")
    assert page.inner_text(".question").endswith("智能装备")


@in_browser
def test_two_browsers_do_not_see_each_other(opened: Opener, assistant: Following) -> None:
    first, second = opened(), opened()
    ask(first, "智能装备")
    ask(second, "生物医药")
    ask(first, "那谁负责？")
    assert [asked[:2] for asked in assistant.asked[-3:]] == [
        ("智能装备", ()),
        ("生物医药", ()),
        ("智能装备那谁负责？", ("智能装备",)),
    ]
    assert first.locator(".turn").count() == 2
    assert second.locator(".turn").count() == 1
    assert "生物医药" not in first.inner_text("#talk-scroll")
    assert "智能装备" not in second.inner_text("#talk-scroll")


@in_browser
def test_the_keyboard_is_enough(opened: Opener) -> None:
    page = opened()
    page.focus(BOX)
    page.keyboard.type("智能装备")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")
    page.focus(".answer-text .cite")
    assert page.eval_on_selector(".cite", "e => getComputedStyle(e).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_selector("#source .is-current mark")
    spoken = page.inner_text("#talk-scroll [aria-live=polite]")
    assert "打造千亿级新能源汽车产业集群" in spoken


@in_browser
def test_on_a_phone_the_source_opens_over_the_chat_and_closes(opened: Opener) -> None:
    page = opened(width=360, height=740)
    assert not page.is_visible("#source .source-body")
    ask(page, "智能装备")
    assert not page.is_visible("#source .source-body")
    page.click(".answer-text .cite")
    page.wait_for_selector("#source mark", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source .source-body", state="hidden")
    page.click(".card .show")
    page.click("#source .close")
    page.wait_for_selector("#source .source-body", state="hidden")


@in_browser
@pytest.mark.parametrize(
    "path",
    ["/", "/?q=智能装备", f"/clauses/{LEAD}", f"/documents/{DOCUMENT_ID}"],
)
def test_a_narrow_phone_needs_no_sideways_scroll(opened: Opener, path: str) -> None:
    page = opened(path, width=360, height=740)
    if "q=" in path:
        page.wait_for_selector(".card")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@in_browser
def test_a_permanent_page_opens_from_a_card(opened: Opener) -> None:
    page = opened()
    ask(page, "智能装备")
    with page.expect_popup() as popup:
        page.click(".card footer a >> text=条款页")
    found = popup.value
    found.wait_for_selector("h1")
    assert found.inner_text("h1") == "二（二）智能装备"
    assert found.inner_text("mark").startswith("智能装备。")
    assert make_document().title in found.inner_text("main")
