"""Texts to vectors by any sentence-transformers model, with the prompts it was trained with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.model_prompts import Prompts, prompts_for
from assistant.indexing.pretrained import content_hash, load_encoder
from assistant.settings import Backend

if TYPE_CHECKING:
    from assistant.indexing.pretrained import SentenceTransformer


class TransformerEncoder:
    """A sentence-transformers model behind the shape of an encoder."""

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        name: str,
        fingerprint: str,
        prompts: Prompts,
        batch_size: int = 32,
    ) -> None:
        self._model = model
        self._batch_size = batch_size
        self.prompts = prompts
        self.name = name
        self.fingerprint = fingerprint
        self.dimension: int = model.get_embedding_dimension() or len(model.encode("一"))

    @classmethod
    def load(
        cls,
        model: str,
        *,
        device: str = "cpu",
        batch_size: int = 32,
        backend: Backend = "torch",
        query_prompt: str = "",
        passage_prompt: str = "",
    ) -> TransformerEncoder:
        """Load a model by hub name or from a folder; see ``prompts_for`` for an empty prompt.

        Raises:
            EncoderError: it cannot be loaded, or cannot run so.
        """
        loaded = load_encoder(model, device, backend)
        prompts = prompts_for(model, loaded.prompts, query_prompt, passage_prompt)
        identity = [content_hash(model, backend), *astuple(prompts), backend]
        return cls(
            loaded,
            name=model,
            fingerprint=hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
            prompts=prompts,
            batch_size=batch_size,
        )

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode_query(
            list(texts),
            prompt=self.prompts.query,
            batch_size=self._batch_size,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimension); ``progress`` shows a bar."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode_document(
            list(texts),
            prompt=self.prompts.passage,
            batch_size=self._batch_size,
            show_progress_bar=progress,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)
