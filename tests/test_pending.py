"""One law for both stores: claimed once, handed over once, forgotten in time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SettingsError
from assistant.faces.pending import MemoryStore, PendingStore, RedisStore, open_store
from assistant.faces.wechat.conversation import TIMING, Timing
from assistant.faces.wechat.messages import SUCCESS
from assistant.faces.wechat.mp import MpSettings, add_mp
from tests.fakes import FakeAssistant, FakeLedger
from tests.redis_server import running
from tests.wechat_side import TOKEN, GatedAssistant, Platform, parsed, run
from tests.worker_servers import eventually


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Callable[[], PendingStore]:
    """Gives stores that share what they hold: the same one, or several on one Redis."""
    if request.param == "memory":
        memory = MemoryStore()
        return lambda: memory
    url: str = request.getfixturevalue("redis_url")
    store = RedisStore.open(url)
    store._client.flushall()
    return lambda: RedisStore.open(url)


def test_a_key_is_claimed_once_even_by_many_at_once(make: Callable[[], PendingStore]) -> None:
    stores = [make() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: stores[n % 4].add("claim", str(n), 60), range(40)))
        counts = list(pool.map(lambda n: stores[n % 4].count("count", 60), range(40)))
    assert won.count(True) == 1
    assert sorted(counts) == list(range(1, 41))


def test_an_answer_is_handed_over_once(make: Callable[[], PendingStore]) -> None:
    stores = [make() for _ in range(4)]
    stores[0].put("answer", "市科技局😀", 60)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: stores[n % 4].take("answer"), range(20)))
    assert [value for value in got if value is not None] == ["市科技局😀"]
    assert stores[1].get("answer") is None


def test_a_later_value_stands(make: Callable[[], PendingStore]) -> None:
    store = make()
    assert store.get("key") is None
    store.put("key", "one", 60)
    store.put("key", "", 60)
    assert store.get("key") == ""
    assert not store.add("key", "three", 60)
    assert store.get("key") == ""


def test_what_is_held_is_nobody_elses_until_it_ends(make: Callable[[], PendingStore]) -> None:
    one, two = make(), make()
    assert one.hold("lease", "one", 60)
    assert one.hold("lease", "one", 60)
    assert not two.hold("lease", "two", 60)
    assert two.get("lease") == "one"
    assert one.take("lease") == "one"
    assert two.hold("lease", "two", 60)


def test_who_holds_again_in_redis_holds_longer(redis_url: str) -> None:
    store = RedisStore.open(redis_url)
    assert store.hold("held", "one", 10)
    assert not store.hold("held", "two", 9999)
    assert 0 < int(store._client.pttl("held")) <= 10_000
    assert store.hold("held", "one", 60)
    assert 10_000 < int(store._client.pttl("held")) <= 60_000


def test_redis_forgets_in_time(redis_url: str) -> None:
    store = RedisStore.open(redis_url)
    store.add("a", "1", 60)
    store.put("b", "1", 60)
    store.count("c", 60)
    store.count("c", 9999)  # the first call says how long
    for key in "abc":
        assert 0 < int(store._client.pttl(key)) <= 60_000


def test_two_workers_on_one_redis_answer_a_message_once(redis_url: str) -> None:
    assistants, ledgers = (GatedAssistant(), GatedAssistant()), (FakeLedger(), FakeLedger())
    workers = []
    for assistant, ledger in zip(assistants, ledgers, strict=True):
        app = FastAPI()
        add_mp(app, assistant, ledger, MpSettings(TOKEN), RedisStore.open(redis_url))
        workers.append(Platform(app, "/wechat/mp"))

    async def deliver() -> list[str]:
        async def opening() -> None:
            await asyncio.to_thread(assistants[0].entered.wait, 10)
            sent.append(asyncio.create_task(workers[1].plain(Content="智能装备", MsgId="42")))
            for assistant in assistants:
                assistant.gate.set()

        sent = [asyncio.create_task(workers[0].plain(Content="智能装备", MsgId="42"))]
        await opening()
        return [(await response).text for response in sent]

    told = [parsed(text)["Content"] for text in run(deliver())]
    assert "千亿级" in told[0]
    assert told[0] == told[1]
    assert len(ledgers[0].recorded) == 1
    assert not ledgers[1].recorded


def test_a_worker_that_dies_leaves_its_question_to_another(redis_url: str) -> None:
    assistants, ledgers = (GatedAssistant(), FakeAssistant()), (FakeLedger(), FakeLedger())
    silent = Timing(answer=0.02, drop=0.04, renewal=3600)
    workers, store = [], RedisStore.open(redis_url)
    for assistant, ledger, timing in zip(assistants, ledgers, (silent, TIMING), strict=True):
        app = FastAPI()
        store = RedisStore.open(redis_url)
        add_mp(app, assistant, ledger, MpSettings(TOKEN), store, timing=timing)
        workers.append(Platform(app, "/wechat/mp"))

    async def deliver() -> list[str]:
        told = [(await workers[0].plain(Content="智能装备", MsgId="77")).text]
        (lease,) = store._client.scan_iter("policy:mp:lease:*")
        assert 0 < int(store._client.pttl(lease)) <= 3000
        store._client.delete(lease)  # as Redis does in three seconds
        told.append((await workers[1].plain(Content="智能装备", MsgId="77")).text)
        assistants[0].gate.set()
        return told

    first, second = run(deliver())
    assert first == SUCCESS
    assert "千亿级" in parsed(second)["Content"]
    assert len(ledgers[1].recorded) == 1
    assert eventually(lambda: not list(store._client.scan_iter("policy:mp:lease:*")), 20)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_memory_forgets_in_time() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock)
    store.put("key", "one", 10)
    store.put("key", "two", 20)
    assert store.count("count", 15) == 1
    clock.now = 14.9
    assert (store.get("key"), store.count("count", 15)) == ("two", 2)
    clock.now = 15.0
    assert store.count("count", 15) == 1
    clock.now = 20.0
    assert store.get("key") is None
    assert store.add("key", "three", 1)
    clock.now = 100.0
    store.put("other", "", 1)
    assert len(store._entries) == 1


def test_memory_is_bounded_and_what_ends_first_goes_first() -> None:
    store = MemoryStore(most=3)
    for number in range(10):
        store.put(f"key{number}", "x", 100 - number)
        store.put("again", str(number), 1000 + number)
    assert len(store._entries) == 3
    assert store.get("again") == "9"
    assert store.get("key0") == "x"
    assert len(store._ends) <= 6


@given(
    st.lists(
        st.tuples(
            st.sampled_from("add put get take hold count tick".split()), st.sampled_from("ab")
        ),
        max_size=60,
    )
)
def test_memory_behaves_as_a_plain_dictionary_with_ends(steps: list[tuple[str, str]]) -> None:
    clock = Clock()
    store, model = MemoryStore(clock=clock), dict[str, tuple[float, str]]()
    for number, (step, key) in enumerate(steps):
        model = {k: v for k, v in model.items() if v[0] > clock.now}
        held = model.get(key)
        if step == "tick":
            clock.now += 1
        elif step == "add":
            assert store.add(key, str(number), 3) is (held is None)
            model.setdefault(key, (clock.now + 3, str(number)))
        elif step == "put":
            store.put(key, str(number), 2)
            model[key] = (clock.now + 2, str(number))
        elif step == "get":
            assert store.get(key) == (held[1] if held else None)
        elif step == "take":
            assert store.take(key) == (held[1] if held else None)
            model.pop(key, None)
        elif step == "hold":
            free = held is None or held[1] == "mine"
            assert store.hold(key, "mine", 3) is free
            if free:
                model[key] = (clock.now + 3, "mine")
        elif held is None or held[1].isdigit():
            before = int(held[1]) if held else 0
            assert store.count(key, 4) == before + 1
            model[key] = (held[0] if held else clock.now + 4, str(before + 1))


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_while_redis_is_away_the_memory_answers(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    clock.now = 1.0
    store = RedisStore.open(f"redis://127.0.0.1:{closed_port()}/0")
    store._clock = clock
    assert store.add("key", "one", 60)
    assert not store.add("key", "two", 60)
    assert store.take("key") == "one"
    assert store.hold("lease", "one", 60)
    assert not store.hold("lease", "two", 60)
    assert [store.count("c", 60), store.count("c", 60)] == [1, 2]
    assert len(caplog.records) == 1  # not asked again for some seconds
    clock.now = 7.0
    assert store.get("key") is None
    assert len(caplog.records) == 2


def test_the_address_decides_the_store(tmp_path: Path) -> None:
    assert isinstance(open_store(), MemoryStore)
    assert isinstance(open_store("redis://127.0.0.1:1/0"), RedisStore)
    with pytest.raises(SettingsError, match="REDIS_URL"):
        open_store("http://127.0.0.1")
