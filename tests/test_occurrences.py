"""A word is found in exactly the passages that hold it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.indexing.lexical import LexicalStore
from assistant.retrieval.occurrences import Occurrences
from assistant.text import fold

_TEXT = st.text("市区科技局财政汽车平台建设，。5Gg.-2022", min_size=1, max_size=14)


@pytest.fixture(scope="module")
def passages() -> list[str]:
    return [
        fold(t) for t in ("建设5G网络，推进IPv6。", "市科技局建设平台", "汽车平台；2022-2025年")
    ]


@pytest.fixture(scope="module")
def found(passages: list[str]) -> Occurrences:
    return Occurrences(LexicalStore.build(passages), passages, ["市财政局"])


@settings(max_examples=80, deadline=None)
@given(st.lists(_TEXT, min_size=1, max_size=5), st.data())
def test_rows_are_those_that_hold_the_words(texts: list[str], data: st.DataObject) -> None:
    passages = [fold(text) for text in texts]
    here = Occurrences(LexicalStore.build(passages), passages)
    text = data.draw(st.sampled_from(passages))
    start = data.draw(st.integers(0, len(text) - 1))
    inside = text[start : data.draw(st.integers(start + 1, len(text)))]
    for term in (inside, data.draw(_TEXT)):
        # Of a number or a latin term only the whole is looked for, where Chinese stands beside it.
        holders = [at for at, passage in enumerate(passages) if term in passage]
        rows = here.rows(term).tolist()
        assert set(rows) <= set(holders)
        assert (term in here) == bool(rows)
        if not any(c.isascii() for c in term):
            assert rows == holders


@pytest.mark.parametrize("term", ["平台", "5g网络", "建设", "2022", "ipv6", "财政局", "ipv"])
def test_words_and_names_are_found(found: Occurrences, term: str) -> None:
    assert term in found


@pytest.mark.parametrize("term", ["平建", "科技汽车", "4g", "网络平台", "局市"])
def test_words_that_nothing_holds_are_not(found: Occurrences, term: str) -> None:
    assert term not in found
    assert not found.rows(term).size
