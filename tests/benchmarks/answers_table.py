"""The table of the answers benchmark: a section a file, a line a figure, a column a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.benchmarks.reporting import table
from tests.benchmarks.scoring import MEASURES

Summary = dict[str, Any]
Cell = Callable[[Summary], str]
SPREAD = ("p50", "p95", "max")


def print_report(result: dict[str, Any], *, show: bool) -> None:
    """Print the table, then the misses if they are to be shown."""
    columns = list(dict.fromkeys(kind for part in result["files"].values() for kind in part))
    rows: list[list[str]] = []
    for name, summaries in result["files"].items():
        rows += [[f"[{name}]", *([""] * len(columns))], *section(summaries, columns)]
    print(table(["share (of how many)", *columns], rows))
    print(f"scorer: {result['scorer']}; open, with building: {result['open_seconds']:.2f} s")
    if not show:
        return
    for name, missed in result["misses"].items():
        print(f"\n{name}: {len(missed)} misses")
        for m in missed:
            print(f"{m['measure']}  {m['id']}  {m['question']}  [{m['scorer']}]")
            print(f"    wanted  {m['wanted'][:300]}\n    got     {m['got'][:300]}")


def section(summaries: dict[str, Summary], columns: Sequence[str]) -> list[list[str]]:
    """The lines of one file; a kind that it does not have stays blank."""
    whole = summaries["all"]["counts"]
    cells: dict[str, Cell] = {"questions": lambda part: str(part["questions"])}
    cells |= {measure: _figure(measure) for measure in MEASURES if measure in whole}
    if "clause_hit1" in whole:
        cells |= {"BM25 clause_hit1": _baseline, "  ours / BM25": _ratio}
    cells |= {f"ask, ms, {cut}": _ms(cut, "warm_ms") for cut in SPREAD}
    cells |= {f"  processor, ms, {cut}": _ms(cut, "warm_cpu_ms") for cut in SPREAD}
    cells |= {f"  first pass, ms, {cut}": _ms(cut, "first_ms") for cut in SPREAD}
    cells |= {f"BM25, ms, {cut}": _ms(cut, "baseline", "ms") for cut in SPREAD}
    cells["  ours / BM25, p50"] = _time_ratio
    return [
        [name, *(cell(summaries[c]) if c in summaries else "" for c in columns)]
        for name, cell in cells.items()
    ]


def _figure(measure: str) -> Cell:
    def cell(part: Summary) -> str:
        number = part["counts"].get(measure)
        return f"{part['figures'][measure]:.3f} ({number})" if number else ""

    return cell


def _ms(cut: str, *keys: str) -> Cell:
    def cell(part: Summary) -> str:
        for key in keys:
            part = part[key]
        return f"{part[cut]:.2f}"

    return cell


def _baseline(part: Summary) -> str:
    share = part["baseline"]["clause_hit1"]
    return "" if share is None else f"{share:.3f}"


def _ratio(part: Summary) -> str:
    share = part["baseline"]["clause_hit1"]
    return f"{part['figures']['clause_hit1'] / share:.2f}×" if share else ""


def _time_ratio(part: Summary) -> str:
    return f"{part['warm_ms']['p50'] / part['baseline']['ms']['p50']:.0f}×"
