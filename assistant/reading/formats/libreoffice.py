"""Old Word and WPS files (.doc, .wps): LibreOffice turns them into .docx, which is then read.

LibreOffice opens any file as something, so the content is told by its first bytes, and by the
stream that every Word file holds, before it is started. It runs without macros and without
following links, in a folder of its own that is removed afterwards.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import UnreadableFile
from assistant.reading.formats import word
from assistant.reading.source import Source

PROGRAMS = ("soffice", "libreoffice")
TIMEOUT = 120.0
_ABSENT = "读取 .doc、.wps 需要安装 LibreOffice，请安装后重试，或另存为 .docx"
_FOREIGN = "内容不是 Word 或 WPS 文字文档，请核对文件，或另存为 .docx"
_WEB_PAGE = "内容是网页，请把后缀改为 .html，或另存为 .docx"
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # never in the head of an RTF
_SECTOR = 512
_WORD_MAGIC = b"\xec\xa5"
_ENCRYPTED_AT, _ENCRYPTED_BIT = 11, 0x01
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
</item>
</oor:items>
"""


def read(
    data: bytes,
    name: str,
    *,
    programs: Sequence[str] = PROGRAMS,
    timeout: float = TIMEOUT,
) -> Source:
    """The words of a .doc or .wps; a file that is a .docx or a web page inside is told apart.

    Raises:
        UnreadableFile: not a Word or WPS text, encrypted, broken, without text, or LibreOffice
            is not installed or not done within ``timeout`` seconds.
    """
    if data.startswith(b"PK"):  # .docx under an old name
        return word.read(data, name)
    kind = _filter(data, name)
    program = next(filter(None, map(shutil.which, programs)), None)
    if not program:
        raise UnreadableFile(name, _ABSENT)
    source = word.read(_converted(data, name, program, kind, timeout), name)
    return replace(source, sha256=hashlib.sha256(data).hexdigest())


def _filter(data: bytes, name: str) -> str:
    """LibreOffice's filter for the content, so that it does not guess."""
    if data.startswith(b"{\\rtf") and not _CONTROL.search(data[:1024]):
        return "Rich Text Format"
    if not data.startswith(word.OLE):
        start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        page = start.startswith((b"<!doctype html", b"<html", b"mime-version"))
        raise UnreadableFile(name, _WEB_PAGE if page else _FOREIGN)
    if word.ENCRYPTED_STREAM in data or _is_encrypted(data):
        raise UnreadableFile(name, word.ENCRYPTED)
    if _WORD_STREAM not in data:
        raise UnreadableFile(name, _FOREIGN)
    return "MS Word 97"


def _is_encrypted(data: bytes) -> bool:
    """Whether the head of the Word stream, which opens a sector, says so (FibBase.fEncrypted)."""
    for at in range(_SECTOR, len(data) - _ENCRYPTED_AT, _SECTOR):
        if data.startswith(_WORD_MAGIC, at):
            return bool(data[at + _ENCRYPTED_AT] & _ENCRYPTED_BIT)
    return False


def _converted(data: bytes, name: str, program: str, kind: str, timeout: float) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        source, profile, target = folder / "source.doc", folder / "profile", folder / "source.docx"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        source.write_bytes(data)
        command = [
            program,
            f"-env:UserInstallation={profile.as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--nodefault"),
            f"--infilter={kind}",
            *("--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder), str(source)),
        ]
        if not _run(command, folder, timeout):
            raise UnreadableFile(name, f"转换超过{timeout:g}秒，请另存为 .docx 后再放入")
        if not target.is_file():
            raise UnreadableFile(name, "转换没有得到内容，文件可能已加密或损坏，请另存为 .docx")
        return target.read_bytes()


def _run(command: Sequence[str], folder: Path, timeout: float) -> bool:
    """Run a program with all that it starts; whether it ended in time."""
    process = subprocess.Popen(  # noqa: S603 - the program is found on PATH, the rest is ours
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            _kill(process)
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group: soffice is a script that starts the real program."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
