"""Every page for everybody: axe-core, the keyboard alone, a phone, and type twice as large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from assistant.model import Document
from assistant.service import PolicyAssistant
from tests.browser import BOX, PHONE, Opener, ask, opening
from tests.office import saved, word
from tests.policies import CORPUS, YUNHE, settings_for
from tests.test_site_browser import MARKED, PASSWORD, WHO_LEADS, log_in, site_of

pytestmark = pytest.mark.browser

SCROLLED = "#source .source-body"


# What axe-core is to report, and what of it: a dark page differs in colours, a large one in sizes.
ONLY = {"resultTypes": ["violations"], "preload": False}
SIZES = ("target-size", "scrollable-region-focusable")
EVERYTHING = {**ONLY, "rules": {"target-size": {"enabled": True}}}
COLOURS = {**ONLY, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
SHAPES = {**ONLY, "runOnly": {"type": "rule", "values": SIZES}}
LARGE = "large => { document.documentElement.dataset.size = large ? 'large' : 'normal'; }"


@pytest.fixture(scope="module")
def address(
    policy_assistant: PolicyAssistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("accessible")
    settings = settings_for(folder, corpus_dir=CORPUS, admin_password=SecretStr(PASSWORD))
    with site_of(policy_assistant, settings) as found:
        yield found


@pytest.fixture
def opened(chromium: Any, address: str) -> Iterator[Opener]:
    with opening(chromium, address) as found:
        yield found


def addresses(seed: Document) -> list[str]:
    """Of every page that needs no action to be seen."""
    clause = next(c for c in seed.clauses if c.heading == "智能装备")
    return [
        "/industries",
        "/industries?project=新能源汽车电池&area=未限定区域",
        "/industries?project=海水养殖三文鱼&industry=无此产业",
        "/units",
        "/units/市财政局?whole=1",
        "/units/compare",
        "/units/compare?a=市发展改革委&b=市财政局",
        "/documents",
        "/documents?q=高端装备",
        "/documents?q=火星移民",
        f"/documents/{seed.id}",
        f"/clauses/{clause.id}",
        "/admin/login",
    ]


def every_page(page: Any, address: str, seed: Document) -> Iterator[str]:
    """The page stands at one view after the other; each is named."""
    page.wait_for_selector(SCROLLED, state="attached")
    yield "chat, empty"
    ask(page, WHO_LEADS)
    page.wait_for_selector("#talk-next [data-ask]")
    page.click(".answer-text .cite >> nth=0")
    page.wait_for_selector("#source mark", state="visible")
    yield "chat, source"
    page.keyboard.press("Escape")
    page.click("[data-rate=down]")
    page.click(".scope summary")
    yield "chat, answer"
    ask(page, "今天天气怎么样？")
    yield "chat, refusal"
    for path in addresses(seed):
        page.goto(address + quote(path, safe="/?=&:"))
        yield path
    log_in(page)
    yield "/admin"
    made = {"name": "茶.docx", "mimeType": "application/octet-stream"}
    page.set_input_files("#file", [{**made, "buffer": saved(word(YUNHE.splitlines()))}])
    page.click("form.upload [type=submit]")
    page.wait_for_selector(".clause-tree")
    yield "preview"
    page.click("button >> text='放弃'")
    page.wait_for_selector("#h-upload")
    page.goto(f"{address}/admin/feedback")
    yield "/admin/feedback"


def violations(page: Any, options: dict[str, Any]) -> list[str]:
    """What axe-core finds to be serious or critical, with the elements."""
    base = pytest.importorskip("axe_playwright_python.base", reason="axe-core is not installed")
    page.evaluate(base.AXE_SCRIPT)
    page.wait_for_function("document.getAnimations().every(it => it.playState !== 'running')")
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
        if node["impact"] in {"serious", "critical"}
    ]


def test_axe_finds_nothing_serious_in_light_dark_and_large_type(
    opened: Opener, address: str, seed: Document
) -> None:
    page = opened()
    found: dict[str, list[str]] = {}
    for name in every_page(page, address, seed):
        found[f"{name}, light"] = violations(page, EVERYTHING)
        page.emulate_media(color_scheme="dark")
        found[f"{name}, dark"] = violations(page, COLOURS)
        page.emulate_media(color_scheme="light")
        page.evaluate(LARGE, True)
        found[f"{name}, large"] = violations(page, SHAPES)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, name
        page.evaluate(LARGE, False)
    assert {view: broken for view, broken in found.items() if broken} == {}


# A phone ----------------------------------------------------------------------------------------

SMALL = """() => [...document.querySelectorAll('nav a, nav button, header a, header button')]
    .filter(e => e.checkVisibility() && !e.closest('details:not([open]), #source'))
    .map(e => [e.innerText, e.getBoundingClientRect()])
    .filter(([, r]) => r.width < 24 || r.height < 24)
    .map(([words, r]) => `${words} ${r.width}x${r.height}`)"""


def test_on_a_phone_every_page_fits_and_can_be_tapped(
    opened: Opener, address: str, seed: Document
) -> None:
    page = opened(**PHONE, has_touch=True, is_mobile=True)
    found: dict[str, list[str]] = {}
    for name in every_page(page, address, seed):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        found[name] = [*page.evaluate(SMALL), *violations(page, SHAPES)]
    assert {view: broken for view, broken in found.items() if broken} == {}


def test_on_a_phone_the_policy_opens_over_the_chat_and_closes(opened: Opener) -> None:
    page = opened(**PHONE, has_touch=True, is_mobile=True)
    ask(page, WHO_LEADS)
    assert not page.is_visible(SCROLLED)
    page.tap(".answer-text .cite >> nth=0")
    page.wait_for_selector("#source mark", state="visible")
    box = page.locator("#source").bounding_box()
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    page.tap("#source .close")
    page.wait_for_selector(SCROLLED, state="hidden")
    assert page.is_visible(BOX)


# The keyboard -----------------------------------------------------------------------------------

# As if the address bar had been left with Tab: nothing is focused, the next stop is the first.
AT_THE_TOP = """() => { document.body.tabIndex = -1; document.body.focus();
    document.body.removeAttribute('tabindex'); window.scrollTo(0, 0); }"""
STOP = """() => {
    const e = document.activeElement, frame = e.closest('.input-container') ?? e;
    const seen = s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
    const r = e.getBoundingClientRect();
    return {
        words: (e.innerText || e.value || e.getAttribute('aria-label') || '').trim(),
        kind: e.tagName.toLowerCase(), classes: e.className, clause: e.dataset.clause ?? '',
        shown: seen(getComputedStyle(e)) || getComputedStyle(frame).boxShadow !== 'none',
        inside: r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight
            && r.right > 0 && r.left < innerWidth,
    }; }"""


def stops(page: Any, most: int = 60) -> Iterator[dict[str, Any]]:
    """Where Tab leads, one stop after the other; each can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        assert stop["shown"], stop
        assert stop["inside"], stop
        yield stop


def walk_to(page: Any, kind: str, words: str = "", classes: str = "") -> list[str]:
    """Press Tab until such an element has the focus; the words of what was passed."""
    passed: list[str] = []
    for stop in stops(page):
        if stop["kind"] == kind and words in stop["words"] and classes in stop["classes"]:
            return passed
        passed.append(stop["words"])
    raise AssertionError(f"no Tab leads to {kind} {words} {classes}: {passed}")


def test_the_keyboard_alone_asks_opens_the_source_and_comes_back(opened: Opener) -> None:
    page = opened()
    page.wait_for_selector(SCROLLED)
    page.evaluate(AT_THE_TOP)
    passed = walk_to(page, "textarea")
    assert {"问政策", "投资指引", "职责清单", "文件库", "大字", "深色"} <= set(passed)
    page.keyboard.type(WHO_LEADS)
    page.keyboard.press("Enter")
    page.wait_for_selector("html:not([data-busy]) #talk-now .cards")
    page.wait_for_selector("#talk-next [data-ask]")
    page.evaluate(AT_THE_TOP)
    walk_to(page, "a", "[1]", "cite")
    clause = page.evaluate(STOP)["clause"]
    page.keyboard.press("Enter")
    page.wait_for_selector(MARKED.format(clause))
    page.wait_for_function("document.activeElement.closest('#source h2')")
    walk_to(page, "div", classes="source-body")
    before = page.evaluate("document.activeElement.scrollTop")
    page.keyboard.press("PageDown")
    page.wait_for_function("top => document.activeElement.scrollTop > top", arg=before)
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.cite')")
    assert page.evaluate(STOP)["clause"] == clause
    walk_to(page, "a", "市财政局", "chip")
    page.keyboard.press("Enter")
    page.wait_for_selector("#talk-now .question >> text=市财政局负责哪些任务？")
    page.wait_for_selector("html:not([data-busy]) #talk-now .cards")


def test_the_keyboard_alone_finds_a_unit_a_task_and_a_clause(opened: Opener) -> None:
    page = opened("/units")
    assert next(stops(page))["words"] == "跳到正文"
    page.keyboard.press("Enter")
    page.wait_for_url("**/units#main")
    assert next(stops(page))["words"] == "导出全部（.xlsx）"  # what comes first within the page
    walk_to(page, "input")
    page.keyboard.type("市财政局")
    page.keyboard.press("Enter")
    page.wait_for_selector(".result")
    page.evaluate(AT_THE_TOP)
    walk_to(page, "a", "市财政局")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=市财政局")
    walk_to(page, "summary", "二（一）")
    page.keyboard.press("Enter")
    walk_to(page, "a", "条款页")
    page.keyboard.press("Enter")
    page.wait_for_selector("article .is-current")


def test_the_keyboard_alone_searches_the_library_and_sees_each_stop(opened: Opener) -> None:
    page = opened("/documents")
    walk_to(page, "input")
    page.keyboard.type("高端装备")
    page.keyboard.press("Enter")
    page.wait_for_selector(".found .path")
    walk_to(page, "a", classes="path")
    page.keyboard.press("Enter")
    page.wait_for_selector("article .is-current")
    seen = [stop["words"] for stop in stops(page, 12)]
    assert seen[0] == "跳到正文"


# Type twice as large ----------------------------------------------------------------------------

TWICE = """addEventListener('DOMContentLoaded', () => {
    document.documentElement.style.setProperty('font-size', '200%', 'important'); })"""
# What is cut off without a way to scroll to it; one line that ends in … is said again elsewhere.
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
    const s = getComputedStyle(e), hides = v => v === 'hidden' || v === 'clip';
    return e.checkVisibility() && !e.closest('.sr-only, svg, #notice') && s.textOverflow !== 'ellipsis'
        && ((hides(s.overflowX) && e.scrollWidth > e.clientWidth + 1)
            || (hides(s.overflowY) && e.scrollHeight > e.clientHeight + 1)); })
    .map(e => `${e.tagName}#${e.id}.${e.className}`)"""
# Two texts, neither within the other, that lie over each other by more than a pixel or two.
OVERLAPPING = """() => {
    const texts = [...document.querySelectorAll(
        'main :is(h1, h2, h3, p, a, button, label, th, dt, dd, summary, input, select), '
        + '.masthead :is(a, button), #talk-scroll :is(h2, p, a, button), #toolbar :is(summary, button)')]
        .filter(e => e.checkVisibility() && !e.closest('.sr-only, svg, .scroll, .grid-scroll')
            && !e.closest('.skip') && getComputedStyle(e).position === 'static');
    const scroller = e => {
        while ((e = e.parentElement) && getComputedStyle(e).overflowY === 'visible');
        return e; };
    const boxes = texts.slice(0, 600).flatMap(
        e => [...e.getClientRects()].map(r => [e, r, scroller(e)]));
    const found = [];
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
        const [a, p, one] = boxes[i], [b, q, other] = boxes[j];
        if (one !== other || a.contains(b) || b.contains(a)) continue;
        const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (wide > 3 && high > 8) found.push(`${a.innerText.slice(0, 20)} × ${b.innerText.slice(0, 20)}`);
    }
    return found.slice(0, 5); }"""


def test_the_question_box_grows_with_the_type(opened: Opener) -> None:
    page = opened()
    page.click("[data-switch=size]")
    assert page.eval_on_selector(BOX, "e => e.scrollHeight <= e.clientHeight + 1")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/?q={WHO_LEADS}",
        "/units",
        "/units/市发展改革委",
        "/units/compare?a=市发展改革委&b=市财政局",
        "/industries",
        "/industries?project=新能源汽车电池",
    ],
)
def test_nothing_is_cut_off_or_covered_when_type_is_twice_as_large(
    opened: Opener, address: str, path: str
) -> None:
    page = opened("/documents")
    page.add_init_script(TWICE)
    page.goto(address + quote(path, safe="/?=&"))
    if path == "/":
        page.wait_for_selector("html:not([data-busy]) #talk-scroll .welcome")
    elif path.startswith("/?"):
        page.wait_for_selector("#talk-next [data-ask]")
    page.wait_for_selector("#first-view", state="detached")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(OVERLAPPING) == []
