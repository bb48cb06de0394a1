"""How much of the exact best a search finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Search = Callable[[Vectors, int], tuple[NDArray[np.int64], Vectors]]

ROUNDING = 1e-5  # two sums of the same products in float32 differ by less


@dataclass(frozen=True, slots=True)
class Reference:
    """Queries, and for each the cosine of the last of its exact ``limit`` best rows.

    Where ``vectors`` are given, they say how good a row that is found truly is; else
    its cosines are believed.
    """

    queries: Vectors
    limit: int
    least: Vectors
    vectors: Vectors | None = None

    @classmethod
    def of(cls, vectors: Vectors, queries: Vectors, limit: int) -> Reference:
        """Compare all vectors with all queries."""
        import faiss

        cosines, _ = faiss.knn(queries, vectors, limit, metric=faiss.METRIC_INNER_PRODUCT)
        return cls(queries, limit, cosines[:, -1], vectors)

    def reached(self, search: Search) -> float:
        """Share of the best rows found, in [0, 1]; a row that equals the last of them is one."""
        found = 0
        for query, least in zip(self.queries, self.least, strict=True):
            rows, cosines = search(query, self.limit)
            true = cosines if self.vectors is None else products(self.vectors[rows], query)
            found += int(np.count_nonzero(true >= least - ROUNDING))
        return found / (self.limit * len(self.queries))


def products(vectors: Vectors, vector: Vectors) -> Vectors:
    """Inner products; unlike BLAS's, equal vectors get equal ones wherever they stand."""
    found: Vectors = np.einsum("ij,j->i", vectors, vector)
    return found


def disturbed(vectors: Vectors, seed: int) -> Vectors:
    """Vectors with noise of their own length added, of unit length again.

    Questions are as near to their clauses as these are to theirs, and are found as easily.
    """
    noise = np.random.default_rng(seed).normal(size=vectors.shape).astype(np.float32)
    return _unit(vectors + _unit(noise))


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return found
