"""Whether a document is in force at a day, as an answer: status, dates, and the words for them."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.answering.drafting import Draft
from assistant.model import Clause, Document
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
