"""The tables of the retrieval benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.benchmarks.reporting import table

Row = dict[str, Any]
MEASURES = ("R@1", "R@5", "R@10", "R@100", "S@1", "S@10", "MRR@10", "nDCG@10")
COSTS = {
    "index s": "index_seconds",
    "CPU": "index_cpu_seconds",
    "tokens given": "engine_seconds",
    "CPU ": "engine_cpu_seconds",
    "p50 ms": "p50_ms",
    "p95 ms": "p95_ms",
    "CPU p95": "cpu_p95_ms",
    "tokens given p95": "tokens_given_p95_ms",
    "CPU p95 ": "tokens_given_cpu_p95_ms",
}
MEMORY = {
    "resident MiB": "resident_mib",
    "less mapped files": "anonymous_mib",
    "peak": "peak_mib",
    "index on disk": "index_mib",
    "open s": "open_seconds",
    "dense recall@10": "dense_recall@10",
}
READINGS = ("passages", "strict", "documents")
HEADINGS = {
    "passages": "right passages",
    "strict": "right passages, annotated span only",
    "documents": "right documents, by their first passage",
}


def report(name: str, part: Row) -> str:
    """Everything about one set."""
    unknown = part["unknown_gold"]
    lines = [
        f"== {name}: {part['passages']:,} passages, {part['questions']:,} questions"
        f" ({part['dropped']} left out: no known right passage; {len(unknown)} unknown gold ids"
        f"{': ' + ', '.join(unknown[:5]) if unknown else ''})"
    ]
    systems: Mapping[str, Row] = part["systems"]
    for reading in READINGS:
        if any(reading in one for one in systems.values()):
            lines += ["", f"{HEADINGS[reading]}, × 100", _quality(systems, reading)]
            lines += _differences(systems, reading)
    lines += ["", "time, one question after the other", _costs(systems, COSTS)]
    lines += ["", "memory of a fresh process that opens the index and searches"]
    lines += [_costs(systems, MEMORY), ""]
    lines += [f"{label}: {value:g}" for label, value in part["ratios"].items()]
    lines += [f"skipped: {label}: {reason}" for label, reason in part["skipped"].items()]
    return "\n".join(lines)


def _quality(systems: Mapping[str, Row], reading: str) -> str:
    rows = [
        [name, str(one["questions"]), *(f"{one[reading][measure]:.1f}" for measure in MEASURES)]
        for name, one in systems.items()
    ]
    return table(["system", "questions", *MEASURES], rows)


def _differences(systems: Mapping[str, Row], reading: str) -> Iterator[str]:
    """A table for each reference, of the differences of all others to it."""
    references = dict.fromkeys(name for one in systems.values() for name in one["against"])
    for reference in references:
        rows: list[list[str]] = []
        header: Sequence[str] = ()
        for name, one in systems.items():
            if reference in one["against"]:
                found = one["against"][reference][reading]
                header = list(found)
                rows.append([name, *(f"{d:+.1f} [{a:.1f}, {b:.1f}]" for d, a, b in found.values())])
        if rows:
            yield ""
            yield f"less {reference}, 95 % of paired bootstrap"
            yield table(["system", *header], rows)


def _costs(systems: Mapping[str, Row], columns: Mapping[str, str]) -> str:
    """The columns that any system has a value for."""
    shown = {label: k for label, k in columns.items() if any(k in s for s in systems.values())}
    rows = [
        [name, *(_number(one.get(key)) for key in shown.values())] for name, one in systems.items()
    ]
    return table(["system", *shown], rows)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
