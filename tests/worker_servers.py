"""The real service by several processes: started, asked worker by worker, ended. Linux only."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0  # a loaded machine imports gradio and builds the index in this time
_CONTEXT = ssl.create_default_context()  # not used, and slow to make for each client


class Running:
    """``python -m assistant serve`` with folders of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.corpus, self.state, self.log = folder / "corpus", folder / "state", folder / "log"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        shutil.copytree(ROOT / "corpus", self.corpus)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._output = self.log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "assistant", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env={
                **os.environ,
                "CORPUS_DIR": str(self.corpus),
                "INDEX_DIR": str(folder / "index"),
                "STATE_DIR": str(self.state),
                "TMPDIR": str(self.temporary),
                "REFRESH_SECONDS": "0.5",
                **environment,
            },
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        """Return when all its processes answer."""
        eventually(
            lambda: "服务已启动" in self.said() or self.process.poll() is not None, START_SECONDS
        )
        assert self.process.poll() is None, self.said()

    def workers(self) -> set[int]:
        """The numbers of the processes that serve."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(pid) for pid in told.split() if b"spawn_main" in command(int(pid))}

    def client(self) -> httpx.Client:
        """A client that keeps to one connection, and so to one worker."""
        limits = httpx.Limits(max_connections=1, keepalive_expiry=600)
        return httpx.Client(base_url=self.address, timeout=30, limits=limits, verify=_CONTEXT)

    def worker_of(self, client: httpx.Client) -> int:
        """The process that answers this client: it holds the other end of the connection."""
        stream = client.get("/healthz").extensions["network_stream"]
        return self.holder_of(stream.get_extra_info("client_addr")[1])

    def holder_of(self, port: int) -> int:
        """The process that holds the connection from a port."""
        inode = inode_of(self.port, port)
        return next(pid for pid in self.workers() if inode in sockets_of(pid))

    @contextmanager
    def client_of_each(self) -> Iterator[dict[int, httpx.Client]]:
        """A client of every worker, by its number."""
        found: dict[int, httpx.Client] = {}
        everyone = self.workers()
        try:

            def all_found() -> bool:
                client = self.client()
                if found.setdefault(self.worker_of(client), client) is not client:
                    client.close()
                return set(found) == everyone

            assert eventually(all_found, START_SECONDS), "a worker answers nobody"
            yield found
        finally:
            for client in found.values():
                client.close()

    def chat_worker(self) -> int:
        """The process that listens for the others."""
        names = [path.name for path in self.temporary.glob("*/chat.sock")]
        assert names == ["chat.sock"]
        listening = Path("/proc/net/unix").read_text().splitlines()
        inodes = {line.split()[6] for line in listening if str(self.temporary) in line}
        (found,) = {pid for pid in self.workers() for i in inodes if i in sockets_of(pid)}
        return found

    def stop(self) -> None:
        """End it, whatever state it is in."""
        everyone = self.workers() if self.process.poll() is None else set()
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for pid in everyone:
            if b"spawn_main" in command(pid):
                os.kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        self._output.close()


def answer_of(client: httpx.Client, question: str) -> Any:
    """What an answer says, but for its number and its time."""
    response = client.post("/v1/answers", json={"question": question})
    assert response.status_code == 200, response.text
    told = response.json()
    for name in ("id", "created", "usage"):
        told.pop(name)
    return json.loads(json.dumps(told))


def command(pid: int) -> bytes:
    """The command line of a process, empty where there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def sockets_of(pid: int) -> set[str]:
    """The inodes of the sockets that a process holds."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
    return found


def inode_of(port: int, of: int) -> str:
    """The inode of the end at ``port`` of the connection from the port ``of``, of this machine."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, here, there, *_rest = parts = line.split()
        if int(here.split(":")[1], 16) == port and int(there.split(":")[1], 16) == of:
            return parts[9]
    raise AssertionError("there is no such connection")


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def eventually(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes true within so many seconds."""
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if true():
            return True
        time.sleep(0.02)
    return False
