"""企业微信: the app, always sealed, and the 智能机器人, whose answers grow."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from assistant.answer import AIGC
from assistant.errors import SettingsError
from assistant.faces.pending import MemoryStore, PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.aibot import AibotSettings, add_aibot
from assistant.faces.wechat.conversation import Timing
from assistant.faces.wechat.messages import SUCCESS
from assistant.faces.wechat.sending import WeComSender
from assistant.faces.wechat.streams import PATIENCE, Patience
from assistant.faces.wechat.wecom_app import WeComAppSettings, add_wecom_app
from tests.fakes import DOCUMENT_ID, FakeAssistant, FakeLedger
from tests.wechat_side import KEY, OTHER_KEY, TOKEN, GatedAssistant, Platform, message, parsed, run

BASE = "https://policy.example.gov.cn"
CORP = "ww0123456789abcdef"
ASKED = "智能装备有哪些任务？"
APP = WeComAppSettings(TOKEN, CORP, KEY, base_url=BASE)
BOT = AibotSettings(TOKEN, KEY, base_url=BASE)
HASTY = Patience(first=0.02, later=0.02)


# The app ----------------------------------------------------------------------------------------


def app_of(
    settings: WeComAppSettings = APP, assistant: FakeAssistant | None = None, **more: Any
) -> tuple[Platform, FakeLedger]:
    app, ledger = FastAPI(), FakeLedger()
    add_wecom_app(app, assistant or FakeAssistant(), ledger, settings, MemoryStore(), **more)
    return Platform(app, "/wecom/app", receive_id=CORP), ledger


def test_the_app_opens_the_sealed_echo() -> None:
    wecom, _ = app_of()
    echo = wecom.seal("8461")
    response = run(wecom.get(wecom.query(echo, field="msg_signature", echostr=echo)))
    assert (response.status_code, response.text) == (200, "8461")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_the_app_answers_sealed_for_its_company() -> None:
    wecom, ledger = app_of()
    told = parsed(wecom.opened(run(wecom.sealed(Content=ASKED, AgentID="1000002"))))
    assert "【依据】" in told["Content"]
    assert f"{BASE}/clauses/{DOCUMENT_ID}:2.2.1" in told["Content"]
    assert [row[1] for row in ledger.recorded] == ["wecom"]


@pytest.mark.parametrize("event", ["subscribe", "enter_agent"])
def test_who_opens_the_app_is_welcomed(event: str) -> None:
    wecom, ledger = app_of()
    response = run(wecom.sealed(MsgType="event", Event=event, AgentID="1"))
    assert "您好，这里是政策问答助手" in parsed(wecom.opened(response))["Content"]
    assert ledger.recorded == []


def test_a_late_answer_of_the_app_is_sent_through_its_api() -> None:
    sent, arrived = list[dict[str, Any]](), threading.Event()

    def api(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/cgi-bin/message/send":
            sent.append(json.loads(request.content))
            arrived.set()
        return httpx.Response(200, json={"errcode": 0, "access_token": "t", "expires_in": 7200})

    http = httpx.Client(transport=httpx.MockTransport(api))
    sender = WeComSender(CORP, "secret", 1000002, http=http)
    assistant = GatedAssistant()
    wecom, ledger = app_of(assistant=assistant, sender=sender, timing=Timing(0.02, 0.04))

    async def ask() -> str:
        told = (await wecom.sealed(Content=ASKED)).text
        assistant.gate.set()
        assert await asyncio.to_thread(arrived.wait, 10)
        return told

    assert run(ask()) == SUCCESS
    assert "千亿级" in sent[0]["text"]["content"]
    assert len(ledger.recorded) == 1


def test_an_app_message_has_the_fields_that_the_api_asks_for() -> None:
    requests: list[httpx.Request] = []

    def api(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"errcode": 0, "access_token": "t", "expires_in": 7200})

    http = httpx.Client(transport=httpx.MockTransport(api))
    WeComSender(CORP, "secret", 1000002, http=http).send("user", "政策")
    token, sent = requests
    assert dict(token.url.params) == {"corpid": CORP, "corpsecret": "secret"}
    assert sent.url.path == "/cgi-bin/message/send"
    assert json.loads(sent.content) == {
        "touser": "user",
        "msgtype": "text",
        "agentid": 1000002,
        "text": {"content": "政策"},
    }


@pytest.mark.parametrize(
    "settings", [replace(APP, corp_id=""), replace(APP, aes_key=""), replace(APP, secret=TOKEN)]
)
def test_an_app_that_is_half_set_is_refused_by_name(settings: WeComAppSettings) -> None:
    with pytest.raises(SettingsError, match="WECOM_"):
        app_of(settings)


@pytest.mark.parametrize("address", ["/wecom/app", "/wecom/aibot"])
def test_without_a_token_there_is_no_such_address(address: str) -> None:
    app, parts = FastAPI(), (FakeAssistant(), FakeLedger())
    assert add_wecom_app(app, *parts, WeComAppSettings(), MemoryStore()) is None
    assert add_aibot(app, *parts, AibotSettings(), MemoryStore()) is None
    wecom = Platform(app, address)
    assert run(wecom.post("", wecom.query())).status_code == 404
    assert run(wecom.get(wecom.query())).status_code == 404


def test_the_app_refuses_a_foreign_company_a_clear_message_and_a_replay() -> None:
    wecom, ledger = app_of()
    foreign = Platform(FastAPI(), "/", receive_id="ww-other").seal(message(Content=ASKED))

    async def tried() -> list[int]:
        query = wecom.query(foreign, field="msg_signature")
        body = f"<xml><Encrypt>{foreign}</Encrypt></xml>"
        sent = [await wecom.post(body, query), await wecom.plain(Content=ASKED)]
        return [response.status_code for response in sent]

    assert run(tried()) == [403, 403]
    assert ledger.recorded == []


# The bot ----------------------------------------------------------------------------------------


class Bot:
    """An app with one 智能机器人, and 企业微信 in front of it."""

    def __init__(
        self,
        assistant: FakeAssistant | None = None,
        *,
        store: PendingStore | None = None,
        patience: Patience = PATIENCE,
        settings: AibotSettings = BOT,
    ) -> None:
        self.assistant, self.ledger = assistant or FakeAssistant(), FakeLedger()
        self.store = MemoryStore() if store is None else store
        app = FastAPI()
        self.streams = add_aibot(
            app, self.assistant, self.ledger, settings, self.store, patience=patience
        )
        self.wecom = Platform(app, "/wecom/aibot", receive_id="")

    async def says(self, text: str, msgid: str, **more: Any) -> dict[str, Any]:
        """The stream that a text begins."""
        return await self.told("text", msgid, text={"content": text}, **more)

    async def told(self, msgtype: str, msgid: str, **more: Any) -> dict[str, Any]:
        """The reply to a message, opened."""
        value = {"msgid": msgid, "msgtype": msgtype, "from": {"userid": "u"}, **more}
        reply = self.wecom.opened_json(await self.wecom.bot(value))
        assert reply["msgtype"] in ("stream", "text")
        stream: dict[str, Any] = reply.get("stream") or reply["text"]
        assert len(stream["content"].encode()) <= 20_480
        return stream

    async def polls(self, stream: str, msgid: str) -> dict[str, Any]:
        """What 企业微信 reads when it asks for more."""
        return await self.told("stream", msgid, stream={"id": stream})

    async def rates(self, msgid: str, **rating: Any) -> httpx.Response:
        """A feedback event."""
        event = {"eventtype": "feedback_event", "feedback_event": rating}
        value = {"msgid": msgid, "msgtype": "event", "from": {"userid": "u"}, "event": event}
        return await self.wecom.bot(value)


def test_the_bot_opens_the_sealed_echo_without_a_receiver() -> None:
    bot = Bot()
    echo = bot.wecom.seal("8461")
    response = run(bot.wecom.get(bot.wecom.query(echo, field="msg_signature", echostr=echo)))
    assert response.text == "8461"


def test_an_answer_that_is_ready_is_one_finished_stream_of_markdown() -> None:
    bot = Bot()
    told = run(bot.says(f"@助手 {ASKED}", "m1"))
    assert told["finish"] is True
    assert f"]({BASE}/clauses/{DOCUMENT_ID}:2.2.1)" in told["content"]
    assert told["feedback"] == {"id": told["id"]}
    assert bot.ledger.recorded == [(ASKED, "wecom", "u")]


class WritingAssistant(GatedAssistant):
    """What an LLM has worded is labelled."""

    def ask(self, question: str, *rest: Any, **more: Any) -> Any:
        label = AIGC(True, "本回答由人工智能生成合成。", "人工智能生成合成")
        return replace(super().ask(question, *rest, **more), aigc=label)


def test_an_answer_grows_labelled_from_its_first_sentence_until_it_is_whole() -> None:
    assistant = WritingAssistant(sentences=("第一句。[1]", "第二句。[1]"))
    bot = Bot(assistant, patience=HASTY)
    patient = Bot(assistant, store=bot.store)  # another worker

    async def talk() -> list[dict[str, Any]]:
        first = await bot.says(ASKED, "m1")
        await asyncio.to_thread(assistant.entered.wait, 10)
        growing = await bot.polls(first["id"], "m2")
        assistant.gate.set()
        whole = await patient.polls(first["id"], "m3")
        return [first, growing, whole, await bot.polls(first["id"], "m4")]

    first, growing, whole, again = run(talk())
    assert not first["finish"]
    assert (growing["finish"], whole["finish"]) == (False, True)
    assert growing["content"] == f"{phrases.AI_LABEL}\n\n第一句。[1]第二句。[1]"
    assert whole["content"].startswith(phrases.AI_LABEL)
    assert "千亿级" in whole["content"]
    assert whole == again
    assert {s["id"] for s in (first, growing, whole)} == {first["id"]}
    assert len(bot.ledger.recorded) == 1


def test_the_same_message_three_times_is_one_stream_one_question_and_one_row() -> None:
    bot = Bot()

    async def deliver() -> list[dict[str, Any]]:
        return [await bot.says(ASKED, "m1") for _ in range(3)]

    first, *others = run(deliver())
    assert others == [first, first]
    assert len(bot.assistant.asked) == len(bot.ledger.recorded) == 1
    value = {"msgid": "m1", "msgtype": "text", "from": {"userid": "u"}, "text": {"content": ASKED}}
    assert run(bot.wecom.bot(value)).status_code == 403


def test_a_stream_that_nobody_knows_is_finished_with_a_sentence() -> None:
    told = run(Bot(patience=HASTY).polls("nobody", "m1"))
    assert (told["finish"], told["content"]) == (True, phrases.EXPIRED)


def test_who_enters_the_chat_is_welcomed_with_a_text() -> None:
    told = run(Bot().told("event", "m1", event={"eventtype": "enter_chat"}))
    assert "您好，这里是政策问答助手" in told["content"]


@pytest.mark.parametrize(
    ("msgtype", "value", "told"),
    [
        ("image", {"url": "https://a.b"}, phrases.UNSUPPORTED),
        ("text", {"content": "@助手 "}, phrases.EMPTY),
        ("voice", {"content": "智能装备"}, "千亿级"),
        ("text", {"content": "帮助"}, "直接发送问题"),
        ("text", {"content": "智" * 2001}, "上限2000个字"),
    ],
)
def test_every_kind_of_message_gets_a_sentence(msgtype: str, value: Any, told: str) -> None:
    stream = run(Bot().told(msgtype, "m1", **{msgtype: value}))
    assert stream["finish"]
    assert told in stream["content"]


def test_a_group_hears_nothing_of_what_its_members_ask_alone() -> None:
    bot = Bot()

    async def talk() -> None:
        await bot.says("智能装备", "m1")
        await bot.says("那生物医药呢", "m2")
        await bot.says("它呢", "m3", chatid="group")

    run(talk())
    assert [len(history) for _, history, _ in bot.assistant.asked] == [0, 1, 0]


@pytest.mark.parametrize(
    ("rating", "kept"),
    [
        ({"type": 1}, ("up", "", "")),
        (
            {"type": 2, "inaccurate_reason_list": [2, 1, 9], "content": "缺一条"},
            ("down", "内容不全、答非所问、其他", "缺一条"),
        ),
        ({"type": 2, "inaccurate_reason_list": "x", "content": None}, ("down", "", "")),
    ],
)
def test_a_rating_goes_to_the_ledger_with_the_answer_that_it_is_about(
    rating: dict[str, Any], kept: tuple[str, str, str]
) -> None:
    bot = Bot()

    async def talk() -> None:
        stream = await bot.says(ASKED, "m1")
        for _ in range(2):  # sent again: counted once
            response = await bot.rates("m2", id=stream["id"], **rating)
            assert (response.status_code, response.text) == (200, "")

    run(talk())
    ((row),) = bot.ledger.rated
    assert (row["rating"], row["reason"], row["correction"]) == kept
    assert row["answer_id"].startswith("ans-")
    assert (row["question"], row["channel"]) == (ASKED, "wecom")
    assert "千亿级" in row["answer_text"]


def test_a_rating_taken_back_is_no_rating_and_one_of_an_old_answer_still_counts() -> None:
    bot = Bot()

    async def talk() -> None:
        await bot.rates("m1", id="long-ago", type=3)
        await bot.rates("m2", id="long-ago", type=2, content="字" * 5000)

    run(talk())
    assert [(row["answer_id"], row["rating"]) for row in bot.ledger.rated] == [("long-ago", "down")]


def test_the_bot_needs_its_key() -> None:
    with pytest.raises(SettingsError, match="WECOM_AIBOT_AES_KEY"):
        Bot(settings=AibotSettings(TOKEN))
    with pytest.raises(SettingsError, match="WECOM_AIBOT_AES_KEY"):
        Bot(settings=AibotSettings(TOKEN, "short"))


def test_the_previous_key_of_the_bot_is_taken_and_answered_with() -> None:
    bot = Bot(settings=AibotSettings(TOKEN, OTHER_KEY, KEY))
    assert "千亿级" in run(bot.says(ASKED, "m1"))["content"]


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 400), ("[]", 400), ('{"encrypt": 7}', 403), ('{"encrypt": ""}', 403), ("x" * 2**21, 413)],
)
def test_the_bot_refuses_what_is_not_sealed_for_it(body: str, status: int) -> None:
    bot = Bot()
    response = run(bot.wecom.post(body, bot.wecom.query("", field="msg_signature")))
    assert response.status_code == status
    assert bot.ledger.recorded == []


@pytest.mark.parametrize("plain", ["{}", "[]", '{"msgtype": "text"}', "<xml/>"])
def test_a_sealed_message_that_is_none_is_refused(plain: str) -> None:
    bot = Bot()
    envelope = bot.wecom.seal(plain)
    query = bot.wecom.query(envelope, field="msg_signature")
    response = run(bot.wecom.post(json.dumps({"encrypt": envelope}), query))
    assert response.status_code == 400
