"""What a query names exactly comes first and whole; what it does not name is not called exact."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import DocumentKind, Hit
from assistant.parts import Parts
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.retrieval.routes import EXACT, Route, Target
from assistant.service import PolicyAssistant
from tests.policies import YUNHE, YUNHE_NUMBER, YUNHE_TITLE, settings_for

TODAY = date(2026, 11, 23)
ALL = 1000
LAW = """云河市茶园管理办法
第一条 为了规范茶园管理，制定本办法。
第二条 茶园应当登记。
登记满五年的，应当复核。
第三条 违反本办法第二条规定的，责令改正：
（一）未登记的；
（二）未复核的。
云河市人民政府
2021年3月1日
"""


@pytest.fixture(scope="module")
def parts(two_cities: PolicyAssistant) -> Parts:
    return two_cities._parts


@pytest.fixture(scope="module")
def with_law(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = tmp_path_factory.mktemp("law")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "law.txt").write_text(LAW, encoding="utf-8")
    (folder / "corpus" / "a_tea.txt").write_text(YUNHE, encoding="utf-8")
    return PolicyAssistant.open(settings_for(folder))


def target(parts: Parts, query: str) -> Target:
    return parts.search.routes.target(query)


def hits(parts: Parts, query: str, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
    return parts.search.search(query, ALL, filters, day=TODAY)


def exact(found: tuple[Hit, ...]) -> list[str]:
    """The ids of the exact hits, which must come before all others."""
    marks = [hit.signals.get(EXACT, 0.0) for hit in found]
    assert marks == sorted(marks, reverse=True)
    assert set(marks) <= {0.0, 1.0}
    return [h.clause.id for h, mark in zip(found, marks, strict=True) if mark]


def rows_of(parts: Parts, number: str) -> list[str]:
    (document,) = (d for d in parts.index.documents if d.doc_number == number)
    return [c.id for c in parts.index.rows if c.document_id == document.id]


@pytest.mark.parametrize(
    ("query", "route"),
    [
        (YUNHE_NUMBER, Route.DOC_NUMBER),
        ("云政办字[2023]7号", Route.DOC_NUMBER),
        ("云政办字（2023）7号的全文", Route.DOC_NUMBER),
        (YUNHE_TITLE, Route.TITLE),
        (f"《{YUNHE_TITLE}》", Route.TITLE),
        ("《关于促进茶产业高质量发展的若干措施》的内容", Route.TITLE),
        ("2023年5月12日", Route.DATE),
        ("2023年5月12日印发的文件", Route.DATE),
        ("二○二三年五月十二日", Route.DATE),
        ("2023-05-12", Route.DATE),
        ("2023年5月的文件", Route.DATE),
        ("2023年的文件", Route.DATE),
        ("2023年度出台的政策", Route.DATE),
        ("2023年", Route.DATE),
        ("云河市的文件", Route.AREA),
    ],
)
def test_a_document_named_alone_gives_all_its_clauses_in_order(
    parts: Parts, query: str, route: Route
) -> None:
    found = hits(parts, query)
    assert exact(found) == rows_of(parts, YUNHE_NUMBER) == [h.clause.id for h in found]
    assert all(hit.signals[route] == 1.0 for hit in found)


@pytest.mark.parametrize(
    "query",
    [
        f"{YUNHE_NUMBER} 滴灌工程",
        f"《{YUNHE_TITLE}》的滴灌工程",
        "2023年的文件 滴灌工程",
        "滴灌工程 2023年5月12日",
    ],
)
def test_a_document_named_with_a_topic_is_ranked_by_it(parts: Parts, query: str) -> None:
    found = hits(parts, query)
    assert found[0].clause.heading == "完善灌溉设施"
    assert sorted(exact(found)) == sorted(rows_of(parts, YUNHE_NUMBER))
    assert len(found) == len(rows_of(parts, YUNHE_NUMBER)), "no other document"


@pytest.mark.parametrize(
    "query",
    [
        "云政办字〔2023〕8号",
        "云政办字(2023)8号的滴灌工程",
        "云政办字(2023)8号 二（四）",
        "《关于促进咖啡产业高质量发展的若干措施》二（四）",
        "《关于促进咖啡产业高质量发展的若干措施》",
        "2019年的文件",
        "2019年5月12日",
        "第九十九条",
        "二（四十四）",
        "济南市财政局",
        "火星区",
        "",
    ],
)
def test_what_the_index_does_not_hold_is_never_exact(parts: Parts, query: str) -> None:
    assert exact(hits(parts, query)) == []
    assert not target(parts, query).exact.any()


@pytest.mark.parametrize(
    "query",
    [
        "2023年5月12日起施行",
        "2023年5月12日晚上召开会议部署防控",
        "自2023年5月12日 恢复营业",
        "2023年底前完成的改造",
        "大王村民",
        "2025年建成多少茶园",
        "2023年补助茶农",
        "高新技术企业",
        "经济发展",
        "全市场统一",
    ],
)
def test_words_that_look_like_a_name_are_no_route(parts: Parts, query: str) -> None:
    assert target(parts, query).routes == ()


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        (f"{YUNHE_NUMBER}二（四）", ["二(四)"]),
        (f"{YUNHE_NUMBER}的（二）", ["一(二)"]),
        (f"《{YUNHE_TITLE}》第一部分", ["一(一)", "一(二)"]),
        ("一、夯实茶园基础", ["一(一)", "一(二)"]),
    ],
)
def test_a_clause_by_its_number(parts: Parts, query: str, labels: list[str]) -> None:
    found = exact(hits(parts, query))
    assert [parts.lookups.clauses[i].label for i in found] == labels
    assert Route.CLAUSE in target(parts, query).routes


def test_a_number_without_a_document_gives_it_in_every_document(parts: Parts) -> None:
    found = hits(parts, "二（四）")
    numbers = {parts.lookups.documents[h.clause.document_id].doc_number for h in found}
    assert len(numbers) == 2
    assert exact(found) == [h.clause.id for h in found]
    assert all("2.4" in h.clause.id for h in found)


def test_a_number_with_its_heading_is_that_clause(parts: Parts) -> None:
    found = exact(hits(parts, "二（二）智能装备"))
    assert [parts.lookups.clauses[i].full_label for i in found] == ["二（二）智能装备"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("第二条", "第二条"),
        ("第2条", "第二条"),
        ("茶园管理办法第二条第二款", "第二条"),
        ("第三条第（二）项", "第三条"),
        ("《云河市茶园管理办法》第三条", "第三条"),
    ],
)
def test_an_article(with_law: PolicyAssistant, query: str, number: str) -> None:
    found = with_law.search(query, 50)
    assert found[0].clause.number == number
    named = exact(found)
    assert {i.rpartition(":")[2].partition(".")[0] for i in named} == {
        found[0].clause.id.rpartition(":")[2].partition(".")[0]
    }


@pytest.mark.parametrize(
    "query", ["市科技局", "市科技局负责哪些任务", "淄博市科学技术局", "科技局"]
)
def test_a_unit_gives_all_its_clauses(parts: Parts, query: str) -> None:
    rows = {c.id for c in parts.index.rows}
    found = hits(parts, query)
    assert exact(found) == [i for i in parts.index.units["市科技局"] if i in rows]
    assert all(hit.signals[Route.UNIT] == 1.0 for hit in found)


def test_a_unit_of_a_place_is_the_units_of_its_documents(parts: Parts) -> None:
    named = exact(hits(parts, "云河市财政局"))
    assert named == [i for i in parts.index.units["市财政局"] if i in rows_of(parts, YUNHE_NUMBER)]


def test_a_unit_with_a_topic_points_to_its_clauses_that_hold_the_topic(
    parts: Parts,
) -> None:
    found = hits(parts, "市农业农村局 龙头企业")
    first = parts.lookups.clauses[exact(found)[0]]
    assert first.heading == "培育龙头企业"
    assert len(found) > len(exact(found)), "fuzzy hits follow"
    assert exact(hits(parts, "市农业农村局 龙头企业 20万元 海洋牧场")) == [], "not all its words"
    apart = hits(parts, "市水利局 龙头企业")
    assert exact(apart) == [], "no clause of the unit speaks of it"
    assert apart[0].clause.heading == "培育龙头企业"


def test_two_units_point_to_what_they_share(parts: Parts) -> None:
    both = exact(hits(parts, "市农业农村局和市财政局"))
    of = [set(parts.index.units[u]) for u in ("市农业农村局", "市财政局")]
    assert set(both) == of[0] & of[1] != set()


@pytest.mark.parametrize("query", ["淄川经济开发区", "淄川", "淄川经济开发区有哪些任务"])
def test_an_area_gives_its_clauses(parts: Parts, query: str) -> None:
    entries = {e.clause_id for e in parts.index.industries if "淄川经济开发区" in e.areas}
    named = exact(hits(parts, query))
    assert entries <= set(named)
    assert target(parts, query).routes == (Route.AREA,)


def test_an_explanation_is_named_only_among_explanations(parts: Parts) -> None:
    (told,) = (d for d in parts.index.documents if d.title.startswith("术语说明"))
    assert exact(hits(parts, told.title)) == []
    asked = hits(parts, told.title, Filters(kinds=(DocumentKind.EXPLANATORY,)))
    assert {h.clause.document_id for h in asked} == {told.id}
    assert len(exact(asked)) == len(asked) > 1


def test_documents_that_are_over_come_last(with_law: PolicyAssistant) -> None:
    search, later = with_law._parts.search, date(2090, 1, 1)
    found = search.search("云河市的文件", ALL, day=later)
    titles = [with_law.document(h.clause.document_id).title for h in found]
    assert titles[-1] == YUNHE_TITLE, "its fifty years are over"
    assert titles == sorted(titles, key=lambda title: title == YUNHE_TITLE)


def test_the_limit_cuts_the_same_ranking(parts: Parts) -> None:
    for query in ("市科技局", f"{YUNHE_NUMBER} 茶园", "市科技局 自动驾驶", "氢能"):
        whole = [h.clause.id for h in hits(parts, query)]
        for limit in (0, 1, 3, 20):
            cut = parts.search.search(query, limit, day=TODAY)
            assert [h.clause.id for h in cut] == whole[:limit]


PIECES = st.lists(
    st.sampled_from(
        [
            YUNHE_NUMBER, "淄政字〔2022〕40号", YUNHE_TITLE, "《", "》", "二（四）", "第三条", "市科技局",
            "财政局", "淄川", "云河市", "2022年", "的文件", "2023年5月12日", "氢能", "茶园", "负责什么", "，",
            "第", "条", "（", "9号", "\x00", "A1", " ",
        ]
    ),
    max_size=5,
).map("".join)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(query=PIECES)
def test_exact_hits_are_exactly_the_rows_named(parts: Parts, query: str) -> None:
    named = target(parts, query)
    assert not (named.exact & ~named.within).any()
    assert bool(named.routes) == bool(named.exact.any())
    found = hits(parts, query)
    rows = {parts.index.rows[row].id for row in np.flatnonzero(named.exact)}
    assert set(exact(found)) == rows
    assert len({h.clause.id for h in found}) == len(found)
    scores = [h.score for h in found]
    assert scores == sorted(scores, reverse=True)
    within = {parts.index.rows[row].id for row in np.flatnonzero(named.within)}
    assert {h.clause.id for h in found} <= within
