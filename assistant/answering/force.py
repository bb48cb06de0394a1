"""Whether a document is in force at a day, as an answer: status, dates, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.model import Clause, ClauseKind, Document
from assistant.reading.relations import Relations
from assistant.text import chinese_date, sentences
from assistant.validity import STATUS_NAMES, DocumentStatus, Range


def states_force(document: Document, relations: Relations, day: date) -> bool:
    """Whether anything is known of the document's force: its own words, or another document's."""
    known = relations.at(day)[document.id].status is not DocumentStatus.UNKNOWN
    return known or bool(document.validity.ranges)


def tell_force(draft: Draft, document: Document, relations: Relations, day: date) -> None:
    """Say the status at the day and the first and last day, and quote what they rest on."""
    found, own = relations.at(day)[document.id], document.validity
    draft.say(f"效力状态（截至{chinese_date(day)}）：{STATUS_NAMES[found.status]}。")
    if own.start:
        draft.say(f"施行日期：{chinese_date(own.start)}。")
    if own.end:
        draft.say(f"有效期至：{chinese_date(own.end - timedelta(days=1))}。")
    elif own.condition:
        draft.say("终止时间要看条件，文件没有写明日期。")
    if found.basis and found.basis != own.basis:
        draft.say(found.basis.removeprefix(own.basis))
    quotes = [(document, span) for span in own.ranges]
    repealed = relations.repealing(document, day)
    if repealed:
        other, link = repealed
        quotes.append((other, _sentence(other, link.char_range)))
    for at, (source, span) in enumerate(quotes):
        clause = _holder(source, span)
        if clause:
            draft.say("原文：" if not at else "；")
            draft.quote(source, clause, span)


def unknown_force(documents: Sequence[Document]) -> Draft:
    """What is known of documents that say nothing of their term and that none speaks of."""
    draft = Draft(Status.PARTIAL)
    for document in documents:
        name = f"《{document.title}》" if len(documents) > 1 else "文件"
        draft.say("\n" if draft.text else "")
        draft.say(f"{name}没有写明施行日期、有效期或废止情况")
        part = next((c for c in document.clauses if c.kind is ClauseKind.SIGNATURE), None)
        if document.issued_on and part:
            mark = draft.cite(document, part, part.char_range).number
            draft.say(f"；成文日期是{chinese_date(document.issued_on)}[{mark}]")
        elif document.issued_on:
            draft.say(f"；成文日期是{chinese_date(document.issued_on)}（据收录信息）")
        draft.say("。")
    draft.say("已收录的文件中没有发现废止或取代的规定；现在是否有效，请向发文机关核实。")
    return draft


def _holder(document: Document, span: Range) -> Clause | None:
    return next(
        (c for c in document.clauses if c.char_range[0] <= span[0] and span[1] <= c.char_range[1]),
        None,
    )


def _sentence(document: Document, span: Range) -> Range:
    """The sentence of the clause that holds a range; the range itself where none does."""
    clause = _holder(document, span)
    start, end = clause.char_range if clause else span
    whole = (
        s for s in sentences(document.text[start:end], start) if s[0] <= span[0] and span[1] <= s[1]
    )
    return next(whole, span)
