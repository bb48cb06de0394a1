"""Notes of responsible units: every shape they come in, and the brackets that are none."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given

from assistant.model import Role
from assistant.reading.note_words import Note, read_note
from assistant.reading.notes import (
    note_at_end,
    notes_in,
    stands_alone,
    without_notes,
)
from tests.laws import texts

ROLES = {"牵": Role.LEAD, "配": Role.COOPERATE, "责": Role.RESPONSIBLE, "地": Role.LOCAL}


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
    ("（责任主体：各区县人民政府）", "责:各区县人民政府", ""),
    ("（属地单位：淄川区、周村区）", "地:淄川区 地:周村区", ""),
    ("（牵头（责任）单位：市科技局）", "牵:市科技局", ""),
    ("（市科技局主办，市财政局协办）", "牵:市科技局 配:市财政局", ""),
    ("（市科技局牵头；市财政局、市商务局）", "牵:市科技局 责:市财政局 责:市商务局", ""),
    (
        "（市文旅局牵头，团市委、市妇联等参加）",
        "牵:市文旅局 配:团市委 配:市妇联",
        "等",
    ),
    ("（省教育厅牵头，会同省财政厅落实）", "牵:省教育厅 责:省财政厅", ""),
    ("（市气象局等按照职责分工负责）", "责:市气象局", "等"),
    ("（市委宣传部、市教育局分别负责）", "责:市委宣传部 责:市教育局", ""),
    ("（责任单位：市卫健委牵头，市医保局配合）", "牵:市卫健委 配:市医保局", ""),
    ("（责任单位：市教育局等按职责分工负责）", "责:市教育局", "等"),
    ("（责任单位：市财政局等市直有关单位）", "责:市财政局", "等市直有关单位"),
    ("（责任单位：市级有关部门，各镇街）", "责:各镇街", "市级有关部门"),
    ("（责任单位：全区各部门）", "", "全区各部门"),
    ("（责任单位：拖欠账款的所有部门和单位）", "", "拖欠账款的所有部门和单位"),
    (
        "（市财政局牵头，市级各有关部门及各县市区政府负责）",
        "牵:市财政局 责:各县市区政府",
        "市级各有关部门",
    ),
    ("（责任单位：园区和示范区管委会）", "责:园区和示范区管委会", ""),
    ("（财政部、教育部负责。列第一位者为牵头单位，下同）", "责:财政部 责:教育部", ""),
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
        "（其中市财政局落实了100万元）",
        "（由省工业和信息化部门会同财政部门审核）",
        "（负责亚洲、欧洲）",
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


def found(text: str) -> list[str]:
    return [text[slice(*span)] for span in notes_in(text)]


def test_notes_stand_in_the_middle_of_a_paragraph_too() -> None:
    text = "（十）放开准入（含外资）。（市场监管总局负责）加强产业合作。（体育总局、教育部负责）重视（见附件）新兴项目。（网信办负责）"
    assert found(text) == [
        "（市场监管总局负责）",
        "（体育总局、教育部负责）",
        "（网信办负责）",
    ]
    assert without_notes(text).endswith("新兴项目。")
    assert found(
        "就地就业（市人社局牵头，各县〔市、区〕人民政府配合）。对有意愿的，给予补贴。"
    ) == ["（市人社局牵头，各县〔市、区〕人民政府配合）"]
    assert found("按规定（由市财政局负责）执行，可（市财政局负责）办理。") == []
    assert found("（责任单位：市科技局）推动对接，做好服务。") == ["（责任单位：市科技局）"]


def test_a_bracket_that_is_never_closed_takes_no_paragraphs_with_it() -> None:
    text = "（见附件。\n责任单位：市科技局。\n1）做好对接。\n"
    assert found(text) == ["责任单位：市科技局"]


def test_a_list_of_organs_after_a_full_stop_is_a_note() -> None:
    text = "做好播种。（省商务厅、联席会议成员单位、济南海关等）\n下一条"
    assert found(text) == ["（省商务厅、联席会议成员单位、济南海关等）"]
    note = read_note(found(text)[0])
    assert units(note) == "责:省商务厅 责:联席会议成员单位 责:济南海关"
    assert note.others == "等"
    for plain in (
        "做好播种（省商务厅、省财政厅）\n",
        "做好播种。（省商务厅、省财政厅）后续工作。",
        "做好播种。\n（市税务局）",
        "做好播种。（全部）",
        "做好播种。（张三、李四）",
        "做好播种。（省商务厅、电商平台和直播基地）",
    ):
        assert found(plain) == [], plain


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("推动对接。责任单位：市科技局、市财政局。", ["责任单位：市科技局、市财政局"]),
        ("牵头单位：市科技局。配合单位：市财政局。", ["牵头单位：市科技局", "配合单位：市财政局"]),
        ("责任单位：市科技局\n推动对接。", ["责任单位：市科技局"]),
        ("责任单位：\n市科技局、市财政局\n推动对接。", ["责任单位：\n市科技局、市财政局"]),
        ("任务：做好对接\n牵头单位：市科技局\n完成时限：2023年底", ["牵头单位：市科技局"]),
        (
            "责任单位：市科技局。排在第一位的为牵头单位，下同。",
            ["责任单位：市科技局。排在第一位的为牵头单位，下同"],
        ),
        ("明确责任单位：市科技局要带头。", []),
    ],
)
def test_a_label_without_a_bracket(text: str, notes: list[str]) -> None:
    assert found(text) == notes


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
        "（市科技局、市财政局，列首的为牵头单位，下同）",
        "（责任单位：市科技局、市财政局；列首位的为牵头单位，下同）",
        "（市科技局、市财政局负责。列第一位者为牵头单位，下同）",
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


def test_a_local_rule_may_name_its_places() -> None:
    note = read_note(
        "〔责任单位：市财政局，各县（市、区）政府、市直园区管委会；列首位的为牵头单位，下同。"
        "以下各项工作任务均涉及各县（市、区）、市直园区，不再单独列出〕"
    )
    assert note.local_count == 2
    assert note.first_is_lead
    assert units(note) == "责:市财政局 责:各县（市、区）政府 责:市直园区管委会"


def test_a_mark_is_no_part_of_a_name() -> None:
    note = read_note("（责任单位：★市科技局、市财政局*（标★的为牵头单位，下同））")
    assert units(note) == "责:市科技局 责:市财政局"
    assert [unit.starred for unit in note.units] == [True, True]
    assert note.star_marks_lead


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
