"""The searchable side of an index: passages by their words, by their headings and by vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.indexing import bags
from assistant.indexing.bags import Bags
from assistant.indexing.dense import DenseStore
from assistant.indexing.lexical import LexicalStore
from assistant.indexing.passages import Passage
from assistant.model import Encoder

_ROWS = "rows.npz"
_ARRAYS = ("heading_of", "first_of", "authority", "articles")
_LEXICAL, _HEADINGS, _DOCUMENTS, _DENSE = "lexical", "headings", "documents", "vectors"


@dataclass(frozen=True, slots=True)
class PassageIndex:
    """Row i of ``lexical`` and ``dense`` is passage i; those of a document are neighbours.

    ``heading_of`` gives the row of a passage's heading in ``headings``, ``first_of`` the first row
    of each document of ``documents`` and, at its end, the number of rows; ``authority`` is that of
    the passages, ``articles`` says which of them are articles (第X条).
    """

    lexical: LexicalStore
    headings: LexicalStore
    documents: LexicalStore
    dense: DenseStore
    heading_of: NDArray[np.int32]
    first_of: NDArray[np.int64]
    authority: NDArray[np.float32]
    articles: NDArray[np.bool_]

    @property
    def rows(self) -> int:
        """How many passages there are."""
        return len(self.heading_of)

    @property
    def document_of(self) -> NDArray[np.int32]:
        """The row of each passage's document in ``documents``."""
        lengths = np.diff(self.first_of)
        return np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)

    @classmethod
    def build(
        cls,
        passages: Sequence[Passage],
        encoder: Encoder,
        *,
        progress: bool = False,
    ) -> PassageIndex:
        """Index passages in memory, in their order; ``progress`` shows bars on stderr."""
        texts = [p.whole for p in passages]
        vectors = encoder.encode_passages(texts, progress)
        counted = bags.fill(texts, progress=progress)
        return cls.of(passages, counted, DenseStore.build(vectors))

    @classmethod
    def of(cls, passages: Sequence[Passage], counted: Bags, dense: DenseStore) -> PassageIndex:
        """Index passages whose tokens are counted and whose vectors are stored."""
        names: dict[str, int] = {}
        heading_of = [names.setdefault(p.heading, len(names)) for p in passages]
        changes = [n for n, (a, b) in enumerate(pairwise(passages), 1) if a.document != b.document]
        ends = [0, *changes, len(passages)] if passages else [0]
        return cls(
            lexical=LexicalStore.of(counted),
            headings=LexicalStore.build(list(names)),
            documents=LexicalStore.of(counted.joined(np.array(ends))),
            dense=dense,
            heading_of=np.array(heading_of, dtype=np.int32),
            first_of=np.array(ends, dtype=np.int64),
            authority=np.array([p.authority for p in passages], dtype=np.float32),
            articles=np.array([p.is_article for p in passages], dtype=np.bool_),
        )

    def save(self, folder: Path) -> None:
        """Write everything into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, store in self._stores().items():
            store.save(folder / name)
        np.savez(
            folder / _ROWS,
            heading_of=self.heading_of,
            first_of=self.first_of,
            authority=self.authority,
            articles=self.articles,
        )

    @classmethod
    def load(cls, folder: Path) -> PassageIndex:
        """Read what ``save`` wrote; the large arrays stay on disk until they are used.

        Raises:
            OSError, ValueError, KeyError, RuntimeError: it cannot be read.
        """
        with np.load(folder / _ROWS, allow_pickle=False) as arrays:
            rows = {name: arrays[name] for name in _ARRAYS}
        return cls(
            lexical=LexicalStore.load(folder / _LEXICAL),
            headings=LexicalStore.load(folder / _HEADINGS),
            documents=LexicalStore.load(folder / _DOCUMENTS),
            dense=DenseStore.load(folder / _DENSE),
            **rows,
        )

    def _stores(self) -> dict[str, LexicalStore | DenseStore]:
        return {
            _LEXICAL: self.lexical,
            _HEADINGS: self.headings,
            _DOCUMENTS: self.documents,
            _DENSE: self.dense,
        }
