"""Things side by side: what the tables say is common and what differs, then the words of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.joining import ANSWERS, joined
from assistant.answering.lookups import Lookups
from assistant.answering.refusing import refuse
from assistant.answering.unit_tasks import list_task, names_of, undecided
from assistant.model import CITABLE, Document, Role, Task
from assistant.text import fold
from assistant.understanding.comparison import Compared, Comparison, Side
from assistant.understanding.question import Kind, Question, Reader

FACTS = ("doc_number", "issued_on", "issuer", "status", "count")
TasksOf = Callable[[str, Sequence[str]], tuple[Task, ...]]
Answer = Callable[[Question], Draft]


class ComparisonAnswers:
    """Compares by the tables of one index; ``answer`` answers a question about one side."""

    def __init__(self, lookups: Lookups, tasks_of: TasksOf, reader: Reader, answer: Answer) -> None:
        self.lookups = lookups
        self.tasks_of = tasks_of
        self.reader = reader
        self.answer_one = answer

    def answer(self, comparison: Comparison) -> Draft:
        """What is common and what differs in one sentence; below it each side's own words.

        Partial where a side is unknown to the documents, a refusal where all are.
        """
        if comparison.kind is Compared.UNITS:
            return self._units(comparison.sides, leads=comparison.leads)
        by_kind = {
            Compared.CLAUSES: self._clauses,
            Compared.AREAS: self._areas,
            Compared.DOCUMENTS: self._documents,
        }
        return by_kind[comparison.kind](comparison.sides)

    def _clauses(self, sides: Sequence[Side]) -> Draft:
        parts = []
        for side in sides:
            question = self.reader.read(side.names[0])
            asked = replace(question, documents=side.documents or question.documents)
            parts.append((self._clause_name(side, sides), self.answer_one(asked)))
        told = {name: draft for name, draft in parts if draft.status in ANSWERS}
        units = {n: dict.fromkeys(u.name for u in d.units) for n, d in told.items()}
        unclear = [name for name, draft in parts if draft.status is Status.CLARIFY]
        if unclear:
            opening = f"{_and(unclear)}不止一处，无法比较。"
        elif len(units) < 2:
            opening = _missing([name for name, _ in parts if name not in told], "条款")
        elif not any(units.values()):
            opening = f"{_and(units)}都没有列明责任单位。"
        else:
            opening = _sets(units, "列明的单位", "个")
        return joined(parts, opening)

    def _clause_name(self, side: Side, sides: Sequence[Side]) -> str:
        """How a clause is called: with its document where another one has the same number."""
        alike = sum(side.written == other.written for other in sides) > 1
        titles = [self.lookups.documents[d].title for d in side.documents if alike]
        return "".join(f"《{title}》" for title in titles) + side.written

    def _areas(self, sides: Sequence[Side]) -> Draft:
        industries: dict[str, dict[str, None]] = {}
        parts = []
        for side in sides:
            found = self._industries(side)
            if not found:
                reason = f"文件没有写明“{side.written}”支持的产业。"
                parts.append((side.written, refuse(Status.NO_SOURCE, reason)))
                continue
            industries[side.written] = found
            question = self.reader.read(f"{side.written}支持哪些产业")
            asked = replace(question, documents=side.documents or question.documents)
            meant = "、".join(side.names)
            heading = side.written if side.written == meant else f"{side.written}（{meant}）"
            parts.append((heading, self.answer_one(asked)))
        if len(industries) < 2:
            unknown = [s.written for s in sides if s.written not in industries]
            return joined(parts, _missing(unknown, "产业"))
        return joined(parts, _sets(industries, "支持的产业", "个"))

    def _industries(self, side: Side) -> dict[str, None]:
        """The industries that the table has for an area, as the documents write them."""
        return dict.fromkeys(
            entry.industry
            for entry in self.lookups.index.industries
            if set(entry.areas) & set(side.names)
            and (not side.documents or entry.clause_id.rpartition(":")[0] in side.documents)
        )

    def _units(self, sides: Sequence[Side], *, leads: bool) -> Draft:
        """Counts, then the tasks of all, then the rest of each one's."""
        every = {s.names[0]: self.tasks_of(s.names[0], s.documents) for s in sides if s.names}
        every = {name: found for name, found in every.items() if found}
        unknown = [s.written for s in sides if not (s.names and s.names[0] in every)]
        refused = [
            (name, refuse(Status.NO_SOURCE, f"文件的责任单位中没有“{name}”，无法比较它的任务。"))
            for name in unknown
        ]
        none = leads and not any(_leads(t) for found in every.values() for t in found)
        leads = leads and not none
        tasks = {n: [t for t in found if _leads(t) or not leads] for n, found in every.items()}
        what = "牵头的任务" if leads else "的任务"
        if len(tasks) < 2:
            parts = [(f"{n}{what}（{len(t)}条）", self._listed(t, [n])) for n, t in tasks.items()]
            return joined([*refused, *parts], _missing(unknown, "任务"))
        shared = {
            task.clause.id: task
            for found in tasks.values()
            for task in found
            if names_of(task.clause, leads=leads).issuperset(tasks)
        }
        own = {n: [t for t in found if t.clause.id not in shared] for n, found in tasks.items()}
        told = [(f"{_and(tasks)}共同{what}", list(shared.values()), list(tasks))]
        told += [(f"{n}另有{what}", t, [n]) for n, t in own.items()]
        parts = [(f"{h}（{len(t)}条）", self._listed(t, names)) for h, t, names in told if t]
        opening = f"文件没有以文字写明由{_and(tasks)}牵头的任务；" if none else ""
        opening += _counts(tasks, len(shared), own, what)
        opening += "".join(_undecided(n, t) for n, t in every.items() if leads)
        return joined([*parts, *refused], opening)

    def _listed(self, tasks: Sequence[Task], names: Sequence[str]) -> Draft:
        """The tasks by document, each with its units' roles and its first sentence."""
        draft = Draft()
        before = ""
        for number, task in enumerate(tasks, 1):
            document = self.lookups.documents[task.clause.document_id]
            if len(self.lookups.official) > 1 and document.id != before:
                draft.say(f"{chr(10) if draft.text else ''}《{document.title}》")
            before = document.id
            draft.say("\n" if draft.text else "")
            list_task(draft, document, number, task, names)
        return draft

    def _documents(self, sides: Sequence[Side]) -> Draft:
        parts = []
        for side in sides:
            if side.names:
                asked = Question(side.written, Kind.META, "", documents=side.names, facts=FACTS)
                parts.append((side.written, self.answer_one(asked)))
            else:
                reason = f"已收录的文件中没有{side.written}。"
                parts.append((side.written, refuse(Status.NO_SOURCE, reason)))
        known = [self.lookups.documents[s.names[0]] for s in sides if s.names]
        if len(known) < 2:
            return joined(parts, _missing([s.written for s in sides if not s.names], "文件"))
        return joined(parts, _facts(known))


def _leads(task: Task) -> bool:
    return task.role is Role.LEAD


def _undecided(name: str, tasks: Sequence[Task]) -> str:
    """How many tasks of a unit leave open who leads, as their source marked it in lost type."""
    lost = sum(undecided(task) for task in tasks)
    return f"{name}另有{lost}条没有以文字写明牵头单位，无法判断是否由它牵头。" if lost else ""


def _and(names: Sequence[str] | Mapping[str, object]) -> str:
    *others, last = names
    return f"{'、'.join(others)}和{last}" if others else last


def _missing(unknown: Sequence[str], what: str) -> str:
    names = "、".join(name if name.startswith("《") else f"“{name}”" for name in unknown)
    lacks = f"没有收录{names}" if what == "文件" else f"已收录的文件中没有{names}的{what}"
    return f"{lacks}，无法比较。"


def _sets(sides: Mapping[str, Mapping[str, None]], what: str, measure: str) -> str:
    """What all sides have, and what each has that the others lack, by the names written alike."""
    keys = {side: {fold(n): n for n in names} for side, names in sides.items()}
    common = set.intersection(*(set(names) for names in keys.values()))
    first = next(iter(keys.values()))
    shared = [name for key, name in first.items() if key in common]
    told = f"都有的{len(shared)}{measure}：{'、'.join(shared)}" if shared else "没有写法相同的"
    pieces = [f"{_and(sides)}{what}，{told}"]
    for side, names in keys.items():
        others = set().union(*(set(n) for s, n in keys.items() if s != side))
        own = [name for key, name in names.items() if key not in others]
        listed = f"只有{side}有的{len(own)}{measure}：{'、'.join(own)}"
        pieces.append(listed if own else f"{side}没有另外的")
    return "；".join(pieces) + "。"


def _counts(
    tasks: Mapping[str, Sequence[Task]],
    shared: int,
    own: Mapping[str, Sequence[Task]],
    what: str,
) -> str:
    """How many tasks each unit has, who has more, how many are common, how many are not."""
    counts = {name: len(found) for name, found in tasks.items()}
    pieces = "，".join(f"{name}{what}共{n}条" for name, n in counts.items())
    (most, high), (_, second), *_ = sorted(counts.items(), key=lambda item: -item[1])
    more = f"{most}多{high - second}条" if high > second else "两者一样多"
    if len(counts) > 2:
        more = f"{most}最多" if high > second else "没有哪一个最多"
    rest = "，".join(f"{name}另有{len(found)}条" for name, found in own.items())
    return f"{pieces}，{more}；共同{what}{shared}条，{rest}。"


def _facts(documents: Sequence[Document]) -> str:
    """Issuer, date and size of documents compared; what is not known is left out."""
    pieces = []
    issuers = {d.issuer for d in documents}
    if all(issuers):
        pieces.append(f"发文机关{'相同' if len(issuers) == 1 else '不同'}")
    dated = sorted((d.issued_on, d.title) for d in documents if d.issued_on)
    if len(dated) == len(documents):
        for (early, first), (late, then) in pairwise(dated):
            days = (late - early).days
            pieces.append(
                f"《{first}》的成文日期比《{then}》早{days}天" if days else "成文日期相同"
            )
    sizes = [sum(c.kind in CITABLE and not d.children(c.id) for c in d.clauses) for d in documents]
    listed = "，".join(f"《{d.title}》{n}条" for d, n in zip(documents, sizes, strict=True))
    return "；".join([*pieces, f"最小条款：{listed}"]) + "。"
