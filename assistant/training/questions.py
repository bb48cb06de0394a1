"""Lay questions on law and the articles that answer them (STARD), for fine-tuning and ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.passages import Passage, authority
from assistant.training.sources import read_json_lines

FOLDS = 5


@dataclass(frozen=True, slots=True)
class LawQuestion:
    """A question, a lawyer's answer to it, and the places of its articles in the collection."""

    number: int
    text: str
    answer: str
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LawQuestions:
    """The national articles, in the order of the laws, and questions on them."""

    articles: tuple[Passage, ...]
    questions: tuple[LawQuestion, ...]


def read_questions(data: Path) -> LawQuestions:
    """Read ``stard/train.jsonl`` and the national articles; both empty where they are absent."""
    rows = [r for r in read_json_lines(data / "laws" / "articles.jsonl.gz") if r["national"]]
    places = {row["id"]: place for place, row in enumerate(rows)}
    articles = tuple(
        Passage(
            row["text"],
            row["law"],
            (*row["path"], row["article"]),
            row["law"],
            authority(row["law"]),
        )
        for row in rows
    )
    questions = []
    for row in read_json_lines(data / "stard" / "train.jsonl"):
        gold = tuple(sorted({places[name] for name in row["gold"] if name in places}))
        if gold:
            answer = row.get("answer") or ""
            questions.append(LawQuestion(row["query_id"], row["question"], answer, gold))
    return LawQuestions(articles, tuple(questions))


def folds_by_question(questions: Sequence[LawQuestion]) -> NDArray[np.int64]:
    """The fold of each question: its number, modulo the folds."""
    return np.array([question.number % FOLDS for question in questions])


def folds_by_article(questions: Sequence[LawQuestion]) -> NDArray[np.int64]:
    """The fold of each question, no two of which share a gold article: the largest groups first."""
    groups = _groups(questions)
    sizes = np.bincount(groups)
    filled, fold_of = np.zeros(FOLDS, dtype=np.int64), np.zeros(len(sizes), dtype=np.int64)
    for group in sorted(range(len(sizes)), key=lambda g: (-sizes[g], g)):
        fold_of[group] = int(filled.argmin())
        filled[fold_of[group]] += sizes[group]
    folds: NDArray[np.int64] = fold_of[groups]
    return folds


def _groups(questions: Sequence[LawQuestion]) -> NDArray[np.int64]:
    """Numbers that are equal where questions hang together by their articles."""
    above: dict[int, int] = {}

    def top(place: int) -> int:
        while above.setdefault(place, place) != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for question in questions:
        for article in question.gold:
            above[top(article)] = top(question.gold[0])
    tops = [top(question.gold[0]) for question in questions]
    groups: NDArray[np.int64] = np.unique(tops, return_inverse=True)[1]
    return groups
