"""A conversation as a .docx that can be printed and filed: A4, with the margins of GB/T 9704-2012.

The only importer of python-docx. The same turns make the same bytes.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from assistant import clock
from assistant.answer import Answer
from assistant.faces.chat.conversation_export import (
    TITLE,
    Kind,
    Line,
    aigc_metadata,
    file_note,
    record,
)

if TYPE_CHECKING:
    from docx.document import Document

_LATIN = "Times New Roman"
# Name → what stands in where it is not installed (w:altName)
_FONTS = {"方正小标宋简体": "黑体", "黑体": "SimHei", "楷体": "KaiTi", "仿宋": "FangSong"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CUSTOM = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006"
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # of every custom property
_LONGEST_PROPERTY = 255
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can write


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph style: sizes and distances in points, ``indent`` in characters of its size."""

    style: str
    font: str
    size: float
    first: float = 0.0
    indent: float = 0.0
    before: float = 0.0
    line: float = 28.0
    bold: bool = False
    align: str = "JUSTIFY"


# 二号, 三号, 四号 are 22, 16 and 14 points; a line of 三号 is 28 points high (GB/T 9704-2012)
_LOOKS = {
    Kind.TITLE: Look("Title", "方正小标宋简体", 22, line=36, align="CENTER"),
    Kind.ABOUT: Look("Subtitle", "楷体", 12, line=22, align="CENTER"),
    Kind.TURN: Look("Heading 1", "黑体", 16, first=2, before=14, bold=True),
    Kind.SECTION: Look("Heading 2", "楷体", 16, first=2, before=4, bold=True),
    Kind.TEXT: Look("Normal", "仿宋", 16, first=2),
    Kind.NOTICE: Look("Caption", "楷体", 14, first=2, line=24),
    Kind.ITEM: Look("List Paragraph", "仿宋", 16, first=2),
    Kind.SOURCE: Look("Body Text", "仿宋", 14, first=2, before=4, line=24, align="LEFT"),
    Kind.QUOTE: Look("Quote", "楷体", 14, first=2, indent=2, line=24),
}
_LINK = Look("Body Text 2", "仿宋", 10.5, indent=4, line=16, align="LEFT")
_FOOTER = Look("Footer", "仿宋", 10.5, line=16, align="CENTER")


def as_docx(turns: Sequence[Answer], site_name: str, public_base_url: str = "") -> bytes:
    """The conversation as a Word document, ``AIGC`` among its properties where an LLM wrote."""
    import docx

    document = docx.Document()
    _set_page(document)
    _set_fonts(document)
    for look in (*_LOOKS.values(), _LINK, _FOOTER):
        _set_style(document, look)
    ids = {look.style: document.styles[look.style].style_id for look in (*_LOOKS.values(), _LINK)}
    for line in record(turns, site_name, public_base_url):
        _add(document, line, ids)
    _add_footer(document, file_note(turns))
    _set_properties(document, site_name, max((t.created for t in turns), default=0))
    label = aigc_metadata(turns, site_name)
    if label:
        _add_custom(document, {"AIGC": json.dumps(label, ensure_ascii=False)})
    stream = io.BytesIO()
    document.save(stream)
    return _timeless(stream.getvalue())


# The page and its styles --------------------------------------------------------------------------


def _set_page(document: Document) -> None:
    """A4 with 天头 37 mm and 订口 28 mm around a text area of 156 mm × 225 mm."""
    from docx.shared import Mm

    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    page.footer_distance = Mm(20)


def _set_style(document: Document, look: Look) -> None:
    """Give one of Word's own styles our look and none of its own: no theme, colour or border."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    style: Any = document.styles[look.style]
    for element in (style.element.rPr, style.element.pPr):
        for child in list(element) if element is not None else ():
            if not child.tag.endswith(("}keepNext", "}outlineLvl")):
                element.remove(child)
    style.font.size, style.font.color.rgb = Pt(look.size), RGBColor(0, 0, 0)
    style.font.bold = look.bold
    _set_font(style.element.get_or_add_rPr(), look.font)
    shape = style.paragraph_format
    shape.space_before, shape.space_after = Pt(look.before), Pt(0)
    shape.line_spacing = Pt(look.line)
    shape.first_line_indent = Pt(look.size * look.first)
    shape.left_indent = Pt(look.size * look.indent)
    shape.alignment = getattr(WD_ALIGN_PARAGRAPH, look.align)


def _set_font(properties: Any, font: str) -> None:
    """The font of Chinese characters, and that of Latin letters and figures."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), _LATIN)
    fonts.set(qn("w:eastAsia"), font)


def _set_fonts(document: Document) -> None:
    """Simplified Chinese for all that has no style; what stands in for a font that is missing."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import nsdecls, qn

    defaults = document.styles.element.find(qn("w:docDefaults"))
    language = defaults.find(f".//{qn('w:lang')}")
    language.set(qn("w:eastAsia"), "zh-CN")
    table = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _FONTS.items()
    )
    part: Any = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part._blob = f"<w:fonts {nsdecls('w')}>{table}</w:fonts>".encode()


# Paragraphs ---------------------------------------------------------------------------------------


def _add(document: Document, line: Line, ids: Mapping[str, str]) -> None:
    """A paragraph in the style of its kind, and one for its link; ``ids`` are those of the styles.

    A style given by its name would be looked up for every paragraph, which takes most of the time.
    """
    paragraph: Any = document.add_paragraph(_printable(line.text))
    paragraph._p.style = ids[_LOOKS[line.kind].style]
    if line.url:
        below: Any = document.add_paragraph()
        below._p.style = ids[_LINK.style]
        below._p.append(_link(document, line.url))


def _link(document: Document, url: str) -> Any:
    """条款页, in words that can be clicked and with the address for whoever reads it on paper."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    name = document.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    return parse_xml(
        f'<w:hyperlink {nsdecls("w", "r")} r:id="{name}"><w:r><w:rPr><w:u w:val="single"/></w:rPr>'
        f"<w:t>条款页：{escape(_printable(url))}</w:t></w:r></w:hyperlink>"
    )


def _add_footer(document: Document, note: str) -> None:
    """The notice, then — 1 — with the number of the page."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    footer = document.sections[0].footer
    footer.paragraphs[0].text = note
    number = footer.add_paragraph("— ", style=_FOOTER.style)
    field = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    number._p.append(parse_xml(field))
    number.add_run(" —")


def _printable(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNPRINTABLE.sub("", text)


# Properties and the package -----------------------------------------------------------------------


def _set_properties(document: Document, site_name: str, created: int) -> None:
    about = document.core_properties
    at = clock.at(created).replace(tzinfo=None)
    name = _printable(site_name)[:_LONGEST_PROPERTY]
    about.title, about.author, about.last_modified_by = TITLE, name, name
    about.language, about.comments, about.created, about.modified = "zh-CN", "", at, at


def _add_custom(document: Document, properties: Mapping[str, str]) -> None:
    """Custom properties, for which python-docx has nothing: a part of the package of its own."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    package = document.part.package
    xml = "".join(_properties(properties)).encode()
    part = Part(PackURI("/docProps/custom.xml"), _CUSTOM, xml, package)
    package.relate_to(part, f"{_RELATIONS}/custom-properties")


def _properties(properties: Mapping[str, str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    yield f'<Properties xmlns="{_PROPERTIES}/custom-properties"'
    yield f' xmlns:vt="{_PROPERTIES}/docPropsVTypes">'
    for number, (name, value) in enumerate(properties.items(), 2):  # 0 and 1 are taken
        yield f'<property fmtid="{_FORMAT_ID}" pid="{number}" name="{escape(name)}">'
        yield f"<vt:lpwstr>{escape(_printable(value))}</vt:lpwstr></property>"
    yield "</Properties>"


def _timeless(data: bytes) -> bytes:
    """The same package without the moment of writing."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _LONG_AGO), old.read(name), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
