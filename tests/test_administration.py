"""Administration: taken in, replaced, withdrawn, restored; files move whole and none is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.administration.administration import Administration
from assistant.administration.uploads import Staged
from assistant.errors import AdministrationError, CorpusError, UnknownDocument, UnknownUpload
from assistant.model import Document
from assistant.progress import tell
from assistant.reading import corpus
from assistant.reading.files import FileRecord
from assistant.settings import Settings
from tests.test_uploads import TEXT, read_here

SECONDS = 20.0
OTHER = TEXT.replace("低空", "海洋").replace("3号", "4号")


class Shelf:
    """The assistant in memory: what a folder held when it was last read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.forces: list[bool] = []
        self.refresh()

    def refresh(self) -> bool:
        self.read = corpus.read_folder(self.folder, workers=0)
        return True

    def build(self, force: bool) -> None:
        self.forces.append(force)
        tell("读取文件", 1, 1)
        self.refresh()

    def files(self) -> tuple[FileRecord, ...]:
        return self.read.files

    def documents(self) -> tuple[Document, ...]:
        return self.read.documents

    def document(self, document_id: str) -> Document:
        for document in self.read.documents:
            if document.id == document_id:
                return document
        raise UnknownDocument(document_id)

    def info(self) -> dict[str, Any]:
        return {
            "documents": len(self.documents()),
            "clauses": 7,
            "encoder": "无",
            "problems": ["某"],
        }


class Desk:
    """An administration over a folder with one document."""

    def __init__(self, base: Path) -> None:
        self.corpus, self.state = base / "corpus", base / "state"
        self.corpus.mkdir()
        (self.corpus / "海洋.txt").write_text(OTHER, encoding="utf-8")
        (self.corpus / "海洋.yaml").write_text("source: 公报\n", encoding="utf-8")
        settings = Settings(corpus_dir=self.corpus, index_dir=base / "index", state_dir=self.state)
        self.shelf = Shelf(self.corpus)
        self.acts = Administration(settings, self.shelf, build=self.shelf.build, reader=read_here)

    @property
    def names(self) -> list[str]:
        """What lies in the corpus, hidden files too."""
        found = (p.relative_to(self.corpus) for p in self.corpus.rglob("*") if p.is_file())
        return sorted(p.as_posix() for p in found)

    @property
    def titles(self) -> set[str]:
        """What answers would come from."""
        assert self.acts.wait(SECONDS).error == ""
        return {d.title for d in self.shelf.documents()}

    def stage(self, text: str = TEXT, name: str = "低空.txt") -> Staged:
        return self.acts.stage(name, io.BytesIO(text.encode()))

    def id_of(self, word: str) -> str:
        return next(d.id for d in self.shelf.documents() if word in d.title)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.acts.wait(SECONDS)


LOW, SEA = "某市人民政府关于支持低空经济发展的意见", "某市人民政府关于支持海洋经济发展的意见"


def test_an_upload_is_no_part_of_the_corpus_until_it_is_accepted(desk: Desk) -> None:
    staged = desk.stage()
    assert desk.names == ["海洋.txt", "海洋.yaml"]
    assert desk.acts.accept(staged.id) == "低空.txt"
    assert desk.titles == {LOW, SEA}
    assert (desk.corpus / "低空.txt").read_text(encoding="utf-8") == TEXT
    found = desk.acts.document_of("低空.txt")
    assert found is not None
    assert found.title == LOW
    assert desk.acts.progress().file == "低空.txt"
    assert not list((desk.state / "uploads").iterdir())


def test_an_upload_is_accepted_once(desk: Desk) -> None:
    staged = desk.stage()
    desk.acts.accept(staged.id)
    with pytest.raises(UnknownUpload):
        desk.acts.accept(staged.id)


def test_what_gave_no_document_is_not_accepted(desk: Desk) -> None:
    staged = desk.acts.stage("假的.docx", io.BytesIO(b"x"))
    with pytest.raises(AdministrationError, match="无法读取"):
        desk.acts.accept(staged.id)
    assert desk.names == ["海洋.txt", "海洋.yaml"]


def test_a_copy_is_told_and_not_accepted(desk: Desk) -> None:
    staged = desk.stage(OTHER + "\n", "另一个名字.txt")
    (same,) = desk.acts.duplicates(staged)
    assert same.whole
    with pytest.raises(AdministrationError, match="已经收录"):
        desk.acts.accept(staged.id)


def test_a_name_that_is_taken_gets_a_number_and_no_foreign_sidecar(desk: Desk) -> None:
    assert desk.acts.accept(desk.stage(name="海洋.txt").id) == "海洋-2.txt"
    assert desk.titles == {LOW, SEA}
    third = TEXT.replace("低空", "林业").replace("3号", "5号")
    docx = desk.stage(third, "海洋.md")  # 海洋.yaml would otherwise be read as its own
    assert desk.acts.accept(docx.id) == "海洋-3.md"


def test_a_replaced_file_and_its_sidecar_are_kept(desk: Desk) -> None:
    newer = OTHER.replace("200个", "300个")
    staged = desk.stage(newer, "海洋.txt")
    (same,) = desk.acts.duplicates(staged)
    assert set(same.same) == {"文号", "标题"}
    assert desk.acts.accept(staged.id, same.document.id) == "海洋.txt"
    assert desk.titles == {SEA}
    assert "300个" in desk.shelf.documents()[0].text
    assert desk.names == ["海洋.txt"]
    (old,) = desk.acts.withdrawn()
    assert (old.title, old.files) == (SEA, ("海洋.txt",))
    kept = desk.state / "withdrawn" / old.name
    assert "200个" in (kept / "海洋.txt").read_text(encoding="utf-8")
    assert (kept / "海洋.yaml").exists()


def test_a_replacement_lies_where_the_old_file_lay(desk: Desk) -> None:
    (desk.corpus / "市级").mkdir()
    (desk.corpus / "海洋.txt").rename(desk.corpus / "市级" / "海洋.txt")
    desk.shelf.refresh()
    assert desk.acts.accept(desk.stage().id, desk.id_of("海洋")) == "市级/低空.txt"


def test_there_must_be_something_to_replace(desk: Desk) -> None:
    staged = desk.stage()
    with pytest.raises(UnknownDocument):
        desk.acts.accept(staged.id, "../../etc")
    assert desk.acts.staged(staged.id) == staged
    assert desk.names == ["海洋.txt", "海洋.yaml"]


def test_withdrawn_and_restored_the_corpus_is_as_it_was(desk: Desk) -> None:
    desk.acts.accept(desk.stage().id)
    assert desk.titles == {LOW, SEA}
    before = {name: (desk.corpus / name).read_bytes() for name in desk.names}
    put = desk.acts.withdraw(desk.id_of("海洋"))
    assert desk.titles == {LOW}
    assert desk.names == ["低空.txt"]
    assert [w.name for w in desk.acts.withdrawn()] == [put.name]
    assert desk.acts.restore(put.name) == ("海洋.txt",)
    assert desk.titles == {LOW, SEA}
    assert {name: (desk.corpus / name).read_bytes() for name in desk.names} == before
    assert not desk.acts.withdrawn()


def test_a_restored_file_does_not_overwrite_what_has_its_name_now(desk: Desk) -> None:
    desk.acts.accept(desk.stage().id)
    assert desk.titles == {LOW, SEA}
    put = desk.acts.withdraw(desk.id_of("海洋"))
    assert desk.titles == {LOW}
    (desk.corpus / "海洋.txt").write_text(TEXT.replace("低空", "林业"), encoding="utf-8")
    assert desk.acts.restore(put.name) == ("海洋-2.txt",)
    assert "source" in (desk.corpus / "海洋-2.yaml").read_text(encoding="utf-8")
    assert len(desk.titles) == 3


def test_a_document_goes_with_its_copies(desk: Desk) -> None:
    desk.acts.accept(desk.stage().id)
    (desk.corpus / "副本").mkdir()
    (desk.corpus / "副本" / "海洋.txt").write_text(OTHER, encoding="utf-8")
    desk.acts.wait(SECONDS)
    desk.shelf.refresh()
    put = desk.acts.withdraw(desk.id_of("海洋"))
    assert set(put.files) == {"海洋.txt", "副本/海洋.txt"}
    assert desk.titles == {LOW}
    assert set(desk.acts.restore(put.name)) == {"海洋.txt", "副本/海洋.txt"}


def test_a_sidecar_that_another_file_shares_stays_for_it(desk: Desk) -> None:
    (desk.corpus / "海洋.md").write_text(TEXT, encoding="utf-8")
    desk.shelf.refresh()
    desk.acts.withdraw(desk.id_of("海洋"))
    desk.acts.wait(SECONDS)
    assert desk.names == ["海洋.md", "海洋.yaml"]


def test_the_last_document_cannot_be_withdrawn(desk: Desk) -> None:
    with pytest.raises(AdministrationError, match="唯一"):
        desk.acts.withdraw(desk.id_of("海洋"))
    assert desk.names == ["海洋.txt", "海洋.yaml"]


def test_what_has_already_gone_is_said(desk: Desk) -> None:
    desk.acts.accept(desk.stage().id)
    assert desk.titles == {LOW, SEA}
    (desk.corpus / "海洋.txt").unlink()
    with pytest.raises(AdministrationError, match="已不在文件夹中"):
        desk.acts.withdraw(desk.id_of("海洋"))


@pytest.mark.parametrize("name", ["", ".", "..", "../corpus", "no-such", "a/b"])
def test_only_what_was_withdrawn_can_be_restored(desk: Desk, name: str) -> None:
    with pytest.raises(AdministrationError, match="没有这份撤下的文件"):
        desk.acts.restore(name)
    assert desk.names == ["海洋.txt", "海洋.yaml"]


def test_a_folder_put_there_by_hand_can_be_restored_too(desk: Desk) -> None:
    folder = desk.state / "withdrawn" / "手放的"
    folder.mkdir(parents=True)
    (folder / "低空.txt").write_text(TEXT, encoding="utf-8")
    (found,) = desk.acts.withdrawn()
    assert (found.title, found.at) == ("手放的", None)
    desk.acts.restore("手放的")
    assert desk.titles == {LOW, SEA}


def test_a_disk_that_refuses_loses_nothing(desk: Desk) -> None:
    staged = desk.stage()
    (desk.state / "withdrawn").write_text("in the way", encoding="utf-8")
    with pytest.raises(AdministrationError, match="无法写入"):
        desk.acts.accept(staged.id, desk.id_of("海洋"))
    assert desk.names == ["海洋.txt", "海洋.yaml"]  # nor a half of the new one
    assert desk.acts.staged(staged.id) == staged


def test_a_build_can_be_asked_for_and_fail(desk: Desk) -> None:
    desk.acts.rebuild(force=True)
    assert desk.acts.wait(SECONDS).error == ""
    assert desk.shelf.forces == [True]
    (desk.corpus / "海洋.txt").unlink()
    desk.acts.rebuild()
    with pytest.raises(CorpusError):
        desk.shelf.refresh()
    assert "没有可读的文件" in desk.acts.wait(SECONDS).error


def test_the_health_is_that_of_the_index(desk: Desk) -> None:
    health = desk.acts.health()
    assert (health.documents, health.clauses, health.problems) == (1, 7, ("某",))
    assert health.built is None
    assert desk.acts.document_of("没有.txt") is None
