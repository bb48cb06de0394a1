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
    assert named(seed, "淄川经济开发区") == ["新能源汽车", "生物医药", "激光设备"]
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
