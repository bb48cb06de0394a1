"""Cold start in fresh processes: time and peak memory, ``python -m tests.benchmarks.cold_start``.

Measured from the start of the process: the first answer of the command line on a built index, the
building of an index from nothing, the first /healthz 200 and the first answer of app.py; beside
them, the bare import of the libraries that each uses. Peak memory is the process's own (VmHWM), up
to that moment. Processes are fresh, the disk is not: one untimed round reads the files before the
first. Rounds are interleaved, so that a busy machine slows all lines alike; ratios are taken
within a round. Exit status 1 when a plain start imports torch or sentence_transformers.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.benchmarks.processes import (
    Failed,
    Sample,
    first_output,
    imported_by_command,
    imported_by_server,
    server_start,
)
from tests.benchmarks.reporting import circumstances, store, table

QUESTION = "智能装备产业由谁负责？"
RETRIEVAL = "numpy faiss bm25s jieba tokenizers"
WEB = "gradio fastapi uvicorn"
TRAINED = "torch sentence_transformers"
MUST_NOT = frozenset({"torch", "sentence_transformers"})
TOLD = MUST_NOT | {"transformers", "scipy", "sklearn", "gradio", "langchain_core"}

Samples = dict[str, Sample]

BARE = "python, nothing imported"
IMPORT_RETRIEVAL = f"import {RETRIEVAL}"
IMPORT_BOTH = "import both of these"
IMPORT_TRAINED = f"import {TRAINED} (comparison)"
ASK, BUILD = "ask: first answer", "build: index from nothing"
HEALTH, SERVED = "app.py: first /healthz 200", "app.py: first answer"
# Each line of the table is divided by this one.
AGAINST = {
    ASK: IMPORT_RETRIEVAL,
    BUILD: IMPORT_RETRIEVAL,
    HEALTH: IMPORT_BOTH,
    SERVED: IMPORT_BOTH,
    IMPORT_TRAINED: IMPORT_RETRIEVAL,
}


def product(command: str, index: Path, *more: str) -> list[str]:
    """A command of the product's command line, on an index of its own."""
    return [sys.executable, "-m", "assistant", command, *more, "--index", str(index)]


def served(index: Path) -> list[str]:
    """app.py; the port is added by who starts it."""
    return [sys.executable, "app.py", "--index", str(index)]


def importing(libraries: str) -> list[str]:
    """A process that imports the libraries and says so."""
    imports = "".join(f"import {name}\n" for name in libraries.split())
    return [sys.executable, "-c", f"{imports}print('imported')"]


def scenarios(folder: Path, built: Path) -> list[Callable[[], Samples]]:
    """What one round measures; each gives one line of the table or two."""
    bare = {
        BARE: "",
        IMPORT_RETRIEVAL: RETRIEVAL,
        f"import {WEB}": WEB,
        IMPORT_BOTH: f"{RETRIEVAL} {WEB}",
        IMPORT_TRAINED: TRAINED,
    }

    def bare_import(label: str, libraries: str) -> Callable[[], Samples]:
        return lambda: {label: first_output(importing(libraries))}

    def ask() -> Samples:
        return {ASK: first_output(product("ask", built, QUESTION))}

    def build() -> Samples:
        new = Path(tempfile.mkdtemp(dir=folder)) / "index"
        return {BUILD: first_output(product("build", new))}

    def serve() -> Samples:
        health, answer = server_start(served(built), QUESTION)
        return {HEALTH: health, SERVED: answer}

    return [*(bare_import(label, names) for label, names in bare.items()), ask, build, serve]


def measure(work: Sequence[Callable[[], Samples]], repeat: int) -> dict[str, list[Sample]]:
    """The samples of each line, after one round that does not count."""
    found: dict[str, list[Sample]] = defaultdict(list)
    with tqdm(total=(repeat + 1) * len(work), desc="processes", unit="process") as bar:
        for turn in range(repeat + 1):
            for scenario in work:
                for label, sample in scenario().items():
                    if turn:
                        found[label].append(sample)
                bar.update()
    return dict(found)


def line(samples: Sequence[Sample], base: Sequence[Sample]) -> dict[str, Any]:
    """Medians, the range of the times, and the median ratios to the base of the same round."""
    result: dict[str, Any] = {"runs": len(samples)}
    for name in ("seconds", "cpu_seconds", "peak_mib"):
        values = [getattr(sample, name) for sample in samples]
        known = [value for value in values if value is not None]
        bases = [getattr(sample, name) for sample in base]
        pairs = zip(values, bases, strict=True) if base else ()
        ratios = [value / other for value, other in pairs if value is not None and other]
        result[name] = round(statistics.median(known), 3) if known else None
        result[f"{name}_ratio"] = round(statistics.median(ratios), 2) if ratios else None
    result["least"] = round(min(sample.seconds for sample in samples), 3)
    result["most"] = round(max(sample.seconds for sample in samples), 3)
    return result


def lines(samples: Mapping[str, Sequence[Sample]]) -> dict[str, dict[str, Any]]:
    """One line a label, each with the label that it is divided by."""
    return {
        label: {**line(own, samples.get(AGAINST.get(label, ""), ())), "against": AGAINST.get(label)}
        for label, own in samples.items()
    }


def report(found: Mapping[str, dict[str, Any]]) -> str:
    """The table; a ratio is to the line of the number given with it."""
    numbers = {label: number for number, label in enumerate(found, 1)}

    def shown(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    rows = [
        [
            f"{numbers[label]} {label}",
            str(part["runs"]),
            f"{part['seconds']:.2f}",
            f"{part['least']:.2f}–{part['most']:.2f}",
            shown(part["cpu_seconds"], ".2f"),
            shown(part["peak_mib"], ".0f"),
            f"of {numbers[part['against']]}" if part["against"] in numbers else "",
            *(shown(part[f"{n}_ratio"], ".2f") for n in ("seconds", "cpu_seconds", "peak_mib")),
        ]
        for label, part in found.items()
    ]
    header = "from process start,runs,median s,range s,processor s,peak MiB,×,time,processor,memory"
    return table(header.split(","), rows)


def plain_start(built: Path) -> dict[str, list[str]]:
    """Which of the libraries to be told of a plain start imports, by start."""
    imported = {
        "ask": imported_by_command(product("ask", built, QUESTION)),
        "app.py": imported_by_server(served(built), QUESTION),
    }
    return {start: sorted(TOLD & names) for start, names in imported.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a plain start imports what it must not, or a process fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cold_start")
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--repeat", type=int, default=5, metavar="N")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error("--repeat is at least 1")
    with tempfile.TemporaryDirectory() as name:
        built = Path(name) / "built"
        try:
            first_output(product("build", built))
            imports = plain_start(built)
            found = lines(measure(scenarios(Path(name), built), options.repeat))
        except Failed as error:
            print(error, file=sys.stderr)
            return 1
    print(report(found))
    wrong = False
    for start, names in imports.items():
        forbidden = MUST_NOT & set(names)
        wrong = wrong or bool(forbidden)
        verdict = f"IMPORTS {', '.join(sorted(forbidden))}" if forbidden else "imports neither"
        others = ", ".join(n for n in names if n not in MUST_NOT) or "none"
        print(f"{start}: of {TRAINED.replace(' ', ' and ')} {verdict}; other heavy ones: {others}")
    result = {"benchmark": "cold_start", **circumstances(), "lines": found, "imports": imports}
    store("cold_start", result, out=options.json, save=options.save)
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
