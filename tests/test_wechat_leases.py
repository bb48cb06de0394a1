"""A process that dies or stops in the middle of an answer: another one answers, and only once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Queue
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import Response

from assistant.faces.pending import MemoryStore, PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.aibot import AibotSettings, add_aibot
from assistant.faces.wechat.callback import guarded
from assistant.faces.wechat.channel import Channel
from assistant.faces.wechat.conversation import TIMING, Conversation, Timing
from assistant.faces.wechat.jobs import LEASE_SECONDS, Jobs, Settle
from assistant.faces.wechat.messages import SUCCESS, Message
from assistant.faces.wechat.mp import MpSettings, add_mp
from assistant.faces.wechat.streams import PATIENCE, Patience, Streams
from tests.browser import served
from tests.fakes import FakeAssistant, FakeLedger
from tests.wechat_side import (
    APP_ID,
    KEY,
    TOKEN,
    USER,
    GatedAssistant,
    Platform,
    message,
    parsed,
    run,
)

ASKED = "智能装备有哪些任务？请打13800138000"
SILENT = Timing(answer=0.02, drop=0.04, renewal=3600)  # its process gives no sign of life
SECONDS = 20.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Outbox:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def send(self, user: str, text: str) -> None:
        assert user == USER
        self.texts.append(text)


class Worker:
    """One process of several over a store: a 公众号 in it."""

    def __init__(
        self,
        store: PendingStore,
        assistant: FakeAssistant | None = None,
        *,
        timing: Timing = TIMING,
        outbox: Outbox | None = None,
    ) -> None:
        self.assistant, self.ledger = assistant or FakeAssistant(), FakeLedger()
        channel = Channel("mp", "wechat", TOKEN)
        self.talk = Conversation(
            self.assistant, self.ledger, store, channel, sender=outbox, timing=timing
        )

    async def says(self, text: str, number: str) -> str:
        """What the user is told."""
        return await self.talk.reply(Message(USER, "gh", "text", text, number))

    def ends(self) -> None:
        """Wait until its last job is over."""
        self.talk._jobs._pool.shutdown()


class Scene:
    """Two workers, of which the first dies in the middle of an answer."""

    def __init__(self, outbox: Outbox | None = None) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        self.slow = GatedAssistant()
        self.dead = Worker(self.store, self.slow, timing=SILENT, outbox=outbox)
        self.other = Worker(self.store, outbox=outbox)

    def dies(self) -> None:
        """Let its lease end."""
        self.clock.now += LEASE_SECONDS

    def lives_again(self) -> None:
        """It was only very slow, and has its answer now."""
        self.slow.gate.set()
        self.dead.ends()

    def leases(self) -> list[str]:
        """The jobs that run."""
        return [key for key in self.store._entries if ":lease:" in key]


def test_a_message_of_a_dead_worker_is_answered_when_it_comes_again() -> None:
    scene = Scene()

    async def talk() -> list[str]:
        told = [await scene.dead.says(ASKED, "42")]
        scene.dies()
        told.append(await scene.other.says(ASKED, "42"))
        await asyncio.to_thread(scene.lives_again)
        return [*told, await scene.other.says(ASKED, "42")]

    first, second, third = run(talk())
    assert first == SUCCESS
    assert "千亿级" in second
    assert second == third
    assert len(scene.other.ledger.recorded) == 1
    assert not scene.dead.ledger.recorded
    assert not scene.leases()


def test_a_message_of_a_living_worker_is_not_begun_again() -> None:
    scene = Scene()
    hasty = Worker(scene.store, timing=SILENT)

    async def talk() -> list[str]:
        told = [await scene.dead.says(ASKED, "42"), await hasty.says(ASKED, "42")]
        told.append(await hasty.says(ASKED, "42"))
        told.append(await hasty.says("好", "43"))
        await asyncio.to_thread(scene.lives_again)
        return [*told, await hasty.says("好", "44")]

    *held, promised, waiting, answer = run(talk())
    assert held == [SUCCESS] * 2
    assert (promised, waiting) == (phrases.PREPARING, phrases.STILL_PREPARING)
    assert "千亿级" in answer
    assert not hasty.assistant.asked


def test_any_text_begins_the_question_of_a_dead_worker_again() -> None:
    scene = Scene()

    async def talk() -> list[str]:
        told = [await scene.dead.says(ASKED, "42") for _ in range(3)]
        scene.dies()
        return [*told, await scene.other.says("好", "43"), await scene.other.says("好", "43")]

    *_, promised, answer, again = run(talk())
    scene.lives_again()
    assert promised == phrases.PREPARING
    assert "千亿级" in answer
    assert answer == again
    (row,) = scene.other.ledger.recorded
    assert row[0].startswith("智能装备有哪些任务？")
    assert not scene.dead.ledger.recorded
    assert "13800138000" not in repr(scene.store._entries)
    assert USER not in repr(scene.store._entries)


def test_a_worker_that_dies_while_its_message_is_held_loses_it_to_whoever_holds_it_next() -> None:
    scene = Scene()
    waits = Worker(scene.store, timing=Timing(answer=0.2, drop=SECONDS))

    async def talk() -> str:
        await scene.dead.says(ASKED, "42")
        held = asyncio.create_task(waits.says(ASKED, "42"))
        await asyncio.wait({held}, timeout=0.05)
        scene.dies()  # after the second delivery had looked
        return await held

    assert "千亿级" in run(talk())
    scene.lives_again()
    assert not scene.dead.ledger.recorded


def test_what_a_dead_worker_was_to_send_is_told_on_the_next_text_and_sent_by_nobody() -> None:
    outbox = Outbox()
    scene = Scene(outbox)

    async def talk() -> list[str]:
        told = [await scene.dead.says(ASKED, "42"), await scene.other.says("生物医药", "43")]
        scene.dies()
        return [*told, await scene.other.says("在吗", "44"), await scene.other.says("在吗", "45")]

    promised, meanwhile, answer, next_answer = run(talk())
    scene.lives_again()
    assert promised == SUCCESS
    assert "医疗器械" in meanwhile
    assert "千亿级" in answer
    assert "千亿级" not in next_answer
    assert outbox.texts == []
    assert not scene.dead.ledger.recorded


def test_what_was_sent_is_not_told_again() -> None:
    outbox = Outbox()
    scene = Scene(outbox)

    async def talk() -> str:
        await scene.dead.says(ASKED, "42")
        await asyncio.to_thread(scene.lives_again)
        await asyncio.to_thread(scene.dead.talk._jobs._sending.shutdown)
        return await scene.other.says("在吗", "44")

    assert "千亿级" not in run(talk())
    assert len(outbox.texts) == 1


# The 智能机器人 ----------------------------------------------------------------------------------


def streams(store: PendingStore, assistant: FakeAssistant, patience: Patience) -> Streams:
    channel = Channel("aibot", "wecom", TOKEN)
    return Streams(assistant, FakeLedger(), store, channel, patience)


def test_the_stream_of_a_dead_worker_ends_with_a_sentence_and_its_message_begins_it_again() -> None:
    clock, slow, other = Clock(), GatedAssistant(), FakeAssistant()
    store = MemoryStore(clock=clock)
    dead = streams(store, slow, Patience(0.02, 0.02, renewal=3600))
    living = streams(store, other, PATIENCE)
    asked = Message("u", text=ASKED, id="m1")

    async def talk() -> list[Any]:
        told = [await dead.begun(asked)]
        told.append(await living.asked(told[0].id))
        clock.now += LEASE_SECONDS
        told.append(await living.asked(told[0].id))
        return [*told, await living.begun(asked), await living.asked(told[0].id)]

    first, growing, lost, whole, again = run(talk())
    slow.gate.set()
    dead._jobs._pool.shutdown()
    assert not first.finish
    assert not growing.finish
    assert (lost.content, lost.finish) == (phrases.LOST, True)
    assert whole.finish
    assert "千亿级" in whole.content
    assert again == whole
    assert len(other.asked) == 1


# Leases -----------------------------------------------------------------------------------------


class Watched(MemoryStore):
    """Says when something is held again."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.held: Queue[bool] = Queue()

    def hold(self, key: str, value: str, seconds: float) -> bool:
        kept = super().hold(key, value, seconds)
        self.held.put(kept)
        return kept


def test_a_job_that_runs_for_long_keeps_its_lease_and_one_thread_keeps_them_all() -> None:
    clock, gate = Clock(), threading.Event()
    store = Watched(clock)
    jobs = Jobs(store, "test", renewal=0.01)

    def slow(_: Settle) -> tuple[str, ...]:
        assert gate.wait(SECONDS)
        return ("slow",)

    for number in range(5):
        assert jobs.start(f"job{number}", slow)
    for _ in range(4):
        clock.now += LEASE_SECONDS - 1
        while not store.held.empty():
            store.held.get()
        for _ in range(10):  # each of them at the new time, whenever the round began
            assert store.held.get(timeout=SECONDS)
        assert not any(jobs.lost(f"job{number}") for number in range(5))
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("test-leases") == 1
    gate.set()
    jobs.close(SECONDS)
    assert not [key for key in store._entries if ":lease:" in key]


def test_of_many_who_find_a_job_lost_one_begins_it() -> None:
    store, begun = MemoryStore(), Queue[int]()
    workers = [Jobs(store, "test") for _ in range(4)]

    def work(_: Settle) -> tuple[str, ...]:
        begun.put(1)
        return ("told",)

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda n: workers[n % 4].start("job", work), range(200)))
    for jobs in workers:
        jobs.close(SECONDS)
    assert won.count(True) == begun.qsize() == 1
    assert store.get("test:result:job")


# Stopping ---------------------------------------------------------------------------------------


def test_what_is_not_ready_when_the_service_stops_leaves_no_trace_and_begins_again() -> None:
    outbox, store, slow = Outbox(), MemoryStore(), GatedAssistant()
    stops = Worker(store, slow, timing=SILENT, outbox=outbox)
    after = Worker(store, outbox=outbox)

    async def talk() -> list[str]:
        told = [await stops.says(ASKED, "42")]
        await asyncio.to_thread(stops.talk.close, 0.01)
        recorded = list(stops.ledger.recorded)  # the ledger is closed next
        assert not [key for key in store._entries if ":lease:" in key]
        slow.gate.set()
        await asyncio.to_thread(stops.ends)
        assert stops.ledger.recorded == recorded == []
        assert not [key for key in store._entries if ":result:" in key or ":lease:" in key]
        return [*told, await after.says("在吗", "43")]

    first, answer = run(talk())
    assert first == SUCCESS
    assert "千亿级" in answer
    assert outbox.texts == []
    assert len(after.ledger.recorded) == 1


def test_what_is_being_written_when_the_time_is_over_is_waited_for() -> None:
    jobs, settling, go = Jobs(MemoryStore(), "test"), threading.Event(), threading.Event()

    def work(settle: Settle) -> tuple[str, ...]:
        settle()
        settling.set()
        assert go.wait(SECONDS)
        return ("written",)

    jobs.start("job", work)
    assert settling.wait(SECONDS)
    threading.Timer(0.05, go.set).start()
    jobs.close(0.0)
    assert jobs.finished("job") == ("written",)


def account(assistant: FakeAssistant, store: PendingStore, timing: Timing = TIMING) -> FastAPI:
    app = FastAPI()
    add_mp(app, assistant, FakeLedger(), MpSettings(TOKEN, APP_ID, KEY), store, timing=timing)
    return app


@pytest.mark.parametrize("sealed", [False, True])
def test_a_request_that_is_cancelled_says_success_and_the_next_text_gets_the_answer(
    sealed: bool,
) -> None:
    assistant, store = GatedAssistant(), MemoryStore()
    wechat = Platform(account(assistant, store), "/wechat/mp")
    after = Platform(account(FakeAssistant(), store), "/wechat/mp")

    async def talk() -> list[httpx.Response]:
        send = wechat.sealed if sealed else wechat.plain
        sent = asyncio.create_task(send(Content=ASKED))
        assert await asyncio.to_thread(assistant.entered.wait, SECONDS)
        sent.cancel()
        cancelled = await sent
        assistant.gate.set()
        return [cancelled, await after.plain(Content="在吗")]

    cancelled, answered = run(talk())
    assert (cancelled.status_code, cancelled.text) == (200, SUCCESS)
    assert "千亿级" in parsed(answered.text)["Content"]


def test_whatever_a_cancelled_callback_was_doing_it_says_success() -> None:
    async def talk() -> Response:
        answering = asyncio.ensure_future(guarded(asyncio.Future()))
        await asyncio.sleep(0)
        answering.cancel()
        return await answering

    told = run(talk())
    assert (told.status_code, bytes(told.body)) == (200, SUCCESS.encode())


def test_a_server_that_stops_says_success_to_who_still_waits() -> None:
    assistant, told = GatedAssistant(), list[httpx.Response]()
    app = account(assistant, MemoryStore(), Timing(answer=SECONDS, drop=SECONDS))
    query = Platform(app, "/wechat/mp").query()

    def asks(url: str) -> None:
        with suppress(httpx.RemoteProtocolError):
            told.append(
                httpx.post(
                    f"{url}/wechat/mp",
                    params=query,
                    content=message(Content=ASKED),
                    timeout=SECONDS,
                    trust_env=False,
                )
            )

    with served(app) as url:
        asking = threading.Thread(target=asks, args=(url,))
        asking.start()
        assert assistant.entered.wait(SECONDS)
    asking.join(SECONDS)
    assistant.gate.set()
    assert [(response.status_code, response.text) for response in told] == [(200, SUCCESS)]


def test_a_cancelled_request_of_the_bot_goes_on_growing() -> None:
    assistant, app = GatedAssistant(sentences=("第一句。",)), FastAPI()
    store, settings = MemoryStore(), AibotSettings(TOKEN, KEY)
    patience = Patience(first=SECONDS, later=SECONDS)
    add_aibot(app, assistant, FakeLedger(), settings, store, patience=patience)
    wecom = Platform(app, "/wecom/aibot", receive_id="")
    value = {"msgid": "1", "msgtype": "text", "from": {"userid": "u"}, "text": {"content": ASKED}}

    async def talk() -> httpx.Response:
        sent = asyncio.create_task(wecom.bot(value))
        assert await asyncio.to_thread(assistant.entered.wait, SECONDS)
        sent.cancel()
        response = await sent
        assistant.gate.set()
        return response

    stream = wecom.opened_json(run(talk()))["stream"]
    assert stream["finish"] is False
    assert "第一句。" in stream["content"]
