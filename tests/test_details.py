"""What only an explicit mention can answer: asked for, stated, missing."""

from __future__ import annotations

import pytest

from assistant.understanding.details import Detail, asked_details, missing_detail

ASKED = {
    "补贴多少钱": {"amount", "subsidy"},
    "补贴是多少": {"amount", "subsidy"},
    "奖励金额是多少": {"amount", "subsidy"},
    "公交票价多少": {"amount"},
    "联系电话是多少": {"contact"},
    "邮编是多少？": {"contact"},
    "市科技局在哪里？": {"contact"},
    "增速是多少": {"rate"},
    "占比百分之几": {"rate"},
    "补贴多少钱，电话是多少": {"amount", "subsidy", "contact"},
    "有效期限多久": {"duration"},
    "什么时候完工": {"date"},
    "局长是谁": {"person"},
    "谁担任领导小组组长": {"person"},
    "怎么申请": {"procedure"},
    "办理需要什么材料": {"procedure"},
    "会被罚款吗": {"penalty"},
    "园区面积多大": {"quantity"},
    "收费标准是什么": {"amount"},
    "几个点的利率": {"rate"},
    "研发成本有何规定": set(),
    "提出了多少条意见": set(),
    "入驻条件是什么": {"condition"},
    "自动驾驶怎么发展": set(),
    "工业互联网由哪个部门负责": set(),
    "": set(),
}


@pytest.mark.parametrize(("text", "details"), ASKED.items())
def test_what_is_asked(text: str, details: set[str]) -> None:
    assert set(asked_details(text)) == {Detail(d) for d in details}


STATED = {
    Detail.AMOUNT: ("每亩补助800元", "给予20万元奖励", "免收费用"),
    Detail.FIGURE: ("满分10分", "下降3%"),
    Detail.RATE: ("增长6.5%", "高于全市平均水平", "提高三个百分点"),
    Detail.DURATION: ("有效期3年", "5个工作日", "两年内"),
    Detail.DATE: ("2025年底前完成", "每年3月", "自发布之日起"),
    Detail.CONTACT: ("电话0533-1234567", "登录www.example.cn"),
    Detail.PERSON: ("组长：张某",),
    Detail.SUBSIDY: ("给予一次性奖励", "贷款贴息"),
    Detail.PENALTY: ("处以罚款", "依法追究"),
    Detail.QUANTITY: ("建设3个园区", "新增50亩"),
    Detail.CONDITION: ("应当具备下列条件", "注册资金不低于一百万元"),
    Detail.PROCEDURE: ("向主管部门提交材料",),
}
PLAIN = "推动人工智能与制造业的融合渗透，打造发展活跃区。"


@pytest.mark.parametrize("detail", Detail)
def test_what_is_stated_is_not_missing(detail: Detail) -> None:
    for words in STATED[detail]:
        assert missing_detail([detail], words) == "", words
    assert missing_detail([detail], PLAIN)
    assert missing_detail([detail], "")


def test_the_first_missing_detail_is_named() -> None:
    assert missing_detail([], PLAIN) == ""
    both = [Detail.SUBSIDY, Detail.AMOUNT]
    assert missing_detail(both, "给予奖励") == "具体金额或数量"
    assert missing_detail(both, PLAIN) == "补贴、补助或奖励"
    assert missing_detail(both, "给予奖励20万元") == ""
