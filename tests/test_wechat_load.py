"""Many at once, and too many of one user: over HTTP, with a real ledger."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from assistant.errors import TooManyRequests
from assistant.faces.pending import MemoryStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.jobs import THREADS, Jobs, Settle
from assistant.faces.wechat.messages import SUCCESS
from assistant.faces.wechat.mounting import add_wechat
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger
from tests.wechat_server import HASTY, SECONDS, Caller, house
from tests.wechat_side import KEY, TOKEN, USER, GatedAssistant, Platform, parsed, run

WINDOW = 5.0  # seconds that WeChat waits
AT_ONCE = 20
ASKED = "智能装备有哪些任务？"


class Quota:
    """Lets each user have so many messages; counts what it is asked."""

    def __init__(self, most: int) -> None:
        self.most, self.asked = most, Counter[str]()

    def __call__(self, user: str) -> None:
        self.asked[user] += 1
        if self.asked[user] > self.most:
            raise TooManyRequests(17)


def words(response: httpx.Response) -> str:
    """The words of a reply in the clear."""
    assert response.status_code == 200
    return response.text if response.text == SUCCESS else parsed(response.text)["Content"]


# Many at once -----------------------------------------------------------------------------------


def test_twenty_messages_at_once_are_answered_inside_the_window(
    policy_assistant: PolicyAssistant, tmp_path: Path
) -> None:
    units = [unit.name for unit in policy_assistant.units()][:AT_ONCE]
    assert len(units) == AT_ONCE
    with house(policy_assistant, tmp_path) as place:

        async def ask(number: int) -> tuple[str, float]:
            send = place.mp.sealed if number % 2 else place.mp.plain
            start = time.monotonic()
            told = await send(Content=f"责任单位 {units[number]}", FromUserName=f"oUser-{number}")
            took = time.monotonic() - start
            opened = place.mp.opened(told) if number % 2 else told.text
            fields = parsed(opened)
            assert fields["ToUserName"] == f"oUser-{number}"
            return fields["Content"], took

        async def everybody() -> list[tuple[str, float]]:
            return await asyncio.gather(*map(ask, range(AT_ONCE)))

        answers = run(everybody())
        rows = place.rows()
    for unit, (told, took) in zip(units, answers, strict=True):
        assert unit in told
        assert "\n条款原文：" in told
        assert took < 2 * WINDOW  # of this process, which is the platform at the same time
    assert sorted(row["question"] for row in rows) == sorted(f"{u}负责哪些任务？" for u in units)
    assert len({row["user_hash"] for row in rows}) == AT_ONCE


def test_behind_a_slow_llm_everybody_is_told_in_time_and_a_menu_word_does_not_wait(
    tmp_path: Path,
) -> None:
    assistant = GatedAssistant()
    with house(assistant, tmp_path, timing=HASTY) as place:

        async def ask(number: int) -> str:
            told = await place.certified.plain(Content=ASKED, FromUserName=f"oUser-{number}")
            return told.text

        async def talk() -> tuple[list[str], str, str]:
            told = await asyncio.gather(*map(ask, range(THREADS + 8)))
            patient = Caller(place.mp._address)
            helped = words(await place.certified.plain(Content="帮助"))
            nothing = words(await patient.plain(Content="继续"))
            return told, helped, nothing

        told, helped, nothing = run(talk())
        assistant.gate.set()
    assert told == [SUCCESS] * (THREADS + 8)
    assert "直接发送问题即可" in helped
    assert nothing == phrases.NOTHING_LEFT


def test_what_is_quick_or_sent_never_waits_behind_what_is_slow() -> None:
    jobs, gate, sent = Jobs(MemoryStore(), "test", threads=1), threading.Event(), threading.Event()

    def slow(_: Settle) -> tuple[str, ...]:
        assert gate.wait(SECONDS)
        return ("slow",)

    async def work() -> tuple[Any, Any]:
        jobs.start("one", slow)
        jobs.start("two", slow)
        jobs.start("word", lambda _: ("quick",), quick=True)
        jobs.submit(sent.set)
        assert await asyncio.to_thread(sent.wait, SECONDS)
        quick, none_yet = await jobs.result("word", SECONDS), await jobs.result("two", 0.0)
        gate.set()
        return quick, (none_yet, await jobs.result("two", SECONDS))

    assert run(work()) == (("quick",), (None, ("slow",)))
    jobs.close()


def test_closing_waits_for_what_is_under_way_and_drops_what_is_not() -> None:
    jobs, gate, entered = (
        Jobs(MemoryStore(), "test", threads=1),
        threading.Event(),
        threading.Event(),
    )

    def slow(_: Settle) -> tuple[str, ...]:
        entered.set()
        assert gate.wait(SECONDS)
        return ("slow",)

    jobs.start("one", slow)
    jobs.start("two", slow)
    assert entered.wait(SECONDS)
    threading.Timer(0.1, gate.set).start()
    jobs.close(SECONDS)
    assert jobs.finished("one") == ("slow",)
    assert jobs.finished("two") is None
    assert jobs.lost("two")
    assert not jobs.start("three", slow)
    assert jobs.lost("three")


# Too many of one user ---------------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_ask_again_and_is_not_answered(tmp_path: Path) -> None:
    assistant, quota = FakeAssistant(), Quota(2)
    with house(assistant, tmp_path, admit=quota) as place:

        async def talk() -> list[str]:
            told = [words(await place.mp.plain(Content=ASKED, MsgId="1")) for _ in range(3)]
            told.append(words(await place.mp.plain(Content="帮助")))
            told += [words(await place.mp.plain(Content=ASKED, MsgId="3")) for _ in range(2)]
            sealed = await place.mp.sealed(Content="帮助")
            told.append(parsed(place.mp.opened(sealed))["Content"])
            told.append(words(await place.mp.plain(Content="生物医药", FromUserName="oUser-2")))
            return [text for text in told if USER not in text]

        *answers, helped, third, again, fourth, other = run(talk())
        rows = place.rows()
    assert len(set(answers)) == 1  # delivered three times, counted once
    assert "千亿级" in answers[0]
    assert "直接发送问题即可" in helped
    assert {third, again, fourth} == {"提问太频繁，请在17秒后再试。"}
    assert "医疗器械" in other
    assert len(assistant.asked) == len(rows) == 2
    assert sorted(quota.asked.values()) == [1, 4]
    assert not any(USER in user for user in quota.asked)


def test_an_answer_that_waits_is_not_lost_to_a_message_too_many(tmp_path: Path) -> None:
    assistant, quota = GatedAssistant(), Quota(2)
    with house(assistant, tmp_path, timing=HASTY, admit=quota) as place:

        async def talk() -> list[str]:
            for _ in range(2):
                gone = asyncio.create_task(place.mp.plain(Content=ASKED, MsgId="1"))
                await asyncio.to_thread(place.store.deliveries.get, True, SECONDS)
                gone.cancel()
                await asyncio.wait({gone})
            told = [words(await place.mp.plain(Content=ASKED, MsgId="1"))]
            quota.most = 1
            told.append(words(await place.mp.plain(Content="好")))
            quota.most = 99
            assistant.gate.set()
            while (last := words(await place.mp.plain(Content="好"))) == phrases.STILL_PREPARING:
                pass
            return [*told, last]

        promised, refused, answer = run(talk())
    assert promised == phrases.PREPARING
    assert refused == phrases.too_often(17)
    assert "千亿级" in answer


def test_the_bot_tells_who_asks_too_often_in_a_finished_stream(tmp_path: Path) -> None:
    assistant, quota = FakeAssistant(), Quota(1)
    with house(assistant, tmp_path, admit=quota) as place:

        async def says(msgid: str, text: str) -> dict[str, Any]:
            value = {
                "msgid": msgid,
                "msgtype": "text",
                "from": {"userid": "u"},
                "text": {"content": text},
            }
            stream: dict[str, Any] = place.bot.opened_json(await place.bot.bot(value))["stream"]
            return stream

        async def talk() -> list[dict[str, Any]]:
            asked = (("m1", ASKED), ("m1", ASKED), ("m2", "帮助"), ("m2", "帮助"))
            return [await says(*told) for told in asked]

        first, again, second, repeated = run(talk())
        assert len(place.rows()) == len(assistant.asked) == 1
    assert first == again
    assert "千亿级" in first["content"]
    assert second == repeated
    assert (second["content"], second["finish"]) == (phrases.too_often(17), True)
    assert list(quota.asked.values()) == [2]


def test_each_face_is_mounted_with_the_limit() -> None:
    quota, app = Quota(0), FastAPI()
    settings = Settings(
        wechat_mp_token=TOKEN,
        wecom_app_token=TOKEN,
        wecom_app_aes_key=KEY,
        wecom_corp_id="ww1",
        wecom_aibot_token=TOKEN,
        wecom_aibot_aes_key=KEY,
    )
    mp = Platform(app, "/wechat/mp")
    wecom = Platform(app, "/wecom/app", receive_id="ww1")
    bot = Platform(app, "/wecom/aibot", receive_id="")
    value = {"msgid": "1", "msgtype": "text", "from": {"userid": "u"}, "text": {"content": ASKED}}

    async def talk() -> list[str]:
        return [
            words(await mp.plain(Content=ASKED)),
            parsed(wecom.opened(await wecom.sealed(Content=ASKED)))["Content"],
            bot.opened_json(await bot.bot(value))["stream"]["content"],
        ]

    with add_wechat(app, FakeAssistant(), FakeLedger(), settings, admit=quota):
        assert run(talk()) == [phrases.too_often(17)] * 3
    assert quota.asked.total() == 3
