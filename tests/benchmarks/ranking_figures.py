"""How good rankings are, question by question, and how sure a difference of two systems is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item", bound=Hashable)
Values = NDArray[np.float64]
CUTS = (1, 5, 10, 100)
DEPTH = max(CUTS)
RESAMPLES = 2_000
SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Figures:
    """The value of each measure for every question, in the order of the questions, 0 to 1.

    ``R@k`` is the share of the right passages among the first k, ``S@k`` (success) whether there is
    one, ``MRR@10`` one by the rank of the first, ``nDCG@10`` with gains of 0 and 1.
    """

    values: Mapping[str, Values]

    @property
    def means(self) -> dict[str, float]:
        """The mean of each measure over the questions; 0 without questions."""
        return {name: float(v.mean()) if len(v) else 0.0 for name, v in self.values.items()}


@dataclass(frozen=True, slots=True)
class Interval:
    """The difference of two means and its bounds at 95 %."""

    difference: float
    low: float
    high: float


def evaluate(rankings: Sequence[Sequence[Item]], gold: Sequence[Set[Item]]) -> Figures:
    """Measure rankings, best first, against the right items; a question without any counts 0.

    Raises:
        ValueError: there is not one ranking for each question.
    """
    places = [_places(r, g) for r, g in zip(rankings, gold, strict=True)]
    sizes = [len(g) for g in gold]
    values: dict[str, list[float]] = {}
    for cut in CUTS:
        found = [sum(p <= cut for p in of_one) for of_one in places]
        shares = [f / n if n else 0.0 for f, n in zip(found, sizes, strict=True)]
        values[f"R@{cut}"] = shares
        values[f"S@{cut}"] = [float(f > 0) for f in found]
    values["MRR@10"] = [1 / p[0] if p and p[0] <= 10 else 0.0 for p in places]
    values["nDCG@10"] = [_ndcg(p, n, 10) for p, n in zip(places, sizes, strict=True)]
    return Figures({name: np.array(v, dtype=np.float64) for name, v in values.items()})


def paired_bootstrap(
    ours: Values, theirs: Values, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """The mean difference over the same questions, with percentiles of resampled questions.

    Raises:
        ValueError: the two have not one value for the same questions.
    """
    if ours.shape != theirs.shape:
        raise ValueError("two systems can be compared on the same questions only")
    difference = ours - theirs
    if not len(difference):
        return Interval(0.0, 0.0, 0.0)
    drawn = np.random.default_rng(seed).integers(len(difference), size=(resamples, len(difference)))
    low, high = np.percentile(difference[drawn].mean(axis=1), [2.5, 97.5])
    return Interval(float(difference.mean()), float(low), float(high))


def first_of_each(ranking: Sequence[Item]) -> list[Item]:
    """A ranking in which items may come again, with each at its first rank only."""
    return list(dict.fromkeys(ranking))


def _places(ranking: Sequence[Item], gold: Set[Item]) -> list[int]:
    """The ranks, from 1, of the right items; one that is named twice counts once."""
    return [rank for rank, item in enumerate(first_of_each(ranking), 1) if item in gold]


def _ndcg(places: Sequence[int], right: int, cut: int) -> float:
    best = sum(_gain(rank) for rank in range(1, min(right, cut) + 1))
    return sum(_gain(rank) for rank in places if rank <= cut) / best if best else 0.0


def _gain(rank: int) -> float:
    return float(1 / np.log2(rank + 1))
