"""The number that opens a line: 一、（一）1. 1.1（1）① 第一，第三章 第十二条; the lead sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.text import CN_NUMERAL, DIGITS, numeral


@dataclass(frozen=True, slots=True)
class Marker:
    """The number that opens a line.

    ``level`` orders the kinds (smaller stands higher); ``mark`` is the number as written, ``value``
    the number it stands for (all its parts for 第三条之一 and 2.1), ``key`` its last part as an
    ASCII part of an id, ``end`` the offset in the line where the words begin. A ``loose`` one is a
    number only where it continues a series: 第二条规定…, 1.1.
    """

    level: float
    mark: str
    key: str
    end: int
    value: tuple[int, ...] = (0,)
    loose: bool = False


BOOK_LEVEL, CHAPTER_LEVEL, ARTICLE_LEVEL, ITEM_LEVEL = 1.0, 2.0, 4.0, 7.0
_BLANK = r"[ \t\u3000\u00a0]*"
_NAMED = r"(?=\s|$|(?![程辑制能约])[^。；，：]{1,30}$)"  # 第一章总则, not 第三章规定的行为，…
_CIRCLED = "".join(
    map(chr, (*range(0x2460, 0x2474), *range(0x3251, 0x3260), *range(0x32B1, 0x32C0)))
)
_IN_BRACKETS = "".join(map(chr, range(0x2474, 0x2488)))  # ⑴⑵⑶
_CN_IN_BRACKETS = "".join(map(chr, range(0x3220, 0x322A)))  # ㈠㈡㈢
_QUANTITY = r"[倍万亿%％‰米元吨个年月日度公分小时天克千百里岁期G-Zg-z℃×xX~～至到—\-:：]"
_NUMBER = rf"[ \u3000]?({CN_NUMERAL}|\d+)[ \u3000]?"
_KINDS: tuple[tuple[float, str, re.Pattern[str]], ...] = (
    (BOOK_LEVEL, "b", re.compile(rf"第{_NUMBER}[编篇]{_NAMED}")),
    (1.5, "sb", re.compile(rf"第{_NUMBER}分编{_NAMED}")),
    (CHAPTER_LEVEL, "ch", re.compile(rf"第{_NUMBER}章{_NAMED}")),
    (CHAPTER_LEVEL + 0.5, "pt", re.compile(rf"第{_NUMBER}部分{_NAMED}")),
    (3.0, "se", re.compile(rf"第{_NUMBER}节{_NAMED}")),
    (
        ARTICLE_LEVEL,
        "t",
        re.compile(rf"第{_NUMBER}条(?:之({CN_NUMERAL}))?(?=[\s　：:]|$)"),
    ),
    (
        5.0,
        "",
        re.compile(
            rf"({CN_NUMERAL}){_BLANK}[、．](?![一二三四五六七八九十](?:[、等]|产业|[级类线]))"
        ),
    ),
    (6.0, "", re.compile(rf"([{_CN_IN_BRACKETS}])[、.．]?")),
    (6.0, "", re.compile(rf"[（(]{_BLANK}({CN_NUMERAL}){_BLANK}[)）][、.．]?")),
    (ITEM_LEVEL, "", re.compile(rf"(\d{{1,3}}){_BLANK}(?:[.．](?![\d.．])|、(?!\d))")),
    (8.0, "", re.compile(rf"([{_IN_BRACKETS}])[、.．]?")),
    (8.0, "", re.compile(rf"[（(]{_BLANK}(\d{{1,3}}){_BLANK}[)）][、.．]?")),
    (8.5, "", re.compile(r"(\d{1,2})[)）]")),
    (9.0, "", re.compile(rf"([{_CIRCLED}])")),
    (10.0, "", re.compile(rf"第({CN_NUMERAL})[，,、](?!第)")),
)
_SIGNS = (_CIRCLED, _IN_BRACKETS, _CN_IN_BRACKETS)
_FIRST = frozenset(f"第（({''.join(_SIGNS)}{DIGITS}十百千") | frozenset(
    "0123456789０１２３４５６７８９"
)
_FAR = 80  # no number, and no name of a chapter, needs more of its line
_LOOSE_ARTICLE = re.compile(
    rf"第{_NUMBER}条(?:之({CN_NUMERAL}))?(?!之|[款项]|第|规定|所|的|、|和|与|至|到|或|及|中|修改|改为)"
)
_DECIMAL = re.compile(
    rf"(\d{{1,2}}(?:[.．]\d{{1,2}}){{1,4}})[.．]?(?![.．]?\d|{_BLANK}{_QUANTITY})"
)
_BARE = re.compile(r"(\d{1,2})[ \u3000\u00a0]+(?=[^\s\d。，；：]{2,30}$)")
_POINTLESS = re.compile(
    rf"(\d{{1,2}})(?!{_QUANTITY}|[个家名项条种类次届级大位版号])(?=[\u4e00-\u9fff]{{4,40}}$)"
)
LEAD_LEVEL = 20.0
_LEAD = re.compile(r"([^。！？，；：,;:!?（(]{2,24})。(?=\S)")
_NOT_LEAD = re.compile(r"本|该|其|凡|此|以上|上述|第|到?\d|对于|根据|按照|依照|为了|为|各地|各有关")


def marker(line: str) -> Marker | None:
    """The marker that opens the line (which has no blanks before it), or None."""
    return _marker_of(line[:_FAR]) if line[:1] in _FIRST else None


@lru_cache(maxsize=4096)
def _marker_of(line: str) -> Marker | None:
    for level, prefix, pattern in _KINDS:
        match = pattern.match(line)
        if match:
            return _marker(match, level, prefix)
    return None


def loose_marker(line: str) -> Marker | None:
    """What may be a marker where it continues a series: 第二条为了…, 1.1 目的, 2　机构, 3机构."""
    match = _LOOSE_ARTICLE.match(line)
    if match:
        return _marker(match, ARTICLE_LEVEL, "t", loose=True)
    match = _DECIMAL.match(line)
    if match:
        parts = tuple(int(n) for n in re.split(r"[.．]", match.group(1)))
        level = ITEM_LEVEL + 0.2 * (len(parts) - 1)
        return Marker(level, match.group(1), str(parts[-1]), match.end(), parts, loose=True)
    match = _BARE.match(line) or _POINTLESS.match(line)
    return _marker(match, ITEM_LEVEL, "", loose=True) if match else None


def _marker(
    match: re.Match[str], level: float, prefix: str, *, loose: bool = False
) -> Marker | None:
    first = match.group(1)
    number = next((s.index(first) + 1 for s in _SIGNS if first in s), None) or numeral(first)
    if number is None or number > 2000:
        return None
    key = f"{prefix}{number}"
    value: tuple[int, ...] = (number,)
    if level == ARTICLE_LEVEL and match.group(2):
        after = numeral(match.group(2)) or 0
        key, value = f"{key}-{after}", (number, after)
    return Marker(level, match.group(0).strip(), key, match.end(), value, loose)


def follows(value: tuple[int, ...], before: tuple[int, ...]) -> bool:
    """Whether a number comes next in its series: 3 after 2, 2.1 or 2.3 or 3 after 2.2, 3-1 after 3.

    ``before`` is () where the series begins.
    """
    if not before:
        return set(value) == {1}
    if value == (*before, 1):
        return True
    kept = len(value) - 1
    return kept < len(before) and value == (*before[:kept], before[kept] + 1)


def is_article(found: Marker) -> bool:
    """Whether the marker is 第X条, whose numbered items stay inside it."""
    return found.level == ARTICLE_LEVEL


def lead_sentence(text: str) -> str:
    """The short sentence without a comma that opens a longer paragraph and names it, or ''."""
    match = _LEAD.match(text)
    if not match or _NOT_LEAD.match(text):
        return ""
    return match.group(1)


def heading_of(rest: str) -> tuple[str, int]:
    """Heading and offset of the body for the words after a number.

    A line without a sentence end is all heading; a line with a lead sentence has that as its
    heading; any other line is all body.
    """
    stripped = rest.strip()
    lead = lead_sentence(rest.lstrip())
    if lead:
        return lead, rest.index(lead) + len(lead) + 1
    if stripped and len(stripped) <= 60 and not re.search(r"[。；;！？：:]", stripped):
        return stripped, len(rest)
    if re.fullmatch(r"[^。！？，；：,;:]{2,24}。", stripped):
        return stripped[:-1], len(rest)
    return "", len(rest) - len(rest.lstrip())
