"""What a document holds as a whole: its outline, all its units, and which documents there are."""

from __future__ import annotations

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.lookups import MAX_DOCUMENTS, Lookups, which_document
from assistant.answering.refusing import refuse
from assistant.model import CITABLE, ClauseKind, Document, Role, reference
from assistant.understanding.question import Question

MAX_NOTES = 20


def overview(question: Question, lookups: Lookups) -> Draft:
    """The answer to a question about the whole: ``question.overview`` says about what of it."""
    documents = lookups.meant(question)
    if not documents:
        return refuse(Status.NO_SOURCE, "还没有收录官方文件。")
    draft = Draft()
    if question.overview == "documents":
        _documents(draft, documents)
        return draft
    if len(documents) > MAX_DOCUMENTS:
        return which_document(documents)
    for document in documents:
        draft.say("\n" if draft.text else "")
        if question.overview == "units":
            _units(draft, document)
        else:
            _outline(draft, document)
    return draft


def _documents(draft: Draft, documents: tuple[Document, ...]) -> None:
    draft.say(f"已收录官方文件{len(documents)}份：")
    for number, document in enumerate(documents[:MAX_NOTES], 1):
        part = next((c for c in document.clauses if c.kind is ClauseKind.TITLE), None)
        draft.say(f"\n{number}. {reference(document.title, document.doc_number)}")
        if part:
            draft.say(f"[{draft.cite(document, part, part.char_range).number}]")
    if len(documents) > MAX_NOTES:
        draft.say(f"\n（其余{len(documents) - MAX_NOTES}份请查看文件列表。）")


def _outline(draft: Draft, document: Document) -> None:
    """The headings of the two upper levels, each top one quoted."""
    tops = [c for c in document.clauses if c.kind is ClauseKind.SECTION and not c.parent_id]
    draft.say(f"{reference(document.title, document.doc_number)}共{len(tops)}个部分：")
    for top in tops:
        draft.say("\n")
        first = top.text.split("\n", 1)[0]
        draft.quote(document, top, (top.char_range[0], top.char_range[0] + len(first)))
        below = [f"{c.number}{c.heading}" for c in document.children(top.id)]
        if below:
            draft.say("：" + "；".join(below))


def _units(draft: Draft, document: Document) -> None:
    """Every unit of the document once, local areas apart, with the notes that name them."""
    names: dict[str, None] = {}
    local: dict[str, None] = {}
    notes: dict[tuple[int, int], None] = {}
    for clause in document.clauses:
        if clause.kind in CITABLE:
            found = clause.responsibility
            local |= dict.fromkeys(found.units(Role.LOCAL))
            names |= dict.fromkeys(found.units(Role.LEAD, Role.RESPONSIBLE, Role.COOPERATE))
            notes |= dict.fromkeys([found.note_range] if found.note_range else [])
    if not names and not local:
        draft.say(f"{reference(document.title, document.doc_number)}没有列明责任单位。")
        return
    draft.say(f"{reference(document.title, document.doc_number)}")
    draft.say(f"列明责任单位{len(names)}个：{'、'.join(names)}")
    draft.say(f"；属地落实{len(local)}个：{'、'.join(local)}。" if local else "。")
    draft.say("各单位在哪些条款负责，可以问“某单位负责哪些任务”。")
    for span in list(notes)[:MAX_NOTES]:
        draft.cite(document, document.holder(span), span)
