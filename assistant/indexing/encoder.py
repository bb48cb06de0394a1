"""Texts to vectors: opens the encoder that a setting names."""

from __future__ import annotations

from assistant.indexing.static_encoder import StaticEncoder
from assistant.indexing.transformer_encoder import TransformerEncoder
from assistant.model import Encoder
from assistant.settings import Backend


def open_encoder(
    model: str,
    *,
    device: str = "cpu",
    batch_size: int = 32,
    backend: Backend = "torch",
    query_prompt: str = "",
    passage_prompt: str = "",
) -> Encoder:
    """The encoder that a setting names: ``""`` for the shipped one, else a hub name or a folder.

    Raises:
        EncoderError: it cannot be loaded, or cannot run so.
    """
    if not model:
        return StaticEncoder.shipped()
    return TransformerEncoder.load(
        model,
        device=device,
        batch_size=batch_size,
        backend=backend,
        query_prompt=query_prompt,
        passage_prompt=passage_prompt,
    )
