"""Messages made to hurt: bombs, floods, forgeries. Refused over HTTP, and no row is written."""

from __future__ import annotations

import asyncio
import encodings.aliases
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.faces.pending import MemoryStore
from assistant.faces.wechat.aibot import AibotSettings, add_aibot
from assistant.faces.wechat.callback import MAX_BODY_BYTES
from assistant.faces.wechat.crypto import MalformedMessage
from assistant.faces.wechat.messages import (
    bot_message,
    fields_of,
    json_object,
    text_reply,
    xml_message,
)
from assistant.faces.wechat.streams import Patience
from tests.fakes import FakeAssistant, FakeLedger
from tests.wechat_server import CORP_ID, Caller, House, house
from tests.wechat_side import KEY, TOKEN, Platform, message, parsed, run

ASKED = "智能装备有哪些任务？"
TEXT = message(Content=ASKED)
ALONE = TEXT.removeprefix("<xml>").removesuffix("</xml>")
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "哈">' for n in range(10)
)
BOMBS = {
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]><xml>{ALONE}<Filled>&l9;</Filled></xml>",
    "quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"哈" * 50_000}">]><xml>{ALONE}<Filled>{"&a;" * 50_000}</Filled></xml>',
    "external entity": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml>{ALONE}<Filled>&a;</Filled></xml>',
    "external subset": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{TEXT}',
    "parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>{TEXT}',
    "an entity nobody knows": f"<xml>{ALONE}<Filled>&a;</Filled></xml>",
    "deep and never closed": "<xml>" * 200_000,
    "deep and nothing else": "<a>" * 120_000 + "</a>" * 120_000,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(FakeAssistant(), tmp_path_factory.mktemp("refusing")) as opened:
        yield opened


@pytest.fixture
def untouched(place: House) -> Iterator[None]:
    """The test adds no row, and whoever asks next is answered."""
    before = len(place.rows())
    yield
    assert "千亿级" in parsed(run(place.mp.plain(Content=f"智能装备{before}")).text)["Content"]
    assert len(place.rows()) == before + 1


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_the_clear_and_sealed(place: House, name: str) -> None:
    async def sealed(caller: Caller) -> httpx.Response:
        envelope = caller.seal(BOMBS[name])
        query = caller.query(envelope, field="msg_signature", encrypt_type="aes")
        return await caller.post(f"<xml><Encrypt>{envelope}</Encrypt></xml>", query)

    async def attack() -> list[int]:
        answers = [await place.mp.post(BOMBS[name], place.mp.query())]
        if len(BOMBS[name].encode()) < MAX_BODY_BYTES // 2:
            answers += [await sealed(place.mp), await sealed(place.app)]
        return [response.status_code for response in answers]

    assert set(run(attack())) == {400}


def test_a_question_is_not_made_dangerous_by_what_is_nested_beside_it(place: House) -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    told = run(place.mp.post(f"<xml>{ALONE}{deep}</xml>", place.mp.query()))
    assert told.status_code in (200, 400)  # newer parsers refuse it, older ones pass over it


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "plain", ["[" * 100_000, '{"msgtype":' * 50_000, '{"a": ' + "9" * 100_000 + "}"]
)
def test_the_bot_refuses_json_that_is_deep_or_a_number_without_end(
    place: House, plain: str
) -> None:
    bot = place.bot
    envelope = bot.seal(plain)

    async def attack() -> list[int]:
        inside = await bot.post(
            f'{{"encrypt": "{envelope}"}}', bot.query(envelope, field="msg_signature")
        )
        outside = await bot.post(plain, bot.query("", field="msg_signature"))
        return [inside.status_code, outside.status_code]

    inside, outside = run(attack())
    assert inside == 400
    assert outside in (400, 403)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("face", ["mp", "app", "bot"])
def test_a_body_that_never_says_its_length_is_read_no_further_than_it_may(
    place: House, face: str
) -> None:
    caller: Caller = getattr(place, face)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * MAX_BODY_BYTES:
            sent += 65_536
            yield b"x" * 65_536

    async def attack() -> int:
        try:
            query = caller.query(encrypt_type="aes") if face != "mp" else caller.query()
            return (await caller.post(endless(), query)).status_code
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            return 413  # it hung up while we were still sending

    assert run(attack()) == 413
    assert sent < 32 * MAX_BODY_BYTES


Attack = Callable[[Caller], Awaitable[httpx.Response]]


def stolen(**changed: str) -> Attack:
    """A sealed question of somebody else, sent again with something changed."""

    async def attack(wechat: Caller) -> httpx.Response:
        envelope = wechat.seal(TEXT)
        query = wechat.query(envelope, field="msg_signature", encrypt_type="aes", **changed)
        return await wechat.post(f"<xml><Encrypt>{envelope}</Encrypt></xml>", query)

    return attack


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "attack",
    [
        stolen(msg_signature="0" * 40),
        stolen(nonce="another"),
        stolen(timestamp="1700000000"),
        stolen(at=str(int(time.time()) - 3600)),
    ],
)
@pytest.mark.parametrize("face", ["mp", "app"])
def test_a_sealed_message_that_is_forged_or_stale_is_refused(
    place: House, face: str, attack: Attack
) -> None:
    caller: Caller = getattr(place, face)
    assert run(attack(caller)).status_code == 403


def test_a_replay_with_the_question_changed_finds_its_nonce_taken(place: House) -> None:
    before = len(place.rows())

    async def attack() -> list[int]:
        query = place.mp.query(with_nonce="seen-on-the-wire")
        bodies = [message(Content=f"生物医药{n}", MsgId=f"777{n}") for n in (0, 1)]
        sent = await asyncio.gather(*(place.mp.post(body, query) for body in bodies))
        return sorted(response.status_code for response in sent)

    assert run(attack()) == [200, 403]
    assert len(place.rows()) == before + 1


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("echo", ["8461", "verification", ""])
def test_the_signature_of_a_verification_does_for_no_message(place: House, echo: str) -> None:
    mp = place.mp

    async def attack() -> list[int]:
        query = mp.query(echostr=echo)
        forged = message(Content="生物医药", MsgId=echo or "1")
        sent = [await mp.get(query), await mp.get(query), await mp.post(forged, query)]
        sent.append(await mp.get({**query, "echostr": "another"}))
        return [response.status_code for response in sent]

    assert run(attack()) == [200, 200, 403, 403]


def test_the_signature_of_a_message_does_for_no_verification(place: House) -> None:
    async def attack() -> list[int]:
        query = place.mp.query()
        sent = [await place.mp.post(message(Content="帮助", MsgId="8461"), query) for _ in range(2)]
        sent.append(await place.mp.get({**query, "echostr": "8461"}))
        return [response.status_code for response in sent]

    assert run(attack()) == [200, 200, 403]


@pytest.mark.parametrize(("face", "receiver"), [("app", CORP_ID), ("bot", "")])
def test_a_sealed_verification_binds_its_nonce_too(place: House, face: str, receiver: str) -> None:
    caller: Caller = getattr(place, face)
    echo, other = caller.seal("8461"), caller.seal("8462")

    async def attack() -> list[int]:
        nonce, now = f"verified-{face}-{receiver}", str(int(time.time()))
        queries = [
            caller.query(e, field="msg_signature", echostr=e, with_nonce=nonce, at=now)
            for e in (echo, echo, other)
        ]
        return [(await caller.get(query)).status_code for query in queries]

    assert run(attack()) == [200, 200, 403]


# Every place of a message -------------------------------------------------------------------------

ODD = st.text(alphabet=st.characters(), max_size=4)  # half characters, too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=5,
)
FROM = {"msgid": "1", "from": {"userid": "u"}, "chatid": "c", "create_time": 1}
BOT_MESSAGES: list[dict[str, Any]] = [
    {**FROM, "msgtype": "text", "text": {"content": "帮助"}},
    {**FROM, "msgtype": "voice", "voice": {"content": "帮助"}},
    {**FROM, "msgtype": "stream", "stream": {"id": "x"}},
    {
        **FROM,
        "msgtype": "mixed",
        "mixed": {"msg_item": [{"msgtype": "text", "text": {"content": "帮助"}}]},
    },
    {**FROM, "msgtype": "event", "event": {"eventtype": "enter_chat"}},
    {
        **FROM,
        "msgtype": "event",
        "event": {
            "eventtype": "feedback_event",
            "feedback_event": {
                "id": "x",
                "type": 2,
                "content": "c",
                "inaccurate_reason_list": [1],
            },
        },
    },
]


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value inside a value, its own included."""
    yield path
    inside: list[tuple[Any, object]] = list(value.items()) if isinstance(value, dict) else []
    inside += enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from places(inner, (*path, name))


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """The value with another one at a path."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


class RedisLike(MemoryStore):
    """Takes only the keys and values that Redis does."""

    def get(self, key: str) -> str | None:
        return super().get(key.encode().decode())

    def put(self, key: str, value: str, seconds: float) -> None:
        super().put(key.encode().decode(), value.encode().decode(), seconds)


PLACES = [(n, path) for n, value in enumerate(BOT_MESSAGES) for path in places(value)]
BOT, STORE = FastAPI(), RedisLike()
add_aibot(
    BOT, FakeAssistant(), FakeLedger(), AibotSettings(TOKEN, KEY), STORE, patience=Patience(0, 0)
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PLACES), JSON)
@example((3, ("mixed", "msg_item")), 5)
@example((2, ("stream", "id")), "\ud800")
@example((5, ("event", "feedback_event", "id")), "\ud800")
@example((5, ("event", "feedback_event", "type")), [1])
@example((0, ("text", "content")), "\ud800")
@example((0, ("create_time",)), json.loads("[" * 900 + "]" * 900))
def test_whatever_stands_in_whichever_place_is_answered_or_refused(
    place: tuple[int, tuple[Any, ...]], new: object
) -> None:
    number, path = place
    value = changed(BOT_MESSAGES[number], path, new)
    if path != ("msgid",) and isinstance(value, dict):
        value["msgid"] = uuid.uuid4().hex
    platform = Platform(BOT, "/wecom/aibot", receive_id="")
    envelope = platform.seal(json.dumps(value))
    query = platform.query(envelope, field="msg_signature")
    told = run(platform.post(json.dumps({"encrypt": envelope}), query))
    assert told.status_code in (200, 400, 403)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_reader_of_json_refuses_and_never_fails(data: bytes) -> None:
    with suppress(MalformedMessage):
        bot_message(json_object(data))


NAMES = (
    "ToUserName FromUserName CreateTime MsgType Content MsgId Event EventKey Recognition".split()
)


@given(
    st.sampled_from(["utf-8", *sorted(set(encodings.aliases.aliases.values()))]),
    st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=6) | st.just(b"event")),
)
@example("idna", {"Content": b"x"})
def test_a_reader_of_xml_refuses_and_never_fails(name: str, fields: dict[str, bytes]) -> None:
    inside = b"".join(b"<%s>%s</%s>" % (k.encode(), v, k.encode()) for k, v in fields.items())
    data = b'<?xml version="1.0" encoding="%s"?><xml>%s</xml>' % (name.encode(), inside)
    with suppress(MalformedMessage):
        read = xml_message(fields_of(data))
        assert read.key
        assert text_reply(read, read.text, 1)
