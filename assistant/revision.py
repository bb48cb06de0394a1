"""Which code runs: the version of the product, and a hash over source files for what it makes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__version__ = "0.1.0"  # of the product
_PACKAGE = Path(__file__).resolve().parent


@cache
def revision(*places: str) -> str:
    """SHA-256 over the files of the package at the places: files, or folders with all below them.

    It changes with any of them, also where the change is only in a comment.
    """
    digest = hashlib.sha256()
    for place in places:
        path = _PACKAGE / place
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(f"{file.relative_to(_PACKAGE).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
