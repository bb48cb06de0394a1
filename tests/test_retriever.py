"""Every clause finds itself first; filters hold; signals lie in [0, 1]."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.indexing.index import Index, passage
from assistant.model import DocumentKind, Encoder
from assistant.parts import Parts
from assistant.reading.corpus import read_folder
from assistant.retrieval.retriever import (
    CANDIDATES,
    WEIGHTS,
    WEIGHTS_OF_SEVERAL,
    Retriever,
    Topic,
    covered,
    degree,
)
from assistant.service import PolicyAssistant
from assistant.text import fold, tokens
from tests.policies import CORPUS, YUNHE, add_yunhe


@pytest.fixture(scope="module")
def retriever(parts: Parts) -> Retriever:
    return parts.retriever


@pytest.fixture(scope="module")
def several(two_cities: PolicyAssistant) -> Retriever:
    return two_cities._parts.retriever


@pytest.fixture(scope="module")
def large(
    tmp_path_factory: pytest.TempPathFactory, retriever: Retriever, encoder: Encoder
) -> Retriever:
    """The real corpus among the tea policies of thirty other cities."""
    folder = Path(shutil.copytree(CORPUS, tmp_path_factory.mktemp("large") / "corpus"))
    for n in range(30):
        city, text = f"{chr(0x4E91 + n)}河", YUNHE.replace("〔2023〕7号", f"〔2023〕{n}号")
        (folder / f"{n}.txt").write_text(text.replace("云河", city), encoding="utf-8")
    index = Index.build(read_folder(folder), encoder)
    assert len(index.rows) > 2 * CANDIDATES
    return Retriever(index, encoder, retriever.vocabulary)


def test_every_clause_finds_itself_first(retriever: Retriever) -> None:
    for clause in retriever.index.rows:
        words = retriever.document_of[clause.document_id].text[slice(*clause.body_range)]
        best = retriever.search(words, 1, explanatory=True)[0]
        assert best.clause == clause, (clause.label, best.clause.label)


def test_every_heading_finds_its_clause(retriever: Retriever, parts: Parts) -> None:
    official = {d.id for d in parts.lookups.official}
    for clause in retriever.index.rows:
        if clause.heading and clause.document_id in official:
            found = retriever.search(clause.heading, 2)
            assert clause in [hit.clause for hit in found], clause.label


def test_hits_come_best_first_and_no_more_than_asked(
    retriever: Retriever, questions: list[str]
) -> None:
    for query in questions:
        hits = retriever.search(query, 5)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert len(hits) <= 5
        assert len({hit.clause.id for hit in hits}) == len(hits)
        assert all(0 < score <= 1 for score in scores)
        assert retriever.search(query, 3) == hits[:3]
    assert retriever.search("自动驾驶", 0) == ()


def test_the_score_is_the_weighted_sum_of_the_signals(
    retriever: Retriever, several: Retriever
) -> None:
    for one, weights in ((retriever, WEIGHTS), (several, WEIGHTS_OF_SEVERAL)):
        for hit in one.search("人工智能与制造业", 10):
            assert set(hit.signals) == set(weights)
            summed = sum(weights[name] * value for name, value in hit.signals.items())
            assert hit.score == pytest.approx(summed / sum(weights.values()), abs=1e-5)
            assert 0 <= hit.score <= 1


def test_an_explanation_is_found_only_when_asked_for(
    retriever: Retriever, questions: list[str]
) -> None:
    for query in [*questions, "术语说明", "揭榜挂帅", "多式联运是什么意思"]:
        for hit in retriever.search(query, 50):
            kind = retriever.document_of[hit.clause.document_id].kind
            assert kind is DocumentKind.OFFICIAL
    told = retriever.search("多式联运", 1, explanatory=True)[0].clause
    assert retriever.document_of[told.document_id].kind is DocumentKind.EXPLANATORY


def test_a_mask_holds_and_changes_no_order(retriever: Retriever, several: Retriever) -> None:
    for one in (retriever, several):
        allowed = np.arange(len(one.index.rows)) % 3 == 0
        chosen = {c.id for c, held in zip(one.index.rows, allowed, strict=True) if held}
        for query in ("自动驾驶", "生态环境", "市科技局", "茶园补助"):
            whole = [h.clause.id for h in one.search(query, 999)]
            found = [h.clause.id for h in one.search(query, 999, allowed=allowed)]
            assert set(found) <= chosen
            assert [i for i in found if i in whole] == [i for i in whole if i in chosen]


def test_a_mask_reaches_what_is_not_among_the_best_of_all(retriever: Retriever) -> None:
    for row in np.flatnonzero(retriever.official)[::9]:
        allowed = np.zeros(len(retriever.index.rows), dtype=bool)
        allowed[row] = True
        clause = retriever.index.rows[row]
        found = retriever.search(clause.heading or clause.text[:12], 5, allowed=allowed)
        assert [hit.clause for hit in found] == [clause]


def test_with_nothing_allowed_nothing_is_found(retriever: Retriever) -> None:
    nothing = np.zeros(len(retriever.index.rows), dtype=bool)
    assert retriever.search("自动驾驶", allowed=nothing) == ()
    assert retriever.search("自动驾驶", allowed=nothing, explanatory=True) == ()
    told = ~retriever.official
    assert told.any()
    assert retriever.search("多式联运", allowed=told) == ()
    assert retriever.search("多式联运", allowed=told, explanatory=True)


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("市科技局自动驾驶谁负责发展A5\x00\n？，")), max_size=30),
    st.integers(1, 9),
)
def test_signals_lie_in_the_unit_interval(parts: Parts, query: str, every_other: int) -> None:
    allowed = np.arange(len(parts.index.rows)) % every_other == 0
    rows, signals = parts.retriever.signals(query, allowed)
    assert sorted(set(rows.tolist())) == rows.tolist()
    assert allowed[rows].all()
    assert set(signals) == set(WEIGHTS)
    for name, values in signals.items():
        assert values.shape == rows.shape
        assert np.isfinite(values).all(), name
        assert values.min(initial=0) >= 0, name
        assert values.max(initial=0) <= 1 + 1e-6, name


def test_of_a_small_index_every_allowed_row_is_looked_at(
    retriever: Retriever, encoder: Encoder, tmp_path: Path
) -> None:
    add_yunhe(tmp_path)
    index = Index.build(read_folder(tmp_path), encoder)
    small = Retriever(index, encoder, retriever.vocabulary)
    assert 2 * CANDIDATES >= len(index.rows) > 4
    allowed = np.arange(len(index.rows)) != 3
    for query in ("茶园", "zzz", ""):
        assert small.signals(query, allowed)[0].tolist() == np.flatnonzero(allowed).tolist()


def test_of_a_large_index_the_best_by_each_judge_are_looked_at(
    large: Retriever, questions: list[str]
) -> None:
    everything = np.ones(len(large.index.rows), dtype=bool)
    left = np.arange(len(everything)) % 2 == 0
    for query in [*questions[::20], "茶园补助", "zzz"]:
        lexical = large.index.lexical.scores(tokens(query))
        vector = large.passages.features.encoder.encode_queries([query])[0]
        for allowed in (everything, left):
            rows = large.signals(query, allowed)[0]
            assert len(rows) < allowed.sum()
            assert allowed[rows].all()
            near = large.index.dense.search(vector, CANDIDATES // 2, allowed)[0]
            ranked = large.passages.search(query, CANDIDATES // 2, allowed)[0]
            words = np.argsort(-np.where(allowed, lexical, 0), kind="stable")[:5]
            for best in (near, ranked, words[lexical[words] > 0]):
                assert set(best.tolist()) <= set(rows.tolist())


def test_a_large_index_gives_the_best_of_a_small_one(
    large: Retriever, retriever: Retriever
) -> None:
    for query in ("自动驾驶由谁负责", "青年人才住房", "碳排放权交易", "夜游"):
        best = retriever.search(query, 1)[0].clause
        found = [hit.clause.text for hit in large.search(query, 3)]
        assert best.text in found


class Backwards:
    """A cross-encoder that finds the best ones worst; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append((query, list(texts)))
        return np.linspace(0, 1, len(texts), dtype=np.float32)


@pytest.mark.parametrize("depth", [1, 4, 500])
def test_a_reranker_puts_the_head_in_its_order_and_the_scores_still_fall(
    retriever: Retriever, encoder: Encoder, depth: int
) -> None:
    reranker = Backwards()
    anew = Retriever(retriever.index, encoder, retriever.vocabulary, reranker, depth)
    query = "人工智能与制造业"
    plain, found = retriever.search(query, 9), anew.search(query, 9)
    asked = reranker.asked[0]
    assert asked[0] == query
    assert len(asked[1]) <= depth
    document = retriever.document_of[plain[0].clause.document_id]
    assert asked[1][0] == passage(plain[0].clause, document), "the best ones go to the reranker"
    assert [hit.score for hit in found] == sorted((h.score for h in found), reverse=True)
    assert [hit.score for hit in found] == [hit.score for hit in plain], "those of the places"
    ids = [hit.clause.id for hit in plain]
    if depth < len(ids):
        wanted = ids[:depth][::-1] + ids[depth:]
        assert [hit.clause.id for hit in found] == wanted
        assert all(hit.signals["reranker"] == 0 for hit in found[depth:])
    assert found[0].signals["reranker"] == (1 if depth > 1 else 0)
    assert all("reranker" not in hit.signals for hit in plain)


def test_a_reranker_is_not_asked_about_nothing(retriever: Retriever, encoder: Encoder) -> None:
    reranker = Backwards()
    anew = Retriever(retriever.index, encoder, retriever.vocabulary, reranker)
    nothing = np.zeros(len(retriever.index.rows), dtype=bool)
    assert anew.search("自动驾驶", allowed=nothing) == ()
    assert reranker.asked == []


def test_degree() -> None:
    topic = Topic("无人驾驶汽车", ("自动驾驶",), 1.0)
    assert degree(topic, fold("发展无人驾驶汽车")) == 1
    assert 0.5 < degree(topic, fold("开展自动驾驶")) < 1
    assert 0 < degree(topic, fold("纯电动汽车的驾驶")) < 0.5
    assert degree(topic, fold("生态")) == 0
    assert degree(Topic("人才", (), 1.0), "人才干") == 1
    assert degree(Topic("人才", (), 1.0), "人和才") == 0


def test_covered_is_the_share_by_weight() -> None:
    topics = [Topic("人才", (), 3.0), Topic("住房", (), 1.0)]
    assert covered(topics, "引进人才") == pytest.approx(0.75)
    assert covered(topics, "人才住房") == 1
    assert covered(topics, "生态") == 0
    assert covered([], "人才") == 0


def test_a_sentence_is_inside_its_clause(retriever: Retriever, questions: list[str]) -> None:
    for query in questions[:40]:
        for hit in retriever.search(query, 2):
            spans = [span for _, span in retriever.best_sentences(query, hit.clause)]
            assert spans == sorted(spans)
            first, last = hit.clause.body_range
            assert all(first <= start < end <= last for start, end in spans)


def test_a_rare_word_of_the_topic_weighs_more_than_a_common_one(retriever: Retriever) -> None:
    weight = {t.term: t.weight for t in retriever.topics("搪玻璃的建设支持")}
    assert weight["搪玻璃"] > 5 * weight["支持"] > 0
    assert [t.term for t in retriever.topics("搪玻璃的建设支持") if not t.specific] == [
        "建设",
        "支持",
    ]


@pytest.mark.parametrize(
    "query", ["茶叶种植补贴由谁发放", "工业互联网平台", "古树保护", "2025年目标"]
)
def test_sentences_are_read_only_where_they_count(large: Retriever, query: str) -> None:
    allowed = large.official
    _, whole = large.signals(query, allowed)
    _, short = large.signals(query, allowed, 5)
    best = np.argsort(-large._total(whole), kind="stable")[:5]
    assert np.argsort(-large._total(short), kind="stable")[:5].tolist() == best.tolist()
    assert short["sentence"][best].tolist() == whole["sentence"][best].tolist()
