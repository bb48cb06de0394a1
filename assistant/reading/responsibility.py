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
from assistant.reading.note_words import (
    BOLD_RULE,
    FIRST_RULE,
    STAR_RULE,
    NamedUnit,
    Note,
    read_note,
)
from assistant.reading.notes import notes_in
from assistant.reading.unit_levels import identified
from assistant.reading.unit_names import UnitNames, issuer_of, load

LISTED = "listed"
BOLD = "bold"
BY_COMMA = "stated: 责任单位注以“，”将其与其余单位分开，并注明标黑的是牵头单位"
STARRED = "stated: 文件注明以星号等标记牵头单位"
FIRST = "stated: 文件写明责任单位中排在第一位的牵头"
BOLD_LOST = "原文以标黑字体标示牵头单位，纯文本没有保留字体，未能分出牵头单位；单位按原文次序列出。"
BOLD_LOST_COMMA = (
    "原文以标黑字体标示牵头单位，纯文本没有保留字体；这里按责任单位注中“，”的分隔列出牵头单位。"
)


@dataclass(slots=True)
class _Rules:
    """What earlier notes said of later ones."""

    bold_marks_lead: bool = False
    first_is_lead: bool = False
    star_marks_lead: bool = False
    local_units: tuple[Assignment, ...] = ()
    local_from: str = ""
    local_part: str = ""


def assign(
    document: Document,
    bold: Iterable[Range] = (),
    *,
    keeps_bold: bool = False,
    names: UnitNames | None = None,
) -> Document:
    """The document with the responsibility of every clause filled in.

    ``names`` are the spellings that make one unit (the shipped ones).
    """
    return _Reader(document, tuple(bold), keeps_bold, names or load()).assigned()


def renamed(document: Document, names: UnitNames) -> Document:
    """The document with the canonical names that a further table of spellings gives."""

    def of(found: Responsibility) -> Responsibility:
        units = (replace(a, canonical=names.canonical(a.name)) for a in found.assignments)
        return replace(found, assignments=tuple(units))

    clauses = (replace(c, responsibility=of(c.responsibility)) for c in document.clauses)
    return replace(document, clauses=tuple(clauses))


class _Reader:
    """Reads the notes of one document in order, and remembers what they say of later ones."""

    def __init__(
        self, document: Document, bold: tuple[Range, ...], keeps_bold: bool, names: UnitNames
    ) -> None:
        self.document, self.bold, self.keeps_bold, self.names = document, bold, keeps_bold, names
        by_title = issuer_of(document.title)
        self.issuer = issuer_of(document.issuer)
        self.issuer = self.issuer if self.issuer.level else by_title
        self.clauses = [c for c in document.clauses if c.kind in CITABLE | {ClauseKind.NOTE}]
        self.notes = {c.id: notes_in(c.text) for c in self.clauses}
        self.rules = self._stated_in_the_text()
        self.own: dict[str, Responsibility] = {}

    def _stated_in_the_text(self) -> _Rules:
        """Rules that the text states outside of its notes hold for all of them."""
        rules = _Rules()
        for clause in self.clauses:
            end = 0
            for start, stop in (*self.notes[clause.id], (len(clause.text), 0)):
                words = clause.text[end:start]
                rules.bold_marks_lead |= bool(BOLD_RULE.search(words))
                rules.first_is_lead |= bool(FIRST_RULE.search(words))
                rules.star_marks_lead |= bool(STAR_RULE.search(words))
                end = stop
        return rules

    def assigned(self) -> Document:
        inherited: dict[str, tuple[Assignment, ...]] = {}
        for clause in self.clauses:
            part = _part(clause)
            if self.rules.local_units and clause.kind in CITABLE and part == self.rules.local_part:
                basis = f"inherited from {self.rules.local_from}"
                inherited[clause.id] = tuple(
                    replace(a, role=Role.LOCAL, basis=basis) for a in self.rules.local_units
                )
            owner = clause.parent_id if clause.kind is ClauseKind.NOTE else clause.id
            for first, last in self.notes[clause.id]:
                note = read_note(clause.text[first:last])
                span = (clause.char_range[0] + first, clause.char_range[0] + last)
                found = self._read(note, owner, span)
                before = self.own.get(owner)
                self.own[owner] = _joined(before, found, clause.char_range) if before else found
                if note.local_count:
                    self._open_local_rule(owner, note, found)
        return _fill(self.document, self.own, inherited)

    def _open_local_rule(self, owner: str, note: Note, found: Responsibility) -> None:
        clause = next(c for c in self.document.clauses if c.id == owner)
        names = {u.name for u in note.units[-note.local_count :]}
        self.rules.local_units = tuple(a for a in found.assignments if a.unit in names)
        self.rules.local_from, self.rules.local_part = clause.label, _part(clause)

    def _read(self, note: Note, owner: str, span: Range) -> Responsibility:
        rules = self.rules
        rules.bold_marks_lead |= note.bold_marks_lead
        first_is_lead = rules.first_is_lead or note.first_is_lead
        star_marks_lead = rules.star_marks_lead or note.star_marks_lead
        rules.first_is_lead |= note.first_is_lead and note.holds_below
        rules.star_marks_lead |= note.star_marks_lead and note.holds_below
        names = identified([u.name for u in note.units], self.issuer, self.names)
        local = len(note.units) - note.local_count
        named = note.units[:local]
        marked = {u.name for u in named if _is_bold(u, span[0], self.bold)}
        marks = len(marked) if rules.bold_marks_lead or len(marked) < len(named) else 0
        remarks: tuple[str, ...] = ()
        by_comma = False
        if rules.bold_marks_lead and not marked and not self.keeps_bold:
            by_comma = {u.group for u in named} == {0, 1} and not any(u.stated for u in named)
            remarks = (BOLD_LOST_COMMA if by_comma else BOLD_LOST,)
        assignments = []
        for at, (unit, name) in enumerate(zip(note.units, names, strict=True)):
            role, basis = unit.role, f"stated: {_LABELS[unit.role]}" if unit.stated else LISTED
            if at >= local:
                role, basis = Role.LOCAL, f"stated: 责任单位注写明“{note.local_rule}”"
            elif unit.name in marked and marks:
                role, basis = Role.LEAD, BOLD
            elif by_comma and unit.group == 0:
                role, basis = Role.LEAD, BY_COMMA
            elif star_marks_lead and unit.starred:
                role, basis = Role.LEAD, STARRED
            elif first_is_lead and at == 0 and note.opens_with_unit and not unit.stated:
                role, basis = Role.LEAD, FIRST
            assignments.append(Assignment(unit.name, role, basis, *name))
        return Responsibility(_once(assignments), span, owner, note.others, remarks)


def _joined(first: Responsibility, second: Responsibility, within: Range) -> Responsibility:
    """Two notes of one clause as one.

    The range goes from the first to the end of the second where both stand ``within`` one piece
    of text; else it stays that of the first, for a quote must lie in one piece.
    """
    spans = [r.note_range for r in (first, second) if r.note_range]
    one_piece = all(within[0] <= s[0] and s[1] <= within[1] for s in spans)
    return replace(
        first,
        assignments=_once([*first.assignments, *second.assignments]),
        note_range=(spans[0][0], spans[-1][1]) if one_piece else spans[0],
        others=first.others or second.others,
        remarks=tuple(dict.fromkeys(first.remarks + second.remarks)),
    )


def _part(clause: Clause) -> str:
    """The top section that a clause stands in, by the first two steps of its path."""
    return "/".join(clause.path[:2])


_LABELS = {
    Role.LEAD: "注明牵头",
    Role.COOPERATE: "注明配合",
    Role.RESPONSIBLE: "注明负责",
    Role.LOCAL: "注明属地",
}


def _is_bold(unit: NamedUnit, start: int, bold: tuple[Range, ...]) -> bool:
    first, last = start + unit.range[0], start + unit.range[1]
    return any(left <= first and last <= right for left, right in bold)


def _once(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """Each unit once, however it is spelled, by its first mention."""
    found: dict[str, Assignment] = {}
    for assignment in assignments:
        found.setdefault(assignment.name, assignment)
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
