"""Filters hold inside the search: every hit passes, and no hit that passes is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import NotFoundError, UnknownArea, UnknownDocument, UnknownUnit
from assistant.model import DocumentKind, Hit, IndustryEntry
from assistant.parts import Parts
from assistant.reading.unit_names import issuer_of
from assistant.retrieval.filters import NO_FILTERS, Filters, IssuerLevel, RowMasks, ranked
from assistant.service import PolicyAssistant
from assistant.understanding.areas import AreaFinder
from assistant.validity import NOT_IN_FORCE, DocumentStatus
from tests.policies import YUNHE_NUMBER, YUNHE_TITLE

TODAY = date(2026, 11, 23)
ALL = 1000
BOTH = (DocumentKind.OFFICIAL, DocumentKind.EXPLANATORY)
SEED_NUMBER = "淄政字〔2022〕40号"
DAYS = st.sampled_from([date(2020, 1, 1), date(2023, 1, 1), date(2024, 1, 1), date(2090, 1, 1)])
QUERIES = [
    "氢能产业",
    "茶园补助",
    "市财政局",
    "市科技局 自动驾驶",
    "二（四）",
    "淄川",
    "2022年的文件",
    f"{YUNHE_NUMBER} 公共品牌",
    f"《{YUNHE_TITLE}》",
    "由谁负责",
]


@pytest.fixture(scope="module")
def parts(two_cities: PolicyAssistant) -> Parts:
    return two_cities._parts


@pytest.fixture(scope="module")
def masks(parts: Parts) -> RowMasks:
    return parts.search.masks


def found(parts: Parts, query: str, filters: Filters, limit: int = ALL) -> list[str]:
    return [h.clause.id for h in parts.search.search(query, limit, filters, day=TODAY)]


def documents_of(masks: RowMasks, filters: Filters) -> set[str]:
    rows = np.flatnonzero(masks.of(filters, TODAY))
    return {
        next(d.doc_number for d in masks.index.documents if d.id == c.document_id)
        for c in (masks.index.rows[row] for row in rows)
    }


def some(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=2, unique=True).map(tuple)


FILTERS = st.builds(
    Filters,
    documents=some(st.sampled_from([YUNHE_NUMBER, SEED_NUMBER, YUNHE_TITLE])),
    issuer_levels=some(st.sampled_from(IssuerLevel)),
    statuses=some(st.sampled_from(DocumentStatus)),
    as_of=st.none() | DAYS,
    unit=st.sampled_from(["", "", "市财政局", "科技局", "云河市水利局", "淄博市财政局", "淄川区"]),
    area=st.sampled_from(["", "", "淄川", "淄川区", "海坪镇", "云河市", "淄博经济开发区"]),
    kinds=some(st.sampled_from(DocumentKind)),
)


@settings(max_examples=150, deadline=None)
@given(query=st.sampled_from(QUERIES), filters=FILTERS)
def test_hits_under_a_filter_are_the_full_ranking_restricted_to_it(
    parts: Parts, query: str, filters: Filters
) -> None:
    whole = found(parts, query, Filters(kinds=filters.kinds))
    passing = parts.search.masks.of(filters, TODAY)
    allowed = {parts.index.rows[row].id for row in np.flatnonzero(passing)}
    hits = found(parts, query, filters)
    assert hits == [i for i in whole if i in allowed]
    assert found(parts, query, filters, 3) == hits[:3]


@settings(max_examples=150, deadline=None)
@given(query=st.sampled_from(QUERIES), filters=FILTERS)
def test_every_hit_satisfies_the_filters(parts: Parts, query: str, filters: Filters) -> None:
    standings = parts.lookups.relations.at(filters.as_of or TODAY)
    for hit in parts.search.search(query, ALL, filters, day=TODAY):
        document = parts.lookups.documents[hit.clause.document_id]
        status = standings[document.id].status
        assert document.kind in (filters.kinds or (DocumentKind.OFFICIAL,))
        assert not filters.documents or {document.doc_number, document.title} & {
            *filters.documents,
            YUNHE_NUMBER if YUNHE_TITLE in filters.documents else "",
        }
        assert (
            not filters.issuer_levels or issuer_of(document.issuer).level in filters.issuer_levels
        )
        assert not filters.statuses or status in filters.statuses
        assert filters.statuses or not filters.as_of or status not in NOT_IN_FORCE
        if filters.unit:
            name = parts.reader.units.resolve(filters.unit) or "市水利局"
            assert name in {a.name for a in hit.clause.responsibility.assignments}
            assert filters.unit[:2] not in ("云河", "淄博") or filters.unit[:2] in document.issuer


@settings(max_examples=60, deadline=None)
@given(query=st.sampled_from(QUERIES), data=st.data())
def test_a_mask_of_one_row_gives_that_row_where_the_whole_ranking_has_it(
    parts: Parts, query: str, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(parts.index.rows) - 1))
    mask = np.zeros(len(parts.index.rows), dtype=bool)
    mask[row] = True
    everything = ranked(parts.retriever, query, ALL, np.ones_like(mask))
    wanted = [h for h in everything if h.clause == parts.index.rows[row]]
    assert list(ranked(parts.retriever, query, 1, mask)) == wanted


def test_a_filter_that_leaves_one_row(parts: Parts) -> None:
    filters = Filters(unit="市商务局", documents=(YUNHE_NUMBER,))
    hits: tuple[Hit, ...] = parts.search.search("茶园", 10, filters, day=TODAY)
    assert [h.clause.full_label for h in hits] == ["二(四)打造公共品牌"]
    (wet,) = parts.search.search("茶园", 10, Filters(area="青石乡"), day=TODAY)
    assert wet.clause.heading == "完善灌溉设施"


@pytest.mark.parametrize(
    "name",
    [
        YUNHE_NUMBER,
        "云政办字[2023]7号",
        "云政办字（2023）第 7 号",
        YUNHE_TITLE,
        f"《{YUNHE_TITLE}》",
        "关于促进茶产业高质量发展的若干措施",
    ],
)
def test_a_document_goes_by_number_and_title(masks: RowMasks, name: str) -> None:
    assert documents_of(masks, Filters(documents=(name,))) == {YUNHE_NUMBER}


def test_a_document_goes_by_its_id(masks: RowMasks) -> None:
    for document in masks.index.documents:
        mask = masks.of(Filters(documents=(document.id,), kinds=BOTH), TODAY)
        rows = [c.document_id == document.id for c in masks.index.rows]
        assert mask.tolist() == rows


def test_several_values_of_one_filter_are_alternatives(masks: RowMasks) -> None:
    either = Filters(documents=(YUNHE_NUMBER, SEED_NUMBER))
    assert documents_of(masks, either) == {YUNHE_NUMBER, SEED_NUMBER}
    levels = Filters(issuer_levels=(IssuerLevel.PROVINCE, IssuerLevel.CITY))
    assert documents_of(masks, levels) == {YUNHE_NUMBER, SEED_NUMBER}
    assert documents_of(masks, Filters(issuer_levels=(IssuerLevel.PROVINCE,))) == set()


def test_status_is_judged_at_the_day(masks: RowMasks) -> None:
    def at(day: date, *statuses: DocumentStatus) -> set[str]:
        return documents_of(masks, Filters(statuses=statuses, as_of=day))

    assert at(date(2023, 5, 31), DocumentStatus.NOT_YET) == {YUNHE_NUMBER}
    assert at(date(2023, 6, 1), DocumentStatus.IN_FORCE) == {YUNHE_NUMBER}
    assert at(date(2080, 1, 1), DocumentStatus.EXPIRED) == {YUNHE_NUMBER}
    assert at(date(2023, 6, 1), DocumentStatus.UNKNOWN) == {SEED_NUMBER}
    assert at(date(2023, 5, 31)) == {SEED_NUMBER}, "a day alone drops what is not in force"
    assert at(date(2023, 6, 1)) == {SEED_NUMBER, YUNHE_NUMBER}
    today = Filters(statuses=(DocumentStatus.IN_FORCE,))
    assert documents_of(masks, today) == {YUNHE_NUMBER}


def test_a_unit_goes_by_any_name_and_a_place_before_it_counts(masks: RowMasks) -> None:
    def rows(unit: str) -> list[bool]:
        return list(masks.of(Filters(unit=unit), TODAY))

    assert rows("市科技局") == rows("淄博市科学技术局") == rows("科技局")
    assert documents_of(masks, Filters(unit="市财政局")) == {YUNHE_NUMBER, SEED_NUMBER}
    assert documents_of(masks, Filters(unit="云河市财政局")) == {YUNHE_NUMBER}
    assert documents_of(masks, Filters(unit="淄博市财政局")) == {SEED_NUMBER}


def test_a_unit_has_the_clauses_that_inherit_it(masks: RowMasks) -> None:
    mask = masks.of(Filters(unit="市科技局"), TODAY)
    clauses = [masks.index.rows[row] for row in np.flatnonzero(mask)]
    bases = {
        a.basis.partition(" ")[0]
        for c in clauses
        for a in c.responsibility.assignments
        if a.name == "市科技局"
    }
    assert "inherited" in bases
    assert len(bases) > 1


def test_an_area_is_named_carries_out_or_issues(masks: RowMasks) -> None:
    def clauses(area: str) -> set[str]:
        mask = masks.of(Filters(area=area), TODAY)
        return {masks.index.rows[row].id for row in np.flatnonzero(mask)}

    entries = {e.clause_id for e in masks.index.industries if "淄川经济开发区" in e.areas}
    assert entries
    assert (
        entries
        <= clauses("淄川经济开发区")
        == clauses("淄博市淄川经济开发区") | clauses("淄川经济开发区")
    )
    assert entries <= clauses("淄川经济开发区") == clauses("淄博市淄川经济开发区")
    assert entries <= clauses("淄川"), "a part of the name means all areas that have it"
    local = set(masks.index.units["淄川区"]) & {c.id for c in masks.index.rows}
    assert local <= clauses("淄川区")
    assert documents_of(masks, Filters(area="云河市")) == {YUNHE_NUMBER}
    assert len(clauses("海坪镇")) == 1


def test_the_industry_table_counts_where_the_text_has_another_name(parts: Parts) -> None:
    (seed,) = (d.id for d in parts.lookups.official if d.doc_number == SEED_NUMBER)
    row = next(c for c in parts.index.rows if c.document_id == seed and "自动驾驶" in c.text)
    told = IndustryEntry("自动驾驶", ("鲁中经济开发区",), row.id, row.body_range)
    index = replace(parts.index, industries=(told,))
    finder = AreaFinder(["鲁中经济开发区"], {}, [])
    masks = RowMasks(index, parts.lookups.relations, parts.reader.units, finder)
    for name in ("鲁中经济开发区", "鲁中开发区"):
        mask = masks.of(Filters(area=name), TODAY)
        assert [index.rows[at] for at in np.flatnonzero(mask)] == [row]


def test_only_official_documents_unless_asked(masks: RowMasks) -> None:
    assert (
        masks.of(NO_FILTERS, TODAY).tolist()
        == masks.of(Filters(kinds=(DocumentKind.OFFICIAL,)), TODAY).tolist()
    )
    told = masks.of(Filters(kinds=(DocumentKind.EXPLANATORY,)), TODAY)
    assert told.any()
    assert (told ^ masks.of(NO_FILTERS, TODAY)).all()


@pytest.mark.parametrize(
    ("filters", "error", "sentence"),
    [
        (Filters(unit="市玄学局"), UnknownUnit, "市玄学局"),
        (Filters(unit="济南市财政局"), UnknownUnit, "济南市财政局"),
        (Filters(area="火星区"), UnknownArea, "火星区"),
        (Filters(area="发展"), UnknownArea, "发展"),
        (Filters(area="市"), UnknownArea, "市"),
        (Filters(documents=("云政办字〔2023〕8号",)), UnknownDocument, "8号"),
        (Filters(documents=("",)), UnknownDocument, ""),
    ],
)
def test_an_unknown_value_is_one_sentence(
    two_cities: PolicyAssistant, filters: Filters, error: type[NotFoundError], sentence: str
) -> None:
    with pytest.raises(error) as raised:
        two_cities.search("氢能产业", 5, filters)
    said = str(raised.value)
    assert sentence in said
    assert said.endswith("。")
    assert said.count("。") == 1


def test_nobody_can_spoil_a_mask_that_is_kept(masks: RowMasks) -> None:
    for kept in (masks.of_unit("市财政局"), masks.of_area("淄川")):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = True
    mine = masks.of(Filters(unit="市财政局"), TODAY)
    mine[:] = False
    assert masks.of(Filters(unit="市财政局"), TODAY).any()


def test_an_index_without_documents_has_empty_masks(parts: Parts) -> None:
    nothing = replace(parts.index, documents=(), rows=(), units={}, industries=())
    finders = parts.search.masks
    masks = RowMasks(nothing, finders.relations, finders.units, finders.areas)
    assert masks.of(NO_FILTERS, TODAY).shape == (0,)
    assert masks.of_unit("市财政局").shape == (0,)
