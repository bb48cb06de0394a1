"""Yes/no questions: what counts as one, and what a rule says to it."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.polar import DEPENDS, UNSAID, Answer, Verdict, decide, is_polar, verdict
from assistant.parts import Parts
from assistant.retrieval.retriever import Topic
from assistant.text import sentences
from assistant.vocabulary import shipped
from tests.laws import ROOT

POLAR = [
    "企业有没有补贴",
    "是否需要备案？",
    "外地企业能不能申报",
    "能否转让",
    "可不可以续期",
    "允许转让吗",
    "必须备案吗？",
    "要不要交押金",
    "需不需要年检",
    "支不支持线上办理",
    "降价可以不",
    "有没有什么补贴",
    "领导小组成立了没有",
    "收不收费呢",
]
OPEN = [
    "由哪个部门负责",
    "知道是哪个部门吗",
    "补贴多少钱",
    "能不能告诉我怎么申请",
    "需要什么材料",
    "有没有规定几年内办完",
    "电话是多少呢",
    "自动驾驶",
    "应急管理怎么做",
    "不得有哪些行为",
    "",
]


@cache
def topics(question: str) -> tuple[Topic, ...]:
    """What the shipped vocabulary makes of a question."""
    known = shipped()
    phrases = [Topic(word, others, 1.0) for word, others in known.related(question).items()]
    return (*phrases, *(Topic(term, (), 1.0) for term in known.terms(question)))


def answer(question: str, rule: str, above: str = "") -> Verdict:
    return verdict(question, topics(question), rule, above)


@pytest.mark.parametrize("question", POLAR)
def test_a_yes_no_question_is_one(question: str) -> None:
    assert is_polar(question)


@pytest.mark.parametrize("question", OPEN)
def test_an_open_question_is_none(question: str) -> None:
    assert not is_polar(question)


PERMIT = "合作社可以申请贷款贴息。"
FORBID = "持证人不得转让许可证。"
REQUIRE = "养犬人应当每年办理登记。"
EXEMPT = "使用林地的，无需缴纳押金。"
PLAIN = "市政府每年组织渔业博览会。"
DENY = "检查不收取费用。"
CASES = [
    ("合作社可以申请贷款贴息吗", PERMIT, "yes"),
    ("合作社能不能申请贷款贴息", PERMIT, "yes"),
    ("贷款贴息合作社申请可以吗", PERMIT, "yes"),
    ("合作社不能申请贷款贴息吗", PERMIT, "no"),
    ("合作社必须申请贷款贴息吗", PERMIT, "unsaid"),
    ("合作社不用申请贷款贴息吗", PERMIT, "unsaid"),
    ("合作社可以不申请贷款贴息吗", PERMIT, "unsaid"),
    ("合作社可以转让贷款贴息吗", PERMIT, "unsaid"),
    ("个人可以申请贷款贴息吗", PERMIT, "unsaid"),
    ("持证人能转让许可证吗", FORBID, "no"),
    ("持证人是否允许转让许可证", FORBID, "no"),
    ("持证人不能转让许可证吗", FORBID, "yes"),
    ("是不是禁止持证人转让许可证", FORBID, "yes"),
    ("持证人必须转让许可证吗", FORBID, "no"),
    ("持证人能出租许可证吗", FORBID, "unsaid"),
    ("养犬人要不要办理登记", REQUIRE, "yes"),
    ("养犬人需不需要每年办理登记", REQUIRE, "yes"),
    ("养犬人不用办理登记吗", REQUIRE, "no"),
    ("养犬人可以不办理登记吗", REQUIRE, "no"),
    ("养犬人可以办理登记吗", REQUIRE, "yes"),
    ("养猫人要不要办理登记", REQUIRE, "unsaid"),
    ("使用林地要缴纳押金吗", EXEMPT, "no"),
    ("使用林地不用缴纳押金吗", EXEMPT, "yes"),
    ("使用林地可以缴纳押金吗", EXEMPT, "unsaid"),
    ("有没有组织渔业博览会", PLAIN, "yes"),
    ("市政府每年组织渔业博览会吗", PLAIN, "yes"),
    ("市政府不组织渔业博览会吗", PLAIN, "no"),
    ("市政府可以组织渔业博览会吗", PLAIN, "unsaid"),
    ("有没有组织茶叶博览会", PLAIN, "unsaid"),
    ("检查收不收取费用", DENY, "no"),
    ("检查是否收取费用", DENY, "no"),
    ("检查不收取费用吗", DENY, "yes"),
]


@pytest.mark.parametrize(("question", "rule", "expected"), CASES)
def test_what_a_rule_says_to_a_question(question: str, rule: str, expected: str) -> None:
    assert is_polar(question)
    assert answer(question, rule).answer.value == expected


BOUND = {
    # the rule holds for fewer than are asked about
    ("持证人能转让许可证吗", "以欺骗手段取得许可证的持证人不得转让许可证。"),
    ("养犬人要办理登记吗", "在城市建成区饲养烈性犬只的，养犬人应当办理登记。"),
    ("能办理登记吗", "未缴清罚款的，不得办理登记。"),
    ("机构能接受委托吗", "机构不得就存在利益冲突的案件接受委托。"),
    # the exception is what is asked about
    ("军犬要办理登记吗", "犬只应当办理登记，军犬除外。"),
    ("涉密项目要公开吗", "除涉密项目以外，结果应当公开。"),
    # one of two
    ("应当办成公办园吗", "应当办成公办园或者普惠园。"),
    # both
    ("使用农田要补划吗", "使用农田不破坏耕作的，无需补划；使用农田建设的，必须补划。"),
    # all of them?
    ("所有企业都给予补贴吗", "对首次入规的企业给予补贴。"),
    # a list that begins
    ("不得收取押金吗", "下列情形不得收取押金："),
}


@pytest.mark.parametrize(("question", "rule"), sorted(BOUND))
def test_a_rule_for_some_cases_is_no_answer_for_all(question: str, rule: str) -> None:
    assert is_polar(question)
    assert answer(question, rule) in (DEPENDS, UNSAID)


def test_the_condition_that_the_question_names_is_none() -> None:
    question = "使用林地不破坏植被的要补种吗"
    rule = "使用林地不破坏植被的，无需补种；使用林地破坏植被的，必须补种。"
    assert answer(question, rule).answer is Answer.NO
    assert answer(question.replace("不", ""), rule).answer is Answer.YES


def test_an_aim_does_not_say_that_it_is_so_now() -> None:
    rule = "力争开发区升级为国家级开发区。"
    assert answer("开发区现在是国家级开发区吗", rule) == UNSAID
    assert answer("开发区力争升级为国家级开发区吗", rule).answer is Answer.YES


def test_another_word_for_the_same_counts_and_parts_of_a_word_do_not() -> None:
    rule = "对茶企给予补助。"
    assert Topic("补贴", shipped().synonyms["补贴"], 1.0) in topics("对茶企有补贴吗")
    assert answer("对茶企有补贴吗", rule).answer is Answer.YES
    assert answer("律师可以开展业务吗", "律师事务所可以开展业务。").answer is Answer.YES
    assert answer("代理师可以开展业务吗", "律师事务所可以开展代理业务。") == UNSAID


def test_headings_may_hold_what_the_question_begins_with_but_not_what_it_asks() -> None:
    question, rule = "渔业可以申请补助吗", "企业可以申请补助。"
    assert answer(question, rule) == UNSAID
    assert answer(question, rule, "三、发展渔业").answer is Answer.YES
    assert answer("可以申请补助吗", "企业可以申请贷款。", "三、申请补助") == UNSAID


def test_the_words_say_what_the_rule_does() -> None:
    said = {
        "合作社可以申请贷款贴息吗": (PERMIT, "可以。"),
        "持证人能转让许可证吗": (FORBID, "不可以。"),
        "持证人不能转让许可证吗": (FORBID, "不可以。"),
        "使用林地要缴纳押金吗": (EXEMPT, "不需要。"),
        "养犬人不用办理登记吗": (REQUIRE, "文件要求这样做。"),
        "合作社能申请贴息吗": ("支持合作社申请贴息。", "文件支持这样做。"),
        "合作社能申请补助吗": ("合作社可以申请补助，个人除外。", "可以（范围和条件见原文）。"),
    }
    for question, (rule, words) in said.items():
        assert answer(question, rule).words == f"{words}文件的规定：\n", question
    assert "是否" in UNSAID.words


def test_of_several_sentences_one_decides_unless_they_contradict() -> None:
    question = "持证人能转让许可证吗"
    assert decide(question, topics(question), [PLAIN, FORBID])[1] == 1
    against = "持证人可以转让许可证。"
    assert decide(question, topics(question), [FORBID, against]) == (DEPENDS, 0)
    assert decide(question, topics(question), [PLAIN]) == (UNSAID, None)
    assert decide(question, topics(question), []) == (UNSAID, None)


def test_no_rule_of_the_policy_answers_what_it_does_not_speak_of(
    parts: Parts,
) -> None:
    foreign = [rule for _, rule, _ in CASES]
    for question in {question for question, _, _ in CASES}:
        for clause in parts.retriever.index.rows:
            rules = [clause.text[a:b] for a, b in sentences(clause.text)]
            assert rules
            assert not set(rules) & set(foreign)
            found, at = decide(question, parts.retriever.topics(question), rules)
            assert (found, at) == (UNSAID, None), (question, clause.label)


def test_of_the_questions_of_the_data_none_that_is_unanswerable_is_answered(
    parts: Parts,
) -> None:
    file = ROOT / "tests" / "data" / "questions_seed_tune.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [row["question"] for row in rows if not row["clauses"] and is_polar(row["question"])]
    assert asked
    for question in asked:
        for clause in parts.retriever.index.rows:
            rules = [clause.text[a:b] for a, b in sentences(clause.text)]
            topic = parts.retriever.topics(question)
            assert decide(question, topic, rules)[0].answer is Answer.UNSAID, question


_WORDS = (
    "可以|不得|应当|无需|不|吗|能不能|有没有|企业|申请|补贴|的|，|；|。|：|除|外|或|c++|(|[".split(
        "|"
    )
)
_texts = st.lists(st.sampled_from(_WORDS), max_size=12).map("".join)


@given(_texts, _texts, _texts)
def test_any_words_get_a_verdict(question: str, rule: str, above: str) -> None:
    found = answer(question, rule, above)
    assert found.words
    assert found == answer(question, rule, above), "the same every time"


@given(st.sampled_from([(q, rule) for q, rule, _ in CASES]), st.sampled_from(["甲方", "海洋牧场"]))
def test_a_word_more_than_the_rule_has_leaves_it_unsaid(case: tuple[str, str], more: str) -> None:
    question, rule = case
    assert answer(more + question, rule).answer is Answer.UNSAID


@pytest.mark.parametrize(
    ("asked", "rule", "told"),
    [
        ("开发区要升级吗", "力争开发区升级为国家级。", "力争"),
        ("开发区会升级吗", "到2025年，争取开发区升级。", "争取"),
        ("开发区已经升级了吗", "力争开发区升级为国家级。", ""),
        ("开发区可以升级吗", "力争开发区升级为国家级。", ""),
    ],
)
def test_a_goal_is_said_to_be_one(asked: str, rule: str, told: str) -> None:
    found = answer(asked, rule)
    assert found.words.startswith(f"文件提出{told}做到，这是目标") is bool(told)
    assert (found.answer is Answer.YES) is bool(told)
