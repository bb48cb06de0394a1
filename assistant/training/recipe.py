"""Everything that decides the base encoder besides the data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The defaults are the shipped ones.

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


RECIPE = Recipe()
