"""The OpenAI-compatible face: a pure mapping of questions and Answers for bots and SDKs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated

from fastapi import FastAPI, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from assistant.answer import Answer
from assistant.errors import PolicyAssistantError, UnknownModel
from assistant.faces import problems
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.event_stream import Frames, event_stream, frame
from assistant.faces.history import Turn, asked_last, earlier_questions
from assistant.faces.middleware.authentication import Caller, caller_of
from assistant.faces.openai_wire import (
    MODEL,
    Choice,
    Chunks,
    Completion,
    CompletionBody,
    Message,
    ModelCard,
    ModelList,
    citations,
    url_citations,
    usage,
)
from assistant.faces.rest.description import answered, described, example
from assistant.faces.rest.examples import COMPLETION, COMPLETION_EVENTS, MODELS
from assistant.faces.rest.examples import MODEL as CARD
from assistant.faces.telling import telling, whole
from assistant.settings import Settings

CHANNEL = "openai"
DONE = "[DONE]"


def add_openai(
    app: FastAPI, assistant: Assistant, settings: Settings, ledger: Ledger, *, model: str = MODEL
) -> None:
    """``/v1/chat/completions`` and ``/v1/models``, which names ``model``."""
    desk = _Desk(assistant, ledger, settings.max_question_chars, model)

    @app.post(
        "/v1/chat/completions",
        tags=["OpenAI 兼容"],
        summary="回答最后一条消息",
        description=(
            "与 OpenAI 的对话接口兼容：不认识的字段、别处的系统提示词和工具都不计。"
            "content 带有【依据】【责任单位】；annotations 是引用的位置与网址，"
            "x_policy 是完整的 Answer 对象。"
        ),
        response_model=Completion,
        responses={
            **answered(COMPLETION, COMPLETION_EVENTS),
            **described(400, 413),
        },
    )
    async def completions(body: CompletionBody, request: Request) -> Response:
        base = settings.public_base_url or str(request.base_url).rstrip("/")
        asked = _Asked(body, base, caller_of(request))
        if body.stream:
            return await event_stream(desk.events(asked), _failed)
        return await run_in_threadpool(desk.whole, asked)

    @app.get(
        "/v1/models",
        tags=["OpenAI 兼容"],
        summary="可用的模型",
        responses={**example(MODELS), **described()},
    )
    def models() -> ModelList:
        return ModelList(data=[ModelCard(id=model, created=desk.since)])

    @app.get(
        "/v1/models/{name}",
        tags=["OpenAI 兼容"],
        summary="一个模型",
        responses={**example(CARD), **described(404)},
    )
    def card(name: Annotated[str, Path(description="模型的名称")]) -> ModelCard:
        if name != model:
            raise UnknownModel(name, model)
        return ModelCard(id=model, created=desk.since)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, the address that links begin with, and who asks."""

    body: CompletionBody
    base: str
    caller: Caller


class _Desk:
    """Asks the last turn of a request, and notes each answer in the ledger."""

    def __init__(self, assistant: Assistant, ledger: Ledger, max_chars: int, model: str) -> None:
        self._assistant, self._ledger = assistant, ledger
        self._max_chars, self._model = max_chars, model
        self.since = int(time.time())

    def whole(self, asked: _Asked) -> Response:
        """The answer as one object."""
        asking = self._asking(asked)
        while True:
            try:
                next(asking)
            except StopIteration as end:
                answer: Answer = end.value
                break
        self._note(answer, asked)
        told = whole(answer)
        made = Completion(
            id=_new_id(),
            created=answer.created,
            model=self._model,
            choices=[
                Choice(
                    message=Message(
                        content=told.content, annotations=url_citations(told, asked.base)
                    )
                )
            ],
            usage=usage(asked.body.messages, told.content),
            citations=citations(told, asked.base),
            x_policy=answer,
        )
        return Response(made.model_dump_json(), media_type="application/json")

    def events(self, asked: _Asked) -> Frames:
        """The content in checked pieces, its sources, and that it is over."""
        chunks = Chunks(_new_id(), int(time.time()), self._model)
        pieces = telling(self._asking(asked))
        first = True
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                told = end.value
                break
            yield frame(chunks.piece(piece, first=first))
            first = False
        self._note(told.answer, asked)
        yield frame(chunks.last(told, asked.base))
        if asked.body.stream_options and asked.body.stream_options.include_usage:
            yield frame(chunks.used(usage(asked.body.messages, told.content)))
        yield frame(DONE)

    def _asking(self, asked: _Asked) -> Generator[str, None, Answer]:
        asked.caller.admit(asked.body.user or "")
        turns: list[Turn] = [{"role": m.role, "content": m.content} for m in asked.body.messages]
        question, before = asked_last(turns)
        return self._assistant.ask_stream(question, earlier_questions(before, self._max_chars))

    def _note(self, answer: Answer, asked: _Asked) -> None:
        user = asked.caller.user(asked.body.user or "")
        self._ledger.record(answer, channel=CHANNEL, user=user)


def _failed(error: PolicyAssistantError) -> bytes:
    """The last event of a stream that cannot go on, as OpenAI's clients read it."""
    kind = problems.kind_of(error)
    words = problems.told(error)
    said = {"message": words, "type": kind.openai_type, "code": kind.code, "param": None}
    return frame({"error": said})


def _new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
