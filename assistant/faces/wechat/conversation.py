"""One conversation with many users: what each message gets, in time or late.

WeChat waits five seconds for a reply and then sends the message again, three times in all. Every
delivery of a message waits for the same job. An answer that is late is sent as a message of its own
where the account may (certified), else it waits for its user.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.channel import Channel
from assistant.faces.wechat.crypto import CallbackRefused, ReplayedCallback
from assistant.faces.wechat.jobs import RESULT_SECONDS, Jobs, Parts
from assistant.faces.wechat.menu import is_word, welcome, wish_of
from assistant.faces.wechat.messages import SUCCESS, Message
from assistant.faces.wechat.plain_text import CONTINUED, UNHEARD, parts_of
from assistant.faces.wechat.sending import Sender, SendingFailed

MOST_DELIVERIES = 3
MOST_SENT = 5  # messages to one user in SENT_SECONDS
SENT_SECONDS = 48 * 3600.0
DELIVERY_SECONDS = 900.0  # longer than a timestamp is good for
LOST_SECONDS = 300.0  # a job this old has died with its process
_WELCOMED = frozenset({"subscribe", "scan", "enter_agent", "enter_chat"})
_SHORT = 4  # characters of a "好的", which is no question

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from a message's arrival: the last moment for a reply, and when WeChat is gone."""

    answer: float = 4.5
    drop: float = 5.5


TIMING = Timing()


@dataclass(frozen=True, slots=True)
class _Ticket:
    """One delivery of a message: the user and the job, both hashed; when an old job was asked."""

    user: str
    job: str
    delivery: int
    waited_since: float | None = None


class Conversation:
    """Answers the messages of one account; safe to share between threads and requests."""

    def __init__(
        self,
        assistant: Assistant,
        ledger: Ledger,
        store: PendingStore,
        channel: Channel,
        *,
        sender: Sender | None = None,
        timing: Timing = TIMING,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._assistant, self._ledger, self._store = assistant, ledger, store
        self._channel, self._sender = channel, sender
        self._timing, self._clock = timing, clock
        self._jobs = Jobs(store, f"policy:{channel.name}")

    async def reply(self, message: Message) -> str:
        """The words for the user, or ``SUCCESS``; never empty, whatever goes wrong.

        Raises:
            CallbackRefused: the message came more often than WeChat sends one.
        """
        task = asyncio.ensure_future(self._reply(message))
        await asyncio.wait({task})
        error = task.exception()
        if isinstance(error, CallbackRefused):
            raise error
        if error is not None:
            log.error("微信侧的消息没有处理成", exc_info=error)
            return phrases.FAILED
        return task.result()

    def close(self, seconds: float = 0.0) -> None:
        """Drop the questions that wait; give those under way some seconds to be answered."""
        self._jobs.close(seconds)

    async def _reply(self, message: Message) -> str:
        text = message.detail if message.event == "click" else message.text
        if message.event in _WELCOMED:
            return await asyncio.to_thread(welcome, self._assistant)
        if message.event and message.event != "click":
            return SUCCESS
        if message.kind not in ("text", "voice", "event"):
            return phrases.UNSUPPORTED
        if not text.strip():
            return phrases.UNHEARD_VOICE if message.kind == "voice" else phrases.EMPTY
        return await self._answered(message, text)

    async def _answered(self, message: Message, text: str) -> str:
        loop = asyncio.get_running_loop()
        start = loop.time()
        ticket = await asyncio.to_thread(self._begin, message, text)
        left = self._timing.answer - (loop.time() - start)
        parts = await self._jobs.result(ticket.job, left)
        if parts is None:
            return await self._late(ticket, message.sender, start)
        if await asyncio.to_thread(self._store.get, self._channel.key("pushed", ticket.job)):
            return SUCCESS  # it went out as a message of its own
        unheard = ticket.waited_since is not None and len(text.strip()) > _SHORT
        return _shown(parts) + (UNHEARD if unheard else "")

    async def _late(self, ticket: _Ticket, sender: str, start: float) -> str:
        """What is said, or not said, when there is no answer yet."""
        if ticket.waited_since is not None:
            return await asyncio.to_thread(self._put_back, ticket, ticket.waited_since)
        if await asyncio.to_thread(self._will_push, ticket, sender):
            return SUCCESS
        if ticket.delivery < MOST_DELIVERIES:  # held: WeChat hangs up and sends it again
            gone = self._timing.drop - (asyncio.get_running_loop().time() - start)
            parts = await self._jobs.result(ticket.job, gone)
            return _shown(parts) if parts is not None else SUCCESS
        await asyncio.to_thread(self._let_wait, ticket.user, ticket.job, self._clock())
        return phrases.PREPARING

    def _begin(self, message: Message, text: str) -> _Ticket:
        """Claim the message, or join whoever has: one question is one job."""
        user, job = self._channel.hashed(message.sender), self._channel.hashed(message.key)
        delivery = self._store.count(self._channel.key("delivered", job), DELIVERY_SECONDS)
        if delivery > MOST_DELIVERIES:
            raise ReplayedCallback
        if delivery == 1:
            refusal = self._channel.refusal(user)
            if refusal:
                self._jobs.finish(job, (refusal,))
                return _Ticket(user, job, delivery)
            waiting = self._store.take(self._channel.key("waiting", user))
            if waiting is None:
                quick = is_word(text)
                self._jobs.start(job, lambda: self._answer(message.sender, user, text), quick=quick)
                return _Ticket(user, job, delivery)
            self._store.put(self._channel.key("stands-for", job), waiting, RESULT_SECONDS)
        else:
            waiting = self._store.get(self._channel.key("stands-for", job))
        if waiting is None:
            return _Ticket(user, job, delivery)
        since, _, waiting_job = waiting.partition(" ")
        return _Ticket(user, waiting_job, delivery, float(since))

    def _answer(self, sender: str, user: str, text: str) -> Parts:
        """The job: the parts of what is told. Its errors become sentences where it is awaited."""
        wish = wish_of(text, self._assistant)
        if wish.continued:
            return self._next_part(user)
        if wish.told:
            return (wish.told,)
        answer = self._assistant.ask(
            wish.question,
            self._channel.history(self._store, user),
            budget=self._channel.budget,
        )
        self._ledger.record(answer, channel=self._channel.ledger_name, user=sender)
        self._channel.remember(self._store, user, wish.question)
        parts = parts_of(answer, self._channel.base_url)
        self._keep_rest(user, parts[1:])
        return parts

    def _next_part(self, user: str) -> Parts:
        kept = self._store.take(self._channel.key("rest", user))
        rest: list[str] = json.loads(kept) if kept else []
        self._keep_rest(user, tuple(rest[1:]))
        return tuple(rest) or (phrases.NOTHING_LEFT,)

    def _keep_rest(self, user: str, parts: Parts) -> None:
        """For 继续; an empty rest forgets that of an earlier answer."""
        if parts:
            told = json.dumps(parts, ensure_ascii=False)
            self._store.put(self._channel.key("rest", user), told, RESULT_SECONDS)
        else:
            self._store.take(self._channel.key("rest", user))

    def _will_push(self, ticket: _Ticket, sender: str) -> bool:
        """Whether the answer goes out as a message of its own; arranged once, here."""
        job, pushed = self._jobs.under_way(ticket.job), self._channel.key("pushed", ticket.job)
        if self._sender is None or job is None:
            return self._store.get(pushed) is not None
        sent = int(self._store.get(self._channel.key("sent", ticket.user)) or 0)
        if sent >= MOST_SENT:
            return self._store.get(pushed) is not None
        if self._store.add(pushed, "1", RESULT_SECONDS):
            way_out = self._sender

            def push(done: Future[Parts]) -> None:
                parts = done.result()
                self._jobs.submit(lambda: self._push(way_out, sender, ticket, parts))

            job.add_done_callback(push)
        return True

    def _push(self, way_out: Sender, sender: str, ticket: _Ticket, parts: Parts) -> None:
        """Send the parts; what cannot be sent waits for the user's next message."""
        for number, part in enumerate(parts):
            sent = self._store.count(self._channel.key("sent", ticket.user), SENT_SECONDS)
            try:
                if sent > MOST_SENT:
                    raise SendingFailed
                way_out.send(sender, part)
            except SendingFailed as error:
                log.warning("没有发给用户 %s：%s", ticket.user[:12], error)
                self._jobs.finish(f"{ticket.job}-rest", parts[number:])
                self._keep_rest(ticket.user, parts[number + 1 :])
                self._let_wait(ticket.user, f"{ticket.job}-rest", self._clock())
                return
        self._keep_rest(ticket.user, ())

    def _let_wait(self, user: str, job: str, since: float) -> None:
        """Let the user's next message fetch the result of the job."""
        self._store.put(self._channel.key("waiting", user), f"{since:.0f} {job}", RESULT_SECONDS)

    def _put_back(self, ticket: _Ticket, since: float) -> str:
        if self._clock() - since > LOST_SECONDS:
            return phrases.LOST
        self._let_wait(ticket.user, ticket.job, since)
        return phrases.STILL_PREPARING


def _shown(parts: Parts) -> str:
    """The first part, and how to get at the second."""
    return parts[0] + (CONTINUED if len(parts) > 1 else "")
