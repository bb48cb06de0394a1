"""Which files of a folder are documents, and when one is taken for unchanged without being read."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from assistant.errors import CorpusError
from assistant.reading import files
from assistant.reading.files import FileRecord

OLD_NS = 1_600_000_000_000_000_000


def put(folder: Path, name: str, text: str | bytes = "甲") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def age(path: Path, seconds: int = 0) -> Path:
    """Make a file old, so that its change time may be trusted."""
    os.utime(path, ns=(OLD_NS, OLD_NS + seconds * 10**9))
    return path


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files.document_files(folder)]


def test_a_missing_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="不存在"):
        files.survey(tmp_path / "none")
    put(tmp_path, "a.xyz")
    put(tmp_path, "a.yaml", "title: 甲")
    put(tmp_path, ".git/a.txt")
    put(tmp_path, ".a.txt")
    with pytest.raises(CorpusError, match="没有可读的文件"):
        files.survey(tmp_path)
    with pytest.raises(CorpusError, match="不存在"):
        files.stamp(put(tmp_path, "b.txt"))


def test_sub_folders_count_and_hidden_and_temporary_files_do_not(tmp_path: Path) -> None:
    for name in ("b.txt", "二/a.md", "二/三/C.TXT", "~$b.docx", "~b.txt", ".~lock.b.docx#", "._b.docx",
                 ".隐/a.txt", "~临时/a.txt", "b.tmp", "b.txt~"):  # fmt: skip
        put(tmp_path, name)
    (tmp_path / "folder.txt").mkdir()
    assert names(tmp_path) == ["b.txt", "二/a.md", "二/三/C.TXT"]


def test_links_do_not_lead_in_circles(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    path = put(folder, "sub/a.txt")
    (folder / "sub" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "gone.txt").symlink_to("none.txt")
    (folder / "link.txt").symlink_to(path)
    assert names(folder) == ["gone.txt", "link.txt", "self.txt", "sub/a.txt"]
    seen = {file.name: file for file in files.survey(folder).files}
    assert seen["gone.txt"].sha256 == seen["self.txt"].sha256 == "", "they are there to be reported"
    assert seen["link.txt"].sha256 == seen["sub/a.txt"].sha256 != ""


def test_what_is_no_plain_file_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(tmp_path / "s.txt"))
        assert names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root opens everything")
def test_a_folder_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    put(tmp_path, "closed/b.txt")
    (tmp_path / "closed").chmod(0)
    problems = files.survey(tmp_path).problems
    (tmp_path / "closed").chmod(0o700)
    assert [p.path for p in problems] == ["closed"]


def test_a_name_of_any_bytes_is_taken(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    try:
        path.write_text("甲", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    found = files.survey(tmp_path)
    assert len(found.fingerprint) == 64
    assert files.shown(path, tmp_path) == "\ufffd.txt"


# Unchanged --------------------------------------------------------------------------------------


def reads(path: Path, folder: Path, known: FileRecord) -> bool:
    """Whether a survey reads the file: what is known of it is false, to tell."""
    lie = FileRecord(known.name, "f" * 64, "", known.mark)
    found = next(f for f in files.survey(folder, [lie]).files if f.name == known.name)
    return found.sha256 != "f" * 64


def test_an_old_file_of_the_same_stats_is_not_read_again(tmp_path: Path) -> None:
    path = age(put(tmp_path, "a.txt"))
    (known,) = files.survey(tmp_path).files
    assert known.mark
    assert not reads(path, tmp_path, known)


def test_any_other_stat_has_it_read(tmp_path: Path) -> None:
    path = age(put(tmp_path, "a.txt", "甲"))
    (known,) = files.survey(tmp_path).files
    age(path, 1)
    assert reads(path, tmp_path, known), "another time"
    age(put(tmp_path, "a.txt", "甲乙"))
    assert reads(path, tmp_path, known), "another size"
    other = age(put(tmp_path, "b.txt", "乙"))
    other.replace(path)  # as editors save: another file of the same name, size and time
    assert reads(path, tmp_path, known), "another inode"
    age(put(tmp_path, "a.yaml", "issuer: 某局"))
    assert files.survey(tmp_path, [known]).files[0].sidecar, "a sidecar"


def test_a_file_changed_just_now_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt")
    for moment in (time.time_ns(), time.time_ns() + 10**12):
        os.utime(path, ns=(moment, moment))
        (known,) = files.survey(tmp_path).files
        assert known.sha256
        assert known.mark == ()
        assert reads(path, tmp_path, known)


# Fingerprint and stamp --------------------------------------------------------------------------


def fingerprint(folder: Path) -> str:
    return files.survey(folder).fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, "a.txt", "甲")
    put(tmp_path, "a.yaml", "source: 某网\n")
    put(tmp_path, "b.md", "乙")
    return tmp_path


def later(path: Path) -> None:
    seen = path.stat()
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1_000_000_000))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "丁"),
        ("a.yaml", "source: 别网\n"),
        ("b.yaml", "source: 某网\n"),
        ("c.txt", "丙"),
    ],
)
def test_fingerprint_and_stamp_notice_a_change(folder: Path, name: str, text: str) -> None:
    before, stamped = fingerprint(folder), files.stamp(folder)
    later(put(folder, name, text))
    assert fingerprint(folder) != before
    assert files.stamp(folder) != stamped


def test_fingerprint_and_stamp_notice_a_removal_and_a_new_name(folder: Path) -> None:
    before, stamped = fingerprint(folder), files.stamp(folder)
    (folder / "b.md").rename(folder / "c.md")
    renamed = fingerprint(folder)
    assert renamed != before
    assert files.stamp(folder) != stamped
    (folder / "c.md").unlink()
    assert fingerprint(folder) not in (before, renamed)


def test_what_does_not_belong_changes_nothing(folder: Path) -> None:
    before, stamped = fingerprint(folder), files.stamp(folder)
    put(folder, "notes.xyz", "x")
    put(folder, "~$notes.docx", "x")
    put(folder, "lonely.yaml", "title: 甲")
    put(folder, ".cache/c.txt", "x")
    assert (fingerprint(folder), files.stamp(folder)) == (before, stamped)


def test_a_touched_file_keeps_its_fingerprint(folder: Path) -> None:
    before, stamped = fingerprint(folder), files.stamp(folder)
    later(folder / "a.txt")
    assert fingerprint(folder) == before
    assert files.stamp(folder) != stamped


def test_the_fingerprint_is_that_of_names_and_bytes_wherever_they_lie(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    for path in folder.iterdir():
        put(other, path.name, path.read_bytes())
    assert fingerprint(other) == fingerprint(folder)


def test_bytes_do_not_wander_between_files(tmp_path: Path) -> None:
    one, two, joined = tmp_path / "1", tmp_path / "2", tmp_path / "3"
    put(one, "a.txt", "甲乙")
    put(one, "b.txt", "丙")
    put(two, "a.txt", "甲")
    put(two, "b.txt", "乙丙")
    put(joined, "a.txt", "甲b.txt乙丙")
    assert len({fingerprint(folder) for folder in (one, two, joined)}) == 3
