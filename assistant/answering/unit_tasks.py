"""All tasks of a unit: complete from the table, one entry per note of responsible units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.lookups import Lookups
from assistant.answering.refusing import refuse
from assistant.model import ROLE_NAMES, Clause, Document, Range, Role, Task
from assistant.text import sentences
from assistant.understanding.question import Question

_SHARED = re.compile(r"共同|一起|共有|都参与|都负责|合作")
_COOPERATES = re.compile("配合|协助|协办")
_VERBS = {Role.LEAD: "牵头", Role.COOPERATE: "配合"}


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
            role = asked_role(question.asked)
            one = len(written) == 1 or role is Role.LEAD  # 甲配合乙 says nothing of each alone
            self._unit_tasks(draft, name, words + heard, tasks[name], role if one else None)
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
        self.list_tasks(draft, chosen, names)

    def _unit_tasks(
        self,
        draft: Draft,
        name: str,
        written: str,
        all_tasks: Sequence[Task],
        role: Role | None,
    ) -> None:
        verb = _VERBS[role] if role else ""
        mine = tuple(t for t in all_tasks if t.role is role)
        if role and not mine:
            draft.say(f"文件没有以文字写明由{written}{verb}的任务；")
        tasks = mine or all_tasks
        counts = f"（{by_role(tasks)}）" if role and not mine else ""
        draft.say(f"{written}{verb if mine else ''}的任务共{len(tasks)}条{counts}：")
        self.list_tasks(draft, tasks, [name])
        open_ones = sum(undecided(task) for task in all_tasks)
        if role is Role.LEAD and open_ones:
            which = "另有" if mine else "其中"
            draft.say(f"\n{which}{open_ones}条没有以文字写明牵头单位，无法判断是否由它牵头。")

    def list_tasks(self, draft: Draft, tasks: Sequence[Task], names: Sequence[str]) -> None:
        """Add the tasks by document, each with the part of the units and its first sentence."""
        for document in self.lookups.official:
            own = [t for t in tasks if t.clause.document_id == document.id]
            if own and len(self.lookups.official) > 1:
                draft.say(f"\n《{document.title}》")
            for number, task in enumerate(own, 1):
                draft.say("\n")
                list_task(draft, document, number, task, names)


def list_task(
    draft: Draft, document: Document, number: int, task: Task, names: Sequence[str]
) -> None:
    """Add one line: the clause, the part of the units (``names``) in it and its first sentence.

    A clause that is a heading alone speaks through the first clause below it.
    """
    clause = task.clause
    draft.say(f"{number}. {clause.full_label}（{_roles(task, names)}）")
    holder, span = clause, gist(document, clause)
    if span == clause.char_range:  # a heading alone, which has been said
        draft.say(f"[{draft.cite(document, clause, span).number}]")
        own = (c for c in task.covers if gist(document, c) != c.char_range)
        holder = next(own, clause)
    if holder is not clause or span != clause.char_range:
        draft.say("：")
        span = gist(document, holder)
        draft.quote(document, holder, span)
    if span[1] < holder.body_range[1] or (len(task.covers) > 1 and holder is not clause):
        draft.say("……（节选）")
    if task.covers:
        draft.say("（含" + "、".join(c.heading or c.number for c in task.covers) + "）")
    if task.basis.startswith("inherited"):
        draft.say(f"（承接{task.basis.removeprefix('inherited from ')}的规定）")
    listed = clause.responsibility.assignments
    draft.add_units(clause, only=[a.unit for a in listed if a.name in names])


def asked_role(asked: str) -> Role | None:
    """The one role that a question asks for, 牵头 or 配合; None for both or for any."""
    leads, cooperates = "牵头" in asked, bool(_COOPERATES.search(asked))
    if leads == cooperates or (cooperates and re.search("负责|承担|责任", asked)):
        return None
    return Role.LEAD if leads else Role.COOPERATE


def by_role(tasks: Sequence[Task]) -> str:
    """How many of the tasks a unit has in each role: 牵头单位2条、责任单位11条."""
    counts = Counter(task.role for task in tasks)
    return "、".join(f"{ROLE_NAMES[role]}{counts[role]}条" for role in Role if counts[role])


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
    if len(set(parts.values())) < 2:
        return next(iter(parts.values()), ROLE_NAMES[task.role])
    return "；".join(f"{name}为{role}" for name, role in parts.items())


def undecided(task: Task) -> bool:
    """Whether the source marked the leader in a way that the text has lost."""
    found = task.clause.responsibility
    return bool(found.remarks) and not found.units(Role.LEAD)
