"""Question + hits → a draft answer from the words of the clauses themselves, without an LLM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer import Status
from assistant.drafting import EXPLANATORY_NOTE, Draft, is_official, runs, units_line
from assistant.index import Index
from assistant.lookups import Lookups
from assistant.model import Clause, Document, Hit, IndustryEntry, Range, Role
from assistant.question import Detail, Kind, Question
from assistant.refusing import missing_detail, refuse
from assistant.retriever import Retriever, covered
from assistant.text import fold, sentences

SHORT_CLAUSE = 160
MAX_SENTENCES = 4
WHOLE_CLAUSE = 700
ALSO = 2


@dataclass(frozen=True, slots=True)
class Support:
    """How well the best hit carries the question: coverage of its topic, and closeness."""

    coverage: float
    sentence: float
    dense: float


class Answerer:
    """Answers questions on one index by extraction."""

    def __init__(
        self, index: Index, retriever: Retriever, lookups: Lookups, threshold: float
    ) -> None:
        self.index = index
        self.retriever = retriever
        self.lookups = lookups
        self.threshold = threshold

    def answer(self, question: Question) -> Draft:
        """The draft for a question of any kind."""
        if question.kind is Kind.META:
            return self.lookups.facts(question)
        if question.kind is Kind.CLAUSE:
            return self.lookups.clause(question)
        if question.kind is Kind.TASKS:
            return self.lookups.tasks(question)
        if question.kind is Kind.DEFINITION:
            defined = self.lookups.definition(question)
            if defined:
                return defined
        return self._topic(question)

    def _topic(self, question: Question) -> Draft:
        text = question.topic
        hits = self.retriever.search(text, 8)
        unknown = next((u.written for u in question.units if not u.name), "")
        if unknown and question.kind is not Kind.FACT:
            return refuse(Status.NO_SOURCE, f"文件没有把“{unknown}”列为责任单位。", hits)
        entries = self.lookups.industries(question, self.retriever.topics(text))
        if entries:
            draft = self._industries(question, entries)
            if not missing_detail(question.details, self._quoted(draft)):
                return draft
        elif question.kind is Kind.INDUSTRIES:
            names = "、".join(question.areas)
            return refuse(Status.NO_SOURCE, f"文件没有写明{names}支持的产业。", hits)
        if not hits:
            return refuse(Status.OUT_OF_SCOPE, "请换一种说法，或提供具体的事项名称。")
        refusal = self._refusal(question, hits)
        return refusal or self._extract(question, hits)

    def _refusal(self, question: Question, hits: Sequence[Hit]) -> Draft | None:
        best = hits[0]
        if not self.retriever.topics(question.topic):
            reason = "没有看出要问的事项，请写明任务、产业、单位或条款。"
            return refuse(Status.CLARIFY, reason)
        if support(best) < self.threshold:
            off = best.signals["coverage"] == 0
            status = Status.OUT_OF_SCOPE if off else Status.NO_SOURCE
            return refuse(status, "问题涉及的内容不在已收录文件的规定之内。", hits)
        missing = missing_detail(question.details, self._words(question, best.clause))
        if missing:
            return refuse(Status.NO_SOURCE, f"相关条款没有写明{missing}。", hits, contact=True)
        return None

    def _words(self, question: Question, clause: Clause) -> str:
        """The words of a clause that could state the detail asked for."""
        document = self.retriever.document_of[clause.document_id]
        picked = self._pick(question, clause, document)
        return "".join(document.text[a:b] for a, b in picked)

    def _quoted(self, draft: Draft) -> str:
        return "".join(c.quote for c in draft.citations)

    def _extract(self, question: Question, hits: Sequence[Hit]) -> Draft:
        draft = Draft()
        clause = hits[0].clause
        document = self.retriever.document_of[clause.document_id]
        if question.kind is Kind.UNIT:
            self._who(draft, question, document, clause)
            return draft
        draft.say(f"{self._source(document, clause)}：\n")
        for span in runs(self._pick(question, clause, document), document.text):
            draft.quote(document, clause, span)
        self._units(draft, clause)
        for hit in self._also(question, hits):
            self._add(draft, question, hit.clause)
        return draft

    def _who(self, draft: Draft, question: Question, document: Document, clause: Clause) -> None:
        """Who is responsible: the units first, then the words of the task and of the note."""
        spans = runs(self._pick(question, clause, document), document.text)
        first = draft.cite(document, clause, spans[0])
        found = clause.responsibility
        if not found.assignments:
            draft.say(f"{clause.label}没有列明责任单位。条款原文：\n")
            draft.quote(document, clause, first.char_range)
            return
        self._asked_units(draft, question, clause)
        if found.note_range:
            holder = self._holder(document, found.note_range)
            note = draft.cite(document, holder, found.note_range)
            line = units_line(clause, [r for r in Role if r is not Role.LOCAL])
            draft.say(f"{clause.label}的{line}[{note.number}]")
        else:
            draft.say(f"{clause.label}没有单独列明责任单位")
        local = units_line(clause, [Role.LOCAL])
        draft.say(f"；{local}。" if local else "。")
        if any("牵头" in w for w in (question.text, question.rewritten or "")):
            if found.units(Role.LEAD):
                draft.say(f"其中牵头单位为{'、'.join(found.units(Role.LEAD))}。")
            else:
                draft.say("原文没有以文字写明哪一个是牵头单位。")
        draft.say("\n对应任务：\n")
        for span in spans:
            draft.quote(document, clause, span)
        draft.add_units(clause)

    def _asked_units(self, draft: Draft, question: Question, clause: Clause) -> None:
        """Whether each unit that the question names is among the clause's units."""
        listed = clause.responsibility.units()
        for unit in question.units:
            words = "是" if unit.name in listed else "不是"
            draft.say(f"{unit.name}{words}{clause.label}列明的单位。")

    def _holder(self, document: Document, span: Range) -> Clause:
        """The clause or note that holds a range of the document."""
        return next(
            c for c in document.clauses if c.char_range[0] <= span[0] and span[1] <= c.char_range[1]
        )

    def _pick(self, question: Question, clause: Clause, document: Document) -> list[Range]:
        """The sentences of a clause that answer: all of a short one, else those on the topic."""
        start, end = clause.body_range
        spans = list(sentences(document.text[start:end], start))
        topics = self.retriever.topics(question.topic)
        about_heading = covered(topics, fold(clause.heading)) >= 0.6 and end - start <= WHOLE_CLAUSE
        if end - start <= SHORT_CLAUSE or about_heading or len(spans) == 1:
            return spans
        scored = [(covered(topics, fold(document.text[a:b])), (a, b)) for a, b in spans]
        top = max(score for score, _ in scored)
        if top == 0:
            return spans[:MAX_SENTENCES]
        chosen = sorted((s for s in scored if s[0] >= 0.6 * top), key=lambda s: -s[0])
        return sorted(span for _, span in chosen[:MAX_SENTENCES])

    def _also(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """Other clauses that cover the whole topic within one sentence."""
        return [
            h for h in hits[1:] if h.signals["sentence"] >= 0.95 and h.score >= 0.6 * hits[0].score
        ][:ALSO]

    def _add(self, draft: Draft, question: Question, clause: Clause) -> None:
        document = self.retriever.document_of[clause.document_id]
        best = max(self.retriever.best_sentences(question.topic, clause), key=lambda s: s[0])
        draft.say(f"\n另见{clause.label}：\n")
        draft.quote(document, clause, best[1])
        self._units(draft, clause)

    def _units(self, draft: Draft, clause: Clause) -> None:
        line = units_line(clause)
        draft.say(f"\n{line}。" if line else "\n该条款没有列明责任单位。")
        draft.add_units(clause)

    def _source(self, document: Document, clause: Clause) -> str:
        if not is_official(document):
            return f"{document.title}“{clause.heading}”{EXPLANATORY_NOTE}"
        heading = clause.heading if clause.heading not in clause.label else ""
        return f"{clause.label}{heading}" + ("规定" if len(self.index.documents) else "")

    def _industries(self, question: Question, entries: Sequence[IndustryEntry]) -> Draft:
        """The sentences of the industry table that fit, each with its areas, industries and units."""
        draft = Draft()
        done: list[Range] = []
        clauses = {c.id: c for c in self.index.rows}
        for entry in entries:
            if entry.char_range in done:
                continue
            done.append(entry.char_range)
            clause = clauses[entry.clause_id]
            document = self.retriever.document_of[clause.document_id]
            if draft.text:
                draft.say("\n")
            where = "、".join(entry.areas)
            draft.say(f"{where}（{clause.label}）：\n" if where else f"{clause.label}：\n")
            draft.quote(document, clause, entry.char_range)
            if Detail.CONTACT in question.details:
                draft.say("")
            draft.add_units(clause)
        for clause_id in dict.fromkeys(e.clause_id for e in entries):
            draft.say(f"\n{clauses[clause_id].label}的{units_line(clauses[clause_id])}。")
        return draft


def support(hit: Hit) -> float:
    """How well a hit carries the topic, in [0, 1]."""
    s = hit.signals
    return 0.6 * max(s["coverage"], s["sentence"]) + 0.4 * s["dense"]
