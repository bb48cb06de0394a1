"""What fits a project, in two bands, each sentence with the reasons why. Frozen values."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.answering.industry_map import Contacts
from assistant.model import Assignment, Clause, Document, Range
from assistant.validity import Standing


class Relation(StrEnum):
    """How a word of the project meets a word of a document."""

    SAME = "same"
    SYNONYM = "synonym"
    BROADER = "broader"
    NEAR = "near"
    PART = "part"


RELATION_NAMES = {
    Relation.SAME: "原文写到",
    Relation.SYNONYM: "相应的说法",
    Relation.BROADER: "较宽或有关的说法",
    Relation.NEAR: "意思相近",
    Relation.PART: "部分相同",
}
INVITES = re.compile(r"投资促进|招商|经济合作")  # in the name of who looks after investors
WHOLE = frozenset({Relation.SAME, Relation.SYNONYM})


@dataclass(frozen=True, slots=True)
class Reason:
    """A word of the project and the words of the sentence that it meets."""

    word: str
    found: str
    relation: Relation
    degree: float = field(default=1.0, compare=False)


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence that speaks of the project, with the industries that the table has for it."""

    document: Document
    clause: Clause
    char_range: Range
    industries: tuple[str, ...]
    areas: tuple[str, ...]
    reasons: tuple[Reason, ...]
    strength: float
    direct: bool
    contacts: Contacts
    standing: Standing | None = None

    @property
    def sentence(self) -> str:
        """The sentence, verbatim."""
        return self.document.text[slice(*self.char_range)]


@dataclass(frozen=True, slots=True)
class ProjectMatches:
    """What fits a project, best first, in two bands; both empty where the documents say nothing.

    ``words`` are what the project is about, as it was understood; ``unsaid`` those of them that no
    match speaks of; ``areas`` the areas it names. ``more`` counts the matches beyond the best,
    which the bands hold, ``past`` those that stand in documents not in force.
    """

    text: str
    words: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    direct: tuple[Match, ...] = ()
    related: tuple[Match, ...] = ()
    more: int = 0
    past: int = 0

    @property
    def units(self) -> tuple[tuple[Assignment, int], ...]:
        """Whom to ask: the units of the best band, and for how many of its matches.

        Who looks after investors comes first where a clause lists it, in whatever role.
        """
        counts: dict[str, list[Assignment]] = defaultdict(list)
        for match in self.direct or self.related:
            duty = match.clause.responsibility.assignments
            inviting = tuple(a for a in duty if INVITES.search(a.unit))
            for unit in dict.fromkeys((*inviting, *match.contacts.units)):
                counts[unit.name].append(unit)
        # by their number, the rest in the order of the matches
        order = sorted(counts.values(), key=lambda u: (not INVITES.search(u[0].unit), -len(u)))
        return tuple((u[0], len(u)) for u in order)

    @property
    def found(self) -> bool:
        """Whether anything fits."""
        return bool(self.direct or self.related)
