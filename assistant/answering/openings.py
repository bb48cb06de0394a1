"""What stands before the quotes of an answer: the stretch that answers by itself, or a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Status
from assistant.answering import polar
from assistant.answering.drafting import Draft
from assistant.answering.passages import Passage
from assistant.answering.short_answers import short_answer
from assistant.model import Clause, Document, Range
from assistant.retrieval.retriever import WHOLLY, Retriever, covered
from assistant.text import fold, sentences
from assistant.understanding.question import Question

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d年")


class Openings:
    """Opens the answers of one index."""

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    def shortly(
        self,
        draft: Draft,
        question: Question,
        document: Document,
        clause: Clause,
        passages: Sequence[Passage],
    ) -> None:
        """The stretch of the quotes that answers by itself, where there is one, before them."""
        topics = self.retriever.topics(question.topic)
        spans = [span for passage in passages for span in passage.shown]
        found = short_answer(question.asked, topics, question.details, document.text, spans)
        if found:
            whole = next(
                p for p in passages if any(a <= found[0] and found[1] <= b for a, b in p.shown)
            )
            citation = draft.cite(document, clause, whole.quoted)
            draft.mention(document.text[slice(*found)], citation)
            draft.say("\n")

    def rule_on(
        self,
        draft: Draft,
        question: Question,
        document: Document,
        clause: Clause,
        passages: Sequence[Passage],
    ) -> Sequence[Passage]:
        """Say yes, no or that it is not said; the rule that says so comes first."""
        topics = self.retriever.topics(question.topic)
        start, end = clause.body_range
        spans = list(sentences(document.text[start:end], start))
        above = document.title + "".join(clause.path)
        told = dated(document.text, spans)
        found, at = polar.decide(question.asked, topics, told, above)
        loose = at is not None and not polar.is_literal(topics, told[at])
        if loose or polar.leans(question.asked):
            found = polar.RELATED
        if found is polar.UNSAID:
            held = [n for n, words in enumerate(told) if covered(topics, fold(words)) >= WHOLLY]
            promised = [
                n
                for n in held
                if polar.promises(question.asked, told[n]) and polar.is_literal(topics, told[n])
            ]
            at = next(iter(promised or held), None)
            if held:
                found = polar.PROMISED if promised else polar.RELATED
        if draft.status is Status.ANSWERED or found.answer is not polar.Answer.UNSAID:
            draft.say(found.words)  # else it has been said that some words are absent
        if found is polar.UNSAID:
            draft.status = Status.PARTIAL
        shown = [span for passage in passages for span in passage.shown]
        if at is None or any(a <= spans[at][0] and spans[at][1] <= b for a, b in shown):
            return passages
        return [Passage(spans[at], (spans[at],)), *passages]


def dated(text: str, spans: Sequence[Range]) -> list[str]:
    """The sentences; one without a year is about the year named last in its paragraph."""
    found: list[str] = []
    last, before = "", 0
    for start, end in spans:
        last = "" if "\n" in text[before:start] else last
        words, before = text[start:end], end
        named = _YEAR.findall(words)
        found.append(f"{last}，{words}" if last and not named else words)
        last = named[-1] if named else last
    return found
