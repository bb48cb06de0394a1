"""The price of caution, ``python -m tests.benchmarks.refusal``: false refusals, wrong answers.

    --corpus DIR --questions FILE…     as for tests.benchmarks.answers

Every question is asked at each threshold (REFUSAL_THRESHOLD). Of the answerable ones the share that
is refused is a false refusal, and the share whose first citation is another clause a wrong answer;
of the others, each one that is answered is a wrong answer.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant.service import PolicyAssistant
from assistant.settings import Settings, load
from tests.benchmarks import scoring
from tests.benchmarks.answers import DATA, read_rows
from tests.benchmarks.reporting import ROOT, circumstances, store, table
from tests.benchmarks.scoring import Row

THRESHOLDS = (0.0, 0.06, 0.12, 0.18, 0.24, 0.3, 0.36, 0.42, 0.5, 0.6)
COLUMNS = {
    "refused": "unanswerable refused",
    "false_refusal": "answerable refused",
    "clause_hit1": "first clause right",
}


def at_threshold(settings: Settings, rows: Sequence[Row]) -> dict[str, float]:
    """The figures of one point of the curve."""
    assistant = PolicyAssistant.open(settings)
    answers = [assistant.ask(r["question"], r.get("history", ())).to_dict() for r in rows]
    found = scoring.figures(scoring.all_marks(rows, answers, ""))
    return {name: found[name] for name in COLUMNS if name in found}


def curve(corpus: Path, index: Path, rows: Sequence[Row]) -> list[dict[str, float]]:
    """One point for each threshold."""
    points = []
    for threshold in tqdm(THRESHOLDS, desc="thresholds"):
        given: Mapping[str, object] = {
            "corpus_dir": corpus,
            "index_dir": index,
            "refusal_threshold": threshold,
        }
        points.append({"threshold": threshold, **at_threshold(load(given), rows)})
    return points


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the curve; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.refusal", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--corpus", type=Path, metavar="DIR", default=ROOT / "corpus")
    parser.add_argument("--questions", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    options = parser.parse_args(arguments)
    files = options.questions or sorted(DATA.glob("questions_seed_*.jsonl"))
    for path in files:
        if not path.is_file():
            parser.error(f"no file: {path}")
    rows = [row for path in files for row in read_rows(path)]
    with tempfile.TemporaryDirectory() as folder:
        points = curve(options.corpus, Path(folder) / "index", rows)
    chosen = load({}).refusal_threshold
    lines = [
        [f"{p['threshold']:.2f}{' *' if p['threshold'] == chosen else ''}"]
        + [f"{p[name]:.3f}" if name in p else "–" for name in COLUMNS]
        for p in points
    ]
    print(table([f"threshold ({len(rows)} questions)", *COLUMNS.values()], lines))
    result: dict[str, Any] = {
        "benchmark": "refusal",
        **circumstances(),
        "questions": [path.name for path in files],
        "points": points,
    }
    store("refusal", result, out=options.json, save=options.save)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
