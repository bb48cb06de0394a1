"""OFD packages → the words of their pages, whoever has produced them; and what is refused."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.reading import responsibility, structure
from assistant.reading.formats import ofd, plain
from assistant.reading.source import Source
from tests import office
from tests.laws import SEED, keeps_the_laws
from tests.ofd_files import Look, content, package, packed, words_at
from tests.ofd_files import ofd as made
from tests.office import roles, seed_lines, tree

LOOKS = {
    "plain": Look(),
    "no prefix, one object a character": Look(prefix="", single=True),
    "groups, scaled, absolute": Look(prefix="x:", groups=True, scaled=True, absolute=True),
    "backslashes": Look(backslashes=True, root="DOC_1"),
}


def read(data: bytes) -> Source:
    return ofd.read(data, "a.ofd")


def lines_of(*objects: str, **more: str) -> list[str]:
    return read(package([content(*objects, **more)])).text.split("\n")  # type: ignore[arg-type]


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    return str(caught.value)


def text_object(code: str, attributes: str = 'Boundary="20 20 100 9" Font="1" Size="5"') -> str:
    return f"<ofd:TextObject {attributes}>{code}</ofd:TextObject>"


# The document -------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_seed_has_the_tree_of_its_text(look: Look) -> None:
    wanted = structure.parse(plain.read(SEED.read_bytes(), "a.txt"))
    source = read(made(seed_lines(), look))
    found = structure.parse(source)
    assert tree(found) == tree(wanted)
    assert keeps_the_laws(found)
    assert source.text.split("\n") == [line.strip() for line in seed_lines()]


def test_the_seed_has_the_units_of_its_text() -> None:
    text = plain.read(SEED.read_bytes(), "a.txt")
    source = read(made(seed_lines()))
    wanted = responsibility.assign(structure.parse(text), keeps_bold=True)
    found = responsibility.assign(structure.parse(source), source.bold, keeps_bold=True)
    assert roles(found) == roles(wanted)


def test_heavy_units_lead() -> None:
    note = "（责任单位：市财政局、市科技局、市教育局，标黑字体为牵头单位，下同）"
    body = [
        "某市关于推动工作的意见",
        "一、总体要求",
        f"（一）企业上云。推动企业上云用数，加快转型。{note}",
    ]
    source = read(made(body, bold=["市科技局"]))
    assert [source.text[a:b] for a, b in source.bold] == ["市科技局"]
    document = responsibility.assign(structure.parse(source), source.bold, keeps_bold=True)
    assigned = [a for c in document.clauses for a in c.responsibility.assignments]
    assert [a.unit for a in assigned if a.basis == "bold"] == ["市科技局"]


@pytest.mark.parametrize(
    ("font", "more"), [(2, ""), (3, ""), (1, ' Weight="700"'), (1, ' Stroke="true"')]
)
def test_what_counts_as_bold(font: int, more: str) -> None:
    source = read(
        package(
            [
                content(
                    words_at("正文在此，共有很多字。"),
                    words_at("重点", at=(27, 60), font=font, more=more),
                )
            ]
        )
    )
    assert [source.text[a:b] for a, b in source.bold] == ["重点"]


def test_a_document_all_in_hei_marks_nothing() -> None:
    assert read(package([content(words_at("全文都用同一种字。", font=2))])).bold == ()


def test_heads_page_numbers_templates_backgrounds_and_slanted_words_go() -> None:
    lines = [
        f"{'甲乙丙丁戊己庚辛壬癸'[number % 10] * (number % 7 + 2)}，凑够几页的篇幅。"
        for number in range(60)
    ]
    text = read(made(lines)).text
    assert text.split("\n") == lines
    kept = package(
        [
            content(words_at("正文。"))
            + content(words_at("背景", at=(27, 90)), kind="Background")
            + content(
                text_object(
                    '<ofd:TextCode X="0" Y="5" DeltaX="g 1 5">内部</ofd:TextCode>',
                    'Boundary="50 90 90 90" Size="5" CTM="0.7 0.7 -0.7 0.7 0 0"',
                )
            )
        ]
    )
    assert read(kept).text == "正文。"


def test_several_documents_come_in_order() -> None:
    one, two = package([content(words_at("第一份。"))]), Look(root="Doc_1")
    files: dict[str, bytes] = {}
    for data in (package([content(words_at("第二份。"))], two), one):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files |= {member: archive.read(member) for member in archive.namelist()}
    roots = "".join(
        f"<DocBody><DocRoot>{x}/Document.xml</DocRoot></DocBody>" for x in ("Doc_0", "Doc_1")
    )
    files["OFD.xml"] = f"<OFD>{roots}</OFD>".encode()
    assert read(packed(files)).text.split("\n") == ["第一份。", "第二份。"]


# Words and their places ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        '<ofd:TextCode X="0" Y="5" DeltaX="5 5 5 2.5 2.5 5">甲&lt;乙A1&amp;丙</ofd:TextCode>',
        '<ofd:TextCode X="0" Y="5" DeltaX="g 3 5 g 2 2.5 5">甲&lt;乙A1&amp;丙</ofd:TextCode>',
        '<ofd:TextCode X="0" Y="5">甲&lt;乙A1&amp;丙</ofd:TextCode>',
        '<ofd:TextCode X="0" Y="5" DeltaX="5 5 5 2.5 2.5 5">\n   甲&lt;乙A1&amp;丙\n  </ofd:TextCode>',
        '<ofd:TextCode X="0" Y="5" DeltaX="5 5">甲&lt;乙</ofd:TextCode>'
        '<ofd:TextCode X="15" Y="5" DeltaX="2.5 2.5 5">A1&amp;丙</ofd:TextCode>',
        '<ofd:TextCode X="15" Y="5" DeltaX="2.5 2.5 5">A1&amp;丙</ofd:TextCode>'
        '<ofd:TextCode X="0" DeltaX="5 5">甲&lt;乙</ofd:TextCode>',
        '<ofd:CGTransform CodePosition="0"><ofd:Glyphs>4 5</ofd:Glyphs></ofd:CGTransform>'
        '<ofd:TextCode X="0" Y="5" DeltaX="5 5 5 2.5 2.5 5">甲&lt;乙A1&amp;丙</ofd:TextCode>',
    ],
)
def test_text_codes(code: str) -> None:
    assert lines_of(text_object(code)) == ["甲<乙A1&丙"]


def test_parts_of_a_line_in_any_order_and_a_little_off_the_baseline() -> None:
    parts = [
        words_at(c, at=(20 + 5.6 * n, 50 + 0.3 * (n % 2)))
        for n, c in enumerate("统筹推进各项工作。")
    ]
    assert lines_of(*reversed(parts)) == ["统筹推进各项工作。"]


def test_a_matrix_moves_the_characters_it_holds() -> None:
    scaled = words_at("推进工作。", Look(scaled=True), at=(20 + 2 * 5.6, 50))
    assert lines_of(scaled, words_at("统筹", at=(20, 50))) == ["统筹推进工作。"]


def test_words_drawn_twice_are_read_once() -> None:
    twice = [words_at("加粗的人人字。", at=(20 + shift, 50)) for shift in (0, 0.2)]
    assert lines_of(*twice) == ["加粗的人人字。"]


def test_characters_of_a_column_stand_below_each_other() -> None:
    code = '<ofd:TextCode X="0" Y="5" DeltaY="g 2 9">竖排字</ofd:TextCode>'
    assert "".join(lines_of(text_object(code))) == "竖排字"


def test_a_page_listed_twice_is_read_once() -> None:
    listed = "".join(
        f'<Page BaseLoc="{place}"/>' for place in ("a/P.xml", "/d/a/p.XML", "./a//P.xml")
    )
    files = {
        "OFD.xml": b"<OFD><DocRoot>D/D.xml</DocRoot></OFD>",
        "D/D.xml": f"<D><Pages>{listed}</Pages></D>".encode(),
        "D/a/P.xml": f"<Page xmlns:ofd='x'>{content(words_at('正文。'))}</Page>".encode(),
    }
    assert read(packed(files)).text == "正文。"


@given(st.lists(st.integers(0, 40), max_size=6), st.text("甲乙A ", min_size=1, max_size=9))
def test_any_steps_keep_the_characters(steps: list[int], words: str) -> None:
    delta = " ".join(map(str, steps))
    code = f'<ofd:TextCode X="0" Y="5" DeltaX="{delta}">{words}。</ofd:TextCode>'
    found = re.sub(r"\s", "", "".join(lines_of(text_object(code))))
    assert set(found) <= set(words) | {"。"}
    if steps and min(steps) >= 2:
        assert found == re.sub(r"\s", "", words) + "。"


# Refusals -----------------------------------------------------------------------------------------

PAGE = content(words_at("正文。"))
DTD = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d SYSTEM "file:///etc/passwd">]><OFD>&b;</OFD>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "文件"),
        (b"%PDF-1.7", "文件"),
        (packed({"a.txt": b"b"}), "不是 OFD 文件"),
        (packed({"OFD.xml": b"<OFD>"}), "损坏"),
        (packed({"OFD.xml": DTD}), "DTD"),
        (packed({"OFD.xml": b"<OFD/>"}), "没有文字"),
        (package([PAGE], None, **{"Encryptions.xml": b"<a/>"}), "已加密"),
        (package([PAGE], None, **{"Doc_0/Pages/Page_0/Content.xml": b"<Page"}), "损坏"),
        (package([content()]), "没有文字"),
        (package([content(words_at("  "))]), "没有文字"),
        (package([content('<ofd:ImageObject ID="1" ResourceID="2" Boundary="0 0 9 9"/>')]), "扫描"),
        (package([content(text_object("<ofd:TextCode X='一'>字</ofd:TextCode>"))]), "损坏"),
        (package([content(text_object("<ofd:TextCode DeltaX='g'>字</ofd:TextCode>"))]), "损坏"),
        (package([content(text_object("<ofd:TextCode X='nan'>字</ofd:TextCode>"))]), "损坏"),
    ],
)
def test_refusals(data: bytes, reason: str) -> None:
    assert reason in refused(data)


def test_a_page_that_is_not_there_is_named() -> None:
    document = b'<D><CommonData/><Pages><Page BaseLoc="../../../etc/passwd"/></Pages></D>'
    data = packed({"OFD.xml": b"<OFD><DocRoot>D/D.xml</DocRoot></OFD>", "D/D.xml": document})
    assert "缺少etc/passwd" in refused(data)


def test_too_many_words_are_refused_before_they_are_placed() -> None:
    words = f"<TextCode>{'字' * (ofd.MAX_CHARACTERS + 1)}</TextCode>"
    page = f"<P><Content><Layer><TextObject>{words}</TextObject></Layer></Content></P>".encode()
    document = b'<D><Pages><Page BaseLoc="1"/></Pages></D>'
    head = {"OFD.xml": b"<OFD><DocRoot>D/D</DocRoot></OFD>", "D/D": document}
    assert "超过" in refused(office.packed({**head, "D/1": page}, zipfile.ZIP_STORED))


def test_a_group_of_steps_can_not_flood_the_memory() -> None:
    code = '<ofd:TextCode X="0" Y="5" DeltaX="g 999999999 5">正文。</ofd:TextCode>'
    assert lines_of(text_object(code)) == ["正文。"]
