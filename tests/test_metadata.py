"""Title, 文号, recipients, 落款 and 附注, read from the words of a document."""

from __future__ import annotations

import json
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import ClauseKind
from assistant.reading import metadata, signature, web_header
from assistant.reading.doc_numbers import comparable, number_of
from assistant.reading.metadata import (
    find_signature,
    issuer_of,
    lines_of,
    read_head,
    read_marked_head,
)
from tests.laws import SEED, SHARED, parsed


def test_the_seed_head() -> None:
    text = SEED.read_text(encoding="utf-8")
    lines = lines_of(text)
    head = read_head(lines)
    assert head.title == "淄博市人民政府关于加快推动济淄同城化科创大走廊先行区建设的意见"
    assert head.doc_number == "淄政字〔2022〕40号"
    assert head.recipients == (
        "各区县人民政府，高新区、经济开发区、文昌湖区管委会，市政府各部门，各有关单位，各大企业，各高等院校"
    )
    assert lines[head.first].text.startswith("为推动济淄同城化进程，")
    kinds = [kind for kind, _ in head.parts]
    assert kinds == [ClauseKind.TITLE, ClauseKind.DOC_NUMBER, ClauseKind.RECIPIENTS]
    title, number, recipients = (text[a:b] for _, (a, b) in head.parts)
    assert title.split() == [
        "淄博市人民政府",
        "关于加快推动济淄同城化科创大走廊",
        "先行区建设的意见",
    ]
    assert number == head.doc_number
    assert recipients == head.recipients + "："


def test_the_seed_signature() -> None:
    lines = lines_of(SEED.read_text(encoding="utf-8"))
    found = find_signature(lines, 0)
    assert found is not None
    assert (found.issuer, found.issued_on) == ("淄博市人民政府", date(2022, 4, 20))
    assert found.remark == "此件公开发布"
    assert [line.text for line in lines[found.first : found.last]] == [
        "淄博市人民政府",
        "2022年4月20日",
    ]


@pytest.mark.parametrize(
    "number",
    [
        "淄政字〔2022〕40号",
        "国发[2019]5号",
        "鲁政办发（2014）20 号",
        "川政办字〔2023〕第22号",
        "市人民政府令第12号",
        "税务总局公告2020年第8号",
        "国发2019 5号",
    ],
)
def test_document_numbers(number: str) -> None:
    head = read_head(lines_of(f"关于推动工作的意见\n{number}\n各区县人民政府：\n好。"))
    assert head.doc_number == number.replace(" ", "")
    assert head.title == "关于推动工作的意见"


@pytest.mark.parametrize("line", ["联系电话12345号", "附件1", "〔2022〕40号", "淄政字〔2022〕号"])
def test_what_is_no_document_number(line: str) -> None:
    assert metadata.DOC_NUMBER.fullmatch(line) is None


def test_a_title_that_repeats_its_issuer_is_said_once() -> None:
    head = read_head(
        lines_of(
            "淄博市人民政府文件\n淄博市人民政府\n关于推动工作的意见\n淄政字〔2022〕1号\n正文，好。"
        )
    )
    assert head.title == "淄博市人民政府关于推动工作的意见"


def test_a_note_of_passing_is_not_the_title() -> None:
    head = read_head(
        lines_of("淄博市土地条例\n（2015年8月1日淄博市人大常委会通过）\n第一条　为了保护土地。")
    )
    assert head.title == "淄博市土地条例"


def test_a_heading_ends_the_head() -> None:
    head = read_head(lines_of("推动工作的意见\n一、各区县政府要求：\n好。"))
    assert (head.title, head.recipients, head.first) == ("推动工作的意见", "", 1)


def test_a_text_of_short_lines_is_all_head() -> None:
    lines = lines_of("\n".join(["短行"] * 40))
    assert read_head(lines).first == 25
    assert read_head(lines[:3]).first == 3
    assert read_head([]).first == 0


def test_marked_title_with_number_and_recipients() -> None:
    lines = lines_of("推动工作的意见\n淄政字〔2022〕1号\n各区县人民政府：\n好。")
    head = read_marked_head(lines, {0: 1})
    assert head is not None
    assert (head.title, head.doc_number) == ("推动工作的意见", "淄政字〔2022〕1号")
    assert (head.recipients, head.first) == ("各区县人民政府", 3)
    assert read_marked_head(lines, {0: 2}) is None
    assert read_marked_head([], {}) is None
    bare = read_marked_head(lines_of("术语\n以下解释。"), {0: 1})
    assert bare is not None
    assert (bare.title, bare.first) == ("术语", 1)


def test_several_organs_sign_together() -> None:
    found = find_signature(lines_of("好。\n国家发展改革委办公厅\n税务总局办公厅\n2019年8月20日"), 0)
    assert found is not None
    assert found.issuer == "国家发展改革委办公厅、税务总局办公厅"
    assert found.remark == ""


def test_a_date_in_chinese_numerals_signs() -> None:
    found = find_signature(lines_of("好。\n国 务 院 办 公 厅\n二〇〇四年二月一日"), 0)
    assert found is not None
    assert (found.issuer, found.issued_on) == ("国务院办公厅", date(2004, 2, 1))


@pytest.mark.parametrize(
    "text",
    [
        "好。\n2022年4月20日\n这一天以后另说。",
        "某市人民政府\n2022年4月",
        "某市人民政府\n2022年4月31日",
        "",
        "某市人民政府",
    ],
)
def test_no_organ_or_no_day_is_no_signature(text: str) -> None:
    assert find_signature(lines_of(text), 0) is None


def test_only_what_follows_the_head_can_sign() -> None:
    lines = lines_of("某市人民政府\n2022年4月20日\n好。")
    assert find_signature(lines, 0) is not None
    assert find_signature(lines, 2) is None
    second = find_signature(lines_of("某市商务局\n某市人民政府\n2022年4月20日"), 1)
    assert second is not None
    assert second.issuer == "某市人民政府"


@pytest.mark.parametrize(
    ("title", "issuer"),
    [
        ("淄博市人民政府关于推动工作的意见", "淄博市人民政府"),
        ("国务院办公厅转发民政部关于清理整顿的通知", "国务院办公厅"),
        ("市商务局、市财政局关于印发办法的通知", "市商务局"),
        ("关于推动工作的意见", ""),
        ("淄博市土地条例", ""),
    ],
)
def test_issuer_of_a_title(title: str, issuer: str) -> None:
    assert issuer_of(title) == issuer


def test_document_id_is_ascii_and_told_by_the_number() -> None:
    found = metadata.document_id("某意见", "淄政字〔2022〕40号")
    assert found.startswith("2022-40-")
    assert found == metadata.document_id("另一标题", "淄政字〔2022〕40号")
    assert found != metadata.document_id("某意见", "鲁政字〔2022〕40号")
    assert metadata.document_id("甲", "") != metadata.document_id("乙", "")
    assert metadata.document_id("甲", "").isascii()


@given(st.text(alphabet="一二市\n\r \u3000\x0b\x1c\u2028。", max_size=40))
def test_lines_lie_where_they_say(text: str) -> None:
    for line in lines_of(text):
        assert text[line.start : line.end] == line.text == line.text.strip()
        assert line.text
    joined = "".join("".join(line.text.split()) for line in lines_of(text))
    assert joined == "".join(text.split())


# Every shape ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("（淄政发〔2020〕5号）", "淄政发〔2020〕5号"),
        ("淄政字﹝２０２２﹞４０号", "淄政字﹝２０２２﹞４０号"),
        ("中华人民共和国主席令第八号", "中华人民共和国主席令第八号"),
        ("国务院令第721号", "国务院令第721号"),
        ("公告2020年第5号", "公告2020年第5号"),
        ("2020年第5号公告", "2020年第5号公告"),
        ("甲发〔2020〕1号、乙发〔2020〕2号", "甲发〔2020〕1号、乙发〔2020〕2号"),
        ("淄政字〔2022〕40号　　签发人：张三", "淄政字〔2022〕40号"),
        ("附件1", ""),
        ("根据淄政字〔2022〕40号的规定", ""),
        ("〔2022〕40号", ""),
    ],
)
def test_a_line_that_is_a_number(line: str, number: str) -> None:
    assert number_of(line) == number


def test_all_brackets_compare_alike() -> None:
    pairs = ["〔〕", "[]", "［］", "﹝﹞", "（）", "()", "【】"]
    shapes = {
        f"淄政字{p[0]}{y}{p[1]}{n}号"
        for p, y, n in product(pairs, ["2022", "２０２２"], ["40", "第 40 "])
    }
    assert len(shapes) > 20
    assert {comparable(shape) for shape in shapes} == {"淄政字〔2022〕40号"}
    assert comparable("中华人民共和国主席令第八号") == comparable("主席令第8号")
    assert comparable("淄政字〔2022〕40号") != comparable("淄政字〔2022〕4号")


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("甲市人民政府文件\n甲政发〔2020〕1号\n关于推动工作的意见", "关于推动工作的意见"),
        (
            "关于推动工作的意见\n甲市政府\n关于推动工作的意见\n甲政发〔2020〕1号",
            "甲市政府关于推动工作的意见",
        ),
        (
            "甲政发〔2020〕1号甲市政府关于推动工作的意见\n甲市政府关于推动\n工作的意见",
            "甲市政府关于推动工作的意见",
        ),
        ("关于推动工作的通知\n各县区商务主管部门\n为了推动工作，请照办。", "关于推动工作的通知"),
        ("关于推动工作的通知\n目录\n第一章 总则", "关于推动工作的通知"),
        (
            "2021年政府工作报告\n政府工作报告\n——2021年3月5日\n国务院总理\n王某\n各位代表：",
            "2021年政府工作报告",
        ),
    ],
)
def test_one_title_of_several_lines(head: str, title: str) -> None:
    assert read_head(lines_of(head)).title == title


def test_an_order_publishes_the_document() -> None:
    text = (
        "中华人民共和国国务院令\n第721号\n《某某条例》已经国务院常务会议通过，现予公布，自2020年1月1日起施行。\n"
        "总理　　王某某\n2019年3月24日\n某某条例\n第一条　为了管理。"
    )
    lines = lines_of(text)
    head = read_head(lines)
    assert (head.title, head.issuer) == ("某某条例", "国务院")
    assert comparable(head.doc_number) == "国令721号"
    signed = find_signature(lines, head.first)
    assert signed is not None
    assert (signed.issuer, signed.issued_on) == ("", date(2019, 3, 24))
    assert lines[signed.first].text.startswith("总理")


def test_a_joint_announcement_takes_the_organ_above() -> None:
    head = read_head(
        lines_of("关于有关税收政策的公告\n财政部\n税务总局公告2020年第8号\n为支持，现公告。")
    )
    assert head.doc_number == "财政部、税务总局公告2020年第8号"
    assert head.title == "关于有关税收政策的公告"


def test_notes_below_a_statute_tell_its_day_and_organ() -> None:
    notes = (
        "1994年6月1日 某市第十届人民代表大会常务委员会第十一次会议通过\n"
        "1994年6月14日 某省第八届人民代表大会常务委员会第八次会议批准\n"
        "2018年8月29日 某市第十五届人大常委会通过并经2018年9月21日某省人大常委会批准的《关于修改〈某条例〉的决定》修正"
    )
    head = read_head(lines_of(f"某市土地监察条例\n{notes}\n第一条 为了监察。"))
    assert (head.title, head.issued_on) == ("某市土地监察条例", date(1994, 6, 14))
    assert head.issuer == "某市人民代表大会常务委员会"
    whole = (
        "（1991年3月4日中华人民共和国国务院令第76号发布　2018年9月6日国务院第23次常务会议修订通过）"
    )
    head = read_head(lines_of(f"某条例\n{whole}\n第一条 为了。"))
    assert (head.issued_on, head.doc_number) == (date(2018, 9, 6), "")


# 落款 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("好。\n国务院\n2019年1月27日", "国务院"),
        (
            "好。\n某省疫情防控应急\n工作领导小组办公室（代章）\n2020年2月6日",
            "某省疫情防控应急工作领导小组办公室",
        ),
        (
            "好。\n人力资源社会保障部 财政部 税务总局\n2020年2月20日",
            "人力资源社会保障部、财政部、税务总局",
        ),
        ("好。\n财\n政\n部\n2020年1月31日", "财政部"),
        ("好。\n某市人民政府　2020年2月6日", "某市人民政府"),
        ("好。\n某市人民政府 &sp;\n2020年2月6日", "某市人民政府"),
        ("好。\n2020年2月6日", ""),
        ("《某某评价办法》已经同意，现印发。\n二○二○年二月六日\n某某评价办法\n好。", ""),
    ],
)
def test_who_signs(text: str, issuer: str) -> None:
    found = find_signature(lines_of(text), 0)
    assert found is not None
    assert found.issuer == issuer
    assert found.issued_on is not None
    assert found.issued_on.year in (2019, 2020)


@pytest.mark.parametrize(
    "remark",
    ["（此件公开发布）", "（此件依申请公开）", "（联系人：张三）", "信息公开形式：主动公开"],
)
def test_remarks_follow_the_signature(remark: str) -> None:
    lines = lines_of(f"好。\n某市人民政府\n2020年2月6日\n{remark}\n附件")
    found = find_signature(lines, 0)
    assert found is not None
    assert found.remark == remark.strip("（）")
    assert lines[found.end].text == "附件"


def test_the_day_of_printing_is_published_and_never_issued() -> None:
    lines = lines_of("关于推动工作的意见\n好。\n某市人民政府办公室　　2022年4月20日印发")
    assert signature.printed_on(lines) == date(2022, 4, 20)
    head = read_head(lines)
    found = metadata.facts(head, find_signature(lines, head.first), None, lines)
    assert (found.issued_on, found.published_on) == (None, date(2022, 4, 20))


# Web tables -------------------------------------------------------------------------------------

TABLES = [
    "索 引 号：\t0001\t发文机关：\t某市人民政府\t成文日期：\t2019年01月27日\t标　　题：\t某某意见\t发文字号：\t某政〔2019〕5号\t发布日期：\t2019年02月15日\n主 题 词：",
    "标题\n某某意见发文机关\n某市人民政府\n发文字号\n某政〔2019〕5号\n成文日期\n2019-01-27\n发布日期\n2019-02-15",
    "【发布文号】\n某政〔2019〕5号\n【发文单位】\n某市人民政府\n【成文日期】\n2019-01-27【发布日期】\n2019-02-15",
    "状态:有效 发布日期:2019-02-15 成文日期: 2019-01-27\n发布部门: 某市人民政府\n发布文号: 某政〔2019〕5号",
    "发文机关\t某市人民政府\t成文日期\t2019-01-27\n发文字号\t某政〔2019〕5号\t发布日期\t2019-02-15",
]


@pytest.mark.parametrize("table", TABLES)
def test_a_web_table_of_any_form(table: str) -> None:
    lines = lines_of(f"{table}\n某市人民政府关于某某的意见\n某政〔2019〕5号\n正文，好。")
    found = web_header.read(lines)
    assert found is not None
    assert (found.issuer, found.doc_number) == ("某市人民政府", "某政〔2019〕5号")
    assert (found.issued_on, found.published_on) == (date(2019, 1, 27), date(2019, 2, 15))
    assert lines[found.last].text == "某市人民政府关于某某的意见"
    assert found.char_range == (lines[found.first].start, lines[found.last - 1].end)


def test_what_is_no_web_table() -> None:
    assert web_header.read(lines_of("某意见\n来源：本报\n正文，好。")) is None
    assert web_header.read(lines_of(SEED.read_text(encoding="utf-8"))) is None
    assert web_header.read([]) is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="the measuring data is not beside the repository")
def test_titles_and_numbers_of_the_state_council() -> None:
    manifest = json.loads((SHARED / "policies" / "manifest.json").read_text(encoding="utf-8"))
    gold = [entry for entry in manifest if entry["file"].startswith("gov_")]
    wrong = []
    for entry in gold:
        text = (SHARED / "policies" / entry["file"]).read_text(encoding="utf-8")
        lines = lines_of(text)
        table = web_header.read(lines_of(entry.get("web_header", "")))
        head = read_head(lines)
        own = metadata.facts(head, find_signature(lines, head.first), None, lines)
        full = metadata.facts(head, find_signature(lines, head.first), table, lines)
        assert own.title == "".join(entry["title"].split()), entry["file"]
        if comparable(full.doc_number) != comparable(entry["doc_no"]):
            wrong.append(entry["file"])
        if table and own.issued_on != table.issued_on:
            wrong.append(entry["file"] + " day")
    assert wrong == ["gov_045.txt"]  # its number stands nowhere in the text


def test_organ_and_date_directly_below_the_title_are_no_part_of_it() -> None:
    document = parsed(
        "白沙镇2025年民生实事分工表\n白沙镇人民政府\n2025年1月15日\n一、食堂\n建十个食堂。\n"
    )
    assert document.title == "白沙镇2025年民生实事分工表"
    assert (document.issuer, document.issued_on) == ("白沙镇人民政府", date(2025, 1, 15))
