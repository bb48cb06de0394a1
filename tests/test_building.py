"""An index that does not fit is built anew; one that fits is loaded as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.errors import CorpusError
from assistant.indexing.building import build, configured_encoder, open_index
from assistant.indexing.index import Index
from assistant.model import Encoder
from assistant.settings import Settings
from tests.policies import YUNHE, YUNHE_TITLE, add_yunhe, settings_for


class Counting:
    """An encoder that counts the passages it was given."""

    def __init__(self, inner: Encoder, fingerprint: str = "counting") -> None:
        self.inner, self.fingerprint = inner, fingerprint
        self.name, self.dimension = "counting", inner.dimension
        self.passages = 0

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        self.passages += len(texts)
        return self.inner.encode_passages(texts, progress)


@pytest.fixture
def counting(encoder: Encoder) -> Counting:
    return Counting(encoder)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    add_yunhe(tmp_path / "corpus")
    return settings_for(tmp_path)


def built(settings: Settings, counting: Counting) -> bool:
    """Whether opening made a new index; the index it gives is whole either way."""
    counting.passages = 0
    index = open_index(settings, counting)
    assert [d.title for d in index.documents][:1] == [YUNHE_TITLE]
    assert Index.load(settings.index_dir).rows == index.rows
    return counting.passages > 0


def test_built_once_then_loaded(settings: Settings, counting: Counting) -> None:
    assert built(settings, counting)
    assert not built(settings, counting)


def test_a_changed_corpus_is_built_anew(settings: Settings, counting: Counting) -> None:
    open_index(settings, counting)
    path = settings.corpus_dir / "yunhe-2023-7.txt"
    path.write_text(YUNHE.replace("800元", "900元"), encoding="utf-8")
    assert built(settings, counting)
    path.with_suffix(".yaml").write_text("source: 自编\n", encoding="utf-8")
    assert built(settings, counting)
    (settings.corpus_dir / "z.txt").write_text("某市关于绿道的通知\n一、任务\n建绿道。\n", "utf-8")
    assert built(settings, counting)
    (settings.corpus_dir / "z.txt").unlink()
    assert built(settings, counting)
    assert not built(settings, counting)


def test_another_encoder_is_built_anew(settings: Settings, encoder: Encoder) -> None:
    open_index(settings, Counting(encoder, "one"))
    other = Counting(encoder, "two")
    assert built(settings, other)
    assert not built(settings, other)


@pytest.mark.parametrize("name", ["documents.jsonl", "tables.json", "manifest.json", "CURRENT"])
def test_a_torn_index_is_built_anew(settings: Settings, counting: Counting, name: str) -> None:
    open_index(settings, counting)
    for path in settings.index_dir.rglob(name):
        path.write_bytes(path.read_bytes()[:-3])
    assert built(settings, counting)
    assert not built(settings, counting)


def test_build_says_what_the_index_was_made_of(settings: Settings) -> None:
    first = build(settings)
    assert first["documents"] == 1
    assert first["encoder_fingerprint"] == configured_encoder(settings).fingerprint
    assert "files" not in first
    pointer = settings.index_dir / "CURRENT"
    before = pointer.read_text(encoding="utf-8")
    assert build(settings) | {"problems": ()} == first
    assert pointer.read_text(encoding="utf-8") == before
    assert build(settings, force=True) == first
    assert pointer.read_text(encoding="utf-8") != before


def test_an_index_folder_that_cannot_be_written_is_a_sentence(
    settings: Settings, counting: Counting
) -> None:
    settings.index_dir.write_text("a file, no folder", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"索引文件夹“.+”无法写入：.+，请检查权限和磁盘空间。"):
        open_index(settings, counting)


def test_no_corpus_is_a_sentence(tmp_path: Path, counting: Counting) -> None:
    with pytest.raises(CorpusError, match="不存在"):
        open_index(settings_for(tmp_path), counting)
    (tmp_path / "corpus").mkdir()
    with pytest.raises(CorpusError, match="没有可读的文件"):
        open_index(settings_for(tmp_path), counting)


def test_a_file_that_cannot_be_read_is_reported_beside_the_rest(
    settings: Settings, counting: Counting
) -> None:
    (settings.corpus_dir / "broken.txt").write_bytes(b"\xff\xfe\xfa\x00\x81")
    assert built(settings, counting)
    problems = Index.load(settings.index_dir).manifest.problems
    assert len(problems) == 1
    assert "broken.txt" in problems[0]


def test_progress_is_shown_on_stderr_only_when_asked(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    build(settings)
    assert capsys.readouterr().err == ""
    build(settings, force=True, progress=True)
    shown = capsys.readouterr()
    assert "读取文件" in shown.err
    assert shown.out == ""
