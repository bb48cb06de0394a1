"""Documents named by some words of their title, or by the end of their 文号."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Document
from assistant.service import PolicyAssistant
from assistant.understanding.document_mentions import DocumentMentions, Named
from assistant.vocabulary import shipped
from tests.laws import parsed
from tests.policies import YUNHE_NUMBER

TITLES = {
    "market": ("国务院办公厅关于进一步优化营商环境的实施意见", "国办发〔2020〕24号"),
    "jobs": ("国务院关于做好当前和今后一段时期就业创业工作的意见", "国发〔2017〕28号"),
    "parking": ("浙江省机动车停放服务收费管理办法", "浙发改规〔2021〕39号"),
    "capital": ("国务院关于促进外资增长若干措施的通知", "国发〔2017〕39号"),
    "funds": ("关于加强住房公积金管理的通知", ""),
    "estates": ("关于加强物业管理的通知", ""),
}
EMPTY = parsed("甲\n一、乙。\n")


def documents(*names: str) -> list[Document]:
    found = []
    for name in names or TITLES:
        title, number = TITLES[name]
        found.append(replace(EMPTY, id=name, title=title, doc_number=number))
    return found


MENTIONS = DocumentMentions(documents(), shipped())


def named(text: str) -> Named:
    found = MENTIONS.find(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "document", "rest"),
    [
        ("国发39号文讲了什么", "capital", "讲了什么"),
        ("国发第39号讲了什么", "capital", "讲了什么"),
        ("浙发改规39号文件的有效期", "parking", "的有效期"),
        ("这个国发28号文谁负责", "jobs", "谁负责"),
        ("24号文讲了什么", "market", "讲了什么"),  # no other has this number
        ("国办发24号通知里谁负责", "market", "谁负责"),
        ("国发28号文里头教育部干什么", "jobs", "教育部干什么"),
        ("国发28号文里面教育部干什么", "jobs", "教育部干什么"),
        ("国发28号里教育部干什么", "jobs", "教育部干什么"),
        ("国发28号文教育部干什么", "jobs", "教育部干什么"),
        ("国发28号文中央财政出多少", "jobs", "中央财政出多少"),
    ],
)
def test_by_the_end_of_a_number(text: str, document: str, rest: str) -> None:
    found = named(text)
    assert found.documents == (document,)
    assert found.firm
    assert found.rest.removeprefix("这个").replace("第", "").strip() == rest


@pytest.mark.parametrize(
    "rest",
    ["上海怎么执行", "上市公司怎么做", "中小企业有什么", "内蒙古怎么执行", "内资企业怎么办"],
)
def test_the_word_after_a_number_stays_whole(rest: str) -> None:
    assert named(f"国发28号文{rest}").rest.strip() == rest


@pytest.mark.parametrize(
    ("text", "document", "rest"),
    [
        ("那个优化营商环境的意见里谁负责", "market", "谁负责"),
        ("关于优化营商环境的实施意见是哪年发的", "market", "是哪年发的"),
        ("就业创业的意见里头教育部干什么", "jobs", "教育部干什么"),
        ("公积金管理的通知说了啥", "funds", "说了啥"),
        ("那个加强物业管理的通知", "estates", ""),
        ("促进外资增长的通知提了什么", "capital", "提了什么"),
        ("请问，促进外资增长的通知，谁负责", "capital", "请问，，谁负责"),
    ],
)
def test_by_words_of_a_title_and_its_kind(text: str, document: str, rest: str) -> None:
    found = named(text)
    assert found.documents == (document,)
    assert found.firm
    assert found.rest.replace(" ", "") == rest


def test_by_a_stretch_of_one_title_it_may_be_the_topic_as_well() -> None:
    found = named("今后一段时期就业创业工作谁牵头")
    assert found.documents == ("jobs",)
    assert not found.firm
    assert found.rest.strip() == "谁牵头"


def test_a_few_that_share_the_words_are_all_meant() -> None:
    found = named("关于加强管理的通知讲了什么")
    assert found.documents == ("funds", "estates")
    assert found.firm


def test_words_that_many_share_name_none() -> None:
    title = "关于加强某项工作{}管理的通知"
    many = [replace(EMPTY, id=str(n), title=title.format(n)) for n in range(4)]
    few = DocumentMentions(many[:3], shipped())
    assert few.find("关于加强管理的通知讲了什么")
    assert DocumentMentions(many, shipped()).find("关于加强管理的通知讲了什么") is None


@pytest.mark.parametrize(
    "text",
    [
        "39号文讲了什么",  # two have it
        "国发40号文讲了什么",
        "这个意见讲了什么",
        "意见里谁负责",
        "国务院的意见",
        "加强宠物管理的通知",  # a word that is in no title
        "营商环境",
        "天气预报",
        "39号",
        "",
        "？",
    ],
)
def test_none_where_it_is_not_clear_which(text: str) -> None:
    assert MENTIONS.find(text) is None


@pytest.mark.parametrize(
    "text",
    ["28号楼归谁管", "6月28号开始吗", "28号线经过哪里", "中山路28号是什么地方", "24号之前交吗"],
)
def test_houses_days_and_lines_have_numbers_too(text: str) -> None:
    assert MENTIONS.find(text) is None


@pytest.mark.parametrize(
    "text", ["国发39号文讲了什么", "促进外资增长的通知", "促进外资增长若干措施"]
)
def test_where_there_is_one_document_nothing_names_it(text: str) -> None:
    assert DocumentMentions(documents("capital"), shipped()).find(text) is None
    assert DocumentMentions([], shipped()).find(text) is None
    assert MENTIONS.find(text)


@given(st.sampled_from(list(TITLES)), st.sampled_from(["讲了什么", "谁负责", "，", ""]))
def test_a_whole_title_names_its_document(name: str, rest: str) -> None:
    assert named(TITLES[name][0] + rest).documents == (name,)


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    found = MENTIONS.find(text)
    if found:
        assert set(found.documents) <= set(TITLES)
        assert len(set(found.documents)) == len(found.documents) > 0


def test_a_question_that_names_a_document_is_answered_from_it(two_cities: PolicyAssistant) -> None:
    for question in ("云政办字7号文谁发的", "茶产业高质量发展的若干措施是哪年发的"):
        answer = two_cities.ask(question)
        assert {c.document.doc_number for c in answer.citations} == {YUNHE_NUMBER}, question
    read = two_cities._parts.reader.read("茶产业高质量发展的若干措施里市财政局负责什么")
    assert len(read.documents) == 1
    assert [u.name for u in read.units] == ["市财政局"]
    assert two_cities._parts.reader.read("市财政局负责什么").documents == ()
