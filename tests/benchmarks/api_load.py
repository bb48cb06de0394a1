"""The API under load on the loopback address, ``python -m tests.benchmarks.api_load``.

``/v1/answers`` and ``/v1/chat/completions`` of the product, with its ledger on disk, beside a bare
FastAPI route that returns one such answer and looks nothing up, each in a process of its own. 1, 8
and 32 clients keep one connection each and ask one question after another, for a few seconds; the
three are measured in turn. The clients work on the same processors. Without an LLM. Exit status 1:
a response that is not what it should be.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.processes import Failed
from tests.benchmarks.reporting import circumstances, store, table
from tests.benchmarks.web_servers import Server, resident_mib, serving

CLIENTS = (1, 8, 32)
SECONDS = 4.0  # for each number of clients and each route
LIMIT = 120.0  # seconds for everything
PATIENCE = 30.0  # seconds for one response
ANSWERS, CHAT, BARE = "/v1/answers", "/v1/chat/completions", "bare FastAPI"
QUESTIONS = (
    "智能装备产业重点发展什么？",
    "市科技局负责哪些任务？",
    "生物医药由谁牵头？",
    "淄川支持哪些产业？",
    "2025年的目标是什么？",
    "文件的发文字号是什么？",
    "氢能产业怎么发展？",
    "今天天气怎么样？",
)


# The servers ------------------------------------------------------------------------------------


def serve(name: str, port: int) -> None:
    """Serve one of the two until the process is ended."""
    import uvicorn

    uvicorn.run(
        _product() if name == "product" else _bare(), port=port, log_level="error", access_log=False
    )


def ready() -> dict[str, str]:
    """What says that a server is there."""
    return {}


def _product() -> Any:
    from assistant.faces.api import create_api
    from assistant.ledger.ledger import Ledger
    from assistant.service import PolicyAssistant
    from assistant.settings import load

    settings = load()
    app = create_api(PolicyAssistant.open(settings), settings, Ledger.open(settings))
    app.add_api_route("/config", ready)
    return app


def _bare() -> Any:
    from fastapi import FastAPI

    from assistant.faces.rest.examples import ANSWER

    app = FastAPI()
    app.add_api_route("/config", ready)

    def answers(_body: dict[str, Any]) -> dict[str, Any]:
        return ANSWER

    app.add_api_route(ANSWERS, answers, methods=["POST"])
    return app


# The clients ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Load:
    """What some clients saw together: seconds of each response, faults in words."""

    clients: int
    wall: float = 0.0
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Responses a second and milliseconds."""
        if not self.seconds:
            return {"responses": 0, "per_second": 0.0, "p50": None, "p95": None, "p99": None}
        p50, p95, p99 = np.percentile(self.seconds, [50, 95, 99]) * 1000
        return {
            "responses": len(self.seconds),
            "per_second": round(len(self.seconds) / self.wall, 1),
            "p50": round(float(p50), 2),
            "p95": round(float(p95), 2),
            "p99": round(float(p99), 2),
        }


def bodies(route: str) -> list[bytes]:
    """The questions as the route takes them."""
    if route == CHAT:
        return [
            json.dumps({"messages": [{"role": "user", "content": q}]}).encode() for q in QUESTIONS
        ]
    return [json.dumps({"question": q}).encode() for q in QUESTIONS]


def load(server: Server, route: str, clients: int, seconds: float) -> Load:
    """Ask with so many clients at once for some seconds."""
    found = Load(clients)
    started = time.perf_counter()
    threads = [
        threading.Thread(target=_ask, args=(server, route, number, started + seconds, found))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.wall = time.perf_counter() - started
    return found


def _ask(server: Server, route: str, number: int, until: float, found: Load) -> None:
    host, _, port = server.address.removeprefix("http://").partition(":")
    address = ANSWERS if route == BARE else route
    asked = itertools.cycle(bodies(route))
    for _ in range(number):
        next(asked)  # they begin at different questions
    wanted = b'"x_policy"' if route == CHAT else b'"citations"'
    with closing(http.client.HTTPConnection(host, int(port), timeout=PATIENCE)) as connection:
        while (started := time.perf_counter()) < until:
            try:
                connection.request(
                    "POST", address, next(asked), {"Content-Type": "application/json"}
                )
                response = connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                found.faults.append(f"{route}: {type(error).__name__} {error}")
                return
            if response.status != 200 or wanted not in body:
                found.faults.append(f"{route}: {response.status} {body[:200]!r}")
                return
            found.seconds.append(time.perf_counter() - started)


# The run ----------------------------------------------------------------------------------------


def measure(servers: dict[str, Server], seconds: float, until: float) -> list[dict[str, Any]]:
    """The figures of each route with each number of clients, in turn."""
    for route, server in servers.items():  # what is made at first use does not count
        load(server, route, 1, min(1.0, seconds))
    rows = []
    for clients, (route, server) in itertools.product(CLIENTS, servers.items()):
        if time.monotonic() + seconds > until:
            raise Failed(f"{LIMIT:.0f} s were not enough")
        found = load(server, route, clients, seconds)
        memory = resident_mib(server.pid)
        rows.append(
            {
                "route": route,
                "clients": clients,
                **found.figures(),
                "resident_mib": round(memory) if memory else None,
                "faults": found.faults,
            }
        )
    return rows


def report(rows: Sequence[dict[str, Any]]) -> str:
    """A line for each route and number of clients."""
    columns = ("route", "clients", "per_second", "p50", "p95", "p99", "responses", "resident_mib")
    return table(columns, [[str(row[c]) for c in columns] for row in rows])


def main() -> int:
    """Measure, print and, where asked, store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--serve", choices=["product", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("port", type=int, nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port)
        return 0
    until = time.monotonic() + LIMIT
    command = [sys.executable, "-m", "tests.benchmarks.api_load", "--serve"]
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        product = stack.enter_context(serving([*command, "product"], state))
        bare = stack.enter_context(serving([*command, "bare"], state))
        rows = measure({ANSWERS: product, CHAT: product, BARE: bare}, options.seconds, until)
    result = {**circumstances(), "seconds": options.seconds, "loads": rows}
    print(report(rows))
    store("api-load", result, out=options.out, save=options.save)
    faults = [fault for row in rows for fault in row["faults"]]
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
