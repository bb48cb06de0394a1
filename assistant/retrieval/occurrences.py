"""Which passages hold a word: by the postings of its characters first, then by the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.lexical import LexicalStore
from assistant.text import bigrams

Rows = NDArray[np.int64]


class Occurrences:
    """The folded passages of an index, to look words up in without reading all of them.

    ``term in occurrences`` says whether a passage or one of the ``names`` holds the term.
    """

    def __init__(
        self, lexical: LexicalStore, passages: Sequence[str], names: Iterable[str] = ()
    ) -> None:
        self._lexical = lexical
        self._passages = passages
        self._names = "\n".join(names)
        self.rows = lru_cache(maxsize=5_000)(self._rows)
        self._holds = lru_cache(maxsize=20_000)(self._found)

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and self._holds(term)

    def _found(self, term: str) -> bool:
        return term in self._names or any(term in self._passages[at] for at in self._likely(term))

    def _rows(self, term: str) -> Rows:
        """The passages that hold a folded term, in row order."""
        found = [at for at in self._likely(term).tolist() if term in self._passages[at]]
        return np.array(found, dtype=np.int64)

    def _likely(self, term: str) -> Rows:
        """Passages that hold every pair of the term's characters; all where it has none."""
        pairs = [gram for gram in bigrams(term) if not gram.isascii()]
        if not pairs:  # a number or a latin term may be part of a longer one
            return np.arange(len(self._passages))
        postings = sorted((self._lexical.holders(pair) for pair in pairs), key=len)
        found = postings[0]
        for rows in postings[1:]:
            found = found[np.isin(found, rows, assume_unique=True)]
        return found.astype(np.int64)
