"""An HTML page → its blocks in reading order, and which stretch of them each element holds. Pure.

Nothing is chosen here: the page's noise is still in it. What a browser would not show is left out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.errors import UnreadableFile
from assistant.model import Range
from assistant.reading.formats import html_table
from assistant.reading.source import Block, Paragraph, Table

MAX_TAGS = 300_000
MAX_CHARACTERS = 5_000_000
_LONG_TAG = re.compile(r"<(\w+)\s[^<>]{4000,}>")  # embedded pictures, or a flood of attributes
_UNSEEN = frozenset(
    "script style noscript template head iframe frameset object embed applet svg math canvas audio"
    " video map select button input textarea datalist".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rp"
    " rt ruby s samp small span strike strong sub sup time tt u var wbr".split()
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_WEIGHT = re.compile(r"font(?:-weight)?\s*:[^;]*?\b(bold(?:er)?|normal|lighter|[1-9]00)\b", re.I)
_FAMILY = re.compile(r"font(?:-family)?\s*:([^;]+)", re.I)
_HEI = re.compile(r"(?<!雅)黑体|(?<!雅)黑_GB|方正黑|SimHei|ST ?Heiti", re.I)
_WIDE = r"\u2014-\u2026\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_BLANKS = re.compile(rf"(?P<none>(?<=[{_WIDE}])[ \t]*[\r\n][ \t\r\n\f]*(?=[{_WIDE}]))|[ \t\r\n\f]+")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\u200b-\u200d\u2060\ufeff\xad]")


@dataclass(frozen=True, slots=True)
class Item:
    """A block, and how many of its characters are links."""

    block: Block
    links: int = 0

    @property
    def text(self) -> str:
        """The block's words; the cells of a table, one per line."""
        if isinstance(self.block, Paragraph):
            return self.block.text
        return "\n".join(cell for row in self.block.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Region:
    """The items [first, last) of one element, with its tag, id and classes in small letters."""

    first: int
    last: int
    names: str


@dataclass(frozen=True, slots=True)
class Page:
    """``regions`` are in document order, outer before inner; ``named`` is what the head says."""

    items: tuple[Item, ...]
    regions: tuple[Region, ...]
    named: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Style:
    bold: bool = False
    hei: bool = False
    link: bool = False
    kept: bool = False
    heading: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    style: _Style


def parse(text: str, name: str) -> Page:
    """The page of an HTML text; ``named`` holds ("title", …) and the head's meta entries.

    Raises:
        UnreadableFile: no element, or more or deeper ones than a page of text has.
    """
    from lxml import etree

    if not re.search(r"<[A-Za-z!]", text):
        raise UnreadableFile(name, "内容不是网页，请在浏览器里打开原网页后另存")
    text = _LONG_TAG.sub(r"<\1>", text)
    if text.count("<") > MAX_TAGS or len(text) > MAX_CHARACTERS:
        raise UnreadableFile(name, "网页结构异常庞大，请只保留正文后另存")
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    clean = _UNPRINTED.sub("", text).encode("utf-8", "replace")
    root = etree.fromstring(clean, parser)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise UnreadableFile(name, "网页层层嵌套过深，请只保留正文后另存")
    if root is None:
        return Page((), (), ())
    walker = _Walker()
    walker.walk(root)
    regions = tuple(region for region in walker.regions if region.last > region.first)
    return Page(tuple(walker.finished()), regions, tuple(_named(root)))


def _named(root: Any) -> Iterator[tuple[str, str]]:
    for element in root.iter("meta"):
        key = (element.get("name") or element.get("property") or "").lower()
        if key and element.get("content"):
            yield key, " ".join(element.get("content").split())
    for element in root.iter("title"):
        yield "title", " ".join("".join(element.itertext()).split())
        return


class _Walker:
    """Goes through a tree once; never recurses, however deep the page is nested.

    ``flat`` walks a table's cell: tables inside it are read as running text.
    """

    def __init__(self, *, flat: bool = False) -> None:
        self.flat = flat
        self.regions: list[Region] = []
        self.blocks: list[list[_Piece] | Table] = []
        self.pieces: list[_Piece] = []
        self.styles = [_Style()]
        self.open: list[int] = []

    def walk(self, root: Any) -> None:
        from lxml import etree

        unseen: Any = None
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            if event == "start":
                if self._start(element):
                    continue
                unseen = element
                events.skip_subtree()
            else:
                if element is not unseen:
                    self._end(element)
                unseen = None
                if element is not root:
                    self._say(element.tail)
        self._flush()

    def _start(self, element: Any) -> bool:
        """Open the element; False when nothing in it is to be read any more."""
        tag = _tag(element)
        if tag in _UNSEEN or _is_hidden(element):
            return False
        if tag == "table" and not self.flat:
            table = html_table.table(element, _words)
            if table:
                self._flush()
                self._caption(element)
                self.regions.append(Region(len(self.blocks), len(self.blocks) + 1, _names(element)))
                self.blocks.append(table)
                return False
        if not _is_inline(tag):
            self._flush()
            self.open.append(len(self.regions))
            self.regions.append(Region(len(self.blocks), len(self.blocks), _names(element)))
        self.styles.append(_styled(element, tag, self.styles[-1]))
        self._say(element.text)
        return True

    def _end(self, element: Any) -> None:
        self.styles.pop()
        if not _is_inline(_tag(element)):
            self._flush()
            at = self.open.pop()
            self.regions[at] = replace(self.regions[at], last=len(self.blocks))

    def _caption(self, table: Any) -> None:
        for caption in table.iterchildren("caption"):
            self.pieces.append(_Piece("".join(caption.itertext()), self.styles[-1]))
            self._flush()

    def _say(self, text: str | None) -> None:
        if not text:
            return
        style = self.styles[-1]
        if not style.kept:
            self.pieces.append(_Piece(text, style))
            return
        for number, line in enumerate(text.splitlines()):
            if number:
                self._flush()
            self.pieces.append(_Piece(line, style))

    def _flush(self) -> None:
        if any(piece.text.strip() for piece in self.pieces):
            self.blocks.append(self.pieces)
        self.pieces = []

    def finished(self) -> Iterator[Item]:
        """The blocks as items; 黑体 counts as bold where it is not what most of the page is in."""
        pieces = [p for block in self.blocks if isinstance(block, list) for p in block]
        hei = sum(len(p.text) for p in pieces if p.style.hei)
        marks = hei * 2 < sum(len(p.text) for p in pieces)
        for block in self.blocks:
            yield Item(block) if isinstance(block, Table) else _item(block, marks)


def _item(pieces: Sequence[_Piece], hei_marks: bool) -> Item:
    bold: list[Range] = []
    at = links = 0
    for piece in pieces:
        end = at + len(piece.text)
        if piece.style.bold or (hei_marks and piece.style.hei):
            if bold and bold[-1][1] == at:
                bold[-1] = (bold[-1][0], end)
            else:
                bold.append((at, end))
        links += len(piece.text.strip()) if piece.style.link else 0
        at = end
    text, bold = _squeezed("".join(piece.text for piece in pieces), bold)
    return Item(Paragraph(text, tuple(bold), max(p.style.heading for p in pieces)), links)


def _squeezed(raw: str, bold: Sequence[Range]) -> tuple[str, list[Range]]:
    """The text as a browser sets it: one blank for many, none where only the source line broke."""
    starts, ends, gone, parts = [], [], [0], []
    last = 0
    for run in _BLANKS.finditer(raw):
        blank = "" if run.group("none") else " "
        parts += [raw[last : run.start()], blank]
        last = run.end()
        starts.append(run.start())
        ends.append(last)
        gone.append(gone[-1] + last - run.start() - len(blank))
    text = "".join([*parts, raw[last:]])
    stripped = text.strip()
    indent = text.index(stripped)

    def moved(at: int) -> int:
        run = bisect_left(starts, at)
        inside = run and at < ends[run - 1]
        new = starts[run - 1] - gone[run - 1] if inside else at - gone[run]
        return min(max(new - indent, 0), len(stripped))

    spans = [(moved(first), moved(end)) for first, end in bold]
    return stripped, [(first, end) for first, end in spans if first < end]


def _tag(element: Any) -> str:
    return element.tag.lower() if isinstance(element.tag, str) else ""


def _names(element: Any) -> str:
    return f"{_tag(element)} {element.get('id', '')} {element.get('class', '')}".lower()


def _is_inline(tag: str) -> bool:
    return tag in _INLINE or ":" in tag  # <o:p>, <st1:date>: what Word leaves in a page


def _is_hidden(element: Any) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN.search(element.get("style") or ""))


def _styled(element: Any, tag: str, style: _Style) -> _Style:
    """The style inside the element, from the style around it."""
    css = element.get("style") or ""
    weight, family = _WEIGHT.search(css), _FAMILY.search(css)
    font = family.group(1) if family else element.get("face") or ""
    bold = style.bold or tag in ("b", "strong")
    if weight:
        value = weight.group(1).lower()
        bold = value.startswith("bold") or (value.isdigit() and int(value) >= 600)
    return _Style(
        bold=bold,
        hei=bool(_HEI.search(font)) if font else style.hei,
        link=style.link or (tag == "a" and bool(element.get("href") or element.get("onclick"))),
        kept=style.kept or tag in ("pre", "listing", "xmp"),
        heading=int(tag[1]) if re.fullmatch("h[1-6]", tag) else style.heading,
    )


def _words(cell: Any) -> str:
    inside = _Walker(flat=True)
    inside.walk(cell)
    return "\n".join(item.text for item in inside.finished())
