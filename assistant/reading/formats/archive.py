"""Safe reading of the zip containers of XML that .docx and .ofd are.

Nothing is unpacked before its size is known, and no XML is believed that declares entities or
nests without end: a file from outside cannot take more memory or time than the limits here.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from xml.etree import ElementTree

from assistant.errors import UnreadableFile

MAX_MEMBERS = 10_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_XML = 64 * 1024 * 1024
MAX_ELEMENTS = 2_000_000
MAX_DEPTH = 200
_RATIO_COUNTS_FROM = 1024 * 1024
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = "文件已损坏，请重新获取或另存一份"

Element = ElementTree.Element


def members(data: bytes, name: str) -> zipfile.ZipFile:
    """The opened container, after its directory promised no more than the limits allow.

    ``zipfile`` stops at the size that the directory gives, so a member cannot unpack to more than
    was checked here. Read members with ``part`` and ``tree``.

    Raises:
        UnreadableFile: not a zip, broken, encrypted, or it would unpack to too much.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFile(name, "文件已损坏或不是压缩包格式，请重新获取或另存一份") from error
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise UnreadableFile(name, f"压缩包内文件超过{MAX_MEMBERS}个，请另存一份再放入")
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise UnreadableFile(name, "文件已加密，请先取消密码")
    if any(info.compress_type not in _METHODS for info in infos):
        raise UnreadableFile(name, "压缩方式无法识别，请另存一份再放入")
    too_much = sum(info.file_size for info in infos) > MAX_UNPACKED
    if too_much or any(_is_bomb(info) for info in infos):
        raise UnreadableFile(name, "解压后内容异常庞大，请确认来源并另存一份再放入")
    return archive


def part(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """The unpacked bytes of one member, checked against its CRC.

    Raises:
        UnreadableFile: it is missing or broken.
    """
    try:
        return archive.read(member)
    except KeyError as error:
        raise UnreadableFile(name, f"文件不完整，缺少{member}，请重新获取或另存一份") from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableFile(name, BROKEN) from error


def tree(archive: zipfile.ZipFile, member: str, name: str) -> Element:
    """The root of an XML member; tags and attributes stand without their namespaces.

    Raises:
        UnreadableFile: it is missing, broken, too large, too deep, or declares a DTD.
    """
    data = part(archive, member, name)
    if len(data) > MAX_XML:
        raise UnreadableFile(name, f"{member}超过{MAX_XML // 1024**2} MiB，请拆分后再放入")
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Builder(name), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise UnreadableFile(name, "含有不允许的 DTD 声明，请另存一份再放入") from error
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableFile(name, BROKEN) from error
    return root


class _Builder(ElementTree.TreeBuilder):
    """Builds elements with local names, within the limits."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.count = self.depth = 0

    def start(self, tag: str, attrs: Mapping[str, str]) -> Element:
        """Open an element."""
        self.count += 1
        self.depth += 1
        if self.count > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise UnreadableFile(self.name, "内容异常庞大或嵌套过深，请确认来源并另存一份再放入")
        local = {_local(key): value for key, value in attrs.items()} if attrs else {}
        return super().start(_local(tag), local)

    def end(self, tag: str) -> Element:
        """Close the element that is open."""
        self.depth -= 1
        return super().end(tag)


@lru_cache(maxsize=4096)
def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    large = info.file_size > _RATIO_COUNTS_FROM
    return large and info.file_size > MAX_RATIO * max(info.compress_size, 1)
