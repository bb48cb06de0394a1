"""款、项、目: the parts of one article, found when they are asked for. Pure.

An article (条) stays one clause; a paragraph of it is a 款, （一） in it a 项, 1. in a 项 a 目.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.model import Clause, Range
from assistant.reading.numbering import ARTICLE_LEVEL, ITEM_LEVEL, marker


@dataclass(frozen=True, slots=True)
class Provision:
    """One 款, 项 or 目; ``numbers`` are those of its 款, 项 and 目, as far down as it goes.

    ``range`` is of the document's text and holds what belongs to it: a 款 its 项, a 项 its 目.
    """

    numbers: tuple[int, ...]
    range: Range


def provisions(clause: Clause) -> tuple[Provision, ...]:
    """The 款, 项 and 目 of an article in reading order; () for any other clause."""
    found = marker(clause.number) if clause.number else None
    if found is None or found.level != ARTICLE_LEVEL:
        return ()
    begun: list[tuple[tuple[int, ...], int]] = []
    paragraph = item = 0
    for start, words in _lines(clause):
        inner = marker(words)
        if inner and inner.level == ITEM_LEVEL - 1 and paragraph:
            item = inner.value[0]
            begun.append(((paragraph, item), start))
        elif inner and inner.level == ITEM_LEVEL and item:
            begun.append(((paragraph, item, inner.value[0]), start))
        else:
            paragraph, item = paragraph + 1, 0
            begun.append(((paragraph,), start))
    return tuple(
        Provision(numbers, (start, _end(clause, begun[at + 1 :], len(numbers))))
        for at, (numbers, start) in enumerate(begun)
    )


def _lines(clause: Clause) -> Iterator[tuple[int, str]]:
    """The visible lines of the clause's own words, each with its offset in the document."""
    at, end = clause.body_range
    for line in clause.text[at - clause.char_range[0] : end - clause.char_range[0]].split("\n"):
        if line.strip():
            yield at + len(line) - len(line.lstrip()), line.strip()
        at += len(line) + 1


def _end(clause: Clause, later: Sequence[tuple[tuple[int, ...], int]], depth: int) -> int:
    """Where a part ends: before the next one of its own depth or above, without blanks."""
    start, end = clause.char_range[0], clause.body_range[1]
    stop = next((at for numbers, at in later if len(numbers) <= depth), end)
    return start + len(clause.text[: stop - start].rstrip())
