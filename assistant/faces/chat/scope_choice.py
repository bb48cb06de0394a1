"""查询范围: which documents an answer may come from, and on which day they must be in force."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from assistant.errors import QuestionError
from assistant.faces.site import html
from assistant.model import Document, reference
from assistant.validity import STATUS_NAMES, Standing

MOST_LISTED = 500
_FEW = 8  # documents that are found without a filter box
_LONGEST = 100_000  # characters of what a browser may send


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents by their ids (none: all), and the day (None: today)."""

    documents: tuple[str, ...] = ()
    as_of: date | None = None


EVERYTHING = Scope()


def scope_of(sent: object) -> Scope:
    """What a browser says was chosen: JSON of ``documents`` and ``as_of``; blank is everything.

    Raises:
        QuestionError: it is not that, or the day is none.
    """
    if not sent:
        return EVERYTHING
    try:
        chosen = json.loads(sent) if isinstance(sent, str) and len(sent) <= _LONGEST else {}
        documents, day = chosen.get("documents", []), chosen.get("as_of", "")
        if isinstance(documents, list) and all(isinstance(d, str) for d in documents):
            return Scope(tuple(documents), date.fromisoformat(day) if day else None)
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    raise QuestionError("查询范围不可用：日期应如 2024-05-01，文件应从列表中选择，请重新选择。")


def scope_chooser(documents: Sequence[Document], standings: Mapping[str, Standing]) -> str:
    """The form, closed, with one box per document; its script is toolbar.js."""
    listed = documents[:MOST_LISTED]
    boxes = "".join(
        f'<li><label><input type="checkbox" name="document" value="{escape(d.id)}">'
        f"<span>{escape(reference(d.title, d.doc_number))}{_state(standings.get(d.id))}"
        f"{html.badge(d.kind)}</span></label></li>"
        for d in listed
    )
    more = len(documents) - len(listed)
    rest = f'<p class="muted">另有{more}份没有列出，可在提问时写明文件名称。</p>' if more else ""
    find = (
        '<input type="search" data-scope-filter aria-label="筛选文件" placeholder="标题或文号">'
        if len(documents) > _FEW
        else ""
    )
    return (
        '<details class="scope"><summary><span class="wide">查询</span>范围：'
        "<b data-scope-words>全部文件</b></summary>"
        '<form class="scope-body"><fieldset><legend>只在选中的文件里查找，不选就是全部</legend>'
        f"{find}<ul>{boxes}</ul>{rest}</fieldset>"
        '<p class="day"><label>按哪一天判断文件是否有效 <input type="date" name="as_of"></label>'
        '<span class="muted">不填为今天</span></p>'
        '<p class="ends"><button type="reset">恢复默认</button>'
        '<button type="button" data-scope-done>确定</button></p></form></details>'
    )


def _state(standing: Standing | None) -> str:
    """现行, 已废止 …; nothing where it is not known."""
    if standing is None or standing.status.value == "unknown":
        return ""
    return f'<span class="validity">{STATUS_NAMES[standing.status]}</span>'
