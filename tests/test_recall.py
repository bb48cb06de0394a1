"""Recall counted against numpy; ties; the questions made of rows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.indexing.dense import DenseStore
from assistant.indexing.recall import Reference, Search, disturbed, products

Vectors = NDArray[np.float32]


def unit_vectors(rows: int, dimension: int, seed: int = 7) -> Vectors:
    found = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def without_the_best(vectors: Vectors, missed: int) -> Search:
    """An exact search that misses so many of the best rows."""

    def search(query: Vectors, limit: int) -> tuple[NDArray[np.int64], Vectors]:
        cosines = products(vectors, query)
        rows = np.argsort(-cosines, kind="stable")[missed : missed + limit]
        return rows, cosines[rows]

    return search


@pytest.mark.parametrize("missed", [0, 1, 4, 10, 30])
def test_recall_is_the_share_of_the_best_rows(missed: int) -> None:
    vectors, queries = unit_vectors(300, 16), unit_vectors(20, 16, seed=2)
    reference = Reference.of(vectors, queries, 10)
    reached = reference.reached(without_the_best(vectors, missed))
    assert reached == pytest.approx(max(0, 10 - missed) / 10)


def test_a_row_equal_to_the_last_of_the_best_is_as_good() -> None:
    vectors = np.repeat(unit_vectors(10, 16), 20, axis=0)  # 20 rows each: any 10 of them will do
    reference = Reference.of(vectors, vectors[::20], 10)
    assert reference.reached(without_the_best(vectors, 10)) == 1
    assert reference.reached(without_the_best(vectors, 15)) == 0.5


def test_recall_of_a_store_is_what_a_count_by_hand_gives() -> None:
    vectors = unit_vectors(3000, 32)
    store = DenseStore.build(vectors, exact_rows=1000)
    queries = disturbed(vectors[:40], seed=2)
    best = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    shares = [
        np.isin(store.search(query, 10)[0], exact).mean()
        for query, exact in zip(queries, best, strict=True)
    ]
    assert 0.9 < np.mean(shares) < 1
    assert store.recall(queries=queries, vectors=vectors) == pytest.approx(np.mean(shares))
    assert DenseStore.build(vectors).recall(sample=20) == 1


def test_a_disturbed_vector_is_half_its_own() -> None:
    vectors = unit_vectors(50, 256)
    near = disturbed(vectors, seed=1)
    np.testing.assert_allclose(np.linalg.norm(near, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose((near * vectors).sum(axis=1), np.sqrt(0.5), atol=0.15)
    np.testing.assert_array_equal(near, disturbed(vectors, seed=1))


def test_equal_vectors_have_equal_products_wherever_they_stand() -> None:
    vectors = np.repeat(unit_vectors(1, 251), 37, axis=0)
    assert len(set(products(vectors, unit_vectors(1, 251, seed=5)[0]).tolist())) == 1
