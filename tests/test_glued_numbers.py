"""Lines that lost their breaks are cut again; the text itself never changes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from assistant.reading.glued_numbers import unglued
from assistant.reading.lines import lines_of
from tests.laws import keeps_the_laws, keys, parsed, texts

TITLE = "某市关于推动工作的意见\n"


def cut(text: str) -> list[str]:
    return [line.text for line in unglued(lines_of(text))]


def test_a_number_at_the_end_of_a_line_belongs_to_the_next() -> None:
    text = "一、明确范围1.\n对象是企业。\n2.\n条件是注册。3．\n期限一年。"
    assert cut(text) == [
        "一、明确范围",
        "1.",
        "对象是企业。",
        "2.",
        "条件是注册。",
        "3．",
        "期限一年。",
    ]


def test_only_where_numbers_stand_apart_elsewhere() -> None:
    text = "一、明确范围1.\n对象是企业。"
    assert cut(text) == text.split("\n")


def test_a_decimal_that_was_broken_is_not_cut() -> None:
    text = "1.\n增长了约2.\n5倍。\n达到3,5.\n以上，共12.5.\n完"
    assert "增长了约2." in cut(text)
    assert "达到3,5." in cut(text)
    assert "以上，共12.5." in cut(text)


def test_the_last_line_is_left_alone() -> None:
    assert cut("1.\n甲\n共2.") == ["1.", "甲", "共2."]


def test_the_cut_number_opens_a_clause() -> None:
    document = parsed(
        TITLE
        + "一、明确范围1.\n对象是企业，含个体。\n2.\n条件是注册。\n二、标准1.\n按规定，给补助。\n"
    )
    assert keys(document)[1:] == ["1", "1.1", "1.2", "2", "2.1"]
    assert document.clauses[1].heading == "明确范围"
    assert keeps_the_laws(document)


LOST = (
    "一、总体要求 "
    + "坚持发展，" * 30
    + "。 二、重点任务 （一）产业 "
    + "做大做强，" * 30
    + "。 （二）人才 引进。"
)


def test_a_text_that_lost_all_its_breaks_is_cut_at_blanks() -> None:
    document = parsed(TITLE + LOST)
    assert keys(document) == ["title", "1", "2", "2.1", "2.2"]
    assert [c.heading for c in document.clauses[1:]] == ["总体要求", "重点任务", "产业", "人才"]
    assert keeps_the_laws(document)


def test_the_blank_after_a_number_is_none() -> None:
    text = " ".join(f"第{n}条 市政府应当{'做好工作，' * 20}。" for n in "一二三四五")
    assert [line[:3] for line in cut(text)] == ["第一条", "第二条", "第三条", "第四条", "第五条"]


def test_a_short_or_unnumbered_line_keeps_its_blanks() -> None:
    short = "一、甲 二、乙 三、丙 四、丁"
    assert cut(short) == [short]
    long = "市政府 应当做好工作， " * 40
    assert cut(long) == [long.strip()]
    two = "一、甲 " + "做好工作，" * 80 + " 二、乙"
    assert cut(two) == [two]


@given(texts)
def test_no_visible_character_is_lost_or_moved(text: str) -> None:
    for body in (text, text.replace("\n", " ") + LOST, f"1.\n{text}\n2.\n"):
        whole, pieces = lines_of(body), unglued(lines_of(body))
        assert all(body[line.start : line.end] == line.text for line in pieces)
        assert all(a.end <= b.start for a, b in pairwise(pieces))
        assert all(line.text == line.text.strip() != "" for line in pieces)
        seen = "".join("".join(line.text.split()) for line in whole)
        assert "".join("".join(line.text.split()) for line in pieces) == seen


def test_other_white_space_between_blanks_is_no_line() -> None:
    for blank in "\x0b\x0c\x1c\u2003\u2028":
        text = f"{TITLE}一、总则 {blank} {LOST}"
        assert keeps_the_laws(parsed(text)), repr(blank)
        assert all(line.strip() == line != "" for line in cut(text)), repr(blank)
