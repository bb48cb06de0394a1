"""Word (.docx): paragraphs, tables, automatic numbers and bold runs, as Word shows them.

What is not the document's own words goes: headers, footers, footnotes, comments, deleted and
hidden text, field codes, tables of contents. A line break inside a paragraph ends a line.

Heading styles count only in a document without any official number (一、 第一条 1. …): an official
text is structured by its numbers, and must be read the same whatever styles were put on it.

python-docx is not used: it refuses every file with a dangling relationship (NULL targets, as WPS
and Word leave them) and the strict variant of the format, and unpacks all pictures.
"""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.errors import UnreadableFile
from assistant.reading.formats import word_numbering
from assistant.reading.formats.archive import Element, members, tree
from assistant.reading.formats.word_lines import Item, Line, Run, blocks
from assistant.reading.formats.word_styles import Style, Styles, value
from assistant.reading.formats.word_styles import read as read_styles
from assistant.reading.numbering import marker
from assistant.reading.source import Row, Source, Table, assemble

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "文件已加密，请先取消密码"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_GONE = {"del", "moveFrom", "pPr", "rPr", "sectPr", "tblPr", "tblGrid", "sdtPr", "sdtEndPr"}
_DRAWN = {"drawing", "pict", "object"}
_BREAKS = {"br", "cr"}
_SIGNS = {"tab": " ", "ptab": " ", "noBreakHyphen": "-"}
_MOST_COLUMNS = 63  # Word's own limit
_MOST_TEXT = 20_000_000


def read(data: bytes, name: str) -> Source:
    """The words of a .docx.

    Raises:
        UnreadableFile: encrypted, broken, not a Word document, too large, or without text.
    """
    if data.startswith(OLE):
        raise UnreadableFile(
            name,
            ENCRYPTED
            if ENCRYPTED_STREAM in data
            else "内容是旧版 Word 或 WPS 格式，请把后缀改为 .doc 或 .wps，或另存为 .docx",
        )
    if not data.startswith(b"PK"):
        raise UnreadableFile(name, "内容不是 .docx 文档，请用 Word 或 WPS 另存为 .docx")
    with members(data, name) as archive:
        reader = _open(archive, name)
    found = tuple(blocks(reader.items))
    return assemble(found, hashlib.sha256(data).hexdigest(), name, keeps_bold=True)


def _open(archive: zipfile.ZipFile, name: str) -> _Reader:
    main = _targets(archive, "", name).get("officeDocument", "word/document.xml")
    if main not in archive.namelist():
        raise UnreadableFile(name, "压缩包里没有 Word 正文，请用 Word 或 WPS 另存为 .docx")
    body = tree(archive, main, name).find("body")
    if body is None:
        raise UnreadableFile(name, "不是 Word 文档，请用 Word 或 WPS 另存为 .docx")
    parts = _targets(archive, main, name)
    roots = {
        kind: tree(archive, parts[kind], name)
        for kind in ("styles", "numbering")
        if parts.get(kind, "") in archive.namelist()
    }
    reader = _Reader(
        name, read_styles(roots.get("styles")), word_numbering.read(roots.get("numbering"))
    )
    reader.items = reader.story(body)
    return reader


def _targets(archive: zipfile.ZipFile, of: str, name: str) -> dict[str, str]:
    """The members that a member ('': the package) refers to, by the last word of their kind."""
    folder, file = posixpath.split(of)
    relations = posixpath.join(folder, "_rels", f"{file}.rels")
    if relations not in archive.namelist():
        return {}
    return {
        posixpath.basename(e.get("Type", "")): posixpath.normpath(
            posixpath.join("/", folder, e.get("Target", ""))
        ).lstrip("/")
        for e in tree(archive, relations, name).findall("Relationship")
    }


@dataclass(slots=True)
class _Reader:
    """Walks the body; ``carried`` are the words of a paragraph whose end was deleted."""

    name: str
    styles: Styles
    numbering: word_numbering.Numbering
    items: list[Item] = field(default_factory=list)
    carried: list[Run] = field(default_factory=list)
    repeated: int = 0

    def story(self, parent: Element) -> list[Item]:
        """The paragraphs and tables of a body, cell or text box."""
        outer, self.carried = self.carried, []
        items: list[Item] = []
        self._blocks(parent, items)
        if self.carried:
            items.append(Line(self.carried))
        self.carried = outer
        return items

    def _blocks(self, parent: Element, items: list[Item]) -> None:
        for child in parent:
            if child.tag == "p":
                self._paragraph(child, items)
            elif child.tag == "tbl":
                self._table(child, items)
            elif child.tag == "AlternateContent":
                self._blocks(_chosen(child), items)
            elif child.tag not in _GONE and not _is_contents(child):
                self._blocks(child, items)

    def _paragraph(self, paragraph: Element, items: list[Item]) -> None:
        properties = paragraph.find("pPr")
        key, style = self.styles.of_paragraph(properties)
        if style.is_contents:
            last = items[-1] if items else None
            if isinstance(last, Line) and "".join(last.text.split()) == "目录":
                items.pop()
            return
        boxes: list[Element] = []
        runs = [*self.carried, *self._runs(paragraph, style, boxes)]
        self.carried = []
        mark = None if properties is None else properties.find("rPr")
        if mark is not None and (mark.find("del") is not None or mark.find("moveFrom") is not None):
            self.carried = runs
        else:
            items.append(self._numbered(Line(runs, style.outline, style.is_title), key, style))
        for box in boxes:
            items.extend(self.story(box))

    def _numbered(self, line: Line, key: str, style: Style) -> Line:
        """The line with its automatic number, unless the same kind of number is typed there too."""
        if not style.number:
            return line
        at = (
            self.numbering.level_of_style(style.number, key) if style.level is None else style.level
        )
        number = self.numbering.next(style.number, at or 0)
        words = line.text.strip()
        if not number or not words or _is_typed(number, words):
            return line
        return Line([Run(number), *_stripped(line.runs)], line.outline, line.is_title)

    def _runs(self, parent: Element, style: Style, boxes: list[Element]) -> Iterator[Run]:
        for child in parent:
            if child.tag == "r":
                yield from self._run(child, style, boxes)
            elif child.tag == "AlternateContent":
                yield from self._runs(_chosen(child), style, boxes)
            elif child.tag not in _GONE:
                yield from self._runs(child, style, boxes)

    def _run(self, run: Element, style: Style, boxes: list[Element]) -> Iterator[Run]:
        look = self.styles.of_run(run.find("rPr"), style)
        if look.hidden:
            return
        for child in run:
            text = _SIGNS.get(child.tag, "")
            if child.tag == "t":
                text = " ".join((child.text or "").splitlines())
            elif child.tag in _BREAKS and child.get("type", "textWrapping") == "textWrapping":
                text = "\n"
            elif child.tag == "AlternateContent" or child.tag in _DRAWN:
                _find_boxes(child, boxes)
            elif child.tag == "ruby":
                for base in child.findall("rubyBase"):
                    yield from self._runs(base, style, boxes)
            if text:
                yield Run(text, bool(look.bold), look.black)

    # Tables

    def _table(self, table: Element, items: list[Item]) -> None:
        rows = [(row, list(_inside(row, "tc"))) for row in _inside(table, "tr")]
        if all(len(cells) == 1 for _, cells in rows):  # it only frames its words
            for _, cells in rows:
                items.extend(self.story(cells[0]))
            return
        above: dict[int, str] = {}
        found: list[Row] = []
        for row, cells in rows:
            if row.find("trPr/del") is None:
                found.append(self._row(row, cells, above))
        items.append(Table(tuple(found)))

    def _row(self, row: Element, cells: Sequence[Element], above: dict[int, str]) -> Row:
        """The texts of a row, one for each column; ``above`` are those of the row before."""
        found = [""] * _columns(value(row.find("trPr"), "gridBefore"), 0)
        for cell in cells:
            properties = cell.find("tcPr")
            text = self._cell(cell)
            merge = None if properties is None else properties.find("vMerge")
            if merge is not None and merge.get("val", "continue") == "continue":
                text = above.get(len(found), text)
            width = _columns(value(properties, "gridSpan"), 1)
            self.repeated += len(text) * width
            found.extend([text] * width)
        found.extend([""] * _columns(value(row.find("trPr"), "gridAfter"), 0))
        if self.repeated > _MOST_TEXT or len(found) > _MOST_COLUMNS * 2:
            raise UnreadableFile(self.name, "表格异常庞大，请拆分后再放入")
        above.clear()
        above.update(enumerate(found))
        return tuple(found)

    def _cell(self, cell: Element) -> str:
        """The words of a cell, one line a paragraph; a table in it gives one line a row."""
        lines: list[str] = []
        for item in self.story(cell):
            if isinstance(item, Line):
                lines.append(item.text)
            else:
                lines.extend(" ".join(dict.fromkeys(filter(None, row))) for row in item.rows)
        return "\n".join(lines)


def _is_typed(number: str, words: str) -> bool:
    """Whether the words open with the automatic number, or with another one of its kind."""
    typed, shown = marker(words), marker(number + "某")
    if typed and shown:
        return typed.level == shown.level
    mark = number.rstrip()
    return words.startswith(mark) and not words[len(mark) : len(mark) + 1].isdecimal()


def _chosen(alternatives: Element) -> Element:
    """The first of the alternatives that say the same (mc:Choice, else mc:Fallback)."""
    return alternatives[0] if len(alternatives) else alternatives


def _find_boxes(element: Element, boxes: list[Element]) -> None:
    for child in [_chosen(element)] if element.tag == "AlternateContent" else element:
        if child.tag == "txbxContent":
            boxes.append(child)
        else:
            _find_boxes(child, boxes)


def _inside(parent: Element, tag: str) -> Iterator[Element]:
    """The rows or cells of a table, also inside content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag not in _GONE:
            yield from _inside(child, tag)


def _is_contents(control: Element) -> bool:
    gallery = value(control.find("sdtPr/docPartObj"), "docPartGallery")
    return gallery == "Table of Contents"


def _columns(text: str, otherwise: int) -> int:
    return min(int(text), _MOST_COLUMNS) if text.isdecimal() and len(text) < 10 else otherwise


def _stripped(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs without the blanks before the first word."""
    begun = False
    for run in runs:
        text = run.text if begun else run.text.lstrip()
        begun = begun or bool(text)
        yield Run(text, run.bold, run.black)
