"""Who works with whom: laws of sharing, and agreement with the chat's comparison of two units."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.comparison_answers import ComparisonAnswers
from assistant.answering.drafting import Draft
from assistant.answering.unit_partners import (
    LEVELS,
    Partner,
    TaskTable,
    closest_pairs,
    compare,
    level_of,
    matrix,
    part_of,
    partners,
    shared_counts,
)
from assistant.model import Assignment, Clause, ClauseKind, Responsibility, Role, Task
from assistant.parts import Parts
from assistant.understanding.comparison import Compared, Comparison, Side

UNITS = ("甲局", "乙局", "丙局", "丁区")


def clause(number: str, *names: str, level: str = "市", role: Role = Role.RESPONSIBLE) -> Clause:
    listed = tuple(Assignment(n, role, "listed", canonical=n, level=level) for n in names)
    return Clause(
        f"d:{number}",
        "d",
        ClauseKind.SECTION,
        number,
        "",
        ("正文", number),
        number,
        number,
        (0, 1),
        (0, 1),
        responsibility=Responsibility(listed, (0, 1), f"d:{number}"),
    )


def task(of: Clause, unit: str, *covers: Clause) -> Task:
    part = part_of(of, unit)
    return Task(of, part.role, part.basis, covers)


@st.composite
def tables(draw: st.DrawFn) -> TaskTable:
    """Lists as they can be: some clause may stand in the list of only one of those it names."""
    table: dict[str, list[Task]] = {unit: [] for unit in UNITS}
    for number in range(draw(st.integers(0, 6))):
        names = draw(st.lists(st.sampled_from(UNITS), min_size=1, unique=True))
        made = clause(str(number), *names)
        for unit in draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
            table[unit].append(task(made, unit))
    return table


@given(tables())
def test_what_is_shared_and_what_is_not_make_each_list(table: TaskTable) -> None:
    shared = shared_counts(table)
    for one, two in combinations(UNITS, 2):
        found = compare(table, one, two)
        ids = {t.clause.id for t in found.shared}
        for unit, own in ((one, found.only_first), (two, found.only_second)):
            listed = [t.clause.id for t in table[unit]]
            assert [t.clause.id for t in own] == [i for i in listed if i not in ids]
        assert len(ids) == len(found.shared) == shared[one].get(two, 0) == shared[two].get(one, 0)
        for common in found.shared:
            assert {one, two} <= {a.name for a in common.clause.responsibility.assignments}
        turned = compare(table, two, one)
        assert {t.clause.id for t in turned.shared} == ids
        assert (turned.only_first, turned.only_second) == (found.only_second, found.only_first)


@given(tables())
def test_partners_come_by_the_number_of_shared_tasks(table: TaskTable) -> None:
    shared = shared_counts(table)
    for unit in UNITS:
        found = partners(shared, unit)
        assert {p.name for p in found} == {
            other for other in UNITS if other != unit and compare(table, unit, other).shared
        }
        assert all(a.shared >= b.shared for a, b in pairwise(found))


@given(tables(), st.integers(1, 4))
def test_the_matrix_holds_the_most_connected(table: TaskTable, most: int) -> None:
    shared = shared_counts(table)
    made = matrix(shared, most)
    totals = {unit: sum(shared[unit].values()) for unit in UNITS}
    assert made.rows == made.columns
    assert len(made.rows) == min(most, sum(bool(n) for n in totals.values()))
    assert all(totals[u] <= totals[row] for row in made.rows for u in UNITS if u not in made.rows)
    counts = [made.count(r, c) for r in made.rows for c in made.columns]
    assert made.highest == max(counts, default=0)


def test_a_wanted_unit_stands_against_whom_it_works_with() -> None:
    both, three = clause("1", "甲局", "乙局"), clause("2", "乙局", "丙局", "丁区")
    table = {
        "甲局": [task(both, "甲局")],
        "乙局": [task(both, "乙局"), task(three, "乙局")],
        "丙局": [task(three, "丙局")],
        "丁区": [task(three, "丁区")],
    }
    shared = shared_counts(table)
    made = matrix(shared, 24, ["甲局"])
    assert (made.rows, made.columns, made.highest) == (("甲局",), ("乙局",), 1)
    assert closest_pairs(shared, {"甲局"}, 9) == [("甲局", Partner("乙局", 1))]
    assert len(closest_pairs(shared, set(UNITS), 9)) == 4
    assert len(closest_pairs(shared, set(UNITS), 2)) == 2


def test_what_a_note_covers_counts_once() -> None:
    above = clause("1", "甲局", "乙局")
    below = [clause(f"1.{n}", "甲局", "乙局") for n in range(3)]
    table = {unit: [task(above, unit, *below)] for unit in ("甲局", "乙局")}
    assert partners(shared_counts(table), "甲局") == (Partner("乙局", 1),)
    assert [t.covers for t in compare(table, "甲局", "乙局").shared] == [tuple(below)]


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("市财政局", "市", "市"),
        ("云河经济开发区", "", "园区"),
        ("云河高新区管委会", "", "园区"),
        ("云河县", "区县", "区县"),
        ("云河新区", "区县", "区县"),
        ("云河供水集团", "", ""),
    ],
)
def test_a_level_is_what_the_documents_show(name: str, level: str, expected: str) -> None:
    assert level_of(name, [task(clause("1", name, level=level), name)]) == expected
    assert expected in LEVELS


def test_two_units_are_compared_as_the_chat_compares_them(parts: Parts) -> None:
    tasks_of = parts.answerer.tasks.tasks_of
    chat = ComparisonAnswers(parts.lookups, tasks_of, parts.reader, lambda _: Draft())
    table = {unit: tasks_of(unit) for unit in parts.index.units}
    compared = 0
    for one, two in combinations(table, 2):
        found = compare(table, one, two)
        sides = (Side(one, (one,)), Side(two, (two,)))
        draft = chat.answer(Comparison(Compared.UNITS, sides))
        opening = draft.text.split("\n")[0]
        counts = f"共同的任务{len(found.shared)}条，{one}另有{len(found.only_first)}条"
        assert f"{counts}，{two}另有{len(found.only_second)}条。" in opening
        told = [t.clause.id for t in (*found.shared, *found.only_first, *found.only_second)]
        assert [c.clause.id for c in draft.citations if c.clause.id in told] == told
        compared += 1
    assert compared == 31 * 30 // 2


def test_the_units_of_the_real_corpus(parts: Parts) -> None:
    tasks_of = parts.answerer.tasks.tasks_of
    table = {unit: tasks_of(unit) for unit in parts.index.units}
    shared = shared_counts(table)
    assert partners(shared, "淄川区")[0] == Partner("周村区", 15)
    assert len(partners(shared, "淄川区")) == 30
    assert shared["市发展改革委"]["市财政局"] == 5
    levels = {unit: level_of(unit, tasks) for unit, tasks in table.items()}
    assert levels["淄博经济开发区"] == levels["文昌湖省级旅游度假区"] == "园区"
    assert [u for u, level in levels.items() if level == "区县"] == ["淄川区", "周村区"]
    assert sum(level == "市" for level in levels.values()) == 27
