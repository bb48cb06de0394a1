"""The ledger as CSV (for a spreadsheet, Chinese headings) or JSON Lines (for programs). Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from assistant.ledger.entries import AuditRecord, FeedbackEntry

Kind = Literal["audit", "feedback"]
Form = Literal["csv", "jsonl"]
KINDS: tuple[Kind, ...] = ("audit", "feedback")
FORMS: tuple[Form, ...] = ("csv", "jsonl")

BOM = "\ufeff"  # tells a spreadsheet that the file is UTF-8
COLUMNS: dict[Kind, dict[str, str]] = {
    "audit": {
        "time": "时间（北京时间）",
        "answer_id": "回答编号",
        "question": "问题",
        "rewritten": "改写后的问题",
        "status": "状态",
        "clause_ids": "引用条款",
        "document_ids": "引用文件",
        "channel": "渠道",
        "user_hash": "用户（不可还原的编码）",
        "milliseconds": "用时（毫秒）",
        "model": "模型",
        "llm_worded": "由大模型组织文字",
        "refusal_reason": "不作答的原因",
    },
    "feedback": {
        "id": "反馈编号",
        "time": "时间（北京时间）",
        "answer_id": "回答编号",
        "rating": "评价",
        "reason": "原因",
        "correction": "更正意见",
        "question": "问题",
        "answer_text": "回答",
        "clause_ids": "引用条款",
        "channel": "渠道",
        "user_hash": "用户（不可还原的编码）",
        "handled_at": "处理时间（北京时间）",
        "note": "处理说明",
        "replaced": "已被同一用户的新评价代替",
    },
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_RATINGS = {"up": "有用", "down": "没用"}


def written(
    pages: Iterator[Sequence[AuditRecord | FeedbackEntry]], kind: Kind, form: Form
) -> Iterator[str]:
    """The rows of the pages as text, one piece a page; CSV begins with its headings."""
    names = tuple(COLUMNS[kind])
    if form == "csv":
        yield BOM + _csv([list(COLUMNS[kind].values())])
    for page in pages:
        values = [[getattr(row, name) for name in names] for row in page]
        if form == "csv":
            yield _csv([[_cell(v, n) for v, n in zip(row, names, strict=True)] for row in values])
        else:
            yield "".join(_json(dict(zip(names, row, strict=True))) for row in values)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any, name: str) -> str:
    """The value as a cell that no spreadsheet takes for a formula."""
    if name == "rating":
        return _RATINGS[value]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = "；".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=datetime.isoformat) + "\n"
