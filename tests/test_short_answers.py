"""The stretch of a long quote that answers by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.passages import pick
from assistant.answering.short_answers import LONG_QUOTE, MUCH_LONGER, short_answer
from assistant.parts import Parts
from assistant.retrieval.retriever import Topic
from assistant.text import sentences
from assistant.understanding.details import asked_details
from assistant.vocabulary import shipped

# The quoted words are made up: no document has them.
LISTED = (
    "围绕养殖、加工、冷链、销售四大环节，开展技术攻关，推广应用场景，打造千亿级海洋产业集群。"
    "重点发展海参、鲍鱼、扇贝和紫菜产业，支持企业做大做强，统筹推进港口、码头建设。"
)
PAID = (
    "对首次认定的龙头企业，由县级财政安排资金，给予一次性奖励20万元，用于技术改造和设备更新。"
    "对新建连片五十亩以上的生态茶园，按照先建后补的方式，每亩补助800元，连续补助3年。"
)
DUE = (
    "针对发现的问题，逐一进行整改，建立台账并向社会公开。对于需要移交的，于2019年6月底前完成；"
    "对于需要收回、置换的，于2019年9月底前完成；对于需要新建的，于2020年12月底前完成竣工。"
)
AIMS = (
    "到2025年，茶产业总规模达到200亿元，茶园面积稳定在30万亩，建成标准化基地50个，品牌影响显著提升。"
    "培育龙头企业20家。到2030年，茶产业总规模达到500亿元，建成标准化基地90个，全面实现现代化。"
)
LIMITED = (
    "纳税人销售自产的农产品，可以享受减免，但外购农产品加工后销售的，应当按照规定缴纳税款，并保存凭证备查。"
    "税务机关应当加强辅导，及时公开办理进度，方便纳税人查询了解，并定期向社会公布减免情况和典型案例，接受监督。"
)


def topics(question: str) -> list[Topic]:
    known = shipped()
    phrases = [Topic(word, others, 1.0) for word, others in known.related(question).items()]
    return [*phrases, *(Topic(term, (), 1.0) for term in known.terms(question))]


def short(question: str, text: str) -> str | None:
    span = short_answer(question, topics(question), asked_details(question), text, [(0, len(text))])
    return text[slice(*span)] if span else None


ANSWERS = [
    ("四大环节是哪些", LISTED, "围绕养殖、加工、冷链、销售四大环节"),
    ("四大环节是什么", LISTED, "围绕养殖、加工、冷链、销售四大环节"),
    ("五大环节是哪些", LISTED, None),
    ("重点发展哪些产业", LISTED, "重点发展海参、鲍鱼、扇贝和紫菜产业"),
    ("海洋产业集群达到什么级别", LISTED, "打造千亿级海洋产业集群"),
    ("首次认定的龙头企业奖励多少钱", PAID, "对首次认定的龙头企业，由县级财政安排资金，给予一次性奖励20万元"),
    ("生态茶园每亩补助多少钱", PAID, "对新建连片五十亩以上的生态茶园，按照先建后补的方式，每亩补助800元"),
    ("收回的什么时候完成", DUE, "对于需要收回、置换的，于2019年9月底前完成"),
    ("新建的哪年竣工", DUE, "对于需要新建的，于2020年12月底前完成竣工"),
    ("2025年茶产业总规模多少亿元", AIMS, "到2025年，茶产业总规模达到200亿元"),
    ("2030年茶产业总规模多少亿元", AIMS, "到2030年，茶产业总规模达到500亿元"),
    ("2035年茶产业总规模多少亿元", AIMS, None),
    ("茶产业怎么发展", AIMS, None),
    ("茶产业由哪个单位负责", AIMS, None),
    ("渔业总规模多少亿元", AIMS, None),
]  # fmt: skip


@pytest.mark.parametrize(("question", "text", "expected"), ANSWERS)
def test_the_words_that_answer(question: str, text: str, expected: str | None) -> None:
    assert short(question, text) == expected


def test_a_condition_that_limits_is_not_cut_off() -> None:
    answer = short("纳税人销售自产农产品可以享受的减免", LIMITED)
    assert answer == LIMITED[: LIMITED.index("。")]


def test_a_list_goes_on_after_a_comma() -> None:
    text = (
        "“桥梁设施包括：甲桥、乙桥、丙桥，以及护栏、照明等附属设施”。"
        "道路设施的养护由县级主管部门组织实施，所需经费按照规定列入年度预算，并接受审计部门的监督检查。"
    )
    answer = short("桥梁设施包括哪些", text)
    assert answer is not None
    assert "甲桥" in answer
    assert "附属设施" in answer
    assert "养护" not in answer


def test_two_sentences_that_answer_alike_leave_it_unclear() -> None:
    twice = (
        "甲类企业给予奖励20万元，用于技术改造。乙类企业给予奖励30万元，用于设备更新改造和人才培养引进。"
        * 2
    )
    assert short("企业奖励多少钱", twice) is None


def test_a_short_quote_answers_by_itself() -> None:
    text = LISTED[: LISTED.index("，") + 1]
    assert len(text) <= LONG_QUOTE
    assert short("四大环节是哪些", text) is None
    assert short_answer("四大环节是哪些", topics("四大环节"), (), LISTED, []) is None


def test_it_lies_in_what_is_quoted_and_is_much_shorter(parts: Parts, questions: list[str]) -> None:
    found = 0
    for question in questions:
        for hit in parts.retriever.search(question, 2):
            text = parts.retriever.document_of[hit.clause.document_id].text
            spans = [s for p in pick(parts.retriever, question, hit.clause) for s in p.shown]
            topic = parts.retriever.topics(question)
            span = short_answer(question, topic, asked_details(question), text, spans)
            if span is None:
                continue
            found += 1
            start, end = span
            (holder,) = (s for s in spans if s[0] <= start < end <= s[1])
            whole = [s for s in sentences(text[slice(*holder)], holder[0]) if s[0] <= start]
            assert end <= whole[-1][1], "never over the end of a sentence"
            assert (end - start) * MUCH_LONGER <= sum(b - a for a, b in spans)
    assert found > 20


@pytest.mark.parametrize(
    ("question", "number", "last"),
    [("自动驾驶的五大系统是哪些", 5, "五大系统"), ("四大特色产业板块是哪四个", 4, "板块")],
)
def test_of_a_counted_list_every_member_is_said(
    parts: Parts, question: str, number: int, last: str
) -> None:
    best = parts.retriever.search(question, 1)[0].clause
    text = parts.retriever.document_of[best.document_id].text
    span = short_answer(question, parts.retriever.topics(question), (), text, [best.body_range])
    assert span is not None
    assert text[slice(*span)].endswith(last)
    assert len(text[slice(*span)].split("、")) == number


@given(
    st.sampled_from([q for q, _, _ in ANSWERS]),
    st.text("甲乙、，；。：的年年到2025万元多少对但\n", max_size=150),
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), max_size=3),
)
def test_any_text_has_a_stretch_inside_a_span_or_none(
    question: str, text: str, pairs: list[tuple[int, int]]
) -> None:
    spans = [(min(pair), max(pair)) for pair in pairs if max(pair) <= len(text)]
    found = short_answer(question, topics(question), asked_details(question), text, spans)
    assert found is None or any(a <= found[0] < found[1] <= b for a, b in spans)
