"""Every quote, claim and unit of an answer checked against the documents."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.answer import Citation, ResponsibleUnit
from assistant.answering.drafting import Draft
from assistant.model import Clause, Document


def faults(
    draft: Draft, documents: Mapping[str, Document], clauses: Mapping[str, Clause]
) -> list[str]:
    """What is wrong with a draft, one sentence per fault; empty when all of it holds."""
    found = [f for c in draft.citations for f in citation_faults(c, documents, clauses)]
    found += [f for u in draft.units for f in unit_faults(u, clauses)]
    quotes = {c.id: c.quote for c in draft.citations}
    for claim in draft.claims:
        words = draft.text[claim.span[0] : claim.span[1]]
        carried = [q for q in (quotes.get(i) for i in claim.citation_ids) if q is not None]
        if not words or not any(squeezed(words) in squeezed(quote) for quote in carried):
            found.append(f"claim not in its citations: {words[:40]}")
    marks = {int(n) for n in re.findall(r"\[(\d+)\]", _outside(draft))}
    found += [
        f"mark without a citation: [{n}]" for n in marks - {c.number for c in draft.citations}
    ]
    named = {u.name for u in draft.units}
    for unit in _units_named(draft, clauses):
        if unit not in named:
            found.append(f"unit named but not listed: {unit}")
    return found


def citation_faults(
    citation: Citation, documents: Mapping[str, Document], clauses: Mapping[str, Clause]
) -> list[str]:
    """The quote must be the document's words at that range, inside that clause."""
    document, clause = documents.get(citation.document.id), clauses.get(citation.clause.id)
    if document is None or clause is None or clause.document_id != document.id:
        return [f"no such clause: {citation.clause.id}"]
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


def _units_named(draft: Draft, clauses: Mapping[str, Clause]) -> set[str]:
    """Units that the text lists as responsible, in its lines of units."""
    known = {a.unit for c in clauses.values() for a in c.responsibility.assignments}
    lines = re.findall(r"(?:牵头单位|责任单位|配合单位|属地落实)：([^；。\n\[]+)", _outside(draft))
    return {name for line in lines for name in line.split("、") if name in known}
