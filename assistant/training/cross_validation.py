"""``python -m assistant.training.cross_validation --data DIR --work DIR``: STARD, five folds.

For each fold the encoder is fine-tuned and the ranker trained on the other four. A question is
scored by an encoder that has not seen it, in the ranker's training as in its test. Two splits: by
question, and so that no two folds share a gold article.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.training.finetuning import TUNING, Tuning
from assistant.training.questions import FOLDS, LawQuestion, folds_by_article, folds_by_question
from assistant.training.ranking import TREES, Trees, ranking, train_ranker
from assistant.training.recipe import RECIPE, Recipe
from assistant.training.stages import Prepared, cross_fitted, prepare

logger = logging.getLogger("assistant.training")
SPLITS = {"question": folds_by_question, "article": folds_by_article}


def main(
    arguments: Sequence[str] | None = None,
    recipe: Recipe = RECIPE,
    tuning: Tuning = TUNING,
    trees: Trees = TREES,
) -> int:
    """Print one line a split and system; 0 on success."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of training data")
    parser.add_argument("--work", type=Path, required=True, help="folder for what can be resumed")
    parser.add_argument("--split", choices=SPLITS, action="append")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    prepared = prepare(options.data, options.work, recipe, tuning, trees)
    for split in options.split or SPLITS:
        _validate(prepared, split)
    return 0


def _validate(prepared: Prepared, split: str) -> None:
    """Five folds of one split."""
    questions = prepared.bench.law.questions
    folds = SPLITS[split](questions)
    whole = cross_fitted(prepared, folds)
    ranked: list[list[int]] = [[]] * len(questions)
    for fold in range(FOLDS):
        train = np.flatnonzero(folds != fold)
        ranker = train_ranker(
            [whole[n] for n in train], [questions[n].gold for n in train], prepared.trees
        )
        for n in np.flatnonzero(folds == fold):
            ranked[n] = ranking(whole[n], ranker.scores(whole[n].values))
    for name in ("lexical", "cosine"):
        plain = [ranking(f, f.named(name)) for f in whole]
        logger.info("%s split, %s alone: %s", split, name, figures(plain, questions))
    logger.info("%s split, ranked: %s", split, figures(ranked, questions))


def figures(ranked: Sequence[Sequence[int]], questions: Sequence[LawQuestion]) -> str:
    """MRR@10 and recall at 1, 10 and 100 (share of the gold found), × 100."""
    reciprocal, recall = [], {1: [0.0], 10: [0.0], 100: [0.0]}
    for rows, question in zip(ranked, questions, strict=True):
        places = [place for place, row in enumerate(rows, 1) if row in question.gold]
        reciprocal.append(1 / places[0] if places and places[0] <= 10 else 0.0)
        for cut, shares in recall.items():
            shares.append(sum(place <= cut for place in places) / len(question.gold))
    parts = [f"R@{cut} {100 * np.mean(shares[1:]):.1f}" for cut, shares in recall.items()]
    return f"MRR@10 {100 * np.mean(reciprocal):.1f}  " + "  ".join(parts)


if __name__ == "__main__":
    raise SystemExit(main())
