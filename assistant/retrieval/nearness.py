"""Whether a document speaks of a thing in other words: the nearest of its words, by the vectors.

The encoder that ships is asked, whatever model searches: its scale is the one that was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.static_encoder import StaticEncoder
from assistant.model import Document
from assistant.text import fold, words

NEAR = (
    0.45  # cosine: 外贸 and 对外开放, 客车 and 班线; what has nothing to do with it stays below .35
)
_KEPT = 64  # documents whose words are kept


class Nearness:
    """The words of some documents as vectors, made when they are first asked for."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._encoder = lru_cache(maxsize=1)(StaticEncoder.shipped)
        self._vectors = lru_cache(maxsize=_KEPT)(self._of)

    def near(self, term: str, document_id: str) -> bool:
        """Whether some word of the document means nearly the same as the term."""
        vectors = self._vectors(document_id)
        asked = self._encoder().encode_queries([term])[0]
        return bool(len(vectors)) and float((vectors @ asked).max()) >= NEAR

    def _of(self, document_id: str) -> NDArray[np.float32]:
        document = self._documents[document_id]
        found = sorted({w for w in words(fold(document.title + document.text)) if len(w) > 1})
        return self._encoder().encode_passages(found)
