"""PDF files for tests, set as an office prints them: head centred, paragraphs indented, pages numbered."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from tests.office import converted

_NAMES = "office style text table fo".split()
_XMLNS = " ".join(
    f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{"xsl-fo-compatible" if n == "fo" else n}:1.0"'
    for n in _NAMES
)


def style(name: str, look: str, size: int) -> str:
    font = "Noto Serif CJK SC"
    return (
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties {look} style:punctuation-wrap="simple"/>'
        f'<style:text-properties fo:font-family="{font}" style:font-family-asian="{font}"'
        f' fo:font-size="{size}pt" style:font-size-asian="{size}pt"/></style:style>'
    )


def written(body: str, body_style: str = 'fo:text-indent="32pt" fo:text-align="justify"') -> bytes:
    """A PDF of OpenDocument content with a header and page numbers, made by LibreOffice."""
    source = f"""<?xml version="1.0" encoding="UTF-8"?><office:document {_XMLNS} office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles>
<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="21cm"
 fo:page-height="29.7cm" fo:margin="2.6cm"/><style:header-style/><style:footer-style/></style:page-layout>
{style("P", body_style, 16)}{style("T", 'fo:text-align="center"', 22)}{style("R", 'fo:text-align="end"', 16)}
{style("C", 'fo:text-align="center"', 12)}<style:style style:name="B" style:family="text">
<style:text-properties fo:font-weight="bold" style:font-weight-asian="bold"/></style:style>
<style:style style:name="X" style:family="table-cell"><style:table-cell-properties
 fo:border="0.5pt solid #000000" fo:padding="0.1cm"/></style:style></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="L"><style:header>
<text:p text:style-name="C">政府公报</text:p></style:header><style:footer><text:p text:style-name="C">— <text:page-number/> —</text:p>
</style:footer></style:master-page></office:master-styles><office:body><office:text>{body}</office:text>
</office:body></office:document>"""
    return converted(source.encode(), "pdf", "fodt")


def paragraph(words: str, name: str = "P") -> str:
    words = re.sub(
        r"\*\*(.+?)\*\*", r'<text:span text:style-name="B">\1</text:span>', escape(words)
    )
    return f'<text:p text:style-name="{name}">{words}</text:p>'


def policy(lines: list[str]) -> str:
    """The lines of a policy in the form that an office gives them."""
    kinds = ["T"] * 3 + ["C"] + ["P"] * len(lines)
    return "".join(
        paragraph(line.strip(), "R" if line.startswith("   ") else kind)
        for line, kind in zip(lines, kinds, strict=False)
    )
