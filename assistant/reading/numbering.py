"""The number that opens a line: 一、（一）1.（1）①, 第三章, 第十二条; and the lead sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.text import CN_NUMERAL, numeral


@dataclass(frozen=True, slots=True)
class Marker:
    """The number that opens a line.

    ``level`` orders the kinds (smaller stands higher); ``mark`` is the number as written, ``key``
    the same as an ASCII part of an id, ``end`` the offset in the line where the words begin.
    """

    level: int
    mark: str
    key: str
    end: int


ARTICLE_LEVEL = 4
_BLANK = r"[ \t\u3000\u00a0]*"
_NAMED = r"(?=\s|$|(?![程辑制能约])[^。；，：]{1,30}$)"  # 第一章总则, not 第三章规定的行为，…
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_KINDS: tuple[tuple[int, str, re.Pattern[str]], ...] = (
    (1, "b", re.compile(rf"第({CN_NUMERAL}|\d+)编{_NAMED}")),
    (2, "ch", re.compile(rf"第({CN_NUMERAL}|\d+)章{_NAMED}")),
    (3, "se", re.compile(rf"第({CN_NUMERAL}|\d+)节{_NAMED}")),
    (
        ARTICLE_LEVEL,
        "t",
        re.compile(rf"第({CN_NUMERAL}|\d+)条(?:之({CN_NUMERAL}))?(?=[\s　：:]|$)"),
    ),
    (5, "", re.compile(rf"({CN_NUMERAL})、")),
    (6, "", re.compile(rf"[（(]{_BLANK}({CN_NUMERAL}){_BLANK}[)）]")),
    (7, "", re.compile(r"(\d{1,3})(?:[.．](?![\d.．])|、)")),
    (8, "", re.compile(rf"[（(]{_BLANK}(\d{{1,3}}){_BLANK}[)）]")),
    (9, "", re.compile(rf"([{_CIRCLED}])")),
)
LEAD_LEVEL = 20
_LEAD = re.compile(r"([^。！？，；：,;:!?（(]{2,24})。(?=\S)")
_NOT_LEAD = re.compile(r"本|该|其|凡|此|以上|上述|第|到?\d|对于|根据|按照|依照|为了|为|各地|各有关")


def marker(line: str) -> Marker | None:
    """The marker that opens the line (which has no blanks before it), or None."""
    for level, prefix, pattern in _KINDS:
        match = pattern.match(line)
        if not match:
            continue
        first = match.group(1)
        value = _CIRCLED.index(first) + 1 if first in _CIRCLED else numeral(first)
        if value is None or value > 2000:
            return None
        key = f"{prefix}{value}"
        if level == ARTICLE_LEVEL and match.group(2):
            key += f"-{numeral(match.group(2))}"
        return Marker(level, match.group(0).strip(), key, match.end())
    return None


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
