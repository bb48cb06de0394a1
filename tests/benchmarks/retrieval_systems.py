"""The systems that the retrieval benchmark compares: their shape, BM25 in three sorts, and ours."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.indexing.passage_index import PassageIndex
from assistant.indexing.passages import Passage
from assistant.model import Encoder
from assistant.ranking.search import PassageSearch
from tests.benchmarks.baseline import grams
from tests.benchmarks.retrieval_corpus import Entry

OURS = "ours"
TOKENS, WORDS, CHARACTERS = "bm25s", "BM25 jieba", "BM25 characters"
_VISIBLE = re.compile(r"\w")
Cut = Callable[[str], Sequence[str]]


class Absent(Exception):
    """A system cannot run here; the message says why."""


class System(Protocol):
    """What can be asked: passages in, then the rows of the best for a question."""

    name: str

    def index(self, passages: Sequence[Entry]) -> None:
        """Take the passages; row i is passage i."""
        ...

    def search(self, query: str, limit: int) -> list[int]:
        """At most ``limit`` rows, best first."""
        ...


@runtime_checkable
class Saved(Protocol):
    """A system whose index can be kept in a folder and opened by another process."""

    kind: str

    def save(self, folder: Path) -> None:
        """Write the index into a new folder."""
        ...


def jieba_words(passage: str) -> list[str]:
    """jieba's words as its users take them: those that hold a letter, a digit or a character."""
    import jieba

    return [word for word in jieba.cut(passage.lower()) if _VISIBLE.search(word)]


def characters(passage: str) -> list[str]:
    """Single characters and pairs of neighbours, blanks left out."""
    return grams(passage.lower())


CUTS: dict[str, Cut] = {TOKENS: text.tokens, WORDS: jieba_words, CHARACTERS: characters}


class Bm25s:
    """bm25s alone (k1 1.5, b 0.75, Lucene's idf) over one way of cutting texts.

    ``engine_seconds`` is the time that indexing took once the tokens were there,
    ``engine_cpu_seconds`` that of the processor.
    """

    kind = TOKENS

    def __init__(self, name: str = TOKENS) -> None:
        import bm25s

        self.name = self._cut_name = name
        self.cut = CUTS[name]
        self.engine_seconds = self.engine_cpu_seconds = 0.0
        self._engine: Any = bm25s.BM25(k1=1.5, b=0.75, method="lucene")

    def index(self, passages: Sequence[Entry]) -> None:
        """Cut the passages and index them; the tokens are kept as numbers, so that many fit."""
        numbers: dict[str, int] = {}
        rows = [self._numbered(entry.full, numbers) for entry in passages]
        started, used = time.perf_counter(), time.process_time()
        self._engine.index((rows, numbers), show_progress=False)
        self.engine_seconds = time.perf_counter() - started
        self.engine_cpu_seconds = time.process_time() - used

    def search(self, query: str, limit: int) -> list[int]:
        """The rows with the highest scores above 0."""
        return self.search_tokens(self.cut(query), limit)

    def search_tokens(self, tokens: Sequence[str], limit: int) -> list[int]:
        """The same for tokens that are given."""
        known = [token for token in tokens if token in self._engine.vocab_dict]
        if not known:
            return []
        count = min(limit, int(self._engine.scores["num_docs"]))
        rows, scores = self._engine.retrieve([known], k=count, show_progress=False)
        return [int(row) for row in rows[0][scores[0] > 0]]

    def save(self, folder: Path) -> None:
        """Write bm25s's own files."""
        self._engine.save(str(folder), show_progress=False)
        (folder / "name.json").write_text(json.dumps(self._cut_name), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Bm25s:
        """Read what ``save`` wrote, arrays mapped."""
        import bm25s

        system = cls(json.loads((folder / "name.json").read_text(encoding="utf-8")))
        system._engine = bm25s.BM25.load(str(folder), mmap=True, show_progress=False)
        return system

    def _numbered(self, passage: str, numbers: dict[str, int]) -> list[int]:
        return [numbers.setdefault(token, len(numbers)) for token in self.cut(passage)]


class Ours:
    """The product's engine: ``PassageIndex`` and ``PassageSearch``."""

    kind = name = OURS

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._index: PassageIndex
        self._search: PassageSearch

    def index(self, passages: Sequence[Entry]) -> None:
        """Build, encoder included."""
        rows = Converted(passages)
        self._open(PassageIndex.build(rows, self._encoder))

    def search(self, query: str, limit: int) -> list[int]:
        """The whole search, all signals."""
        rows, _ = self._search.search(query, limit)
        return [int(row) for row in rows]

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[int]:
        """What the index of vectors alone finds nearest, approximately or not."""
        rows, _ = self._index.dense.search(vector, limit)
        return [int(row) for row in rows]

    def save(self, folder: Path) -> None:
        """Write the product's index."""
        self._index.save(folder)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> Ours:
        """Read what ``save`` wrote."""
        system = cls(encoder)
        system._open(PassageIndex.load(folder))
        return system

    def _open(self, index: PassageIndex) -> None:
        self._index = index
        self._search = PassageSearch(index, self._encoder)


class Converted(Sequence[Passage]):
    """The passages as the product's own, made one at a time, so that they need not lie in memory
    twice.
    """

    def __init__(self, passages: Sequence[Entry]) -> None:
        self._passages = passages

    def __len__(self) -> int:
        return len(self._passages)

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> list[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | list[Passage]:
        if isinstance(at, slice):
            return [entry.passage for entry in self._passages[at]]
        return self._passages[at].passage

    def __iter__(self) -> Iterator[Passage]:
        return (entry.passage for entry in self._passages)
