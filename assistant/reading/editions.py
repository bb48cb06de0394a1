"""Files that give the same document: copies are kept once, editions all, each with its own id.

The newest edition keeps the plain id, so that a link to it leads to the text that holds now.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.model import Document

_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"(\d+)")
Named = tuple[str, Document]  # the file's name, its document


@dataclass(frozen=True, slots=True)
class Editions:
    """``documents`` by file, ids all different; ``copies`` maps a file to the one it repeats."""

    documents: dict[str, Document]
    copies: dict[str, str]
    notices: tuple[str, ...]


def settle(read: Iterable[Named]) -> Editions:
    """The documents of the files, in their order, none twice and no id twice."""
    groups: dict[str, list[Named]] = defaultdict(list)
    order = list(read)
    for name, document in order:
        groups[document.id].append((name, document))
    taken, notices = set(groups), list[str]()
    copies: dict[str, str] = {}
    settled: dict[str, Document] = {}
    for group in groups.values():
        kept = _without_copies(group, copies)
        by_age = sorted(kept, key=_age)
        settled.update([by_age[-1]])
        for name, document in by_age[:-1]:
            own = _own_id(document, taken)
            taken.add(own)
            settled[name] = with_id(document, own)
        notices += _notices(by_age)
    found = {name: settled[name] for name, _ in order if name in settled}
    return Editions(found, copies, tuple(notices))


def with_id(document: Document, new: str) -> Document:
    """The same document under another id, its clauses with it."""
    if new == document.id:
        return document
    old = f"{document.id}:"

    def moved(clause_id: str) -> str:
        return f"{new}:{clause_id[len(old) :]}" if clause_id.startswith(old) else clause_id

    clauses = tuple(
        replace(
            clause,
            id=moved(clause.id),
            document_id=new,
            parent_id=moved(clause.parent_id),
            responsibility=replace(
                clause.responsibility, note_clause_id=moved(clause.responsibility.note_clause_id)
            ),
        )
        for clause in document.clauses
    )
    anomalies = tuple(replace(a, clause_id=moved(a.clause_id)) for a in document.anomalies)
    return replace(document, id=new, clauses=clauses, anomalies=anomalies)


def _without_copies(group: Sequence[Named], copies: dict[str, str]) -> list[Named]:
    """The files of a group that differ in more than white space; a copy is noted."""
    first: dict[str, str] = {}
    kept: list[Named] = []
    for name, document in group:
        words = _SPACE.sub("", document.text)
        if words in first:
            copies[name] = first[words]
        else:
            first[words] = name
            kept.append((name, document))
    return kept


def _age(named: Named) -> tuple[object, ...]:
    """Older first: by date of issue, of publication, then by name, its numbers by value."""
    name, document = named
    parts = _DIGITS.split(name)
    numbered = tuple((int(p), "") if p.isdecimal() else (-1, p) for p in parts)
    return (*_dates(document), numbered)


def _dates(document: Document) -> tuple[date, date]:
    return (document.issued_on or date.min, document.published_on or date.min)


def _own_id(document: Document, taken: set[str]) -> str:
    """The id with the day of issue, or with the beginning of the text's hash."""
    if document.issued_on:
        dated = f"{document.id}-v{document.issued_on:%Y%m%d}"
        if dated not in taken:
            return dated
    length = 8
    while (own := f"{document.id}-{document.sha256[:length]}") in taken and length < 64:
        length += 8
    return own


def _notices(by_age: Sequence[Named]) -> list[str]:
    newest_name, newest = by_age[-1]
    found = []
    for name, document in by_age[:-1]:
        pair = f"“{name}”与“{newest_name}”"
        if document.title != newest.title:
            found.append(f"文件{pair}编号相同而标题不同，都已收录，请核对文号。")
        elif _dates(document) == _dates(newest):
            found.append(
                f"文件{pair}是《{newest.title}》的两个版本，没有日期可分先后，按文件名以后者为新，"
                "请在同名 .yaml 文件中写明 date。"
            )
        else:
            found.append(f"文件{pair}是《{newest.title}》的两个版本，都已收录，以后者为新。")
    return found
