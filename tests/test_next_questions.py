"""What is offered next leads on: answered, from the clause or unit that was meant, never asked twice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Answer, AskedQuestion, Status
from assistant.errors import QuestionTooLong
from assistant.faces.chat.next_questions import (
    MAX_ASKED,
    Candidate,
    about_clause,
    answerable,
    candidates,
    named,
)
from assistant.model import CITABLE, Clause, Document, DocumentKind
from assistant.service import PolicyAssistant
from tests.fakes import FakeAssistant, clause_ref, make_document
from tests.laws import SHARED, parsed
from tests.policies import settings_for

FAKE = FakeAssistant()
DOCUMENTS = {d.id: d for d in FAKE.documents()}
TOLD = FAKE.ask("智能装备有哪些任务")


def found(answer: Answer, documents: dict[str, Document] = DOCUMENTS) -> list[str]:
    return [c.question for c in candidates(answer, documents, FAKE.industries())]


def with_words(document: Document) -> list[Clause]:
    """The clauses that a question about contents can be answered from."""
    return [c for c in document.clauses if c.kind in CITABLE and c.body_range[0] < c.body_range[1]]


# What is made of an answer ----------------------------------------------------------------------


def test_an_answer_leads_to_its_units_and_its_neighbours() -> None:
    assert found(TOLD) == [
        "二（二）智能装备由谁负责？",
        "市科技局负责哪些任务？",
        "二（二）生物医药写了什么？",
        "二（二）加快发展高端特色产业写了什么？",
        "比较市科技局和市财政局的任务",
    ]


def test_a_clause_of_an_area_leads_to_its_industries() -> None:
    assert "淄川经济开发区重点发展哪些产业？" in found(FAKE.ask("生物医药有哪些任务"))


def test_who_asked_who_is_not_led_to_ask_who() -> None:
    told = replace(TOLD, question=AskedQuestion("智能装备由哪个部门负责"))
    assert not any("由谁" in q for q in found(told))
    completed = replace(TOLD, question=AskedQuestion("它呢", "智能装备由谁负责"))
    assert not any("由谁" in q for q in found(completed))


def test_a_refusal_leads_to_the_clauses_that_came_near() -> None:
    assert found(FAKE.ask("市长是谁")) == [
        "二（二）智能装备写了什么？",
        "二（二）智能装备由谁负责？",
        "二（二）生物医药写了什么？",
        "二（二）生物医药由谁负责？",
    ]


def test_where_there_are_several_documents_each_question_names_its_own() -> None:
    other = replace(make_document(), id="other", title="关于别的事的意见")
    questions = found(TOLD, {**DOCUMENTS, "other": other})
    title = f"《{make_document().title}》"
    about = [q for q in questions if "二（二）" in q]
    assert about
    assert all(q.startswith(title) for q in about)
    explained = replace(other, kind=DocumentKind.EXPLANATORY)
    assert found(TOLD, {**DOCUMENTS, "other": explained}) == found(TOLD)


def test_a_fact_of_a_document_leads_into_it() -> None:
    document = make_document()
    title = document.clauses[0]
    cited = replace(TOLD.citations[0], clause=clause_ref(title), quote=title.text)
    assert found(replace(TOLD, citations=(cited,)))[0] == "二（二）智能装备写了什么？"


def test_an_answer_from_a_document_that_is_gone_leads_nowhere() -> None:
    assert found(TOLD, {}) == found(FAKE.ask("市长是谁"), {}) == []
    assert found(replace(TOLD, citations=())) == []


# What is kept -------------------------------------------------------------------------------------


class Asked:
    """Answers from a list, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def __call__(self, question: str) -> Answer:
        self.questions.append(question)
        return self.answers[min(len(self.questions), len(self.answers)) - 1]


def many(count: int, **fields: object) -> list[Candidate]:
    return [Candidate(f"问题{n}", **fields) for n in range(count)]  # type: ignore[arg-type]


OTHER = FAKE.ask("生物医药有哪些任务")


def test_only_what_is_answered_from_what_was_meant_is_kept() -> None:
    meant = frozenset((OTHER.citations[0].clause.id,))
    first = frozenset((TOLD.citations[0].clause.id,))
    assert Candidate("问", meant).is_met(OTHER)
    assert Candidate("问", units=("市科技局", "市财政局")).is_met(OTHER)
    assert not Candidate("问", first).is_met(OTHER)
    assert not Candidate("问", units=("市科技局", "市教育局")).is_met(OTHER)
    assert not Candidate("问").is_met(replace(OTHER, status=Status.PARTIAL))
    assert not Candidate("问").is_met(replace(OTHER, citations=()))
    ask = Asked(replace(OTHER, status=Status.NO_SOURCE), OTHER)
    assert answerable(many(2, clauses=meant), ask, TOLD) == ("问题1",)


def test_an_answer_that_is_already_there_is_no_next_one() -> None:
    assert answerable(many(2), Asked(TOLD), TOLD) == ()


def test_no_question_is_asked_twice() -> None:
    told = replace(TOLD, question=AskedQuestion("问题 0？", "问题1"))
    ask = Asked(OTHER)
    assert answerable([*many(4), *many(4)], ask, told, ["问题2。"]) == ("问题3",)
    assert ask.questions == ["问题3"]


def test_the_asking_is_bounded() -> None:
    ask = Asked(replace(OTHER, status=Status.NO_SOURCE))
    assert answerable(many(50), ask, TOLD) == ()
    assert len(ask.questions) == MAX_ASKED
    ask = Asked(OTHER)
    assert len(answerable(many(50), ask, TOLD, limit=2)) == len(ask.questions) == 2


def test_a_question_that_cannot_be_asked_is_passed_over() -> None:
    def ask(question: str) -> Answer:
        if question == "问题0":
            raise QuestionTooLong(100, 10)
        return OTHER

    assert answerable(many(2), ask, TOLD) == ("问题1",)


def test_real_answers_lead_on(policy_assistant: PolicyAssistant, questions: list[str]) -> None:
    """No dead ends: what is offered is answered; and most answers lead somewhere."""
    documents = {d.id: d for d in policy_assistant.documents()}
    table = policy_assistant.industries()
    led = answered = 0
    for question in questions[::4]:
        answer = policy_assistant.ask(question)
        made = candidates(answer, documents, table)
        kept = answerable(made, policy_assistant.ask, answer, ["市科技局负责哪些任务"])
        assert len(kept) <= 3
        assert "市科技局负责哪些任务？" not in kept
        assert {policy_assistant.ask(q).status for q in kept} <= {Status.ANSWERED}
        answered += answer.status is Status.ANSWERED
        led += answer.status is Status.ANSWERED and bool(kept)
    assert led >= 0.9 * answered > 10


# About a clause -------------------------------------------------------------------------------------

TWICE = """关于一件事的意见
一、总体要求
（一）指导思想。坚持统筹推进，全面落实各项工作部署。
1.加强组织领导，压实工作责任。
2.完善工作机制，定期研究问题。
二、重点任务
（一）建设农村公路。三年内改造农村公路五百公里。
二、保障措施
（一）落实财政资金。每年安排资金二亿元用于公路养护。
"""


def test_a_number_that_is_not_the_only_one_gives_way_to_the_words() -> None:
    document = parsed(TWICE)
    names = [named(c, document, False) for c in with_words(document)]
    assert len(set(names)) == len(names)
    money = next(c for c in document.clauses if "二亿元" in c.text)
    assert "落实财政资金" in named(money, document, False)
    road = next(c for c in document.clauses if "五百公里" in c.text)
    assert not any("二（一）" in named(c, document, False) for c in (money, road))
    assert named(money, document, True).startswith("《关于一件事的意见》")


def test_what_stands_below_such_a_number_is_named_by_its_words_too() -> None:
    document = make_document()
    lead = next(c for c in document.clauses if c.heading == "生物医药")
    assert named(lead, document, False) == "二（二）生物医药"
    below = replace(lead, id=lead.id.replace("2.2.2", "2.2-2.2"))
    twice = replace(document, clauses=(*document.clauses[:3], below))
    assert named(below, twice, False).startswith("“依托淄川经济开发区生物医药")


def misses(assistant: PolicyAssistant) -> tuple[list[str], int]:
    """The questions about clauses that another clause answers first, or none; and how many were asked.

    An answer from a document that is no longer in force says so, and is one.
    """
    official = [d for d in assistant.documents() if d.kind is DocumentKind.OFFICIAL]
    wrong, count = [], 0
    for document, clause in ((d, c) for d in official for c in with_words(d)):
        question = about_clause(clause, document, len(official) > 1)
        answer = assistant.ask(question)
        fits = answer.status in (Status.ANSWERED, Status.EXPIRED_ONLY) and bool(answer.citations)
        count += 1
        if not fits or answer.citations[0].clause.id != clause.id:
            wrong.append(question)
    return wrong, count


def test_every_clause_of_the_corpus_answers_the_question_about_it(
    policy_assistant: PolicyAssistant, two_cities: PolicyAssistant
) -> None:
    assert misses(policy_assistant) == ([], 30)
    assert misses(two_cities)[0] == []


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    """Ten documents of other cities and years."""
    files: Sequence[Path] = sorted((SHARED / "policies").glob("*.txt"))[::10]
    if not files:
        pytest.skip("没有 ../shared 的文件，不能测量其他文件的条款")
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "corpus").mkdir()
    for file in files:
        shutil.copy(file, folder / "corpus")
    return PolicyAssistant.open(settings_for(folder))


def test_clauses_of_documents_nobody_has_seen_do_too(foreign: PolicyAssistant) -> None:
    wrong, count = misses(foreign)
    assert count > 100
    assert len(wrong) <= 0.04 * count, wrong


def test_the_question_is_short() -> None:
    for document in (make_document(), parsed(TWICE)):
        for clause in with_words(document):
            assert re.fullmatch(r".{2,50}写了什么？", about_clause(clause, document, False))
