"""Tasks for worker processes that do what a broken reader does: raise, die, hang."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from assistant.reading.corpus import file_outcome


def double(value: int) -> int:
    """Twice the value, said on stdout too, where it must do no harm; and stdin is empty."""
    sys.stdout.write("said\n")
    assert sys.stdin.read() == ""
    return 2 * value


def act(value: str) -> str:
    """Do what the value says."""
    if "raise" in value:
        raise LookupError(value)
    if "die" in value:
        os.kill(os.getpid(), signal.SIGKILL)
    if "exit" in value:
        os._exit(0)
    if "hang" in value:
        time.sleep(600)
    return value


def read(path: str) -> dict[str, Any]:
    """A file's outcome, unless its name says otherwise."""
    act(Path(path).name)
    return file_outcome(path)


def log_and_read(path: str) -> dict[str, Any]:
    """A file's outcome, and a line in ``read.log`` beside the corpus."""
    file = Path(path)
    with (file.parent.parent / "read.log").open("a", encoding="utf-8") as log:
        log.write(f"{file.name}\n")
    return file_outcome(path)


def change_and_read(path: str) -> dict[str, Any]:
    """A file's outcome; ``a.txt`` is another when it has been read."""
    found = file_outcome(path)
    file = Path(path)
    if file.name == "a.txt":
        file.write_text(file.read_text(encoding="utf-8").replace("甲", "己"), encoding="utf-8")
    return found
