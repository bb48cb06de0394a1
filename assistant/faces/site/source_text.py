"""A document's own words as HTML: outline, clauses with anchors, one place marked. Pure.

Everything is escaped. Ranges are those of the model: half-open, in code points of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise

from assistant.model import CITABLE, Clause, ClauseKind, Document, Range

_PLAIN: Range = (0, 0)
_CURRENT = ' aria-current="location"'


def source_text(
    document: Document,
    *,
    marks: Sequence[Range] = (),
    current: str = "",
    asking: Callable[[Clause], str] | None = None,
) -> str:
    """The whole document, one section per clause, with ``marks`` marked.

    ``current`` is the id of the clause that the reader came for; without ``marks`` inside the text
    the whole of it is marked. ``asking`` gives the question that a click on a clause asks.
    """
    kept = [mark for mark in marks if 0 <= mark[0] < mark[1] <= len(document.text)]
    depths = _depths(document)
    parts = []
    for clause, text in document.pieces():
        if clause is None:
            if text.strip():
                parts.append(f'<p class="line">{escape(text.strip())}</p>')
            continue
        own = [clause.char_range] if clause.id == current and not kept else kept
        ask = asking(clause) if asking and clause.kind in CITABLE else ""
        here = clause.id == current
        parts.append(_section(document, clause, own, depths[clause.id], here=here, ask=ask))
    return f'<div class="source" lang="zh-CN">{"".join(parts)}</div>'


def outline(document: Document, *, current: str = "", url: str = "") -> str:
    """Links to the clauses by depth; ``url`` is the page that holds them (none: this one)."""
    depths = _depths(document)
    items = "".join(
        f'<li class="depth-{depths[clause.id]}"><a href="{escape(url)}#{escape(clause.anchor)}"'
        f"{_CURRENT if clause.id == current else ''}>{escape(name_of(clause))}</a></li>"
        for clause in document.clauses
        if clause.kind in CITABLE
    )
    return f'<nav class="outline" aria-label="目录"><ol>{items}</ol></nav>'


def clause_lines(document: Document, clause: Clause, *, marked: bool = False) -> str:
    """One clause's words, line by line; ``marked`` marks all of them."""
    return "".join(_lines(document, clause, [clause.char_range] if marked else ()))


def name_of(clause: Clause) -> str:
    """What a reader calls the clause inside its document: 二、重点任务, 智能装备, 序言."""
    own = clause.path[-1] if clause.path else ""
    return own or f"{clause.number}{clause.heading}" or clause.label


def title_of(clause: Clause) -> str:
    """Where the clause stands and what it is about: 二（二）加快发展高端特色产业."""
    return clause.label if clause.heading in clause.label else clause.label + clause.heading


def _section(
    document: Document,
    clause: Clause,
    marks: Sequence[Range],
    depth: int,
    *,
    here: bool,
    ask: str = "",
) -> str:
    classes = f"clause kind-{clause.kind.value} depth-{depth}" + (" is-current" if here else "")
    lines = "".join(_lines(document, clause, marks))
    button = (
        f'<button type="button" class="ask-clause" data-ask="{escape(ask)}"'
        f' aria-label="问这一条：{escape(clause.label)}">问这一条</button>'
        if ask
        else ""
    )
    return (
        f'<section id="{escape(clause.anchor)}" class="{classes}" data-clause="{escape(clause.id)}"'
        f' aria-label="{escape(clause.label)}">{lines}{button}</section>'
    )


def _lines(document: Document, clause: Clause, marks: Sequence[Range]) -> Iterator[str]:
    start, stop = clause.char_range
    body, note = clause.body_range
    strong = _heading_range(document, clause)
    for left, right in _line_ranges(document.text, start, stop):
        if clause.kind is ClauseKind.ROW:
            strong = _column_range(document.text, left, right)
        words = _inline(document.text, (left, right), strong, marks)
        if clause.kind is ClauseKind.ROW:
            yield f'<p class="row">{words}</p>'
        elif clause.kind is ClauseKind.NOTE or left >= note > start:
            yield f'<p class="note">{words}</p>'
        elif right <= body and clause.kind is ClauseKind.SECTION:
            yield f'<p class="head">{words}</p>'
        elif note < right:
            told = _inline(document.text, (left, note), strong, marks)
            rest = _inline(document.text, (note, right), strong, marks)
            yield f'<p>{told}<span class="note">{rest}</span></p>'
        else:
            yield f"<p>{words}</p>"


def _line_ranges(text: str, start: int, stop: int) -> Iterator[Range]:
    """The lines between two places, without the blanks at their ends; empty lines are left out."""
    while start < stop:
        end = text.find("\n", start, stop)
        end = stop if end < 0 else end
        line = text[start:end]
        if line.strip():
            yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        start = end + 1


def _heading_range(document: Document, clause: Clause) -> Range:
    """Where number and heading stand when they open the clause, to be set in bold."""
    if clause.kind not in {ClauseKind.SECTION, ClauseKind.LEAD} or not clause.heading:
        return _PLAIN
    start = clause.char_range[0]
    reach = start + len(clause.number) + len(clause.heading) + 8
    found = document.text.find(clause.heading, start, reach)
    if found < 0:
        return _PLAIN
    stop = found + len(clause.heading)
    return start, stop + (document.text[stop : stop + 1] in {"。", "：", "．"})


def _column_range(text: str, left: int, right: int) -> Range:
    """Where the name of the column stands that opens a line of a table's row (任务：)."""
    colon = text.find("：", left, right)
    return (left, colon + 1) if colon > left else _PLAIN


def _inline(text: str, line: Range, strong: Range, marks: Sequence[Range]) -> str:
    edges = {p for r in (strong, *marks) for p in r if line[0] < p < line[1]}
    parts = []
    for left, right in pairwise(sorted({*line, *edges})):
        words = escape(text[left:right])
        if strong[0] <= left and right <= strong[1]:
            words = f"<strong>{words}</strong>"
        if any(mark[0] <= left and right <= mark[1] for mark in marks):
            words = f"<mark>{words}</mark>"
        parts.append(words)
    return "".join(parts)


def _depths(document: Document) -> dict[str, int]:
    """1 for a clause without parent, 2 below it, and so on; parents precede in reading order."""
    depths: dict[str, int] = {}
    for clause in document.clauses:
        depths[clause.id] = depths.get(clause.parent_id, 0) + 1
    return depths
