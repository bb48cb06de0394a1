"""The REST face: JSON in, the Answer object out. It translates; the assistant decides.

Endpoints are plain functions, so the framework runs them in its thread pool and the event loop
stays free for the chat.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

from fastapi import Depends, FastAPI, Path, Query, Request
from pydantic import AfterValidator
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from assistant.answer import Answer
from assistant.faces import problems
from assistant.faces.contract import Assistant
from assistant.faces.history import Turn, earlier_questions, well_formed
from assistant.faces.wire import (
    ANSWER_EXAMPLE,
    ClauseDetail,
    DocumentList,
    DocumentSummary,
    Health,
    IndustryList,
    QuestionBody,
    SearchResult,
    TurnBody,
    UnitList,
    UnitTasks,
)
from assistant.model import DocumentKind
from assistant.retrieval.filters import Filters, IssuerLevel
from assistant.settings import Settings
from assistant.validity import UNKNOWN, DocumentStatus

API_VERSION = "1.0"  # of the contract, not of the product
MAX_BODY_BYTES = 64 * 1024
MAX_HITS = 50

_DESCRIPTION = """依据已收录的政策文件作答：每个回答都注明条款原文、位置与责任单位。

- 文件没有写的，明确答复没有；拒答也是回答：`status` 说明结果，HTTP 状态为 200。
- `span` 与 `char_range` 从 0 起、左闭右开，按 Unicode 码点计。
- 出错时返回 RFC 9457 的 `application/problem+json`，并附 OpenAI 格式的 `error`。
"""
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ERRORS = {
    400: "请求格式有误或问题为空",
    404: "没有这个条款、文件、单位、区域或地址",
    413: "问题或请求体过长",
    500: "服务内部出错",
    503: "文件库或索引暂不可用",
}

Name = Annotated[str, AfterValidator(well_formed)]
SearchText = Annotated[
    str,
    AfterValidator(well_formed),
    Query(description="检索的内容", examples=["氢能产业"]),
]


def _filters(
    document: Annotated[
        list[Name] | None, Query(description="文件的编号、文号或标题；可重复，满足其一即可")
    ] = None,
    level: Annotated[
        list[IssuerLevel] | None, Query(description="发文机关的级别；可重复，满足其一即可")
    ] = None,
    status: Annotated[
        list[DocumentStatus] | None,
        Query(description="文件在 as_of 当天的效力状态；可重复，满足其一即可"),
    ] = None,
    as_of: Annotated[
        date | None,
        Query(
            description="按哪一天判断效力，默认为今天；不给 status 时，去掉当天无效的文件",
            examples=["2024-05-01"],
        ),
    ] = None,
    unit: Annotated[
        Name, Query(description="责任单位的简称、全称或别名", examples=["市科技局"])
    ] = "",
    area: Annotated[Name, Query(description="区域", examples=["淄川经济开发区"])] = "",
    kind: Annotated[
        list[DocumentKind] | None, Query(description="文件类别；可重复，默认只检索正式文件")
    ] = None,
) -> Filters:
    """What the hits of a search must satisfy; of several values of one field, any one."""
    return Filters(
        documents=tuple(document or ()),
        issuer_levels=tuple(level or ()),
        statuses=tuple(status or ()),
        as_of=as_of,
        unit=unit,
        area=area,
        kinds=tuple(kind or ()),
    )


def create_api(assistant: Assistant, settings: Settings) -> FastAPI:
    """The application with every API route; a chat may be mounted at ``/`` after it."""
    app = FastAPI(
        title="政策问答助手",
        version=API_VERSION,
        description=_DESCRIPTION,
        docs_url=None,  # both pages load scripts from a CDN
        redoc_url=None,
    )
    app.add_middleware(problems.BodyLimit, limit=MAX_BODY_BYTES, prefix="/v1/")
    problems.install(app)
    _add_questions(app, assistant, settings)
    _add_documents(app, assistant, settings)
    _add_units(app, assistant)
    _refuse_the_rest(app)
    _describe_errors(app)
    return app


def _add_questions(app: FastAPI, assistant: Assistant, settings: Settings) -> None:
    @app.post(
        "/v1/answers",
        tags=["问答"],
        summary="回答一个问题",
        responses={
            200: {"content": {"application/json": {"example": ANSWER_EXAMPLE}}},
            **_described(400, 413, 500, 503),
        },
    )
    def answers(body: QuestionBody) -> Answer:
        turns: list[Turn] = [
            turn.model_dump() if isinstance(turn, TurnBody) else turn for turn in body.history
        ]
        history = earlier_questions(turns, settings.max_question_chars)
        return assistant.ask(body.question, history, as_of=body.as_of)

    @app.get(
        "/v1/search",
        tags=["问答"],
        summary="检索条款",
        responses=_described(400, 404, 413, 500, 503),
    )
    def search(
        q: SearchText,
        filters: Annotated[Filters, Depends(_filters)],
        limit: Annotated[int, Query(ge=1, le=MAX_HITS, description="最多返回几条")] = 10,
    ) -> SearchResult:
        return SearchResult(query=q, hits=assistant.search(q, limit, filters))


def _add_documents(app: FastAPI, assistant: Assistant, settings: Settings) -> None:
    @app.get("/v1/documents", tags=["文件"], summary="已收录的文件", responses=_described(500, 503))
    def documents() -> DocumentList:
        force = assistant.standings()
        found = [DocumentSummary.of(d, force.get(d.id, UNKNOWN)) for d in assistant.documents()]
        return DocumentList(count=len(found), documents=found)

    @app.get(
        "/v1/clauses/{clause_id}",
        tags=["文件"],
        summary="一个条款的原文、位置与责任单位",
        responses=_described(404, 500, 503),
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
            url=f"{settings.public_base_url}/clauses/{quote(found.id, safe=':')}",
        )

    @app.get(
        "/v1/industries",
        tags=["文件"],
        summary="各区域支持的产业",
        responses=_described(500, 503),
    )
    def industries(
        area: Annotated[str, Query(description="区域", examples=["淄川经济开发区"])] = "",
        industry: Annotated[str, Query(description="产业", examples=["生物医药"])] = "",
    ) -> IndustryList:
        found = assistant.industries(area=area, industry=industry)
        return IndustryList(count=len(found), industries=found)


def _add_units(app: FastAPI, assistant: Assistant) -> None:
    @app.get("/v1/units", tags=["责任单位"], summary="全部责任单位", responses=_described(500, 503))
    def units() -> UnitList:
        found = assistant.units()
        return UnitList(count=len(found), units=found)

    @app.get(
        "/v1/units/{name}/tasks",
        tags=["责任单位"],
        summary="一个单位负责的全部任务",
        responses=_described(404, 500, 503),
    )
    def tasks(
        name: Annotated[str, Path(description="单位的简称、全称或别名", examples=["市科技局"])],
    ) -> UnitTasks:
        unit, found = assistant.tasks_of(name)
        return UnitTasks(unit=unit, count=len(found), tasks=found)

    @app.get("/healthz", tags=["运行"], summary="服务与索引的状态", responses=_described(500, 503))
    def healthz() -> Health:
        return Health(status="ok", index=assistant.info())


def _refuse_the_rest(app: FastAPI) -> None:
    """404 and 405 for our own addresses, which a chat mounted at ``/`` would answer otherwise."""

    def unmatched(request: Request) -> NoReturn:
        allowed = {
            method
            for route in request.app.routes
            if isinstance(route, Route) and route.endpoint is not unmatched
            if route.matches(request.scope)[0] is Match.PARTIAL
            for method in route.methods or ()
        }
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)

    for address in ("/v1/{rest:path}", "/healthz", "/openapi.json"):
        app.router.routes.append(
            Route(address, unmatched, methods=_METHODS, include_in_schema=False)
        )


def _described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an operation, for its description."""
    return {s: {"model": problems.Problem, "description": _ERRORS[s]} for s in statuses}


def _describe_errors(app: FastAPI) -> None:
    """Describe errors as they are sent: as problem+json, and a malformed request as 400."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
                operation["responses"]["200"]["description"] = "成功"
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if status >= "400" and "application/json" in content:
                        content[problems.MEDIA_TYPE] = content.pop("application/json")
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
