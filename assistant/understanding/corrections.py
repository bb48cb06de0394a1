"""The speller of one index, and how an answer says what it has put right."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.index import Index
from assistant.indexing.lexical import LexicalStore
from assistant.spelling import Speller
from assistant.text import bigrams, cut, is_place, simplified
from assistant.understanding.areas import AreaFinder
from assistant.understanding.units import UnitFinder

_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_PLACES = 6  # of one stretch
_READ = 150_000  # characters that ``neighbours`` reads: a third of a second's work


def speller_for(index: Index, units: UnitFinder, areas: AreaFinder) -> Speller:
    """A speller for the words of an index, with its units, areas, headings and set phrases."""
    bags = index.lexical.bags
    totals = np.bincount(bags.tokens, weights=bags.counts, minlength=len(bags.vocabulary))
    counts = totals.astype(np.int64).tolist()
    tokens = dict(zip(bags.vocabulary, counts, strict=True))

    def phrases() -> dict[str, int]:
        found = neighbours([c.text for c in index.rows])
        for heading in (part for c in index.rows for part in c.path):
            found[heading] = found.get(heading, 0) + 1
        return found | dict.fromkeys(place_pairs([c.text for c in index.rows]), 1)

    names = (*units.written, *areas.areas)
    return Speller.of(tokens, names, phrases, together(index.lexical))


def together(lexical: LexicalStore) -> Callable[[str, str], bool]:
    """Whether two words, or all their pairs of characters, stand in one row."""

    @lru_cache(maxsize=64)
    def rows(word: str) -> NDArray[np.bool_]:
        held = [lexical.scores([pair]) > 0 for pair in bigrams(word)]
        found: NDArray[np.bool_] = np.all(held, axis=0)
        return found

    return lambda word, other: bool((rows(word) & rows(other)).any())


def neighbours(passages: Sequence[str]) -> dict[str, int]:
    """Two words that stand side by side more than once, and how often: 氢能产业.

    Of many passages every second, third … is read, so that it takes a third of a second.
    """
    found: Counter[str] = Counter()
    for run in _runs(passages):
        pairs = pairwise(cut(run))
        found.update(a + b for a, b in pairs if len(a) > 1 and len(b) > 1)
    return {pair: count for pair, count in found.items() if count > 1}


def place_pairs(passages: Sequence[str]) -> set[str]:
    """Two places that one stretch names, such as a line's ends: 济南潍坊, for short 济潍."""
    found = set()
    for run in _runs(passages):
        places = [w for w in cut(run) if is_place(w)][:_PLACES]
        found |= {a + b for a, b in combinations(places, 2) if a != b}
    return found


def _runs(passages: Sequence[str]) -> Iterator[str]:
    step = max(1, math.ceil(sum(map(len, passages)) / _READ))
    for passage in passages[::step]:
        yield from _RUN.findall(simplified(passage))


def notes(changes: Iterable[tuple[str, str]]) -> list[str]:
    """已按“科技局”理解“可技局”。 for each correction."""
    return [f"已按“{meant}”理解“{written}”。" for written, meant in changes]
