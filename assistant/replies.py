"""One question through all the parts: understood, answered, checked, worded, judged, glossed."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.answer import REFUSAL_PHRASE, Refusal, Status
from assistant.answering.comparison_answers import ComparisonAnswers
from assistant.answering.compound import compound_answer, parts_of
from assistant.answering.drafting import Draft, judged
from assistant.answering.english_gloss import gloss, unread
from assistant.answering.polar import is_polar
from assistant.answering.refusing import refuse
from assistant.checking.verification import faults
from assistant.parts import Parts
from assistant.stages import Stopwatch, stage
from assistant.text import clean
from assistant.understanding.comparison import Compared, Comparison, compared
from assistant.understanding.corrections import notes
from assistant.understanding.document_facts import document_facts
from assistant.understanding.injection import is_injection
from assistant.understanding.question import Kind, Question

log = logging.getLogger(__name__)

BLOCKED = "这个问题要求改变助手的规则或透露内部设置，不予回答；请就政策文件的内容提问。"
_WORDED = frozenset({Kind.FACT, Kind.DEFINITION, Kind.PURPOSE, Kind.WHERE})  # others are tables
_REWRITING = 3.0  # seconds at most, and a quarter of the budget
_LOST = frozenset({Status.CLARIFY, Status.NO_SOURCE, Status.OUT_OF_SCOPE})


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished draft, and the question as it was understood where that is another wording."""

    draft: Draft
    rewritten: str | None = None


def replying(
    parts: Parts,
    text: str,
    earlier: Sequence[str],
    day: date,
    *,
    budget: float,
    watch: Stopwatch,
) -> Generator[str, None, Reply]:
    """Each sentence that an LLM writes as soon as it has been checked; returns the whole reply.

    ``budget`` in seconds is for the LLM alone; 0 leaves it out. ``watch`` counts the stages.
    """
    with watch.stage("understanding"):
        if is_injection(text):
            return Reply(refuse(Status.BLOCKED, BLOCKED))
        heard = parts.conversation.translated(clean(text))
        question = parts.conversation.understand(text, earlier)
    if heard and heard.text is None:
        draft = unread(heard.unknown)
    else:
        with watch.stage("answering"):
            draft = verified(_answered(parts, question, day), parts)
            question, draft = _helped(parts, question, draft, earlier, day, budget)
        if question.kind in _WORDED and not is_polar(question.asked):  # a verdict stays as it is
            draft = yield from _written(parts, question, draft, budget, watch)
    about_force = _about_force(parts, question)
    draft = judged(draft, parts.lookups.relations.at(day), about_force=about_force)
    draft.warnings[:0] = notes(question.changes)
    if heard:
        if heard.unknown and draft.status is Status.ANSWERED:
            draft.status = Status.PARTIAL  # what was asked is not wholly known
        draft.say("\n" + gloss(draft, heard.unknown))
    return Reply(draft, question.rewritten)


@stage("checking")
def verified(draft: Draft, parts: Parts) -> Draft:
    """The draft, or a refusal when anything in it does not hold."""
    wrong = faults(draft, parts.lookups.documents, parts.lookups.clauses, parts.check)
    if not wrong:
        return draft
    log.error("answer withheld: %s", "; ".join(wrong))
    reason = "答案没有通过与原文的核对，已不予显示。"
    return Draft(Status.NO_SOURCE, REFUSAL_PHRASE + reason, refusal=Refusal(reason))


def _answered(parts: Parts, question: Question, day: date) -> Draft:
    """The draft for one question, for several in one, or for a comparison."""
    if question.unclear:
        reason = f"没有看出“{question.unclear}”指的是什么，请写明是哪个单位、条款或产业的。"
        return refuse(Status.CLARIFY, reason)

    def one(asked: Question) -> Draft:
        return parts.answerer.answer(asked, day)

    def side_by_side(comparison: Comparison) -> Draft:
        tasks_of = parts.answerer.tasks.tasks_of
        return ComparisonAnswers(parts.lookups, tasks_of, parts.reader, one).answer(comparison)

    def told(asked: Question) -> Draft:
        found = compared(asked.asked, parts.reader)
        return side_by_side(found) if found else one(asked)

    comparison = compared(question.asked, parts.reader)
    if comparison:
        return side_by_side(comparison)
    return compound_answer(question.asked, parts.reader, told) or one(question)


def _about_force(parts: Parts, question: Question) -> bool:
    """Whether the force of documents is asked: then it needs no other warning."""
    comparison = compared(question.asked, parts.reader)
    if comparison:
        return comparison.kind is Compared.DOCUMENTS
    if "status" in question.facts or "status" not in document_facts(question.asked, False):
        return "status" in question.facts
    asked = parts_of(question.asked, parts.reader)
    return any("status" in parts.reader.read(part).facts for part in asked)


def _written(
    parts: Parts, question: Question, draft: Draft, budget: float, watch: Stopwatch
) -> Generator[str, None, Draft]:
    """The answer in the LLM's words; the draft where anything in these does not hold."""
    if parts.composer is None or budget <= 0:
        return draft
    writing = parts.composer.compose(question.asked, draft, budget=budget)
    while True:
        try:
            with watch.stage("wording"):
                sentence = next(writing)
        except StopIteration as end:
            made: Draft = end.value
            break
        yield sentence.words + sentence.marks
    wrong = faults(made, parts.lookups.documents, parts.lookups.clauses, parts.check)
    if wrong:
        log.error("wording withheld: %s", "; ".join(wrong))
    return draft if wrong else made


def _helped(
    parts: Parts,
    question: Question,
    draft: Draft,
    earlier: Sequence[str],
    day: date,
    budget: float,
) -> tuple[Question, Draft]:
    """A follow-up that the rules could not complete, completed by the LLM where that answers it."""
    lost = draft.status in _LOST and question.rewritten is None
    if parts.rewriter is None or not (lost and earlier) or budget <= 0:
        return question, draft
    seconds = min(_REWRITING, budget / 4)
    with stage("rewriting"):
        found = parts.rewriter.rewritten(question.text, earlier, budget=seconds)
    if not found:
        return question, draft
    completed = parts.conversation.understand(found)
    told = verified(_answered(parts, completed, day), parts)
    if told.status in _LOST:
        return question, draft
    return replace(completed, text=question.text, rewritten=found), told
