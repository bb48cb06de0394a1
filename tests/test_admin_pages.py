"""管理: who may enter, whose form it is, what is uploaded, and the way of a document in and out."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from pydantic import SecretStr

from assistant.administration.administration import Administration
from assistant.errors import LedgerUnavailable
from assistant.faces.admin.feedback import Form, Kind
from assistant.faces.admin.pages import add_administration
from assistant.faces.admin.sessions import COOKIE, TRIES, Session, Sessions
from assistant.faces.site.templates import Site
from assistant.ledger.entries import FeedbackCounts, FeedbackEntry, LedgerHealth
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from tests.fakes import DOCUMENT_ID, TITLE, FakeAssistant
from tests.office import saved, word
from tests.test_library_page import Page
from tests.test_uploads import TEXT, read_here

PASSWORD = "correct-horse-1"  # noqa: S105 - of these tests alone
SECONDS = 60.0
MIB = 1024 * 1024


class Box:
    """A ledger in memory with ratings 1, 2, …"""

    def __init__(self, count: int = 2) -> None:
        self.handled: dict[int, str] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.fault = False
        self.ids = list(range(count, 0, -1))

    def feedback_list(
        self, *, handled: bool | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[FeedbackEntry, ...]:
        found = [self._entry(n) for n in self.ids]
        kept = [e for e in found if handled is None or e.handled is handled]
        return tuple(kept[offset : offset + limit])

    def _entry(self, number: int) -> FeedbackEntry:
        noon = datetime(2025, 5, 1, 4, tzinfo=UTC)
        return FeedbackEntry(
            id=number,
            time=noon,
            answer_id="ans_1",
            rating="down" if number % 2 else "up",
            reason="没有答到点子上",
            correction="应为<b>另一条</b>",
            channel="web",
            user_hash="0" * 8,
            question=f"第{number}个问题",
            answer_text="当时的话",
            clause_ids=(f"{DOCUMENT_ID}:2.2.1", "gone:1"),
            handled_at=noon if number in self.handled else None,
            note=self.handled.get(number, ""),
        )

    def feedback_counts(self) -> FeedbackCounts:
        return FeedbackCounts(1, 1, len(self.ids) - len(self.handled))

    def mark_handled(self, feedback_id: int, note: str = "") -> bool:
        self.handled[feedback_id] = note
        return feedback_id in self.ids

    def export(
        self, kind: Kind, form: Form, *, since: date | None = None, until: date | None = None
    ) -> Iterator[str]:
        self.asked.append((kind, form, since, until))
        if self.fault:
            raise LedgerUnavailable("记录暂时读不出来，请稍后再试。")
        yield "时间\n"
        yield "今天\n"

    def health(self) -> LedgerHealth:
        return LedgerHealth(ok=True, pending=0, lost=0, message="")


class Place:
    """The pages over a fake assistant, and a browser before them."""

    def __init__(self, base: Path, *, password: str | None = PASSWORD, url: str = "") -> None:
        (base / "corpus").mkdir()
        (base / "corpus" / "seed.txt").write_text(TEXT, encoding="utf-8")
        self.settings = Settings(
            corpus_dir=base / "corpus",
            index_dir=base / "index",
            state_dir=base / "state",
            admin_password=SecretStr(password) if password else None,
            public_base_url=url,
            upload_limit_mib=1,
        )
        self.state = base / "state"
        self.ledger = Box()
        assistant = FakeAssistant()
        self.built: list[bool] = []
        self.acts = Administration(
            self.settings, assistant, build=self.built.append, reader=read_here
        )
        app = FastAPI()
        site = Site.of(self.settings)
        add_administration(app, assistant, self.acts, self.ledger, self.settings, site)
        self.app = app
        origin = "https://testserver" if url.startswith("https") else "http://testserver"
        self.browser = TestClient(app, origin, follow_redirects=False)

    def log_in(self, password: str = PASSWORD) -> Response:
        return self.browser.post("/admin/login", data={"password": password})

    @property
    def csrf(self) -> str:
        return token_of(self.browser.get("/admin"))

    def post(self, path: str, **form: str) -> Response:
        return self.browser.post(path, data={"csrf": self.csrf, **form})

    def upload(self, name: str, data: bytes, **form: str) -> Response:
        fields = {"csrf": self.csrf, **form}
        return self.browser.post("/admin/uploads", data=fields, files={"file": (name, data)})


def token_of(page: Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def inside(place: Place) -> Place:
    assert place.log_in().status_code == 303
    return place


GUARDED = [
    "/admin",
    "/admin/uploads/" + "a" * 32,
    f"/admin/documents/{DOCUMENT_ID}/withdraw",
    f"/admin/documents/{DOCUMENT_ID}/replace",
    "/admin/build",
    "/admin/build.json",
    "/admin/feedback",
    "/admin/audit.csv",
    "/admin/audit.jsonl",
    "/admin/feedback.csv",
    "/admin/feedback.jsonl",
]
ACTS = [
    "/admin/logout",
    "/admin/uploads",
    "/admin/uploads/" + "a" * 32 + "/accept",
    "/admin/uploads/" + "a" * 32 + "/discard",
    f"/admin/documents/{DOCUMENT_ID}/withdraw",
    "/admin/restore",
    "/admin/rebuild",
    "/admin/feedback/1",
]


# Who may enter ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/admin/login", "/admin/x", *GUARDED])
def test_without_a_password_there_is_no_administration(tmp_path: Path, path: str) -> None:
    browser = Place(tmp_path, password=None).browser
    for method in ("GET", "POST", "PUT"):
        response = browser.request(method, path)
        assert response.status_code == 404
        assert not any(link.startswith("/admin") for link in Page(response.text).links())
    assert browser.get("/admin", headers={"cookie": f"{COOKIE}=x"}).status_code == 404


def test_every_route_is_guarded_or_known(place: Place) -> None:
    """A page that is added later is either behind the gate or on one of these lists."""
    known = {re.sub(r"a{32}|1$|2022-40-3f9c", "{}", path) for path in [*GUARDED, *ACTS]}
    open_to_all = {"/admin/login", "/admin", "/admin/{}"}
    routes = {re.sub(r"\{[^}]+\}", "{}", getattr(r, "path", "")) for r in place.app.routes}
    assert {r for r in routes if r.startswith("/admin")} == known | open_to_all


@pytest.mark.parametrize("path", GUARDED)
def test_a_stranger_is_sent_to_log_in(place: Place, path: str) -> None:
    response = place.browser.get(path)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/admin/login")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ACTS)
def test_a_stranger_can_do_nothing(place: Place, path: str) -> None:
    response = place.browser.post(path, data={"csrf": "x"})
    assert response.headers["location"] == "/admin/login"
    assert not place.built
    assert not place.ledger.handled


@pytest.mark.parametrize("path", ACTS)
def test_a_form_without_the_token_does_nothing(inside: Place, path: str) -> None:
    for form in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
        response = inside.browser.post(path, data=form)
        assert response.status_code == 403
        assert "没有执行" in response.text
    assert not inside.built
    assert not inside.ledger.handled
    assert inside.browser.get("/admin").status_code == 200


@pytest.mark.parametrize("path", ACTS)
def test_a_form_of_another_site_does_nothing(inside: Place, path: str) -> None:
    token = inside.csrf
    for sent in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
        response = inside.browser.post(path, data={"csrf": token}, headers=sent)
        assert response.status_code == 403
    assert not inside.built
    assert inside.browser.get("/admin").status_code == 200


def test_a_wrong_password_is_said_and_too_many_are_shut_out(place: Place) -> None:
    for _ in range(TRIES):
        response = place.log_in("wrong-password")
        assert response.status_code == 403
        assert "密码不正确" in response.text
        assert "set-cookie" not in response.headers
    shut = place.log_in()
    assert shut.status_code == 429
    assert 0 < int(shut.headers["retry-after"]) <= 15 * 60
    assert "分钟后再试" in shut.text
    assert place.browser.get("/admin").status_code == 303


def test_the_login_form_of_another_site_is_refused(place: Place) -> None:
    data = {"password": PASSWORD}
    sent = {"sec-fetch-site": "cross-site"}
    assert place.browser.post("/admin/login", data=data, headers=sent).status_code == 403


def cookie_of(sessions: Sessions, password: str) -> str:
    session = sessions.log_in(password, "192.0.2.1")
    assert isinstance(session, Session)
    return sessions.cookie(session)


def test_a_forged_and_a_foreign_cookie_open_nothing(place: Place) -> None:
    other = cookie_of(Sessions(SecretStr("another-password")), "another-password")
    own = cookie_of(Sessions(SecretStr(PASSWORD)), PASSWORD)
    for cookie in (other, own[:-2], "e30.x.y", "", f'"{own}x"'):
        answer = place.browser.get("/admin", headers={"cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 303
    found = place.browser.get("/admin", headers={"cookie": f"{COOKIE}={own}"})
    assert found.status_code == 200  # made by another process that has the same password


def test_after_logging_out_the_old_cookie_is_worth_nothing(inside: Place) -> None:
    cookie = inside.browser.cookies[COOKIE]
    assert inside.post("/admin/logout").headers["location"] == "/admin/login"
    assert inside.browser.get("/admin").status_code == 303
    stolen = inside.browser.get("/admin", headers={"cookie": f"{COOKIE}={cookie}"})
    assert stolen.status_code == 303


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/admin/feedback", "/admin/feedback"),
        ("", "/admin"),
        ("//evil.example", "/admin"),
        ("https://evil.example/admin", "/admin"),
        ("/admin/../x", "/admin"),
        ("/admin@evil.example", "/admin"),
        ("/adminx", "/admin"),
    ],
)
def test_one_comes_back_to_our_pages_only(place: Place, wanted: str, target: str) -> None:
    data = {"password": PASSWORD, "next": wanted}
    assert place.browser.post("/admin/login", data=data).headers["location"] == target
    found = place.browser.get("/admin/login", params={"next": wanted})
    assert found.headers["location"] == target


def test_the_cookie_and_the_links_stand_under_the_path_of_the_site(tmp_path: Path) -> None:
    place = Place(tmp_path, url="https://gov.example/policy")
    response = place.log_in()
    words = response.headers["set-cookie"].lower()
    assert "path=/policy/admin" in words
    assert "secure" in words
    assert "httponly" in words
    assert response.headers["location"] == "/policy/admin"
    cookie = response.headers["set-cookie"].partition(";")[0]
    page = Page(place.browser.get("/admin", headers={"cookie": cookie}).text)
    assert all(link.startswith(("/policy/", "#")) for link in page.links())
    forms = [a.get("action") or "" for tag, a in page.tags if tag == "form"]
    assert forms
    assert all(action.startswith("/policy/admin") for action in forms)


@pytest.mark.parametrize("path", ["/admin", "/admin/login", "/admin/nothing", "/admin/feedback"])
def test_pages_are_not_kept_not_framed_and_run_no_script_but_ours(inside: Place, path: str) -> None:
    headers = inside.browser.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_bare_form_that_is_too_long_is_refused(inside: Place) -> None:
    for path in ("/admin/rebuild", "/admin/login"):
        response = inside.browser.post(path, data={"csrf": inside.csrf, "x": "y" * 100_000})
        assert response.status_code in {400, 413}
    assert not inside.built


# Uploads ----------------------------------------------------------------------------------------


def test_an_upload_is_shown_before_it_is_taken_in(inside: Place) -> None:
    response = inside.upload("../../低空.txt", TEXT.encode())
    assert response.status_code == 303
    shown = inside.browser.get(response.headers["location"])
    page = Page(shown.text)
    for words in ("低空.txt", "某政发〔2025〕3号", "2025年3月1日", "编号连续", "建设起降设施"):
        assert words in page.words, words
    for words in ("责任单位", "市交通运输局", "还没有收录", "条款 3 条"):
        assert words in page.words, words
    assert not inside.built
    assert [p.name for p in inside.settings.corpus_dir.iterdir()] == ["seed.txt"]


def test_a_fault_of_the_numbering_leads_to_the_clause_of_the_tree(inside: Place) -> None:
    made = TEXT.replace("二、培育", "三、培育")
    page = Page(inside.browser.get(inside.upload("a.txt", made.encode()).headers["location"]).text)
    (target,) = [link for link in page.links() if link.startswith("#t-")]
    assert target[1:] in {a.get("id") for _, a in page.tags}


def test_what_cannot_be_read_says_why_and_cannot_be_accepted(inside: Place) -> None:
    url = inside.upload("坏的.docx", b"no zip").headers["location"]
    page = inside.browser.get(url)
    assert "无法读取" in page.text
    assert "/accept" not in page.text
    assert inside.post(f"{url}/accept").status_code == 409
    assert inside.post(f"{url}/discard").headers["location"] == "/admin"
    assert inside.browser.get(url).status_code == 404


@pytest.mark.parametrize("name", ["a.exe", "a", "a.yaml", ".docx.sh"])
def test_other_formats_are_refused(inside: Place, name: str) -> None:
    response = inside.upload(name, b"x")
    assert response.status_code == 409
    assert "格式" in response.text


def test_no_file_is_said(inside: Place) -> None:
    response = inside.post("/admin/uploads")
    assert response.status_code == 409
    assert "没有选择文件" in response.text


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(inside: Place) -> None:
    for data in (b"x" * (MIB + 70_000), b"x" * (9 * MIB)):
        response = inside.upload("a.txt", data)
        assert response.status_code == 413
        assert "1 MiB" in response.text
    assert not (inside.state / "uploads").exists()


def test_a_large_body_without_a_length_is_refused_too(inside: Place) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(3 * 16):
            yield b"x" * (MIB // 16)

    sent = {"content-type": "multipart/form-data; boundary=b"}
    response = inside.browser.post("/admin/uploads", content=chunks(), headers=sent)
    assert response.status_code == 413


def test_a_torn_form_is_refused(inside: Place) -> None:
    sent = {"content-type": "multipart/form-data"}
    assert inside.browser.post("/admin/uploads", content=b"x", headers=sent).status_code == 400


@pytest.mark.parametrize("own", ["..%2f..%2fetc", "a" * 32, "%00"])
def test_an_upload_that_is_not_there_is_not_found(inside: Place, own: str) -> None:
    assert inside.browser.get(f"/admin/uploads/{own}").status_code == 404


# Documents --------------------------------------------------------------------------------------


def test_withdrawing_asks_first(inside: Place) -> None:
    url = f"/admin/documents/{DOCUMENT_ID}/withdraw"
    page = inside.browser.get(url)
    assert TITLE in page.text
    assert "确认撤下" in page.text
    assert (inside.settings.corpus_dir / "seed.txt").exists()
    response = inside.post(url)
    assert response.status_code == 409  # it is the only one
    assert "唯一" in response.text


def test_what_is_not_there_is_not_found(inside: Place) -> None:
    assert inside.browser.get("/admin/documents/none/withdraw").status_code == 404
    assert inside.post("/admin/documents/none/withdraw").status_code == 404
    assert inside.post("/admin/restore", name="../corpus").status_code == 409
    assert inside.browser.get("/admin/none").status_code == 404


def test_a_build_is_asked_for_and_watched(inside: Place) -> None:
    assert inside.post("/admin/rebuild", force="yes").headers["location"] == "/admin/build"
    inside.acts.wait(SECONDS)
    assert inside.built == [True]
    told = inside.browser.get("/admin/build.json").json()
    assert told == {"running": False, "done": 100, "total": 100, "words": "已完成"}
    assert "索引已更新" in inside.browser.get("/admin/build").text


def test_the_overview_finds_documents(inside: Place) -> None:
    assert TITLE in Page(inside.browser.get("/admin", params={"q": "40号"}).text).words
    assert "没有相符的文件" in inside.browser.get("/admin", params={"q": "别的"}).text


# Feedback ---------------------------------------------------------------------------------------


def test_the_inbox_shows_what_users_say_in_words(inside: Place) -> None:
    response = inside.browser.get("/admin/feedback")
    page = Page(response.text)
    for words in ("有用", "没用", "没有答到点子上", "应为<b>另一条</b>", "第1个问题", "当时的话"):
        assert words in page.words, words
    assert "二（二）智能装备" in page.words
    assert f"/clauses/{DOCUMENT_ID}:2.2.1" in page.links()
    assert "gone:1（已不在文件库中）" in page.words


def test_what_is_dealt_with_leaves_the_inbox(inside: Place) -> None:
    response = inside.post("/admin/feedback/2", note=" 已更正 ", show="waiting")
    assert response.headers["location"] == "/admin/feedback?show=waiting"
    assert inside.ledger.handled == {2: "已更正"}
    assert "第2个问题" not in inside.browser.get("/admin/feedback").text
    handled = inside.browser.get("/admin/feedback?show=handled").text
    assert "第2个问题" in handled
    assert "已更正" in handled
    assert "第2个问题" in inside.browser.get("/admin/feedback?show=all").text
    assert inside.post("/admin/feedback/99").status_code == 409
    assert inside.post("/admin/feedback/x").status_code == 409


def test_the_inbox_has_pages(inside: Place) -> None:
    inside.ledger.ids = list(range(45, 0, -1))
    seen = [
        re.findall(r"第(\d+)个问题", inside.browser.get(f"/admin/feedback?page={n}").text)
        for n in (1, 2, 3)
    ]
    assert [len(page) for page in seen] == [20, 20, 5]
    assert [n for page in seen for n in page] == [str(n) for n in range(45, 0, -1)]


@pytest.mark.parametrize("kind", ["audit", "feedback"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_records_are_taken_away(inside: Place, kind: str, form: str) -> None:
    query = "since=2025-05-01&until=2025-05-31"
    response = inside.browser.get(f"/admin/{kind}.{form}?{query}")
    assert response.text == "时间\n今天\n"
    assert f"{kind}-20250501-20250531.{form}" in response.headers["content-disposition"]
    assert response.headers["cache-control"] == "no-store"
    assert inside.ledger.asked == [(kind, form, date(2025, 5, 1), date(2025, 5, 31))]


def test_a_day_that_is_none_and_a_ledger_that_fails_are_sentences(inside: Place) -> None:
    assert "日期不可用" in inside.browser.get("/admin/audit.csv?since=tomorrow").text
    inside.ledger.fault = True
    response = inside.browser.get("/admin/audit.csv")
    assert "请稍后再试" in response.text
    assert response.status_code >= 400


# From a file to an answer -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Any, Any]]:
    base = tmp_path_factory.mktemp("real")
    (base / "corpus").mkdir()
    sea = TEXT.replace("低空", "海洋").replace("3号", "4号")
    (base / "corpus" / "海洋.txt").write_text(sea, encoding="utf-8")
    settings = Settings(
        corpus_dir=base / "corpus",
        index_dir=base / "index",
        state_dir=base / "state",
        admin_password=SecretStr(PASSWORD),
    )
    assistant = PolicyAssistant.open(settings)
    acts = Administration(settings, assistant, encoder=assistant.encoder)
    app = FastAPI()
    add_administration(app, assistant, acts, Box(), settings, Site.of(settings))
    browser = TestClient(app)
    browser.post("/admin/login", data={"password": PASSWORD})
    yield browser, assistant, acts
    acts.wait(SECONDS)


def docx_of(text: str) -> bytes:
    return saved(word(line for line in text.split("\n") if line))


def test_from_an_uploaded_word_file_to_an_answer_and_back(
    real: tuple[TestClient, PolicyAssistant, Administration],
) -> None:
    browser, assistant, acts = real

    def token() -> str:
        return token_of(browser.get("/admin"))

    def send(text: str, **form: str) -> Response:
        data = {"csrf": token(), **form}
        file = ("低空.docx", io.BytesIO(docx_of(text)))
        return browser.post("/admin/uploads", data=data, files={"file": file})

    def done() -> Page:
        assert acts.wait(SECONDS).error == ""
        return Page(browser.get("/admin/build").text)

    preview = send(TEXT)
    assert "市交通运输局" in preview.text
    assert "某政发〔2025〕3号" in preview.text
    browser.post(f"{preview.url}/accept", data={"csrf": token()})
    page = done()
    assert "已经可以用来作答" in page.words
    document = next(d for d in assistant.documents() if "低空" in d.title)
    assert f"/documents/{document.id}" in page.links()
    answer = assistant.ask("低空经济起降设施由谁负责？")
    assert "市交通运输局" in (answer.answer.text if answer.answer else "")

    newer = send(TEXT.replace("市交通运输局", "市发展改革委"), replaces=document.id)
    assert "替换《" in newer.text
    assert "文号" in newer.text
    url = str(newer.url).partition("?")[0]
    browser.post(f"{url}/accept", data={"csrf": token(), "replaces": document.id})
    done()
    assert [d.title for d in assistant.documents()].count(document.title) == 1
    answer = assistant.ask("低空经济起降设施由谁负责？")
    assert "市发展改革委" in (answer.answer.text if answer.answer else "")

    browser.post(f"/admin/documents/{document.id}/withdraw", data={"csrf": token()})
    done()
    assert [d.title for d in assistant.documents()] == [TEXT.split("\n")[0].replace("低空", "海洋")]

    first = acts.withdrawn()[-1]
    browser.post("/admin/restore", data={"csrf": token(), "name": first.name})
    assert "已经可以用来作答" in done().words
    answer = assistant.ask("低空经济起降设施由谁负责？")
    assert "市交通运输局" in (answer.answer.text if answer.answer else "")
    assert json.loads(browser.get("/admin/build.json").text)["running"] is False
