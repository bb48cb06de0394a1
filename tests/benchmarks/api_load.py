"""The API under load on the loopback address, ``python -m tests.benchmarks.api_load``.

``/v1/answers``, ``/v1/chat/completions`` and the reply of 公众号 in safe mode, with 1, 8 and 32
clients that keep one connection each and ask one question after another: of the product as it is
served (a key for each call, limits, ledger on disk, logs, metrics), of its API alone with a ledger
that keeps nothing, and of a bare FastAPI route that returns one such answer and looks nothing up.
Each is a process of its own (``api_servers``); within each repetition they are measured in turn.
``--steps`` adds what lies between them, ``--workers 2`` the product in several processes behind one
port. The clients work on the same processors. Without an LLM.

``cpu_ms`` is what the processors worked for the server for each response: what its neighbours do
changes it least, so its ratio says best what a step costs. Every response is held to the one that its question gets when it is asked alone. Exit status 1: a
response that is not what it should be, or a WeChat reply after more than five seconds.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.benchmarks.api_apps import BARE, OPEN, ROUTES, sample_file
from tests.benchmarks.api_clients import (
    MOST_A_SECOND,
    PATIENCE,
    Load,
    Told,
    calls,
    load,
    told,
    wrong,
)
from tests.benchmarks.api_servers import (
    FULL,
    STEPS,
    ApiServer,
    family_cpu_seconds,
    family_mib,
    redis,
    serving_api,
)
from tests.benchmarks.processes import Failed
from tests.benchmarks.reporting import circumstances, store, table

CLIENTS = (1, 8, 32)
LIMIT = 2400.0  # seconds for everything
WORKERS = "workers"
PAIRS = ((FULL, BARE), (FULL, OPEN), (WORKERS, FULL))  # what is set in relation to what
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
_MEASURES = ("per_second", "p50", "p95", "p99", "cpu_ms")

Rows = Sequence[Mapping[str, Any]]
Servers = dict[str, ApiServer]
Expected = dict[tuple[str, str], dict[str, Told]]  # by server and route, by question


# The servers -----------------------------------------------------------------------------------


def start(stack: ExitStack, names: Sequence[str], workers: int, folder: Path) -> Servers:
    """The servers by name, each with a folder of its own; the bare one has samples of ``open``."""
    servers: Servers = {}
    with serving_api(OPEN, folder / "first") as first:
        take_samples(first, folder / BARE)
    for name in names:
        servers[name] = stack.enter_context(serving_api(name, folder / name))
    if workers > 1:
        more = {"WORKERS": str(workers), "REDIS_URL": stack.enter_context(redis(folder))}
        served = serving_api(FULL, folder / WORKERS, more)
        servers[WORKERS] = stack.enter_context(served)
    return servers


def take_samples(server: ApiServer, folder: Path) -> None:
    """Keep one response of each route, of middle length, for the bare server."""
    folder.mkdir()
    for route in ROUTES:
        bodies = sorted((body for _, body in asked_alone(server, route).bodies), key=len)
        sample_file(folder, route).write_bytes(bodies[len(bodies) // 2])


def asked_alone(server: ApiServer, route: str) -> Load:
    """Each question once, one after another.

    Raises:
        Failed: a response was no success.
    """
    asked = calls(route, QUESTIONS, server.key, len(QUESTIONS))
    found = load(server.port, asked, 1, len(QUESTIONS) * PATIENCE)
    if found.faults:
        raise Failed(f"{route}: {found.faults[0]}")
    return found


def expectations(servers: Servers) -> Expected:
    """What each server is to say on each route: the bare one its sample, the others all the same.

    Raises:
        Failed: the products differ.
    """
    found: Expected = {}
    for route, (name, server) in itertools.product(ROUTES, servers.items()):
        said = {question: told(route, body) for question, body in asked_alone(server, route).bodies}
        others = [found[other, route] for other in (OPEN, FULL) if (other, route) in found]
        if name != BARE and any(said != other for other in others):
            raise Failed(f"{name} answers otherwise on {route}")
        found[name, route] = said
    return found


# The run ---------------------------------------------------------------------------------------


def measure(
    servers: Servers, expected: Expected, seconds: float, repeat: int, until: float
) -> list[dict[str, Any]]:
    """The figures of every route, number of clients, server and repetition.

    Raises:
        Failed: the time is over.
    """
    rows = []
    cells = list(itertools.product(range(repeat), ROUTES, CLIENTS, servers.items()))
    for turn, route, clients, (name, server) in tqdm(cells, desc="load", unit="cell"):
        if time.monotonic() + seconds > until:
            raise Failed(f"{LIMIT:.0f} s were not enough")
        asked = calls(route, QUESTIONS, server.key, round(seconds * MOST_A_SECOND))
        before = family_cpu_seconds(server.process.pid)
        found = load(server.port, asked, clients, seconds)
        after, memory = family_cpu_seconds(server.process.pid), family_mib(server.process.pid)
        rows.append(
            {
                "repetition": turn,
                "server": name,
                "route": route,
                "clients": clients,
                **found.figures(),
                "cpu_ms": spent_ms(before, after, len(found.seconds)),
                "resident_mib": round(memory) if memory else None,
                "faults": wrong(route, found, expected[name, route]),
            }
        )
    return rows


def spent_ms(before: float | None, after: float | None, responses: int) -> float | None:
    """Milliseconds that processors worked for the server, for each response."""
    if before is None or after is None or not responses:
        return None
    return round((after - before) / responses * 1000, 3)


# Figures ---------------------------------------------------------------------------------------


def summary(rows: Rows) -> list[dict[str, Any]]:
    """Of each server, route and number of clients: medians, the longest, all faults."""
    cells: dict[tuple[str, int, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        cells[row["route"], row["clients"], row["server"]].append(row)
    return [
        {
            "route": route,
            "clients": clients,
            "server": server,
            **{measure: _median(own, measure) for measure in _MEASURES},
            "max": max((r["max"] for r in own if r["max"] is not None), default=None),
            "resident_mib": max((r["resident_mib"] or 0 for r in own), default=0) or None,
            "responses": sum(r["responses"] for r in own),
            "late": sum(r["late"] for r in own),
            "faults": sum(len(r["faults"]) for r in own),
        }
        for (route, clients, server), own in cells.items()
    ]


def ratios(rows: Rows, over: str, under: str) -> list[dict[str, Any]]:
    """``over`` to ``under`` in each repetition: the median and the range of the ratios."""
    cells: dict[tuple[str, int], dict[tuple[int, str], Mapping[str, Any]]] = defaultdict(dict)
    for row in rows:
        cells[row["route"], row["clients"]][row["repetition"], row["server"]] = row
    found = []
    for (route, clients), own in cells.items():
        turns = [turn for turn, name in own if name == over and (turn, under) in own]
        line: dict[str, Any] = {"ratio": f"{over}/{under}", "route": route, "clients": clients}
        for measure in _MEASURES:
            pairs = [(own[turn, over][measure], own[turn, under][measure]) for turn in turns]
            each = [one / other for one, other in pairs if one is not None and other]
            line[measure] = round(statistics.median(each), 3) if each else None
            line[f"{measure}_range"] = [round(min(each), 3), round(max(each), 3)] if each else None
        if turns:
            found.append(line)
    return found


def _median(rows: Rows, measure: str) -> float | None:
    known = [row[measure] for row in rows if row[measure] is not None]
    return round(statistics.median(known), 3) if known else None


def report(cells: Rows, related: Rows) -> str:
    """A line for each cell and each ratio."""
    columns = ("route", "clients", "server", *_MEASURES, "max", "resident_mib", "late", "faults")
    tables = [table(columns, [[_shown(row[c]) for c in columns] for row in cells])]
    if related:
        compared = ("ratio", "route", "clients", *_MEASURES, "per_second_range", "cpu_ms_range")
        tables.append(table(compared, [[_shown(row[c]) for c in compared] for row in related]))
    return "\n\n".join(tables)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "–".join(map(str, value))
    return "–" if value is None else str(value)


# The command -----------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and, where asked, store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="for each cell")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--steps", action="store_true", help="the servers between them, too")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.repeat < 1:
        parser.error("--seconds and --repeat are more than 0")
    names = STEPS if options.steps else (BARE, OPEN, FULL)
    pairs = [*PAIRS, *((b, a) for a, b in itertools.pairwise(STEPS) if options.steps)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        until = time.monotonic() + LIMIT
        servers = start(stack, names, options.workers, Path(folder))
        expected = expectations(servers)
        rows = measure(servers, expected, options.seconds, options.repeat, until)
    return finish(rows, pairs, options)


def finish(rows: Rows, pairs: Sequence[tuple[str, str]], options: argparse.Namespace) -> int:
    """Print and store; the exit status."""
    cells = summary(rows)
    related = [line for over, under in dict.fromkeys(pairs) for line in ratios(rows, over, under)]
    print(report(cells, related))
    faults = [fault for row in rows for fault in row["faults"]]
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    asked = {"seconds": options.seconds, "repeat": options.repeat, "workers": options.workers}
    repetitions = [{**row, "faults": row["faults"][:10]} for row in rows]
    result = {**circumstances(), **asked, "cells": cells, "ratios": related, "runs": repetitions}
    store("api-load", result, out=options.out, save=options.save)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
