"""The flat index equals numpy; the inverted one nearly; filters, updates, files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.indexing.dense import DenseStore
from assistant.indexing.recall import disturbed

Vectors = NDArray[np.float32]


def unit_vectors(rows: int, dimension: int, seed: int = 7) -> Vectors:
    found = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def topical_vectors(rows: int, dimension: int = 32, seed: int = 7) -> Vectors:
    """Vectors in groups, as texts are."""
    topics = unit_vectors(40, dimension, seed)[np.random.default_rng(seed).integers(0, 40, rows)]
    near: Vectors = topics + 0.7 * unit_vectors(rows, dimension, seed + 1)
    unit: Vectors = near / np.linalg.norm(near, axis=1, keepdims=True)
    return unit


@pytest.fixture(scope="module")
def many() -> Vectors:
    return topical_vectors(6000)


@pytest.fixture(scope="module")
def inverted(many: Vectors) -> DenseStore:
    return DenseStore.build(many, exact_rows=1000)


@pytest.mark.parametrize(("rows", "dimension"), [(1, 4), (7, 3), (60, 256), (500, 64)])
def test_scores_equal_the_inner_product(rows: int, dimension: int) -> None:
    vectors = unit_vectors(rows, dimension)
    store = DenseStore.build(vectors)
    assert store.rows == rows
    assert store.exact
    some = np.arange(rows)[::-2]
    for query in unit_vectors(5, dimension, seed=11):
        np.testing.assert_allclose(store.scores(query), vectors @ query, atol=1e-5)
        np.testing.assert_array_equal(store.cosines(query, some), store.scores(query)[some])
    np.testing.assert_array_equal(store.vectors(some), vectors[some])


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


def test_nothing_is_found_among_no_rows() -> None:
    store, query = DenseStore.build(np.zeros((0, 8), np.float32)), unit_vectors(1, 8)[0]
    assert store.rows == len(store.scores(query)) == len(store.search(query, 5)[0]) == 0


def test_a_zero_vector_is_like_nothing() -> None:
    vectors = unit_vectors(4, 8)
    vectors[2] = 0
    store = DenseStore.build(vectors)
    assert store.scores(vectors[0])[2] == 0
    assert not store.scores(np.zeros(8, np.float32)).any()
    assert store.search(np.zeros(8, np.float32), 3)[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("exact_rows", [10_000, 300])
def test_a_text_that_comes_a_hundred_times_is_found_in_row_order(exact_rows: int) -> None:
    vectors = topical_vectors(600)
    vectors[50:150], vectors[580:] = vectors[0], vectors[-1]  # the better ones come last
    store = DenseStore.build(vectors, exact_rows=exact_rows)
    assert store.exact == (exact_rows > 600)
    if not store.exact:
        store.engine.nprobe = store.engine.nlist
    query = 0.9 * vectors[-1] + vectors[0] * 0.4
    rows, _ = store.search(query, 150)
    scores = store.scores(query)
    assert rows.tolist() == sorted(range(600), key=lambda row: (-scores[row], row))[:150]
    for limit in range(1, 150, 7):
        assert store.search(query, limit)[0].tolist() == rows[:limit].tolist()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_filtered_search_is_the_sorted_list_of_allowed_rows(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=60))
    store = DenseStore.build(unit_vectors(6, 8)[kinds])
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds))))
    limit = data.draw(st.integers(0, 70))
    query = unit_vectors(1, 8, seed=data.draw(st.integers(0, 9)))[0]
    rows, cosines = store.search(query, limit, allowed)
    scores = store.scores(query)
    wanted = sorted(np.flatnonzero(allowed).tolist(), key=lambda row: (-scores[row], row))[:limit]
    assert rows.tolist() == wanted
    np.testing.assert_array_equal(cosines, scores[rows])


def test_above_the_limit_of_rows_eight_bits_find_nearly_the_same(
    many: Vectors, inverted: DenseStore
) -> None:
    queries = disturbed(many[::50], seed=1)
    assert not inverted.exact
    assert 0 < inverted.probes < inverted.engine.nlist
    assert inverted.measured >= 0.98
    assert inverted.recall(queries=queries, vectors=many) >= 0.98
    assert inverted.recall() >= inverted.measured - 0.02
    every = np.arange(len(many))
    np.testing.assert_allclose(inverted.vectors(every), many, atol=0.005)
    np.testing.assert_allclose(inverted.scores(queries[0]), many @ queries[0], atol=0.01)


def test_as_many_rows_are_found_as_are_asked_for(inverted: DenseStore) -> None:
    rows, _ = inverted.search(inverted.vectors(np.array([3]))[0], 5000)
    assert len(set(rows.tolist())) == 5000


def test_more_cells_are_read_where_one_in_six_is_not_enough() -> None:
    vectors = unit_vectors(3000, 32)  # no groups: the best are in any cell
    store = DenseStore.build(vectors, exact_rows=1000)
    assert store.probes > store.engine.nlist / 5
    assert store.recall(vectors=vectors) >= 0.97


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_filter_of_few_rows_gets_them_all_from_any_cell(
    data: st.DataObject, inverted: DenseStore
) -> None:
    few = data.draw(st.sets(st.integers(0, inverted.rows - 1), max_size=30))
    allowed = np.zeros(inverted.rows, dtype=bool)
    allowed[list(few)] = True
    query = unit_vectors(1, 32, seed=data.draw(st.integers(0, 99)))[0]
    rows, cosines = inverted.search(query, 40, allowed)
    scores = inverted.scores(query)
    assert rows.tolist() == sorted(few, key=lambda row: (-scores[row], row))
    np.testing.assert_array_equal(cosines, scores[rows])


@pytest.mark.parametrize("share", [2, 10, 100])
def test_a_filter_of_many_rows_keeps_the_recall(
    many: Vectors, inverted: DenseStore, share: int
) -> None:
    allowed = np.zeros(len(many), dtype=bool)
    allowed[: len(many) // share] = True
    found = []
    for query in disturbed(many[:40], seed=3):
        rows, _ = inverted.search(query, 10, allowed)
        assert allowed[rows].all()
        exact = np.argsort(-(many[allowed] @ query))[:10]
        found.append(np.isin(exact, rows).mean())
    assert np.mean(found) >= 0.96


@pytest.mark.parametrize("rows", [50, 2500])
def test_saved_then_loaded_is_equal(tmp_path: Path, rows: int) -> None:
    vectors = topical_vectors(rows)
    store = DenseStore.build(vectors, ids=np.arange(rows) * 3, exact_rows=1000)
    store.save(tmp_path / "dense")
    loaded = DenseStore.load(tmp_path / "dense")
    assert loaded.exact == store.exact == (rows == 50)
    assert (loaded.rows, loaded.probes, loaded.measured) == (rows, store.probes, store.measured)
    np.testing.assert_array_equal(loaded.ids, store.ids)
    for query in disturbed(vectors[:5], seed=5):
        np.testing.assert_array_equal(loaded.scores(query), store.scores(query))
        for one, other in zip(loaded.search(query, 9), store.search(query, 9), strict=True):
            np.testing.assert_array_equal(one, other)
    more = loaded.updated(np.r_[np.arange(rows), -1], vectors[:1])
    assert more.ids[-1] == rows * 3 - 2


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    DenseStore.build(unit_vectors(9, 4)).save(tmp_path / "dense")
    np.save(tmp_path / "dense" / "ids.npy", np.arange(8))
    with pytest.raises(ValueError, match="rows"):
        DenseStore.load(tmp_path / "dense")


@pytest.mark.parametrize("ids", [[1, 2], [1, 2, 2]])
def test_ids_are_distinct_and_one_for_each_row(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="ids"):
        DenseStore.build(unit_vectors(3, 4), ids=np.array(ids))


def test_the_same_vectors_make_the_same_index(many: Vectors, inverted: DenseStore) -> None:
    again = DenseStore.build(many, exact_rows=1000)
    assert again.probes == inverted.probes
    for query in disturbed(many[:9], seed=8):
        for one, other in zip(again.search(query, 20), inverted.search(query, 20), strict=True):
            np.testing.assert_array_equal(one, other)


def test_threads_share_a_store(many: Vectors, inverted: DenseStore) -> None:
    queries, allowed = disturbed(many[:200], seed=9), np.arange(len(many)) % 2 == 0
    masks = [allowed if at % 3 else None for at in range(len(queries))]

    def found(query: Vectors, mask: NDArray[np.bool_] | None) -> list[int]:
        return list(map(int, inverted.search(query, 10, mask)[0]))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(found, queries, masks)) == list(map(found, queries, masks))
