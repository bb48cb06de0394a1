"""The stores of an index fit each other, and are the same when saved and loaded."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.indexing.passage_index import PassageIndex
from assistant.indexing.passages import Passage
from assistant.text import tokens
from tests.searched import PASSAGES, QUERIES, Characters


@pytest.fixture(scope="module")
def index() -> PassageIndex:
    return PassageIndex.build(PASSAGES, Characters())


def test_rows_are_the_passages(index: PassageIndex) -> None:
    assert index.rows == index.lexical.rows == index.dense.rows == len(PASSAGES)
    assert index.articles.tolist() == [p.is_article for p in PASSAGES]
    assert index.authority.tolist() == pytest.approx([p.authority for p in PASSAGES])
    vectors = Characters().encode_passages([p.whole for p in PASSAGES])
    np.testing.assert_allclose(index.dense.vectors(np.arange(index.rows)), vectors, atol=1e-6)


def test_a_heading_is_kept_once(index: PassageIndex) -> None:
    names = [p.heading for p in PASSAGES]
    assert index.headings.rows == len(set(names)) < len(names)
    for one, first in enumerate(index.heading_of):
        for other, second in enumerate(index.heading_of):
            assert (first == second) == (names[one] == names[other])
    for row, passage in enumerate(PASSAGES):
        scores = index.headings.scores(tokens(passage.title))
        assert bool(scores[index.heading_of[row]]) == bool(passage.title)


def test_a_document_has_the_tokens_of_its_passages(index: PassageIndex) -> None:
    assert index.first_of.tolist() == [0, 2, 5, 8, 9]
    assert index.document_of.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3]
    summed = np.bincount(index.document_of, weights=index.lexical.lengths)
    assert index.documents.lengths.tolist() == summed.tolist()
    assert np.flatnonzero(index.documents.scores(["犬"])).tolist() == [1]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("甲乙丙"), max_size=8))
def test_documents_are_stretches_of_neighbours(documents: list[str]) -> None:
    index = PassageIndex.build([Passage("条款", document=d) for d in documents], Characters())
    of = index.document_of
    assert len(of) == index.rows == len(documents)
    assert index.documents.rows == len(index.first_of) - 1
    for row in range(1, len(documents)):
        assert of[row] - of[row - 1] == (documents[row] != documents[row - 1])


@pytest.mark.parametrize("passages", [PASSAGES, []])
def test_saved_then_loaded_is_equal(passages: list[Passage], tmp_path: Path) -> None:
    index = PassageIndex.build(passages, Characters())
    index.save(tmp_path / "index")
    loaded = PassageIndex.load(tmp_path / "index")
    for field in fields(PassageIndex)[4:]:
        one, other = getattr(index, field.name), getattr(loaded, field.name)
        assert one.dtype == other.dtype, field.name
        np.testing.assert_array_equal(one, other)
    for query in QUERIES:
        for name in ("lexical", "headings", "documents"):
            found = getattr(loaded, name).scores(tokens(query))
            np.testing.assert_array_equal(found, getattr(index, name).scores(tokens(query)))
        vector = Characters().encode_queries([query])[0]
        np.testing.assert_array_equal(loaded.dense.scores(vector), index.dense.scores(vector))


@pytest.mark.parametrize("name", ["rows.npz", "lexical/lengths.npy", "headings", "documents"])
def test_a_part_that_is_absent_is_an_error(index: PassageIndex, name: str, tmp_path: Path) -> None:
    index.save(tmp_path / "index")
    (tmp_path / "index" / name).rename(tmp_path / "gone")
    with pytest.raises((OSError, ValueError, KeyError, RuntimeError)):
        PassageIndex.load(tmp_path / "index")


def test_progress_is_shown_on_stderr_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    PassageIndex.build(PASSAGES, Characters())
    assert capsys.readouterr() == ("", "")
    PassageIndex.build(PASSAGES, Characters(), progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err
