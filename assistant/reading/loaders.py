"""A file → its text with bold runs and heading marks. The only reader of document files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UnreadableFile
from assistant.model import Range

SUFFIXES = (".txt", ".md")
MAX_BYTES = 20 * 1024 * 1024
_HEADING = re.compile(r"^(#{1,6})[ \t\u3000]+")
_BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__")


@dataclass(frozen=True, slots=True)
class Source:
    """The plain text of one file.

    ``bold`` are ranges of ``text``; ``headings`` maps the offset of a line to its heading level
    (1–6) where the format marks headings; ``keeps_bold`` says whether the format can carry bold
    at all, so that its absence means something.
    """

    text: str
    sha256: str
    bold: tuple[Range, ...] = ()
    headings: tuple[tuple[int, int], ...] = ()
    keeps_bold: bool = False


def read(path: Path) -> Source:
    """Read one document file.

    Raises:
        UnreadableFile: the format is unknown, the file is empty, too large, not text, or locked.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = "、".join(SUFFIXES)
        raise UnreadableFile(path.name, f"不支持“{suffix or '无后缀'}”格式，请另存为{known}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFile(path.name, f"超过{MAX_BYTES // 1024**2} MiB，请拆分后再放入")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFile(path.name, "文件不存在，请核对路径") from error
    except IsADirectoryError as error:
        raise UnreadableFile(path.name, "这是文件夹，请指定其中的文件") from error
    except OSError as error:
        raise UnreadableFile(path.name, f"{error.strerror or error}，请检查文件权限") from error
    text = _decode(data, path.name)
    digest = hashlib.sha256(data).hexdigest()
    if suffix == ".md":
        return _markdown(text, digest)
    return Source(text, digest)


def _decode(data: bytes, name: str) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ("utf-16",) if wide else ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            raise UnreadableFile(name, "文件是空的")
        return text
    if b"\x00" in data:
        raise UnreadableFile(name, "内容不是文本，请确认它是纯文本文件")
    raise UnreadableFile(name, "编码无法识别，请另存为 UTF-8 文本")


def _markdown(raw: str, digest: str) -> Source:
    lines: list[str] = []
    bold: list[Range] = []
    headings: list[tuple[int, int]] = []
    offset = 0
    for line in raw.split("\n"):
        mark = _HEADING.match(line)
        if mark:
            headings.append((offset, len(mark.group(1))))
            line = line[mark.end() :]
        plain, end = "", 0
        for match in _BOLD.finditer(line):
            plain += line[end : match.start()]
            inner = match.group(1) or match.group(2)
            bold.append((offset + len(plain), offset + len(plain) + len(inner)))
            plain += inner
            end = match.end()
        plain += line[end:]
        lines.append(plain)
        offset += len(plain) + 1
    return Source("\n".join(lines), digest, tuple(bold), tuple(headings), keeps_bold=True)
