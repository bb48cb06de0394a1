"""BM25 over tokens (jieba words and character bigrams); the owner of bm25s."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.text import tokens

K1, B = 1.5, 0.75


class LexicalStore:
    """BM25 scores of a question against every row (k1 1.5, b 0.75, Lucene's idf)."""

    def __init__(self, engine: Any, rows: int) -> None:
        self.engine = engine
        self.rows = rows

    @classmethod
    def build(cls, texts: Sequence[str], *, progress: bool = False) -> LexicalStore:
        """Index the texts in order; row i is text i."""
        import bm25s
        from tqdm import tqdm

        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        counted = tqdm(texts, desc="建立词索引", unit="条", disable=not progress)
        engine.index([tokens(text) for text in counted], show_progress=False)
        return cls(engine, len(texts))

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
        (folder / "rows.json").write_text(json.dumps({"rows": self.rows}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalStore:
        """Read what ``save`` wrote."""
        import bm25s

        engine = bm25s.BM25.load(str(folder), show_progress=False, allow_pickle=False)
        rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))["rows"]
        return cls(engine, int(rows))
