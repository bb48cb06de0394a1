"""A folder of document files → Documents with clauses and units; the owner of the sidecars.

Beside ``name.txt`` may lie ``name.yaml`` with what the text itself does not say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.errors import CorpusError, UnreadableFile
from assistant.model import Document, DocumentKind
from assistant.reading import loaders, responsibility, structure

SIDECAR_KEYS = frozenset({"id", "title", "doc_number", "issuer", "date", "kind", "source"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents of a folder, what could not be read, and the hash of the files' bytes."""

    documents: tuple[Document, ...]
    problems: tuple[UnreadableFile, ...]
    fingerprint: str


def document_files(folder: Path) -> list[Path]:
    """The document files of a folder and its sub-folders, in order of name.

    Raises:
        CorpusError: the folder is missing or holds no document.
    """
    if not folder.is_dir():
        raise CorpusError(f"文件夹“{folder}”不存在，请建立它并放入文件，或用 --corpus 指定别处。")
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in loaders.SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not files:
        known = "、".join(loaders.SUFFIXES)
        raise CorpusError(f"文件夹“{folder}”里没有可读的文件，请放入{known}格式的文件。")
    return files


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and bytes of all documents and sidecars."""
    digest = hashlib.sha256()
    for path in document_files(folder):
        for member in (path, path.with_suffix(".yaml")):
            if member.is_file():
                try:
                    data = member.read_bytes()
                except OSError:
                    data = b"unreadable"
                digest.update(f"{member.relative_to(folder)}\0{len(data)}\0".encode())
                digest.update(data)
    return digest.hexdigest()


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and change times: cheap to compare, to notice that a folder changed."""
    found: list[tuple[str, int, int]] = []
    for path in document_files(folder):
        for member in (path, path.with_suffix(".yaml")):
            try:
                stat = member.stat()
            except OSError:  # no sidecar, or removed since the folder was listed
                continue
            found.append((str(member), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def read_document(path: Path) -> Document:
    """One file, parsed, with the units of every clause.

    Raises:
        UnreadableFile: the file or its sidecar cannot be read.
    """
    source = loaders.read(path)
    document = structure.parse(source, read_sidecar(path.with_suffix(".yaml")))
    if not document.title:
        raise UnreadableFile(path.name, "没有找到标题，请在同名 .yaml 文件中写明 title")
    return responsibility.assign(document, source.bold, keeps_bold=source.keeps_bold)


def read_folder(folder: Path, *, progress: bool = False) -> Corpus:
    """All documents of a folder; a file that cannot be read is reported and left out.

    Raises:
        CorpusError: the folder is missing or empty, or none of its files could be read.
    """
    from tqdm import tqdm

    documents: dict[str, Document] = {}
    problems: list[UnreadableFile] = []
    files, mark = document_files(folder), fingerprint(folder)  # before reading: see what changes
    for path in tqdm(files, desc="读取文件", unit="份", disable=not progress):
        try:
            document = read_document(path)
        except UnreadableFile as error:
            problems.append(error)
            continue
        if document.id in documents:
            problems.append(
                UnreadableFile(path.name, f"与《{document.title}》编号相同，请核对是否重复")
            )
            continue
        documents[document.id] = document
    if not documents:
        raise CorpusError(f"文件夹“{folder}”里的文件都无法读取：{problems[0]}")
    return Corpus(tuple(documents.values()), tuple(problems), mark)


def read_sidecar(path: Path) -> Mapping[str, object]:
    """The sidecar's values, checked; empty when there is no sidecar.

    Raises:
        UnreadableFile: not YAML, an unknown key, or a value of the wrong kind.
    """
    import yaml

    if not path.is_file():
        return {}
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: no such day, not UTF-8
        raise UnreadableFile(path.name, "不是有效的 YAML，请检查缩进、引号和日期") from error
    if not isinstance(values, dict):
        raise UnreadableFile(path.name, "应为“键: 值”的形式")
    _check_sidecar(path.name, values)
    return values


def _check_sidecar(name: str, values: Mapping[object, object]) -> None:
    unknown = sorted(str(key) for key in values if key not in SIDECAR_KEYS)
    if unknown:
        known = "、".join(sorted(SIDECAR_KEYS))
        raise UnreadableFile(name, f"有不认识的键“{unknown[0]}”，可用的键是{known}")
    if values.get("kind", "official") not in list(DocumentKind):
        raise UnreadableFile(name, "kind 应为 official 或 explanatory")
    if "date" in values and type(values["date"]) is not date:  # a datetime is a date, but no day
        raise UnreadableFile(name, "date 应写成 2022-04-20 的形式")
    for key in sorted(SIDECAR_KEYS - {"date", "kind"}):
        if not isinstance(values.get(key, ""), str):
            raise UnreadableFile(name, f"{key} 应为文字，数字请加引号")
    if not _ID.fullmatch(str(values.get("id", "a"))):
        raise UnreadableFile(name, "id 只能用英文字母、数字、“-”和“_”")
