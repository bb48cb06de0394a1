"""The whole site on the real assistant, in a real browser: what staff and investors do with it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import openpyxl
import pytest
from pydantic import SecretStr

from assistant.faces.application import create_app
from assistant.ledger.ledger import Ledger
from assistant.model import ROLE_NAMES, Document
from assistant.rendering import clause_url
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from tests.browser import Opener, ask, opening, served
from tests.office import saved, word
from tests.policies import CORPUS, YUNHE, YUNHE_NUMBER, YUNHE_TITLE, settings_for

pytestmark = pytest.mark.browser

PASSWORD = "correct-horse-1"  # noqa: S105 - of these tests alone
WHO_LEADS = "智能装备由谁牵头？"
ABOUT_TEA = "新建生态茶园每亩补助多少钱？"
MARKED = "#source [data-clause='{}'].is-current mark"
BUILT_WITHIN = 60_000  # milliseconds, on a machine that does other things too


@contextmanager
def site_of(assistant: PolicyAssistant, settings: Settings) -> Iterator[str]:
    """The address of the whole site."""
    with (
        closing(Ledger.open(settings)) as ledger,
        served(create_app(assistant, settings, ledger)) as address,
    ):
        yield address


def own_site(folder: Path) -> tuple[PolicyAssistant, Settings]:
    """A site that may be administered: its corpus is a copy."""
    shutil.copytree(CORPUS, folder / "corpus")
    settings = settings_for(folder, admin_password=SecretStr(PASSWORD))
    return PolicyAssistant.open(settings), settings


@pytest.fixture(scope="module")
def address(
    policy_assistant: PolicyAssistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    settings = settings_for(tmp_path_factory.mktemp("site"), corpus_dir=CORPUS)
    with site_of(policy_assistant, settings) as found:
        yield found


@pytest.fixture
def opened(chromium: Any, address: str) -> Iterator[Opener]:
    with opening(chromium, address) as found:
        yield found


def squeezed(text: str) -> str:
    return "".join(text.split())


def downloaded(page: Any, selector: str) -> tuple[str, bytes]:
    """The name and the bytes of what a link or button gives."""
    with page.expect_download() as download:
        page.click(selector)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def rows_of(book: bytes, sheet: int = 0) -> list[list[str]]:
    opened = openpyxl.load_workbook(io.BytesIO(book))
    return [
        [str(v) for v in row if v is not None]
        for row in opened.worksheets[sheet].iter_rows(values_only=True)
    ]


# 问政策 -----------------------------------------------------------------------------------------


def test_each_citation_marks_its_very_words_in_the_policy(
    opened: Opener, policy_assistant: PolicyAssistant, seed: Document
) -> None:
    expected = policy_assistant.ask(WHO_LEADS)
    page = opened()
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const turn = document.querySelector('#talk-now .turn');
            if (turn) window.seen.push([turn.querySelector('.answer-text')?.innerText.length || 0,
                                        turn.querySelectorAll('.card').length]);
        }).observe(document.body, {childList: true, subtree: true, characterData: true}); }"""
    )
    ask(page, "市财政局负责哪些任务？")
    whole = len(page.inner_text(".answer-text"))
    growth = [length for length, cards in page.evaluate("window.seen") if not cards]
    assert growth == sorted(growth)
    assert any(0 < length < whole for length in growth), "the answer did not stream"
    ask(page, WHO_LEADS)
    assert len(expected.citations) > 1
    for citation in expected.citations:
        page.click(f"#talk-now .answer-text .cite[data-cite='{citation.number}'] >> nth=0")
        page.wait_for_selector(MARKED.format(citation.clause.id))
        found = "".join(page.locator("#source mark").all_inner_texts())
        assert squeezed(found) == squeezed(citation.quote)
        assert citation.quote.strip() in seed.text
        box = page.locator(".source-body").bounding_box()
        page.wait_for_function(
            """([top, bottom]) => { const r = document.querySelector('#source mark')
                .getBoundingClientRect(); return r.bottom > top && r.top < bottom; }""",
            arg=[box["y"], box["y"] + box["height"]],
        )
        assert squeezed(citation.quote) in squeezed(
            page.inner_text(f"#talk-now .card[data-number='{citation.number}'] blockquote")
        )


def test_a_follow_up_a_unit_and_a_refusal_in_one_conversation(
    opened: Opener, policy_assistant: PolicyAssistant
) -> None:
    page = opened()
    ask(page, WHO_LEADS)
    style = "e => [getComputedStyle(e).borderTopStyle, getComputedStyle(e).backgroundColor]"
    answered = page.eval_on_selector(".answer", style)
    ask(page, "那生物医药呢？")
    assert "已理解为：生物医药由谁牵头？" in page.inner_text("#talk-now .turn")
    page.click("#talk-now .chip >> text=市财政局 >> nth=0")
    page.wait_for_selector("#talk-now .question >> text=市财政局负责哪些任务？")
    page.wait_for_selector("html:not([data-busy]) #talk-now .cards")
    tasks = len(policy_assistant.tasks_of("市财政局")[1])
    assert f"共{tasks}条" in page.inner_text("#talk-now .answer-text")
    ask(page, "今天天气怎么样？")
    assert page.locator("#talk-now :is(.answer, .card)").count() == 0
    assert page.eval_on_selector("#talk-now .refusal", style) != answered
    assert "可以问" in page.inner_text("#talk-now .refusal .next")


def test_a_deep_link_asks_and_the_next_question_can_be_answered(opened: Opener) -> None:
    page = opened(f"/?q={quote(WHO_LEADS)}")
    page.wait_for_selector("html:not([data-busy]) .card")
    page.wait_for_selector("#talk-next [data-ask]")
    page.click("#talk-next [data-ask] >> nth=0")
    page.wait_for_selector("html:not([data-busy]) .turn[data-turn='2'] .cards")
    assert page.locator("#talk-now .refusal").count() == 0


def test_two_browsers_share_nothing_and_a_reload_keeps_ones_own(opened: Opener) -> None:
    first, second = opened(), opened()
    ask(first, WHO_LEADS)
    ask(second, "市教育局负责哪些任务？")
    ask(second, "那市财政局呢？")
    for page, own, other in ((first, 1, "市教育局负责"), (second, 2, WHO_LEADS)):
        page.reload()
        page.wait_for_selector(f"#talk-past .turn >> nth={own - 1}")
        asked = " ".join(page.locator(".turn .question").all_inner_texts())
        assert page.locator(".turn").count() == own
        assert other not in asked
    assert opened().locator(".turn").count() == 0


# 投资指引 ---------------------------------------------------------------------------------------


def test_a_cell_of_the_matrix_opens_the_clause_that_supports_the_industry_there(
    opened: Opener, policy_assistant: PolicyAssistant
) -> None:
    table = next(t for t in policy_assistant.industry_map().tables() if t.supports)
    support = next(s for s in table.supports if s.areas)
    page = opened("/industries")
    label = f"{support.industry}，{support.columns[0]}：1 处"
    page.click(f"table.heat a[aria-label^='{label}']")
    page.wait_for_selector("article .is-current")
    assert unquote(page.url).endswith(f"/clauses/{support.clause.id}")
    shown = squeezed(page.inner_text("article.text"))
    assert squeezed(support.sentence) in shown
    assert "责任单位" in page.inner_text(".duty")


def test_an_area_and_an_industry_lead_to_their_lists(
    opened: Opener, policy_assistant: PolicyAssistant
) -> None:
    whole = policy_assistant.industry_map()
    page = opened("/industries")
    column = whole.columns[0]
    page.click(f"table.heat thead a >> text={column}")
    page.wait_for_selector("#list .active")
    entries = page.locator("#list .entry").all()
    assert entries
    for entry in entries:
        assert column in entry.locator(".area").all_inner_texts()
        assert entry.locator(".clause-link").count() == 1
    assert f"符合条件的 {whole.count(column)} 条" in page.inner_text("#list .sum")
    name, book = downloaded(page, "#list .export")
    assert name.endswith(".xlsx")
    cells = {cell for row in rows_of(book) for cell in row}
    assert {s.industry for s in whole.supports if column in s.columns} <= cells


def test_a_project_finds_clauses_and_units_or_an_honest_nothing(
    opened: Opener, policy_assistant: PolicyAssistant
) -> None:
    wanted = policy_assistant.match_project("新能源汽车电池")
    assert wanted.direct
    page = opened("/industries")
    page.fill("#project", "新能源汽车电池")
    page.click(".project button[type=submit]")
    page.wait_for_selector("#matches .entry")
    first = page.locator("#matches .entry").first
    assert wanted.direct[0].clause.full_label in first.locator(".clause-link").inner_text()
    assert first.locator(".chip").count() > 0
    assert wanted.units[0][0].unit in page.inner_text("#matches .first-contact")
    page.fill("#project", "海水养殖三文鱼")
    page.click(".project button[type=submit]")
    page.wait_for_selector("#matches.refusal")
    assert "没有写到这样的项目" in page.inner_text("#matches")
    assert "请以法律法规和主管单位为准" in page.inner_text("#matches")
    assert page.locator("#matches .entry").count() == 0


# 职责清单 ---------------------------------------------------------------------------------------


def test_the_workbook_of_a_unit_has_every_task(
    opened: Opener, policy_assistant: PolicyAssistant
) -> None:
    unit, tasks = policy_assistant.tasks_of("市发展改革委")
    page = opened("/units")
    page.click(f".unit-rows a >> text='{unit.name}'")
    page.wait_for_selector("h1 >> text=市发展改革委")
    name, book = downloaded(page, "a[href$='.xlsx']")
    assert unit.name in name
    own = [(row[1], row[-1]) for row in rows_of(book) if row[:1] == [unit.name] and len(row) > 2]
    here = page.evaluate("location.origin")
    wanted = [(ROLE_NAMES[task.role], here + clause_url(task.clause.id)) for task in tasks]
    assert sorted(own) == sorted(wanted)


def test_two_units_are_picked_and_compared(opened: Opener) -> None:
    page = opened("/units")
    form = "form[action$='/units/compare']"
    page.fill(f"{form} [name=a]", "发改委")
    page.fill(f"{form} [name=b]", "市财政局")
    page.click(f"{form} button")
    page.wait_for_selector("h1 >> text=市发展改革委与市财政局")
    rows = page.locator("table.side-by-side tbody tr:not(.document)")
    assert f"{rows.count()}项" in page.inner_text("#shared")
    rows.first.locator("summary").click()
    page.click("table.side-by-side .where a >> nth=0")
    page.wait_for_selector(".clause-page .duty")
    for name in ("市发展改革委", "市财政局"):
        assert name in page.inner_text(".duty")


# 管理 -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("docx", reason="python-docx is not installed")
    with site_of(*own_site(tmp_path_factory.mktemp("desk"))) as found:
        yield found


def log_in(page: Any) -> None:
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("#h-upload")


def wait_until_built(page: Any) -> None:
    page.wait_for_selector(".panel.done .sum", timeout=BUILT_WITHIN)


def test_a_document_comes_in_is_asked_about_judged_and_goes_again(chromium: Any, desk: str) -> None:
    with opening(chromium, desk) as open_page:
        admin, chat = open_page("/admin"), open_page()
        ask(chat, ABOUT_TEA)
        assert chat.locator("#talk-now .refusal").count() == 1
        log_in(admin)
        made = {"name": "茶产业.docx", "mimeType": "application/octet-stream"}
        admin.set_input_files("#file", [{**made, "buffer": saved(word(YUNHE.splitlines()))}])
        admin.click("form.upload [type=submit]")
        admin.wait_for_selector(".clause-tree")
        assert YUNHE_NUMBER in admin.inner_text("main")
        tree = admin.inner_text(".clause-tree")
        for words in ("壮大茶业主体", "完善灌溉设施", "市水利局", "牵头单位"):
            assert words in tree, words
        ask(chat, ABOUT_TEA)
        assert chat.locator("#talk-now .refusal").count() == 1  # looked over, not taken in
        admin.click("button >> text='收录'")
        wait_until_built(admin)
        assert YUNHE_TITLE in admin.inner_text(".panel.done")
        ask(chat, ABOUT_TEA)
        assert "800元" in chat.inner_text("#talk-now .answer-text")
        chat.click("#talk-now .cite >> nth=0")
        chat.wait_for_selector("#source mark >> text=800元")
        assert YUNHE_TITLE in chat.inner_text("#source .source-head")
        judge(chat)
        read_feedback(admin, desk)
        withdraw(admin, desk)
        ask(chat, ABOUT_TEA)
        assert chat.locator("#talk-now .refusal").count() == 1
        assert "800元" not in chat.inner_text("#talk-now")


def judge(chat: Any) -> None:
    chat.click("#talk-now [data-rate=down]")
    chat.check("#talk-now .feedback [value=内容不全]")
    chat.fill("#talk-now .feedback textarea", "应写明补助对象")
    chat.click("#talk-now .feedback [type=submit]")
    chat.wait_for_selector("#notice >> text=反馈已收到")


def read_feedback(admin: Any, address: str) -> None:
    """The inbox has it with what was asked; it is marked as done; the records can be taken away."""
    admin.goto(f"{address}/admin/feedback")
    entry = admin.locator("article.feedback")
    assert entry.count() == 1
    for words in (ABOUT_TEA, "应写明补助对象", "内容不全", "没用", YUNHE_TITLE):
        assert words in entry.inner_text(), words
    entry.locator("[name=note]").fill("已核对")
    entry.locator("[type=submit]").click()
    admin.wait_for_selector("text=没有待处理的反馈")
    admin.goto(f"{address}/admin")
    for kind, words in (("audit", ABOUT_TEA), ("feedback", "应写明补助对象")):
        name, told = downloaded(admin, f"button[formaction$='{kind}.csv']")
        assert name == f"{kind}.csv"
        assert words in told.decode("utf-8-sig")


def withdraw(admin: Any, address: str) -> None:
    admin.click(f"a[aria-label='撤下《{YUNHE_TITLE}》']")
    admin.click("button >> text=确认撤下")
    wait_until_built(admin)
    admin.goto(f"{address}/documents")
    assert YUNHE_TITLE not in admin.inner_text("main")


def test_wrong_passwords_are_refused_and_then_shut_out(
    policy_assistant: PolicyAssistant, chromium: Any, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, corpus_dir=CORPUS, admin_password=SecretStr(PASSWORD))
    with site_of(policy_assistant, settings) as address:
        context = chromium.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/admin/feedback")
        page.fill("#password", "wrong-password")
        page.press("#password", "Enter")
        page.wait_for_selector("#login-problem >> text=密码不正确")
        assert page.get_attribute("#password", "aria-describedby") == "login-problem"
        for _ in range(20):
            page.fill("#password", "wrong-password")
            page.press("#password", "Enter")
            page.wait_for_load_state()
            if "分钟后再试" in page.inner_text("#login-problem"):
                break
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector("#login-problem >> text=分钟后再试")
        page.goto(f"{address}/admin")
        assert page.locator("#h-upload").count() == 0
        context.close()
