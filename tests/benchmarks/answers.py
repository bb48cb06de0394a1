"""Answers to question files: quality and time, ``python -m tests.benchmarks.answers``.

Without arguments: all tests/data/questions_seed_*.jsonl on the project's corpus, scored with
tests/benchmarks/scoring.py. ``--scorer`` takes another scorer, a Python file with the same
``score``; ``units_on_right_clause``, which it does not know, stays the project's own. The index is
built in a temporary folder, so that it is this code's; ``--index`` uses another folder.

Every question is asked twice: the first pass has seen no question before and pays for what is
loaded late; the second is the warm one. Caches know its questions, so for a new question the first
pass is the upper bound. Beside it, in the same run: BM25 over characters, first hit.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from tqdm import tqdm

from assistant.corpus import document_files
from assistant.errors import PolicyAssistantError
from assistant.loaders import read
from assistant.service import PolicyAssistant
from assistant.settings import load
from tests.benchmarks import scoring
from tests.benchmarks.baseline import CharacterBM25
from tests.benchmarks.reporting import ROOT, circumstances, store, table
from tests.benchmarks.scoring import Row, Scorer

DATA = ROOT / "tests" / "data"
KINDS = ("fact", "unit", "industry", "reverse", "meta", "unanswerable")
# What the given scorer calls a measure, in our words.
OUR_NAME = {"answered": "false_refusal"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with both answers and their times in milliseconds."""

    row: Row
    answer: Row
    first_ms: float
    warm_ms: float
    baseline: Row
    baseline_ms: float


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def load_scorer(path: Path) -> Scorer:
    """The function ``score`` of a Python file.

    Raises:
        ValueError: the file is not Python, or has no such function.
    """
    spec = importlib.util.spec_from_file_location("given_scorer", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ValueError(f"no Python file: {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, "score", None)
    if not callable(found):
        raise ValueError(f"{path.name} has no function score(questions, answers, source)")
    return cast("Scorer", found)


def timed(work: Callable[[], Row]) -> tuple[Row, float]:
    """The result and the milliseconds it took."""
    started = time.perf_counter()
    result = work()
    return result, 1000 * (time.perf_counter() - started)


def ask_all(assistant: PolicyAssistant, rows: Sequence[Row], file: Path) -> list[Asked]:
    """Both passes over the rows; the warm answers go through ``file`` as JSON Lines."""
    plain = CharacterBM25(assistant.documents())

    def asked(row: Row) -> tuple[Row, float]:
        return timed(lambda: _ask(assistant, row))

    def matched(row: Row) -> tuple[Row, float]:
        return timed(lambda: plain.answer(row["question"], row.get("history", ())))

    first = [asked(row) for row in tqdm(rows, desc="first pass", unit="question")]
    warm = [asked(row) for row in tqdm(rows, desc="warm pass", unit="question")]
    for row in rows:
        matched(row)  # the baseline's own warm-up pass
    base = [matched(row) for row in rows]
    lines = [json.dumps(answer, ensure_ascii=False) for answer, _ in warm]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stored = read_rows(file)
    return [
        Asked(row, answer, f[1], w[1], b[0], b[1])
        for row, answer, f, w, b in zip(rows, stored, first, warm, base, strict=True)
    ]


def _ask(assistant: PolicyAssistant, row: Row) -> Row:
    try:
        return assistant.ask(row["question"], row.get("history", ())).to_dict()
    except PolicyAssistantError as error:
        return assistant.failed(row["question"], error).to_dict()


def summary(asked: Sequence[Asked], scorer: Scorer, source: str) -> dict[str, Any]:
    """Figures, how many marks each stands on, times, and the baseline, of some questions."""
    rows = [a.row for a in asked]
    answers = [a.answer for a in asked]
    own = scoring.all_marks(rows, answers, source)
    figures = {**scoring.figures(own), **scorer(rows, answers, source)[0]}
    numbers = scoring.counts(own)
    base = scorer(rows, [a.baseline for a in asked], None)[0]
    return {
        "questions": len(asked),
        "figures": {name: figures[name] for name in numbers},
        "counts": numbers,
        "first_ms": spread([a.first_ms for a in asked]),
        "warm_ms": spread([a.warm_ms for a in asked]),
        "baseline": {
            "clause_hit1": base.get("clause_hit1"),
            "ms": spread([a.baseline_ms for a in asked]),
        },
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3), "max": round(max(values), 3)}


def by_kind(asked: Sequence[Asked], scorer: Scorer, source: str) -> dict[str, Any]:
    """The summary of all questions and of each kind among them."""
    present = {a.row["kind"] for a in asked}
    kinds = [k for k in KINDS if k in present] + sorted(present - set(KINDS))
    parts = {kind: [a for a in asked if a.row["kind"] == kind] for kind in kinds}
    return {k: summary(part, scorer, source) for k, part in {"all": list(asked), **parts}.items()}


def misses(asked: Sequence[Asked], scorer: Scorer, source: str) -> list[dict[str, str]]:
    """What the scorer counts as missed, with the wanted and the got as our own scorer saw them."""
    rows, answers = [a.row for a in asked], [a.answer for a in asked]
    own = [m for m in scoring.all_marks(rows, answers, source) if m.missed]
    told = {(OUR_NAME.get(name, name), row_id) for name, row_id, _ in scorer(rows, answers, source)[1]}
    found = [
        {
            "measure": m.measure,
            "id": m.row_id,
            "question": m.question,
            "wanted": m.wanted,
            "got": m.got,
            "scorer": "both" if (m.measure, m.row_id) in told else "own",
        }
        for m in own
    ]
    ours = {(m.measure, m.row_id) for m in own}
    asked_as = {row["id"]: row["question"] for row in rows}
    for measure, row_id in sorted(told - ours):
        unknown = {"measure": measure, "id": row_id, "question": asked_as[row_id]}
        found.append({**unknown, "wanted": "", "got": "", "scorer": "given"})
    return found


def section_rows(summaries: dict[str, Any], columns: Sequence[str]) -> list[list[str]]:
    """The lines of one section of the table; a kind that it does not have stays blank."""

    def line(name: str, cell: Callable[[dict[str, Any]], str]) -> list[str]:
        return [name, *(cell(summaries[c]) if c in summaries else "" for c in columns)]

    def figure(measure: str) -> Callable[[dict[str, Any]], str]:
        def cell(part: dict[str, Any]) -> str:
            number = part["counts"].get(measure)
            return f"{part['figures'][measure]:.3f} ({number})" if number else ""

        return cell

    def base(part: dict[str, Any]) -> str:
        share = part["baseline"]["clause_hit1"]
        return "" if share is None else f"{share:.3f}"

    def ratio(part: dict[str, Any]) -> str:
        share = part["baseline"]["clause_hit1"]
        return f"{part['figures']['clause_hit1'] / share:.2f}×" if share else ""

    def ms(*keys: str) -> Callable[[dict[str, Any]], str]:
        *path, last = keys

        def cell(part: dict[str, Any]) -> str:
            for key in path:
                part = part[key]
            return f"{part[last]:.2f}"

        return cell

    whole = summaries["all"]["counts"]
    lines = [line("questions", lambda part: str(part["questions"]))]
    lines += [line(measure, figure(measure)) for measure in scoring.MEASURES if measure in whole]
    lines += [line("BM25 clause_hit1", base), line("… ours / BM25", ratio)]
    lines += [line(f"ask, ms, {k}", ms("warm_ms", k)) for k in ("p50", "p95", "max")]
    lines += [line(f"first pass, ms, {k}", ms("first_ms", k)) for k in ("p50", "p95", "max")]
    lines += [line(f"BM25, ms, {k}", ms("baseline", "ms", k)) for k in ("p50", "p95", "max")]
    return lines


def print_report(result: dict[str, Any], *, show: bool) -> None:
    """One table with a section a file, then the misses."""
    columns = list(dict.fromkeys(kind for part in result["files"].values() for kind in part))
    rows: list[list[str]] = []
    for name, summaries in result["files"].items():
        rows += [[f"[{name}]", *([""] * len(columns))], *section_rows(summaries, columns)]
    print(table(["share (of how many)", *columns], rows))
    print(f"scorer: {result['scorer']}; load and build: {result['open_seconds']:.2f} s")
    if not show:
        return
    for name, missed in result["misses"].items():
        print(f"\n{name}: {len(missed)} misses")
        for m in missed:
            print(f"{m['measure']}  {m['id']}  {m['question']}  [{m['scorer']}]")
            print(f"    wanted  {m['wanted'][:300]}\n    got     {m['got'][:300]}")


def one_document(file: Path, folder: Path) -> Path:
    """A corpus of one document, with its sidecar if it has one."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for member in (file, file.with_suffix(".yaml")):
        if member.is_file():
            shutil.copy(member, corpus)
    return corpus


def measure(options: argparse.Namespace, scorer: Scorer, folder: Path) -> dict[str, Any]:
    """Open, ask, score: the whole result."""
    corpus = one_document(options.document, folder) if options.document else options.corpus
    settings = load({"corpus_dir": corpus, "index_dir": options.index or folder / "index"})
    started = time.perf_counter()
    assistant = PolicyAssistant.open(settings, progress=True)
    opened = time.perf_counter() - started
    files = [options.source] if options.source else document_files(settings.corpus_dir)
    source = "\n".join(read(file).text for file in files)
    asked = {
        path.stem: ask_all(assistant, read_rows(path), folder / path.name)
        for path in options.questions
    }
    missed = {name: misses(part, scorer, source) for name, part in asked.items()}
    if len(asked) > 1:
        asked["all files"] = [a for part in asked.values() for a in part]
    return {
        "benchmark": "answers",
        **circumstances(),
        "scorer": options.scorer.name if options.scorer else "own",
        "document": options.document.name if options.document else "the corpus",
        "open_seconds": round(opened, 3),
        "files": {name: by_kind(part, scorer, source) for name, part in asked.items()},
        "misses": missed,
    }


def read_options(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Scorer]:
    """The options, checked, and the scorer they ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.answers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--questions", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--scorer", type=Path, metavar="FILE", help="default: the project's own")
    parser.add_argument("--source", type=Path, metavar="FILE", help="where quotes must stand")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--corpus", type=Path, metavar="DIR")
    place.add_argument("--document", type=Path, metavar="FILE", help="one document, as the corpus")
    parser.add_argument("--index", type=Path, metavar="DIR", help="default: a temporary folder")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    parser.add_argument("--show", action="store_true", help="list the misses")
    options = parser.parse_args(arguments)
    if options.document and not options.questions:
        parser.error("--document needs --questions about it")
    options.questions = options.questions or sorted(DATA.glob("questions_seed_*.jsonl"))
    for path in [*options.questions, options.document, options.source]:
        if path and not path.is_file():
            parser.error(f"no file: {path}")
    if len({path.stem for path in options.questions}) < len(options.questions):
        parser.error("question files need different names")
    try:
        scorer = load_scorer(options.scorer) if options.scorer else scoring.score
    except ValueError as error:
        parser.error(str(error))
    return options, scorer


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0."""
    options, scorer = read_options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(options, scorer, Path(folder))
    print_report(result, show=options.show)
    store("answers", result, out=options.json, save=options.save)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
