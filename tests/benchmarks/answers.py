"""Answers to question files: quality and time, ``python -m tests.benchmarks.answers``.

Without arguments: all tests/data/questions_seed_*.jsonl on the project's corpus, scored with
tests/benchmarks/scoring.py. ``--scorer`` takes another scorer, a Python file with the same
``score``; ``units_on_right_clause``, which it does not know, stays the project's own. The index is
built in a temporary folder, so that it is this code's; ``--index`` uses another folder.

Every question is asked twice: the first pass has seen no question before and pays for what is
loaded late; the second is the warm one. Caches know its questions, so for a new question the first
pass is the upper bound. Processor time is what a busy machine does not stretch much. Beside it, in
the same run: BM25 over characters, first hit.
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

from assistant.errors import PolicyAssistantError, UnreadableFile
from assistant.faces.contract import Assistant
from assistant.reading.files import document_files
from assistant.reading.loaders import read
from assistant.service import PolicyAssistant
from assistant.settings import load
from tests.benchmarks import scoring
from tests.benchmarks.answers_table import print_report
from tests.benchmarks.baseline import CharacterBM25
from tests.benchmarks.reporting import ROOT, circumstances, store
from tests.benchmarks.scoring import Row, Scorer

DATA = ROOT / "tests" / "data"
KINDS = ("fact", "unit", "industry", "reverse", "meta", "unanswerable")
# What the given scorer calls a measure, in our words.
OUR_NAME = {"answered": "false_refusal"}


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer, and the milliseconds that passed and that processors worked for it."""

    answer: Row
    ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in both passes and by the baseline; ``answer`` is the warm one, as stored."""

    row: Row
    answer: Row
    first: Timed
    warm: Timed
    baseline: Timed


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


def timed(work: Callable[[], Row]) -> Timed:
    """The result of the work and the time it took."""
    cpu, started = time.process_time(), time.perf_counter()
    result = work()
    passed, worked = time.perf_counter() - started, time.process_time() - cpu
    return Timed(result, 1000 * passed, 1000 * worked)


def ask_all(assistant: Assistant, rows: Sequence[Row], file: Path) -> list[Asked]:
    """Both passes over the rows; the warm answers go through ``file`` as JSON Lines."""
    plain = CharacterBM25(assistant.documents())

    def asked(row: Row) -> Timed:
        return timed(lambda: _ask(assistant, row))

    def matched(row: Row) -> Timed:
        return timed(lambda: plain.answer(row["question"], row.get("history", ())))

    first = [asked(row) for row in tqdm(rows, desc="first pass", unit="question")]
    warm = [asked(row) for row in tqdm(rows, desc="warm pass", unit="question")]
    for row in rows:
        matched(row)  # the baseline's own warm-up pass
    base = [matched(row) for row in rows]
    lines = [json.dumps(t.answer, ensure_ascii=False) for t in warm]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stored = read_rows(file)
    return [Asked(*parts) for parts in zip(rows, stored, first, warm, base, strict=True)]


def _ask(assistant: Assistant, row: Row) -> Row:
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
    base = scorer(rows, [a.baseline.answer for a in asked], None)[0]
    return {
        "questions": len(asked),
        "figures": {name: figures[name] for name in numbers},
        "counts": numbers,
        "first_ms": spread([a.first.ms for a in asked]),
        "warm_ms": spread([a.warm.ms for a in asked]),
        "warm_cpu_ms": spread([a.warm.cpu_ms for a in asked]),
        "baseline": {
            "clause_hit1": base.get("clause_hit1"),
            "ms": spread([a.baseline.ms for a in asked]),
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
    marks = scoring.all_marks(rows, answers, source)
    own = [m for m in marks if m.missed and m.measure != "units_on_right_clause"]  # is in units
    told = {
        (OUR_NAME.get(name, name), row_id) for name, row_id, _ in scorer(rows, answers, source)[1]
    }
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


def one_document(file: Path, folder: Path) -> Path:
    """A corpus of one document, with its sidecar if it has one."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for member in (file, file.with_suffix(".yaml")):
        if member.is_file():
            shutil.copy(member, corpus)
    return corpus


def text_of(files: Sequence[Path]) -> str:
    """What stands in the documents; a file that the corpus leaves out is left out here too."""
    texts: list[str] = []
    for file in files:
        try:
            texts.append(read(file).text)
        except UnreadableFile:
            continue
    return "\n".join(texts)


def measure(options: argparse.Namespace, scorer: Scorer, folder: Path) -> dict[str, Any]:
    """Open, ask, score: the whole result."""
    corpus = one_document(options.document, folder) if options.document else options.corpus
    settings = load({"corpus_dir": corpus, "index_dir": options.index or folder / "index"})
    started = time.perf_counter()
    assistant = PolicyAssistant.open(settings, progress=True)
    opened = time.perf_counter() - started
    if options.source:
        source = options.source.read_text(encoding="utf-8")
    else:
        source = text_of(document_files(settings.corpus_dir))
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
