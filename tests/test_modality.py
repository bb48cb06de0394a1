"""Modal words and negations: in rules and in questions."""

from __future__ import annotations

import pytest

from assistant.text import fold, words
from assistant.understanding.modality import (
    ANSWERS,
    NEVER,
    Force,
    apart,
    asked_force,
    denies,
    marks,
)

RULES = {
    "可以申请": [Force.PERMIT],
    "可按规定申请": [Force.PERMIT],
    "鼓励企业申请": [Force.PERMIT],
    "不得转让": [Force.FORBID],
    "不可重复领取": [Force.FORBID],
    "不予受理": [Force.FORBID],
    "应当备案": [Force.REQUIRE],
    "须经批准": [Force.REQUIRE],
    "各地要加强管理": [Force.REQUIRE],
    "无需备案": [Force.EXEMPT],
    "可不备案": [Force.EXEMPT],
    "免收学费": [Force.EXEMPT],
    "未备案": [Force.DENY],
    "不得转让，应当备案": [Force.FORBID, Force.REQUIRE],
    # no modal words and no negations, though they look like it
    "取得许可证": [],
    "认可的机构": [],
    "主要任务": [],
    "适应需求": [],
    "应用场景": [],
    "可持续发展": [],
    "不断完善": [],
    "不低于三年": [],
    "无人机": [],
    "未来产业": [],
    "未经批准的": [],
    "避免污染": [],
    "非经营性活动": [],
    "免费开放": [],
}


@pytest.mark.parametrize(("rule", "forces"), RULES.items())
def test_what_a_rule_does(rule: str, forces: list[Force]) -> None:
    assert [force for force, _, _ in marks(fold(rule), len(rule))] == forces


def test_marks_stand_where_they_say_and_before_the_end() -> None:
    rule = fold("企业可以申请,不得转让,无需备案")
    found = marks(rule, len(rule))
    assert [rule[a:b] for _, a, b in found] == ["可以", "不得", "无需"]
    assert marks(rule, rule.index("无需")) == found[:2]
    assert marks(rule, 0) == []


ASKED = {
    "企业可以申请": Force.PERMIT,
    "企业不可以申请": Force.FORBID,
    "企业可以不申请": Force.EXEMPT,
    "能申请": Force.PERMIT,
    "不能申请": Force.FORBID,
    "允许转让": Force.PERMIT,
    "禁止转让": Force.FORBID,
    "要申请": Force.REQUIRE,
    "不用申请": Force.EXEMPT,
    "不需要申请": Force.EXEMPT,
    "需要批准才能开业": Force.REQUIRE,
    "我要建大棚能用基本农田": Force.PERMIT,
    "收费": Force.STATE,
    "不收费": Force.DENY,
    "智能制造": Force.STATE,
    "": Force.STATE,
}


@pytest.mark.parametrize(("question", "force"), ASKED.items())
def test_what_a_question_asks(question: str, force: Force) -> None:
    at, found = asked_force(words(question))
    assert found is force
    assert (at is None) == (force in (Force.STATE, Force.DENY))


def test_a_modal_word_is_cut_from_what_the_dictionary_joins_it_to() -> None:
    assert apart(["企业", "不能转让", "许可证"]) == ("企业", "不能", "转让", "许可证")
    assert apart(["必需品", "可以", "需要量"]) == ("必需品", "可以", "需要量")
    assert apart([]) == ()


def test_nothing_answers_both_yes_and_no() -> None:
    assert set(ANSWERS) == set(Force)
    for asked, (yes, no) in ANSWERS.items():
        assert asked in yes
        assert not yes & no
        assert (asked in NEVER) == (yes <= NEVER)


def test_a_word_is_denied_where_it_stands_with_a_negation_only() -> None:
    assert denies("不破坏耕作层的", "破坏")
    assert denies("没有破坏", "破坏")
    assert not denies("破坏耕作层的", "破坏")
    assert not denies("不破坏或者破坏", "破坏")
    assert not denies("耕作层", "破坏")
    assert denies("不c++", "c++")  # a word may hold what a pattern would read as its own
