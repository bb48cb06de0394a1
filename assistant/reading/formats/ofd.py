"""OFD (.ofd, GB/T 33190): the words of the pages, put back into paragraphs by their place.

Elements are met by their local names, since producers differ in prefix and namespace. Templates,
background layers and slanted words hold what belongs to the sheet (heads, watermarks), not to the
document; seals and notes are in files of their own; none of them is read.
"""

from __future__ import annotations

import hashlib
import math
import posixpath
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from xml.etree.ElementTree import Element

from assistant.errors import UnreadableFile
from assistant.model import Range
from assistant.reading.formats import archive
from assistant.reading.source import Source, assemble
from assistant.reading.wrapping import PositionedLine, paragraphs

MAX_PAGES = 3000
MAX_CHARACTERS = 1_000_000
_POINTS = 72 / 25.4  # of a millimetre, the unit of an OFD page
_HEAVY = re.compile(r"bold|black|heavy|粗", re.I)
_HEI = re.compile(r"(?<!雅)黑体|(?<!雅)黑_GB|方正黑|SimHei|ST ?Heiti|^Hei", re.I)
_LAID_OUT = re.compile(r"^\s*\n\s*|\s*\n\s*$")  # how a printer of XML has indented the words
_LOCKED = ("encryptions.xml", "decryptseed.dat")


@dataclass(frozen=True, slots=True)
class _Font:
    bold: bool = False
    hei: bool = False


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A character on a page; millimetres, ``y`` is its baseline from the top."""

    text: str
    x: float
    y: float
    size: float
    width: float
    bold: bool
    hei: bool


def read(data: bytes, name: str) -> Source:
    """The text of all documents of the package, in order.

    Raises:
        UnreadableFile: no OFD package, broken, encrypted, endless, or without words (a scan).
    """
    package = _Package(archive.members(data, name), name)
    pages: list[list[_Glyph]] = []
    images, free = False, MAX_CHARACTERS
    for page, fonts in package.pages():
        free -= sum(len(code.text or "") for code in page.iter("TextCode"))
        if free < 0:
            raise UnreadableFile(name, f"文字超过{MAX_CHARACTERS // 10000}万个，请拆分后再放入")
        glyphs, pictured = _page(page, fonts, name)
        pages.append(glyphs)
        images = images or pictured
    if not any(glyph.text.strip() for page in pages for glyph in page):
        scan = "只有扫描图像，没有文字，请先做文字识别（OCR）"
        raise UnreadableFile(name, scan if images else "文件里没有文字")
    hei = sum(glyph.hei for page in pages for glyph in page)
    marks = hei * 2 < sum(map(len, pages))  # 黑体 stands out only from another font
    lines = [
        _positioned(line, number, marks)
        for number, page in enumerate(pages, 1)
        for line in _lines(page)
    ]
    return assemble(paragraphs(lines), hashlib.sha256(data).hexdigest(), name, keeps_bold=True)


class _Package:
    """The files of a package, found by the places that they give each other."""

    def __init__(self, files: zipfile.ZipFile, name: str) -> None:
        self.files, self.name = files, name
        self.members = {_normal("", member): member for member in files.namelist()}
        if any(posixpath.basename(member) in _LOCKED for member in self.members):
            raise UnreadableFile(name, "文件已加密，请先取消密码")
        if "ofd.xml" not in self.members:
            raise UnreadableFile(name, "不是 OFD 文件（缺少OFD.xml），请重新获取")

    def tree(self, place: str) -> Element:
        """The XML at a normal place."""
        return archive.tree(self.files, self.members.get(place, place), self.name)

    def pages(self) -> Iterator[tuple[Element, dict[str, _Font]]]:
        """Each page once, with the fonts that it can name."""
        seen: set[str] = set()
        for body in self.tree("ofd.xml").iter("DocRoot"):
            root = _normal("", body.text or "")
            document = self.tree(root)
            folder = posixpath.dirname(root)
            fonts: dict[str, _Font] = {}
            for tag in ("PublicRes", "DocumentRes"):
                for found in document.iter(tag):
                    fonts |= self._fonts(_normal(folder, found.text or ""))
            for listed in document.findall("./Pages/Page"):
                place = _normal(folder, listed.get("BaseLoc", ""))
                if place in seen:
                    continue
                seen.add(place)
                if len(seen) > MAX_PAGES:
                    raise UnreadableFile(self.name, f"超过{MAX_PAGES}页，请拆分后再放入")
                page = self.tree(place)
                own = dict(fonts)
                for found in page.findall("./PageRes"):
                    own |= self._fonts(_normal(posixpath.dirname(place), found.text or ""))
                yield page, own

    def _fonts(self, place: str) -> dict[str, _Font]:
        if place not in self.members:  # words can be read without their fonts
            return {}
        return {font.get("ID", ""): _font(font) for font in self.tree(place).iter("Font")}


def _normal(folder: str, place: str) -> str:
    """A place in the package, from its root; case and slashes differ between producers."""
    place = place.strip().replace("\\", "/")
    joined = posixpath.normpath(posixpath.join("/", folder, place))
    return joined.lstrip("/").lower()


def _font(font: Element) -> _Font:
    names = f"{font.get('FontName', '')} {font.get('FamilyName', '')}"
    heavy = font.get("Bold", "").lower() in ("true", "1") or bool(_HEAVY.search(names))
    return _Font(heavy, bool(_HEI.search(names)))


def _page(page: Element, fonts: dict[str, _Font], name: str) -> tuple[list[_Glyph], bool]:
    """The characters of a page, and whether it holds images."""
    glyphs: list[_Glyph] = []
    images = False
    for layer in page.findall("./Content/Layer"):
        images = images or next(layer.iter("ImageObject"), None) is not None
        if layer.get("Type") == "Background":
            continue
        for found in layer.iter("TextObject"):
            try:
                glyphs += _glyphs(found, fonts.get(found.get("Font", ""), _Font()))
            except ValueError as error:
                raise UnreadableFile(name, archive.BROKEN) from error
    return glyphs, images


def _numbers(text: str | None) -> list[float]:
    found = [float(part) for part in (text or "").replace(",", " ").split()]
    if not all(math.isfinite(number) and abs(number) < 1e6 for number in found):
        raise ValueError(text)
    return found


def _glyphs(found: Element, font: _Font) -> Iterator[_Glyph]:
    """The characters of a TextObject where they stand on the page."""
    left, top = (*_numbers(found.get("Boundary")), 0.0, 0.0)[:2]
    a, b, c, d, e, f = (_numbers(found.get("CTM")) or [1.0, 0.0, 0.0, 1.0, 0.0, 0.0])[:6]
    if abs(b) > 0.2 * abs(a):
        return
    size = (_numbers(found.get("Size")) or [4.0])[0]
    wide = size * math.hypot(a, b) * (_numbers(found.get("HScale")) or [1.0])[0]
    heavy = font.bold or (_numbers(found.get("Weight")) or [400.0])[0] >= 600
    heavy = heavy or found.get("Stroke", "").lower() == "true"
    x = y = 0.0
    for code in found.iter("TextCode"):
        text = _LAID_OUT.sub("", code.text or "")
        x = (_numbers(code.get("X")) or [x])[0]
        y = (_numbers(code.get("Y")) or [y])[0]
        at_x, at_y = x, y
        across = _deltas(code.get("DeltaX"), len(text))
        down = _deltas(code.get("DeltaY"), len(text))
        for number, char in enumerate(text):
            share = 1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5
            yield _Glyph(
                text=char,
                x=left + a * at_x + c * at_y + e,
                y=top + b * at_x + d * at_y + f,
                size=size * math.hypot(c, d),
                width=wide * share,
                bold=heavy,
                hei=font.hei,
            )
            natural = 0.0 if down else size * share
            at_x += across[min(number, len(across) - 1)] if across else natural
            at_y += down[min(number, len(down) - 1)] if down else 0.0


def _deltas(text: str | None, most: int) -> list[float]:
    """The steps from character to character; "g 3 10" stands for "10 10 10"."""
    parts = iter((text or "").replace(",", " ").split())
    steps: list[float] = []
    for part in parts:
        if part.lower() != "g":
            steps.append(float(part))
            continue
        count, step = islice(parts, 2)
        steps += [float(step)] * min(max(int(float(count)), 0), most)
    if not all(math.isfinite(step) and abs(step) < 1e6 for step in steps):
        raise ValueError(text)
    return steps[:most]


def _lines(glyphs: Sequence[_Glyph]) -> Iterator[list[_Glyph]]:
    """The characters of a page by their baselines, each line from left to right."""
    line: list[_Glyph] = []
    for glyph in sorted(glyphs, key=lambda glyph: glyph.y):
        if line and glyph.y - line[-1].y > 0.35 * max(min(glyph.size, line[0].size), 0.5):
            yield sorted(line, key=lambda glyph: glyph.x)
            line = []
        line.append(glyph)
    if line:
        yield sorted(line, key=lambda glyph: glyph.x)


def _positioned(line: Sequence[_Glyph], page: int, hei_marks: bool) -> PositionedLine:
    text = ""
    bold: list[Range] = []
    before: _Glyph | None = None
    for glyph in line:
        if before and glyph.text == before.text and glyph.x - before.x < 0.3 * before.width:
            continue  # drawn twice to look heavier
        if before and not text[-1:].isspace():
            text += _blank(before, glyph)
        if (glyph.bold or (hei_marks and glyph.hei)) and not glyph.text.isspace():
            if bold and not text[bold[-1][1] :].strip():
                bold[-1] = (bold[-1][0], len(text) + len(glyph.text))
            else:
                bold.append((len(text), len(text) + len(glyph.text)))
        text += glyph.text
        before = glyph
    seen = [glyph for glyph in line if not glyph.text.isspace()] or list(line)
    size = max(glyph.size for glyph in seen)
    baseline = max(glyph.y for glyph in seen)
    return PositionedLine(
        text=text,
        left=seen[0].x * _POINTS,
        right=max(glyph.x + glyph.width for glyph in seen) * _POINTS,
        top=(baseline - 0.88 * size) * _POINTS,
        bottom=(baseline + 0.12 * size) * _POINTS,
        page=page,
        bold=tuple(bold),
    )


def _blank(before: _Glyph, glyph: _Glyph) -> str:
    """The blank that the free room between two characters stands for."""
    free = glyph.x - before.x - before.width
    if free > 1.5 * glyph.size:
        return "\u3000"
    latin = before.text.isascii() and glyph.text.isascii()
    return " " if latin and free > 0.3 * glyph.size else ""
