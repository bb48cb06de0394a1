"""How often each token stands in each row: what BM25 is made of, kept to cut no row twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.processes import Task, processors, spread
from assistant.text import tokens

COUNT: Task = "assistant.indexing.bags:count"
_CHUNK = 128  # rows
_SHORT = 48  # characters
_FEW = 2000  # rows that are cut sooner than processes have started
_SECONDS = 600.0
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
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        owner = np.repeat(np.arange(len(rows)), lengths)
        before = np.cumsum(lengths) - lengths
        held = self.tokens[np.arange(len(owner)) + np.repeat(starts - before, lengths)]
        places = np.full(len(self.vocabulary) + 1, -1, dtype=np.int32)
        places[wanted] = np.arange(len(wanted))
        place = places[held]
        hit = place >= 0
        return owner[hit], place[hit]

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


def count(texts: list[str]) -> list[dict[str, int]]:
    """The tokens of each text and how often each stands in it: a ``Task``.

    No token goes over the end of a line; short lines, such as the names above a passage, are cut
    once.
    """
    bags = []
    for text in texts:
        bag: Counter[str] = Counter()
        for line in text.split("\n"):
            bag.update(_cut(line) if len(line) <= _SHORT else tokens(line))
        bags.append(dict(bag))
    return bags


@lru_cache(maxsize=50_000)
def _cut(line: str) -> tuple[str, ...]:
    return tuple(tokens(line))


def fill(
    texts: Sequence[str],
    *,
    kept: tuple[Bags, Sequence[int]] | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Bags:
    """The bags of the texts; ``kept`` are bags and, per text, its row there, or -1 for none."""
    old, rows = kept or (_EMPTY, [-1] * len(texts))
    new = [place for place, row in enumerate(rows) if row < 0]
    known = {token: at for at, token in enumerate(old.vocabulary)}
    counted = dict(zip(new, _counted([texts[p] for p in new], workers, progress), strict=True))
    ids: list[NDArray[np.int32]] = []
    counts: list[NDArray[np.int32]] = []
    for place, row in enumerate(rows):
        if row < 0:
            bag = counted[place]
            ids.append(np.array([known.setdefault(t, len(known)) for t in bag], dtype=np.int32))
            counts.append(np.array(list(bag.values()), dtype=np.int32))
        else:
            part = slice(int(old.starts[row]), int(old.starts[row + 1]))
            ids.append(old.tokens[part])
            counts.append(old.counts[part])
    starts = np.cumsum([0, *map(len, ids)], dtype=np.int64)
    joined = np.concatenate([_NONE, *ids])
    used, numbered = np.unique(joined, return_inverse=True)
    words = list(known)
    return Bags(
        tuple(words[at] for at in used),
        starts,
        numbered.astype(np.int32),
        np.concatenate([_NONE, *counts]),
    )


_NONE = np.zeros(0, dtype=np.int32)
_EMPTY = Bags((), np.zeros(1, dtype=np.int64), _NONE, _NONE)


def _counted(texts: list[str], workers: int | None, progress: bool) -> list[dict[str, int]]:
    from tqdm import tqdm

    if workers is None:
        workers = 0 if len(texts) < _FEW else processors()
    chunks = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
    found: list[Any] = [None] * len(chunks)
    with tqdm(total=len(texts), desc="建立词索引", unit="条", disable=not progress) as bar:
        for place, bags in spread(COUNT, chunks, workers=workers, seconds=_SECONDS):
            # A lost worker leaves its rows to us: they are our own texts, and must all be there.
            found[place] = bags if isinstance(bags, list) else count(chunks[place])
            bar.update(len(chunks[place]))
    return [bag for bags in found for bag in bags]
