"""How the API describes itself: the errors of each operation, as they are really sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI

from assistant.faces import problems

ERRORS = {
    400: "请求格式有误或问题为空",
    401: "缺少或无效的密钥（服务要求密钥时）",
    403: "密钥没有这个权限",
    404: "没有这个条款、文件、单位、区域或地址",
    408: "请求体没有及时到达",
    413: "问题或请求体过长",
    429: "请求过于频繁，等候的秒数见响应头 Retry-After",
    500: "服务内部出错",
    503: "文件库或索引暂不可用",
    504: "没有及时得出答复",
}
ALWAYS = (401, 403, 408, 429, 500, 503, 504)

_KEYS = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "密钥（pqa_…），由 keys create 生成",
    },
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "同上，放在请求头里",
    },
}
_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}

Responses = dict[int | str, dict[str, Any]]


def described(*statuses: int, always: Collection[int] = ALWAYS) -> Responses:
    """The errors of an operation, with those that any may end with."""
    return {s: {"model": problems.Problem, "description": ERRORS[s]} for s in (*statuses, *always)}


def example(value: Any, status: int = 200) -> Responses:
    """An example of a good response."""
    return {status: {"content": {"application/json": {"example": value}}}}


def answered(shown: Any, events: str) -> Responses:
    """An answer that comes whole or, on request, as events."""
    stream = {"itemSchema": _EVENT, "example": events}
    return {200: {"content": {"application/json": {"example": shown}, "text/event-stream": stream}}}


def describe_as_sent(app: FastAPI) -> None:
    """Describe errors as problem+json, and a malformed request as 400."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
                for status, response in operation["responses"].items():
                    _describe(status, response)
        schema["components"]["securitySchemes"] = _KEYS
        schema["security"] = [{}, *({name: []} for name in _KEYS)]  # none where API_PUBLIC says so
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(status: str, response: dict[str, Any]) -> None:
    if status < "400":
        response["description"] = "成功" if status == "200" else "已收到"
        return
    content = response.get("content", {})
    for usual in ("application/json", "text/plain"):
        if usual in content:
            content[problems.MEDIA_TYPE] = content.pop(usual)
    if status == "429":
        seconds = {"schema": {"type": "integer"}, "description": "多少秒以后可以再试"}
        response["headers"] = {"Retry-After": seconds}
