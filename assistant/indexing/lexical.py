"""BM25 over tokens (jieba words and character bigrams); the owner of bm25s."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.indexing import bags
from assistant.indexing.bags import Bags

K1, B = 1.5, 0.75


class LexicalStore:
    """BM25 scores of a question against every row (k1 1.5, b 0.75, Lucene's idf)."""

    def __init__(self, engine: Any, kept: Bags) -> None:
        self.engine = engine
        self.bags = kept
        self.rows = kept.rows
        self.token_ids: dict[str, int] = engine.vocab_dict
        self.lengths = kept.lengths()

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
        engine.scores = _scores(kept)
        engine.vocab_dict = {token: at for at, token in enumerate(kept.vocabulary)}
        engine.vocab_dict.setdefault("", len(engine.vocab_dict))  # bm25s keeps a place for no token
        engine.unique_token_ids_set = set(engine.vocab_dict.values())
        return cls(engine, kept)

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

    def save(self, folder: Path) -> None:
        """Write arrays (.npy) and vocabulary (.json) into a new folder."""
        self.engine.save(str(folder), show_progress=False)
        self.bags.save(folder)
        (folder / "rows.json").write_text(json.dumps({"rows": self.rows}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalStore:
        """Read what ``save`` wrote."""
        import bm25s

        engine = bm25s.BM25.load(str(folder), show_progress=False, allow_pickle=False)
        rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))["rows"]
        words = [token for token in engine.vocab_dict if token]
        store = cls(engine, Bags.load(folder, words))
        if store.rows != rows:
            raise ValueError("rows of the lexical index do not match")
        return store


def _scores(kept: Bags) -> dict[str, Any]:
    """The score of every token in every row, by column, as bm25s computes it from token lists.

    It is done here because bm25s takes half a minute for what numpy does in a second, and needs
    the tokens one by one.
    """
    rows = np.repeat(np.arange(kept.rows, dtype=np.int32), np.diff(kept.starts))
    order = np.argsort(kept.tokens, kind="stable")
    token, row, count = kept.tokens[order], rows[order], kept.counts[order].astype(np.float64)
    lengths = np.bincount(rows, weights=kept.counts, minlength=kept.rows)
    mean = lengths.mean() if lengths.any() else 1.0
    found_in = np.bincount(kept.tokens, minlength=len(kept.vocabulary))
    idf = _idf(found_in, kept.rows)
    data = idf[token] * count / (count + K1 * (1 - B + B * lengths[row] / mean))
    return {
        "data": data.astype(np.float32),
        "indices": row,
        "indptr": np.concatenate([[0], np.cumsum(found_in)]),
        "num_docs": kept.rows,
    }


def _idf(found_in: NDArray[np.int64], rows: int) -> NDArray[np.float64]:
    """Lucene's inverse frequency of tokens that stand in so many rows."""
    rare: NDArray[np.float64] = np.log1p((rows - found_in + 0.5) / (found_in + 0.5))
    return rare
