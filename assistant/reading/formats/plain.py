"""Plain text (.txt) in UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

import hashlib

from assistant.errors import UnreadableFile
from assistant.reading.hard_wraps import unwrap
from assistant.reading.source import Source


def read(data: bytes, name: str) -> Source:
    """The text with LF as its only line end, and without hard wraps inside sentences.

    Raises:
        UnreadableFile: empty, not text, or of an unknown encoding.
    """
    return Source(unwrap(decode(data, name)), hashlib.sha256(data).hexdigest())


def decode(data: bytes, name: str) -> str:
    """The text of a text file.

    Raises:
        UnreadableFile: empty, not text, or of an unknown encoding.
    """
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
