"""A PostgreSQL of this machine, started for a test file on a free port and ended with it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

SECONDS = 60.0  # for a command of PostgreSQL; a start takes one
_OWNER = "nobody"  # PostgreSQL refuses to run as root
_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB")
_numbers = count(1)


class Server:
    """One cluster; each test gets a schema of its own."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self._programs, self._folder, self._port = programs, folder, port
        self._data = folder / "data"
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(folder, _OWNER)
            self._as = {"user": _OWNER, "group": pwd.getpwnam(_OWNER).pw_gid, "extra_groups": ()}

    def make(self) -> None:
        """Make the cluster."""
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "ledger", "-E", "UTF8", "-N")

    def start(self) -> None:
        """Listen, on the loopback and on a socket in the folder."""
        places = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}")
        options = " ".join(f"-c {told}" for told in (*places, f"port={self._port}", *_FAST))
        log = self._folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """End it; ``immediate`` is what a crash is like."""
        self._run("pg_ctl", "stop", "-w", "-D", self._data, "-m", mode)

    def kill(self) -> None:
        """End it whether or not it runs."""
        self._run("pg_ctl", "stop", "-D", self._data, "-m", "immediate", check=False)

    def connect(self, **more: Any) -> Any:
        """A connection of psycopg's own, which commits by itself."""
        import psycopg

        return psycopg.connect(
            host="127.0.0.1",
            port=self._port,
            user="ledger",
            dbname="postgres",
            autocommit=True,
            **more,
        )

    def address(self) -> str:
        """An empty schema, as LEDGER_URL names it."""
        name = f"test{next(_numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        place = f"127.0.0.1:{self._port}/postgres?options=-csearch_path%3D{name}"
        return f"postgresql+psycopg://ledger@{place}"

    def _run(self, program: str, *arguments: str | Path, check: bool = True) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=check,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=SECONDS,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **self._as,
        )


@contextmanager
def running() -> Iterator[Server]:
    """A server while it runs; the test is skipped, with the reason, where there is none."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine (apt-get install postgresql)")
    with TemporaryDirectory(prefix="postgres-") as folder:  # short: a socket's path has a limit
        server = Server(programs, Path(folder), _free_port())
        try:
            server.make()
            server.start()
            yield server
        finally:
            server.kill()


def _programs() -> Path | None:
    """Where initdb is; Debian keeps it out of the PATH, by version."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    by_version = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))],
    )
    return by_version[-1].parent if by_version else None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
