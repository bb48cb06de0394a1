"""Days and spans as documents write them: 2022年4月20日, 二○二二年, 2022-04-20, 五年."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.text import numeral

_CN = "〇零○◯OＯo一二三四五六七八九"
_NUMBER = rf"(?:[0-9０-９]{{1,3}}|[{_CN}十百两]{{1,5}})"
DATE = (
    rf"(?:[0-9０-９]{{4}}|[{_CN}0]{{4}})\s*年(?:\s*(?:[0-9０-９]{{1,2}}|[{_CN}0十]{{1,3}})\s*月"
    rf"(?:\s*(?:[0-9０-９]{{1,2}}|[{_CN}0十]{{1,3}})\s*[日号]|\s*[底末])?|\s*[底末])?"
    r"|(?<!\d)\d{4}[-./]\d{1,2}[-./]\d{1,2}(?!\d)"
)
SPAN = rf"{_NUMBER}\s*(?:年半|个?月|年|天|日|个工作日)|半年"
_DATE = re.compile(DATE)
_SPAN = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>年半|年|个?月|天|日)|(?P<half>半年)")
_PARTS = re.compile(r"[^年月日号底末./-]+")
_AS_ZERO = str.maketrans(dict.fromkeys("○◯OＯo0", "〇"))


@dataclass(frozen=True, slots=True)
class Written:
    """The days [first, last] that a written date means: one day, or a whole month or year."""

    first: date
    last: date
    start: int
    end: int

    @property
    def exact(self) -> bool:
        """Whether it names one day."""
        return self.first == self.last


def written_dates(text: str) -> Iterator[Written]:
    """All dates of a text in order; one that no calendar has is left out."""
    for match in _DATE.finditer(text):
        words = match.group()
        values = [value_of(part) for part in _PARTS.findall(re.sub(r"\s", "", words))]
        whole = words.endswith(("底", "末"))
        try:
            first, last = _days([v or 0 for v in values])
        except ValueError:
            continue
        yield Written(last if whole else first, last, match.start(), match.end())


def find_day(text: str) -> date | None:
    """The first date of a text that names one day."""
    return next((w.first for w in written_dates(text) if w.exact), None)


def value_of(digits: str) -> int | None:
    """The value of 2022, ２０２２, 二○二二, 两 or 十五; None when it is no number."""
    digits = unicodedata.normalize("NFKC", digits).replace("两", "二")
    return numeral(
        digits if digits.isascii() and digits.isdecimal() else digits.translate(_AS_ZERO)
    )


def after(day: date, span: str) -> date | None:
    """The day that lies a written span (五年, 6个月, 30日) after another."""
    match = _SPAN.search(span)
    if not match:
        return None
    if match["half"]:
        return _moved(day, 6)
    count, unit = value_of(match["number"]) or 0, match["unit"]
    try:
        if unit in ("天", "日"):
            return day + timedelta(days=count)
        return _moved(day, count * 12 + 6 * (unit == "年半") if "年" in unit else count)
    except (ValueError, OverflowError):
        return None


def _moved(day: date, months: int) -> date:
    """The same day so many months later; the first of the next month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day > calendar.monthrange(year, month + 1)[1]:
        return date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, day.day)


def _days(values: list[int]) -> tuple[date, date]:
    year = values[0]
    if len(values) == 1:
        return date(year, 1, 1), date(year, 12, 31)
    month = values[1]
    if len(values) == 2:
        first = date(year, month, 1)
        return first, date(year, month, calendar.monthrange(year, month)[1])
    day = date(year, month, values[2])
    return day, day
