"""The baseline of the answers benchmark: BM25 over characters alone, the first hit."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s

from assistant.model import CITABLE, Clause, Document, DocumentKind
from tests.benchmarks.scoring import Row


def grams(text: str) -> list[str]:
    """Single characters and pairs of neighbours, blanks left out."""
    flat = "".join(text.split())
    return [*flat, *(flat[i : i + 2] for i in range(len(flat) - 1))]


class CharacterBM25:
    """The clauses of the official documents, as they are: no words, no synonyms, no vectors."""

    def __init__(self, documents: Sequence[Document]) -> None:
        official = (d for d in documents if d.kind is DocumentKind.OFFICIAL)
        self.clauses = [c for d in official for c in d.clauses if c.kind in CITABLE]
        self._engine = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
        self._engine.index([grams(c.text) for c in self.clauses], show_progress=False)

    def first(self, question: str, history: Sequence[str] = ()) -> Clause:
        """The best clause for the question with the earlier questions before it."""
        query = grams("".join([*history, question]))
        known = [gram for gram in query if gram in self._engine.vocab_dict]
        if not known:
            return self.clauses[0]
        return self.clauses[int(self._engine.get_scores(known).argmax())]

    def answer(self, question: str, history: Sequence[str] = ()) -> Row:
        """The first hit in the form of an Answer object, as far as a scorer reads it."""
        clause = self.first(question, history)
        cited = {"id": clause.id, "path": list(clause.path)}
        citation = {"clause": cited, "quote": clause.text, "document": {}}
        return {"status": "answered", "citations": [citation]}
