"""Fresh processes, measured from outside: time to a first sign of life, peak memory, imports.

Every process is started here, bounded in time, and ended here by its own handle. Servers listen on
the loopback address.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.benchmarks.reporting import ROOT

LIMIT = 120.0  # seconds for one process; a loaded machine needs ten
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_IMPORT = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s*([\w.]+)", re.MULTILINE)


class Failed(Exception):
    """A measured process ended wrongly, or did nothing in its time; holds what it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Since the process was started: seconds, seconds of processors, peak resident memory.

    None is what cannot be read: without /proc, or the memory of a process that has just ended.
    """

    seconds: float
    cpu_seconds: float | None
    peak_mib: float | None


def sample(pid: int, started: float) -> Sample:
    """What a process that was started at ``started`` has used until now."""
    return Sample(time.perf_counter() - started, cpu_seconds(pid), peak_mib(pid))


def cpu_seconds(pid: int) -> float | None:
    """The time that processors have worked for a process, in all its threads."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    user, system = stat.rpartition(")")[2].split()[11:13]  # utime, stime of proc_pid_stat(5)
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float | None:
    """The peak resident memory of a living process.

    Not ``ru_maxrss``: that of a child starts at the size of the process that started it.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = _PEAK.search(status)
    return int(found[1]) / 1024 if found else None


def first_output(command: Sequence[str], *, limit: float = LIMIT) -> Sample:
    """Until the first byte on stdout; then the process is let end by itself.

    Raises:
        Failed: no output, no end within the limit, or an exit status that is not 0.
    """
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], limit)
            found = sample(process.pid, started)
            if not ready:
                raise Failed(f"no output in {limit:g} s: {_said(command, log)}")
            output, _ = process.communicate(timeout=limit)
            if process.returncode or not output:
                raise Failed(f"status {process.returncode}: {_said(command, log)}")
        except subprocess.TimeoutExpired as error:
            raise Failed(f"does not end: {_said(command, log)}") from error
        finally:
            stop(process)
    return found


def server_start(
    command: Sequence[str], question: str, *, limit: float = LIMIT
) -> tuple[Sample, Sample]:
    """Until the first 200 of /healthz, and until the answer to a question sent right after it.

    Raises:
        Failed: the server ends, or does not do both within the limit.
    """
    with tempfile.TemporaryFile() as log:
        return _serve_once(command, question, limit, log)


def imported_by_command(command: Sequence[str], *, limit: float = LIMIT) -> set[str]:
    """The top-level names of every module that a Python command imports.

    Raises:
        Failed: it does not end within the limit, or with an exit status that is not 0.
    """
    try:
        done = subprocess.run(
            _telling(command),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise Failed(str(error)) from error
    return _imports(done.stderr)


def imported_by_server(command: Sequence[str], question: str, *, limit: float = LIMIT) -> set[str]:
    """The same of a server, up to its first answer.

    Raises:
        Failed: as ``server_start``.
    """
    with tempfile.TemporaryFile() as log:
        _serve_once(_telling(command), question, limit, log)
        log.seek(0)
        return _imports(log.read())


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here: asked first, then made to."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _serve_once(
    command: Sequence[str], question: str, limit: float, log: IO[bytes]
) -> tuple[Sample, Sample]:
    port = _free_port()
    body = json.dumps({"question": question}).encode()
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    try:
        samples: list[Sample] = []
        for method, path in (("GET", "/healthz"), ("POST", "/v1/answers")):
            while _status(port, method, path, body, limit) != 200:
                if process.poll() is not None or time.perf_counter() - started > limit:
                    raise Failed(f"no 200 from {path}: {_said(command, log)}")
                time.sleep(0.005)
            samples.append(sample(process.pid, started))
    finally:
        stop(process)
    return samples[0], samples[1]


def _status(port: int, method: str, path: str, body: bytes, limit: float) -> int:
    """The status of one request; 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def _telling(command: Sequence[str]) -> list[str]:
    """The Python command, made to list its imports on stderr."""
    assert command[0] == sys.executable
    return [command[0], "-X", "importtime", *command[1:]]


def _imports(told: bytes) -> set[str]:
    names = _IMPORT.findall(told.decode(errors="replace"))
    return {name.partition(".")[0] for name in names}


def _said(command: Sequence[str], log: IO[bytes]) -> str:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - 2000))
    return f"{' '.join(command)}\n{log.read().decode(errors='replace')}"
