"""The numbering report: what a reader would stumble over, and nothing of a sound document."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import AnomalyKind
from assistant.reading.numbering_report import anomalies
from tests.laws import parsed, texts

TITLE = "某市关于推动工作的意见\n"
GAP, REPEAT, JUMP = AnomalyKind.GAP, AnomalyKind.REPEAT, AnomalyKind.JUMP


def report(text: str) -> list[tuple[AnomalyKind, str]]:
    """Kind and number of each anomaly."""
    document = parsed(text)
    numbers = {c.id: c.number for c in document.clauses}
    return [(a.kind, numbers.get(a.clause_id, "")) for a in document.anomalies]


@pytest.mark.parametrize(
    "numbers",
    [
        "一、 二、 三、",
        "一、 （一） （二） 二、 （一） （二）",  # begins anew in each section
        "一、 （一） （二） 二、 （三） （四）",  # runs on
        "一、 1. 2. 二、 3. 三、 1.",
        "一、 第一， 第二， 二、 第一，",
        "（一） 1. （1） ① ② 2. （二） 1.",
        "第一编 第一章 第一条 第二条 第二章 第三条 第二编 第一章 第四条",
        "第一章 第一条 第二条 第二条之一 第二条之二 第三条",
    ],
)
def test_sound_numbers_are_not_reported(numbers: str) -> None:
    assert report(TITLE + "".join(f"{n}　事项\n" for n in numbers.split())) == []


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ("一、 三、", [(GAP, "三、")]),
        ("一、 （一） （三） （四）", [(GAP, "（三）")]),
        ("1. 2. 2. 3.", [(REPEAT, "2.")]),
        ("一、 二、 一、 二、", [(REPEAT, "一、")]),
        ("（一） （二） （三） （二）", [(JUMP, "（二）")]),
        ("一、 （二） （三）", [(JUMP, "（二）")]),
        ("一、 （一） 二、 （三）", [(JUMP, "（三）")]),
        ("第一条 第三条", [(GAP, "第三条")]),
        ("第一章 第一条 第二章 第三条", [(GAP, "第三条")]),
        ("第一条 第二条 第二条 第三条", [(REPEAT, "第二条")]),
        ("第一条 第二条 第二条之二 第三条", [(GAP, "第二条之二")]),
        ("一、 第一， 第三，", [(GAP, "第三，")]),
    ],
)
def test_gaps_repeats_and_jumps(numbers: str, found: list[tuple[AnomalyKind, str]]) -> None:
    assert report(TITLE + "".join(f"{n}　事项\n" for n in numbers.split())) == found


def test_an_annex_begins_anew_but_has_gaps_of_its_own() -> None:
    text = TITLE + "一、甲\n二、乙\n附件1\n方案\n一、丙\n二、丁\n附件2\n清单\n一、戊\n三、己\n"
    assert report(text) == [(GAP, "三、")]


def test_a_message_is_a_sentence_that_says_where() -> None:
    document = parsed(TITLE + "一、任务\n（一）甲\n（三）乙\n")
    (anomaly,) = document.anomalies
    clause = document.clauses[-1]
    assert anomaly.clause_id == clause.id
    assert anomaly.char_range == clause.char_range
    assert anomaly.message.startswith("一（三）：")
    assert "一（一）" in anomaly.message
    assert anomaly.message.endswith("。")
    assert "2" in anomaly.message  # the number that is missing, or how many


def test_a_note_outside_of_all_clauses_is_an_orphan() -> None:
    text = TITLE + "一、甲\n做好。\n某市人民政府\n2022年4月20日\n（责任单位：市科技局）\n"
    document = parsed(text)
    (anomaly,) = document.anomalies
    assert anomaly.kind is AnomalyKind.ORPHAN_NOTE
    assert document.text[slice(*anomaly.char_range)].strip() == "（责任单位：市科技局）"
    assert "市科技局" in anomaly.message


def test_a_note_below_a_clause_is_none() -> None:
    text = (
        TITLE
        + "一、甲\n做好，做实。\n（责任单位：市科技局）\n（一）乙\n（二）丙\n（责任单位：市教育局）\n"
    )
    assert report(text) == []


def test_characters_that_no_clause_holds_are_reported() -> None:
    document = parsed(TITLE + "一、甲\n二、乙\n三、丙\n")
    holed = replace(document, clauses=tuple(c for c in document.clauses if c.number != "二、"))
    found = {a.kind: a for a in anomalies(holed)}
    assert document.text[slice(*found[AnomalyKind.OUTSIDE].char_range)].strip() == "二、乙"
    assert "二、乙" in found[AnomalyKind.OUTSIDE].message
    assert found[GAP].char_range == document.clauses[-1].char_range


@given(texts, st.sampled_from(["", TITLE]))
def test_the_report_is_in_order_and_of_the_document(text: str, title: str) -> None:
    document = parsed(title + text)
    ids = {c.id for c in document.clauses} | {""}
    ranges = [a.char_range for a in document.anomalies]
    assert ranges == sorted(ranges)
    for anomaly in document.anomalies:
        assert anomaly.clause_id in ids
        assert anomaly.message.endswith("。")
        assert 0 <= anomaly.char_range[0] < anomaly.char_range[1] <= len(document.text)
        assert anomaly.kind is not AnomalyKind.OUTSIDE  # every character has its clause


@given(st.integers(1, 30), st.integers(1, 30))
def test_one_missing_number_is_one_gap(count: int, missing: int) -> None:
    numbers = [n for n in range(1, count + 1) if n != missing]
    found = report(TITLE + "甲，乙。\n" + "".join(f"{n}.　事项\n" for n in numbers))
    inner = 1 < missing < count
    first = missing == 1 < count
    assert found == ([(GAP, f"{missing + 1}.")] if inner else [(JUMP, "2.")] if first else [])
