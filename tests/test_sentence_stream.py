"""However an answer is cut into pieces, the same sentences come out, each as early as it can."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.wording.sentence_stream import Sentence, sentences


def read(text: str, size: int = 1) -> list[tuple[str, tuple[int, ...]]]:
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    return [(s.words, s.numbers) for s in sentences(pieces)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("由市科技局牵头。[1]", [("由市科技局牵头。", (1,))]),
        ("由市科技局牵头[1]。", [("由市科技局牵头。", (1,))]),
        ("由甲牵头[1]，由乙配合[2]。", [("由甲牵头，由乙配合。", (1, 2))]),
        ("甲牵头。[1][2] 乙配合。[3]", [("甲牵头。", (1, 2)), ("乙配合。", (3,))]),
        ("甲牵头。【1】乙配合。［2、3］", [("甲牵头。", (1,)), ("乙配合。", (2, 3))]),
        ("甲牵头。[1, 2]。", [("甲牵头。", (1, 2))]),
        ("甲牵头。[1][1]", [("甲牵头。", (1,))]),
        ("称为“甲。”[1]乙。", [("称为“甲。”", (1,)), ("乙。", ())]),
        ("奖励3.5亿元！[1]", [("奖励3.5亿元！", (1,))]),
        ("3.5亿元。[1]", [("3.5亿元。", (1,))]),
        ("1. 甲牵头[1]\n2、乙配合[2]\n", [("甲牵头", (1,)), ("乙配合", (2,))]),
        ("- **甲**牵头。[1]\n\n## 结论\n", [("甲牵头。", (1,)), ("结论", ())]),
        ("【重要】甲牵头。[1]", [("【重要】甲牵头。", (1,))]),
        ("甲牵头。[1]【重要】乙。[2]", [("甲牵头。", (1,)), ("【重要】乙。", (2,))]),
        ("淄政字〔2022〕40号。[1]", [("淄政字〔2022〕40号。", (1,))]),
        ("甲牵头", [("甲牵头", ())]),
        ("[1]", []),
        ("。。。\n \n", []),
        ("", []),
        ("<think>问的是谁。\n应写[9]。</think>甲牵头。[1]", [("甲牵头。", (1,))]),
        ("问的是谁。</think>甲牵头。[1]", [("问的是谁。", ()), ("甲牵头。", (1,))]),
        ("<think>问的是谁。[1]", []),
    ],
)
def test_words_and_marks(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    for size in (1, 2, 5, 1000):
        assert read(text, size) == expected


def test_a_sentence_is_out_as_soon_as_the_next_begins() -> None:
    seen: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("甲牵头。", "[1", "]", "乙", "配合。[2]", "\n"):
            seen.append(piece)
            yield piece

    written = sentences(pieces())
    assert next(written) == Sentence("甲牵头。", (1,))
    assert seen[-1] == "乙"
    assert next(written) == Sentence("乙配合。", (2,))
    assert seen[-1] == "\n"


def test_lines_are_kept() -> None:
    found = list(sentences(["甲。[1]乙。[1]\n- 丙。[1]\n\n丁[1]\n戊。[1]"]))
    assert [s.new_line for s in found] == [False, False, True, True, True]
    assert found[0].marks == "[1]"


@given(
    st.lists(st.sampled_from([*"甲乙3。！\n[]1,，、 -*【】”", "[1]", "<think>", "</think>"])),
    st.lists(st.integers(0, 60)),
)
def test_how_it_is_cut_does_not_matter(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    places = sorted({0, len(text), *(c for c in cuts if c < len(text))})
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert list(sentences(pieces)) == list(sentences([text]))


@given(st.text(alphabet="甲乙，。[]0123456789\n", max_size=200))
def test_no_words_are_lost_or_made(text: str) -> None:
    def plain(words: str) -> str:
        return "".join(c for c in words if c in "甲乙")

    assert plain("".join(w for w, _ in read(text, 7))) == plain(text)
