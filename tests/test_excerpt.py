"""An excerpt of an index is what an index of its documents alone would be."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.indexing.building import configured_encoder, open_index
from assistant.indexing.excerpt import excerpt
from assistant.indexing.index import Index
from assistant.reading.corpus import Corpus
from assistant.settings import Settings
from tests.policies import both_cities


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Index:
    settings = both_cities(tmp_path_factory.mktemp("excerpt"))
    return open_index(settings, configured_encoder(settings))


def test_all_documents_are_the_index_itself(whole: Index) -> None:
    taken = excerpt(whole, {d.id for d in whole.documents})
    assert taken.rows == whole.rows
    assert taken.units == whole.units
    assert taken.industries == whole.industries
    assert np.array_equal(taken.digests, whole.digests)


def test_two_documents_are_indexed_as_if_there_were_no_others(whole: Index) -> None:
    official = [d for d in whole.documents if d.kind == "official"]
    taken = excerpt(whole, {d.id for d in official})
    alone = Index.build(Corpus(tuple(official), (), "x"), configured_encoder(Settings()))
    assert len(taken.rows) < len(whole.rows)
    assert (taken.rows, taken.units, taken.industries) == (
        alone.rows,
        alone.units,
        alone.industries,
    )
    assert np.array_equal(taken.digests, alone.digests)
    for question in (["茶园", "补助"], ["氢能", "产业"], ["财政局"]):
        ours, theirs = taken.lexical.scores(question), alone.lexical.scores(question)
        assert np.allclose(ours, theirs, atol=1e-5)
    vectors = np.arange(len(taken.rows))
    assert np.allclose(taken.dense.vectors(vectors), alone.dense.vectors(vectors), atol=1e-6)


def test_of_one_document_nothing_of_another_is_left(whole: Index) -> None:
    (tea,) = [d for d in whole.documents if "茶" in d.title]
    taken = excerpt(whole, {tea.id})
    assert taken.documents == (tea,)
    assert {c.document_id for c in taken.rows} == {tea.id}
    assert "市农业农村局" in taken.units
    assert "市科技局" not in taken.units
    assert not taken.several


def test_nothing_chosen_is_an_empty_index(whole: Index) -> None:
    taken = excerpt(whole, ())
    assert (taken.documents, taken.rows, dict(taken.units)) == ((), (), {})
