"""Masking: no number that names a person is left, and every number of a policy is."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assistant.ledger.masking import BANK_CARD, EMAIL, ID_NUMBER, LANDLINE, MOBILE, masked

LIMIT = 10_000
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
texts = st.text(max_size=40)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ids = st.from_regex(
    r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9X]", fullmatch=True
)


def mask(text: str) -> str:
    return masked(text, LIMIT)


@given(texts, mobiles, texts)
def test_no_mobile_number_survives(before: str, mobile: str, after: str) -> None:
    assert mobile not in mask(before + mobile + after)


@given(texts, ids, texts)
def test_no_id_number_survives(before: str, number: str, after: str) -> None:
    left = mask(before + number + after)
    assert number not in left
    assert number[:17] not in left


@given(mobiles, st.sampled_from([" ", "-", "－", "."]), st.sampled_from([(3, 7), (3, 6), (4, 7)]))
def test_no_grouped_mobile_number_survives(mobile: str, gap: str, cuts: tuple[int, int]) -> None:
    first, second = cuts
    grouped = gap.join((mobile[:first], mobile[first:second], mobile[second:]))
    assert mask(f"我的手机是{grouped}，请回电") == f"我的手机是{MOBILE}，请回电"


@given(ids, st.sampled_from([" ", "-"]))
def test_no_grouped_id_number_survives(number: str, gap: str) -> None:
    grouped = gap.join((number[:6], number[6:14], number[14:]))
    assert mask(f"身份证{grouped}。") == f"身份证{ID_NUMBER}。"


@given(mobiles)
def test_full_width_digits_are_digits(mobile: str) -> None:
    assert mask(mobile.translate(FULL_WIDTH)) == MOBILE


@given(mobiles, st.sampled_from(["\u200b", "\u00ad", "\ufeff", "\x00"]))
def test_what_cannot_be_seen_hides_nothing(mobile: str, unseen: str) -> None:
    assert mask(unseen.join(mobile)) == MOBILE


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Z"]), max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.text(), st.integers(1, 60), mobiles)
def test_a_cut_leaves_no_half_of_a_number(text: str, limit: int, mobile: str) -> None:
    assume(not re.search(r"\d", text))
    left = masked(text[: limit - 1] + mobile, limit)
    assert not re.search(r"\d", left)


@pytest.mark.parametrize(
    "text",
    [
        "淄政字〔2022〕40号是2022年4月20日印发的吗？",
        "到2025年营业收入突破100亿元、10000000000元，增长12.5%，R&D占比3.85%",
        "2020 2021 2022 2023年各投入多少？20220420-20251231有效",
        "拨打12345热线，或400-123-4567，邮编255000，12333",
        "统一社会信用代码91370300MA3C1234XY",
        "第1.2.3条、3-5家、10-20-30人，2022-40-3f9c:2.2.1",
        "ISO 9001、GB/T 9704-2012、GB 45438-2025",
    ],
)
def test_numbers_of_policies_stay(text: str) -> None:
    assert mask(text) == text


@given(st.integers(0, 9_999_999_999), st.sampled_from(["年", "亿元", "号", "家", "%", "平方米"]))
def test_numbers_of_up_to_ten_digits_stay_where_nothing_says_telephone(
    number: int, unit: str
) -> None:
    assert mask(f"共{number}{unit}") == f"共{number}{unit}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("电话0533-2345678谢谢", f"电话{LANDLINE}谢谢"),
        ("（０５３３）２３４５６７８转801", f"{LANDLINE}转801"),
        ("办公室电话：2345678", f"办公室电话：{LANDLINE}"),
        ("010-62345678-801", LANDLINE),
        ("+86 138-1234-5678", MOBILE),
        ("8613812345678", MOBILE),
        ("发到zhang.san+1@mail.example.gov.cn。", f"发到{EMAIL}。"),
        ("发到ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ好吗", f"发到{EMAIL}好吗"),
        ("卡号6222021234567890128", f"卡号{BANK_CARD}"),
        ("卡号4111 1111 1111 1111吗", f"卡号{BANK_CARD}吗"),
        ("身份证37030319900101123x的人", f"身份证{ID_NUMBER}的人"),
        ("旧身份证370303900101123", f"旧身份证{ID_NUMBER}"),
        ("护照号码是E12345678", f"护照号码是{ID_NUMBER}"),
    ],
)
def test_each_kind_is_named(text: str, left: str) -> None:
    assert mask(text) == left


def test_the_result_is_one_line() -> None:
    assert mask("一\n二\t三\r\n\x00四") == "一 二 三 四"
