"""职责清单: every task of the tables is on the pages and in the files, by any name of a unit."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain, pairwise
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.answering.unit_partners import Partner, compare
from assistant.faces.site.html import basis_words
from assistant.faces.site.pages import add_pages
from assistant.faces.site.templates import Site
from assistant.faces.site.unit_pages import add_unit_pages
from assistant.faces.site.unit_views import (
    NODES,
    UnitLists,
    found_units,
    listing,
    network,
    shade,
    shade_ranges,
    similar,
)
from assistant.model import (
    ROLE_NAMES,
    Assignment,
    Document,
    Responsibility,
    Role,
    Task,
    UnitSummary,
)
from assistant.rendering import clause_url
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from tests.fakes import FakeAssistant

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = ("单位 角色 文件 文号 条款 标题 原文 依据 责任单位原文注 其他单位 条款网址").split()
EVIL = "<script>alert(1)</script>局"


class Page(HTMLParser):
    """A page whose tags must match; the words of each element that ``within`` names by class."""

    VOID = frozenset(("meta", "link", "input"))

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[tuple[str, ...], str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        names = tuple(c for _, a in self.open for c in (a.get("class") or "").split())
        self.pieces.append((names, data))

    @property
    def words(self) -> str:
        return "".join(data for _, data in self.pieces)

    def within(self, name: str) -> list[str]:
        return [data.strip() for names, data in self.pieces if name in names and data.strip()]

    def links(self) -> list[str]:
        return [unquote(a["href"] or "") for tag, a in self.tags if tag in {"a", "link"}]


def client_of(assistant: Any, **settings: Any) -> TestClient:
    made = Settings(**settings)
    app = FastAPI()
    add_pages(app, assistant, made)
    add_unit_pages(app, assistant, Site.of(made))
    return TestClient(app)


@pytest.fixture(scope="module")
def client(policy_assistant: PolicyAssistant) -> TestClient:
    return client_of(policy_assistant)


@pytest.fixture(scope="module")
def cities(two_cities: PolicyAssistant) -> TestClient:
    return client_of(two_cities)


def page(client: TestClient, address: str, status: int = 200) -> Page:
    response = client.get(address)
    assert response.status_code == status, address
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    return Page(response.text)


# All units ------------------------------------------------------------------------------------


def test_all_units_stand_under_their_levels(
    client: TestClient, policy_assistant: PolicyAssistant
) -> None:
    found = page(client, "/units")
    units = policy_assistant.units()
    assert {f"/units/{u.name}" for u in units} <= set(found.links())
    headings = re.findall(r"(市级单位|区县|园区)(\d+)个", found.words)
    assert headings == [("市级单位", "27"), ("区县", "2"), ("园区", "2")]
    assert "列出31个单位、15项任务" in found.words
    assert any(a.get("aria-current") == "page" and a["href"] == "/units" for _, a in found.tags)


@pytest.mark.parametrize("words", ["市发改委", "淄博市发展和改革委员会", "發展改革委", " 发改 委"])
def test_a_unit_is_found_by_any_of_its_names(client: TestClient, words: str) -> None:
    found = page(client, f"/units?q={quote(words)}")
    rows = [link for link in found.links() if link == "/units/市发展改革委"]
    assert rows, words
    assert "找到" in found.words
    assert "/units/市教育局" not in [x for x in found.links() if "compare" not in x]


def test_a_role_leaves_only_the_units_that_have_it(
    client: TestClient, policy_assistant: PolicyAssistant
) -> None:
    listed = listing(policy_assistant)
    led = found_units(policy_assistant, listed, "", Role.LEAD)
    assert [(u.name, u.unit.counts[Role.LEAD]) for u in led] == [
        ("市发展改革委", 2),
        ("市工业和信息化局", 2),
    ]
    found = page(client, "/units?role=lead")
    assert "找到2个有“牵头单位”任务的单位" in found.words
    assert ("option", {"value": "lead", "selected": None}) in found.tags


def test_what_is_not_found_is_said_and_unknown_parameters_do_nothing(client: TestClient) -> None:
    assert "没有名称含“航天局”的单位" in page(client, "/units?q=航天局").words
    plain = page(client, "/units").words
    assert page(client, "/units?role=emperor&utm=1&q=").words == plain


def test_the_matrix_counts_what_the_tables_share(
    client: TestClient, policy_assistant: PolicyAssistant
) -> None:
    text = client.get("/units").text
    cells = re.findall(
        r'<td class="heat-(\d)"><a href="([^"]+)" title="(.+?)与(.+?)：共同任务(\d+)项"', text
    )
    assert len(cells) > 150
    assert "淄川区" not in {name for _, _, one, two, _ in cells for name in (one, two)}
    assert "只承担属地落实的单位不在图中" in text
    listed = listing(policy_assistant)
    table = {name: unit.tasks for name, unit in listed.items()}
    highest = max(int(count) for *_, count in cells)
    for step, address, one, two, count in cells:
        assert len(compare(table, one, two).shared) == int(count)
        assert shade(int(count), highest) == int(step)
        assert address == f"/units/compare?a={quote(one)}&amp;b={quote(two)}"
    assert text.count('scope="row"') == text.count('<th scope="col"') == 24
    filtered = client.get("/units?q=市财政局").text
    assert filtered.count('scope="row"') == 1


def test_steps_of_colour_cover_every_number_once() -> None:
    for highest in range(1, 40):
        ranges = shade_ranges(highest)
        ends = [(int(w.partition("–")[0]), int(w.rpartition("–")[2])) for _, w in ranges]
        assert list(chain(*(range(a, b + 1) for a, b in ends))) == list(range(1, highest + 1))
        assert ranges[-1][0] == 5
    assert shade_ranges(0) == []


# One unit -------------------------------------------------------------------------------------


def test_every_task_of_every_unit_is_on_its_page(
    client: TestClient, policy_assistant: PolicyAssistant
) -> None:
    for unit in policy_assistant.units():
        _, tasks = policy_assistant.tasks_of(unit.name)
        found = page(client, f"/units/{quote(unit.name)}")
        links = [x for x in found.links() if x.startswith("/clauses/")]
        own = [t.clause.id for role in ROLE_NAMES for t in tasks if t.role is role]
        covered = {c.id for t in tasks for c in t.covers}
        assert [x for x in links if x.rpartition("/")[2] not in covered] == [
            clause_url(i) for i in own
        ]
        assert len(found.within("name")) >= len(tasks)
        assert f"/units/{unit.name}/tasks.xlsx" in found.links()


def test_a_task_shows_its_words_its_note_and_how_we_know(
    client: TestClient, policy_assistant: PolicyAssistant, seed: Document
) -> None:
    _, tasks = policy_assistant.tasks_of("市财政局")
    found = page(client, "/units/市财政局")
    told = found.within("words")
    for one in tasks:
        duty = one.clause.responsibility
        assert duty.note_range
        assert seed.text[slice(*duty.note_range)].strip() in found.within("note")
        for part in (one.clause, *one.covers):
            body = seed.text[slice(*part.body_range)]
            assert [w for w in body.split("\n") if w.strip() and w.strip() not in told] == []
        assert basis_words(one.basis) in found.within("proof")
        assert {a.name for a in duty.assignments} - {"市财政局"} <= set(found.within("chip"))
    assert "市财政局" not in found.within("chip")
    assert "效力未注明" in found.within("status-unknown")
    assert any(seed.doc_number in words for words in found.within("document"))
    assert "/?q=市财政局负责哪些任务？" in found.links()


@pytest.mark.parametrize("name", ["市发改委", "淄博市发展和改革委员会", "发改委", "市發展改革委"])
def test_any_name_leads_to_the_same_page(client: TestClient, name: str) -> None:
    assert page(client, f"/units/{quote(name)}").words == page(client, "/units/市发展改革委").words


def test_tasks_can_all_be_opened_without_scripts(client: TestClient) -> None:
    def opened(address: str) -> int:
        tags = page(client, address).tags
        return sum(tag == "details" and "open" in attributes for tag, attributes in tags)

    assert opened("/units/市财政局") == 0
    assert opened("/units/市财政局?whole=1") == 6
    assert opened("/units/市教育局") == 2


def test_the_picture_names_the_closest_partners(
    client: TestClient, policy_assistant: PolicyAssistant
) -> None:
    text = client.get("/units/市发展改革委").text
    svg = text[text.index("<svg") : text.index("</svg>")]
    drawn = re.findall(r'aria-label="市发展改革委与(.+?)：共同任务(\d+)项"', svg)
    listed = re.findall(r'>([^<]+)</a><span class="shared">(\d+)项', text)
    assert drawn == listed[:NODES]
    assert len(listed) == 28
    assert [int(n) for _, n in listed] == sorted((int(n) for _, n in listed), reverse=True)
    assert "<title" in svg
    assert "<desc" in svg


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 14, 40])
def test_names_in_the_picture_keep_apart_and_inside(count: int) -> None:
    made = network(
        "单位" * 20,
        [Partner(f"第{n}个名称很长很长很长的单位办公室" * 2, n) for n in range(count, 0, -1)],
    )
    assert len(made.nodes) == min(count, NODES)
    assert made.rest == max(0, count - NODES)
    for side in (True, False):
        heights = [n.y for n in made.nodes if n.left is side]
        assert all(b - a >= 40 for a, b in pairwise(heights))
    for node in made.nodes:
        assert 20 <= node.y <= made.height - 20
        room = node.x - 23 if node.left else made.width - node.x - 23
        assert all(len(line) * 15 <= room for line in node.lines)
        assert len(node.lines) <= 2
        assert 1.5 <= node.width <= 10
    assert len(made.name_lines) == 2


@pytest.mark.parametrize("name", ["财政大局", "火星局", "<b>局", "a/b", "x" * 5000, " "])
def test_an_unknown_unit_is_a_page_with_names_like_it(client: TestClient, name: str) -> None:
    found = page(client, f"/units/{quote(name, safe='')}", 404)
    assert "已收录的文件没有列出单位" in found.words
    assert "/units" in found.links()
    if "财政" in name:
        assert found.within("chip")[0] == "市财政局"


def test_names_like_another_hold_it_first(policy_assistant: PolicyAssistant) -> None:
    units = list(listing(policy_assistant).values())
    assert similar(units, "金融")[0] == "市地方金融监管局"
    assert "市卫生健康委" in similar(units, "卫生健康局")
    assert similar(units, "") == []


def test_units_of_several_issuers_are_told_apart(cities: TestClient) -> None:
    found = page(cities, "/units/市财政局")
    assert len([w for w in found.within("document") if w.startswith("《")]) == 2
    assert "各地的同名单位在这里列在一起" in found.words
    assert "现行" in found.within("status-in_force")
    assert "牵头单位" in page(cities, "/units/市农业农村局").words


# Two units ------------------------------------------------------------------------------------


def test_two_units_side_by_side(client: TestClient, policy_assistant: PolicyAssistant) -> None:
    table = {n: policy_assistant.tasks_of(n)[1] for n in ("市发展改革委", "市财政局")}
    wanted = compare(table, *table)
    text = client.get("/units/compare?a=发改委&b=市财政局").text
    shared = text[text.index('id="shared"') : text.index('class="own"')]
    first = text[text.index('id="only-one"') : text.index('id="only-other"')]
    second = text[text.index('id="only-other"') :]
    for part, tasks in (
        (shared, wanted.shared),
        (first, wanted.only_first),
        (second, wanted.only_second),
    ):
        assert re.findall(r"条款页：([^<]+)<", part) == [t.clause.full_label for t in tasks]
        assert f'<span class="count">{len(tasks)}项</span>' in part
    roles = re.findall(r'class="part"><i[^>]*></i>([^<]+)</td>', shared)
    listed = [
        ROLE_NAMES[a.role]
        for t in wanted.shared
        for name in table
        for a in t.clause.responsibility.assignments
        if a.name == name
    ]
    assert roles == listed
    assert shared.count('class="note"') == len(wanted.shared)


def test_what_is_missing_to_compare_is_said(client: TestClient) -> None:
    assert "选两个单位" in page(client, "/units/compare").words
    half = page(client, "/units/compare?a=市财政局")
    assert ("市财政局") in [a.get("value") for tag, a in half.tags if tag == "input"]
    same = page(client, "/units/compare?a=发改委&b=市发改委").words
    assert "说的是同一个单位“市发展改革委”" in same
    unknown = page(client, "/units/compare?a=财政大局&b=市教育局", 404)
    assert "没有列出单位“财政大局”" in unknown.words
    assert "/units/compare?a=市财政局&b=市教育局" in unknown.links()


# Files ----------------------------------------------------------------------------------------


def rows(client: TestClient, address: str) -> dict[str, list[dict[str, str]]]:
    from openpyxl import load_workbook

    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == XLSX
    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    book = load_workbook(io.BytesIO(response.content))
    found = {}
    for sheet in book:
        head, *body = sheet.iter_rows(values_only=True)
        assert list(head) == HEADINGS
        found[sheet.title] = [{k: v or "" for k, v in zip(head, row, strict=True)} for row in body]
    return found


def expected(
    documents: dict[str, Document], unit: str, tasks: tuple[Task, ...]
) -> Iterator[dict[str, str]]:
    for one in tasks:
        document, duty = documents[one.clause.document_id], one.clause.responsibility
        start, stop = duty.note_range or (0, 0)
        yield {
            "单位": unit,
            "角色": ROLE_NAMES[one.role],
            "文件": document.title,
            "文号": document.doc_number,
            "条款": one.clause.label,
            "标题": one.clause.heading,
            "原文": "\n".join(c.text.strip() for c in (one.clause, *one.covers)),
            "依据": basis_words(one.basis),
            "责任单位原文注": document.text[start:stop].strip(),
            "其他单位": "、".join(
                f"{a.name}（{ROLE_NAMES[a.role]}）" for a in duty.assignments if a.name != unit
            ),
            "条款网址": clause_url(one.clause.id, "http://testserver"),
        }


def test_the_files_have_every_row(cities: TestClient, two_cities: PolicyAssistant) -> None:
    documents = {d.id: d for d in two_cities.documents()}
    whole = rows(cities, "/units.xlsx")["职责清单"]
    every = []
    for unit in two_cities.units():
        wanted = list(expected(documents, *(unit.name, two_cities.tasks_of(unit.name)[1])))
        every += wanted
        assert rows(cities, f"/units/{quote(unit.name)}/tasks.xlsx") == {unit.name: wanted}
    assert whole == every
    assert len(every) > 100


def test_the_file_of_two_units_has_a_row_for_each_part(
    client: TestClient, policy_assistant: PolicyAssistant
) -> None:
    documents = {d.id: d for d in policy_assistant.documents()}
    table = {n: policy_assistant.tasks_of(n)[1] for n in ("市发展改革委", "市财政局")}
    wanted = compare(table, *table)
    found = rows(client, "/units/compare.xlsx?a=市发改委&b=市财政局")
    assert list(found) == ["共同任务", "只有市发展改革委", "只有市财政局"]
    assert [r["单位"] for r in found["共同任务"]] == list(table) * len(wanted.shared)
    both = {t.clause.id for t in wanted.shared}
    for sheet, unit in zip(list(found)[1:], table, strict=True):
        own = tuple(t for t in table[unit] if t.clause.id not in both)
        assert found[sheet] == list(expected(documents, unit, own))


def test_a_file_of_nothing_known_is_a_page(client: TestClient) -> None:
    page(client, "/units/火星局/tasks.xlsx", 404)
    page(client, "/units/compare.xlsx?a=火星局&b=市财政局", 404)
    page(client, "/units/compare.xlsx")


def test_links_in_a_file_are_whole_addresses() -> None:
    served = client_of(FakeAssistant(), public_base_url="https://example.invalid/zc")
    (sheet,) = rows(served, "/units/市科技局/tasks.xlsx").values()
    assert all(r["条款网址"].startswith("https://example.invalid/zc/clauses/") for r in sheet)
    links = page(served, "/units/市科技局").links()
    assert all(link.startswith(("/zc/", "#")) for link in links)


# Any corpus -----------------------------------------------------------------------------------


class OneUnit(FakeAssistant):
    """Its documents list one unit, by the name and in the clause text that it is given."""

    def __init__(self, name: str = "", tasks: int = 1) -> None:
        super().__init__()
        self.name = name
        self.number = tasks

    def units(self) -> tuple[UnitSummary, ...]:
        known = UnitSummary(self.name, self.name * 2, (self.name,), {Role.LEAD: self.number})
        return (known,) if self.name else ()

    def tasks_of(self, unit: str) -> tuple[UnitSummary, tuple[Task, ...]]:
        part = Assignment(self.name, Role.LEAD, f"stated: {self.name}", level=self.name[:1])
        clause = replace(
            self.documents()[0].clauses[4],
            heading=self.name,
            label=self.name,
            responsibility=Responsibility((part,), others=self.name, remarks=(self.name,)),
        )
        if not self.name:
            return super().tasks_of("")
        return self.units()[0], (Task(clause, Role.LEAD, part.basis),) * self.number


def test_a_corpus_without_units_says_so() -> None:
    served = client_of(OneUnit())
    assert "没有列出责任单位" in page(served, "/units").words
    assert "没有列出责任单位" in page(served, "/units/compare").words
    assert "没有列出单位" in page(served, "/units/市财政局", 404).words
    assert rows(served, "/units.xlsx") == {"职责清单": []}


@pytest.mark.parametrize("name", [EVIL, "\"'>&{{7*7}}", "很长的单位名称" * 40, "甲/乙"])
def test_names_are_text_and_pages_hold_them(name: str) -> None:
    served = client_of(OneUnit(name))
    for address in (
        "/units",
        f"/units?q={quote(name)}",
        f"/units/{quote(name, safe='')}",
        f"/units/compare?a={quote(name)}&b={quote(name)}",
    ):
        text = served.get(address).text
        assert name[:80] in Page(text).words, address
        assert "<script>alert" not in text


def test_questions_that_are_markup_stay_text(client: TestClient) -> None:
    for address in ("/units?q=", "/units/", "/units/compare?b=市财政局&a="):
        text = client.get(address + quote(EVIL, safe="")).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(
    "address",
    [
        "/units",
        "/units/市财政局",
        "/units/compare?a=市财政局&b=市教育局",
        "/units.xlsx",
        "/units/无",
    ],
)
def test_head_answers_as_get_and_asks_nothing_more(client: TestClient, address: str) -> None:
    got, head = client.get(address), client.head(address)
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert client.post(address).status_code == 405


def test_every_page_has_its_landmarks_and_unique_ids(client: TestClient) -> None:
    for address in (
        "/units",
        "/units?q=财政",
        "/units/市财政局",
        "/units/compare?a=市财政局&b=市教育局",
        "/units/compare",
    ):
        found = page(client, address)
        names = [tag for tag, _ in found.tags]
        assert names.count("h1") == names.count("main") == 1
        ids = [a["id"] for _, a in found.tags if a.get("id")]
        assert len(ids) == len(set(ids)), address
        anchors = {x[1:] for x in found.links() if x.startswith("#")}
        assert anchors <= set(ids)
        labelled = {i for _, a in found.tags for i in (a.get("aria-labelledby") or "").split()}
        assert labelled <= set(ids)
        assert not [x for x in found.links() if re.match(r"\w+:|//", x)]
        fields = [a for tag, a in found.tags if tag == "input" and a.get("type") != "hidden"]
        assert all(a["name"] for a in fields)


def test_links_of_the_pages_lead_somewhere(client: TestClient) -> None:
    served = [
        link
        for address in ("/units", "/units/市教育局", "/units/compare?a=市教育局&b=市民政局")
        for link in page(client, address).links()
        if link.startswith(("/units", "/clauses", "/static", "/documents/"))
    ]
    for link in [*sorted(set(served))[::7], "/static/units.css"]:
        assert client.get(link).status_code == 200, link


class Counting(FakeAssistant):
    """Has the same documents until told otherwise, as an index has until it is swapped."""

    def __init__(self) -> None:
        super().__init__()
        self.held = super().documents()
        self.listed = 0

    def documents(self) -> tuple[Document, ...]:
        return self.held

    def units(self) -> tuple[UnitSummary, ...]:
        self.listed += 1
        return super().units()[: 3 if self.held else 0]


def test_lists_are_made_anew_only_when_the_documents_are_others() -> None:
    assistant = Counting()
    lists = UnitLists(assistant)
    first = lists.current()
    assert len(first[0]) == 3
    made = assistant.listed
    assert lists.current()[0] is first[0]
    assert assistant.listed == made
    assistant.held = ()
    assert lists.current() == ({}, {})
