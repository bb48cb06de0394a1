"""Ten minutes of steady load, ``python -m tests.benchmarks.steady_load``: memory, ledger, times.

A real ``python -m assistant serve`` with everything on (keys, limits, ledger on disk, 公众号) gets
requests at even moments (``steady_traffic``), whether it keeps up or not, on the loopback address.
Memory, open files and threads of the process are read every five seconds; growth is a straight line
through those after the warm-up, with its standard error. When it has been stopped, the rows of the
ledger are held to what the clients saw: each answer is one row, and each rating. Exit status 1: a
row that is missing, or there twice, or a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tqdm import tqdm

from tests.benchmarks.api_clients import percentiles
from tests.benchmarks.api_servers import FULL, ApiServer, family, family_mib, serving_api
from tests.benchmarks.reporting import circumstances, store, table
from tests.benchmarks.steady_traffic import (
    OPERATIONS,
    PATIENCE,
    Seen,
    Traffic,
    corpus_questions,
    steady,
)

EVERY = 5.0  # seconds between two samples
WARM_UP = 60.0  # seconds that do not count for the growth
EDGE = 60.0  # seconds of the first and of the last part whose times are compared
MOST_QUESTIONS = 60
MOST_MINUTES = 60.0
LEDGER_FILE = "ledger.sqlite3"

Rows = Counter[tuple[str, str]]  # channel, and the id of the answer (in WeChat the question)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds, so many seconds after the start; None where there is no /proc."""

    second: float
    mib: float | None
    files: int | None
    threads: int | None


# The process -----------------------------------------------------------------------------------


def sampled(pid: int, second: float) -> Sample:
    """What the process and its descendants hold now."""
    try:
        files = sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in family(pid))
        threads = sum(len(list(Path(f"/proc/{one}/task").iterdir())) for one in family(pid))
    except OSError:
        return Sample(second, family_mib(pid), None, None)
    return Sample(second, family_mib(pid), files, threads)


def growth(points: Sequence[tuple[float, float]]) -> dict[str, float | None]:
    """The slope of a straight line through (minute, value), and its standard error."""
    if len(points) < 3:
        return {"per_minute": None, "standard_error": None}
    x, y = np.array(points).T
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
    left = y - y.mean() - slope * (x - x.mean())
    error = float(np.sqrt((left**2).sum() / (len(points) - 2) / spread))
    return {"per_minute": round(slope, 4), "standard_error": round(error, 4)}


def memory(samples: Sequence[Sample], warm_up: float) -> dict[str, Any]:
    """Growth after the warm-up and in the second half of it; what was held first and last."""
    counted = [one for one in samples if one.second >= warm_up and one.mib is not None]
    points = [(one.second / 60, one.mib or 0.0) for one in counted]
    found: dict[str, Any] = {
        "samples": len(points),
        "mib": growth(points),
        "mib_second_half": growth(points[len(points) // 2 :]),
    }
    for name in ("mib", "files", "threads"):
        held = [value for one in counted if (value := getattr(one, name)) is not None]
        ends = (held[0], held[-1], max(held)) if held else (None, None, None)
        found |= dict(zip((f"{name}_first", f"{name}_last", f"{name}_most"), ends, strict=True))
    return found


# The ledger ------------------------------------------------------------------------------------


def kept_rows(database: Path) -> tuple[Rows, Rows]:
    """The answers and the ratings in a ledger, as the clients would have seen them."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        audit = opened.execute("SELECT channel, answer_id, question FROM ledger_audit").fetchall()
        ratings = opened.execute("SELECT channel, answer_id FROM ledger_feedback").fetchall()
    # no reply of WeChat says the id of its answer
    answers = Counter((c, question if c == "wechat" else one) for c, one, question in audit)
    return answers, Counter((channel, one) for channel, one in ratings)


def compared(seen: Mapping[tuple[str, str], int], kept: Mapping[tuple[str, str], int]) -> Any:
    """Of each channel: what the clients saw, the rows, those lost, and those nobody saw."""
    lost, extra = Counter(seen) - Counter(kept), Counter(kept) - Counter(seen)
    found: dict[str, dict[str, int]] = {}
    for channel in sorted({channel for channel, _ in (*seen, *kept)}):
        found[channel] = {
            name: sum(n for (own, _), n in rows.items() if own == channel)
            for name, rows in (("seen", seen), ("rows", kept), ("lost", lost), ("extra", extra))
        }
    return found


# Figures ---------------------------------------------------------------------------------------


def by_route(times: Iterable[tuple[str, float, float]], seconds: float) -> list[dict[str, Any]]:
    """Milliseconds of each route and of all but /readyz and /metrics; p95 at both ends."""
    routes: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for route, due, spent in times:
        routes[route].append((due, spent))
        if route not in OPERATIONS:
            routes["all"].append((due, spent))
    edge = min(EDGE, seconds / 2)
    return [
        {
            "route": route,
            "responses": len(own),
            **percentiles([spent for _, spent in own]),
            "first_p95": percentiles([s for due, s in own if due < edge])["p95"],
            "last_p95": percentiles([s for due, s in own if due >= seconds - edge])["p95"],
        }
        for route, own in sorted(routes.items())
    ]


def report(result: Mapping[str, Any]) -> str:
    """The tables: times, rows, memory."""
    columns = ("route", "responses", "p50", "p95", "p99", "max", "first_p95", "last_p95")
    parts = [table(columns, [[str(row[c]) for c in columns] for row in result["routes"]])]
    of = ("seen", "rows", "lost", "extra")
    rows = [
        [f"{kind}: {channel}", *(str(found[c]) for c in of)]
        for kind in ("answers", "ratings")
        for channel, found in result[kind].items()
    ]
    parts.append(table(("ledger", *of), rows or [["–"] * 5]))
    held = result["memory"]
    grown = [
        f"{part}: {held[part]['per_minute']} ± {held[part]['standard_error']} MiB a minute"
        for part in ("mib", "mib_second_half")
    ]
    ends = [f"{n}: {held[f'{n}_first']} → {held[f'{n}_last']}" for n in ("mib", "files", "threads")]
    return "\n\n".join([*parts, "\n".join([*grown, *ends])])


def lost_or_extra(result: Mapping[str, Any]) -> int:
    """Rows that are not as they should be."""
    channels = [*result["answers"].values(), *result["ratings"].values()]
    return sum(found["lost"] + found["extra"] for found in channels)


# The run ---------------------------------------------------------------------------------------


async def run(server: ApiServer, rate: float, seconds: float) -> tuple[Seen, list[Sample]]:
    """Load the server for so long; what the clients saw, and what the process held."""
    headers = {"Authorization": f"Bearer {server.key}"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
    async with httpx.AsyncClient(
        base_url=server.address, headers=headers, limits=limits, timeout=PATIENCE, trust_env=False
    ) as client:
        questions, units = await corpus_questions(client, MOST_QUESTIONS)
        traffic = Traffic(client, questions, units, seed=1)
        samples: list[Sample] = []
        watching = asyncio.create_task(
            _watch(server.process.pid, traffic, samples, min(EVERY, seconds / 20))
        )
        with tqdm(total=round(rate * seconds), desc="load", unit="request", mininterval=1) as bar:
            await steady(traffic, rate, seconds, bar.update)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return traffic.seen, samples


async def _watch(pid: int, traffic: Traffic, samples: list[Sample], every: float) -> None:
    """Read what the process holds, and ask how it is, every few seconds until cancelled."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    while True:
        now = loop.time() - start
        samples.append(await asyncio.to_thread(sampled, pid, now))
        for path in OPERATIONS:
            await traffic.send(path, start, loop.time() - start)
        await asyncio.sleep(max(0.0, every - (loop.time() - start - now)))


def results(
    seen: Seen, samples: Sequence[Sample], kept: tuple[Rows, Rows], seconds: float, status: int
) -> dict[str, Any]:
    """Everything that is reported; ``status`` is that of the server's end."""
    ended = [] if status == 0 else [f"the server ended with status {status}"]
    return {
        "routes": by_route(seen.times, seconds),
        "answers": compared(seen.answers, kept[0]),
        "ratings": compared(seen.ratings, kept[1]),
        "memory": memory(samples, min(WARM_UP, seconds / 5)),
        "faults": [*seen.faults, *ended],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Load, stop, compare, print and, where asked, store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args(arguments)
    if not (0 < options.minutes <= MOST_MINUTES and options.rate > 0):
        parser.error(f"--minutes is at most {MOST_MINUTES:g}, both are more than 0")
    seconds = options.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        with serving_api(FULL, state) as server:
            started = time.perf_counter()
            seen, samples = asyncio.run(run(server, options.rate, seconds))
            wall = time.perf_counter() - started
        kept = kept_rows(state / LEDGER_FILE)
    asked = {"minutes": options.minutes, "rate": options.rate, "wall": round(wall, 1)}
    return finish(
        {**asked, **results(seen, samples, kept, seconds, server.process.returncode)}, options
    )


def finish(result: dict[str, Any], options: argparse.Namespace) -> int:
    """Print and store; the exit status."""
    print(report(result))
    for fault in result["faults"][:10]:
        print(fault, file=sys.stderr)
    told = {**circumstances(), **result, "fault_count": len(result["faults"])}
    told["faults"] = result["faults"][:10]
    store("steady-load", told, out=options.out, save=options.save)
    return 1 if result["faults"] or lost_or_extra(result) else 0


if __name__ == "__main__":
    sys.exit(main())
