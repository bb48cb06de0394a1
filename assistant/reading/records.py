"""Documents and industry entries ↔ plain JSON values, for the index on disk and for the CLI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from assistant.model import (
    Assignment,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    IndustryEntry,
    Responsibility,
    Role,
)


def document_record(document: Document) -> dict[str, Any]:
    """Plain values of a document; ranges become lists in JSON."""
    record = asdict(document)
    record["issued_on"] = document.issued_on.isoformat() if document.issued_on else None
    return record


def document_from(record: Mapping[str, Any]) -> Document:
    """The document of a record.

    Raises:
        KeyError, ValueError, TypeError: the record is not one that this version wrote.
    """
    issued = record["issued_on"]
    return Document(
        **{k: record[k] for k in _PLAIN},
        issued_on=date.fromisoformat(issued) if issued else None,
        kind=DocumentKind(record["kind"]),
        clauses=tuple(_clause(c) for c in record["clauses"]),
    )


_PLAIN = (
    "id", "title", "doc_number", "issuer", "recipients", "remark", "source", "sha256", "text",
)  # fmt: skip


def _clause(record: Mapping[str, Any]) -> Clause:
    values = dict(record)
    values["kind"] = ClauseKind(record["kind"])
    values["path"] = tuple(record["path"])
    values["char_range"] = _range(record["char_range"])
    values["body_range"] = _range(record["body_range"])
    values["responsibility"] = _responsibility(record["responsibility"])
    return Clause(**values)


def _responsibility(record: Mapping[str, Any]) -> Responsibility:
    note = record["note_range"]
    return Responsibility(
        assignments=tuple(
            Assignment(a["unit"], Role(a["role"]), a["basis"]) for a in record["assignments"]
        ),
        note_range=_range(note) if note else None,
        note_clause_id=record["note_clause_id"],
        others=record["others"],
        remarks=tuple(record["remarks"]),
    )


def industry_from(record: Mapping[str, Any]) -> IndustryEntry:
    """The industry entry of a record."""
    return IndustryEntry(
        record["industry"],
        tuple(record["areas"]),
        record["clause_id"],
        _range(record["char_range"]),
    )


def _range(pair: Any) -> tuple[int, int]:
    start, end = pair
    return int(start), int(end)
