"""What the benchmarks share: one table, the machine's description, results in a file."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests" / "benchmarks" / "results"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under a rule: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in (header, *rows)
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def circumstances() -> dict[str, Any]:
    """The commit and the machine that figures belong to; it names no path and no host."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "commit": _git("rev-parse", "--short", "HEAD") or "none",
        "changed_since": bool(_git("status", "--porcelain", "--", "assistant", "corpus", "app.py")),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": load,
    }


def store(
    name: str,
    result: dict[str, Any],
    *,
    out: Path | None,
    save: bool,
    results: Path = RESULTS,
) -> list[Path]:
    """Write the result to ``out`` and, on ``save``, to <results>/<commit>-<name>.json."""
    places = [out] if out else []
    if save:
        results.mkdir(exist_ok=True)
        places.append(results / f"{result['commit']}-{name}.json")
    text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    for place in places:
        place.write_text(text, encoding="utf-8")
    return places


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no git, or no checkout (a source archive)."""
    try:
        found = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
