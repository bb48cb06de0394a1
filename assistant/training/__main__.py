"""``python -m assistant.training --data DIR --out DIR``: train the shipped encoder.

One thread and one seed give the same weights again on the same machine and library versions.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.training.sources import Sources, read_sources

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from assistant.training.contrast import Sampler

logger = logging.getLogger("assistant.training")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights besides the data; the defaults are the shipped ones.

    ``weights`` are the chances of a batch from laws, policies, general pairs and legal pairs;
    ``shares`` those of a passage's query being its heading, a phrase of it, a phrase taken out of
    it, and the passage before it.
    """

    seed: int = 13
    vocabulary: int = 27_500
    token_length: int = 3
    dimension: int = 256
    steps: int = 600
    batch_size: int = 1024
    learning_rate: float = 0.05
    token_dropout: float = 0.35
    scale: float = 30.0
    weights: tuple[float, float, float, float] = (0.4, 0.2, 0.2, 0.2)
    shares: tuple[float, float, float, float] = (0.25, 0.3, 0.25, 0.2)


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
    sources = read_sources(options.data, options.fold)
    fingerprint = run(sources, options.out, recipe, threads=options.threads, fold=options.fold)
    logger.info("wrote %s, fingerprint %s", options.out, fingerprint)
    return 0


def run(
    sources: Sources, out: Path, recipe: Recipe, *, threads: int = 1, fold: int | None = None
) -> str:
    """Train on the sources and write the weights to ``out``; return their fingerprint.

    ``fold`` is only remembered: the STARD fold that the sources leave out.
    """
    import torch

    from assistant.training.contrast import Stage, train
    from assistant.training.export import write_weights
    from assistant.training.vocabulary import first_vectors, tokenize, train_tokenizer

    torch.set_num_threads(threads)
    tokenizer = train_tokenizer(sources.texts(), recipe.vocabulary, recipe.token_length)
    documents = tokenize(tokenizer, list(sources.texts()))
    size = tokenizer.get_vocab_size()
    logger.info("%d tokens; %d occurrences", size, sum(map(len, documents)))
    vectors = first_vectors(documents, size, recipe.dimension, recipe.seed)
    parts = _samplers(sources, tokenizer, recipe)
    stage = Stage(
        samplers=[sampler for sampler, _ in parts],
        weights=[weight for _, weight in parts],
        steps=recipe.steps,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        token_dropout=recipe.token_dropout,
        scale=recipe.scale,
        dimensions=tuple(recipe.dimension // part for part in (1, 2, 4)),
    )
    vectors = train(tokenizer, vectors, [stage], recipe.seed)
    about = {
        "name": "policy-static-zh",
        "version": "1",
        "training": {
            "recipe": asdict(recipe),
            "held_out_stard_fold": fold,
            "passages": {"laws": len(sources.laws), "policies": len(sources.policies)},
            "pairs": {"general": len(sources.general_pairs), "legal": len(sources.legal_pairs)},
        },
    }
    return write_weights(out, tokenizer, vectors, about)


def _samplers(
    sources: Sources, tokenizer: Tokenizer, recipe: Recipe
) -> list[tuple[Sampler, float]]:
    """A sampler and its weight for each kind of source that is there."""
    from assistant.training.sampling import PairSampler, PassageSampler

    laws, policies, general, legal = recipe.weights
    parts: list[tuple[Sampler, float]] = [
        (PassageSampler(group, tokenizer, recipe.shares), weight)
        for group, weight in ((sources.laws, laws), (sources.policies, policies))
        if group
    ]
    parts.extend(
        (PairSampler(pairs, tokenizer), weight)
        for pairs, weight in ((sources.general_pairs, general), (sources.legal_pairs, legal))
        if pairs
    )
    return parts


def _parser() -> argparse.ArgumentParser:
    recipe = Recipe()
    parser = argparse.ArgumentParser(prog="python -m assistant.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of training data")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    parser.add_argument("--vocabulary", type=int, default=recipe.vocabulary)
    parser.add_argument("--dimension", type=int, default=recipe.dimension)
    parser.add_argument("--steps", type=int, default=recipe.steps)
    parser.add_argument("--batch-size", type=int, default=recipe.batch_size)
    parser.add_argument("--learning-rate", type=float, default=recipe.learning_rate)
    parser.add_argument(
        "--fold", type=int, choices=range(5), help="leave out this fifth of STARD, to measure it"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
