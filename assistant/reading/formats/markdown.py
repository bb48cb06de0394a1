"""Markdown (.md): bold runs, heading marks and pipe tables; the rest is text as it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import groupby

from assistant.model import Range
from assistant.reading.formats.plain import decode
from assistant.reading.source import Block, Paragraph, Source, Table, assemble

_HEADING = re.compile(r"^(#{1,6})[ \t\u3000]+")
_BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__")
_RULE = re.compile(r"[|:\-\s]+")
_CELL_BREAK = re.compile(r"(?<!\\)\|")


def read(data: bytes, name: str) -> Source:
    """The words without Markdown's marks.

    Raises:
        UnreadableFile: empty, not text, or of an unknown encoding.
    """
    digest = hashlib.sha256(data).hexdigest()
    return assemble(_blocks(decode(data, name)), digest, name, keeps_bold=True)


def _blocks(text: str) -> Iterator[Block]:
    for in_table, lines in groupby(text.split("\n"), lambda line: line.lstrip().startswith("|")):
        if not in_table:
            yield from map(_paragraph, lines)
            continue
        rows = [line for line in lines if not _RULE.fullmatch(line)]
        yield Table(tuple(tuple(_cells(row)) for row in rows))


def _cells(row: str) -> Iterator[str]:
    for cell in _CELL_BREAK.split(row.strip().removeprefix("|").removesuffix("|")):
        yield _plain(cell.strip())[0].replace("\\|", "|")


def _paragraph(line: str) -> Paragraph:
    mark = _HEADING.match(line)
    words, bold = _plain(line[mark.end() :] if mark else line)
    return Paragraph(words, bold, len(mark.group(1)) if mark else 0)


def _plain(line: str) -> tuple[str, tuple[Range, ...]]:
    """The line without its marks of bold, and the ranges that were bold."""
    plain, end = "", 0
    bold: list[Range] = []
    for match in _BOLD.finditer(line):
        plain += line[end : match.start()]
        inner = match.group(1) or match.group(2)
        bold.append((len(plain), len(plain) + len(inner)))
        plain += inner
        end = match.end()
    return plain + line[end:], tuple(bold)
