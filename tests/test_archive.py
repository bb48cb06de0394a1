"""Containers that are refused before, and while, they are unpacked."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.reading.formats import archive
from tests.office import packed

MIB = 1024 * 1024


def refused(data: bytes, because: str) -> None:
    with pytest.raises(UnreadableFile) as raised:
        archive.members(data, "a.docx")
    assert because in raised.value.reason
    assert not raised.value.reason.endswith("。")


def claiming(size: int, packed_size: int) -> bytes:
    """A zip whose directory claims these sizes for its one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("a", b"x")
        made.infolist()[0].file_size = size
        made.infolist()[0].compress_size = packed_size
    return stream.getvalue()


def root(words: bytes) -> archive.Element:
    return archive.tree(archive.members(packed({"a.xml": words}), "a"), "a.xml", "a.docx")


def test_members_are_read() -> None:
    opened = archive.members(packed({"a.xml": b"<a/>", "b": b"two"}), "a.docx")
    assert opened.namelist() == ["a.xml", "b"]
    assert archive.part(opened, "b", "a.docx") == b"two"


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7", b"PK\x03\x04" + b"\x00" * 50])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    refused(data, "不是压缩包")


def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(packed({"a": b"secret"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    refused(bytes(data), "文件已加密，请先取消密码")


def test_an_unusual_compression_is_refused() -> None:
    refused(packed({"a": b"x"}, zipfile.ZIP_BZIP2), "压缩方式")


def test_too_many_members_are_refused() -> None:
    archive.members(packed(dict.fromkeys(map(str, range(archive.MAX_MEMBERS)), b"")), "a")
    refused(packed(dict.fromkeys(map(str, range(archive.MAX_MEMBERS + 1)), b"")), "超过10000个")


def test_a_bomb_is_refused_by_its_total() -> None:
    archive.members(claiming(archive.MAX_UNPACKED, 50 * MIB), "a")
    refused(claiming(archive.MAX_UNPACKED + 1, 50 * MIB), "异常庞大")


def test_a_bomb_is_refused_by_its_ratio() -> None:
    refused(packed({"a": bytes(3 * MIB)}), "异常庞大")
    archive.members(packed({"a": bytes(MIB)}), "a")  # small ones may be as empty as they like


def test_a_member_gives_no_more_than_the_directory_claims() -> None:
    data = bytearray(packed({"a": bytes(MIB)}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(UnreadableFile, match="损坏"):
        archive.part(archive.members(bytes(data), "a"), "a", "a")


def test_a_missing_and_a_broken_member_are_refused() -> None:
    opened = archive.members(packed({"a": b"x" * 100}), "a")
    with pytest.raises(UnreadableFile, match="缺少b"):
        archive.part(opened, "b", "a")
    broken = bytearray(packed({"a": b"words" * 20}, zipfile.ZIP_STORED))
    broken[60] ^= 1
    with pytest.raises(UnreadableFile, match="损坏"):
        archive.part(archive.members(bytes(broken), "a"), "a", "a")


def test_xml_has_local_names() -> None:
    made = root(b'<w:a xmlns:w="urn:w" w:val="1"><w:b w:val="2">x</w:b></w:a>')
    assert (made.tag, made.get("val")) == ("a", "1")
    child = made.find("b")
    assert child is not None
    assert (child.get("val"), child.text) == ("2", "x")


LAUGHS = (
    b"""<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>"""
)
EXTERNAL = b"""<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>"""


@pytest.mark.parametrize("words", [LAUGHS, EXTERNAL, b"<!DOCTYPE a><a/>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_declaration_is_refused(words: bytes, encoding: str) -> None:
    with pytest.raises(UnreadableFile, match="DTD"):
        root(words.decode().encode(encoding))


@pytest.mark.parametrize(
    "words",
    [b"", b"<a>", b"<a></b>", b"text", b"<a>&none;</a>", b'<?xml encoding="x"?>', b"\xff<a/>"],
)
def test_broken_xml_is_refused(words: bytes) -> None:
    with pytest.raises(UnreadableFile, match="损坏"):
        root(words)


def test_xml_without_end_is_refused() -> None:
    deepest = archive.MAX_DEPTH
    assert root(b"<a>" * deepest + b"</a>" * deepest).tag == "a"
    with pytest.raises(UnreadableFile, match="嵌套过深"):
        root(b"<a>" * (deepest + 1) + b"</a>" * (deepest + 1))


@given(st.binary(max_size=200), st.integers(0, 120), st.integers(0, 120))
def test_no_bytes_are_a_crash(extra: bytes, start: int, length: int) -> None:
    data = packed({"a.xml": b"<a><b>x</b></a>"})
    mixed = data[:start] + extra + data[start + length :]
    with suppress(UnreadableFile):
        opened = archive.members(mixed, "a")
        for member in opened.namelist():
            archive.tree(opened, member, "a")
