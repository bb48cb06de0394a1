"""An LLM that is slower than WeChat waits: each late path, walked over HTTP from end to end.

The answers, the ledger and the server are real, wechatpy is the other side, and the LLM writes when
the test lets it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.faces.wechat import phrases
from assistant.faces.wechat.messages import SUCCESS
from assistant.faces.wechat.plain_text import CONTINUED
from assistant.faces.wechat.streams import Patience
from assistant.service import PolicyAssistant
from tests.llm_server import LLMServer, Script, serving
from tests.policies import add_yunhe, settings_for
from tests.wechat_server import (
    AGENT,
    BASE,
    HASTY,
    SECONDS,
    Caller,
    House,
    Pen,
    PlatformApi,
    house,
    platform_api,
)
from tests.wechat_side import USER, parsed, run

ASKED = "生态茶园补助多少钱？"
GOOD = "新建连片50亩以上的生态茶园，每亩一次性补助800元。"
LABEL = "本回答由人工智能生成合成"
HASTY_BOT = Patience(first=0.05, later=0.05)
STEPS = [
    f"第{number}号茶叶加工车间须配备茶青摊晾、杀青和揉捻等全部生产设备。"
    for number in range(100, 140)
]
LONG = f"""云河市人民政府办公室
关于茶叶加工车间设备的通知
云政办字〔2024〕8号
各县区人民政府，市政府各部门：
一、车间设备
(一)车间生产设备配备要求。{"".join(STEPS)}(责任单位：市市场监管局)
云河市人民政府办公室
2024年5月12日
"""
ASKED_LONG = "车间生产设备配备要求是什么？"


@pytest.fixture(scope="module")
def llm() -> Iterator[LLMServer]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def api() -> Iterator[PlatformApi]:
    with platform_api() as running:
        yield running


@pytest.fixture(scope="module")
def assistant(llm: LLMServer, tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = tmp_path_factory.mktemp("worded")
    add_yunhe(folder / "corpus")
    (folder / "corpus" / "long.txt").write_text(LONG, encoding="utf-8")
    return PolicyAssistant.open(settings_for(folder, llm_base_url=llm.base_url, llm_model="tiny"))


@pytest.fixture
def pen() -> Iterator[Pen]:
    made = Pen("", f"{GOOD}[1]")
    yield made
    made.may_go_on.set()


@pytest.fixture
def script(llm: LLMServer, pen: Pen) -> Script:
    return llm.play(pen)


@pytest.fixture
def place(
    assistant: PolicyAssistant, script: Script, api: PlatformApi, tmp_path: Path
) -> Iterator[House]:
    assert script.replies
    with house(assistant, tmp_path, api=api.url, timing=HASTY, patience=HASTY_BOT) as opened:
        yield opened


def said(response: httpx.Response) -> str:
    """The words of a reply in the clear; ``success`` as it is."""
    assert response.status_code == 200
    return response.text if response.text == SUCCESS else parsed(response.text)["Content"]


def unsealed(wechat: Caller, response: httpx.Response) -> str:
    """The words of a sealed reply."""
    assert response.status_code == 200
    told = response.text
    return told if told == SUCCESS else parsed(wechat.opened(response))["Content"]


async def until(ask: Callable[[], Awaitable[Any]], done: Callable[[Any], bool]) -> Any:
    """What ``ask`` says in the end; as a user does, it asks again until it is told."""
    for _ in range(400):
        told = await ask()
        if done(told):
            return told
    raise AssertionError(told)


async def held(place: House, sent: Awaitable[httpx.Response], delivery: int) -> None:
    """A delivery that is not answered though its time is over, until WeChat hangs up."""
    waiting = asyncio.ensure_future(sent)
    assert await asyncio.to_thread(place.store.deliveries.get, True, SECONDS) == delivery
    await asyncio.wait({waiting}, timeout=3 * HASTY.answer)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait({waiting})


@pytest.mark.parametrize("sealed", [False, True])
def test_without_certification_two_deliveries_are_held_and_the_next_text_gets_the_answer(
    place: House, pen: Pen, script: Script, sealed: bool
) -> None:
    wechat = place.mp

    async def says(text: str, **fields: str) -> str:
        if sealed:
            return unsealed(wechat, await wechat.sealed(Content=text, **fields))
        return said(await wechat.plain(Content=text, **fields))

    async def talk() -> list[str]:
        send = wechat.sealed if sealed else wechat.plain
        for delivery in (1, 2):
            await held(place, send(Content=ASKED, MsgId="42"), delivery)
        told = [await says(ASKED, MsgId="42"), await says("好")]
        pen.may_go_on.set()
        told.append(await until(lambda: says("好"), lambda t: t != phrases.STILL_PREPARING))
        return told

    third, waiting, answer = run(talk())
    assert third == phrases.PREPARING
    assert "回复任意文字查看" in third
    assert waiting == phrases.STILL_PREPARING
    for part in (GOOD, "【依据】", "【责任单位】", f"{BASE}/clauses/", LABEL):
        assert part in answer
    (row,) = place.rows()
    assert (row["question"], row["channel"], row["llm_worded"]) == (ASKED, "wechat", True)
    assert USER not in json.dumps(row)
    assert len(script.requests) == 1


def test_a_certified_account_says_success_and_sends_the_answer(
    place: House, pen: Pen, api: PlatformApi, script: Script
) -> None:
    wechat = place.certified
    sealed = run(wechat.sealed(Content=ASKED, MsgId="42"))
    again = run(wechat.sealed(Content=ASKED, MsgId="42"))
    assert sealed.text == again.text == SUCCESS
    pen.may_go_on.set()
    path, body = api.message()
    assert path == "/cgi-bin/message/custom/send"
    assert GOOD.encode() in body  # not as \u escapes
    told = json.loads(body)
    assert (told["touser"], told["msgtype"]) == (USER, "text")
    assert LABEL in told["text"]["content"]
    assert run(wechat.sealed(Content=ASKED, MsgId="42")).text == SUCCESS
    assert api.messages.empty()
    assert len(place.rows()) == len(script.requests) == 1


def test_a_long_answer_is_sent_in_parts_and_no_more_than_five_in_48_hours(
    place: House, api: PlatformApi, llm: LLMServer
) -> None:
    wechat = place.certified

    async def ask(number: int) -> str:
        pen = Pen("", "".join(f"{step}[1]" for step in STEPS))
        llm.play(pen)
        told = said(await wechat.plain(Content=ASKED_LONG, MsgId=str(number)))
        pen.may_go_on.set()
        return told

    def sent() -> str:
        _, body = api.message()
        text: str = json.loads(body)["text"]["content"]
        assert len(text.encode()) <= 2048
        assert "人工智能生成合成" in text
        return text

    assert run(ask(1)) == SUCCESS
    first = [sent() for _ in range(3)]
    assert [text[:5] for text in first] == ["（1/3）", "（2/3）", "（3/3）"]
    assert run(ask(2)) == SUCCESS
    assert [sent()[:5] for _ in range(2)] == ["（1/3）", "（2/3）"]

    async def reads_on() -> Any:
        says = wechat.plain
        return await until(lambda: _words(says(Content="好")), lambda t: t.startswith("（3/3）"))

    assert not run(reads_on()).endswith(CONTINUED)
    assert api.messages.empty()
    assert len(place.rows()) == 2


async def _words(sent: Awaitable[httpx.Response]) -> str:
    return said(await sent)


def test_the_app_of_a_company_sends_a_late_answer_as_its_own_message(
    place: House, pen: Pen, api: PlatformApi, script: Script
) -> None:
    assert run(place.app.sealed(Content=ASKED, AgentID=str(AGENT))).text == SUCCESS
    pen.may_go_on.set()
    path, body = api.message()
    told = json.loads(body)
    assert path == "/cgi-bin/message/send"
    assert (told["touser"], told["agentid"]) == (USER, AGENT)
    assert GOOD in told["text"]["content"]
    assert [row["channel"] for row in place.rows()] == ["wecom"]
    assert len(script.requests) == 1


def test_the_stream_of_a_bot_is_asked_for_until_it_is_finished(
    place: House, llm: LLMServer
) -> None:
    pen = Pen(f"{GOOD}[1]推", "广有机肥替代化肥。[1]")
    script = llm.play(pen)
    numbers = iter(range(10**6))

    async def tell(msgtype: str, **more: Any) -> dict[str, Any]:
        value = {"msgid": f"m{next(numbers)}", "msgtype": msgtype, "from": {"userid": "u"}, **more}
        stream: dict[str, Any] = place.bot.opened_json(await place.bot.bot(value))["stream"]
        return stream

    async def talk() -> list[dict[str, Any]]:
        first = await tell("text", text={"content": ASKED})

        async def poll() -> dict[str, Any]:
            return await tell("stream", stream={"id": first["id"]})

        growing = await until(poll, lambda stream: bool(stream["content"]))
        pen.may_go_on.set()
        return [first, growing, await until(poll, lambda stream: bool(stream["finish"]))]

    first, growing, whole = run(talk())
    assert (first["finish"], growing["finish"], whole["finish"]) == (False, False, True)
    assert growing["content"] == f"{phrases.AI_LABEL}\n\n{GOOD}[1]"
    assert whole["content"].startswith(phrases.AI_LABEL)
    for part in (GOOD, "推广有机肥替代化肥。", f"]({BASE}/clauses/", LABEL):
        assert part in whole["content"]
    assert {stream["id"] for stream in (growing, whole)} == {first["id"]}
    assert len(place.rows()) == len(script.requests) == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_message_that_comes_three_times_is_one_answer_and_one_row(
    assistant: PolicyAssistant, pen: Pen, script: Script, tmp_path: Path, together: bool
) -> None:
    with house(assistant, tmp_path) as place:

        async def deliver() -> list[str]:
            def ask() -> Awaitable[str]:
                return _words(place.mp.plain(Content=ASKED, MsgId="42"))

            async def letting_go() -> None:
                await asyncio.to_thread(pen.asked.acquire, timeout=SECONDS)
                pen.may_go_on.set()

            if not together:
                pen.may_go_on.set()
                return [await ask() for _ in range(3)]
            *told, _ = await asyncio.gather(ask(), ask(), ask(), letting_go())
            return told

        told = run(deliver())
        assert len(set(told)) == 1
        assert GOOD in told[0]
        assert len(place.rows()) == len(script.requests) == 1


def test_an_answer_that_comes_after_the_house_was_closed_is_not_sent(
    assistant: PolicyAssistant, pen: Pen, script: Script, api: PlatformApi, tmp_path: Path
) -> None:
    with house(assistant, tmp_path, api=api.url, timing=HASTY) as place:
        assert run(place.certified.sealed(Content=ASKED)).text == SUCCESS
        assert pen.asked.acquire(timeout=SECONDS)
        (pool,) = (talk._jobs._pool for talk in place.talks if talk._jobs._under_way)
    pen.may_go_on.set()
    pool.shutdown()  # waits for the job
    assert api.messages.empty()
    assert len(script.requests) == 1
