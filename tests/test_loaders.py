"""Files → text by their suffix; what is refused and with which words."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from assistant.errors import UnreadableFile
from assistant.reading import loaders
from tests.laws import SEED

POLICY = "关于加快发展的意见\n\n一、总体要求\n好。"


def written(folder: Path, data: bytes | str, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_the_seed_is_read_as_it_stands() -> None:
    assert loaders.read(SEED).text.encode() == SEED.read_bytes()


def test_every_suffix_has_a_reader() -> None:
    assert len(set(loaders.SUFFIXES)) == len(loaders.SUFFIXES)
    for suffix, module in loaders.READERS.items():
        assert suffix == suffix.lower()
        assert suffix.startswith(".")
        assert callable(import_module(f"assistant.reading.formats.{module}").read)


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "文件是空的"),
        (b"", "a.pdf", "文件是空的"),
        (" \n\u3000\r\n", "a.txt", "文件是空的"),
        (b"\xef\xbb\xbf", "a.txt", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.txt", "不是文本"),
        (b"ab" * 5000 + b"\x00", "a.txt", "不是文本"),
        (POLICY.encode("utf-32"), "a.txt", "不是文本"),
        (POLICY.encode("utf-16-le"), "a.txt", "不是文本"),
        (b"\xff\xfe\x00", "a.txt", "不是文本"),
        (b"\xff" * 40, "a.md", "编码无法识别"),
        (POLICY, "a.pdf", "PDF"),
        (POLICY, "a.xyz", "不支持“.xyz”格式，请另存为.txt、"),
        (POLICY, "a", "不支持“无后缀”格式"),
    ],
)
def test_refused_with_the_file_and_the_reason(
    tmp_path: Path, data: bytes | str, name: str, reason: str
) -> None:
    with pytest.raises(UnreadableFile, match=reason) as caught:
        loaders.read(written(tmp_path, data, name))
    assert caught.value.path == name
    assert f"“{name}”" in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(UnreadableFile, match="不存在"):
        loaders.read(tmp_path / "a.txt")
    with pytest.raises(UnreadableFile, match="文件夹"):
        loaders.read(tmp_path / "b.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.pdf"])
def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(loaders.MAX_BYTES + 1)
    with pytest.raises(UnreadableFile, match="超过50 MiB"):
        loaders.read(path)


def test_the_suffix_may_be_written_large(tmp_path: Path) -> None:
    assert loaders.read(written(tmp_path, "**好**", "A.MD")).text == "好"
