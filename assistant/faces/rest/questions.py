"""REST: questions with their answers (whole or as events), searches, and what users say of them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from assistant.answer import Answer
from assistant.errors import PolicyAssistantError
from assistant.faces import problems
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.event_stream import Failed, Frames, event_stream, frame
from assistant.faces.history import Turn, earlier_questions
from assistant.faces.middleware.authentication import Caller, caller_of
from assistant.faces.rest.bodies import (
    FeedbackBody,
    Offset,
    QuestionBody,
    Text,
    TurnBody,
    filters,
)
from assistant.faces.rest.description import answered, described, example
from assistant.faces.rest.examples import ANSWER, ANSWER_EVENTS, FEEDBACK, SEARCH
from assistant.faces.rest.scope import chosen_documents
from assistant.faces.telling import cut
from assistant.faces.wire import FeedbackReceipt, SearchResult
from assistant.retrieval.filters import Filters
from assistant.settings import Settings

CHANNEL = "api"
MAX_HITS = 50
_JSON = "application/json"
_EVENTS = "text/event-stream"


def add_questions(app: FastAPI, assistant: Assistant, settings: Settings, ledger: Ledger) -> None:
    """``/v1/answers``, ``/v1/search`` and ``/v1/feedback``."""
    desk = _Desk(assistant, ledger, settings.max_question_chars)
    _add_answers(app, desk)

    @app.get(
        "/v1/search",
        tags=["问答"],
        summary="检索条款",
        responses={**example(SEARCH), **described(400, 404, 413)},
    )
    def search(
        q: Annotated[Text, Query(description="检索的内容", examples=["氢能产业"])],
        wanted: Annotated[Filters, Depends(filters)],
        limit: Annotated[int, Query(ge=1, le=MAX_HITS, description="最多返回几条")] = 10,
        offset: Annotated[Offset, Query(le=500)] = 0,
    ) -> SearchResult:
        after = offset + limit
        found = assistant.search(q, after + 1, wanted)
        return SearchResult(
            query=q,
            hits=found[offset:after],
            limit=limit,
            offset=offset,
            next_offset=after if len(found) > after and after <= 500 else None,
        )

    @app.post(
        "/v1/feedback",
        tags=["问答"],
        summary="评价一个回答",
        status_code=202,
        responses={**example(FEEDBACK, 202), **described(400, 413)},
    )
    def feedback(body: FeedbackBody, request: Request) -> FeedbackReceipt:
        caller = caller_of(request)
        caller.admit(body.user)
        ledger.feedback(
            body.answer_id,
            rating=body.rating,
            reason=body.reason,
            correction=body.correction,
            channel=CHANNEL,
            user=caller.user(body.user),
        )
        return FeedbackReceipt(answer_id=body.answer_id)


class _Desk:
    """Asks what a body says, and notes each answer in the ledger."""

    def __init__(self, assistant: Assistant, ledger: Ledger, max_chars: int) -> None:
        self._assistant, self._ledger, self._max_chars = assistant, ledger, max_chars
        self._answer = TypeAdapter(Answer)

    def whole(self, body: QuestionBody, caller: Caller) -> Response:
        """The answer as JSON."""
        caller.admit(body.user)
        asking = self._asking(body)
        while True:
            try:
                next(asking)
            except StopIteration as end:
                return Response(self._noted(end.value, caller.user(body.user)), media_type=_JSON)

    def events(self, body: QuestionBody, caller: Caller) -> Frames:
        """Each checked sentence of an LLM, or each of the quotes; then the whole answer."""
        caller.admit(body.user)
        asking = self._asking(body)
        said = False
        while True:
            try:
                yield frame({"text": next(asking)}, "sentence")
            except StopIteration as end:
                answer: Answer = end.value
                break
            said = True
        noted = self._noted(answer, caller.user(body.user))
        for sentence in cut(answer.answer.text if answer.answer and not said else ""):
            yield frame({"text": sentence}, "sentence")
        yield frame(noted.decode(), "answer")

    def _asking(self, body: QuestionBody) -> Generator[str, None, Answer]:
        documents = chosen_documents(
            self._assistant,
            named=body.documents,
            unit=body.unit,
            area=body.area,
            industry=body.industry,
        )
        turns: list[Turn] = [
            turn.model_dump() if isinstance(turn, TurnBody) else turn for turn in body.history
        ]
        history = earlier_questions(turns, self._max_chars)
        return self._assistant.ask_stream(
            body.question, history, as_of=body.as_of, documents=documents
        )

    def _noted(self, answer: Answer, user: str) -> bytes:
        self._ledger.record(answer, channel=CHANNEL, user=user)
        return self._answer.dump_json(answer)


def _add_answers(app: FastAPI, desk: _Desk) -> None:
    @app.post(
        "/v1/answers",
        tags=["问答"],
        summary="回答一个问题",
        description=(
            "请求头 Accept 为 text/event-stream 时以事件流返回：逐句的 sentence，然后是整个"
            "回答的 answer；等待时每 10 秒有一行注释。开始之前的错误仍以 HTTP 状态返回，"
            "之后的错误是 error 事件，内容同 application/problem+json。"
        ),
        response_model=Answer,
        responses={
            **answered(ANSWER, ANSWER_EVENTS),
            **described(400, 404, 413),
        },
    )
    async def answers(body: QuestionBody, request: Request) -> Response:
        caller = caller_of(request)
        if _EVENTS in request.headers.get("accept", ""):
            return await event_stream(desk.events(body, caller), _failed(request.url.path))
        return await run_in_threadpool(desk.whole, body, caller)


def _failed(instance: str) -> Failed:
    """The ``error`` event of an error that comes while events are sent."""

    def failed(error: PolicyAssistantError) -> bytes:
        body = problems.refusal(error, instance).body
        return frame(bytes(body).decode(), "error")

    return failed
