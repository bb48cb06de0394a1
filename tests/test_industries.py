"""Which industries a document supports, and where: the seed's sentences and the shape of lists."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import Document
from assistant.reading.corpus import read_document
from assistant.reading.industries import MAX_NAME, areas_at_start, find, members
from tests.laws import SEED, parsed, texts


@pytest.fixture(scope="module")
def seed() -> Document:
    return read_document(SEED)


def named(document: Document, area: str) -> list[str]:
    return [e.industry for e in find(document) if area in e.areas]


def test_the_seed_by_area(seed: Document) -> None:
    assert named(seed, "淄博经济开发区")[:5] == [
        "新材料",
        "智能装备",
        "先进制造业",
        "高端商务",
        "保税物流",
    ]
    assert "工业设计" in named(seed, "淄博经济开发区")
    assert named(seed, "淄川经济开发区") == (
        "新能源汽车 生物医药 激光设备 中药提取物 基因工程药物 新型疫苗及诊断试剂 医疗器械 外向型经济".split()
    )
    assert named(seed, "文昌湖省级旅游度假区")[:3] == ["文旅康养", "科技服务", "电子商务"]
    shared = ["装配式新型建筑", "超低能耗建筑材料", "氢能", "高档耐材"]
    assert named(seed, "周村区王村镇") == named(seed, "淄川区岭子镇") == shared


def test_the_seed_s_lead_sentences_of_industry(seed: Document) -> None:
    leads = [e.industry for e in find(seed) if e.clause_id.startswith(f"{seed.id}:2.2.")]
    for name in "智能装备 生物医药 新能源新材料 现代服务业 自动驾驶 工业互联网 人工智能".split():
        assert name in leads


def test_an_entry_quotes_the_sentence_that_names_it(seed: Document) -> None:
    clauses = {c.id: c for c in seed.clauses}
    for entry in find(seed):
        start, end = entry.char_range
        first, last = clauses[entry.clause_id].char_range
        assert first <= start < end <= last
        assert entry.industry in seed.text[start:end]
        assert all(seed.text[start:end].index(area) >= 0 for area in entry.areas)


@pytest.mark.parametrize(
    ("sentence", "areas"),
    [
        ("淄博经济开发区加快建设新城。", ("淄博经济开发区",)),
        ("周村区王村镇、淄川区岭子镇规划建设园区。", ("周村区王村镇", "淄川区岭子镇")),
        ("张店区和临淄区重点发展化工。", ("张店区", "临淄区")),
        ("支持淄博经济开发区发展。", ()),
        ("推进先行区建设。", ()),
        ("加快发展氢能。", ()),
        ("", ()),
    ],
)
def test_areas_open_the_sentence(sentence: str, areas: tuple[str, ...]) -> None:
    assert areas_at_start(sentence) == areas


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        (
            "新材料、智能装备等先进制造业和高端商务等现代服务业",
            "新材料 智能装备 先进制造业 高端商务 现代服务业",
        ),
        ("氢能产业、高档耐材产业", "氢能 高档耐材"),
        ("纯电动汽车和燃料电池汽车", "纯电动汽车 燃料电池汽车"),
        ("新业态、新模式", ""),
        ("", ""),
    ],
)
def test_members_of_a_list(listed: str, names: str) -> None:
    assert members(listed) == names.split()


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("支持山城经济开发区发展无人机整机制造。", {"无人机整机制造": ("山城经济开发区",)}),
        ("依托山城高新区生物园，重点发展疫苗。", {"疫苗": ("山城高新区",)}),
        ("在海坪镇建设工业园，重点发展抹茶产业。", {"抹茶": ("海坪镇",)}),
        (
            "以青石县为核心，重点发展石墨烯等新材料。",
            {"石墨烯": ("青石县",), "新材料": ("青石县",)},
        ),
        ("推动山城区化工产业园加快发展高端化工。", {"高端化工": ("山城区",)}),
        ("甲山乡重点发展茶叶。", {"茶叶": ("甲山乡",)}),
        (
            "东山区重点发展泵业、电机；河源县重点发展林果，与济南市共同发展旅游业。",
            {"泵业": ("东山区",), "电机": ("东山区",), "林果": ("河源县",)},
        ),
        ("与济南高新区密切合作，重点发展氢能产业。", {"氢能": ()}),
        ("依托济南市高端创新平台，重点发展智能制造产业。", {"智能制造": ()}),
        ("依托国家级经济技术开发区，重点发展电子信息产业。", {"电子信息": ()}),
        ("加快补齐县城短板，积极发展县域经济。", {}),
        ("健全文化产业体系和市场体系，大力发展旅游业。", {"旅游业": ()}),
        ("城乡重点发展茶叶。", {"茶叶": ()}),
        ("培育壮大新型显示、生物医药等产业集群。", {"新型显示": (), "生物医药": ()}),
        ("大力发展具有自主知识产权的智能家居。", {"智能家居": ()}),
    ],
)
def test_an_area_governs_what_is_done_in_it(
    sentence: str, found: dict[str, tuple[str, ...]]
) -> None:
    document = parsed(f"东海市意见\n一、重点\n（一）布局\n{sentence}\n")
    assert {e.industry: e.areas for e in find(document)} == found


@pytest.mark.parametrize(
    "listed",
    [
        "和群众稳定增收",
        "独立运行、治理规范、以企业为主体的联盟",
        "股份制、混合所有制",
        "职业院校和各类职业培训机构",
        "绿色、高端产业",
        "战略性新兴产业",
        "商贸流通服务业的积极性、主动性和创造性",
        "地下交通、垃圾处理等城市基础设施",
        "改革委提出的汽车项目给予支持",
        "合作社、家庭农场等新型经营主体",
        "新型农村集体经济",
    ],
)
def test_verbs_clauses_and_adjectives_are_no_industries(listed: str) -> None:
    assert members(listed) == []


@settings(max_examples=200, deadline=None)
@given(texts, st.text(alphabet="重点发展新材料、和等产业集群，。淄川区", max_size=40))
def test_any_text_gives_short_names_inside_its_clauses(text: str, more: str) -> None:
    document = parsed(text + "\n" + more)
    clauses = {c.id: c for c in document.clauses}
    for entry in find(document):
        start, end = entry.char_range
        first, last = clauses[entry.clause_id].char_range
        assert first <= start < end <= last
        assert entry.industry in document.text[start:end]
        assert len(entry.industry) <= max(MAX_NAME, 24)
