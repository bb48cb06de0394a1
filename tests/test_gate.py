"""The gate: near is not enough where a place, a unit, a year or a sum is asked that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, Status
from assistant.answering.gate import Gate, support
from assistant.model import Clause, Hit
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from tests.fakes import make_document
from tests.policies import YUNHE_NUMBER, add_yunhe, settings_for

PROVINCE = """{name}人民政府办公厅
关于{thing}的意见
{number}
各市、州人民政府：
为推动{name}{thing}，提出以下意见。
一、重点任务
{task}
{name}人民政府办公厅
2023年3月6日
"""
COLD = "（一）建设冷链物流基地。对新建冷链物流基地给予300万元补助。（责任单位：省发展改革委）"
CARE = "（一）办好养老食堂。对社区养老食堂每年补助5万元。（责任单位：省民政厅）"


@pytest.fixture(scope="module")
def provinces(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    """A policy of a city and two of provinces."""
    folder: Path = tmp_path_factory.mktemp("provinces")
    add_yunhe(folder / "corpus")
    for file, name, thing, number, task in (
        ("a", "湖北省", "发展冷链物流", "鄂政办发〔2023〕11号", COLD),
        ("b", "湖南省", "发展养老服务", "湘政办发〔2023〕12号", CARE),
    ):
        text = PROVINCE.format(name=name, thing=thing, number=number, task=task)
        (folder / "corpus" / f"{file}.txt").write_text(text, encoding="utf-8")
    return PolicyAssistant.open(settings_for(folder))


def refused(answer: Answer) -> str:
    """The reason of a refusal, which cites nothing and names no units as an answer."""
    assert answer.status not in (Status.ANSWERED, Status.PARTIAL), answer.answer
    assert answer.refusal
    assert not answer.citations
    assert not answer.claims
    assert not answer.responsible_units
    return answer.refusal.reason


REFUSALS = [
    ("北京市的自动驾驶重点做什么", Status.NO_SOURCE, "没有提到“北京市”"),
    ("湖北省自动驾驶重点做什么", Status.NO_SOURCE, "没有提到“湖北省”"),
    ("市体育局在自动驾驶里做什么", Status.NO_SOURCE, "没有把“市体育局”列为责任单位"),
    ("周村到章丘的票价多少钱", Status.NO_SOURCE, "没有写明具体金额或数量"),
    ("为什么发展自动驾驶", Status.NO_SOURCE, "没有写明原因"),
    ("自动驾驶由哪个处室负责", Status.NO_SOURCE, "没有写明具体的处室"),
    ("自动驾驶的联系电话", Status.NO_SOURCE, "没有写明联系方式或地址"),
    ("滑雪场怎么建设", Status.NO_SOURCE, "不在已收录文件的规定之内"),
    ("今天天气怎么样", Status.OUT_OF_SCOPE, "主要词语在文件里都没有出现"),
    ("怎么办", Status.CLARIFY, "没有看出要问的事项"),
]


@pytest.mark.parametrize(("question", "status", "reason"), REFUSALS)
def test_what_is_not_there_is_refused_with_its_own_reason(
    policy_assistant: PolicyAssistant, question: str, status: Status, reason: str
) -> None:
    answer = policy_assistant.ask(question)
    assert reason in refused(answer)
    assert answer.status is status


@pytest.mark.parametrize(("question", "status", "reason"), REFUSALS)
def test_another_document_beside_it_changes_no_refusal(
    two_cities: PolicyAssistant, question: str, status: Status, reason: str
) -> None:
    answer = two_cities.ask(question)
    assert reason in refused(answer)
    assert answer.status is status


@pytest.mark.parametrize(
    "question",
    [
        "自动驾驶重点做什么",
        "淄博市自动驾驶由谁负责",
        "淄川区的自动驾驶由谁负责",
        "自动驾驶的牵头单位是哪个部门",
        "到2025年的发展目标是什么",
        "发展目标",  # a heading, though each of its words is a general one
        "市科技局在自动驾驶里做什么",
    ],
)
def test_what_is_there_passes(policy_assistant: PolicyAssistant, question: str) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status in (Status.ANSWERED, Status.PARTIAL)
    assert answer.citations


def test_a_reason_names_the_nearest_clauses_and_whom_to_ask(
    policy_assistant: PolicyAssistant,
) -> None:
    answer = policy_assistant.ask("自动驾驶的联系电话")
    assert answer.refusal
    assert answer.refusal.nearest[0].label == "二（二）自动驾驶"
    assert answer.refusal.contact_units == ("市发展改革委", "市工业和信息化局")
    assert not policy_assistant.ask("怎么办").citations


def test_a_place_puts_its_document_first(two_cities: PolicyAssistant) -> None:
    answer = two_cities.ask("云河市建设生态茶园补助多少钱")
    assert answer.citations[0].document.doc_number == YUNHE_NUMBER
    assert "800元" in answer.citations[0].quote


def test_a_province_speaks_for_its_towns_and_a_city_only_for_itself(
    provinces: PolicyAssistant,
) -> None:
    there = provinces.ask("宜昌市新建冷链物流基地补助多少")
    assert there.status is Status.ANSWERED
    assert there.citations[0].document.doc_number == "鄂政办发〔2023〕11号"
    assert "没有提到“宜昌市”" in refused(provinces.ask("宜昌市新建生态茶园补助多少"))


@pytest.mark.parametrize("name", ["湖南", "湖南省", "四川", "四川省"])
def test_one_province_does_not_answer_for_another(provinces: PolicyAssistant, name: str) -> None:
    assert f"没有提到“{name}”" in refused(provinces.ask(f"{name}冷链物流基地由谁负责"))


def test_each_province_answers_for_itself(provinces: PolicyAssistant) -> None:
    for question in ("湖南省养老食堂补助多少", "湖北冷链物流基地由谁负责"):
        assert provinces.ask(question).status is Status.ANSWERED


def test_a_year_that_the_clause_does_not_name_is_refused(two_cities: PolicyAssistant) -> None:
    assert two_cities.ask("2025年茶园滴灌工程谁负责").status is Status.ANSWERED
    answer = two_cities.ask("2028年茶园滴灌工程谁负责")
    assert "没有写明2028年的情况" in refused(answer)


# The parts of the gate ----------------------------------------------------------------------------


def gate_of(parts: Parts, threshold: float, *, several: bool = True) -> Gate:
    return Gate(parts.retriever, "", threshold, several=several)


def test_the_documents_of_a_named_place_come_first_where_they_carry_the_question(
    two_cities: PolicyAssistant,
) -> None:
    parts = two_cities._parts
    yunhe = next(d.id for d in two_cities.documents() if d.doc_number == YUNHE_NUMBER)
    here = [h for h in parts.retriever.search("生态茶园", 30) if h.clause.document_id == yunhe]
    away = list(parts.retriever.search("自动驾驶", 2))
    asked = parts.reader.read("云河市的生态茶园")
    assert {h.clause.document_id for h in away} != {yunhe}
    mixed = [*away, *here]
    assert gate_of(parts, 0.0).of_places(asked, mixed) == (*here, *away)
    assert gate_of(parts, 1.1).of_places(asked, mixed) == tuple(mixed), "nothing there is enough"
    assert gate_of(parts, 0.0, several=False).of_places(asked, mixed) == tuple(mixed)
    nowhere = parts.reader.read("生态茶园")
    assert gate_of(parts, 0.0).of_places(nowhere, mixed) == tuple(mixed)


def test_the_threshold_is_where_answers_begin(parts: Parts) -> None:
    asked = parts.reader.read("自动驾驶重点做什么")
    hits = parts.retriever.search(asked.topic, 8)
    least = support(hits)
    assert gate_of(parts, least).refusal(asked, hits) is None
    draft = gate_of(parts, least + 1e-6).refusal(asked, hits)
    assert draft
    assert draft.status is Status.NO_SOURCE


def test_nothing_found_is_out_of_scope(parts: Parts) -> None:
    draft = gate_of(parts, 0.0).refusal(parts.reader.read("自动驾驶重点做什么"), ())
    assert draft
    assert draft.status is Status.OUT_OF_SCOPE
    assert gate_of(parts, 0.0).unanswered(parts.reader.read("自动驾驶重点做什么"), ()) is None


CLAUSE: Clause = make_document().clauses[4]
share = st.floats(0, 1, allow_nan=False)


def hit(score: float, coverage: float, sentence: float, dense: float) -> Hit:
    return Hit(CLAUSE, score, {"coverage": coverage, "sentence": sentence, "dense": dense})


@given(share, share, share, share, share)
def test_support_is_a_share_that_grows_with_each_signal(
    score: float, coverage: float, sentence: float, dense: float, second: float
) -> None:
    first = hit(score, coverage, sentence, dense)
    after = hit(min(second, score), 0, 0, 0)
    found = support([first, after])
    assert 0 <= found <= 1 + 1e-9
    assert found <= support([hit(score, 1.0, sentence, dense), after]) + 1e-9
    assert found <= support([hit(score, coverage, sentence, 1.0), after]) + 1e-9
    assert found <= support([first, hit(0.0, 0, 0, 0)]) + 1e-9, "the lead counts"
    assert support([first]) == support([hit(0.0, coverage, sentence, dense)]), "alone, none"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("哪些单位不负责生态保护", "没有列出不负责的单位"),
        ("谁不用负责金融保障", "没有列出不负责的单位"),
        ("章丘区负责哪些任务", "没有把“章丘区”列为责任单位"),
        ("为什么不支持生物医药", "没有写明原因"),
    ],
)
def test_what_no_text_can_answer(
    policy_assistant: PolicyAssistant, question: str, reason: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.refusal
    assert reason in answer.refusal.reason
