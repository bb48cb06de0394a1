"""Documents and entries survive the way to JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import Document
from assistant.reading import industries
from assistant.reading.corpus import read_document
from assistant.reading.files import document_files
from assistant.reading.records import document_from, document_record, industry_from
from tests.laws import SEED, parsed, texts


def and_back(document: Document) -> Document:
    return document_from(json.loads(json.dumps(document_record(document), ensure_ascii=False)))


@pytest.mark.parametrize("path", document_files(SEED.parent), ids=lambda p: str(p.name))
def test_every_document_of_the_corpus_comes_back_equal(path: Path) -> None:
    document = read_document(path)
    assert document.clauses
    assert and_back(document) == document


@settings(max_examples=100, deadline=None)
@given(texts, st.none() | st.dates())
def test_any_document_comes_back_equal(text: str, day: date | None) -> None:
    document = replace(parsed(text), issued_on=day)
    back = and_back(document)
    assert back == document
    assert [type(c.kind) for c in back.clauses] == [type(c.kind) for c in document.clauses]
    assert hash(back.clauses) == hash(document.clauses)


def test_a_record_is_plain_and_reads_well() -> None:
    record = document_record(read_document(SEED))
    assert record["issued_on"] == "2022-04-20"
    assert record["kind"] == "official"
    assert json.loads(json.dumps(record))["clauses"][0]["char_range"] == [1, 36]


def test_entries_come_back_equal() -> None:
    entries = industries.find(read_document(SEED))
    assert len(entries) > 20
    records = json.loads(json.dumps([asdict(entry) for entry in entries]))
    assert tuple(industry_from(record) for record in records) == entries


@pytest.mark.parametrize(
    ("key", "value"),
    [("kind", "law"), ("issued_on", "yesterday"), ("clauses", [{"id": "x"}]), ("clauses", 1)],
)
def test_a_foreign_record_is_refused(key: str, value: object) -> None:
    record = document_record(read_document(SEED)) | {key: value}
    with pytest.raises((KeyError, ValueError, TypeError)):
        document_from(record)


@pytest.mark.parametrize("key", ["id", "text", "sha256", "kind", "issued_on", "clauses"])
def test_a_torn_record_is_refused(key: str) -> None:
    record = document_record(read_document(SEED))
    del record[key]
    with pytest.raises(KeyError):
        document_from(record)
