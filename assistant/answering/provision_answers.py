"""What one 款 or 项 of an article says: 第十二条第二款, 第八条第（三）项."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.refusing import refuse
from assistant.model import Clause, Document
from assistant.reading.provisions import Provision, provisions
from assistant.text import CN_NUMERAL, numeral

_NUMBER = rf"(?:{CN_NUMERAL}|\d+)"
_ASKED = re.compile(
    rf"(?P<article>第{_NUMBER}条(?:之{CN_NUMERAL})?)的?"
    rf"(?:第(?P<paragraph>{_NUMBER})款)?的?(?:第?[（(]?(?P<item>{_NUMBER})[)）]?项)?"
)
Found = Callable[[Document, tuple[str, ...]], list[Clause]]


def article_named(text: str) -> str:
    """第十二条, where a text names one of its 款 or 项; else ''."""
    match = _ASKED.search(text)
    return match["article"] if match and (match["paragraph"] or match["item"]) else ""


def provision_answer(asked: str, documents: Iterable[Document], numbered: Found) -> Draft | None:
    """The draft for a question that names a 款 or 项; None when it names neither.

    ``numbered`` finds the clauses of a document by their number.
    """
    match = _ASKED.search(asked)
    if not match or not (match["paragraph"] or match["item"]):
        return None
    written = [match["paragraph"] or "一", *filter(None, [match["item"]])]
    wanted = tuple(numeral(number) for number in written)
    articles = [(d, c) for d in documents for c in numbered(d, (match["article"],))]
    found = [
        (document, clause, part)
        for document, clause in articles
        for part in provisions(clause)
        if part.numbers == wanted
    ]
    if not found:
        if not articles:
            return refuse(Status.NO_SOURCE, f"文件中没有编号为“{match['article']}”的条款。")
        return refuse(Status.NO_SOURCE, f"“{match['article']}”没有“{match.group()}”这一部分。")
    if len(found) > 1:
        names = "；".join(document.cite(clause) for document, clause, _ in found[:5])
        return refuse(
            Status.CLARIFY, f"“{match.group()}”对应多处条款，请写明是哪一份文件：{names}。"
        )
    return _told(*found[0], match.group())


def _told(document: Document, clause: Clause, part: Provision, asked: str) -> Draft:
    draft = Draft()
    draft.say(f"{asked.replace('的', '')}：\n")
    draft.quote(document, clause, part.range)
    draft.add_units(clause)
    return draft
