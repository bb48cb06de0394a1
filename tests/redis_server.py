"""A Redis of Debian on a socket of its own, for the tests of one file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Its address; the test is skipped where there is no Redis."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server on this machine (apt-get install redis-server)")
    address = folder / "redis.sock"
    process = subprocess.Popen(
        [server, "--port", "0", "--unixsocket", str(address), "--dir", str(folder), "--save", ""],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:  # ends with the process
        if "ready to accept connections" in line.lower():
            break
    try:
        yield f"unix://{address}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
