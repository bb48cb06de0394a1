"""The conversation as a file: the browser sends what it has kept, and gets Word or Markdown.

What it sends is checked as an answer is; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from assistant.answer import Answer
from assistant.faces import problems
from assistant.faces.chat.conversation_export import as_markdown
from assistant.faces.chat.word_export import as_docx
from assistant.faces.contract import Assistant
from assistant.faces.site.templates import PRODUCT, Site

MAX_BODY_BYTES = 10 * 1024 * 1024
PREFIX = "/conversation."
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Conversation(BaseModel):
    """The answers of a conversation, oldest first, as the browser has kept them."""

    turns: list[Any]


def add_downloads(app: FastAPI, assistant: Assistant, site: Site) -> None:
    """Add ``POST /conversation.docx`` and ``POST /conversation.md``."""
    app.add_middleware(problems.BodyLimit, limit=MAX_BODY_BYTES, prefix=PREFIX)

    def made(body: Conversation, media_type: str, write: Callable[..., str | bytes]) -> Response:
        turns: tuple[Answer, ...] = assistant.restored(body.turns)
        if not turns:
            told = {"detail": "没有可以导出的问答，请先提一个问题。"}
            return JSONResponse(told, 400)
        return Response(write(turns, PRODUCT, site.public_base_url), media_type=media_type)

    @app.post("/conversation.docx", include_in_schema=False)
    def word(body: Conversation) -> Response:
        return made(body, _WORD, as_docx)

    @app.post("/conversation.md", include_in_schema=False)
    def markdown(body: Conversation) -> Response:
        return made(body, "text/markdown; charset=utf-8", as_markdown)
