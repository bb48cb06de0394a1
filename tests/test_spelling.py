"""What is mistyped is put right; what is not stays as it is written."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import characters
from assistant.characters import official_pairs
from assistant.spelling import Correction, Speller
from assistant.text import fold, tokens, words
from assistant.understanding.corrections import neighbours
from tests.laws import ROOT, SEED, SHARED

PASSAGES = (
    "市科技局牵头发展氢能产业，市财政局配合。",
    "实行揭榜挂帅，支持科技企业发展氢能产业。",
    "建立揭榜挂帅机制，推动产业发展，落实责任单位和牵头任务。",
    "市教育局负责学校建设，市人防局负责人防工程。",
    "加快中心城市建设，完善金融保障，改进医疗服务。",
)
NAMES = ("市科技局", "科技局", "市财政局", "市教育局", "教育局", "人防局", "市人防局")


@cache
def counted(passages: tuple[str, ...]) -> Mapping[str, int]:
    return Counter(token for passage in passages for token in tokens(passage))


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller.of(counted(PASSAGES), NAMES, lambda: neighbours(PASSAGES))


@pytest.fixture(scope="module")
def of_the_seed() -> Speller:
    passages = tuple(SEED.read_text(encoding="utf-8").splitlines())
    return Speller.of(counted(passages), (), lambda: neighbours(passages))


@pytest.mark.parametrize(
    ("written", "meant", "changes"),
    [
        ("可技局负责什么", "科技局负责什么", [("可技局", "科技局")]),
        ("氢能产液由谁牵头", "氢能产业由谁牵头", None),
        ("揭榜挂师怎么做", "揭榜挂帅怎么做", [("揭榜挂师", "揭榜挂帅")]),  # no sound in common
        ("金容保障", "金融保障", None),
        ("钟心城市", "中心城市", None),
        ("宗心城市", "中心城市", None),  # z for zh
        ("中心陈市", "中心城市", None),  # n for ng
        ("金荣保杖", "金融保障", None),
        ("依疗服务", "医疗服务", None),
        ("牵头单胃", "牵头单位", None),
        ("任务有拿些", "任务有哪些", [("拿些", "哪些")]),  # no word of the passages
        ("可技局和财正局", "科技局和财政局", None),
        ("可技局，又是可技局", "科技局，又是科技局", [("可技局", "科技局")]),
        ("可技局 ABC 5G产液！", "科技局 ABC 5G产业！", None),
    ],
)
def test_what_is_mistyped_is_put_right(
    speller: Speller, written: str, meant: str, changes: list[tuple[str, str]] | None
) -> None:
    found = speller.corrected(written)
    assert found.text == meant
    assert found.changes
    assert changes is None or list(found.changes) == changes


@pytest.mark.parametrize(
    "text",
    [
        "科技局负责什么",
        "是科技局负责吗",  # 是 sounds like 市
        "由科技局负责",
        "人社局负责什么",  # another office than 人防局, which differs in one character
        "下雨了吗",
        "央企是什么",
        "高中教育",
        "谁负责？",
        "",
        "ABC-5G",
        "🙂\ud800",
    ],
)
def test_what_is_right_stays(speller: Speller, text: str) -> None:
    assert speller.corrected(text) == Correction(text)


def test_traditional_characters_are_no_errors(speller: Speller) -> None:
    assert speller.corrected("科技局負責產業") == Correction("科技局負責產業")
    assert speller.corrected("可技局負責") == Correction("科技局負責", (("可技局", "科技局"),))


def test_what_no_reading_is_clearly_best_for_stays() -> None:
    one = {"东丁西": 5}
    assert Speller.of(one).corrected("东戊西").text == "东丁西"
    assert Speller.of(one | {"东丙西": 5}).corrected("东戊西").changes == ()


def test_a_word_with_another_ending_is_another_word() -> None:
    assert Speller.of({"产业园": 9**6, "产业": 50}).corrected("产业欤").changes == ()


def test_what_stands_in_the_corpus_is_never_doubted() -> None:
    typo = counted((*PASSAGES, "可技局"))
    assert Speller.of(typo, NAMES).corrected("可技局负责什么").changes == ()


def test_a_corpus_without_words_changes_nothing(speller: Speller) -> None:
    empty = Speller.of({})
    for passage in PASSAGES:
        assert empty.corrected(passage).changes == ()
    assert (
        Speller.of([("科技", 3), ("技局", 2), ("科技局", 2)]).corrected("可技局").text == "科技局"
    )


def test_phrases_are_asked_for_only_when_something_looks_wrong() -> None:
    asked: list[str] = []

    def phrases() -> dict[str, int]:
        asked.append("once")
        return {}

    lazy = Speller.of(counted(PASSAGES), (), phrases)
    lazy.corrected("市科技局牵头发展氢能产业")
    assert asked == []
    lazy.corrected("可技局")
    lazy.corrected("产液")
    assert asked == ["once"]


def test_neighbours_stand_side_by_side_more_than_once() -> None:
    assert neighbours(PASSAGES) == {"揭榜挂帅": 2, "发展氢能": 2, "氢能产业": 2}
    assert neighbours(("科技企业",)) == {}


@settings(deadline=None)
@given(
    st.text(alphabet=st.sampled_from("可科技局的任务有哪些氢能产业液谁负责a，是市"), max_size=14)
)
def test_only_what_is_told_is_changed(text: str) -> None:
    speller = Speller.of(counted(PASSAGES), NAMES)
    found = speller.corrected(text)
    assert len(found.text) == len(text)
    assert bool(found.changes) == (found.text != text)
    for written, meant in found.changes:
        assert len(written) == len(meant)
        assert written != meant
        assert written in text
        assert meant in found.text
    assert re.sub("[\u3400-\u9fff]", "中", text) == re.sub("[\u3400-\u9fff]", "中", found.text)


@settings(deadline=None)
@given(st.sampled_from(PASSAGES), st.data())
def test_words_of_the_corpus_stay(passage: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(passage)))
    last = data.draw(st.integers(first, len(passage)))
    assert Speller.of(counted(PASSAGES), NAMES).corrected(passage[first:last]).changes == ()


def test_a_word_that_stands_with_no_other_word_of_the_question_is_less_likely() -> None:
    asked: list[tuple[str, str]] = []

    def together(word: str, other: str) -> bool:
        asked.append((word, other))
        return other == "氢能"

    near = Speller.of(counted(PASSAGES), (), dict, together)
    assert near.corrected("氢能产液").text == "氢能产业"
    assert ("产业", "氢能") in asked
    apart = Speller.of(counted(PASSAGES), (), dict, lambda word, other: False)
    assert apart.corrected("产液").text == "产业"  # no other word tells anything
    assert gained(near, "氢能和产液") > gained(apart, "氢能和产液")


def gained(speller: Speller, text: str) -> float:
    """By how much the likeliest reading of all is likelier than what is written."""
    topic = [w for w in words(text) if len(w) > 1]
    return max((r.gain for r in speller._readings(text, topic)), default=0.0)


def test_words_that_the_corpus_lacks_make_an_error_less_likely(speller: Speller) -> None:
    gains = [gained(speller, text) for text in ("产液", "雷霆产液", "雷霆大炮产液")]
    assert gains[0] > gains[1] > gains[2] > 0
    rare = Speller.of({"产业": 1, "雷霆": 9**5}, (), dict, lambda word, other: False)
    assert gained(rare, "惨业") > 0 == gained(rare, "雷霆大炮飞机火箭坦克惨业")


@pytest.mark.parametrize("meant", ["权利", "权力"])
def test_of_two_homophones_the_one_that_fits_its_neighbour_is_meant(meant: str) -> None:
    known = {"权利": 50, "权力": 50}
    assert Speller.of(known | {meant[1] + "人": 3}).corrected("权立人").text == f"{meant}人"
    assert Speller.of(known).corrected("权立人").changes == ()


def test_a_word_at_the_end_of_a_question_is_no_error() -> None:
    assert Speller.of({"东丁马": 90}).corrected("东丁码").text == "东丁马"
    assert Speller.of({"东丁马": 90}).corrected("东丁吗").changes == ()


def test_what_is_joined_within_a_stretch_is_kept() -> None:
    known = {"科技局": 90, "技局": 2}
    assert Speller.of(known).corrected("请可技局").text == "请科技局"
    assert Speller.of(known | {"可技": 2}).corrected("请可技局").changes == ()


def test_a_name_is_no_error_though_no_passage_holds_it() -> None:
    spellers = [Speller.of({"东丁西": 50}, [name]) for name in ("东戊西", "东丁西")]
    assert not any(s.corrected("东戊西").changes for s in spellers)


def test_the_first_characters_of_two_neighbouring_words_are_a_short_name() -> None:
    known = {"股权": 90, "权交": 3, "齐鲁股权": 20, "交中": 2}
    phrases = {"股权交易": 3}
    text = "齐鲁股交"
    assert Speller.of(known).corrected(text).text == "齐鲁股权"
    assert Speller.of(known, (), lambda: phrases).corrected(text).changes == ()


def test_the_head_of_an_office_is_not_taken_for_another() -> None:
    known = {"发改委": 90, "区发改委": 50, "教育局": 9, "发改": 3, "区发": 1}
    assert Speller.of(known).corrected("区发改局").text == "区发改委"
    assert Speller.of(known, ["市教育局", "发改委"]).corrected("区发改局").changes == ()


def test_what_official_texts_write_side_by_side_is_not_doubted() -> None:
    assert Speller.of({"职权": 99}).corrected("设定质权").changes == ()
    assert Speller.of({"职权": 99}).corrected("设定枝权").text == "设定职权"


def test_official_pairs_are_no_words() -> None:
    assert all(len(words(pair)) == len(pair) == 2 for pair in official_pairs())


def _homophones() -> Callable[[str], str]:
    """The first other character of the same sound, for each."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    for character, sounds in characters.sounds().items():
        by_sound[sounds.split()[0]].append(character)
    return lambda c: next(
        (o for o in by_sound[characters.sounds().get(c, "?").split()[0]] if o != c), c
    )


def test_most_homophones_in_questions_are_put_right(of_the_seed: Speller) -> None:
    other, tried, right = _homophones(), 0, 0
    rows = (ROOT / "tests" / "data" / "questions_seed_tune.jsonl").read_text(encoding="utf-8")
    for question in (json.loads(row)["question"] for row in rows.splitlines()):
        known = [w for w in words(question) if len(w) > 1 and w in of_the_seed.tokens]
        for word in known:
            wrong = word[:-1] + other(word[-1])
            if wrong != word and len(words(wrong)) == len(word) and question.count(word) == 1:
                tried += 1
                mistyped = question.replace(word, wrong)
                right += of_the_seed.corrected(mistyped).text == question
    assert tried > 50
    assert right / tried >= 0.8


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the pages beside the repository")
def test_questions_of_other_documents_are_not_changed() -> None:
    pages = (SHARED / "ncp" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:80]
    rows = (SHARED / "ncp" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    speller = Speller.of(counted(tuple(json.loads(page)["text"] for page in pages)))
    asked = [json.loads(row)["question"] for row in rows]
    assert sum(bool(speller.corrected(q).changes) for q in asked) <= 0.01 * len(asked)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the texts beside the repository")
def test_questions_of_another_matter_are_seldom_changed() -> None:
    texts = [f.read_text(encoding="utf-8") for f in sorted((SHARED / "policies").glob("*.txt"))]
    lines = [line for text in texts for line in text.splitlines()]
    rows = (SHARED / "stard" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    found = Counter(w for line in lines for w in words.__wrapped__(line) if len(w) > 2)
    for line in lines:
        found.update(a + b for a, b in pairwise(fold(line)))
    speller = Speller.of(found, (), lambda: neighbours(lines))
    asked = [json.loads(row)["question"] for row in rows[::4]]
    assert sum(bool(speller.corrected(q).changes) for q in asked) <= 0.01 * len(asked)


def test_the_sounds_are_those_of_the_library() -> None:
    pypinyin = pytest.importorskip("pypinyin")
    ours = characters.sounds()
    assert len(ours) == 6763  # GB 2312
    for character, sounds in ours.items():
        theirs = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)[0]
        plain = [sound.replace("ü", "v") for sound in theirs]
        assert plain[0] in sounds.split(), character
        assert set(sounds.split()) <= set(plain), character
