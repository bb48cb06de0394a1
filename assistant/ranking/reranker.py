"""Orders the best passages anew by a cross-encoder, which reads question and passage together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError
from assistant.indexing.pretrained import load_reranker
from assistant.settings import Backend, Settings

if TYPE_CHECKING:
    from assistant.indexing.pretrained import CrossEncoder


class Reranker(Protocol):
    """Says how well each text answers a query."""

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float32 of shape (len(texts),), each in [0, 1], more for a better answer."""
        ...


def open_reranker(settings: Settings) -> Reranker | None:
    """The cross-encoder that the settings name, or None where they name none.

    It runs on the encoder's device and backend, in batches of the same size.

    Raises:
        EncoderError: it cannot be loaded, or cannot run so, or does not give relevance.
    """
    if not settings.reranker_model:
        return None
    return CrossEncoderReranker.load(
        settings.reranker_model,
        device=settings.encoder_device,
        batch_size=settings.encoder_batch_size,
        backend=settings.encoder_backend,
    )


class CrossEncoderReranker:
    """A cross-encoder of one logit, or of two classes of which the second says "relevant"."""

    def __init__(self, model: CrossEncoder, batch_size: int = 32) -> None:
        self._model = model
        self._batch_size = batch_size

    @classmethod
    def load(
        cls, model: str, *, device: str = "cpu", batch_size: int = 32, backend: Backend = "torch"
    ) -> CrossEncoderReranker:
        """Load a model by hub name or from a folder.

        Raises:
            EncoderError: it cannot be loaded, or cannot run so, or does not give relevance.
        """
        loaded = load_reranker(model, device, backend)
        if loaded.num_labels > 2:
            raise EncoderError(
                f"模型“{model}”把文本分为{loaded.num_labels}类，不能用来重排，"
                "请把设置 RERANKER_MODEL 改为判断相关程度的模型。"
            )
        return cls(loaded, batch_size)

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers the query, in [0, 1], whatever range its model was made for.

        From about 17 on, a logit gives 1.
        """
        if not texts:
            return np.zeros(0, dtype=np.float32)
        logits = self._model.predict(
            [(query, text) for text in texts],
            batch_size=self._batch_size,
            show_progress_bar=False,
            activation_fn=_as_it_is,
        )
        values = np.asarray(logits, dtype=np.float64)
        if values.ndim == 2:  # the softmax of two is the sigmoid of their difference
            values = values[:, 1] - values[:, 0]
        return (0.5 * (1 + np.tanh(values / 2))).astype(np.float32)  # the sigmoid: cannot overflow


def reranked(rows: NDArray[np.int64], scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows, best first, with the first ``len(scores)`` of them in the order of their scores.

    Rows of equal scores keep their order; so do all that were not scored, behind them.
    """
    head = rows[: len(scores)][np.argsort(-scores, kind="stable")]
    return np.concatenate([head, rows[len(scores) :]])


def _as_it_is(logits: object) -> object:
    return logits
