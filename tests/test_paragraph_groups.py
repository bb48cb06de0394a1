"""Text without numbers: paragraphs grouped at sentence ends within a size."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from assistant.model import ClauseKind
from assistant.reading.lines import lines_of
from assistant.reading.paragraph_groups import LONGEST, SIZE, passages
from tests.laws import keeps_the_laws, parsed

SENTENCE = "深入贯彻精神，推动各项工作落到实处，取得成效。"  # 23 characters
TITLE = "某市关于推动工作的意见\n"


def texts_of(text: str) -> list[str]:
    return [text[slice(*p.range)] for p in passages(lines_of(text))]


def test_paragraphs_are_grouped_up_to_the_size() -> None:
    text = "\n".join([SENTENCE * 5] * 9)
    found = passages(lines_of(text))
    assert [p.name for p in found] == ["第1—3段", "第4—6段", "第7—9段"]
    assert all(len(words) <= SIZE for words in texts_of(text))


def test_a_paragraph_that_fits_alone_is_not_cut() -> None:
    text = "\n".join([SENTENCE, SENTENCE * (LONGEST // len(SENTENCE)), SENTENCE])
    assert [p.name for p in passages(lines_of(text))] == ["第1段", "第2段", "第3段"]


def test_only_a_very_long_paragraph_is_cut_and_only_at_sentence_ends() -> None:
    text = SENTENCE * 40
    found = passages(lines_of(text))
    assert [p.name for p in found] == ["第1段之1", "第1段之2", "第1段之3"]
    assert all(words.endswith("。") and len(words) <= SIZE for words in texts_of(text))


def test_one_endless_sentence_is_never_cut() -> None:
    text = "推动各项工作，" * 200 + "。"
    assert texts_of(text) == [text]


def test_a_short_line_names_what_follows() -> None:
    text = f"工作背景\n{SENTENCE * 10}\n主要举措\n{SENTENCE * 25}\n{SENTENCE * 3}"
    found = passages(lines_of(text))
    assert [p.heading for p in found] == ["工作背景", "主要举措", ""]
    assert texts_of(text)[1].startswith("主要举措\n")


def test_a_short_line_at_the_end_names_nothing() -> None:
    assert [p.heading for p in passages(lines_of(f"{SENTENCE}\n谢谢大家"))] == [""]


_PARAGRAPHS = st.lists(
    st.one_of(
        st.integers(1, 40).map(lambda n: SENTENCE * n),
        st.integers(1, 300).map(lambda n: "推动工作，" * n + "。"),
        st.sampled_from(["小标题", "工作背景", "“引用。”", "甲；", "？！", "。"]),
    ),
    max_size=20,
)


@given(_PARAGRAPHS)
def test_passages_are_whole_sentences_and_together_the_text(paragraphs: list[str]) -> None:
    text = "\n".join(paragraphs)
    found = texts_of(text)
    assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", text)
    ends = {line.end for line in lines_of(text)}
    for passage in passages(lines_of(text)):
        start, end = passage.range
        assert start < end
        assert end in ends or re.search(r"[。！？!?][”’」』）)】〕]*$", text[:end])
        cuttable = len(re.findall("[。！？]", text[start:end])) > 1
        assert not cuttable or end - start <= LONGEST + 60
    names = [p.name for p in passages(lines_of(text))]
    assert len(set(names)) == len(names)


def test_a_document_without_numbers_becomes_passages() -> None:
    document = parsed(TITLE + "\n".join(SENTENCE * n for n in (5, 8, 12, 40, 4)))
    assert [c.kind for c in document.clauses] == [
        ClauseKind.TITLE,
        *[ClauseKind.PASSAGE] * (len(document.clauses) - 1),
    ]
    assert len(document.clauses) > 4
    assert len({c.label for c in document.clauses}) == len(document.clauses)
    assert document.anomalies == ()
    assert keeps_the_laws(document)


def test_a_short_text_without_numbers_is_one_clause() -> None:
    assert [c.kind for c in parsed(TITLE + SENTENCE * 3).clauses[1:]] == [ClauseKind.PREAMBLE]


def test_the_preamble_of_a_numbered_text_stays_one_clause_unless_it_is_very_long() -> None:
    short = parsed(TITLE + f"{SENTENCE * 10}\n" * 3 + "一、甲\n")
    assert [c.kind for c in short.clauses[1:]] == [ClauseKind.PREAMBLE, ClauseKind.SECTION]
    long = parsed(TITLE + f"{SENTENCE * 10}\n" * 9 + "一、甲\n")
    assert [c.kind for c in long.clauses].count(ClauseKind.PASSAGE) > 1
