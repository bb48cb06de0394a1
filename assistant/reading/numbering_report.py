"""The numbering report: gaps, repeats and jumps of a document's numbers, notes and words astray.

Pure: it reads the finished clauses. A number series runs within its section, or on from the
section before it; articles (条) run through the whole part.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.model import CITABLE, Anomaly, AnomalyKind, Clause, ClauseKind, Document
from assistant.reading.notes import stands_alone
from assistant.reading.numbering import ARTICLE_LEVEL, follows, loose_marker, marker

Value = tuple[int, ...]


def anomalies(document: Document) -> tuple[Anomaly, ...]:
    """Everything of a document's numbering that a reader would stumble over, in reading order."""
    found = [*_numbers(document), *_orphan_notes(document), *_outside(document)]
    return tuple(sorted(found, key=lambda a: a.char_range))


def _numbers(document: Document) -> Iterator[Anomaly]:
    in_section: dict[tuple[str, float], Clause] = {}
    in_part: dict[tuple[str, float], Clause] = {}
    for clause in document.clauses:
        if clause.kind is not ClauseKind.SECTION or not clause.number:
            continue
        level = _read(clause.number)[0]
        if level == ARTICLE_LEVEL:
            section = (clause.path[0], level)
        else:
            section = (clause.parent_id or clause.path[0], level)
        part = (clause.path[0], level)
        before = in_section.get(section)
        kind, words = _between(clause, before, in_part.get(part))
        if kind:
            message = f"{clause.label}：{words}。"
            yield Anomaly(kind, message, clause.char_range, clause.id)
        in_section[section] = in_part[part] = clause


def _between(
    clause: Clause, before: Clause | None, in_part: Clause | None
) -> tuple[AnomalyKind | None, str]:
    """What is wrong with a number after the one before it in its section, or first in it."""
    value = _read(clause.number)[1]
    if before is None:
        earlier = _read(in_part.number)[1] if in_part else ()
        if set(value) <= {1} or value[-1:] == (1,) or (in_part and follows(value, earlier)):
            return None, ""
        return AnomalyKind.JUMP, f"所在部分的编号不从第1项开始，首项是第{value[-1]}项"
    last = _read(before.number)[1]
    if follows(value, last):
        return None, ""
    if value == last or (len(value) < len(last) and value == last[: len(value)]):
        return AnomalyKind.REPEAT, f"编号与前一项“{before.label}”重复"
    if value[-1] == 1 and value < last:
        return AnomalyKind.REPEAT, f"编号在“{before.label}”之后又从头开始"
    if value < last:
        return AnomalyKind.JUMP, f"编号在“{before.label}”之后倒退"
    first, end = last[0] + 1, value[0] - 1
    skipped = ""
    if len(value) == len(last) == 1 and first <= end:
        name = clause.number[-1] if clause.number[-1] in "编章节条" else "项"
        skipped = f"，缺第{first}{name}" if first == end else f"，缺第{first}至{end}{name}"
    return AnomalyKind.GAP, f"编号与前一项“{before.label}”不连续{skipped}"


def _read(number: str) -> tuple[float, Value]:
    found = marker(number) or loose_marker(number) or loose_marker(f"{number} 项目")
    return (found.level, found.value) if found else (0.0, (0,))


def _orphan_notes(document: Document) -> Iterator[Anomaly]:
    """Notes of responsible units that stand where no clause can have them."""
    for clause in document.clauses:
        holds = clause.kind in CITABLE - {ClauseKind.PREAMBLE} or clause.kind is ClauseKind.NOTE
        at = clause.char_range[0]
        for line in clause.text.split("\n"):
            if not holds and stands_alone(line.strip()):
                message = f"责任单位注“{line.strip()[:20]}”不在任何条款之内，没有归到条款。"
                yield Anomaly(AnomalyKind.ORPHAN_NOTE, message, (at, at + len(line)), clause.id)
            at += len(line) + 1


def _outside(document: Document) -> Iterator[Anomaly]:
    """Visible characters that no clause and no named part holds."""
    at = 0
    for clause, piece in document.pieces():
        if clause is None and piece.strip():
            message = f"“{piece.strip()[:20]}”等{len(piece.strip())}个字符不在任何条款之内。"
            yield Anomaly(AnomalyKind.OUTSIDE, message, (at, at + len(piece)))
        at += len(piece)
