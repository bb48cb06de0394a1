"""How many of what a question asks (多少户, 几个赛事城市), and whether a text says how many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from assistant.text import CN_NUMERAL, fold, words
from assistant.vocabulary import Vocabulary

_PIECES = "个家户座所处条项名人位只台辆套张批支场次届期篇件种类级款门艘片块"
_MEASURES = rf"[{_PIECES}亩吨米岁]|公里|千米|平方米|平米|公顷|万人|人次"
_ASKED = re.compile(
    rf"(?<![好这那哪第十没前后])(?:多少|几)[万亿千百十]*(?P<measure>{_MEASURES})?"
    r"(?P<noun>[\u4e00-\u9fff]{0,10})"
)
_NUMBER = rf"(?<!第)(?:\d[\d.,]*|{CN_NUMERAL})\s*(?:余|多|左右)?[万亿千百]?\s*(?:余|多)?"
_NO_COUNT = re.compile(
    r"(?:多少|几)(?:钱|元|块|点|时|号|月几|楼|折|成|倍|乎|何)|几个?(?:部分|方面)"
)
_NEAR = 24  # characters between a number and what it counts


@dataclass(frozen=True, slots=True)
class Counted:
    """What is to be counted: ``measure`` (户, 个) and ``noun`` ('' for none)."""

    measure: str
    noun: str

    @property
    def words(self) -> str:
        """户, 赛事城市 of 个赛事城市: what is counted, as one would say it."""
        return self.noun or self.measure

    def stated(self, text: str) -> bool:
        """Whether a folded text holds a number of it."""
        measures = f"[{_PIECES}]" if self.measure in _PIECES else re.escape(self.measure)
        if self.noun:
            after = rf"{_NUMBER}(?:{_MEASURES})?[^，。；、,;]{{0,{_NEAR}}}{re.escape(self.noun)}"
            before = rf"{re.escape(self.noun)}[^，。；,;]{{0,{_NEAR}}}?{_NUMBER}{measures}"
            return bool(re.search(after, text) or re.search(before, text))
        return bool(re.search(_NUMBER + measures, text))


def counted(text: str, vocabulary: Vocabulary) -> tuple[Counted, ...]:
    """What a question asks the number of."""
    flat = fold(text)
    return tuple(
        Counted(match["measure"], _noun(match["noun"], vocabulary))
        for match in _ASKED.finditer(flat)
        if match["measure"] and not _NO_COUNT.match(flat, match.start())
    )


def _noun(stretch: str, vocabulary: Vocabulary) -> str:
    """The last of the topic words that follow a measure directly (体育 赛事 城市 → 城市)."""
    said = takewhile(lambda word: bool(vocabulary.terms(word)), words(stretch))
    return next(reversed(list(said)), "")
