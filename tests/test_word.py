""".docx → text: what counts as words, automatic numbers, bold runs, tables; and what is refused."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.model import Document, Role
from assistant.reading.corpus import read_document
from assistant.reading.formats import word, word_numbering
from assistant.reading.source import Source
from tests import office
from tests.laws import SEED, keeps_the_laws
from tests.office import body_of, level, saved


def read(data: bytes) -> Source:
    return word.read(data, "a.docx")


def document(folder: Path, data: bytes, name: str = "a.docx") -> Document:
    file = folder / name
    file.write_bytes(data)
    return read_document(file)


def p(inside: str, properties: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inside}</w:p>"


def r(words: str, properties: str = "") -> str:
    look = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{words}</w:t></w:r>'


def tbl(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def tc(words: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(r(words))}</w:tc>"


# The same clauses as the plain text ---------------------------------------------------------------


@pytest.fixture(scope="module")
def plain() -> Document:
    return read_document(SEED)


@pytest.mark.parametrize("make", [office.word, office.auto_numbered])
def test_the_seed_reads_as_its_text(tmp_path: Path, plain: Document, make) -> None:  # type: ignore[no-untyped-def]
    found = document(tmp_path, saved(make(office.seed_lines())))
    assert office.tree(found) == office.tree(plain)
    assert office.roles(found) == office.roles(plain)
    assert (found.id, found.title, found.issued_on) == (plain.id, plain.title, plain.issued_on)
    assert keeps_the_laws(found)


def test_heading_styles_do_not_change_a_numbered_document(tmp_path: Path, plain: Document) -> None:
    made = office.word(office.seed_lines())
    for paragraph in made.paragraphs:
        if re.match(r"[一二三]、", paragraph.text):
            paragraph.style = made.styles["Heading 1"]
        elif paragraph.text.startswith("（") and "。" not in paragraph.text:
            paragraph.style = made.styles["Heading 2"]
    found = document(tmp_path, saved(made))
    assert office.tree(found) == office.tree(plain)


def bold_leads() -> bytes:
    """The seed with the units of the first group of every note in bold."""
    lines = []
    for line in office.seed_lines():
        note = re.search(r"([（〔]责任单位：)([^（，）]+)(.*)$", line)
        if not note:
            lines.append([(line, "")])
            continue
        half = len(note.group(2)) // 2  # a run often breaks in the middle of a word
        lead = note.group(2)
        lines.append(
            [
                (line[: note.end(1)], ""),
                (lead[:half], "b"),
                (lead[half:], "b"),
                (line[note.end(2) :], ""),
            ]
        )
    return saved(office.word(lines))


def leads_are_bold(found: Document) -> int:
    """The number of notes whose units before the first comma, and no others, are 牵头单位 by bold."""
    count = 0
    for clause in found.clauses:
        parts = clause.responsibility.assignments
        note = clause.responsibility.note_range
        if not note or clause.responsibility.note_clause_id != clause.id:
            continue
        words = re.search(r"责任单位：([^（，）]+)", found.text[slice(*note)])
        assert words, clause.label
        leads = [a.unit for a in parts if a.role is Role.LEAD]
        assert leads == words.group(1).split("、"), clause.label
        assert {a.basis for a in parts if a.role is Role.LEAD} == {"bold"}
        count += 1
    return count


def test_bold_units_lead(tmp_path: Path) -> None:
    found = document(tmp_path, bold_leads())
    assert leads_are_bold(found) > 10
    assert not any(clause.responsibility.remarks for clause in found.clauses)


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (r("甲") + f"<w:ins>{r('乙')}</w:ins>" + f"<w:moveTo>{r('丙')}</w:moveTo>", "甲乙丙"),
        (r("甲") + "<w:del><w:r><w:delText>乙</w:delText></w:r></w:del>", "甲"),
        (r("甲") + f"<w:del>{r('乙')}</w:del><w:moveFrom>{r('丙')}</w:moveFrom>", "甲"),
        (r("甲") + r("乙", "<w:vanish/>") + r("丙", '<w:vanish w:val="0"/>'), "甲丙"),
        (
            '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>DATE</w:instrText></w:r>'
            + r("甲"),
            "甲",
        ),
        (f'<w:fldSimple w:instr="DATE">{r("甲")}</w:fldSimple>', "甲"),
        (f"<w:hyperlink>{r('甲')}</w:hyperlink><w:smartTag>{r('乙')}</w:smartTag>", "甲乙"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{r('甲')}</w:sdtContent></w:sdt>", "甲"),
        (r("甲") + "<w:r><w:br/></w:r>" + r("乙") + "<w:r><w:cr/></w:r>" + r("丙"), "甲\n乙\n丙"),
        (r("甲") + '<w:r><w:br w:type="page"/></w:r>' + r("乙"), "甲乙"),
        (r("甲") + "<w:r><w:tab/></w:r>" + r("乙"), "甲 乙"),
        (r("甲") + '<w:r><w:footnoteReference w:id="1"/></w:r>' + r("乙"), "甲乙"),
        (
            "<w:r><w:ruby><w:rt><w:r><w:t>yi</w:t></w:r></w:rt>"
            f"<w:rubyBase>{r('乙')}</w:rubyBase></w:ruby></w:r>",
            "乙",
        ),
    ],
)
def test_what_counts_as_words(inside: str, text: str) -> None:
    assert read(body_of(p(inside))).text == text


def test_a_deleted_paragraph_end_joins_its_paragraphs() -> None:
    gone = "<w:rPr><w:del/></w:rPr>"
    assert read(body_of(p(r("甲"), gone), p(r("乙")), p(r("丙")))).text == "甲乙\n丙"
    assert read(body_of(p(r("甲")), p(r("乙"), gone))).text == "甲\n乙"


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{p(r('框内'))}</w:txbxContent>"
    drawn = f"<w:drawing>{box}</w:drawing>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    twice = (
        f"<mc:AlternateContent {mc}><mc:Choice>{drawn}</mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    data = body_of(p(r("甲") + f"<w:r>{twice}</w:r>" + r("乙")), p(f"<w:r>{drawn}</w:r>"))
    assert read(data).text.split() == ["甲乙", "框内", "框内"]


def test_headers_footers_and_contents_go() -> None:
    made = office.word(["目录", "一、总体要求\t1", "一、总体要求"])
    made.sections[0].header.paragraphs[0].text = "内部资料"
    made.sections[0].footer.paragraphs[0].text = "— 1 —"
    made.styles.add_style("toc 1", 1)
    made.paragraphs[1].style = made.styles["toc 1"]
    assert read(saved(made)).text == "一、总体要求"
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    control = f"<w:sdt>{gallery}<w:sdtContent>{p(r('一、总则 1'))}</w:sdtContent></w:sdt>"
    assert read(body_of(control, p(r("甲")))).text == "甲"


def test_block_content_controls_are_read_in_order() -> None:
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{p(r('乙'))}</w:sdtContent></w:sdt>"
    assert read(body_of(p(r("甲")), control, p(r("丙")))).text == "甲\n乙\n丙"


# Automatic numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "numbers"),
    [
        ("chineseCounting", "一 二 十 十一 二十 二十三 一百零五 一百一十"),
        ("chineseCountingThousand", "一 二 十 十一 二十 二十三 一百零五 一百一十"),
        ("japaneseCounting", "一 二 十 十一 二十 二十三 一百零五 一百一十"),
        ("ideographDigital", "一 二 一〇 一一 二〇 二三 一〇五 一一〇"),
        ("chineseLegalSimplified", "壹 贰 壹拾 壹拾壹 贰拾 贰拾叁 壹佰零伍 壹佰壹拾"),
        ("decimal", "1 2 10 11 20 23 105 110"),
        ("decimalZero", "01 02 10 11 20 23 105 110"),
        ("decimalFullWidth", "１ ２ １０ １１ ２０ ２３ １０５ １１０"),
        ("decimalEnclosedCircle", "① ② ⑩ ⑪ ⑳ ㉓ 105 110"),
        ("upperLetter", "A B J K T W AAAAA FFFFF"),
        ("lowerLetter", "a b j k t w aaaaa fffff"),
        ("upperRoman", "I II X XI XX XXIII CV CX"),
        ("lowerRoman", "i ii x xi xx xxiii cv cx"),
        ("ideographTraditional", "甲 乙 癸 11 20 23 105 110"),
        ("ideographZodiac", "子 丑 酉 戌 20 23 105 110"),
        ("never heard of", "1 2 10 11 20 23 105 110"),
    ],
)
def test_number_formats(of: str, numbers: str) -> None:
    values = (1, 2, 10, 11, 20, 23, 105, 110)
    assert [word_numbering.written(value, of) for value in values] == numbers.split()


@given(st.integers(1, 9999))
def test_counted_numbers_have_their_value(value: int) -> None:
    from assistant.text import numeral

    for of in ("chineseCounting", "ideographDigital", "decimalFullWidth"):
        assert numeral(word_numbering.written(value, of)) == value


def lines_of(made: object) -> list[str]:
    return [line for line in read(saved(made)).text.split("\n") if line.strip()]


def test_levels_count_and_begin_again() -> None:
    made = office.word()
    number = office.add_list(
        made,
        [
            level("第%1条", "chineseCountingThousand"),
            level("%2.", start=3),
            level("%2.%3"),
            level("※", "bullet"),
        ],
    )
    for words, at in zip("甲乙丙丁戊己庚辛壬", (0, 1, 2, 2, 1, 2, 0, 1, 3), strict=True):
        office.numbered(made, words, number, at)
    expected = "第一条 甲|3.乙|3.1丙|3.2丁|4.戊|4.1己|第二条 庚|3.辛|壬"
    assert lines_of(made) == expected.split("|")


def test_restarts_are_as_the_list_says() -> None:
    made = office.word()
    never, after_first = '<w:lvlRestart w:val="0"/>', '<w:lvlRestart w:val="1"/>'
    number = office.add_list(
        made, [level("%1、"), level("（%2）", more=never), level("%3）", more=after_first)]
    )
    for words, at in zip("甲乙丙丁戊己", (0, 1, 2, 1, 2, 0), strict=True):
        office.numbered(made, words, number, at)
    office.numbered(made, "庚", number, 1)
    office.numbered(made, "辛", number, 2)
    expected = "1、甲|（1）乙|1）丙|（2）丁|2）戊|2、己|（3）庚|1）辛"
    assert lines_of(made) == expected.split("|")


def test_lists_share_a_count_unless_one_starts_again() -> None:
    made = office.word()
    office.add_list(made, [level("%1、")], "70")
    office.add_number(made, "71", "70")
    start = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    office.add_number(made, "72", "70", start)
    own = f'<w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0">{level("%1）")}</w:lvl></w:lvlOverride>'
    office.add_number(made, "73", "70", own)
    for words, number in zip("甲乙丙丁戊", ("70", "71", "72", "72", "73"), strict=True):
        office.numbered(made, words, number)
    assert lines_of(made) == "1、甲|2、乙|1、丙|2、丁|3）戊".split("|")


def test_numbers_come_from_styles() -> None:
    made = office.word()
    office.add_list(
        made,
        [level("%1、", "chineseCounting"), level("（%2）", more='<w:pStyle w:val="Second"/>')],
        "70",
    )
    first = made.styles.add_style("First", 1)
    first.element.get_or_add_pPr().append(office.xml('<w:numPr><w:numId w:val="70"/></w:numPr>'))
    for name in ("Second", "Third"):
        made.styles.add_style(name, 1).base_style = first
    made.add_paragraph("甲", style="First")
    made.add_paragraph("乙", style="Second")
    made.add_paragraph("丙", style="Third")
    office.numbered(made, "丁", "0").style = made.styles["Third"]
    made.add_paragraph("戊", style="First")
    assert lines_of(made) == "一、甲|（1）乙|二、丙|丁|三、戊".split("|")


def test_a_list_may_take_its_levels_from_a_list_style() -> None:
    made = office.word()
    root = made.part.numbering_part.element
    root.insert(
        0,
        office.xml(
            '<w:abstractNum w:abstractNumId="70"><w:styleLink w:val="S"/>'
            f'<w:lvl w:ilvl="0">{level("%1、")}</w:lvl></w:abstractNum>'
        ),
    )
    root.insert(
        0,
        office.xml(
            '<w:abstractNum w:abstractNumId="71"><w:numStyleLink w:val="S"/></w:abstractNum>'
        ),
    )
    office.add_number(made, "71", "71")
    office.numbered(made, "甲", "71")
    assert lines_of(made) == ["1、甲"]


@pytest.mark.parametrize(
    ("mark", "of", "typed", "shown"),
    [
        ("%1、", "chineseCounting", "一、甲", "一、甲"),
        ("%1、", "chineseCounting", "二、甲", "二、甲"),
        ("第%1条", "chineseCounting", "第一条　甲", "第一条　甲"),
        ("%1.%1", "decimal", "1.1 甲", "1.1 甲"),
        ("%1、", "chineseCounting", "（一）甲", "一、（一）甲"),
        ("%1", "decimal", "10月甲", "110月甲"),
        ("%1.", "decimal", "　甲", "1.甲"),
    ],
)
def test_a_typed_number_is_not_doubled(mark: str, of: str, typed: str, shown: str) -> None:
    made = office.word()
    office.numbered(made, typed, office.add_list(made, [level(mark, of)]))
    assert lines_of(made) == [shown]


def test_a_blank_numbered_paragraph_counts_without_a_line() -> None:
    made = office.word()
    number = office.add_list(made, [level("%1、")])
    for words in ("甲", " ", "乙"):
        office.numbered(made, words, number)
    assert lines_of(made) == ["1、甲", "3、乙"]


# Bold ---------------------------------------------------------------------------------------------


def bold_words(source: Source) -> list[str]:
    return [source.text[start:end] for start, end in source.bold]


def test_bold_runs_that_touch_are_one() -> None:
    b = "<w:b/>"
    line = r("甲") + r("乙", b) + r("丙", b) + r("丁", '<w:b w:val="0"/>') + r("戊", "<w:bCs/>")
    source = read(body_of(p(r("首")), p(line + r("己", b))))
    assert bold_words(source) == ["乙丙", "己"]
    assert source.keeps_bold


def test_a_file_without_any_bold_says_nothing_by_it() -> None:
    assert not read(saved(office.word(["甲", "乙"]))).keeps_bold


def test_bold_comes_from_styles_and_toggles() -> None:
    made = office.word()
    strong = made.styles.add_style("Char", 2)
    strong.font.bold = True
    base = made.styles.add_style("Base", 1)
    base.font.bold = True
    made.styles.add_style("Derived", 1).base_style = base
    line = made.add_paragraph("甲")
    line.add_run("乙", style="Char")
    line = made.add_paragraph("丙", style="Derived")
    line.add_run("丁", style="Char")
    line.add_run("戊").bold = False
    assert bold_words(read(saved(made))) == ["乙", "丙"]


@pytest.mark.parametrize(
    "font", ["黑体", "SimHei", "方正黑体_GBK", "STHeiti", "Microsoft JhengHei"]
)
def test_a_black_font_among_another_counts_as_bold(font: str) -> None:
    def fonts(name: str) -> str:
        return f'<w:rFonts w:ascii="Times New Roman" w:eastAsia="{name}"/>'

    line = r("（责任单位：", fonts("仿宋_GB2312")) + r("市科技局", fonts(font)) + r("、市财政局）")
    assert bold_words(read(body_of(p(line)))) == ["市科技局"]
    all_black = r("（责任单位：市科技局", fonts(font)) + r("、市财政局）", fonts("仿宋"))
    assert bold_words(read(body_of(p(all_black)))) == []


def test_bold_ranges_are_in_the_text_behind_a_number() -> None:
    made = office.word()
    line = office.numbered(made, "  ", office.add_list(made, [level("%1、")]))
    line.add_run("甲").bold = True
    line.add_run("乙")
    assert bold_words(read(saved(made))) == ["甲"]
    assert lines_of(made) == ["1、甲乙"]


# Headings -----------------------------------------------------------------------------------------


def test_headings_count_where_nothing_is_numbered() -> None:
    made = office.word()
    made.add_heading("工作要点", 0)
    made.add_heading("总体要求", 1)
    made.add_paragraph("坚持稳中求进。")
    made.add_heading("主要目标", 2)
    source = read(saved(made))
    found = [(source.text[at:].split("\n")[0], level) for at, level in source.headings]
    assert found == [("工作要点", 1), ("总体要求", 2), ("主要目标", 3)]
    made.add_paragraph("一、总体要求")
    assert read(saved(made)).headings == ()


# Tables -------------------------------------------------------------------------------------------


def test_merged_cells_are_repeated() -> None:
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    data = body_of(
        tbl(
            tc("任务") + tc("措施") + tc("责任单位"),
            tc("创新", start) + tc("建平台") + tc("市科技局"),
            tc("", on) + tc("引人才") + tc("市人社局"),
            tc("全部", '<w:gridSpan w:val="2"/>') + tc("各单位"),
        )
    )
    source = read(data)
    assert source.text.split("\n") == (
        "任务：创新|措施：建平台|责任单位：市科技局|任务：创新|措施：引人才|责任单位：市人社局"
        "|任务：全部|措施：全部|责任单位：各单位"
    ).split("|")
    assert [len(rows) for rows in source.tables] == [3]


def test_a_table_stands_where_it_stood_and_deleted_rows_go() -> None:
    gone = "<w:trPr><w:del/></w:trPr>"
    data = body_of(p(r("上")), tbl(tc("甲") + tc("乙"), gone + tc("丙") + tc("丁")), p(r("下")))
    assert read(data).text == "上\n甲\t乙\n下"


def test_a_framing_table_becomes_paragraphs_with_their_bold() -> None:
    cell = f"<w:tc>{p(r('甲') + r('乙', '<w:b/>'))}{p(r('丙'))}</w:tc>"
    source = read(body_of(tbl(cell)))
    assert source.text == "甲乙\n丙"
    assert bold_words(source) == ["乙"]
    assert not source.tables


def test_a_nested_table_is_flattened() -> None:
    inner = f"<w:tc>{p(r('外'))}{tbl(tc('甲') + tc('乙'))}{p('')}</w:tc>"
    assert read(body_of(tbl(inner + tc("右")))).text == "外甲 乙\t右"


def test_cells_in_content_controls_and_shifted_rows_keep_their_columns() -> None:
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{tc('二')}</w:sdtContent></w:sdt>"
    shifted = '<w:trPr><w:gridBefore w:val="1"/></w:trPr>'
    source = read(body_of(tbl(tc("名称") + tc("内容"), tc("一") + control, shifted + tc("三"))))
    assert source.text == "名称：一\n内容：二\n内容：三"


def test_a_table_without_end_is_refused() -> None:
    long = "长" * 30_000
    merged = "<w:vMerge/>"
    rows = [tc(long, '<w:gridSpan w:val="60"/>') + tc("a")]
    rows += [tc("", merged + '<w:gridSpan w:val="60"/>') + tc("a")] * 20
    with pytest.raises(UnreadableFile, match="表格异常庞大"):
        read(body_of(tbl(*rows)))
    endless = tbl(tc("甲", '<w:gridSpan w:val="999999999"/>') * 3 + tc("乙"))
    with pytest.raises(UnreadableFile, match="表格异常庞大"):
        read(body_of(endless))


# What is refused ----------------------------------------------------------------------------------


def refused(data: bytes, because: str) -> None:
    with pytest.raises(UnreadableFile, match=because) as raised:
        read(data)
    assert "a.docx" in str(raised.value)


SMALL = saved(office.word(["一、总体要求", "好。"]))


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (word.OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "已加密，请先取消密码"),
        (word.OLE + b"\x00" * 600, "后缀改为 .doc"),
        ("一、总体要求".encode(), "不是 .docx"),
        (b"{\\rtf1 x}", "不是 .docx"),
        (SMALL[: len(SMALL) // 2], "损坏"),
        (office.packed({"xl/workbook.xml": b"<workbook/>"}), "没有 Word 正文"),
        (office.packed({"word/document.xml": b"<workbook/>"}), "不是 Word 文档"),
        (office.packed({"word/document.xml": b"<document><body/></document>"}), "没有文字"),
        (office.packed({"word/document.xml": b"<!DOCTYPE a><document/>"}), "DTD"),
        (office.packed({"word/document.xml": b"<document>"}), "损坏"),
        (saved(office.word()), "没有文字"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, because: str) -> None:
    refused(data, because)


def test_billions_of_laughs_are_refused() -> None:
    def laugh(files: dict[str, bytes]) -> None:
        declared = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        main = files["word/document.xml"]
        files["word/document.xml"] = main.replace(b"?>", b"?>" + declared, 1)

    refused(office.repacked(SMALL, laugh), "DTD")


def test_a_dangling_relationship_and_the_strict_variant_are_read() -> None:
    def change(files: dict[str, bytes]) -> None:
        for member, data in files.items():
            data = data.replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                b"http://purl.oclc.org/ooxml/wordprocessingml/main",
            ).replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            )
            files[member] = data
        relations = files["word/_rels/document.xml.rels"]
        dangling = b'<Relationship Id="x" Type="t/image" Target="NULL"/></Relationships>'
        files["word/_rels/document.xml.rels"] = relations.replace(b"</Relationships>", dangling)

    assert read(office.repacked(SMALL, change)).text == "一、总体要求\n好。"


def test_a_file_without_styles_and_lists_is_read() -> None:
    numbered = (
        b'<document><body><p><pPr><pStyle val="x"/><numPr><numId val="9"/></numPr></pPr>'
        b"<r><t>good</t></r></p></body></document>"
    )
    assert read(office.packed({"word/document.xml": numbered})).text == "good"


def test_styles_in_a_circle_are_cut() -> None:
    made = office.word()
    one, two = made.styles.add_style("One", 1), made.styles.add_style("Two", 1)
    one.base_style, two.base_style = two, one
    made.add_paragraph("甲", style="One")
    assert read(saved(made)).text == "甲"


@functools.cache
def _rich() -> dict[str, bytes]:
    made = office.auto_numbered(office.seed_lines()[:12])
    made.add_table(2, 2).cell(0, 0).text = "甲"
    with zipfile.ZipFile(io.BytesIO(saved(made))) as archive:
        files = {m: archive.read(m) for m in archive.namelist() if m.endswith((".xml", ".rels"))}
    styles = re.sub(
        rb'<w:style w:type="table".*?</w:style>', b"", files["word/styles.xml"], flags=re.S
    )
    return {**files, "word/styles.xml": styles}


@settings(max_examples=50)
@given(
    st.sampled_from(["document.xml", "styles.xml", "numbering.xml", "document.xml.rels"]),
    st.sampled_from([b'w:val="', b'w:ilvl="', b"<w:", b"</w:", b'Target="', b">"]),
    st.integers(0, 400),
    st.sampled_from([b"-1", b"x", b"99999999999999999999", b"", "１²".encode(), b"<", b"../.."]),
)
def test_no_change_to_its_parts_is_a_crash(part: str, mark: bytes, skip: int, new: bytes) -> None:
    files = dict(_rich())
    member = next(m for m in files if m.endswith("/" + part))
    pieces = files[member].split(mark)
    at = 1 + skip % max(len(pieces) - 1, 1)
    if at < len(pieces):
        pieces[at] = new + pieces[at]
    files[member] = mark.join(pieces)
    with suppress(UnreadableFile):
        assert read(office.packed(files, zipfile.ZIP_STORED)).text
