"""One PDF page → upright characters and ruling lines, through PDFium."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from assistant.reading.glyphs import Glyph
from assistant.reading.grids import Edge

_HEAVY = re.compile(r"bold|heavy|black|demi", re.IGNORECASE)
_HEI = re.compile(r"simhei|heiti|黑体|fzhei|fzht", re.IGNORECASE)
_STRAIGHT = 1.0  # points that a ruling line may lean
_SHORTEST, _THIN = 4.0, 3.0
_MOST_OBJECTS, _DEEPEST = 50_000, 5
_STROKED = (1, 2, 5, 6)  # text render modes
_LOST = "\ufffd"


@dataclass(frozen=True, slots=True)
class Page:
    """What is read from one page; ``has_image`` says whether there is a picture on it.

    ``fonts`` are the names of the glyphs' fonts, glyph by glyph.
    """

    glyphs: tuple[Glyph, ...] = ()
    fonts: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    has_image: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    """What all characters of one text object share."""

    size: float
    angle: int | None
    font: str
    stroked: bool


@dataclass(frozen=True, slots=True)
class _Raw:
    """A character as PDFium places it: y upwards, not turned."""

    text: str
    box: tuple[float, float, float, float]
    origin: tuple[float, float]
    style: _Style


def read_page(page: Any, most_chars: int) -> Page:
    """The page's upright characters and ruling lines, turned so that most text stands upright.

    Raises:
        OverflowError: the page has more than ``most_chars`` characters.
        pypdfium2.PdfiumError: the page cannot be loaded.
    """
    textpage = page.get_textpage()
    try:
        raw = list(_characters(textpage.raw, most_chars))
    finally:
        textpage.close()
    frame = page.get_bbox()
    raw = [c for c in raw if c.style.angle is not None and _inside(c.origin, frame)]
    angles = Counter(c.style.angle for c in raw if c.text.strip())
    turn = angles.most_common(1)[0][0] or 0 if angles else 0
    height = frame[3]
    upright = [c for c in raw if c.style.angle == turn]
    edges: list[Edge] = []
    has_image = False
    for edge in _edges(page.raw):
        if edge is None:
            has_image = True
        else:
            edges.extend(_ruled(edge, turn, height))
    return Page(
        tuple(_glyph(c, turn, height) for c in upright),
        tuple(c.style.font for c in upright),
        tuple(edges),
        has_image,
    )


def with_bold(pages: list[Page]) -> list[list[Glyph]]:
    """The glyphs of each page with those bold whose font is bolder than the document's."""
    fonts = Counter(font for page in pages for font in page.fonts)
    body = fonts.most_common(1)[0][0] if fonts else ""
    bold = {
        font
        for font in fonts
        if (_HEAVY.search(font) or _HEI.search(font)) and not _same(font, body)
    }
    stroked = sum(g.bold for page in pages for g in page.glyphs) * 2 > fonts.total()
    return [
        [
            replace(g, bold=(g.bold and not stroked) or font in bold)
            for g, font in zip(page.glyphs, page.fonts, strict=True)
        ]
        for page in pages
    ]


def _same(font: str, body: str) -> bool:
    """Whether two fonts are of one weight: both 黑体, or both bold."""
    return bool(_HEAVY.search(font)) == bool(_HEAVY.search(body)) and bool(
        _HEI.search(font)
    ) == bool(_HEI.search(body))


def _characters(textpage: Any, most: int) -> Iterator[_Raw]:
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(textpage)
    if count > most:
        raise OverflowError
    styles: dict[int, _Style] = {}
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    for at in range(count):
        if pdfium.FPDFText_IsGenerated(textpage, at):
            continue
        text = _text(pdfium.FPDFText_GetUnicode(textpage, at))
        if pdfium.FPDFText_HasUnicodeMapError(textpage, at) == 1:
            text = _LOST
        elif pdfium.FPDFText_IsHyphen(textpage, at) == 1:
            text = "-"
        if text in "\r\n\t":
            continue
        owner = pdfium.FPDFText_GetTextObject(textpage, at)
        key = ctypes.addressof(owner.contents) if owner else 0
        if key not in styles or not key:
            styles[key] = _style(textpage, at, owner)
        pdfium.FPDFText_GetLooseCharBox(textpage, at, box)
        pdfium.FPDFText_GetCharOrigin(textpage, at, x, y)
        yield _Raw(
            text, (box.left, box.bottom, box.right, box.top), (x.value, y.value), styles[key]
        )


def _text(code: int) -> str:
    """The character; U+FFFD for what is no character by itself or has no meaning of its own."""
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF or code in (0, 0xFFFE, 0xFFFF):
        return _LOST
    if code < 0x20 and code not in (9, 10, 13):
        return _LOST
    return chr(code)


def _style(textpage: Any, at: int, owner: Any) -> _Style:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage, at, matrix)
    name, flags = ctypes.create_string_buffer(256), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(textpage, at, name, 256, flags)
    degrees = math.degrees(math.atan2(matrix.b, matrix.a))
    nearest = round(degrees / 90) * 90
    size = abs(pdfium.FPDFText_GetFontSize(textpage, at)) * math.hypot(matrix.c, matrix.d)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(owner) if owner else 0
    return _Style(
        size if 0.5 < size < 2000 else 1.0,
        nearest % 360 if abs(degrees - nearest) < 3 else None,
        _font_name(name.value),
        mode in _STROKED,
    )


def _font_name(raw: bytes) -> str:
    """The font's name; old Chinese makers write it in GBK."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _inside(point: tuple[float, float], frame: tuple[float, float, float, float]) -> bool:
    return frame[0] <= point[0] <= frame[2] and frame[1] <= point[1] <= frame[3]


def _turned(x: float, y: float, turn: int, height: float) -> tuple[float, float]:
    """Where a point lies once the text runs to the right, with y downwards."""
    return {0: (x, height - y), 90: (y, x), 180: (-x, y)}.get(turn, (height - y, -x))


def _glyph(c: _Raw, turn: int, height: float) -> Glyph:
    one = _turned(c.box[0], c.box[1], turn, height)
    other = _turned(c.box[2], c.box[3], turn, height)
    base = _turned(*c.origin, turn, height)[1]
    left, right = sorted((one[0], other[0]))
    return Glyph(c.text, left, right, base, c.style.size, c.style.stroked)


_Matrix = tuple[float, float, float, float, float, float]
_Point = tuple[float, float]
_Line = tuple[_Point, _Point]


def _edges(page: Any) -> Iterator[_Line | None]:
    """The straight lines of the page's drawings; None for each picture."""
    import pypdfium2.raw as pdfium

    budget = [_MOST_OBJECTS]
    for at in range(pdfium.FPDFPage_CountObjects(page)):
        yield from _object(pdfium.FPDFPage_GetObject(page, at), (1, 0, 0, 1, 0, 0), 0, budget)


def _object(item: Any, outer: _Matrix, depth: int, budget: list[int]) -> Iterator[_Line | None]:
    import pypdfium2.raw as pdfium

    budget[0] -= 1
    if budget[0] < 0 or not item:
        return
    kind = pdfium.FPDFPageObj_GetType(item)
    own = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, own)
    matrix = _product((own.a, own.b, own.c, own.d, own.e, own.f), outer)
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        yield None
    elif kind == pdfium.FPDF_PAGEOBJ_PATH:
        yield from _path(item, matrix, budget)
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
        for at in range(pdfium.FPDFFormObj_CountObjects(item)):
            yield from _object(pdfium.FPDFFormObj_GetObject(item, at), matrix, depth + 1, budget)


def _path(item: Any, matrix: _Matrix, budget: list[int]) -> Iterator[_Line]:
    """The lines of a stroked path, or of a filled one that is as thin as a line."""
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
    count = min(pdfium.FPDFPath_CountSegments(item), budget[0])
    budget[0] -= max(count, 0)
    if not (fill.value or stroke.value) or count < 2:
        return
    lines: list[_Line] = []
    start = last = (0.0, 0.0)
    x, y = ctypes.c_float(), ctypes.c_float()
    for at in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item, at)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = _moved(x.value, y.value, matrix)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            lines.append((last, point))
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            lines.append((last, start))
            last = start
    if stroke.value or _is_thin(lines):
        yield from lines


def _is_thin(lines: list[_Line]) -> bool:
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    return bool(xs) and min(max(xs) - min(xs), max(ys) - min(ys)) < _THIN


def _ruled(line: _Line, turn: int, height: float) -> Iterator[Edge]:
    """The line as a rule, when it is level or upright and not a mere dot."""
    (x1, y1), (x2, y2) = (_turned(*point, turn, height) for point in line)
    if abs(y1 - y2) <= _STRAIGHT and abs(x1 - x2) >= _SHORTEST:
        yield Edge(False, (y1 + y2) / 2, min(x1, x2), max(x1, x2))
    elif abs(x1 - x2) <= _STRAIGHT and abs(y1 - y2) >= _SHORTEST:
        yield Edge(True, (x1 + x2) / 2, min(y1, y2), max(y1, y2))


def _moved(x: float, y: float, m: _Matrix) -> _Point:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _product(m: _Matrix, n: _Matrix) -> _Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )
