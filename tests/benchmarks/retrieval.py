"""Retrieval, ours and what people would download, ``python -m tests.benchmarks.retrieval``.

    --corpus C.jsonl[.gz] --questions Q.jsonl [--limit-national]   passages and their questions
    --ncp FOLDER                                                   NCP: paragraphs and documents

Every system gets the same passages and questions in one process with one thread, one question at a
time: question in, 100 rows out. BM25 and the peers index title, path and text as one text. A peer
that is slow, as all are with 140,000 passages, is asked ``--peer-questions`` questions, and
compared on those. The shipped encoder has learned from STARD's questions, and all but BM25 use it:
figures for unseen ones need ``--fold F`` and ``--model`` with weights that were trained without
that fold. ``--scale N`` repeats the corpus with altered words and asks ours and bm25s only.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from assistant import text
from assistant.errors import EncoderError
from assistant.model import Encoder
from tests.benchmarks.processes import Failed
from tests.benchmarks.ranking_figures import SEED
from tests.benchmarks.reporting import circumstances, store
from tests.benchmarks.retrieval_corpus import (
    FOLDS,
    BadInput,
    QuestionSet,
    read_corpus,
    read_ncp,
    read_questions,
    sample,
)
from tests.benchmarks.retrieval_measuring import Row, Run, ratios, run, summary
from tests.benchmarks.retrieval_memory import encoder_of
from tests.benchmarks.retrieval_peers import LANGCHAIN, PEERS, open_peer, versions
from tests.benchmarks.retrieval_report import report
from tests.benchmarks.retrieval_scale import Nearest, recall_of_exact, scaled
from tests.benchmarks.retrieval_systems import (
    CHARACTERS,
    OURS,
    TOKENS,
    WORDS,
    Absent,
    Bm25s,
    Ours,
    System,
)

ONE_THREAD = dict.fromkeys(
    "OMP MKL OPENBLAS NUMEXPR NUMBA RAYON VECLIB_MAXIMUM TOKENIZERS_RAYON".split(), "1"
)
QUIET = {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}
RATIOS = (
    ("ours / bm25s alone, question to rows", TOKENS, "p95_ms", "p95_ms"),
    ("ours / bm25s alone, tokens given", TOKENS, "p95_ms", "tokens_given_p95_ms"),
    (f"ours / {LANGCHAIN}", LANGCHAIN, "p95_ms", "p95_ms"),
    ("ours / bm25s, tokens given", TOKENS, "index_seconds", "engine_seconds"),
    ("ours / bm25s with its tokens", TOKENS, "index_seconds", "index_seconds"),
    ("ours / bm25s", TOKENS, "resident_mib", "resident_mib"),
)
_GENERAL = {"train", "dev", "test", "questions"}
MakeOurs = Callable[[Encoder], System]


def environment() -> dict[str, str]:
    """The variables that keep every library to one thread, and the peers from calling home."""
    return {f"{name}_NUM_THREADS": count for name, count in ONE_THREAD.items()} | {
        "TOKENIZERS_PARALLELISM": "false",
        **QUIET,
    }


def contenders(
    options: argparse.Namespace, encoder: Encoder, ours: MakeOurs
) -> Iterator[tuple[str, Callable[[], System], int | None]]:
    """Name, how to make it, and how many questions it is asked at most, of every system."""
    names = (TOKENS,) if options.scale else (WORDS, CHARACTERS, TOKENS)
    for name in names:
        yield name, partial(Bm25s, name), None
    yield OURS, partial(ours, encoder), None
    for key in () if options.scale or "none" in options.peers else options.peers:
        yield key, partial(open_peer, key, encoder), options.peer_questions


def measure(
    wanted: QuestionSet, options: argparse.Namespace, encoder: Encoder, ours: MakeOurs
) -> Row:
    """All systems over one set, each thrown away before the next is made."""
    runs: list[Run] = []
    skipped: dict[str, str] = {}
    for name, make, bound in contenders(options, encoder, ours):
        print(f"{wanted.name}: {name} …", file=sys.stderr, flush=True)
        try:
            system = make()
            one = run(system, wanted, bound=bound, memory=options.memory, model=options.model)
        except (Absent, Failed) as error:
            skipped[name] = str(error)
            continue
        if options.scale and isinstance(system, Nearest):
            one.costs["dense_recall@10"] = recall_of_exact(system, wanted, encoder)
        runs.append(one)
        del system
        gc.collect()
    systems = summary(runs, (WORDS, CHARACTERS))
    return {
        "passages": len(wanted.passages),
        "questions": len(wanted.questions),
        "dropped": wanted.dropped,
        "unknown_gold": wanted.unknown,
        "without_right_passage": sum(not gold for gold in wanted.gold),
        "systems": systems,
        "ratios": ratios(systems, OURS, RATIOS),
        "skipped": skipped,
    }


def sets(options: argparse.Namespace, folder: Path) -> Iterator[QuestionSet]:
    """What is to be measured.

    Raises:
        BadInput: a file is not as it should be.
    """
    if options.corpus:
        passages = read_corpus(options.corpus, limit_national=options.limit_national)
        path: Path = options.questions
        general = path.resolve().parent.name if path.stem in _GENERAL else path.stem
        fold: int | None = options.fold
        named = options.name or (general if fold is None else f"{general}-fold{fold}")
        wanted = read_questions(path, passages, named, fold=fold)
        if options.passages:
            wanted = sample(wanted, options.passages)
        yield scaled(wanted, options.scale, folder) if options.scale else wanted
    if options.ncp:
        yield read_ncp(options.ncp)


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, checked.

    Raises:
        BadInput: they ask for nothing that can be done.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.retrieval")
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--corpus", type=Path, metavar="C.jsonl[.gz]")
    parser.add_argument("--questions", type=Path, metavar="Q.jsonl")
    parser.add_argument("--limit-national", action="store_true", help="national laws only")
    parser.add_argument("--name", default="", help="of the set; default: the questions' folder")
    parser.add_argument("--passages", type=int, default=0, metavar="N", help="a sample of N only")
    parser.add_argument("--ncp", type=Path, metavar="FOLDER")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=[*PEERS, "none"])
    parser.add_argument("--peer-questions", type=int, default=50, metavar="N")
    parser.add_argument("--scale", type=int, default=0, metavar="N", help="repeat the corpus to N")
    parser.add_argument("--model", default="", help="of all: weights or sentence-transformers")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="STARD's of one fold only")
    parser.add_argument("--no-memory", dest="memory", action="store_false")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    options = parser.parse_args(arguments)
    if bool(options.corpus) != bool(options.questions):
        raise BadInput("--corpus 与 --questions 要一起给出。")
    if not options.corpus and not options.ncp:
        raise BadInput("没有可评测的数据，请给出 --corpus 和 --questions，或者 --ncp。")
    if options.scale and (options.ncp or not options.corpus):
        raise BadInput("--scale 只用于 --corpus 和 --questions，请去掉 --ncp。")
    if min(options.passages, options.scale) < 0 or options.peer_questions < 1:
        raise BadInput("--passages、--scale、--peer-questions 要是正整数。")
    return options


def main(arguments: Sequence[str] | None = None, ours: MakeOurs | None = None) -> int:
    """Print the tables; 0, or 2 after one sentence about input that cannot be measured."""
    try:
        options = read_options(arguments)
        encoder = encoder_of(options.model)
        text.warm()
        with tempfile.TemporaryDirectory() as name:
            found = {
                wanted.name: measure(wanted, options, encoder, ours or _product)
                for wanted in sets(options, Path(name))
            }
    except (BadInput, EncoderError) as error:
        print(error, file=sys.stderr)
        return 2
    result: dict[str, Any] = {
        "benchmark": "retrieval",
        **circumstances(),
        "one_thread": all(os.environ.get(k) == v for k, v in environment().items()),
        "seed": SEED,
        "encoder": encoder.name,
        "versions": versions(),
        "sets": found,
    }
    print("\n\n".join(report(name, part) for name, part in found.items()))
    store("-".join(["retrieval", *found]), result, out=options.json, save=options.save)
    return 0


def _product(encoder: Encoder) -> System:
    return Ours(encoder)


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in environment().items()):
        command = [sys.executable, "-m", "tests.benchmarks.retrieval", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **environment()})  # noqa: S606
    raise SystemExit(main())
