"""What speaks for a passage, as numbers that a ranker learns from.

Every number is taken over the whole index, whatever the filter: a filter takes passages away, and
changes nothing in what the others are given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.passage_index import PassageIndex
from assistant.model import Encoder
from assistant.text import tokens, words

NAMES = (
    "lexical",  # BM25 of its heading and words, by the best of all
    "matched",  # the same, by what a passage with every word of the question could get
    "lexical_rank",  # logarithm of its place by BM25
    "heading",  # BM25 of its heading, by the best of all
    "cosine",  # of its vector and the question's
    "cosine_gap",  # the same, less the best of all
    "cosine_rank",  # logarithm of its place by the vectors
    "fused",  # lexical and cosine_gap together
    "document",  # BM25 of its whole document, by the best of all
    "document_best",  # the best BM25 of its document's passages, by the best of all
    "document_gap",  # its own, less that
    "before",  # BM25 of the passage before it in its document
    "after",  # and after it
    "cosine_before",  # the vectors of the same two
    "cosine_after",
    "covered",  # share of the question's characters that it holds, rare ones weighing more
    "words_covered",  # the same of the question's words
    "length",  # logarithm of its tokens
    "authority",
    "question_length",  # logarithm of the question's tokens
)
DEPTH = 300  # passages taken by words, and as many by vectors
_RANKED = 1000  # places that are told apart
_LEAST = 1e-9  # a score above zero
_SAMPLED = 16  # of so many scores one is looked at first
Scores = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages worth a closer look: row numbers, and values of shape (rows, len(NAMES))."""

    rows: Rows
    values: Scores

    def named(self, name: str) -> Scores:
        """The values of one feature."""
        column: Scores = self.values[:, NAMES.index(name)]
        return column


class Features:
    """Finds the candidates of a question in one index. Threads may share it."""

    def __init__(self, index: PassageIndex, encoder: Encoder) -> None:
        self.index = index
        self.encoder = encoder
        self._document_of = index.document_of
        self._idf = index.lexical.idf

    def candidates(
        self,
        query: str,
        allowed: NDArray[np.bool_] | None = None,
        also: NDArray[np.int64] | None = None,
        lexical: Scores | None = None,
    ) -> Candidates:
        """The best passages by words and by vectors, in row order, with all their features.

        ``also`` are rows to take whatever they get; ``lexical`` is BM25 of the question's tokens in
        every row, for a caller that has it.
        """
        index = self.index
        asked = tokens(query)
        lexical = index.lexical.scores(asked) if lexical is None else lexical
        vector = self.encoder.encode_queries([query])[0]
        near, cosines = index.dense.search(vector, DEPTH)
        if allowed is not None:
            near, _ = index.dense.search(vector, DEPTH, allowed)
        rows = np.union1d(best_rows(lexical, DEPTH, allowed), near)
        rows = rows if also is None else np.union1d(rows, also)
        if not len(rows):
            return Candidates(rows, np.zeros((0, len(NAMES)), np.float32))
        own = index.dense.cosines(vector, rows)
        held, held_words, whole = self._covered(query, asked, rows)
        top, headings = _top(lexical), index.headings.scores(asked)
        gap = own - cosines.max() if len(cosines) else own
        values = {
            "lexical": lexical[rows] / top,
            "matched": lexical[rows] / whole,
            "lexical_rank": _places(lexical, rows),
            "heading": headings[index.heading_of[rows]] / _top(headings),
            "cosine": own,
            "cosine_gap": gap,
            "cosine_rank": _places_in(cosines, own),
            "fused": lexical[rows] / top + gap,
            "document": by_best(index.documents.scores(asked))[self._document_of[rows]],
            **self._around(lexical, top, vector, rows),
            "covered": held,
            "words_covered": held_words,
            "length": np.log1p(index.lexical.lengths[rows]),
            "authority": index.authority[rows],
            "question_length": np.full(len(rows), np.log1p(len(asked))),
        }
        return Candidates(rows, np.stack([values[n] for n in NAMES], axis=1).astype(np.float32))

    def _around(self, lexical: Scores, top: float, vector: Scores, rows: Rows) -> dict[str, Scores]:
        """BM25 of a passage's document; BM25 and vectors of its neighbours there."""
        first, document = self.index.first_of, self._document_of[rows]
        best = np.maximum.reduceat(lexical, first[:-1])[document] / top
        has_before, has_after = rows > first[document], rows < first[document + 1] - 1
        before, after = rows - has_before, rows + has_after  # itself where there is none
        near = self.index.dense.cosines(vector, np.concatenate([before, after]))
        return {
            "document_best": best,
            "document_gap": lexical[rows] / top - best,
            "before": lexical[before] / top * has_before,
            "after": lexical[after] / top * has_after,
            "cosine_before": near[: len(rows)] * has_before,
            "cosine_after": near[len(rows) :] * has_after,
        }

    def _covered(self, query: str, asked: list[str], rows: Rows) -> tuple[Scores, Scores, float]:
        """Shares of the question's tokens and of its words, and the weight of all its tokens."""
        known = self.index.lexical.token_ids
        rarest = float(self._idf.max(initial=1.0))
        spoken = {w for w in words(query) if len(w) > 1}
        counts = Counter(asked)
        weights = {t: float(self._idf[known[t]]) if t in known else rarest for t in counts}
        whole = sum(weights[t] * n for t, n in counts.items()) or 1.0
        here = [t for t in counts if t in known]
        ids = np.array([known[t] for t in here], dtype=np.int64)
        each = np.array([weights[t] for t in here])
        of_words = np.array([weights[t] * (t in spoken) for t in here])
        owner, place = self.index.lexical.bags.found(ids, rows)
        held = np.bincount(owner, weights=each[place], minlength=len(rows))
        held_words = np.bincount(owner, weights=of_words[place], minlength=len(rows))
        all_words = sum(weights.get(w, rarest) for w in spoken) or 1.0
        shares = (held / (sum(weights.values()) or 1.0)).astype(np.float32)
        return shares, (held_words / all_words).astype(np.float32), whole


def by_best(scores: Scores) -> Scores:
    """The scores by the best of them, in [0, 1]; as they are where none is above 0."""
    return scores / _top(scores)


def _top(scores: Scores) -> float:
    top = float(scores.max(initial=0.0))
    return top if top > 0 else 1.0


def best_rows(scores: Scores, limit: int, allowed: NDArray[np.bool_] | None) -> Rows:
    """The rows with the highest scores above zero, in row order."""
    if allowed is not None:
        scores = np.where(allowed, scores, 0)
    rows = _contenders(scores, limit)
    if limit < len(rows):
        rows = rows[np.argpartition(scores[rows], -limit)[-limit:]]
    found: Rows = np.sort(rows)
    return found


def _contenders(scores: Scores, limit: int) -> Rows:
    """The rows with the ``limit`` best scores above zero, in row order, and some others.

    A sample tells what most rows need not be compared for; where it misleads, all are taken.
    """
    sample = scores[::_SAMPLED]
    kept = 2 * limit // _SAMPLED + _SAMPLED
    if kept < len(sample):
        least = max(float(np.partition(sample, -kept)[-kept]), _LEAST)
        rows = np.flatnonzero(scores >= least)
        if len(rows) >= limit:
            return rows
    return np.flatnonzero(scores > 0)


def _places(scores: Scores, rows: Rows) -> Scores:
    """Logarithms of 1 + how many of all rows score higher, the last place being _RANKED."""
    best = np.sort(scores[_contenders(scores, _RANKED)])[-_RANKED:]
    higher = len(best) - np.searchsorted(best, scores[rows], side="right")
    return np.log1p(higher).astype(np.float32)


def _places_in(best: Scores, scores: Scores) -> Scores:
    """The same among the scores that a search has found, best first."""
    higher = len(best) - np.searchsorted(best[::-1], scores + 1e-6, side="right")
    return np.log1p(higher).astype(np.float32)
