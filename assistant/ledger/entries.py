"""What the ledger holds and says, as frozen values; times are of China, or ms since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assistant import clock

Rating = Literal["up", "down"]
RATINGS: tuple[Rating, ...] = ("up", "down")


def moment(time_ms: int) -> datetime:
    """The moment, to the millisecond."""
    return clock.at(time_ms / 1000)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One answer as it is kept: no text of the answer, no raw user id, numbers masked."""

    time_ms: int
    answer_id: str
    question: str
    rewritten: str
    status: str
    clause_ids: tuple[str, ...]
    document_ids: tuple[str, ...]
    channel: str
    user_hash: str
    milliseconds: int
    model: str
    llm_worded: bool
    refusal_reason: str

    @property
    def time(self) -> datetime:
        """When it was answered, in China."""
        return moment(self.time_ms)


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One rating as it is kept; ``entry_key`` tells a repeated write from a second rating."""

    time_ms: int
    entry_key: str
    answer_id: str
    user_hash: str
    channel: str
    rating: str
    reason: str
    correction: str
    question: str
    answer_text: str


Record = AuditRecord | FeedbackRecord


@dataclass(frozen=True, slots=True)
class FeedbackEntry:
    """One rating in the inbox, with the question and the clauses of the answer it is about.

    ``replaced`` says that the same user rated the same answer again later.
    """

    id: int
    time: datetime
    answer_id: str
    rating: str
    reason: str
    correction: str
    channel: str
    user_hash: str
    question: str
    answer_text: str
    clause_ids: tuple[str, ...]
    handled_at: datetime | None = None
    note: str = ""
    replaced: bool = False

    @property
    def handled(self) -> bool:
        """Whether someone has dealt with it."""
        return self.handled_at is not None


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """How many ratings stand, of each kind, and how many wait to be dealt with."""

    up: int
    down: int
    waiting: int


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """Whether rows are being saved; ``pending`` wait in memory, ``lost`` never will be saved."""

    ok: bool
    pending: int
    lost: int
    message: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the database holds; ``oldest`` is the first answer or rating, ``size`` is in bytes."""

    answers: int
    ratings: int
    oldest: datetime | None
    size: int
