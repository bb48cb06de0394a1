"""Texts without the numbers that name a person (个人信息脱敏). Pure.

Masked are mobile and landline numbers, ID cards, passports, bank cards and e-mail addresses, in
half- or full-width digits, in one run or grouped. Years, dates, amounts, document numbers and
public numbers (12345, 400-…) stay. Where a long run of digits could be either, it is masked.
"""

from __future__ import annotations

import re
import unicodedata

from assistant.text import clean

MOBILE = "[手机号]"
LANDLINE = "[固定电话]"
ID_NUMBER = "[证件号]"
BANK_CARD = "[银行卡号]"
LONG_NUMBER = "[号码]"
EMAIL = "[邮箱]"

_GAP = r"[ .．·\-－‐‑‒–—―]"  # one of these may stand between groups of digits
_FIRST, _LAST = r"(?<!\d)", r"(?!\d)"
_WORD = r"A-Za-z0-9Ａ-Ｚａ-ｚ０-９_\-"
_EMAIL = re.compile(rf"(?<![{_WORD}.+%])[{_WORD}.+%]+[@＠][{_WORD}]+(?:[.．][{_WORD}]+)+")
_OF_NUMBERS = "0123456789０１２３４５６７８９ -－.．"
_PASSPORT = re.compile(
    r"((?:护照|通行证|港澳证|台胞证)[^\d。；]{0,6}?)[A-Za-z]{1,2}\d{7,9}" + _LAST
)
_RUN = re.compile(r"\d{11,}[XxＸｘ]?")
_MOBILE_IN = re.compile(r"1[3-9]\d{9}")
_MOBILE = re.compile(
    rf"{_FIRST}(?:[+＋]?86{_GAP}?)?"
    rf"[1１][3-9３-９]\d(?:{_GAP}\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}}|{_GAP}\d{{8}}"
    rf"|\d{{4}}{_GAP}\d{{4}}|\d{_GAP}\d{{3}}{_GAP}\d{{4}}){_LAST}"
)
_LANDLINE = re.compile(
    rf"(?:[(（][0０][1-9１-９]\d{{1,2}}[)）]{_GAP}?|{_FIRST}[0０][1-9１-９]\d{{1,2}}{_GAP}?)"
    rf"\d{{3,4}}{_GAP}?\d{{4}}(?:{_GAP}\d{{1,5}})?{_LAST}"
)
_CALLED = re.compile(
    r"((?:电话|座机|致电|拨打|来电|传真)(?:号码|号)?(?:是|为|到|[:： ])*)"
    rf"[2-8２-８]\d{{2,3}}{_GAP}?\d{{4}}{_LAST}"
)
_GROUPED_ID = re.compile(
    rf"{_FIRST}\d{{6}}{_GAP}\d{{4}}{_GAP}?\d{{4}}{_GAP}?\d{{3}}[\dXxＸｘ]{_LAST}"
)
_GROUPED_CARD = re.compile(rf"{_FIRST}\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}?\d{{1,3}})?{_LAST}")
_BORN = re.compile(r"\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")


def masked(text: str, limit: int) -> str:
    """One line of the text's first ``limit`` characters, with a word for each such number.

    Masking twice changes nothing more. The result can be somewhat longer than ``limit``.
    """
    if len(text) > limit:  # half a number is not known for one
        text = text[:limit].rstrip(_OF_NUMBERS)
    text = clean(text)
    text = _EMAIL.sub(EMAIL, text)
    text = _PASSPORT.sub(rf"\1{ID_NUMBER}", text)
    text = _RUN.sub(_of_run, text)
    text = _GROUPED_ID.sub(_of_grouped_id, text)
    text = _GROUPED_CARD.sub(_of_grouped_card, text)
    text = _MOBILE.sub(MOBILE, text)
    text = _LANDLINE.sub(LANDLINE, text)
    return _CALLED.sub(rf"\1{LANDLINE}", text)


def _of_run(match: re.Match[str]) -> str:
    """A run of at least eleven digits: what it is by its length, or as it was."""
    digits = _half_width(match[0])
    if len(digits) >= 15:
        if len(digits) in {15, 18}:
            return ID_NUMBER
        return BANK_CARD if len(digits) <= 19 else LONG_NUMBER
    if _MOBILE_IN.search(digits):
        return MOBILE
    return match[0]


def _of_grouped_id(match: re.Match[str]) -> str:
    return ID_NUMBER if _BORN.fullmatch(_half_width(match[0])) else match[0]


def _of_grouped_card(match: re.Match[str]) -> str:
    """Four years in a row look like a card, but seldom have its check digit."""
    return BANK_CARD if _luhn(_half_width(match[0])) else match[0]


def _half_width(text: str) -> str:
    """Its digits, and an X, without what stands between them."""
    return "".join(
        c for c in unicodedata.normalize("NFKC", text).upper() if c.isdigit() or c == "X"
    )


def _luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, c in enumerate(reversed(digits)):
        doubled = int(c) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
