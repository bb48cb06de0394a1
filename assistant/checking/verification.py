"""Every quote, claim and unit of an answer checked against the documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.answer import Citation, Claim, ResponsibleUnit
from assistant.answering.drafting import Draft, clause_ref, document_ref, is_official
from assistant.model import ROLE_NAMES, Clause, Document, Role
from assistant.wording.generation import ENTAILED, Check, source_text


def faults(
    draft: Draft,
    documents: Mapping[str, Document],
    clauses: Mapping[str, Clause],
    check: Check | None = None,
) -> list[str]:
    """What is wrong with a draft, one sentence per fault; empty when all of it holds.

    ``check`` judges what a model has worded; without one no such claim holds.
    """
    found = [f for c in draft.citations for f in citation_faults(c, documents, clauses)]
    found += [f for u in draft.units for f in unit_faults(u, clauses)]
    cited = {c.id: c for c in draft.citations}
    for claim in draft.claims:
        words = draft.text[claim.span[0] : claim.span[1]]
        carried = [c for c in (cited.get(i) for i in claim.citation_ids) if c is not None]
        if not words or not _carries(words, claim, carried, draft, check):
            found.append(f"claim not in its citations: {words[:40]}")
        if not draft.text.startswith(tuple(f"[{c.number}]" for c in carried), claim.span[1]):
            found.append(f"claim without its mark: {words[:40]}")
    marks = {int(n) for n in re.findall(r"\[(\d+)\]", _outside(draft))}
    found += [
        f"mark without a citation: [{n}]" for n in marks - {c.number for c in draft.citations}
    ]
    listed = {(ROLE_NAMES[Role(u.role)], u.name) for u in draft.units}
    for role, unit in sorted(_units_named(draft, clauses) - listed):
        found.append(f"unit named but not listed: {role} {unit}")
    for ref in draft.refusal.nearest if draft.refusal else ():
        if ref.id not in clauses or clause_ref(clauses[ref.id]) != ref:
            found.append(f"no such nearest clause: {ref.id}")
    return found


def _carries(
    words: str, claim: Claim, cited: Sequence[Citation], draft: Draft, check: Check | None
) -> bool:
    """Whether citations hold the words: verbatim, or for a model's wording as the check says."""
    if claim.support != ENTAILED:
        return any(squeezed(words) in squeezed(c.quote) for c in cited)
    sources = [source_text(c, draft.units) for c in cited]
    return check is not None and bool(sources) and not check.faults(words, sources)


def citation_faults(
    citation: Citation, documents: Mapping[str, Document], clauses: Mapping[str, Clause]
) -> list[str]:
    """The quote must be the document's words at that range, inside that clause."""
    document, clause = documents.get(citation.document.id), clauses.get(citation.clause.id)
    if document is None or clause is None or clause.document_id != document.id:
        return [f"no such clause: {citation.clause.id}"]
    if citation.document != document_ref(document) or citation.clause != clause_ref(clause):
        return [f"not how the index names it: {citation.clause.id}"]
    if not is_official(document):
        return [f"an explanation is no source: {citation.clause.id}"]
    start, end = citation.char_range
    if not citation.quote or document.text[start:end] != citation.quote:
        return [f"quote is not the text at {start}–{end}"]
    if start < clause.char_range[0] or end > clause.char_range[1]:
        return [f"quote lies outside clause {clause.id}"]
    return []


def unit_faults(unit: ResponsibleUnit, clauses: Mapping[str, Clause]) -> list[str]:
    """The clause must list the unit with this role and basis."""
    clause = clauses.get(unit.clause_id)
    listed = clause.responsibility.assignments if clause else ()
    if any((a.unit, a.role.value, a.basis) == (unit.name, unit.role, unit.basis) for a in listed):
        return []
    return [f"unit not listed by {unit.clause_id}: {unit.name}"]


def squeezed(text: str) -> str:
    """Without white space, which a quote over several lines may carry."""
    return re.sub(r"\s+", "", text)


def _outside(draft: Draft) -> str:
    """The text without the words of the claims."""
    text, end = "", 0
    for start, stop in sorted(c.span for c in draft.claims):
        text += draft.text[end:start]
        end = max(end, stop)
    return text + draft.text[end:]


def _units_named(draft: Draft, clauses: Mapping[str, Clause]) -> set[tuple[str, str]]:
    """Roles and units that the text lists in its lines of units; an open end may follow a name."""
    known = {a.unit for c in clauses.values() for a in c.responsibility.assignments}
    lines = re.findall(rf"({'|'.join(ROLE_NAMES.values())})：([^；。\n\[]+)", _outside(draft))
    return {
        (role, name)
        for role, line in lines
        for words in line.split("、")
        for name in [max((k for k in known if words.startswith(k)), key=len, default="")]
        if name
    }
