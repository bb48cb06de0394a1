"""Names of areas in a question, whole, in part, or nobody's."""

from __future__ import annotations

import pytest

from assistant.parts import Parts
from assistant.understanding.areas import AreaFinder, unknown_place
from assistant.vocabulary import shipped


@pytest.fixture(scope="module")
def finder(parts: Parts) -> AreaFinder:
    return parts.reader.areas


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("淄博经济开发区发展什么", ["淄博经济开发区"]),
        ("淄川经济开发区", ["淄川经济开发区"]),
        ("淄川开发区发展什么", ["淄川经济开发区"]),
        ("文昌湖适合做什么", ["文昌湖省级旅游度假区"]),
        ("文昌湖度假区", ["文昌湖省级旅游度假区"]),
        ("王村镇有什么产业", ["周村区王村镇"]),
        ("王村和岭子发展什么", ["周村区王村镇", "淄川区岭子镇"]),
        ("岭子镇与文昌湖", ["淄川区岭子镇", "文昌湖省级旅游度假区"]),
        ("淄博经开区支持什么", ["淄博经济开发区"]),
        ("淄博支持什么产业", []),
        ("淄博市的产业", []),
        ("自动驾驶", []),
        ("", []),
    ],
)
def test_parts_of_names(finder: AreaFinder, text: str, areas: list[str]) -> None:
    assert list(finder.find(text)) == areas


def test_every_area_is_found_by_its_own_name(finder: AreaFinder) -> None:
    assert len(finder.areas) == 5
    for area in finder.areas:
        assert finder.find(f"{area}发展什么产业") == (area,)
        assert finder.replaced(f"{area}发展什么", "某地") == "某地发展什么"


def test_what_replaces_a_name_leaves_the_rest(finder: AreaFinder) -> None:
    assert finder.replaced("王村镇和文昌湖的产业") == " 和 的产业"
    assert finder.replaced("自动驾驶") == "自动驾驶"


def test_an_ambiguous_part_means_all_that_it_fits() -> None:
    finder = AreaFinder(["海坪县北镇", "海坪县南镇"])
    assert finder.find("海坪县发展什么") == ("海坪县北镇", "海坪县南镇")
    assert finder.find("南镇发展什么") == ("海坪县南镇",)


def test_an_alias_of_an_area_names_it_and_one_of_nothing_does_not() -> None:
    finder = AreaFinder(["云河经济开发区"], {"老东区": "云河经济开发区", "西区": "无"}, ["云河市"])
    assert finder.find("老东区") == ("云河经济开发区",)
    assert finder.find("西区") == ()


KNOWN = "淄博市人民政府在淄川区和周村区王村镇推动与济南市合作的先行区建设"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("青岛市的地铁怎么规划", "青岛市"),
        ("张店区发展什么", "张店区"),
        ("高青县有什么政策", "高青县"),
        ("淄博市怎么发展", ""),
        ("淄川区和王村镇", ""),
        ("济南市怎么合作", ""),
        ("园区怎么建", ""),
        ("工业社区怎么管", ""),
        ("智能装备，市里谁负责", ""),
        ("智能装备，市科技局是牵头单位吗", ""),
        ("", ""),
    ],
)
def test_a_place_that_no_document_mentions(text: str, place: str) -> None:
    assert unknown_place(text, KNOWN, shipped()) == place
