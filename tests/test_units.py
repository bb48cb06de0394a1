"""Names of units: every way of writing one, and the names that are somebody else's."""

from __future__ import annotations

import re

import pytest

from assistant.model import Document
from assistant.parts import Parts
from assistant.understanding.units import UnitFinder, UnitName, directory
from tests.laws import parsed

YUNHE = UnitFinder(
    [UnitName("市农业农村局", "云河市农业农村局"), UnitName("区科技局"), UnitName("发改委")],
    issuers=["云河市人民政府办公室", "云河市青石区人民政府"],
)


@pytest.fixture(scope="module")
def finder(parts: Parts) -> UnitFinder:
    return parts.reader.units


def found(finder: UnitFinder, text: str) -> list[str]:
    return [mention.name or f"?{mention.written}" for mention in finder.find(text)]


def test_every_name_of_the_directory_is_found(
    finder: UnitFinder, seed: Document, parts: Parts
) -> None:
    listed = {u for c in seed.clauses for u in c.responsibility.units()}
    assert set(parts.names) == listed == set(finder.names)
    for unit in parts.names.values():
        for written in (unit.name, unit.full_name, *unit.aliases):
            assert finder.resolve(written) == unit.name, written
            for text in (
                f"{written}负责哪些任务？",
                f"请问{written}要做什么",
                f"由{written}牵头的",
            ):
                assert found(finder, text) == [unit.name], text


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("工信局", "市工业和信息化局"),
        ("市发改委", "市发展改革委"),
        ("市发改局", "市发展改革委"),
        ("卫计委", "市卫生健康委"),
        ("市卫计委", "市卫生健康委"),
        ("人社局", "市人力资源社会保障局"),
        ("住建局", "市住房城乡建设局"),
        ("自规局", "市自然资源和规划局"),
        ("农业局", "市农业农村局"),
        ("人行淄博中支", "人民银行淄博市中心支行"),
        ("淄博市人社局", "市人力资源社会保障局"),
        ("文昌湖区管委会", "文昌湖省级旅游度假区"),
        ("网信办", "市委网信办"),
    ],
)
def test_abbreviations_and_former_names(finder: UnitFinder, written: str, name: str) -> None:
    assert finder.resolve(written) == name
    assert found(finder, f"{written}有哪些任务") == [name]


UNKNOWN = """
济南市财政局 济南市工信委 济南市发改局 淄川区科技局 周村区财政局 张店区教育局 高青县科技局
市应急管理局 市监局 市场监管局 市税务局 市司法局 市委宣传部 市政府办公厅 市统计局
区教育局 省科技厅 省财政厅 县水利局 科技厅
"""


@pytest.mark.parametrize("written", UNKNOWN.split())
def test_a_unit_of_another_place_level_or_field_is_unknown(
    finder: UnitFinder, written: str
) -> None:
    assert finder.resolve(written) == ""
    for text in (f"{written}负责哪些任务", f"请问{written}有什么任务", f"{written}的任务"):
        assert found(finder, text) == [f"?{written}"], text


@pytest.mark.parametrize(
    "text",
    [
        "氢能产业布局在哪里",
        "区域格局怎么优化",
        "科创走廊城市会客厅在哪",
        "区域性现代物流中心在哪里建",
        "市域内部的交通",
        "总部经济有哪些支持",
        "全部任务有哪些",
        "市级重点项目总部在哪里",
        "",
    ],
)
def test_words_that_end_like_units_are_none(finder: UnitFinder, text: str) -> None:
    assert found(finder, text) == []


def test_several_units_in_order(finder: UnitFinder) -> None:
    assert found(finder, "市财政局和市科技局、工信局各做什么") == [
        "市财政局",
        "市科技局",
        "市工业和信息化局",
    ]
    assert found(finder, "市科技局与济南市财政局共同负责什么") == ["市科技局", "?济南市财政局"]


def test_a_mention_is_where_it_says(finder: UnitFinder, questions: list[str]) -> None:
    for text in [*questions, *(f"请问{name}和市科技局负责什么" for name in UNKNOWN.split())]:
        mentions = finder.find(text)
        for mention in mentions:
            assert text[mention.start : mention.end] == mention.written, text
            assert mention.name in {"", *finder.names}
        ends = [0, *(m.end for m in mentions)]
        assert all(m.start >= end for m, end in zip(mentions, ends, strict=False)), text


def test_a_place_that_issued_a_document_has_units_of_its_level() -> None:
    mentions = YUNHE.find("云河市农业农村局和青石区科技局做什么")
    assert [(m.name, m.place) for m in mentions] == [
        ("市农业农村局", "云河市"),
        ("区科技局", "青石区"),
    ]
    assert found(YUNHE, "云河市科技局负责什么") == ["?云河市科技局"]
    assert found(YUNHE, "云河市发改委负责什么") == ["发改委"]
    assert found(YUNHE, "淄博市农业农村局负责什么") == ["?淄博市农业农村局"]


def test_a_name_that_fits_two_units_is_no_name() -> None:
    finder = UnitFinder([UnitName("市建设工程局"), UnitName("市建设管理局")])
    assert finder.resolve("建设局") == ""
    assert finder.resolve("市建设管理局") == "市建设管理局"


TABLE = """某市单位名录
| 文件用名 | 全称 | 其他简称 |
|---|---|---|
| 市科技局 | 某市科学技术局 | 科技局、科委 |
| 市财政局 | 某市财政局 | |

| 项目 | 数量 |
| 市教育局 | 3 |
"""


def test_the_directory_is_every_table_with_full_names() -> None:
    assert directory([parsed(TABLE), parsed("某市通知\n没有表格。")]) == {
        "市科技局": UnitName("市科技局", "某市科学技术局", ("科技局", "科委")),
        "市财政局": UnitName("市财政局", "某市财政局", ()),
    }


ROWS = """某市单位名录

文件用名：市科技局
全称：某市科学技术局
其他简称：科技局、科委
文件用名：市财政局
全称：某市财政局

说明：以公布的为准
"""


def test_the_directory_may_stand_in_lines_of_its_columns() -> None:
    assert directory([parsed(ROWS)]) == {
        "市科技局": UnitName("市科技局", "某市科学技术局", ("科技局", "科委")),
        "市财政局": UnitName("市财政局", "某市财政局", ()),
    }


def test_the_spellings_of_a_unit_are_known_without_a_directory() -> None:
    finder = UnitFinder([UnitName("市卫生健康委"), UnitName("省卫生健康委"), UnitName("市医保局")])
    assert found(finder, "市卫健委和省卫生健康委员会、市医疗保障局做什么") == [
        "市卫生健康委",
        "省卫生健康委",
        "市医保局",
    ]
    assert finder.resolve("县卫健委") == ""


def test_no_units_at_all() -> None:
    finder = UnitFinder([])
    assert finder.resolve("市科技局") == ""
    assert found(finder, "市科技局负责什么") == ["?市科技局"]
    assert not re.search(r"\S", "".join(found(finder, "自动驾驶怎么发展")))


def test_traditional_characters_name_the_same_units(finder: UnitFinder) -> None:
    assert finder.resolve("市財政局") == "市财政局"
    (mention,) = finder.find("請問市財政局負責什麼")
    assert (mention.name, mention.written, mention.start) == ("市财政局", "市财政局", 2)
    there = UnitFinder([UnitName("市財政局", "雲河市財政局", ("財政廳",))], issuers=["雲河縣政府"])
    for written in ("市财政局", "市財政局", "云河市财政局", "財政廳", "财政厅"):
        assert found(there, f"{written}负责什么") == ["市財政局"], written


def test_a_committee_is_known_without_the_rank_of_its_area() -> None:
    finder = UnitFinder([UnitName("云河区管委会"), UnitName("市区管委会")])
    assert [m.name for m in finder.find("云河管委会负责什么")] == ["云河区管委会"]
