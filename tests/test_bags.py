"""Tokens are counted once for each row; what is kept of old rows equals what is counted anew."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.indexing import bags, counting
from assistant.indexing.bags import Bags
from assistant.indexing.lexical import LexicalStore
from tests.searched import line_tokens

_TEXT = st.text("市区科技局财政汽车平台建设，。5Gg.-2022㐀龿\ud800\r \n", max_size=20) | st.text(
    max_size=20
)
_TEXTS = st.lists(_TEXT, max_size=6)


def plain(found: Bags) -> list[dict[str, int]]:
    """Each row's tokens and counts."""
    rows = []
    for row in range(found.rows):
        part = slice(int(found.starts[row]), int(found.starts[row + 1]))
        words = [found.vocabulary[at] for at in found.tokens[part]]
        rows.append(dict(zip(words, found.counts[part].tolist(), strict=True)))
    return rows


def counted(text: str) -> Counter[str]:
    """The tokens of a text, line by line."""
    return Counter(line_tokens(text))


@settings(max_examples=50, deadline=None)
@given(_TEXTS)
def test_each_row_has_its_tokens(texts: list[str]) -> None:
    assert plain(bags.fill(texts)) == [dict(counted(text)) for text in texts]


@settings(max_examples=50, deadline=None)
@given(_TEXTS, _TEXTS)
def test_kept_rows_are_as_if_counted_anew(old: list[str], new: list[str]) -> None:
    mixed = [*new, *old[::2], *new[:1]]
    rows = [old.index(text) if text in old else -1 for text in mixed]
    found = bags.fill(mixed, kept=(bags.fill(old), rows))
    assert plain(found) == plain(bags.fill(mixed))
    assert set(found.vocabulary) == {token for text in mixed for token in counted(text)}


def test_a_kept_row_is_not_cut_again() -> None:
    old = bags.fill(["工业互联网", "财政"])
    found = bags.fill(["never looked at", "汽车"], kept=(old, [1, -1]))
    assert plain(found) == [dict(counted(text)) for text in ("财政", "汽车")]


def test_blocks_count_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"第{n}条建设工业互联网平台{n}" for n in range(300)]
    whole = plain(bags.fill(texts))
    monkeypatch.setattr(counting, "BLOCK", 1000)
    assert len(list(counting.blocks(texts))) > 3
    assert plain(bags.fill(texts)) == whole


def test_no_token_goes_over_the_end_of_a_line() -> None:
    assert plain(bags.fill(["消防条例\n第一条"])) == [dict(counted("消防条例") + counted("第一条"))]
    assert "例第" in plain(bags.fill(["消防条例第一条"]))[0]


@settings(max_examples=50, deadline=None)
@given(_TEXTS, st.data())
def test_joined_rows_have_the_tokens_of_all_of_them(texts: list[str], data: st.DataObject) -> None:
    inner = st.lists(st.integers(0, len(texts)), max_size=3)
    first = [0, *sorted(data.draw(inner)), len(texts)]
    joined = bags.fill(texts).joined(np.array(first))
    wanted = [
        dict(sum((counted(text) for text in texts[start:end]), Counter()))
        for start, end in pairwise(first)
    ]
    assert plain(joined) == wanted
    assert joined.lengths().tolist() == [sum(row.values()) for row in wanted]


def test_nothing_joined_is_nothing() -> None:
    assert plain(bags.fill([]).joined(np.array([0]))) == []
    assert bags.fill([]).lengths().tolist() == []


@settings(max_examples=50, deadline=None)
@given(_TEXTS, st.data())
def test_found_are_the_wanted_tokens_that_stand_in_the_rows(
    texts: list[str], data: st.DataObject
) -> None:
    kept = bags.fill(texts)
    wanted = [t for t in range(len(kept.vocabulary)) if data.draw(st.booleans())][::-1]
    rows = data.draw(st.lists(st.sampled_from(range(len(texts))), max_size=6)) if texts else []
    owner, place = kept.found(np.array(wanted, np.int64), np.array(rows, np.int64))
    pairs = sorted(zip(owner.tolist(), place.tolist(), strict=True))
    assert pairs == [
        (at, number)
        for at, row in enumerate(rows)
        for number, token in enumerate(wanted)
        if kept.vocabulary[token] in counted(texts[row])
    ]


def test_saved_then_loaded_is_equal(tmp_path: Path) -> None:
    store = LexicalStore.build(["工业互联网", "", "财政 财政"])
    store.save(tmp_path / "lexical")
    loaded = LexicalStore.load(tmp_path / "lexical")
    assert plain(loaded.bags) == plain(store.bags)
    assert np.array_equal(loaded.bags.starts, store.bags.starts)
