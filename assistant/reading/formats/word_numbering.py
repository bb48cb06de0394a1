"""Word's automatic numbering (numbering.xml) → the number that Word shows before a paragraph."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assistant.reading.formats.archive import Element

_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_HIGHEST = 9999
_DIGITS = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_NO_BLANK_AFTER = "、）)】〕"
_BLANK_AFTER = "编章节条"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: how its number is counted, written and set off."""

    format: str = "decimal"
    text: str = ""
    start: int = 1
    suffix: str = "tab"
    restart: int = -1
    arabic: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    """One w:num: the abstract list whose count it shares, and its levels."""

    shared: str
    levels: Mapping[int, Level]
    overridden: Mapping[int, int]


@dataclass(slots=True)
class Numbering:
    """The lists of a document, and how far each has been counted so far."""

    lists: Mapping[str, _List] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, number: str, style: str) -> int | None:
        """The level that a list gives to the paragraphs of a style."""
        levels = self.lists[number].levels if number in self.lists else {}
        return next((at for at, level in levels.items() if level.style == style), None)

    def next(self, number: str, at: int) -> str:
        """Count one more paragraph of a list and level; its number with what sets it off, or ''."""
        found = self.lists.get(number)
        if not found or at not in found.levels:
            return ""
        counts = self.counts.setdefault(found.shared, {})
        level = found.levels[at]
        if at in found.overridden and (number, at) not in self.begun:
            counts[at] = found.overridden[at]
        else:
            counts[at] = counts[at] + 1 if at in counts else level.start
        self.begun.add((number, at))
        for below in [below for below in counts if below > at]:
            restart = found.levels.get(below, Level()).restart
            if restart < 0 or at < restart:
                del counts[below]
        return _shown(found, level, counts)


def _shown(found: _List, level: Level, counts: Mapping[int, int]) -> str:
    if level.format == "bullet":
        return ""

    def number(match: re.Match[str]) -> str:
        at = int(match.group(1)) - 1
        of = found.levels.get(at, Level())
        return written(counts.get(at, of.start), "decimal" if level.arabic else of.format)

    mark = _PLACE.sub(number, level.text).strip()
    if not mark:
        return ""
    blank = level.suffix != "nothing" and mark[-1] not in _NO_BLANK_AFTER
    return mark + " " if blank or mark[-1] in _BLANK_AFTER else mark


def read(root: Element | None) -> Numbering:
    """The lists of numbering.xml; none where the document has no such part."""
    if root is None:
        return Numbering()
    abstract = {_of(e, "abstractNumId"): e for e in root.findall("abstractNum")}
    linked = {_value(e, "styleLink"): e for e in abstract.values() if _value(e, "styleLink")}
    lists = {}
    for num in root.findall("num"):
        shared = _value(num, "abstractNumId")
        base = abstract.get(shared)
        link = _value(base, "numStyleLink") if base is not None else ""
        if link in linked:
            base = linked[link]
            shared = _of(base, "abstractNumId")
        lists[_of(num, "numId")] = _list(shared, base, num)
    return Numbering(lists)


def _list(shared: str, base: Element | None, num: Element) -> _List:
    levels = (
        {} if base is None else {_number(_of(e, "ilvl")): _level(e) for e in base.findall("lvl")}
    )
    overridden = {}
    for change in num.findall("lvlOverride"):
        at = _number(_of(change, "ilvl"))
        own = change.find("lvl")
        if own is not None:
            levels[at] = _level(own)
        start = _value(change, "startOverride")
        if start:
            overridden[at] = _number(start)
    return _List(shared, {at: v for at, v in levels.items() if at < _LEVELS}, overridden)


def _level(element: Element) -> Level:
    legal = element.find("isLgl")
    formats = element.findall("numFmt") or element.findall("AlternateContent//numFmt")
    return Level(
        format=_of(formats[-1], "val") if formats else "decimal",
        text=_value(element, "lvlText"),
        start=_number(_value(element, "start") or "0"),
        suffix=_value(element, "suff") or "tab",
        restart=_number(_value(element, "lvlRestart"), -1),
        arabic=legal is not None and _of(legal, "val") not in ("0", "false", "off"),
        style=_value(element, "pStyle"),
    )


def _value(element: Element, child: str) -> str:
    found = element.find(child)
    return "" if found is None else _of(found, "val")


def _of(element: Element, key: str) -> str:
    return element.get(key, "")


def _number(text: str, otherwise: int = 0) -> int:
    """A number as XML writes it, kept within what a list can sensibly count to."""
    return min(int(text), _HIGHEST) if re.fullmatch(r"\d{1,9}", text) else otherwise


# How a number is written ----------------------------------------------------------------------


def written(value: int, numbering_format: str) -> str:
    """A number in one of Word's formats (ST_NumberFormat); in digits where it has none there.

    >>> (
    ...     written(12, "chineseCounting"),
    ...     written(3, "decimalEnclosedCircle"),
    ...     written(4, "lowerRoman"),
    ... )
    ('十二', '③', 'iv')
    """
    if numbering_format in ("none", "bullet"):
        return ""
    write = _FORMATS.get(numbering_format)
    return (write(value) if write and 0 < value <= _HIGHEST else "") or str(value)


def _counted(value: int) -> str:
    """一百二十三, 十二, 一千零五."""
    words = ""
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // power % 10
        if digit:
            words += _DIGITS[digit] + unit
        elif words and not words.endswith("零") and value % power:
            words += "零"
    return words[1:] if words.startswith("一十") else words


def _legal(value: int) -> str:
    plain = _counted(value)
    plain = "一" + plain if plain.startswith("十") else plain
    return plain.translate(str.maketrans(_DIGITS[1:] + "零十百千", _LEGAL[1:] + "零拾佰仟"))


def _lettered(value: int) -> str:
    """a … z, aa … zz, as Word repeats the letter."""
    return chr(ord("a") + (value - 1) % 26) * min((value - 1) // 26 + 1, 30)


def _roman(value: int) -> str:
    words = ""
    for worth, letters in _ROMAN:
        words += letters * (value // worth)
        value %= worth
    return words


def _circled(value: int) -> str:
    for first, last, code in ((1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱")):
        if first <= value <= last:
            return chr(ord(code) + value - first)
    return ""


def _within(first: str, last: int) -> Callable[[int], str]:
    return lambda value: chr(ord(first) + value - 1) if value <= last else ""


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda value: signs[value - 1] if value <= len(signs) else ""


_FORMATS: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(
        (
            "chineseCounting", "chineseCountingThousand", "japaneseCounting",
            "taiwaneseCounting", "taiwaneseCountingThousand",
        ),
        _counted,
    ),
    **dict.fromkeys(
        ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"),
        lambda value: "".join(_DIGITS[int(digit)] for digit in str(value)),
    ),
    **dict.fromkeys(("chineseLegalSimplified", "ideographLegalTraditional"), _legal),
    "decimalFullWidth": lambda value: str(value).translate(
        {ord("0") + digit: ord("０") + digit for digit in range(10)}
    ),
    "decimalZero": lambda value: f"{value:02}",
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedFullstop": _within("⒈", 20),
    "decimalEnclosedParen": _within("⑴", 20),
    "ideographEnclosedCircle": _within("㊀", 10),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "lowerLetter": _lettered,
    "upperLetter": lambda value: _lettered(value).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
}  # fmt: skip
