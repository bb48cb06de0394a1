"""The API over HTTP in one application: REST, OpenAI's and Dify's protocols, and its description.

It translates; the assistant decides. What blocks runs in a thread pool, so the event loop stays
free for the chat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.faces import problems
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.conversations import ConversationMemory, Conversations
from assistant.faces.dify_api import add_dify
from assistant.faces.middleware.requests import add_requests
from assistant.faces.openai_api import add_openai
from assistant.faces.openai_wire import MODEL
from assistant.faces.operations import add_operations
from assistant.faces.rest.description import describe_as_sent
from assistant.faces.rest.lookups import add_documents, add_industries, add_units
from assistant.faces.rest.questions import add_questions
from assistant.monitoring.metrics import Metrics
from assistant.settings import Settings

API_VERSION = "1.1"  # of the contract, not of the product
MAX_BODY_BYTES = 64 * 1024
MAX_CHAT_BYTES = 1024 * 1024  # agents send their tools and their whole history along

_DESCRIPTION = """依据已收录的政策文件作答：每个回答都注明条款原文、位置与责任单位。

- 文件没有写的，明确答复没有；拒答也是回答：`status` 说明结果，HTTP 状态为 200。
- `span` 与 `char_range` 从 0 起、左闭右开，按 Unicode 码点计。
- 出错时返回 RFC 9457 的 `application/problem+json`，并附 OpenAI 格式的 `error`。
- 列表分页：`limit`、`offset`，下一页从 `next_offset` 开始。
"""
_ADDRESSES = ("/v1/{rest:path}", "/healthz", "/readyz", "/metrics", "/openapi.json")
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_api(
    assistant: Assistant,
    settings: Settings,
    ledger: Ledger,
    *,
    conversations: Conversations | None = None,
    model: str = MODEL,
    metrics: Metrics | None = None,
    stores: Mapping[str, Callable[[], bool]] = {},
) -> FastAPI:
    """The application with every API route; a chat may be mounted at ``/`` after it.

    ``conversations`` remembers those of Dify's clients, in this process by default; ``model`` is
    the name that OpenAI's clients see; ``stores`` say whether they answer. Whoever stops the
    service tells ``app.state.readiness``.
    """
    app = FastAPI(
        title="政策问答助手",
        version=API_VERSION,
        description=_DESCRIPTION,
        docs_url=None,  # both pages load scripts from a CDN
        redoc_url=None,
    )
    app.add_middleware(BodyLimits)
    problems.install(app)
    add_questions(app, assistant, settings, ledger)
    add_documents(app, assistant, settings)
    add_industries(app, assistant)
    add_units(app, assistant)
    add_openai(app, assistant, settings, ledger, model=model)
    talks = ConversationMemory() if conversations is None else conversations
    add_dify(app, assistant, settings, ledger, talks)
    metrics = metrics or Metrics()
    app.state.readiness = add_operations(
        app, assistant, ledger, metrics, settings, stores=stores, llm_paused=assistant.llm_paused
    )
    refuse_the_rest(app, *_ADDRESSES)
    describe_as_sent(app)
    add_requests(app, metrics)
    return app


class BodyLimits:
    """ASGI middleware: the bodies of chats may be long, those of other API routes are short."""

    def __init__(self, app: ASGIApp) -> None:
        self._chats = problems.BodyLimit(app, limit=MAX_CHAT_BYTES, prefix="/v1/chat")
        self._others = problems.BodyLimit(app, limit=MAX_BODY_BYTES, prefix="/v1/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it with 413."""
        chats = scope["type"] == "http" and scope["path"].startswith("/v1/chat")
        await (self._chats if chats else self._others)(scope, receive, send)


def refuse_the_rest(app: FastAPI, *addresses: str) -> None:
    """404 and 405 for what is ours, and which a chat mounted at ``/`` would answer otherwise.

    It comes after the routes that are there.
    """

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

    for address in addresses:
        app.router.routes.append(
            Route(address, unmatched, methods=_METHODS, include_in_schema=False)
        )
