"""Answers, hits, documents and lists as text for a terminal. Pure: values in, lines out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from assistant.answer import Answer, Citation, ResponsibleUnit
from assistant.faces.html import EXPLANATORY, basis_words
from assistant.model import (
    ROLE_NAMES,
    Clause,
    Document,
    DocumentKind,
    Hit,
    Responsibility,
    Role,
    Task,
    UnitSummary,
)
from assistant.rendering import source

SHOWN_CHARS = 60
_KINDS = {DocumentKind.OFFICIAL: "官方文件", DocumentKind.EXPLANATORY: EXPLANATORY}


def answer_text(answer: Answer) -> str:
    """The answer, then 【依据】, 【责任单位】 and 【提示】 where there are any."""
    text = answer.answer.text if answer.answer else ""
    if answer.question.rewritten:
        text = f"（已理解为：{answer.question.rewritten}）\n{text}"
    parts = [
        text,
        _block("依据", (_citation(citation, text) for citation in answer.citations)),
        _block("责任单位", _units(answer)),
        _block("提示", answer.warnings),
    ]
    return "\n\n".join(part for part in parts if part)


def hits_text(hits: Sequence[Hit]) -> str:
    """One hit on two lines: score, label and id, then the beginning of its text."""
    lines = []
    for number, hit in enumerate(hits, 1):
        lines.append(f"{number}. {hit.clause.label}  〔{hit.clause.id}〕  {hit.score:.4f}")
        lines.append(f"   {_begin(hit.clause)}")
    return "\n".join(lines) or "没有找到相关条款。"


def document_tree(document: Document) -> str:
    """What the parser read: the document's facts, then its clauses, indented by level."""
    facts = [
        ("文号", document.doc_number),
        ("发文机关", document.issuer),
        ("成文日期", document.issued_on.isoformat() if document.issued_on else ""),
        ("主送", document.recipients),
        ("附注", document.remark),
        ("类别", _KINDS[document.kind]),
        ("编号", document.id),
        ("规模", f"{len(document.text)}字，{len(document.clauses)}个条款"),
    ]
    lines = [f"《{document.title}》", *(f"  {name}：{value}" for name, value in facts if value), ""]
    depths: dict[str, int] = {}
    said: set[str] = set()
    for clause in document.clauses:
        depth = depths.get(clause.parent_id, -1) + 1
        depths[clause.id] = depth
        indent = "  " * depth
        start, stop = clause.char_range
        lines.append(f"{indent}■ {clause.label}  〔{clause.id}〕  {start}–{stop}")
        lines.append(f"{indent}  {_begin(clause)}")
        lines += [f"{indent}  {line}" for line in _responsibility(clause.responsibility)]
        remarks = dict.fromkeys(r for r in clause.responsibility.remarks if r not in said)
        lines += [f"{indent}  说明：{remark}" for remark in remarks]
        said.update(remarks)
    return "\n".join(lines)


def document_json(document: Document) -> dict[str, Any]:
    """The clause tree as plain values: the document's fields, then its clauses in order."""
    return {
        "id": document.id,
        "title": document.title,
        "doc_number": document.doc_number,
        "issuer": document.issuer,
        "issued_on": document.issued_on.isoformat() if document.issued_on else None,
        "recipients": document.recipients,
        "remark": document.remark,
        "kind": document.kind.value,
        "source": document.source,
        "sha256": document.sha256,
        "characters": len(document.text),
        "clauses": [_clause_json(clause) for clause in document.clauses],
    }


def tasks_text(unit: UnitSummary, tasks: Sequence[Task]) -> str:
    """The unit's name and its numbered tasks, counted."""
    lines = [f"{_named(unit)}：共{len(tasks)}条任务"]
    for number, task in enumerate(tasks, 1):
        lines.append(
            f"{number}. 〔{ROLE_NAMES[task.role]}〕{task.clause.label}  〔{task.clause.id}〕"
        )
        lines.append(f"   {_begin(task.clause)}")
        below = [clause.heading or clause.label for clause in task.covers if clause != task.clause]
        if below:
            lines.append(f"   包括：{'、'.join(below)}")
    return "\n".join(lines)


def units_text(units: Sequence[UnitSummary]) -> str:
    """One unit a line with its counts by role."""
    lines = [
        f"{_named(unit)}："
        + "，".join(f"{ROLE_NAMES[r]}{n}条" for r, n in unit.counts.items() if n)
        for unit in units
    ]
    return "\n".join([f"共{len(units)}个单位", *lines])


def _block(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"【{title}】\n{body}" if body else ""


def _citation(citation: Citation, text: str) -> str:
    """Document, clause and id; the words quoted, unless the answer consists of them already."""
    explained = "" if citation.document.kind == DocumentKind.OFFICIAL else f"（{EXPLANATORY}）"
    place = f"[{citation.number}] {source(citation)}{explained}  〔{citation.clause.id}〕"
    quote = citation.quote.strip()
    return place if quote in text else f"{place}\n    {quote}"


def _units(answer: Answer) -> list[str]:
    """One line a role; several cited clauses with different units get their labels."""
    labels = {c.clause.id: c.clause.label for c in answer.citations}
    by_clause: dict[str, list[ResponsibleUnit]] = {}
    for unit in answer.responsible_units:
        by_clause.setdefault(unit.clause_id, []).append(unit)
    same: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
    for clause_id, units in by_clause.items():
        key = tuple((unit.name, unit.role, unit.basis) for unit in units)
        same.setdefault(key, []).append(labels.get(clause_id, clause_id))
    lines = []
    for key, clauses in same.items():
        if len(same) > 1:
            lines.append(f"{'、'.join(clauses)}：")
        lines += _by_role((name, Role(role), basis) for name, role, basis in key)
    return lines


def _responsibility(responsibility: Responsibility) -> list[str]:
    lines = _by_role((a.unit, a.role, a.basis) for a in responsibility.assignments)
    if lines and responsibility.others:
        lines.append(f"另有：{responsibility.others}")
    return lines


def _by_role(units: Iterable[tuple[str, Role, str]]) -> list[str]:
    groups: dict[tuple[Role, str], list[str]] = {}
    for name, role, basis in units:
        groups.setdefault((role, basis), []).append(name)
    return [
        f"{ROLE_NAMES[role]}（{basis_words(basis)}）：{'、'.join(names)}"
        for (role, basis), names in groups.items()
    ]


def _named(unit: UnitSummary) -> str:
    known = unit.full_name and unit.full_name != unit.name
    return f"{unit.name}（{unit.full_name}）" if known else unit.name


def _begin(clause: Clause) -> str:
    text = " ".join(clause.text.split())
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "kind": clause.kind.value,
        "path": list(clause.path),
        "label": clause.label,
        "parent_id": clause.parent_id or None,
        "text": clause.text,
        "char_range": list(clause.char_range),
        "units": [
            {"name": a.unit, "role": a.role.value, "basis": a.basis}
            for a in clause.responsibility.assignments
        ],
        "others": clause.responsibility.others,
        "remarks": list(clause.responsibility.remarks),
    }
