"""A text as characters to compare, without its numbers, units and the words that turn a meaning.

给予不超过三十万元奖励 and 给予不超过30万元奖励 are both 给予超过#元奖励, with 不 in front of 超 and
300000 at the placeholder: what differs between two texts at one place of a stretch they share is
then a number, a unit, a negation or a modality. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from assistant.text import LONGEST_NUMERAL, fold, numeral

NUMBER, UNIT = "#", "@"
Value = tuple[Fraction | str, str]  # of a number with its 以上 or 以下; a unit's name with ''
Turns = tuple[str, ...]
Date = tuple[tuple[str, Fraction | str], ...]  # 年 2022, 月 4, 日 20

_CN = "〇零一二三四五六七八九十百千两"
_DIGIT = "[一二三四五六七八九]"
_NUMBER = (
    rf"(?P<parts>[{_CN}万]{{1,8}}|\d+)分之(?P<share>[{_CN}]{{1,9}}|\d+(?:\.\d+)?)"
    r"|(?P<arabic>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>%|‰|[十百千]?万?亿|[十百千]?万)?"
    rf"|(?P<chinese>[{_CN}]+|(?=万?亿级|万级))(?P<times>万?亿|万)?"
)
_SCALES = {
    "%": Fraction(1, 100), "‰": Fraction(1, 1000), "十": Fraction(10), "百": Fraction(100),
    "千": Fraction(1000), "万": Fraction(10**4), "亿": Fraction(10**8),
}  # fmt: skip
_WELL_FORMED = re.compile(
    rf"(?:{_DIGIT}?千)?零?(?:{_DIGIT}?百)?零?(?:{_DIGIT}?十)?{_DIGIT}?|[〇零一二三四五六七八九]{{2,}}|零"
)
# 一 is a number before what is counted, and a part of a word elsewhere (统一, 一体化)
_COUNTED = frozenset(
    "个名家户次年月日天周种类条款项批期级倍成元人件套座所处档等岁组台亩吨米轮季县市区省镇村"
)
_BOUND = re.compile(r"[^\d,。;、:\n]{0,5}?(以上|以下|以内|以外|之内)")
_LEXICAL = (  # words that hold a turn and turn nothing
    "不断|不仅|不但|不动产|不锈钢|未来|非常|无人机|可能|可行|可持续|可再生|可靠|应用|应急|应对"
)
_TURNS: tuple[tuple[str, str], ...] = (
    ("禁止", "不得|不准|不许|不应当|不应该|不应|不可以|不可|不能|严禁|禁止|切勿"),
    ("应当", "应当|应该|必须|务必|(?<![供适相反响对效感顺呼])应|(?<!无)须(?!知)"),
    (
        "可以",
        "可以|(?<![许认宁])可|(?<![可功性技职智才节产动势热电])能(?![力源耗量效])|(?<![获取使值记])得(?![到以])|允许|准予|有权",
    ),
    ("鼓励", "鼓励|提倡"),
    ("原则上", "原则上"),
    ("未", "尚未|没有|未|没"),
    ("不", "不予|不"),
    ("无", "无需|无须|无"),
    ("非", "非"),
    ("否", "否"),
    ("除", "除外|(?<![消免扣拆解清删排])除|免"),
)
MODAL = frozenset({"禁止", "应当", "可以", "鼓励", "原则上"})
_TURN = "|".join(f"(?P<t{at}>{pattern})" for at, (_, pattern) in enumerate(_TURNS))
_TOKEN = rf"(?P<number>{_NUMBER})|(?P<word>{_LEXICAL})|{_TURN}|(?P<char>.)"
_SIGNS = str.maketrans(NUMBER + UNIT, "♯＠")  # of the text's own, which are no placeholders
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_HAN = rf"[\u3400-\u9fff](?<![{_CN}])"
_BREAK = re.compile(rf"(?:(?<={_HAN})|(?<=[，、]))\s*\n\s*(?={_HAN})|\n(?=\n)")
_DATES = re.compile("#年(?:#月(?:#日)?)?|#月(?:#日)?")
_BORDERS = frozenset(",。;:!?\n")
_ENDS = re.compile("[。;!?]")


@dataclass(frozen=True, slots=True)
class BareText:
    """A text for comparing.

    ``folded`` is all of it. ``bare`` has a placeholder for each number and unit, none of the turns
    and no commas, which a model sets as it likes; ``turns`` are those in front of each of its
    characters, ``values`` what stands at the placeholders, ``places`` where each pair of neighbours
    stands, ``borders`` where passages end (after a comma or a stop), ``ends`` the stops.
    """

    folded: str
    bare: str
    turns: tuple[Turns, ...]
    values: Mapping[int, Value]
    places: Mapping[str, tuple[int, ...]]
    borders: frozenset[int]
    ends: tuple[int, ...]

    def noted(self, at: int) -> tuple[Turns, Value | None]:
        """What was taken out at a place."""
        return self.turns[at], self.values.get(at)

    def sentence(self, at: int) -> int:
        """Which sentence of the text a place belongs to, from 0."""
        return sum(end < at for end in self.ends)

    def passages(self) -> list[tuple[int, int]]:
        """The ranges between the borders."""
        return list(pairwise(sorted({0, *self.borders, len(self.bare)})))

    def sentences(self) -> list[str]:
        """The characters of each sentence."""
        return _ENDS.split(self.bare)

    @property
    def head(self) -> str:
        """The lines before the last one of the first sentence: what stands above the text."""
        return self.bare[: self.bare.rfind("\n", 0, (*self.ends, len(self.bare))[0]) + 1]

    def dates(self) -> Iterator[Date]:
        """The dates, each with as many parts as stand together."""
        for match in _DATES.finditer(self.bare):
            numbers = range(match.start(), match.end(), 2)
            yield tuple((self.after(at), self.values[at][0]) for at in numbers)

    def after(self, at: int, length: int = 1) -> str:
        """The characters after a place; none where a passage ends."""
        return "" if at + 1 in self.borders else self.bare[at + 1 : at + 1 + length]


Place = tuple[BareText, int]
Stretch = tuple[int, int, list[Place]]  # from, to, and everywhere that it stands in the sources


@lru_cache(maxsize=8)
def tokens_with(units: str) -> re.Pattern[str]:
    """What ``bare_text`` reads a text into, where ``units`` is an expression of unit names."""
    return re.compile(rf"(?P<unit>{units}|(?:国家|[省市县区])级)|{_TOKEN}", re.DOTALL)


@lru_cache(maxsize=512)
def bare_text(text: str, tokens: re.Pattern[str]) -> BareText:
    """The text read for comparing; breaks between lines stay, but for those inside a sentence."""
    lines = _BREAK.sub("", _ISO.sub(r"\1年\2月\3日", text)).split("\n")
    folded = "\n".join(filter(None, map(fold, lines))).translate(_SIGNS)
    bare: list[str] = []
    turns: list[Turns] = []
    values: dict[int, Value] = {}
    borders: set[int] = set()
    waiting: Turns = ()
    for match in tokens.finditer(folded):
        kind, kept = match.lastgroup or "", match.group()
        if kind.startswith("t") and kind[1:].isdecimal():
            waiting += (_TURNS[int(kind[1:])][0],)
            continue
        if match["unit"]:
            values[len(bare)], kept = (kept, ""), UNIT
        elif match["number"] and _counts(folded, match):
            bound = _BOUND.match(folded, match.end())
            values[len(bare)], kept = (_value(match), bound.group(1) if bound else ""), NUMBER
        if kept != "," or waiting:
            bare += kept
            turns += (waiting, *((),) * (len(kept) - 1))
            waiting = ()
        if kept in _BORDERS:
            borders.add(len(bare))
    joined = "".join(bare)
    ends = tuple(m.start() for m in _ENDS.finditer(joined))
    return BareText(folded, joined, tuple(turns), values, _pairs(joined), frozenset(borders), ends)


def _pairs(text: str) -> dict[str, tuple[int, ...]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at in range(len(text) - 1):
        places[text[at : at + 2]].append(at)
    return {pair: tuple(found) for pair, found in places.items()}


def _counts(text: str, match: re.Match[str]) -> bool:
    """Whether 一 stands for a number here; every other numeral does."""
    if match.group() != "一":
        return True
    return text[match.end() : match.end() + 1] in _COUNTED or text.endswith("第", 0, match.start())


def _value(match: re.Match[str]) -> Fraction | str:
    """The value of a number; its characters where they spell none (十四五)."""
    if match["parts"]:
        parts, share = _plain(match["parts"]), _plain(match["share"])
        if isinstance(parts, str) or isinstance(share, str) or not parts:
            return match.group()
        return share / parts
    value = _plain(match["arabic"] or match["chinese"] or "")
    for sign in match["scale"] or match["times"] or "":
        if isinstance(value, str):
            return match.group()
        value *= _SCALES[sign]
    return value


def _plain(written: str) -> Fraction | str:
    if not written:  # 万亿级
        return Fraction(1)
    if written[0].isdecimal():
        return Fraction(written.replace(",", ""))
    if written == "万":
        return _SCALES["万"]
    digits = written.replace("两", "二")
    whole = len(digits) <= LONGEST_NUMERAL and _WELL_FORMED.fullmatch(digits)
    value = numeral(digits) if whole else None
    return written if value is None else Fraction(value)


def stretches(said: BareText, start: int, end: int, read: Sequence[BareText]) -> list[Stretch]:
    """The longest stretches of a range that the sources hold, none inside another.

    Each has two characters or more.
    """
    found: list[Stretch] = []
    reached = start
    for first in range(start, end - 1):
        longest, places = 0, list[Place]()
        for text in read:
            for place in text.places.get(said.bare[first : first + 2], ()):
                length = _shared(said.bare, first, end, text.bare, place)
                if length > longest:
                    longest, places = length, []
                if length == longest:
                    places.append((text, place))
        if longest and first + longest > reached:
            reached = first + longest
            found.append((first, reached, places))
    return found


def _shared(one: str, at: int, end: int, other: str, place: int) -> int:
    """How many characters are the same from these places on."""
    length, most = 0, min(end - at, len(other) - place)
    while length < most and one[at + length] == other[place + length]:
        length += 1
    return length
