"""Makes real office files for the tests of the formats, and compares what is read from them."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from assistant.model import Document
from tests.laws import SEED

docx = pytest.importorskip("docx", reason="没有安装 python-docx，不能制作 Word 测试文件")

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
FILTERS = {"doc": "doc:MS Word 97", "wps": "doc:MS Word 97"}
needs_soffice = pytest.mark.skipif(not SOFFICE, reason="没有安装 LibreOffice，不能制作测试文件")
Clause = tuple[str, str, str, tuple[str, ...], str]


def tree(document: Document) -> list[Clause]:
    """A document's clauses without ids and places: the same in every format of one text."""
    return [
        (
            clause.kind.value,
            clause.label,
            clause.heading,
            clause.path,
            re.sub(r"\s", "", clause.text),
        )
        for clause in document.clauses
    ]


def roles(document: Document, *, bases: bool = True) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The units of every clause with their roles, and the bases unless these may differ."""
    return [
        (
            clause.label,
            [
                (a.unit, a.role.value, *([a.basis] if bases else []))
                for a in clause.responsibility.assignments
            ],
        )
        for clause in document.clauses
    ]


def seed_lines() -> list[str]:
    """The lines of the seed policy, without blank ones."""
    return [line for line in SEED.read_text(encoding="utf-8").split("\n") if line.strip()]


# .docx --------------------------------------------------------------------------------------------


def word(lines: Iterable[str | Sequence[tuple[str, str]]] = ()) -> Any:
    """A python-docx document; a line is its words, or runs of words with '' or 'b' (bold)."""
    made = docx.Document()
    for line in lines:
        paragraph = made.add_paragraph()
        for words, look in [(line, "")] if isinstance(line, str) else line:
            paragraph.add_run(words).bold = True if look == "b" else None
    return made


def saved(made: Any) -> bytes:
    """The bytes of a python-docx document."""
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def xml(words: str) -> Any:
    """An element of WordprocessingML, its prefix ``w:`` declared; to be put into a document."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls('w')}", words.strip(), count=1))


def body_of(*content: str, made: Any = None) -> bytes:
    """A .docx whose body is this WordprocessingML (paragraphs, tables …)."""
    made = made or docx.Document()
    for at, words in enumerate(content):
        made.element.body.insert(at, xml(words))
    return saved(made)


def add_list(made: Any, levels: Iterable[str], number: str = "77", more: str = "") -> str:
    """Add a list to numbering.xml; ``levels`` are the insides of its w:lvl, in order; its numId."""
    root = made.part.numbering_part.element
    inside = "".join(f'<w:lvl w:ilvl="{at}">{level}</w:lvl>' for at, level in enumerate(levels))
    abstract = f'<w:abstractNum w:abstractNumId="{number}">{inside}</w:abstractNum>'
    root.insert(0, xml(abstract))
    add_number(made, number, number, more)
    return number


def add_number(made: Any, number: str, shared: str, more: str = "") -> None:
    """Add a w:num of its own for a list that is there."""
    root = made.part.numbering_part.element
    root.append(xml(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{shared}"/>{more}</w:num>'))


def level(text: str, numbers: str = "decimal", start: int = 1, more: str = "") -> str:
    """The inside of a w:lvl."""
    return (
        f'<w:start w:val="{start}"/><w:numFmt w:val="{numbers}"/>{more}'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{text}"/>'
    )


def numbered(made: Any, words: str, number: str, at: int = 0) -> Any:
    """Add a paragraph that is numbered by itself."""
    paragraph = made.add_paragraph(words)
    paragraph._p.get_or_add_pPr().append(
        xml(f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>')
    )
    return paragraph


def auto_numbered(lines: Iterable[str]) -> Any:
    """The lines with 一、 and （一） taken out and set as automatic numbers."""
    made = docx.Document()
    number = add_list(
        made, [level("%1、", "chineseCounting"), level("（%2）", "chineseCountingThousand")]
    )
    for line in lines:
        match = re.match(r"[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）", line)
        if match:
            numbered(made, line[match.end() :], number, int(match.group()[0] == "（"))
        else:
            made.add_paragraph(line)
    return made


# Anything else ------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def converted(data: bytes, to: str, suffix: str = "docx") -> bytes:
    """The file in another format ("doc", "wps", "pdf", "rtf" …), made by LibreOffice once.

    Skips the test where LibreOffice is not installed.
    """
    if not SOFFICE:
        pytest.skip("没有安装 LibreOffice，不能制作测试文件")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source = Path(folder, f"made.{suffix}")
        source.write_bytes(data)
        command = [
            SOFFICE,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            *("--headless", "--norestore", "--convert-to", FILTERS.get(to, to)),
            *("--outdir", str(Path(folder, "out")), str(source)),
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(timeout=180)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return next(Path(folder, "out").iterdir()).read_bytes()


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    return stream.getvalue()


def repacked(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A zip with its members changed in place by a function."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {member: archive.read(member) for member in archive.namelist()}
    change(files)
    return packed(files)
