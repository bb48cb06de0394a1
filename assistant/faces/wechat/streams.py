"""Answers of the 智能机器人 as they grow: begun once, asked for by any worker until whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer import Answer
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.channel import Channel
from assistant.faces.wechat.crypto import ReplayedCallback
from assistant.faces.wechat.jobs import RENEWAL_SECONDS, Jobs, Parts, Settle
from assistant.faces.wechat.menu import is_word, wish_of
from assistant.faces.wechat.messages import Message, text_at
from assistant.faces.wechat.plain_text import cut, rest
from assistant.ledger.masking import masked
from assistant.rendering import markdown, plain

MAX_BYTES = 20_480  # of UTF-8, in the content of a stream
MOST_DELIVERIES = 3
GROWING_SECONDS = 300.0  # the platform asks no longer than some minutes
RATED_SECONDS = 3 * 86_400.0  # how long we know which answer a feedback speaks of
_DELIVERY_SECONDS = 900.0
_KEPT_CHARS = 1000
_ACCURATE, _INACCURATE = 1, 2  # 3 takes a rating back, which the ledger does not know
_REASONS = {1: "答非所问", 2: "内容不全", 3: "内容有错误", 4: "数据分析错误"}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a request waits for a whole answer before it tells what there is.

    ``renewal``: seconds between two signs of life of the jobs of this process.
    """

    first: float = 1.0
    later: float = 0.5
    renewal: float = RENEWAL_SECONDS


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Stream:
    """What is told of an answer; ``content`` is all of it so far."""

    id: str
    content: str
    finish: bool


class Streams:
    """The answers of one 智能机器人; safe to share between threads and requests."""

    def __init__(
        self,
        assistant: Assistant,
        ledger: Ledger,
        store: PendingStore,
        channel: Channel,
        patience: Patience = PATIENCE,
    ) -> None:
        self._assistant, self._ledger, self._store = assistant, ledger, store
        self._channel, self._patience = channel, patience
        self._jobs = Jobs(store, f"policy:{channel.name}", renewal=patience.renewal)

    async def begun(self, message: Message) -> Stream:
        """The stream of a question; the same one each time that its message is sent.

        Raises:
            ReplayedCallback: it came more often than a message is sent.
        """
        stream = self._channel.hashed(message.key)
        try:
            await asyncio.to_thread(self._begin, message, stream)
            return await self._told(stream, self._patience.first)
        except asyncio.CancelledError:
            return self._broken_off(stream)

    async def asked(self, stream: str) -> Stream:
        """How far the answer of a stream has come."""
        try:
            return await self._told(stream, self._patience.later)
        except asyncio.CancelledError:
            return self._broken_off(stream)

    def rated(self, message: Message, event: dict[str, object]) -> None:
        """Note a rating, once. Blocks for the store."""
        delivered = self._channel.key("delivered", self._channel.hashed(message.key))
        rating = event.get("type")
        if rating not in (_ACCURATE, _INACCURATE):
            return
        if self._store.count(delivered, _DELIVERY_SECONDS) > 1:
            return
        stream = text_at(event, "id")[:64]
        known = json.loads(self._store.get(self._channel.key("rated", stream)) or "{}")
        self._ledger.feedback(
            known.get("answer", stream),
            rating="up" if rating == _ACCURATE else "down",
            reason=_reasons(event.get("inaccurate_reason_list")),
            correction=text_at(event, "content")[:_KEPT_CHARS],
            channel=self._channel.ledger_name,
            user=message.sender,
            question=known.get("question", ""),
            answer_text=known.get("text", ""),
        )

    def close(self, seconds: float = 0.0) -> None:
        """Drop the questions that wait; give those under way some seconds to be answered."""
        self._jobs.close(seconds)

    def _begin(self, message: Message, stream: str) -> None:
        delivery = self._store.count(self._channel.key("delivered", stream), _DELIVERY_SECONDS)
        if delivery > MOST_DELIVERIES:
            raise ReplayedCallback
        if delivery == 1:
            refusal = self._channel.refusal(self._channel.hashed(message.sender))
            if refusal:
                self._jobs.finish(stream, (refusal,))
                return
        self._store.add(self._channel.key("growing", stream), "", GROWING_SECONDS)
        quick = is_word(message.text)
        self._jobs.start(stream, lambda settle: self._answer(settle, message, stream), quick=quick)

    async def _told(self, stream: str, seconds: float) -> Stream:
        parts = await self._jobs.result(stream, seconds)
        if parts is not None:
            return Stream(stream, parts[0], finish=True)
        growing = await asyncio.to_thread(self._store.get, self._channel.key("growing", stream))
        if growing is None:
            return Stream(stream, phrases.EXPIRED, finish=True)
        if await asyncio.to_thread(self._jobs.lost, stream):
            return Stream(stream, phrases.LOST, finish=True)
        return Stream(stream, growing, finish=False)

    def _broken_off(self, stream: str) -> Stream:
        """What is told as the server stops: the next one is asked for the rest. Blocks."""
        growing = self._store.get(self._channel.key("growing", stream))
        return Stream(stream, growing or "", finish=False)

    def _answer(self, settle: Settle, message: Message, stream: str) -> Parts:
        """The job: the whole content; each sentence of an LLM is told once it is checked."""
        wish = wish_of(message.text, self._assistant)
        if wish.told or wish.continued:
            return (wish.told or phrases.NOTHING_LEFT,)
        # what somebody asks alone is nothing that a group should hear of
        user = self._channel.hashed(f"{message.sender} {message.receiver}")
        asking = self._assistant.ask_stream(
            wish.question,
            self._channel.history(self._store, user),
            budget=self._channel.budget,
        )
        said = f"{phrases.AI_LABEL}\n\n"
        while True:
            try:
                said += next(asking)
            except StopIteration as end:
                answer: Answer = end.value
                break
            self._grow(stream, cut(said, MAX_BYTES, "……"))
        settle()
        self._ledger.record(answer, channel=self._channel.ledger_name, user=message.sender)
        self._channel.remember(self._store, user, wish.question)
        self._expect_rating(stream, answer)
        return (content(answer, self._channel.base_url),)

    def _grow(self, stream: str, told: str) -> None:
        self._store.put(self._channel.key("growing", stream), told, GROWING_SECONDS)

    def _expect_rating(self, stream: str, answer: Answer) -> None:
        known = {
            "answer": answer.id,
            "question": masked(answer.question.text, _KEPT_CHARS),
            "text": masked(answer.answer.text if answer.answer else "", _KEPT_CHARS),
        }
        told = json.dumps(known, ensure_ascii=False)
        self._store.put(self._channel.key("rated", stream), told, RATED_SECONDS)


def content(answer: Answer, base_url: str) -> str:
    """The answer as Markdown of at most ``MAX_BYTES``; labelled first where an LLM wrote it."""
    told = markdown(answer, base_url) if base_url else plain(answer)  # no links that lead nowhere
    label = f"（{answer.aigc.label}）\n\n" if answer.aigc.generated else ""
    return cut(label + told, MAX_BYTES, rest(answer, base_url))


def _reasons(codes: object) -> str:
    """The reasons that a user ticked, in words."""
    ticked: Sequence[object] = codes if isinstance(codes, list) else ()
    named = [_REASONS[c] if isinstance(c, int) and c in _REASONS else "其他" for c in ticked]
    return "、".join(dict.fromkeys(named))
