"""REST: what the documents hold: documents, clauses, units with their tasks, industries."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Path, Query

from assistant.faces.contract import Assistant
from assistant.faces.rest.bodies import Text, Window, window
from assistant.faces.rest.description import described, example
from assistant.faces.rest.examples import CLAUSE, DOCUMENT, DOCUMENTS, INDUSTRIES, TASKS, UNITS
from assistant.faces.rest.scope import documents_called
from assistant.faces.wire import (
    ClauseDetail,
    ClauseEntry,
    DocumentDetail,
    DocumentList,
    DocumentSummary,
    IndustryList,
    UnitList,
    UnitTasks,
)
from assistant.model import Role, UnitSummary
from assistant.rendering import clause_url
from assistant.settings import Settings
from assistant.text import fold
from assistant.validity import UNKNOWN

Wanted = Annotated[Window, Depends(window)]


def add_documents(app: FastAPI, assistant: Assistant, settings: Settings) -> None:
    """``/v1/documents``, ``/v1/documents/{id}`` and ``/v1/clauses/{id}``."""
    base = settings.public_base_url

    @app.get(
        "/v1/documents",
        tags=["文件"],
        summary="已收录的文件",
        responses={**example(DOCUMENTS), **described(400)},
    )
    def documents(wanted: Wanted) -> DocumentList:
        force = assistant.standings()
        found = assistant.documents()
        page = [DocumentSummary.of(d, force.get(d.id, UNKNOWN)) for d in wanted.cut(found)]
        return DocumentList(documents=page, **wanted.of(len(found)))

    @app.get(
        "/v1/documents/{document_id}",
        tags=["文件"],
        summary="一个文件的全文与条款目录",
        responses={**example(DOCUMENT), **described(404)},
    )
    def document(
        document_id: Annotated[str, Path(description="文件编号", examples=["2022-40-2e2d"])],
    ) -> DocumentDetail:
        found = assistant.document(document_id)
        return DocumentDetail(
            document=DocumentSummary.of(found, assistant.standings().get(found.id, UNKNOWN)),
            url=f"{base}/documents/{quote(found.id, safe='')}",
            text=found.text,
            outline=[ClauseEntry.of(clause) for clause in found.clauses],
        )

    @app.get(
        "/v1/clauses/{clause_id}",
        tags=["文件"],
        summary="一个条款的原文、位置与责任单位",
        responses={**example(CLAUSE), **described(404)},
    )
    def clause(
        clause_id: Annotated[str, Path(description="条款编号", examples=["2022-40-2e2d:2.2.1"])],
    ) -> ClauseDetail:
        found = assistant.clause(clause_id)
        document = assistant.document(found.document_id)
        return ClauseDetail(
            clause=found,
            document=DocumentSummary.of(document, assistant.standings().get(document.id, UNKNOWN)),
            citation=document.cite(found),
            url=clause_url(found.id, base),
        )


def add_industries(app: FastAPI, assistant: Assistant) -> None:
    """``/v1/industries``."""

    @app.get(
        "/v1/industries",
        tags=["文件"],
        summary="各区域支持的产业",
        responses={**example(INDUSTRIES), **described(400, 404)},
    )
    def industries(
        wanted: Wanted,
        area: Annotated[Text, Query(description="区域", examples=["淄川经济开发区"])] = "",
        industry: Annotated[Text, Query(description="产业", examples=["生物医药"])] = "",
        document: Annotated[
            Text, Query(description="文件的编号、文号或标题", examples=["淄政字〔2022〕40号"])
        ] = "",
    ) -> IndustryList:
        found = assistant.industries(area=area, industry=industry)
        if document:
            named = documents_called(assistant, document)
            found = tuple(e for e in found if assistant.clause(e.clause_id).document_id in named)
        return IndustryList(industries=wanted.cut(found), **wanted.of(len(found)))


def add_units(app: FastAPI, assistant: Assistant) -> None:
    """``/v1/units`` and ``/v1/units/{name}/tasks``."""

    @app.get(
        "/v1/units",
        tags=["责任单位"],
        summary="责任单位",
        responses={**example(UNITS), **described(400)},
    )
    def units(
        wanted: Wanted,
        q: Annotated[Text, Query(description="名称或别名中的字", examples=["科技"])] = "",
        role: Annotated[Role | None, Query(description="至少有一项任务是以这个身份承担的")] = None,
    ) -> UnitList:
        found = tuple(
            unit
            for unit in assistant.units()
            if _is_called(unit, q) and (role is None or unit.counts.get(role, 0))
        )
        return UnitList(units=wanted.cut(found), **wanted.of(len(found)))

    @app.get(
        "/v1/units/{name}/tasks",
        tags=["责任单位"],
        summary="一个单位负责的全部任务",
        responses={**example(TASKS), **described(404)},
    )
    def tasks(
        name: Annotated[str, Path(description="单位的简称、全称或别名", examples=["市科技局"])],
    ) -> UnitTasks:
        unit, found = assistant.tasks_of(name)
        return UnitTasks(unit=unit, count=len(found), tasks=found)


def _is_called(unit: UnitSummary, written: str) -> bool:
    word = fold(written)
    return any(word in fold(name) for name in (unit.name, unit.full_name, *unit.aliases))
