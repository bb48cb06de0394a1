"""One conversation with many users: what each message gets, in time or late.

WeChat waits five seconds for a reply and then sends the message again, three times in all. Every
delivery of a message waits for the same job. An answer that is late is sent as a message of its own
where the account may (certified), else it waits for its user. A job whose process has died is begun
again by whoever asks for its answer next.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.channel import WAITING_SECONDS, Channel, Ticket
from assistant.faces.wechat.crypto import CallbackRefused, ReplayedCallback
from assistant.faces.wechat.jobs import RENEWAL_SECONDS, Jobs, Parts, Settle
from assistant.faces.wechat.menu import is_word, welcome, wish_of
from assistant.faces.wechat.messages import SUCCESS, Message
from assistant.faces.wechat.plain_text import CONTINUED, UNHEARD, parts_of
from assistant.faces.wechat.sending import Sender, SendingFailed

MOST_DELIVERIES = 3
MOST_SENT = 5  # messages to one user in SENT_SECONDS
SENT_SECONDS = 48 * 3600.0
DELIVERY_SECONDS = 900.0  # longer than a timestamp is good for
LOST_SECONDS = 300.0  # an answer is not waited for any longer
_WELCOMED = frozenset({"subscribe", "scan", "enter_agent", "enter_chat"})
_SHORT = 4  # characters of a "好的", which is no question

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from a message's arrival: the last moment for a reply, and when WeChat is gone.

    ``renewal``: seconds between two signs of life of the jobs of this process.
    """

    answer: float = 4.5
    drop: float = 5.5
    renewal: float = RENEWAL_SECONDS


TIMING = Timing()


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
        self._jobs = Jobs(store, f"policy:{channel.name}", renewal=timing.renewal)

    async def reply(self, message: Message) -> str:
        """The words for the user, or ``SUCCESS``; never empty, whatever goes wrong.

        Cancelled, as the server stops, it is ``SUCCESS``, and the next message gets the answer.

        Raises:
            CallbackRefused: the message came more often than WeChat sends one.
        """
        task = asyncio.ensure_future(self._reply(message))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            self._break_off(message)
            return SUCCESS
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
        text = _text_of(message)
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
            ticket = await asyncio.to_thread(self._started, ticket, message.sender)
            return await self._late(ticket, message.sender, start)
        if await asyncio.to_thread(self._store.get, self._channel.key("pushed", ticket.job)):
            return SUCCESS  # it went out as a message of its own
        if ticket.waited_since is None and ticket.delivery > 1:
            await asyncio.to_thread(self._channel.forget, self._store, "waiting", ticket)
        unheard = ticket.waited_since is not None and len(text.strip()) > _SHORT
        return _shown(parts) + (UNHEARD if unheard else "")

    async def _late(self, ticket: Ticket, sender: str, start: float) -> str:
        """What is said, or not said, when there is no answer yet."""
        if ticket.waited_since is not None:
            return await asyncio.to_thread(self._put_back, ticket, ticket.waited_since)
        if await asyncio.to_thread(self._will_push, ticket, sender):
            return SUCCESS
        if ticket.delivery < MOST_DELIVERIES:  # held: WeChat hangs up and sends it again
            gone = self._timing.drop - (asyncio.get_running_loop().time() - start)
            parts = await self._jobs.result(ticket.job, gone)
            return _shown(parts) if parts is not None else SUCCESS
        await asyncio.to_thread(self._channel.let_wait, self._store, ticket, self._clock())
        return phrases.PREPARING

    def _begin(self, message: Message, text: str) -> Ticket:
        """Claim the message, or join whoever has: one question is one job. Blocks for the store."""
        user, job = self._channel.hashed(message.sender), self._channel.hashed(message.key)
        delivery = self._store.count(self._channel.key("delivered", job), DELIVERY_SECONDS)
        if delivery > MOST_DELIVERIES:
            raise ReplayedCallback
        ticket = Ticket(user, job, delivery, text)
        if delivery == 1:
            refusal = self._channel.refusal(user)
            if refusal:
                self._jobs.finish(job, (refusal,))
                return ticket
            waiting = self._store.take(self._channel.key("waiting", user)) or self._unkept(ticket)
            if waiting is not None:
                self._store.put(self._channel.key("stands-for", job), waiting, WAITING_SECONDS)
        else:
            waiting = self._store.get(self._channel.key("stands-for", job))
        return self._started(ticket if waiting is None else ticket.waited(waiting), message.sender)

    def _started(self, ticket: Ticket, sender: str) -> Ticket:
        """The ticket, with its job begun unless it runs or has ended. Blocks for the store."""
        user, text = ticket.user, ticket.question
        if not text or not self._jobs.start(
            ticket.job,
            lambda settle: self._answer(settle, sender, user, text),
            quick=is_word(text),
        ):
            return ticket
        again = ticket.waited_since is not None
        if again or ticket.delivery > 1:  # who began it before cannot send it any more
            self._store.take(self._channel.key("pushed", ticket.job))
        return replace(ticket, waited_since=self._clock()) if again else ticket

    def _answer(self, settle: Settle, sender: str, user: str, text: str) -> Parts:
        """The job: the parts of what is told. Its errors become sentences where it is awaited."""
        wish = wish_of(text, self._assistant)
        if wish.continued:
            settle()
            return self._next_part(user)
        if wish.told:
            return (wish.told,)
        answer = self._assistant.ask(
            wish.question,
            self._channel.history(self._store, user),
            budget=self._channel.budget,
        )
        settle()
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
            self._store.put(self._channel.key("rest", user), told, WAITING_SECONDS)
        else:
            self._store.take(self._channel.key("rest", user))

    def _will_push(self, ticket: Ticket, sender: str) -> bool:
        """Whether the answer goes out as a message of its own; arranged once, here."""
        job, pushed = self._jobs.under_way(ticket.job), self._channel.key("pushed", ticket.job)
        if self._sender is None or job is None:
            return self._store.get(pushed) is not None
        sent = int(self._store.get(self._channel.key("sent", ticket.user)) or 0)
        if sent >= MOST_SENT:
            return self._store.get(pushed) is not None
        if self._store.add(pushed, "1", WAITING_SECONDS):
            way_out, promised = self._sender, self._channel.key("promised", ticket.user)
            self._store.put(promised, ticket.waiting(self._clock()), WAITING_SECONDS)

            def push(done: Future[Parts | None]) -> None:
                parts = done.result()
                if parts is not None:
                    self._jobs.submit(lambda: self._push(way_out, sender, ticket, parts))

            job.add_done_callback(push)
        return True

    def _push(self, way_out: Sender, sender: str, ticket: Ticket, parts: Parts) -> None:
        """Send the parts; what cannot be sent waits for the user's next message."""
        self._channel.forget(self._store, "promised", ticket)
        for number, part in enumerate(parts):
            sent = self._store.count(self._channel.key("sent", ticket.user), SENT_SECONDS)
            try:
                if sent > MOST_SENT:
                    raise SendingFailed
                way_out.send(sender, part)
            except SendingFailed as error:
                log.warning("没有发给用户 %s：%s", ticket.user[:12], error)
                unsent = replace(ticket, job=f"{ticket.job}-rest", question="")
                self._jobs.finish(unsent.job, parts[number:])
                self._keep_rest(ticket.user, parts[number + 1 :])
                self._channel.let_wait(self._store, unsent, self._clock())
                return
        self._keep_rest(ticket.user, ())

    def _break_off(self, message: Message) -> None:
        """Let the next message fetch what this one asked; blocks, as the loop is about to end."""
        user, job = self._channel.hashed(message.sender), self._channel.hashed(message.key)
        kept = self._store.get(self._channel.key("stands-for", job))
        ticket = Ticket(user, job, 1, _text_of(message))
        ticket = ticket.waited(kept) if kept else ticket
        pushed = self._store.get(self._channel.key("pushed", ticket.job))
        if pushed is None and (kept or ticket.question.strip()):
            since = ticket.waited_since
            self._channel.let_wait(self._store, ticket, self._clock() if since is None else since)

    def _unkept(self, ticket: Ticket) -> str | None:
        """What the user was to be sent, by a process that is gone; handed over once."""
        key = self._channel.key("promised", ticket.user)
        kept = self._store.get(key)
        if kept is None or not self._jobs.lost(ticket.waited(kept).job):
            return None
        return self._store.take(key)

    def _put_back(self, ticket: Ticket, since: float) -> str:
        if self._clock() - since > LOST_SECONDS:
            return phrases.LOST
        self._channel.let_wait(self._store, ticket, since)
        return phrases.STILL_PREPARING


def _text_of(message: Message) -> str:
    """What a message asks; a click on the menu asks what stands behind it."""
    return message.detail if message.event == "click" else message.text


def _shown(parts: Parts) -> str:
    """The first part, and how to get at the second."""
    return parts[0] + (CONTINUED if len(parts) > 1 else "")
