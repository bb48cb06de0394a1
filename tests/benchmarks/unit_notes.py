"""Units against hand-read notes: micro F1 over the clauses of the annotated files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import UnreadableFile
from assistant.model import ClauseKind, Document
from assistant.reading import responsibility, structure
from assistant.reading.corpus import read_document
from assistant.reading.source import Source
from tests.benchmarks.articles import plain
from tests.benchmarks.reporting import ROOT

Row = dict[str, Any]
Named = set[tuple[str, str]]  # unit, role
SEED = ROOT / "corpus" / "zibo-2022-40.txt"


def documents(rows: Sequence[Row], shared: Path) -> Iterator[tuple[str, str, Document]]:
    """Every annotated file with the text that the notes count in; absent ones are left out.

    A name is ``seed``, a path under ``shared``, or ``<JSON Lines path>#<docid>``.
    """
    pages: dict[str, dict[str, Row]] = {}
    for name in dict.fromkeys(row["file"] for row in rows):
        file, _, page = name.partition("#")
        path = SEED if file == "seed" else shared / file
        if not path.is_file():
            continue
        if not page:
            text = path.read_text(encoding="utf-8-sig")
            yield name, text, read_one(path, text)
            continue
        if file not in pages:
            with path.open(encoding="utf-8") as lines:
                pages[file] = {row["docid"]: row for row in map(json.loads, lines)}
        row = pages[file][page]
        yield name, row["text"], titled(row["text"], row["title"])


def read_one(path: Path, text: str) -> Document:
    """A file as the project reads it; an excerpt without a title is named after the file."""
    try:
        return read_document(path)
    except UnreadableFile:
        return titled(text, path.stem)


def titled(text: str, title: str) -> Document:
    """A text that is no file, under a given title, with the units of its clauses."""
    return responsibility.assign(structure.parse(Source(text, "0" * 64), {"title": title}))


def offset(text: str, line: int, at: int, document: Document) -> int:
    """Where a place in the annotated text (line from 1, character from 0) stands in the document's.

    The two may differ in white space.
    """
    lines = text.split("\n")
    seen = len(plain("".join(lines[: line - 1]) + lines[line - 1][:at]))
    visible = [place for place, char in enumerate(document.text) if not char.isspace()]
    return visible[seen]


def wanted(rows: Sequence[Row], text: str, document: Document) -> dict[str, Named]:
    """The units of each annotated clause; a note belongs to the clause that it stands in or under.

    A note that stands in no clause is kept under its place.
    """
    found: defaultdict[str, Named] = defaultdict(set)
    for row in rows:
        place = offset(text, row["line"], row["at"], document)
        try:
            clause = document.holder((place, place + 1))
            key = clause.parent_id if clause.kind is ClauseKind.NOTE else clause.id
        except StopIteration:
            key = f"{row['line']}:{row['at']}"
        found[key].update((unit, role) for unit, role in row["units"])
    return dict(found)


def stated(document: Document) -> dict[str, Named]:
    """The units that the project reads in each clause's own note, not what it inherits."""
    found: dict[str, Named] = {}
    for clause in document.clauses:
        part = clause.responsibility
        if part.note_range is None or part.note_clause_id != clause.id:
            continue
        note = plain(document.text[slice(*part.note_range)])
        found[clause.id] = {(a.unit, str(a.role)) for a in part.assignments if a.unit in note}
    return found


def compared(gold: Mapping[str, Named], found: Mapping[str, Named]) -> dict[str, int]:
    """Right, wanted and found pairs, and the same of units whatever their role."""
    result = dict.fromkeys(("units_right", "units_wanted", "units_found"), 0)
    result |= dict.fromkeys(("roles_right", "roles_wanted", "roles_found"), 0)
    for key in {*gold, *found}:
        sides = gold.get(key, set()), found.get(key, set())
        for name, (want, got) in (
            ("roles", sides),
            ("units", tuple({(unit, "") for unit, _ in side} for side in sides)),
        ):
            result[f"{name}_right"] += len(want & got)
            result[f"{name}_wanted"] += len(want)
            result[f"{name}_found"] += len(got)
    return result


def f1(right: int, wanted: int, found: int) -> float:
    """The harmonic mean of precision and recall; 1 where nothing is wanted or found."""
    return 2 * right / (wanted + found) if wanted + found else 1.0


def differences(name: str, gold: Mapping[str, Named], found: Mapping[str, Named]) -> list[Row]:
    """The clauses of one file whose units or roles differ."""
    return [
        {
            "file": name,
            "clause": key,
            "missing": sorted(gold.get(key, set()) - found.get(key, set())),
            "extra": sorted(found.get(key, set()) - gold.get(key, set())),
        }
        for key in sorted({*gold, *found})
        if gold.get(key, set()) != found.get(key, set())
    ]


def measure(rows: Sequence[Row], shared: Path) -> dict[str, Any]:
    """F1, its counts and the differing clauses."""
    total: dict[str, int] = {}
    missed: list[Row] = []
    files = 0
    for name, text, document in documents(rows, shared):
        files += 1
        gold = wanted([row for row in rows if row["file"] == name], text, document)
        found = stated(document)
        for key, count in compared(gold, found).items():
            total[key] = total.get(key, 0) + count
        missed += differences(name, gold, found)
    absent = len({row["file"] for row in rows}) - files
    scores = {
        f"{n}_f1": round(f1(*(total.get(f"{n}_{k}", 0) for k in ("right", "wanted", "found"))), 4)
        for n in ("units", "roles")
    }
    return {"notes": len(rows), "files": files, "absent": absent, **scores, **total, "miss": missed}
