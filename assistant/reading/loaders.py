"""A document file → Source, by its suffix. The only opener of document files."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from assistant.errors import UnreadableFile
from assistant.reading.source import Source

READERS = {
    ".txt": "plain",
    ".md": "markdown",
    ".html": "webpage",
    ".htm": "webpage",
    ".docx": "word",
    ".pdf": "pdf",
    ".ofd": "ofd",
    ".doc": "libreoffice",
    ".wps": "libreoffice",
}
SUFFIXES = tuple(READERS)
MAX_BYTES = 50 * 1024 * 1024


def read(path: Path) -> Source:
    """Read one document file.

    Raises:
        UnreadableFile: the format is unknown, the file is empty, too large, broken, encrypted,
            without text, or locked.
    """
    suffix = path.suffix.lower()
    if suffix not in READERS:
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
    if not data:
        raise UnreadableFile(path.name, "文件是空的")
    source: Source = import_module(f"assistant.reading.formats.{READERS[suffix]}").read(
        data, path.name
    )
    return source
