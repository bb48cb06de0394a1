"""Lines → the clause tree: the seed exactly, headings, annexes, and laws for any text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import Clause, ClauseKind, Document, DocumentKind
from assistant.reading import responsibility
from assistant.reading.corpus import read_document
from assistant.reading.lines import lines_of
from assistant.reading.loaders import read
from assistant.reading.source import Paragraph, Table, assemble
from assistant.reading.structure import parse
from tests.laws import (
    SEED,
    bodies,
    keeps_the_laws,
    keys,
    labels,
    parsed,
    paths,
    shared_files,
    texts,
)

TITLE = "某市关于推动工作的意见\n"

SEED_LABELS = """
标题|发文字号|主送机关|序言
一、总体要求|一（一）|一（二）
二、重点任务|二（一）
二（二）|二（二）智能装备|二（二）生物医药|二（二）新能源新材料|二（二）现代服务业|二（二）自动驾驶|二（二）工业互联网|二（二）人工智能|二（二）责任分工
二（三）|二（三）加快打造科技创新引擎|二（三）加快集聚创新要素|二（三）责任分工
二（四）|二（四）建设综合交通网络|二（四）优化能源、数字新基建布局
二（五）|二（五）构建创新发展的绿色基底|二（五）推进环境协同防治
二（六）|二（六）推进城镇化带动乡村振兴|二（六）促进公共服务高品质发展
二（七）|二（八）
二（九）|二（九）统筹人力资源配置|二（九）加强土地要素保障|二（九）提升能源资源保障水平|二（九）强化金融保障
三、组织保障|三（一）|三（二）|三（三）|三（四）
落款|附注
"""
SEED_KEYS = """
title doc_number recipients 0 1 1.1 1.2 2 2.1
2.2 2.2.1 2.2.2 2.2.3 2.2.4 2.2.5 2.2.6 2.2.7 2.2.note 2.3 2.3.1 2.3.2 2.3.note
2.4 2.4.1 2.4.2 2.5 2.5.1 2.5.2 2.6 2.6.1 2.6.2 2.7 2.8 2.9 2.9.1 2.9.2 2.9.3 2.9.4
3 3.1 3.2 3.3 3.4 signature remark
"""
SECTIONS = {
    "一、总体要求": ["（一）指导思想", "（二）发展目标"],
    "二、重点任务": [
        "（一）打造产城融合先行区",
        "（二）加快发展高端特色产业",
        "（三）共建区域系统创新体系",
        "（四）构建现代基础设施网络",
        "（五）共筑生态环境绿色屏障",
        "（六）统筹城乡融合发展",
        "（七）打造齐文化旅游新地标",
        "（八）打造改革开放标杆窗口",
        "（九）优化配置各类要素资源",
    ],
    "三、组织保障": [
        "（一）加强组织领导",
        "（二）突出同城融合",
        "（三）加快推进落实",
        "（四）加强舆论宣传",
    ],
}


@pytest.fixture(scope="module")
def seed() -> Document:
    return parse(read(SEED))


def test_the_seed_has_exactly_these_clauses(seed: Document) -> None:
    assert labels(seed) == SEED_LABELS.strip().replace("\n", "|").split("|")
    assert keys(seed) == SEED_KEYS.split()
    assert {clause.document_id for clause in seed.clauses} == {seed.id}


def test_the_seed_says_who_when_and_to_whom(seed: Document) -> None:
    assert seed.title == "淄博市人民政府关于加快推动济淄同城化科创大走廊先行区建设的意见"
    assert seed.doc_number == "淄政字〔2022〕40号"
    assert seed.issuer == "淄博市人民政府"
    assert seed.issued_on == date(2022, 4, 20)
    assert seed.remark == "此件公开发布"
    assert seed.recipients.startswith("各区县人民政府，高新区")
    assert seed.recipients.endswith("各高等院校")
    assert seed.kind is DocumentKind.OFFICIAL
    assert seed.id.startswith("2022-40-")


def test_the_seed_paths_are_its_headings(seed: Document) -> None:
    expected = [
        ("正文", top, *below)
        for top, parts in SECTIONS.items()
        for below in [(), *((part,) for part in parts)]
    ]
    sections = [c for c in seed.clauses if c.kind is ClauseKind.SECTION]
    assert [c.path for c in sections] == expected
    leads = [c for c in seed.clauses if c.kind is ClauseKind.LEAD]
    owners = {c.id: c for c in sections}
    assert len(leads) == 19
    for lead in leads:
        assert lead.path == (*owners[lead.parent_id].path, lead.heading)
        assert lead.text.startswith(lead.heading + "。")


def test_the_seed_named_parts(seed: Document) -> None:
    parts = {c.label: c for c in seed.clauses}
    assert parts["序言"].text.startswith("为推动济淄同城化进程，")
    assert parts["序言"].text.endswith("提出如下意见。")
    assert parts["序言"].kind is ClauseKind.PREAMBLE
    assert parts["落款"].text.split() == ["淄博市人民政府", "2022年4月20日"]
    assert parts["附注"].text == "（此件公开发布）"
    assert parts["二（二）"].text.endswith("等新经济标志性赛道。")
    assert parts["二（二）责任分工"].parent_id == parts["二（二）"].id


def test_the_seed_bodies_leave_heading_and_note_out(seed: Document) -> None:
    body = dict(zip(labels(seed), bodies(seed), strict=True))
    assert body["二、重点任务"] == body["二（四）"] == ""
    assert body["二（八）"].startswith("持续深化区域交流合作，")
    assert body["二（八）"].endswith("国家级保税物流中心。")
    assert body["二（二）智能装备"].startswith("加快发展纯电动汽车")
    assert body["三（一）"].startswith("发挥先行区建设工作领导小组")
    assert body["一（二）"].count("\n\n") == 1
    assert not any("责任单位" in words for words in body.values())


def test_numbers_that_are_no_headings_stay_in_the_paragraph() -> None:
    document = parsed(
        TITLE
        + "一、目标\n1.5倍以上的增长，按时完成。\n2022年，开好局。\n（2021）12号文件，继续有效。"
    )
    assert keys(document) == ["title", "1"]


def test_half_width_numbers_open_clauses() -> None:
    document = parsed(TITLE + "一、任务\n(一)加强领导\n要做好，要做细。\n(二)加强宣传\n")
    assert keys(document) == ["title", "1", "1.1", "1.2"]
    assert document.clauses[2].path == ("正文", "一、任务", "(一)加强领导")
    assert bodies(document)[2] == "要做好，要做细。"


def test_levels_nest_and_labels_follow_them() -> None:
    document = parsed(
        TITLE + "一、任务\n（一）产业\n1.上云\n（1）小项\n①细项\n2.减负\n二、保障\n9.考核\n"
    )
    assert keys(document)[1:] == ["1", "1.1", "1.1.1", "1.1.1.1", "1.1.1.1.1", "1.1.2", "2", "2.9"]
    assert labels(document)[1:] == [
        "一、任务",
        "一（一）",
        "一（一）1",
        "一（一）1（1）",
        "一（一）1（1）①",
        "一（一）2",
        "二、保障",
        "二、9",
    ]


STATUTE = """某市土地条例
第一章　总则
第一条　为了保护土地，制定本条例。
第二条　下列事项适用本条例：
（一）规划；
（二）利用。
1.城镇
城镇土地。按规划利用。
第二条之一　另有规定的除外。
第二章　附则
第三章规定的行为，从其规定。
第十二条　本条例自2022年1月1日起施行。
"""


def test_items_of_an_article_stay_in_it() -> None:
    document = parsed(STATUTE)
    assert keys(document) == ["title", "ch1", "ch1.t1", "ch1.t2", "ch1.t2-1", "ch2", "ch2.t12"]
    assert labels(document)[1:] == [
        "第一章",
        "第一条",
        "第二条",
        "第二条之一",
        "第二章",
        "第十二条",
    ]
    assert (
        bodies(document)[3]
        == "下列事项适用本条例：\n（一）规划；\n（二）利用。\n1.城镇\n城镇土地。按规划利用。"
    )
    assert bodies(document)[5] == "第三章规定的行为，从其规定。"


def test_the_sentence_of_an_article_is_its_body_not_its_name() -> None:
    last = parsed(STATUTE).clauses[-1]
    assert (last.number, last.heading) == ("第十二条", "")
    assert bodies(parsed(STATUTE))[-1] == "本条例自2022年1月1日起施行。"
    named = parsed("某市土地条例\n第一条　立法目的\n为了保护土地，制定本条例。").clauses[-1]
    assert named.heading == "立法目的"


def test_a_number_met_again_gets_an_id_of_its_own() -> None:
    document = parsed(TITLE + "一、甲\n一、乙\n一、丙\n")
    assert keys(document)[1:] == ["1", "1-2", "1-3"]
    first, second, inserted = "第一条　甲，乙。\n", "第一条　丙，丁。\n", "第一条之二　戊，己。\n"
    for lines in ((first, second, inserted), (first, inserted, second)):
        article = parsed("某市土地条例\n" + "".join(lines) + second)
        assert len(set(keys(article))) == 5
        assert keeps_the_laws(article)


SIGNED = TITLE + (
    "各区县人民政府：\n现通知如下，请执行。\n一、要求\n做好工作，抓好落实。\n"
    "某市人民政府\n2022年4月20日\n（此件公开发布）\n"
)


def test_what_follows_the_signature_is_an_annex() -> None:
    document = parsed(
        SIGNED + "某市工作方案\n为做好工作，制定本方案。\n一、总则\n（一）目标\n二、任务\n"
    )
    assert keys(document) == (
        "title recipients 0 1 signature remark a1.title a1.0 a1.1 a1.1.1 a1.2".split()
    )
    assert labels(document)[-3:] == ["印发文本 一、总则", "印发文本 一（一）", "印发文本 二、任务"]
    assert document.clauses[-2].path == ("印发文本", "一、总则", "（一）目标")
    assert document.title == TITLE.strip()
    assert keeps_the_laws(document)


def test_a_document_that_ends_with_its_signature_has_no_annex() -> None:
    assert keys(parsed(SIGNED))[-2:] == ["signature", "remark"]


def test_a_note_is_no_part_of_a_heading() -> None:
    document = parsed(
        TITLE + "一、任务\n（一）建设绿道（市城管局负责）\n（二）推动上云（责任单位：市工信局）\n"
    )
    assert document.clauses[2].path == ("正文", "一、任务", "（一）建设绿道")
    assert bodies(document)[2:] == ["", "推动上云"]


def test_one_note_for_all_sub_clauses_is_a_part_of_its_own() -> None:
    document = parsed(
        TITLE + "一、任务\n智能装备。发展汽车，做大做强。\n生物医药。发展疫苗，做优做精。\n"
        "牵头单位：市科技局\n配合单位：市财政局\n上述任务按年推进，不得拖延。\n二、保障\n"
    )
    assert keys(document) == ["title", "1", "1.1", "1.2", "1.note", "1.rest", "2"]
    assert document.clauses[4].text == "牵头单位：市科技局\n配合单位：市财政局"
    assert document.clauses[5].text == "上述任务按年推进，不得拖延。"
    assert keeps_the_laws(document)


def test_a_note_in_a_text_without_sections_is_the_last_clause_s() -> None:
    document = parsed(
        TITLE
        + "为做好工作，制定本意见。\n智能装备。发展汽车，做大做强。\n生物医药。发展疫苗，做优做精。\n（责任单位：市科技局）\n"
    )
    assert keys(document) == ["title", "0", "1", "2"]
    assert [c.responsibility.units() for c in document.clauses[1:]] == [(), (), ("市科技局",)]


def test_a_note_below_a_clause_with_a_note_is_that_clause_s() -> None:
    document = parsed(
        TITLE
        + "一、任务\n智能装备。发展汽车，做大做强。（责任单位：市科技局）\n生物医药。发展疫苗，做优做精。\n责任单位：市财政局\n"
    )
    assert keys(document) == ["title", "1", "1.1", "1.2"]
    assert bodies(document)[3] == "发展疫苗，做优做精。"


MARKED = "# {title}\n\n{number}\n\n各区县人民政府：\n\n现通知如下，请执行。\n\n## 一、任务\n\n### （一）产业\n\n智能装备。发展汽车，做大做强。\n\n## 说明\n\n这是一般含义。不是规定，仅供参考。\n1.用语\n好。\n#### 细则\n"


def test_markdown_headings(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        MARKED.format(title=TITLE.strip(), number="某政字〔2022〕1号"), encoding="utf-8"
    )
    document = read_document(path)
    assert (document.title, document.doc_number) == (TITLE.strip(), "某政字〔2022〕1号")
    assert document.recipients == "各区县人民政府"
    assert keys(document) == "title doc_number recipients 0 1 1.1 1-2 1-2.1 1-2.1-2".split()
    assert labels(document)[-4:] == ["一（一）", "说明", "说明、1", "说明细则"]
    assert bodies(document)[-3] == "这是一般含义。不是规定，仅供参考。"
    assert keeps_the_laws(document)


def test_a_short_sentence_with_a_note_is_a_clause_of_its_own() -> None:
    document = parsed(
        TITLE + "（一）甲\n推动对接。（责任单位：市科技局）\n加强监管。（责任单位：市公安局）\n"
    )
    assert labels(document)[1:] == ["（一）", "（一）推动对接", "（一）加强监管"]


def test_the_sidecar_comes_before_the_text() -> None:
    document = parse(
        read(SEED),
        {"title": "另题", "doc_number": "某〔2020〕1号", "issuer": "某局", "date": date(2020, 1, 2)}
        | {"kind": "explanatory", "source": "某网", "id": "own"},
    )
    assert (document.title, document.doc_number, document.issuer) == (
        "另题",
        "某〔2020〕1号",
        "某局",
    )
    assert (document.issued_on, document.source) == (date(2020, 1, 2), "某网")
    assert document.kind is DocumentKind.EXPLANATORY
    assert document.clauses[0].id == "own:title"


@pytest.mark.parametrize(
    "text", ["", " \n", "一", "一、", "（", "。", "\x00", "第一条", "责任单位：", "2022年4月20日"]
)
def test_scraps_are_documents_too(text: str) -> None:
    assert keeps_the_laws(parsed(text))


@settings(max_examples=400, deadline=None)
@given(texts, st.data())
def test_any_text_keeps_the_laws(text: str, data: st.DataObject) -> None:
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
    marked = data.draw(st.lists(st.tuples(st.sampled_from(starts), st.integers(1, 6)), max_size=4))
    headings = tuple(sorted(dict(marked).items()))
    document = parsed(text, headings=headings, keeps_bold=bool(headings))
    assert keeps_the_laws(document)
    assert parsed(text, headings=headings, keeps_bold=bool(headings)) == document


@settings(max_examples=200, deadline=None)
@given(texts, st.data())
def test_any_text_with_tables_keeps_the_laws(text: str, data: st.DataObject) -> None:
    lines = lines_of(TITLE + text)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(lines)), max_size=8)))
    rows = [(lines[a].start, lines[b - 1].end) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    half = len(rows) // 2
    document = parsed(TITLE + text, tables=(tuple(rows[:half]), tuple(rows[half:])))
    assert keeps_the_laws(document)


TABLE = Table(
    (
        ("序号", "任务", "责任单位"),
        ("1", "建设平台，做好服务", "市科技局\n市财政局"),
        ("2", "引进人才，抓好落实", "市人社局"),
    )
)


def assembled(*blocks: Paragraph | Table) -> Document:
    source = assemble(blocks, "0" * 64, "a.docx")
    document = responsibility.assign(parse(source), source.bold, keeps_bold=source.keeps_bold)
    assert keeps_the_laws(document)
    return document


def rows_of(document: Document) -> list[Clause]:
    return [clause for clause in document.clauses if clause.kind is ClauseKind.ROW]


def test_rows_of_a_table_are_clauses_below_their_section() -> None:
    document = assembled(
        *map(Paragraph, [TITLE.strip(), "一、任务", "（一）分工"]),
        TABLE,
        *map(Paragraph, ["（二）进度", "按年推进，不得拖延。"]),
        Table((("项目", "时限"), ("一、甲", "（一）一年，\n（二）两年。"))),
        Paragraph("二、保障"),
    )
    rows = rows_of(document)
    assert [row.label for row in rows] == [
        "一（一）表1第1行",
        "一（一）表1第2行",
        "一（二）表2第1行",
    ]
    assert [row.heading for row in rows] == ["建设平台，做好服务", "引进人才，抓好落实", "一、甲"]
    assert rows[0].path == ("正文", "一、任务", "（一）分工", "建设平台，做好服务")
    assert rows[0].responsibility.units() == ("市科技局", "市财政局")
    assert rows[1].responsibility.units() == ("市人社局",)
    assert rows[2].responsibility.units() == ()
    assert bodies(document)[keys(document).index("1.1.row1-1")] == rows[0].text
    assert labels(document)[-1] == "二、保障"
    assert document.anomalies == ()


def test_rows_stand_in_their_article() -> None:
    document = assembled(
        *map(Paragraph, ["某市条例", "第一条　下列标准，应当执行："]),
        TABLE,
        Paragraph("第二条　本条例自公布之日起施行。"),
    )
    assert [row.label for row in rows_of(document)] == ["第一条表1第1行", "第一条表1第2行"]


@pytest.mark.parametrize(
    "above",
    [
        ["某市任务分工表"],
        ["某市关于印发任务分工的通知", "各区县人民政府："],
        [
            "某市关于印发任务分工的通知",
            "一、要求",
            "某市人民政府",
            "2022年4月20日",
            "附件1",
            "任务分工表",
        ],
        ["某市关于印发任务分工的通知", "一、要求", "附件", "任务分工表"],
    ],
)
def test_a_table_directly_below_a_title_keeps_its_first_row(above: list[str]) -> None:
    document = assembled(*map(Paragraph, above), TABLE)
    assert [row.responsibility.units() for row in rows_of(document)] == [
        ("市科技局", "市财政局"),
        ("市人社局",),
    ]
    assert document.title == above[0]
    assert document.anomalies == ()


def test_the_paths_of_a_text_that_is_all_one_annex() -> None:
    document = parsed(TITLE + "附件1\n方案\n一、总则\n（一）目标\n")
    assert paths(document) == ["附件1/一、总则", "附件1/一、总则/（一）目标"]


@pytest.mark.parametrize(
    "path", sorted((SEED.parent).glob("*.[tm][xd]*")), ids=lambda p: str(p.name)
)
def test_every_document_of_the_corpus_keeps_the_laws(path: Path) -> None:
    assert keeps_the_laws(read_document(path))


@pytest.mark.skipif(not shared_files(), reason="shared/data is not beside the repository")
def test_the_documents_for_measuring_keep_the_laws() -> None:
    for path in shared_files():
        source = read(path)
        assert keeps_the_laws(parsed(source.text)), path.name


def test_a_large_document_is_read_in_reasonable_time() -> None:
    lines = "一、任务\n" * 5_000 + "很长的一行，没有单位。\n" * 20_000
    assert len(parsed(TITLE + lines).clauses) == 5_001
