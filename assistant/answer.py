"""The Answer object: the same in Python, REST and every other protocol. Frozen, plain fields.

``dataclasses.asdict(answer)`` is the JSON form. Spans and ranges are 0-based, half-open and in
Unicode code points; ``quote == document.text[char_range]`` holds for every citation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

REFUSAL_PHRASE = "已收录的文件中没有找到可以回答这个问题的条款。"


class Status(StrEnum):
    """How the question ended; everything but ``error`` is HTTP 200."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    CLARIFY = "clarify"
    NO_SOURCE = "no_source"
    OUT_OF_SCOPE = "out_of_scope"
    EXPIRED_ONLY = "expired_only"
    BLOCKED = "blocked"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The question as asked, and as understood when a follow-up was completed from history."""

    text: str
    rewritten: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The answer itself; ``format`` is ``text`` (plain, with [n] marks)."""

    text: str
    format: str = "text"


@dataclass(frozen=True, slots=True)
class Claim:
    """A span of the answer's text and the citations that carry it."""

    span: tuple[int, int]
    citation_ids: tuple[str, ...]
    support: str = "quoted"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """What a reader needs to find the document."""

    id: str
    title: str
    doc_number: str
    issuer: str
    issued_on: str | None
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ClauseRef:
    """What a reader needs to find the clause; ``anchor`` is its id on the document's page."""

    id: str
    path: tuple[str, ...]
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether the document is in force, and how we know; ``unknown`` is said, not guessed."""

    status: str = "unknown"
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Document, clause and the words quoted, with their place in the document."""

    id: str
    number: int
    document: DocumentRef
    clause: ClauseRef
    quote: str
    char_range: tuple[int, int]
    validity: Validity = Validity()


@dataclass(frozen=True, slots=True)
class ResponsibleUnit:
    """One unit of a cited clause."""

    name: str
    role: str
    basis: str
    clause_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, the nearest clauses (not an answer), and whom to ask."""

    reason: str
    nearest: tuple[ClauseRef, ...] = ()
    contact_units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AIGC:
    """The label of text written by an LLM; an extractive answer is 原文 and carries none."""

    generated: bool = False
    notice: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Renderings:
    """The answer ready to show: plain text (chat bots) and Markdown."""

    plain: str = ""
    markdown: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, or one refusal, to one question."""

    id: str
    created: int
    as_of: str
    status: Status
    question: AskedQuestion
    answer: AnswerText | None = None
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    responsible_units: tuple[ResponsibleUnit, ...] = ()
    refusal: Refusal | None = None
    aigc: AIGC = AIGC()
    warnings: tuple[str, ...] = ()
    model: dict[str, str] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    renderings: Renderings = Renderings()
    object: str = "policy.answer"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, of plain values only (tuples become lists in JSON)."""
        return asdict(self)
