"""Ledger: the audit log (问答记录) and the feedback (反馈). One object, shared by threads."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from assistant.answer import Answer
from assistant.clock import CHINA
from assistant.errors import LedgerError, LedgerInputError, LedgerUnavailable
from assistant.ledger.entries import (
    RATINGS,
    AuditRecord,
    FeedbackCounts,
    FeedbackEntry,
    FeedbackRecord,
    Holdings,
    LedgerHealth,
    Rating,
)
from assistant.ledger.exporting import FORMS, KINDS, Form, Kind, written
from assistant.ledger.masking import masked
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.ledger.writer import Writer
from assistant.settings import Settings
from assistant.text import clean

if TYPE_CHECKING:  # SQLAlchemy is loaded when a ledger is opened
    from assistant.ledger.store import Store

log = logging.getLogger(__name__)
Listener = Callable[[Answer, str], None]

SHORTEST_RETENTION_DAYS = 183  # 网络安全法: logs are kept for six months at least
MOST_REASON_CHARS = 100
MOST_CORRECTION_CHARS = 2000
MOST_NOTE_CHARS = 1000
_MOST_TEXT_CHARS = 4000  # what is kept of a question or of an answer
_MOST_NAME_CHARS = 200  # of an id, a channel, a model
_MOST_MILLISECONDS = 2**31 - 1
_PAGE_ROWS = 1000
_READ_SECONDS = 2.0  # how long a reader waits for rows that are still on their way
_CLOSE_SECONDS = 5.0
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_AHEAD_MS = round(CHINA.utcoffset(None).total_seconds() * 1000)  # a day begins so much earlier


class Ledger:
    """Writes go through one queue and never wait for the database; reads do, and may raise.

    Several ledgers, of several processes, may share one database.
    """

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        writer: Writer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._pseudonyms, self._writer = store, pseudonyms, writer
        self._clock = clock
        self._listeners: list[Listener] = []

    @classmethod
    def open(cls, settings: Settings) -> Ledger:
        """The ledger of the settings; its folder, key and tables are made when there are none.

        A database that cannot be reached just now is tried again later: see ``health``.

        Raises:
            LedgerError: the address, the key or the tables are not ours or cannot be used.
        """
        from assistant.ledger.engines import open_engine
        from assistant.ledger.store import Store

        pseudonyms = Pseudonyms.open(settings.state_dir)
        store = Store(open_engine(settings.ledger_url, settings.state_dir))
        fault = ""
        try:
            store.prepare()
        except LedgerUnavailable as error:
            fault = str(error)
        except LedgerError:
            store.close()
            raise
        return cls(store, pseudonyms, Writer(store.save, fault=fault))

    def listen(self, listener: Listener) -> None:
        """Call the listener with each answer that is recorded from now on, and its channel."""
        self._listeners.append(listener)

    def record(
        self, answer: Answer, *, channel: str, user: str = "", milliseconds: float | None = None
    ) -> None:
        """Keep what was asked and how it ended; the same answer twice is one row.

        Returns at once and never raises for the database. ``milliseconds`` is what the user
        waited, by default what the answer says of itself.
        """
        for listener in self._listeners:
            listener(answer, channel)
        took = answer.usage.get("milliseconds", 0) if milliseconds is None else milliseconds
        refusal = answer.refusal.reason if answer.refusal else ""
        self._writer.put(
            AuditRecord(
                time_ms=answer.created * 1000,
                answer_id=_name(answer.id),
                question=masked(answer.question.text, _MOST_TEXT_CHARS),
                rewritten=masked(answer.question.rewritten or "", _MOST_TEXT_CHARS),
                status=answer.status.value,
                clause_ids=tuple(dict.fromkeys(c.clause.id for c in answer.citations)),
                document_ids=tuple(dict.fromkeys(c.document.id for c in answer.citations)),
                channel=_name(channel),
                user_hash=self._pseudonyms.of(user),
                milliseconds=max(0, min(_MOST_MILLISECONDS, round(took))),
                model=_name(answer.model.get("name", "")),
                llm_worded=answer.aigc.generated,
                refusal_reason=masked(refusal, _MOST_TEXT_CHARS),
            )
        )

    def feedback(  # noqa: PLR0913 - one argument for each thing a user says
        self,
        answer_id: str,
        *,
        rating: Rating,
        reason: str = "",
        correction: str = "",
        channel: str,
        user: str = "",
        question: str = "",
        answer_text: str = "",
    ) -> None:
        """Keep what a user says of an answer, known to the audit or not.

        Every rating is a row that is never changed; of several by one user on one answer the last
        one stands, and the inbox shows only that.

        Raises:
            LedgerInputError: the rating is neither up nor down, or a text is too long.
        """
        if rating not in RATINGS:
            raise LedgerInputError("评价只能是 up（有用）或 down（没用）。")
        _check_length("回答编号", answer_id, _MOST_NAME_CHARS)
        _check_length("反馈的原因", reason, MOST_REASON_CHARS)
        _check_length("更正意见", correction, MOST_CORRECTION_CHARS)
        self._writer.put(
            FeedbackRecord(
                time_ms=self._now(),
                entry_key=uuid.uuid4().hex,
                answer_id=_name(answer_id),
                user_hash=self._pseudonyms.of(user),
                channel=_name(channel),
                rating=rating,
                reason=masked(reason, MOST_REASON_CHARS),
                correction=masked(correction, MOST_CORRECTION_CHARS),
                question=masked(question, _MOST_TEXT_CHARS),
                answer_text=masked(answer_text, _MOST_TEXT_CHARS),
            )
        )

    def feedback_list(
        self, *, handled: bool | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[FeedbackEntry, ...]:
        """The ratings that stand, newest first; all, or only those (not) dealt with.

        Raises:
            LedgerError: the database cannot be read.
        """
        self.flush(_READ_SECONDS)
        return self._store.feedback_entries(handled=handled, limit=limit, offset=offset)

    def feedback_counts(self) -> FeedbackCounts:
        """How many ratings stand, and how many wait. Raises LedgerError as ``feedback_list``."""
        self.flush(_READ_SECONDS)
        return self._store.feedback_counts()

    def mark_handled(self, feedback_id: int, note: str = "") -> bool:
        """Note that a rating was dealt with; the last note stands. False: there is no such rating.

        Raises:
            LedgerError: the note is too long, or the database cannot be written.
        """
        _check_length("处理说明", note, MOST_NOTE_CHARS)
        return self._store.mark_handled(feedback_id, masked(note, MOST_NOTE_CHARS), self._now())

    def export(
        self, kind: Kind, form: Form, *, since: date | None = None, until: date | None = None
    ) -> Iterator[str]:
        """The rows of some days (of China, both included), oldest first, in pieces of text.

        Raises:
            LedgerError: at once for an unknown kind or form; while reading, for the database.
        """
        if kind not in KINDS or form not in FORMS:
            raise LedgerInputError("导出的内容只能是 audit 或 feedback，格式只能是 csv 或 jsonl。")
        self.flush(_READ_SECONDS)
        return written(self._pages(kind, since, until), kind, form)

    def count(self, kind: Kind, *, since: date | None = None, until: date | None = None) -> int:
        """How many rows ``export`` would write. Raises LedgerError as ``feedback_list``."""
        self.flush(_READ_SECONDS)
        return self._store.count(kind, *_times(since, until))

    def holdings(self) -> Holdings:
        """What the database holds. Raises LedgerError as ``feedback_list``."""
        self.flush(_READ_SECONDS)
        return self._store.holdings()

    def try_writing(self) -> None:
        """See that rows can be written, without leaving one.

        Raises:
            LedgerError: the database cannot be written.
        """
        self._store.try_writing()

    def purge(self, days: int, now: datetime) -> int:
        """Delete answers and ratings older than ``days``; how many answers there were.

        Raises:
            LedgerError: fewer days than the law allows, or the database cannot be written.
        """
        if days < SHORTEST_RETENTION_DAYS:
            raise LedgerInputError(
                f"问答记录至少保存{SHORTEST_RETENTION_DAYS}天，不能清理{days}天前的记录，请改大天数。"
            )
        self.flush(_READ_SECONDS)
        return self._store.purge(round(now.timestamp() * 1000) - days * _DAY_MS)

    def health(self) -> LedgerHealth:
        """Whether rows are being saved; asks memory only."""
        return self._writer.health()

    def flush(self, timeout: float) -> bool:
        """Whether all rows taken before are saved, waiting at most ``timeout`` seconds."""
        return self._writer.flush(timeout)

    def close(self) -> None:
        """Save what is left, for some seconds at most, and let go of the database."""
        self._writer.close(_CLOSE_SECONDS)
        self._store.close()

    def _pages(
        self, kind: Kind, since: date | None, until: date | None
    ) -> Iterator[list[AuditRecord | FeedbackEntry]]:
        start, end = _times(since, until)
        read: Callable[..., Sequence[tuple[int, AuditRecord | FeedbackEntry]]]
        read = self._store.audit_page if kind == "audit" else self._store.feedback_page
        after = 0
        while page := read(after, _PAGE_ROWS, start, end):
            after = page[-1][0]
            yield [row for _, row in page]

    def _now(self) -> int:
        return round(self._clock() * 1000)


def _times(since: date | None, until: date | None) -> tuple[int, int]:
    """Days of China, both included, as milliseconds since 1970: first <= time < second."""
    start = (since.toordinal() - _EPOCH) * _DAY_MS - _AHEAD_MS if since else 0
    return start, ((until or date.max).toordinal() - _EPOCH + 1) * _DAY_MS - _AHEAD_MS


def _name(text: str) -> str:
    """An id or a name: not masked, or a row of digits in it would be taken for a number."""
    return clean(text)[:_MOST_NAME_CHARS]


def _check_length(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise LedgerInputError(f"{what}有{len(text)}个字，超过上限{most}个字，请缩短后再提交。")
