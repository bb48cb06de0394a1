"""Opens the index of a corpus, building it when it is missing, torn or stale."""

from __future__ import annotations

import logging
from typing import Any

from assistant.errors import CorpusError, IndexFileError
from assistant.indexing.encoder import open_encoder
from assistant.indexing.index import Index, read_manifest
from assistant.model import Encoder
from assistant.reading import corpus
from assistant.settings import Settings

log = logging.getLogger(__name__)


def build(settings: Settings, *, progress: bool = False, force: bool = False) -> dict[str, Any]:
    """Build the index if it is missing or stale (always with ``force``); what it was made of.

    Raises:
        CorpusError, EncoderError, IndexFileError: as ``PolicyAssistant.open``.
    """
    encoder = configured_encoder(settings)
    if force:
        index = _build(settings, encoder, progress=progress)
    else:
        index = open_index(settings, encoder, progress=progress)
    return index.manifest.summary()


def configured_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name."""
    return open_encoder(
        settings.encoder_model,
        device=settings.encoder_device,
        batch_size=settings.encoder_batch_size,
        query_prompt=settings.encoder_query_prompt,
        passage_prompt=settings.encoder_passage_prompt,
    )


def open_index(settings: Settings, encoder: Encoder, *, progress: bool = False) -> Index:
    """The index on disk when it fits the corpus and the encoder, else a new one."""
    wanted = corpus.fingerprint(settings.corpus_dir)
    try:
        manifest = read_manifest(settings.index_dir)
        if (manifest.corpus, manifest.encoder_fingerprint) == (wanted, encoder.fingerprint):
            return Index.load(settings.index_dir)
        log.info("index is stale, rebuilding")
    except IndexFileError as error:
        log.info("%s", error)
    return _build(settings, encoder, progress=progress)


def _build(settings: Settings, encoder: Encoder, *, progress: bool) -> Index:
    read = corpus.read_folder(settings.corpus_dir, progress=progress)
    for problem in read.problems:
        log.warning("%s", problem)
    index = Index.build(read, encoder, progress=progress)
    try:
        index.save(settings.index_dir)
    except OSError as error:
        raise CorpusError(
            f"索引文件夹“{settings.index_dir}”无法写入：{error.strerror or error}，"
            "请检查权限和磁盘空间。"
        ) from error
    return index
