"""目录: found where its first entry comes again; never a clause."""

from __future__ import annotations

import pytest

from assistant.model import ClauseKind
from assistant.reading import contents
from assistant.reading.lines import lines_of
from tests.laws import keeps_the_laws, parsed, paths


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("目录\n第一章　总则\n第二章　附则\n第一章　总则\n第一条", (0, 3)),
        ("目　录\n一、总体要求....1\n二、保障……12\n一、总体要求\n甲。", (0, 3)),
        ("目 录\n一、总体要求 3\n一、总体要求\n甲。", (0, 2)),
        ("前言\n目录\n1　总则 - - - 1\n2 附则\n1 总则", (1, 4)),
        ("目录\n一、甲\n二、乙\n三、丙", (0, 0)),  # nothing comes again: no 目录
        ("目录\n一、甲\n" + "很长的一段正文，" * 10 + "\n一、甲", (0, 0)),
        ("目录清单\n一、甲\n一、甲", (0, 0)),
        ("目录", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_where_it_stands(text: str, span: tuple[int, int]) -> None:
    assert contents.find(lines_of(text), 0) == span


def test_a_table_before_the_first_line_asked_for_is_not_found() -> None:
    lines = lines_of("目录\n一、甲\n一、甲\n乙")
    assert contents.find(lines, 1) == (0, 0)


def test_its_lines_are_no_clauses() -> None:
    document = parsed(
        "某市条例\n目　录\n第一章　总则\n第二章　附则\n第一章　总则\n第一条　甲，乙。\n第二章　附则\n第二条　丙，丁。\n"
    )
    assert [c.kind for c in document.clauses][:2] == [ClauseKind.TITLE, ClauseKind.CONTENTS]
    assert document.clauses[1].text.split() == "目 录 第一章 总则 第二章 附则".split()
    assert paths(document) == [
        "正文/第一章总则",
        "正文/第一章总则/第一条",
        "正文/第二章附则",
        "正文/第二章附则/第二条",
    ]
    assert document.anomalies == ()
    assert keeps_the_laws(document)
