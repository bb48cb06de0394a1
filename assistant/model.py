"""The nouns of the product: documents, clauses, responsible units, hits. Frozen values, no I/O.

All ranges are 0-based, half-open and counted in Unicode code points of ``Document.text``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.validity import Link, Validity
from assistant.validity import Range as Range


class DocumentKind(StrEnum):
    """Who speaks: an official text, or one that the project wrote to explain it."""

    OFFICIAL = "official"
    EXPLANATORY = "explanatory"


class ClauseKind(StrEnum):
    """What a stretch of a document is. CITABLE ones answer questions about content."""

    TITLE = "title"
    DOC_NUMBER = "doc_number"
    RECIPIENTS = "recipients"
    PREAMBLE = "preamble"
    SECTION = "section"
    LEAD = "lead"
    ROW = "row"
    PASSAGE = "passage"
    NOTE = "note"
    WEB_HEADER = "web_header"
    CONTENTS = "contents"
    ATTACHMENTS = "attachments"
    IMPRINT = "imprint"
    SIGNATURE = "signature"
    REMARK = "remark"


CITABLE = frozenset(
    {
        ClauseKind.PREAMBLE,
        ClauseKind.SECTION,
        ClauseKind.LEAD,
        ClauseKind.ROW,
        ClauseKind.PASSAGE,
    }
)


class Role(StrEnum):
    """What a unit is to a clause: 牵头 · 配合 · 责任 · 属地."""

    LEAD = "lead"
    COOPERATE = "cooperate"
    RESPONSIBLE = "responsible"
    LOCAL = "local"


ROLE_NAMES = {
    Role.LEAD: "牵头单位",
    Role.RESPONSIBLE: "责任单位",
    Role.COOPERATE: "配合单位",
    Role.LOCAL: "属地落实",
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """One unit's part in one clause.

    ``unit`` is the name as the document writes it; ``basis`` says how we know, starting with one
    of: ``bold``, ``stated``, ``listed`` or ``inherited from <clause label>``. ``canonical`` is the
    one name that all spellings of the unit share in the tables (省教育厅 for the 教育厅 that comes
    after 省卫生健康委, 市卫生健康委 for 市卫健委), ``level`` its rank of government (国家 省 市
    区县 镇街, '' unknown).
    """

    unit: str
    role: Role
    basis: str
    canonical: str = ""
    level: str = ""

    @property
    def name(self) -> str:
        """The canonical name, or the written one where none was worked out."""
        return self.canonical or self.unit


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The units of a clause in the order of the source (责任分工).

    ``note_range`` is where the words that name them stand (None when they are only inherited),
    ``note_clause_id`` the clause that this note belongs to. ``others`` keeps open endings such as
    等市有关部门, which are not units; ``remarks`` says what the source form has lost.
    """

    assignments: tuple[Assignment, ...] = ()
    note_range: Range | None = None
    note_clause_id: str = ""
    others: str = ""
    remarks: tuple[str, ...] = ()

    def units(self, *roles: Role) -> tuple[str, ...]:
        """Names in source order, of the given roles or of all."""
        return tuple(a.unit for a in self.assignments if not roles or a.role in roles)


@dataclass(frozen=True, slots=True)
class Clause:
    """The smallest numbered or headed unit of a document, or a named part of it (标题, 落款 …).

    ``text`` is verbatim ``document.text[char_range]``: number, heading and the clause's own body,
    without its sub-clauses. ``body_range`` leaves out the number and a heading on its own line,
    and a closing note of responsible units.
    """

    id: str
    document_id: str
    kind: ClauseKind
    number: str
    heading: str
    path: tuple[str, ...]
    label: str
    text: str
    char_range: Range
    body_range: Range
    parent_id: str = ""
    responsibility: Responsibility = field(default_factory=Responsibility)

    @property
    def full_label(self) -> str:
        """二（三）共建区域系统创新体系: the label with the heading, where it lacks it."""
        return self.label + ("" if self.heading in self.label else self.heading)

    @property
    def anchor(self) -> str:
        """The id inside its document, fit for an HTML ``id``."""
        return "c-" + self.id.rpartition(":")[2]


class AnomalyKind(StrEnum):
    """What can be wrong with a document's numbering."""

    GAP = "gap"
    REPEAT = "repeat"
    JUMP = "jump"
    ORPHAN_NOTE = "orphan_note"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing of a document's numbering that a reader would stumble over.

    ``message`` is one Chinese sentence; ``clause_id`` where it is met ('' outside of all clauses).
    """

    kind: AnomalyKind
    message: str
    char_range: Range
    clause_id: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One document with its text and its clauses in reading order.

    The ranges of ``clauses`` do not overlap and leave out nothing but white space; ``anomalies``
    is the numbering report.
    """

    id: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    recipients: str
    remark: str
    kind: DocumentKind
    source: str
    sha256: str
    text: str
    clauses: tuple[Clause, ...] = ()
    published_on: date | None = None
    keywords: tuple[str, ...] = ()
    validity: Validity = field(default_factory=Validity)
    links: tuple[Link, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    def cite(self, clause: Clause) -> str:
        """《标题》（文号）二（二）智能装备, as an official would write it."""
        return reference(self.title, self.doc_number) + clause.label

    def children(self, clause_id: str) -> tuple[Clause, ...]:
        """Direct sub-clauses in reading order (notes and named parts are not sub-clauses)."""
        return tuple(c for c in self.clauses if c.parent_id == clause_id and c.kind in CITABLE)

    def holder(self, span: Range) -> Clause:
        """The clause or named part that holds a range of visible text.

        Raises:
            StopIteration: none holds all of it.
        """
        return next(
            c for c in self.clauses if c.char_range[0] <= span[0] and span[1] <= c.char_range[1]
        )

    def pieces(self) -> Iterator[tuple[Clause | None, str]]:
        """The whole text in order, each piece with its clause; None for white space between."""
        end = 0
        for clause in self.clauses:
            start, stop = clause.char_range
            if start > end:
                yield None, self.text[end:start]
            yield clause, self.text[start:stop]
            end = stop
        if end < len(self.text):
            yield None, self.text[end:]


def reference(title: str, doc_number: str) -> str:
    """《标题》（文号）, or the title alone where there is no number."""
    return f"《{title}》" + (f"（{doc_number}）" if doc_number else "")


@dataclass(frozen=True, slots=True)
class IndustryEntry:
    """One sentence that supports an industry, in the named areas (none: the whole document's)."""

    industry: str
    areas: tuple[str, ...]
    clause_id: str
    char_range: Range


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause found for a question; ``signals`` holds the score of each part, for explanation."""

    clause: Clause
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One entry of a unit's list: the clause that carries the note and what stands below it."""

    clause: Clause
    role: Role
    basis: str
    covers: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitSummary:
    """A unit in the index: canonical name, full name, other names, and its count by role."""

    name: str
    full_name: str
    aliases: tuple[str, ...]
    counts: Mapping[Role, int]


class Encoder(Protocol):
    """Texts to vectors of unit length (a zero vector for a text without known tokens)."""

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would; the manifest of an index remembers it."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float32 of shape (len(texts), dimension)."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """Float32 of shape (len(texts), dimension); ``progress`` shows a bar."""
        ...
