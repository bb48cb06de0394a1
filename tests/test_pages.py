"""The permanent pages: each clause and each document, without scripts, and an honest 404."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.faces.site.pages import add_pages, clause_page, document_page
from assistant.faces.site.templates import SECTIONS, STATIC, Site, static_url
from assistant.model import CITABLE, Document, DocumentKind, Responsibility
from assistant.settings import Settings
from tests.fakes import DOCUMENT_ID, FakeAssistant, make_document

LEAD = f"{DOCUMENT_ID}:2.2.1"
OTHERS = {address for _, _, address in SECTIONS}  # test_site.py follows the links of the whole


class Page(HTMLParser):
    """A whole page; its tags must match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = self.marked = self.title = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        self.marked += data if "mark" in self.open else ""
        self.title += data if "title" in self.open else ""

    def links(self) -> list[str]:
        return [a["href"] or "" for tag, a in self.tags if tag in {"a", "link"}]


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    add_pages(app, FakeAssistant(), Settings())
    return TestClient(app)


def test_a_clause_page_shows_the_clause_verbatim_among_its_neighbours(client: TestClient) -> None:
    response = client.get(f"/clauses/{LEAD}")
    assert response.status_code == 200
    page = Page(response.text)
    clause = FakeAssistant().clause(LEAD)
    assert page.marked == clause.text
    assert page.title.startswith(make_document().cite(clause))
    assert "加快发展高端特色产业" in page.words
    assert f"/clauses/{DOCUMENT_ID}:2.2.2" in page.links()
    assert f"/clauses/{DOCUMENT_ID}:2.2" in page.links()
    assert f"/documents/{DOCUMENT_ID}#c-2.2.1" in page.links()
    for words in ("牵头单位", "市科技局", "属地落实", "承接二（一）的规定", "标黑字体"):
        assert words in page.words
    assert make_document().cite(clause) in page.words


def test_a_parent_shows_its_sub_clauses(client: TestClient) -> None:
    page = Page(client.get(f"/clauses/{DOCUMENT_ID}:2.2").text)
    assert "打造千亿级新能源汽车产业集群" in page.words
    assert "千亿级" not in page.marked
    assert f"/clauses/{LEAD}" in page.links()


def test_a_clause_without_units_says_so() -> None:
    document = make_document()
    clause = replace(document.clauses[1], responsibility=Responsibility())
    assert "没有为本条列出责任单位" in clause_page(document, clause, Site())


def test_a_document_page_has_the_whole_text_and_its_outline(client: TestClient) -> None:
    page = Page(client.get(f"/documents/{DOCUMENT_ID}").text)
    document = make_document()
    assert re.sub(r"\s", "", document.text) in re.sub(r"\s", "", page.words)
    ids = {a.get("id") for _, a in page.tags}
    for clause in document.clauses:
        assert clause.anchor in ids
        if clause.kind in CITABLE:
            assert f"#{clause.anchor}" in page.links()
    for words in ("淄政字〔2022〕40号", "淄博市人民政府", "2022年4月20日"):
        assert words in page.words


def test_every_link_of_every_page_leads_somewhere(client: TestClient) -> None:
    document = make_document()
    addresses = {f"/documents/{document.id}", *(f"/clauses/{c.id}" for c in document.clauses)}
    for address in sorted(addresses):
        page = Page(client.get(address).text)
        ids = {a.get("id") for _, a in page.tags}
        for link in page.links():
            if link.startswith("#"):
                assert link[1:] in ids
            elif link not in OTHERS and not link.startswith("/units/"):
                assert client.get(link).status_code == 200, link


@pytest.mark.parametrize(
    "address",
    ["/clauses/nothing", "/clauses/x:1.2", "/documents/nothing", "/clauses/%3Cscript%3E"],
)
def test_what_is_not_there_is_a_page_in_chinese_with_a_way_home(
    client: TestClient, address: str
) -> None:
    response = client.get(address)
    assert response.status_code == 404
    page = Page(response.text)
    assert "没有编号为" in page.words
    assert "/" in page.links()
    assert "<script>" not in response.text


def test_every_page_has_its_landmarks_and_no_script_of_its_own(client: TestClient) -> None:
    for address in (f"/clauses/{LEAD}", f"/documents/{DOCUMENT_ID}", "/clauses/nothing"):
        page = Page(client.get(address).text)
        names = [tag for tag, _ in page.tags]
        assert dict(page.tags)["html"]["lang"] == "zh-CN"
        assert names.count("h1") == names.count("main") == 1
        assert {"header", "main", "footer"} <= set(names)
        scripts = [a.get("src") or "" for tag, a in page.tags if tag == "script"]
        assert scripts == [static_url("appearance.js")]
        assert any(a.get("name") == "viewport" for tag, a in page.tags if tag == "meta")
        assert not [link for link in page.links() if re.match(r"\w+:|//", link)]


def test_markup_in_a_document_is_text() -> None:
    evil = "<script>alert(1)</script>{}%s"
    document = replace(
        make_document(),
        title=evil,
        doc_number=evil,
        issuer=evil,
        recipients=evil,
        remark=evil,
        kind=DocumentKind.EXPLANATORY,
    )
    clause = replace(document.clauses[4], label=evil, heading=evil, path=("正文", evil))
    for text in (clause_page(document, clause, Site()), document_page(document, Site())):
        assert "<script>" not in text
        assert Page(text).words.count(evil) >= 2
        assert "项目编写的说明，非官方文件" in text


def test_links_stand_below_the_public_address() -> None:
    document: Document = make_document()
    text = clause_page(
        document,
        document.clauses[4],
        Site.of(Settings(public_base_url="https://www.example.gov.cn/zc")),
    )
    assert "https://www.example.gov.cn/zc/clauses/" in Page(text).words
    assert all(link.startswith(("/zc/", "#")) for link in Page(text).links())


def test_a_file_is_kept_for_long_only_under_its_own_version(client: TestClient) -> None:
    assert "immutable" in client.get(static_url("style.css")).headers["cache-control"]
    for address in ("/static/style.css", "/static/style.css?v=0"):
        assert "immutable" not in client.get(address).headers["cache-control"]
    assert client.get("/static/../style.css").status_code == 404
    assert client.get("/static/nothing.css").status_code == 404


def test_the_style_is_served_and_loads_nothing(client: TestClient) -> None:
    response = client.get("/static/style.css")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/css")
    assert client.get("/static/icon.svg").status_code == 200
    assert not re.search(r"url\(|@import|https?://", response.text)


def test_dark_is_the_same_by_the_system_and_by_choice() -> None:
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    asked, chosen = (
        re.findall(r"--[\w-]+: [^;]+;", re.split(mark + r" \{", style)[1].split("}")[0])
        for mark in (r':root:not\(\[data-theme="light"\]\)', r':root\[data-theme="dark"\]')
    )
    assert asked == chosen


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "surface"),
        ("ink", "ground"),
        ("ink", "paper"),
        ("ink", "accent-soft"),
        ("muted", "surface"),
        ("muted", "ground"),
        ("muted", "paper"),
        ("accent", "surface"),
        ("accent", "ground"),
        ("accent", "paper"),
        ("accent", "accent-soft"),
        ("accent-strong", "ground"),
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("mark-ink", "mark"),
    ],
)
def test_contrast_is_at_least_four_and_a_half(scheme: str, ink: str, ground: str) -> None:
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    named = {"light": ":root", "dark": ':root\\[data-theme="dark"\\]'}[scheme]
    block = re.search(named + r" \{(.*?)\}", style, re.S)
    assert block
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))
    light, dark = sorted((luminance(tokens[ink]), luminance(tokens[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
