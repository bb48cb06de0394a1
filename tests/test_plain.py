"""Plain text: encodings and line ends give one text; hard wraps go, paragraphs stay."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.reading.formats.plain import decode, read
from tests.laws import texts

POLICY = "关于加快发展的意见\n\n一、总体要求\n好。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_give_the_same_text(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    data = mark + POLICY.encode(encoding)
    source = read(data, "a.txt")
    assert source.text == POLICY
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert (source.bold, source.headings, source.tables) == ((), (), ())
    assert not source.keeps_bold


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_line_ends_become_one(newline: str) -> None:
    assert decode(POLICY.replace("\n", newline).encode(), "a.txt") == POLICY


def test_a_second_byte_order_mark_is_no_character() -> None:
    assert decode(("\ufeff\ufeff" + POLICY).encode(), "a.txt") == POLICY


def test_marks_of_other_formats_are_characters() -> None:
    source = read("# 标题\n**市科技局**\n| 甲 | 乙 |".encode(), "a.txt")
    assert source.text == "# 标题\n**市科技局**\n| 甲 | 乙 |"
    assert source.bold == source.headings == ()


def test_characters_beyond_the_first_plane_are_kept() -> None:
    assert read("关于𠮷镇的意见".encode("gb18030"), "a.txt").text == "关于𠮷镇的意见"


WORDS = "为深入贯彻落实上级决策部署，加快推动全市经济社会高质量发展，结合实际制定本意见，请各级各部门认真抓好落实"


def wrapped(words: str, width: int) -> str:
    return "\n".join(re.findall(rf".{{1,{width}}}", words))


def test_hard_wraps_inside_sentences_go() -> None:
    paragraphs = [f"{mark}{WORDS}，{WORDS}。" for mark in ("一、", "二、", "三、", "四、", "五、")]
    text = "\n".join(wrapped(words, 30) for words in paragraphs)
    assert read(text.encode(), "a.txt").text == "\n".join(paragraphs)


def test_a_text_of_whole_paragraphs_stays_as_it_is() -> None:
    text = "\n".join(f"{WORDS * count}。" for count in (1, 3, 2, 5, 1, 4, 2, 3, 1, 2))
    assert read(text.encode(), "a.txt").text == text


@given(texts.filter(lambda text: text.strip("\ufeff \n\r\t\u3000") and "\x00" not in text))
def test_reading_changes_nothing_but_white_space(text: str) -> None:
    try:
        source = read(text.encode(), "a.txt")
    except UnreadableFile:
        assert not text.replace("\ufeff", "").strip()
        return
    assert re.sub(r"\s|\ufeff", "", source.text) == re.sub(r"\s|\ufeff", "", text)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode(data, "a.txt")
    except UnreadableFile:
        return
    assert text.strip()
    assert "\x00" not in text
    assert "\r" not in text
