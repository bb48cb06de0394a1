"""The weights on disk: int8 rows, one float16 scale a row, the tokenizer and a manifest."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.static_encoder import (
    FORMAT,
    MANIFEST,
    ROWS,
    SCALES,
    TOKENIZER,
    StaticEncoder,
    fingerprint_of,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LARGEST = 127


def quantise(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Rows of int8 and scales with ``rows * scales[:, None]`` close to ``vectors``.

    The error of a coordinate is at most about half a step: ``max(abs(row)) / 254``.
    """
    vectors = vectors / (np.abs(vectors).max() or 1.0)
    largest = np.abs(vectors).max(axis=1)
    scales = np.maximum(largest / _LARGEST, np.finfo(np.float16).tiny).astype(np.float16)
    steps = np.rint(vectors / scales[:, None].astype(np.float32))
    return np.clip(steps, -_LARGEST, _LARGEST).astype(np.int8), scales


def write_weights(
    folder: Path, tokenizer: Tokenizer, vectors: NDArray[np.float32], about: Mapping[str, Any]
) -> str:
    """Write the weight files, the manifest last, each atomically; return the fingerprint.

    ``about`` must hold ``name`` and ``version``; all of it goes into the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = quantise(vectors)
    contents = {
        TOKENIZER: tokenizer.to_str(pretty=False).encode(),
        ROWS: _npy(rows),
        SCALES: _npy(scales),
    }
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    fingerprint = fingerprint_of(sums)
    manifest = {
        "format": FORMAT,
        **about,
        "dimension": int(rows.shape[1]),
        "vocabulary": int(rows.shape[0]),
        "fingerprint": fingerprint,
        "files": sums,
    }
    for name, content in contents.items():
        _write(folder / name, content)
    _write(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
    return fingerprint


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


def encoder_of(tokenizer: Tokenizer, vectors: NDArray[np.float32]) -> StaticEncoder:
    """The encoder that these vectors make, rounded as the shipped one is."""
    rows, scales = quantise(vectors)
    return StaticEncoder(tokenizer, rows, scales, name="training", fingerprint="")
