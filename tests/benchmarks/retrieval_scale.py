"""A corpus repeated with altered words until it is as large as wanted, on disk; exact neighbours.

The first copy is the corpus itself, so that its questions keep their right passages. In the others
a fifth of the Chinese words gives way to words of the same length, drawn as often as the corpus
uses them, and each is a document of its own.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.model import Encoder
from tests.benchmarks.ranking_figures import SEED
from tests.benchmarks.retrieval_corpus import BadInput, Entry, QuestionSet

SHARE = 0.2
_DRAWN_FROM = 2_000
_CHINESE = re.compile(r"[\u3400-\u9fff]{1,4}")


@runtime_checkable
class Nearest(Protocol):
    """A system whose index of vectors can be asked alone."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[int]:
        """The rows it finds nearest, best first."""
        ...


class PassagesOnDisk(Sequence[Entry]):
    """Passages in a JSON Lines file; only the places of the lines lie in memory."""

    def __init__(self, path: Path, places: NDArray[np.int64]) -> None:
        self._path = path
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        with self._path.open("rb") as lines:
            lines.seek(int(self._places[at]))
            return _read(lines.readline())

    def __iter__(self) -> Iterator[Entry]:
        with self._path.open("rb") as lines:
            yield from map(_read, lines)


def scaled(wanted: QuestionSet, size: int, folder: Path, seed: int = SEED) -> QuestionSet:
    """The same questions over ``size`` passages, which are written into the folder.

    Raises:
        BadInput: the corpus is larger already.
    """
    base = len(wanted.passages)
    if size < base:
        raise BadInput(f"--scale 为{size}，小于语料的{base}条，请给出更大的数。")
    draw = random.Random(seed)  # noqa: S311
    pool = words_by_length(draw.sample(wanted.passages, min(_DRAWN_FROM, base)))
    parts = [folder / f"{copy}.jsonl" for copy in range(-(-size // base))]
    sizes: list[array[int]] = [array("l") for _ in parts]
    with ExitStack() as opened:
        files = [opened.enter_context(path.open("wb")) for path in parts]
        for row, entry in enumerate(wanted.passages):
            cut = text.cut(entry.text)
            for copy, (file, lengths) in enumerate(zip(files, sizes, strict=True)):
                if copy * base + row < size:
                    one = altered(entry, cut, copy, pool, draw) if copy else entry
                    line = json.dumps(asdict(one), ensure_ascii=False).encode() + b"\n"
                    lengths.append(file.write(line))
    path = folder / "passages.jsonl"
    _join(parts, path)
    ends = np.cumsum(np.concatenate([np.asarray(one) for one in sizes]))
    places = np.concatenate([[0], ends[:-1]])
    return replace(wanted, name=f"{wanted.name}-{size}", passages=PassagesOnDisk(path, places))


def words_by_length(passages: Sequence[Entry]) -> dict[int, list[str]]:
    """Every Chinese word of the passages, as often as it occurs, by its length."""
    found: dict[int, list[str]] = {}
    for entry in passages:
        for word in text.cut(entry.text):
            if _CHINESE.fullmatch(word):
                found.setdefault(len(word), []).append(word)
    return found


def altered(
    entry: Entry, cut: Sequence[str], copy: int, pool: dict[int, list[str]], draw: random.Random
) -> Entry:
    """A copy of a passage, cut into words, with some words changed and names of its own."""
    words = [
        _other(word, pool, draw) if draw.random() < SHARE and _CHINESE.fullmatch(word) else word
        for word in cut
    ]
    own = f"{entry.title}第{copy}辑" if entry.title else ""
    return Entry(
        id=f"{entry.id}#{copy}",
        text="".join(words),
        title=own,
        path=entry.path,
        document=f"{entry.document}#{copy}",
        authority=entry.authority,
    )


def exact_neighbours(
    passages: Sequence[Entry],
    encoder: Encoder,
    queries: NDArray[np.float32],
    limit: int,
    *,
    block: int = 8_192,
) -> NDArray[np.int64]:
    """The rows of the highest inner products for each query, best first; passages are encoded a
    block at a time and not kept.
    """
    scores = np.full((len(queries), limit), -np.inf, dtype=np.float32)
    rows = np.full((len(queries), limit), -1, dtype=np.int64)
    for start, entries in _blocks(passages, block):
        vectors = encoder.encode_passages([entry.full for entry in entries])
        here = np.broadcast_to(np.arange(start, start + len(entries)), (len(queries), len(entries)))
        both = np.concatenate([scores, queries @ vectors.T], axis=1)
        named = np.concatenate([rows, here], axis=1)
        best = np.argsort(-both, axis=1, kind="stable")[:, :limit]
        scores, rows = (np.take_along_axis(part, best, axis=1) for part in (both, named))
    return rows


def recall_of_exact(
    system: Nearest, wanted: QuestionSet, encoder: Encoder, *, questions: int = 200, limit: int = 10
) -> float:
    """The share of the exact nearest passages that a system's index of vectors finds."""
    queries = encoder.encode_queries(wanted.questions[:questions])
    exact = exact_neighbours(wanted.passages, encoder, queries, limit)
    found = [
        len(set(system.nearest(query, limit)) & set(rows.tolist())) / limit
        for query, rows in zip(queries, exact, strict=True)
    ]
    return float(np.mean(found))


def _blocks(passages: Sequence[Entry], size: int) -> Iterator[tuple[int, list[Entry]]]:
    """The passages in blocks, each with the row that it begins at."""
    rest, start = iter(passages), 0
    while block := list(islice(rest, size)):
        yield start, block
        start += len(block)


def _other(word: str, pool: dict[int, list[str]], draw: random.Random) -> str:
    words = pool.get(len(word))
    return words[int(draw.random() * len(words))] if words else word


def _join(parts: Sequence[Path], path: Path) -> None:
    with path.open("wb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole)
            part.unlink()


def _read(line: bytes) -> Entry:
    row = json.loads(line)
    return Entry(**{**row, "path": tuple(row["path"])})
