"""Files → text: encodings, what is refused and with which words, Markdown's bold and headings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.reading import loaders
from tests.laws import SEED

POLICY = "关于加快发展的意见\n\n一、总体要求\n好。"


def written(folder: Path, data: bytes | str, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_give_the_same_text(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    data = mark + POLICY.encode(encoding)
    source = loaders.read(written(tmp_path, data))
    assert source.text == POLICY
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert (source.bold, source.headings, source.keeps_bold) == ((), (), False)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_line_ends_become_one(tmp_path: Path, newline: str) -> None:
    assert loaders.read(written(tmp_path, POLICY.replace("\n", newline))).text == POLICY


def test_a_second_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    assert loaders.read(written(tmp_path, "\ufeff\ufeff" + POLICY)).text == POLICY


def test_the_seed_is_read_as_it_stands() -> None:
    assert loaders.read(SEED).text.encode() == SEED.read_bytes()


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "文件是空的"),
        (" \n\u3000\r\n", "a.txt", "文件是空的"),
        (b"\xef\xbb\xbf", "a.txt", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.txt", "不是文本"),
        (b"ab" * 5000 + b"\x00", "a.txt", "不是文本"),
        (POLICY.encode("utf-32"), "a.txt", "不是文本"),
        (POLICY.encode("utf-16-le"), "a.txt", "不是文本"),
        (b"\xff\xfe\x00", "a.txt", "不是文本"),
        (b"\xff" * 40, "a.md", "编码无法识别"),
        (POLICY, "a.pdf", "不支持“.pdf”格式"),
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


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(loaders.MAX_BYTES + 1)
    with pytest.raises(UnreadableFile, match="超过20 MiB"):
        loaders.read(path)


def test_the_suffix_may_be_written_large(tmp_path: Path) -> None:
    assert loaders.read(written(tmp_path, "**好**", "A.MD")).text == "好"


def test_markdown_marks_become_ranges(tmp_path: Path) -> None:
    raw = "# 意见\n\n## **一、要求**\n（责任单位：**市科技局**、__市财政局__，市商务局）\n#不是标题\n####### 也不是"
    source = loaders.read(written(tmp_path, raw, "a.md"))
    assert source.text == (
        "意见\n\n一、要求\n（责任单位：市科技局、市财政局，市商务局）\n#不是标题\n####### 也不是"
    )
    assert [source.text[a:b] for a, b in source.bold] == ["一、要求", "市科技局", "市财政局"]
    assert source.headings == ((0, 1), (4, 2))
    assert source.keeps_bold


def test_plain_text_keeps_its_asterisks(tmp_path: Path) -> None:
    source = loaders.read(written(tmp_path, "# 标题\n**市科技局**"))
    assert source.text == "# 标题\n**市科技局**"
    assert source.bold == ()


_WORD = st.text(alphabet="市科技局、（）一二 ", min_size=1, max_size=8).filter(
    lambda w: w.strip() == w
)
_LINE = st.tuples(st.integers(0, 6), st.lists(st.tuples(_WORD, st.booleans()), max_size=4))


@given(st.lists(_LINE, min_size=1, max_size=8))
def test_markdown_offsets_are_those_of_the_plain_text(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[tuple[int, list[tuple[str, bool]]]],
) -> None:
    raw, plain, bold, headings = "首行", "首行", [], []
    for level, words in lines:
        raw, plain = raw + "\n", plain + "\n"
        if level and words:
            headings.append((len(plain), level))
            raw += "#" * level + " "
        for word, marked in words:
            if marked:
                bold.append((len(plain), len(plain) + len(word)))
            raw += f"**{word}**·" if marked else f"{word}·"
            plain += f"{word}·"
    source = loaders.read(written(tmp_path_factory.getbasetemp(), raw, "law.md"))
    assert source.text == plain
    assert list(source.bold) == bold
    assert list(source.headings) == headings
