"""The words of a PDF in this very process: lines joined to paragraphs, ruled tables, bold.

PDFium reads the file: on a Chinese policy it is nine times as fast as pdfminer and it survives
broken files. It is not safe to use from two threads, and a hostile page can keep it busy for ever
or eat all memory: ``pdf.read`` runs it in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from assistant.errors import UnreadableFile
from assistant.reading.formats.pdf_page import Page, read_page, with_bold
from assistant.reading.glyphs import Glyph, lines
from assistant.reading.grids import Grid, grids, with_page
from assistant.reading.source import Row, Source, Table, assemble
from assistant.reading.wrapping import PositionedLine, blocks, without_page_marks

MAX_PAGES = 3000
MAX_CHARS = 5_000_000
MAX_SECONDS = 110.0  # seen between two pages; the parent waits a little longer
_LOST_SHARE = 0.2
_MAX_MEMORY = 4 * 1024**3


def main() -> None:
    """Read the PDF on the standard input; write the source, or why it is refused, as JSON."""
    _limit_memory()
    try:
        source = read_here(sys.stdin.buffer.read(), "")
    except UnreadableFile as error:
        answer: dict[str, Any] = {"refused": error.reason}
    else:
        answer = {"text": source.text, "bold": source.bold, "tables": source.tables}
    sys.stdout.buffer.write(json.dumps(answer).encode())


def _limit_memory() -> None:
    if sys.platform == "win32":
        return  # no such limit there; the time limit remains
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


def read_here(data: bytes, name: str, *, clock: Callable[[], float] = time.monotonic) -> Source:
    """The words of a PDF; ``clock`` gives seconds.

    Raises:
        UnreadableFile: broken, encrypted, too large or too slow, a scan, or its characters have
            no meaning.
    """
    pages = _pages(data, name, clock)
    _check_text(pages, name)
    items = _items(pages)
    return assemble(blocks(items), hashlib.sha256(data).hexdigest(), name, keeps_bold=True)


def _pages(data: bytes, name: str, clock: Callable[[], float]) -> list[Page]:
    import pypdfium2

    deadline = clock() + MAX_SECONDS
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile(name, _why_closed(error)) from error
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise UnreadableFile(name, f"有{count}页，超过{MAX_PAGES}页，请拆分后再放入")
        if count < 1:
            raise UnreadableFile(name, "PDF 里没有页面，文件可能不完整，请重新取得")
        pages: list[Page] = []
        left = MAX_CHARS
        for number in range(count):
            if clock() > deadline:
                raise UnreadableFile(
                    name, f"读到第{number + 1}页已超过{MAX_SECONDS:.0f}秒，请拆分或另存后再放入"
                )
            pages.append(_page(document, number, left, name))
            left -= len(pages[-1].glyphs)
        return pages
    finally:
        document.close()


def _page(document: Any, number: int, most_chars: int, name: str) -> Page:
    import pypdfium2

    try:
        page = document[number]
        try:
            return read_page(page, most_chars)
        finally:
            page.close()
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile(
            name, f"第{number + 1}页已损坏，请重新取得文件或另存为新的 PDF"
        ) from error
    except OverflowError as error:
        raise UnreadableFile(name, f"文字超过{MAX_CHARS // 10_000}万字，请拆分后再放入") from error


def _why_closed(error: Any) -> str:
    import pypdfium2.raw as pdfium

    if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return "文件有打开密码，请解除密码后再放入"
    return "不是完整的 PDF，文件可能已损坏，请重新取得"


def _check_text(pages: Sequence[Page], name: str) -> None:
    """Refuse what has no text layer, or one that cannot be understood.

    Raises:
        UnreadableFile: a scan, or a text of characters without a meaning.
    """
    words = [sum(1 for g in page.glyphs if g.text.strip()) for page in pages]
    scans = [
        n
        for n, (own, page) in enumerate(zip(words, pages, strict=True), 1)
        if not own and page.has_image
    ]
    if not any(words):
        raise UnreadableFile(
            name,
            "是扫描件，没有文字，请先做文字识别（OCR）" if scans else "文件里没有文字",
        )
    if 2 * len(scans) > len(pages):
        raise UnreadableFile(name, f"第{_named(scans)}页是扫描图，没有文字，请先做文字识别（OCR）")
    lost = sum(1 for page in pages for g in page.glyphs if _is_lost(g.text))
    if lost > _LOST_SHARE * sum(words):
        raise UnreadableFile(
            name, "文字无法提取，字体没有附带文字编码，请用原文件重新导出 PDF 或先做文字识别（OCR）"
        )


def _is_lost(text: str) -> bool:
    """No character, or one from the private areas, which means nothing without its font."""
    return text == "\ufffd" or "\ue000" <= text <= "\uf8ff"


def _named(numbers: Sequence[int]) -> str:
    """1–3、5 for [1, 2, 3, 5]."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return "、".join(f"{a}" if a == b else f"{a}–{b}" for a, b in spans)


def _items(pages: Sequence[Page]) -> list[PositionedLine | Table]:
    """Lines and tables in reading order, a table that goes on over a page break as one."""
    text: list[PositionedLine] = []
    tables: dict[int, list[tuple[Grid, tuple[Row, ...]]]] = {}
    for number, (page, glyphs) in enumerate(zip(pages, with_bold(list(pages)), strict=True), 1):
        found = grids(page.edges, number)
        inside: list[list[Glyph]] = [[] for _ in found]
        free: list[Glyph] = []
        for glyph in glyphs:
            at = next((i for i, grid in enumerate(found) if grid.holds(glyph)), None)
            (free if at is None else inside[at]).append(glyph)
        text += lines(free, number)
        tables[number] = [
            (grid, grid.cells(own)) for grid, own in zip(found, inside, strict=True) if own
        ]
    return _in_order(without_page_marks(text), tables)


def _in_order(
    text: Sequence[PositionedLine], tables: dict[int, list[tuple[Grid, tuple[Row, ...]]]]
) -> list[PositionedLine | Table]:
    items: list[PositionedLine | Table] = []
    last: Grid | None = None
    by_page: dict[int, list[PositionedLine]] = {number: [] for number in tables}
    for line in text:
        by_page[line.page].append(line)
    for number, own in by_page.items():
        waiting = list(tables[number])
        for line in own:
            while waiting and waiting[0][0].rows[0] < line.top:
                last = _put_table(items, *waiting.pop(0), last)
            items.append(line)
        while waiting:
            last = _put_table(items, *waiting.pop(0), last)
    return items


def _put_table(
    items: list[PositionedLine | Table], grid: Grid, rows: tuple[Row, ...], last: Grid | None
) -> Grid:
    before = items[-1] if items else None
    if last and isinstance(before, Table) and grid.continues(last):
        items[-1] = Table(with_page(before.rows, rows))
    else:
        items.append(Table(rows))
    return grid
