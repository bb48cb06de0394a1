"""Things that only an explicit mention can answer: sums, dates, contacts, names, procedures.

A question that asks for one is refused when the clause that fits it does not state it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum


class Detail(StrEnum):
    """A thing that only an explicit mention in the clause can answer."""

    AMOUNT = "amount"
    FIGURE = "figure"
    RATE = "rate"
    DURATION = "duration"
    DATE = "date"
    CONTACT = "contact"
    PERSON = "person"
    PROCEDURE = "procedure"
    SUBSIDY = "subsidy"
    PENALTY = "penalty"
    QUANTITY = "quantity"
    CONDITION = "condition"


_THINGS = r"[人名户家个项条种次天年月亩吨辆台座所处届期篇件套张]"
_MONEY = r"价格|票价|房价|租金|工资|单价|总投资|收费|通行费|学费|停车费|造价|成本|费用"
_CONTACTS = r"电话|热线|号码|手机号|邮箱|传真|微信号|网址|地址|邮编|邮政编码"
_SIZE = r"面积|全长|人口|体量|规模"
_ASKED: tuple[tuple[Detail, re.Pattern[str]], ...] = (
    (
        Detail.AMOUNT,
        re.compile(
            rf"多少个?(?:钱|[万亿](?!{_THINGS})|元|块|资金|经费|投资|补贴|奖励|补助)"
            rf"|几(?:个亿|[万亿千百块毛])(?:元|块)?(?!{_THINGS})|金额|额度"
            r"|(?:资金|经费|费用|奖金|罚款|补贴)是?多少"
            r"|(?:补贴|奖励|补助|收费|资助|学费|工资|通行费)(?:是?什么|啥)?标准|怎么收费|费怎么收"
            r"|(?:补贴?|奖励?|给|拿|领|贷|投|补助|发|交|收|罚|报销|涨)[^，。？?]{0,5}多少"
            rf"(?!{_THINGS})|(?:{_MONEY})[^，。？?]{{0,4}}(?:多少|几|高吗|贵吗)"
            rf"|(?:{_MONEY})(?:呢|是啥|是什么)?[？?]?$|值多少"
        ),
    ),
    (Detail.FIGURE, re.compile(r"多少(?:[？?。]|分|$)|几分")),
    (
        Detail.RATE,
        re.compile(
            r"百分之几|百分之多少|几个(?:百分)?点|几[成折倍]|税率|利率|比例是?多少|增长多少|增速"
            r"|达到多少|多少个?(?:百分点|倍)"
        ),
    ),
    (
        Detail.DURATION,
        re.compile(
            r"几(?:年|个月|天|周|个?小时|个?工作日)|多久|多长时间|多少(?:天|年|个月|小时)|期限"
            r"|有效期(?:限|是|有|到|呢|多|$)|多少个工作日"
        ),
    ),
    (
        Detail.DATE,
        re.compile(
            r"截止|截至什么|几月几[号日]|(?<!第)几号(?!文|线|楼)|哪[天年月]|(?:什么时候|何时|啥时候|几时|几点)|时间表|哪一[年天]"
        ),
    ),
    (
        Detail.CONTACT,
        re.compile(
            rf"(?:{_CONTACTS})(?:号码?)?(?:是|为|多少|呢|叫|在哪|怎么|有没有|有吗|给我|[，,？?]|$)"
            rf"|(?:什么|哪个|多少|啥|哪些|几个)[^，。？?]{{0,5}}(?:{_CONTACTS})|联系方式|怎么联系|哪栋楼|几楼|哪座楼|办公地点|在哪办公|栋楼"
            r"|(?:(?<![布格大全结])局|委|办|厅|部门|单位)在(?:哪里?|哪儿|什么地方|何处)[？?。]?$"
        ),
    ),
    (
        Detail.PERSON,
        re.compile(
            r"(?:局长|区长|市长|县长|镇长|书记|主任|负责人|组长|召集人|领导|科长|处长|厅长|部长|老板|联系人|联络员|董事长|专班成员)[^，。？?]{0,4}(?:是谁|叫什么|叫啥|姓|是哪位|名字|有谁)"
            r"|谁(?:是|当|担任)[^，。？?]{0,14}(?:长|书记|主任|负责人|联系人|召集人)|哪位[^，。？?]{0,3}(?:领导|长|主任|书记|负责人)"
        ),
    ),
    (
        Detail.PROCEDURE,
        re.compile(
            r"(?:怎么|如何|怎样|咋|在?哪里?|去哪儿?|到哪)(?:去)?(?:申请|申报|办理|报名|注册|审批|领取?|登记)|(?:什么|哪些|啥)(?:材料|手续|流程|证件)"
            r"|(?:申请|申报|办理|审批|报名|落户)[^，。？?]{0,4}(?:流程|材料|手续|步骤|入口)|流程|准备(?:什么|哪些)|找谁办手续"
        ),
    ),
    (Detail.SUBSIDY, re.compile(r"补贴|补助|奖励|资助|奖金|津贴|安家费|报销|贴息")),
    (
        Detail.QUANTITY,
        re.compile(
            rf"(?:{_SIZE})[^，。？?]{{0,4}}(?:多少|几|多大|大吗)|(?:{_SIZE})(?:呢|是)?[？?]?$"
            r"|多大(?:面积)?$|多长(?!时)|有多[长高宽深远]"
        ),
    ),
    (
        Detail.CONDITION,
        re.compile(
            r"(?:认定|申报|准入|入驻|评选|考核)(?:条件|标准|指标)|门槛|资格要求|(?:什么|哪[些几]个?|啥)条件"
        ),
    ),
    (Detail.PENALTY, re.compile(r"罚款|罚多少|处罚|会罚|被罚|怎么罚|罚几")),
)
_NUMBER = r"[\d一二两三四五六七八九十百千万亿.,，]+"
_STATED: dict[Detail, re.Pattern[str]] = {
    Detail.AMOUNT: re.compile(
        rf"{_NUMBER}\s*(?:余|多)?(?:个)?(?:亿|万|千|百)?(?:元|美元|块钱)|\d+(?:\.\d+)?\s*[%％]|全额|免收|减半"
    ),
    Detail.FIGURE: re.compile(
        r"\d[\d.,]*\s*(?:余|多)?(?!年|月|日|[.、．])[\u4e00-\u9fff%％]"
        r"|[一二两三四五六七八九十百千]+(?:余|多)?[个项家户人名条倍成分亿万元]"
    ),
    Detail.RATE: re.compile(rf"[%％]|百分之|{_NUMBER}个百分点|倍|高于|超过"),
    Detail.DURATION: re.compile(
        r"(?<!\d)\d{1,2}\s*(?:年|个?月|天|日|小时|个工作日|周)|[一二两三四五六七八九十]+(?:年|个月|天|小时|周)(?:以?内)?|到?20\d\d年|期限"
    ),
    Detail.DATE: re.compile(
        r"\d{4}年(?=[底末前内，,、。；]|起|间)|[到至前]\s*\d{4}年|\d{1,2}月|每年|年底|年内|季度|小时|日内"
        r"|工作日|[上下]半年|“十[一二三四五六七]五”|时起|之日"
    ),
    Detail.CONTACT: re.compile(
        r"\d{3,4}[-－—]?\d{7,8}|1\d{10}|(?<!\d)(?:\d{8}|\d{7}(?!万)|12\d{3}|9[56]\d{3})(?![\d年万亿元亩])"
        r"|@|https?://|www\.|下载|公众号"
    ),
    Detail.PERSON: re.compile(r"(?:组长|主任|局长|市长|书记|负责人|联系人)[：:]"),
    Detail.SUBSIDY: re.compile(
        r"补贴|补助|奖励|奖补|资助|津贴|贴息|减免|免收|减半|报销|奖金|资金支持"
    ),
    Detail.QUANTITY: re.compile(
        rf"{_NUMBER}\s*(?:余|多)?(?:个|家|座|亩|公里|千米|平方|户|人|台|辆|张|套|条|项|处|大|米|公顷|吨|级|元)"
    ),
    Detail.CONDITION: re.compile(
        r"条件|标准|应当具备|具备|符合|下列|不低于|不少于|达到|持有|凭(?!借)|必?须|需要"
    ),
    Detail.PENALTY: re.compile(r"罚|处分|追究"),
    Detail.PROCEDURE: re.compile(
        r"申请|申报|办理|报名|提交|材料|登记|审批|手续|流程|出具|出示|凭(?!借)|持有|持证|预约|登录|填写|备查|留存"
    ),
}
_NAMES = {
    Detail.AMOUNT: "具体金额或数量",
    Detail.FIGURE: "具体数值",
    Detail.RATE: "具体比例",
    Detail.DURATION: "期限",
    Detail.DATE: "具体时间",
    Detail.CONTACT: "联系方式或地址",
    Detail.PERSON: "人员姓名",
    Detail.PROCEDURE: "办理流程或材料",
    Detail.SUBSIDY: "补贴、补助或奖励",
    Detail.PENALTY: "处罚",
    Detail.QUANTITY: "具体数量或规模",
    Detail.CONDITION: "条件或标准",
}


def asked_details(text: str) -> tuple[Detail, ...]:
    """The details that a question asks for."""
    found = [detail for detail, pattern in _ASKED if pattern.search(text)]
    named = {Detail.AMOUNT, Detail.RATE, Detail.DURATION, Detail.CONTACT} & set(found)
    if named and Detail.FIGURE in found:
        found.remove(Detail.FIGURE)  # 电话是多少 asks for no other figure
    return tuple(found)


def without_details(text: str) -> str:
    """A question without the words that ask for a detail (多长时间, 电话是多少)."""
    for _, pattern in _ASKED:
        text = pattern.sub(" ", text)
    return text


def missing_detail(details: Sequence[Detail], words: str) -> str:
    """The name of the first detail that is asked for and that the words do not state; else ''."""
    for detail in details:
        if not _STATED[detail].search(words):
            return _NAMES[detail]
    return ""
