"""BM25 held against the formula, written out."""

from __future__ import annotations

from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.indexing.lexical import K1, B, LexicalStore
from assistant.text import tokens
from tests.searched import idf, lucene_bm25

TEXTS = [
    "加快发展纯电动汽车和燃料电池汽车，打造千亿级新能源汽车产业集群。",
    "高水平建设工业互联网设施，支持重点企业建设行业性工业互联网平台。",
    "推动人工智能与制造业的融合渗透，建设人工智能基础资源等创新平台。",
    "汽车。",
    "加快布局5G、工业互联网等数字新基建，IPv6全面升级。",
]
QUERIES = ["工业互联网平台", "汽车", "IPv6和5G", "汽车汽车", "建设人工智能", "海洋牧场"]
_LINES = st.lists(
    st.sampled_from(list("市区科技局财政汽车平台建设，。5G")), min_size=1, max_size=20
)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_equal_the_formula(query: str) -> None:
    store = LexicalStore.build(TEXTS)
    wanted = lucene_bm25([tokens(t) for t in TEXTS], tokens(query))
    np.testing.assert_allclose(store.scores(tokens(query)), wanted, rtol=1e-5, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(_LINES.map("".join), min_size=2, max_size=6), _LINES.map("".join))
def test_scores_equal_the_formula_on_any_texts(texts: list[str], query: str) -> None:
    rows = [tokens(text) for text in texts]
    if not any(rows):
        return
    found = LexicalStore.build(texts).scores(tokens(query))
    np.testing.assert_allclose(found, lucene_bm25(rows, tokens(query)), rtol=1e-4, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.lists(_LINES.map("".join), min_size=1, max_size=6), _LINES.map("".join))
def test_scores_equal_those_of_bm25s_over_the_same_tokens(texts: list[str], query: str) -> None:
    rows = [tokens(text) for text in texts]
    known = [token for token in tokens(query) if any(token in row for row in rows)]
    if not known:
        return
    engine = bm25s.BM25(k1=K1, b=B, method="lucene")
    engine.index(rows, show_progress=False)
    found = LexicalStore.build(texts).scores(known)
    np.testing.assert_allclose(found, engine.get_scores(known), rtol=1e-5, atol=1e-6)


def test_idf_and_lengths_are_those_of_the_texts() -> None:
    rows = [tokens(text) for text in TEXTS]
    store = LexicalStore.build(TEXTS)
    assert store.lengths.tolist() == [len(row) for row in rows]
    assert store.idf.dtype == np.float32
    known = {token: at for token, at in store.token_ids.items() if token}
    assert set(known) == {token for row in rows for token in row}
    for token, at in known.items():
        assert store.idf[at] == pytest.approx(idf(token, rows), rel=1e-5)


def test_no_texts_and_texts_without_tokens_give_zeros(tmp_path: Path) -> None:
    for number, texts in enumerate(([], ["", "，。"])):
        store = LexicalStore.build(texts)
        store.save(tmp_path / str(number))
        for one in (store, LexicalStore.load(tmp_path / str(number))):
            assert one.scores(tokens("汽车")).tolist() == [0] * len(texts)
            assert one.lengths.tolist() == [0] * len(texts)
            assert one.idf.tolist() == []


def test_a_repeated_token_counts_again() -> None:
    store = LexicalStore.build(TEXTS)
    np.testing.assert_allclose(store.scores(["汽车"] * 2), 2 * store.scores(["汽车"]), rtol=1e-6)


def test_unknown_tokens_give_zeros() -> None:
    store = LexicalStore.build(TEXTS)
    for query in ([], ["海洋"], tokens("海洋牧场")):
        found = store.scores(query)
        assert found.dtype == np.float32
        assert found.shape == (len(TEXTS),)
    assert not store.scores(["海洋", ""]).any()


def test_saved_then_loaded_is_equal(tmp_path: Path) -> None:
    store = LexicalStore.build(TEXTS)
    store.save(tmp_path / "lexical")
    loaded = LexicalStore.load(tmp_path / "lexical")
    assert loaded.rows == store.rows
    for query in QUERIES:
        np.testing.assert_array_equal(loaded.scores(tokens(query)), store.scores(tokens(query)))
    assert not loaded.scores(["海洋"]).any()
