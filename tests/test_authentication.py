"""Keys at the door: who passes, who is told why not, and what is counted for whom."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from assistant.access import permissions
from assistant.access.keys import KEY_FILE, KeyRing
from assistant.access.permissions import Public
from assistant.access.rate_limits import RateLimits
from assistant.errors import TooManyRequests
from assistant.faces.api import create_api
from assistant.faces.middleware.authentication import Authentication, Caller, caller_of
from assistant.faces.problems import MEDIA_TYPE, Problem
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger

QUESTION = {"question": "智能装备发展什么？"}
ALL = frozenset(permissions.Scope)
FORGED = f"pqa_{'0' * 8}_{'A' * 43}"
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "智能装备"}]}
DIFY = {"query": "智能装备"}


@cache
def shared() -> tuple[FakeAssistant, FakeLedger, FastAPI]:
    """The API with what stands behind it, made once for this file."""
    assistant, ledger = FakeAssistant(), FakeLedger()
    return assistant, ledger, create_api(assistant, Settings(_env_file=None), ledger)


class Desk:
    """The API behind its middleware, with all that stands behind it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.now = 1_000_000_020.0
        self.folder = folder
        self.assistant, self.ledger, api = shared()
        for kept in (self.assistant.asked, self.ledger.recorded, self.ledger.rated):
            kept.clear()
        self.keys = KeyRing(folder, self._clock)
        chosen = Settings(_env_file=None, state_dir=folder, **settings)
        limits = RateLimits(
            Pseudonyms(b"k" * 32),
            key=chosen.rate_limit_key,
            user=chosen.rate_limit_user,
            chat=chosen.rate_limit_chat,
            clock=self._clock,
        )
        public = Public.parse(chosen.api_public)
        self.app = Authentication(api, keys=self.keys, limits=limits, public=public)

    def key(self, *scopes: permissions.Scope, **more: Any) -> str:
        return self.keys.create("一", scopes or ALL, **more)[1]

    def at(self, address: str = "192.0.2.1") -> TestClient:
        return TestClient(self.app, raise_server_exceptions=False, client=(address, 1))

    def get(self, path: str = "/v1/models", key: str = "", address: str = "192.0.2.1") -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.at(address).get(path, headers=headers)

    def post(self, path: str, body: Any, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.at().post(path, json=body, headers=headers)

    def _clock(self) -> float:
        return self.now


@pytest.fixture
def closed(tmp_path: Path) -> Desk:
    return Desk(tmp_path, api_public="none")


@pytest.fixture
def public(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refused(response: Any, status: int, code: str) -> Problem:
    """What a refusal says, which has the form of every error."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    told = Problem.model_validate(response.json())
    assert (told.status, told.error.code) == (status, code)
    assert told.detail.endswith("。")
    return told


def test_without_a_key_only_what_is_public_is_open(closed: Desk, tmp_path: Path) -> None:
    response = closed.post("/v1/answers", QUESTION)
    told = refused(response, 401, "unauthorized")
    assert told.error.type == "authentication_error"
    assert response.headers["www-authenticate"] == "Bearer"
    assert closed.assistant.asked == []
    some = Desk(tmp_path, api_public="answers,/v1/units")
    assert some.post("/v1/answers", QUESTION).status_code == 200
    assert some.get("/v1/units").status_code == 200
    for path in ("/v1/search?q=氢能", "/v1/documents", "/v1/industries", "/v1/nothing"):
        refused(some.get(path), 401, "unauthorized")


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json"])
def test_health_and_the_description_need_no_key(closed: Desk, path: str) -> None:
    assert closed.get(path).status_code == 200
    assert closed.get(path, FORGED).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        ("Authorization", "Bearer {}"),
        ("Authorization", "bearer {}"),
        ("authorization", "BEARER    {}  "),
        ("X-API-Key", "{}"),
        ("x-api-key", "  {} "),
    ],
)
def test_a_key_opens_what_it_is_for(closed: Desk, header: tuple[str, str]) -> None:
    name, form = header
    key = closed.key(permissions.Scope.ANSWERS)
    headers = {name: form.format(key)}
    assert closed.at().post("/v1/answers", json=QUESTION, headers=headers).status_code == 200
    told = refused(closed.at().get("/v1/search?q=1", headers=headers), 403, "forbidden")
    assert told.error.type == "permission_error"
    assert "检索" in told.detail
    assert "search" in told.detail
    assert "管理员" in told.detail


def test_what_is_public_to_all_is_not_open_to_a_key_without_it(public: Desk) -> None:
    key = public.key(permissions.Scope.SEARCH)
    refused(public.post("/v1/answers", QUESTION, key), 403, "forbidden")


@pytest.mark.parametrize("given", ["none", "sk-1234567890", "EMPTY", "x" * 5000, "pqa"])
def test_the_keys_of_others_are_nobodys(public: Desk, closed: Desk, given: str) -> None:
    assert public.post("/v1/chat/completions", CHAT, given).status_code == 200
    refused(closed.post("/v1/chat/completions", CHAT, given), 401, "unauthorized")


@pytest.mark.parametrize("kind", ["forged", "revoked", "expired", "cut", "huge"])
def test_a_key_that_is_not_valid_is_refused_even_where_none_is_needed(
    public: Desk, kind: str
) -> None:
    key = public.key(days=1)
    if kind == "revoked":
        assert public.get("/v1/models", key).status_code == 200
        public.keys.revoke(key[4:12])
    public.now += 86400 if kind == "expired" else 0
    given = {"forged": FORGED, "cut": key[:-1], "huge": "pqa_" + "0" * 60_000}.get(kind, key)
    told = refused(public.get("/v1/models", given), 401, "unauthorized")
    assert "吊销" in told.detail
    assert given[:20] not in told.detail


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"authorization", b"Bearer pqa_\xff\xfe\x80")], 401),
        ([(b"authorization", b"\xe4\xb8\xad\xe6\x96\x87")], 200),
        ([(b"authorization", b"Basic cHFhXzp4")], 200),
        ([(b"authorization", b"Bearer")], 200),
        ([(b"authorization", b"")], 200),
        ([(b"x-api-key", b"")], 200),
        ([(b"authorization", b"Bearer %k"), (b"authorization", b"Bearer %k")], 200),
        ([(b"authorization", b"Bearer %k"), (b"x-api-key", b"%k")], 200),
        ([(b"authorization", b"Bearer sk-1"), (b"x-api-key", b"%k")], 200),
        ([(b"authorization", b"Bearer %k"), (b"x-api-key", FORGED.encode())], 401),
        ([(b"authorization", b"Bearer %k,Bearer %k")], 401),
    ],
)
def test_odd_headers_are_answered(
    public: Desk, headers: list[tuple[bytes, bytes]], status: int
) -> None:
    key = public.key().encode()
    sent = [(name, value.replace(b"%k", key)) for name, value in headers]
    response = public.at().get("/v1/models", headers=sent)
    assert response.status_code == status, response.text
    if status == 401:
        refused(response, 401, "unauthorized")


def test_two_different_keys_are_said_to_be_two(public: Desk) -> None:
    headers = {"Authorization": f"Bearer {public.key()}", "X-API-Key": public.key()}
    told = refused(public.at().get("/v1/models", headers=headers), 401, "unauthorized")
    assert "几个不同的密钥" in told.detail


def test_a_key_is_counted_by_itself_and_anybody_by_address(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_user="2/minute", rate_limit_key="3/minute")
    one, two, own = desk.key(), desk.key(), desk.key(limit="5/minute")

    def statuses(times: int, **who: str) -> list[int]:
        return [desk.get(**who).status_code for _ in range(times)]

    assert statuses(3) == [200, 200, 429]
    assert statuses(2, address="2001:db8::1") == [200, 200]
    assert statuses(1, address="2001:db8::2") == [429]  # of the same network
    assert statuses(4, key=one) == [200, 200, 200, 429]
    assert statuses(4, key=two, address="192.0.2.9") == [200, 200, 200, 429]
    assert statuses(6, key=own) == [200] * 5 + [429]
    response = desk.get()
    told = refused(response, 429, "rate_limited")
    assert told.error.type == "rate_limit_error"
    seconds = int(response.headers["retry-after"])
    assert f"{seconds}秒" in told.detail
    desk.now += seconds
    assert statuses(1) == [200]


def test_keys_cannot_be_guessed_without_limit(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_user="2/minute", api_public="none")
    good = desk.key()
    found = [desk.get(key=FORGED).status_code for _ in range(4)]
    assert found == [401, 401, 429, 429]
    assert desk.get().status_code == 429
    assert desk.get(key=good).status_code == 200


def test_what_is_no_api_is_never_limited(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_user="1/minute")
    assert [desk.get("/healthz").status_code for _ in range(5)] == [200] * 5
    assert [desk.get("/wechat/mp").status_code for _ in range(5)] == [404] * 5
    assert [desk.get("/v1/nothing").status_code for _ in range(3)] == [404, 429, 429]


def test_a_preflight_passes(closed: Desk) -> None:
    assert closed.at().options("/v1/answers").status_code == 405


def test_keys_that_cannot_be_read_open_nothing(closed: Desk) -> None:
    key = closed.key()
    (closed.folder / KEY_FILE).write_text("{", encoding="utf-8")
    refused(closed.get(key=key), 503, "keys_unavailable")
    refused(closed.get(), 401, "unauthorized")


def test_the_public_goes_on_while_keys_cannot_be_read(public: Desk) -> None:
    (public.folder / KEY_FILE).write_text("{", encoding="utf-8")
    assert public.get().status_code == 200
    refused(public.get(key=FORGED), 503, "keys_unavailable")


@pytest.mark.parametrize(
    ("address", "header", "is_open"),
    [
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("192.0.2.1", "", False),
        ("127.0.0.1", "X-Forwarded-For", False),
        ("127.0.0.1", "X-Forwarded-Proto", False),
        ("127.0.0.1", "Forwarded", False),
        ("127.0.0.1", "X-Real-IP", False),
        ("127.0.0.1", "Via", False),
    ],
)
def test_the_figures_are_open_to_this_machine_itself(
    public: Desk, address: str, header: str, is_open: bool
) -> None:
    headers = {header: "192.0.2.7"} if header else {}
    response = public.at(address).get("/metrics", headers=headers)
    assert (response.status_code != 401) is is_open


def test_the_figures_need_their_permission(public: Desk) -> None:
    refused(public.get("/metrics", public.key(permissions.Scope.ANSWERS)), 403, "forbidden")
    refused(public.get("/metrics", FORGED, "127.0.0.1"), 401, "unauthorized")
    passed = public.get("/metrics", public.key(permissions.Scope.METRICS))
    assert passed.status_code not in (401, 403)


# Who asks, at the desks --------------------------------------------------------------------------

ASKING: dict[str, tuple[str, dict[str, Any]]] = {
    "answers": ("/v1/answers", QUESTION),
    "chat": ("/v1/chat/completions", CHAT),
    "chat stream": ("/v1/chat/completions", {**CHAT, "stream": True}),
    "dify": ("/v1/chat-messages", DIFY),
    "dify stream": ("/v1/chat-messages", {**DIFY, "response_mode": "streaming"}),
    "feedback": ("/v1/feedback", {"answer_id": "ans_1", "rating": "up"}),
    "rating": ("/v1/messages/ans_1/feedbacks", {"rating": "like"}),
}


@pytest.mark.parametrize("name", ASKING)
def test_the_users_of_a_key_are_counted_one_by_one(tmp_path: Path, name: str) -> None:
    desk = Desk(tmp_path, rate_limit_user="2/minute")
    path, body = ASKING[name]
    one, two = desk.key(), desk.key()

    def statuses(key: str, user: str) -> list[int]:
        sent = [desk.post(path, {**body, "user": user}, key) for _ in range(3)]
        assert {response.status_code for response in sent[:2]} <= {200, 202}
        return [response.status_code for response in sent if response.status_code not in (200, 202)]

    assert statuses(one, "甲") == [429]
    assert statuses(one, "乙") == [429]
    assert statuses(two, "甲") == [429]
    assert statuses(two, "") == []  # nobody in particular: the key's own limit
    response = desk.post(path, {**body, "user": "甲"}, one)
    refused(response, 429, "rate_limited")
    assert int(response.headers["retry-after"]) >= 1
    asked = len(desk.assistant.asked) + len(desk.ledger.rated)
    assert asked == 2 + 2 + 2 + 3


def test_the_events_of_a_user_who_asks_too_often_do_not_begin(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_user="1/minute")
    headers = {"X-API-Key": desk.key(), "Accept": "text/event-stream"}
    body = {**QUESTION, "user": "甲"}
    first, second = (desk.at().post("/v1/answers", json=body, headers=headers) for _ in range(2))
    assert first.status_code == 200
    assert first.text.startswith("event: sentence")
    refused(second, 429, "rate_limited")


def test_whoever_has_no_key_gets_no_more_by_naming_users(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_user="3/minute")
    found = [desk.post("/v1/answers", {**QUESTION, "user": str(n)}).status_code for n in range(5)]
    assert found == [200, 200, 200, 429, 429]


@pytest.mark.parametrize("name", [name for name in ASKING if name not in ("feedback", "rating")])
def test_the_ledger_learns_the_user_or_else_the_key(public: Desk, name: str) -> None:
    path, body = ASKING[name]
    key = public.key()
    public.post(path, body)
    public.post(path, {**body, "user": "甲"})
    public.post(path, body, key)
    public.post(path, {**body, "user": "甲"}, key)
    own = key[4:12]
    assert [user for _, _, user in public.ledger.recorded] == ["", "/甲", f"{own}/", f"{own}/甲"]


def test_the_conversations_of_two_keys_are_apart(public: Desk) -> None:
    one, two = public.key(), public.key()

    def ask(query: str, key: str, user: str = "甲") -> tuple[str, ...]:
        body = {"query": query, "user": user, "conversation_id": "c1"}
        assert public.post("/v1/chat-messages", body, key).status_code == 200
        return public.assistant.asked[-1][1]

    assert ask("一", one) == ()
    assert ask("二", one) == ("一",)
    assert ask("三", two) == ()
    assert ask("四", "") == ()
    assert ask("五", "", f"{one[4:12]}/甲") == ()
    assert ask("六", one) == ("一", "二")


def test_where_the_middleware_is_not_there_anybody_may_call() -> None:
    caller = caller_of(Request({"type": "http", "headers": []}))
    assert caller == Caller()
    caller.admit("甲")
    assert (caller.user("甲"), caller.user("")) == ("/甲", "")


# On the event loop -------------------------------------------------------------------------------


class Slow(RateLimits):
    """Counts as Redis does: elsewhere, and refuses."""

    def __init__(self) -> None:
        super().__init__(Pseudonyms(b"k" * 32))
        self.threads: list[int] = []

    @property
    def waits(self) -> bool:
        return True

    def hit_address(self, address: str) -> None:
        self.threads.append(threading.get_ident())
        raise TooManyRequests(7)


def test_redis_is_not_waited_for_on_the_loop(tmp_path: Path) -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    limits, sent = Slow(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    app = Authentication(
        never, keys=KeyRing.open(tmp_path), limits=limits, public=Public.parse("answers")
    )
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/answers",
        "headers": [],
        "client": None,
    }
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 429
    assert (b"retry-after", b"7") in sent[0]["headers"]
    assert limits.threads
    assert threading.get_ident() not in limits.threads


def test_an_expired_key_is_so_by_the_clock_of_the_ring(tmp_path: Path) -> None:
    _, text = KeyRing.open(tmp_path).create("一", ALL, days=1)
    assert KeyRing.open(tmp_path).check(text) is not None
    assert KeyRing(tmp_path, lambda: time.time() + 86401).check(text) is None


def test_what_the_chat_sends_is_counted_by_address_and_apart(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_chat="2/minute", rate_limit_user="1/minute")
    ways = ["queue/join", "run/predict", "upload"]
    refusals = [desk.at().post(f"/gradio_api/{way}", json={}) for way in ways]
    assert [response.status_code for response in refusals] == [404, 404, 429]
    told = refused(refusals[-1], 429, "rate_limited")
    assert int(refusals[-1].headers["Retry-After"]) > 0
    assert told.detail.startswith("请求太频繁")
    assert desk.at("192.0.2.2").post("/gradio_api/queue/join", json={}).status_code == 404
    assert desk.get("/gradio_api/queue/data").status_code == 404, "what is read is not counted"
    assert desk.get().status_code == 200, "the API has a count of its own"


def test_the_chat_may_be_unlimited(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rate_limit_chat="none", rate_limit_user="1/minute")
    sent = [desk.at().post("/gradio_api/queue/join", json={}).status_code for _ in range(5)]
    assert set(sent) == {404}
