"""True drafts have no faults; every falsehood made by rule is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from assistant.answer import Citation, ClauseRef, Refusal, ResponsibleUnit
from assistant.answering.drafting import Draft, clause_ref, document_ref
from assistant.checking.verification import faults
from assistant.model import Clause, Document, Role
from assistant.parts import Parts

TODAY = date(2025, 1, 1)
ASKED = (
    "工业互联网由哪个部门负责",
    "市科技局负责哪些任务",
    "二（五）说了什么",
    "文昌湖发展什么产业",
    "文件的文号是什么",
    "到2035年的目标是什么",
    "自动驾驶重点做什么",
)


class Checker:
    """Drafts of one index and what is wrong with them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.documents, self.clauses = parts.lookups.documents, parts.lookups.clauses

    def draft(self, question: str) -> Draft:
        return self.parts.answerer.answer(self.parts.conversation.understand(question), TODAY)

    def faults(self, draft: Draft) -> list[str]:
        return faults(draft, self.documents, self.clauses)

    def document(self, citation: Citation) -> Document:
        return self.documents[citation.document.id]

    def clause(self, citation: Citation) -> Clause:
        return self.clauses[citation.clause.id]


@pytest.fixture(scope="module")
def checker(parts: Parts) -> Checker:
    return Checker(parts)


def test_true_drafts_have_no_faults(checker: Checker, questions: list[str]) -> None:
    units = [f"{unit}负责哪些任务" for unit in checker.parts.index.units]
    for question in (*questions, *ASKED, *units):
        assert checker.faults(checker.draft(question)) == [], question


def altered(citation: Citation, **changes: object) -> Citation:
    return replace(citation, **changes)  # type: ignore[arg-type]


def false_quotes(checker: Checker, c: Citation) -> Iterator[Citation]:
    document, (start, end) = checker.document(c), c.char_range
    yield altered(c, quote=c.quote[:-1] + "假")
    yield altered(c, quote=c.quote[:-1])
    yield altered(c, quote=c.quote + "。")
    yield altered(c, quote=c.quote.replace("，", ",", 1) + ("" if "，" in c.quote else "!"))
    yield altered(c, quote="", char_range=(start, start))
    yield altered(c, char_range=(start + 1, end + 1))
    yield altered(c, char_range=(start - 1, end))
    yield altered(c, char_range=(end, start))
    last = checker.clause(c).char_range[1] + 3
    yield altered(c, char_range=(start, last), quote=document.text[start:last])
    other = next(
        x for x in document.clauses if not x.id.startswith(c.clause.id) and x.id not in c.clause.id
    )
    yield altered(c, clause=clause_ref(other))
    yield altered(c, clause=replace(c.clause, id="none:1"))
    yield altered(c, clause=replace(c.clause, label="九（九）"))
    yield altered(c, clause=replace(c.clause, path=("正文", "另一处")))
    yield altered(c, document=replace(c.document, doc_number="淄政字〔2023〕1号"))
    yield altered(c, document=replace(c.document, title="关于另一件事的意见"))
    yield altered(c, document=replace(c.document, kind="explanatory"))
    told = next(d for d in checker.documents.values() if d.id != document.id)
    yield altered(c, document=document_ref(told))
    words = told.clauses[1]
    yield altered(c, document=document_ref(told), clause=clause_ref(words))


def false_units(checker: Checker, u: ResponsibleUnit) -> Iterator[ResponsibleUnit]:
    listed = checker.clauses[u.clause_id].responsibility
    other = next(n for n in checker.parts.index.units if n not in listed.units())
    yield replace(u, name=other)
    yield replace(u, name="市应急管理局")
    yield replace(u, role=next(r.value for r in Role if r.value != u.role))
    yield replace(u, basis="stated: 牵头单位" if u.basis == "listed" else "listed")
    yield replace(u, clause_id="none:1")
    yield replace(u, clause_id=next(c.id for c in checker.clauses.values() if c.label == "序言"))


@pytest.mark.parametrize("question", ASKED)
def test_every_false_quote_is_caught(checker: Checker, question: str) -> None:
    tried = 0
    for at, citation in enumerate(checker.draft(question).citations):
        for false in false_quotes(checker, citation):
            draft = checker.draft(question)
            draft.citations[at] = false
            assert checker.faults(draft), false
            tried += 1
    assert tried >= 18


def test_an_explanation_is_never_a_source(checker: Checker) -> None:
    told = next(d for d in checker.documents.values() if d.kind.value == "explanatory")
    draft, clause = Draft(), told.clauses[-1]
    draft.quote(told, clause, clause.char_range)
    assert checker.faults(draft) == [f"an explanation is no source: {clause.id}"]


@pytest.mark.parametrize("question", ASKED)
def test_every_false_unit_is_caught(checker: Checker, question: str) -> None:
    for at, unit in enumerate(checker.draft(question).units):
        for false in false_units(checker, unit):
            draft = checker.draft(question)
            draft.units[at] = false
            assert checker.faults(draft), false


@pytest.mark.parametrize("question", ASKED)
def test_every_false_claim_is_caught(checker: Checker, question: str) -> None:
    for at, claim in enumerate(checker.draft(question).claims):
        start, end = claim.span
        for false in (
            replace(claim, citation_ids=()),
            replace(claim, citation_ids=("c99",)),
            replace(claim, span=(start, start)),
            replace(claim, span=(start, end + 3)),
            replace(claim, span=(start + 1, end + 1)),
            replace(claim, span=(start, end - 1)),
        ):
            draft = checker.draft(question)
            draft.claims[at] = false
            assert checker.faults(draft), false


TEXT_CHANGES: dict[str, Callable[[Draft], str]] = {
    "a word of the quote": lambda d: (
        d.text[: d.claims[0].span[1] - 2] + "假假" + d.text[d.claims[0].span[1] :]
    ),
    "a mark without a citation": lambda d: d.text + "另有规定[9]。",
    "another mark after the claim": lambda d: d.text.replace("[1]", "[2]"),
    "a unit that is not listed": lambda d: d.text + "\n责任单位：市公安局。",
    "a unit among true ones": lambda d: d.text + "\n责任单位：市科技局、市公安局等市有关部门。",
    "another role": lambda d: d.text + "\n牵头单位：市科技局。",
    "an open end after a false role": lambda d: d.text + "\n配合单位：市财政局等市有关部门。",
}


@pytest.mark.parametrize("change", TEXT_CHANGES)
def test_a_changed_text_is_caught(checker: Checker, change: str) -> None:
    draft = checker.draft("工业互联网建设什么")
    assert not checker.faults(draft)
    draft.text = TEXT_CHANGES[change](draft)
    assert checker.faults(draft)


def test_a_true_line_of_units_may_be_added(checker: Checker) -> None:
    draft = checker.draft("工业互联网建设什么")
    draft.text += "\n责任单位：市科技局、市财政局等市有关部门；属地落实：淄川区。"
    assert checker.faults(draft) == []


def test_a_clause_that_is_not_there_is_not_near(checker: Checker) -> None:
    near = clause_ref(next(iter(checker.clauses.values())))
    for ref in (replace(near, label="九（九）"), ClauseRef("none:1", ("正文",), "一", "c-1")):
        assert checker.faults(Draft(text="没有。", refusal=Refusal("没有。", (near, ref))))
    assert checker.faults(Draft(text="没有。", refusal=Refusal("没有。", (near,)))) == []
