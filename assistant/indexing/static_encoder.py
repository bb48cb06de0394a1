"""The static encoder that ships here: numpy and ``tokenizers`` only, open in well under a second.

Its weights are int8 rows with one float16 scale each (``weights/``, written by
:mod:`assistant.training`); the vector of a text is the mean of its token vectors, brought to unit
length (so a sum will do).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FORMAT = 1
MANIFEST = "encoder.json"
TOKENIZER = "tokenizer.json"
ROWS = "vectors.npy"
SCALES = "scales.npy"
WEIGHT_FILES = (TOKENIZER, ROWS, SCALES)
_SHIPPED = Path(__file__).parent.parent / "weights"
_BLOCK = 1024


class StaticEncoder:
    """Mean of token vectors, as sentence-transformers' ``StaticEmbedding`` computes it.

    Queries and passages are encoded alike. It holds no state that changes, so threads may share it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        rows: NDArray[np.int8],
        scales: NDArray[np.float16],
        *,
        name: str,
        fingerprint: str,
    ) -> None:
        self._tokenizer = tokenizer
        self._rows = rows
        self._scales = scales.astype(np.float32)
        self.name = name
        self.fingerprint = fingerprint
        self.dimension: int = rows.shape[1]

    @classmethod
    def shipped(cls) -> StaticEncoder:
        """The encoder in the package. Raises EncoderError when its files are absent or torn."""
        return cls.load(_SHIPPED)

    @classmethod
    def load(cls, folder: Path) -> StaticEncoder:
        """Read a folder of weights and check each file against the manifest.

        Raises EncoderError when a file is absent, torn or of another format.
        """
        from tokenizers import Tokenizer

        manifest = read_manifest(folder)
        parts = {name: _checked(folder / name, manifest["files"]) for name in WEIGHT_FILES}
        tokenizer = Tokenizer.from_buffer(parts[TOKENIZER])
        rows = np.load(io.BytesIO(parts[ROWS]), allow_pickle=False)
        scales = np.load(io.BytesIO(parts[SCALES]), allow_pickle=False)
        if rows.shape != (tokenizer.get_vocab_size(), manifest["dimension"]) or len(scales) != len(
            rows
        ):
            raise EncoderError(f"编码器权重目录“{folder}”的文件互不匹配，请重新取得整个目录。")
        return cls(
            tokenizer, rows, scales, name=manifest["name"], fingerprint=manifest["fingerprint"]
        )

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimension); zero for a text without known tokens."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimension); zero for a text without known tokens."""
        starts: Iterable[int] = range(0, len(texts), _BLOCK)
        if progress:
            from tqdm import tqdm

            starts = tqdm(starts, desc="编码", unit=f"×{_BLOCK}")
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in starts:
            vectors[start : start + _BLOCK] = self._encode(texts[start : start + _BLOCK])
        return vectors

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for vector, encoding in zip(vectors, encodings, strict=True):
            ids = np.array(encoding.ids, dtype=np.int64)
            vector[:] = self._scales[ids] @ self._rows[ids].astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(norms > 0, norms, 1)
        return vectors


def fingerprint_of(files: Mapping[str, str]) -> str:
    """Sha256 over the names and sha256 sums of the weight files."""
    lines = "".join(f"{name} {files[name]}\n" for name in WEIGHT_FILES)
    return hashlib.sha256(lines.encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder of weights, checked to be whole and of this format.

    Raises EncoderError.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EncoderError(f"没有编码器权重“{path}”，请重新安装本软件或重新训练编码器。") from None
    except (OSError, ValueError) as error:
        raise EncoderError(f"编码器权重“{path}”无法读取，请重新取得整个目录。") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise EncoderError(f"编码器权重“{path}”的格式不是第{FORMAT}版，请取得配套的权重。")
    sums = manifest.get("files", {})
    if set(sums) != set(WEIGHT_FILES) or manifest.get("fingerprint") != fingerprint_of(sums):
        raise EncoderError(f"编码器权重“{path}”的校验值不符，请重新取得整个目录。")
    return manifest


def _checked(path: Path, sums: Mapping[str, str]) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"编码器权重“{path}”无法读取，请重新取得整个目录。") from error
    if hashlib.sha256(content).hexdigest() != sums[path.name]:
        raise EncoderError(f"编码器权重“{path}”的校验值不符，请重新取得整个目录。")
    return content
