"""Exact inner-product search over unit vectors; the owner of faiss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class DenseStore:
    """Cosine similarity of a question's vector to every row's vector."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    @classmethod
    def build(cls, vectors: Vectors) -> DenseStore:
        """Index float32 vectors of shape (rows, dimension) and unit length; row i is vector i."""
        import faiss

        engine = faiss.IndexFlatIP(vectors.shape[1])
        engine.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(engine)

    @property
    def rows(self) -> int:
        """How many vectors there are."""
        return int(self.engine.ntotal)

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """The stored vectors of some rows, shape (len(rows), dimension)."""
        found: Vectors = self.engine.reconstruct_batch(rows)
        return found

    def search(self, vector: Vectors, limit: int) -> tuple[NDArray[np.int64], Vectors]:
        """Rows and cosines of the ``limit`` nearest rows to a vector of shape (dimension,)."""
        scores, rows = self.engine.search(vector[None, :], min(limit, self.rows))
        return rows[0], scores[0]

    def scores(self, vector: Vectors) -> Vectors:
        """Cosine of every row, shape (rows,)."""
        found = np.zeros(self.rows, dtype=np.float32)
        rows, cosines = self.search(vector, self.rows)
        found[rows] = cosines
        return found

    def save(self, path: Path) -> None:
        """Write faiss's own format to one file."""
        import faiss

        faiss.write_index(self.engine, str(path))

    @classmethod
    def load(cls, path: Path) -> DenseStore:
        """Read what ``save`` wrote."""
        import faiss

        return cls(faiss.read_index(str(path)))
