"""职责清单 as .xlsx: one row for each part that a unit has in a task. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from assistant.faces.site.html import basis_words
from assistant.faces.site.spreadsheets import Cell, Column, Link, Properties, Sheet, workbook
from assistant.faces.site.templates import PRODUCT, Site
from assistant.faces.site.unit_views import TaskView
from assistant.model import ROLE_NAMES
from assistant.rendering import clause_url

COLUMNS = (
    Column("单位", 22),
    Column("角色", 11),
    Column("文件", 36),
    Column("文号", 20),
    Column("条款", 24),
    Column("标题", 28),
    Column("原文", 72),
    Column("依据", 30),
    Column("责任单位原文注", 44),
    Column("其他单位", 44),
    Column("条款网址", 40),
)


def unit_sheet(title: str, views: Iterable[TaskView], site: Site) -> Sheet:
    """The tasks under their headings; a task of two units takes two rows."""
    rows = [row for view in views for row in _rows(view, site)]
    return Sheet(title, COLUMNS, rows, frozen=1)


def unit_workbook(title: str, sheets: Iterable[Sheet], made: datetime) -> bytes:
    """The file; ``made`` is when, without a time zone."""
    remark = "条款内容逐字引自所列文件，以发文机关公布的正式文本为准。"
    return workbook(list(sheets), Properties(title, "职责清单", PRODUCT, remark, made))


def _rows(view: TaskView, site: Site) -> Iterable[tuple[Cell, ...]]:
    clause, document = view.clause, view.document
    words = "\n".join(c.text.strip() for c in (clause, *view.covers))
    url = site.address(clause_url(clause.id, "" if site.public_base_url else site.base))
    for part in view.parts:
        others = [a for a in clause.responsibility.assignments if a.name != part.name]
        yield (
            part.name,
            ROLE_NAMES[part.role],
            document.title,
            document.doc_number,
            clause.label,
            clause.heading,
            words,
            basis_words(part.basis),
            view.note,
            "、".join(f"{a.name}（{ROLE_NAMES[a.role]}）" for a in others),
            Link(url, url),
        )
