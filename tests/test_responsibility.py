"""责任分工: the seed's units exactly, how they reach other clauses, and bold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import CITABLE, Clause, Document, Responsibility, Role
from assistant.reading import responsibility, structure, unit_names
from assistant.reading.corpus import read_document
from assistant.reading.responsibility import (
    BOLD_LOST,
    BOLD_LOST_COMMA,
    BY_COMMA,
    FIRST,
    LISTED,
    STARRED,
)
from assistant.reading.source import Source
from tests import laws
from tests.benchmarks import unit_notes
from tests.laws import SEED, keeps_the_laws, parsed, texts

UNITS_GOLD = Path(__file__).parent / "data" / "units_gold.jsonl"

LOCAL = "淄川区 周村区 淄博经济开发区 文昌湖省级旅游度假区".split()
LOCAL_RULE = "stated: 责任单位注写明“以下各项任务均需上述四区负责落实，不再一一列出”"

# Written down from the policy by hand: the clause that carries the note | leaders set apart by “，” | the rest.
NOTES = """
二（一）|市发展改革委 市工业和信息化局|市科技局 市财政局 市自然资源和规划局 市商务局 市地方金融监管局 市大数据局 市投资促进局
二（二）|市发展改革委 市工业和信息化局|市科技局 市财政局 市商务局 市投资促进局
二（三）||市科技局 市发展改革委 市工业和信息化局 市财政局 市商务局
二（四）建设综合交通网络||市交通运输局 市财政局 市自然资源和规划局 市生态环境局 市住房城乡建设局
二（四）优化能源、数字新基建布局||市发展改革委 市大数据局 市委网信办 市工业和信息化局
二（五）构建创新发展的绿色基底||市自然资源和规划局 市生态环境局 市发展改革委 市水利局
二（五）推进环境协同防治||市生态环境局 市发展改革委 市公安局 市自然资源和规划局 市水利局
二（六）推进城镇化带动乡村振兴||市发展改革委 市农业农村局 市自然资源和规划局 市商务局 市大数据局
二（六）促进公共服务高品质发展||市教育局 市民政局 市人力资源社会保障局 市卫生健康委
二（七）||市文化和旅游局 市发展改革委 市财政局 市自然资源和规划局 市交通运输局
二（八）||市发展改革委 市工业和信息化局 市商务局 市投资促进局
二（九）统筹人力资源配置||市委组织部 市发展改革委 市教育局 市科技局 市公安局 市人力资源社会保障局 市卫生健康委 市医保局
二（九）加强土地要素保障||市自然资源和规划局 市发展改革委 市生态环境局 市交通运输局
二（九）提升能源资源保障水平||市发展改革委 市行政审批服务局 市城市管理局
二（九）强化金融保障||市地方金融监管局 市发展改革委 市财政局 人民银行淄博市中心支行 淄博银保监分局
"""
SHARED = {
    "二（二）": "智能装备 生物医药 新能源新材料 现代服务业 自动驾驶 工业互联网 人工智能".split(),
    "二（三）": "加快打造科技创新引擎 加快集聚创新要素".split(),
}
WITHOUT_OWN = "二（四） 二（五） 二（六） 二（九）".split()


Part = tuple[str, Role, str]


def gold() -> dict[str, tuple[Part, ...]]:
    """Every citable clause of the seed with its units, their roles and how we know."""
    found: dict[str, tuple[Part, ...]] = {}
    for line in NOTES.strip().splitlines():
        label, leaders, rest = line.split("|")
        found[label] = tuple((u, Role.LEAD, BY_COMMA) for u in leaders.split())
        found[label] += tuple((u, Role.RESPONSIBLE, LISTED) for u in rest.split())
        for name in SHARED.get(label, []):
            basis = f"inherited from {label}"
            found[label + name] = tuple((unit, role, basis) for unit, role, _ in found[label])
    found.update(dict.fromkeys(WITHOUT_OWN, ()))
    for label in found:
        basis = LOCAL_RULE if label == "二（一）" else "inherited from 二（一）"
        found[label] += tuple((unit, Role.LOCAL, basis) for unit in LOCAL)
    return found


def by_label(document: Document) -> dict[str, Clause]:
    return {clause.label: clause for clause in document.clauses}


def parts(clause: Clause) -> list[tuple[str, Role, str]]:
    return [(a.unit, a.role, a.basis) for a in clause.responsibility.assignments]


@pytest.fixture(scope="module")
def seed() -> Document:
    return read_document(SEED)


def test_the_seed_has_exactly_these_units(seed: Document) -> None:
    expected = gold()
    assert len(expected) == 28
    found = {c.label: tuple(parts(c)) for c in seed.clauses}
    assert {label for label, units in found.items() if units} == set(expected)
    for label, units in expected.items():
        assert found[label] == units, label


def test_the_seed_s_units_have_their_own_names_and_levels(seed: Document) -> None:
    found = {a for c in seed.clauses for a in c.responsibility.assignments}
    assert all(a.canonical == a.unit for a in found)
    levels = {a.unit: a.level for a in found}
    assert len(levels) == 31
    assert {levels.pop(unit) for unit in LOCAL[:2]} == {"区县"}
    assert {levels.pop(unit) for unit in LOCAL[2:]} == {""}
    assert set(levels.values()) == {"市"}


def test_parts_one_and_three_and_the_preamble_name_nobody(seed: Document) -> None:
    clauses = by_label(seed)
    for (
        label
    ) in "序言 一、总体要求 一（一） 一（二） 二、重点任务 三、组织保障 三（一） 三（四）".split():
        assert clauses[label].responsibility == Responsibility(), label


def test_what_the_plain_text_lost_is_said(seed: Document) -> None:
    clauses = by_label(seed)
    for label in ("二（一）", "二（二）", "二（二）智能装备"):
        assert clauses[label].responsibility.remarks == (BOLD_LOST_COMMA,)
    for label in ("二（三）", "二（三）加快集聚创新要素", "二（八）"):
        assert clauses[label].responsibility.remarks == (BOLD_LOST,)
    assert clauses["二（四）"].responsibility.remarks == ()


def test_open_endings_are_kept_apart(seed: Document) -> None:
    others = {c.label for c in seed.clauses if c.responsibility.others}
    shared = {"二（二）" + name for name in SHARED["二（二）"]}
    assert others == {"二（一）", "二（二）"} | shared
    assert by_label(seed)["二（一）"].responsibility.others == "等市有关部门"


def test_each_note_is_quoted_from_where_it_stands(seed: Document) -> None:
    clauses = by_label(seed)
    for clause in seed.clauses:
        span = clause.responsibility.note_range
        if span:
            words = seed.text[slice(*span)]
            assert re.fullmatch(r"[（〔]责任单位：.+[）〕]", words), clause.label
    shared = clauses["二（二）自动驾驶"].responsibility
    assert shared.note_clause_id == clauses["二（二）"].id
    assert shared.note_range == clauses["二（二）责任分工"].char_range
    assert clauses["二（四）"].responsibility.note_range is None


def bold_seed(*units: tuple[str, str]) -> str:
    """The seed as Markdown, each unit bold in the first note after its clause's heading."""
    text = SEED.read_text(encoding="utf-8")
    for heading, words in units:
        at = text.index("责任单位：", text.index(heading))
        place = text.index(words, at)
        text = text[:place] + f"**{words}**" + text[place + len(words) :]
    return text


def test_bold_leads(seed: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        bold_seed(
            ("（一）打造产城融合", "市发展改革委、市工业和信息化局"),
            ("（三）共建区域", "市科技局"),
            ("（八）打造改革", "市商务局"),
        ),
        encoding="utf-8",
    )
    document = read_document(path)
    assert document.text == seed.text
    clauses = by_label(document)
    assert list(clauses) == list(by_label(seed))
    bold = [("市发展改革委", Role.LEAD, "bold"), ("市工业和信息化局", Role.LEAD, "bold")]
    assert parts(clauses["二（一）"])[:3] == [*bold, ("市科技局", Role.RESPONSIBLE, "listed")]
    assert parts(clauses["二（三）"])[0] == ("市科技局", Role.LEAD, "bold")
    assert parts(clauses["二（三）加快集聚创新要素"])[0] == (
        "市科技局",
        Role.LEAD,
        "inherited from 二（三）",
    )
    assert clauses["二（八）"].responsibility.units(Role.LEAD) == ("市商务局",)
    assert clauses["二（七）"].responsibility.units(Role.LEAD) == ()
    assert not any(c.responsibility.remarks for c in document.clauses)


TITLE = "某市关于推动工作的意见\n一、任务\n"


def test_bold_without_a_rule_leads_when_it_sets_apart() -> None:
    note = "（责任单位：市科技局、市财政局）"
    text = TITLE + "（一）创新\n推动对接，做好服务。" + note
    at = text.index("市科技局")
    one = parsed(text, bold=((at, at + 4),), keeps_bold=True).clauses[-1]
    assert parts(one) == [("市科技局", Role.LEAD, "bold"), ("市财政局", Role.RESPONSIBLE, "listed")]
    both = parsed(text, bold=((at - 6, at + 10),), keeps_bold=True).clauses[-1]
    assert both.responsibility.units(Role.LEAD) == ()


def test_where_bold_marks_the_leader_a_sole_bold_unit_leads() -> None:
    rule = "（责任单位：市商务局、市财政局（标黑字体为牵头单位，下同））"
    text = (
        TITLE
        + f"（一）甲\n对接服务，做好工作。{rule}\n（二）乙\n推动对接，做好服务。（责任单位：市科技局）"
    )
    at = text.index("市科技局")
    clause = parsed(text, bold=((at, at + 4),), keeps_bold=True).clauses[-1]
    assert parts(clause) == [("市科技局", Role.LEAD, "bold")]


def test_a_unit_named_twice_counts_once_by_its_first_part() -> None:
    clause = parsed(
        TITLE + "（一）甲\n做好工作，抓好落实。（牵头单位：市科技局；责任单位：市财政局、市科技局）"
    ).clauses[-1]
    assert [p[:2] for p in parts(clause)] == [
        ("市科技局", Role.LEAD),
        ("市财政局", Role.RESPONSIBLE),
    ]


def test_the_first_leads_where_a_note_says_so_from_there_on() -> None:
    document = parsed(
        TITLE + "（一）甲\n做好工作，抓好落实。（市教育局、市财政局负责）\n"
        "（二）乙\n做好工作，抓好落实。（市科技局、市财政局负责，排在第一位的部门为牵头部门，下同）\n"
        "（三）丙\n做好工作，抓好落实。（市商务局、市科技局负责）\n"
        "（四）丁\n做好工作，抓好落实。（牵头单位：市工信局；配合单位：市商务局）\n"
    )
    leads = [c.responsibility.units(Role.LEAD) for c in document.clauses[2:]]
    assert leads == [(), ("市科技局",), ("市商务局",), ("市工信局",)]
    bases = [c.responsibility.assignments[0].basis for c in document.clauses[2:]]
    assert bases == [LISTED, FIRST, FIRST, "stated: 注明牵头"]


def test_the_first_leads_only_where_it_is_named() -> None:
    document = parsed(
        TITLE + "（一）甲\n做好工作，抓好落实。（市教育局负责。列第一位者为牵头单位，下同）\n"
        "（二）乙\n做好工作，抓好落实。（各有关部门，各区县人民政府负责）\n"
    )
    leads = [c.responsibility.units(Role.LEAD) for c in document.clauses[2:]]
    assert leads == [("市教育局",), ()]


def test_a_rule_outside_of_the_notes_holds_for_all() -> None:
    body = (
        "（一）甲\n做好工作，抓好落实。（责任单位：市教育局、市财政局★）\n"
        "（二）乙\n做好工作，抓好落实。（责任单位：★市科技局、市商务局）\n"
        "（三）丙\n做好工作。"
    )
    first = parsed(TITLE + body + "责任单位排在第一位的为牵头单位。\n")
    assert [c.responsibility.units(Role.LEAD) for c in first.clauses[2:4]] == [
        ("市教育局",),
        ("市科技局",),
    ]
    starred = parsed(TITLE + body + "标★的为牵头单位。\n")
    leads = [a for c in starred.clauses for a in c.responsibility.assignments if a.role == "lead"]
    assert [(a.unit, a.basis) for a in leads] == [("市财政局", STARRED), ("市科技局", STARRED)]
    plain = parsed(TITLE + body)
    assert not any(c.responsibility.units(Role.LEAD) for c in plain.clauses)


def test_stated_roles_have_their_basis() -> None:
    clause = parsed(
        TITLE + "（一）甲\n做好工作，抓好落实。（市科技局牵头，市财政局等配合）"
    ).clauses[-1]
    assert parts(clause) == [
        ("市科技局", Role.LEAD, "stated: 注明牵头"),
        ("市财政局", Role.COOPERATE, "stated: 注明配合"),
    ]
    assert clause.responsibility.others == "等"


def test_local_units_stop_at_the_end_of_their_part() -> None:
    rule = "（责任单位：市科技局，甲区、乙区，以下各项任务均需上述两区负责落实，不再一一列出）"
    document = parsed(
        TITLE
        + f"（一）前\n做好工作，抓好落实。（责任单位：市教育局）\n（二）甲\n做好工作，抓好落实。{rule}\n（三）乙\n做好工作，抓好落实。\n"
        "1.丙\n做好，做细。（责任单位：市财政局）\n二、保障\n（一）丁\n做好工作，抓好落实。（责任单位：市商务局）\n"
    )
    found = {c.label: c.responsibility.units(Role.LOCAL) for c in document.clauses}
    both = ("甲区", "乙区")
    assert {label for label, units in found.items() if units == both} == {
        "一（二）",
        "一（三）",
        "一（三）1",
    }
    assert found["一（一）"] == found["二（一）"] == found["二、保障"] == ()


def test_local_units_may_be_named_by_the_rule() -> None:
    note = (
        "（责任单位：市财政局，各县（市、区）政府、市直园区管委会。"
        "以下各项工作任务均涉及各县（市、区）、市直园区，不再单独列出）"
    )
    document = parsed(
        TITLE + f"（一）甲\n做好工作，抓好落实。{note}\n"
        "（二）乙\n做好工作，抓好落实。（责任单位：市教育局）\n"
    )
    local = ("各县（市、区）政府", "市直园区管委会")
    first, second = document.clauses[-2:]
    assert (
        first.responsibility.units(Role.LOCAL) == second.responsibility.units(Role.LOCAL) == local
    )
    assert second.responsibility.assignments[-1].basis == "inherited from 一（一）"
    assert keeps_the_laws(document)


def test_all_notes_of_a_paragraph_count_and_are_quoted_together() -> None:
    text = "（一）甲。放开准入。（市商务局负责）加强合作（含外资）。（市科技局、市商务局牵头）抓落实。（市财政局负责）"
    document = parsed(TITLE + text + "\n")
    clause = document.clauses[-1]
    assert [p[:2] for p in parts(clause)] == [
        ("市商务局", Role.RESPONSIBLE),
        ("市科技局", Role.LEAD),
        ("市财政局", Role.RESPONSIBLE),
    ]
    quoted = document.text[slice(*clause.responsibility.note_range or (0, 0))]
    assert quoted.startswith("（市商务局负责）加强")
    assert quoted.endswith("（市财政局负责）")
    assert document.text[slice(*clause.body_range)].endswith("抓落实。")
    assert keeps_the_laws(document)


def test_notes_in_two_places_are_joined_but_the_quote_is_one_piece() -> None:
    document = parsed(
        TITLE + "（一）甲（责任单位：市教育局）\n智能装备。发展汽车，做大做强。\n"
        "生物医药。发展疫苗，做优做精。\n（责任单位：市科技局）\n"
    )
    clause = by_label(document)["一（一）"]
    assert clause.responsibility.units() == ("市教育局", "市科技局")
    assert clause.responsibility.note_range == (21, 32)
    assert keeps_the_laws(document)


def test_a_note_before_the_text_is_its_section_s() -> None:
    document = parsed(
        TITLE + "（一）甲\n责任单位：市科技局、市财政局\n对接服务，做好工作，抓好落实。\n"
        "（二）乙\n牵头单位：市工信局\n1.丙\n做好。\n2.丁\n做细。\n"
    )
    found = {c.label: c.responsibility.units() for c in document.clauses}
    assert found["一（一）"] == ("市科技局", "市财政局")
    assert found["一（二）"] == found["一（二）1"] == found["一（二）2"] == ("市工信局",)


def test_one_line_of_units_closes_several_numbered_tasks() -> None:
    tasks = "1.丙\n做好，做细。\n2.丁\n做实，做优。\n责任单位：市工信局、市商务局\n"
    document = parsed(TITLE + "（一）甲\n" + tasks + "（二）乙\n" + tasks)
    found = {c.label: parts(c) for c in document.clauses}
    for label in ("一（一）", "一（二）"):
        assert found[label][0] == ("市工信局", Role.RESPONSIBLE, LISTED)
        for task in (label + "1", label + "2"):
            assert [p[2] for p in found[task]] == [f"inherited from {label}"] * 2
    assert keeps_the_laws(document)


def test_a_line_of_units_under_every_task_is_that_task_s() -> None:
    document = parsed(
        TITLE
        + "（一）甲\n1.丙\n做好，做细。\n责任单位：市商务局\n2.丁\n做实，做优。\n责任单位：市财政局\n"
        "（二）乙\n1.丙\n做好，做细。\n2.丁\n做实，做优。\n责任单位：市工信局\n"
    )
    found = {c.label: c.responsibility.units() for c in document.clauses}
    assert found["一（一）"] == found["一（二）1"] == found["一（二）"] == ()
    assert found["一（二）2"] == ("市工信局",)
    assert [found["一（一）1"], found["一（一）2"]] == [("市商务局",), ("市财政局",)]


def test_a_row_of_a_table_has_the_units_of_its_columns() -> None:
    lines = "任务：做好对接\n牵头单位：市科技局\n配合单位：市财政局、教育局\n完成时限：2023年底\n"
    document = parsed("某市人民政府关于推动工作的意见\n一、任务\n（一）甲\n" + lines)
    assigned = document.clauses[-1].responsibility.assignments
    assert [(a.unit, a.role, a.name) for a in assigned] == [
        ("市科技局", Role.LEAD, "市科技局"),
        ("市财政局", Role.COOPERATE, "市财政局"),
        ("教育局", Role.COOPERATE, "市教育局"),
    ]


def test_one_unit_in_two_spellings_is_one_unit() -> None:
    document = parsed(
        TITLE + "（一）甲\n做好工作，抓好落实。（市卫健委牵头，市卫生健康委员会、卫生健康委配合）\n"
    )
    assigned = document.clauses[-1].responsibility.assignments
    assert [(a.unit, a.name, a.level) for a in assigned] == [("市卫健委", "市卫生健康委", "市")]


def test_names_follow_the_user_s_own_table(tmp_path: Path) -> None:
    own = tmp_path / "units.yaml"
    own.write_text("units:\n  市茶叶局: [市茶办]\n", encoding="utf-8")
    text = TITLE + "（一）甲\n做好工作，抓好落实。（市茶办负责）\n"
    document = structure.parse(Source(text, "0" * 64))
    found = responsibility.assign(document, names=unit_names.load(own)).clauses[-1]
    assert found.responsibility.assignments[0].name == "市茶叶局"
    assert found.responsibility.units() == ("市茶办",)


def test_the_units_of_the_annotated_documents() -> None:
    if not laws.SHARED.is_dir():
        pytest.skip("the annotated documents do not lie beside the repository")
    rows = [json.loads(line) for line in UNITS_GOLD.read_text(encoding="utf-8").splitlines()]
    measured = unit_notes.measure(rows, laws.SHARED)
    assert measured["absent"] == 0
    assert measured["units_f1"] >= 0.99, measured["miss"]
    assert measured["roles_f1"] >= 0.98, measured["miss"]


def test_a_note_is_not_lost_behind_a_later_paragraph() -> None:
    document = parsed(
        TITLE
        + "（一）甲\n对接服务，做好工作。（责任单位：市科技局）\n加强统筹协调，确保按期完成各项目标。\n"
    )
    clause = by_label(document)["一（一）"]
    assert clause.responsibility.units() == ("市科技局",)
    assert (
        document.text[slice(*clause.responsibility.note_range or (0, 0))]
        == "（责任单位：市科技局）"
    )


def test_notes_of_several_paragraphs_are_joined() -> None:
    document = parsed(
        TITLE
        + "（一）甲\n对接服务，做好工作。（责任单位：市科技局）\n加强监管，守住底线。（责任单位：市公安局、市科技局等有关部门）\n"
        "（二）乙\n对接服务，做好工作。\n牵头单位：市工信局\n配合单位：市商务局\n"
    )
    first, second = document.clauses[-2:]
    assert first.responsibility.units() == ("市科技局", "市公安局")
    assert first.responsibility.others == "等有关部门"
    assert [p[:2] for p in parts(second)] == [("市工信局", Role.LEAD), ("市商务局", Role.COOPERATE)]
    assert keeps_the_laws(document)


def test_units_are_handed_down_but_not_over_an_own_note() -> None:
    document = parsed(
        TITLE
        + "（一）甲\n智能装备。发展汽车，做大做强。\n生物医药。发展疫苗，做优做精。\n（责任单位：市科技局）\n"
        "（二）乙\n对接服务，做好工作。（责任单位：市工信局）\n1.丙\n做好，做细。（责任单位：市商务局）\n2.丁\n做好，做细。\n（1）戊\n"
    )
    found = {c.label: parts(c) for c in document.clauses if parts(c)}
    assert found["一（一）生物医药"] == [("市科技局", Role.RESPONSIBLE, "inherited from 一（一）")]
    assert found["一（二）1"] == [("市商务局", Role.RESPONSIBLE, "listed")]
    assert found["一（二）2"] == [("市工信局", Role.RESPONSIBLE, "inherited from 一（二）")]
    assert found["一（二）2（1）"] == found["一（二）2"]
    assert "一、任务" not in found


@settings(max_examples=300, deadline=None)
@given(
    texts, st.booleans(), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=4)
)
def test_any_text_and_any_bold_keeps_the_laws(
    text: str, keeps_bold: bool, runs: list[tuple[int, int]]
) -> None:
    bold = tuple((start, start + length) for start, length in runs) if keeps_bold else ()
    document = parsed(text, bold=bold, keeps_bold=keeps_bold)
    assert keeps_the_laws(document)
    if not keeps_bold:
        assert not any(
            a.basis == "bold" for c in document.clauses for a in c.responsibility.assignments
        )
    for clause in document.clauses:
        if clause.kind not in CITABLE:
            assert clause.responsibility == Responsibility()


def test_a_lead_rule_without_likewise_below_holds_for_its_own_note_only() -> None:
    text = (
        "某省意见\n一、甲\n做好甲。（责任单位：省财政厅、省商务厅，排在第一位的为牵头单位{}）\n"
        "二、乙\n做好乙。（责任单位：省教育厅、省民政厅）\n"
    )
    for below, lead in (("", ()), ("，下同", ("省教育厅",))):
        first, second = parsed(text.format(below)).clauses[-2:]
        assert first.responsibility.units(Role.LEAD) == ("省财政厅",)
        assert second.responsibility.units(Role.LEAD) == lead
