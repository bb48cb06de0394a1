"""What answers come from: the documents, the encoder, the index, the prompts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from assistant import clock
from assistant.checking.entailment import SentenceCheck
from assistant.diagnosis.findings import Finding, fault, not_checked, ok, warning
from assistant.errors import EncoderError, IndexFileError, PolicyAssistantError, SettingsError
from assistant.indexing.building import configured_encoder
from assistant.indexing.index import Index, indexing_code
from assistant.model import Document, DocumentKind, Encoder
from assistant.reading.corpus import Corpus, Earlier, parsing_code, read_folder
from assistant.reading.relations import Relations
from assistant.settings import Settings
from assistant.validity import STATUS_NAMES
from assistant.wording.chat_model import Message
from assistant.wording.generation import Composer
from assistant.wording.query_rewriting import Rewriter

ENCODER, CORPUS, INDEX, PROMPTS = "编码模型", "文件", "索引", "提示词"
_LISTED = 5
_UNIT_LENGTH = 1e-3  # how far from 1 a vector may be


def knowledge(settings: Settings, *, progress: bool = False) -> Iterator[Finding]:
    """The encoder, the documents, the index of both; ``progress`` shows bars on stderr."""
    encoder = yield from _encoder(settings)
    index: Index | IndexFileError
    try:
        index = Index.load(settings.index_dir)
    except IndexFileError as error:
        index = error
    known = index if isinstance(index, Index) else None
    corpus = yield from _corpus(settings, known, progress=progress)
    if encoder is None or corpus is None:
        broken = f"{ENCODER}不可用" if encoder is None else f"{CORPUS}不可用"
        yield not_checked(INDEX, broken)
    else:
        yield _index(settings, index, corpus, encoder)


def _encoder(settings: Settings) -> Generator[Finding, None, Encoder | None]:
    import numpy as np

    try:
        encoder = configured_encoder(settings)
        vector = encoder.encode_queries(["政策"])[0]
    except (PolicyAssistantError, OSError) as error:
        yield fault(ENCODER, error)
        return None
    length = float(np.linalg.norm(vector))
    if vector.shape != (encoder.dimension,) or abs(length - 1) > _UNIT_LENGTH:
        yield fault(
            ENCODER,
            f"“{encoder.name}”编出的向量不可用：{vector.size}维，应为{encoder.dimension}维；"
            f"长度{length:.3f}，应为1。",
        )
        return None
    yield ok(ENCODER, f"“{encoder.name}”可用，{encoder.dimension}维。")
    return encoder


# The documents ----------------------------------------------------------------------------------


def _corpus(
    settings: Settings, index: Index | None, *, progress: bool
) -> Generator[Finding, None, Corpus | None]:
    """The documents as they are now; what the index knows of them is not read again."""
    names = settings.unit_names_file
    try:
        same = index is not None and index.manifest.parsing == parsing_code(names)
        earlier = Earlier(index.files, {d.id: d for d in index.documents}) if index else None
        corpus = read_folder(
            settings.corpus_dir,
            earlier=earlier if same else None,
            progress=progress,
            names_file=names,
        )
    except (PolicyAssistantError, OSError) as error:
        yield fault(CORPUS, error)
        return None
    count, files = len(corpus.documents), len(corpus.files)
    yield ok(CORPUS, f"“{settings.corpus_dir}”里有{files}个文件，收录{count}份。")
    yield from _listed(map(str, corpus.problems), "个文件也无法读取")
    yield from _listed(corpus.notices, "条同类的提示")
    yield from _undescribed(corpus.documents)
    yield ok(CORPUS, f"今天的效力：{_standings(corpus.documents)}。")
    return corpus


def _listed(sentences: Iterable[str], more: str) -> Iterator[Finding]:
    told = list(sentences)
    yield from (warning(CORPUS, sentence) for sentence in told[:_LISTED])
    if len(told) > _LISTED:
        yield warning(CORPUS, f"另有{len(told) - _LISTED}{more}，运行 build --report 查看。")


def _undescribed(documents: Sequence[Document]) -> Iterator[Finding]:
    """The official documents whose day or number nobody has found."""
    official = [d for d in documents if d.kind is DocumentKind.OFFICIAL]
    lacks = {
        "成文日期": [d for d in official if d.issued_on is None],
        "文号": [d for d in official if not d.doc_number],
    }
    for what, found in lacks.items():
        if found:
            titles = "、".join(f"《{d.title}》" for d in found[:_LISTED])
            others = "等" if len(found) > _LISTED else ""
            yield warning(
                CORPUS,
                f"{len(found)}份文件没有找到{what}，可在同名的 .yaml 文件里写明："
                f"{titles}{others}。",
            )


def _standings(documents: Sequence[Document]) -> str:
    counts = Counter(s.status for s in Relations(documents).at(clock.today()).values())
    return "，".join(f"{name}{counts[s]}份" for s, name in STATUS_NAMES.items() if counts[s])


# The index --------------------------------------------------------------------------------------


def _index(
    settings: Settings, index: Index | IndexFileError, corpus: Corpus, encoder: Encoder
) -> Finding:
    stale = str(index) if isinstance(index, IndexFileError) else _stale(index, corpus, encoder)
    if isinstance(index, Index) and not stale:
        manifest = index.manifest
        return ok(
            INDEX,
            f"{manifest.documents}份文件，{manifest.clauses}个条款，与文件和编码模型相符。",
        )
    if not _writable(settings.index_dir):
        return fault(INDEX, f"要重建而文件夹“{settings.index_dir}”无法写入，请检查权限。")
    return warning(INDEX, f"会在启动时重建：{stale}")


def _stale(index: Index, corpus: Corpus, encoder: Encoder) -> str:
    """Why the index would be made again; '' when it fits."""
    manifest = index.manifest
    try:
        manifest.require(encoder)
    except EncoderError as error:
        return str(error)
    if manifest.corpus != corpus.fingerprint:
        return "建立索引以后文件有变化。"
    if (manifest.parsing, manifest.indexing) != (corpus.parsing, indexing_code()):
        return "建立索引以后程序或机关名称表有变化。"
    return ""


def _writable(folder: Path) -> bool:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return os.access(there, os.W_OK | os.X_OK)


# The prompts ------------------------------------------------------------------------------------


class _Silent:
    """A model that is never asked."""

    name = ""
    paused = False

    def stream(self, messages: Sequence[Message], *, deadline: float) -> Iterator[str]:
        """Nothing."""
        return iter(())


def prompts(settings: Settings) -> Iterator[Finding]:
    """The prompts, as the answering itself opens them; they are for an LLM only."""
    try:
        Composer.open(_Silent(), SentenceCheck(set()), settings.prompts_dir)
        Rewriter.open(_Silent(), settings.prompts_dir)
    except SettingsError as error:
        found = fault(PROMPTS, error)
        needed = settings.llm_base_url
        yield found if needed else warning(PROMPTS, f"设置大模型之前须修复：{error}")
        return
    yield ok(PROMPTS, f"“{settings.prompts_dir}”里的提示词可用。")
