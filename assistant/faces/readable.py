"""Answers, hits, documents and lists as text for a terminal. Pure: values in, lines out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from assistant.answer import Answer, Citation, ResponsibleUnit
from assistant.faces.site.html import EXPLANATORY, basis_words
from assistant.indexing.manifest import Manifest
from assistant.model import (
    ROLE_NAMES,
    AnomalyKind,
    Clause,
    Document,
    DocumentKind,
    Hit,
    Responsibility,
    Role,
    Task,
    UnitSummary,
    reference,
)
from assistant.rendering import source
from assistant.validity import LINK_NAMES

SHOWN_CHARS = 60
ANOMALY_NAMES = {
    AnomalyKind.GAP: "缺号",
    AnomalyKind.REPEAT: "重号",
    AnomalyKind.JUMP: "跳级",
    AnomalyKind.ORPHAN_NOTE: "无所属的责任单位注",
    AnomalyKind.OUTSIDE: "条款之外的文字",
}
_KINDS = {DocumentKind.OFFICIAL: "官方文件", DocumentKind.EXPLANATORY: EXPLANATORY}


def answer_text(answer: Answer) -> str:
    """The answer, then 【依据】, 【责任单位】, 【提示】 and an LLM's label, where there are any."""
    text = answer.answer.text if answer.answer else ""
    if answer.question.rewritten:
        text = f"（已理解为：{answer.question.rewritten}）\n{text}"
    parts = [
        text,
        _block("依据", (_citation(citation, text) for citation in answer.citations)),
        _block("责任单位", _units(answer)),
        _block("提示", answer.warnings),
        answer.aigc.notice,
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
        ("成文日期", _day(document.issued_on)),
        ("发布日期", _day(document.published_on)),
        ("施行日期", _day(document.validity.start)),
        ("有效期至", _day(document.validity.last_day)),
        ("主送", document.recipients),
        ("附注", document.remark),
        ("主题词", "、".join(document.keywords)),
        *((LINK_NAMES[v.kind], reference(v.title, v.doc_number)) for v in document.links),
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
    return "\n".join([*lines, "", *numbering_report(document)])


def numbering_report(document: Document) -> list[str]:
    """What is wrong with the document's numbering, one line each under a line that counts them."""
    found = document.anomalies
    if not found:
        return ["编号检查：没有发现问题。"]
    places = {clause.id: clause.label for clause in document.clauses}
    lines = [f"编号检查：{_counted(a.kind for a in found)}"]
    for anomaly in found:
        place = places.get(anomaly.clause_id, "")
        at = f"（{place}）" if place else ""
        start, stop = anomaly.char_range
        lines.append(f"  {ANOMALY_NAMES[anomaly.kind]}{at}：{anomaly.message}  {start}–{stop}")
    return lines


def _counted(kinds: Iterable[AnomalyKind]) -> str:
    counts = Counter(kinds)
    return "、".join(f"{name}{counts[k]}处" for k, name in ANOMALY_NAMES.items() if counts[k])


def build_report(
    documents: Sequence[Document], manifest: Manifest, read: int, seconds: float, *, full: bool
) -> str:
    """What was built, the numbering in short or in ``full``, and the files that were left out."""
    lines = [
        f"索引已就绪：{manifest.documents}份文件，{manifest.clauses}个条款，"
        f"这次读取{read}份，用时{seconds:.1f}秒。"
    ]
    faulty = [document for document in documents if document.anomalies]
    if faulty:
        kinds = _counted(a.kind for document in faulty for a in document.anomalies)
        hint = "" if full else "，加 --report 逐份列出"
        lines.append(f"编号检查：{len(faulty)}份文件有编号问题（{kinds}）{hint}。")
    for document in faulty if full else ():
        lines += ["", f"《{document.title}》〔{document.id}〕", *numbering_report(document)]
    lines += _under("提示", manifest.notices)
    lines += _under(f"没有读取的文件（{len(manifest.problems)}份）", manifest.problems)
    return "\n".join(lines)


def _under(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}：", *(f"  {line}" for line in lines)] if lines else []


def document_json(document: Document) -> dict[str, Any]:
    """The clause tree as plain values: the document's fields, then its clauses in order."""
    return {
        "id": document.id,
        "title": document.title,
        "doc_number": document.doc_number,
        "issuer": document.issuer,
        "issued_on": _day(document.issued_on) or None,
        "published_on": _day(document.published_on) or None,
        "recipients": document.recipients,
        "remark": document.remark,
        "keywords": list(document.keywords),
        "validity": {
            "start": _day(document.validity.start) or None,
            "end": _day(document.validity.end) or None,
            "trial": document.validity.trial,
            "basis": document.validity.basis,
        },
        "links": [
            {"kind": v.kind.value, "title": v.title, "doc_number": v.doc_number}
            for v in document.links
        ],
        "kind": document.kind.value,
        "source": document.source,
        "sha256": document.sha256,
        "characters": len(document.text),
        "anomalies": [
            {
                "kind": a.kind.value,
                "message": a.message,
                "char_range": list(a.char_range),
                "clause_id": a.clause_id or None,
            }
            for a in document.anomalies
        ],
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


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


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
            {"name": a.unit, "canonical": a.name, "role": a.role.value, "basis": a.basis}
            for a in clause.responsibility.assignments
        ],
        "others": clause.responsibility.others,
        "remarks": list(clause.responsibility.remarks),
    }
