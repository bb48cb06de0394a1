"""Which industries are supported where: answers from the industry table of one index."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import Status
from assistant.answering.details import missing_detail
from assistant.answering.drafting import Draft, units_line
from assistant.answering.lookups import Lookups
from assistant.answering.question import Kind, Question, without_place
from assistant.answering.refusing import refuse
from assistant.answering.retriever import Retriever, covered
from assistant.indexing.index import Index
from assistant.model import Hit, IndustryEntry, Range
from assistant.text import fold

MAX_SENTENCES = 8
TABLE_FITS = 0.2


class IndustryAnswers:
    """Quotes the sentences of the table that fit a question."""

    def __init__(self, index: Index, retriever: Retriever, lookups: Lookups) -> None:
        self.index = index
        self.retriever = retriever
        self.lookups = lookups

    def answer(self, question: Question, hits: Sequence[Hit]) -> Draft | None:
        """The answer from the industry table, unless a sentence elsewhere fits the words better."""
        topics = self.retriever.topics(without_place(question.topic))
        entries = self.lookups.industries(question, topics)
        if not entries:
            return None
        if question.kind is Kind.WHERE and hits:
            text = self.retriever.document_of[hits[0].clause.document_id].text
            fits = max(covered(topics, fold(text[slice(*e.char_range)])) for e in entries)
            if fits < TABLE_FITS:
                return None
            scored = self.retriever.best_sentences(without_place(question.topic), hits[0].clause)
            best, span = max(scored, key=lambda s: s[0])
            if best > fits and any(area in text[slice(*span)] for area in self.lookups.areas):
                return None
        draft = self._quoted(entries)
        words = "".join(c.quote for c in draft.citations)
        missing = missing_detail(question.details, words)
        if missing:
            reason = f"相关条款没有写明{missing}。"
            return refuse(Status.NO_SOURCE, reason, hits, contact=True)
        return draft

    def _quoted(self, entries: Sequence[IndustryEntry]) -> Draft:
        """The sentences of the industry table that fit, each with its areas and units."""
        draft = Draft()
        done: list[Range] = []
        clauses = {c.id: c for c in self.index.rows}
        for entry in entries:
            if entry.char_range in done or len(done) == MAX_SENTENCES:
                continue
            done.append(entry.char_range)
            clause = clauses[entry.clause_id]
            document = self.retriever.document_of[clause.document_id]
            if draft.text:
                draft.say("\n")
            where = "、".join(entry.areas)
            draft.say(f"{where}（{clause.label}）：\n" if where else f"{clause.label}：\n")
            draft.quote(document, clause, entry.char_range)
            draft.add_units(clause)
        for clause_id in dict.fromkeys(c.clause.id for c in draft.citations):
            draft.say(f"\n{clauses[clause_id].label}的{units_line(clauses[clause_id])}。")
        return draft
