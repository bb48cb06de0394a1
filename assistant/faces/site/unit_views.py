"""What the pages of 职责清单 show, as values: units by level, tasks by role, pictures as numbers.

Pure: it asks the assistant and arranges; the templates have the words.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, sqrt

from assistant.answering.unit_partners import (
    LEVELS,
    Partner,
    Shared,
    UnitComparison,
    level_of,
    part_of,
    shared_counts,
)
from assistant.answering.unit_tasks import gist, undecided
from assistant.errors import UnknownUnit
from assistant.faces.contract import Assistant
from assistant.model import ROLE_NAMES, Assignment, Clause, Document, Role, Task, UnitSummary
from assistant.text import fold
from assistant.validity import UNKNOWN, Standing

LEVEL_NAMES = {
    "国家": "国家级单位",
    "省": "省级单位",
    "市": "市级单位",
    "区县": "区县",
    "镇街": "镇街",
    "园区": "园区",
    "": "其他单位（文件没有标明层级）",
}
SHADES = 5  # of the heat map
NODES = 14  # partners that a picture of one unit has room for
NAME_LINE = 11  # characters of a name on one line of the picture
_STEP, _MARGIN, _MIDDLE, _REACH = 60, 44, 380, 190  # of the picture, in its own units


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit with all its tasks and its level, one of ``LEVELS``."""

    unit: UnitSummary
    tasks: tuple[Task, ...]
    level: str

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.unit.name

    @property
    def roles(self) -> tuple[tuple[Role, int], ...]:
        """How many tasks it has in each role, in the order of 牵头, 责任, 配合, 属地; none at 0."""
        counts = self.unit.counts
        return tuple((role, counts[role]) for role in ROLE_NAMES if counts.get(role))


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task as it is read: where it stands, the words, how we know, who else has a part."""

    task: Task
    document: Document
    standing: Standing
    parts: tuple[Assignment, ...]
    others: tuple[Assignment, ...]

    @property
    def clause(self) -> Clause:
        """The clause of the task."""
        return self.task.clause

    @property
    def gist(self) -> str:
        """The first sentence of its own words; '' for a heading alone."""
        span = gist(self.document, self.clause)
        return "" if span == self.clause.char_range else self.document.text[slice(*span)]

    @property
    def note(self) -> str:
        """The words that name the units, as they stand in the document; '' where inherited."""
        start, stop = self.clause.responsibility.note_range or (0, 0)
        return self.document.text[start:stop].strip()

    @property
    def covers(self) -> tuple[Clause, ...]:
        """The clauses below, which the same note covers."""
        return tuple(c for c in self.task.covers if c.id != self.clause.id)

    def lines(self, clause: Clause) -> list[str]:
        """The lines of a clause's own words, without number and heading, and without the note."""
        body = self.document.text[slice(*clause.body_range)]
        return [line.strip() for line in body.split("\n") if line.strip()]


@dataclass(frozen=True, slots=True)
class Node:
    """A partner in the picture: where it stands, its name in lines, how wide the line to it is."""

    partner: Partner
    lines: tuple[str, ...]
    x: int
    y: int
    left: bool
    width: float


@dataclass(frozen=True, slots=True)
class Network:
    """The picture of who works with one unit, in its own units of length."""

    nodes: tuple[Node, ...]
    name_lines: tuple[str, ...]
    height: int
    rest: int

    width: int = 2 * _MIDDLE
    middle: int = _MIDDLE


class UnitLists:
    """The lists of an assistant's units, made anew once its documents are others."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._made: tuple[object, dict[str, Listed], Shared] | None = None

    def current(self) -> tuple[dict[str, Listed], Shared]:
        """Every unit by canonical name in the order of the documents; who shares how many tasks."""
        documents = self.assistant.documents()
        made = self._made
        if made is None or made[0] is not documents:
            units = listing(self.assistant)
            made = documents, units, shared_counts({n: unit.tasks for n, unit in units.items()})
            self._made = made
        return made[1], made[2]


def listing(assistant: Assistant) -> dict[str, Listed]:
    """Every unit with its tasks, by canonical name, in the order of the documents."""
    return {
        unit.name: Listed(unit, tasks, level_of(unit.name, tasks))
        for unit, tasks in assistant.task_table()
    }


def acting(units: Mapping[str, Listed]) -> frozenset[str]:
    """Those that do more than see to it in their own area (属地落实)."""
    return frozenset(
        name for name, unit in units.items() if any(t.role is not Role.LOCAL for t in unit.tasks)
    )


def resolved(assistant: Assistant, units: Mapping[str, Listed], name: str) -> Listed | None:
    """The unit of any of its names; None where it is not listed or fits several."""
    if name in units:
        return units[name]
    try:
        found, _ = assistant.tasks_of(name)
    except UnknownUnit:
        return None
    return units.get(found.name)


def similar(units: Iterable[Listed], name: str, most: int = 8) -> list[str]:
    """Canonical names like one that is not listed: those that hold it first."""
    wanted = fold(name)[:40]
    spelled = {fold(word): listed.name for listed in units for word in _names(listed)}
    near = difflib.get_close_matches(wanted, spelled, most, 0.4) if wanted else []
    holding = [word for word in spelled if wanted and (wanted in word or word in wanted)]
    return list(dict.fromkeys(spelled[word] for word in (*holding, *near)))[:most]


def found_units(
    assistant: Assistant, units: Mapping[str, Listed], words: str, role: Role | None
) -> list[Listed]:
    """The units whose names hold the words and that have the role, those with most tasks first."""
    wanted = fold(words)
    exact = resolved(assistant, units, words) if wanted else None
    found = [
        listed
        for listed in units.values()
        if (role is None or listed.unit.counts.get(role))
        and (listed is exact or any(wanted in fold(name) for name in _names(listed)))
    ]
    return sorted(found, key=lambda u: -(u.unit.counts[role] if role else len(u.tasks)))


def by_level(units: Iterable[Listed]) -> list[tuple[str, list[Listed]]]:
    """The units under the name of their level, from the highest level down."""
    ranked = sorted(units, key=lambda u: LEVELS.index(u.level) if u.level in LEVELS else -1)
    return [
        (LEVEL_NAMES.get(level, level), list(group))
        for level, group in groupby(ranked, key=lambda u: u.level)
    ]


def task_views(assistant: Assistant, tasks: Iterable[Task], *units: str) -> list[TaskView]:
    """The tasks as the given units have a part in them."""
    standings = assistant.standings()
    views = []
    for task in tasks:
        document = assistant.document(task.clause.document_id)
        parts = tuple(part_of(task.clause, unit) for unit in units)
        listed = task.clause.responsibility.assignments
        others = tuple(replace(a, unit=a.name) for a in listed if a.name not in units)
        standing = standings.get(document.id, UNKNOWN)
        views.append(TaskView(task, document, standing, parts, others))
    return views


def by_role_and_document(
    views: Sequence[TaskView],
) -> list[tuple[Role, int, list[tuple[TaskView, list[TaskView]]]]]:
    """The tasks of one unit by role, with their number, and within a role by document.

    A document is stood for by the first task from it.
    """
    grouped = []
    for role in ROLE_NAMES:
        own = [view for view in views if view.task.role is role]
        documents: dict[str, list[TaskView]] = {}
        for view in own:
            documents.setdefault(view.document.id, []).append(view)
        if own:
            grouped.append((role, len(own), [(found[0], found) for found in documents.values()]))
    return grouped


def open_leads(tasks: Iterable[Task]) -> int:
    """How many tasks of a 责任单位 leave open who leads: their source marked it in lost type."""
    return sum(undecided(task) for task in tasks if task.role is Role.RESPONSIBLE)


def network(unit: str, partners: Sequence[Partner]) -> Network:
    """A unit in the middle and its closest partners around it, strongest at the top."""
    shown = partners[:NODES]
    rows = max(1, ceil(len(shown) / 2))
    height = 2 * _MARGIN + (rows - 1) * _STEP + (_STEP if rows < 3 else 0)
    most = max((p.shared for p in shown), default=1)
    nodes = []
    for at, partner in enumerate(shown):
        y = height / 2 + (at // 2 - (rows - 1) / 2) * _STEP
        bulge = sqrt(max(0.0, 1 - ((y - height / 2) / (height / 2)) ** 2))
        reach = round(_REACH * (0.62 + 0.38 * bulge))
        left = at % 2 == 1
        x = _MIDDLE - reach if left else _MIDDLE + reach
        width = round(1.5 + 8.5 * partner.shared / most, 1)
        nodes.append(Node(partner, _name_lines(partner.name), x, round(y), left, width))
    return Network(tuple(nodes), _name_lines(unit), height, len(partners) - len(shown))


def shade(count: int, highest: int) -> int:
    """The step of colour of a number of the heat map: 1 the palest, ``SHADES`` the deepest."""
    return ceil(SHADES * count / highest) if highest else 0


def shade_ranges(highest: int) -> list[tuple[int, str]]:
    """The steps of colour with the numbers they stand for: 1 for "1–3", 2 for "4–6"."""
    steps = groupby(range(1, highest + 1), key=lambda n: shade(n, highest))
    ranges = [(step, list(numbers)) for step, numbers in steps]
    return [(s, f"{n[0]}–{n[-1]}" if len(n) > 1 else str(n[0])) for s, n in ranges]


def compared_views(
    assistant: Assistant, found: UnitComparison
) -> tuple[list[TaskView], list[TaskView], list[TaskView]]:
    """What two units share, and what only the first and only the second has."""
    return (
        task_views(assistant, found.shared, found.first, found.second),
        task_views(assistant, found.only_first, found.first),
        task_views(assistant, found.only_second, found.second),
    )


def _names(listed: Listed) -> tuple[str, ...]:
    unit = listed.unit
    return tuple(name for name in (unit.name, unit.full_name, *unit.aliases) if name)


def _name_lines(name: str) -> tuple[str, ...]:
    """A name on at most two lines of the picture; a longer one is cut."""
    if len(name) <= NAME_LINE:
        return (name,)
    half = min(NAME_LINE, ceil(len(name) / 2))
    rest = name[half:]
    return name[:half], rest if len(rest) <= NAME_LINE else f"{rest[: NAME_LINE - 1]}…"
