"""The words of a search inside a text: where they stand, and the stretch that shows them. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.model import Range
from assistant.text import fold, simplified, words

SHOWN = 140
_BEFORE = 24  # characters shown before the first word that is marked

Piece = tuple[str, bool]  # words, and whether they are marked


def terms(query: str) -> tuple[str, ...]:
    """What is looked for in the texts: the whole query and its words, folded, longest first.

    A word of one character counts only where the query has no longer one.
    """
    whole, single = fold(query), words(query)
    several = [word for word in single if len(word) > 1]
    found = dict.fromkeys([whole, *(several or single)])
    return tuple(sorted((t for t in found if t), key=len, reverse=True))


def places(text: str, wanted: Sequence[str]) -> list[Range]:
    """Where the terms stand in a text, whatever their width, case or blanks; overlaps joined."""
    folded, origin = _folded(text)
    found: list[Range] = []
    for term in wanted:
        at = folded.find(term)
        while at >= 0:
            found.append((origin[at], origin[at + len(term) - 1] + 1))
            at = folded.find(term, at + len(term))
    joined: list[Range] = []
    for start, stop in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined


def excerpt(text: str, wanted: Sequence[str], length: int = SHOWN) -> list[Piece]:
    """About ``length`` characters of a text where most of the terms stand, the terms marked."""
    marks = places(text, wanted)
    start, stop = _window(text, marks, length)
    inside = [(max(a, start), min(b, stop)) for a, b in marks if a < stop and b > start]
    edges = sorted({start, stop, *(edge for mark in inside for edge in mark)})
    pieces: list[Piece] = [("…", False)] if start else []
    pieces += [
        (text[left:right], any(a <= left and right <= b for a, b in inside))
        for left, right in pairwise(edges)
    ]
    return pieces + ([("…", False)] if stop < len(text) else [])


def _window(text: str, marks: Sequence[Range], length: int) -> Range:
    """The stretch that begins a little before a mark and holds the most marked characters."""
    if len(text) <= length or not marks:
        return 0, min(len(text), length)
    starts = [max(0, min(first - _BEFORE, len(text) - length)) for first, _ in marks]
    held = [sum(b - a for a, b in marks if s <= a and b <= s + length) for s in starts]
    start = starts[held.index(max(held))]
    return start, start + length


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as ``fold`` has it, and which of its characters each of those comes from."""
    pairs = list(_characters(text))
    return simplified("".join(c for c, _ in pairs)), [at for _, at in pairs]


def _characters(text: str) -> Iterator[tuple[str, int]]:
    for at, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).lower():
            if not folded.isspace():
                yield folded, at
