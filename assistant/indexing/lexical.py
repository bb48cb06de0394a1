"""BM25 over tokens (jieba words, characters and their bigrams); the owner of bm25s."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.indexing import bags
from assistant.indexing.bags import Bags

K1, B = 1.5, 0.75
_LENGTHS = "lengths.npy"
_BLOCK = 1 << 22  # scores computed at a time


class LexicalStore:
    """BM25 scores of a question against every row (k1 1.5, b 0.75, Lucene's idf)."""

    def __init__(self, engine: Any, kept: Bags, lengths: NDArray[np.int64]) -> None:
        self.engine = engine
        self.bags = kept
        self.rows = kept.rows
        self.token_ids: dict[str, int] = engine.vocab_dict
        self.lengths = lengths

    @classmethod
    def build(cls, texts: Sequence[str], *, progress: bool = False) -> LexicalStore:
        """Index the texts in order; row i is text i."""
        return cls.of(bags.fill(texts, progress=progress))

    @classmethod
    def of(cls, kept: Bags) -> LexicalStore:
        """Index rows whose tokens are counted."""
        import bm25s

        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        engine.nonoccurrence_array = None
        lengths = kept.lengths()
        engine.scores = _scores(kept, lengths)
        engine.vocab_dict = {token: at for at, token in enumerate(kept.vocabulary)}
        engine.vocab_dict.setdefault("", len(engine.vocab_dict))  # bm25s keeps a place for no token
        engine.unique_token_ids_set = set(engine.vocab_dict.values())
        return cls(engine, kept, lengths)

    @property
    def idf(self) -> NDArray[np.float32]:
        """How rare each token is, by its number in ``token_ids``."""
        return _idf(np.diff(self.engine.scores["indptr"]), self.rows).astype(np.float32)

    def scores(self, query_tokens: Sequence[str]) -> NDArray[np.float32]:
        """Shape (rows,), unbounded above, 0 where no token occurs; repeated tokens count again."""
        known = [t for t in query_tokens if t and t in self.engine.vocab_dict]
        if not known:
            return np.zeros(self.rows, dtype=np.float32)
        found: NDArray[np.float32] = self.engine.get_scores(known)
        return found

    def holders(self, token: str) -> NDArray[np.int32]:
        """The rows that hold a token, in row order."""
        at = self.engine.vocab_dict.get(token) if token else None
        if at is None:
            return np.zeros(0, dtype=np.int32)
        start, end = self.engine.scores["indptr"][at : at + 2]
        found: NDArray[np.int32] = self.engine.scores["indices"][start:end]
        return found

    def save(self, folder: Path) -> None:
        """Write arrays (.npy) and vocabulary (.json) into a new folder."""
        self.engine.save(str(folder), show_progress=False)
        self.bags.save(folder)
        np.save(folder / _LENGTHS, self.lengths, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalStore:
        """Read what ``save`` wrote; the large arrays stay on disk until they are used."""
        import bm25s

        engine = bm25s.BM25.load(str(folder), mmap=True, show_progress=False, allow_pickle=False)
        for name in ("data", "indices", "indptr"):
            engine.scores[name] = engine.scores[name].view(np.ndarray)  # whose slices are faster
        words = [token for token in engine.vocab_dict if token]
        lengths = np.load(folder / _LENGTHS, allow_pickle=False)
        store = cls(engine, Bags.load(folder, words), lengths)
        if store.rows != len(lengths):
            raise ValueError("rows of the lexical index do not match")
        return store


def _scores(kept: Bags, lengths: NDArray[np.int64]) -> dict[str, Any]:
    """The score of every token in every row, by column, as bm25s computes it from token lists.

    It is done here because bm25s takes many times as long, and needs the tokens one by one.
    """
    order = _by_token(kept.tokens)
    row = np.repeat(np.arange(kept.rows, dtype=np.int32), np.diff(kept.starts))[order]
    mean = lengths.mean() if lengths.any() else 1.0
    norm = K1 * (1 - B + B * lengths / mean)
    found_in = np.bincount(kept.tokens, minlength=len(kept.vocabulary))
    idf = _idf(found_in, kept.rows)
    data = np.empty(len(order), dtype=np.float32)
    for start in range(0, len(order), _BLOCK):
        part = slice(start, start + _BLOCK)
        count = kept.counts[order[part]].astype(np.float64)
        data[part] = idf[kept.tokens[order[part]]] * count / (count + norm[row[part]])
    return {
        "data": data,
        "indices": row,
        "indptr": np.concatenate([[0], np.cumsum(found_in)]),
        "num_docs": kept.rows,
    }


def _by_token(tokens: NDArray[np.int32]) -> NDArray[np.int64]:
    """The order of tokens, equal ones as they were: numpy sorts 16 bits at a time by counting."""
    order = np.argsort((tokens & 0xFFFF).astype(np.uint16), kind="stable")
    high = (tokens >> 16).astype(np.uint16)
    return order[np.argsort(high[order], kind="stable")] if high.any() else order


def _idf(found_in: NDArray[np.int64], rows: int) -> NDArray[np.float64]:
    """Lucene's inverse frequency of tokens that stand in so many rows."""
    rare: NDArray[np.float64] = np.log1p((rows - found_in + 0.5) / (found_in + 0.5))
    return rare
