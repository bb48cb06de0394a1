"""题注 below a statute's title: when it was passed, approved, published and revised.

（2011年12月15日广州市人民政府令第61号公布，根据…《…的决定》第一次修订）, with or without brackets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.reading.dates import DATE, find_day
from assistant.reading.doc_numbers import squeezed
from assistant.reading.lines import Line

_LONGEST = 30
_ACTS = r"(?:通过|批准|公布|发布|颁布|修订|修正|修改|施行|印发|制定|签署)"
_NOTE = re.compile(rf"[（(]?\s*(?:根据)?\s*(?:{DATE}).*{_ACTS}.*")
_OPENS = re.compile(rf"[（(]\s*(?:根据)?\s*(?:{DATE})[^）)]*$")
_DAY_ALONE = re.compile(rf"[（(]\s*(?:{DATE})\s*[)）]")
_SEPARATOR = re.compile(rf"\n|(?=根据\s*(?:{DATE}))|(?<=[过准布正订])[ ，,；;、]+(?=(?:{DATE}))")
_PARTIAL = re.compile(r"修正|修改|^根据|《[^》]*》.{0,4}修订")
_COUNCIL = re.compile(
    r"(?P<place>[\u4e00-\u9fff\d]{2,20}?)第[〇零一二三四五六七八九十]+届(?P<body>人民代表大会常务委员会|人大常委会|人民代表大会)"
)
_ORDER = re.compile(r"[\u4e00-\u9fff]{2,20}令\s*第?\s*[〇零一二三四五六七八九十百\d]+\s*号")


@dataclass(frozen=True, slots=True)
class PassingNotes:
    """What the notes say: the lines they take, the day of this wording, its 令, the organ."""

    lines: int
    day: date | None = None
    doc_number: str = ""
    organ: str = ""


def read(lines: Sequence[Line], at: int) -> PassingNotes:
    """The notes from line ``at`` on; ``lines`` is 0 where none stands there."""
    end = at
    while end < min(len(lines), at + _LONGEST):
        text = lines[end].text
        if _DAY_ALONE.fullmatch(text) or (_NOTE.fullmatch(text) and not _is_rule(text)):
            end += 1
            if text[0] not in "（(" or _closed(text):
                continue
            end = _closing(lines, end, text)
        elif _OPENS.fullmatch(text):
            end = _closing(lines, end + 1, text)
        else:
            break
    joint = "" if end > at and lines[at].text[0] in "（(" else "\n"  # a bracket may be wrapped
    return PassingNotes(end - at, *_latest(joint.join(line.text for line in lines[at:end])))


def _closing(lines: Sequence[Line], at: int, words: str) -> int:
    """The line after the one that closes the bracket; ``at`` itself where none does soon."""
    for end in range(at, min(len(lines), at + 12)):
        words += lines[end].text
        if _closed(words):
            return end + 1
    return at


def _closed(words: str) -> bool:
    return sum(words.count(c) for c in "（(") <= sum(words.count(c) for c in "）)")


def _is_rule(text: str) -> bool:
    """A sentence of the text itself that opens with a date, not a note."""
    return text.endswith(("。", "；", "：", ":")) and text[0] not in "（("


def _latest(words: str) -> tuple[date | None, str, str]:
    """Day, 令 and organ of the last whole wording: 修正 and 修改 change parts of it only."""
    bare = re.sub(r"[ \t\u3000]+", " ", words)
    if _DAY_ALONE.fullmatch(bare):
        return find_day(bare), "", ""
    day: date | None = None
    number = organ = ""
    for entry in _SEPARATOR.split(bare):
        entry = re.sub(r"\s", "", entry)
        if not entry.strip("（()）") or _PARTIAL.search(entry):
            continue
        order, council = _ORDER.search(entry), _COUNCIL.search(entry)
        day = find_day(entry) or day
        if "批准" in entry and not order:  # of what the entry before it passed
            continue
        number = squeezed(order.group().rpartition("日")[2]) if order else ""
        if order:
            organ = re.sub(r"中华人民共和国(?=国务院)|令.*", "", number)
        elif council:
            organ = council["place"].rpartition("日")[2] + council["body"]
    return day, number, organ
