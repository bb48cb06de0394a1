"""The manifest of an index: what it was made of, and the hashes of its files, sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import EncoderError, IndexFileError
from assistant.indexing.versions import MANIFEST, current
from assistant.model import Encoder

FORMAT = 7


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made of; it must match the corpus, the encoder and the code that use it.

    ``parsing`` and ``indexing`` are the revisions of the code that made its documents and its
    tables. ``problems`` says which files could not be read, ``notices`` which repeat another.
    """

    format: int
    encoder: str
    encoder_fingerprint: str
    dimension: int
    corpus: str
    parsing: str
    indexing: str
    documents: int
    clauses: int
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """What the index was made of, as plain values, without its list of files."""
        record = asdict(self)
        del record["files"]
        return record

    def require(self, encoder: Encoder) -> None:
        """See that an index is used with the encoder that made its vectors.

        Raises:
            EncoderError: it was made by another, or by the same with other weights or prompts.
        """
        if self.encoder_fingerprint == encoder.fingerprint:
            return
        if self.encoder != encoder.name:
            raise EncoderError(
                f"索引由编码模型“{self.encoder}”建立，当前设置为“{encoder.name}”："
                "请运行 build 重建，或改回设置 ENCODER_MODEL。"
            )
        raise EncoderError(
            f"索引由编码模型“{self.encoder}”建立，但此后它的权重、前缀或运行后端变了："
            "请运行 build 重建，或改回以 ENCODER_ 开头的设置。"
        )


def write_manifest(version: Path, manifest: Manifest) -> None:
    """Seal a version whose other files are written."""
    values = asdict(manifest) | {"files": digests(version)}
    sealed = values | {"seal": _seal(values)}
    text = json.dumps(sealed, ensure_ascii=False, indent=1)
    (version / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the current version, without loading the index.

    Raises:
        IndexFileError: no index, no readable manifest, or another format.
    """
    return manifest_of(folder / current(folder))


def manifest_of(version: Path) -> Manifest:
    """The manifest of a version.

    Raises:
        IndexFileError: none that can be read, or of another format.
    """
    folder, file = version.parent, version / MANIFEST
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
        lists = {name: tuple(record[name]) for name in ("problems", "notices")}
        return Manifest(**record | lists)
    except (KeyError, TypeError) as error:
        raise IndexFileError(f"索引“{folder}”的清单不完整，请运行 build 重建。") from error


def digests(version: Path) -> dict[str, str]:
    """SHA-256 of every file of a version but its manifest."""
    return {
        str(path.relative_to(version)): sha256_of(path)
        for path in sorted(version.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _seal(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest's values, which no other file vouches for."""
    plain = json.dumps(manifest, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
