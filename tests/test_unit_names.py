"""Canonical names of units: one for all spellings, none for two organs."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SettingsError
from assistant.reading.unit_names import Issuer, issuer_of, load

ZIBO = issuer_of("淄博市人民政府")
ZHOUCUN = issuer_of("淄博市周村区人民政府办公室")

# Ways of writing one unit in a document of 淄博市, the first one canonical; then its level.
SAME = """
市卫生健康委 市卫健委 市卫生健康委员会 市卫生和健康委员会 淄博市卫生健康委员会 淄博市卫健委|市
市发展改革委 市发改委 市发展和改革委员会 淄博市发展和改革委员会|市
省发展改革委 省发改委 省发展和改革委员会|省
山东省发展改革委 山东省发改委|省
区发展改革局 区发改局 区发展和改革局|区县
市市场监管局 市市场监督管理局 市市监局 淄博市市场监督管理局|市
市工业和信息化局 市工信局|市
省工业和信息化厅 省工信厅|省
市人力资源社会保障局 市人社局 市人力资源和社会保障局|市
市住房城乡建设局 市住建局 市住房和城乡建设局|市
市自然资源和规划局 市自然资源规划局|市
市文化和旅游局 市文旅局 市文化旅游局|市
市委组织部 中共淄博市委组织部 淄博市委组织部|市
市委网信办 市委网络安全和信息化委员会办公室|市
市政府办公室 市人民政府办公室|市
市税务局 国家税务总局淄博市税务局 淄博市税务局|市
市城市管理局 市城管局 淄博市城市管理局|市
市中级法院 市中级人民法院|市
团市委 共青团淄博市委 共青团淄博市委员会|市
人民银行淄博市中心支行 中国人民银行淄博市中心支行 人行淄博中支 人行市中心支行|市
市直属机关工委 市直机关工委 市直属机关工作委员会|市
济南市财政局|市
共青团济南市委 团济南市委|市
市中区财政局|区县
工业和信息化部 工信部|国家
国家发展改革委|国家
市场监管总局 市场监督管理总局|国家
银保监会 中国银保监会|
市场监管局 市监局|
"""


@pytest.mark.parametrize("line", SAME.strip().splitlines())
def test_spellings_of_one_unit(line: str) -> None:
    spellings, _, level = line.partition("|")
    names = load()
    found = {names.canonical(written, ZIBO) for written in spellings.split()}
    assert len(found) == 1
    assert names.level(found.pop()) == level
    first = spellings.split()[0]
    if not first.startswith("共青团"):
        assert names.canonical(first, ZIBO) == first


def test_two_lines_never_merge() -> None:
    names = load()
    found = [
        names.canonical(line.split()[0].split("|")[0], ZIBO) for line in SAME.split("\n")[1:-1]
    ]
    assert len(found) == len(set(found))


def test_a_place_of_the_issuer_becomes_its_level() -> None:
    names = load()
    assert names.canonical("淄博市周村区教育局", ZHOUCUN) == "区教育局"
    assert names.canonical("周村区教育局", ZHOUCUN) == "区教育局"
    assert names.canonical("淄博市教育局", ZHOUCUN) == "市教育局"
    assert names.canonical("淄川区教育局", ZHOUCUN) == "淄川区教育局"
    assert names.canonical("周村区教育局", ZIBO) == "周村区教育局"
    assert names.canonical("淄博市教育局") == "淄博市教育局"


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("淄川区", "区县"),
        ("淄博经济开发区", ""),
        ("文昌湖省级旅游度假区", ""),
        ("各县（市、区）人民政府", "区县"),
        ("各县市区人民政府", "区县"),
        ("各区政府", "区县"),
        ("各市政府", "市"),
        ("各市、县〔区〕人民政府", ""),
        ("各省级人民政府", "省"),
        ("海坪镇人民政府", "镇街"),
        ("自治区教育厅", "省"),
        ("淄博银保监分局", "市"),
        ("高新区财政局", ""),
        ("园区管委会", ""),
        ("区域合作办", ""),
        ("组宣部", ""),
        ("中国铁路总公司", ""),
        ("教育部", "国家"),
        ("城乡规划局", ""),
        ("市城乡规划局", "市"),
        ("聊城市财政局", "市"),
        ("石景山区财政局", "区县"),
    ],
)
def test_levels(name: str, level: str) -> None:
    assert load().level(name) == level


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("淄博市人民政府", Issuer("市", "市", ("淄博市",))),
        ("中共淄博市委办公室、淄博市人民政府办公室", Issuer("市", "市", ("淄博市",))),
        ("淄博市周村区人民政府", Issuer("区县", "区", ("淄博市", "周村区"))),
        ("北京市石景山区人民政府", Issuer("区县", "区", ("北京市", "石景山区"))),
        ("上海市浦东新区人民政府", Issuer("区县", "区", ("上海市", "浦东新区"))),
        ("内蒙古自治区人民政府", Issuer("省", "自治区", ("内蒙古自治区",))),
        ("江西省人民政府印发关于稳定增长20条措施的通知", Issuer("省", "省", ("江西省",))),
        ("云河市农业农村局", Issuer("市", "市", ("云河市",))),
        ("国务院办公厅", Issuer("国家")),
        ("教育部", Issuer("国家")),
        ("东营经济技术开发区管委会", Issuer()),
        ("某市关于办公用品的规定", Issuer()),
        ("单位名录", Issuer()),
        ("", Issuer()),
    ],
)
def test_the_issuer_of_a_document(text: str, issuer: Issuer) -> None:
    assert issuer_of(text) == issuer


def test_every_spelling_leads_back_to_its_name() -> None:
    names = load()
    for kind in set(names.kinds.values()):
        for level in ("省", "市", "区", "县"):
            for written in names.spellings(level + kind):
                assert names.canonical(written, ZIBO) == level + kind, written
    assert names.spellings("市卫生健康委") == (
        "市卫生健康委员会",
        "市卫生和健康委员会",
        "市卫健委",
        "市卫健康委",
    )


def test_the_table_holds_no_place_no_level_and_no_former_name() -> None:
    names = load()
    assert not names.units
    for written, name in names.kinds.items():
        assert names.kinds[name] == name
        assert names.split(written) == ("", written)
    for (
        former
    ) in "环保局 国土局 国土资源局 卫计委 卫生局 农业局 旅游局 工商局 安监局 物价局".split():
        assert former not in names.kinds


@given(
    st.text(
        alphabet="省市区县州委国家中共团人行淄博周村教育卫健局厅办部会政府各（）、 x", max_size=14
    )
)
def test_any_words_can_be_taken_for_a_name(name: str) -> None:
    names = load()
    found = names.canonical(name, ZIBO)
    assert found == names.canonical(name.replace(" ", ""), ZIBO)
    assert "".join(names.split(found)) in (found, found.removeprefix("中共"))
    assert names.level(found) in {"", "国家", "省", "市", "区县", "镇街"}


def test_the_user_s_table_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "units.yaml"
    own.write_text(
        "kinds:\n  卫健委: [卫生健康委]\n  茶叶局: [茶办]\nunits:\n  市数据局: [市大数据局, 市数据管理局]\n",
        encoding="utf-8",
    )
    names = load(own)
    for written in ("市卫生健康委", "市卫生健康委员会", "市卫健委"):
        assert names.canonical(written) == "市卫健委"
    assert names.canonical("云河市茶办", issuer_of("云河市人民政府")) == "市茶叶局"
    assert names.canonical("市大数据局") == names.canonical("市数据管理局") == "市数据局"
    assert set(names.spellings("市数据局")) >= {"市大数据局", "市数据管理局"}
    assert load().canonical("市大数据局") == "市大数据局"


@pytest.mark.parametrize(
    "text",
    ["kinds: [a, b]\n", "- a\n", "kinds:\n  a: 3\n", "kinds: {\n", "\x00"],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "units.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"机关名称表“units\.yaml”无法读取"):
        load(own)
    with pytest.raises(SettingsError, match="无法读取"):
        load(tmp_path / "none.yaml")


def test_one_spelling_is_one_unit_s(tmp_path: Path) -> None:
    own = tmp_path / "units.yaml"
    own.write_text("kinds:\n  甲局: [丙局]\n  乙局: [丙局]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="“丙局”同时归给“甲局”和“乙局”"):
        load(own)
    own = tmp_path / "empty.yaml"
    own.write_text("kinds:\n", encoding="utf-8")
    assert load(own) == load()


def test_levels_keep_organs_apart() -> None:
    names = load()
    kinds = ("卫生健康委", "财政局", "市场监管局")
    found = [names.canonical(level + kind, ZIBO) for level in "省市区县" for kind in kinds]
    assert all(a != b for a, b in itertools.combinations(found, 2))
