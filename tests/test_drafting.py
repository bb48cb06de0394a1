"""A draft keeps text, claims and citations in step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answering.drafting import (
    MAX_LABELS,
    Draft,
    clause_ref,
    document_ref,
    is_official,
    judged,
    runs,
    units_line,
)
from assistant.model import Clause, Document, Role
from tests.laws import parsed

TEXT = """某市关于推动工作的意见
一、任务
（一）产业。发展汽车。发展疫苗。（牵头单位：市科技局；配合单位：市教育局；责任单位：市财政局、市商务局等有关部门）
（二）人才。引进青年。
"""


@pytest.fixture
def document() -> Document:
    return parsed(TEXT)


def clause_of(document: Document, label: str) -> Clause:
    return next(c for c in document.clauses if c.label == label)


def test_a_quote_adds_words_claim_citation_and_mark(document: Document) -> None:
    draft, clause = Draft(), clause_of(document, "一（一）")
    draft.say("规定：")
    citation = draft.quote(document, clause, clause.body_range)
    words = document.text[slice(*clause.body_range)]
    assert draft.text == f"规定：{words}[1]"
    assert draft.text[slice(*draft.claims[0].span)] == citation.quote == words
    assert draft.claims[0].citation_ids == (citation.id,) == ("c1",)
    assert citation.char_range == clause.body_range
    assert citation.clause == clause_ref(clause)
    assert citation.document == document_ref(document)


def test_the_text_may_show_less_than_the_citation_quotes(document: Document) -> None:
    draft, clause = Draft(), clause_of(document, "一（一）")
    start = document.text.index("发展疫苗")
    draft.quote(document, clause, clause.body_range, (start, start + 4))
    assert draft.text == "发展疫苗[1]"
    assert draft.citations[0].char_range == clause.body_range


def test_the_same_words_are_cited_once(document: Document) -> None:
    draft, clause = Draft(), clause_of(document, "一（一）")
    other = clause_of(document, "一（二）")
    for target in (clause, other, clause):
        draft.quote(document, target, target.body_range)
    assert [c.number for c in draft.citations] == [1, 2]
    assert draft.text.count("[1]") == 2
    start = clause.body_range[0]
    assert draft.cite(document, clause, (start, start + 4)).number == 3
    draft.mention("发展汽车", draft.citations[0])
    assert draft.text.endswith("发展汽车[1]")
    assert draft.text[slice(*draft.claims[-1].span)] == "发展汽车"


def test_units_come_with_their_clause_and_what_is_left_open(document: Document) -> None:
    draft, clause = Draft(), clause_of(document, "一（一）")
    for _ in range(2):
        draft.add_units(clause)
    assert [(u.name, u.role) for u in draft.units] == [
        (a.unit, a.role.value) for a in clause.responsibility.assignments
    ]
    assert {u.clause_id for u in draft.units} == {clause.id}
    assert len([w for w in draft.notes() if "等有关部门" in w]) == 1
    assert judged(draft, {}).warnings == draft.notes()
    only = Draft()
    only.add_units(clause, only=["市财政局"])
    assert [u.name for u in only.units] == ["市财政局"]


def test_units_in_one_line_by_role(document: Document) -> None:
    clause = clause_of(document, "一（一）")
    line = units_line(clause)
    assert line.startswith("牵头单位：市科技局；")
    assert "责任单位：市财政局、市商务局等有关部门" in line
    assert line.count("等有关部门") == 1
    assert units_line(clause, [Role.COOPERATE]) == "配合单位：市教育局"
    assert units_line(clause_of(document, "一（二）")) == ""


def test_who_speaks(document: Document) -> None:
    assert is_official(document)
    assert document_ref(document).issued_on is None


def test_neighbours_become_one_run() -> None:
    text = "甲。乙。 \n丙。丁。"
    assert runs([(2, 4), (0, 2), (6, 8)], text) == [(0, 8)]
    assert runs([(0, 2), (6, 8)], text) == [(0, 2), (6, 8)]
    assert runs([], text) == []


def test_notes_name_their_clauses_and_say_a_thing_once(document: Document) -> None:
    found = clause_of(document, "一（一）")
    lost, told = "未能分出牵头单位。", "按“，”列出牵头单位。"
    listed = found.responsibility.assignments
    unled = tuple(a for a in listed if a.role is not Role.LEAD)
    draft = Draft()
    for label, assignments, remark in (
        ("一（一）", listed, told),
        ("二（一）", unled, lost),
        ("二（一）甲", unled, lost),
        ("二（二）", unled, lost),
    ):
        duty = replace(found.responsibility, assignments=assignments, remarks=(remark,))
        draft.add_units(replace(found, label=label, responsibility=duty))
    assert draft.notes()[:2] == [f"一（一）：{told}", f"二（一）、二（二）：{lost}"]
    assert len(draft.notes()) == 3
    other = Draft()
    duty = replace(found.responsibility, remarks=(told,), others="")
    other.add_units(replace(found, responsibility=duty), only=["市财政局"])
    assert other.notes() == []  # no leader is shown, and so not how leaders were told


def test_a_note_names_the_first_of_many_clauses(document: Document) -> None:
    found = clause_of(document, "一（一）")
    draft = Draft()
    for number in range(MAX_LABELS + 2):
        draft.add_units(replace(found, label=f"第{number}条"))
    assert all(f"等{MAX_LABELS + 2}条" in note for note in draft.notes())
