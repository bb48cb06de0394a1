"""A folder of files → documents: what is reported, what is refused, when it has changed."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from assistant.errors import CorpusError, UnreadableFile
from assistant.model import DocumentKind
from assistant.reading import corpus

POLICY = "某市关于推动{}工作的意见\n一、任务\n做好工作，抓好落实。（责任单位：市科技局）\n"


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_missing_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="不存在"):
        corpus.read_folder(tmp_path / "none")
    with pytest.raises(CorpusError, match="没有可读的文件"):
        corpus.read_folder(tmp_path)
    put(tmp_path, "a.pdf", "x")
    put(tmp_path, "a.yaml", "title: 甲")
    put(tmp_path, ".git/a.txt", POLICY.format("甲"))
    put(tmp_path, ".a.txt", POLICY.format("甲"))
    with pytest.raises(CorpusError, match="没有可读的文件"):
        corpus.fingerprint(tmp_path)
    with pytest.raises(CorpusError, match="不存在"):
        corpus.stamp(put(tmp_path, "b.txt", "x"))


def test_a_folder_with_nothing_readable_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "")
    put(tmp_path, "b.txt", b"\x00\x01")
    with pytest.raises(CorpusError, match=r"都无法读取.*“a\.txt”.*文件是空的"):
        corpus.read_folder(tmp_path)


def test_one_bad_file_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", POLICY.format("甲"))
    put(tmp_path, "b.txt", b"\x00\x01")
    put(tmp_path, "c.txt", "一、没有标题的文件\n")
    put(tmp_path, "d/e.md", "# " + POLICY.format("乙"))
    put(tmp_path, "f.txt", POLICY.format("丙"))
    put(tmp_path, "f.yaml", "kind: [")
    found = corpus.read_folder(tmp_path)
    assert [d.title for d in found.documents] == [
        "某市关于推动甲工作的意见",
        "某市关于推动乙工作的意见",
    ]
    assert [p.path for p in found.problems] == ["b.txt", "c.txt", "f.yaml"]
    assert "写明 title" in str(found.problems[1])
    assert found.fingerprint == corpus.fingerprint(tmp_path)


def test_a_sidecar_gives_the_title_that_the_text_lacks(tmp_path: Path) -> None:
    path = put(tmp_path, "c.txt", "一、没有标题的文件\n")
    put(tmp_path, "c.yaml", "\ufefftitle: 补充的标题\ndate: 2022-04-20\nkind: explanatory\n")
    document = corpus.read_document(path)
    assert (document.title, document.issued_on) == ("补充的标题", date(2022, 4, 20))
    assert document.kind is DocumentKind.EXPLANATORY


def test_the_same_document_twice_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", POLICY.format("甲"))
    put(tmp_path, "b.txt", POLICY.format("甲") + "二、保障\n")
    found = corpus.read_folder(tmp_path)
    assert len(found.documents) == 1
    assert [p.path for p in found.problems] == ["b.txt"]
    assert "重复" in str(found.problems[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: [甲", "不是有效的 YAML"),
        (b"title: \xff\xfe", "不是有效的 YAML"),
        ("date: 2022-02-30", "不是有效的 YAML"),
        ("只有一句话", "“键: 值”"),
        ("- 甲\n- 乙", "“键: 值”"),
        ("标题: 甲", "不认识的键“标题”"),
        ("1: 甲", "不认识的键“1”"),
        ("kind: law", "kind 应为"),
        ("kind: [official]", "kind 应为"),
        ("kind:", "kind 应为"),
        ("date: 昨天", "date 应写成"),
        ("date: '2022-04-20'", "date 应写成"),
        ("date: 2022-04-20 10:00:00", "date 应写成"),
        ("date: 2022", "date 应写成"),
        ("title: [甲, 乙]", "title 应为文字"),
        ("doc_number: 40", "doc_number 应为文字"),
        ("source: {网: 址}", "source 应为文字"),
        ("id: 甲", "id 只能用"),
        ("id: a b", "id 只能用"),
        ("id: a:1", "id 只能用"),
        ("id: ''", "id 只能用"),
    ],
)
def test_a_wrong_sidecar_is_refused_by_name(tmp_path: Path, text: str | bytes, reason: str) -> None:
    put(tmp_path, "a.yaml", text)
    with pytest.raises(UnreadableFile, match=reason) as caught:
        corpus.read_document(put(tmp_path, "a.txt", POLICY.format("甲")))
    assert caught.value.path == "a.yaml"


@pytest.mark.parametrize("text", ["", "# 只有注释\n", "{}"])
def test_an_empty_sidecar_says_nothing(tmp_path: Path, text: str) -> None:
    assert corpus.read_sidecar(put(tmp_path, "a.yaml", text)) == {}
    assert corpus.read_sidecar(tmp_path / "none.yaml") == {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, "a.txt", POLICY.format("甲"))
    put(tmp_path, "a.yaml", "source: 某网\n")
    put(tmp_path, "b.md", POLICY.format("乙"))
    return tmp_path


def later(path: Path) -> None:
    seen = path.stat()
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1_000_000_000))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", POLICY.format("丁")),
        ("a.yaml", "source: 别网\n"),
        ("b.yaml", "source: 某网\n"),
        ("c.txt", POLICY.format("丙")),
    ],
)
def test_fingerprint_and_stamp_notice_a_change(folder: Path, name: str, text: str) -> None:
    before, stamped = corpus.fingerprint(folder), corpus.stamp(folder)
    later(put(folder, name, text))
    assert corpus.fingerprint(folder) != before
    assert corpus.stamp(folder) != stamped


def test_fingerprint_and_stamp_notice_a_removal_and_a_new_name(folder: Path) -> None:
    before, stamped = corpus.fingerprint(folder), corpus.stamp(folder)
    (folder / "b.md").rename(folder / "c.md")
    renamed = corpus.fingerprint(folder)
    assert renamed != before
    assert corpus.stamp(folder) != stamped
    (folder / "c.md").unlink()
    assert corpus.fingerprint(folder) not in (before, renamed)


def test_what_does_not_belong_changes_nothing(folder: Path) -> None:
    before, stamped = corpus.fingerprint(folder), corpus.stamp(folder)
    put(folder, "notes.docx", "x")
    put(folder, "lonely.yaml", "title: 甲")
    put(folder, ".cache/c.txt", "x")
    assert (corpus.fingerprint(folder), corpus.stamp(folder)) == (before, stamped)


def test_a_touched_file_keeps_its_fingerprint(folder: Path) -> None:
    before, stamped = corpus.fingerprint(folder), corpus.stamp(folder)
    later(folder / "a.txt")
    assert corpus.fingerprint(folder) == before
    assert corpus.stamp(folder) != stamped


def test_the_fingerprint_is_that_of_names_and_bytes_wherever_they_lie(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    for path in folder.iterdir():
        put(other, path.name, path.read_bytes())
    assert corpus.fingerprint(other) == corpus.fingerprint(folder)


def test_bytes_do_not_wander_between_files(tmp_path: Path) -> None:
    one, two, joined = tmp_path / "1", tmp_path / "2", tmp_path / "3"
    put(one, "a.txt", "甲乙")
    put(one, "b.txt", "丙")
    put(two, "a.txt", "甲")
    put(two, "b.txt", "乙丙")
    put(joined, "a.txt", "甲b.txt乙丙")
    assert len({corpus.fingerprint(folder) for folder in (one, two, joined)}) == 3


def test_a_bar_is_shown_only_on_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus.read_folder(folder)
    assert capsys.readouterr() == ("", "")
    corpus.read_folder(folder, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "读取文件" in shown.err
