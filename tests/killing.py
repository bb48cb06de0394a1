"""``python -m tests.killing FOLDER``: kill a build at every file operation it makes; say what is left.

The folder holds a corpus and an index of what it was before. Each build runs in a process of its
own that is killed (SIGKILL) by itself when it comes to its n-th operation that changes the folder
(making, renaming or removing a file), for every n until one comes to its end. After each, a line on
stdout: n, whether it was killed, and the titles of the documents in the index that serves. Processes
are forked before anything starts a thread.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

# Imported now, so that each fork has them.
import bm25s  # noqa: F401
import faiss  # noqa: F401

from assistant.indexing.building import configured_encoder, open_index
from assistant.indexing.index import Index
from assistant.settings import Settings
from assistant.text import warm
from tests.policies import settings_for

OPERATIONS = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"})


def build_until(settings: Settings, folder: str, limit: int) -> None:
    """Build; be killed at the operation of this number."""
    seen = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event == "open" and int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in OPERATIONS) and str(arguments[0]).startswith(folder):
            seen += 1
            if seen == limit:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    open_index(settings, configured_encoder(settings))


def serving(settings: Settings) -> None:
    """Write the titles of the current index to stdout."""
    titles = [document.title for document in Index.load(settings.index_dir).documents]
    os.write(1, json.dumps(titles).encode())


def forked(work: str, settings: Settings, folder: str, limit: int) -> int:
    """Do the work in a fork; its exit status, or minus the signal that killed it."""
    pid = os.fork()
    if pid == 0:
        if work == "build":
            build_until(settings, folder, limit)
        else:
            serving(settings)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(folder: str) -> None:
    """One line for each kill, the last for the build that came to its end."""
    settings = settings_for(Path(folder))
    warm()
    limit, status = 0, -1
    while status != 0:
        limit += 1
        status = forked("build", settings, folder, limit)
        os.write(1, f"{limit}\t{status}\t".encode())
        forked("serve", settings, folder, 0)
        os.write(1, b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
