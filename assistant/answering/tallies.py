"""What is counted over all tasks: who has the most of them, and which have no unit in the lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answer import Status
from assistant.answering.drafting import Draft, units_line
from assistant.answering.lookups import MAX_DOCUMENTS, Lookups, which_document
from assistant.answering.refusing import refuse
from assistant.answering.unit_tasks import UnitTasks, asked_role, by_role, names_of, undecided
from assistant.model import Role, Task
from assistant.understanding.question import Question

RUNNERS_UP = 3
MAX_NAMES = 5  # units that have equally many tasks
MAX_LISTED = 40  # clauses
_VERBS = {Role.LEAD: "牵头的任务", Role.COOPERATE: "配合的任务", None: "任务"}


def tally(question: Question, lookups: Lookups, tasks: UnitTasks) -> Draft:
    """The answer to a question whose ``overview`` is one of ``TALLIES``."""
    documents = lookups.meant(question)
    if len(documents) > MAX_DOCUMENTS:
        return which_document(documents)
    ids = tuple(d.id for d in documents)
    table = {unit: tasks.tasks_of(unit, ids) for unit in lookups.index.units}
    table = {unit: found for unit, found in table.items() if found}
    if not table:
        return refuse(Status.NO_SOURCE, "文件没有列明责任单位。")
    where = f"已收录的{len(documents)}份文件中，" if len(documents) > 1 else ""
    if question.overview == "no_lead":
        return _no_lead(lookups, table, where)
    return _busiest(question, tasks, table, where)


def _busiest(
    question: Question, tasks: UnitTasks, table: Mapping[str, Sequence[Task]], where: str
) -> Draft:
    """Who has the most tasks, of the role that is asked for; areas are counted apart."""
    role = asked_role(question.asked)
    own = {unit: [t for t in found if _is(t, role)] for unit, found in table.items()}
    local = {unit: [t for t in found if t.role is Role.LOCAL] for unit, found in table.items()}
    lost = len({t.clause.id for found in table.values() for t in found if undecided(t)})
    lost = lost if role is Role.LEAD else 0
    unknown = f"另有{lost}条没有以文字写明牵头单位，没有计入。" if lost else ""
    if not any(own.values()):
        return refuse(Status.NO_SOURCE, f"文件没有以文字写明{_VERBS[role]}，无法比较。")
    first, most = _top(own)
    draft = Draft()
    draft.say(f"{where}{_VERBS[role]}最多的是{_names(first)}，{'各' if len(first) > 1 else '共'}")
    draft.say(f"{most}条" + ("" if role or len(first) > 1 else f"（{by_role(own[first[0]])}）"))
    behind = sorted((u for u in own if u not in first and own[u]), key=lambda u: -len(own[u]))
    least = len(own[behind[:RUNNERS_UP][-1]]) if behind else 0  # no tie is cut in two
    named = "、".join(f"{u}（{len(own[u])}条）" for u in behind if len(own[u]) >= least)
    draft.say(f"；其次是{named}。" if named else "。")
    if role is None and any(local.values()):
        areas, count = _top(local)
        draft.say(f"属地落实的任务最多的是{_names(areas)}（{count}条）。")
    draft.say(unknown)
    draft.say(f"\n{first[0]}的这些任务：")
    tasks.list_tasks(draft, own[first[0]], first[:1])
    return draft


def _no_lead(lookups: Lookups, table: Mapping[str, Sequence[Task]], where: str) -> Draft:
    """The tasks for which no unit is written to be in the lead, with the notes that name units."""
    found = {t.clause.id: t.clause for tasks in table.values() for t in tasks}
    every = [c for d in lookups.official for c in d.clauses if c.id in found]
    open_ones = [c for c in every if not names_of(c, leads=True)]
    draft = Draft()
    draft.say(f"{where}列明责任单位的任务共{len(every)}条，")
    if not open_ones:
        draft.say("每一条都写明了牵头单位。")
    else:
        draft.say(f"其中{len(open_ones)}条没有以文字写明牵头单位：")
    for number, clause in enumerate((open_ones or every)[:MAX_LISTED], 1):
        document = lookups.documents[clause.document_id]
        span = clause.responsibility.note_range or clause.char_range
        holder = document.holder(span) if clause.responsibility.note_range else clause
        mark = draft.cite(document, holder, span).number
        title = f"《{document.title}》" if len(lookups.official) > 1 else ""
        draft.say(f"\n{number}. {title}{clause.full_label}：{units_line(clause)}[{mark}]")
        draft.add_units(clause)
    if len(open_ones or every) > MAX_LISTED:
        draft.say(f"\n（只列出前{MAX_LISTED}条。）")
    return draft


def _is(task: Task, role: Role | None) -> bool:
    return task.role is role if role else task.role is not Role.LOCAL


def _top(table: Mapping[str, Sequence[Task]]) -> tuple[list[str], int]:
    """Who has the most, in the order of the table, and how many."""
    most = max(map(len, table.values()))
    return [unit for unit, found in table.items() if len(found) == most], most


def _names(units: Sequence[str]) -> str:
    more = f"等{len(units)}个" if len(units) > MAX_NAMES else ""
    return "、".join(units[:MAX_NAMES]) + more
