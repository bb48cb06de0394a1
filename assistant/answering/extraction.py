"""Question + hits → a draft answer from the words of the clauses themselves, without an LLM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.answer import Status
from assistant.answering import polar
from assistant.answering.drafting import Draft, units_line
from assistant.answering.exclusions import exclusion
from assistant.answering.gate import NEAR, Gate, support
from assistant.answering.industry_answers import IndustryAnswers
from assistant.answering.lookups import Lookups
from assistant.answering.openings import Openings
from assistant.answering.overview import overview
from assistant.answering.passages import Passage, pick, words_of
from assistant.answering.refusing import HELP, refuse
from assistant.answering.tallies import tally
from assistant.answering.unit_tasks import UnitTasks
from assistant.indexing.index import Index
from assistant.model import Clause, Document, Hit, Role
from assistant.retrieval.filters import Filters, RowMasks, ranked
from assistant.retrieval.retriever import WHOLLY, Retriever, covered, degree
from assistant.text import fold, rarity
from assistant.understanding.details import missing_detail
from assistant.understanding.document_facts import TALLIES
from assistant.understanding.question import Kind, Question

ALSO = 2
HITS = 8
FEW = 3  # hits that are enough to compare
FURTHER = 1.15  # times the score: what is in force is about something else
UNIT_BONUS = 0.1
PARTIAL_BELOW = 0.5
SPECIFIC = 2.3
WHOLE_SECTION = 1500  # characters of a section that is told whole
LITTLE = 0.25  # of a topic that a document may lack without a word said


class Answerer:
    """Answers questions on one index by extraction."""

    def __init__(
        self,
        index: Index,
        retriever: Retriever,
        lookups: Lookups,
        masks: RowMasks,
        threshold: float,
    ) -> None:
        self.index = index
        self.retriever = retriever
        self.lookups = lookups
        self.masks = masks
        self.tasks = UnitTasks(lookups)
        self.industries = IndustryAnswers(index, retriever, lookups)
        self.threshold = threshold
        self.several = index.several
        heads = "".join(d.title + d.issuer + d.recipients for d in lookups.official)
        self.openings = Openings(retriever)
        self.gate = Gate(retriever, heads, threshold, several=self.several)

    def answer(self, question: Question, day: date) -> Draft:
        """The draft for a question of any kind; ``day`` is the day at which force is judged."""
        refused = _unknown_number(question) or exclusion(question)
        if refused:
            return refused
        if question.kind is Kind.META:
            return self.lookups.facts(question, day)
        if question.overview in TALLIES:
            return tally(question, self.lookups, self.tasks)
        if question.kind is Kind.OVERVIEW:
            return overview(question, self.lookups)
        if question.kind is Kind.CLAUSE:
            return self.lookups.clause(question, day)
        if question.kind is Kind.TASKS:
            listed = self.tasks.answer(question)
            if not (listed.refusal and question.documents):
                return listed
            question = replace(question, kind=Kind.UNIT)  # a text may tell duties without a note
        if question.kind in (Kind.PURPOSE, Kind.ASSISTANT):
            asked_why = question.kind is Kind.PURPOSE
            return self.lookups.purpose(question) if asked_why else refuse(Status.CLARIFY, HELP)
        draft = self._topic(question, day)
        if question.asks_meaning:
            note = self.lookups.explanation(question.asked)
            draft.warnings += [note] if note else []
        return draft

    def _topic(self, question: Question, day: date) -> Draft:
        hits = self._hits(question, day)
        refused = self.gate.unanswered(question, hits)
        if refused:
            return refused
        hits = self.gate.of_places(question, hits)
        table = self.industries.answer(question, hits)
        if table:
            return table
        if question.kind is Kind.INDUSTRIES:
            names = "、".join(question.areas)
            return refuse(Status.NO_SOURCE, f"文件没有写明{names}支持的产业。", hits)
        refused = self.gate.refusal(question, hits)
        if refused:
            return refused
        headed = self._headed(question, hits[0].clause)
        return self.lookups.whole(headed, question) if headed else self._extract(question, hits)

    def _headed(self, question: Question, best: Clause) -> Clause | None:
        """The heading alone, over the best clause, that is all a question asks about (总体要求)."""
        if question.kind not in (Kind.FACT, Kind.DEFINITION) or polar.is_polar(question.asked):
            return None
        topics = [t for t in self.retriever.topics(question.topic) if t.specific]
        clause: Clause | None = best
        while clause:
            heading, below = fold(clause.heading), self.lookups.below(clause)
            bare = clause.body_range[0] >= clause.body_range[1]
            named = heading and heading in fold(question.topic)
            if named and bare and all(t.term in heading for t in topics):
                size = below[-1].char_range[1] - clause.char_range[0] if below else 0
                return clause if 0 < size <= WHOLE_SECTION else None
            clause = self.lookups.clauses.get(clause.parent_id)
        return None

    def _hits(self, question: Question, day: date) -> tuple[Hit, ...]:
        """The best clauses; who is responsible is asked of clauses that name units first."""
        hits = self._in_force(question, day)
        if question.details:
            hits = self._stating(question, hits)
        if question.kind is not Kind.UNIT:
            return hits
        named = [
            replace(h, score=h.score + UNIT_BONUS * bool(h.clause.responsibility.assignments))
            for h in hits
        ]
        return tuple(sorted(named, key=lambda h: -h.score))

    def _in_force(self, question: Question, day: date) -> tuple[Hit, ...]:
        """The best clauses of the documents that the question names, else of those in force.

        A document that is over speaks only where none in force has an answer, or one that is much
        further from the question.
        """
        if question.documents:
            allowed = self.masks.of(Filters(documents=question.documents), day)
            return ranked(self.retriever, question.topic, HITS, allowed)
        allowed = self.masks.of(Filters(as_of=day), day)
        if not (self.retriever.official & ~allowed).any():
            return ranked(self.retriever, question.topic, HITS, allowed)
        every = self.retriever.search(question.topic, 2 * HITS)
        current = [h for h in every if allowed[self.retriever.row_of[h.clause.id]]][:HITS]
        if len(current) < FEW:
            current = list(ranked(self.retriever, question.topic, HITS, allowed))
        if not current or support(current) < self.threshold:
            return every[:HITS]
        return every[:HITS] if every[0].score > FURTHER * current[0].score else tuple(current)

    def _stating(self, question: Question, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits with those of the best document first that are near and state the detail."""
        best = hits[0].clause.document_id if hits else ""
        near = [h for h in hits if h.score >= NEAR * hits[0].score and h.clause.document_id == best]
        stating = [
            h
            for h in near
            if not missing_detail(
                question.details, words_of(self.retriever, question.topic, h.clause)
            )
        ]
        return (*stating, *(h for h in hits if h not in stating)) if stating else tuple(hits)

    def _extract(self, question: Question, hits: Sequence[Hit]) -> Draft:
        draft = Draft()
        clause = hits[0].clause
        document = self.retriever.document_of[clause.document_id]
        if question.kind is Kind.UNIT:
            self._who(draft, question, document, clause)
        else:
            self._unmatched(draft, question, clause)
            whole = question.kind is Kind.DEFINITION
            passages: Sequence[Passage] = pick(self.retriever, question.topic, clause, whole=whole)
            if polar.is_polar(question.asked):
                passages = self.openings.rule_on(draft, question, document, clause, passages)
            elif question.kind is Kind.FACT and draft.status is Status.ANSWERED:
                self.openings.shortly(draft, question, document, clause, passages)
            draft.say(f"{self._source(document, clause)}：\n")
            self._show(draft, document, clause, passages)
            self._units(draft, clause)
        for hit in self._also(question, hits):
            self._add(draft, question, hit.clause)
        return draft

    def _show(
        self, draft: Draft, document: Document, clause: Clause, passages: Sequence[Passage]
    ) -> None:
        for passage in passages:
            for span in passage.shown:
                draft.quote(document, clause, passage.quoted, span)

    def _unmatched(self, draft: Draft, question: Question, clause: Clause) -> None:
        """Say which specific words of the question the clause does not hold, if they weigh most."""
        text = self.retriever.folded[self.retriever.row_of[clause.id]]
        topics = self.retriever.topics(question.topic)
        absent = [
            t for t in topics if t.specific and degree(t, text) < 0.5 and rarity(t.term) >= SPECIFIC
        ]
        if not absent:
            return
        whole = sum(t.weight for t in topics) or 1.0
        document = fold(self.retriever.document_of[clause.document_id].text)
        near = self.gate.nearness.near
        nowhere = [
            t for t in absent if degree(t, document) < 0.5 and not near(t.term, clause.document_id)
        ]
        little = sum(t.weight for t in nowhere) / whole < LITTLE
        if little and covered(topics, text) >= PARTIAL_BELOW:
            return
        names = "、".join(
            f"“{t.term.upper()}”" for t in sorted(absent, key=lambda t: -t.weight)[:2]
        )
        draft.status = Status.PARTIAL
        draft.say(f"该条款没有直接提到{names}，以下是最接近的规定，供参考。\n")

    def _who(self, draft: Draft, question: Question, document: Document, clause: Clause) -> None:
        """Who is responsible: the units first, then the words of the task and of the note."""
        passages = pick(self.retriever, question.topic, clause)
        draft.cite(document, clause, passages[0].quoted)  # the task is [1], its note [2]
        found = clause.responsibility
        name = self._source(document, clause)
        if not found.assignments:
            draft.say(f"{name}没有列明责任单位。条款原文：\n")
            self._show(draft, document, clause, passages[:1])
            return
        self._unmatched(draft, question, clause)
        self._asked_units(draft, question, clause)
        if found.note_range:
            note = draft.cite(document, document.holder(found.note_range), found.note_range)
            line = units_line(clause, [r for r in Role if r is not Role.LOCAL])
            draft.say(f"{name}的{line}[{note.number}]")
        else:
            draft.say(f"{name}没有单独列明责任单位")
        local = units_line(clause, [Role.LOCAL])
        draft.say(f"；{local}。" if local else "。")
        if "牵头" in question.asked and not found.units(Role.LEAD):
            draft.say("原文没有以文字写明哪一个是牵头单位。")
        draft.say("\n对应任务：\n")
        self._show(draft, document, clause, passages)
        draft.add_units(clause)

    def _asked_units(self, draft: Draft, question: Question, clause: Clause) -> None:
        """Whether each unit that the question names is among the clause's units."""
        listed = {a.name for a in clause.responsibility.assignments}
        for unit in question.units:
            words = "是" if unit.name in listed else "不是"
            draft.say(f"{unit.name or unit.written}{words}{clause.label}列明的单位。")

    def _also(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """Other clauses that cover the whole topic within one sentence.

        None where the best one has the topic for its heading; none above or below it.
        """
        best = hits[0].clause
        if covered(self.retriever.topics(question.topic), fold(best.heading)) >= PARTIAL_BELOW:
            return []
        return [
            h
            for h in hits[1:]
            if h.signals["sentence"] >= WHOLLY
            and h.score >= 0.6 * hits[0].score
            and not best.id.startswith(h.clause.id + ".")
            and not h.clause.id.startswith(best.id + ".")
        ][:ALSO]

    def _add(self, draft: Draft, question: Question, clause: Clause) -> None:
        document = self.retriever.document_of[clause.document_id]
        best = max(self.retriever.best_sentences(question.topic, clause), key=lambda s: s[0])
        draft.say(f"\n另见{self._source(document, clause)}：\n")
        draft.quote(document, clause, best[1])
        self._units(draft, clause)

    def _units(self, draft: Draft, clause: Clause) -> None:
        line = units_line(clause)
        draft.say(f"\n{line}。" if line else "\n该条款没有列明责任单位。")
        draft.add_units(clause)

    def _source(self, document: Document, clause: Clause) -> str:
        return (f"《{document.title}》" if self.several else "") + clause.full_label


def _unknown_number(question: Question) -> Draft | None:
    number = question.unknown_number
    words = f"没有收录文号为“{number}”的文件。"
    return refuse(Status.NO_SOURCE, words) if number else None
