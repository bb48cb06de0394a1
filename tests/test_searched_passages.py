"""What is indexed of a passage, whether it is an article, and how high its document ranks."""

from __future__ import annotations

import pytest

from assistant.indexing.passages import Passage, authority


def test_a_passage_is_indexed_below_its_names() -> None:
    passage = Passage("消防车通道不得占用。", "消防条例", ("第一章 总则", "", "第二条"))
    assert passage.heading.split("\n") == ["消防条例", "第一章 总则", "第二条"]
    assert passage.whole == f"{passage.heading}\n消防车通道不得占用。"
    assert Passage("只有正文。").heading == ""
    assert Passage("只有正文。").whole.strip() == "只有正文。"


@pytest.mark.parametrize(
    ("text", "path", "article"),
    [
        ("为了预防火灾。", ("第一章 总则", "第一条"), True),
        ("为了预防火灾。", ("第十二条之一",), True),
        ("为了预防火灾。", ("第12条 目的",), True),
        ("第一百零三条　为了预防火灾。", (), True),
        ("为了预防火灾。", ("第一条", "（一）"), False),
        ("为了预防火灾。", ("第一章 总则",), False),
        ("一、对企业给予补贴。", (), False),
        ("根据第一条，给予补贴。", (), False),
        ("第一，给予补贴。", (), False),
    ],
)
def test_an_article_is_known_by_its_name_or_else_its_beginning(
    text: str, path: tuple[str, ...], article: bool
) -> None:
    assert Passage(text, "消防条例", path).is_article == article


def test_laws_rank_before_interpretations_regulations_and_what_places_issue() -> None:
    falling = [
        "中华人民共和国民法典",
        "最高人民法院关于审理民间借贷案件适用法律若干问题的解释",
        "物业管理条例",
        "关于支持企业研发的通知",
        "淄博市养犬管理条例",
        "淄博市关于支持企业研发的通知",
    ]
    ranks = [authority(title) for title in falling]
    assert ranks == sorted(set(ranks), reverse=True)
    assert ranks[0] == 1
    assert ranks[-1] > 0


@pytest.mark.parametrize(
    "title",
    [
        "宪法",
        "民法典",
        "中华人民共和国刑法",
        "中华人民共和国刑法修正案（十一）",
        "中华人民共和国城市房地产管理法",  # of the whole country, though it begins like a place
        "中华人民共和国长江保护法",
        "中华人民共和国海洋环境保护法",
    ],
)
def test_a_law_ranks_highest(title: str) -> None:
    assert authority(title) == 1


@pytest.mark.parametrize(
    "title", ["失业保险金申领发放办法", "条例实施办法", "中国公民出国旅游管理办法", "统计方法"]
)
def test_a_measure_is_no_law(title: str) -> None:
    assert authority(title) == authority("关于支持企业研发的通知")


def test_what_a_place_issues_is_known_by_its_issuer_too() -> None:
    assert authority("养犬管理条例", "淄博市人民政府") == authority("淄博市养犬管理条例")
    assert authority("养犬管理条例", "国务院") == authority("养犬管理条例")
