"""The API in processes of its own: a bare route, the API alone, the product.

``bare`` returns one answer of the product byte for byte and looks nothing up. ``open`` is the
application of the API alone, with a ledger that keeps nothing; ``ledger`` is the same with a ledger
on disk. The others are ``python -m assistant serve`` (pages, logs, metrics, everything): ``served``
asks for no key and counts nothing, ``auth`` asks for a key, ``full`` also counts the calls of each,
with limits that are never reached. Everything listens on the loopback address.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.benchmarks.api_apps import BARE, LEDGER, OPEN
from tests.benchmarks.processes import Failed, cpu_seconds, stop
from tests.benchmarks.reporting import ROOT
from tests.benchmarks.web_servers import START, free_port, resident_mib, status
from tests.wechat_side import APP_ID, KEY, TOKEN

SERVED, AUTH, FULL = "served", "auth", "full"
STEPS = (BARE, OPEN, LEDGER, SERVED, AUTH, FULL)  # each does more than the one before it

_PLENTY = "1000000/minute"
_WECHAT = {
    "WECHAT_MP_TOKEN": TOKEN,
    "WECHAT_MP_APP_ID": APP_ID,
    "WECHAT_MP_AES_KEY": KEY,
    "WECHAT_MP_ENCRYPTED_ONLY": "true",
}
_UNLIMITED = {"RATE_LIMIT_KEY": "none", "RATE_LIMIT_USER": "none"}
ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    BARE: {},
    OPEN: _WECHAT,
    LEDGER: _WECHAT,
    SERVED: {**_WECHAT, **_UNLIMITED},
    AUTH: {**_WECHAT, **_UNLIMITED, "API_PUBLIC": "none"},
    FULL: {
        **_WECHAT,
        "API_PUBLIC": "none",
        "RATE_LIMIT_KEY": _PLENTY,
        "RATE_LIMIT_USER": _PLENTY,
    },
}


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A server that was started here; ``key`` is an API key of it, or empty."""

    port: int
    key: str
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Its URL without a path."""
        return f"http://127.0.0.1:{self.port}"


# Started here ----------------------------------------------------------------------------------


@contextmanager
def serving_api(
    name: str, folder: Path, more: Mapping[str, str] | None = None
) -> Iterator[ApiServer]:
    """One of the ``STEPS`` until the block ends; its state and its log are in ``folder``.

    ``more`` are further settings of the product, by their environment variables.

    Raises:
        Failed: it ends, or does not answer in its time.
    """
    folder.mkdir(exist_ok=True)
    environment = {**ENVIRONMENTS[name], **(more or {})}
    command = [sys.executable, "-m", "assistant", "serve", "--port"]
    if name in (BARE, OPEN, LEDGER):
        command = [sys.executable, "-m", "tests.benchmarks.api_apps", name]
    key = new_key(folder) if "API_PUBLIC" in environment else ""
    with _running(command, folder, environment) as (port, process):
        server = ApiServer(port, key, process)
        if key:
            check_key_is_asked(server.address)
        yield server


def check_key_is_asked(address: str) -> None:
    """See that what is measured with a key needs one.

    Raises:
        Failed: it does not.
    """
    told = status(f"{address}/v1/units")
    if told != HTTPStatus.UNAUTHORIZED:
        raise Failed(f"without a key, /v1/units says {told}, not 401")


def new_key(folder: Path) -> str:
    """A key for everything, in the store of this STATE_DIR."""
    from assistant.access.keys import KeyRing
    from assistant.access.permissions import Scope

    _, secret = KeyRing.open(folder).create("benchmark", frozenset(Scope))
    return secret


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The address of a Redis that keeps nothing on disk.

    Raises:
        Failed: it is not installed, or does not answer.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise Failed("redis-server is not installed")
    port = free_port()
    quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [program, "--port", str(port), *quiet], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait(lambda: _listens(port), process, "redis-server")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(process)


@contextmanager
def _running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    known = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", **environment}
    with (folder / "server.log").open("w+b") as log:
        process = subprocess.Popen(
            [*command, str(port)],
            cwd=ROOT,
            env={**known, "STATE_DIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            up = f"http://127.0.0.1:{port}/healthz"
            _wait(lambda: status(up) == 200, process, " ".join(command))
            yield port, process
        except Failed as error:
            log.seek(0)
            raise Failed(f"{error}\n{log.read().decode(errors='replace')[-2000:]}") from None
        finally:
            stop(process)


def _wait(there: Any, process: subprocess.Popen[bytes], name: str) -> None:
    started = time.monotonic()
    while not there():
        if process.poll() is not None or time.monotonic() - started > START:
            raise Failed(f"no answer from {name}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


# What they use ---------------------------------------------------------------------------------


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for one in found:
        try:
            told = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:
            continue
        found += map(int, told.split())
    return found


def family_mib(pid: int) -> float | None:
    """The memory of all of them; what they share is counted for each."""
    held = [resident_mib(one) for one in family(pid)]
    return sum(one for one in held if one) or None


def family_cpu_seconds(pid: int) -> float | None:
    """The time that processors have worked for all of them that live."""
    spent = [cpu_seconds(one) for one in family(pid)]
    return sum(one for one in spent if one) or None
