"""Every feature against one written out in plain Python; what a filter may not change."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.indexing.passage_index import PassageIndex
from assistant.indexing.passages import Passage
from assistant.ranking.features import DEPTH, NAMES, Candidates, Features, best_rows
from assistant.text import tokens, words
from tests.searched import PASSAGES, QUERIES, Characters, idf, line_tokens, lucene_bm25

Values = dict[str, list[float]]
MANY = [
    replace(p, text=f"{p.text}第{n}号", document=f"{p.document}{n}")
    for n in range(80)
    for p in PASSAGES
]


@pytest.fixture(scope="module")
def features() -> Features:
    return features_of(PASSAGES)


@pytest.fixture(scope="module")
def many() -> Features:
    return features_of(MANY)


def features_of(passages: list[Passage]) -> Features:
    encoder = Characters()
    return Features(PassageIndex.build(passages, encoder), encoder)


def every(features: Features, query: str) -> Candidates:
    return features.candidates(query, also=np.arange(features.index.rows))


def by_best(scores: list[float]) -> list[float]:
    top = max(scores)
    return [s / top for s in scores] if top > 0 else scores


def higher(scores: list[float], margin: float = 0.0) -> list[float]:
    return [math.log1p(sum(other > own + margin for other in scores)) for own in scores]


def beside(values: list[float], passages: list[Passage], step: int) -> list[float]:
    """The value of the passage before or after, 0 where it is of another document."""
    found = []
    for at, passage in enumerate(passages):
        there = at + step
        inside = 0 <= there < len(passages) and passages[there].document == passage.document
        found.append(values[there] if inside else 0.0)
    return found


def shares(rows: list[list[str]], wanted: set[str], known: dict[str, float]) -> list[float]:
    whole = sum(known[w] for w in wanted) or 1.0
    return [sum(known[w] for w in wanted if w in row) / whole for row in rows]


def plain(passages: list[Passage], query: str) -> Values:
    """All features of all passages."""
    asked, rows = tokens(query), [line_tokens(p.whole) for p in passages]
    spoken = {w for w in words(query) if len(w) > 1}
    held = {t for row in rows for t in row}
    rarest = max([1.0, *(idf(t, rows) for t in held)])
    known = {t: idf(t, rows) if t in held else rarest for t in {*asked, *spoken}}
    bm25 = lucene_bm25(rows, asked)
    names = list(dict.fromkeys(p.heading for p in passages))
    documents = list(dict.fromkeys(p.document for p in passages))
    of_headings = by_best(lucene_bm25([line_tokens(n) for n in names], asked))
    joined = [
        [t for p, row in zip(passages, rows, strict=True) if p.document == d for t in row]
        for d in documents
    ]
    of_documents = by_best(lucene_bm25(joined, asked))
    vectors = Characters().encode_passages([p.whole for p in passages])
    cosines = (vectors @ Characters().encode_queries([query])[0]).tolist()
    lexical = by_best(bm25)
    gap = [c - max(cosines) for c in cosines]
    best = [
        max(s for p, s in zip(passages, lexical, strict=True) if p.document == own.document)
        for own in passages
    ]
    whole = sum(known[t] * n for t, n in Counter(asked).items()) or 1.0
    return {
        "lexical": lexical,
        "matched": [s / whole for s in bm25],
        "lexical_rank": higher(bm25),
        "heading": [of_headings[names.index(p.heading)] for p in passages],
        "cosine": cosines,
        "cosine_gap": gap,
        "cosine_rank": higher(cosines, 1e-6),
        "fused": [a + b for a, b in zip(lexical, gap, strict=True)],
        "document": [of_documents[documents.index(p.document)] for p in passages],
        "document_best": best,
        "document_gap": [a - b for a, b in zip(lexical, best, strict=True)],
        "before": beside(lexical, passages, -1),
        "after": beside(lexical, passages, 1),
        "cosine_before": beside(cosines, passages, -1),
        "cosine_after": beside(cosines, passages, 1),
        "covered": shares(rows, set(asked), known),
        "words_covered": shares(rows, spoken, known),
        "length": [math.log1p(len(row)) for row in rows],
        "authority": [p.authority for p in passages],
        "question_length": [math.log1p(len(asked))] * len(passages),
    }


@pytest.mark.parametrize("query", QUERIES)
def test_features_are_those_written_out(features: Features, query: str) -> None:
    found, wanted = every(features, query), plain(PASSAGES, query)
    assert found.rows.tolist() == list(range(len(PASSAGES)))
    assert found.values.dtype == np.float32
    assert set(wanted) == set(NAMES)
    for name in NAMES:
        np.testing.assert_allclose(
            found.named(name), wanted[name], rtol=1e-4, atol=1e-5, err_msg=name
        )


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from(list("消防车通道占用犬企业补贴罚款二百元 第条x？")), max_size=20))
def test_features_are_those_written_out_for_any_question(features: Features, query: str) -> None:
    found, wanted = every(features, query), plain(PASSAGES, query)
    for name in NAMES:
        np.testing.assert_allclose(
            found.named(name), wanted[name], rtol=1e-4, atol=1e-5, err_msg=name
        )


def test_a_passage_has_no_neighbours_across_a_border(features: Features) -> None:
    found = every(features, "消防通道占用犬补贴停车条例")
    first, last = [0, 2, 5, 8], [1, 4, 7, 8]
    for name, at in (("before", first), ("after", last)):
        for kind in (name, f"cosine_{name}"):
            assert np.flatnonzero(found.named(kind) == 0).tolist() == at, kind


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(QUERIES),
    st.lists(st.booleans(), min_size=len(PASSAGES), max_size=len(PASSAGES)),
)
def test_a_filter_changes_nothing_in_what_is_left(
    features: Features, query: str, chosen: list[bool]
) -> None:
    allowed = np.array(chosen)
    whole, left = features.candidates(query), features.candidates(query, allowed)
    assert left.rows.tolist() == [row for row in whole.rows if allowed[row]]
    np.testing.assert_array_equal(left.values, whole.values[allowed[whole.rows]])


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("every_other", [2, 7, 300])
def test_a_filter_on_many_reaches_further_and_changes_nothing(
    many: Features, query: str, every_other: int
) -> None:
    allowed = np.arange(len(MANY)) % every_other == 0
    whole = every(many, query)
    left = many.candidates(query, allowed)
    assert allowed[left.rows].all()
    assert len(left.rows) >= min(DEPTH, int(allowed.sum()))
    np.testing.assert_array_equal(left.values, whole.values[left.rows])


def test_candidates_are_the_best_by_words_and_by_vectors(many: Features) -> None:
    query = "养犬登记"
    lexical = many.index.lexical.scores(tokens(query))
    cosines = many.index.dense.scores(Characters().encode_queries([query])[0])
    found = many.candidates(query)
    assert found.rows.tolist() == sorted(set(found.rows.tolist()))
    out = np.setdiff1d(np.arange(len(MANY)), found.rows)
    assert len(out)
    for scores in (lexical, cosines):
        assert np.sort(scores[found.rows])[-DEPTH] >= scores[out].max()


def test_rows_asked_for_are_taken_whatever_they_get(many: Features) -> None:
    allowed = np.zeros(len(MANY), dtype=bool)
    assert many.candidates("养犬登记", allowed).rows.tolist() == []
    found = many.candidates("养犬登记", allowed, np.array([700, 3]))
    assert found.rows.tolist() == [3, 700]
    np.testing.assert_array_equal(found.values, every(many, "养犬登记").values[[3, 700]])


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_is_found_among_nothing(query: str) -> None:
    found = features_of([]).candidates(query)
    assert found.rows.shape == (0,)
    assert found.values.shape == (0, len(NAMES))


def test_the_best_rows_score_above_zero() -> None:
    scores = np.array([0, 3, 1, 0, 2, -1], dtype=np.float32)
    allowed = np.array([1, 0, 1, 1, 1, 1], dtype=bool)
    assert best_rows(scores, 2, None).tolist() == [1, 4]
    assert best_rows(scores, 9, None).tolist() == [1, 2, 4]
    assert best_rows(scores, 2, allowed).tolist() == [2, 4]
    assert best_rows(scores, 0, None).tolist() in ([], [1, 2, 4])
    none: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
    assert best_rows(none, 3, None).tolist() == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.5, 0.99, 1.0]),
    st.sampled_from(["scattered", "sorted", "every sixteenth", "few values"]),
    st.integers(1, 400),
)
def test_the_best_rows_of_many_are_the_best(seed: int, zeros: float, kind: str, limit: int) -> None:
    """However the scores lie: a sample of them decides which are looked at."""
    draw = np.random.default_rng(seed)
    scores = draw.random(9000).astype(np.float32)
    scores[draw.random(9000) < zeros] = 0
    if kind == "sorted":
        scores.sort()
    elif kind == "every sixteenth":
        scores[np.arange(9000) % 16 != 0] /= 1000
    elif kind == "few values":
        scores = np.ceil(scores * 3)
    rows = best_rows(scores, limit, None)
    assert rows.tolist() == sorted(set(rows.tolist()))
    wanted = np.sort(scores[scores > 0])[::-1][:limit]
    assert np.sort(scores[rows])[::-1].tolist() == wanted.tolist()
