"""General words: what carries a topic, what stands for what, and what says nothing."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.text import fold
from assistant.vocabulary import Vocabulary, is_official, official_nouns, shipped
from tests.laws import ROOT

OWN = Vocabulary(
    synonyms={"无人驾驶": ("自动驾驶",), "驾驶": ("开车",)},
    unit_names={"卫计委": ("卫生健康委",)},
    generic=frozenset({"支持", "规划"}),
    targets=frozenset({"自动驾驶", "开车"}),
)
_WORDS = st.sampled_from(
    "工业互联网 谁 负责 的 支持 先行区 肩并肩 吗 ， ？ A级 5G 哪些 规划 人才 ５Ｇ 不 3 \n".split(
        " "
    )
)
texts = st.lists(st.one_of(_WORDS, st.text(max_size=4)), max_size=12).map("".join)


def test_words_that_only_ask_carry_no_topic() -> None:
    assert OWN.terms("谁的？有没有") == ()
    assert OWN.terms("支持哪些规划") == ()
    assert OWN.terms("支持人才吗") == ("人才",)


def test_pieces_that_the_corpus_holds_together_are_one_term() -> None:
    assert OWN.terms("先行区怎么建", "建设先行区")[0] == "先行区"
    assert OWN.terms("先行，区域", "先行区域") == ("先行", "区域")
    assert OWN.terms("肩并肩") == ("肩并肩",)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_terms_stand_in_the_text_once_and_in_order(text: str) -> None:
    vocabulary = shipped()
    terms = vocabulary.terms(text, fold(text))
    assert len(set(terms)) == len(terms)
    for term in terms:
        assert term in fold(text)
        assert len(term) > 1
        assert term not in vocabulary.generic
    firsts = [fold(text).index(t) for t in vocabulary.terms(text)]
    assert sorted(firsts) == firsts or len(set(fold(text))) < len(fold(text))


def test_the_longest_known_word_is_the_related_one() -> None:
    assert OWN.related("无人驾驶在哪里测试") == {"无人驾驶": ("自动驾驶",)}
    assert OWN.related("驾驶与无人驾驶") == {"无人驾驶": ("自动驾驶",)}
    assert OWN.related("天气") == {}


@pytest.mark.parametrize(
    ("word", "text", "stands"),
    [
        ("家政", "国家政策有哪些", False),
        ("家政", "家政怎么收费", True),
        ("家政", "请保姆或者家政", True),
        ("家政", "国家政策支持家政吗", True),
        ("A级", "ａ级景区", True),
    ],
)
def test_a_word_is_found_where_a_word_of_the_text_begins(
    word: str, text: str, stands: bool
) -> None:
    own = Vocabulary({fold(word): ("别的",)})
    assert own.related(text) == ({fold(word): ("别的",)} if stands else {})


def test_the_shipped_words_are_not_found_across_words() -> None:
    assert "家政" in shipped().synonyms
    assert shipped().related("国家政策有哪些") == {}
    assert shipped().related("家政归谁管")


@pytest.mark.parametrize("term", ["企业", "项目", "上市公司", "企业项目", "教育部", "家政"])
def test_nouns_of_official_texts_are_official_and_what_is_made_of_them(term: str) -> None:
    assert is_official(term)


@pytest.mark.parametrize("term", ["院子", "厂里", "企业院子", "和尚", "blockchain", "的"])
def test_what_only_people_say_is_not_official(term: str) -> None:
    assert not is_official(term)


def test_the_nouns_are_read_once_and_without_the_header() -> None:
    assert official_nouns() is official_nouns()
    assert len(official_nouns()) > 5000
    assert not [noun for noun in official_nouns() if noun.startswith("#") or len(noun) < 2]


def test_a_general_word_is_known_as_itself_or_as_what_another_stands_for() -> None:
    assert [w for w in ("支持", "驾驶", "开车", "天气") if OWN.knows(w)] == ["支持", "驾驶", "开车"]
    assert OWN.generic_in("支持规划，支持人才") == ("支持", "规划")


def test_every_group_of_the_file_works_both_ways_and_the_directed_words_one_way() -> None:
    file = ROOT / "assistant" / "data" / "synonyms.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = shipped()
    for group in data["groups"]:
        for word in group:
            assert {fold(w) for w in group if w != word} <= set(found.synonyms[fold(word)])
    for word, targets in data["directed"].items():
        assert {fold(t) for t in targets} <= set(found.synonyms[fold(word)])
    assert found.unit_names == {k: tuple(v) for k, v in data["unit_names"].items()}
    assert found.generic == {fold(w) for w in data["generic"]}


def test_the_shipped_words_are_read_once() -> None:
    assert shipped() is shipped()


@pytest.mark.parametrize("text", ["", " ", "？", "\x00", "的的的"])
def test_nothing_has_no_terms(text: str) -> None:
    assert shipped().terms(text) == ()
    assert shipped().related(text) == {}
