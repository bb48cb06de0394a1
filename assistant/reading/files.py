"""The document files of a folder: which there are, and whether each is as it was last seen."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.errors import CorpusError, UnreadableFile
from assistant.reading import loaders, sidecar

Stamp = tuple[tuple[str, int, int], ...]
_TEMPORARY = (".", "~")  # hidden, and what office programs keep beside an open file (~$a.docx)
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One document file as an index remembers it; ``name`` is its path inside the folder.

    ``sha256`` and ``sidecar`` are the hashes of its bytes and its sidecar's ('' : none, or not to
    be read). ``mark`` holds size, change time and inode of both; () when they may not be trusted.
    ``document_id`` is the document it gave, ``parsed_id`` the id before two of the same were told
    apart. Without one, ``copy_of`` is the file that it repeats, or ``problem`` says what is wrong
    with which file, and ``passing`` whether another try may go better.
    """

    name: str
    sha256: str
    sidecar: str = ""
    mark: tuple[int, ...] = ()
    document_id: str = ""
    parsed_id: str = ""
    copy_of: str = ""
    problem: tuple[str, str] = ("", "")
    passing: bool = False

    @property
    def content(self) -> tuple[str, str, str]:
        """What parsing depends on: the format, the bytes, the sidecar's bytes."""
        return Path(self.name).suffix.lower(), self.sha256, self.sidecar


@dataclass(frozen=True, slots=True)
class Survey:
    """The files of a folder in order of name, and the sub-folders that cannot be opened."""

    folder: Path
    files: tuple[FileRecord, ...]
    problems: tuple[UnreadableFile, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of all documents and sidecars."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(os.fsencode(file.name))
            digest.update(f"\0{file.sha256}\0{file.sidecar}\0".encode())
        return digest.hexdigest()


def listed(folder: Path) -> tuple[list[Path], list[UnreadableFile]]:
    """The document files of a folder and its sub-folders, in order of name; unreadable folders.

    Links to folders are not followed, so no loop of links is walked.

    Raises:
        CorpusError: the folder is missing or holds no document.
    """
    if not folder.is_dir():
        raise CorpusError(f"文件夹“{folder}”不存在，请建立它并放入文件，或用 --corpus 指定别处。")
    errors: list[OSError] = []
    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = [name for name in folders if not name.startswith(_TEMPORARY)]
        found += [Path(parent, name) for name in names if _is_document(parent, name)]
    if not found:
        known = "、".join(loaders.SUFFIXES)
        raise CorpusError(f"文件夹“{folder}”里没有可读的文件，请放入{known}格式的文件。")
    return sorted(found), [
        UnreadableFile(shown(error.filename, folder), "文件夹无法打开，请检查权限")
        for error in errors
    ]


def _is_document(parent: str, name: str) -> bool:
    """Whether a name is that of a document file, or of a link that leads nowhere."""
    if name.startswith(_TEMPORARY) or Path(name).suffix.lower() not in loaders.SUFFIXES:
        return False
    path = Path(parent, name)
    return path.is_file() or (path.is_symlink() and not path.exists())


def shown(path: str | Path, folder: Path) -> str:
    """The path inside the folder, fit to be shown and stored whatever its bytes."""
    return encodable(os.path.relpath(path, folder))


def encodable(text: str) -> str:
    """The text with � for the bytes of a path that are no UTF-8."""
    return os.fsencode(text).decode("utf-8", "replace")


def document_files(folder: Path) -> list[Path]:
    """The document files of a folder and its sub-folders, in order of name.

    Raises:
        CorpusError: the folder is missing or holds no document.
    """
    return listed(folder)[0]


def survey(folder: Path, known: Iterable[FileRecord] = ()) -> Survey:
    """The files with the hashes of their contents.

    A file whose size, change time and inode are those of a known record keeps its hashes unread.

    Raises:
        CorpusError: the folder is missing or holds no document.
    """
    paths, problems = listed(folder)
    records = {record.name: record for record in known}
    files = tuple(_seen(path, folder, records) for path in paths)
    return Survey(folder, files, tuple(problems))


def survey_of(folder: Path, names: Iterable[str]) -> list[FileRecord]:
    """The files of these names as they are now."""
    return [_seen(folder / name, folder, {}) for name in names]


def _seen(path: Path, folder: Path, known: Mapping[str, FileRecord]) -> FileRecord:
    name = path.relative_to(folder).as_posix()
    before, marked = known.get(name), mark(path)
    if before and before.mark and before.mark == marked:
        return FileRecord(name, before.sha256, before.sidecar, marked)
    record = FileRecord(name, _sha256(path), _sha256(sidecar.beside(path)))
    # A file that was changed just now may be changed again within the tick of its clock.
    newest = max(marked[1:6:3], default=0)
    settled = record.sha256 and newest < time.time_ns() - _SETTLED_NS and mark(path) == marked
    return replace(record, mark=marked) if settled else record


def mark(path: Path) -> tuple[int, ...]:
    """Size, change time and inode of a file and of its sidecar."""
    found: list[int] = []
    for member in (path, sidecar.beside(path)):
        try:
            stat = member.stat()
        except OSError:  # no sidecar, or gone since the folder was listed
            found += (0, 0, 0)
        else:
            found += (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return tuple(found)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def stamp(folder: Path) -> Stamp:
    """Names, sizes and change times: cheap to compare, to notice that a folder changed.

    Raises:
        CorpusError: the folder is missing or holds no document.
    """
    found: list[tuple[str, int, int]] = []
    for path in document_files(folder):
        for member in (path, sidecar.beside(path)):
            try:
                stat = member.stat()
            except OSError:  # no sidecar, or removed since the folder was listed
                continue
            found.append((str(member), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
