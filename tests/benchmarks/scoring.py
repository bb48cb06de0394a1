"""The project's own scorer: answers against wanted clauses, phrases, units and refusals.

A question is a row {id, question, kind, clauses, contains, units, local_units[, history]}, an answer
the JSON form of the Answer object. Every figure is the mean over the marks of one measure:

clause_hit1            the first citation is one of the wanted clauses
clause_recall          share of the wanted clauses that are cited (reverse: the tasks of a unit)
clause_precision       share of the citations that are wanted (reverse)
contains               every wanted phrase stands in the answer, a quote or the cited document's data
units                  the units of the first cited clause, without local ones, are the wanted set
units_on_right_clause  the same, over the questions whose first citation is right
local_units            every wanted local area is named, with role ``local``
refused                an unanswerable question was refused
false_refusal          an answerable question was refused (the only figure that is best at 0)
verbatim               a quote stands in the source word for word, white space aside
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]

MEASURES = (
    "clause_hit1",
    "clause_recall",
    "clause_precision",
    "contains",
    "units",
    "units_on_right_clause",
    "local_units",
    "refused",
    "false_refusal",
    "verbatim",
)
ANSWERED = frozenset({"answered", "partial"})
_KEY = re.compile(r"(?P<part>[一二三四五六七八九十]+)(?P<item>（[^）]+）)?(?P<lead>.*)")
_PART = re.compile(r"[一二三四五六七八九十]+、")


class Scorer(Protocol):
    """Questions, their answers in the same order, the source → figures, (measure, id, question)."""

    def __call__(
        self, questions: Sequence[Row], answers: Sequence[Row], source: str | None
    ) -> tuple[dict[str, float], list[tuple[str, str, str]]]: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """What one measure says of one answer (of one quote, for ``verbatim``)."""

    measure: str
    value: float
    row_id: str
    question: str
    wanted: str
    got: str

    @property
    def missed(self) -> bool:
        return self.value > 0 if self.measure == "false_refusal" else self.value < 1


def stands_under(path: Sequence[str], key: str) -> bool:
    """Whether a clause path is the wanted clause or lies below it: 二（二）智能装备, 序言, 三7. …"""
    if key == "序言":
        return not any(_PART.match(label) for label in path)
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"not a clause: {key!r}")
    opening = found["lead"] == "引言"
    wanted = [f"{found['part']}、", found["item"], "" if opening else found["lead"]]
    labels = iter(path)
    if not all(any(label.startswith(w) for label in labels) for w in wanted if w):
        return False
    below = next(labels, "") if opening else ""
    return not below or "引言" in below


def marks(row: Row, answer: Row, source: str | None) -> Iterator[Mark]:
    """Every mark of one answer; a measure that does not apply to the question gives none."""

    def mark(measure: str, value: float, wanted: object = "", got: object = "") -> Mark:
        return Mark(measure, float(value), row["id"], row["question"], _said(wanted), _said(got))

    refused = answer["status"] not in ANSWERED
    said = answer["answer"]["text"] if answer.get("answer") else ""
    if row["kind"] == "unanswerable":
        yield mark("refused", refused, "a refusal", f"{answer['status']}: {said}")
        return
    yield mark("false_refusal", refused, "an answer", f"{answer['status']}: {said}")
    citations = answer.get("citations") or []
    if source is not None:
        flat = _flat(source)
        for citation in citations:
            quote = citation["quote"]
            yield mark("verbatim", _flat(quote) in flat, "words of the source", quote)
    if row["contains"]:
        shown = [said, *(c["quote"] for c in citations)]
        shown += [str(value) for c in citations for value in c["document"].values()]
        text = "".join(map(_flat, shown))
        lacking = [phrase for phrase in row["contains"] if _flat(phrase) not in text]
        yield mark("contains", not lacking, lacking, said)
    paths = [c["clause"]["path"] for c in citations]
    cited = ["/".join(path) for path in paths]
    if row["kind"] == "reverse":
        found = [key for key in row["clauses"] if any(stands_under(p, key) for p in paths)]
        right = [p for p in paths if any(stands_under(p, key) for key in row["clauses"])]
        yield mark("clause_recall", len(found) / len(row["clauses"]), row["clauses"], cited)
        yield mark("clause_precision", len(right) / max(1, len(paths)), row["clauses"], cited)
    elif row["clauses"]:
        hit = any(stands_under(path, key) for path in paths[:1] for key in row["clauses"])
        yield mark("clause_hit1", hit, row["clauses"], cited[:1])
        yield from _unit_marks(row, answer, mark, hit=hit)


class _MarkMaker(Protocol):
    def __call__(self, measure: str, value: float, wanted: object, got: object) -> Mark: ...


def _unit_marks(row: Row, answer: Row, mark: _MarkMaker, *, hit: bool) -> Iterator[Mark]:
    listed = answer.get("responsible_units") or []
    citations = answer.get("citations") or []
    local = {u["name"] for u in listed if u["role"] == "local"}
    if row["units"]:
        first = citations[0]["clause"]["id"] if citations else None
        own = [u for u in listed if u.get("clause_id") in (None, first)]
        got = {u["name"] for u in own if u["role"] != "local"}
        equal = got == set(row["units"])
        yield mark("units", equal, row["units"], sorted(got))
        if hit:
            yield mark("units_on_right_clause", equal, row["units"], sorted(got))
    if row["local_units"]:
        yield mark("local_units", set(row["local_units"]) <= local, row["local_units"], local)


def figures(given: Iterable[Mark]) -> dict[str, float]:
    """The mean value of each measure that has a mark, to four places."""
    values: dict[str, list[float]] = defaultdict(list)
    for mark in given:
        values[mark.measure].append(mark.value)
    return {m: round(sum(values[m]) / len(values[m]), 4) for m in MEASURES if m in values}


def counts(given: Iterable[Mark]) -> dict[str, int]:
    """How many marks each measure has: questions, or quotes for ``verbatim``."""
    numbers = dict.fromkeys(MEASURES, 0)
    for mark in given:
        numbers[mark.measure] += 1
    return {measure: number for measure, number in numbers.items() if number}


def all_marks(questions: Sequence[Row], answers: Sequence[Row], source: str | None) -> list[Mark]:
    """The marks of all answers; there is one answer a question, in the same order."""
    pairs = zip(questions, answers, strict=True)
    return [mark for row, answer in pairs for mark in marks(row, answer, source)]


def score(
    questions: Sequence[Row], answers: Sequence[Row], source: str | None
) -> tuple[dict[str, float], list[tuple[str, str, str]]]:
    """Figures, and (measure, id, question) of every miss: a ``Scorer``."""
    given = all_marks(questions, answers, source)
    missed = [(m.measure, m.row_id, m.question) for m in given if m.missed]
    return figures(given), missed


def _flat(text: str) -> str:
    return "".join(text.split())


def _said(value: object) -> str:
    if isinstance(value, list | set | tuple):
        return "、".join(map(str, value)) or "nothing"
    return str(value)
