"""JSON Lines of questions: ``{"question", "history"}`` a row; a bad row is a value, not an end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assistant.errors import QuestionError, UnreadableFile
from assistant.faces.history import Turn, turns_of, well_formed

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One question, or what is wrong with its row."""

    question: str
    turns: tuple[Turn, ...] = ()
    error: QuestionError | None = None


def read_rows(name: str) -> Iterator[Row]:
    """The rows of a file (``-``: standard input) as they arrive; blank lines are skipped.

    Raises:
        UnreadableFile: there is no such file, at once and not at the first row.
    """
    if name == STDIN:
        return rows_of(sys.stdin.buffer)
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed behind its last row
    except FileNotFoundError as error:
        raise UnreadableFile(name, "文件不存在，请核对路径") from error
    except OSError as error:
        raise UnreadableFile(name, f"{error.strerror or error}，请检查文件权限") from error
    return _closing(file)


def _closing(file: BinaryIO) -> Iterator[Row]:
    with file:
        yield from rows_of(file)


def rows_of(lines: Iterable[bytes]) -> Iterator[Row]:
    """One Row for each line that is not blank."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield row_of(line, number)


def row_of(line: bytes, number: int) -> Row:
    """The row of a line; ``number`` is for the sentence that says what is wrong with it."""
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Row("", error=QuestionError(f"第{number}行不是有效的 JSON。"))
    question = value.get("question") if isinstance(value, dict) else None
    if not isinstance(question, str):
        return Row("", error=QuestionError(f"第{number}行应为含文字字段“question”的 JSON 对象。"))
    question = well_formed(question)
    try:
        turns = turns_of(value.get("history") or [])
    except QuestionError as error:
        return Row(question, error=QuestionError(f"第{number}行的{error}"))
    return Row(question, turns)
