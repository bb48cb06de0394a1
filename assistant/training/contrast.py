"""Contrastive training of the token vectors with the other passages of a batch as negatives.

Loss: symmetric softmax over scaled cosines (multiple negatives ranking, Henderson et al. 2017),
averaged over leading dimensions (Matryoshka, Kusupati et al. 2022), so that a prefix works too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.training.sampling import Batch, Ids

if TYPE_CHECKING:
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from torch import Tensor

_WARM_UP = 0.05


class Sampler(Protocol):
    """Anything that draws batches."""

    def draw(self, size: int, random: np.random.Generator) -> Batch:
        """At most ``size`` different items."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """One round of training: which samplers with which weights, for how many steps.

    ``scale`` multiplies the cosines in the softmax; ``token_dropout`` is the share of a query's
    tokens left out at a step (half of it for passages). ``companions`` are samplers that take turns
    beside the drawn one, their loss weighing ``companion_weight``. ``halfway`` is called with the
    vectors reached in the middle.
    """

    samplers: Sequence[Sampler]
    weights: Sequence[float]
    steps: int
    batch_size: int
    learning_rate: float
    token_dropout: float
    scale: float
    dimensions: tuple[int, ...] = (256, 128, 64)
    companions: Sequence[Sampler] = ()
    companion_weight: float = 0.5
    halfway: Callable[[NDArray[np.float32]], None] | None = None


def train(
    tokenizer: Tokenizer, vectors: NDArray[np.float32], stages: Sequence[Stage], seed: int
) -> NDArray[np.float32]:
    """Trained vectors of the same shape; the same seed and thread count give the same values."""
    import torch
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tqdm import tqdm

    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    module = StaticEmbedding(tokenizer, embedding_weights=vectors.copy())
    for number, stage in enumerate(stages, 1):
        optimizer = torch.optim.Adam(module.parameters(), lr=stage.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _ramp(stage.steps))
        chances = np.asarray(stage.weights) / sum(stage.weights)
        bar = tqdm(range(stage.steps), desc=f"stage {number}")
        for step in bar:
            if stage.halfway and step == stage.steps // 2:
                stage.halfway(module.embedding.weight.detach().numpy())
            sampler = stage.samplers[int(random.choice(len(chances), p=chances))]
            loss = _step(module, sampler, stage, random)
            if stage.companions:
                companion = stage.companions[step % len(stage.companions)]
                loss = loss + stage.companion_weight * _step(module, companion, stage, random)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    trained: NDArray[np.float32] = module.embedding.weight.detach().numpy()
    return trained


def _step(
    module: StaticEmbedding, sampler: Sampler, stage: Stage, random: np.random.Generator
) -> Tensor:
    """The loss of one batch."""
    import torch

    batch = sampler.draw(stage.batch_size, random)
    queries = module(_bags(batch.queries, stage.token_dropout, random))
    passages = module(_bags(batch.passages, stage.token_dropout / 2, random))
    return _loss(
        queries["sentence_embedding"],
        passages["sentence_embedding"],
        torch.from_numpy(batch.unfit),
        stage,
    )


def _ramp(steps: int) -> _Ramp:
    return _Ramp(max(1, int(steps * _WARM_UP)), steps)


@dataclass(frozen=True, slots=True)
class _Ramp:
    """Factor of the learning rate at a step: up in a straight line, then down to nothing."""

    warm: int
    steps: int

    def __call__(self, step: int) -> float:
        if step < self.warm:
            return (step + 1) / self.warm
        return max(0.0, (self.steps - step) / max(1, self.steps - self.warm))


def _bags(texts: list[Ids], dropout: float, random: np.random.Generator) -> dict[str, Tensor]:
    """The input of StaticEmbedding with some tokens left out (never all of a text)."""
    import torch

    lengths = np.fromiter((len(t) for t in texts), dtype=np.int64, count=len(texts))
    flat = np.concatenate(texts).astype(np.int64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    keep = random.random(len(flat)) >= dropout
    left = np.bincount(owner[keep], minlength=len(texts))
    keep |= (left == 0)[owner]
    left = np.bincount(owner[keep], minlength=len(texts))
    offsets = np.concatenate([[0], np.cumsum(left)[:-1]])
    return {"input_ids": torch.from_numpy(flat[keep]), "offsets": torch.from_numpy(offsets)}


def _loss(queries: Tensor, passages: Tensor, unfit: Tensor, stage: Stage) -> Tensor:
    """Mean over the dimensions; what is ``unfit`` for a query is no negative of it."""
    import torch
    from torch.nn import functional

    count = len(queries)
    targets = torch.arange(count)
    total = torch.zeros(())
    for width in stage.dimensions:
        left = functional.normalize(queries[:, :width], dim=1)
        right = functional.normalize(passages[:, :width], dim=1)
        scores = (left @ right.T * stage.scale).masked_fill(unfit, -torch.inf)
        forward = functional.cross_entropy(scores, targets)
        backward = functional.cross_entropy(scores[:, :count].T, targets)
        total = total + (forward + backward) / 2
    return total / len(stage.dimensions)
