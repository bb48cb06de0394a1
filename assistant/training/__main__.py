"""``python -m assistant.training --data DIR --work DIR --out DIR``: train encoder and ranker.

One thread and one seed give the same weights again on the same machine and library versions.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from assistant.training.finetuning import TUNING, Tuning, finetune
from assistant.training.ranking import TREES, Trees
from assistant.training.recipe import Recipe
from assistant.training.stages import Prepared, prepare

logger = logging.getLogger("assistant.training")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, train, write; 0 on success."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    recipe = Recipe(
        seed=options.seed,
        vocabulary=options.vocabulary,
        dimension=options.dimension,
        steps=options.steps,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
    )
    fingerprint = run(options.data, options.work, options.out, recipe)
    logger.info("wrote %s, fingerprint %s", options.out, fingerprint)
    return 0


def run(
    data: Path,
    work: Path,
    out: Path,
    recipe: Recipe,
    tuning: Tuning = TUNING,
    trees: Trees = TREES,
    threads: int = 1,
) -> str:
    """Train on the data and write the weights to ``out``; return the encoder's fingerprint.

    The ranker is trained where there are questions on law, on encoders that have not seen them.
    """
    import torch

    from assistant.training.export import write_weights

    torch.set_num_threads(threads)
    prepared = prepare(data, work, recipe, tuning, trees)
    vectors = prepared.vectors
    questions = prepared.bench.law.questions
    if questions:
        everything = np.arange(len(questions))
        vectors = finetune(
            prepared.bench, vectors, everything, prepared.general, prepared.tuning, recipe.seed
        )
        _ranker(prepared, out)
    return write_weights(out, prepared.bench.tokenizer, vectors, _about(prepared, recipe))


def _ranker(prepared: Prepared, out: Path) -> None:
    """Train the ranker on cross-fitted features and write it."""
    from assistant.training.questions import folds_by_question
    from assistant.training.ranking import train_ranker
    from assistant.training.stages import cross_fitted

    questions = prepared.bench.law.questions
    found = cross_fitted(prepared, folds_by_question(questions))
    ranker = train_ranker(found, [q.gold for q in questions], prepared.trees)
    about = {"name": "law-ranker", "version": "1", "questions": len(questions)}
    ranker.save(out, about | {"recipe": asdict(prepared.trees)})


def _about(prepared: Prepared, recipe: Recipe) -> dict[str, object]:
    sources = prepared.sources
    return {
        "name": "policy-static-zh",
        "version": "2",
        "training": {
            "recipe": asdict(recipe),
            "fine_tuning": asdict(prepared.tuning),
            "passages": {"laws": len(sources.laws), "policies": len(sources.policies)},
            "pairs": {"general": len(sources.general_pairs), "legal": len(sources.legal_pairs)},
            "questions": len(prepared.bench.law.questions),
        },
    }


def _parser() -> argparse.ArgumentParser:
    recipe = Recipe()
    parser = argparse.ArgumentParser(prog="python -m assistant.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of training data")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--work", type=Path, required=True, help="folder for what can be resumed")
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--vocabulary", type=int, default=recipe.vocabulary)
    parser.add_argument("--dimension", type=int, default=recipe.dimension)
    parser.add_argument("--steps", type=int, default=recipe.steps)
    parser.add_argument("--batch-size", type=int, default=recipe.batch_size)
    parser.add_argument("--learning-rate", type=float, default=recipe.learning_rate)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
