"""Clauses as English names them, in the document's own numbering: Article 12 → 第十二条."""

from __future__ import annotations

import re

from assistant.text import DIGITS

_DIGIT = DIGITS[1:]
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_CARDINALS = "one two three four five six seven eight nine ten".split()
_ROMAN = "i ii iii iv v vi vii viii ix x".split()
_SPOKEN = {
    word: value for words in (_ORDINALS, _CARDINALS, _ROMAN) for value, word in enumerate(words, 1)
}
_N = rf"(?:\d{{1,3}}|{'|'.join(sorted(_SPOKEN, key=len, reverse=True))})"
_KINDS = {"part": "第{}部分", "section": "第{}部分", "chapter": "第{}章"}
_LEVEL = r"(?:clause|section|part|point|item|paragraph|subsection|sub-clause|subclause)"
_ARTICLE = re.compile(
    rf"(?i)(?:item \(?(?P<item1>{_N})\)? of )?(?:paragraph \(?(?P<par1>{_N})\)? of )?"
    rf"\bart(?:icle|\.) ?(?P<article>{_N})\b(?:-(?P<sub>\d))?"
    rf"(?:,? (?:paragraph|para\.?) \(?(?P<par2>{_N})\b\)?)?(?:,? item \(?(?P<item2>{_N})\b\)?)?"
)
_BRACKETS = re.compile(
    rf"(?i)(?:\b(?:{_LEVEL}|the) )?(?P<one>\b\d{{1,2}})? ?\((?P<two>\d{{1,2}})\)"
    r"(?:[. ]?(?:\((?P<three>\d{1,2})\)|(?P<four>\d{1,2})\b(?![.(%])))?"
)
_DOTTED = re.compile(
    rf"(?i)\b{_LEVEL} (?P<one>\d{{1,2}})\.(?P<two>\d{{1,2}})(?:\.(?P<three>\d{{1,2}}))?\b"
)
_LOWER = r"(?:section|clause|item|point|paragraph)"
_NESTED = re.compile(
    rf"(?i)\b(?:part|section|chapter) (?P<one>{_N}),? {_LOWER} (?P<two>{_N})\b"
    rf"|\b{_LOWER} (?P<two2>{_N}) (?:of|in) (?:part|section) (?P<one2>{_N})\b"
)
_PLAIN = re.compile(
    rf"(?i)\b(?P<kind>part|section|chapter|clause) (?P<one>{_N})\b"
    rf"|\bthe (?P<nth>{'|'.join(_ORDINALS)}) (?P<kind2>part|section|chapter|clause|article)\b"
)


def in_chinese(text: str) -> str:
    """The text with each clause that it names written as Chinese documents do."""
    text = _ARTICLE.sub(_article, text)
    text = _BRACKETS.sub(_levels, _DOTTED.sub(_levels, text))
    return _PLAIN.sub(_one, _NESTED.sub(_levels, text))


def chinese_numeral(written: str) -> str:
    """12, two or iv as 十二, 二 or 四; below a thousand."""
    value = _SPOKEN.get(written.lower()) or int(written)
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGIT[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGIT[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGIT[ones] if ones or not value else "")


def _article(match: re.Match[str]) -> str:
    paragraph, item = match["par1"] or match["par2"], match["item1"] or match["item2"]
    text = f" 第{chinese_numeral(match['article'])}条"
    text += f"之{chinese_numeral(match['sub'])}" if match["sub"] else ""
    text += f"第{chinese_numeral(paragraph)}款" if paragraph else ""
    return text + (f"第（{chinese_numeral(item)}）项 " if item else " ")


def _levels(match: re.Match[str]) -> str:
    found = match.groupdict()
    one = found.get("one") or found.get("one2")
    two = found.get("two") or found.get("two2") or ""
    three = found.get("three") or found.get("four")
    top = chinese_numeral(one) if one else ""
    return f" {top}（{chinese_numeral(two)}）" + (f"{int(three)}. " if three else " ")


def _one(match: re.Match[str]) -> str:
    number = chinese_numeral(match["one"] or match["nth"])
    kind = (match["kind"] or match["kind2"]).lower()
    return f" {_KINDS.get(kind, '第{}条').format(number)} "
