"""The versions of an index on disk: a folder each, and the file CURRENT that names the one in use.

A version is written aside and named in one step, so a reader sees the old one or the new one, and
a build that is killed leaves the old one. One process builds at a time.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import IndexFileError

log = logging.getLogger(__name__)
MANIFEST = "manifest.json"  # written last: a version without it is not complete
_CURRENT, _LOCK = "CURRENT", ".lock"


def current(folder: Path) -> str:
    """The name of the version in use.

    Raises:
        IndexFileError: there is none, or the name cannot be read.
    """
    try:
        name = (folder / _CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise IndexFileError(f"索引“{folder}”还没有建立，请运行 build。") from error
    except (OSError, ValueError) as error:
        raise IndexFileError(
            f"索引“{folder}”的 CURRENT 文件无法读取，请运行 build 重建。"
        ) from error
    if not name.startswith("v-") or "/" in name:
        raise IndexFileError(f"索引“{folder}”的 CURRENT 文件已损坏，请运行 build 重建。")
    return name


def current_or_none(folder: Path) -> str:
    """The name of the version in use; '' when there is none."""
    try:
        return current(folder)
    except IndexFileError:
        return ""


def add(folder: Path, write: Callable[[Path], None]) -> str:
    """Let ``write`` fill a new version, make it the current one, and give its name.

    The one before stays for readers that still load it; older ones go. A younger one may be another
    build's that is not yet named.

    Raises:
        OSError: it cannot be written; nothing of it stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _written(folder / (current_or_none(folder) or "none"))
    aside = Path(tempfile.mkdtemp(prefix="v-", dir=folder))
    try:
        write(aside)
        pointer = folder / f".CURRENT-{aside.name}"
        pointer.write_text(aside.name, encoding="utf-8")
        pointer.replace(folder / _CURRENT)
    except OSError:  # a full disk keeps no half of a version
        shutil.rmtree(aside, ignore_errors=True)
        raise
    for old in folder.glob("v-*"):
        if old.name != aside.name and 0 < _written(old) < before:
            shutil.rmtree(old, ignore_errors=True)
    return aside.name


def remove_leftovers(folder: Path) -> None:
    """Remove what killed builds have left; only for the one that holds the lock."""
    name = current_or_none(folder)
    named = _written(folder / (name or "none"))
    for version in folder.glob("v-*"):
        if version.name != name and not 0 < _written(version) <= named:
            shutil.rmtree(version, ignore_errors=True)
    for pointer in folder.glob(".CURRENT-*"):
        pointer.unlink(missing_ok=True)


@contextmanager
def lock(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Meanwhile, no other process builds in the folder; False when one does and we do not wait.

    The lock goes with the process that holds it, however that ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # no POSIX: a version written aside is whole all the same
        yield True
        return
    with (folder / _LOCK).open("a", encoding="utf-8") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                yield False
                return
            log.warning("另一个程序正在为“%s”建立索引，等它完成后继续。", folder)
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield True


def _written(version: Path) -> int:
    """When a version was complete, in nanoseconds; 0 when it is not."""
    try:
        return (version / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0
