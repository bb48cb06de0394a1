"""The search over passages: candidates by words and by vectors, and what orders them.

Two judges. A convex sum of a few features, whose weights were chosen on government pages, orders
whatever it is given. Questions that are about law, so that most of the nearest passages are
articles (第X条), are judged by trees that were trained on such questions; these lost to the sum on
everything else, so they have no say there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.passage_index import PassageIndex
from assistant.model import Encoder
from assistant.ranking.features import Candidates, Features, Scores
from assistant.ranking.ranker import Ranker

FUSION = {
    "document": 0.30,
    "covered": 0.23,
    "words_covered": 0.20,
    "document_best": 0.18,
    "cosine": 0.05,
    "before": 0.03,
    "matched": 0.01,
}
_NEAREST = 20


class PassageSearch:
    """Searches one index of passages. Threads may share it."""

    def __init__(self, index: PassageIndex, encoder: Encoder, ranker: Ranker | None = None) -> None:
        self.features = Features(index, encoder)
        self.ranker = ranker or Ranker.shipped()
        self._articles = index.articles

    def search(
        self, query: str, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and scores of the best passages, best first, equal ones in row order.

        ``allowed``, of shape (rows,), leaves out passages before the search.
        """
        found = self.features.candidates(query, allowed)
        scores = self.scores(found)
        order = np.argsort(-scores, kind="stable")[:limit]
        return found.rows[order], scores[order]

    def scores(self, found: Candidates) -> Scores:
        """What each candidate gets, in [0, 1]."""
        fused = fusion(found)
        nearest = np.argsort(-fused, kind="stable")[:_NEAREST]
        if 2 * np.count_nonzero(self._articles[found.rows[nearest]]) <= len(nearest):
            return fused
        judged: Scores = (1 / (1 + np.exp(-self.ranker.scores(found.values)))).astype(np.float32)
        return judged


def fusion(found: Candidates) -> Scores:
    """The convex sum of features for each candidate."""
    summed = np.zeros(len(found.rows), dtype=np.float32)
    for name, weight in FUSION.items():
        summed += np.float32(weight) * np.clip(found.named(name), 0, 1)
    return summed
