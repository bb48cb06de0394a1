"""Question → hits: BM25 over words and headings, vectors, and how much of the topic is covered.

Every signal is in [0, 1]; the score is their weighted sum (a convex combination, which beat
reciprocal rank fusion where it was measured). The weights were chosen on the tuning questions.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.index import Index, passage
from assistant.model import Clause, DocumentKind, Encoder, Hit, Range
from assistant.text import bigrams, fold, rarity, sentences, tokens
from assistant.vocabulary import Vocabulary

WEIGHTS = {"lexical": 0.20, "heading": 0.10, "dense": 0.15, "coverage": 0.35, "sentence": 0.20}
EXPANSION = 0.6
SYNONYM = 0.85
PARTIAL = 0.7
TITLE_WORD = 0.3
GENERIC = 0.1
CANDIDATES = 60
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

    def __init__(self, index: Index, encoder: Encoder, vocabulary: Vocabulary) -> None:
        self.index = index
        self.encoder = encoder
        self.vocabulary = vocabulary
        self.document_of = {d.id: d for d in index.documents}
        self.folded = [fold(passage(c, self.document_of[c.document_id])) for c in index.rows]
        self.headings = [fold("".join(c.path[1:])) for c in index.rows]
        self.parts = [self._sentences(c) for c in index.rows]
        self.known = "\n".join([*self.folded, *map(fold, index.units)])
        self.official = np.array(self._official())
        self.stated = "\n".join(
            text for text, official in zip(self.folded, self.official, strict=True) if official
        )
        self.row_of = {c.id: i for i, c in enumerate(index.rows)}
        self.titles = fold("".join(d.title for d in index.documents))
        self._weight = lru_cache(maxsize=20_000)(self._idf)
        self.topics = lru_cache(maxsize=64)(self._topics)  # asked for several times a question

    def search(
        self,
        query: str,
        limit: int = 10,
        *,
        among: Collection[str] | None = None,
        explanatory: bool = False,
    ) -> tuple[Hit, ...]:
        """The best clauses, best first; ``among`` restricts the search to these clause ids."""
        allowed = np.ones(len(self.index.rows), bool) if explanatory else self.official.copy()
        if among is not None:
            chosen = [self.row_of[i] for i in among if i in self.row_of]
            allowed &= np.isin(np.arange(len(allowed)), chosen)
        signals = self.signals(query)
        total = sum(WEIGHTS[name] * values for name, values in signals.items())
        total = np.where(allowed, total, -1.0)
        order = np.argsort(-total, kind="stable")[:limit]
        return tuple(
            Hit(
                self.index.rows[i],
                round(float(total[i]), 6),
                {name: round(float(values[i]), 6) for name, values in signals.items()},
            )
            for i in order
            if total[i] > 0
        )

    def signals(self, query: str) -> dict[str, Scores]:
        """Every signal for every row, each of shape (rows,) and in [0, 1].

        Coverage is measured on the candidates of the other two, once rows are many.
        """
        own = tokens(query)
        related = [t for words in self.vocabulary.related(query).values() for t in words]
        extra = [t for t in tokens(" ".join(related)) if t not in own]
        lexical = self.index.lexical.scores(own) + EXPANSION * self.index.lexical.scores(extra)
        vector = self.encoder.encode_queries([query])[0]
        dense = np.clip(self.index.dense.scores(vector), 0, 1)
        covering = self._coverage(self.topics(query), _candidates(lexical, dense))
        return {"lexical": _scaled(lexical), "dense": dense, **covering}

    def _coverage(self, topics: Sequence[Topic], rows: NDArray[np.int64]) -> dict[str, Scores]:
        """How much of the topic a row's headings, all its words, and its best sentence hold."""
        found = {
            n: np.zeros(len(self.folded), np.float32) for n in ("heading", "coverage", "sentence")
        }
        for row in rows:
            found["heading"][row] = covered(topics, self.headings[row])
            found["coverage"][row] = covered(topics, self.folded[row])
            found["sentence"][row] = max(covered(topics, part) for part in self.parts[row])
        return found

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
        count = sum(term in text for text in self.folded)
        inside = math.log(1 + (len(self.folded) + 1) / (count + 0.5))
        named = TITLE_WORD if term in self.titles else 1.0
        return named * inside * rarity(term)


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


def _candidates(lexical: Scores, dense: Scores) -> NDArray[np.int64]:
    """The rows worth a closer look: all of a small index, else the best by words and by vector."""
    if len(lexical) <= 2 * CANDIDATES:
        return np.arange(len(lexical))
    best = [np.argpartition(-scores, CANDIDATES)[:CANDIDATES] for scores in (lexical, dense)]
    return np.unique(np.concatenate(best))


def _scaled(scores: Scores) -> Scores:
    top = float(scores.max(initial=0.0))
    return scores / top if top > 0 else scores
