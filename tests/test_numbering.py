"""What opens a line: which numbers are headings, which only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.numbering import heading_of, is_article, lead_sentence, marker


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
        "第一，要做好",
        "第三章规定的行为，由市公安局处罚。",
        "第三章程修订",
        "第一编辑部",
        "第二节能源",
        "第五条、第六条",
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
