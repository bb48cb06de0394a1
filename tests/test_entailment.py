"""A model's sentence stands only where its sources say it; the figures of the bench on the seed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.checking.bare_text import bare_text, tokens_with
from assistant.checking.entailment import Fault, FaultKind, SentenceCheck
from assistant.text import numeral
from tests.benchmarks import verification
from tests.laws import SEED, texts

UNITS = ("市科技局", "市财政局", "市教育局", "云溪区", "石桥区", "市科学技术局")
AWARDS = """《云河市促进科技创新若干措施》（云政办字〔2023〕7号）
云河市人民政府办公室 2023年5月12日
二（三）奖励办法
（三）奖励办法
对首次认定的高新技术企业，给予不超过三十万元奖励；获得科技进步一等奖的奖励10万元，二等奖的奖励5万元。申请人可以在20个工作日内申请复核，不得重复申报。研发费用占比应当达到百分之五以上。到2025年，企业总数达到300家，万元产值能耗明显下降。到2035年，建成国内一流的创新高地。云溪区重点发展生物医药和疫苗产业，市科技局审查材料，市财政局拨付资金。支持市级“揭榜挂帅”项目使用5G网络，未经批准的除外。
牵头单位：市科技局；配合单位：市财政局"""
OTHER = (
    "二（四）交通\n推进济青高速公路扩建，开通跨城公交线路，改造沿线客运车站。\n责任单位：市教育局"
)


@pytest.fixture(scope="module")
def check() -> SentenceCheck:
    return SentenceCheck(UNITS)


def kinds(found: tuple[Fault, ...]) -> set[FaultKind]:
    return {fault.kind for fault in found}


@pytest.mark.parametrize(
    "sentence",
    [
        "对首次认定的高新技术企业，给予不超过30万元奖励。",
        "根据《云河市促进科技创新若干措施》，二等奖的奖励5万元。",
        "获得科技进步一等奖的，奖励十万元。",
        "申请人可以在二十个工作日内申请复核。",
        "研发费用占比应当达到5%以上。",
        "研发费用的占比必须达到5%以上。",
        "文件提出，到2025年，企业总数将达到300家。",
        "二（三）规定，申请人不得重复申报。",
        "该措施由云河市人民政府办公室于2023年5月12日印发。",
        "这项工作由市科技局牵头，市财政局配合。",
        "牵头单位是市科技局。",
        "云溪区将重点发展生物医药产业。",
        "支持市级“揭榜挂帅”项目使用5G网络。",
    ],
)
def test_a_faithful_sentence_stands(check: SentenceCheck, sentence: str) -> None:
    assert check.faults(sentence, [AWARDS]) == ()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("对首次认定的高新技术企业，给予不超过40万元奖励。", FaultKind.NUMBER),
        ("获得科技进步一等奖的奖励5万元。", FaultKind.NUMBER),  # the second prize's sum
        ("研发费用占比应当达到5%以下。", FaultKind.NUMBER),
        ("申请人可以在20日内申请复核。", FaultKind.NUMBER),  # no working days
        ("到2026年，企业总数达到300家。", FaultKind.DATE),
        ("到2035年，企业总数达到300家。", FaultKind.DATE),  # the goal of another year
        ("该措施于2023年12月5日印发。", FaultKind.DATE),  # each number stands there, not so joined
        ("由市教育局牵头。", FaultKind.UNIT),
        ("由市财政局牵头，市科技局配合。", FaultKind.UNIT),
        ("市财政局审查材料，市科技局拨付资金。", FaultKind.UNIT),
        ("石桥区重点发展生物医药和疫苗产业。", FaultKind.UNIT),
        ("申请人可以向市住房保障局申请复核。", FaultKind.UNIT),  # a unit that nobody knows
        ("支持省级“揭榜挂帅”项目使用5G网络。", FaultKind.UNIT),
        ("支持市级“赛马”项目使用5G网络。", FaultKind.NAME),
        ("支持市级“揭榜挂帅”项目使用6G网络。", FaultKind.NUMBER),
        ("支持市级“揭榜挂帅”项目使用IPv6网络。", FaultKind.NAME),
        ("根据《云河市人才条例》，二等奖的奖励5万元。", FaultKind.NAME),
        ("北京市首次认定的高新技术企业给予奖励。", FaultKind.NAME),
        ("申请人不可以在20个工作日内申请复核。", FaultKind.MODALITY),
        ("申请人应当在20个工作日内申请复核。", FaultKind.MODALITY),
        ("申请人可以重复申报。", FaultKind.MODALITY),
        ("给予超过30万元奖励。", FaultKind.NEGATION),
        ("研发费用占比应当不达到5%以上。", FaultKind.NEGATION),
        ("经批准的除外。", FaultKind.NEGATION),
        ("企业上市挂牌享受税收优惠和房租补贴。", FaultKind.WORDS),
        ("对首次认定的高新技术企业明显下降创新高地。", FaultKind.WORDS),  # two sentences in one
    ],
)
def test_a_false_sentence_is_caught(check: SentenceCheck, sentence: str, kind: FaultKind) -> None:
    assert kind in kinds(check.faults(sentence, [AWARDS]))


def test_a_word_that_ends_like_a_unit_is_none(check: SentenceCheck) -> None:
    assert check.faults("全市优化产业布局。", ["优化全市产业的空间布局，打造城市会客厅。"]) == ()


@pytest.mark.parametrize("label", ["第三十六条", "二、1", "二（四）"])
def test_a_sentence_may_name_its_clause(check: SentenceCheck, label: str) -> None:
    source = f"《条例》\n{label}\n条文应当准确。依照第五条规定的情形办理。"
    assert check.faults(f"{label}规定，条文应当准确。", [source]) == ()


def test_only_the_cited_sources_count(check: SentenceCheck) -> None:
    sentence = "推进济青高速公路扩建，开通跨城公交线路。"
    assert check.faults(sentence, [OTHER]) == ()
    assert check.faults(sentence, [AWARDS, OTHER]) == ()
    assert kinds(check.faults(sentence, [AWARDS])) >= {FaultKind.WORDS}
    assert check.faults(sentence, [])


def test_a_quote_spliced_from_two_cited_clauses_is_caught(check: SentenceCheck) -> None:
    spliced = "对首次认定的高新技术企业开通跨城公交线路。"
    assert kinds(check.faults(spliced, [AWARDS, OTHER])) == {FaultKind.WORDS}


def test_a_fault_names_its_words(check: SentenceCheck) -> None:
    found = check.faults("获得二等奖的奖励7万元。", [AWARDS])
    assert found == (Fault(FaultKind.NUMBER, "70000元。"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三十万元", "30万元"),
        ("3000万元", "0.3亿元"),
        ("百分之三十", "30%"),
        ("千分之五", "5‰"),
        ("1,200元", "1200元"),
        ("三分之二", "2/3"),
        ("两个", "2个"),
        ("第二十一条", "第21条"),
        ("二〇二五年", "2025年"),
        ("五百亿元", "500亿元"),
    ],
)
def test_numbers_are_compared_by_value(one: str, other: str) -> None:
    tokens = tokens_with("(?!)")
    first, second = (list(bare_text(text, tokens).values.values()) for text in (one, other))
    if other == "2/3":
        assert first[0][0] == second[0][0] / second[1][0]  # type: ignore[operator]
    else:
        assert first == second


def test_words_with_a_numeral_or_a_turn_in_them_are_words() -> None:
    read = bare_text("统一推进一体化，不断完善不动产登记，＃@一个", tokens_with("(?!)"))
    assert read.bare == "统一推进一体化不断完善不动产登记♯＠#个"
    assert not any(read.turns)


def chinese(number: int) -> str:
    """1 to 9999 in Chinese numerals."""
    written = ""
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            written += "一二三四五六七八九"[digit - 1] + sign
        elif written and number % unit and not written.endswith("零"):
            written += "零"
    return written


@given(st.integers(2, 9999), st.integers(2, 9999))
@settings(max_examples=100, deadline=None)
def test_any_number_stands_for_itself_alone(number: int, other: int) -> None:
    check = SentenceCheck(())
    source = f"对符合条件的企业给予{chinese(number)}元补助。"
    assert numeral(chinese(number)) == number
    found = check.faults(f"对符合条件的企业给予{other}元补助。", [source])
    assert bool(found) == (number != other)


@given(texts)
@example("第一条　为了｜#年，@牵头")
@settings(max_examples=100, deadline=None)
def test_every_text_follows_from_itself(text: str) -> None:
    check = SentenceCheck(UNITS)
    assert check.faults(text, [text]) == ()


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_it(sentence: str, sources: list[str]) -> None:
    SentenceCheck(UNITS).faults(sentence, sources)


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, Any]]:
    """The bench on the document that ships: some 650 sentences and 150 drafts."""
    result: dict[str, dict[str, Any]] = verification.measure(verification.read(SEED))["kinds"]
    return result


def test_nothing_true_of_the_seed_is_flagged(figures: dict[str, dict[str, Any]]) -> None:
    flagged = {
        kind: row["wrong"] for kind, row in figures.items() if row["true"] and row["flagged"]
    }
    assert flagged == {}
    assert figures["verbatim"]["count"] > 70


def test_what_is_false_of_the_seed_is_caught(figures: dict[str, dict[str, Any]]) -> None:
    missed = {
        kind: row["count"] - row["flagged"]
        for kind, row in figures.items()
        if not row["true"] and row["flagged"] < row["count"]
    }
    # halves that fit into one list, and a sentence that is true of the other clause too
    assert missed.pop("spliced, one cited", 0) <= 1
    assert missed.pop("other clause cited", 0) <= 1
    assert missed == {}


def test_the_interval_is_wilsons() -> None:
    low, high = verification.interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert verification.interval(0, 0) == (0.0, 1.0)
