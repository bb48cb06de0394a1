"""A document's clauses as a tree to look over: numbers, headings, first words, units by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.faces.site.source_text import name_of
from assistant.model import CITABLE, Clause, Document, Role

FIRST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Branch:
    """One clause of the tree; ``depth`` is 1 at the top, ``units`` are those it names itself."""

    clause: Clause
    depth: int
    name: str
    words: str
    units: Mapping[Role, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many clauses a document has, how many of them name units, and how many units."""

    clauses: int
    tasks: int
    units: int


def branches(document: Document, most: int | None = None) -> tuple[Branch, ...]:
    """The clauses that answers can cite, in reading order.

    ``most`` leaves out the deepest levels until no more are left; if the highest alone are more,
    the first of them are given.
    """
    depths: dict[str, int] = {}
    kept: list[tuple[Clause, int]] = []
    for clause in document.clauses:  # parents come first
        depths[clause.id] = depths.get(clause.parent_id, 0) + 1
        if clause.kind in CITABLE:
            kept.append((clause, depths[clause.id]))
    if most is not None:
        kept = _highest(kept, most)
    return tuple(_branch(document, clause, depth) for clause, depth in kept)


def counts(document: Document) -> Counts:
    """Clauses, tasks (one for each note that names units, with all it covers) and units."""
    citable = [clause for clause in document.clauses if clause.kind in CITABLE]
    named = {a.name for clause in citable for a in clause.responsibility.assignments}
    own = {
        c.responsibility.note_clause_id or c.id
        for c in citable
        if c.responsibility.note_range is not None
    }
    return Counts(len(citable), len(own), len(named))


def _highest(kept: list[tuple[Clause, int]], most: int) -> list[tuple[Clause, int]]:
    deepest = max((depth for _, depth in kept), default=0)
    while len(kept) > most and deepest > 1:
        deepest -= 1
        kept = [(clause, depth) for clause, depth in kept if depth <= deepest]
    return kept[:most]


def _branch(document: Document, clause: Clause, depth: int) -> Branch:
    start, stop = clause.body_range
    words = " ".join(document.text[start:stop].split())
    duty = clause.responsibility
    own = duty.note_range is not None
    roles = dict.fromkeys(a.role for a in duty.assignments) if own else {}
    return Branch(
        clause,
        depth,
        name_of(clause),
        words if len(words) <= FIRST_WORDS else words[:FIRST_WORDS] + "…",
        {role: duty.units(role) for role in roles},
    )
