"""Opens the index of a corpus; makes a new one, of what has changed, when it does not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import CorpusError, EncoderError, IndexFileError
from assistant.indexing import versions
from assistant.indexing.encoder import open_encoder
from assistant.indexing.index import Index, indexing_code, read_files
from assistant.indexing.manifest import manifest_of, read_manifest
from assistant.model import Encoder
from assistant.reading import corpus, files
from assistant.reading.corpus import Earlier
from assistant.reading.files import FileRecord
from assistant.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Built:
    """An index, and how many files were read for it; the others were as they had been."""

    index: Index
    read: int


def build(
    settings: Settings,
    *,
    encoder: Encoder | None = None,
    force: bool = False,
    workers: int | None = None,
    progress: bool = False,
) -> Built:
    """Bring the index up to date with its corpus: what has changed is read, or with ``force`` all.

    A file that could not be read for a passing reason is tried again.

    Raises:
        CorpusError, EncoderError, IndexFileError: as ``PolicyAssistant.open``.
    """
    encoder = encoder or configured_encoder(settings)
    index = None if force else _fitting(settings, encoder)
    if index and not any(file.passing for file in index.files):
        return Built(index, 0)
    return _renewed(settings, encoder, force=force, workers=workers, progress=progress)


def configured_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name."""
    return open_encoder(
        settings.encoder_model,
        device=settings.encoder_device,
        batch_size=settings.encoder_batch_size,
        backend=settings.encoder_backend,
        query_prompt=settings.encoder_query_prompt,
        passage_prompt=settings.encoder_passage_prompt,
    )


def open_index(settings: Settings, encoder: Encoder, *, progress: bool = False) -> Index:
    """The index on disk when it fits the corpus, the encoder and the code, else a new one."""
    found = _fitting(settings, encoder)
    if found:
        return found
    made = _renewed(settings, encoder, progress=progress).index
    for problem in made.manifest.problems:
        log.warning("%s", problem)
    return made


def newer_index(settings: Settings, encoder: Encoder, *, make: bool) -> Index | None:
    """An index that fits, for a server that answers meanwhile from the one that it has.

    One that another process has made is taken; where none fits, one is made if ``make`` says so.
    None when there is none yet: another process is at it, or has made one that does not fit here;
    where it made that by another encoder, a line of the log names both.
    """
    found = _fitting(settings, encoder)
    if found:
        return found
    if not make:
        try:
            _require_encoder(settings, encoder)
        except EncoderError as error:
            log.warning("%s", error)
        return None
    with versions.lock(settings.index_dir, wait=False) as free:
        if not free:
            return None
        made = _made(settings, encoder, _before(settings)).index
    for problem in made.manifest.problems:
        log.warning("%s", problem)
    return made


def _fitting(settings: Settings, encoder: Encoder) -> Index | None:
    """The index on disk, if it fits."""
    folder = settings.index_dir
    try:
        version = folder / versions.current(folder)
        manifest = manifest_of(version)
        records = _records(version)
        found = files.survey(settings.corpus_dir, records).fingerprint
        code = corpus.parsing_code(settings.unit_names_file)
        wanted = (found, encoder.fingerprint, code, indexing_code())
        has = (manifest.corpus, manifest.encoder_fingerprint, manifest.parsing, manifest.indexing)
        if has == wanted:
            return Index.load(folder)
        log.info("index is stale, rebuilding")
    except IndexFileError as error:
        files.document_files(settings.corpus_dir)  # no corpus is the worse fault
        log.info("%s", error)
    return None


def _records(version: Path) -> tuple[FileRecord, ...]:
    try:
        return read_files(version)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexFileError(f"索引“{version.parent}”无法读取，请运行 build 重建。") from error


def _renewed(
    settings: Settings,
    encoder: Encoder,
    *,
    force: bool = False,
    workers: int | None = None,
    progress: bool = False,
) -> Built:
    """A new index, or the one that another process made while we waited for it."""
    seen = versions.current_or_none(settings.index_dir)
    with ExitStack() as held:
        with _written(settings, encoder):
            held.enter_context(versions.lock(settings.index_dir))
        if versions.current_or_none(settings.index_dir) != seen and not force:
            found = _fitting(settings, encoder)
            if found:
                return Built(found, 0)
        before = None if force else _before(settings)
        return _made(settings, encoder, before, workers=workers, progress=progress)


def _made(
    settings: Settings,
    encoder: Encoder,
    before: Index | None,
    *,
    workers: int | None = None,
    progress: bool = False,
) -> Built:
    """A new index, of which ``before`` gives what has not changed; the lock is held."""
    versions.remove_leftovers(settings.index_dir)
    names_file = settings.unit_names_file
    read = corpus.read_folder(
        settings.corpus_dir,
        earlier=_earlier(before, corpus.parsing_code(names_file)),
        workers=workers,
        progress=progress,
        names_file=names_file,
    )
    if before:
        _say_other_encoder(before, encoder)
    index = Index.build(read, encoder, before=before, progress=progress)
    with _written(settings, encoder):
        return Built(index.save(settings.index_dir), read.read)


def _before(settings: Settings) -> Index | None:
    try:
        return Index.load(settings.index_dir)
    except IndexFileError:
        return None


def _earlier(before: Index | None, parsing: str) -> Earlier:
    """What an index knows of files and documents; of other code's only the files' hashes."""
    if before is None:
        return Earlier()
    if before.manifest.parsing == parsing:
        return Earlier(before.files, {d.id: d for d in before.documents})
    return Earlier(tuple(FileRecord(f.name, f.sha256, f.sidecar, f.mark) for f in before.files))


def _require_encoder(settings: Settings, encoder: Encoder) -> None:
    """Raise EncoderError where the index on disk is another encoder's; none is nobody's."""
    with suppress(IndexFileError):
        read_manifest(settings.index_dir).require(encoder)


def _say_other_encoder(before: Index, encoder: Encoder) -> None:
    made_by = before.manifest
    if made_by.encoder_fingerprint != encoder.fingerprint:
        log.warning("索引由编码模型“%s”建立，现按当前设置“%s”重建。", made_by.encoder, encoder.name)


@contextmanager
def _written(settings: Settings, encoder: Encoder) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _require_encoder(settings, encoder)  # why it is to be written comes first
        raise CorpusError(
            f"索引文件夹“{settings.index_dir}”无法写入：{error.strerror or error}，"
            "请检查权限和磁盘空间。"
        ) from error
