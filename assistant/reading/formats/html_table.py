"""An HTML table → its cells by row and column, where it holds data and not the page's layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from assistant.reading.source import Table

_MAX_CHARACTERS = 2_000_000  # what merged cells may add up to; then they are no longer repeated
_MAX_SPAN = 200


def table(element: Any, words: Callable[[Any], str]) -> Table | None:
    """The cells of a ``<table>`` that holds data; None for one that only lays out the page.

    ``words`` gives the text of a cell, one line for each of its blocks.
    """
    rows = [list(row.iterchildren("td", "th")) for row in _rows(element)]
    wide = sum(len(row) > 1 for row in rows)
    nested = next(element.iterdescendants("table"), None) is not None
    stray = any(
        child.tag not in ("thead", "tbody", "tfoot", "tr", "caption", "colgroup", "col")
        for child in element.iterchildren()
    )
    if not wide or stray or (nested and wide < 2):
        return None
    grid = _grid(rows, words)
    return Table(grid) if grid and (nested or not _is_layout(grid)) else None


def _rows(element: Any) -> Iterator[Any]:
    for child in element.iterchildren():
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _is_layout(grid: Sequence[Sequence[str]]) -> bool:
    """Whether one cell holds most of the words, in many paragraphs: an article beside its menu."""
    cells = {cell for row in grid for cell in row}
    largest = max(cells, key=len)
    return largest.count("\n") >= 4 and len(largest) > 0.8 * sum(map(len, cells))


def _grid(
    rows: Sequence[Sequence[Any]], words: Callable[[Any], str]
) -> tuple[tuple[str, ...], ...]:
    """The texts by row and column; a cell that spans several is repeated in each of them."""
    grid: list[dict[int, str]] = [{} for _ in rows]
    filled = 0
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in grid[number]:
                column += 1
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            text = words(cell)
            size = len(text) + 8
            if filled + across * down * size > _MAX_CHARACTERS:
                across = down = 1
            for below in grid[number : number + down]:
                below.update(dict.fromkeys(range(column, column + across), text))
            filled += across * down * size
            column += across
    return tuple(tuple(row.get(at, "") for at in range(max(row) + 1)) for row in grid if row)


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(max(int(value), 1), _MAX_SPAN) if re.fullmatch(r"[0-9]{1,6}", value) else 1
