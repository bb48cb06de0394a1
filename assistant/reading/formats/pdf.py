"""PDF (.pdf) with a text layer, read in a process of its own with limits of time and memory."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence

from assistant.errors import UnreadableFile
from assistant.reading.source import Source

MAX_SECONDS = 120.0
_CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from assistant.reading.formats.pdf_text import main
main()
"""


def read(data: bytes, name: str, *, seconds: float = MAX_SECONDS) -> Source:
    """The words of a PDF with its bold runs and tables, without headers, footers, page numbers.

    Raises:
        UnreadableFile: broken, encrypted, too large, longer than ``seconds``, a scan, or its
            characters have no meaning.
    """
    command = [sys.executable, "-c", _CHILD, json.dumps([str(place) for place in sys.path])]
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and words
            command, input=data, capture_output=True, timeout=seconds, check=True
        )
        answer = json.loads(child.stdout)
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(
            name, f"{seconds:.0f}秒内没有读完，内容异常复杂，请另存为新的 PDF 或拆分后再放入"
        ) from error
    except (subprocess.CalledProcessError, ValueError) as error:
        raise UnreadableFile(
            name, "内容异常，读取时中断，请用原文件重新导出 PDF 后再放入"
        ) from error
    if "refused" in answer:
        raise UnreadableFile(name, answer["refused"])
    return Source(
        answer["text"],
        hashlib.sha256(data).hexdigest(),
        bold=_ranges(answer["bold"]),
        tables=tuple(_ranges(table) for table in answer["tables"]),
        keeps_bold=bool(answer["bold"]),
    )


def _ranges(pairs: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((first, last) for first, last in pairs)
