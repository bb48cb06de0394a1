"""A folder of files → documents: what is reported, what is refused, what is not read again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.errors import CorpusError
from assistant.model import Document, DocumentKind
from assistant.reading import corpus, files
from assistant.reading.corpus import Corpus, Earlier

POLICY = "某市关于推动{}工作的意见\n一、任务\n做好工作，抓好落实。（责任单位：市科技局）\n"
LOGGED = "tests.reading_tasks:log_and_read"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def titles(found: Corpus) -> list[str]:
    return [document.title[6:-5] for document in found.documents]


def again(folder: Path, found: Corpus) -> tuple[Corpus, list[str]]:
    """The folder read once more with what is known, and the names of the files that were read."""
    log = folder.parent / "read.log"
    log.unlink(missing_ok=True)
    earlier = Earlier(found.files, {d.id: d for d in found.documents})
    renewed = corpus.read_folder(folder, earlier=earlier, task=LOGGED)
    read = log.read_text(encoding="utf-8").split() if log.exists() else []
    assert renewed.read == len(read)
    fresh = corpus.read_folder(folder)
    assert renewed.documents == fresh.documents, "as if all had been read"
    assert renewed.problems == fresh.problems or str(renewed.problems) == str(fresh.problems)
    assert (renewed.notices, renewed.fingerprint) == (fresh.notices, fresh.fingerprint)
    return renewed, sorted(read)


def test_a_folder_with_nothing_readable_is_refused_with_the_first_reason(folder: Path) -> None:
    put(folder, "a.txt", "")
    put(folder, "b.txt", b"\x00\x01")
    with pytest.raises(CorpusError, match=r"都无法读取.*“a\.txt”.*文件是空的"):
        corpus.read_folder(folder)


def test_one_bad_file_is_reported_and_the_rest_is_read(folder: Path) -> None:
    put(folder, "a.txt", POLICY.format("甲"))
    put(folder, "b.txt", b"\x00\x01")
    put(folder, "c.txt", "一、没有标题的文件\n")
    put(folder, "d/e.md", "# " + POLICY.format("乙"))
    put(folder, "d/bad.txt", b"\x00\x01")
    put(folder, "f.txt", POLICY.format("丙"))
    put(folder, "f.yaml", "kind: [")
    found = corpus.read_folder(folder)
    assert titles(found) == ["甲", "", "乙"]
    assert found.documents[1].title == "c", "a page without a title is known by its file"
    assert [p.path for p in found.problems] == ["b.txt", "d/bad.txt", "f.yaml"]
    assert found.fingerprint == files.survey(folder).fingerprint
    assert found.read == 6


def test_a_sidecar_gives_the_title_that_the_text_lacks(folder: Path) -> None:
    path = put(folder, "c.txt", "一、没有标题的文件\n")
    put(folder, "c.yaml", "\ufefftitle: 补充的标题\ndate: 2022-04-20\nkind: explanatory\n")
    document = corpus.read_document(path)
    assert (document.title, document.issued_on) == ("补充的标题", date(2022, 4, 20))
    assert document.kind is DocumentKind.EXPLANATORY


def test_a_copy_is_left_out_and_told(folder: Path) -> None:
    put(folder, "a.txt", POLICY.format("甲"))
    put(folder, "b.txt", POLICY.format("甲").replace("\n", "\n\n"))
    found = corpus.read_folder(folder)
    assert titles(found) == ["甲"]
    assert found.problems == ()
    assert found.notices == ("文件“b.txt”与“a.txt”内容相同，只收录后者。",)


def test_two_editions_are_both_kept(folder: Path) -> None:
    put(folder, "a.txt", POLICY.format("甲"))
    put(folder, "a.yaml", "date: 2022-04-20")
    put(folder, "b.txt", POLICY.format("甲") + "二、保障\n加强领导。\n")
    put(folder, "b.yaml", "date: 2020-01-02")
    found = corpus.read_folder(folder)
    new, old = found.documents
    assert old.id == f"{new.id}-v20200102"
    assert "两个版本" in found.notices[0]
    assert {clause.document_id for clause in old.clauses} == {old.id}


# Not read again ---------------------------------------------------------------------------------


@pytest.fixture
def read(folder: Path) -> Corpus:
    """A document, an edition of it, a copy, one of its own and a broken one."""
    put(folder, "a.txt", POLICY.format("甲"))
    put(folder, "a.yaml", "date: 2022-04-20")
    put(folder, "b.txt", POLICY.format("甲") + "二、保障\n加强领导。\n")
    put(folder, "c.txt", POLICY.format("甲").replace("\n", "\n\n"))
    put(folder, "d.txt", POLICY.format("丁"))
    put(folder, "e.txt", b"\x00\x01")
    return corpus.read_folder(folder)


def test_nothing_is_read_where_nothing_has_changed(folder: Path, read: Corpus) -> None:
    renewed, names = again(folder, read)
    assert names == []
    assert again(folder, renewed)[1] == []


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("d.txt", POLICY.format("丁丁"), ["d.txt"]),
        ("new.txt", POLICY.format("新"), ["new.txt"]),
        ("d.yaml", "issuer: 某局", ["d.txt"]),
        ("a.yaml", "date: 2018-01-01", ["a.txt", "c.txt"]),
        ("e.txt", POLICY.format("戊"), ["e.txt"]),
        ("f.txt", POLICY.format("丁"), []),
    ],
)
def test_only_what_changed_is_read(
    folder: Path, read: Corpus, name: str, text: str, names: list[str]
) -> None:
    put(folder, name, text)
    assert set(again(folder, read)[1]) == set(names)


def test_a_file_that_moved_is_not_read(folder: Path, read: Corpus) -> None:
    (folder / "sub").mkdir()
    (folder / "d.txt").rename(folder / "sub" / "z.txt")
    assert again(folder, read)[1] == []


def test_a_copy_takes_the_place_of_what_is_gone(folder: Path, read: Corpus) -> None:
    (folder / "a.txt").unlink()
    renewed, names = again(folder, read)
    assert names == ["c.txt"]
    assert titles(renewed) == ["甲", "甲", "丁"]


def test_an_edition_that_is_left_alone_gets_the_plain_id(folder: Path, read: Corpus) -> None:
    old = next(d for d in read.documents if "-" in d.id[4:])
    (folder / "a.txt").unlink()
    (folder / "c.txt").unlink()
    renewed, names = again(folder, read)
    assert names == []
    assert old.id.startswith(renewed.documents[0].id)
    assert renewed.documents[0].text == old.text


def test_documents_of_other_code_are_all_read(folder: Path, read: Corpus) -> None:
    renewed = corpus.read_folder(folder, earlier=Earlier(read.files), task=LOGGED)
    assert renewed.documents == read.documents
    assert renewed.read == 5


def test_the_revision_follows_the_code_that_parses() -> None:
    assert len(corpus.parsing_code()) == 64
    package = Path(corpus.__file__).parent.parent
    for name in corpus._CODE:
        assert (package / name).exists(), name


# Files that break their reader ------------------------------------------------------------------


def test_a_file_that_breaks_its_reader_is_reported_and_tried_again(folder: Path) -> None:
    for name in ("a", "die", "raise", "z"):
        put(folder, f"{name}.txt", POLICY.format(name))
    found = corpus.read_folder(folder, workers=2, task="tests.reading_tasks:read")
    assert titles(found) == ["a", "z"]
    assert {p.path: p.reason.partition("，")[0] for p in found.problems} == {
        "die.txt": "读取它的程序意外中止",
        "raise.txt": "解析程序出错（LookupError）",
    }
    assert [(f.name, f.passing) for f in found.files if f.problem[0]] == [
        ("die.txt", True),
        ("raise.txt", False),
    ]
    earlier = Earlier(found.files, {d.id: d for d in found.documents})
    assert titles(corpus.read_folder(folder, earlier=earlier)) == ["a", "die", "z"]


def test_a_file_that_changes_while_it_is_read_is_read_again(folder: Path) -> None:
    put(folder, "a.txt", POLICY.format("甲"))
    put(folder, "b.txt", POLICY.format("乙"))
    found = corpus.read_folder(folder, task="tests.reading_tasks:change_and_read")
    assert [bool(file.sha256) for file in found.files] == [False, True]
    earlier = Earlier(found.files, {d.id: d for d in found.documents})
    renewed = corpus.read_folder(folder, earlier=earlier, task=LOGGED)
    assert renewed.read == 1
    assert titles(renewed) == ["己", "乙"]


def test_a_bar_is_shown_only_on_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "a.txt", POLICY.format("甲"))
    corpus.read_folder(folder)
    assert capsys.readouterr() == ("", "")
    corpus.read_folder(folder, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "读取文件" in shown.err


def test_all_give_the_same_with_processes(folder: Path, read: Corpus) -> None:
    found = corpus.read_folder(folder, workers=2)
    assert found.documents == read.documents
    assert all(isinstance(document, Document) for document in found.documents)
