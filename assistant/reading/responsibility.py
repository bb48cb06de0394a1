"""责任分工: notes → units with role and basis, and how they reach other clauses. Pure.

Rules of a note that hold for later ones (下同, 以下各项任务) are kept while the document is read.
Nothing is guessed: every assignment carries the basis on which it was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.model import (
    CITABLE,
    Assignment,
    Clause,
    ClauseKind,
    Document,
    Range,
    Responsibility,
    Role,
)
from assistant.reading.notes import NamedUnit, Note, notes_in, read_note

LISTED = "listed"
BOLD = "bold"
BY_COMMA = "stated: 责任单位注以“，”将其与其余单位分开，并注明“标黑字体为牵头单位”"
FIRST = "stated: 责任单位注注明“排在第一位的部门为牵头部门”"
BOLD_LOST = "原文以标黑字体标示牵头单位，纯文本没有保留字体，未能分出牵头单位；单位按原文次序列出。"
BOLD_LOST_COMMA = (
    "原文以标黑字体标示牵头单位，纯文本没有保留字体；这里按责任单位注中“，”的分隔列出牵头单位。"
)


@dataclass(slots=True)
class _Rules:
    """What earlier notes said of later ones."""

    bold_marks_lead: bool = False
    first_is_lead: bool = False
    local_units: tuple[str, ...] = ()
    local_from: str = ""
    local_part: str = ""


def assign(document: Document, bold: Iterable[Range] = (), *, keeps_bold: bool = False) -> Document:
    """The document with the responsibility of every clause filled in."""
    rules, runs = _Rules(), tuple(bold)
    own: dict[str, Responsibility] = {}
    inherited: dict[str, tuple[Assignment, ...]] = {}
    for clause in document.clauses:
        if clause.kind not in CITABLE and clause.kind is not ClauseKind.NOTE:
            continue
        if (
            rules.local_units
            and clause.kind in CITABLE
            and _part(document, clause) == rules.local_part
        ):
            basis = f"inherited from {rules.local_from}"
            inherited[clause.id] = tuple(
                Assignment(u, Role.LOCAL, basis) for u in rules.local_units
            )
        owner = clause.parent_id if clause.kind is ClauseKind.NOTE else clause.id
        for first, last in notes_in(clause.text):
            note = read_note(clause.text[first:last])
            span = (clause.char_range[0] + first, clause.char_range[0] + last)
            found = _read(note, rules, runs, keeps_bold, owner, span)
            own[owner] = _joined(own[owner], found) if owner in own else found
            if note.local_count:
                _open_local_rule(document, owner, note, rules)
    return _fill(document, own, inherited)


def _joined(first: Responsibility, second: Responsibility) -> Responsibility:
    """Two notes of one clause as one; the range goes from the first to the end of the second."""
    spans = [r.note_range for r in (first, second) if r.note_range]
    return replace(
        first,
        assignments=_once([*first.assignments, *second.assignments]),
        note_range=(min(s[0] for s in spans), max(s[1] for s in spans)),
        others=first.others or second.others,
        remarks=tuple(dict.fromkeys(first.remarks + second.remarks)),
    )


def _open_local_rule(document: Document, owner: str, note: Note, rules: _Rules) -> None:
    clause = next(c for c in document.clauses if c.id == owner)
    rules.local_units = tuple(u.name for u in note.units[-note.local_count :])
    rules.local_from, rules.local_part = clause.label, _part(document, clause)


def _part(document: Document, clause: Clause) -> str:
    """The top section that a clause stands in, by the first two steps of its path."""
    return "/".join(clause.path[:2])


def _read(
    note: Note,
    rules: _Rules,
    bold: tuple[Range, ...],
    keeps_bold: bool,
    owner: str,
    span: Range,
) -> Responsibility:
    rules.bold_marks_lead |= note.bold_marks_lead
    rules.first_is_lead |= note.first_is_lead
    local = note.units[len(note.units) - note.local_count :] if note.local_count else ()
    named = note.units[: len(note.units) - len(local)]
    marked = {u.name for u in named if _is_bold(u, span[0], bold)}
    others_unmarked = 0 < len(marked) < len(named)
    remarks: tuple[str, ...] = ()
    by_comma = False
    if rules.bold_marks_lead and not marked and not keeps_bold:
        by_comma = {u.group for u in named} == {0, 1} and not any(u.stated for u in named)
        remarks = (BOLD_LOST_COMMA if by_comma else BOLD_LOST,)
    assignments = []
    for at, unit in enumerate(named):
        role, basis = unit.role, f"stated: {_LABELS[unit.role]}" if unit.stated else LISTED
        if unit.name in marked and (rules.bold_marks_lead or others_unmarked):
            role, basis = Role.LEAD, BOLD
        elif by_comma and unit.group == 0:
            role, basis = Role.LEAD, BY_COMMA
        elif rules.first_is_lead and at == 0 and not unit.stated:
            role, basis = Role.LEAD, FIRST
        assignments.append(Assignment(unit.name, role, basis))
    stated = f"stated: 责任单位注写明“{note.local_rule}”"
    assignments += [Assignment(u.name, Role.LOCAL, stated) for u in local]
    return Responsibility(_once(assignments), span, owner, note.others, remarks)


_LABELS = {Role.LEAD: "注明牵头", Role.COOPERATE: "注明配合", Role.RESPONSIBLE: "注明负责"}


def _is_bold(unit: NamedUnit, start: int, bold: tuple[Range, ...]) -> bool:
    first, last = start + unit.range[0], start + unit.range[1]
    return any(left <= first and last <= right for left, right in bold)


def _once(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """Each unit once, by its first mention."""
    found: dict[str, Assignment] = {}
    for assignment in assignments:
        found.setdefault(assignment.unit, assignment)
    return tuple(found.values())


def _fill(
    document: Document,
    own: dict[str, Responsibility],
    inherited: dict[str, tuple[Assignment, ...]],
) -> Document:
    """Hand notes down to sub-clauses without one, and the local units to all they hold for."""
    by_id = {c.id: c for c in document.clauses}
    clauses = []
    for clause in document.clauses:
        if clause.kind not in CITABLE:
            clauses.append(clause)
            continue
        holder = clause.id
        while holder and holder not in own:
            holder = by_id[holder].parent_id if holder in by_id else ""
        found = own.get(holder, Responsibility())
        if holder != clause.id and holder:
            basis = f"inherited from {by_id[holder].label}"
            found = replace(
                found, assignments=tuple(replace(a, basis=basis) for a in found.assignments)
            )
        local = inherited.get(clause.id, ())
        found = replace(found, assignments=_once([*found.assignments, *local]))
        clauses.append(replace(clause, responsibility=found))
    return replace(document, clauses=tuple(clauses))
