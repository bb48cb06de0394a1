"""Text for a terminal: what several clauses, a refusal and an empty list look like."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import AnswerText, AskedQuestion, Citation, ResponsibleUnit, Status
from assistant.faces.readable import (
    SHOWN_CHARS,
    answer_text,
    document_tree,
    hits_text,
    tasks_text,
    units_text,
)
from assistant.model import DocumentKind, Role, Task, UnitSummary
from tests.fakes import DOCUMENT_ID, FakeAssistant, clause_ref, document_ref, make_document

FAKE = FakeAssistant()
CLAUSES = {clause.id.rpartition(":")[2]: clause for clause in make_document().clauses}


def cited(number: int, place: str) -> Citation:
    clause = CLAUSES[place]
    document = document_ref(make_document())
    return Citation(f"c{number}", number, document, clause_ref(clause), clause.text, (0, 1))


def unit(name: str, place: str, role: Role = Role.RESPONSIBLE) -> ResponsibleUnit:
    return ResponsibleUnit(name, role.value, "listed", f"{DOCUMENT_ID}:{place}")


def units_of(*units: ResponsibleUnit) -> list[str]:
    answer = replace(
        FAKE.ask("智能装备"),
        citations=(cited(1, "2.2.1"), cited(2, "2.2.2")),
        responsible_units=units,
    )
    return answer_text(answer).partition("【责任单位】\n")[2].splitlines()


def test_clauses_with_the_same_units_share_their_lines() -> None:
    same = [unit(name, place) for place in ("2.2.1", "2.2.2") for name in ("市科技局", "市财政局")]
    assert units_of(*same) == ["责任单位（责任单位注列明）：市科技局、市财政局"]


def test_clauses_with_other_units_are_named() -> None:
    assert units_of(unit("市科技局", "2.2.1", Role.LEAD), unit("市财政局", "2.2.2")) == [
        "二（二）智能装备：",
        "牵头单位（责任单位注列明）：市科技局",
        "二（二）生物医药：",
        "责任单位（责任单位注列明）：市财政局",
    ]


def test_an_explanatory_document_is_marked() -> None:
    citation = cited(1, "0")
    document = replace(citation.document, kind=DocumentKind.EXPLANATORY.value, doc_number="")
    answer = replace(FAKE.ask("智能装备"), citations=(replace(citation, document=document),))
    assert "序言（项目编写的说明，非官方文件）" in answer_text(answer)


def test_a_quote_stands_below_its_source_only_where_the_answer_does_not_hold_it() -> None:
    answer = FAKE.ask("智能装备")
    quote = answer.citations[0].quote
    assert answer_text(answer).count(quote) == 1
    told = answer_text(replace(answer, answer=AnswerText("打造产业集群。[1]")))
    assert told.count(f"〕\n    {quote}") == 1


def test_a_completed_follow_up_is_said_first() -> None:
    answer = replace(FAKE.ask("智能装备"), question=AskedQuestion("呢？", "智能装备呢？"))
    assert answer_text(answer).startswith("（已理解为：智能装备呢？）\n打造")


def test_an_error_and_a_warning_are_shown() -> None:
    answer = replace(
        FAKE.ask("智能装备"), answer=AnswerText("出错了。"), citations=(), responsible_units=()
    )
    assert answer_text(replace(answer, status=Status.ERROR)) == "出错了。"
    assert answer_text(replace(answer, warnings=("文件可能已失效。",))).endswith(
        "【提示】\n文件可能已失效。"
    )


def test_nothing_found_is_said() -> None:
    assert hits_text(()) == "没有找到相关条款。"
    assert units_text(()) == "共0个单位"


def test_a_long_clause_is_cut_and_stays_on_one_line() -> None:
    document = make_document()
    long = replace(document.clauses[0], text="氢能\n" * 100)
    tree = document_tree(replace(document, clauses=(long,)))
    assert tree.splitlines()[-1].strip() == f"{('氢能 ' * 100)[:SHOWN_CHARS]}…"


def test_a_task_names_the_clauses_below_it() -> None:
    summary = UnitSummary("市科技局", "", (), {Role.LEAD: 1})
    covers = (CLAUSES["2.2"], CLAUSES["2.2.1"], CLAUSES["2.2.2"])
    text = tasks_text(summary, [Task(CLAUSES["2.2"], Role.LEAD, "stated", covers)])
    assert text.splitlines()[0] == "市科技局：共1条任务"
    assert text.splitlines()[-1].strip() == "包括：智能装备、生物医药"
