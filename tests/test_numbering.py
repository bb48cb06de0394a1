"""What opens a line: which numbers are headings, which only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.numbering import (
    follows,
    heading_of,
    is_article,
    lead_sentence,
    loose_marker,
    marker,
)


@pytest.mark.parametrize(
    ("line", "level", "mark", "key"),
    [
        ("第一编 总则", 1, "第一编", "b1"),
        ("第二章　附　则", 2, "第二章", "ch2"),
        ("第二章附则", 2, "第二章", "ch2"),
        ("第三章", 2, "第三章", "ch3"),
        ("第3节 罚款", 3, "第3节", "se3"),
        ("第十二条　市人民政府", 4, "第十二条", "t12"),
        ("第一百零二条 本法", 4, "第一百零二条", "t102"),
        ("第八条之一　另有规定", 4, "第八条之一", "t8-1"),
        ("第十二条", 4, "第十二条", "t12"),
        ("二十一、加强领导", 5, "二十一、", "21"),
        ("（三）突出融合", 6, "（三）", "3"),
        ("(三)突出融合", 6, "(三)", "3"),
        ("（ 十 ）突出融合", 6, "（ 十 ）", "10"),
        ("1.企业上云", 7, "1.", "1"),
        ("12．企业上云", 7, "12．", "12"),
        ("2、企业上云", 7, "2、", "2"),
        ("（12）企业上云", 8, "（12）", "12"),
        ("⑳其他", 9, "⑳", "20"),
        ("第二分编　通则", 1.5, "第二分编", "sb2"),
        ("第八百条　本法", 4, "第八百条", "t800"),
        ("第一千二百六十条", 4, "第一千二百六十条", "t1260"),
        ("第１２条　本法", 4, "第１２条", "t12"),
        ("（二)突出融合", 6, "（二)", "2"),
        ("１．企业上云", 7, "１．", "1"),
        ("１、企业上云", 7, "１、", "1"),
        ("（１）企业上云", 8, "（１）", "1"),
        ("1)企业上云", 8.5, "1)", "1"),
        ("2）企业上云", 8.5, "2）", "2"),
        ("第一，要做好", 10, "第一，", "1"),
        ("第十二、要做好", 10, "第十二、", "12"),
    ],
)
def test_numbers_that_open_a_clause(line: str, level: int, mark: str, key: str) -> None:
    found = marker(line)
    assert found is not None
    assert (found.level, found.mark, found.key) == (level, mark, key)
    assert line[: found.end].strip() == mark
    assert is_article(found) is ("条" in mark)


@pytest.mark.parametrize(
    "line",
    [
        "1.5倍以上",
        "3.14",
        "1..",
        "2022年，全市",
        "2022.4",
        "（2021）12号文件",
        "（5A级）景区",
        "（一个）地方",
        "第十二条规定的事项",
        "第一，第二产业",
        "第三章规定的行为，由市公安局处罚。",
        "第三章程修订",
        "第一编辑部",
        "第二节能源",
        "第五条、第六条",
        "第五条第二款",
        "第一、第二产业",
        "第二条之一规定的行为",
        "１．５倍",
        "1．5倍",
        "1、5万元",
        "2022.4.20",
        "〔2021〕12号",
        "第一类企业",
        "",
        "一是加强领导",
        "十条措施",
        "责任单位：市科技局",
        "第" + "9" * 5000 + "条 数太大",
        "九千九百九十九、数太大",
    ],
)
def test_numbers_that_open_nothing(line: str) -> None:
    assert marker(line) is None


@given(
    st.text(alphabet="第一二十百〇0123456789编章节条之、.．（）()①② \u3000总则，。", max_size=12)
)
def test_a_marker_lies_in_its_line(line: str) -> None:
    found = marker(line)
    if found:
        assert 0 < found.end <= len(line)
        assert line.startswith(found.mark)
        assert found.key.isascii()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("第三条之一　甲", (3, 1)),
        ("第二十三条", (23,)),
        ("（十）甲", (10,)),
        ("③甲", (3,)),
        ("第二，甲", (2,)),
    ],
)
def test_the_value_of_a_number(line: str, value: tuple[int, ...]) -> None:
    found = marker(line)
    assert found is not None
    assert found.value == value
    assert not found.loose


@pytest.mark.parametrize(
    ("line", "value", "words"),
    [
        ("第二条本办法适用于本市。", (2,), "本办法适用于本市。"),
        ("第二条之一本办法另有规定的除外。", (2, 1), "本办法另有规定的除外。"),
        ("1.1　编制目的", (1, 1), "编制目的"),
        ("2.10编制目的", (2, 10), "编制目的"),
        ("1.1.2. 编制目的", (1, 1, 2), "编制目的"),
        ("１．１　编制目的", (1, 1), "编制目的"),
        ("2　组织体系", (2,), "组织体系"),
    ],
)
def test_numbers_that_count_only_in_a_series(line: str, value: tuple[int, ...], words: str) -> None:
    found = loose_marker(line)
    assert marker(line) is None
    assert found is not None
    assert found.loose
    assert found.value == value
    assert line[found.end :].strip() == words


@pytest.mark.parametrize(
    "line",
    [
        "第二条规定的事项",
        "第二条所称企业",
        "第二条第一款",
        "第二条、第三条",
        "第二条和第三条",
        "第三条之一规定的行为",
        "1.5倍",
        "2.1 万人",
        "3.5%",
        "2022.4",
        "2.1.5倍",
        "2　年内完成任务。",
        "2 0",
        "甲",
        "",
    ],
)
def test_words_that_open_nothing_even_in_a_series(line: str) -> None:
    assert loose_marker(line) is None


@pytest.mark.parametrize(
    ("value", "before", "follows_it"),
    [
        ((1,), (), True),
        ((1, 1), (), True),
        ((2,), (), False),
        ((3,), (2,), True),
        ((4,), (2,), False),
        ((2,), (2,), False),
        ((3, 1), (3,), True),
        ((3, 2), (3,), False),
        ((4,), (3, 2), True),
        ((2, 3), (2, 2), True),
        ((2, 2, 1), (2, 2), True),
        ((3,), (2, 2, 5), True),
        ((2, 3), (2, 2, 5), True),
        ((2, 4), (2, 2, 5), False),
        ((3, 1), (2, 2), False),
    ],
)
def test_what_comes_next_in_a_series(
    value: tuple[int, ...], before: tuple[int, ...], follows_it: bool
) -> None:
    assert follows(value, before) is follows_it


@given(
    st.text(alphabet="第一二条之规本1２.．、 \u3000目的倍年。", max_size=12),
)
def test_a_loose_number_lies_in_its_line(line: str) -> None:
    found = loose_marker(line)
    if found:
        assert found.loose
        assert 0 < found.end <= len(line)
        assert line.startswith(found.mark)
        assert found.key.isascii()


@pytest.mark.parametrize(
    ("line", "lead"),
    [
        ("智能装备。加快发展纯电动汽车。", "智能装备"),
        ("优化能源、数字新基建布局。建设港口。", "优化能源、数字新基建布局"),
        ("加强领导。（责任单位：市科技局）", "加强领导"),
        ("智能装备。", ""),
        ("加快发展，打造高地。建设港口。", ""),
        ("本办法自发布之日起施行。有效期五年。", ""),
        ("到2025年基本建成。形成格局。", ""),
        ("第一类企业按规定纳税。其他免税。", ""),
        ("一" * 25 + "。太长。", ""),
        ("责任单位：市科技局。下同。", ""),
    ],
)
def test_lead_sentence(line: str, lead: str) -> None:
    assert lead_sentence(line) == lead


@pytest.mark.parametrize(
    ("words", "heading", "body"),
    [
        ("总体要求", "总体要求", ""),
        ("　总体要求 ", "总体要求", ""),
        ("加强领导。发挥职能，抓好落实。", "加强领导", "发挥职能，抓好落实。"),
        ("加强领导。", "加强领导", ""),
        ("对引进的人才，给予补贴。", "", "对引进的人才，给予补贴。"),
        (" 下列事项：", "", "下列事项："),
        ("长" * 61, "", "长" * 61),
        ("", "", ""),
    ],
)
def test_heading_and_where_the_body_begins(words: str, heading: str, body: str) -> None:
    found, offset = heading_of(words)
    assert found == heading
    assert words[offset:].strip() == body


@given(st.text(alphabet="一加强。，；：:（） \u3000\n长", max_size=70))
def test_a_heading_is_words_of_the_line(words: str) -> None:
    heading, offset = heading_of(words)
    assert heading in words
    assert 0 <= offset <= len(words)
    assert not heading or words.index(heading) + len(heading) <= offset
