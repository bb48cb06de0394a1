"""Uploads: names that cannot do harm, sizes held to, a reader in a process of its own, duplicates."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.administration.uploads import (
    KEPT_SECONDS,
    Staged,
    Uploads,
    duplicates,
    read_apart,
    safe_name,
)
from assistant.errors import AdministrationError, TooLargeUpload, UnknownUpload, UnreadableFile
from assistant.reading import corpus
from assistant.reading.files import FileRecord
from assistant.reading.ingest import Outcome, Problem
from tests.fakes import make_document

TEXT = """某市人民政府关于支持低空经济发展的意见
某政发〔2025〕3号

各区县人民政府：
为支持低空经济发展，提出以下意见。
一、建设起降设施。建成起降点200个。（责任单位：市交通运输局）
二、培育应用场景。开展无人机配送。（责任单位：市商务局）

某市人民政府
2025年3月1日
"""


def read_here(path: Path) -> Outcome:
    """What the corpus reads, without a process of its own."""
    try:
        return corpus.read_document(path)
    except UnreadableFile as error:
        return Problem(error)


def uploads(folder: Path, limit_mib: int = 1) -> Uploads:
    return Uploads(folder / "uploads", limit_mib, read_here)


def given_text(text: str = TEXT) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_an_upload_is_read_and_kept_until_it_is_thrown_away(tmp_path: Path) -> None:
    held = uploads(tmp_path)
    staged = held.add("低空.txt", given_text())
    assert staged.document is not None
    assert staged.document.doc_number == "某政发〔2025〕3号"
    assert staged.size == len(TEXT.encode())
    assert uploads(tmp_path).get(staged.id) == staged  # another process, after a restart
    held.discard(staged.id)
    with pytest.raises(UnknownUpload):
        held.get(staged.id)
    assert not list((tmp_path / "uploads").iterdir())


def test_what_cannot_be_read_is_kept_with_the_reason(tmp_path: Path) -> None:
    staged = uploads(tmp_path).add("假的.docx", io.BytesIO(b"not a zip"))
    assert staged.document is None
    assert "假的.docx" in staged.problem
    assert uploads(tmp_path).get(staged.id).problem == staged.problem


def test_a_classified_document_is_refused(tmp_path: Path) -> None:
    staged = uploads(tmp_path).add("a.txt", given_text("机密★1年\n" + TEXT))
    assert staged.document is None
    assert staged.problem


def test_a_reader_of_its_own_process_reads_the_same(tmp_path: Path) -> None:
    apart = Uploads(tmp_path / "apart", 1).add("a.txt", given_text())
    assert apart.document == uploads(tmp_path).add("a.txt", given_text()).document


def test_a_file_that_kills_its_reader_kills_no_more(tmp_path: Path) -> None:
    path = tmp_path / "die.txt"
    path.write_text(TEXT, encoding="utf-8")
    outcome = read_apart(path, "tests.reading_tasks:read")
    assert isinstance(outcome, Problem)
    assert "意外中止" in str(outcome.error)


def test_a_file_over_the_limit_is_refused_and_nothing_stays(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(TooLargeUpload, match="1 MiB"):
        uploads(tmp_path).add("a.txt", endless)  # type: ignore[arg-type]
    assert endless.read_bytes <= 3 * 1024 * 1024
    assert not list((tmp_path / "uploads").iterdir())


def test_a_file_of_just_the_limit_is_taken(tmp_path: Path) -> None:
    data = TEXT.encode() + b"\n" * (1024 * 1024 - len(TEXT.encode()))
    assert uploads(tmp_path).add("a.txt", io.BytesIO(data)).size == 1024 * 1024


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdministrationError, match="空"):
        uploads(tmp_path).add("a.txt", io.BytesIO())


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(AdministrationError, match="无法写入"):
        uploads(tmp_path).add("a.txt", given_text())


@pytest.mark.parametrize("own", ["", "..", "../../etc", "a" * 31, "G" * 32, "a" * 32, "０" * 32])
def test_what_is_no_upload_is_not_found(tmp_path: Path, own: str) -> None:
    with pytest.raises(UnknownUpload):
        uploads(tmp_path).get(own)


def test_what_nobody_accepts_is_thrown_away_in_the_end(tmp_path: Path) -> None:
    held = uploads(tmp_path)
    old = held.add("a.txt", given_text())
    long_ago = time.time() - KEPT_SECONDS - 1
    os.utime(old.path.parent, (long_ago, long_ago))
    new = held.add("b.txt", given_text())
    assert held.get(new.id) == new
    with pytest.raises(UnknownUpload):
        held.get(old.id)


# Names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("文件.docx", "文件.docx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\通知.DOCX", "通知.docx"),
        (".hidden.txt", "hidden.txt"),
        ("~$lock.docx", "$lock.docx"),
        ("a\x00b\n.txt", "ab.txt"),
        ("a<b>|?.pdf", "ab.pdf"),
        ("....txt", "上传的文件.txt"),
        ("x\u202egnp.txt", "xgnp.txt"),
        ("a.b.docx", "a.b.docx"),
    ],
)
def test_a_name_is_made_safe(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


@pytest.mark.parametrize("sent", ["", "a", "a.exe", "a.yaml", "a.docx/", ".txt.zip", "a.docx.exe"])
def test_a_file_of_another_format_is_refused(sent: str) -> None:
    with pytest.raises(AdministrationError, match="格式"):
        safe_name(sent)


@given(st.text(max_size=300), st.sampled_from([".txt", ".DOCX", ".pdf"]))
def test_no_name_leaves_its_folder(sent: str, suffix: str) -> None:
    name = safe_name(sent + suffix)
    path = Path("/folder") / name
    assert path.parent == Path("/folder")
    assert not name.startswith((".", "~"))
    assert len(name.encode()) < 200
    assert path.suffix == suffix.lower()
    assert safe_name(name) == name


# Duplicates -------------------------------------------------------------------------------------


def waiting(**changed: str) -> Staged:
    document = replace(make_document(), id="new", **changed)  # type: ignore[arg-type]
    return Staged("a" * 32, Path("a.txt"), "f" * 64, 1, document)


def test_the_same_words_number_or_title_are_told() -> None:
    old = make_document()
    (whole,) = duplicates(waiting(text=old.text.replace("\n", "\n\n")), [old], ())
    assert whole.whole
    (number,) = duplicates(waiting(text="x", title="y", doc_number="淄政字[2022]40号"), [old], ())
    assert number.same == ("文号",)
    (title,) = duplicates(waiting(text="x", doc_number=""), [old], ())
    assert title.same == ("标题",)
    assert not duplicates(waiting(text="x", title="y", doc_number=""), [old], ())


def test_the_same_bytes_are_the_same_file() -> None:
    old = make_document()
    record = FileRecord("a.docx", "f" * 64, document_id=old.id)
    (found,) = duplicates(waiting(text="x", title="y", doc_number=""), [old], [record])
    assert found.whole


def test_documents_without_a_number_do_not_share_it() -> None:
    old = replace(make_document(), doc_number="", title="别的")
    assert not duplicates(waiting(text="x", doc_number=""), [old], ())


def test_what_gave_no_document_repeats_nothing() -> None:
    staged = Staged("a" * 32, Path("a.txt"), "f" * 64, 1, None, "不可读")
    assert not duplicates(staged, [make_document()], ())
