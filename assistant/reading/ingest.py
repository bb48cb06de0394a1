"""Many files → documents: by several processes, and no file can stop the others.

A file that breaks its reader, kills its process or never ends is reported like any that cannot be
read. A few small texts are read here: processes would cost more than they save.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import UnreadableFile
from assistant.model import Document
from assistant.processes import Loss, Lost, Task, processors, spread
from assistant.progress import Bar
from assistant.reading.records import document_from

SECONDS_PER_FILE = 300.0
_PLAIN = frozenset({".txt", ".md"})  # read by our own code alone, which cannot crash a process
_FEW_BYTES = 2_000_000
_REASONS = {
    Loss.RAISED: "解析程序出错（{detail}），请另存为其他格式后再放入，并把这份文件告知维护人员",
    Loss.DIED: "读取它的程序意外中止，文件可能已损坏或内存不足，请另存为其他格式后再放入",
    Loss.OVERDUE: "读取超过{seconds:.0f}秒，请拆分或另存为其他格式后再放入",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file gave no document; ``passing`` when another try may go better."""

    error: UnreadableFile
    passing: bool = False


Outcome = Document | Problem


def read_files(
    task: Task,
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    seconds: float = SECONDS_PER_FILE,
    progress: bool = False,
) -> list[Outcome]:
    """What the ``task`` makes of each path, in order of the paths.

    The task takes a path and returns ``{"document": record}`` or ``{"problem": [path, reason]}``.
    ``workers`` is the number of processes, 0 for none; None chooses by the work there is.
    """
    sizes = [_size(path) for path in paths]
    order = sorted(range(len(paths)), key=lambda place: -sizes[place])  # no long one comes last
    found: list[Outcome | None] = [None] * len(paths)
    crew = crew_for(paths, sum(sizes)) if workers is None else workers
    values = [str(paths[place].absolute()) for place in order]
    results = spread(task, values, workers=crew, seconds=seconds)
    with Bar(len(paths), "读取文件", "份", shown=progress) as bar:
        for place, result in results:
            path = paths[order[place]]
            found[order[place]] = _outcome(path, result, seconds)
            bar.update()
    return [outcome for outcome in found if outcome is not None]


def crew_for(paths: Sequence[Path], size: int) -> int:
    """How many processes are worth their start: none for a few plain texts, else all there are."""
    plain = all(path.suffix.lower() in _PLAIN for path in paths)
    return 0 if plain and size < _FEW_BYTES else processors()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _outcome(path: Path, result: dict[str, Any] | Lost, seconds: float) -> Outcome:
    if isinstance(result, Lost):
        reason = _REASONS[result.loss].format(detail=result.detail, seconds=seconds)
        return Problem(UnreadableFile(path.name, reason), result.loss is not Loss.RAISED)
    if "problem" in result:
        return Problem(UnreadableFile(*result["problem"]))
    return document_from(result["document"])
