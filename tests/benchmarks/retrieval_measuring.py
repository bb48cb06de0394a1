"""One system over one set: index, ask, score; then all of them side by side."""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant import text
from tests.benchmarks.ranking_figures import (
    DEPTH,
    RESAMPLES,
    SEED,
    Figures,
    evaluate,
    paired_bootstrap,
)
from tests.benchmarks.retrieval_corpus import QuestionSet
from tests.benchmarks.retrieval_memory import in_fresh_process
from tests.benchmarks.retrieval_systems import Bm25s, Saved, System

WARM_UP = 5
COMPARED = ("R@10", "R@100", "MRR@10", "nDCG@10")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What one system did: the questions it was asked (their places), figures by reading, costs."""

    name: str
    asked: list[int]
    readings: Mapping[str, Figures]
    costs: Row = field(default_factory=dict)


def asked_of(total: int, bound: int | None) -> list[int]:
    """The places of the questions to ask: all, or ``bound`` of them drawn with a fixed seed."""
    if bound is None or bound >= total:
        return list(range(total))
    return sorted(random.Random(SEED).sample(range(total), bound))  # noqa: S311


def run(
    system: System,
    wanted: QuestionSet,
    *,
    bound: int | None = None,
    memory: bool = True,
    model: str = "",
) -> Run:
    """Index the set's passages and ask its questions, one after the other."""
    asked = asked_of(len(wanted.questions), bound)
    questions = [wanted.questions[place] for place in asked]
    forget()
    started, used = time.perf_counter(), processor_seconds()
    system.index(wanted.passages)
    costs: Row = {"index_seconds": time.perf_counter() - started}
    costs["index_cpu_seconds"] = processor_seconds() - used
    for question in questions[:WARM_UP]:
        system.search(question, DEPTH)
    forget()
    rankings, times = timed(partial(system.search, limit=DEPTH), questions)
    costs |= times
    if isinstance(system, Bm25s):
        costs["engine_seconds"] = system.engine_seconds
        costs["engine_cpu_seconds"] = system.engine_cpu_seconds
        tokens = [system.cut(question) for question in questions]
        _, times = timed(partial(system.search_tokens, limit=DEPTH), tokens)
        costs |= {f"tokens_given_{name}": value for name, value in times.items()}
    if memory and isinstance(system, Saved):
        costs |= in_fresh_process(system, questions, model)
    return Run(system.name, asked, readings(rankings, wanted, asked), costs)


def timed(
    search: Callable[[Any], list[int]], queries: Sequence[Any]
) -> tuple[list[list[int]], dict[str, float]]:
    """The ranking of each query; median and 95th percentile of its milliseconds.

    ``cpu_``: of the processor, in all threads, which other work on the machine does not lengthen.
    """
    rankings: list[list[int]] = []
    wall: list[float] = []
    cpu: list[float] = []
    gc.collect()
    for query in queries:
        started, used = time.perf_counter(), time.process_time()
        rankings.append(search(query))
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - started)
    found: dict[str, float] = {}
    for prefix, seconds in (("", wall), ("cpu_", cpu)):
        p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
        found |= {f"{prefix}p50_ms": float(p50), f"{prefix}p95_ms": float(p95)}
    return rankings, found


def processor_seconds() -> float:
    """What processors have worked until now for this process and its finished children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def forget() -> None:
    """Empty the caches of texts and their tokens, so that no system profits from the one before."""
    for value in vars(text).values():
        if hasattr(value, "cache_parameters") and value.cache_parameters()["maxsize"]:
            value.cache_clear()


def readings(
    rankings: Sequence[Sequence[int]], wanted: QuestionSet, asked: Sequence[int]
) -> dict[str, Figures]:
    """Figures of the passages; where the set has them, by the strict reading and of documents."""
    found = {"passages": evaluate(rankings, [wanted.gold[place] for place in asked])}
    if wanted.strict:
        found["strict"] = evaluate(rankings, [wanted.strict[place] for place in asked])
    if wanted.documents:
        owners = [[wanted.passages[row].document for row in one] for one in rankings]
        found["documents"] = evaluate(owners, [wanted.documents[place] for place in asked])
    return found


def compared(ours: Run, other: Run) -> Row:
    """The differences of two runs, in points, over the questions that both were asked."""
    places: Row = {}
    for reading, figures in ours.readings.items():
        places[reading] = {}
        for measure in COMPARED:
            left, right = common(ours, other, figures.values[measure],
                                 other.readings[reading].values[measure])  # fmt: skip
            found = paired_bootstrap(left, right)
            bounds = (found.difference, found.low, found.high)
            places[reading][measure] = [round(100 * value, 2) for value in bounds]
    return places


def common(
    ours: Run, other: Run, mine: NDArray[np.float64], theirs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two systems' values of the questions that both were asked."""
    both = sorted(set(ours.asked) & set(other.asked))
    left, right = ({place: n for n, place in enumerate(run.asked)} for run in (ours, other))
    return mine[[left[place] for place in both]], theirs[[right[place] for place in both]]


def summary(runs: Sequence[Run], references: Sequence[str]) -> dict[str, Row]:
    """Everything about each system, with its differences to each of the references that ran."""
    by_name = {one.name: one for one in runs}
    found: dict[str, Row] = {}
    for one in runs:
        others = [by_name[name] for name in references if name in by_name and name != one.name]
        found[one.name] = {
            "questions": len(one.asked),
            **{
                reading: {k: round(100 * v, 2) for k, v in figures.means.items()}
                for reading, figures in one.readings.items()
            },
            "against": {other.name: compared(one, other) for other in others},
            "resamples": RESAMPLES,
            **{k: round(v, 3) if isinstance(v, float) else v for k, v in one.costs.items()},
        }
    return found


def ratios(
    systems: Mapping[str, Row], mine: str, pairs: Sequence[tuple[str, str, str, str]]
) -> dict[str, float]:
    """One system's costs to others', by label: (label, other system, cost, the other's cost).

    Times are given twice, by the clock and by the processor.
    """
    return dict(_ratios(systems, mine, pairs))


def _ratios(
    systems: Mapping[str, Row], mine: str, pairs: Sequence[tuple[str, str, str, str]]
) -> Iterator[tuple[str, float]]:
    for label, other, cost, theirs in pairs:
        for suffix, change in (("", str), (", CPU", _of_processor)):
            above = systems.get(mine, {}).get(change(cost))
            below = systems.get(other, {}).get(change(theirs))
            if above is not None and below and not (suffix and change(cost) == cost):
                yield f"{cost.rpartition('_')[0]} {label}{suffix}", round(above / below, 3)


def _of_processor(cost: str) -> str:
    """The name of a time of the processor, or the name itself of what is no time."""
    return cost.replace("p95_ms", "cpu_p95_ms").replace("seconds", "cpu_seconds")
