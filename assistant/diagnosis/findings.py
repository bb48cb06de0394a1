"""What a check finds: a name, how bad it is, and one Chinese sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import PolicyAssistantError


class Level(StrEnum):
    """How bad it is; ``LEVEL_NAMES`` has the Chinese words."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


LEVEL_NAMES = {Level.OK: "正常", Level.WARNING: "注意", Level.FAULT: "有误"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and how it is."""

    name: str
    level: Level
    sentence: str


def ok(name: str, sentence: str) -> Finding:
    """It is as it should be."""
    return Finding(name, Level.OK, sentence)


def warning(name: str, sentence: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(name, Level.WARNING, sentence)


def fault(name: str, error: str | PolicyAssistantError | OSError) -> Finding:
    """It does not work; an error is told in its own words."""
    return Finding(name, Level.FAULT, words_of(error))


def not_checked(name: str, why: str) -> Finding:
    """What it depends on does not work."""
    return warning(name, f"没有检查，因为{why}。")


def words_of(error: str | PolicyAssistantError | OSError) -> str:
    """An error as a sentence."""
    if isinstance(error, OSError):
        place = f"“{error.filename}”" if error.filename else ""
        return f"{place}读写出错：{error.strerror or error}。"
    return str(error)


def checked(name: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of a check; a deliberate error ends it, and is its last one."""
    try:
        yield from findings
    except (PolicyAssistantError, OSError) as error:
        yield fault(name, error)
