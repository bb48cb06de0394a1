"""The time of the documents: China Standard Time, by which a text is in force or no longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "中国标准时间")


def now() -> datetime:
    """This moment, in China."""
    return datetime.now(CHINA)


def today() -> date:
    """The day it is in China, wherever the server stands."""
    return now().date()


def at(seconds: float) -> datetime:
    """A moment given in seconds since 1970, in China."""
    return datetime.fromtimestamp(seconds, CHINA)
