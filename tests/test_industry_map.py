"""The map of industries and areas: nothing is lost, everything is where its document has it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.industry_map import (
    ANYWHERE,
    MOST_ROWS,
    IndustryMap,
    Selection,
    contacts,
    marked,
)
from assistant.model import Assignment, IndustryEntry, Role
from assistant.reading import industries
from assistant.reading.editions import with_id
from assistant.service import PolicyAssistant
from assistant.text import fold
from assistant.validity import DocumentStatus, Standing
from tests.laws import parsed

TEXT = """云河市关于发展产业的意见
一、重点
（一）分区发展。海坪镇重点发展抹茶、竹材等产业。青石镇重点发展竹材产业。（责任单位：市农业农村局）
（二）全市发展。积极发展抹茶、电子商务等产业。（牵头单位：市商务局；配合单位：市财政局）
"""
OTHER = """山城市关于发展旅游业的意见
一、重点
（一）全域发展。大力发展民宿、康养等产业。（责任单位：市文化和旅游局）
"""
GONE = Standing(DocumentStatus.REPEALED, "自印发之日起废止")


def map_of(*texts: str, standing: Standing | None = None) -> IndustryMap:
    documents = [with_id(parsed(text), f"d{at}") for at, text in enumerate(texts)]
    entries = [e for d in documents for e in industries.find(d)]
    force = {documents[-1].id: standing} if standing else {}
    return IndustryMap.of(entries, documents, force)


@pytest.fixture(scope="module")
def seed_map(policy_assistant: PolicyAssistant) -> IndustryMap:
    return IndustryMap.of(
        policy_assistant.industries(), policy_assistant.documents(), policy_assistant.standings()
    )


def test_every_entry_of_the_table_is_in_the_map_once(
    policy_assistant: PolicyAssistant, seed_map: IndustryMap
) -> None:
    found = [(s.industry, s.areas, s.clause.id, s.char_range) for s in seed_map.supports]
    assert found == [
        (e.industry, e.areas, e.clause_id, e.char_range) for e in policy_assistant.industries()
    ]
    in_cells = {
        (row.industry, support.clause.id, support.char_range)
        for group in seed_map.groups()
        for row in group.rows
        for cell in row.cells
        for support in cell
    }
    assert {(i, c, r) for i, _, c, r in found} == in_cells
    assert sum(len(p.supports) for p in seed_map.passages) == len(found)


def test_a_cell_stands_under_its_area_and_quotes_the_document(seed_map: IndustryMap) -> None:
    for group in seed_map.groups():
        for row in group.rows:
            assert len(row.cells) == len(seed_map.columns)
            for column, cell in zip(seed_map.columns, row.cells, strict=True):
                for support in cell:
                    assert column in support.columns
                    assert support.sentence in support.document.text
                    assert fold(support.industry) in fold(support.sentence)


def test_rows_follow_the_document_and_their_clause_heads_them(seed_map: IndustryMap) -> None:
    clauses = [group.clause for group in seed_map.groups()]
    assert [c.char_range for c in clauses] == sorted(c.char_range for c in clauses)
    assert len({c.id for c in clauses}) == len(clauses)
    assert clauses[0].label == "二（一）"
    assert [r.industry for r in seed_map.groups()[0].rows][:2] == ["新材料", "智能装备"]


def test_the_open_column_comes_last_and_only_where_it_is_needed(seed_map: IndustryMap) -> None:
    assert seed_map.columns[-1] == ANYWHERE
    assert seed_map.columns[0] == "淄博经济开发区"
    only = seed_map.selected(Selection(area="淄川经济开发区"))
    assert only.columns[0] == "淄川经济开发区"
    assert all("淄川经济开发区" in s.areas for s in only.supports)
    assert IndustryMap().columns == ()
    assert IndustryMap().groups() == ()


def test_an_industry_of_two_clauses_is_one_row() -> None:
    made = map_of(TEXT)
    rows = {row.industry: row for group in made.groups() for row in group.rows}
    assert made.columns == ("海坪镇", "青石镇", ANYWHERE)
    assert [len(cell) for cell in rows["抹茶"].cells] == [1, 0, 1]
    assert [len(cell) for cell in rows["竹材"].cells] == [1, 1, 0]
    assert rows["抹茶"].total == 2
    assert [made.count(column) for column in made.columns] == [2, 1, 2]
    assert made.industries == ("抹茶", "竹材", "电子商务")


@pytest.mark.parametrize(
    ("wanted", "industries_left"),
    [
        (Selection(), {"抹茶", "竹材", "电子商务", "民宿", "康养"}),
        (Selection(area="海坪镇"), {"抹茶", "竹材"}),
        (Selection(area="海坪"), {"抹茶", "竹材"}),
        (Selection(area=ANYWHERE), {"抹茶", "电子商务", "民宿", "康养"}),
        (Selection(area="天津"), set()),
        (Selection(industry="茶"), {"抹茶"}),
        (Selection(industry="电子", area=ANYWHERE), {"电子商务"}),
        (Selection(document="no such"), set()),
    ],
)
def test_a_selection_lets_pass_what_it_names(wanted: Selection, industries_left: set[str]) -> None:
    assert set(map_of(TEXT, OTHER).selected(wanted).industries) == industries_left


def test_a_document_can_be_chosen() -> None:
    made = map_of(TEXT, OTHER)
    second = made.documents[1]
    assert made.selected(Selection(document=second.id)).documents == (second,)


def test_what_is_no_longer_in_force_is_left_out_unless_asked_for() -> None:
    made = map_of(TEXT, OTHER, standing=GONE)
    assert "民宿" not in made.selected(Selection()).industries
    assert "民宿" in made.selected(Selection(past=True)).industries


def test_a_long_map_is_read_document_by_document() -> None:
    names = [f"{a}{b}业" for a in "甲乙丙丁戊己庚" for b in "东南西北中上下"]
    long = f"东海市意见\n一、重点\n（一）全域发展。大力发展{'、'.join(names)}。\n"
    made = map_of(TEXT, long)
    assert len(made.industries) > MOST_ROWS
    tables = made.tables()
    assert [t.documents for t in tables] == [(d,) for d in made.documents]
    assert sum(len(t.supports) for t in tables) == len(made.supports)
    assert map_of(TEXT).tables() == (map_of(TEXT),)


def test_an_entry_whose_clause_is_gone_is_left_out() -> None:
    document = parsed(TEXT)
    lost = IndustryEntry("抹茶", (), "no:1", (0, 2))
    assert IndustryMap.of([lost], [document], {}).supports == ()


def test_those_who_lead_are_asked_first_else_those_responsible() -> None:
    made = map_of(TEXT)
    asked = {s.industry: [a.unit for a in s.contacts.units] for s in made.supports}
    assert asked["竹材"] == ["市农业农村局"]
    assert asked["电子商务"] == ["市商务局"]


def test_the_local_unit_of_the_area_is_told_apart(seed_map: IndustryMap) -> None:
    here = [s for s in seed_map.supports if s.clause.label == "二（一）"]
    local = {a: {u.unit for u in s.contacts.local} for s in here for a in s.areas}
    assert local["淄川经济开发区"] == {"淄川区"}
    assert local["文昌湖省级旅游度假区"] == {"文昌湖省级旅游度假区"}
    assert local["周村区王村镇"] == {"周村区", "淄川区"}  # of both areas of its sentence
    everywhere = next(s for s in seed_map.supports if s.industry == "人工智能")
    assert len(everywhere.contacts.local) == 4


def test_all_local_units_are_named_where_none_is_of_the_area() -> None:
    document = parsed(TEXT)
    clause = document.clauses[-1]
    duty = (Assignment("山城区", Role.LOCAL, "listed"),)
    held = replace(clause, responsibility=replace(clause.responsibility, assignments=duty))
    assert contacts(held, ("海坪镇",)).local == duty


def test_a_whole_name_means_this_industry_alone_and_part_of_one_all_that_hold_it() -> None:
    made = map_of(TEXT.replace("竹材产业", "抹茶机械产业"))
    assert made.selected(Selection(industry="抹茶")).industries == ("抹茶",)
    assert made.selected(Selection(industry="茶")).industries == ("抹茶", "抹茶机械")
    assert made.like("抹茶") == ("抹茶机械",)
    assert made.like("茶") == ()


def test_the_halves_part_rows_by_whether_they_have_an_area_anywhere() -> None:
    made = map_of(TEXT)
    placed, rest = made.halves()
    assert placed.industries == ("抹茶", "竹材")
    assert placed.columns == ("海坪镇", "青石镇", ANYWHERE)
    assert rest.industries == ("电子商务",)
    assert rest.columns == (ANYWHERE,)
    assert len(placed.supports) + len(rest.supports) == len(made.supports)


def test_what_a_cell_counts_is_what_its_filter_lists(seed_map: IndustryMap) -> None:
    for group in seed_map.groups():
        for row in group.rows:
            for column, cell in zip(seed_map.columns, row.cells, strict=True):
                wanted = Selection(area=column, industry=row.industry)
                assert len(seed_map.selected(wanted).supports) == len(cell)


@given(st.text(max_size=60), st.lists(st.text(max_size=4), max_size=4))
def test_marking_changes_nothing_of_a_text(text: str, words: list[str]) -> None:
    pieces = list(marked(text, words))
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)


def test_words_are_marked_however_they_are_written() -> None:
    text = "发展ＡＩ、電子商務和5Ｇ"
    hit = [piece for piece, is_word in marked(text, ["ai", "电子商务", "5g", ""]) if is_word]
    assert hit == ["ＡＩ", "電子商務", "5Ｇ"]
