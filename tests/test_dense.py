"""FAISS equals numpy; saved then loaded is equal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.indexing.dense import DenseStore


def unit_vectors(rows: int, dimension: int, seed: int = 7) -> NDArray[np.float32]:
    found = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize(("rows", "dimension"), [(1, 4), (7, 3), (60, 256), (500, 64)])
def test_scores_equal_the_inner_product(rows: int, dimension: int) -> None:
    vectors = unit_vectors(rows, dimension)
    store = DenseStore.build(vectors)
    assert store.rows == rows
    for query in unit_vectors(5, dimension, seed=11):
        np.testing.assert_allclose(store.scores(query), vectors @ query, atol=1e-5)


def test_search_gives_the_best_rows_best_first() -> None:
    vectors, query = unit_vectors(200, 32), unit_vectors(1, 32, seed=3)[0]
    rows, cosines = DenseStore.build(vectors).search(query, 10)
    exact = vectors @ query
    assert rows.tolist() == np.argsort(-exact)[:10].tolist()
    np.testing.assert_allclose(cosines, exact[rows], atol=1e-5)


def test_a_limit_beyond_the_rows_gives_all_rows() -> None:
    rows, cosines = DenseStore.build(unit_vectors(3, 8)).search(unit_vectors(1, 8)[0], 99)
    assert sorted(rows.tolist()) == [0, 1, 2]
    assert len(cosines) == 3


def test_a_zero_vector_is_like_nothing() -> None:
    vectors = unit_vectors(4, 8)
    vectors[2] = 0
    store = DenseStore.build(vectors)
    assert store.scores(vectors[0])[2] == 0
    assert not store.scores(np.zeros(8, np.float32)).any()


def test_saved_then_loaded_is_equal(tmp_path: Path) -> None:
    store, queries = DenseStore.build(unit_vectors(50, 16)), unit_vectors(5, 16, seed=5)
    store.save(tmp_path / "vectors.faiss")
    loaded = DenseStore.load(tmp_path / "vectors.faiss")
    assert loaded.rows == store.rows
    for query in queries:
        np.testing.assert_array_equal(loaded.scores(query), store.scores(query))
