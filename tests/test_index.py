"""The index: saved then loaded is equal, what is torn is refused, what is swapped in is whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import IndexFileError
from assistant.indexing.dense import DenseStore
from assistant.indexing.index import Index, indexed, passage, searchable
from assistant.indexing.manifest import FORMAT, read_manifest
from assistant.model import CITABLE, DocumentKind, Encoder
from assistant.reading.corpus import read_folder
from assistant.text import tokens
from tests.policies import add_explanation, add_yunhe

SENTENCE = re.compile(r"索引“.+”.*，请运行 build( 重建)?。")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Index:
    """The second policy, and an explanation that names units and industries."""
    corpus = tmp_path_factory.mktemp("small") / "corpus"
    add_yunhe(corpus)
    add_explanation(corpus)
    return Index.build(read_folder(corpus), encoder)


@pytest.fixture
def saved(small: Index, tmp_path: Path) -> Path:
    small.save(tmp_path)
    return tmp_path


def version(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text(encoding="utf-8")


def versions(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("v-*")}


def files_of(index: Index, folder: Path) -> list[Path]:
    index.save(folder)
    return [p.relative_to(version(folder)) for p in version(folder).rglob("*") if p.is_file()]


def refused(folder: Path) -> str:
    with pytest.raises(IndexFileError) as caught:
        Index.load(folder)
    assert SENTENCE.fullmatch(str(caught.value)), caught.value
    return str(caught.value)


def test_saved_then_loaded_is_equal(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    index.save(tmp_path)
    loaded = Index.load(tmp_path)
    assert loaded.documents == index.documents
    assert loaded.rows == index.rows
    assert loaded.units == index.units
    assert loaded.industries == index.industries
    assert asdict(loaded.manifest) | {"files": 0} == asdict(index.manifest) | {"files": 0}
    for query in ("自动驾驶", "市科技局负责什么", "碳排放权交易", "", "zzz"):
        words, vector = tokens(query), encoder.encode_queries([query])[0]
        np.testing.assert_array_equal(loaded.lexical.scores(words), index.lexical.scores(words))
        np.testing.assert_array_equal(loaded.dense.scores(vector), index.dense.scores(vector))


def test_a_row_is_a_clause_with_words_of_its_own(index: Index) -> None:
    assert index.rows == searchable(index.documents)
    assert index.lexical.rows == index.dense.rows == len(index.rows) == index.manifest.clauses
    for clause in index.rows:
        document = next(d for d in index.documents if d.id == clause.document_id)
        assert clause.kind in CITABLE
        words = document.text[slice(*clause.body_range)]
        assert words.strip()
        assert passage(clause, document) == " ".join(clause.path[1:]) + "\n" + words


def test_the_vectors_are_those_of_the_passages(index: Index, encoder: Encoder) -> None:
    of = {d.id: d for d in index.documents}
    texts = [passage(c, of[c.document_id]) for c in index.rows]
    query = encoder.encode_queries(["人工智能"])[0]
    np.testing.assert_allclose(
        index.dense.scores(query), encoder.encode_passages(texts) @ query, atol=1e-5
    )


def test_an_explanation_gives_no_unit_a_task_and_supports_no_industry(small: Index) -> None:
    told = next(d for d in small.documents if d.kind is DocumentKind.EXPLANATORY)
    assert any("市茶叶局" in c.responsibility.units() for c in told.clauses)
    assert "市茶叶局" not in small.units
    assert not [e for e in small.industries if e.clause_id.startswith(told.id)]
    assert any(c.document_id == told.id for c in small.rows)


def test_the_unit_table_is_what_the_clauses_say(index: Index) -> None:
    wanted: dict[str, list[str]] = {}
    for document in index.documents:
        for clause in document.clauses:
            for unit in clause.responsibility.units():
                wanted.setdefault(unit, []).append(clause.id)
    assert {unit: list(ids) for unit, ids in index.units.items()} == wanted
    assert len(wanted) == 31


def test_a_byte_changed_in_any_file_is_refused(small: Index, tmp_path: Path) -> None:
    for name in files_of(small, tmp_path):
        path = version(tmp_path) / name
        data = path.read_bytes()
        for at in {0, len(data) // 2, len(data) - 1} if data else ():
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            refused(tmp_path)
        path.write_bytes(data + b" ")
        if name.name != "manifest.json":  # a blank after JSON changes nothing
            refused(tmp_path)
        path.write_bytes(data[: len(data) // 2])
        refused(tmp_path)
        path.write_bytes(data)
    assert Index.load(tmp_path).rows == small.rows


def test_a_missing_or_added_file_is_refused(small: Index, tmp_path: Path) -> None:
    for name in files_of(small, tmp_path):
        path = version(tmp_path) / name
        data = path.read_bytes()
        path.unlink()
        refused(tmp_path)
        path.write_bytes(data)
    (version(tmp_path) / "search" / "more.npy").write_bytes(b"1")
    refused(tmp_path)


@pytest.mark.parametrize(
    "record", [b"", b"[]", b"null", b"1", b"\xff", b"{", b"{}", b'"v"', b'[["format", 3]]']
)
def test_a_manifest_that_is_none_is_refused(saved: Path, record: bytes) -> None:
    (version(saved) / "manifest.json").write_bytes(record)
    refused(saved)
    with pytest.raises(IndexFileError):
        read_manifest(saved)


def test_a_manifest_with_other_values_is_refused(saved: Path) -> None:
    path = version(saved) / "manifest.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    for change in ({"documents": 9}, {"corpus": "0"}, {"problems": 1}, {"more": 1}, {"seal": ""}):
        path.write_text(json.dumps(record | change), encoding="utf-8")
        refused(saved)
    path.write_text(json.dumps({k: v for k, v in record.items() if k != "seal"}), encoding="utf-8")
    refused(saved)


def test_another_format_is_named(saved: Path) -> None:
    path = version(saved) / "manifest.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {"format": FORMAT + 1}), encoding="utf-8")
    assert f"格式是{FORMAT + 1}，本程序使用{FORMAT}" in refused(saved)


@pytest.mark.parametrize("name", ["", "x", "../v-1", "v-none", "v-\x00", "v-" + "a" * 999, "v-.."])
def test_a_broken_pointer_is_refused(saved: Path, name: str) -> None:
    (saved / "CURRENT").write_text(name, encoding="utf-8")
    refused(saved)


def test_a_pointer_that_cannot_be_read_is_refused(saved: Path) -> None:
    (saved / "CURRENT").write_bytes(b"\xff\xfe\x00")
    refused(saved)
    (saved / "CURRENT").unlink()
    assert "还没有建立" in refused(saved)
    (saved / "CURRENT").mkdir()
    refused(saved)


def test_no_folder_is_no_index(tmp_path: Path) -> None:
    assert "还没有建立" in refused(tmp_path / "none")


def test_a_build_killed_before_the_swap_leaves_the_old_index(saved: Path, small: Index) -> None:
    before = (saved / "CURRENT").read_text(encoding="utf-8")
    shutil.copytree(version(saved), saved / "v-whole-but-unnamed")
    (saved / "v-begun").mkdir()
    (saved / "v-begun" / "documents.jsonl").write_text("{", encoding="utf-8")
    (saved / ".CURRENT-v-begun").write_text("v-begun", encoding="utf-8")
    assert (saved / "CURRENT").read_text(encoding="utf-8") == before
    assert Index.load(saved).documents == small.documents


class Full(DenseStore):
    """A store that meets a full disk."""

    def save(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        (path / "half").write_bytes(b"half")
        raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_the_old_index_and_no_half_of_a_new_one(
    saved: Path, small: Index
) -> None:
    before = versions(saved)
    full = replace(small.search, dense=Full(small.dense.engine))
    with pytest.raises(OSError, match="No space left"):
        replace(small, search=full).save(saved)
    assert versions(saved) == before
    assert Index.load(saved).rows == small.rows


def test_old_versions_go_and_the_previous_one_stays(small: Index, tmp_path: Path) -> None:
    names = []
    for _ in range(4):
        small.save(tmp_path)
        names.append(version(tmp_path).name)
        os.utime(version(tmp_path) / "manifest.json", ns=(len(names) * 10**9,) * 2)
    assert versions(tmp_path) == set(names[-2:])


def test_a_version_that_another_build_is_about_to_name_stays(small: Index, saved: Path) -> None:
    other = Path(shutil.copytree(version(saved), saved / "v-other"))
    os.utime(other / "manifest.json")
    small.save(saved)
    assert "v-other" in versions(saved)
    (saved / "CURRENT").write_text("v-other", encoding="utf-8")
    assert Index.load(saved).rows == small.rows


def test_builds_at_once_end_with_one_whole_index(small: Index, tmp_path: Path) -> None:
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def build() -> None:
        start.wait()
        try:
            for _ in range(4):
                small.save(tmp_path)
        except OSError as error:
            failed.append(error)

    def read() -> None:  # so many builds may take a version away from a reader: it says so
        start.wait()
        for _ in range(12):
            try:
                assert Index.load(tmp_path).rows == small.rows
            except IndexFileError:
                continue
            except (OSError, RuntimeError, ValueError, AssertionError) as error:
                failed.append(error)

    threads = [threading.Thread(target=work) for work in (build, build, build, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert Index.load(tmp_path).documents == small.documents
    assert not list(tmp_path.glob(".CURRENT*"))


def test_nothing_on_disk_is_pickled(index: Index, tmp_path: Path) -> None:
    for name in files_of(index, tmp_path):
        path = version(tmp_path) / name
        data = path.read_bytes()
        assert not re.match(rb"\x80[\x02-\x05]", data), name
        if name.suffix == ".npy":
            np.load(path, allow_pickle=False)
        elif name.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[one].dtype != object for one in arrays)
        else:
            assert not data.startswith(b"PK\x03\x04"), name
        if name.suffix in (".json", ".jsonl"):
            data.decode("utf-8")


def test_a_title_is_indexed_where_it_tells_documents_apart(
    small: Index, encoder: Encoder, tmp_path: Path
) -> None:
    official = next(d for d in small.documents if d.kind is DocumentKind.OFFICIAL)
    assert not small.search.headings.scores(["云河"]).any(), "it is the only official one"
    add_yunhe(tmp_path)
    (tmp_path / "other.txt").write_text("某市关于绿道的通知\n一、任务\n建绿道。\n", "utf-8")
    two = Index.build(read_folder(tmp_path), encoder)
    of = {d.id: d for d in two.documents}
    named = two.search.headings.scores(["云河"])[two.search.heading_of] > 0
    assert named.tolist() == [c.document_id == official.id for c in two.rows]
    for clause in two.rows:
        assert indexed(clause, of[clause.document_id]).title == of[clause.document_id].title
    ids = [d.id for d in two.documents]
    assert two.search.document_of.tolist() == [ids.index(c.document_id) for c in two.rows]
