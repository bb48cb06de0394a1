"""Lines → the tree: levels, numbering that runs on, statutes, decimal numbers, notes and leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import ClauseKind
from assistant.reading.lines import lines_of
from assistant.reading.numbering import marker
from tests.laws import bodies, keeps_the_laws, keys, labels, parsed, paths

TITLE = "某市关于推动工作的意见\n"


def tree(text: str) -> list[str]:
    """The paths of the numbered clauses below 正文; the text keeps all laws."""
    document = parsed(text)
    assert keeps_the_laws(document)
    return [path.removeprefix("正文/") for path in paths(document)]


def test_levels_may_be_skipped() -> None:
    text = TITLE + "一、甲\n1.子\n（1）丑\n2.寅\n二、乙\n（一）卯\n①辰\n三、丙\n①巳\n"
    assert tree(text) == [
        "一、甲",
        "一、甲/1.子",
        "一、甲/1.子/（1）丑",
        "一、甲/2.寅",
        "二、乙",
        "二、乙/（一）卯",
        "二、乙/（一）卯/①辰",
        "三、丙",
        "三、丙/①巳",
    ]


def test_numbering_may_begin_below_the_top() -> None:
    text = TITLE + "（一）甲\n1.子\n（二）乙\n"
    assert tree(text) == ["（一）甲", "（一）甲/1.子", "（二）乙"]


def test_numbering_may_run_on_across_sections() -> None:
    text = TITLE + "一、甲\n（一）子\n（二）丑\n二、乙\n（三）寅\n1.卯\n三、丙\n（四）辰\n2.巳\n"
    document = parsed(text)
    assert keys(document)[1:] == ["1", "1.1", "1.2", "2", "2.3", "2.3.1", "3", "3.4", "3.4.2"]
    assert document.anomalies == ()


def test_half_and_full_width_forms_are_the_same_levels() -> None:
    text = TITLE + "一、甲\n( 一 )子\n(1)丑\n（２）寅\n（二)卯\n１．辰\n2.巳\n３、午\n"
    assert [path.count("/") for path in tree(text)] == [0, 1, 2, 2, 1, 2, 2, 2]
    assert parsed(text).anomalies == ()


def test_first_and_second_open_clauses() -> None:
    text = TITLE + "一、甲\n第一，加强领导。要抓好。\n第二，强化督查，抓好落实。\n第三、宣传。\n"
    document = parsed(text)
    assert [c.number for c in document.clauses[2:]] == ["第一，", "第二，", "第三、"]
    assert [c.heading for c in document.clauses[2:]] == ["加强领导", "", "宣传"]
    assert {c.parent_id for c in document.clauses[2:]} == {document.clauses[1].id}
    assert bodies(document)[3] == "强化督查，抓好落实。"


@pytest.mark.parametrize("mark", ["一、", "（一）", "(一)", "1.", "1、", "（1）", "①", "第一，"])
def test_a_heading_may_share_its_line_with_the_body(mark: str) -> None:
    document = parsed(f"{TITLE}{mark}加强领导。建立机制，抓好落实。\n再接再厉，不断推进。\n")
    clause = document.clauses[1]
    assert (clause.number, clause.heading) == (mark, "加强领导")
    assert bodies(document)[1] == "建立机制，抓好落实。\n再接再厉，不断推进。"


def test_a_mark_between_number_and_heading_is_no_word_of_it() -> None:
    assert tree(TITLE + "一、甲\n（一）、加强领导\n抓好，抓实。\n")[1].endswith("加强领导")
    assert parsed(TITLE + "（一）、加强领导\n抓好。\n").clauses[1].heading == "加强领导"


@pytest.mark.parametrize(
    "line",
    [
        "1.5倍以上的增长，按时完成。",
        "2022年，开好局。",
        "（2021）12号文件，继续有效。",
        "3.14",
        "2022.4.20起，施行。",
        "10.5 亿元的投资，要落实。",
        "１．５倍，按时完成。",
        "第一、第二产业，并重。",
        "第三条规定的行为，从严处罚。",
        "十条措施，逐一落实。",
        "2 年内，全部完成。",
    ],
)
def test_a_number_in_the_words_is_no_heading(line: str) -> None:
    assert tree(f"{TITLE}一、目标\n先做好，再提高。\n{line}\n二、保障\n") == [
        "一、目标",
        "二、保障",
    ]


def test_lead_sentences_are_clauses_below_their_section() -> None:
    document = parsed(
        TITLE + "一、任务\n（一）产业\n智能装备。发展汽车，做大做强。\n生物医药。发展疫苗，做优。\n"
        "到2025年基本建成。形成格局，走在前列。\n二、保障\n加强领导。明确分工，压实责任。\n"
    )
    leads = [c for c in document.clauses if c.kind is ClauseKind.LEAD]
    assert [c.heading for c in leads] == ["智能装备", "生物医药"]
    assert [c.label for c in leads] == ["一（一）智能装备", "一（一）生物医药"]
    assert leads[1].text.endswith("走在前列。")
    assert document.clauses[-1].label == "二、保障"  # one paragraph alone is no member of a list
    assert document.clauses[-1].text.endswith("压实责任。")


STATUTE = """某市管理条例
第一编　总则
第一章　一般规定
第一节　目的
第一条　为了保护土地，制定本条例。
第二条本条例适用于本市，另有规定的除外。
第二条规定的事项，从其规定。
第二节　范围
第三条　下列事项适用：
（一）规划；
1.城镇；
（二）利用。
第三条之一　前条所称利用，包括出让。
第二章　附则
第四条　本条例自公布之日起施行。
第二编　分则
第一章　监督
第五条
监督应当公开，接受查询。
"""


def test_a_statute_has_books_chapters_sections_and_articles() -> None:
    document = parsed(STATUTE)
    assert keys(document)[1:] == [
        *["b1", "b1.ch1", "b1.ch1.se1", "b1.ch1.se1.t1", "b1.ch1.se1.t2", "b1.ch1.se2"],
        *["b1.ch1.se2.t3", "b1.ch1.se2.t3-1", "b1.ch2", "b1.ch2.t4", "b2", "b2.ch1", "b2.ch1.t5"],
    ]
    assert labels(document)[4:7] == ["第一条", "第二条", "第二节"]
    assert labels(document)[8] == "第三条之一"
    assert document.anomalies == ()
    assert keeps_the_laws(document)


def test_an_article_without_a_blank_holds_its_sentence() -> None:
    document = parsed(STATUTE)
    second = next(c for c in document.clauses if c.label == "第二条")
    assert (second.number, second.heading) == ("第二条", "")
    body = document.text[slice(*second.body_range)]
    assert body == "本条例适用于本市，另有规定的除外。\n第二条规定的事项，从其规定。"


def test_an_article_number_may_stand_alone() -> None:
    assert bodies(parsed(STATUTE))[-1] == "监督应当公开，接受查询。"


def test_articles_of_many_hundreds() -> None:
    document = parsed(
        "某法典\n第七百九十九条　甲，乙。\n第八百条　丙，丁。\n第一千二百六十条　戊。\n"
    )
    assert keys(document)[1:] == ["t799", "t800", "t1260"]
    assert labels(document)[1:] == ["第七百九十九条", "第八百条", "第一千二百六十条"]


def test_an_article_is_not_opened_out_of_its_series() -> None:
    text = "某市办法\n第一条为了保护，制定本办法。\n第三条由市政府负责，区县配合。\n第二条本办法适用于本市，区县参照。\n"
    assert tree(text) == ["第一条", "第二条"]


def test_a_reference_to_an_inserted_article_opens_nothing() -> None:
    text = "某市条例\n第一条　甲，乙。\n第二条　丙，丁。\n第三条之一规定的行为，从其规定。\n"
    assert tree(text) == ["第一条", "第二条"]


def test_articles_may_stand_below_numbered_headings() -> None:
    text = "某院关于审理的规定\n为了正确审理，制定本规定。\n一、关于管辖\n第一条　甲案由乙院管辖，丙除外。\n第二条　丁。\n（一）子；\n二、关于证据\n第三条　证据应当质证，不得例外。\n"
    assert tree(text) == [
        "一、关于管辖",
        "一、关于管辖/第一条",
        "一、关于管辖/第二条",
        "二、关于证据",
        "二、关于证据/第三条",
    ]
    assert labels(parsed(text))[-1] == "第三条"


def test_items_stay_in_an_article_below_a_chapter() -> None:
    text = "某市条例\n第一章　总则\n第一条　下列：\n一、甲；\n二、乙。\n第二条　丙，丁。\n"
    assert tree(text) == ["第一章总则", "第一章总则/第一条", "第一章总则/第二条"]


def test_a_division_between_articles_may_lack_a_number() -> None:
    text = "某法典\n总则编\n第一条　为了甲，制定本法。\n合同编\n第二条　合同应当，书面。\n附则\n第三条　本法自公布之日起施行。\n"
    document = parsed(text)
    heads = [c for c in document.clauses if c.heading in ("合同编", "附则")]
    assert [c.kind for c in heads] == [ClauseKind.SECTION] * 2
    articles = {c.label: c.path for c in document.clauses if c.number}
    assert articles["第二条"][1] == "合同编"
    assert "附则" in articles["第三条"]
    assert "合同编" not in articles["第一条"]


DECIMAL = """某市应急预案
为做好应对，制定本预案。
1　总则
1.1　编制目的
提高能力，减少损失。
1.2 编制依据
1.5倍以上的，按规定执行。
1.3万人以上的，另行规定。
2　组织体系
2.1指挥机构
2.1.1　职责
（1）统一领导；
（2）分级负责。
2.1.2　成员
2.2　办事机构
3　附则
3.1　解释
本预案由市政府解释。
"""


def test_decimal_numbers_nest_by_their_parts() -> None:
    document = parsed(DECIMAL)
    numbered = [c for c in document.clauses if c.number]
    assert [c.number for c in numbered] == (
        "1 1.1 1.2 2 2.1 2.1.1 （1） （2） 2.1.2 2.2 3 3.1".split()
    )
    assert numbered[5].path == ("正文", "2组织体系", "2.1指挥机构", "2.1.1职责")
    assert numbered[2].text.endswith("另行规定。")
    assert document.anomalies == ()
    assert keeps_the_laws(document)


def test_a_decimal_number_stands_alone_in_a_label() -> None:
    found = {c.number: c.label for c in parsed(DECIMAL).clauses if c.number}
    assert found["2.1.1"] == "2.1.1"
    assert found["2.2"] == "2.2"
    assert found["（1）"] == "2.1.1（1）"


def test_decimal_numbers_may_be_full_width() -> None:
    text = DECIMAL.partition("1.5倍")[0].translate(str.maketrans("12.", "１２．"))
    assert tree(text) == ["１总则", "１总则/１．１编制目的", "１总则/１．２编制依据"]


def test_decimal_numbers_may_begin_directly_below_the_title() -> None:
    document = parsed(DECIMAL.replace("为做好应对，制定本预案。\n", ""))
    assert document.title == "某市应急预案"
    assert [c.number for c in document.clauses if c.number][:3] == ["1", "1.1", "1.2"]


def test_a_text_without_1_1_has_no_decimal_numbers() -> None:
    text = TITLE + "一、目标\n2.1级标准，逐步推行。\n2　主要指标\n二、保障\n"
    assert tree(text) == ["一、目标", "二、保障"]


_NUMBERS = st.sampled_from("一、 二、 （一） (二) 1. 2． （1） 1） ① ② 第一，".split())


@given(st.lists(_NUMBERS, min_size=1, max_size=15))
def test_every_number_stands_below_the_nearest_higher_one(marks: list[str]) -> None:
    document = parsed(TITLE + "".join(f"{mark}事项\n" for mark in marks))
    clauses = document.clauses[1:]
    assert [c.number for c in clauses] == marks
    levels = [found.level for c in clauses if (found := marker(c.number))]
    for at, clause in enumerate(clauses):
        above = [i for i in range(at) if levels[i] < levels[at]]
        assert clause.parent_id == (clauses[above[-1]].id if above else "")


def test_very_deep_and_very_many_numbers() -> None:
    deep = "".join(f"{'.'.join(['1'] * depth)} 级\n" for depth in range(2, 6))
    assert keeps_the_laws(parsed(f"{TITLE}1 级\n{deep}" * 20))
    many = parsed(TITLE + "1.\n" * 10_000)
    assert len(many.clauses) == 10_001
    assert len(set(keys(many))) == 10_001


@pytest.mark.parametrize(
    "piece", [*"(（〔）1、：。.|* 一第条年\t\u3000", "1.1.", "（1", "第一", "一、 "]
)
def test_a_very_long_line_is_read(piece: str) -> None:
    text = f"{TITLE}一、任务\n{piece * 5_000}\n二、保障\n"
    document = parsed(text)
    assert "".join(words for _, words in document.pieces()) == text
    assert lines_of(document.clauses[-1].text)[-1].text == "二、保障"
