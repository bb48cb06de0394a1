"""An index that does not fit is renewed, of what has changed; one that fits is loaded as it is."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.errors import CorpusError, EncoderError
from assistant.indexing import versions
from assistant.indexing.building import build, configured_encoder, newer_index, open_index
from assistant.indexing.index import Index
from assistant.model import Encoder
from assistant.settings import Settings
from assistant.text import tokens
from tests.policies import YUNHE, YUNHE_TITLE, add_explanation, add_yunhe, settings_for

GREEN = "某市关于绿道的通知\n一、任务\n建绿道。\n"


class Counting:
    """An encoder that counts the passages it was given."""

    def __init__(
        self, inner: Encoder, fingerprint: str = "counting", name: str = "counting"
    ) -> None:
        self.inner, self.fingerprint = inner, fingerprint
        self.name, self.dimension = name, inner.dimension
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


def opened(settings: Settings, counting: Counting) -> tuple[bool, int]:
    """Whether opening made a new version, and how many passages it embedded.

    The index is whole and as one that is built of nothing, either way.
    """
    before, counting.passages = versions.current_or_none(settings.index_dir), 0
    index = open_index(settings, counting)
    embedded = counting.passages
    assert [d.title for d in index.documents][:1] == [YUNHE_TITLE]
    assert same(Index.load(settings.index_dir), index)
    fresh = settings_for(settings.index_dir / "fresh", corpus_dir=settings.corpus_dir)
    assert same(open_index(fresh, counting), index)
    return versions.current(settings.index_dir) != before, embedded


def same(one: Index, other: Index) -> bool:
    """Whether two indexes answer alike, to the last bit."""
    words, vector = tokens("市农业农村局建设茶园"), np.ones(one.manifest.dimension, np.float32)
    np.testing.assert_array_equal(one.lexical.scores(words), other.lexical.scores(words))
    np.testing.assert_array_equal(one.dense.scores(vector), other.dense.scores(vector))
    np.testing.assert_array_equal(one.digests, other.digests)
    tables = [(i.documents, i.rows, i.units, i.industries) for i in (one, other)]
    return tables[0] == tables[1]


def test_built_once_then_loaded(settings: Settings, counting: Counting) -> None:
    assert opened(settings, counting) > (True, 0)
    assert opened(settings, counting) == (False, 0)


def test_only_what_changed_is_embedded(settings: Settings, counting: Counting) -> None:
    _, all_of_it = opened(settings, counting)
    path = settings.corpus_dir / "yunhe-2023-7.txt"
    path.write_text(YUNHE.replace("800元", "900元"), encoding="utf-8")
    assert 0 < opened(settings, counting)[1] < all_of_it
    path.with_suffix(".yaml").write_text("source: 自编\n", encoding="utf-8")
    assert opened(settings, counting) == (True, 0)
    (settings.corpus_dir / "z.txt").write_text(GREEN, "utf-8")
    assert opened(settings, counting) == (True, all_of_it + 1), "of several, titles are indexed"
    (settings.corpus_dir / "zz.txt").write_text(GREEN.replace("绿道", "茶亭"), "utf-8")
    assert opened(settings, counting) == (True, 1)
    (settings.corpus_dir / "zz.txt").unlink()
    assert opened(settings, counting) == (True, 0)


def test_the_same_words_are_embedded_once(settings: Settings, counting: Counting) -> None:
    for name in ("一", "二", "三"):
        text = f"{GREEN}二、期限\n{name}月底完成。\n"
        (settings.corpus_dir / f"z{name}.txt").write_text(text, encoding="utf-8")
    index = open_index(settings, counting)
    assert counting.passages == len({key.tobytes() for key in index.digests}) < len(index.rows)


def test_another_encoder_embeds_all_and_reads_nothing(settings: Settings, encoder: Encoder) -> None:
    open_index(settings, Counting(encoder, "one"))
    other = Counting(encoder, "two")
    assert opened(settings, other)[1] > 0
    assert opened(settings, other) == (False, 0)


OTHERS = re.compile(
    r"索引由编码模型“甲”建立，当前设置为“乙”：请运行 build 重建，或改回设置 ENCODER_MODEL。"
)


@pytest.fixture
def others(settings: Settings, encoder: Encoder) -> Encoder:
    """An encoder by which the index on disk was not made."""
    open_index(settings, Counting(encoder, "one", "甲"))
    return Counting(encoder, "two", "乙")


def test_an_index_of_another_encoder_is_refused_by_name(
    settings: Settings, encoder: Encoder, others: Encoder
) -> None:
    manifest = Index.load(settings.index_dir).manifest
    manifest.require(Counting(encoder, "one", "甲"))
    with pytest.raises(EncoderError, match=OTHERS):
        manifest.require(others)
    with pytest.raises(EncoderError, match="索引由编码模型“甲”建立，但此后它的权重、前缀"):
        manifest.require(Counting(encoder, "two", "甲"))


def test_a_server_names_the_encoder_of_an_index_that_another_process_made(
    settings: Settings, others: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    before = versions.current(settings.index_dir)
    with caplog.at_level(logging.WARNING):
        assert newer_index(settings, others, make=False) is None
    assert [bool(OTHERS.fullmatch(message)) for message in caplog.messages] == [True]
    assert versions.current(settings.index_dir) == before
    made = newer_index(settings, others, make=True)
    assert made
    made.manifest.require(others)


def test_an_index_that_cannot_be_renewed_names_both_encoders(
    settings: Settings, others: Encoder
) -> None:
    lock = next(path for path in settings.index_dir.iterdir() if path.name.endswith("lock"))
    lock.unlink()
    lock.mkdir()  # nobody can lock, so nobody can write
    with pytest.raises(EncoderError, match=OTHERS):
        open_index(settings, others)


def test_opening_with_another_encoder_says_so_and_renews(
    settings: Settings, others: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        open_index(settings, others)
        open_index(settings, others)
    assert caplog.messages == ["索引由编码模型“甲”建立，现按当前设置“乙”重建。"]


@pytest.mark.parametrize("name", ["parsing", "indexing"])
def test_an_index_of_other_code_is_renewed(
    settings: Settings, counting: Counting, name: str
) -> None:
    index = open_index(settings, counting)
    changes: dict[str, Any] = {name: "0" * 64}
    foreign = replace(index.manifest, **changes)
    old = replace(index.documents[0], remark="as the old code read it")
    documents = (old,) if name == "parsing" else index.documents
    replace(index, manifest=foreign, documents=documents).save(settings.index_dir)
    assert opened(settings, counting) == (True, 0), "the vectors are the encoder's"


@pytest.mark.parametrize(
    "name", ["documents.jsonl", "files.jsonl", "tables.json", "manifest.json", "CURRENT"]
)
def test_a_torn_index_is_built_anew(settings: Settings, counting: Counting, name: str) -> None:
    open_index(settings, counting)
    for path in settings.index_dir.rglob(name):
        path.write_bytes(path.read_bytes()[:-3])
    made, embedded = opened(settings, counting)
    assert made
    assert embedded > 0
    assert opened(settings, counting) == (False, 0)


def test_build_says_what_it_did(settings: Settings) -> None:
    first = build(settings)
    assert (first.read, len(first.index.documents)) == (1, 1)
    assert first.index.manifest.encoder_fingerprint == configured_encoder(settings).fingerprint
    assert "files" not in first.index.manifest.summary()
    again = build(settings)
    assert again.read == 0
    assert again.index.version == first.index.version == versions.current(settings.index_dir)
    add_explanation(settings.corpus_dir)
    assert build(settings).read == 1
    forced = build(settings, force=True)
    assert forced.read == 2
    assert forced.index.version == versions.current(settings.index_dir) != first.index.version


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
    assert opened(settings, counting)[0]
    problems = Index.load(settings.index_dir).manifest.problems
    assert len(problems) == 1
    assert "broken.txt" in problems[0]
    assert build(settings).read == 0, "it is as it was, and why it failed does not pass"


def test_a_file_that_failed_for_a_passing_reason_is_tried_by_build(settings: Settings) -> None:
    (settings.corpus_dir / "z.txt").write_text(GREEN, encoding="utf-8")
    index = build(settings).index
    lost = replace(
        index.files[1], document_id="", parsed_id="", problem=("z.txt", "读取超时"), passing=True
    )
    replace(index, documents=index.documents[:1], files=(index.files[0], lost)).save(
        settings.index_dir
    )
    built = build(settings)
    assert (built.read, len(built.index.documents)) == (1, 2)


def test_one_builds_and_the_other_takes_what_it_made(
    settings: Settings, counting: Counting
) -> None:
    found: list[Index] = []
    with versions.lock(settings.index_dir) as free:
        assert free
        assert newer_index(settings, counting, make=True) is None, "another is at it"
        waiting = threading.Thread(target=lambda: found.append(open_index(settings, counting)))
        waiting.start()
        assert not found, "it waits"
    waiting.join(60)
    assert found[0].version == versions.current(settings.index_dir)
    newer = newer_index(settings, counting, make=False)
    assert newer
    assert newer.version == found[0].version


def test_progress_is_shown_on_stderr_only_when_asked(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    build(settings)
    assert capsys.readouterr().err == ""
    build(settings, force=True, progress=True)
    shown = capsys.readouterr()
    assert "读取文件" in shown.err
    assert shown.out == ""


def test_a_table_of_unit_names_of_ones_own_joins_spellings_and_rebuilds(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, unit in (("甲", "市产业促进中心"), ("乙", "市产促中心")):
        text = f"某市关于{name}的意见\n一、任务\n（一）做好{name}工作。（责任单位：{unit}）\n"
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    table = tmp_path / "names.yaml"
    table.write_text("units:\n  市产业促进中心: [市产促中心]\n", encoding="utf-8")
    plain = Settings(corpus_dir=folder, index_dir=tmp_path / "index")
    named = plain.model_copy(update={"unit_names_file": table})
    assert len(build(plain).index.units) == 2
    joined = build(named)
    assert (joined.read, list(joined.index.units)) == (2, ["市产业促进中心"])
    written = [c.responsibility.units() for d in joined.index.documents for c in d.clauses[-1:]]
    assert sorted(written) == [("市产业促进中心",), ("市产促中心",)], "answers show what is written"
    assert build(named).read == 0
    table.write_text("units:\n  市产业促进中心: []\n", encoding="utf-8")
    assert len(build(named).index.units) == 2, "a changed table is a changed index"
