"""Notes of responsible units: every shape they come in, and the brackets that are none."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given

from assistant.model import Role
from assistant.reading.notes import (
    Note,
    note_at_end,
    notes_in,
    read_note,
    stands_alone,
    without_notes,
)
from tests.laws import texts

ROLES = {"牵": Role.LEAD, "配": Role.COOPERATE, "责": Role.RESPONSIBLE}


def units(note: Note) -> str:
    """牵:市科技局 责:市财政局 …, to compare at a glance."""
    letters = {role: letter for letter, role in ROLES.items()}
    return " ".join(f"{letters[unit.role]}:{unit.name}" for unit in note.units)


SHAPES = [
    ("（责任单位：市科技局、市财政局）", "责:市科技局 责:市财政局", ""),
    ("(责任单位:市科技局、市财政局)", "责:市科技局 责:市财政局", ""),
    ("[责任单位：市科技局]", "责:市科技局", ""),
    ("〔责任单位：市科技局〕", "责:市科技局", ""),
    ("【责任单位：市科技局】", "责:市科技局", ""),
    ("［责任部门：市科技局］", "责:市科技局", ""),
    ("（负责部门：市科技局）", "责:市科技局", ""),
    ("（落实单位：市科技局）", "责:市科技局", ""),
    ("责任单位:市科技局、市财政局", "责:市科技局 责:市财政局", ""),
    (
        "（牵头单位：市科技局；配合单位：市财政局、市商务局）",
        "牵:市科技局 配:市财政局 配:市商务局",
        "",
    ),
    ("（牵头单位：市科技局，责任单位：市财政局）", "牵:市科技局 责:市财政局", ""),
    ("（牵头部门：市科技局 协办部门：市财政局）", "牵:市科技局 配:市财政局", ""),
    (
        "（市科技局、市工信局牵头，市财政局、市商务局等配合）",
        "牵:市科技局 牵:市工信局 配:市财政局 配:市商务局",
        "等",
    ),
    ("（市科技局负责）", "责:市科技局", ""),
    ("（市科技局牵头负责，市财政局参与）", "牵:市科技局 配:市财政局", ""),
    ("（由市科技局负责）", "责:市科技局", ""),
    ("（市科技局会同市财政局负责）", "责:市科技局 责:市财政局", ""),
    ("（市科技局会同有关部门负责）", "责:市科技局", "有关部门"),
    ("（市科技局、市财政局按职责分工负责）", "责:市科技局 责:市财政局", ""),
    ("（各有关部门和单位，各省级人民政府按职责分工负责）", "责:各省级人民政府", "各有关部门和单位"),
    ("（责任单位：市科技局等有关部门）", "责:市科技局", "等有关部门"),
    ("（责任单位：市科技局等市有关部门，淄川区）", "责:市科技局 责:淄川区", "等市有关部门"),
    ("（责任单位：市科技局等12个部门）", "责:市科技局", "等12个部门"),
    ("（责任单位：市财政局、各有关部门）", "责:市财政局", "各有关部门"),
    ("（责任单位：市政府各部门）", "", "市政府各部门"),
    (
        "（责任单位：市教育局、各县（市、区）人民政府）",
        "责:市教育局 责:各县（市、区）人民政府",
        "",
    ),
    ("（省教育厅，各市、县〔区〕人民政府负责）", "责:省教育厅 责:各市、县〔区〕人民政府", ""),
    ("（责任单位：市科技局（市外专局）、市财政局）", "责:市科技局 责:市财政局", ""),
    ("（责任单位：市科技局 市财政局）", "责:市科技局 责:市财政局", ""),
    ("（责任单位：市科技局；完成时限：2023年12月底前，分年推进）", "责:市科技局", ""),
    ("（完成时限：2023年底；责任单位：市科技局）", "责:市科技局", ""),
    ("（责任单位：市科技局、市财政局，2023年底前完成）", "责:市科技局 责:市财政局", ""),
    ("（市科技局牵头，2023年底前完成）", "牵:市科技局", ""),
    ("（市科技局负责，持续推进）", "责:市科技局", ""),
    ("（责任领导：张三；责任单位：市科技局）", "责:市科技局", ""),
    ("（负责部门：民航局，适用范围：河南自贸试验区）", "责:民航局", ""),
    ("（负责部门：商务部；适用范围：所有自贸试验区，以下均同）", "责:商务部", ""),
    ("（责任单位：）", "", ""),
]


@pytest.mark.parametrize(("text", "expected", "others"), SHAPES)
def test_a_note_is_found_and_read(text: str, expected: str, others: str) -> None:
    assert stands_alone(text)
    gap = "" if text.endswith(tuple("）)]〕】］")) else "\n"
    assert note_at_end(f"做好工作。{gap}{text}") == (5 + len(gap), 5 + len(gap) + len(text))
    note = read_note(text)
    assert units(note) == expected
    assert note.others == others
    for unit in note.units:
        assert text[slice(*unit.range)] == unit.name


@pytest.mark.parametrize(
    "text",
    [
        "（以下简称先行区）",
        "（此件公开发布）",
        "（章丘大学城）",
        "（2021）12号",
        "（5A级）",
        "（创新港）",
        "（试行）",
        "（一）",
        "（一般由县级以上人民政府负责）",
        "（技工院校内由人力资源社会保障行政部门负责）",
        "（本办法由市科技局负责解释）",
        "（市科技局、市财政局）",
        "（按职责分工负责）",
        "（单位：毫米）",
        "（联系单位电话）",
        "（责任单位：市科技局",
        "市科技局负责",
        "",
        "）",
        "（",
    ],
)
def test_what_is_no_note(text: str) -> None:
    assert note_at_end(text) is None
    assert note_at_end("关于有关工作" + text) is None
    assert not stands_alone(text)
    assert notes_in(text) == []
    assert without_notes(text) == text


def test_a_note_closes_its_paragraph() -> None:
    text = "推动对接。（责任单位：市科技局）。 \n"
    found = note_at_end(text)
    assert found is not None
    assert text[slice(*found)] == "（责任单位：市科技局）"
    assert not stands_alone(text)
    assert without_notes(text) == "推动对接。"
    assert note_at_end("（责任单位：市科技局）推动对接。") is None


def test_a_line_that_opens_with_a_label_is_a_note() -> None:
    text = "推动对接。\n责任单位：市科技局、市财政局\n"
    found = note_at_end(text)
    assert found is not None
    assert text[slice(*found)] == "责任单位：市科技局、市财政局"
    assert not stands_alone("推动对接。责任单位：市科技局")


def test_notes_of_several_lines_are_all_found() -> None:
    notes = ["（责任单位：市科技局、\n市财政局）", "牵头单位：市工信局", "配合单位：市商务局"]
    text = f"推动对接。{notes[0]}\n此前的（章丘大学城）照旧。\n加快建设。\n{notes[1]}\n{notes[2]}\n自发布之日起施行。"
    assert [text[a:b] for a, b in notes_in(text)] == notes
    two = "好。（责任单位：市科技局）（配合单位：市财政局）"
    assert [two[a:b] for a, b in notes_in(two)] == [
        "（责任单位：市科技局）",
        "（配合单位：市财政局）",
    ]
    assert without_notes(two) == "好。"


def test_rules_for_later_notes() -> None:
    bold = read_note("〔责任单位：市发展改革委（标黑字体为牵头单位，下同），市科技局〕")
    assert (bold.bold_marks_lead, bold.first_is_lead) == (True, False)
    assert [(u.name, u.group) for u in bold.units] == [("市发展改革委", 0), ("市科技局", 1)]
    plain = read_note("（责任单位：市科技局、市财政局）")
    assert (plain.bold_marks_lead, plain.first_is_lead, plain.local_rule) == (False, False, "")


@pytest.mark.parametrize(
    "text",
    [
        "（市科技局、市财政局负责，排在第一位的部门为牵头部门，下同）",
        "（责任单位：市科技局、市财政局。排在第一位的部门为牵头部门，下同）",
        "（责任单位：市科技局（排在第一位的部门为牵头部门，下同）、市财政局）",
    ],
)
def test_the_rule_of_the_first_is_not_a_unit(text: str) -> None:
    note = read_note(text)
    assert note.first_is_lead
    assert units(note) == "责:市科技局 责:市财政局"


@pytest.mark.parametrize(
    ("written", "count"), [("四区", 4), ("两区", 2), ("三个县", 3), ("二家", 2)]
)
def test_the_local_rule(written: str, count: int) -> None:
    note = read_note(
        f"（责任单位：市科技局，甲区、乙区、丙区、丁区，以下各项任务均需上述{written}负责落实，不再一一列出）"
    )
    assert note.local_count == count
    assert note.local_rule == f"以下各项任务均需上述{written}负责落实，不再一一列出"
    assert units(note) == "责:市科技局 责:甲区 责:乙区 责:丙区 责:丁区"


def test_a_bracket_that_never_closes_takes_no_name_with_it() -> None:
    assert units(read_note("责任单位：市科技局（标黑")) == "责:市科技局"
    assert units(read_note("责任单位：）、市科技局")) == "责:市科技局"


@given(texts)
def test_reading_never_fails_and_names_lie_where_they_say(text: str) -> None:
    for unit in read_note(text).units:
        start, end = unit.range
        assert 0 <= start < end <= len(text)
        assert re.sub(r"\s+", "", text[start:end]) == unit.name
        assert unit.name


@given(texts)
def test_notes_are_apart_and_in_order(text: str) -> None:
    found = notes_in(text)
    assert all(0 <= a < b <= len(text) for a, b in found)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(found))
    last = note_at_end(text)
    assert last is None or found[-1] == last
    assert text.startswith(without_notes(text))
    assert note_at_end(without_notes(text)) is None


def test_a_long_text_without_notes_is_searched_quickly() -> None:
    assert notes_in("很长的一行，没有单位。\n" * 20_000) == []
    assert note_at_end("（" * 20_000 + "）" * 20_000) is None
