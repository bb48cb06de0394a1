"""Several questions in one are cut apart; one question, however long, is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Status
from assistant.answering.compound import MAX_QUESTIONS, TOO_MANY, compound_answer, parts_of
from assistant.answering.drafting import Draft
from assistant.checking.verification import faults
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from assistant.understanding.question import Question
from tests.policies import YUNHE_NUMBER

DAY = date(2025, 1, 1)
SEVERAL = {
    "智能装备由谁负责，文号是多少": ("智能装备由谁负责", "文号是多少"),
    "氢能在哪发展？由谁负责？还有什么时候印发的": (
        "氢能在哪发展？",
        "氢能由谁负责？",
        "什么时候印发的",
    ),
    "先行区范围有哪些，目标是什么": ("先行区范围有哪些", "先行区的目标是什么"),
    "智能装备由谁负责，补贴多少钱": ("智能装备由谁负责", "智能装备的补贴多少钱"),
    "生物医药放在哪个园区？有哪些方向？牵头单位是谁？": (
        "生物医药放在哪个园区，有哪些方向？",
        "生物医药的牵头单位是谁？",
    ),
    "氢能谁负责，生物医药呢？": ("氢能谁负责", "生物医药谁负责"),
    "第一，氢能在哪发展；第二，谁牵头": ("氢能在哪发展", "氢能由谁牵头"),
    "二（四）讲什么，二（五）由谁负责": ("二（四）讲什么", "二（五）由谁负责"),
    "你好，请问智能装备怎么发展以及元宇宙怎么发展？": (
        "智能装备怎么发展",
        "元宇宙怎么发展？",
    ),
    "我开了家厂，自动驾驶怎么发展？另外生物医药由谁负责，谢谢": (
        "我开了家厂，自动驾驶怎么发展？",
        "生物医药由谁负责，谢谢",
    ),
}
ONE = (
    "我在淄川开了家厂，想上市，有什么支持",
    "智能装备由谁负责，是不是市科技局",
    "二（四）讲什么，由谁负责",
    "这个文件什么时候印发的，文号是多少",
    "“城市会客厅”是什么意思，打算怎么弄",
    "《谁来负责，怎么办》讲了什么",
    "“产业怎么发展，由谁负责”这句话在哪一条",
    "智能装备、生物医药、新能源新材料由谁负责",
    "区发改委参与创新平台建设吗，还有谁",
    "领导讲话老提“一高地两引擎”，到底哪两个引擎？",
    "十几年后产业要到什么程度，我记得写到了2035年",
    "智能装备由谁负责？？",
    "由谁负责，在哪里",
    "光储氢热基地文件里有没有，是跟什么中心一块推的",
    "创新平台怎么培育，有没有什么计划",
    "文号",
    "",
)


@pytest.mark.parametrize("text", SEVERAL)
def test_each_question_is_made_whole(parts: Parts, text: str) -> None:
    assert parts_of(text, parts.reader) == SEVERAL[text]


@pytest.mark.parametrize("text", ONE)
def test_one_question_is_not_cut(parts: Parts, text: str) -> None:
    assert parts_of(text, parts.reader) == ()


@given(st.lists(st.sampled_from([*SEVERAL, *ONE, "，", "？", "还有", "谁", "《", "”"]), max_size=6))
def test_never_one_part_and_never_too_many(parts: Parts, pieces: list[str]) -> None:
    found = parts_of("".join(pieces), parts.reader)
    assert len(found) != 1
    assert len(found) <= MAX_QUESTIONS


class Answering:
    """Answers through the parts of one index, or through what ``told`` gives for a question."""

    def __init__(self, parts: Parts, told: Callable[[Question], Draft] | None = None) -> None:
        self.parts = parts
        self.asked: list[str] = []
        self.told = told or (lambda question: parts.answerer.answer(question, DAY))

    def answer(self, question: Question) -> Draft:
        self.asked.append(question.asked)
        return self.told(question)

    def compound(self, text: str) -> Draft | None:
        return compound_answer(text, self.parts.reader, self.answer)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("智能装备由谁负责，文号是多少", {"二（二）智能装备", "发文字号"}),
        ("先行区范围有哪些，目标是什么", {"序言", "一（二）"}),
        ("青年人才有哪些政策，智能装备怎么发展", {"二（九）统筹人力资源配置", "二（二）智能装备"}),
    ],
)
def test_every_part_is_answered(parts: Parts, text: str, labels: set[str]) -> None:
    draft = Answering(parts).compound(text)
    assert draft
    assert draft.status is Status.ANSWERED
    assert labels <= {c.clause.label for c in draft.citations}
    assert faults(draft, parts.lookups.documents, parts.lookups.clauses) == []
    for part in parts_of(text, parts.reader):
        assert f"【{part}】" in draft.text


def test_a_document_that_is_named_once_is_meant_throughout(two_cities: PolicyAssistant) -> None:
    parts = two_cities._parts
    text = f"{YUNHE_NUMBER}里培育龙头企业由谁负责，什么时候印发的，灌溉设施怎么建"
    assert parts_of(text, parts.reader) == (
        f"{YUNHE_NUMBER}里培育龙头企业由谁负责",
        f"{YUNHE_NUMBER}的什么时候印发的",
        f"{YUNHE_NUMBER}的灌溉设施怎么建",
    )
    draft = Answering(parts).compound(text)
    assert draft
    assert {c.document.doc_number for c in draft.citations} == {YUNHE_NUMBER}
    assert "2023年5月12日" in draft.text
    assert faults(draft, parts.lookups.documents, parts.lookups.clauses) == []


def test_what_one_clause_answers_stays_one_question(parts: Parts) -> None:
    for text in ("智能装备怎么发展，由谁负责", "市科技局负责什么，市财政局呢"):
        assert parts_of(text, parts.reader)
        assert Answering(parts).compound(text) is None


def test_the_unanswered_part_says_so_and_the_other_stands(parts: Parts) -> None:
    draft = Answering(parts).compound("智能装备由谁负责，元宇宙怎么发展")
    assert draft
    assert draft.status is Status.PARTIAL
    assert draft.refusal
    assert draft.refusal.nearest
    heads = ["【智能装备由谁负责】", "【元宇宙怎么发展】"]
    assert [draft.text.count(head) for head in heads] == [1, 1]
    assert "没有找到" not in draft.text.split(heads[1])[0]
    assert "没有找到" in draft.text.split(heads[1])[1]


def test_questions_without_any_answer_are_left_as_they_were(parts: Parts) -> None:
    refusing = Answering(parts, lambda question: Draft(Status.NO_SOURCE, "没有。"))
    assert refusing.compound("智能装备由谁负责，元宇宙怎么发展") is None
    assert refusing.asked == ["智能装备由谁负责", "元宇宙怎么发展"]


def test_one_question_is_not_answered_here(parts: Parts) -> None:
    answering = Answering(parts)
    assert answering.compound("智能装备由谁负责") is None
    assert answering.asked == []


def test_more_questions_than_fit_are_named(parts: Parts) -> None:
    names = ("智能装备", "生物医药", "自动驾驶", "人工智能", "工业互联网")
    draft = Answering(parts).compound("？".join(f"{name}由谁负责" for name in names))
    assert draft
    assert TOO_MANY in draft.warnings
    assert [f"【{name}由谁负责】" in draft.text for name in names] == [True] * 4 + [False]


def test_real_questions_are_one_question_each(parts: Parts, questions: list[str]) -> None:
    cut = [q for q in questions if Answering(parts).compound(q)]
    assert len(cut) <= len(questions) // 100, cut
