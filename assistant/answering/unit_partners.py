"""Who works with whom: the tasks in which units have a part together, from their full lists. Pure.

Two units share a task where the clause that stands in the list of one of them names both: the
clause that carries the note counts once, and what stands below it does not count again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.unit_tasks import names_of
from assistant.model import Assignment, Clause, Task

TaskTable = Mapping[str, Sequence[Task]]
Shared = Mapping[str, Mapping[str, int]]

LEVELS = ("国家", "省", "市", "区县", "镇街", "园区", "")  # as the lists of units are arranged
_PARK = re.compile(r"(?:开发区|高新区|度假区|园区|试验区|示范区|保税区|产业园)(?:管理?委员?会)?$")


@dataclass(frozen=True, slots=True)
class Partner:
    """A unit that has a part in tasks of another one; ``shared`` counts these tasks."""

    name: str
    shared: int


@dataclass(frozen=True, slots=True)
class UnitComparison:
    """The tasks of two units: what both have a part in, and what only one of them has."""

    first: str
    second: str
    shared: tuple[Task, ...]
    only_first: tuple[Task, ...]
    only_second: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """How many tasks each unit of the rows shares with each of the columns, by these names."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shared: Shared

    def count(self, row: str, column: str) -> int:
        """The number of tasks that two units share."""
        return self.shared[row].get(column, 0)

    @property
    def highest(self) -> int:
        """The largest number in it; 0 where nobody shares anything."""
        return max((self.count(r, c) for r in self.rows for c in self.columns if r != c), default=0)


def part_of(clause: Clause, unit: str) -> Assignment:
    """The part of a unit (canonical name) in a clause that names it.

    Raises:
        StopIteration: the clause does not name it.
    """
    return next(a for a in clause.responsibility.assignments if a.name == unit)


def compare(table: TaskTable, first: str, second: str) -> UnitComparison:
    """What two units (canonical names) share and what only one has, each in the order of lists."""
    both = {first, second}
    shared = {
        task.clause.id: task
        for task in (*table[first], *table[second])
        if names_of(task.clause).issuperset(both)
    }
    own = {
        name: tuple(task for task in table[name] if task.clause.id not in shared) for name in both
    }
    return UnitComparison(first, second, tuple(shared.values()), own[first], own[second])


def shared_counts(table: TaskTable) -> Shared:
    """For each unit how many tasks it shares with each other one; who shares none is left out."""
    holders: dict[str, tuple[Clause, set[str]]] = {}
    for unit, tasks in table.items():
        for task in tasks:
            holders.setdefault(task.clause.id, (task.clause, set()))[1].add(unit)
    counts: dict[str, Counter[str]] = {unit: Counter() for unit in table}
    for clause, held_by in holders.values():
        named = names_of(clause) & table.keys()
        for one in named & held_by:
            for other in named - {one}:
                counts[one][other] += 1
                if other not in held_by:  # else it counts the same task from its own side
                    counts[other][one] += 1
    return counts


def partners(shared: Shared, unit: str) -> tuple[Partner, ...]:
    """Who shares tasks with a unit, most tasks first; among equals as the documents name them."""
    order = {name: at for at, name in enumerate(shared)}
    found = sorted(shared[unit].items(), key=lambda item: (-item[1], order[item[0]]))
    return tuple(Partner(name, count) for name, count in found)


def matrix(shared: Shared, most: int, wanted: Collection[str] | None = None) -> Matrix:
    """The ``most`` units that share the most tasks, against one another.

    With ``wanted`` the rows are of these units only, and the columns are whom they work with.
    """
    if wanted is None:
        best = _most_connected(shared, shared, shared, most)
        return Matrix(best, best, shared)
    rows = _most_connected(shared, wanted, shared, most)
    return Matrix(rows, _most_connected(shared, shared, rows, most), shared)


def among(shared: Shared, units: Collection[str]) -> Shared:
    """The same counts for some units only."""
    return {
        one: {other: count for other, count in others.items() if other in units}
        for one, others in shared.items()
        if one in units
    }


def closest_pairs(shared: Shared, wanted: Collection[str], most: int) -> list[tuple[str, Partner]]:
    """The pairs that share the most tasks, at least one of each pair among ``wanted``."""
    order = {name: at for at, name in enumerate(shared)}
    found = [
        (one, Partner(other, count))
        for one, others in shared.items()
        for other, count in others.items()
        if order[one] < order[other] and (one in wanted or other in wanted)
    ]
    return sorted(found, key=lambda pair: -pair[1].shared)[:most]


def level_of(unit: str, tasks: Sequence[Task]) -> str:
    """One of ``LEVELS``: its rank of government as the documents show it.

    A unit without a rank whose name ends like that of a 园区 is one; '' is not known.
    """
    level = next((a for t in tasks if (a := part_of(t.clause, unit).level)), "")
    return level or ("园区" if _PARK.search(unit) else "")


def _most_connected(
    shared: Shared, among: Iterable[str], to: Collection[str], most: int
) -> tuple[str, ...]:
    """Of ``among`` those that share the most tasks with ``to``; who shares none is left out."""
    totals = {one: sum(n for o, n in shared[one].items() if o in to) for one in among}
    best = sorted((name for name in totals if totals[name]), key=lambda name: -totals[name])
    return tuple(best[:most])
