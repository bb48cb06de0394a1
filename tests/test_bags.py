"""Tokens are counted once for each row; what is kept of old rows equals what is counted anew."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.indexing import bags
from assistant.indexing.bags import Bags
from assistant.indexing.lexical import LexicalStore
from assistant.text import tokens

_TEXTS = st.lists(st.text("市区科技局财政汽车平台建设，。5G ", max_size=20), max_size=6)


def plain(found: Bags) -> list[dict[str, int]]:
    """Each row's tokens and counts."""
    rows = []
    for row in range(found.rows):
        part = slice(int(found.starts[row]), int(found.starts[row + 1]))
        words = [found.vocabulary[at] for at in found.tokens[part]]
        rows.append(dict(zip(words, found.counts[part].tolist(), strict=True)))
    return rows


@settings(max_examples=50, deadline=None)
@given(_TEXTS)
def test_each_row_has_its_tokens(texts: list[str]) -> None:
    assert plain(bags.fill(texts)) == [dict(Counter(tokens(text))) for text in texts]


@settings(max_examples=50, deadline=None)
@given(_TEXTS, _TEXTS)
def test_kept_rows_are_as_if_counted_anew(old: list[str], new: list[str]) -> None:
    mixed = [*new, *old[::2], *new[:1]]
    rows = [old.index(text) if text in old else -1 for text in mixed]
    found = bags.fill(mixed, kept=(bags.fill(old), rows))
    assert plain(found) == plain(bags.fill(mixed))
    assert set(found.vocabulary) == {token for text in mixed for token in tokens(text)}


def test_a_kept_row_is_not_cut_again() -> None:
    old = bags.fill(["工业互联网", "财政"])
    found = bags.fill(["never looked at", "汽车"], kept=(old, [1, -1]))
    assert plain(found) == [dict(Counter(tokens(text))) for text in ("财政", "汽车")]


def test_processes_count_alike() -> None:
    texts = [f"第{n}条建设工业互联网平台{n}" for n in range(300)]
    assert plain(bags.fill(texts, workers=2)) == plain(bags.fill(texts, workers=0))


def test_saved_then_loaded_is_equal(tmp_path: Path) -> None:
    store = LexicalStore.build(["工业互联网", "", "财政 财政"])
    store.save(tmp_path / "lexical")
    loaded = LexicalStore.load(tmp_path / "lexical")
    assert plain(loaded.bags) == plain(store.bags)
    assert np.array_equal(loaded.bags.starts, store.bags.starts)
