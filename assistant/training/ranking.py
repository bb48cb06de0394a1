"""Training of the ranker: LambdaMART (Burges 2010) over the features of found passages.

The trees are kept so small that the product evaluates them without LightGBM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.passage_index import PassageIndex
from assistant.model import Encoder
from assistant.ranking.features import NAMES, Candidates, Features
from assistant.ranking.ranker import Ranker, complete


@dataclass(frozen=True, slots=True)
class Trees:
    """What decides the ranker besides its data."""

    trees: int = 200
    depth: int = 3
    learning_rate: float = 0.07
    smallest_leaf: int = 50
    l2: float = 5.0
    truncation: int = 30
    seed: int = 1


TREES = Trees()


def candidates(index: PassageIndex, encoder: Encoder, texts: Sequence[str]) -> list[Candidates]:
    """What is found for each question, with features."""
    from tqdm import tqdm

    features = Features(index, encoder)
    return [features.candidates(text) for text in tqdm(texts, desc="features", leave=False)]


def train_ranker(found: Sequence[Candidates], gold: Sequence[Sequence[int]], plan: Trees) -> Ranker:
    """A ranker that puts the gold rows of each question before its other candidates."""
    import lightgbm

    right = [np.isin(f.rows, rows) for f, rows in zip(found, gold, strict=True)]
    data = lightgbm.Dataset(
        np.concatenate([f.values for f in found]),
        np.concatenate(right).astype(np.int32),
        group=[len(r) for r in right],
        feature_name=list(NAMES),
    )
    settings = {
        "objective": "lambdarank",
        "learning_rate": plan.learning_rate,
        "num_leaves": 2**plan.depth,
        "max_depth": plan.depth,
        "min_data_in_leaf": plan.smallest_leaf,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": plan.l2,
        "lambdarank_truncation_level": plan.truncation,
        "seed": plan.seed,
        "deterministic": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    booster = lightgbm.train(settings, data, plan.trees)
    return complete([t["tree_structure"] for t in booster.dump_model()["tree_info"]], plan.depth)


def ranking(found: Candidates, scores: NDArray[np.float32]) -> list[int]:
    """Rows in the order of their scores, equal ones in row order."""
    order: list[int] = found.rows[np.argsort(-scores, kind="stable")].tolist()
    return order
