"""Answers on the real policy, and on another city's beside it: verbatim, complete, or refused."""

from __future__ import annotations

import re

import pytest

from assistant.answer import REFUSAL_PHRASE, Answer, Status
from assistant.answering.gate import support
from assistant.model import Document, Hit, Role
from assistant.service import PolicyAssistant
from tests.policies import YUNHE_NUMBER, YUNHE_TITLE


def text_of(answer: Answer) -> str:
    assert answer.answer
    return answer.answer.text


def labels(answer: Answer) -> list[str]:
    return [citation.clause.label for citation in answer.citations]


@pytest.fixture(scope="module")
def answers(policy_assistant: PolicyAssistant, questions: list[str]) -> list[Answer]:
    assert len(questions) > 140
    return [policy_assistant.ask(question) for question in questions]


def test_every_quote_is_the_document_s_words_inside_the_clause(
    answers: list[Answer], policy_assistant: PolicyAssistant
) -> None:
    cited = [citation for answer in answers for citation in answer.citations]
    assert len(cited) > 150
    for citation in cited:
        document = policy_assistant.document(citation.document.id)
        start, end = citation.char_range
        assert document.text[start:end] == citation.quote != ""
        clause = policy_assistant.clause(citation.clause.id)
        assert clause.char_range[0] <= start < end <= clause.char_range[1]
        assert document.text[slice(*clause.char_range)] == clause.text
        assert citation.document.kind == document.kind.value == "official"
        assert citation.document.sha256 == document.sha256


def test_every_claim_is_in_its_citation_and_followed_by_its_mark(answers: list[Answer]) -> None:
    claims = 0
    for answer in answers:
        text, cited = text_of(answer), {c.id: c for c in answer.citations}
        assert [c.number for c in answer.citations] == list(range(1, len(cited) + 1))
        for claim in answer.claims:
            start, end = claim.span
            (citation,) = (cited[i] for i in claim.citation_ids)
            assert re.sub(r"\s", "", text[start:end]) in re.sub(r"\s", "", citation.quote)
            assert text[end:].startswith(f"[{citation.number}]")
            claims += 1
        marks = {int(n) for n in re.findall(r"\[(\d+)\]", text)}
        assert marks <= {c.number for c in answer.citations}
    assert claims > 150


def test_every_unit_is_listed_by_its_clause_with_that_role_and_basis(
    answers: list[Answer], policy_assistant: PolicyAssistant
) -> None:
    listed = [unit for answer in answers for unit in answer.responsible_units]
    assert len(listed) > 500
    for unit in listed:
        found = policy_assistant.clause(unit.clause_id).responsibility
        assert (unit.name, unit.role, unit.basis) in {
            (a.unit, a.role.value, a.basis) for a in found.assignments
        }
    for answer in answers:
        cited = {c.clause.id for c in answer.citations}
        assert {u.clause_id for u in answer.responsible_units} <= cited


def test_an_answer_cites_and_a_refusal_does_not(answers: list[Answer]) -> None:
    for answer in answers:
        answered = answer.status in (Status.ANSWERED, Status.PARTIAL)
        assert bool(answer.citations) is answered
        assert (answer.refusal is None) is answered
        if answer.refusal:
            assert answer.refusal.reason in text_of(answer)
            assert not answer.claims
            assert not answer.responsible_units
            assert text_of(answer).startswith(REFUSAL_PHRASE) or answer.status is Status.CLARIFY
    assert {Status.ANSWERED, Status.NO_SOURCE} <= {a.status for a in answers}


def test_parts_without_units_say_so(policy_assistant: PolicyAssistant, seed: Document) -> None:
    for clause in seed.clauses:
        if re.fullmatch(r"[一三]（.）", clause.label):
            for asked in (f"{clause.heading}由谁负责？", f"{clause.label}由哪个单位牵头？"):
                answer = policy_assistant.ask(asked)
                assert labels(answer) == [clause.label]
                assert "没有列明责任单位" in text_of(answer)
                assert not answer.responsible_units


def test_every_lead_sentence_knows_its_units(
    policy_assistant: PolicyAssistant, seed: Document
) -> None:
    leads = [c for c in seed.clauses if c.kind.value == "lead"]
    assert len(leads) == 19
    for clause in leads:
        answer = policy_assistant.ask(f"{clause.heading}由哪些单位负责？")
        assert labels(answer)[0] == clause.label
        units = [u for u in answer.responsible_units if u.clause_id == clause.id]
        assert [(u.name, u.role) for u in units] == [
            (a.unit, a.role.value) for a in clause.responsibility.assignments
        ]
        local = clause.responsibility.units(Role.LOCAL)
        assert len(local) == 4
        assert f"属地落实：{'、'.join(local)}" in text_of(answer)


REFUSED = {
    "青岛市的地铁怎么规划": "青岛市",
    "张店区发展什么产业": "张店区",
    "淄政字〔2021〕99号讲了什么": "淄政字〔2021〕99号",
    "工业互联网的补贴是多少": "具体金额或数量",
    "人工智能任务的联系电话是多少": "联系方式",
    "市科技局电话是多少": "联系方式",
    "市科技局在哪里": "联系方式或地址",
    "生物医药产业园的负责人是谁": "人员姓名",
    "胶济铁路改造什么时候完工": "具体时间",
    "保税物流中心入驻要什么材料": "办理流程或材料",
    "高层次人才有多少安家费": "",
    "违反大气污染防治会罚款吗": "",
}


@pytest.mark.parametrize(("question", "reason"), REFUSED.items())
def test_what_the_documents_do_not_say_is_refused(
    policy_assistant: PolicyAssistant, question: str, reason: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.NO_SOURCE
    assert answer.refusal
    assert reason in answer.refusal.reason
    assert text_of(answer).startswith(REFUSAL_PHRASE)


def test_a_refusal_names_the_nearest_clauses_as_no_answer(
    policy_assistant: PolicyAssistant,
) -> None:
    answer = policy_assistant.ask("工业互联网的补贴是多少")
    assert answer.refusal
    assert answer.refusal.nearest[0].label == "二（二）工业互联网"
    assert "相近条款（不是答案）：二（二）工业互联网" in text_of(answer)
    assert answer.refusal.contact_units == ("市发展改革委", "市工业和信息化局")
    assert "可向相近条款的责任单位咨询" in text_of(answer)


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("今天天气怎么样", Status.OUT_OF_SCOPE),
        ("讲个笑话", Status.OUT_OF_SCOPE),
        ("hello", Status.CLARIFY),
        ("支持 规划", Status.CLARIFY),
        ("发展", Status.CLARIFY),
        ("怎么办", Status.CLARIFY),
    ],
)
def test_chat_english_and_words_without_a_topic(
    policy_assistant: PolicyAssistant, question: str, status: Status
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is status
    assert not answer.citations


def test_english_is_told_in_both_languages(policy_assistant: PolicyAssistant) -> None:
    told = text_of(policy_assistant.ask("Who is responsible for autonomous driving?"))
    assert "二（二）自动驾驶的牵头单位" in told
    assert "[English note]" in told
    assert "English" not in text_of(policy_assistant.ask("今天天气怎么样"))


@pytest.mark.parametrize(
    ("question", "absent"), [("元宇宙和智能装备", "元宇宙"), ("区块链怎么发展", "区块链")]
)
def test_a_partial_answer_says_which_words_are_absent(
    policy_assistant: PolicyAssistant, question: str, absent: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.PARTIAL
    assert f"没有直接提到“{absent}”" in text_of(answer)
    assert answer.citations


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("市财政局参与智能装备吗", "市财政局是二（二）智能装备列明的单位"),
        ("市公安局管不管自动驾驶", "市公安局不是二（二）自动驾驶列明的单位"),
        ("济南市财政局管自动驾驶吗", "济南市财政局不是二（二）自动驾驶列明的单位"),
        ("市应急管理局参与智能装备吗", "市应急管理局不是二（二）智能装备列明的单位"),
        (
            "智能装备，市科技局是牵头单位吗",
            "二（二）智能装备的牵头单位：市发展改革委、市工业和信息化局",
        ),
        ("环境协同防治由谁牵头", "原文没有以文字写明哪一个是牵头单位"),
    ],
)
def test_whether_a_unit_takes_part_and_who_leads(
    policy_assistant: PolicyAssistant, question: str, words: str
) -> None:
    assert words in text_of(policy_assistant.ask(question))


def test_the_city_itself_is_no_unknown_place(policy_assistant: PolicyAssistant) -> None:
    for question in ("淄博市怎么发展人工智能", "淄博市的人工智能由谁负责"):
        assert labels(policy_assistant.ask(question))[0] == "二（二）人工智能"


def test_words_that_end_like_units_hide_no_answer(policy_assistant: PolicyAssistant) -> None:
    assert labels(policy_assistant.ask("氢能产业布局在哪里")) == ["二（一）"]
    assert labels(policy_assistant.ask("科创走廊城市会客厅建在哪")) == ["二（二）现代服务业"]


# Another city's policy beside the first ---------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "label", "words"),
    [
        ("生态茶园每亩补助多少钱？", "一(一)", "每亩一次性补助800元"),
        ("茶企首次认定省级龙头企业奖励多少？", "二(三)", "给予20万元奖励"),
        ("茶园滴灌工程什么时候完成？", "一(二)", "2025年底前完成改造"),
        ("云河市怎么打造茶叶公共品牌？", "二(四)", "云河云雾"),
        ("海坪镇建设什么？", "一(二)", "海坪镇"),
        (f"{YUNHE_NUMBER}第（三）条", "二(三)", "培育龙头企业"),
        (f"{YUNHE_NUMBER}对公用品牌有什么规定", "二(四)", "茶博会"),
    ],
)
def test_the_second_policy_is_answered_like_the_first(
    two_cities: PolicyAssistant, question: str, label: str, words: str
) -> None:
    answer = two_cities.ask(question)
    assert answer.status is Status.ANSWERED
    assert answer.citations[0].document.title == YUNHE_TITLE
    assert answer.citations[0].clause.label == label
    assert words in text_of(answer)


def test_the_second_policy_s_units(two_cities: PolicyAssistant) -> None:
    answer = two_cities.ask("培育茶业龙头企业由谁负责？")
    assert [(u.name, u.role) for u in answer.responsible_units] == [
        ("市农业农村局", "lead"),
        ("市工业和信息化局", "cooperate"),
        ("市市场监管局", "cooperate"),
    ]
    assert labels(two_cities.ask("市市场监管局负责哪些任务")) == ["二(三)", "二(四)"]


@pytest.mark.parametrize(
    "question",
    [
        "{}讲了什么？",
        "{}的文号是什么？",
        "{}什么时候印发的？",
        "{}对品牌有什么规定？",
        "市水利局在{}里负责什么？",
        "{}一（二）说了什么？",
        "{}为什么制定？",
        "{}有几个部分？",
    ],
)
@pytest.mark.parametrize("name", [YUNHE_NUMBER, f"《{YUNHE_TITLE}》", "云政办字[2023]7号"])
def test_a_question_that_names_a_document_is_answered_from_it_only(
    two_cities: PolicyAssistant, question: str, name: str
) -> None:
    answer = two_cities.ask(question.format(name))
    assert {c.document.title for c in answer.citations} == {YUNHE_TITLE}


def test_what_the_named_document_does_not_hold_is_not_taken_from_another(
    two_cities: PolicyAssistant,
) -> None:
    for asked in ("自动驾驶谁负责", "的人工智能怎么发展", "里文昌湖发展什么产业"):
        answer = two_cities.ask(YUNHE_NUMBER + asked)
        assert {c.document.title for c in answer.citations} <= {YUNHE_TITLE}, asked
        assert answer.status is not Status.ANSWERED, asked


def test_questions_about_the_first_policy_stay_with_it(
    two_cities: PolicyAssistant, policy_assistant: PolicyAssistant
) -> None:
    for question in ("自动驾驶重点做什么", "青年人才有哪些政策", "文昌湖发展什么产业"):
        alone, beside = policy_assistant.ask(question), two_cities.ask(question)
        assert [c.quote for c in beside.citations] == [c.quote for c in alone.citations]


def test_support_is_in_the_unit_interval(policy_assistant: PolicyAssistant) -> None:
    clause = policy_assistant.documents()[0].clauses[0]
    zero = dict.fromkeys(("coverage", "sentence", "dense"), 0.0)
    assert support([Hit(clause, 0.0, zero)]) == 0
    best = Hit(clause, 1.0, dict.fromkeys(zero, 1.0))
    assert support([best, Hit(clause, 0.0, zero)]) == pytest.approx(1)
    assert support([best]) == pytest.approx(0.77)
