"""Whether the clauses found answer a question at all: the gate before any answer.

What is found may be near and still not hold what is asked: another place, a year, a sum, a unit, a
thing that the document never mentions. Each has its own refusal, with the nearest clauses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.passages import words_of
from assistant.answering.polar import is_polar
from assistant.answering.premises import absent_subject, missing_premise, undescribed_person
from assistant.answering.refusing import NOT_CHINESE, OFF_TOPIC, refuse
from assistant.indexing.passages import is_region
from assistant.model import Clause, Hit
from assistant.reading.unit_names import issuer_of
from assistant.retrieval.nearness import Nearness
from assistant.retrieval.retriever import WHOLLY, Retriever, covered
from assistant.text import fold
from assistant.understanding.areas import holds_place, places_in, unknown_place
from assistant.understanding.details import missing_detail
from assistant.understanding.question import Kind, Question

NEAR = 0.85  # of the best score: nearly as good
EQUAL = 0.95  # of the best score: as good
SEVERAL = 3  # documents that fit equally: more than can be told side by side
_KEPT = 64  # documents whose folded words are kept
_DUTY = re.compile("负责|管(?:什么|啥|哪)|职责|任务|[做干](?:什么|啥)|牵头|配合|承担|参[与加]")
_WHO_NOT = re.compile(
    "(?:哪[些个家]|谁|什么)(?:单位|部门|任务)?[^，。？?]{0,4}(?:不用?|没有?|未|无需|不需要)"
    "(?:负责|参与|参加|牵头|承担|涉及|[^，。？?]{0,4}任务)"
)
_OF_A_PLACE = re.compile(f"(?:人民)?(?:政府)?(?:要|都|主要|应该?|都要)?(?:{_DUTY.pattern})")


class Gate:
    """Judges the hits of one index; ``threshold`` is the least support that an answer needs."""

    def __init__(
        self, retriever: Retriever, heads: str, threshold: float, *, several: bool
    ) -> None:
        self.retriever = retriever
        self.threshold = threshold
        self.several = several
        self.nearness = Nearness(retriever.document_of)
        self.places = retriever.stated + fold(heads)
        self._folded = lru_cache(maxsize=_KEPT)(lambda name: fold(self._whole(name)))

    def unanswered(self, question: Question, hits: Sequence[Hit]) -> Draft | None:
        """A refusal for a unit or a place that no document knows, or the best clause does not."""
        if _WHO_NOT.search(question.asked):
            return refuse(Status.NO_SOURCE, "文件只列出负责的单位，没有列出不负责的单位。")
        person = undescribed_person(question.asked, map(self._whole, self.retriever.document_of))
        if person:
            return refuse(Status.NO_SOURCE, f"文件没有介绍“{person}”是什么人。")
        unknown = next((u.written for u in question.units if not u.name), "")
        told = question.kind is Kind.UNIT and hits and support(hits) >= self.threshold
        # a text may speak of it, though not as a duty
        said = fold(unknown) in self.retriever.known and not _DUTY.search(question.asked)
        if unknown and question.kind is not Kind.FACT and not told and not said:
            return refuse(Status.NO_SOURCE, f"文件没有把“{unknown}”列为责任单位。", hits)
        bare = _without_units(question)
        idle = self._idle_place(question)
        if idle:
            return refuse(Status.NO_SOURCE, f"文件没有把“{idle}”列为责任单位。", hits)
        place = unknown_place(bare, self.places, self.retriever.vocabulary)
        if place and not (hits and not is_region(place) and self._holds_below(hits[0])):
            return refuse(Status.NO_SOURCE, f"文件没有提到“{place}”。", hits)
        rival = self._rival_region(bare, hits)
        if rival:
            return refuse(Status.NO_SOURCE, f"相关文件没有提到“{rival}”。", hits)
        idle = self._idle_unit(question, hits)
        if idle:
            return refuse(Status.NO_SOURCE, f"相关条款没有把“{idle}”列为责任单位。", hits)
        return None

    def of_places(self, question: Question, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits with those first whose documents name the places that the question names."""
        text = _without_units(question)
        named = places_in(text, self.retriever.vocabulary) if self.several else []
        texts = {h.clause.document_id: self._whole(h.clause.document_id) for h in hits if named}
        there = [h for h in hits if all(holds_place(texts[h.clause.document_id], p) for p in named)]
        if not named or not there or support(there) < self.threshold:
            return tuple(hits)
        return (*there, *(h for h in hits if h not in there))

    def _holds_below(self, hit: Hit) -> bool:
        """Whether the hit's document is one of the state or a province: towns need no mention."""
        document = self.retriever.document_of[hit.clause.document_id]
        return issuer_of(document.issuer or document.title).level in ("国家", "省")

    def _rival_region(self, text: str, hits: Sequence[Hit]) -> str:
        """A province that the question names, where the best clause is another one's; or ''."""
        if not hits:
            return ""
        document = self.retriever.document_of[hits[0].clause.document_id]
        if issuer_of(document.issuer or document.title).level in ("", "国家"):
            return ""
        whole = self._whole(document.id)
        named = places_in(text, self.retriever.vocabulary)
        return next((p for p in named if is_region(p) and not holds_place(whole, p)), "")

    def _idle_place(self, question: Question) -> str:
        """A town whose duties are asked for, and that is no unit and no area of the documents."""
        if question.units or question.areas or question.asks_who or is_polar(question.asked):
            return ""
        named = places_in(question.asked, self.retriever.vocabulary)
        subject = next((p for p in named if question.asked.startswith(p)), "")
        after = question.asked[len(subject) :]
        return subject if subject and _OF_A_PLACE.match(after) else ""

    def _idle_unit(self, question: Question, hits: Sequence[Hit]) -> str:
        """A unit of which the question wants the part in a topic, where no good clause names it."""
        duty = question.kind is Kind.UNIT and _DUTY.search(question.asked)
        if not duty or question.asks_who or is_polar(question.asked):
            return ""
        near = [h.clause for h in hits if h.score >= NEAR * hits[0].score]
        for unit in question.units:
            names = {unit.name, unit.written} - {""}
            listed = any(names & {a.name for a in c.responsibility.assignments} for c in near)
            if not listed and not any(n in c.text for c in near for n in names):
                return unit.written
        return ""

    def _whole(self, document_id: str) -> str:
        document = self.retriever.document_of[document_id]
        return document.title + document.issuer + document.text

    def refusal(self, question: Question, hits: Sequence[Hit]) -> Draft | None:
        """A refusal where the best clause does not hold what is asked; None where it may."""
        heading = fold(hits[0].clause.heading) if hits else ""
        named = heading and heading in fold(question.topic)  # 发展目标 names a clause, if any
        if not named and not any(t.specific for t in self.retriever.topics(question.topic)):
            reason = "没有看出要问的事项，请写明任务、产业、单位或条款。"
            return refuse(Status.CLARIFY, reason)
        if not hits:
            return refuse(Status.OUT_OF_SCOPE, "请换一种说法，或提供具体的事项名称。")
        best = hits[0]
        if support(hits) < self.threshold:
            if question.details and any(u.name for u in question.units):
                unsaid = missing_detail(question.details, "")
                return refuse(Status.NO_SOURCE, f"文件没有写明这个单位的{unsaid}。")
            if best.signals["coverage"] > 0:
                return refuse(Status.NO_SOURCE, "问题涉及的内容不在已收录文件的规定之内。", hits)
            if question.details:
                unsaid = missing_detail(question.details, "")
                return refuse(Status.NO_SOURCE, f"已收录的文件没有写明这方面的{unsaid}。")
            chinese = any("\u3400" <= c <= "\u9fff" for c in question.asked)
            return refuse(Status.OUT_OF_SCOPE, OFF_TOPIC if chinese else NOT_CHINESE)
        quoted = words_of(self.retriever, question.topic, best.clause)
        missing = missing_detail(
            question.details, self._about(best.clause) + quoted
        ) or self._missing_premise(question, best.clause, quoted)
        if missing:
            return refuse(Status.NO_SOURCE, f"相关条款没有写明{missing}。", hits, contact=True)
        return self._which(question, hits)

    def _which(self, question: Question, hits: Sequence[Hit]) -> Draft | None:
        """The question back where clauses of several documents have it for their heading."""
        if question.documents or not self.several:
            return None
        topics = self.retriever.topics(question.topic)
        fit = {
            h.clause.document_id: h.clause
            for h in reversed(hits)
            if h.score >= EQUAL * hits[0].score
            and covered(topics, fold(h.clause.heading)) >= WHOLLY
        }
        if len(fit) < SEVERAL:
            return None
        names = "；".join(self.retriever.document_of[c.document_id].cite(c) for c in fit.values())
        return refuse(
            Status.CLARIFY, f"{len(fit)}份文件都有这方面的条款，请写明是哪一份：{names}。"
        )

    def _about(self, clause: Clause) -> str:
        """The title and headings over a clause without those that hold figures."""
        title = self.retriever.document_of[clause.document_id].title
        return "".join(c for c in (title, *clause.path[1:]) if not any(map(str.isdigit, c)))

    def _missing_premise(self, question: Question, clause: Clause, quoted: str) -> str:
        document = self.retriever.document_of[clause.document_id]
        told = missing_premise(question.asked, clause, quoted, document, self.retriever.vocabulary)
        if told or question.kind is not Kind.FACT:
            return told
        topics = self.retriever.topics(question.topic)
        absent = absent_subject(
            question.asked,
            topics,
            self._folded(document.id),
            lambda w: self.nearness.near(w, document.id),
        )
        return "、".join(f"“{term}”" for term in absent)


def _without_units(question: Question) -> str:
    bare = question.asked
    for unit in question.units:
        bare = bare.replace(unit.written, "，")
    return bare


def support(hits: Sequence[Hit]) -> float:
    """How well the best hit carries the question, in [0, 1].

    Coverage of the topic, closeness of the vectors, and the lead over the second hit; the weights
    are near a logistic fit on the tuning questions, scaled to sum to one.
    """
    signals = hits[0].signals
    told = max(signals["coverage"], signals["sentence"])
    lead = hits[0].score - hits[1].score if len(hits) > 1 else 0.0
    return 0.5 * told + 0.27 * signals["dense"] + 0.23 * lead
