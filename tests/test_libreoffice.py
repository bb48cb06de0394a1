""".doc and .wps by way of LibreOffice: the same clauses; and what is refused before and after."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from pathlib import Path

import pytest

from assistant.errors import UnreadableFile
from assistant.reading.corpus import read_document
from assistant.reading.formats import libreoffice, word
from tests import office
from tests.laws import SEED
from tests.test_word import bold_leads, leads_are_bold

HEAD = word.OLE + bytes(504)
FIB = b"\xec\xa5\xc1\x00" + bytes(508)


def refused(data: bytes, because: str, **how: object) -> None:
    with pytest.raises(UnreadableFile, match=because) as raised:
        libreoffice.read(data, "a.doc", **how)  # type: ignore[arg-type]
    assert "a.doc" in str(raised.value)


@pytest.fixture(scope="module")
def seed_doc() -> bytes:
    """The seed with automatic numbers, in the old format."""
    return office.converted(office.saved(office.auto_numbered(office.seed_lines())), "doc")


@office.needs_soffice
def test_the_seed_reads_as_its_text(tmp_path: Path, seed_doc: bytes) -> None:
    file = tmp_path / "通知.doc"
    file.write_bytes(seed_doc)
    found, plain = read_document(file), read_document(SEED)
    assert office.tree(found) == office.tree(plain)
    assert office.roles(found) == office.roles(plain)
    assert found.sha256 == hashlib.sha256(seed_doc).hexdigest()


@office.needs_soffice
def test_bold_units_lead(tmp_path: Path) -> None:
    file = tmp_path / "a.wps"
    file.write_bytes(office.converted(bold_leads(), "wps"))
    assert leads_are_bold(read_document(file)) > 10


@office.needs_soffice
def test_rich_text_is_read() -> None:
    data = b"{\\rtf1\\ansi{\\b lead} rest\\par second}"
    source = libreoffice.read(data, "a.doc")
    assert source.text.split("\n")[:2] == ["lead rest", "second"]
    assert [source.text[slice(*span)] for span in source.bold] == ["lead"]


def test_a_docx_under_an_old_name_needs_no_program() -> None:
    data = office.saved(office.word(["一、总体要求"]))
    assert libreoffice.read(data, "a.doc", programs=()).text.strip() == "一、总体要求"


@pytest.mark.parametrize(
    ("data", "because"),
    [
        ("一、总体要求".encode(), "不是 Word 或 WPS"),
        (bytes(range(256)) * 8, "不是 Word 或 WPS"),
        (b"{\\rtf1" + bytes(range(256)), "不是 Word 或 WPS"),
        (HEAD + "Workbook".encode("utf-16-le"), "不是 Word 或 WPS"),
        (b"\xef\xbb\xbf <HTML><body>x", "后缀改为 .html"),
        (b"MIME-Version: 1.0\r\n", "后缀改为 .html"),
        (HEAD + "EncryptedPackage".encode("utf-16-le"), "已加密，请先取消密码"),
        (HEAD + FIB[:11] + b"\x01" + FIB[12:], "已加密，请先取消密码"),
    ],
)
def test_foreign_content_is_refused_without_a_program(data: bytes, because: str) -> None:
    refused(data, because, programs=())


REAL = HEAD + FIB + "WordDocument".encode("utf-16-le")


def test_the_missing_program_is_named() -> None:
    refused(REAL, "需要安装 LibreOffice", programs=("no-such-program",))


@office.needs_soffice
def test_a_broken_file_is_refused(seed_doc: bytes) -> None:
    assert len(seed_doc) > 8192
    broken = bytearray(seed_doc)
    broken[48:4096] = b"\xff" * 4048  # the directory of the container is lost
    refused(bytes(broken), "已加密或损坏")


@pytest.fixture
def program(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A maker of programs that stand in for LibreOffice, from a few lines of shell."""
    if sys.platform == "win32":
        pytest.skip("用 shell 脚本代替 LibreOffice，Windows 上没有")

    def made(lines: str) -> str:
        file = tmp_path / "soffice"
        file.write_text(f"#!/bin/sh\n{lines}\n")
        file.chmod(0o755)
        return str(file)

    return made


def test_a_program_that_gives_nothing_is_told(program) -> None:  # type: ignore[no-untyped-def]
    refused(REAL, "已加密或损坏", programs=(program("exit 1"),))


def test_it_runs_apart_and_leaves_nothing(program, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    made, log = tmp_path / "made.docx", tmp_path / "log"
    made.write_bytes(office.saved(office.word(["甲"])))
    lines = (
        f'echo "$PWD $*" > {shlex.quote(str(log))}; cat < {shlex.quote(str(made))} > source.docx'
    )
    source = libreoffice.read(REAL, "a.doc", programs=("no-such-program", program(lines)))
    assert source.text.strip() == "甲"
    folder, profile, *options = log.read_text().split()
    assert profile == f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
    assert "--headless" in options
    assert not Path(folder).exists()


def test_a_program_without_end_is_ended_with_its_children(program, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pipe = tmp_path / "open"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    endless = f"exec 3> {shlex.quote(str(pipe))}; sleep 600 & wait"
    refused(REAL, "转换超过0.5秒", programs=(program(endless),), timeout=0.5)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # the end of the file: nobody holds the pipe any more
    os.close(reader)
