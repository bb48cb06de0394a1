"""投资指引: the matrix, the list, the project's matches and the workbook, as a browser gets them."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.answering.industry_map import ANYWHERE, IndustryMap
from assistant.answering.project_matches import ProjectMatches
from assistant.answering.project_matching import ProjectMatcher
from assistant.errors import EmptyQuestion, QuestionTooLong
from assistant.faces.site.investor_page import PAGE_SIZE, add_investor_pages, step
from assistant.faces.site.spreadsheets import MEDIA_TYPE
from assistant.faces.site.templates import Site
from assistant.parts import Parts
from assistant.reading import industries
from assistant.reading.editions import with_id
from assistant.text import clean
from assistant.validity import DocumentStatus, Standing
from tests.laws import parsed

LONGEST = 200
GONE = Standing(DocumentStatus.REPEALED, "自印发之日起废止")
BAD = """云河市“<script>alert(1)</script>”意见
一、重点
（一）分区发展。海坪镇重点发展<b>抹茶</b>、竹材等产业。（责任单位：市农业农村局）
"""


class Investors:
    """The two methods that the page asks for, over any map."""

    def __init__(self, shown: IndustryMap, matcher: ProjectMatcher | None = None) -> None:
        self.shown, self.matcher = shown, matcher

    def industry_map(self) -> IndustryMap:
        return self.shown

    def match_project(self, text: str) -> ProjectMatches:
        if len(text) > LONGEST:
            raise QuestionTooLong(len(text), LONGEST)
        if not clean(text):
            raise EmptyQuestion
        return self.matcher.match(text, {}) if self.matcher else ProjectMatches(text, ("词",))


def map_of(*texts: str, standing: Standing | None = None) -> IndustryMap:
    documents = [with_id(parsed(text), f"d{at}") for at, text in enumerate(texts)]
    entries = [e for d in documents for e in industries.find(d)]
    return IndustryMap.of(entries, documents, {documents[-1].id: standing} if standing else {})


def client_of(investors: Investors, site: Site | None = None) -> TestClient:
    app = FastAPI()
    add_investor_pages(app, investors, site or Site())
    return TestClient(app)


@pytest.fixture(scope="module")
def seed_map(parts: Parts) -> IndustryMap:
    return IndustryMap.of(parts.index.industries, parts.index.documents, {})


@pytest.fixture(scope="module")
def real(parts: Parts, seed_map: IndustryMap) -> TestClient:
    matcher = ProjectMatcher(parts.retriever, parts.reader.areas, seed_map)
    return client_of(Investors(seed_map, matcher))


def page_of(client: TestClient, query: str = "") -> str:
    response = client.get(f"/industries{query}")
    assert response.status_code == 200
    return response.text


def read(content: bytes) -> Any:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(content))


def listed(page: str) -> str:
    """The part of a page that holds the list."""
    return page[page.index('id="list"') :]


# The matrix --------------------------------------------------------------------------------------


def test_every_cell_leads_to_its_clause(real: TestClient, seed_map: IndustryMap) -> None:
    page = page_of(real)
    one = r'<td class="step-1[^"]*"><a href="/clauses/([^"]+)"[^>]*：1 处[^>]*><span[^>]*>✓<'
    cells = [c for g in seed_map.groups() for row in g.rows for c in row.cells if c]
    ticked = re.findall(one, page)
    assert sorted(ticked) == sorted(c[0].clause.id for c in cells if len(c) == 1)
    several = re.findall(r'<td class="step-[234][^"]*"><a [^>]*>(\d+)</a></td>', page)
    assert sorted(map(int, several)) == sorted(len(c) for c in cells if len(c) > 1)


def test_rows_and_columns_are_headed(real: TestClient, seed_map: IndustryMap) -> None:
    page = page_of(real)
    assert page.count('<th scope="row">') == len(seed_map.industries)
    placed, rest = seed_map.halves()
    heads = len(placed.columns) + 1 + len(rest.columns) + 1
    assert page.count('<th scope="col"') == heads
    groups = len(placed.groups()) + len(rest.groups())
    assert page.count('<th scope="rowgroup"') == groups
    folded = re.search(r'<details class="open-rows"><summary>(.*?)</summary>', page)
    assert folded
    assert f"另有 {len(rest.industries)} 项产业" in folded[1]
    assert "<caption" in page
    assert 'role="region" tabindex="0"' in page


def test_a_cell_of_several_leads_to_the_list() -> None:
    twice = BAD.replace("<b>抹茶</b>", "抹茶") + "（二）再发展。海坪镇积极发展抹茶产业。\n"
    page = page_of(client_of(Investors(map_of(twice))))
    match = re.search(r'<td class="step-2"><a href="([^"]+)"[^>]*>2</a>', page)
    assert match
    target = urlsplit(match[1].replace("&amp;", "&"))
    assert parse_qs(target.query) == {"area": ["海坪镇"], "industry": ["抹茶"]}
    assert target.fragment == "list"


def test_the_legend_has_only_what_occurs(real: TestClient) -> None:
    legend = re.findall(r'<li><span class="swatch step-(\d)"', page_of(real))
    occurs = set(re.findall(r'<td class="step-([1-4])', page_of(real)))
    assert legend == sorted(occurs)
    alone = page_of(client_of(Investors(map_of(BAD))))
    assert 'class="legend"' not in alone
    assert "open-rows" not in alone


def test_the_folded_rows_open_for_who_asked_for_them(real: TestClient) -> None:
    assert '<details class="open-rows" open>' in page_of(real, f"?area={quote(ANYWHERE)}")


def test_examples_are_products_and_services_of_areas(
    real: TestClient, seed_map: IndustryMap
) -> None:
    page = page_of(real)
    names = re.findall(r'href="[^"]*project=[^"]*#matches">([^<]+)</a>', page)
    placed = {s.industry for s in seed_map.supports if s.areas}
    assert len(names) == 3
    assert set(names) <= placed
    for name in names:
        assert "直接提到" in page_of(real, f"?project={quote(name)}")


@pytest.mark.parametrize(
    ("count", "depth"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (99, 4)]
)
def test_more_is_deeper(count: int, depth: int) -> None:
    assert step(count) == depth


def test_a_long_matrix_is_folded_by_document_the_richest_open() -> None:
    names = [f"{a}{b}业" for a in "甲乙丙丁戊己庚" for b in "东南西北中上下"]
    long = f"东海市意见\n一、重点\n（一）全域发展。大力发展{'、'.join(names)}。\n"
    page = page_of(client_of(Investors(map_of(BAD, long))))
    assert page.count('<details class="one-document"') == 2
    summaries = re.findall(r'<details class="one-document"( open)?><summary>([^<]+)', page)
    assert [bool(opened) for opened, _ in summaries] == [True, False]
    assert summaries[0][1].startswith("东海市")


# The list ----------------------------------------------------------------------------------------


def test_the_list_quotes_each_sentence_with_its_industries_marked(
    real: TestClient, seed_map: IndustryMap
) -> None:
    page = listed(page_of(real))
    assert page.count("<blockquote>") == len(seed_map.passages)
    for support in seed_map.supports:
        assert f'href="/clauses/{support.clause.id}"' in page
    assert "<mark>激光设备</mark>" in page
    assert "（淄政字〔2022〕40号）" in page
    assert 'href="/units/%E5%B8%82%E5%8F%91%E5%B1%95%E6%94%B9%E9%9D%A9%E5%A7%94"' in page


def test_filters_narrow_the_list_and_can_be_taken_away(real: TestClient) -> None:
    query = f"?area={quote('淄川经济开发区')}&industry={quote('激光')}"
    page = page_of(real, query)
    assert "符合条件的 <b>1</b> 条" in page
    assert listed(page).count("<blockquote>") == 1
    removal = re.findall(r'href="([^"]+)#list" aria-label="去掉条件', page)
    left = [parse_qs(urlsplit(u.replace("&amp;", "&")).query) for u in removal]
    assert left == [{"industry": ["激光"]}, {"area": ["淄川经济开发区"]}]
    assert "<option selected>淄川经济开发区</option>" in page
    assert 'value="激光"' in page


def test_the_open_column_is_a_filter_too(real: TestClient, seed_map: IndustryMap) -> None:
    page = page_of(real, f"?area={quote(ANYWHERE)}")
    open_ones = [s for s in seed_map.supports if not s.areas]
    assert f"符合条件的 <b>{len(open_ones)}</b> 条" in page


@pytest.mark.parametrize("query", ["?area=天津", "?industry=造船", "?document=none"])
def test_nothing_found_says_so_and_leads_back(real: TestClient, query: str) -> None:
    page = listed(page_of(real, query))
    assert "没有符合这些条件的条目" in page
    assert 'href="/industries#list"' in page


def test_what_is_out_of_force_shows_when_asked_for() -> None:
    client = client_of(Investors(map_of(BAD, BAD.replace("竹材", "瓷器"), standing=GONE)))
    assert "瓷器" not in page_of(client)
    page = page_of(client, "?past=1")
    assert "瓷器" in page
    assert "已废止" in page


def test_a_long_list_has_pages() -> None:
    many = "东海市意见\n一、重点\n" + "".join(
        f"（{n}）分区发展。{a}河镇重点发展{a}{n}业。\n"
        for a in "甲乙丙丁"
        for n in "一二三四五六七八九十"
    )
    client = client_of(Investors(map_of(many)))
    first, second = page_of(client), page_of(client, "?page=2")
    assert listed(first).count("<blockquote>") == PAGE_SIZE
    assert listed(second).count("<blockquote>") == len(map_of(many).passages) - PAGE_SIZE
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    for strange in ("0", "-1", "x", "99999999", "²"):
        assert page_of(client, f"?page={strange}")


def test_an_empty_table_says_what_to_do() -> None:
    page = page_of(client_of(Investors(IndustryMap())))
    assert "没有读到写明支持哪些产业的句子" in page
    assert 'href="/documents"' in page
    assert "<table" not in page


# The project -------------------------------------------------------------------------------------


def test_a_project_comes_with_bands_reasons_and_units(real: TestClient) -> None:
    page = page_of(real, f"?project={quote('我们做氢燃料电池电堆，想建厂，投资5000万')}")
    found = page[page.index('id="matches"') : page.index('id="map"')]
    assert "直接提到" in found
    assert "<mark>燃料电池</mark>" in found
    assert "<b>氢燃料电池</b>" in found
    assert "先联系谁" in found
    assert "unsaid" in found  # 电堆 is not spoken of
    assert "我们做氢燃料电池电堆，想建厂，投资5000万</textarea>" in page


def test_what_is_only_near_is_told_apart(real: TestClient) -> None:
    page = page_of(real, f"?project={quote('铝合金型材')}")
    found = page[page.index('id="matches"') : page.index('id="map"')]
    assert "is-related" in found
    assert "意思相近" in found
    assert "直接提到" not in found


def test_nothing_that_fits_is_said_honestly(real: TestClient) -> None:
    page = page_of(real, f"?project={quote('开一家奶茶店')}")
    assert "已收录的文件没有写到这样的项目" in page
    assert "是否允许请以法律法规和主管单位为准" in page
    assert "不等于不支持" not in page
    assert "按这些词找过：奶茶" in page
    assert "市投资促进局" in page
    assert f'href="/?q={quote("开一家奶茶店")}"' in page


@pytest.mark.parametrize(
    ("project", "told"),
    [
        ("投资3000万元", "没有读出项目做什么"),
        ("长" * (LONGEST + 1), "项目说明有201个字"),
        ("\u200b\u200b", "没有文字"),
    ],
)
def test_what_cannot_be_looked_for_is_explained(real: TestClient, project: str, told: str) -> None:
    page = page_of(real, f"?project={quote(project)}")
    assert told in page


# The workbook ------------------------------------------------------------------------------------


def test_the_workbook_has_every_row(real: TestClient, seed_map: IndustryMap) -> None:
    response = real.get("/industries.xlsx")
    assert response.headers["content-type"] == MEDIA_TYPE
    assert "industries.xlsx" in response.headers["content-disposition"]
    book = read(response.content)
    assert book.sheetnames == ["清单", "矩阵", "说明"]
    rows = list(book["清单"].iter_rows(min_row=2, values_only=True))
    assert [(r[1], r[2], r[3]) for r in rows] == [
        (s.industry, "、".join(s.columns), s.sentence) for s in seed_map.supports
    ]
    matrix = list(book["矩阵"].iter_rows(values_only=True))
    assert matrix[0][1:-1] == seed_map.columns
    assert len(matrix) == len(seed_map.industries) + 1
    total = sum(cell or 0 for row in matrix[1:] for cell in row[1:-1])
    assert total == sum(len(s.columns) for s in seed_map.supports)
    about = [tuple(row) for row in book["说明"].iter_rows(values_only=True)]
    assert any("淄政字〔2022〕40号" in str(row[1]) for row in about)


def test_the_workbook_holds_what_the_filters_hold(real: TestClient) -> None:
    query = f"?area={quote('淄川经济开发区')}&project={quote('医疗器械')}"
    book = read(real.get(f"/industries.xlsx{query}").content)
    assert book.sheetnames == ["清单", "矩阵", "我的项目", "说明"]
    rows = list(book["清单"].iter_rows(min_row=2, values_only=True))
    assert rows
    assert all("淄川经济开发区" in row[2].split("、") for row in rows)
    assert book["我的项目"]["A2"].value == "直接提到"
    about = {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True)}
    assert about["筛选条件"] == "区域：淄川经济开发区"


def test_clauses_are_linked_where_the_site_has_an_address(seed_map: IndustryMap) -> None:
    site = Site("/zc", "https://example.invalid/zc")
    book = read(client_of(Investors(seed_map), site).get("/industries.xlsx").content)
    first = book["清单"]["E2"]
    assert first.hyperlink.target.startswith("https://example.invalid/zc/clauses/")
    bare = read(client_of(Investors(seed_map)).get("/industries.xlsx").content)
    assert bare["清单"]["E2"].hyperlink.target.startswith("http://testserver/clauses/")


def test_an_empty_map_is_a_workbook_too() -> None:
    book = read(client_of(Investors(IndustryMap())).get("/industries.xlsx?project=x").content)
    assert book["清单"].max_row == 1


# Safety ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["area", "industry", "document", "project"])
def test_everything_is_escaped(name: str) -> None:
    client = client_of(Investors(map_of(BAD)))
    attack = quote('<script>alert(2)</script>"')
    page = page_of(client, f"?{name}={attack}")
    assert "<script>alert" not in page
    assert "<b>抹茶" not in page
    assert client.get(f"/industries.xlsx?{name}={quote('=1+1')}").status_code == 200


def test_links_stand_under_the_path_of_the_site(seed_map: IndustryMap) -> None:
    page = page_of(client_of(Investors(seed_map), Site("/zc", "https://example.invalid/zc")))
    inside = [u for u in re.findall(r'(?:href|src|action)="([^"#]*)', page) if u]
    assert all(u.startswith("/zc/") for u in inside)


def test_half_characters_and_odd_queries_break_nothing(real: TestClient) -> None:
    for query in ("?area=%ed%a0%80", "?area=%ff", "?area=a&area=b", "?industry=" + "长" * 3000):
        assert real.get(f"/industries{query}").status_code == 200
        assert real.get(f"/industries.xlsx{query}").status_code == 200
