"""Whether a document is in force at a date: its own terms, and what other documents say of it.

Half-open: a text is in force on every day of [start, end). An explicit repeal beats dates; what is
not stated is unknown, and said to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

Range = tuple[int, int]


class DocumentStatus(StrEnum):
    """Where a document stands at a date; ``STATUS_NAMES`` has the Chinese words."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REPEALED = "repealed"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


STATUS_NAMES = {
    DocumentStatus.IN_FORCE: "现行",
    DocumentStatus.NOT_YET: "尚未施行",
    DocumentStatus.EXPIRED: "已过有效期",
    DocumentStatus.REPEALED: "已废止",
    DocumentStatus.SUPERSEDED: "已被新版取代",
    DocumentStatus.UNKNOWN: "效力未注明",
}
NOT_IN_FORCE = frozenset(
    {
        DocumentStatus.NOT_YET,
        DocumentStatus.EXPIRED,
        DocumentStatus.REPEALED,
        DocumentStatus.SUPERSEDED,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A status and the words it rests on."""

    status: DocumentStatus
    basis: str = ""


UNKNOWN = Standing(DocumentStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Validity:
    """What a document says of its own term: in force on the days of [start, end).

    None where it does not say. ``trial`` is 试行 or 暂行; ``basis`` holds the sentences quoted, and
    ``ranges`` where they stand in the document's text. ``condition`` is an end without a day
    (疫情防控期间有效), so that nobody can tell from the text alone when it comes; ``lapsed`` is
    what the page of the document says of it (失效), with no day either.
    """

    start: date | None = None
    end: date | None = None
    trial: bool = False
    basis: str = ""
    ranges: tuple[Range, ...] = ()
    condition: str = ""
    lapsed: str = ""

    @property
    def last_day(self) -> date | None:
        """The last day in force, as documents write it (有效期至…)."""
        return self.end - timedelta(days=1) if self.end else None

    def at(self, day: date) -> Standing:
        """The standing at a day by the document's own words alone."""
        if self.start and day < self.start:
            return Standing(DocumentStatus.NOT_YET, self.basis)
        if self.end and day >= self.end:
            return Standing(DocumentStatus.EXPIRED, self.basis)
        if self.lapsed:
            repealed = "废止" in self.lapsed
            status = DocumentStatus.REPEALED if repealed else DocumentStatus.EXPIRED
            return Standing(status, f"网页标注：{self.lapsed}")
        if (self.start or self.end) and not (self.condition and self.end is None):
            return Standing(DocumentStatus.IN_FORCE, self.basis)
        return Standing(DocumentStatus.UNKNOWN, self.basis)


class LinkKind(StrEnum):
    """What one document says of another: 废止 · 修改 · 依据."""

    REPEALS = "repeals"
    AMENDS = "amends"
    BASED_ON = "based_on"


LINK_NAMES = {
    LinkKind.REPEALS: "废止",
    LinkKind.AMENDS: "修改",
    LinkKind.BASED_ON: "依据",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One document named by another, by title or 文号 or both; ``char_range`` holds the words.

    ``from_day`` is when the repeal or change takes effect, where the sentence gives a date.
    """

    kind: LinkKind
    title: str
    doc_number: str
    char_range: Range
    from_day: date | None = None
