"""A folder of document files → Documents with clauses and units, each file read once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.errors import CorpusError, UnreadableFile
from assistant.model import Document
from assistant.processes import Task
from assistant.reading import (
    classification,
    files,
    ingest,
    loaders,
    responsibility,
    sidecar,
    structure,
    unit_names,
)
from assistant.reading.editions import settle, with_id
from assistant.reading.files import FileRecord, Survey
from assistant.reading.ingest import Outcome, Problem
from assistant.reading.lines import lines_of
from assistant.reading.records import document_record
from assistant.revision import revision

READ_FILE: Task = "assistant.reading.corpus:file_outcome"
_CODE = ("reading", "data", "errors.py", "model.py", "text.py", "validity.py")


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents of a folder, what could not be read, and the hash of the files' contents.

    ``notices`` are sentences on files that were left out as copies and on several editions of one
    document; ``read`` counts the files that were parsed now and not taken from ``Earlier``;
    ``parsing`` is the ``parsing_code`` that made the documents.
    """

    documents: tuple[Document, ...]
    problems: tuple[UnreadableFile, ...]
    fingerprint: str
    files: tuple[FileRecord, ...] = ()
    notices: tuple[str, ...] = ()
    read: int = 0
    parsing: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an index holds: the records of its files, and the documents by id.

    The documents must have been parsed by code of the same ``parsing_code``.
    """

    files: tuple[FileRecord, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)


def parsing_code(names_file: Path | None = None) -> str:
    """The revision of all code and tables that a parsed document depends on.

    Raises:
        SettingsError: the user's table of unit names cannot be read.
    """
    if names_file is None:
        return revision(*_CODE)
    unit_names.load(names_file)
    return revision(*_CODE) + hashlib.sha256(names_file.read_bytes()).hexdigest()


def read_document(path: Path) -> Document:
    """One file, parsed, with the units of every clause.

    Raises:
        UnreadableFile: the file or its sidecar cannot be read, or the document is classified,
            internal or not to be made public.
    """
    source, given = loaders.read(path), sidecar.read(sidecar.beside(path))
    document = structure.parse(source, given)
    closed = classification.refusal(lines_of(source.text), document.remark)
    if closed:
        raise UnreadableFile(path.name, closed)
    if not document.title:  # a page without a title is known by its file
        document = structure.parse(source, {**given, "title": path.stem})
    return responsibility.assign(document, source.bold, keeps_bold=source.keeps_bold)


def file_outcome(path: str) -> dict[str, Any]:
    """The document's record, or the problem's path and reason, as plain values: a ``Task``."""
    try:
        return {"document": document_record(read_document(Path(path)))}
    except UnreadableFile as error:
        return {"problem": [error.path, error.reason]}


def read_folder(
    folder: Path,
    *,
    earlier: Earlier | None = None,
    workers: int | None = None,
    progress: bool = False,
    names_file: Path | None = None,
    task: Task = READ_FILE,
) -> Corpus:
    """All documents of a folder; a file that cannot be read is reported and left out.

    A file whose contents an ``earlier`` index knows is not read again, wherever it lies now;
    ``names_file`` is the user's own table of unit names.

    Raises:
        CorpusError: the folder is missing or empty, or none of its files could be read.
    """
    earlier = earlier or Earlier()
    seen = files.survey(folder, earlier.files)
    copies = _copies(seen, earlier)
    outcomes = _known(seen, earlier)
    todo = [f for f in seen.files if f.name not in outcomes and f.name not in copies]
    paths = [folder / file.name for file in todo]
    found = ingest.read_files(task, paths, workers=workers, progress=progress)
    outcomes.update(zip((file.name for file in todo), found, strict=True))
    settled = settle(
        (f.name, outcome)
        for f in seen.files
        if isinstance(outcome := outcomes.get(f.name), Document)
    )
    copies |= settled.copies
    changed = _changed(folder, todo)
    fates: dict[str, Outcome | str] = {**outcomes, **copies}
    records = tuple(
        _record(changed.get(f.name, f), fates[f.name], settled.documents, folder)
        for f in seen.files
    )
    problems = [*seen.problems, *(UnreadableFile(*r.problem) for r in records if r.problem[0])]
    if not settled.documents:
        raise CorpusError(f"文件夹“{folder}”里的文件都无法读取：{problems[0]}")
    told = [f"文件“{name}”与“{first}”内容相同，只收录后者。" for name, first in copies.items()]
    return Corpus(
        _named(settled.documents.values(), names_file),
        tuple(problems),
        seen.fingerprint,
        records,
        tuple(files.encodable(notice) for notice in (*told, *settled.notices)),
        len(todo),
        parsing_code(names_file),
    )


def _named(documents: Iterable[Document], names_file: Path | None) -> tuple[Document, ...]:
    """The documents with the names of the user's table, where there is one."""
    if names_file is None:
        return tuple(documents)
    names = unit_names.load(names_file)
    return tuple(responsibility.renamed(document, names) for document in documents)


def _known(seen: Survey, earlier: Earlier) -> dict[str, Outcome]:
    """What the earlier index says of the files that it knows by their contents."""
    by_content = {
        record.content: with_id(earlier.documents[record.document_id], record.parsed_id)
        for record in earlier.files
        if record.sha256 and record.document_id in earlier.documents
    }
    failed = {r.name: r for r in earlier.files if earlier.documents and r.problem[0]}
    found: dict[str, Outcome] = {}
    for file in seen.files:
        document, record = by_content.get(file.content), failed.get(file.name)
        if document:
            found[file.name] = document
        elif record and file.sha256 and record.content == file.content and not record.passing:
            found[file.name] = Problem(UnreadableFile(*record.problem))
    return found


def _copies(seen: Survey, earlier: Earlier) -> dict[str, str]:
    """The files that are still copies of files that are still there, by name."""
    before = {record.name: record for record in earlier.files if earlier.documents}
    same = {
        file.name
        for file in seen.files
        if file.sha256 and file.name in before and before[file.name].content == file.content
    }
    return {
        name: first
        for name in (file.name for file in seen.files)
        if name in same and (first := before[name].copy_of) in same
    }


def _changed(folder: Path, todo: list[FileRecord]) -> dict[str, FileRecord]:
    """The files that changed while they were read: what was read of them is not known."""
    if not todo:
        return {}
    now = {file.name: file for file in files.survey_of(folder, [file.name for file in todo])}
    return {
        file.name: replace(file, sha256="", sidecar="", mark=())
        for file in todo
        if now[file.name].content != file.content
    }


def _record(
    file: FileRecord,
    fate: Outcome | str,
    documents: Mapping[str, Document],
    folder: Path,
) -> FileRecord:
    """What the index remembers of a file that gave a document, repeats another, or failed."""
    if isinstance(fate, str):
        return replace(file, copy_of=fate)
    if isinstance(fate, Document):
        return replace(file, document_id=documents[file.name].id, parsed_id=fate.id)
    error = fate.error
    path = files.shown(folder / Path(file.name).parent / Path(error.path).name, folder)
    return replace(file, problem=(path, error.reason), passing=fate.passing or not file.sha256)
