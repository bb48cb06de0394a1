"""Text for a terminal: what several clauses, a refusal and an empty list look like."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import AnswerText, AskedQuestion, Citation, ResponsibleUnit, Status
from assistant.faces.readable import (
    ANOMALY_NAMES,
    SHOWN_CHARS,
    answer_text,
    build_report,
    document_tree,
    hits_text,
    tasks_text,
    units_text,
)
from assistant.indexing.manifest import Manifest
from assistant.model import Anomaly, AnomalyKind, DocumentKind, Role, Task, UnitSummary
from tests.fakes import DOCUMENT_ID, TITLE, FakeAssistant, clause_ref, document_ref, make_document

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
    assert tree.splitlines()[-3].strip() == f"{('氢能 ' * 100)[:SHOWN_CHARS]}…"


def test_a_task_names_the_clauses_below_it() -> None:
    summary = UnitSummary("市科技局", "", (), {Role.LEAD: 1})
    covers = (CLAUSES["2.2"], CLAUSES["2.2.1"], CLAUSES["2.2.2"])
    text = tasks_text(summary, [Task(CLAUSES["2.2"], Role.LEAD, "stated", covers)])
    assert text.splitlines()[0] == "市科技局：共1条任务"
    assert text.splitlines()[-1].strip() == "包括：智能装备、生物医药"


# Numbering --------------------------------------------------------------------------------------

FAULTS = (
    Anomaly(AnomalyKind.GAP, "“一、”之后是“三、”，缺少“二、”。", (3, 5), f"{DOCUMENT_ID}:2"),
    Anomaly(AnomalyKind.GAP, "缺少第四条。", (7, 9)),
    Anomaly(AnomalyKind.REPEAT, "“（二）”出现了两次。", (9, 12), f"{DOCUMENT_ID}:2.2"),
)


def test_the_numbering_report_stands_below_the_tree() -> None:
    document = make_document()
    assert document_tree(document).endswith("\n\n编号检查：没有发现问题。")
    lines = document_tree(replace(document, anomalies=FAULTS)).splitlines()[-4:]
    assert lines == [
        "编号检查：缺号2处、重号1处",
        "  缺号（二）：“一、”之后是“三、”，缺少“二、”。  3–5",
        "  缺号：缺少第四条。  7–9",
        "  重号（二（二））：“（二）”出现了两次。  9–12",
    ]


def test_every_kind_has_a_name() -> None:
    assert set(ANOMALY_NAMES) == set(AnomalyKind)


def test_a_build_tells_its_numbers_and_on_request_every_fault() -> None:
    document = make_document()
    faulty = replace(document, id="other", anomalies=FAULTS)
    manifest = Manifest(5, "e", "f", 1, "c", "p", "i", 2, 14)
    told = build_report([document, faulty], manifest, 1, 2.04, full=False)
    assert told.splitlines() == [
        "索引已就绪：2份文件，14个条款，这次读取1份，用时2.0秒。",
        "编号检查：1份文件有编号问题（缺号2处、重号1处），加 --report 逐份列出。",
    ]
    full = build_report([document, faulty], manifest, 1, 2.04, full=True)
    assert f"《{TITLE}》〔other〕\n编号检查：缺号2处、重号1处\n  缺号（二）" in full
    assert "--report" not in full
    whole = build_report([document], replace(manifest, problems=("坏。",)), 0, 1, full=False)
    assert whole.endswith("秒。\n\n没有读取的文件（1份）：\n  坏。")
