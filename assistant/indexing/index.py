"""The index: clauses, FAISS, BM25, unit and industry tables, manifest; build, save, load, swap.

On disk a version is a folder of its own, written aside and named by the file CURRENT, which is
replaced in one step; a reader sees the old version or the new one, never half of one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import IndexFileError
from assistant.indexing.dense import DenseStore
from assistant.indexing.lexical import LexicalStore
from assistant.model import CITABLE, Clause, Document, DocumentKind, Encoder, IndustryEntry
from assistant.reading import industries
from assistant.reading.corpus import Corpus
from assistant.reading.records import document_from, document_record, industry_from

FORMAT = 3
_DOCUMENTS, _TABLES, _VECTORS, _MANIFEST = (
    "documents.jsonl",
    "tables.json",
    "vectors.faiss",
    "manifest.json",
)
_LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made of; it must match the corpus and the encoder that use it."""

    format: int
    encoder: str
    encoder_fingerprint: str
    dimension: int
    corpus: str
    documents: int
    clauses: int
    problems: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """What the index was made of, as plain values, without its list of files."""
        record = asdict(self)
        del record["files"]
        return record


@dataclass(frozen=True, slots=True)
class Index:
    """All that answering needs. Row i of every store is ``rows[i]``."""

    documents: tuple[Document, ...]
    rows: tuple[Clause, ...]
    lexical: LexicalStore
    dense: DenseStore
    units: Mapping[str, tuple[str, ...]]
    industries: tuple[IndustryEntry, ...]
    manifest: Manifest

    @classmethod
    def build(cls, corpus: Corpus, encoder: Encoder, *, progress: bool = False) -> Index:
        """Index a corpus in memory; ``progress`` shows bars on stderr."""
        documents = corpus.documents
        rows = searchable(documents)
        of = {d.id: d for d in documents}
        passages = [passage(c, of[c.document_id]) for c in rows]
        vectors = encoder.encode_passages(passages, progress)
        manifest = Manifest(
            format=FORMAT,
            encoder=encoder.name,
            encoder_fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            corpus=corpus.fingerprint,
            documents=len(documents),
            clauses=len(rows),
            problems=tuple(str(p) for p in corpus.problems),
        )
        return cls(
            documents=documents,
            rows=rows,
            lexical=LexicalStore.build(passages, progress=progress),
            dense=DenseStore.build(vectors),
            units=unit_table(documents),
            industries=tuple(e for d in _official(documents) for e in industries.find(d)),
            manifest=manifest,
        )

    def save(self, folder: Path) -> None:
        """Write a new version aside, then make it the current one in one step."""
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="v-", dir=folder))
        try:
            self._write(aside)
            _point_to(folder, aside.name)
        except OSError:  # a full disk keeps no half of a version
            shutil.rmtree(aside, ignore_errors=True)
            raise

    def _write(self, aside: Path) -> None:
        """All files of a version; the manifest comes last and knows the others."""
        with (aside / _DOCUMENTS).open("w", encoding="utf-8") as out:
            for document in self.documents:
                out.write(json.dumps(document_record(document), ensure_ascii=False) + "\n")
        tables = {"units": self.units, "industries": [asdict(e) for e in self.industries]}
        (aside / _TABLES).write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
        self.dense.save(aside / _VECTORS)
        self.lexical.save(aside / _LEXICAL)
        manifest = asdict(self.manifest) | {"files": _digests(aside)}
        sealed = manifest | {"seal": _seal(manifest)}
        (aside / _MANIFEST).write_text(
            json.dumps(sealed, ensure_ascii=False, indent=1), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> Index:
        """Read the current version.

        Raises:
            IndexFileError: there is none, it is of another format, or its files are not intact.
        """
        version = folder / _current(folder)
        manifest = _manifest_of(version)
        try:
            if _digests(version) != manifest.files:
                raise IndexFileError(f"索引“{folder}”不完整或被改动，请运行 build 重建。")
            return cls._read(version, manifest)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:  # faiss: Runtime
            raise IndexFileError(f"索引“{folder}”无法读取，请运行 build 重建。") from error

    @classmethod
    def _read(cls, version: Path, manifest: Manifest) -> Index:
        with (version / _DOCUMENTS).open(encoding="utf-8") as lines:
            documents = tuple(document_from(json.loads(line)) for line in lines)
        tables = json.loads((version / _TABLES).read_text(encoding="utf-8"))
        return cls(
            documents=documents,
            rows=searchable(documents),
            lexical=LexicalStore.load(version / _LEXICAL),
            dense=DenseStore.load(version / _VECTORS),
            units={name: tuple(ids) for name, ids in tables["units"].items()},
            industries=tuple(industry_from(e) for e in tables["industries"]),
            manifest=manifest,
        )


def searchable(documents: Iterable[Document]) -> tuple[Clause, ...]:
    """The clauses that have words of their own, in reading order."""
    return tuple(
        c
        for d in documents
        for c in d.clauses
        if c.kind in CITABLE and c.body_range[1] > c.body_range[0]
    )


def passage(clause: Clause, document: Document) -> str:
    """What is indexed for a clause of a document: its headings down the path, its own words."""
    return " ".join(clause.path[1:]) + "\n" + document.text[slice(*clause.body_range)]


def _official(documents: Iterable[Document]) -> list[Document]:
    """The documents that give units their tasks: an explanatory one has no say."""
    return [d for d in documents if d.kind is DocumentKind.OFFICIAL]


def unit_table(documents: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    """Unit → ids of all official clauses it has a part in, own or inherited, in reading order."""
    table: dict[str, list[str]] = defaultdict(list)
    for document in _official(documents):
        for clause in document.clauses:
            for assignment in clause.responsibility.assignments:
                table[assignment.unit].append(clause.id)
    return {unit: tuple(ids) for unit, ids in table.items()}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the current version, without loading the index.

    Raises:
        IndexFileError: no index, no readable manifest, or another format.
    """
    return _manifest_of(folder / _current(folder))


def _manifest_of(version: Path) -> Manifest:
    folder, file = version.parent, version / _MANIFEST
    try:
        record: dict[str, Any] = dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexFileError(f"索引“{folder}”还没有建立或已损坏，请运行 build 重建。") from error
    if record.get("format") != FORMAT:
        raise IndexFileError(
            f"索引“{folder}”的格式是{record.get('format')}，本程序使用{FORMAT}，请运行 build 重建。"
        )
    try:
        if record.pop("seal") != _seal(record):
            raise IndexFileError(f"索引“{folder}”的清单被改动，请运行 build 重建。")
        return Manifest(**record | {"problems": tuple(record["problems"])})
    except (KeyError, TypeError) as error:
        raise IndexFileError(f"索引“{folder}”的清单不完整，请运行 build 重建。") from error


def _current(folder: Path) -> str:
    try:
        name = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise IndexFileError(f"索引“{folder}”还没有建立，请运行 build。") from error
    except (OSError, ValueError) as error:
        raise IndexFileError(
            f"索引“{folder}”的 CURRENT 文件无法读取，请运行 build 重建。"
        ) from error
    if not name.startswith("v-") or "/" in name:
        raise IndexFileError(f"索引“{folder}”的 CURRENT 文件已损坏，请运行 build 重建。")
    return name


def _point_to(folder: Path, name: str) -> None:
    """Name the new version in CURRENT; keep the one before it for readers that still load it.

    Versions older than that one go. A younger one may be another build's that is not yet named.
    """
    try:
        before = _written(folder / _current(folder))
    except IndexFileError:
        before = 0
    aside = folder / f".CURRENT-{name}"
    aside.write_text(name, encoding="utf-8")
    aside.replace(folder / "CURRENT")
    for old in folder.glob("v-*"):
        if old.name != name and 0 < _written(old) < before:
            shutil.rmtree(old, ignore_errors=True)


def _written(version: Path) -> int:
    """When a version was complete, in nanoseconds; 0 when it is not."""
    try:
        return (version / _MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0


def _seal(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest's values, which no other file vouches for."""
    plain = json.dumps(manifest, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _digests(version: Path) -> dict[str, str]:
    """SHA-256 of every file of a version but its manifest."""
    return {
        str(path.relative_to(version)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(version.rglob("*"))
        if path.is_file() and path.name != _MANIFEST
    }
