"""All tasks of a unit: complete from the table, one entry per note of responsible units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.lookups import Lookups
from assistant.answering.refusing import refuse
from assistant.model import ROLE_NAMES, Clause, Document, Range, Role, Task
from assistant.text import sentences
from assistant.understanding.question import Question

_SHARED = re.compile(r"共同|一起|共有|都参与|都负责|合作")


class UnitTasks:
    """Lists the tasks of units from the table of one index."""

    def __init__(self, lookups: Lookups) -> None:
        self.lookups = lookups

    def tasks_of(self, unit: str, documents: Sequence[str] = ()) -> tuple[Task, ...]:
        """All tasks of a unit (canonical name), one per note or, without one, per clause.

        ``documents`` restricts them to documents of these ids.
        """
        found: list[Task] = []
        for clause_id in self.lookups.index.units.get(unit, ()):
            clause = self.lookups.clauses[clause_id]
            if documents and clause.document_id not in documents:
                continue
            mine = next(a for a in clause.responsibility.assignments if a.name == unit)
            if self._listed_above(clause, unit) or self._listed_below(clause, unit):
                continue
            covers = self.lookups.below(clause)
            found.append(Task(clause, mine.role, mine.basis, covers))
        return tuple(found)

    def _listed_above(self, clause: Clause, unit: str) -> bool:
        """Whether the clause only repeats what the clause above it carries for this unit."""
        parent = self.lookups.clauses.get(clause.parent_id)
        if parent is None or unit not in names_of(parent):
            return False
        return clause.responsibility.note_clause_id in (
            "",
            parent.responsibility.note_clause_id,
        ) and (bool(clause.responsibility.note_clause_id) or not self._listed_below(parent, unit))

    def _listed_below(self, clause: Clause, unit: str) -> bool:
        """Whether a clause without a note of its own has sub-clauses with notes for this unit."""
        if clause.responsibility.note_clause_id:
            return False
        return any(
            c.responsibility.note_clause_id and unit in names_of(c)
            for c in self.lookups.below(clause)
        )

    def answer(self, question: Question) -> Draft:
        """All tasks of the units asked for, grouped by document and counted."""
        tasks = {u.name: self.tasks_of(u.name, question.documents) for u in question.units}
        unknown = [u.written for u in question.units if not tasks[u.name]]
        if unknown:
            names = "、".join(f"“{name}”" for name in unknown)
            return refuse(Status.NO_SOURCE, f"文件的责任单位中没有{names}，无法列出它的任务。")
        draft = Draft()
        written = {u.name: u.written for u in question.units}
        if len(written) > 1 and _SHARED.search(question.asked):
            leads = "牵头" in question.asked
            self._shared_tasks(draft, list(written), tasks[next(iter(written))], leads=leads)
            return draft
        for name, words in written.items():
            heard = "" if name in words else f"（按“{name}”理解）"
            draft.say("\n" if draft.text else "")
            self._unit_tasks(
                draft, name, words + heard, tasks[name], leads="牵头" in question.asked
            )
        return draft

    def _shared_tasks(
        self, draft: Draft, names: Sequence[str], tasks: Sequence[Task], *, leads: bool
    ) -> None:
        """The tasks of the first unit that the others have a part in, or lead with it."""
        shared = [task for task in tasks if names_of(task.clause).issuperset(names)]
        led = [task for task in shared if names_of(task.clause, leads=True).issuperset(names)]
        both = "、".join(names)
        if leads and not led:
            draft.say(f"文件没有以文字写明由{both}共同牵头的任务；")
        chosen, which = (led, "共同牵头") if leads and led else (shared, "共同")
        draft.say(f"{both}{which}的任务共{len(chosen)}条" + ("：" if chosen else "。"))
        self._list(draft, chosen, names)

    def _unit_tasks(
        self, draft: Draft, name: str, written: str, all_tasks: Sequence[Task], *, leads: bool
    ) -> None:
        led = tuple(t for t in all_tasks if t.role is Role.LEAD)
        if leads and not led:
            draft.say(f"文件没有以文字写明由{written}牵头的任务；")
        which = "牵头的任务" if leads and led else "的任务"
        tasks = led if leads and led else all_tasks
        draft.say(f"{written}{which}共{len(tasks)}条：")
        self._list(draft, tasks, [name])
        open_ones = sum(undecided(task) for task in all_tasks)
        if leads and open_ones:
            which = "另有" if led else "其中"
            draft.say(f"\n{which}{open_ones}条没有以文字写明牵头单位，无法判断是否由它牵头。")

    def _list(self, draft: Draft, tasks: Sequence[Task], names: Sequence[str]) -> None:
        for document in self.lookups.official:
            own = [t for t in tasks if t.clause.document_id == document.id]
            if own and len(self.lookups.official) > 1:
                draft.say(f"\n《{document.title}》")
            for number, task in enumerate(own, 1):
                self._task(draft, document, number, task, names)
                listed = task.clause.responsibility.assignments
                draft.add_units(task.clause, only=[a.unit for a in listed if a.name in names])

    def _task(
        self, draft: Draft, document: Document, number: int, task: Task, names: Sequence[str]
    ) -> None:
        clause = task.clause
        span = gist(document, clause)
        draft.say(f"\n{number}. {clause.full_label}（{_roles(task, names)}）")
        if span == clause.char_range:  # a heading alone, which has been said
            draft.say(f"[{draft.cite(document, clause, span).number}]")
        else:
            draft.say("：")
            draft.quote(document, clause, span)
        if span[1] < clause.body_range[1]:
            draft.say("……（节选）")
        if task.covers:
            draft.say("（含" + "、".join(c.heading or c.number for c in task.covers) + "）")
        if task.basis.startswith("inherited"):
            draft.say(f"（承接{task.basis.removeprefix('inherited from ')}的规定）")


def gist(document: Document, clause: Clause) -> Range:
    """The first sentence of a clause's own words, or its heading when it has none."""
    start, end = clause.body_range
    first = next(iter(sentences(document.text[start:end], start)), None)
    return first or clause.char_range


def names_of(clause: Clause, *, leads: bool = False) -> frozenset[str]:
    """The canonical names of a clause's units, or of those that lead."""
    listed = clause.responsibility.assignments
    return frozenset(a.name for a in listed if a.role is Role.LEAD or not leads)


def _roles(task: Task, names: Sequence[str]) -> str:
    """The unit's part in a task, or that of each of several units."""
    listed = task.clause.responsibility.assignments
    parts = {a.name: ROLE_NAMES[a.role] for a in listed if a.name in names}
    if len(names) < 2 or len(set(parts.values())) < 2:
        return ROLE_NAMES[task.role]
    return "；".join(f"{name}为{role}" for name, role in parts.items())


def undecided(task: Task) -> bool:
    """Whether the source marked the leader in a way that the text has lost."""
    found = task.clause.responsibility
    return bool(found.remarks) and not found.units(Role.LEAD)
