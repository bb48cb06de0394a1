"""Uploads: a file that waits in a folder of its own, read by a child process, to be looked over.

What is uploaded is nobody's yet: its name is made safe, its size is held to a limit while it is
written, and no answer knows of it until it is accepted into the corpus.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from assistant.errors import (
    AdministrationError,
    TooLargeUpload,
    UnknownUpload,
)
from assistant.model import Document
from assistant.processes import Task
from assistant.reading import corpus, ingest, loaders
from assistant.reading.doc_numbers import comparable
from assistant.reading.files import FileRecord
from assistant.reading.ingest import Outcome, Problem
from assistant.reading.records import document_from, document_record
from assistant.text import fold

READING_SECONDS = 120.0
KEPT_SECONDS = 7 * 24 * 3600  # what nobody has accepted by then is thrown away
LONGEST_STEM = 150  # bytes; a name on disk holds 255, and a number may be added
_RECORD = "upload.json"
_ID = re.compile(r"[0-9a-f]{32}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
_BLOCK = 1024 * 1024

Reader = Callable[[Path], Outcome]


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that waits: the document it gave, or the sentence that says why it gave none."""

    id: str
    path: Path
    sha256: str
    size: int
    document: Document | None
    problem: str = ""

    @property
    def name(self) -> str:
        """The safe name of the file."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A document of the index that an upload repeats, and in what: 内容 文号 标题."""

    document: Document
    same: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the words are the same, so that there is nothing to take in."""
        return "内容" in self.same


class Uploads:
    """The uploads that wait in a folder."""

    def __init__(self, folder: Path, limit_mib: int, reader: Reader | None = None) -> None:
        self._folder, self._limit_mib = folder, limit_mib
        self._reader = reader or read_apart

    def add(self, name: str, data: IO[bytes]) -> Staged:
        """Write the file aside and read it.

        Raises:
            AdministrationError: another format, empty, too large, or it cannot be written.
        """
        safe = safe_name(name)
        self._sweep()
        own = secrets.token_hex(16)
        path = self._folder / own / safe
        try:
            path.parent.mkdir(parents=True)
            sha256, size = self._write(path, data)
        except AdministrationError:
            self.discard(own)
            raise
        except OSError as error:
            raise AdministrationError(not_written(self._folder, error)) from error
        outcome = self._reader(path)
        if isinstance(outcome, Problem):
            staged = Staged(own, path, sha256, size, None, str(outcome.error))
        else:
            staged = Staged(own, path, sha256, size, outcome)
        self._remember(staged)
        return staged

    def get(self, upload_id: str) -> Staged:
        """The upload of this id.

        Raises:
            UnknownUpload: none such waits.
        """
        try:
            record = json.loads((self._of(upload_id) / _RECORD).read_text(encoding="utf-8"))
            document = document_from(record["document"]) if record["document"] else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnknownUpload from error
        path = self._of(upload_id) / record["name"]
        return Staged(
            upload_id, path, record["sha256"], record["size"], document, record["problem"]
        )

    def discard(self, upload_id: str) -> None:
        """Throw an upload away; none such is no fault."""
        shutil.rmtree(self._of(upload_id), ignore_errors=True)

    def _of(self, upload_id: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise UnknownUpload
        return self._folder / upload_id

    def _write(self, path: Path, data: IO[bytes]) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as opened:
            while block := data.read(_BLOCK):
                size += len(block)
                if size > self._limit_mib * _BLOCK:
                    raise TooLargeUpload(self._limit_mib)
                digest.update(block)
                opened.write(block)
        if not size:
            raise AdministrationError("文件是空的，请核对后重新上传。")
        return digest.hexdigest(), size

    def _remember(self, staged: Staged) -> None:
        record = {
            "name": staged.name,
            "sha256": staged.sha256,
            "size": staged.size,
            "problem": staged.problem,
            "document": document_record(staged.document) if staged.document else None,
        }
        text = json.dumps(record, ensure_ascii=False)
        (staged.path.parent / _RECORD).write_text(text, encoding="utf-8")

    def _sweep(self) -> None:
        """Throw away what has waited too long."""
        oldest = time.time() - KEPT_SECONDS
        for folder in self._folder.glob("*"):
            if _ID.fullmatch(folder.name) and folder.stat().st_mtime < oldest:
                self.discard(folder.name)


def read_apart(path: Path, task: Task = corpus.READ_FILE) -> Outcome:
    """What a process of its own reads from a file; it is ended when it takes too long."""
    return ingest.read_files(task, [path], workers=1, seconds=READING_SECONDS)[0]


def safe_name(name: str) -> str:
    """A name for a file of a known format, whatever path or signs the browser sent.

    Raises:
        AdministrationError: its suffix is of no known format.
    """
    plain = name.encode("utf-8", "replace").decode().replace("\\", "/").rpartition("/")[2]
    plain = _UNSAFE.sub("", unicodedata.normalize("NFC", plain)).strip()
    stem, dot, suffix = plain.rpartition(".")
    suffix = dot + suffix.strip().lower()
    if suffix not in loaders.SUFFIXES:
        known = "、".join(loaders.SUFFIXES)
        raise AdministrationError(f"不支持这种格式的文件，请上传 {known} 格式的文件。")
    stem = stem.lstrip(".~ ").rstrip(". ")
    stem = stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore").rstrip(". ")
    return (stem or "上传的文件") + suffix


def duplicates(
    staged: Staged, documents: Sequence[Document], files: Sequence[FileRecord]
) -> tuple[Duplicate, ...]:
    """The documents that have the upload's words, number or title, the likest first."""
    new = staged.document
    if new is None:
        return ()
    by_bytes = {f.document_id for f in files if f.sha256 == staged.sha256}
    found = []
    for old in documents:
        words = old.id in by_bytes or _words(old) == _words(new)
        number = bool(new.doc_number) and _same(old.doc_number, new.doc_number)
        title = _same(old.title, new.title)
        same = [n for n, is_so in (("内容", words), ("文号", number), ("标题", title)) if is_so]
        if same:
            found.append(Duplicate(old, tuple(same)))
    return tuple(sorted(found, key=lambda it: (not it.whole, -len(it.same))))


def not_written(folder: Path, error: OSError) -> str:
    """The sentence for a folder that cannot be written."""
    return f"文件夹“{folder}”无法写入：{error.strerror or error}，请检查权限和磁盘空间后再试。"


def _same(one: str, other: str) -> bool:
    return fold(comparable(one)) == fold(comparable(other))


def _words(document: Document) -> str:
    return "".join(document.text.split())
