"""Tokens and their first vectors: a BPE vocabulary, then PPMI factorised by a truncated SVD.

PPMI-SVD: Levy, Goldberg and Dagan (2015), "Improving Distributional Similarity with Lessons Learned
from Word Embeddings" (context distribution smoothing 0.75, square root of the singular values).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer

_SMOOTHING = 0.75
_BLOCK = 2_000_000


def train_tokenizer(
    texts: Iterable[str], size: int, max_token_length: int = 3, min_frequency: int = 2
) -> Tokenizer:
    """A BPE tokenizer of at most ``size`` tokens over NFKC, lower-cased text.

    Punctuation, symbols and white space separate and are dropped; digits stand apart from letters
    and Chinese characters. Characters never seen in training are dropped, too. No special tokens.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[\p{P}\p{S}\p{Z}\p{C}]+"), "removed"),
            pre_tokenizers.Split(Regex(r"[0-9]+|[a-z]+|的"), "isolated"),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=min_frequency,
        max_token_length=max_token_length,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tokenize(tokenizer: Tokenizer, texts: Sequence[str]) -> list[NDArray[np.int32]]:
    """Token ids of each text."""
    from tqdm import tqdm

    ids: list[NDArray[np.int32]] = []
    for start in tqdm(range(0, len(texts), 4096), desc="tokenize", leave=False):
        block = list(texts[start : start + 4096])
        encodings = tokenizer.encode_batch_fast(block, add_special_tokens=False)
        ids.extend(np.asarray(encoding.ids, dtype=np.int32) for encoding in encodings)
    return ids


def first_vectors(
    documents: Sequence[NDArray[np.int32]], size: int, dimension: int, seed: int, window: int = 8
) -> NDArray[np.float32]:
    """Vectors of shape (size, dimension), mean square 1 a coordinate, frequent tokens shorter.

    A token that never occurs together with another gets small random values.
    """
    from sklearn.utils.extmath import randomized_svd

    counts = _cooccurrences(documents, size, window)
    rank = min(dimension, size - 1)
    left, values, _ = randomized_svd(_ppmi(counts), rank, n_iter=3, random_state=seed)
    vectors = np.zeros((size, dimension), dtype=np.float32)
    vectors[:, :rank] = left * np.sqrt(values)
    vectors += np.random.default_rng(seed).normal(0, 1e-4, vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    occurrences = np.bincount(np.concatenate(documents), minlength=size) + 1.0
    rarity = 1e-4 / (1e-4 + occurrences / occurrences.sum())
    weights = np.sqrt(rarity) * np.sqrt(dimension)
    return np.asarray(vectors * weights[:, None], dtype=np.float32)


def _cooccurrences(documents: Sequence[NDArray[np.int32]], size: int, window: int) -> csr_matrix:
    """Symmetric counts of two tokens at most ``window`` apart in one document."""
    from scipy.sparse import csr_matrix
    from tqdm import tqdm

    lengths = np.fromiter((len(d) for d in documents), dtype=np.int64, count=len(documents))
    flat = np.concatenate(documents)
    owner = np.repeat(np.arange(len(documents)), lengths)
    total = csr_matrix((size, size), dtype=np.float32)
    for start in tqdm(range(0, len(flat), _BLOCK), desc="co-occurrences", leave=False):
        rows: list[NDArray[np.int32]] = []
        columns: list[NDArray[np.int32]] = []
        here = flat[start : start + _BLOCK + window]
        whose = owner[start : start + _BLOCK + window]
        for distance in range(1, window + 1):
            same = whose[distance:] == whose[:-distance]
            rows.append(here[:-distance][same])
            columns.append(here[distance:][same])
        row, column = np.concatenate(rows), np.concatenate(columns)
        ones = np.ones(len(row), dtype=np.float32)
        total = total + csr_matrix((ones, (row, column)), shape=(size, size))
    return csr_matrix(total + total.T)


def _ppmi(counts: csr_matrix) -> csr_matrix:
    from scipy.sparse import csr_matrix

    cells = counts.tocoo()
    row_sums = np.asarray(counts.sum(axis=1)).ravel()
    context = np.maximum(row_sums, 1e-9) ** _SMOOTHING
    context /= context.sum()
    with np.errstate(divide="ignore"):
        values = np.log(cells.data / (row_sums[cells.row] * context[cells.col]))
    keep = values > 0
    return csr_matrix(
        (values[keep].astype(np.float32), (cells.row[keep], cells.col[keep])), shape=counts.shape
    )
