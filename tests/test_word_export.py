"""The Word file: opens, prints as an official paper would, and carries its label in the package."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answer import AIGC, AskedQuestion
from assistant.faces.chat.conversation_export import AIGC_NOTE, PLAIN_NOTE, aigc_metadata, record
from assistant.faces.chat.word_export import as_docx
from tests.fakes import FakeAssistant
from tests.office import converted, docx, needs_soffice

SITE = "某市<政策>问答"
BASE = "https://example.cn/zc"
NOTICE = "本回答由人工智能生成合成（模型：tiny），逐句与所引原文核对，仅供参考，请以原文为准。"
TOLD = FakeAssistant().ask("智能装备由谁负责")
REFUSED = FakeAssistant().ask("市长是谁")
WORDED = replace(TOLD, id="ans_2", aigc=AIGC(True, NOTICE, "人工智能生成合成"))
TURNS = (TOLD, WORDED, REFUSED)
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def data() -> bytes:
    return as_docx(TURNS, SITE, BASE)


@pytest.fixture(scope="module")
def opened(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data))


def member(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


def test_the_paragraphs_are_those_of_the_record(opened: Any) -> None:
    links = "条款页："
    paragraphs = [p.text for p in opened.paragraphs if not p.text.startswith(links)]
    assert paragraphs == [line.text for line in record(TURNS, SITE, BASE)]
    urls = [p.text.removeprefix(links) for p in opened.paragraphs if p.text.startswith(links)]
    assert urls == [line.url for line in record(TURNS, SITE, BASE) if line.url]
    targets = {r.target_ref for r in opened.part.rels.values() if r.is_external}
    assert targets == set(urls)


def test_headings_are_headings(opened: Any) -> None:
    styles = {p.text: p.style.name for p in opened.paragraphs}
    assert styles["政策问答记录"] == "Title"
    assert styles["一、智能装备由谁负责"] == "Heading 1"
    assert styles["依据（原文）"] == "Heading 2"
    assert styles[TOLD.citations[0].quote] == "Quote"
    assert opened.styles["Quote"].paragraph_format.left_indent > 0


def test_the_page_is_that_of_an_official_paper(opened: Any) -> None:
    """GB/T 9704-2012: A4, 天头 37 mm, 订口 28 mm, a text area of 156 mm × 225 mm."""
    page = opened.sections[0]
    assert [round(v.mm) for v in (page.page_width, page.page_height)] == [210, 297]
    assert [round(v.mm) for v in (page.top_margin, page.left_margin)] == [37, 28]
    assert round((page.page_width - page.left_margin - page.right_margin) / 36000) == 156
    assert round((page.page_height - page.top_margin - page.bottom_margin) / 36000) == 225


def test_every_style_in_use_has_a_chinese_font_and_no_theme(opened: Any) -> None:
    paragraphs = (*opened.paragraphs, *opened.sections[0].footer.paragraphs)
    used = {p.style.name: p.style for p in paragraphs}
    for style in used.values():
        fonts = style.element.rPr.find(f"{WORD}rFonts")
        assert fonts.get(f"{WORD}eastAsia") in {"方正小标宋简体", "黑体", "楷体", "仿宋"}, style
        assert not [name for name in fonts.keys() if name.endswith("Theme")], style  # noqa: SIM118
        assert style.font.color.rgb == docx.shared.RGBColor(0, 0, 0)
    assert {s.font.size.pt for s in used.values()} >= {22, 16, 14}
    for name in ("方正小标宋简体", "黑体", "楷体", "仿宋"):
        assert (
            f'w:name="{name}"'
            in opened.part.part_related_by(
                docx.opc.constants.RELATIONSHIP_TYPE.FONT_TABLE
            ).blob.decode()
        )


def test_the_footer_has_the_notice_and_the_page(data: bytes, opened: Any) -> None:
    notice, page = opened.sections[0].footer.paragraphs
    assert notice.text == AIGC_NOTE
    assert 'w:instr="PAGE"' in page._p.xml
    plain = docx.Document(io.BytesIO(as_docx([TOLD], SITE)))
    assert plain.sections[0].footer.paragraphs[0].text == PLAIN_NOTE


# The label ----------------------------------------------------------------------------------------


def test_the_package_carries_the_label_as_a_custom_property(data: bytes) -> None:
    root = ElementTree.fromstring(member(data, "docProps/custom.xml"))  # noqa: S314
    (found,) = root
    assert found.get("name") == "AIGC"
    assert int(found.get("pid", "0")) >= 2
    assert found.get("fmtid") == "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
    assert json.loads(found[0].text or "") == aigc_metadata(TURNS, SITE)
    types, relations = member(data, "[Content_Types].xml"), member(data, "_rels/.rels")
    assert 'PartName="/docProps/custom.xml"' in types
    assert "officedocument.custom-properties+xml" in types
    assert "relationships/custom-properties" in relations
    assert "docProps/custom.xml" in relations


def test_without_words_of_a_model_there_is_no_label() -> None:
    data = as_docx([TOLD, REFUSED], SITE, BASE)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert "docProps/custom.xml" not in package.namelist()
        texts = [package.read(name) for name in package.namelist()]
    assert not any(b"AIGC" in t or "人工智能".encode() in t for t in texts)


def test_the_label_outlives_python_docx(data: bytes) -> None:
    """Whoever opens and saves the file keeps the part, since it hangs in the package as it should."""
    stream = io.BytesIO()
    docx.Document(io.BytesIO(data)).save(stream)
    assert member(stream.getvalue(), "docProps/custom.xml") == member(data, "docProps/custom.xml")


# The file -----------------------------------------------------------------------------------------


def test_the_same_turns_make_the_same_bytes(data: bytes) -> None:
    assert as_docx(TURNS, SITE, BASE) == data
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert {part.date_time[0] for part in package.infolist()} == {1980}


def test_the_properties_are_ours(opened: Any) -> None:
    about = opened.core_properties
    assert (about.title, about.author, about.language) == ("政策问答记录", SITE, "zh-CN")
    assert "python" not in (about.author + about.comments + about.last_modified_by).casefold()


@settings(max_examples=6, deadline=None)
@given(st.text(max_size=20))
def test_any_text_can_be_written(text: str) -> None:
    quoted = replace(TOLD.citations[0], quote=f"甲{text}乙")
    turn = replace(WORDED, question=AskedQuestion(f"甲{text}"), citations=(quoted,))
    made = docx.Document(io.BytesIO(as_docx([turn], f"甲{text}", BASE)))
    assert made.paragraphs


def test_what_xml_cannot_hold_is_left_out() -> None:
    turn = replace(TOLD, question=AskedQuestion("智\x00能\x0b装\ud800备\ufffe<b>&"))
    made = docx.Document(io.BytesIO(as_docx([turn], SITE)))
    assert "一、智能 装备<b>&" in [p.text for p in made.paragraphs]


def test_an_empty_conversation_is_a_file_too() -> None:
    assert docx.Document(io.BytesIO(as_docx([], SITE))).paragraphs[0].text == "政策问答记录"


@needs_soffice
def test_libreoffice_prints_it_with_its_notice(data: bytes) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    pages = pdfium.PdfDocument(converted(data, "pdf"))
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert all(AIGC_NOTE in text.replace("\r\n", "") for text in texts)
    assert [round(v * 25.4 / 72) for v in pages[0].get_size()] == [210, 297]
    assert "".join(texts).count(NOTICE[:20]) == 1
