"""The ledger's database: what is written and read, in SQLAlchemy Core. Blocks; knows no threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    RowMapping,
    Select,
    Table,
    and_,
    delete,
    func,
    inspect,
    select,
)

from assistant.errors import LedgerError
from assistant.ledger import tables
from assistant.ledger.engines import FOREIGN, database_faults
from assistant.ledger.entries import (
    AuditRecord,
    FeedbackCounts,
    FeedbackEntry,
    FeedbackRecord,
    Holdings,
    Record,
    moment,
)
from assistant.ledger.tables import audit, feedback, handling, schema

_PURGED_AT_ONCE = 1000  # so that no other writer waits long
_MAKING = 0x1ED6E2  # the PostgreSQL lock of whoever makes the tables
_AUDIT_FIELDS = tuple(f.name for f in fields(AuditRecord))


class Store:
    """Reads and writes rows; every method raises LedgerUnavailable when the database fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._prepared = False

    def prepare(self) -> None:
        """Make the tables where there are none; check once that they are ours.

        Raises:
            LedgerError: the tables are of another version, or of another program.
        """
        if self._prepared:
            return
        with database_faults(), self._engine.begin() as connection:
            _make_tables(connection)
        self._prepared = True

    def save(self, records: Sequence[Record]) -> None:
        """Write all rows or none; those that are there already are passed over."""
        self.prepare()
        with database_faults(), self._engine.begin() as connection:
            for table, kind in ((audit, AuditRecord), (feedback, FeedbackRecord)):
                rows = [_row(record) for record in records if isinstance(record, kind)]
                if rows:
                    connection.execute(tables.insert_new(self._engine.dialect.name, table), rows)

    def feedback_entries(
        self, *, handled: bool | None, limit: int, offset: int
    ) -> tuple[FeedbackEntry, ...]:
        """The ratings that stand, newest first."""
        query = _feedback_query().where(~_replaced())
        if handled is not None:
            query = query.where(handling.c.id.is_not(None) == handled)
        query = query.order_by(feedback.c.id.desc()).limit(max(0, limit)).offset(max(0, offset))
        return tuple(_entry(row) for row in self._rows(query))

    def feedback_counts(self) -> FeedbackCounts:
        """The ratings that stand, counted."""
        standing = _feedback_query().where(~_replaced()).subquery()
        query = select(
            func.count().filter(standing.c.rating == "up").label("up"),
            func.count().filter(standing.c.rating == "down").label("down"),
            func.count().filter(standing.c.handled_ms.is_(None)).label("waiting"),
        ).select_from(standing)
        return FeedbackCounts(**self._rows(query)[0])

    def mark_handled(self, feedback_id: int, note: str, time_ms: int) -> bool:
        """Note that the rating was dealt with; False when there is none of this id."""
        self.prepare()
        known = select(feedback.c.id).where(feedback.c.id == feedback_id)
        row = {"feedback_id": feedback_id, "note": note, "time_ms": time_ms}
        with database_faults(), self._engine.begin() as connection:
            if connection.scalar(known) is None:
                return False
            connection.execute(handling.insert(), row)
        return True

    def audit_page(
        self, after: int, limit: int, since_ms: int, until_ms: int
    ) -> list[tuple[int, AuditRecord]]:
        """The next rows by id, of the times since <= time < until; each with its id."""
        query = _paged(select(audit), audit, after, limit, since_ms, until_ms)
        return [(row["id"], _audit_record(row)) for row in self._rows(query)]

    def feedback_page(
        self, after: int, limit: int, since_ms: int, until_ms: int
    ) -> list[tuple[int, FeedbackEntry]]:
        """The next ratings by id, those that were replaced too; each with its id."""
        query = _paged(_feedback_query(), feedback, after, limit, since_ms, until_ms)
        return [(row["id"], _entry(row)) for row in self._rows(query)]

    def holdings(self) -> Holdings:
        """How many rows there are, since when, and how much room they take."""
        answers, ratings = (
            self._rows(
                select(func.count().label("n"), func.min(t.c.time_ms).label("first")).select_from(t)
            )[0]
            for t in (audit, feedback)
        )
        first = min((r["first"] for r in (answers, ratings) if r["n"]), default=None)
        size = tables.size_query(self._engine.dialect.name)
        return Holdings(
            answers["n"],
            ratings["n"],
            None if first is None else moment(first),
            self._rows(size)[0]["size"],
        )

    def count(self, kind: str, since_ms: int, until_ms: int) -> int:
        """How many rows of a kind there are of the times since <= time < until."""
        table = audit if kind == "audit" else feedback
        times = and_(table.c.time_ms >= since_ms, table.c.time_ms < until_ms)
        found: int = self._rows(select(func.count().label("n")).where(times))[0]["n"]
        return found

    def try_writing(self) -> None:
        """Write a row and take it back."""
        self.prepare()
        row = {"feedback_id": 0, "note": "", "time_ms": 0}
        with database_faults(), self._engine.connect() as connection:
            connection.execute(handling.insert(), row)
            connection.rollback()

    def purge(self, before_ms: int) -> int:
        """Delete what is older, some rows at a time; how many answers there were."""
        self.prepare()
        about = select(feedback.c.id).where(feedback.c.time_ms < before_ms)
        with database_faults(), self._engine.begin() as connection:
            connection.execute(delete(handling).where(handling.c.feedback_id.in_(about)))
        self._purge(feedback, before_ms)
        return self._purge(audit, before_ms)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _purge(self, table: Table, before_ms: int) -> int:
        some = select(table.c.id).where(table.c.time_ms < before_ms).limit(_PURGED_AT_ONCE)
        total = 0
        while True:
            with database_faults(), self._engine.begin() as connection:
                gone = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
            total += gone
            if gone < _PURGED_AT_ONCE:
                return total

    def _rows(self, query: Executable) -> Sequence[RowMapping]:
        self.prepare()
        with database_faults(), self._engine.connect() as connection:
            return connection.execute(query).mappings().all()


def _make_tables(connection: Connection) -> None:
    """Make them unless they are there; other processes may be doing the same."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    there = [
        table
        for table in tables.metadata.sorted_tables
        if inspect(connection).has_table(table.name)
    ]
    if not there:
        tables.metadata.create_all(connection)
        connection.execute(schema.insert(), {"version": tables.SCHEMA_VERSION})
    elif schema not in there:
        raise LedgerError(FOREIGN)
    version = connection.scalar(select(func.max(schema.c.version)))
    if version != tables.SCHEMA_VERSION:
        raise LedgerError(_of_another_version(version))


def _of_another_version(version: int | None) -> str:
    if version is None or version < tables.SCHEMA_VERSION:
        return FOREIGN
    return (
        f"问答记录的数据库是更新的版本（{version}，本程序为{tables.SCHEMA_VERSION}），"
        "请升级本程序，或换一个数据库（设置 LEDGER_URL）。"
    )


def _row(record: Record) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _paged(
    query: Select[Any], table: Table, after: int, limit: int, since_ms: int, until_ms: int
) -> Select[Any]:
    times = and_(table.c.time_ms >= since_ms, table.c.time_ms < until_ms)
    return query.where(table.c.id > after, times).order_by(table.c.id).limit(limit)


def _replaced() -> Any:
    """Whether the same user rated the same answer again later."""
    later = feedback.alias("later")
    return (
        select(later.c.id)
        .where(
            later.c.answer_id == feedback.c.answer_id,
            later.c.user_hash == feedback.c.user_hash,
            later.c.id > feedback.c.id,
        )
        .correlate(feedback)
        .exists()
    )


def _feedback_query() -> Select[Any]:
    """Each rating with the answer it is about and the last word on how it was handled."""
    last = (
        select(func.max(handling.c.id))
        .where(handling.c.feedback_id == feedback.c.id)
        .correlate(feedback)
        .scalar_subquery()
    )
    return (
        select(
            feedback,
            audit.c.question.label("asked"),
            audit.c.clause_ids,
            handling.c.time_ms.label("handled_ms"),
            handling.c.note,
            _replaced().label("replaced"),
        )
        .outerjoin(audit, audit.c.answer_id == feedback.c.answer_id)
        .outerjoin(handling, handling.c.id == last)
    )


def _entry(row: RowMapping) -> FeedbackEntry:
    handled_ms = row["handled_ms"]
    return FeedbackEntry(
        id=row["id"],
        time=moment(row["time_ms"]),
        answer_id=row["answer_id"],
        rating=row["rating"],
        reason=row["reason"],
        correction=row["correction"],
        channel=row["channel"],
        user_hash=row["user_hash"],
        question=row["asked"] or row["question"],
        answer_text=row["answer_text"],
        clause_ids=tuple(row["clause_ids"] or ()),
        handled_at=None if handled_ms is None else moment(handled_ms),
        note=row["note"] or "",
        replaced=bool(row["replaced"]),
    )


def _audit_record(row: RowMapping) -> AuditRecord:
    kept = {name: row[name] for name in _AUDIT_FIELDS}
    return AuditRecord(
        **kept | {name: tuple(kept[name]) for name in ("clause_ids", "document_ids")}
    )
