"""What is quoted of a clause, and what of it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answering.passages import (
    MAX_SENTENCES,
    QUOTED_PARAGRAPH,
    SHORT_PARAGRAPH,
    WHOLE_CLAUSE,
    paragraph_ranges,
    pick,
    words_of,
)
from assistant.indexing.index import Index
from assistant.model import Clause, Encoder
from assistant.parts import Parts
from assistant.reading.corpus import read_folder
from assistant.retrieval.retriever import Retriever
from assistant.text import sentences
from assistant.vocabulary import shipped


@pytest.fixture(scope="module")
def retriever(parts: Parts) -> Retriever:
    return parts.retriever


def clause_of(retriever: Retriever, label: str) -> Clause:
    return next(c for c in retriever.index.rows if c.label == label)


def test_what_is_shown_lies_in_what_is_quoted_and_that_in_the_clause(
    retriever: Retriever, questions: list[str]
) -> None:
    for topic in questions:
        for hit in retriever.search(topic, 3):
            document = retriever.document_of[hit.clause.document_id]
            passages = pick(retriever, topic, hit.clause)
            assert passages
            first, last = hit.clause.body_range
            ends = {e for s in sentences(document.text[first:last], first) for e in s}
            for passage in passages:
                start, end = passage.quoted
                assert first <= start < end <= last
                assert passage.shown
                for left, right in passage.shown:
                    assert start <= left < right <= end
                    assert {left, right} <= ends, "whole sentences only"


def test_a_clause_whose_heading_is_asked_for_is_shown_whole(retriever: Retriever) -> None:
    clause = clause_of(retriever, "二（二）现代服务业")
    first, last = clause.body_range
    assert last - first > SHORT_PARAGRAPH
    assert last - first <= WHOLE_CLAUSE
    (passage,) = pick(retriever, "现代服务业", clause)
    assert passage.quoted == passage.shown[0] == (first, last)


def test_of_a_long_paragraph_only_the_sentences_that_answer_are_shown(
    retriever: Retriever,
) -> None:
    clause = clause_of(retriever, "二（二）现代服务业")
    text = retriever.document_of[clause.document_id].text
    (passage,) = pick(retriever, "阿里、京东头部电商平台", clause)
    shown = [text[slice(*span)] for span in passage.shown]
    assert "加强与阿里、京东等头部电商平台合作" in shown[0]
    assert sum(len(words) for words in shown) < SHORT_PARAGRAPH
    assert text[slice(*passage.quoted)] in words_of(retriever, "阿里、京东头部电商平台", clause)


def test_a_clause_of_two_paragraphs_answers_from_the_one_that_fits(retriever: Retriever) -> None:
    clause = clause_of(retriever, "一（二）")
    assert words_of(retriever, "2035年", clause).startswith("到2035年")
    assert words_of(retriever, "2025年", clause).startswith("到2025年")


def test_no_more_sentences_than_fit_a_glance(retriever: Retriever) -> None:
    for clause in retriever.index.rows:
        text = retriever.document_of[clause.document_id].text
        for passage in pick(retriever, "建设平台和产业", clause):
            spans = [s for left, right in passage.shown for s in sentences(text[left:right])]
            length = passage.quoted[1] - passage.quoted[0]
            assert len(spans) <= MAX_SENTENCES or length <= SHORT_PARAGRAPH
            assert length <= QUOTED_PARAGRAPH or passage.shown[0][0] == passage.quoted[0]


def test_paragraphs_are_the_visible_lines() -> None:
    text = "甲。\n\n  \n乙。丙。\n"
    found = [text[a:b] for a, b in paragraph_ranges(text, 0, len(text))]
    assert found == ["甲。", "乙。丙。"]
    assert paragraph_ranges(text, 3, 4) == []
    assert [text[a:b] for a, b in paragraph_ranges(text, 1, 9)] == ["。", "乙。"]


def test_a_list_follows_the_sentence_that_announces_it(tmp_path: Path, encoder: Encoder) -> None:
    text = (
        "某市租房扣除办法\n\n第一条 纳税人租房的，按照以下标准扣除：\n（一）市区，每月1500元；\n"
        "（二）县城，每月800元。\n第二条 本办法自公布之日起施行。\n"
    )
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    index = Index.build(read_folder(tmp_path), encoder)
    retriever = Retriever(index, encoder, shipped())
    clause = next(c for c in index.rows if "以下标准" in c.text)
    quoted = words_of(retriever, "租房扣除标准", clause)
    assert "每月1500元" in quoted
    assert "每月800元" in quoted
