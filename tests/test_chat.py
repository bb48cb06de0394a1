"""The chat, in a real browser: Debian's Chromium driven by Playwright, on a server of its own."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.answer import Answer, AskedQuestion
from assistant.faces.chat import turns
from assistant.faces.chat.downloads import add_downloads
from assistant.faces.chat.events import REMEMBERED_QUESTIONS
from assistant.faces.chat.layout import mount_chat
from assistant.faces.chat.turns import FRAMES
from assistant.faces.contract import Assistant
from assistant.faces.site.pages import add_pages
from assistant.faces.site.templates import Site
from assistant.settings import Settings
from tests.browser import BOX, Opener, ask, opening, served
from tests.fakes import DOCUMENT_ID, FakeAssistant, FakeLedger, make_document

LEAD = f"{DOCUMENT_ID}:2.2.1"


class Following(FakeAssistant):
    """Completes 那…… from the question before it; waits, while it is told to, before it answers."""

    def __init__(self) -> None:
        super().__init__(max_question_chars=500)
        self.pause = 0.0

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Answer:
        time.sleep(self.pause)
        if not (question.startswith("那") and history):
            return super().ask(question, history, as_of=as_of, documents=documents, budget=budget)
        whole = f"{history[-1]}{question}"
        answer = super().ask(whole, history, as_of=as_of, documents=documents)
        return replace(answer, question=AskedQuestion(question, whole))


def chat_app(
    assistant: Assistant, settings: Settings | None = None, ledger: FakeLedger | None = None
) -> FastAPI:
    app = FastAPI()
    add_pages(app, assistant, settings or Settings())
    add_downloads(app, assistant, Site())
    return mount_chat(app, assistant, settings or Settings(), ledger or FakeLedger())


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
    frames = list(turns.frames(answer))
    assert len(frames) == 2
    assert "[1]" in frames[-1]
    assert "镭泽" not in frames[0]
    assert not any("card" in frame for frame in frames)


def test_a_long_answer_has_few_frames_and_a_refusal_none() -> None:
    answer = FakeAssistant().ask("智能装备")
    assert answer.answer is not None
    long = replace(answer, answer=replace(answer.answer, text="一句。[1]\n" * 95))
    assert 0 < len(list(turns.frames(long))) <= FRAMES
    assert list(turns.frames(FakeAssistant().ask("天气"))) == []


# In a browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assistant() -> Following:
    return Following()


@pytest.fixture(scope="module")
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture(scope="module")
def address(assistant: Following, ledger: FakeLedger) -> Iterator[str]:
    with served(chat_app(assistant, ledger=ledger)) as found:
        yield found


@pytest.fixture
def opened(chromium: Any, address: str) -> Iterator[Opener]:
    with opening(chromium, address) as found:
        yield found


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
    assert "已理解为：智能装备有哪些任务？那谁负责？" in page.inner_text("#talk-now .turn")
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
def test_an_error_is_said_in_its_own_words(opened: Opener) -> None:
    page = opened(f"/?q={'长' * 600}")
    page.wait_for_selector("#talk-now .refusal.status-error")
    assert "问题有600个字" in page.inner_text(".refusal.status-error")
    ask(page, "智能装备")
    assert page.locator(".card").count() == 1


@in_browser
def test_what_cannot_be_asked_is_not_sent_and_not_lost(opened: Opener) -> None:
    page = opened()
    page.fill(BOX, "   ")
    page.press(BOX, "Enter")
    page.fill(BOX, "长" * 2001)
    page.click("#question .submit-button")
    page.wait_for_selector(".saving .done >> text=问题有2001个字，超过上限2000个字")
    assert page.locator(".turn").count() == 0
    assert page.input_value(BOX) == "长" * 2001
    ask(page, "智能装备")


@in_browser
def test_a_second_question_waits_until_the_first_is_answered(
    opened: Opener, assistant: Following
) -> None:
    page = opened()
    asked = len(assistant.asked)
    assistant.pause = 0.5
    page.fill(BOX, "智能装备")
    page.press(BOX, "Enter")
    page.wait_for_selector("#talk-now .waiting")
    page.fill(BOX, "生物医药")
    page.press(BOX, "Enter")
    page.wait_for_selector("html:not([data-busy]) #talk-now .cards")
    assistant.pause = 0.0
    assert len(assistant.asked) == asked + 1
    assert page.input_value(BOX) == "生物医药"


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
    page.click(".examples a >> nth=0")
    page.wait_for_selector(".card")
    assert assistant.asked[-1][0] == "智能装备方面有哪些任务？"
    page.click(".chip >> text=市科技局")
    page.wait_for_selector("#talk-now .refusal")
    assert assistant.asked[-1][0] == "市科技局负责哪些任务？"


@in_browser
def test_a_deep_link_asks_when_it_opens(opened: Opener) -> None:
    page = opened("/?q=智能装备")
    page.wait_for_selector("html:not([data-busy]) .card")
    assert page.inner_text(".question").endswith("智能装备")
    assert "q=" not in page.url
    page.reload()
    page.wait_for_selector("#talk-past .card")
    assert page.locator(".turn").count() == 1


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
    seen = ["#talk-scroll .question", "#talk-scroll .answer"]
    for page, other in ((first, "生物医药"), (second, "智能装备")):
        assert not [
            t for place in seen for t in page.locator(place).all_inner_texts() if other in t
        ]


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
    spoken = page.inner_text("#talk-scroll [aria-live=polite] >> nth=0")
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
    page.click(".card .show")
    page.wait_for_selector("#source mark", state="visible")
    page.go_back()  # closes the panel and stays in the chat
    page.wait_for_selector("#source .source-body", state="hidden")
    assert page.locator(".turn").count() == 1
    box = page.locator(BOX).bounding_box()
    assert box["y"] + box["height"] <= 740  # the question box is always at hand


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


@in_browser
def test_the_words_of_a_model_come_before_the_answer(opened: Opener, assistant: Following) -> None:
    page = opened()
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const text = document.querySelector('#talk-now .answer-text');
            if (text) window.seen.push(text.innerText);
        }).observe(document.body, {childList: true, subtree: true, characterData: true}); }"""
    )
    assistant.sentences = ("先行区打造新能源汽车产业集群[1]。", "并推进共享产业园建设[1]。")
    ask(page, "智能装备")
    assistant.sentences = ()
    seen = list(dict.fromkeys(page.evaluate("window.seen")))
    assert "先行区打造新能源汽车产业集群[1]。" in seen
    assert seen[-1].startswith("打造千亿级")  # the whole answer has the last word


@in_browser
def test_a_reload_keeps_the_conversation_in_this_browser_only(
    opened: Opener, assistant: Following
) -> None:
    page = opened()
    ask(page, "智能装备")
    ask(page, "那谁负责？")
    page.reload()
    page.wait_for_selector("#talk-past .turn >> nth=1")
    assert page.locator(".turn").count() == 2
    ask(page, "那在哪里？")  # the follow-up still knows what came before
    assert assistant.asked[-1][1][-1].endswith("那谁负责？")
    again = opened("/", context=page.context)
    again.wait_for_selector("#talk-past .turn >> nth=2")
    assert opened().locator(".turn").count() == 0
    page.click("[data-clear]")
    page.wait_for_selector("#talk-now .welcome")
    page.click(".saving .done >> text=撤销")
    page.wait_for_selector("#talk-past .turn >> nth=2")
    page.click("[data-clear]")
    page.wait_for_selector("#talk-now .welcome")
    page.reload()
    page.wait_for_selector("#talk-now .welcome")
    assert page.locator(".turn").count() == 0


@in_browser
def test_what_the_browser_kept_may_be_any_rubbish(opened: Opener) -> None:
    page = opened()
    page.wait_for_selector("#source .source-body")
    for rubbish in ("{", "[1, null]", '{"a": 1}', "[" * 5000, '[{"id": "x"}]'):
        page.evaluate("text => localStorage.setItem('policy-conversation', text)", rubbish)
        page.reload()
        page.wait_for_selector("#talk-now .welcome")
        page.wait_for_selector("#source .source-body")  # nothing is under way any more
    ask(page, "智能装备")
    assert page.evaluate("window.policyTurns().length") >= 1


@in_browser
def test_the_scope_goes_with_the_question_and_is_said(opened: Opener, assistant: Following) -> None:
    page = opened()
    page.click(".scope summary")
    page.check(f".scope [value='{DOCUMENT_ID}']")
    page.fill(".scope [name=as_of]", "2024-05-01")
    assert page.inner_text("[data-scope-words]") == "1份文件，按2024-05-01的效力"
    page.click("[data-scope-done]")
    assert not page.is_visible(".scope-body")
    ask(page, "智能装备")
    assert assistant.scopes[-1] == (DOCUMENT_ID,)
    assert assistant.asked[-1][2] == date(2024, 5, 1)
    page.click(".chip >> nth=0")  # also for a question that is clicked
    page.wait_for_selector("#talk-now .refusal")
    assert assistant.scopes[-1] == (DOCUMENT_ID,)
    page.click(".scope summary")
    page.click(".scope [type=reset]")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-scope-words] >> text=全部文件")
    ask(page, "生物医药")
    assert not assistant.scopes[-1]


@in_browser
def test_an_answer_is_judged_with_reason_and_correction(opened: Opener, ledger: FakeLedger) -> None:
    page = opened()
    ask(page, "智能装备")
    assert ledger.recorded[-1][:2] == ("智能装备", "web")
    page.click("[data-rate=down]")
    page.check(".feedback [value=责任单位不对]")
    page.fill(".feedback textarea", "应为市商务局")
    page.click(".feedback [type=submit]")
    page.wait_for_selector("#notice >> text=反馈已收到")
    rated = ledger.rated[-1]
    assert rated["answer_id"].startswith("ans")
    assert (rated["rating"], rated["reason"], rated["correction"]) == (
        "down",
        "责任单位不对",
        "应为市商务局",
    )
    assert (rated["question"], rated["channel"]) == ("智能装备", "web")
    with page.expect_response("**/run/predict"):
        page.click("[data-rate=up]")  # one may change one's mind: the last word counts
    page.wait_for_function("() => document.querySelector('#notice').innerText.includes('收到')")
    assert page.get_attribute("[data-rate=up]", "aria-pressed") == "true"
    assert page.get_attribute("[data-rate=down]", "aria-pressed") == "false"
    assert ledger.rated[-1]["rating"] == "up"
    page.click("[data-rate=down]")
    page.eval_on_selector_all(
        ".feedback [name=reason]", "all => all.forEach(it => it.checked = false)"
    )
    page.click(".feedback [type=submit]")
    assert page.inner_text(".turn-actions .done") == "请先选一个原因"


@in_browser
def test_the_conversation_is_saved_as_a_file(opened: Opener, tmp_path: Path) -> None:
    page = opened()
    assert not page.is_visible("[data-export]")
    ask(page, "智能装备")
    for kind, beginning in (("docx", b"PK"), ("md", b"")):
        with page.expect_download() as download:
            page.click(f"[data-export$='.{kind}']")
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        assert saved.name == f"政策问答记录.{kind}"
        assert saved.read_bytes().startswith(beginning)
    assert "打造千亿级新能源汽车产业集群" in saved.read_text(encoding="utf-8")


@in_browser
def test_a_copied_answer_has_its_sources(opened: Opener) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "智能装备")
    page.click(".card [data-copy]")
    page.wait_for_selector(".card .done >> text=已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“打造千亿级新能源汽车产业集群")
    assert copied.endswith(f"——《{make_document().title}》（淄政字〔2022〕40号）二（二）智能装备")


@in_browser
def test_a_click_on_a_clause_asks_about_it(opened: Opener, assistant: Following) -> None:
    page = opened()
    page.click(f"#source [data-clause='{LEAD}']")
    page.wait_for_selector("#source .is-current mark")
    assert "智能装备" in assistant.asked[-1][0]
    page.focus(f"#source [data-clause='{DOCUMENT_ID}:2.2.2'] .ask-clause")
    page.keyboard.press("Enter")
    page.wait_for_selector("#talk-now >> text=重点发展医疗器械")
    assert "生物医药" in assistant.asked[-1][0]
    asked = len(assistant.asked)
    page.dblclick(f"#source [data-clause='{DOCUMENT_ID}:2.2.2'] p")  # marks a word: no question
    page.wait_for_timeout(300)
    assert len(assistant.asked) - asked <= 1


@in_browser
def test_large_type_and_dark_are_kept_and_nothing_is_cut_off(opened: Opener) -> None:
    page = opened(width=390, height=844)
    page.click("[data-switch=size]")
    page.click("[data-switch=theme]")
    assert page.evaluate("document.documentElement.dataset.size") == "large"
    page.reload()
    page.wait_for_selector("#talk-now .welcome")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.get_attribute("[data-switch=size]", "aria-pressed") == "true"
    ask(page, "智能装备")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@in_browser
def test_the_question_box_stands_at_the_foot_of_a_tall_window(opened: Opener) -> None:
    page = opened(width=1400, height=1000)
    for _ in range(2):
        box = page.locator(BOX).bounding_box()
        assert 1000 - 80 <= box["y"] + box["height"] <= 1000
        ask(page, "智能装备")
