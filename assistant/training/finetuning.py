"""Fine-tuning on questions with hard negatives: passages that look right and are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.lexical import LexicalStore
from assistant.text import tokens
from assistant.training.contrast import Sampler, Stage, train
from assistant.training.questions import LawQuestions
from assistant.training.sampling import Batch, Ids
from assistant.training.vocabulary import tokenize

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
_ANSWER = 40  # tokens of an answer that stand for a question


@dataclass(frozen=True, slots=True)
class Tuning:
    """What decides the fine-tuning; ``general`` weighs the loss of batches from other sources."""

    steps: int = 120
    batch_size: int = 400
    learning_rate: float = 0.03
    token_dropout: float = 0.4
    scale: float = 20.0
    hard: int = 8
    general: float = 0.5
    answers: float = 0.25


TUNING = Tuning()


class HardSampler:
    """Draws questions, an article of each, and negatives of each among those given."""

    def __init__(
        self,
        questions: Sequence[Ids],
        answers: Sequence[Ids],
        passages: Sequence[Ids],
        plan: Tuning,
    ) -> None:
        self._questions = questions
        self._answers = answers
        self._passages = passages
        self._plan = plan
        self.gold: list[tuple[int, ...]] = []
        self.negatives: list[NDArray[np.int64]] = []

    def avoid(self, found: Sequence[NDArray[np.int64]]) -> None:
        """Take the passages found for each question as its negatives, but for the right ones."""
        self.negatives = [np.setdiff1d(f, g) for f, g in zip(found, self.gold, strict=True)]

    def draw(self, size: int, random: np.random.Generator) -> Batch:
        """At most ``size`` questions; some by the words of their answers."""
        count = len(self.gold)
        chosen = random.choice(count, min(size, count), replace=False)
        right = [self.gold[n][int(random.integers(len(self.gold[n])))] for n in chosen]
        wrong = [random.choice(self.negatives[n], self._plan.hard) for n in chosen]
        taken = np.concatenate([np.array(right), *wrong])
        unfit = np.zeros((len(chosen), len(taken)), dtype=np.bool_)
        for row, n in enumerate(chosen):
            unfit[row] = np.isin(taken, self.gold[n])
            unfit[row, row] = False
        asked = [self._asked(int(n), random) for n in chosen]
        return Batch(asked, [self._passages[n] for n in taken], unfit)

    def _asked(self, n: int, random: np.random.Generator) -> Ids:
        answer = self._answers[n]
        if len(answer) > 5 and random.random() < self._plan.answers:
            return answer[:_ANSWER]
        return self._questions[n]


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that is the same for every fold: tokens, and what BM25 finds for each question."""

    law: LawQuestions
    tokenizer: Tokenizer
    questions: list[Ids]
    answers: list[Ids]
    articles: list[Ids]
    found: list[NDArray[np.int64]]

    @classmethod
    def of(cls, law: LawQuestions, tokenizer: Tokenizer, lexical: LexicalStore) -> Bench:
        """Prepare; ``lexical`` holds the articles."""
        from tqdm import tqdm

        found = []
        for question in tqdm(law.questions, desc="hard negatives", leave=False):
            scores = lexical.scores(tokens(question.text))
            best = np.argpartition(-scores, min(40, len(scores) - 1))[:40]
            found.append(best[np.argsort(-scores[best], kind="stable")])
        return cls(
            law,
            tokenizer,
            tokenize(tokenizer, [q.text for q in law.questions]),
            tokenize(tokenizer, [q.answer for q in law.questions]),
            tokenize(tokenizer, [p.whole for p in law.articles]),
            found,
        )

    def encoded(self, vectors: Vectors, texts: Sequence[Ids]) -> Vectors:
        """Unit vectors of texts under token vectors: shape (len(texts), dimension)."""
        made = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
        for place, ids in enumerate(texts):
            made[place] = vectors[ids].sum(axis=0)
        lengths = np.linalg.norm(made, axis=1, keepdims=True)
        made /= np.where(lengths > 0, lengths, 1)
        return made


def finetune(
    bench: Bench,
    vectors: Vectors,
    chosen: NDArray[np.int64],
    general: Sequence[Sampler],
    plan: Tuning,
    seed: int,
) -> Vectors:
    """Token vectors trained on the chosen questions; half-way their own mistakes become negatives.

    ``general`` are samplers of other sources, so that these are not forgotten.
    """
    questions = bench.law.questions
    sampler = HardSampler(
        [bench.questions[n] for n in chosen],
        [bench.answers[n] for n in chosen],
        bench.articles,
        plan,
    )
    sampler.gold = [questions[n].gold for n in chosen]
    sampler.avoid([bench.found[n] for n in chosen])

    def learn_from_mistakes(reached: Vectors) -> None:
        nearest = _nearest(bench, reached, chosen)
        found = [bench.found[n][:20] for n in chosen]
        sampler.avoid([np.concatenate(pair) for pair in zip(nearest, found, strict=True)])

    stage = Stage(
        samplers=[sampler],
        weights=[1.0],
        steps=plan.steps,
        batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        token_dropout=plan.token_dropout,
        scale=plan.scale,
        dimensions=(vectors.shape[1], vectors.shape[1] // 2),
        companions=general,
        companion_weight=plan.general,
        halfway=learn_from_mistakes,
    )
    return train(bench.tokenizer, vectors, [stage], seed)


def _nearest(
    bench: Bench, vectors: Vectors, chosen: NDArray[np.int64], limit: int = 30
) -> list[NDArray[np.int64]]:
    """The articles that the vectors find for each chosen question."""
    articles = bench.encoded(vectors, bench.articles)
    asked = bench.encoded(vectors, [bench.questions[n] for n in chosen])
    limit = min(limit, len(articles))
    return [np.argpartition(-(articles @ query), limit - 1)[:limit] for query in asked]
