"""Which industries are supported where: answers from the industry table of one index."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import Status
from assistant.answering.drafting import Draft, units_line
from assistant.answering.lookups import Lookups
from assistant.answering.refusing import refuse
from assistant.indexing.index import Index
from assistant.model import Hit, IndustryEntry, Range
from assistant.retrieval.retriever import Retriever, covered
from assistant.text import fold
from assistant.understanding.details import missing_detail
from assistant.understanding.question import Kind, Question, without_place

MAX_SENTENCES = 8
TABLE_FITS = 0.2
NEARLY = 0.7


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
            fits = {e: covered(topics, self._sentence(e)) for e in entries}
            top = max(fits.values())
            if top < TABLE_FITS or self._elsewhere(question, hits[0], top):
                return None
            entries = tuple(e for e in entries if fits[e] >= NEARLY * top)
            entries = tuple(sorted(entries, key=lambda e: -fits[e]))
        draft = self._quoted(entries)
        words = "".join(c.quote for c in draft.citations)
        missing = missing_detail(question.details, words)
        if missing:
            reason = f"相关条款没有写明{missing}。"
            return refuse(Status.NO_SOURCE, reason, hits, contact=True)
        return draft

    def _sentence(self, entry: IndustryEntry) -> str:
        document = self.retriever.document_of[entry.clause_id.rpartition(":")[0]]
        return fold(document.text[slice(*entry.char_range)])

    def _elsewhere(self, question: Question, hit: Hit, fits: float) -> bool:
        """Whether the best clause has a sentence that fits better and names an area itself."""
        text = self.retriever.document_of[hit.clause.document_id].text
        scored = self.retriever.best_sentences(without_place(question.topic), hit.clause)
        best, span = max(scored, key=lambda s: s[0])
        return best > fits and any(area in text[slice(*span)] for area in self.lookups.areas)

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
            draft.say(f"{where}，见{clause.label}：\n" if where else f"{clause.label}：\n")
            draft.quote(document, clause, entry.char_range)
            draft.add_units(clause)
        for clause_id in dict.fromkeys(c.clause.id for c in draft.citations):
            draft.say(f"\n{clauses[clause_id].label}的{units_line(clauses[clause_id])}。")
        return draft
