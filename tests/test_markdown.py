"""Markdown: bold, headings and pipe tables become ranges; the words stay as they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.model import ClauseKind, Document, Role
from assistant.reading import responsibility, structure
from assistant.reading.formats.markdown import read
from assistant.reading.source import Source
from tests.laws import keeps_the_laws, texts


def source_of(raw: str) -> Source:
    return read(raw.encode(), "a.md")


def document_of(raw: str) -> Document:
    source = source_of(raw)
    return responsibility.assign(structure.parse(source), source.bold, keeps_bold=source.keeps_bold)


def test_marks_become_ranges() -> None:
    source = source_of(
        "# 意见\n\n## **一、要求**\n（责任单位：**市科技局**、__市财政局__，市商务局）\n#不是标题\n####### 也不是"
    )
    assert source.text == (
        "意见\n\n一、要求\n（责任单位：市科技局、市财政局，市商务局）\n#不是标题\n####### 也不是"
    )
    assert [source.text[a:b] for a, b in source.bold] == ["一、要求", "市科技局", "市财政局"]
    assert source.headings == ((0, 1), (4, 2))
    assert source.keeps_bold


@pytest.mark.parametrize("words", ["2*3*4", "a_b_c", "**", "****", "**未完", "__", "一*、", "* 项"])
def test_lone_marks_are_words(words: str) -> None:
    source = source_of(f"首行\n{words}")
    assert source.text == f"首行\n{words}"
    assert source.bold == ()


def test_a_text_of_marks_alone_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="没有文字"):
        source_of("| |\n|---|\n")


TABLE = """# 某市任务分工的通知

一、任务

| 序号 | 任务 | 牵头单位 | 配合单位 |
| :-- | --- | :-: | --: |
| 1 | 建设平台 | **市科技局** | 市财政局、市教育局 |
| 2 | 引进人才 | 市人社局 |  |

二、保障
"""


def test_a_pipe_table_becomes_rows() -> None:
    source = source_of(TABLE)
    (rows,) = source.tables
    assert [source.text[a:b] for a, b in rows] == [
        "序号：1\n任务：建设平台\n牵头单位：市科技局\n配合单位：市财政局、市教育局",
        "序号：2\n任务：引进人才\n牵头单位：市人社局",
    ]
    assert "---" not in source.text


def test_the_rows_are_clauses_with_units() -> None:
    document = document_of(TABLE)
    rows = [c for c in document.clauses if c.kind is ClauseKind.ROW]
    assert [row.label for row in rows] == ["一表1第1行", "一表1第2行"]
    assert [row.heading for row in rows] == ["建设平台", "引进人才"]
    assert rows[0].responsibility.units(Role.LEAD) == ("市科技局",)
    assert rows[0].responsibility.units(Role.COOPERATE) == ("市财政局", "市教育局")
    assert rows[1].responsibility.units() == ("市人社局",)
    assert keeps_the_laws(document)


def test_an_escaped_stroke_is_no_border() -> None:
    source = source_of("首行\n\n| 项目 | 内容 |\n|--|--|\n| 甲\\|乙 | 丙 |\n")
    assert source.text.strip().endswith("项目：甲|乙\n内容：丙")


def test_a_row_may_be_shorter_or_longer_than_its_header() -> None:
    source = source_of("首行\n\n| 项目 | 内容 |\n|--|--|\n| 甲 |\n| 乙 | 丙 |\n")
    assert source.text.strip().endswith("项目：甲\n项目：乙\n内容：丙")
    longer = source_of("首行\n\n| 项目 | 内容 |\n|--|--|\n| 甲 | 乙 | 丙 |\n")
    assert {"甲", "乙", "丙"} <= set(longer.text)


_WORD = st.text(alphabet="市科技局、（）一二 ", min_size=1, max_size=8).filter(
    lambda w: w.strip() == w
)
_LINE = st.tuples(st.integers(0, 6), st.lists(st.tuples(_WORD, st.booleans()), max_size=4))


@given(st.lists(_LINE, min_size=1, max_size=8))
def test_offsets_are_those_of_the_plain_text(
    lines: list[tuple[int, list[tuple[str, bool]]]],
) -> None:
    raw, plain, bold, headings = "首行", "首行", [], []
    for level, words in lines:
        raw, plain = raw + "\n", plain + "\n"
        if level and words:
            headings.append((len(plain), level))
            raw += "#" * level + " "
        for word, marked in words:
            if marked:
                bold.append((len(plain), len(plain) + len(word)))
            raw += f"**{word}**·" if marked else f"{word}·"
            plain += f"{word}·"
    source = source_of(raw)
    assert source.text == plain
    assert list(source.bold) == bold
    assert list(source.headings) == headings


@given(
    texts,
    st.lists(
        st.sampled_from(["# ", "**", "__", "|", "| 甲 | 单位 |\n|--|--|\n| 1 | 市科技局 |\n"])
    ),
)
def test_any_markdown_keeps_the_laws(text: str, marks: list[str]) -> None:
    raw = "首行\n" + "".join(a + b for a, b in zip(marks, text.split("\n"), strict=False)) + text
    if "\x00" not in raw:
        assert keeps_the_laws(document_of(raw))
