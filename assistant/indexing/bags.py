"""How often each token stands in each row: what BM25 is made of, kept to cut no row twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.counting import blocks, counted
from assistant.progress import Bar

_FILES = ("bag_starts.npy", "bag_tokens.npy", "bag_counts.npy")


@dataclass(frozen=True, slots=True)
class Bags:
    """Row i has the tokens ``vocabulary[t]``, ``counts`` times, at ``starts[i]:starts[i + 1]``."""

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    tokens: NDArray[np.int32]
    counts: NDArray[np.int32]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each row has, repeated ones counted again."""
        sums = np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])
        lengths: NDArray[np.int64] = np.diff(sums[self.starts])
        return lengths

    def joined(self, first: NDArray[np.int64]) -> Bags:
        """Bags of whole groups of rows: group i is ``first[i]:first[i + 1]``."""
        ids: list[NDArray[np.int32]] = []
        counts: list[NDArray[np.int32]] = []
        for start, end in pairwise(self.starts[first].tolist()):
            here, place = np.unique(self.tokens[start:end], return_inverse=True)
            ids.append(here)
            counts.append(np.bincount(place, weights=self.counts[start:end]).astype(np.int32))
        starts = np.cumsum([0, *map(len, ids)], dtype=np.int64)
        joined_ids, joined_counts = np.concatenate([_NONE, *ids]), np.concatenate([_NONE, *counts])
        return Bags(self.vocabulary, starts, joined_ids, joined_counts)

    def found(
        self, wanted: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where wanted tokens stand in rows: pairs of a place in ``rows`` and in ``wanted``."""
        held_at, starts = self._places(rows)
        owner = np.repeat(np.arange(len(rows)), np.diff(starts))
        held = self.tokens[held_at]
        places = np.full(len(self.vocabulary) + 1, -1, dtype=np.int32)
        places[wanted] = np.arange(len(wanted))
        place = places[held]
        hit = place >= 0
        return owner[hit], place[hit].astype(np.int64)

    def taken(self, rows: NDArray[np.int64]) -> Bags:
        """Bags of some rows in the order given, without the tokens that none of them has."""
        held_at, starts = self._places(rows)
        tokens = self.tokens[held_at]
        used = np.zeros(len(self.vocabulary), dtype=np.bool_)
        used[tokens] = True
        numbers = (np.cumsum(used) - 1).astype(np.int32)
        vocabulary = tuple(compress(self.vocabulary, used))
        return Bags(vocabulary, starts, numbers[tokens], self.counts[held_at])

    def _places(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the tokens of some rows lie, row by row, and where those of each begin there."""
        first = self.starts[rows]
        starts = np.concatenate([[0], np.cumsum(self.starts[rows + 1] - first)])
        places = np.repeat(first - starts[:-1], np.diff(starts))
        places += np.arange(len(places))
        return places, starts

    def save(self, folder: Path) -> None:
        """Write the arrays; the vocabulary is the index's own."""
        arrays: tuple[NDArray[Any], ...] = (self.starts, self.tokens, self.counts)
        for name, array in zip(_FILES, arrays, strict=True):
            np.save(folder / name, array, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, vocabulary: Sequence[str]) -> Bags:
        """Read what ``save`` wrote; the arrays stay on disk until they are used."""
        arrays = [np.load(folder / n, mmap_mode="r", allow_pickle=False) for n in _FILES]
        arrays = [array.view(np.ndarray) for array in arrays]  # a memmap's own slices are slow
        return cls(tuple(vocabulary), arrays[0], arrays[1], arrays[2])


def fill(
    texts: Sequence[str],
    *,
    kept: tuple[Bags, Sequence[int]] | None = None,
    progress: bool = False,
) -> Bags:
    """The bags of the texts; ``kept`` are bags and, per text, its row there, or -1 for none."""
    if kept is None:
        return _counted(texts, {}, progress)
    old, rows = kept
    places = np.array(rows, dtype=np.int64)
    missing = np.flatnonzero(places < 0)
    known = {token: at for at, token in enumerate(old.vocabulary)}
    new = _counted([texts[at] for at in missing.tolist()], known, progress)
    places[missing] = old.rows + np.arange(len(missing))
    return _stacked([old, new], new.vocabulary).taken(places)


def _counted(texts: Sequence[str], known: dict[str, int], progress: bool) -> Bags:
    """Bags whose tokens are numbered as in ``known``, which takes up the new ones."""
    parts = [Bags(tuple(known), np.zeros(1, np.int64), _NONE, _NONE)]
    with Bar(len(texts), "建立词索引", "条", shown=progress) as bar:
        for block in blocks(texts):
            vocabulary, starts, tokens, counts = counted(block)
            numbers = [known.setdefault(token, len(known)) for token in vocabulary]
            parts.append(Bags((), starts, np.array(numbers, np.int32)[tokens], counts))
            bar.update(len(block))
    return _stacked(parts, tuple(known))


def _stacked(parts: Sequence[Bags], vocabulary: tuple[str, ...]) -> Bags:
    """The rows of several bags that number their tokens alike."""
    ends = np.cumsum([0, *(len(part.tokens) for part in parts)])
    starts = [part.starts[1:] + end for part, end in zip(parts, ends, strict=False)]
    return Bags(
        vocabulary,
        np.concatenate([np.zeros(1, np.int64), *starts]),
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


_NONE = np.zeros(0, dtype=np.int32)
