"""Documents and industry entries ↔ plain JSON values, for the index on disk and for the CLI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from assistant.model import (
    Anomaly,
    AnomalyKind,
    Assignment,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    IndustryEntry,
    Responsibility,
    Role,
)
from assistant.validity import Link, LinkKind, Validity


def document_record(document: Document) -> dict[str, Any]:
    """Plain values of a document; ranges become lists in JSON."""
    return {key: _days(value) for key, value in asdict(document).items()}


def _days(value: Any) -> Any:
    """The same values with every day written as 2022-04-20."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _days(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_days(inner) for inner in value]
    return value


def document_from(record: Mapping[str, Any]) -> Document:
    """The document of a record.

    Raises:
        KeyError, ValueError, TypeError: the record is not one that this version wrote.
    """
    return Document(
        **{k: record[k] for k in _PLAIN},
        issued_on=_day(record["issued_on"]),
        published_on=_day(record["published_on"]),
        kind=DocumentKind(record["kind"]),
        clauses=tuple(_clause(c) for c in record["clauses"]),
        keywords=tuple(record["keywords"]),
        validity=_validity(record["validity"]),
        links=tuple(_link(v) for v in record["links"]),
        anomalies=tuple(_anomaly(a) for a in record["anomalies"]),
    )


_PLAIN = (
    "id", "title", "doc_number", "issuer", "recipients", "remark", "source", "sha256", "text",
)  # fmt: skip


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _validity(record: Mapping[str, Any]) -> Validity:
    return Validity(
        _day(record["start"]),
        _day(record["end"]),
        record["trial"],
        record["basis"],
        tuple(_range(r) for r in record["ranges"]),
        record["condition"],
        record["lapsed"],
    )


def _link(record: Mapping[str, Any]) -> Link:
    return Link(
        LinkKind(record["kind"]),
        record["title"],
        record["doc_number"],
        _range(record["char_range"]),
        _day(record["from_day"]),
    )


def _anomaly(record: Mapping[str, Any]) -> Anomaly:
    return Anomaly(
        AnomalyKind(record["kind"]),
        record["message"],
        _range(record["char_range"]),
        record["clause_id"],
    )


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
            Assignment(a["unit"], Role(a["role"]), a["basis"], a["canonical"], a["level"])
            for a in record["assignments"]
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
