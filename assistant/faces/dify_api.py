"""The Dify-compatible face: chat messages with a user and a conversation that we remember.

LangBot, AstrBot and dify-on-wechat read events by their ``data:`` lines alone, so an event has
no other line.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from assistant.answer import Answer
from assistant.errors import PolicyAssistantError
from assistant.faces import problems
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.conversations import Conversations
from assistant.faces.dify_wire import ChatBody, ChatMessage, Id, RatingBody, Result, metadata
from assistant.faces.event_stream import Frames, event_stream, frame
from assistant.faces.middleware.authentication import Caller, caller_of
from assistant.faces.rest.description import answered, described, example
from assistant.faces.rest.examples import CHAT_EVENTS, CHAT_MESSAGE, RESULT
from assistant.faces.telling import Told, telling, whole
from assistant.ledger.masking import masked
from assistant.settings import Settings

CHANNEL = "dify"


def add_dify(
    app: FastAPI,
    assistant: Assistant,
    settings: Settings,
    ledger: Ledger,
    conversations: Conversations,
) -> None:
    """``/v1/chat-messages``, and the ratings of its answers."""
    desk = _Desk(assistant, ledger, conversations)

    @app.post(
        "/v1/chat-messages",
        tags=["Dify 兼容"],
        summary="回答会话中的一个问题",
        description=(
            "与 Dify 的对话型应用接口兼容。会话由 user 与 conversation_id 区分，只记最近的提问，"
            "一天没有新的提问就忘记；metadata.retriever_resources 是所引的条款。"
        ),
        response_model=ChatMessage,
        responses={
            **answered(CHAT_MESSAGE, CHAT_EVENTS),
            **described(400, 413),
        },
    )
    async def chat_messages(body: ChatBody, request: Request) -> Response:
        base = settings.public_base_url or str(request.base_url).rstrip("/")
        turn = _Turn.new(body, base, caller_of(request))
        if body.response_mode == "streaming":
            return await event_stream(desk.events(turn), turn.failed)
        return await run_in_threadpool(desk.whole, turn)

    _add_ratings(app, ledger)


def _add_ratings(app: FastAPI, ledger: Ledger) -> None:
    @app.post(
        "/v1/messages/{message_id}/feedbacks",
        tags=["Dify 兼容"],
        summary="评价一个回答",
        responses={**example(RESULT), **described(400, 413)},
    )
    def feedbacks(
        message_id: Annotated[Id, Path(description="回答的 message_id")],
        body: RatingBody,
        request: Request,
    ) -> Result:
        caller = caller_of(request)
        caller.admit(body.user)
        if body.rating is None:  # a rating that stands is not taken back: it was given
            return Result()
        ledger.feedback(
            message_id,
            rating="up" if body.rating == "like" else "down",
            correction=body.content or "",
            channel=CHANNEL,
            user=caller.user(body.user),
        )
        return Result()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question of a conversation, who asks it, and the numbers that its answer goes by."""

    body: ChatBody
    base: str
    caller: Caller
    conversation: str
    message_id: str
    task_id: str

    @classmethod
    def new(cls, body: ChatBody, base: str, caller: Caller) -> _Turn:
        """A turn of the conversation that the request names, or of a new one."""
        conversation = (body.conversation_id or "").strip() or str(uuid.uuid4())
        message_id = f"ans_{uuid.uuid4().hex}"
        return cls(body, base, caller, conversation, message_id, str(uuid.uuid4()))

    @property
    def owner(self) -> str:
        """Whose conversation it is: a user's of this key, whom other keys may call the same."""
        return self.caller.own(self.body.user)

    def event(self, name: str, **fields: Any) -> bytes:
        """One event with the numbers that each of them bears."""
        numbers = {
            "task_id": self.task_id,
            "id": self.message_id,
            "message_id": self.message_id,
            "conversation_id": self.conversation,
            "created_at": int(time.time()),
        }
        return frame({"event": name, **numbers, **fields})

    def failed(self, error: PolicyAssistantError) -> bytes:
        """The last event of a stream that cannot go on."""
        kind = problems.kind_of(error)
        return self.event("error", status=kind.status, code=kind.code, message=problems.told(error))


class _Desk:
    """Asks in the light of the conversation; remembers the question, notes the answer."""

    def __init__(self, assistant: Assistant, ledger: Ledger, conversations: Conversations) -> None:
        self._assistant, self._ledger, self._conversations = assistant, ledger, conversations

    def whole(self, turn: _Turn) -> Response:
        """The answer as one object."""
        asking = self._asking(turn)
        while True:
            try:
                next(asking)
            except StopIteration as end:
                told = self._noted(whole(end.value), turn)
                break
        made = ChatMessage(
            task_id=turn.task_id,
            id=turn.message_id,
            message_id=turn.message_id,
            conversation_id=turn.conversation,
            answer=told.content,
            metadata=metadata(told, turn.body.query, turn.base),
            created_at=told.answer.created,
        )
        return Response(made.model_dump_json(), media_type="application/json")

    def events(self, turn: _Turn) -> Frames:
        """The content in checked pieces, then its sources."""
        pieces = telling(self._asking(turn))
        while True:
            try:
                yield turn.event("message", answer=next(pieces))
            except StopIteration as end:
                told = self._noted(end.value, turn)
                break
        found = metadata(told, turn.body.query, turn.base)
        yield turn.event("message_end", metadata=found.model_dump(mode="json"))

    def _asking(self, turn: _Turn) -> Generator[str, None, Answer]:
        turn.caller.admit(turn.body.user)
        earlier = self._conversations.questions(turn.owner, turn.conversation)
        return self._assistant.ask_stream(turn.body.query, earlier)

    def _noted(self, told: Told, turn: _Turn) -> Told:
        """The same under the number that the client knows, by which it may be rated."""
        answer = replace(told.answer, id=turn.message_id)
        self._ledger.record(answer, channel=CHANNEL, user=turn.caller.user(turn.body.user))
        kept = masked(turn.body.query, len(turn.body.query))  # numbers of persons are not kept
        self._conversations.add(turn.owner, turn.conversation, kept)
        return replace(told, answer=answer)
