"""A conversation that a browser has kept, taken back: nothing in it is believed.

Every answer is held to the laws of a new one. One that no longer holds, since its document was
replaced or since somebody changed it, comes back as a turn that asks to ask again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from assistant.answer import Answer, AnswerText, Refusal, Status
from assistant.answering.drafting import Draft, judged
from assistant.checking.verification import faults, unit_faults
from assistant.decoding import answer_from
from assistant.model import Clause, Document
from assistant.rendering import renderings
from assistant.validity import Standing
from assistant.wording.generation import ENTAILED, MAX_CHARACTERS, MAX_SOURCES, Check, aigc

log = logging.getLogger(__name__)

MAX_TURNS = 20
MAX_BYTES = 400_000  # one answer
OUTDATED = "文件已更新，这个回答与现在的原文不一致，请重新提问。"
_LAST_SECOND = 253_402_300_799  # of the year 9999
_WORK = 4_000_000  # characters that the checks of one answer may have to read
_WORDED = 20_000  # characters of an answer in a model's words
_LONGEST_NAME = 200  # of a model
_ID = re.compile(r"ans_[0-9a-f]{32}")
_SUPPORTS = frozenset({"quoted", ENTAILED})


@dataclass(frozen=True, slots=True)
class Today:
    """What the index says now; ``standings`` tells which documents are in force at a day."""

    documents: Mapping[str, Document]
    clauses: Mapping[str, Clause]
    standings: Callable[[date], Mapping[str, Standing]]
    check: Check | None = None
    base_url: str = ""


def restored(records: object, today: Today, limit: int = MAX_TURNS) -> tuple[Answer, ...]:
    """The last ``limit`` turns of what a browser sent, as JSON gave it; never raises.

    What is no answer of this release or larger than ``MAX_BYTES`` is left out. An answer that does
    not hold keeps its question, and says ``OUTDATED``.
    """
    kept = records[-limit:] if isinstance(records, list | tuple) and limit > 0 else ()
    return tuple(turn for turn in (_turn(record, today) for record in kept) if turn)


def _turn(record: object, today: Today) -> Answer | None:
    if not _fits(record):
        return None
    try:
        answer = answer_from(record)
        date.fromisoformat(answer.as_of)
    except ValueError:
        return None
    if answer.object != "policy.answer" or not _ID.fullmatch(answer.id):
        return None
    if not 0 <= answer.created <= _LAST_SECOND:
        return None
    wrong = misfits(answer, today)
    if wrong:
        log.info("a kept answer no longer holds: %s", "; ".join(wrong[:3]))
    return renderings(outdated(answer) if wrong else answer, today.base_url)


def outdated(answer: Answer) -> Answer:
    """The turn in place of an answer that no longer holds: its question, and what to do.

    Its status is ``error``: nothing was found out about the documents, so no other one is true.
    """
    return Answer(
        id=answer.id,
        created=answer.created,
        as_of=answer.as_of,
        status=Status.ERROR,
        question=replace(answer.question, rewritten=None),
        answer=AnswerText(OUTDATED),
        refusal=Refusal(OUTDATED),
    )


def misfits(answer: Answer, today: Today) -> list[str]:
    """Why an answer would not be given now, one sentence per fault; empty when it holds."""
    draft = Draft(
        status=answer.status,
        text=answer.answer.text if answer.answer else "",
        claims=list(answer.claims),
        citations=list(answer.citations),
        units=list(answer.responsible_units),
        refusal=answer.refusal,
    )
    # what the other checks take for granted, so each is done only once those before it hold
    return (
        _out_of_shape(draft)
        or [f for unit in draft.units for f in unit_faults(unit, today.clauses)]
        or _unknown_contacts(draft, today)
        or faults(draft, today.documents, today.clauses, today.check)
        or _mislabelled(answer, draft)
        or _misjudged(answer, draft, today)
    )


def _out_of_shape(draft: Draft) -> list[str]:
    """Numbers, marks and spans that no draft of ours has, and more of them than is ever made."""
    numbers, ids = [c.number for c in draft.citations], {c.id for c in draft.citations}
    if numbers != list(range(1, len(numbers) + 1)) or len(ids) != len(numbers):
        return ["citations not numbered in order"]
    if len(set(draft.units)) != len(draft.units):
        return ["a unit listed twice"]
    length = {c.id: len(c.quote) for c in draft.citations}
    work = past = 0
    for claim in draft.claims:
        start, end = claim.span
        if not (past <= start < end <= len(draft.text) and ids.issuperset(claim.citation_ids)):
            return [f"a claim out of place: {claim.span}"]
        if claim.support not in _SUPPORTS:
            return [f"no kind of support: {claim.support}"]
        past = end
        work += sum(length[i] for i in claim.citation_ids)
    worded = any(c.support == ENTAILED for c in draft.claims)
    too_much = work > _WORK or (worded and _too_much_worded(draft))
    return ["more than is ever answered"] if too_much else []


def _too_much_worded(draft: Draft) -> bool:
    """Whether there is more to check than a model is ever given to word."""
    quoted = sum(len(c.quote) for c in draft.citations)
    return (
        len(draft.citations) > MAX_SOURCES or quoted > MAX_CHARACTERS or len(draft.text) > _WORDED
    )


def _unknown_contacts(draft: Draft, today: Today) -> list[str]:
    """Units to ask that no clause of the index lists."""
    asked = set(draft.refusal.contact_units) if draft.refusal else set()
    if not asked:
        return []
    listed = {a.unit for c in today.clauses.values() for a in c.responsibility.assignments}
    return [f"no such unit: {name}" for name in sorted(asked - listed)]


def _mislabelled(answer: Answer, draft: Draft) -> list[str]:
    """The label of a model's words must be there and whole, and on no other answer."""
    made = aigc(draft, "\0")  # which no text holds, so it parts what stands around the name
    before, _, after = made.notice.partition("\0")
    given, name = answer.aigc.notice, len(answer.aigc.notice) - len(before) - len(after)
    whole = given.startswith(before) and given.endswith(after) and 0 <= name <= _LONGEST_NAME
    same = (answer.aigc.generated, answer.aigc.label) == (made.generated, made.label)
    return [] if same and whole and bool(given) == made.generated else ["not its label"]


def _misjudged(answer: Answer, draft: Draft, today: Today) -> list[str]:
    """Each document's force as at the day of the answer, and a warning for each not in force."""
    draft.citations = list(answer.citations)
    told = judged(draft, today.standings(date.fromisoformat(answer.as_of)))
    wrong = [
        f"not its standing: {given.document.id}"
        for given, now in zip(answer.citations, told.citations, strict=True)
        if given.validity != now.validity
    ]
    return wrong + [f"a warning is missing: {w}" for w in told.warnings if w not in answer.warnings]


def _fits(record: object) -> bool:
    """Whether a record has at most ``MAX_BYTES`` of text, keys and values; stops where it has."""
    left, waiting = MAX_BYTES, [record]
    while waiting and left >= 0:
        value = waiting.pop()
        if isinstance(value, str):
            left -= len(value.encode("utf-8", "surrogatepass"))
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
        left -= 4
    return left >= 0
