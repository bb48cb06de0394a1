"""Rows added, removed and moved: the store is as a fresh one, ids stay, cells are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.indexing import cells
from assistant.indexing.dense import DenseStore
from assistant.indexing.recall import disturbed
from tests.test_dense import Vectors, topical_vectors, unit_vectors


@pytest.fixture(scope="module")
def many() -> Vectors:
    return topical_vectors(6000)


@pytest.fixture(scope="module")
def inverted(many: Vectors) -> DenseStore:
    return DenseStore.build(many, exact_rows=1000)


def update_of(rows: int, seed: int, new: int) -> NDArray[np.int64]:
    """Rows that stay, in another order, some twice, between new ones."""
    random = np.random.default_rng(seed)
    kept = random.permutation(rows)[: rows - rows // 10]
    return random.permutation(np.concatenate([kept, kept[:3], np.full(new, -1)]))


def after(vectors: Vectors, before: NDArray[np.int64], new: Vectors) -> Vectors:
    found = vectors[before]
    found[before < 0] = new
    return found


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(3, 60), new=st.integers(0, 9), seed=st.integers(0, 99))
def test_an_updated_store_is_a_fresh_one_whose_ids_stayed(rows: int, new: int, seed: int) -> None:
    vectors, added = unit_vectors(rows, 8), unit_vectors(new, 8, seed=seed + 1000)
    before = update_of(rows, seed, new)
    store = DenseStore.build(vectors, ids=np.random.default_rng(seed).permutation(rows) + 50)
    updated = store.updated(before, added)
    fresh = DenseStore.build(after(vectors, before, added))
    for query in unit_vectors(3, 8, seed=seed):
        for one, other in zip(updated.search(query, 9), fresh.search(query, 9), strict=True):
            np.testing.assert_array_equal(one, other)
    old = np.isin(updated.ids, store.ids)
    assert len(set(updated.ids.tolist())) == len(before)
    assert set(before[old].tolist()) == set(before[before >= 0].tolist())
    np.testing.assert_array_equal(updated.ids[old], store.ids[before[old]])
    assert (updated.ids[~old] >= rows + 50).all()


def test_an_id_that_is_gone_does_not_come_back() -> None:
    store = DenseStore.build(unit_vectors(3, 4))
    fewer = store.updated(np.array([0, 1]), unit_vectors(0, 4))
    assert fewer.updated(np.array([0, 1, -1]), unit_vectors(1, 4)).ids.tolist() == [0, 1, 3]


def test_an_updated_inverted_store_finds_as_much_as_a_fresh_one(
    many: Vectors, inverted: DenseStore
) -> None:
    before, added = update_of(len(many), 3, 500), topical_vectors(500, seed=70)
    added[:100] = disturbed(many[:100], seed=4)
    vectors = after(many, before, added)
    updated = inverted.updated(before, added)
    fresh = DenseStore.build(vectors, exact_rows=1000)
    assert updated.engine.nlist == inverted.engine.nlist
    old = before >= 0
    np.testing.assert_array_equal(
        updated.vectors(np.flatnonzero(old)), inverted.vectors(before[old])
    )
    queries = disturbed(vectors[np.r_[0:5900:40, np.flatnonzero(~old)[100::4]]], seed=6)
    found = [s.recall(queries=queries, vectors=vectors) for s in (updated, fresh)]
    assert found[0] >= found[1] - 0.01
    assert updated.measured >= 0.99


def test_rows_that_only_move_are_found_as_before(inverted: DenseStore) -> None:
    order = np.random.default_rng(2).permutation(inverted.rows)
    moved = inverted.updated(order, unit_vectors(0, 32))
    moved.engine.nprobe = inverted.probes
    for query in unit_vectors(20, 32, seed=9):
        rows, cosines = moved.search(query, 20)
        wanted, scores = inverted.search(query, 20)
        np.testing.assert_array_equal(order[rows], wanted)
        np.testing.assert_array_equal(cosines, scores)


def test_cells_are_learnt_anew_when_the_rows_have_doubled_or_halved(
    many: Vectors, inverted: DenseStore
) -> None:
    rows = np.arange(inverted.rows)
    half = inverted.updated(rows[:2500], many[:0])
    assert half.engine.nlist == cells.cells_for(2500) < inverted.engine.nlist
    more = topical_vectors(9000, seed=90)
    double = inverted.updated(np.concatenate([rows, np.full(9000, -1)]), more)
    assert double.engine.nlist == cells.cells_for(15_000) > inverted.engine.nlist
    assert double.recall(vectors=np.concatenate([many, more])) >= 0.96  # rounded twice
    assert double.recall() >= 0.98
    few = inverted.updated(rows[:500], many[:0])
    assert few.exact
    np.testing.assert_array_equal(few.vectors(rows[:500]), inverted.vectors(rows[:500]))


def test_a_flat_store_that_grows_becomes_an_inverted_one() -> None:
    vectors = topical_vectors(1500)
    store = DenseStore.build(vectors[:900], exact_rows=1000)
    grown = store.updated(np.concatenate([np.arange(900), np.full(600, -1)]), vectors[900:])
    assert store.exact
    assert not grown.exact
    np.testing.assert_array_equal(
        grown.vectors(np.arange(1500)),
        DenseStore.build(vectors, exact_rows=1000).vectors(np.arange(1500)),
    )
