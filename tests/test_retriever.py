"""Every clause finds itself first; filters hold; signals lie in [0, 1]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import service
from assistant.answering.retriever import WEIGHTS, Retriever, Topic, covered, degree
from assistant.model import DocumentKind
from assistant.text import fold


@pytest.fixture(scope="module")
def retriever(parts: service._Parts) -> Retriever:
    return parts.retriever


def test_every_clause_finds_itself_first(retriever: Retriever) -> None:
    for clause in retriever.index.rows:
        words = retriever.document_of[clause.document_id].text[slice(*clause.body_range)]
        best = retriever.search(words, 1, explanatory=True)[0]
        assert best.clause == clause, (clause.label, best.clause.label)


def test_every_heading_finds_its_clause(retriever: Retriever, parts: service._Parts) -> None:
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


def test_the_score_is_the_weighted_sum_of_the_signals(retriever: Retriever) -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    for hit in retriever.search("人工智能与制造业", 10):
        whole = sum(WEIGHTS[name] * value for name, value in hit.signals.items())
        assert hit.score == pytest.approx(whole, abs=1e-5)


def test_an_explanation_is_found_only_when_asked_for(
    retriever: Retriever, questions: list[str]
) -> None:
    for query in [*questions, "术语说明", "揭榜挂帅", "多式联运是什么意思"]:
        for hit in retriever.search(query, 50):
            kind = retriever.document_of[hit.clause.document_id].kind
            assert kind is DocumentKind.OFFICIAL
    told = retriever.search("多式联运", 1, explanatory=True)[0].clause
    assert retriever.document_of[told.document_id].kind is DocumentKind.EXPLANATORY


def test_among_holds(retriever: Retriever) -> None:
    chosen = [c.id for c in retriever.index.rows][::3]
    for query in ("自动驾驶", "生态环境", "市科技局"):
        whole = [h.clause.id for h in retriever.search(query, 99)]
        found = [h.clause.id for h in retriever.search(query, 99, among=chosen)]
        assert found == [i for i in whole if i in chosen]
    assert retriever.search("自动驾驶", among=[]) == ()
    assert retriever.search("自动驾驶", among=["none:1"]) == ()
    told = [c.id for c in retriever.index.rows if not retriever.official[retriever.row_of[c.id]]]
    assert retriever.search("多式联运", among=told) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("市科技局自动驾驶谁负责发展A5\x00\n？，")), max_size=30)
)
def test_signals_lie_in_the_unit_interval(parts: service._Parts, query: str) -> None:
    rows = len(parts.index.rows)
    for name, values in parts.retriever.signals(query).items():
        assert name in WEIGHTS
        assert values.shape == (rows,)
        assert np.isfinite(values).all(), name
        assert values.min(initial=0) >= 0, name
        assert values.max(initial=0) <= 1 + 1e-6, name


def test_candidates_are_looked_at_closely_and_the_best_are_among_them(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = ("自动驾驶由谁负责", "青年人才住房", "碳排放权交易", "夜游")
    whole = [retriever.search(query, 1)[0].clause.id for query in queries]
    monkeypatch.setattr("assistant.answering.retriever.CANDIDATES", 20)
    assert [retriever.search(query, 1)[0].clause.id for query in queries] == whole


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
