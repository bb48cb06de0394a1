"""Workers that do nothing, and end as a test wants: ``python -m tests.worker_lives FOLDER``.

A file of the folder says what becomes of a worker; one that is ready leaves a file with its place
and its number there.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from assistant.errors import PolicyAssistantError, SettingsError
from assistant.faces.workers import Ready, Workers

STOP_SECONDS = 1.0


def live(folder: Path, place: int, ready: Ready) -> None:
    """The life of the worker in a place."""
    over = threading.Event()
    if (folder / f"wrong-{place}").exists():
        raise SettingsError("设置 X 的值不可用。")
    if (folder / f"dies-{place}").exists():
        os._exit(7)
    if (folder / f"stubborn-{place}").exists():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: over.set())
    (folder / f"up-{place}-{os.getpid()}").write_text(os.environ["OF_WORKERS"])
    if not (folder / f"slow-{place}").exists():
        ready()
    over.wait()


def main(folder: Path) -> int:
    """Two of them, until a signal comes; 1 when they cannot begin."""
    logging.basicConfig(level=logging.INFO)
    workers = Workers(
        partial(live, folder),
        2,
        stop_seconds=STOP_SECONDS,
        environment={"OF_WORKERS": "yes"},
        begun=(folder / "begun").touch,
        gone=lambda pid: (folder / f"gone-{pid}").touch(),
    )
    try:
        workers.run()
    except PolicyAssistantError as error:
        (folder / "error").write_text(f"{type(error).__name__} {error}", encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
