"""Exact routes: facts of a document, a clause by its number, a unit's tasks, industries by area."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from assistant.answer import Status
from assistant.answering.clause_openings import opening
from assistant.answering.drafting import EXPLANATORY_NOTE, Draft, is_official, units_line
from assistant.answering.force import states_force, tell_force, unknown_force
from assistant.answering.provision_answers import provision_answer
from assistant.answering.refusing import refuse
from assistant.checking.verification import squeezed
from assistant.indexing.index import Index
from assistant.model import (
    CITABLE,
    Clause,
    ClauseKind,
    Document,
    IndustryEntry,
)
from assistant.reading.relations import Relations
from assistant.retrieval.retriever import Topic
from assistant.text import chinese_date, fold, numeral, sentences
from assistant.understanding.document_facts import written_number
from assistant.understanding.question import Kind, Question
from assistant.validity import NOT_IN_FORCE

MAX_DOCUMENTS = 5
MAX_PARTS = 12
_IN_FORCE = re.compile(
    r"(?:本|该|此)[^，。；]{1,12}(?:起施行|起实施|起执行|有效期|废止)|自[^，。；]{4,16}起(?:施行|实施|执行|生效)"
)


class Lookups:
    """Answers that come whole from the tables of one index."""

    def __init__(self, index: Index, relations: Relations | None = None) -> None:
        """``relations`` may know more documents than the index holds: what repeals these."""
        self.index = index
        self.documents = {d.id: d for d in index.documents}
        self.clauses: Mapping[str, Clause] = {c.id: c for d in index.documents for c in d.clauses}
        self.areas = frozenset(a for e in index.industries for a in e.areas)
        self.relations = relations or Relations(index.documents)
        self.official = tuple(d for d in index.documents if is_official(d))

    def below(self, clause: Clause) -> tuple[Clause, ...]:
        """All sub-clauses of a clause at any depth, in reading order."""
        return tuple(
            c
            for c in self.documents[clause.document_id].clauses
            if c.kind in CITABLE and c.id.startswith(clause.id + ".")
        )

    def meant(self, question: Question) -> tuple[Document, ...]:
        """The official documents that a question names; all of them when it names none."""
        return tuple(
            d for d in self.official if not question.documents or d.id in question.documents
        )

    def facts(self, question: Question, day: date) -> Draft:
        """Facts of a document: 文号, date, issuer, recipients, title, 附注, force, count."""
        documents = self.meant(question)
        if not documents:
            return refuse(Status.NO_SOURCE, "还没有收录官方文件。")
        if len(documents) > MAX_DOCUMENTS:
            return which_document(documents)
        if question.facts == ("status",) and not any(
            self._stated(d, "status", day) for d in documents
        ):
            return unknown_force(documents)
        if not any(self._stated(d, fact, day) for d in documents for fact in question.facts):
            names = "、".join(self._value(documents[0], f)[0] for f in question.facts)
            return refuse(Status.NO_SOURCE, f"文件没有写明{names}。")
        draft = Draft()
        for document in documents:
            if len(documents) > 1:
                draft.say(("\n" if draft.text else "") + f"《{document.title}》\n")
            for at, fact in enumerate(question.facts):
                draft.say("\n" if at else "")
                self._fact(draft, document, fact, day)
        return draft

    def _fact(self, draft: Draft, document: Document, fact: str, day: date) -> None:
        if fact == "status" and states_force(document, self.relations, day):
            tell_force(draft, document, self.relations, day)
            return
        if fact == "count":
            tops = [c for c in document.clauses if not c.parent_id and c.kind is ClauseKind.SECTION]
            leaves = [
                c for c in document.clauses if c.kind in CITABLE and not document.children(c.id)
            ]
            names = "、".join(f"{c.number}{c.heading}" for c in tops)
            draft.say(f"全文分{len(tops)}个部分：{names}；最小条款共{len(leaves)}条（含序言）。")
            for top in tops:
                draft.cite(document, top, top.char_range)
            return
        name, value, part = self._value(document, fact)
        if not value:
            draft.say(f"{name}：文件没有写明。")
        elif part is None:
            draft.say(f"{name}：{value}（据收录信息）。")
        elif squeezed(value) not in squeezed(part.text):  # 二〇二二年四月二十日, two issuers
            draft.say(f"{name}：{value}。原文：")
            draft.quote(document, part, part.char_range)
        else:
            citation = draft.cite(document, part, part.char_range)
            draft.say(f"{name}：")
            draft.mention(value.removesuffix("。"), citation)
            draft.say("。")

    def _stated(self, document: Document, fact: str, day: date) -> bool:
        if fact == "count" or bool(self._value(document, fact)[1]):
            return True
        return fact == "status" and states_force(document, self.relations, day)

    def _value(self, document: Document, fact: str) -> tuple[str, str, Clause | None]:
        """The fact's name, its value ('' when it is not stated), and where the text states it."""
        if fact == "status":
            clause, words = self._in_force(document)
            return "有效期或废止情况", words, clause
        day = chinese_date(document.issued_on) if document.issued_on else ""
        name, value, kind = {
            "doc_number": ("发文字号", document.doc_number, ClauseKind.DOC_NUMBER),
            "issued_on": ("成文日期", day, ClauseKind.SIGNATURE),
            "issuer": ("发文机关", document.issuer, ClauseKind.SIGNATURE),
            "recipients": ("主送机关", document.recipients, ClauseKind.RECIPIENTS),
            "title": ("标题", document.title, ClauseKind.TITLE),
            "remark": ("附注", document.remark, ClauseKind.REMARK),
        }[fact]
        return name, value, next((c for c in document.clauses if c.kind is kind), None)

    def _in_force(self, document: Document) -> tuple[Clause | None, str]:
        """The first sentence that says how long the document holds, or since when; else ''."""
        for clause in document.clauses:
            start, end = clause.body_range if clause.kind in CITABLE else (0, 0)
            for span in sentences(document.text[start:end], start):
                if _IN_FORCE.search(document.text[slice(*span)]):
                    return clause, document.text[slice(*span)]
        return None, ""

    def clause(self, question: Question, day: date) -> Draft:
        """What the clause with the given number says, with its sub-clauses."""
        told = provision_answer(question.asked, self.meant(question), self.numbered)
        if told:
            return told
        found = [c for d in self.meant(question) for c in self.numbered(d, question.clause_numbers)]
        headed = self.headed(found, question.asked)
        found = headed if len(headed) == 1 else self._likeliest(found, question, day)
        asked = written_number(question.clause_numbers)
        if not found:
            return refuse(Status.NO_SOURCE, f"文件中没有编号为“{asked}”的条款。")
        if len(found) > 1:
            names = "；".join(self.documents[c.document_id].cite(c) for c in found[:5])
            return refuse(Status.CLARIFY, f"“{asked}”对应多处条款，请写明是哪一处：{names}。")
        return self.whole(found[0], question)

    def whole(self, clause: Clause, question: Question) -> Draft:
        """The words of a clause with those of the clauses below it, and their units."""
        document = self.documents[clause.document_id]
        draft = Draft()
        opening(draft, question, clause, self.below(clause))
        name = f"《{document.title}》" if len(self.official) > 1 else ""
        draft.say(f"{name}{clause.full_label}：\n")
        parts = [c for c in (clause, *self.below(clause)) if c.body_range[1] > c.body_range[0]]
        if question.asks_who:
            self._units_below(draft, parts[:MAX_PARTS])
            draft.say("\n")
        for at, part in enumerate(parts[:MAX_PARTS]):
            draft.say("\n" if at else "")
            if part is not clause:
                draft.say(f"{part.heading or part.number}：")
            draft.quote(document, part, part.body_range)
            draft.add_units(part)
        if len(parts) > MAX_PARTS:
            draft.say(f"\n（其余{len(parts) - MAX_PARTS}条请查看全文。）")
        if not question.asks_who:
            draft.say("\n")
            self._units_below(draft, parts[:MAX_PARTS])
        return draft

    def _likeliest(self, found: list[Clause], question: Question, day: date) -> list[Clause]:
        """Articles where an article is asked for, then those of documents in force at the day."""
        found = articles_of(found, question.clause_numbers)
        standings = self.relations.at(day)
        current = [c for c in found if standings[c.document_id].status not in NOT_IN_FORCE]
        return current or found

    def purpose(self, question: Question) -> Draft:
        """Why the documents were issued: what their preambles say."""
        draft = Draft()
        for document in self.meant(question):
            for clause in document.clauses:
                if clause.kind is ClauseKind.PREAMBLE:
                    name = f"《{document.title}》" if len(self.official) > 1 else ""
                    draft.say(f"{chr(10) if draft.text else ''}{name}{clause.label}：\n")
                    draft.quote(document, clause, clause.body_range)
        return draft if draft.citations else refuse(Status.NO_SOURCE, "文件没有说明制定的目的。")

    def _units_below(self, draft: Draft, parts: Sequence[Clause]) -> None:
        lines: dict[str, list[str]] = {}
        for part in parts:
            lines.setdefault(units_line(part), []).append(part.heading or part.number)
        for at, (line, names) in enumerate(lines.items()):
            which = f"{'、'.join(names)}的" if len(lines) > 1 else ""
            draft.say("\n" if at else "")
            draft.say(f"{which}{line}。" if line else f"{which or '该条款'}没有列明责任单位。")

    def headed(self, found: Sequence[Clause], text: str) -> list[Clause]:
        """The clauses among or below these whose heading the text names (二（二）智能装备)."""
        return [
            c
            for top in found
            for c in (top, *self.below(top))
            if c.heading and c.heading.strip("。") in text
        ]

    def numbered(self, document: Document, numbers: Sequence[str]) -> list[Clause]:
        """The clauses whose number, from the top down or from the bottom up, is the given one."""
        first = numbers[0]
        if first.startswith("第"):
            head, _, sub = first.strip("第").partition("条")
            key = f"t{numeral(head)}" + (f"-{numeral(sub.strip('之'))}" if sub else "")
            articles = [c for c in document.clauses if c.id.endswith((f":{key}", f".{key}"))]
            if articles:
                return articles
            numbers = (head, *numbers[1:])
        tail = ".".join(str(numeral(n.strip("（）"))) for n in numbers)
        within = (tail, f"ch{tail}", f"ch{tail.replace('.', '.t', 1)}")
        keys = (*within, *(f"a1.{key}" for key in within))
        exact = [c for c in document.clauses if c.id.rpartition(":")[2] in keys]
        if not first.startswith(("（", "第")) or (exact and first.startswith("第")):
            return exact
        return [
            c
            for c in document.clauses
            if c.kind is ClauseKind.SECTION and c.id.endswith(f".{tail}")
        ] or exact

    def explanation(self, text: str) -> str:
        """What an explanatory document says of the longest of its terms in the text; '' if none.

        It is a note beside the answer, marked as the project's own, and never a citation.
        """
        asked = re.sub('[“”"]', "", fold(text))
        best, words = "", ""
        for document in self.index.documents:
            for clause in () if is_official(document) else document.clauses:
                term = re.sub('[“”"]', "", fold(clause.heading))
                if (
                    clause.kind is ClauseKind.SECTION
                    and 1 < len(term) > len(best)
                    and term in asked
                ):
                    best, words = term, document.text[slice(*clause.body_range)]
        return f"{EXPLANATORY_NOTE}{best}：{words}" if best else ""

    def industries(self, question: Question, topics: Iterable[Topic]) -> tuple[IndustryEntry, ...]:
        """The entries that fit an industry question: by area, or by industry where places count."""
        meant = {d.id for d in self.meant(question)}
        entries = [e for e in self.index.industries if e.clause_id.rpartition(":")[0] in meant]
        if question.kind is Kind.INDUSTRIES:
            named = set(question.areas)
            return tuple(e for e in entries if not named or set(e.areas) & named)
        if question.kind is not Kind.WHERE:
            return ()
        wanted = [w for t in topics for w in (t.term, *t.related) if len(w) > 1]
        return tuple(
            e
            for e in entries
            if e.areas
            and (not question.areas or set(e.areas) & set(question.areas))
            and any(w in fold(e.industry) or fold(e.industry) in w for w in wanted)
        )


def articles_of(found: Sequence[Clause], numbers: Sequence[str]) -> list[Clause]:
    """Of the clauses of one number, the articles, where 第X条 is asked for and there are any."""
    articles = [c for c in found if c.number.startswith("第")]
    return articles if articles and numbers[0].startswith("第") else list(found)


def which_document(documents: Sequence[Document]) -> Draft:
    """The question back: several documents fit, and the user should name one."""
    return refuse(Status.CLARIFY, f"已收录{len(documents)}份文件，请写明文件名称或文号。")
