"""The tables of the ledger, for SQLite and PostgreSQL alike; importing it loads SQLAlchemy."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    TextClause,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

SCHEMA_VERSION = 1
DIALECTS = ("sqlite", "postgresql")

metadata = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only


def _id() -> Column[int]:
    return Column("id", _Serial, primary_key=True, autoincrement=True)


def _text(name: str, *, unique: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, unique=unique)


def _time() -> Column[int]:
    return Column("time_ms", BigInteger, nullable=False)


schema = Table(
    "ledger_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)
audit = Table(
    "ledger_audit",
    metadata,
    _id(),
    _time(),
    _text("answer_id", unique=True),
    _text("question"),
    _text("rewritten"),
    _text("status"),
    Column("clause_ids", JSON, nullable=False),
    Column("document_ids", JSON, nullable=False),
    _text("channel"),
    _text("user_hash"),
    Column("milliseconds", Integer, nullable=False),
    _text("model"),
    Column("llm_worded", Boolean, nullable=False),
    _text("refusal_reason"),
    Index("ledger_audit_time", "time_ms"),
    sqlite_autoincrement=True,  # an id that was purged is never given again
)
feedback = Table(
    "ledger_feedback",
    metadata,
    _id(),
    _time(),
    _text("entry_key", unique=True),
    _text("answer_id"),
    _text("user_hash"),
    _text("channel"),
    _text("rating"),
    _text("reason"),
    _text("correction"),
    _text("question"),
    _text("answer_text"),
    Index("ledger_feedback_time", "time_ms"),
    Index("ledger_feedback_answer", "answer_id", "user_hash"),
    sqlite_autoincrement=True,
)
handling = Table(
    "ledger_handling",
    metadata,
    _id(),
    _time(),
    Column("feedback_id", _Serial, nullable=False, index=True),
    _text("note"),
    sqlite_autoincrement=True,
)


def size_query(dialect: str) -> TextClause:
    """Asks how many bytes the tables take, with their indexes; as ``size``."""
    if dialect == "sqlite":
        return text(
            "SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()"
        )
    sizes = " + ".join(f"pg_total_relation_size('{t.name}')" for t in metadata.sorted_tables)
    return text(f"SELECT {sizes} AS size")


def insert_new(dialect: str, table: Table) -> Insert:
    """An insert that passes over the rows that are there already, by their unique columns."""
    made: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    insert: Insert = made[dialect](table).on_conflict_do_nothing()
    return insert
