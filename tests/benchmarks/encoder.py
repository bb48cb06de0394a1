"""Dense retrieval alone: ``python -m tests.benchmarks.encoder --data DIR [--weights DIR]``.

NCP: 1,017 questions to the paragraphs of 485 government pages. A paragraph is right when it stands
in one of ``docids_with_answer`` and holds the answer's words, or lies in the annotated span.
STARD: lay questions to the articles of national laws. Figures × 100; MRR is cut at rank 10.
Our weights have seen all questions of STARD; ``python -m assistant.training.cross_validation``
measures each question by an encoder that has not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.encoder import open_encoder
from assistant.indexing.static_encoder import StaticEncoder
from assistant.model import Encoder
from assistant.training.sources import read_json_lines

SHIPPED = Path(__file__).parents[2] / "assistant" / "weights"
DEPTH = 100
BLOCK = 256


@dataclass(frozen=True, slots=True)
class Task:
    """Questions, passages, and for each question the numbers of the right passages."""

    name: str
    questions: list[str]
    passages: list[str]
    right: list[set[int]]


def ncp_task(data: Path, titled: bool) -> Task:
    """NCP by paragraph, with the page's title before each paragraph or without."""
    passages: list[str] = []
    plain: list[str] = []
    places: dict[str, list[tuple[int, int]]] = {}
    for page in read_json_lines(data / "ncp" / "corpus.jsonl"):
        for line, text in enumerate(page["text"].split("\n")):
            if text.strip():
                places.setdefault(page["docid"], []).append((line, len(passages)))
                passages.append(f"{page['title']} {text}" if titled else text)
                plain.append("".join(text.split()))
    questions: list[str] = []
    right: list[set[int]] = []
    for row in read_json_lines(data / "ncp" / "questions.jsonl"):
        answer = "".join(row["answer"].split())
        pages = (places.get(page, []) for page in row["docids_with_answer"])
        found = {number for page in pages for _, number in page if answer in plain[number]}
        if row["para_span"]:
            first, last = row["para_span"]
            found |= {n for line, n in places.get(row["docid"], []) if first <= line <= last}
        questions.append(row["question"])
        right.append(found)
    name = "NCP, title + paragraph" if titled else "NCP, paragraph"
    return Task(name, questions, passages, right)


def stard_task(data: Path, *, seen: bool) -> Task:
    """STARD over the national articles; the name says whether the encoder has seen it."""
    articles = [a for a in read_json_lines(data / "laws" / "articles.jsonl.gz") if a["national"]]
    numbers = {article["id"]: number for number, article in enumerate(articles)}
    questions: list[str] = []
    right: list[set[int]] = []
    for row in read_json_lines(data / "stard" / "train.jsonl"):
        gold = {numbers[name] for name in row["gold"] if name in numbers}
        if gold:
            questions.append(row["question"])
            right.append(gold)
    passages = [f"{a['law']}{a['article']} {a['text']}" for a in articles]
    name = "STARD (seen in training)" if seen else "STARD"
    return Task(name, questions, passages, right)


def first_ranks(encoder: Encoder, task: Task) -> NDArray[np.int64]:
    """The rank of the first right passage of each question; 0 when it is beyond DEPTH."""
    passages = encoder.encode_passages(task.passages, progress=True)
    questions = encoder.encode_queries(task.questions)
    ranks = np.zeros(len(questions), dtype=np.int64)
    for start in range(0, len(questions), BLOCK):
        scores = questions[start : start + BLOCK] @ passages.T
        for row, score in enumerate(scores, start):
            best = np.argpartition(-score, min(DEPTH, len(score) - 1))[:DEPTH]
            order = best[np.argsort(-score[best], kind="stable")]
            found = [rank for rank, n in enumerate(order, 1) if int(n) in task.right[row]]
            ranks[row] = found[0] if found else 0
    return ranks


def summary(ranks: NDArray[np.int64]) -> dict[str, float]:
    """MRR@10 and recall of a first right passage at 1, 10 and 100, × 100."""
    found = ranks > 0
    reciprocal = np.where(found & (ranks <= 10), 1 / np.maximum(ranks, 1), 0.0)
    figures = {"MRR@10": 100 * float(reciprocal.mean())}
    for cut in (1, 10, 100):
        figures[f"R@{cut}"] = 100 * float((found & (ranks <= cut)).mean())
    return figures


def timings(folder: Path, task: Task) -> str:
    """Load time, time of one question and passages a second on this machine."""
    started = time.perf_counter()
    encoder = StaticEncoder.load(folder)
    loaded = time.perf_counter()
    for question in task.questions[:200]:
        encoder.encode_queries([question])
    asked = time.perf_counter()
    encoder.encode_passages(task.passages)
    done = time.perf_counter()
    return (
        f"load {1000 * (loaded - started):.0f} ms, question {5 * (asked - loaded):.2f} ms, "
        f"{len(task.passages) / (done - asked):,.0f} passages/s"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line a task; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.encoder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    parser.add_argument("--model", default="", help="a sentence-transformers model instead")
    options = parser.parse_args(arguments)
    paragraphs = ncp_task(options.data, titled=False)
    encoder: Encoder
    if options.model:
        encoder = open_encoder(options.model)
    else:
        encoder = StaticEncoder.load(options.weights)
        print(timings(options.weights, paragraphs))
    stard = stard_task(options.data, seen=not options.model)
    for task in (ncp_task(options.data, titled=True), paragraphs, stard):
        figures = "  ".join(f"{k} {v:.1f}" for k, v in summary(first_ranks(encoder, task)).items())
        print(f"{task.name}: {figures}  ({len(task.questions)} questions)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
