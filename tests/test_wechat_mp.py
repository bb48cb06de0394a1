"""公众号 as WeChat meets it: each mode, each late path, and everything that is refused."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from assistant.errors import IndexFileError, SettingsError, UnknownUnit
from assistant.faces.pending import MemoryStore, PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.conversation import MOST_SENT, TIMING, Timing
from assistant.faces.wechat.messages import SUCCESS
from assistant.faces.wechat.mp import MpSettings, add_mp
from assistant.faces.wechat.plain_text import CONTINUED, UNHEARD
from assistant.faces.wechat.sending import MpSender, SendingFailed
from tests.fakes import DOCUMENT_ID, FakeAssistant, FakeLedger
from tests.wechat_side import (
    APP_ID,
    KEY,
    OTHER_KEY,
    TOKEN,
    USER,
    GatedAssistant,
    Platform,
    message,
    parsed,
    run,
)

BASE = "https://policy.example.gov.cn"
SETTINGS = MpSettings(TOKEN, APP_ID, KEY, base_url=BASE)
HASTY = Timing(answer=0.02, drop=0.04)
ASKED = "智能装备有哪些任务？"


class Outbox:
    """A sender that remembers, and fails when told to; ``sent`` is set with each message."""

    def __init__(self, *, failing: bool = False) -> None:
        self.texts: list[tuple[str, str]] = []
        self.failing, self.tried = failing, threading.Event()

    def send(self, user: str, text: str) -> None:
        if not self.failing:
            self.texts.append((user, text))
        self.tried.set()
        if self.failing:
            raise SendingFailed(45015)


class Account:
    """An app with one 公众号, and WeChat in front of it."""

    def __init__(
        self,
        assistant: FakeAssistant | None = None,
        *,
        settings: MpSettings = SETTINGS,
        store: PendingStore | None = None,
        sender: Outbox | None = None,
        timing: Timing = TIMING,
    ) -> None:
        self.assistant = assistant or FakeAssistant()
        self.ledger, self.app = FakeLedger(), FastAPI()
        self.store = store or MemoryStore()
        self.talk = add_mp(
            self.app,
            self.assistant,
            self.ledger,
            settings,
            self.store,
            sender=sender,
            timing=timing,
        )
        self.wechat = Platform(self.app, "/wechat/mp")

    async def says(self, text: str, **fields: str) -> str:
        """What the user reads."""
        return said(await self.wechat.plain(Content=text, **fields))


def said(response: httpx.Response) -> str:
    """The words of a passive reply; ``success`` as it is. Never empty, never JSON."""
    assert response.status_code == 200
    assert response.text
    assert "json" not in response.headers["content-type"]
    if response.text == SUCCESS:
        assert response.headers["content-type"].startswith("text/plain")
        return SUCCESS
    fields = parsed(response.text)
    assert (fields["ToUserName"], fields["FromUserName"]) == (USER, "gh_account")
    assert fields["MsgType"] == "text"
    assert len(fields["Content"].encode()) <= 2048
    return fields["Content"]


# The address ------------------------------------------------------------------------------------


def test_the_address_is_verified_with_the_echo_as_plain_text() -> None:
    account = Account()
    query = account.wechat.query(echostr="<b>8461</b>")
    response = run(account.wechat.get(query))
    assert (response.status_code, response.text) == (200, "<b>8461</b>")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_without_a_token_there_is_no_such_address() -> None:
    app = FastAPI()
    assert add_mp(app, FakeAssistant(), FakeLedger(), MpSettings(), MemoryStore()) is None
    wechat = Platform(app, "/wechat/mp")
    assert run(wechat.get(wechat.query(echostr="1"))).status_code == 404
    assert run(wechat.plain(Content="智能装备")).status_code == 404


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (MpSettings(TOKEN, certified=True), "WECHAT_MP_APP_SECRET"),
        (MpSettings(TOKEN, aes_key=KEY), "WECHAT_MP_APP_ID"),
        (MpSettings(TOKEN, APP_ID, "short"), "WECHAT_MP_AES_KEY"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(settings: MpSettings, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        add_mp(FastAPI(), FakeAssistant(), FakeLedger(), settings, MemoryStore())


def test_secrets_are_not_printed() -> None:
    shown = repr(replace(SETTINGS, app_secret=OTHER_KEY))
    assert not any(secret in shown for secret in (TOKEN, KEY, OTHER_KEY))


# Messages in each mode --------------------------------------------------------------------------


def test_a_plain_question_gets_a_plain_answer_with_basis_units_and_link() -> None:
    account = Account()
    told = run(account.says(ASKED))
    for mark in ("【依据】", "【责任单位】", f"{BASE}/clauses/{DOCUMENT_ID}:2.2.1"):
        assert mark in told
    assert account.ledger.recorded == [(ASKED, "wechat", USER)]


def test_a_sealed_question_gets_a_sealed_answer() -> None:
    account = Account()
    response = run(account.wechat.sealed(Content=ASKED))
    assert "千亿级" not in response.text
    assert "千亿级" in parsed(account.wechat.opened(response))["Content"]


def test_a_compatible_question_is_read_from_its_seal() -> None:
    account = Account()

    async def ask() -> httpx.Response:
        envelope = account.wechat.seal(message(Content=ASKED))
        body = message(Content="生物医药").replace("</xml>", f"<Encrypt>{envelope}</Encrypt></xml>")
        query = account.wechat.query(envelope, field="msg_signature", encrypt_type="aes")
        return await account.wechat.post(body, query)

    account.wechat.opened(run(ask()))
    assert [row[0] for row in account.ledger.recorded] == [ASKED]


def test_the_previous_key_is_taken_and_answered_with() -> None:
    settings = replace(SETTINGS, aes_key=OTHER_KEY, previous_aes_key=KEY)
    account = Account(settings=settings)
    assert "千亿级" in account.wechat.opened(run(account.wechat.sealed(Content=ASKED)))


def test_in_safe_mode_a_message_in_the_clear_is_refused() -> None:
    account = Account(settings=replace(SETTINGS, encrypted_only=True))
    assert run(account.wechat.plain(Content=ASKED)).status_code == 403
    assert run(account.wechat.sealed(Content=ASKED)).status_code == 200


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"MsgType": "event", "Event": "subscribe"}, "您好，这里是政策问答助手"),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "帮助"}, "直接发送问题"),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "责任单位 市科技局"}, "没有找到"),
        ({"MsgType": "event", "Event": "unsubscribe"}, SUCCESS),
        ({"MsgType": "event", "Event": "VIEW", "EventKey": "https://a.b"}, SUCCESS),
        ({"MsgType": "image", "PicUrl": "https://a.b"}, phrases.UNSUPPORTED),
        ({"MsgType": "location"}, phrases.UNSUPPORTED),
        ({"MsgType": "voice", "Recognition": "智能装备"}, "千亿级"),
        ({"MsgType": "voice"}, phrases.UNHEARD_VOICE),
        ({"Content": " \n"}, phrases.EMPTY),
        ({"Content": "？！"}, "没有找到"),
        ({"Content": "智" * 2001}, "上限2000个字"),
        ({"Content": "继续"}, phrases.NOTHING_LEFT),
    ],
)
def test_every_kind_of_message_gets_a_sentence(fields: dict[str, str], told: str) -> None:
    assert told in said(run(Account().wechat.plain(**fields)))


@pytest.mark.parametrize(
    "error", [UnknownUnit("市玄学局"), IndexFileError("索引“某处”已损坏。"), RuntimeError("secret")]
)
def test_an_error_inside_is_a_sentence(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    account = Account()
    account.assistant.error = error
    with caplog.at_level(logging.CRITICAL):
        told = run(account.says(ASKED))
        welcomed = said(run(account.wechat.plain(MsgType="event", Event="subscribe")))
    expected = str(error) if isinstance(error, UnknownUnit) else phrases.FAILED
    assert told == expected
    assert welcomed == phrases.FAILED
    assert account.ledger.recorded == []


# A conversation ---------------------------------------------------------------------------------


def test_a_user_is_answered_with_what_that_user_asked_before_and_nobody_else() -> None:
    account = Account()

    async def talk() -> None:
        await account.says("智能装备 13800138000")
        await account.says("那生物医药呢")
        await account.wechat.plain(Content="它呢", FromUserName="oUser-2")

    run(talk())
    histories = [history for _, history, _ in account.assistant.asked]
    assert histories[0] == histories[2] == ()
    assert len(histories[1]) == 1
    assert "13800138000" not in histories[1][0]


def test_the_store_and_the_log_never_see_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    outbox = Outbox(failing=True)
    assistant = GatedAssistant()
    account = Account(assistant, store=store, sender=outbox, timing=HASTY)
    with caplog.at_level(logging.DEBUG):

        async def talk() -> None:
            await account.says(ASKED)
            assistant.gate.set()
            await asyncio.to_thread(outbox.tried.wait, 10)
            await account.wechat.post(message(Content=ASKED), {})

        run(talk())
    assert caplog.records
    assert USER not in caplog.text
    assert USER not in repr(store._entries)


class LongAssistant(FakeAssistant):
    """Its refusals take several messages."""

    def ask(self, question: str, *rest: Any, **more: Any) -> Any:
        answer = super().ask(question, *rest, **more)
        text = "".join(f"第{n}句，说的是政策里的一件事。" for n in range(130))
        assert answer.answer
        return replace(answer, answer=replace(answer.answer, text=text))


def test_a_long_answer_is_continued_part_by_part_until_nothing_is_left() -> None:
    account = Account(LongAssistant())

    async def read() -> list[str]:
        return [await account.says(text) for text in ("长", "继续", "继续", "继续")]

    first, second, third, fourth = run(read())
    assert [t[:5] for t in (first, second, third)] == ["（1/3）", "（2/3）", "（3/3）"]
    assert first.endswith(CONTINUED)
    assert second.endswith(CONTINUED)
    assert not third.endswith(CONTINUED)
    assert fourth == phrases.NOTHING_LEFT
    assert len(account.ledger.recorded) == 1


def test_a_new_question_ends_the_continuation_of_the_old_one() -> None:
    account = Account(LongAssistant())

    async def read() -> str:
        await account.says("长")
        other = Account(store=account.store)
        await other.says(ASKED)
        return await other.says("继续")

    assert run(read()) == phrases.NOTHING_LEFT


# Delivered again --------------------------------------------------------------------------------


def test_the_same_message_three_times_is_one_question_and_one_row() -> None:
    assistant = GatedAssistant()
    account = Account(assistant)

    async def deliver() -> list[Any]:
        async def opening() -> None:
            await asyncio.to_thread(assistant.entered.wait, 10)
            assistant.gate.set()

        sent = [account.says(ASKED, MsgId="42") for _ in range(3)]
        *told, _ = await asyncio.gather(*sent, opening())
        return told

    told = run(deliver())
    assert len(set(told)) == 1
    assert "千亿级" in told[0]
    assert len(assistant.asked) == len(account.ledger.recorded) == 1


def test_who_hangs_up_and_sends_again_gets_the_answer_of_the_first_job() -> None:
    assistant = GatedAssistant()
    account = Account(assistant)

    async def deliver() -> str:
        first = asyncio.create_task(account.says(ASKED, MsgId="42"))
        await asyncio.to_thread(assistant.entered.wait, 10)
        first.cancel()
        await asyncio.wait({first})
        assistant.gate.set()
        return await account.says(ASKED, MsgId="42")

    assert "千亿级" in run(deliver())
    assert len(assistant.asked) == 1


def test_a_message_that_comes_a_fourth_time_is_a_replay() -> None:
    account = Account()

    async def deliver() -> list[int]:
        sent = [await account.wechat.plain(Content=ASKED, MsgId="42") for _ in range(4)]
        return [response.status_code for response in sent]

    assert run(deliver()) == [200, 200, 200, 403]
    assert len(account.assistant.asked) == len(account.ledger.recorded) == 1


def test_a_click_has_no_id_and_is_told_by_user_and_time() -> None:
    account = Account()
    click = {"MsgType": "event", "Event": "CLICK", "EventKey": ASKED}

    async def deliver() -> None:
        for created in ("1700000001", "1700000001", "1700000002"):
            await account.wechat.plain(**click, CreateTime=created)

    run(deliver())
    assert len(account.ledger.recorded) == 2


def test_workers_that_share_a_store_share_the_job() -> None:
    assistant = GatedAssistant()
    first = Account(assistant)
    second = Account(store=first.store)

    async def deliver() -> list[str]:
        one = asyncio.create_task(first.says(ASKED, MsgId="42"))
        await asyncio.to_thread(assistant.entered.wait, 10)
        two = asyncio.create_task(second.says(ASKED, MsgId="42"))
        assistant.gate.set()
        return [await one, await two]

    told = run(deliver())
    assert told[0] == told[1]
    assert not second.assistant.asked
    assert not second.ledger.recorded


def test_twenty_users_at_once_are_each_answered_their_own_question() -> None:
    account = Account()

    async def ask(number: int) -> httpx.Response:
        asked = "智能装备" if number % 2 else "生物医药"
        return await account.wechat.plain(Content=asked, FromUserName=f"oUser{number}")

    async def everybody() -> list[httpx.Response]:
        return await asyncio.gather(*(ask(number) for number in range(20)))

    told = [parsed(response.text) for response in run(everybody())]
    assert [t["ToUserName"] for t in told] == [f"oUser{number}" for number in range(20)]
    assert all(("千亿级" if n % 2 else "医疗器械") in t["Content"] for n, t in enumerate(told))
    assert len(account.ledger.recorded) == 20


# Late: not certified ----------------------------------------------------------------------------


def test_a_late_answer_is_held_twice_promised_and_handed_over_once() -> None:
    assistant = GatedAssistant()
    account = Account(assistant, timing=HASTY)
    patient = Account(assistant, store=account.store)  # another worker, with the whole window

    async def talk() -> list[str]:
        told = [await account.says(ASKED, MsgId="42") for _ in range(3)]
        told.append(await account.says("好"))
        assistant.gate.set()
        told.append(await patient.says("好了吗", MsgId="43"))
        told.append(await patient.says("好了吗", MsgId="43"))  # WeChat did not hear it
        told.append(await patient.says("生物医药"))
        return told

    *held, promised, waiting, answer, again, next_answer = run(talk())
    assert held == [SUCCESS, SUCCESS]
    assert promised == phrases.PREPARING
    assert "回复任意文字查看" in promised
    assert waiting == phrases.STILL_PREPARING
    assert "千亿级" in answer
    assert answer == again
    assert "医疗器械" in next_answer
    assert len(assistant.asked) == 2
    assert account.ledger.recorded == [(ASKED, "wechat", USER)]


def test_an_answer_that_comes_while_the_message_is_held_is_given() -> None:
    assistant = GatedAssistant()
    account = Account(assistant, timing=Timing(answer=0.02, drop=20.0))

    async def talk() -> str:
        told = asyncio.create_task(account.says(ASKED))
        await asyncio.wait({told}, timeout=0.05)  # past the moment for a reply
        assistant.gate.set()
        return await told

    assert "千亿级" in run(talk())


def test_a_question_that_fetched_an_old_answer_is_told_to_be_asked_again() -> None:
    assistant = GatedAssistant()
    account = Account(assistant, timing=HASTY)
    patient = Account(assistant, store=account.store)

    async def talk() -> str:
        for _ in range(3):
            await account.says(ASKED, MsgId="42")
        assistant.gate.set()
        return await patient.says("生物医药有哪些任务？")

    told = run(talk())
    assert "千亿级" in told
    assert told.endswith(UNHEARD)


def test_an_answer_that_never_comes_is_given_up() -> None:
    account = Account(timing=HASTY)
    user = account.talk._channel.hashed(USER)  # type: ignore[union-attr]
    account.store.put(f"policy:mp:waiting:{user}", f"{time.time() - 1000:.0f} dead", 60)

    assert run(account.says("好")) == phrases.LOST
    patient = Account(store=account.store)
    assert "千亿级" in run(patient.says(ASKED))


# Late: certified --------------------------------------------------------------------------------


def test_a_certified_account_sends_a_late_answer_as_a_message_of_its_own() -> None:
    assistant, outbox = GatedAssistant(), Outbox()
    account = Account(assistant, sender=outbox, timing=HASTY)

    async def talk() -> list[str]:
        told = [await account.says(ASKED, MsgId="42")]
        told.append(await account.says(ASKED, MsgId="42"))  # the success was lost
        assistant.gate.set()
        await asyncio.to_thread(outbox.tried.wait, 10)
        patient = Account(store=account.store, sender=outbox)
        told.append(await patient.says(ASKED, MsgId="42"))
        return told

    assert run(talk()) == [SUCCESS] * 3
    ((user, text),) = outbox.texts
    assert user == USER
    assert "千亿级" in text
    assert len(account.ledger.recorded) == 1


def test_a_certified_account_answers_in_the_window_when_it_can() -> None:
    outbox = Outbox()
    account = Account(sender=outbox)
    assert "千亿级" in run(account.says(ASKED))
    assert outbox.texts == []


def test_what_cannot_be_sent_waits_for_the_user() -> None:
    assistant, outbox = GatedAssistant(), Outbox(failing=True)
    account = Account(assistant, sender=outbox, timing=HASTY)
    patient = Account(store=account.store)

    async def talk() -> str:
        await account.says(ASKED)
        assistant.gate.set()
        await asyncio.to_thread(outbox.tried.wait, 10)
        account.talk.close()  # type: ignore[union-attr]
        await asyncio.to_thread(account.talk._jobs._sending.shutdown)  # type: ignore[union-attr]
        return await patient.says("好")

    assert "千亿级" in run(talk())


def test_no_more_than_five_messages_go_to_a_user_in_48_hours() -> None:
    outbox = Outbox()
    assistant = GatedAssistant()
    account = Account(assistant, sender=outbox, timing=HASTY)
    user = account.talk._channel.hashed(USER)  # type: ignore[union-attr]
    for _ in range(MOST_SENT):
        account.store.count(f"policy:mp:sent:{user}", 60)

    async def talk() -> list[str]:
        told = [await account.says(ASKED, MsgId="42") for _ in range(3)]
        assistant.gate.set()
        return told

    assert run(talk()) == [SUCCESS, SUCCESS, phrases.PREPARING]
    assert outbox.texts == []


# The messages of our own ------------------------------------------------------------------------


class Api:
    """WeChat's API in memory: its tokens end when the test says so."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.tokens = 0
        self.valid = ""
        self.reply: dict[str, object] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("stable_token"):
            self.tokens += 1
            self.valid = f"token{self.tokens}"
            return httpx.Response(200, json={"access_token": self.valid, "expires_in": 7200})
        if request.url.params["access_token"] != self.valid:
            return httpx.Response(200, json={"errcode": 42001, "errmsg": "expired"})
        return httpx.Response(200, json=self.reply or {"errcode": 0})


def sender_to(handler: Callable[[httpx.Request], httpx.Response]) -> MpSender:
    return MpSender(APP_ID, "secret", http=httpx.Client(transport=httpx.MockTransport(handler)))


def test_a_message_is_sent_in_chinese_with_a_token_that_is_kept() -> None:
    api = Api()
    sender = sender_to(api)
    sender.send(USER, "政策😀")
    sender.send(USER, "第二条")
    asked, first, _ = api.requests
    assert json.loads(asked.content)["grant_type"] == "client_credential"
    assert first.url.path == "/cgi-bin/message/custom/send"
    assert "政策😀".encode() in first.content  # not as \u escapes
    told = {"touser": USER, "msgtype": "text", "text": {"content": "政策😀"}}
    assert json.loads(first.content) == told
    assert api.tokens == 1


def test_a_token_that_has_ended_is_fetched_once_more() -> None:
    api = Api()
    sender = sender_to(api)
    sender.send(USER, "一")
    api.valid = "another"
    sender.send(USER, "二")
    assert api.tokens == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, json={"errcode": 45047}), 45047),
        (httpx.Response(200, json={"errcode": 40125, "errmsg": "invalid secret"}), 40125),
        (httpx.Response(200, text="<html>"), 0),
        (httpx.Response(200, json=[]), 0),
        (httpx.Response(502), 0),
    ],
)
def test_what_the_platform_refuses_is_an_error_with_its_code(
    answer: httpx.Response, code: int
) -> None:
    with pytest.raises(SendingFailed) as caught:
        sender_to(lambda _: answer).send(USER, "一")
    assert caught.value.code == code


def test_a_platform_out_of_reach_is_an_error_without_the_token() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    with pytest.raises(SendingFailed) as caught:
        sender_to(away).send(USER, "一")
    assert "secret" not in str(caught.value)


# Refused ----------------------------------------------------------------------------------------

Send = Callable[[Platform], Awaitable[httpx.Response]]
TEXT = message(Content=ASKED)
BOMB = f'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>{TEXT}'


def aes(w: Platform, envelope: str, **changed: str) -> Awaitable[httpx.Response]:
    query = w.query(envelope, field="msg_signature", encrypt_type="aes", **changed)
    return w.post(f"<xml><Encrypt>{envelope}</Encrypt></xml>", query)


def old(seconds: int) -> str:
    return str(int(time.time()) + seconds)


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (lambda w: w.post(TEXT, w.query(signature="0" * 40)), 403),
        (lambda w: w.post(TEXT, {}), 403),
        (lambda w: w.post(TEXT, w.query(timestamp=old(1))), 403),
        (lambda w: w.post(TEXT, w.query(nonce="other")), 403),
        (lambda w: w.post(TEXT, w.query(at=old(-301))), 403),
        (lambda w: w.post(TEXT, w.query(at=old(302))), 403),
        (lambda w: w.post(TEXT, w.query(at="١٧٠٠٠٠٠٠٠٠")), 403),
        (lambda w: w.post(TEXT, w.query(at="0" + old(0))), 403),
        (lambda w: w.post(TEXT, w.query(with_nonce="")), 403),
        (lambda w: w.get(w.query(echostr="1", signature="é")), 403),
        (lambda w: w.get(w.query(echostr="1", at=old(-301))), 403),
        (lambda w: aes(w, Platform(FastAPI(), "/", receive_id="wx-other").seal(TEXT)), 403),
        (lambda w: aes(w, Platform(FastAPI(), "/", key=OTHER_KEY).seal(TEXT)), 403),
        (lambda w: aes(w, w.seal(TEXT), msg_signature="0" * 40), 403),
        (lambda w: aes(w, "AAAA"), 403),
        (lambda w: aes(w, ""), 403),
        (lambda w: aes(w, w.seal(BOMB)), 400),
        (lambda w: w.post(BOMB, w.query()), 400),
        (lambda w: w.post("", w.query()), 400),
        (lambda w: w.post('{"a": 1}', w.query()), 400),
        (lambda w: w.post(TEXT.replace("FromUserName", "From"), w.query()), 400),
        (lambda w: w.post(b"x" * (1024 * 1024 + 1), w.query()), 413),
    ],
)
def test_what_is_forged_stale_foreign_or_broken_is_refused(send: Send, status: int) -> None:
    account = Account()
    response = run(send(account.wechat))
    assert response.status_code == status
    assert response.text
    assert response.headers["content-type"].startswith("text/plain")
    assert not account.assistant.asked
    assert not account.ledger.recorded


def test_a_body_of_the_largest_size_is_still_read() -> None:
    account = Account()
    filled = message(Content=ASKED, Filled="x" * (1024 * 1024 - 400))
    assert run(account.wechat.post(filled, account.wechat.query())).status_code == 200


def test_the_oldest_timestamp_that_is_fresh_is_taken() -> None:
    account = Account()
    assert run(account.wechat.post(TEXT, account.wechat.query(at=old(-298)))).status_code == 200


def test_a_nonce_belongs_to_one_message() -> None:
    account = Account()
    query = account.wechat.query(with_nonce="once")

    async def deliver() -> list[int]:
        bodies = [message(Content=ASKED, MsgId=n) for n in ("1", "2", "1")]
        sent = [await account.wechat.post(body, query) for body in bodies]
        return [response.status_code for response in sent]

    assert run(deliver()) == [200, 403, 200]
    assert len(account.ledger.recorded) == 1
