"""Questions that the index can answer, made from what it holds: for a first visit. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from assistant.model import (
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    IndustryEntry,
    Role,
    UnitSummary,
)

LONGEST_HEADING = 12


def questions(
    documents: Sequence[Document],
    units: Sequence[UnitSummary],
    industries: Iterable[IndustryEntry],
    limit: int = 5,
) -> tuple[str, ...]:
    """At most ``limit`` questions: a clause, who, a unit's tasks, an area, the document itself.

    The clauses are those of the first document, which the panel shows.
    """
    official = [d for d in documents if d.kind is DocumentKind.OFFICIAL]
    found = (
        *_about_clauses(official[:1]),
        *_about_units(units),
        *_about_areas(industries),
        *_about_documents(official),
    )
    return tuple(dict.fromkeys(found))[:limit]


def _about_clauses(documents: Sequence[Document]) -> Iterator[str]:
    """What one clause says, and who is responsible for another; short headings first."""
    clauses = sorted((c for d in documents for c in d.clauses if _askable(c)), key=_plainness)
    if clauses:
        yield f"{clauses[0].heading}方面有哪些任务？"
    if len(clauses) > 1:
        yield f"{clauses[1].heading}由哪些单位负责？"


def _askable(clause: Clause) -> bool:
    heading = 0 < len(clause.heading) <= LONGEST_HEADING
    below = clause.kind is ClauseKind.LEAD or bool(clause.parent_id)
    return heading and below and bool(clause.responsibility.assignments)


def _plainness(clause: Clause) -> int:
    return len(clause.heading)


def _about_units(units: Sequence[UnitSummary]) -> Iterator[str]:
    """The unit that the documents themselves name most often, in whatever role but 属地."""
    if units:
        busiest = max(units, key=lambda u: sum(n for r, n in u.counts.items() if r != Role.LOCAL))
        yield f"{busiest.name}负责哪些任务？"


def _about_areas(industries: Iterable[IndustryEntry]) -> Iterator[str]:
    areas = Counter(area for entry in industries for area in entry.areas)
    if areas:
        yield f"{areas.most_common(1)[0][0]}重点发展哪些产业？"


def _about_documents(documents: Sequence[Document]) -> Iterator[str]:
    """When the first one was issued; it is named where there are several."""
    for document in documents[:1]:
        if document.issued_on:
            name = "这份文件" if len(documents) == 1 else f"《{document.title}》"
            yield f"{name}是什么时候印发的？"
