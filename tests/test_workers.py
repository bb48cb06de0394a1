"""Two processes at one port, with a Redis: whoever is asked, it is the same service."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from assistant.faces.pending import RedisStore
from assistant.faces.wechat.conversation import MOST_DELIVERIES, Timing
from assistant.faces.wechat.mp import MpSettings, add_mp
from assistant.faces.wechat.phrases import PREPARING
from assistant.service import PolicyAssistant
from tests import redis_server
from tests.benchmarks import web_load, web_talks
from tests.fakes import FakeLedger
from tests.test_server import NEW_DOCUMENT
from tests.wechat_side import TOKEN, GatedAssistant, Platform, message, parsed, run, sign
from tests.worker_servers import START_SECONDS, Running, answer_of, command, eventually

PASSWORD = "long enough"  # noqa: S105 - of the tests
PROXIED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
QUESTIONS = ("智能装备产业重点发展什么？", "市科技局负责哪些任务？", "火星基地由谁负责？")

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc")


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server.running(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Running]:
    running = Running(
        tmp_path_factory.mktemp("w"),
        {
            "WORKERS": "2",
            "REDIS_URL": redis_url,
            "WECHAT_MP_TOKEN": TOKEN,
            "ADMIN_PASSWORD": PASSWORD,
            "RATE_LIMIT_USER": "none",
            "TRUSTED_PROXIES": "127.0.0.1",
        },
    )
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


def recorded(service: Running, channel: str) -> set[str]:
    """The answers that went out over the channel, as the ledger has them."""
    with closing(sqlite3.connect(service.state / "ledger.sqlite3")) as ledger:
        asked = "select answer_id from ledger_audit where channel = ?"
        return {number for (number,) in ledger.execute(asked, (channel,))}


def signed(nonce: str) -> dict[str, str]:
    """The query of a message of WeChat."""
    told = {"timestamp": str(int(time.time())), "nonce": nonce}
    return {**told, "signature": sign(told["timestamp"], nonce)}


@contextmanager
def asking(service: Running, path: str) -> Iterator[list[int]]:
    """Meanwhile, ask over and over, each time by a connection of its own; the statuses."""
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.02):
            with service.client() as client:
                statuses.append(client.get(path).status_code)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        try:
            yield statuses
        finally:
            over.set()
    asked.result()


# One service ------------------------------------------------------------------------------------


def test_both_workers_give_the_same_answers(service: Running) -> None:
    with service.client_of_each() as clients:
        assert len(clients) == 2
        for question in QUESTIONS:
            one, other = (answer_of(client, question) for client in clients.values())
            assert one == other
        assert one["status"] != "answered", "nor do they make one up"


def test_connections_that_come_at_once_are_shared_out(service: Running) -> None:
    with ExitStack() as held:
        opened = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(16)]
        for one in opened:
            held.enter_context(one)
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert all(one.recv(15).startswith(b"HTTP/1.1 200") for one in opened)
        taken = {service.holder_of(one.getsockname()[1]) for one in opened}
    assert taken == service.workers()


def test_a_message_of_wechat_is_answered_once(service: Running) -> None:
    body = message(Content="智能装备产业重点发展什么？", MsgId="77", FromUserName="oOnce")

    def deliver(number: int) -> httpx.Response:
        with service.client() as client:
            return client.post("/wechat/mp", params=signed(f"once{number}"), content=body)

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(deliver, range(10)))
    good = [parsed(response.text)["Content"] for response in told if response.status_code == 200]
    assert len(good) == 3, "WeChat sends a message three times; more is a replay"
    assert len(set(good)) == 1
    assert "智能装备" in good[0]
    assert eventually(lambda: len(recorded(service, "wechat")) == 1, 5)


def test_an_answer_that_was_late_is_handed_out_by_any_worker(
    service: Running, redis_url: str
) -> None:
    """A third process, this one, answers too late; the next message comes to the service."""
    with service.client_of_each() as clients:
        for number, client in enumerate(clients.values()):
            user, late = f"oLate{number}", GatedAssistant()
            app = FastAPI()
            store, timing = RedisStore.open(redis_url), Timing(answer=0.05, drop=0.05)
            talk = add_mp(app, late, FakeLedger(), MpSettings(TOKEN), store, timing=timing)
            assert talk
            asked = message(Content="智能装备", FromUserName=user)
            platform = Platform(app, "/wechat/mp")
            told = [run(platform.post(asked, platform.query())) for _ in range(MOST_DELIVERIES)]
            assert parsed(told[-1].text)["Content"] == PREPARING
            late.gate.set()
            assert eventually(lambda talk=talk: not talk._jobs._under_way, 10)  # type: ignore[misc]
            fetching = message(Content="好的", FromUserName=user)
            response = client.post("/wechat/mp", params=signed(f"late{number}"), content=fetching)
            assert "千亿级" in parsed(response.text)["Content"]


def test_a_conversation_of_dify_goes_on_at_the_other_worker(service: Running) -> None:
    first, then = "生物医药产业重点发展什么？", "那它的责任单位是谁？"

    def ask(client: httpx.Client, query: str, conversation: str = "") -> Any:
        body = {"query": query, "user": "甲", "response_mode": "blocking", "inputs": {}}
        response = client.post("/v1/chat-messages", json={**body, "conversation_id": conversation})
        assert response.status_code == 200, response.text
        return response.json()

    with service.client_of_each() as clients:
        one, other = clients.values()
        alone = ask(one, then)["answer"]
        told = [
            ask(second, then, ask(client, first)["conversation_id"])["answer"]
            for client, second in ((one, one), (one, other), (other, one))
        ]
    assert alone not in told
    assert len(set(told)) == 1


def test_the_word_of_a_proxy_that_is_named_is_taken(service: Running) -> None:
    with service.client_of_each() as clients:
        for client in clients.values():
            body = {"query": QUESTIONS[0], "user": "甲", "response_mode": "blocking"}
            told = client.post("/v1/chat-messages", json=body, headers=PROXIED).json()
            assert told["metadata"]["retriever_resources"], told
            assert f"https://127.0.0.1:{service.port}/" in str(told)
            page = client.get("/config", headers=PROXIED).json()
            assert page["root"] == f"https://127.0.0.1:{service.port}"


# What lives in one process ----------------------------------------------------------------------


def test_conversations_of_the_chat_hold_over_both_workers(
    service: Running, policy_assistant: PolicyAssistant
) -> None:
    fields = ("智能装备", "生物医药", "新能源汽车", "集成电路")
    asked = web_talks.scripts([f"{field}产业重点发展什么？" for field in fields], 2)
    talks = [web_talks.expected(policy_assistant, questions) for questions in asked]
    load = web_load.converse(service.address, talks, together=True, remembers=True, limit=30)
    assert load.faults == ()
    assert len(load.seconds) == 8
    with service.client_of_each() as clients:
        pages = [client.get("/", headers={"Accept": "text/html"}) for client in clients.values()]
        assert [page.status_code for page in pages] == [200, 200]
        assert all('lang="zh-CN"' in page.text for page in pages)
        assert len({page.headers["content-security-policy"] for page in pages}) == 1


def test_who_logs_in_at_one_worker_is_known_to_both(service: Running) -> None:
    with service.client_of_each() as clients:
        one, other = clients.values()
        own = {"Origin": service.address}
        wrong = one.post("/admin/login", data={"password": "no"}, headers=own)
        assert wrong.status_code == 403
        told = one.post("/admin/login", data={"password": PASSWORD}, headers=own)
        assert told.status_code == 303, told.text
        other.cookies.update(told.cookies)
        pages = [client.get("/admin") for client in (one, other)]
        assert [page.status_code for page in pages] == [200, 200]
        assert "退出" in pages[1].text
        other.cookies.clear()
        assert other.get("/admin").status_code == 303


def test_a_new_document_is_answered_by_both(service: Running) -> None:
    question = "琉璃文化展示馆面积多大？"

    def told(client: httpx.Client) -> bool:
        return "在博山区建设琉璃文化展示馆" in str(answer_of(client, question)["citations"])

    with service.client_of_each() as clients:
        assert not any(map(told, clients.values()))
        (service.corpus / "new.txt").write_text(NEW_DOCUMENT, encoding="utf-8")
        assert eventually(lambda: all(map(told, clients.values())), 30)


# What ends --------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_is_replaced_and_the_port_answers_meanwhile(
    service: Running,
) -> None:
    before, chat = service.workers(), service.chat_worker()
    (victim,) = before - {chat}
    with asking(service, "/healthz") as statuses:
        os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: len(service.workers() - before) == 1, 20)
        (heir,) = service.workers() - before
        assert service.workers() == {chat, heir}
        with service.client_of_each() as clients:  # it answers
            assert set(clients) == {chat, heir}
    assert set(statuses) == {200}


def test_the_chat_comes_back_when_its_worker_is_killed(service: Running) -> None:
    chat = service.chat_worker()
    (other,) = service.workers() - {chat}
    with service.client_of_each() as clients:
        client = clients[other]
        os.kill(chat, signal.SIGKILL)
        page = client.get("/", headers={"Accept": "text/html"})
        call = client.get("/config")
        assert [page.status_code, call.status_code] == [503, 503]
        assert "正在重新启动" in page.text
        assert page.headers["Retry-After"] == call.headers["Retry-After"] == "5"
        assert call.json()["error"]["code"] == "chat_restarting"
        assert client.get("/documents").status_code == 200
        assert client.get("/admin").status_code == 503
        assert eventually(lambda: client.get("/config").status_code == 200, 60)
    assert service.chat_worker() not in (chat, other)


def test_sighup_renews_every_worker_and_nobody_is_refused(service: Running) -> None:
    before = service.workers()
    with asking(service, "/healthz") as statuses, asking(service, "/config") as chats:
        service.process.send_signal(signal.SIGHUP)
        assert eventually(
            lambda: len(service.workers()) == 2 and not service.workers() & before, START_SECONDS
        )
    assert set(statuses) == {200}
    assert len(statuses) > 20
    assert set(chats) == {200}, "the chat's successor takes over in one step"


def test_sigterm_ends_all_of_it(service: Running) -> None:
    everyone = service.workers()
    with service.client_of_each() as clients:
        asked = {"question": QUESTIONS[0]}
        told = [client.post("/v1/answers", json=asked).json() for client in clients.values()]
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(40) == 0
    assert eventually(lambda: not any(b"spawn_main" in command(pid) for pid in everyone), 5)
    numbers = {answer["id"] for answer in told}
    assert numbers <= recorded(service, "api"), "what was answered last is in the ledger"
    assert list(service.temporary.glob("policy-assistant-*")) == []
    assert "Traceback" not in service.said()
