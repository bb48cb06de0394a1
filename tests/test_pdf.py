"""PDF: the words, bold runs and tables of a text layer; what is refused, and hostile files."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.reading.formats import pdf, pdf_text
from tests.laws import SEED, keeps_the_laws, parsed
from tests.office import needs_soffice, seed_lines, tree
from tests.printed import paragraph, policy, written

# A small maker of PDF files -----------------------------------------------------------------------


def made(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, words in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, words)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, table) + end


def stream(content: bytes, more: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    head = b"<</Length %d/Filter/FlateDecode%s>>\nstream\n" % (len(packed), more)
    return head + packed + b"\nendstream"


FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
BOLD = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>"
IMAGE = stream(
    b"\0", b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
)
PICTURE = b"q 500 0 0 700 50 50 cm /I Do Q"


def text(words: str, x: int = 72, y: int = 700, font: str = "F", matrix: str = "1 0 0 1") -> bytes:
    return f"BT /{font} 12 Tf {matrix} {x} {y} Tm ({words}) Tj ET\n".encode()


def pages(*contents: bytes, more: bytes = b"", count: int = 0, kids: bytes = b"") -> bytes:
    """A PDF with a page for each content stream; fonts F and B (bold), image I."""
    first = 6
    numbers = [first + 2 * at for at in range(len(contents))]
    kids = kids or b" ".join(b"%d 0 R" % n for n in numbers)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count or len(contents)),
        FONT,
        BOLD,
        IMAGE,
    ]
    for at, content in enumerate(contents):
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R%s/Resources"
            b"<</Font<</F 3 0 R/B 4 0 R>>/XObject<</I 5 0 R>>>>>>" % (numbers[at] + 1, more),
            stream(content),
        ]
    return made(*objects)


def read(data: bytes) -> str:
    return pdf_text.read_here(data, "甲.pdf").text


# What is read -------------------------------------------------------------------------------------


def test_a_page_is_read_in_its_own_process() -> None:
    source = pdf.read(pages(text("Hello PDF") + text("bold", y=680, font="B")), "甲.pdf")
    assert source.text == "Hello PDF\nbold"
    assert [source.text[a:b] for a, b in source.bold] == ["bold"]
    assert source.keeps_bold


@pytest.mark.parametrize("mark", ["2 Tr 1 w", "0 Tr"])
def test_outlined_characters_are_bold(mark: str) -> None:
    content = (
        text("plain words here") + b"q " + mark.encode() + b"\n" + text("heavy", y=680) + b"Q\n"
    )
    source = pdf_text.read_here(pages(content), "甲.pdf")
    assert [source.text[a:b] for a, b in source.bold] == (["heavy"] if mark[0] == "2" else [])


def test_a_document_all_in_bold_has_no_bold() -> None:
    assert pdf_text.read_here(pages(text("all of it", font="B")), "甲.pdf").bold == ()


def test_turned_text_and_text_off_the_page_are_left_out() -> None:
    content = text("kept words")
    content += text("DRAFT", 200, 400, matrix="0.7 0.7 -0.7 0.7") + text(
        "SIDE", 30, 300, matrix="0 1 -1 0"
    )
    assert read(pages(content + text("hidden", 900) + text("hidden", 72, -50))) == "kept words"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_upright(turn: int) -> None:
    matrix = {90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}[turn]
    step = {90: (20, 0), 180: (0, 20), 270: (-20, 0)}[turn]
    content = text("first line", 300, 400, matrix=matrix)
    content += text("second", 300 + step[0], 400 + step[1], matrix=matrix)
    assert read(pages(content, more=b"/Rotate %d" % turn)) == "first line\nsecond"


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [text(f"left {n} words words words.", 60, 700 - 20 * n) for n in range(9)]
    right = [text(f"right {n} words words words.", 330, 700 - 20 * n) for n in range(9)]
    got = read(
        pages(text("TITLE" * 14, 60, 760) + b"".join(map(bytes.__add__, left, right)))
    ).split("\n")
    assert [line.split()[0] for line in got] == ["TITLE" * 14, *["left"] * 9, *["right"] * 9]


def grid(rows: int, columns: int, top: int = 700, skip: Iterable[tuple[int, int]] = ()) -> bytes:
    """Rules of a table of fields 100 × 20; ``skip`` are fields without the rule above them."""
    out = ""
    for row, column in itertools.product(range(rows + 1), range(columns)):
        if (row, column) not in skip:
            out += f"{60 + 100 * column} {top - 20 * row} m {160 + 100 * column} {top - 20 * row} l S\n"
    for column in range(columns + 1):
        out += f"{60 + 100 * column} {top} m {60 + 100 * column} {top - 20 * rows} l S\n"
    return out.encode()


def cells(rows: list[list[str]], top: int = 700) -> bytes:
    return b"".join(
        text(words, 66 + 100 * column, top - 14 - 20 * row)
        for row, line in enumerate(rows)
        for column, words in enumerate(line)
        if words
    )


def test_a_table_over_a_page_break_is_one_and_its_header_stands_once() -> None:
    one, two = [["No", "Task"], ["1", "build"]], [["No", "Task"], ["2", "plant"]]
    first = text("before", y=760) + grid(2, 2) + cells(one) + text("- 1 -", 290, 30)
    second = grid(2, 2, 780) + cells(two, 780) + text("after", y=600) + text("- 2 -", 290, 30)
    source = pdf_text.read_here(pages(first, second), "甲.pdf")
    assert source.text == "before\nNo：1\nTask：build\nNo：2\nTask：plant\nafter"
    assert [source.text[a:b] for (a, b) in source.tables[0]] == [
        "No：1\nTask：build",
        "No：2\nTask：plant",
    ]


def test_a_row_that_a_page_break_has_torn_is_one() -> None:
    one = grid(2, 2) + cells([["No", "Task"], ["1", "build a very big"]])
    two = grid(2, 2, 780) + cells([["No", "Task"], ["", "bridge."]], 780)
    assert read(pages(one, two)) == "No：1\nTask：build a very big bridge."


def test_a_merged_cell_is_repeated_in_its_rows() -> None:
    rows = [["Area", "Task"], ["east", "build"], ["", "plant"]]
    got = read(pages(grid(3, 2, skip=[(2, 0)]) + cells(rows)))
    assert got == "Area：east\nTask：build\nArea：east\nTask：plant"


@pytest.mark.parametrize(
    "drawing", [b"60 690 m 400 690 l S\n", b"50 600 400 150 re S\n", b"50 600 400 150 re f\n"]
)
def test_a_rule_or_a_frame_is_no_table(drawing: bytes) -> None:
    assert read(pages(drawing + text("first words.") + text("more", y=640))) == "first words.\nmore"


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no pdf", "不是完整的 PDF"),
        (pages(text("x"))[:200], "不是完整的 PDF"),
        (pages(PICTURE, PICTURE), "是扫描件，没有文字，请先做文字识别（OCR）"),
        (pages(PICTURE, text("x"), PICTURE, PICTURE), "第1、3–4页是扫描图"),
        (pages(b""), "文件里没有文字"),
        (pages(text("x"), kids=b"6 0 R " * 3001, count=3001), "超过3000页"),
        (pages(text("x"), kids=b"2 0 R 6 0 R", count=2), "第[12]页已损坏"),
    ],
)
def test_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as caught:
        read(data)
    assert caught.value.path == "甲.pdf"


def test_the_child_hands_its_refusal_on_with_the_name() -> None:
    with pytest.raises(UnreadableFile, match=r"“甲\.pdf”.+扫描件"):
        pdf.read(pages(PICTURE), "甲.pdf")


def test_one_scanned_page_among_others_is_passed_over() -> None:
    assert read(pages(text("one"), PICTURE, text("three"))) == "one\nthree"


def test_characters_without_a_meaning_are_refused() -> None:
    lost = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]>>"
    content = b"BT /F 12 Tf 72 700 Td <010201030104> Tj ET"
    with pytest.raises(UnreadableFile, match="文字无法提取"):
        read(pages(content).replace(FONT, lost))


def test_a_reading_that_takes_too_long_is_given_up_between_two_pages() -> None:
    clock = iter([0.0, 1.0, 1e6])
    with pytest.raises(UnreadableFile, match="读到第2页已超过"):
        pdf_text.read_here(pages(text("a"), text("b")), "甲.pdf", clock=lambda: next(clock))


def test_a_page_that_never_ends_is_given_up() -> None:
    call = b"/X Do " * 10
    forms = [
        stream(
            call,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
            % (6 + n),
        )
        for n in range(20)
    ]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    hostile = made(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream(call), *forms,
        stream(b"0 0 m 9 9 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
    )  # fmt: skip
    with pytest.raises(UnreadableFile, match=r"没有读完|读取时中断"):
        pdf.read(hostile, "甲.pdf", seconds=2)


SMALL = pages(text("Hello") + grid(2, 2) + cells([["a", "b"], ["c", "d"]]), text("x", font="B"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(SMALL)),
    st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=12),
)
def test_a_damaged_file_is_read_or_refused(length: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, value in changes:
        data[at] = value
    for damaged in (bytes(data), bytes(data[:length])):
        with suppress(UnreadableFile):
            assert read(damaged).strip()


# Files that LibreOffice makes ---------------------------------------------------------------------


@needs_soffice
@pytest.mark.parametrize(
    "look", ['fo:text-indent="32pt" fo:text-align="justify"', 'fo:text-indent="32pt"']
)
def test_the_seed_as_a_pdf_has_the_clause_tree_of_the_text(look: str) -> None:
    source = pdf_text.read_here(written(policy(seed_lines()), look), "甲.pdf")
    expected = parsed(SEED.read_text(encoding="utf-8"))
    got = parsed(source.text, bold=source.bold, keeps_bold=True)
    assert tree(got) == tree(expected)
    assert (got.title, got.doc_number, got.issuer) == (
        expected.title, expected.doc_number, expected.issuer,
    )  # fmt: skip
    assert keeps_the_laws(got)


@needs_soffice
def test_units_in_bold_lead() -> None:
    note = "（责任单位：**市科技局**、**市财政局**，市商务局、市教育局、市公安局、市民政局，标黑字体为牵头单位，下同）"
    body = (
        paragraph("关于加快发展的意见", "T")
        + paragraph("一、总体要求")
        + paragraph(f"（一）加快发展。大力推进产业转型升级，形成新的优势。{note}")
    )
    source = pdf_text.read_here(written(body), "甲.pdf")
    document = parsed(source.text, bold=source.bold, keeps_bold=source.keeps_bold)
    (units,) = [
        c.responsibility.assignments for c in document.clauses if c.responsibility.assignments
    ]
    assert [u.unit for u in units if u.basis == "bold"] == ["市科技局", "市财政局"]
    assert len(units) == 6


@needs_soffice
def test_a_table_of_tasks_over_two_pages_keeps_all_rows() -> None:
    rows = [["序号", "重点任务", "牵头单位", "配合单位"]]
    rows += [
        [
            str(n),
            f"推进第{n}项重点工程建设，完善配套政策，确保年底前取得实质性进展。",
            "市科技局",
            "市财政局\n市商务局",
        ]
        for n in range(1, 25)
    ]

    def row(one: list[str]) -> str:
        return "<table:table-row>{}</table:table-row>".format(
            "".join(
                '<table:table-cell table:style-name="X" office:value-type="string">'
                + "".join(paragraph(p, "C") for p in cell.split("\n"))
                + "</table:table-cell>"
                for cell in one
            )
        )

    table = (
        '<table:table table:name="t"><table:table-column table:number-columns-repeated="4"/>'
        f"<table:table-header-rows>{row(rows[0])}</table:table-header-rows>"
        f"{''.join(map(row, rows[1:]))}</table:table>"
    )
    data = written(paragraph("重点任务分工表", "T") + table + paragraph("本表自印发之日起施行。"))
    source = pdf_text.read_here(data, "甲.pdf")
    (found,) = source.tables
    assert [source.text[a:b] for a, b in found] == [
        f"序号：{n}\n重点任务：{task}\n牵头单位：市科技局\n配合单位：市财政局、市商务局"
        for n, task, *_ in rows[1:]
    ]
    assert source.text.endswith("\n本表自印发之日起施行。")
    assert "—" not in source.text
