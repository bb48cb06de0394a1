"""Builds an answer piece by piece: text, the claims in it, and the citations that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.answer import (
    Citation,
    Claim,
    ClauseRef,
    DocumentRef,
    Refusal,
    ResponsibleUnit,
    Status,
    Validity,
)
from assistant.model import ROLE_NAMES, Clause, Document, DocumentKind, Role, reference
from assistant.validity import NOT_IN_FORCE, STATUS_NAMES, UNKNOWN, DocumentStatus, Range, Standing

MAX_LABELS = 6  # clauses that one note names
EXPLANATORY_NOTE = "术语说明（项目编写，非官方文件）——"


@dataclass(slots=True)
class Draft:
    """An answer while it is written; ``quote`` is the only way to add a claim.

    ``lost`` has the labels of the clauses by what their source form has lost, ``open_ended`` by the
    words (等市有关部门) that their list of units ends with.
    """

    status: Status = Status.ANSWERED
    text: str = ""
    claims: list[Claim] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    units: list[ResponsibleUnit] = field(default_factory=list)
    refusal: Refusal | None = None
    warnings: list[str] = field(default_factory=list)
    lost: dict[str, dict[str, None]] = field(default_factory=dict)
    open_ended: dict[str, dict[str, None]] = field(default_factory=dict)

    def say(self, words: str) -> None:
        """Add connecting words that claim nothing."""
        self.text += words

    def quote(
        self, document: Document, clause: Clause, span: Range, shown: Range | None = None
    ) -> Citation:
        """Add verbatim words and their mark; the citation quotes ``span``, the text ``shown``."""
        citation = self.cite(document, clause, span)
        self.mention(document.text[slice(*(shown or span))], citation)
        return citation

    def cite(self, document: Document, clause: Clause, span: Range) -> Citation:
        """A citation of these words, new or the one that already quotes them."""
        for known in self.citations:
            if known.clause.id == clause.id and known.char_range == span:
                return known
        number = len(self.citations) + 1
        citation = Citation(
            id=f"c{number}",
            number=number,
            document=document_ref(document),
            clause=clause_ref(clause),
            quote=document.text[span[0] : span[1]],
            char_range=span,
            validity=Validity(),
        )
        self.citations.append(citation)
        return citation

    def mention(self, words: str, citation: Citation) -> None:
        """Add words taken from a citation's quote, with its mark."""
        start = len(self.text)
        self.text += words
        self.claims.append(Claim((start, len(self.text)), (citation.id,)))
        self.text += f"[{citation.number}]"

    def add_units(self, clause: Clause, only: Sequence[str] = ()) -> None:
        """Add the clause's units (or ``only`` these), and what its source form has lost."""
        found = clause.responsibility
        shown = [a for a in found.assignments if not only or a.unit in only]
        for a in shown:
            unit = ResponsibleUnit(a.unit, a.role.value, a.basis, clause.id)
            if unit not in self.units:
                self.units.append(unit)
        told = not found.units(Role.LEAD) or any(a.role is Role.LEAD for a in shown)
        for remark in found.remarks if told else ():  # how leaders were told: only where one is
            self.lost.setdefault(remark, {})[clause.label] = None
        if found.others:
            self.open_ended.setdefault(found.others, {})[clause.label] = None

    def notes(self) -> list[str]:
        """What the sources of its units have lost or left open, each with its clauses."""
        lost = [f"{_these(labels)}：{remark}" for remark, labels in self.lost.items()]
        return lost + [
            f"{_these(labels)}的责任单位以“{others}”结尾，没有逐一列明。"
            for others, labels in self.open_ended.items()
        ]


def judged(draft: Draft, standings: Mapping[str, Standing], *, about_force: bool = False) -> Draft:
    """The draft with the standing of every cited document, and a warning for each not in force.

    An answer that rests on nothing but documents that are over is ``expired_only``, unless their
    force was the question (``about_force``).
    """
    draft.warnings += draft.notes()
    cited = {c.document.id: standings.get(c.document.id, UNKNOWN) for c in draft.citations}
    draft.citations = [
        replace(c, validity=Validity(cited[c.document.id].status.value, cited[c.document.id].basis))
        for c in draft.citations
    ]
    refs = {c.document.id: c.document for c in draft.citations}
    for document_id, found in cited.items():
        if found.status in NOT_IN_FORCE:
            name = reference(refs[document_id].title, refs[document_id].doc_number)
            why = f"（{found.basis.strip('。')}）" if found.basis else ""
            draft.warnings.append(
                f"{name}{STATUS_NAMES[found.status]}{why}，请以现行有效的文件为准。"
            )
    over = NOT_IN_FORCE - {DocumentStatus.NOT_YET}
    answers = draft.status in (Status.ANSWERED, Status.PARTIAL)
    if answers and cited and not about_force and all(s.status in over for s in cited.values()):
        draft.status = Status.EXPIRED_ONLY
    return draft


def _these(labels: Iterable[str]) -> str:
    """The labels in one phrase, the first ones where there are many."""
    every = tuple(labels)
    names = [n for n in every if not any(n.startswith(o) and n != o for o in every)]
    more = f"等{len(names)}条" if len(names) > MAX_LABELS else ""
    return "、".join(names[:MAX_LABELS]) + more


def document_ref(document: Document) -> DocumentRef:
    """The document as an answer names it."""
    return DocumentRef(
        id=document.id,
        title=document.title,
        doc_number=document.doc_number,
        issuer=document.issuer,
        issued_on=document.issued_on.isoformat() if document.issued_on else None,
        kind=document.kind.value,
        sha256=document.sha256,
    )


def clause_ref(clause: Clause) -> ClauseRef:
    """The clause as an answer names it."""
    return ClauseRef(clause.id, clause.path, clause.label, clause.anchor)


def units_line(clause: Clause, roles: Iterable[Role] = Role) -> str:
    """牵头单位：A、B；责任单位：C等市有关部门；属地落实：D. Empty when there are none."""
    found = clause.responsibility
    last = next((a.role for a in reversed(found.assignments) if a.role is not Role.LOCAL), None)
    parts = []
    for role in roles:
        names = found.units(role)
        if names:
            others = found.others if role is last else ""
            parts.append(f"{ROLE_NAMES[role]}：{'、'.join(names)}{others}")
    return "；".join(parts)


def is_official(document: Document) -> bool:
    """Whether the document speaks for an authority."""
    return document.kind is DocumentKind.OFFICIAL


def runs(spans: Sequence[Range], text: str) -> list[Range]:
    """Neighbouring ranges with nothing but blanks between them become one."""
    merged: list[Range] = []
    for start, end in sorted(spans):
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
