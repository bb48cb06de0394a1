"""BM25 held against the formula, written out."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.indexing.lexical import K1, B, LexicalStore
from assistant.text import tokens

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


def lucene_bm25(texts: list[str], query: list[str]) -> list[float]:
    """Sum over the query's tokens of ln(1 + (N - df + ½)/(df + ½)) · tf/(tf + k1(1 - b + b·dl/avgdl))."""
    counts = [Counter(tokens(text)) for text in texts]
    lengths = [sum(c.values()) for c in counts]
    mean = sum(lengths) / len(lengths)
    scores = [0.0] * len(texts)
    for token in query:
        df = sum(token in c for c in counts)
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        for row, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            tf = count[token]
            scores[row] += idf * tf / (tf + K1 * (1 - B + B * length / mean)) if tf else 0.0
    return scores


@pytest.mark.parametrize("query", QUERIES)
def test_scores_equal_the_formula(query: str) -> None:
    store = LexicalStore.build(TEXTS)
    wanted = lucene_bm25(TEXTS, tokens(query))
    np.testing.assert_allclose(store.scores(tokens(query)), wanted, rtol=1e-5, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(_LINES.map("".join), min_size=2, max_size=6), _LINES.map("".join))
def test_scores_equal_the_formula_on_any_texts(texts: list[str], query: str) -> None:
    if not all(tokens(text) for text in texts):
        return
    found = LexicalStore.build(texts).scores(tokens(query))
    np.testing.assert_allclose(found, lucene_bm25(texts, tokens(query)), rtol=1e-4, atol=1e-5)


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
