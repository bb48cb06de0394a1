"""Question → hits: BM25 over words and headings, vectors, and how much of the topic is covered.

Every signal is in [0, 1]; the score is their weighted sum (a convex combination, which beat
reciprocal rank fusion where it was measured). The weights were chosen on the tuning questions, for
several documents on those and on government pages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.index import Index, passage
from assistant.model import Clause, DocumentKind, Encoder, Hit, Range
from assistant.ranking.features import best_rows, by_best
from assistant.ranking.reranker import Reranker, reranked
from assistant.ranking.search import PassageSearch
from assistant.retrieval.occurrences import Occurrences
from assistant.stages import stage
from assistant.text import bigrams, fold, rarity, sentences, tokens
from assistant.vocabulary import Vocabulary

WEIGHTS = {  # of one document
    "lexical": 0.20,
    "heading": 0.10,
    "dense": 0.15,
    "ranked": 0.0,
    "coverage": 0.35,
    "sentence": 0.20,
}
WEIGHTS_OF_SEVERAL = {  # where the first thing to know is which document is meant
    "lexical": 0.30,
    "heading": 0.10,
    "dense": 0.10,
    "ranked": 0.60,
    "coverage": 0.05,
    "sentence": 0.15,
}
EXPANSION = 0.6
SYNONYM = 0.85
PARTIAL = 0.7
TITLE_WORD = 0.3
GENERIC = 0.1
CANDIDATES = 60
WHOLLY = 0.95  # covered: nothing of the topic is left that weighs
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Topic:
    """A word of the question's topic, the words that may stand for it, and how specific it is."""

    term: str
    related: tuple[str, ...]
    weight: float
    specific: bool = True


class Retriever:
    """Searches one index; holds the folded passages that coverage is measured on."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        vocabulary: Vocabulary,
        reranker: Reranker | None = None,
        reranker_depth: int = 50,
    ) -> None:
        index.manifest.require(encoder)
        self.index = index
        self.passages = PassageSearch(index.search, encoder)
        self.reranker = reranker
        self.reranker_depth = reranker_depth
        self.vocabulary = vocabulary
        self.document_of = {d.id: d for d in index.documents}
        self.folded = [fold(passage(c, self.document_of[c.document_id])) for c in index.rows]
        self.headings = [fold("".join(c.path[1:])) for c in index.rows]
        self.parts = [self._sentences(c) for c in index.rows]
        self.known = Occurrences(index.lexical, self.folded, map(fold, index.units))
        self.official = np.array(self._official())
        self.stated = "\n".join(
            text for text, official in zip(self.folded, self.official, strict=True) if official
        )
        weights = WEIGHTS_OF_SEVERAL if index.several else WEIGHTS
        self._weights = {name: w / sum(weights.values()) for name, w in weights.items()}
        self.row_of = {c.id: i for i, c in enumerate(index.rows)}
        self.titles = fold("".join(d.title for d in index.documents))
        self._weight = lru_cache(maxsize=20_000)(self._idf)
        self.topics = lru_cache(maxsize=64)(self._topics)  # asked for several times a question

    @stage("retrieval")
    def search(
        self,
        query: str,
        limit: int = 10,
        *,
        allowed: NDArray[np.bool_] | None = None,
        explanatory: bool = False,
    ) -> tuple[Hit, ...]:
        """The best clauses, best first; ``allowed``, of shape (rows,), restricts the search."""
        mask = np.ones(len(self.index.rows), bool) if explanatory else self.official
        depth = max(limit, self.reranker_depth if self.reranker else 0)
        rows, signals = self.signals(query, mask if allowed is None else mask & allowed, depth)
        total = self._total(signals)
        order = np.argsort(-total, kind="stable")
        if self.reranker:
            order, total, signals = self._reranked(query, rows, order, total, signals)
        return tuple(
            Hit(
                self.index.rows[rows[i]],
                round(float(total[i]), 6),
                {name: round(float(values[i]), 6) for name, values in signals.items()},
            )
            for i in order[:limit]
            if total[i] > 0
        )

    def signals(
        self, query: str, allowed: NDArray[np.bool_], limit: int | None = None
    ) -> tuple[NDArray[np.int64], dict[str, Scores]]:
        """The rows worth a closer look, in row order, and every signal for them, in [0, 1].

        All allowed rows of a small index; else the best by words, by vectors and by the ranker.
        With a ``limit``, ``sentence`` is 0 for rows that no sentence could bring among so many.
        """
        own = tokens(query)
        related = [t for words in self.vocabulary.related(query).values() for t in words]
        extra = [t for t in tokens(" ".join(related)) if t not in own]
        plain = self.index.lexical.scores(own)
        lexical = plain + EXPANSION * self.index.lexical.scores(extra) if extra else plain
        small = len(lexical) <= 2 * CANDIDATES
        also = np.flatnonzero(allowed) if small else best_rows(lexical, CANDIDATES, allowed)
        found = self.passages.features.candidates(query, allowed, also, plain)
        ranked = self.passages.scores(found)
        cosines = found.named("cosine")
        if small:
            near = np.arange(len(found.rows))
        else:
            best = [np.argsort(-v, kind="stable")[:CANDIDATES] for v in (ranked, cosines)]
            near = np.union1d(np.flatnonzero(np.isin(found.rows, also)), np.concatenate(best))
        rows = found.rows[near]
        topics = self.topics(query)
        signals = {
            "lexical": by_best(lexical)[rows],
            "dense": np.clip(cosines[near], 0, 1),
            "ranked": ranked[near],
            "heading": _shares(topics, [self.headings[row] for row in rows]),
            "coverage": _shares(topics, [self.folded[row] for row in rows]),
        }
        return rows, signals | {"sentence": self._in_a_sentence(topics, rows, signals, limit)}

    def _in_a_sentence(
        self,
        topics: Sequence[Topic],
        rows: NDArray[np.int64],
        signals: dict[str, Scores],
        limit: int | None,
    ) -> Scores:
        """How much of the topic the best sentence of each row holds: no more than the whole row."""
        held = np.zeros(len(rows), np.float32)
        most = signals["coverage"]
        low = self._total(signals)
        high = low + self._weights["sentence"] * most
        last = -1.0
        for done, at in enumerate(np.argsort(-high, kind="stable").tolist()):
            if limit and done >= limit:
                last = float(np.partition(low, -limit)[-limit])
                if high[at] < last:
                    break
            held[at] = self._best_part(topics, int(rows[at]), float(most[at]))
            low[at] += self._weights["sentence"] * held[at]
        return held

    def _best_part(self, topics: Sequence[Topic], row: int, most: float) -> float:
        best = 0.0
        for part in self.parts[row]:
            if best >= most - 1e-6:
                break
            best = max(best, covered(topics, part))
        return best

    def _total(self, signals: dict[str, Scores]) -> NDArray[np.float64]:
        total = np.zeros(len(next(iter(signals.values()))))
        for name, values in signals.items():
            total += self._weights[name] * values
        return total

    def _reranked(
        self,
        query: str,
        rows: NDArray[np.int64],
        order: NDArray[np.int64],
        total: NDArray[np.float64],
        signals: dict[str, Scores],
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[str, Scores]]:
        """The best ones in the order of the cross-encoder; the scores of those places stay."""
        head = order[: self.reranker_depth]
        head = head[total[head] > 0]
        clauses = [self.index.rows[rows[i]] for i in head]
        texts = [passage(c, self.document_of[c.document_id]) for c in clauses]
        judged = np.zeros(len(rows), np.float32)
        judged[head] = self.reranker.scores(query, texts) if self.reranker and texts else 0
        anew = np.concatenate([reranked(head, judged[head]), order[len(head) :]])
        placed = total.copy()
        placed[anew] = total[order]
        return anew, placed, signals | {"reranker": judged}

    def _topics(self, query: str) -> tuple[Topic, ...]:
        """What the question is about: known phrases first, then the words outside them."""
        flat = fold(query)
        phrases = self.vocabulary.related(query)
        topics = [Topic(p, others, self._weight(p)) for p, others in phrases.items()]
        topics += [
            Topic(term, (), self._weight(term))
            for term in self.vocabulary.terms(query, self.known)
            if term in flat and not any(term in phrase for phrase in phrases)
        ]
        topics += [
            Topic(word, (), GENERIC * self._weight(word), specific=False)
            for word in self.vocabulary.generic_in(query)
            if word in self.known
        ]
        return tuple(topics)

    def best_sentences(self, query: str, clause: Clause) -> list[tuple[float, Range]]:
        """The clause's sentences with how much of the topic each covers, in reading order."""
        topics = self.topics(query)
        text = self.document_of[clause.document_id].text
        start, end = clause.body_range
        found = []
        for left, right in sentences(text[start:end], start):
            found.append((covered(topics, fold(text[left:right])), (left, right)))
        return found

    def _official(self) -> list[bool]:
        """Whether each row belongs to an official document."""
        kinds = [self.document_of[c.document_id].kind for c in self.index.rows]
        return [kind is DocumentKind.OFFICIAL for kind in kinds]

    def _sentences(self, clause: Clause) -> list[str]:
        """The folded sentences of a clause, each after the clause's own heading."""
        text = self.document_of[clause.document_id].text
        start, end = clause.body_range
        heading = fold(clause.heading)
        return [heading + fold(text[a:b]) for a, b in sentences(text[start:end], start)]

    def _idf(self, term: str) -> float:
        """Rare in the corpus and in Chinese at large, and not what a whole document is about."""
        count = len(self.known.rows(term))
        inside = math.log(1 + (len(self.folded) + 1) / (count + 0.5))
        named = TITLE_WORD if term in self.titles else 1.0
        return named * inside * rarity(term)


def _shares(topics: Sequence[Topic], texts: Sequence[str]) -> Scores:
    return np.array([covered(topics, text) for text in texts], np.float32)


def covered(topics: Sequence[Topic], text: str) -> float:
    """Share of the topic, by weight, that a folded text holds; 0 when there is no topic."""
    whole = sum(t.weight for t in topics)
    return sum(t.weight * degree(t, text) for t in topics) / whole if whole else 0.0


def degree(topic: Topic, text: str) -> float:
    """1 for the word itself, less for a word that may stand for it, or for parts of either."""
    if topic.term in text:
        return 1.0
    if any(word in text for word in topic.related):
        return SYNONYM
    shares = [SYNONYM * PARTIAL * _share(word, text) for word in topic.related]
    return max([PARTIAL * _share(topic.term, text), *shares])


def _share(word: str, text: str) -> float:
    """Share of a word's bigrams that stand in the text; 0 for words of two characters."""
    if len(word) < 3:
        return 0.0
    grams = bigrams(word)
    return sum([gram in text for gram in grams]) / len(grams)
