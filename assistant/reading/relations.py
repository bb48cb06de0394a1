"""How documents stand to each other: repealed, changed or replaced by another one, at a date.

An explicit repeal beats dates. Versions of one text are both kept; the newer supersedes the older
from its own first day.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from assistant.model import Document, DocumentKind, reference
from assistant.reading.doc_numbers import comparable
from assistant.reading.mentions import names, same_number, title_key
from assistant.text import chinese_date
from assistant.validity import NOT_IN_FORCE, DocumentStatus, Link, LinkKind, Standing

_ONE_OFF = re.compile(r"(?:批复|函|通报|通告|公告|报告|答复|令|公报|请示|讲话)$")
_SHORTEST_NAME = 8


class Relations:
    """Who says what of whom among the documents of one index; built once, asked for any day."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        self._by_number: dict[str, list[Document]] = defaultdict(list)
        self._by_name: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            for number in document.doc_number.split("、"):
                if number:
                    self._by_number[comparable(number)].append(document)
            for name in names(document.title):
                self._by_name[name].append(document)
        self._said: dict[str, list[tuple[Document, Link]]] = defaultdict(list)
        for document in self.documents:
            for link in document.links:
                for target in self._targets(document, link):
                    self._said[target.id].append((document, link))
        self._days: dict[date, Mapping[str, Standing]] = {}

    def at(self, day: date) -> Mapping[str, Standing]:
        """The standing of every document at a day, by its id; the last days asked are kept."""
        known = self._days.get(day)
        if known is None:
            known = {d.id: self._standing(d, day) for d in self.documents}
            if len(self._days) > 64:
                self._days.clear()
            self._days[day] = known
        return known

    def named(self, document: Document, link: Link) -> tuple[Document, ...]:
        """The documents of the index that a link of this document means."""
        return tuple(self._targets(document, link))

    def called(self, written: str) -> tuple[Document, ...]:
        """The documents of this 文号 or title; also by the title of the text that one issues."""
        key = title_key(written.strip().removeprefix("《").removesuffix("》"))
        return tuple(self._by_number.get(comparable(written), ()) or self._by_name.get(key, ()))

    def repealing(self, document: Document, day: date) -> tuple[Document, Link] | None:
        """The document that has repealed this one by a day, and its link; None if none has."""
        said = self._said.get(document.id, ())
        return next(
            ((o, k) for o, k in said if k.kind is LinkKind.REPEALS and _in_effect(o, k, day)), None
        )

    def _targets(self, document: Document, link: Link) -> Iterable[Document]:
        by_number = self._by_number.get(comparable(link.doc_number), ()) if link.doc_number else ()
        by_name = self._by_name.get(title_key(link.title), ()) if link.title else ()
        for other in by_number or by_name:
            if other.id == document.id or other.kind is not DocumentKind.OFFICIAL:
                continue
            if (
                link.doc_number
                and other.doc_number
                and not same_number(link.doc_number, other.doc_number)
            ):
                continue
            if link.kind is LinkKind.BASED_ON or by_number or _older(other, document):
                yield other

    def _standing(self, document: Document, day: date) -> Standing:
        said = self._said.get(document.id, ())
        repealed = self.repealing(document, day)
        if repealed:
            return Standing(DocumentStatus.REPEALED, _repeal(*repealed))
        own = document.validity.at(day)
        if document.issued_on and day < document.issued_on and own.status not in NOT_IN_FORCE:
            words = f"{chinese_date(document.issued_on)}才成文。"
            return Standing(DocumentStatus.NOT_YET, words)
        newer = self._newer(document, day)
        if newer and own.status is not DocumentStatus.EXPIRED:
            since = _first_day(newer)
            words = f"自{chinese_date(since)}起" if since else ""
            return Standing(
                DocumentStatus.SUPERSEDED,
                f"{words}已被新版{reference(newer.title, newer.doc_number)}取代。",
            )
        changes = [o for o, k in said if k.kind is LinkKind.AMENDS and _in_effect(o, k, day)]
        if changes:
            by = "、".join(dict.fromkeys(reference(o.title, o.doc_number) for o in changes))
            return replace(own, basis=f"{own.basis}该文件已由{by}修改。")
        return own

    def _newer(self, document: Document, day: date) -> Document | None:
        """The latest version of the same text that is in force by then."""
        name = title_key(document.title)
        if len(name) < _SHORTEST_NAME or _ONE_OFF.search(name):
            return None
        versions = [
            other
            for other in self._by_name.get(name, ())
            if other.id != document.id
            and title_key(other.title) == name
            and _same_issuer(other.issuer, document.issuer)
            and other.kind is document.kind
            and _older(document, other)
            and (_first_day(other) or day) <= day
        ]
        return max(versions, key=lambda d: _first_day(d) or date.min, default=None)


def standing(document: Document, documents: Sequence[Document], day: date) -> Standing:
    """The standing of one document at a day, given all documents; ``Relations`` for many."""
    among = documents if any(d.id == document.id for d in documents) else (*documents, document)
    return Relations(among).at(day)[document.id]


def _first_day(document: Document) -> date | None:
    return document.validity.start or document.issued_on or document.published_on


def _in_effect(other: Document, link: Link, day: date) -> bool:
    since = link.from_day or _first_day(other)
    return since is None or since <= day


def _repeal(other: Document, link: Link) -> str:
    since = link.from_day or _first_day(other)
    words = f"自{chinese_date(since)}起" if since else ""
    return f"{words}被{reference(other.title, other.doc_number)}废止。"


def _older(one: Document, other: Document) -> bool:
    """Whether the first is known to be of an earlier day than the second."""
    first = one.issued_on or _first_day(one)
    second = other.issued_on or _first_day(other)
    return bool(first and second and first < second)


def _same_issuer(one: str, other: str) -> bool:
    return not one or not other or one == other
