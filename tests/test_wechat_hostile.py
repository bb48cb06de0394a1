"""Messages made to hurt: bombs, floods, forgeries. Refused over HTTP, and no row is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest

from assistant.faces.wechat.callback import MAX_BODY_BYTES
from tests.fakes import FakeAssistant
from tests.wechat_server import Caller, House, house
from tests.wechat_side import message, parsed, run

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
