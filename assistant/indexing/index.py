"""The index: clauses, FAISS, BM25, unit and industry tables; build, save, load.

A new index takes over from an earlier one what has not changed: a passage that it knows is neither
embedded nor cut into tokens again.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexFileError
from assistant.indexing import bags, versions
from assistant.indexing.dense import DenseStore, Vectors
from assistant.indexing.lexical import LexicalStore
from assistant.indexing.manifest import FORMAT, Manifest, digests, manifest_of, write_manifest
from assistant.indexing.passage_index import PassageIndex
from assistant.indexing.passages import Passage, authority
from assistant.model import (
    CITABLE,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    Encoder,
    IndustryEntry,
)
from assistant.reading import industries
from assistant.reading.corpus import Corpus, parsing_code
from assistant.reading.files import FileRecord
from assistant.reading.records import document_from, document_record, industry_from
from assistant.revision import revision

_DOCUMENTS, _FILES, _TABLES = "documents.jsonl", "files.jsonl", "tables.json"
_DIGESTS, _SEARCH = "passages.npy", "search"
_CODE = (
    "indexing/index.py",
    "indexing/passage_index.py",
    "indexing/passages.py",
    "indexing/bags.py",
    "indexing/counting.py",
    "indexing/lexical.py",
    "text.py",
    "data/traditional.txt",
)
_DIGEST_BYTES = 16
Digests = NDArray[np.uint8]  # one a row, shape (rows, 16)


@dataclass(frozen=True, slots=True)
class Index:
    """All that answering needs. Row i of ``search`` and of ``digests`` is ``rows[i]``."""

    documents: tuple[Document, ...]
    rows: tuple[Clause, ...]
    search: PassageIndex
    units: Mapping[str, tuple[str, ...]]
    industries: tuple[IndustryEntry, ...]
    manifest: Manifest
    digests: Digests
    files: tuple[FileRecord, ...] = ()
    version: str = ""

    @property
    def several(self) -> bool:
        """Whether there are several official documents to choose among."""
        return len(_official(self.documents)) > 1

    @property
    def lexical(self) -> LexicalStore:
        """BM25 of the rows."""
        return self.search.lexical

    @property
    def dense(self) -> DenseStore:
        """The vectors of the rows."""
        return self.search.dense

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        encoder: Encoder,
        *,
        before: Index | None = None,
        progress: bool = False,
    ) -> Index:
        """Index a corpus in memory; ``progress`` shows bars on stderr.

        What the index ``before`` knows of a passage is taken from it, where the same encoder and
        the same code have made it.
        """
        documents = corpus.documents
        rows = searchable(documents)
        of = {d.id: d for d in documents}
        titled = len(_official(documents)) > 1  # what all passages share tells none from another
        passages = [indexed(c, of[c.document_id], titled=titled) for c in rows]
        texts = [p.whole for p in passages]
        keys = _digests_of(texts)
        known = _known(keys, before)
        manifest = Manifest(
            format=FORMAT,
            encoder=encoder.name,
            encoder_fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            corpus=corpus.fingerprint,
            parsing=corpus.parsing or parsing_code(),
            indexing=indexing_code(),
            documents=len(documents),
            clauses=len(rows),
            problems=tuple(str(p) for p in corpus.problems),
            notices=corpus.notices,
        )
        dense = _dense(texts, keys, encoder, _with_vectors(before, encoder), known, progress)
        earlier = before if before and before.manifest.indexing == manifest.indexing else None
        kept = (earlier.lexical.bags, known) if earlier else None
        counted = bags.fill(texts, kept=kept, progress=progress)
        return cls(
            documents=documents,
            rows=rows,
            search=PassageIndex.of(passages, counted, dense),
            units=unit_table(documents),
            industries=tuple(e for d in _official(documents) for e in industries.find(d)),
            manifest=manifest,
            digests=keys,
            files=corpus.files,
        )

    def save(self, folder: Path) -> Index:
        """Write a new version aside, make it the current one in one step; the index as saved."""
        return replace(self, version=versions.add(folder, self._write))

    def _write(self, aside: Path) -> None:
        """All files of a version; the manifest comes last and knows the others."""
        with (aside / _DOCUMENTS).open("w", encoding="utf-8") as out:
            for document in self.documents:
                out.write(json.dumps(document_record(document), ensure_ascii=False) + "\n")
        with (aside / _FILES).open("w", encoding="ascii") as out:  # a name may be of any bytes
            out.writelines(json.dumps(asdict(file)) + "\n" for file in self.files)
        tables = {"units": self.units, "industries": [asdict(e) for e in self.industries]}
        (aside / _TABLES).write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
        np.save(aside / _DIGESTS, self.digests, allow_pickle=False)
        self.search.save(aside / _SEARCH)
        write_manifest(aside, self.manifest)

    @classmethod
    def load(cls, folder: Path) -> Index:
        """Read the current version.

        Raises:
            IndexFileError: there is none, it is of another format, or its files are not intact.
        """
        name = versions.current(folder)
        try:
            return cls._load(folder / name)
        except IndexFileError:
            if versions.current(folder) == name:
                raise
            return cls.load(folder)  # it was replaced, and removed, while we read it

    @classmethod
    def _load(cls, version: Path) -> Index:
        folder, manifest = version.parent, manifest_of(version)
        try:
            if digests(version) != manifest.files:
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
            search=PassageIndex.load(version / _SEARCH),
            units={name: tuple(ids) for name, ids in tables["units"].items()},
            industries=tuple(industry_from(e) for e in tables["industries"]),
            manifest=manifest,
            digests=np.load(version / _DIGESTS, allow_pickle=False),
            files=read_files(version),
            version=version.name,
        )


def read_files(version: Path) -> tuple[FileRecord, ...]:
    """The records of the files that a version was made of.

    Raises:
        OSError, ValueError, KeyError, TypeError: they cannot be read.
    """
    with (version / _FILES).open(encoding="ascii") as lines:
        records = [json.loads(line) for line in lines]
    return tuple(
        FileRecord(**r | {"mark": tuple(r["mark"]), "problem": tuple(r["problem"])})
        for r in records
    )


def indexing_code() -> str:
    """The revision of all code that rows, passages and their tokens depend on."""
    return revision(*_CODE)


def _digests_of(texts: Sequence[str]) -> Digests:
    joined = b"".join(
        hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest() for text in texts
    )
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(texts), _DIGEST_BYTES)


def _known(keys: Digests, before: Index | None) -> list[int]:
    """For each passage its row in the index before, or -1."""
    rows = {key.tobytes(): row for row, key in enumerate(before.digests)} if before else {}
    return [rows.get(key.tobytes(), -1) for key in keys]


def _with_vectors(before: Index | None, encoder: Encoder) -> DenseStore | None:
    same = before and before.manifest.encoder_fingerprint == encoder.fingerprint
    return before.dense if before and same else None


def _dense(
    texts: Sequence[str],
    keys: Digests,
    encoder: Encoder,
    stored: DenseStore | None,
    known: Sequence[int],
    progress: bool,
) -> DenseStore:
    """The vector of every passage; made only where none is stored, and once for its words."""
    rows = np.array(known if stored else [-1] * len(texts), dtype=np.int64)
    new = np.flatnonzero(rows < 0).tolist()
    first = {keys[at].tobytes(): at for at in reversed(new)}
    once = sorted(first.values())
    place = {at: n for n, at in enumerate(once)}
    made = encoder.encode_passages([texts[at] for at in once], progress)
    vectors: Vectors = made[[place[first[keys[at].tobytes()]] for at in new]]
    return stored.updated(rows, vectors) if stored else DenseStore.build(vectors)


def searchable(documents: Iterable[Document]) -> tuple[Clause, ...]:
    """The clauses that have words of their own, in reading order.

    The rows of an explanatory table (a directory of units) are looked up, never searched.
    """
    return tuple(
        c
        for d in documents
        for c in d.clauses
        if c.kind in CITABLE
        and c.body_range[1] > c.body_range[0]
        and not (c.kind is ClauseKind.ROW and d.kind is DocumentKind.EXPLANATORY)
    )


def indexed(clause: Clause, document: Document, *, titled: bool = True) -> Passage:
    """What is indexed for a clause of a document, with the document's title or without."""
    return Passage(
        text=document.text[slice(*clause.body_range)],
        title=document.title if titled else "",
        path=clause.path[1:],
        document=document.id,
        authority=authority(document.title, document.issuer),
    )


def passage(clause: Clause, document: Document) -> str:
    """A clause's headings below the title, down the path, and its own words."""
    return " ".join(clause.path[1:]) + "\n" + document.text[slice(*clause.body_range)]


def _official(documents: Iterable[Document]) -> list[Document]:
    """The documents that give units their tasks: an explanatory one has no say."""
    return [d for d in documents if d.kind is DocumentKind.OFFICIAL]


def unit_table(documents: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    """Unit → ids of all official clauses it has a part in, own or inherited, in reading order.

    A unit goes by its canonical name, however the documents spell it.
    """
    table: dict[str, list[str]] = defaultdict(list)
    for document in _official(documents):
        for clause in document.clauses:
            for assignment in clause.responsibility.assignments:
                table[assignment.name].append(clause.id)
    return {unit: tuple(ids) for unit, ids in table.items()}
