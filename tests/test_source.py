"""Blocks → one text: offsets of bold and headings, tables as lines 表头：内容."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.reading.source import Block, Paragraph, Source, Table, assemble


def assembled(*blocks: Block) -> Source:
    return assemble(blocks, "0" * 64, "a.docx", keeps_bold=True)


def test_paragraphs_stand_on_lines_of_their_own() -> None:
    source = assembled(
        Paragraph("  总则", ((2, 4),), heading=1), Paragraph(""), Paragraph("市科技局。", ((0, 4),))
    )
    assert source.text == "  总则\n\n市科技局。"
    assert [source.text[a:b] for a, b in source.bold] == ["总则", "市科技局"]
    assert source.headings == ((2, 1),)
    assert source.keeps_bold


def test_an_empty_heading_marks_nothing() -> None:
    assert assembled(Paragraph(" ", heading=1), Paragraph("文")).headings == ()


HEADER = ("序号", "任务", "责任单位")


def test_a_table_is_one_stretch_of_lines_per_row() -> None:
    source = assembled(
        Paragraph("甲"),
        Table(
            (HEADER, ("1", "建设\n平台", "市科技局\n市财政局"), ("2", "", "市教育局、\n市商务局"))
        ),
        Paragraph("乙"),
    )
    rows = [
        "序号：1\n任务：建设\n平台\n责任单位：市科技局、市财政局",
        "序号：2\n责任单位：市教育局、市商务局",
    ]
    assert source.text == "\n".join(["甲", *rows, "乙"])
    assert [source.text[a:b] for a, b in source.tables[0]] == rows


def test_blank_cells_and_rows_say_nothing() -> None:
    source = assembled(Table((HEADER, ("", " ", "\u3000\n"), ("1", " 甲 \n\n 乙 ", ""))))
    assert source.text == "序号：1\n任务：甲\n乙"
    assert len(source.tables[0]) == 1


@pytest.mark.parametrize(
    "rows",
    [
        (("甲", "乙"),),  # nothing below the names
        (("合并", "合并"), ("1", "2")),  # one name for two columns
        (("甲",), ("乙",)),  # a frame
        (("这一格写了很长的一段话，说明下面各项内容怎样填写", "乙"), ("1", "2")),
        (("甲。", "乙"), ("1", "2")),
        (("甲", "乙"), ("1", "2", "3")),
    ],
)
def test_a_table_without_a_header_is_lines(rows: tuple[tuple[str, ...], ...]) -> None:
    source = assembled(Table(rows))
    assert source.tables == ()
    assert len(source.text.split("\n")) == len(rows)


def test_a_merged_cell_without_a_header_is_said_once() -> None:
    assert assembled(Table((("合并", "合并", "丙"),))).text == "合并\t丙"


def test_two_tables_are_two() -> None:
    table = Table((("甲", "乙"), ("1", "2")))
    source = assembled(table, Paragraph("中间"), table)
    assert [[source.text[a:b] for a, b in rows] for rows in source.tables] == [["甲：1\n乙：2"]] * 2


def test_a_file_without_words_is_refused() -> None:
    for blocks in ((), (Paragraph(" \u3000"),), (Table((("", ""),)),)):
        with pytest.raises(UnreadableFile, match="没有文字") as refused:
            assembled(*blocks)
        assert refused.value.path == "a.docx"


_CELL = st.text(alphabet="甲乙1、\n 。", max_size=5)
_PARAGRAPH = st.builds(
    lambda before, words, heading: Paragraph(
        before + words, ((len(before), len(before) + len(words)),) if words else (), heading
    ),
    st.text(alphabet=" 甲", max_size=4),
    st.text(alphabet="乙丙，", max_size=6),
    st.integers(0, 6),
)
_TABLE = st.lists(st.tuples(_CELL, _CELL, _CELL), max_size=4).map(lambda rows: Table(tuple(rows)))


@given(st.lists(st.one_of(_PARAGRAPH, _TABLE), max_size=6))
def test_ranges_lie_in_the_text_in_order(blocks: list[Block]) -> None:
    source = assembled(Paragraph("首行"), *blocks)
    bold = [p.text[a:b] for p in blocks if isinstance(p, Paragraph) for a, b in p.bold]
    assert [source.text[a:b] for a, b in source.bold] == bold
    headed = [p.text.strip() for p in blocks if isinstance(p, Paragraph) and p.heading]
    found = [source.text[at:].split("\n")[0].rstrip() for at, _ in source.headings]
    assert found == [words for words in headed if words]
    rows = [span for table in source.tables for span in table]
    assert rows == sorted(rows)
    for start, end in rows:
        assert start < end
        assert source.text[start - 1] == "\n"
        assert source.text[end : end + 1] in ("", "\n")
        assert source.text[start:end].split("\n")[0].strip()


def test_a_header_of_two_rows_names_its_columns_once() -> None:
    rows = (
        ("序号", "任务", "任务", "责任单位", "责任单位"),
        ("序号", "名称", "目标", "牵头", "配合"),
        ("1", "建食堂", "十个", "镇民政所", "镇财政所"),
    )
    source = assemble([Paragraph("分工表"), Table(rows)], "0" * 64, "a.docx")
    assert source.text.split("\n")[1:] == [
        "序号：1",
        "任务名称：建食堂",
        "任务目标：十个",
        "牵头单位：镇民政所",
        "配合单位：镇财政所",
    ]
