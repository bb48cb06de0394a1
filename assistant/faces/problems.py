"""Errors over HTTP: one table from error class to status, and the bodies that say what is wrong.

A body is RFC 9457 ``application/problem+json`` that also carries OpenAI's ``error`` object, so that
a client of either kind can read it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant import errors

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)
_AGAIN = "请稍后再试，或联系管理员。"
_DRAINED_BYTES = 4 * 1024 * 1024  # read and dropped, so that the client gets to read the refusal


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its HTTP status, its stable code and its title.

    ``detail`` is what anybody may read of it, where an error's own words are the operator's: they
    name files and settings of the machine. Empty where they may be read.
    """

    status: int
    code: str
    title: str
    detail: str = ""

    @property
    def openai_type(self) -> str:
        """The ``type`` that OpenAI's clients know."""
        other = "server_error" if self.status >= 500 else "invalid_request_error"
        return _OPENAI_TYPES.get(self.status, other)


_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
MALFORMED = Kind(400, "malformed_request", "请求格式有误")
TOO_LARGE = Kind(413, "body_too_large", "请求体过大")
INTERNAL = Kind(500, "internal_error", "服务内部出错", "服务内部出错，已写入日志，请稍后再试。")

KINDS: Mapping[type[Exception], Kind] = {
    errors.EmptyQuestion: Kind(400, "empty_question", "问题为空"),
    errors.QuestionTooLong: Kind(413, "question_too_long", "问题过长"),
    errors.QuestionError: Kind(400, "bad_question", "问题不可用"),
    errors.UnknownArea: Kind(404, "unknown_area", "没有这个区域"),
    errors.UnknownClause: Kind(404, "unknown_clause", "没有这个条款"),
    errors.UnknownDocument: Kind(404, "unknown_document", "没有这个文件"),
    errors.UnknownModel: Kind(404, "model_not_found", "没有这个模型"),
    errors.UnknownKey: Kind(404, "unknown_key", "没有这个密钥"),
    errors.UnknownUnit: Kind(404, "unknown_unit", "没有这个单位"),
    errors.NotFoundError: Kind(404, "not_found", "没有找到"),
    errors.CorpusError: Kind(
        503, "corpus_unavailable", "文件库暂不可用", f"文件库暂时不可用，{_AGAIN}"
    ),
    errors.IndexFileError: Kind(
        503, "index_unavailable", "索引暂不可用", f"索引暂时不可用，{_AGAIN}"
    ),
    errors.EncoderError: Kind(
        503, "encoder_unavailable", "编码模型暂不可用", f"编码模型暂时不可用，{_AGAIN}"
    ),
    errors.UnknownUpload: Kind(404, "unknown_upload", "没有这份上传"),
    errors.TooLargeUpload: Kind(413, "upload_too_large", "上传的文件过大"),
    errors.AdministrationError: Kind(400, "not_possible", "不能这样做"),
    errors.LedgerInputError: Kind(400, "bad_feedback", "反馈不可用"),
    errors.LedgerError: Kind(
        503, "ledger_unavailable", "记录库暂不可用", f"记录库暂时不可用，{_AGAIN}"
    ),
    errors.ServiceStopping: Kind(503, "stopping", "服务正在停止"),
    errors.Unauthorized: Kind(401, "unauthorized", "没有有效的密钥"),
    errors.Forbidden: Kind(403, "forbidden", "密钥没有这个权限"),
    errors.TooManyRequests: Kind(429, "rate_limited", "请求太频繁"),
    errors.KeyStoreError: Kind(
        503, "keys_unavailable", "暂时无法核对密钥", f"暂时无法核对密钥，{_AGAIN}"
    ),
    errors.AccessError: Kind(403, "forbidden", "不允许"),
    RequestValidationError: MALFORMED,
    Exception: INTERNAL,
}

_HTTP_KINDS = {
    400: (MALFORMED, "请求体无法解析，应为 UTF-8 编码的 JSON 对象。"),
    404: (Kind(404, "unknown_route", "没有这个地址"), "没有这个地址，可用的地址见 /openapi.json。"),
    405: (
        Kind(405, "method_not_allowed", "请求方法不可用"),
        "这个地址不支持所用的请求方法，可用的方法见响应头 Allow。",
    ),
}


class OpenAIError(BaseModel):
    """The error as OpenAI's clients read it."""

    message: str
    type: str
    code: str
    param: str | None = None


class Problem(BaseModel):
    """RFC 9457, with OpenAI's ``error`` beside it."""

    type: str = Field(examples=["urn:problem-type:policy-assistant:empty_question"])
    title: str = Field(examples=["问题为空"])
    status: int = Field(examples=[400])
    detail: str = Field(examples=["问题是空的，请输入要查询的内容。"])
    instance: str = Field(examples=["/v1/answers"])
    request_id: str | None = Field(
        None, description="请求编号，同响应头 X-Request-ID；报告问题时请附上"
    )
    error: OpenAIError


def kind_of(error: Exception) -> Kind:
    """The nearest class of the table in the error's line of ancestors."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def told(error: errors.PolicyAssistantError) -> str:
    """What anybody may read of the error; where that is not all, the log has all of it."""
    kind = kind_of(error)
    if kind.detail:
        _log.error("%s（%s）：%s", kind.title, kind.code, error)
    return kind.detail or str(error)


def problem(
    kind: Kind,
    detail: str,
    instance: str,
    headers: Mapping[str, str] | None = None,
    *,
    param: str | None = None,
    request_id: str | None = None,
) -> JSONResponse:
    """The response that says what is wrong; ``param`` is the field that it is about."""
    body = Problem(
        type=f"urn:problem-type:policy-assistant:{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        request_id=request_id,
        error=OpenAIError(message=detail, type=kind.openai_type, code=kind.code, param=param),
    )
    left_out = {"request_id"} if request_id is None else set()
    return JSONResponse(
        body.model_dump(exclude=left_out), kind.status, headers, media_type=MEDIA_TYPE
    )


def refusal(error: errors.PolicyAssistantError, instance: str) -> JSONResponse:
    """The response to a deliberate error; it says how to call again where that may help."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooManyRequests):
        headers = {"Retry-After": str(error.seconds)}
    if isinstance(error, errors.Unauthorized):
        headers = {"WWW-Authenticate": "Bearer"}
    return problem(kind_of(error), told(error), instance, headers)


def install(app: FastAPI) -> None:
    """Let ``app`` answer every error with a problem; what we did not foresee is also logged."""

    @app.exception_handler(errors.PolicyAssistantError)
    async def deliberate(request: Request, error: errors.PolicyAssistantError) -> JSONResponse:
        return refusal(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        return problem(MALFORMED, _sentence(found), request.url.path, param=_field(found))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        other = Kind(error.status_code, "http_error", "请求未能完成"), "请求未能完成。"
        kind, detail = _HTTP_KINDS.get(error.status_code, other)
        return problem(kind, detail, request.url.path, error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, _error: Exception) -> JSONResponse:
        number = getattr(request.state, "request_id", None)
        return problem(INTERNAL, INTERNAL.detail, request.url.path, request_id=number)


class BodyLimit:
    """ASGI middleware: a body over ``limit`` bytes under ``prefix`` is refused with 413.

    It counts what arrives, so that a chunked body without Content-Length is held to it too.
    """

    def __init__(self, app: ASGIApp, *, limit: int, prefix: str) -> None:
        self._app, self._limit, self._prefix = app, limit, prefix
        self._drained = max(limit, _DRAINED_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on once its body has arrived whole, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        body, size = bytearray(), 0
        more = _declared_length(scope) <= self._drained
        while more and size <= self._drained:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= self._limit:
                body += chunk
            more = message.get("more_body", False)
        if max(size, _declared_length(scope)) > self._limit:
            detail = f"请求体超过{self._limit // 1024} KiB，请缩短问题或历史后再试。"
            await problem(TOO_LARGE, detail, scope["path"])(scope, receive, send)
            return
        await self._app(scope, _replay(bytes(body), receive), send)


def _declared_length(scope: Scope) -> int:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    return int(declared) if declared.isdigit() else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


_EXPECTED = {
    "missing": "缺少字段“{field}”",
    "string_type": "字段“{field}”应为文字",
    "string_unicode": "字段“{field}”应为文字",
    "int_parsing": "字段“{field}”应为整数",
    "list_type": "字段“{field}”应为列表",
    "greater_than_equal": "字段“{field}”应不小于{ge}",
    "less_than_equal": "字段“{field}”应不大于{le}",
}


def _field(found: Sequence[Any]) -> str | None:
    """The field that the first fault is about; None where it is about the whole body."""
    where = found[0]["loc"]
    return None if len(where) < 2 or found[0]["type"] == "json_invalid" else str(where[1])


def _sentence(found: Sequence[Any]) -> str:
    """One Chinese sentence about the first thing that is wrong with a request."""
    first = found[0]
    where = first["loc"]
    if first["type"] == "json_invalid":
        return f"请求体不是有效的 JSON（第{where[1] + 1}个字符处）。"
    if len(where) == 1:
        return "请求体应为 JSON 对象，请求头 Content-Type 应为 application/json。"
    field = str(where[1])
    if first["type"] == "enum":
        values = "、".join(re.findall(r"'([^']*)'", first["ctx"]["expected"]))
        return f"字段“{field}”应为以下之一：{values}。"
    if len(where) > 2:
        return f"字段“{field}[{where[2]}]”应为文字，或含 role 与 content 的对象。"
    if first["type"].startswith("date"):
        return f"字段“{field}”应为日期，例如 2024-05-01。"
    expected = _EXPECTED.get(first["type"], "字段“{field}”的值不可用")
    return expected.format(field=field, **(first.get("ctx") or {})) + "。"
