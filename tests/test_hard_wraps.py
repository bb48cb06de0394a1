"""Hard-wrapped plain text: what is joined, and that any other text stays byte for byte."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.formats import plain
from assistant.reading.hard_wraps import unwrap
from tests.laws import SEED, SHARED, parsed, shared_files, texts

BODY = "各级人民政府应当加强对本行政区域内地下空间开发利用工作的领导，将其纳入国民经济和社会发展规划，并安排必要的经费予以保障"
WRAPPED = {"local_050.txt"}  # the one hard-wrapped document among those beside the repository


def wrapped(paragraphs: list[str], width: int = 26) -> str:
    """The paragraphs as a page sets them, their first-line indent of two characters lost."""
    lines: list[str] = []
    for words in paragraphs:
        lines.append(words[: width - 2])
        rest = words[width - 2 :]
        lines += [rest[at : at + width] for at in range(0, len(rest), width)]
    return "\n".join(line for line in lines if line)


ARTICLES = [f"第{n}条 {BODY}。" for n in "一二三四五六七八九"]


def test_the_lines_of_a_paragraph_are_joined() -> None:
    assert unwrap(wrapped(ARTICLES)) == "\n".join(ARTICLES)


def test_chapters_and_short_lines_stay_lines() -> None:
    paragraphs = ["第一章 总则", *ARTICLES[:5], "第二章 规划管理", *ARTICLES[5:], "2022年4月20日"]
    assert unwrap(wrapped(paragraphs)) == "\n".join(paragraphs)


def test_latin_words_keep_one_blank_between_them() -> None:
    lines = wrapped(ARTICLES).split("\n")
    lines += ["建设单位应当按照规划条件的要求采用 open source", "software 并公开其来源。"]
    assert "采用 open source software 并公开" in unwrap("\n".join(lines))


def test_an_article_behind_another_gets_its_line_back() -> None:
    text = wrapped(ARTICLES) + " 第十条 本办法自公布之日起施行。"
    assert unwrap(text).split("\n")[-1] == "第十条 本办法自公布之日起施行。"


def test_tables_indents_and_numbers_are_never_joined() -> None:
    lines = [*wrapped(ARTICLES).split("\n"), "建设单位应当按照规划条件的要求采用下列各类材料"]
    for after in ("甲\t乙\t丙", "　　另起一段的文字在这里继续写下去。", "（一）地下空间。"):
        assert unwrap("\n".join([*lines, after])).split("\n")[-1] == after


def test_headings_of_one_width_are_no_wraps() -> None:
    text = "\n".join(f"（{n}）{BODY[:20]}\n{BODY * 2}。" for n in "一二三四五六七八九十")
    assert unwrap(text) == text


@given(texts)
def test_only_white_space_changes(text: str) -> None:
    assert re.sub(r"\s", "", unwrap(text)) == re.sub(r"\s", "", text)


@given(st.lists(st.sampled_from([*ARTICLES, "第一章 总则", "（一）小项。", "\t", " a b", ""])))
def test_only_white_space_changes_in_wrapped_text(paragraphs: list[str]) -> None:
    text = wrapped([*ARTICLES, *paragraphs])
    assert re.sub(r"\s", "", unwrap(text)) == re.sub(r"\s", "", text)


def test_the_seed_stays_as_it_is() -> None:
    text = SEED.read_text(encoding="utf-8")
    assert unwrap(text) == text


@pytest.mark.skipif(not SHARED.is_dir(), reason="the documents for measuring are not here")
def test_of_all_documents_only_the_wrapped_one_changes() -> None:
    changed = set()
    for path in shared_files():
        text = path.read_text(encoding="utf-8")
        if unwrap(text) != text:
            changed.add(path.name)
            assert re.sub(r"\s", "", unwrap(text)) == re.sub(r"\s", "", text)
    assert changed == WRAPPED


@pytest.mark.skipif(not SHARED.is_dir(), reason="the documents for measuring are not here")
def test_all_articles_of_the_wrapped_document_are_found() -> None:
    data = (SHARED / "policies" / "local_050.txt").read_bytes()
    source = plain.read(data, "local_050.txt")
    labels = [c.label for c in parsed(source.text).clauses if re.fullmatch("第.+条", c.label)]
    assert len(labels) == 49
    assert not re.search(r"[^。；：）\n]\n(?!第.{1,3}[章条])", source.text.partition("第一章")[2])
