"""Title, 文号, recipients, 落款 and 附注, read from the words of a document."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import ClauseKind
from assistant.reading import metadata
from assistant.reading.metadata import (
    find_signature,
    issuer_of,
    lines_of,
    read_head,
    read_marked_head,
)
from tests.laws import SEED


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
        "好。\n2022年4月20日",
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
