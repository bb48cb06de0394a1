"""Chinese text: what is folded, counted, dated, cut into sentences and tokens."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import text
from tests.laws import SEED

DIGITS = "零一二三四五六七八九"


def spelled(number: int) -> str:
    """A numeral below 10,000 as people write it: 一千零二, 二十一, 十五."""
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + name
        gap = not digit
    return words.removeprefix("一") if words.startswith("一十") else words or "零"


@given(st.integers(0, 9999))
def test_a_numeral_has_the_value_it_spells(number: int) -> None:
    assert text.numeral(spelled(number)) == number
    assert text.numeral(str(number)) == number


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("二〇二二", 2022),
        ("二零二五", 2025),
        ("１２", 12),
        ("十", 10),
        ("一百零二", 102),
        ("百", 100),
        (" 三 ", 3),
        ("", None),
        ("三个", None),
        ("廿", None),
        ("-1", None),
        ("1.5", None),
        ("1" * 5000, None),
        ("一" * 5000, None),
    ],
)
def test_numeral(written: str, value: int | None) -> None:
    assert text.numeral(written) == value


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_written_is_found_again(day: date) -> None:
    assert text.find_date(f"于{text.chinese_date(day)}印发") == day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("二〇二二年四月二十日", date(2022, 4, 20)),
        ("二○一九年十二月三十一日", date(2019, 12, 31)),
        ("2022 年 4 月 20 日", date(2022, 4, 20)),
        ("2022年13月1日，2021年2月30日，2020年2月29日", date(2020, 2, 29)),
        ("2022年4月", None),
        ("0000年1月1日", None),
        ("", None),
    ],
)
def test_find_date(words: str, day: date | None) -> None:
    assert text.find_date(words) == day


def test_clean_leaves_one_visible_line() -> None:
    assert (
        text.clean(" 市科技局\u200b\x00\n负责\t 哪些🙂任务\ue000？ ") == "市科技局 负责 哪些任务？"
    )
    assert text.clean("\x00\u200b🙂 \n") == ""


@given(st.text())
def test_clean_is_done_at_once(words: str) -> None:
    once = text.clean(words)
    assert text.clean(once) == once
    assert "\n" not in once
    assert "  " not in once


def test_fold_compares_what_reads_the_same() -> None:
    assert text.fold("（Ａ１） 5G网络，\n") == text.fold("(a1)5g网络,")


@pytest.mark.parametrize(
    ("traditional", "plain"),
    [
        ("科技局負責哪些任務", "科技局负责哪些任务"),
        ("臺灣後馀發髮裏裡", "台湾后余发发里里"),
        ("皇后著名余乾", "皇后著名余干"),  # characters that both ways of writing use stay
        ("市科技局ＡＢ", "市科技局ＡＢ"),
        ("", ""),
    ],
)
def test_simplified_is_one_character_for_one(traditional: str, plain: str) -> None:
    assert text.simplified(traditional) == plain
    assert text.fold(traditional) == text.fold(plain)


@given(st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)))
def test_simplifying_moves_nothing_and_is_done_at_once(words: str) -> None:
    once = text.simplified(words)
    assert len(once) == len(words)
    assert text.simplified(once) == once
    assert all("\u3400" <= c <= "\u9fff" for c in once)


def test_the_table_of_characters_is_that_of_the_library() -> None:
    opencc = pytest.importorskip("opencc")
    every = [chr(c) for c in range(0x3400, 0xA000) if not 0x4DC0 <= c < 0x4E00]
    theirs = opencc.OpenCC("t2s").convert("\n".join(every)).split("\n")
    for character, plain in zip(every, theirs, strict=True):
        if character != "馀" and "\u3400" <= plain <= "\u9fff":
            assert text.simplified(character) == text.simplified(plain)
            assert plain == character or text.simplified(character) != character


@given(st.text())
def test_fold_leaves_no_blank(words: str) -> None:
    assert not any(c.isspace() for c in text.fold(words))


@given(
    st.text(alphabet=st.sampled_from("一二市局。！？!?\n \u3000”））』a"), max_size=60),
    st.integers(0, 99),
)
def test_sentences_hold_every_visible_character_once(words: str, offset: int) -> None:
    ranges = list(text.sentences(words, offset))
    assert all(a < b for a, b in ranges)
    assert ranges == sorted(ranges)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(ranges))
    inside = {at for a, b in ranges for at in range(a - offset, b - offset)}
    assert all(at in inside or char.isspace() for at, char in enumerate(words))
    assert all(
        words[a - offset : b - offset].strip() == words[a - offset : b - offset] for a, b in ranges
    )


def test_sentences_end_after_the_closing_quote() -> None:
    words = "打造“人才引擎。”加快建设！！\n  重点发展（制氢。）氢能"
    found = [words[a:b] for a, b in text.sentences(words)]
    assert found == ["打造“人才引擎。”", "加快建设！！", "重点发展（制氢。）", "氢能"]


@settings(deadline=None)
@given(st.text())
@example("\ud800")
@example("政\udfff策")
def test_what_is_cut_makes_the_text_again(words: str) -> None:
    assert "".join(text.cut(words)) == words


def test_words_are_those_that_jieba_cuts() -> None:
    import jieba

    tokenizer = jieba.Tokenizer()
    folded = text.fold(SEED.read_text(encoding="utf-8"))
    assert text.cut(folded) == tokenizer.lcut(folded, HMM=False)


def test_frequency_is_that_of_words_in_chinese() -> None:
    assert text.frequency("科技") > text.frequency("可技") == 0


def test_words_leave_punctuation_out() -> None:
    assert text.words("市科技局、市财政局（IPv6）") == tuple("市 科技局 市 财政局 ipv6".split())
    assert text.words("，。！") == ()


def test_bigrams_keep_numbers_and_latin_terms_whole() -> None:
    assert text.bigrams("布局5G、IPv6和G308") == ("布局", "5g", "ipv6", "和", "g308")
    assert text.bigrams("氢能源") == ("氢能", "能源")
    assert text.bigrams("占比１．５％") == ("占比", "1.5")


@given(st.text())
def test_tokens_hold_every_bigram_and_never_a_blank(words: str) -> None:
    found = text.tokens(words)
    assert set(text.bigrams(words)) <= set(found)
    assert all(token.strip() for token in found)
