"""投资指引 as a workbook: the list, the matrix, what fits a project, and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from assistant.answering.industry_map import IndustryMap, Selection, Support
from assistant.answering.project_matches import RELATION_NAMES, Match, ProjectMatches
from assistant.faces.site.html import basis_words
from assistant.faces.site.spreadsheets import Cell, Column, Link, Properties, Sheet, workbook
from assistant.faces.site.templates import PRODUCT, Site
from assistant.model import ROLE_NAMES, Assignment, Clause, Document, reference
from assistant.rendering import clause_url
from assistant.text import chinese_date
from assistant.validity import STATUS_NAMES, Standing

_SOURCE = (Column("条款", 22), Column("文件", 36), Column("文号", 18), Column("效力", 12))
_WHOM = (Column("联系单位", 28), Column("联系单位的依据", 22), Column("属地落实", 24))
NOTICE = "条款内容逐字引自所列文件，以发文机关公布的正式文本为准。"


def investor_workbook(
    chosen: IndustryMap,
    selection: Selection,
    matches: ProjectMatches | None,
    site: Site,
    now: datetime,
) -> bytes:
    """The .xlsx file of a selection of the map, and of what fits a project where one is given."""
    sheets = [_list(chosen.supports, site), _matrix(chosen)]
    if matches is not None:
        sheets.append(_project(matches, site))
    sheets.append(_about(chosen, selection, matches, now))
    told = Properties("投资指引", "产业与区域", PRODUCT, NOTICE, now.replace(tzinfo=None))
    return workbook(sheets, told)


def _list(supports: Iterable[Support], site: Site) -> Sheet:
    columns = (Column("序号", 7), Column("产业", 18), Column("区域", 22), Column("原文", 60))
    rows = [
        (
            at,
            s.industry,
            "、".join(s.columns),
            s.sentence,
            *_source(s.clause, s.document, s.standing, site),
            *_whom(s.contacts.units, s.contacts.local),
        )
        for at, s in enumerate(supports, 1)
    ]
    return Sheet("清单", (*columns, *_SOURCE, *_WHOM), rows, frozen=2)


def _matrix(chosen: IndustryMap) -> Sheet:
    areas = chosen.columns
    columns = (Column("产业", 20), *(Column(a, 14) for a in areas), Column("条款", 30))
    rows = [
        (row.industry, *(len(cell) or None for cell in row.cells), group.clause.full_label)
        for group in chosen.groups()
        for row in group.rows
    ]
    return Sheet("矩阵", columns, rows, frozen=1, shaded=True)


def _project(matches: ProjectMatches, site: Site) -> Sheet:
    columns = (Column("类别", 10), Column("产业", 18), Column("区域", 22), Column("原文", 60))
    rows = [
        (
            "直接提到" if match.direct else "相关",
            "、".join(match.industries),
            "、".join(match.areas),
            match.sentence,
            _why(match),
            *_source(match.clause, match.document, match.standing, site),
            *_whom(match.contacts.units, match.contacts.local),
        )
        for match in (*matches.direct, *matches.related)
    ]
    return Sheet("我的项目", (*columns, Column("匹配的理由", 34), *_SOURCE, *_WHOM), rows)


def _about(
    chosen: IndustryMap, selection: Selection, matches: ProjectMatches | None, now: datetime
) -> Sheet:
    filters = (("区域", selection.area), ("产业", selection.industry))
    told = "；".join(f"{name}：{value}" for name, value in filters if value)
    rows: list[Sequence[Cell]] = [
        ("导出日期", chinese_date(now.date())),
        ("筛选条件", told or "无"),
        ("未在施行的文件", "包括" if selection.past else "不包括"),
        ("清单条数", str(len(chosen.supports))),
    ]
    if matches is not None:
        found = len(matches.direct) + len(matches.related)
        rows += [("我的项目", matches.text), ("项目匹配", f"{found}处" if found else "没有写到")]
    rows += [("来源文件", reference(d.title, d.doc_number)) for d in chosen.documents]
    rows += [("说明", "“未限定区域”指原文这一句没有写明区域。"), ("说明", NOTICE)]
    return Sheet("说明", (Column("项目", 16), Column("内容", 90)), rows, filtered=False)


def _source(
    clause: Clause, document: Document, standing: Standing | None, site: Site
) -> tuple[Cell, ...]:
    label = clause.full_label
    url = site.public_base_url and clause_url(clause.id, site.public_base_url)
    force = STATUS_NAMES[standing.status] if standing else ""
    return (Link(label, url), f"《{document.title}》", document.doc_number, force)


def _whom(units: Sequence[Assignment], local: Sequence[Assignment]) -> tuple[Cell, ...]:
    role = f"{ROLE_NAMES[units[0].role]}：" if units else ""
    basis = "；".join(dict.fromkeys(basis_words(u.basis) for u in units))
    return (
        role + "、".join(u.unit for u in units),
        basis,
        "、".join(u.unit for u in local),
    )


def _why(match: Match) -> str:
    return "；".join(
        f"“{r.word}”{RELATION_NAMES[r.relation]}" + (f"“{r.found}”" if r.found != r.word else "")
        for r in match.reasons
    )
