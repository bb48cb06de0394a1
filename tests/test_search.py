"""Who judges what, and in which order the passages come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.indexing.passage_index import PassageIndex
from assistant.indexing.passages import Passage
from assistant.ranking.features import NAMES, Candidates
from assistant.ranking.ranker import Ranker
from assistant.ranking.search import FUSION, PassageSearch, fusion
from tests.searched import PASSAGES, QUERIES, Characters

SHORT_FIRST = Ranker(  # one split: at most 34 tokens or more
    features=np.array([[NAMES.index("length")]], dtype=np.int32),
    thresholds=np.array([[3.55]], dtype=np.float32),
    leaves=np.array([[2.0, -2.0]], dtype=np.float32),
)
ARTICLES = [replace(p, path=(f"第{n}条",)) for n, p in enumerate(PASSAGES, 1)]
OTHERS = [replace(p, path=()) for p in PASSAGES]


def by_trees(scores: NDArray[np.float32]) -> bool:
    """Whether each is what one of the two leaves gives: the sigmoid of 2 or of -2."""
    return {round(score, 6) for score in scores.tolist()} <= {0.880797, 0.119203}


def search_of(passages: list[Passage], ranker: Ranker | None = SHORT_FIRST) -> PassageSearch:
    encoder = Characters()
    return PassageSearch(PassageIndex.build(passages, encoder), encoder, ranker)


@pytest.fixture(scope="module")
def articles() -> PassageSearch:
    return search_of(ARTICLES)


@pytest.fixture(scope="module")
def others() -> PassageSearch:
    return search_of(OTHERS)


@pytest.fixture(scope="module")
def mixed() -> PassageSearch:
    return search_of(PASSAGES, None)


def test_the_sum_is_convex() -> None:
    assert sum(FUSION.values()) == pytest.approx(1)
    assert all(weight > 0 for weight in FUSION.values())
    assert set(FUSION) <= set(NAMES)
    values = np.zeros((3, len(NAMES)), dtype=np.float32)
    values[1], values[2] = 1, 9
    values[0, NAMES.index("cosine")] = -1  # what points away counts for nothing
    assert fusion(Candidates(np.arange(3), values)).tolist() == pytest.approx([0, 1, 1])


@pytest.mark.parametrize("query", QUERIES)
def test_articles_are_judged_by_the_trees(articles: PassageSearch, query: str) -> None:
    rows, scores = articles.search(query, 99)
    assert by_trees(scores)
    found = articles.features.candidates(query)
    low = found.rows[found.named("length") > 3.55].tolist()
    high = found.rows[found.named("length") <= 3.55].tolist()
    assert rows.tolist() == [*high, *low]
    assert not len(rows) or (low and high), "both leaves are reached"


@pytest.mark.parametrize("query", QUERIES)
def test_other_passages_are_judged_by_the_sum(others: PassageSearch, query: str) -> None:
    rows, scores = others.search(query, 99)
    found = others.features.candidates(query)
    summed = dict(zip(found.rows.tolist(), fusion(found).tolist(), strict=True))
    assert scores.tolist() == [summed[row] for row in rows.tolist()]
    assert set(rows.tolist()) == set(summed)


@pytest.mark.parametrize(("count", "trees"), [(4, False), (5, True)])
def test_most_of_the_nearest_must_be_articles(count: int, trees: bool) -> None:
    search = search_of([*ARTICLES[:count], *OTHERS[count:]])
    scores = search.search("消防通道占用犬企业补贴", 99)[1]
    assert by_trees(scores) == trees


def test_half_of_them_is_not_most() -> None:
    search = search_of([*ARTICLES[:4], *OTHERS[4:8]])
    assert not by_trees(search.search("消防通道占用犬企业补贴", 99)[1])


def test_articles_far_off_do_not_bring_in_the_trees() -> None:
    near = [Passage("企业研发补贴由市科技局发放。", document=str(n)) for n in range(20)]
    far = [Passage("养犬登记。", path=("第一条",), document=f"far {n}") for n in range(60)]
    search = search_of([*near, *far])
    rows, scores = search.search("企业研发补贴由谁发放", 80)
    assert set(rows[:20].tolist()) == set(range(20))
    assert not by_trees(scores)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.sampled_from(QUERIES),
        st.text(st.sampled_from(list("消防车通道占用犬企业补贴罚款 第条x？\x00\n")), max_size=20),
    ),
    st.lists(st.booleans(), min_size=len(PASSAGES), max_size=len(PASSAGES)),
    st.integers(0, 12),
)
def test_results_are_allowed_few_and_fall(
    mixed: PassageSearch, query: str, chosen: list[bool], limit: int
) -> None:
    allowed = np.array(chosen)
    rows, scores = mixed.search(query, limit, allowed)
    assert len(rows) == len(scores) == min(limit, int(allowed.sum()))
    assert (str(rows.dtype), str(scores.dtype)) == ("int64", "float32")
    assert len(set(rows.tolist())) == len(rows)
    assert allowed[rows].all()
    pairs = [(-score, row) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]
    assert pairs == sorted(pairs), "equal ones in row order"
    assert all(0 <= score <= 1 for score in scores.tolist())
    more = mixed.search(query, 99, allowed)[0]
    assert rows.tolist() == more[:limit].tolist()


def test_equal_passages_come_in_row_order() -> None:
    search = search_of([Passage("养犬登记。", document=str(n)) for n in range(40)])
    rows, scores = search.search("养犬登记", 40)
    assert rows.tolist() == list(range(40))
    assert len(set(scores.tolist())) == 1


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_is_found_in_an_empty_index_or_with_nothing_allowed(
    mixed: PassageSearch, query: str
) -> None:
    nothing = np.zeros(len(PASSAGES), dtype=bool)
    for rows, scores in (search_of([]).search(query, 9), mixed.search(query, 9, nothing)):
        assert rows.tolist() == scores.tolist() == []
    assert mixed.search(query, 0)[0].tolist() == []


def test_the_passage_with_the_words_comes_first(mixed: PassageSearch) -> None:
    for row, query in ((1, "消防车通道占用罚款"), (6, "企业补贴由市科技局发放")):
        assert mixed.search(query, 1)[0].tolist() == [row]
