"""Apps in processes of their own on the loopback address, and what memory they hold."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from tests.benchmarks.processes import Failed, stop
from tests.benchmarks.reporting import ROOT

START = 60.0  # seconds until a server answers

ECHO_APP = """import gradio, sys
app = gradio.ChatInterface(lambda message, history: message, analytics_enabled=False)
app.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)"""

_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
_DIRECT = build_opener(ProxyHandler({}))


_UNLIMITED = {"RATE_LIMIT_CHAT": "none"}  # every browser has the same address here


@dataclass(frozen=True, slots=True)
class Server:
    """An app, served by a process that was started here."""

    address: str
    pid: int


def product(index: Path) -> list[str]:
    """The command that serves the product on this index; the port comes last."""
    return [sys.executable, "app.py", "--index", str(index), "--port"]


def echo() -> list[str]:
    """The command that serves a bare Gradio chat that echoes; the port comes last."""
    return [sys.executable, "-c", ECHO_APP]


@contextmanager
def serving(command: Sequence[str], state: Path) -> Iterator[Server]:
    """Run the command, a port added, until the block ends; it answers when the block begins.

    Raises:
        Failed: it ends, or does not answer in its time.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    known = {
        **os.environ,
        "STATE_DIR": str(state),
        "GRADIO_ANALYTICS_ENABLED": "False",
        **_UNLIMITED,
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, str(port)],
            cwd=ROOT,
            env=known,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            started = time.monotonic()
            while status(f"{address}/config") != 200:
                if process.poll() is not None or time.monotonic() - started > START:
                    log.seek(0)
                    said = log.read().decode(errors="replace")[-2000:]
                    raise Failed(f"no answer from {' '.join(command)}\n{said}")
                time.sleep(0.05)
            yield Server(address, process.pid)
        finally:
            stop(process)


def status(url: str) -> int:
    """The status of a GET; 0 when nobody answers."""
    try:
        with _DIRECT.open(url, timeout=START) as response:
            return int(response.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return 0


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def resident_mib(pid: int) -> float | None:
    """The memory that a process holds now; None where there is no /proc."""
    try:
        found = _RESIDENT.search(Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None
