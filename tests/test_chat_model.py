"""A model behind HTTP: what it writes comes within its time, and whatever goes wrong has a name."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant.wording.breaker import Breaker
from assistant.wording.chat_model import Endpoint, Limits, OpenAIChat, chat_openai
from assistant.wording.model_failures import Failure, GenerationError
from tests.llm_server import (
    DONE,
    LLMServer,
    Reply,
    Script,
    answer,
    body,
    broken_off,
    endless,
    event,
    piece,
    serving,
    stalled,
    status,
    whole,
)

ASKED = [("system", "只转述材料。"), ("user", "牵头单位是谁？")]
GOOD = "由市科技局牵头。[1]市财政局配合。[1]"
KEY = "sk-a-key-that-nobody-may-see"
ENOUGH, LITTLE = 10.0, 0.3  # seconds: never used up; used up on purpose


class Chat:
    """A model at the server, and how long it has slept between attempts (it has not)."""

    def __init__(self, model: ChatOpenAI, limits: Limits, breaker: Breaker) -> None:
        self.slept: list[float] = []
        self.model = OpenAIChat(model, limits, breaker, sleep=self.slept.append, chance=lambda: 0.0)

    def ask(self, deadline: float = ENOUGH) -> str:
        return "".join(self.model.stream(ASKED, deadline=deadline))

    def read_until_it_fails(self) -> tuple[str, Failure]:
        """What came before the failure."""
        pieces: list[str] = []
        with pytest.raises(GenerationError) as caught:
            pieces.extend(self.model.stream(ASKED, deadline=ENOUGH))
        return "".join(pieces), caught.value.failure

    def fails(self, deadline: float = ENOUGH) -> GenerationError:
        with pytest.raises(GenerationError) as caught:
            self.ask(deadline)
        return caught.value


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def endpoint_model(server: LLMServer) -> Iterator[ChatOpenAI]:
    """Made once: it takes a tenth of a second."""
    model = chat_openai(Endpoint(server.base_url, "tiny", SecretStr(KEY)))
    yield model
    OpenAIChat(model).close()


class Open(Protocol):
    def __call__(
        self, *replies: Reply, limits: Limits | None = ..., breaker: Breaker | None = ...
    ) -> tuple[Chat, Script]: ...


@pytest.fixture
def chat(server: LLMServer, endpoint_model: ChatOpenAI) -> Open:
    """A model at the server, which gives these replies."""

    def make(
        *replies: Reply, limits: Limits | None = None, breaker: Breaker | None = None
    ) -> tuple[Chat, Script]:
        made = Chat(endpoint_model, limits or Limits(), breaker or Breaker())
        return made, server.play(*replies)

    return make


def readers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "chat-model"]


def all_gone(seconds: float = 20.0) -> bool:
    """Whether no thread reads any more, waiting for them if need be."""
    end = time.monotonic() + seconds
    for thread in readers():
        thread.join(max(0.0, end - time.monotonic()))
    return not readers()


def test_an_answer_comes_in_pieces_as_it_is_written(chat: Open) -> None:
    made, script = chat(answer(GOOD, size=4))
    pieces = list(made.model.stream(ASKED, deadline=ENOUGH))
    assert "".join(pieces) == GOOD
    assert len([p for p in pieces if p]) == -(-len(GOOD) // 4)
    (request,) = script.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["model"] == "tiny"
    assert request.body["stream"] is True
    assert request.body["temperature"] == 0
    assert [(m["role"], m["content"]) for m in request.body["messages"]] == ASKED
    assert all_gone()


def test_the_first_piece_is_there_before_the_last_is_written(chat: Open) -> None:
    made, _ = chat(stalled("由市科技局"))
    pieces = made.model.stream(ASKED, deadline=ENOUGH)
    assert next(p for p in pieces if p) == "由市科技局"


def test_a_key_that_is_meant_for_somebody_else_is_not_sent(
    server: LLMServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    script = server.play(answer(GOOD))
    model = OpenAIChat.open(Endpoint(server.base_url, "tiny"))
    assert "".join(model.stream(ASKED, deadline=ENOUGH)) == GOOD
    assert script.requests[0].headers["authorization"] == "Bearer none"
    model.close()


def test_an_endpoint_that_does_not_stream_is_asked_for_the_whole(chat: Open) -> None:
    made, script = chat(whole(GOOD))
    assert made.ask() == GOOD
    assert made.ask() == GOOD
    assert [bool(r.body.get("stream")) for r in script.requests] == [True, False, False]


def test_a_busy_endpoint_is_asked_again_when_it_says(chat: Open) -> None:
    made, script = chat(status(429, retry_after="2"), answer(GOOD))
    assert made.ask() == GOOD
    assert made.slept == [2.0]
    assert len(script.requests) == 2


def test_who_must_wait_longer_than_the_budget_is_told_at_once(chat: Open) -> None:
    made, script = chat(status(429, retry_after="60"), answer(GOOD))
    assert made.fails().failure is Failure.BUSY
    assert made.slept == []
    assert len(script.requests) == 1


def test_an_endpoint_that_is_down_is_asked_again_more_and_more_slowly(chat: Open) -> None:
    made, script = chat(status(500), status(503), answer(GOOD))
    assert made.ask() == GOOD
    assert made.slept == [0.5, 1.0]
    made, script = chat(status(502))
    assert made.fails().failure is Failure.UNAVAILABLE
    assert len(script.requests) == Limits().attempts


@pytest.mark.parametrize("code", [302, 400, 401, 403, 404, 413, 422])
def test_a_refused_request_is_not_sent_again(chat: Open, code: int) -> None:
    made, script = chat(status(code, location="/elsewhere"))
    error = made.fails()
    assert (error.failure, error.detail) == (Failure.REFUSED, f"HTTP {code}")
    assert "LLM_API_KEY" in str(error)
    assert len(script.requests) == 1


def test_nobody_listens(chat: Open) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        nobody = Endpoint(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", "tiny")
        made = Chat(chat_openai(nobody), Limits(), Breaker())
        assert made.fails().failure is Failure.UNAVAILABLE
        assert made.slept == [0.5, 1.0]
        made.model.close()


def keep_alive() -> bytes:
    return b": keep-alive\n\n"


def thought() -> bytes:
    return event(
        {"choices": [{"index": 0, "delta": {"reasoning_content": "想"}, "finish_reason": None}]}
    )


@pytest.mark.parametrize("silence", [stalled(), endless(keep_alive), endless(thought)])
def test_no_first_word_in_time(chat: Open, silence: Reply) -> None:
    made, script = chat(silence)
    assert made.fails(LITTLE).failure is Failure.TIMEOUT
    assert all_gone()
    assert len(script.requests) == 1


def test_an_answer_that_stalls_ends_where_it_was(chat: Open) -> None:
    made, _ = chat(stalled("由市科技局"), limits=Limits(silence=0.1), breaker=Breaker(failures=1))
    assert made.read_until_it_fails() == ("由市科技局", Failure.TIMEOUT)
    assert made.fails().failure is Failure.PAUSED, "it was the endpoint's fault, not the deadline's"


def test_keeping_alive_is_not_writing(chat: Open) -> None:
    first = iter([piece("由市科技局")])
    made, script = chat(endless(lambda: next(first, keep_alive())), limits=Limits(silence=0.1))
    assert made.fails().failure is Failure.TIMEOUT
    assert script.left.wait(5)
    assert all_gone()


@pytest.mark.parametrize("text", ["很长", ""])
def test_an_answer_without_end_is_cut(chat: Open, text: str) -> None:
    made, script = chat(endless(lambda: piece(text) * 50), limits=Limits(characters=200))
    pieces = made.model.stream(ASKED, deadline=ENOUGH)
    written = []
    with pytest.raises(GenerationError, match="过长"):
        written += [next(pieces) for _ in range(201)]
    assert sum(map(len, written)) <= 200
    assert script.left.wait(5)
    assert all_gone()


@pytest.mark.parametrize(
    "reply",
    [
        body("data: {不是 JSON\n\n"),
        body("data: []\n\ndata: [DONE]\n\n"),
        body('data: "由市科技局牵头"\n\n'),
        body('data: {"choices": [{}]}\n\n'),
        body('data: {"choices": "由市科技局牵头"}\n\n'),
        body('data: {"choices": [{"delta": "由市科技局牵头"}]}\n\n'),
        body("<html>请先登录</html>", "text/html"),
        body("{", "application/json"),
        body("[]", "application/json"),
        body('{"choices": []}', "application/json"),
        body('{"choices": [{"message": "由市科技局牵头"}]}', "application/json"),
        body(""),
    ],
)
def test_what_is_no_answer_is_none(chat: Open, reply: Reply) -> None:
    made, _ = chat(reply)
    assert made.fails().failure in (Failure.MALFORMED, Failure.EMPTY)
    assert all_gone()


def test_no_words_are_no_answer(chat: Open) -> None:
    made, script = chat(answer(" \n"))
    assert made.fails().failure is Failure.EMPTY
    assert len(script.requests) == 1


def test_an_error_within_the_stream(chat: Open) -> None:
    error = event({"error": {"message": "overloaded", "code": 503}})
    made, script = chat(lambda e: e.events([error]), answer(GOOD))
    assert made.ask() == GOOD
    made, script = chat(lambda e: e.events([piece("由"), error, DONE]), answer(GOOD))
    assert made.fails().failure is Failure.UNAVAILABLE
    assert len(script.requests) == 1, "what has begun is not begun again"


def test_a_connection_that_breaks_off(chat: Open) -> None:
    made, script = chat(broken_off("由市科技局"))
    assert made.read_until_it_fails() == ("由市科技局", Failure.UNAVAILABLE)
    assert len(script.requests) == 1


def test_who_walks_away_hangs_up(chat: Open) -> None:
    made, script = chat(endless(lambda: piece("很长")))
    pieces = made.model.stream(ASKED, deadline=ENOUGH)
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert script.left.wait(5)
    assert all_gone()
    assert made.model._breaker.enter()


def test_after_failures_in_a_row_nothing_is_asked_for_a_while(chat: Open) -> None:
    now = [0.0]
    made, script = chat(
        status(401), status(401), answer(GOOD), breaker=Breaker(2, 30.0, lambda: now[0])
    )
    assert [made.fails().failure for _ in range(4)] == [Failure.REFUSED] * 2 + [Failure.PAUSED] * 2
    assert len(script.requests) == 2
    now[0] = 30.0
    assert made.ask() == made.ask() == GOOD


def test_who_has_little_time_does_not_close_a_slow_endpoint_to_others(chat: Open) -> None:
    made, _ = chat(endless(lambda: piece("慢")), breaker=Breaker(failures=1))
    assert made.fails(LITTLE).failure is Failure.TIMEOUT
    assert made.fails(LITTLE).failure is Failure.TIMEOUT, "and not paused"


def test_a_silent_endpoint_is_left_alone(chat: Open) -> None:
    made, _ = chat(stalled(), breaker=Breaker(failures=1))
    assert made.fails(LITTLE).failure is Failure.TIMEOUT
    assert made.fails(LITTLE).failure is Failure.PAUSED


def test_answers_of_one_model_do_not_mix(chat: Open) -> None:
    made, script = chat(answer(GOOD, size=1))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: made.ask(), range(16)))
    assert answers == [GOOD] * 16
    assert len(script.requests) == 16


@pytest.mark.parametrize("reply", [status(401, f"bad key {KEY}"), body("data: 牵头{\n\n")])
def test_neither_key_nor_words_are_logged(
    chat: Open, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    made, _ = chat(reply)
    with caplog.at_level(logging.DEBUG, "assistant"):
        error = made.fails()
    assert caplog.records
    seen = caplog.text + str(error) + repr(error) + error.detail + repr(vars(made.model))
    for secret in (KEY, "牵头"):
        assert secret not in seen
    assert error.__cause__ is None


def test_tracing_is_off_whatever_the_environment_says(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LANGSMITH_TRACING would send every question to a service abroad."""
    from langchain_core.tracers import langchain as tracer

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    traced: list[object] = []
    monkeypatch.setattr(tracer.LangChainTracer, "__init__", lambda self, **_: traced.append(self))
    made, _ = chat(answer(GOOD))
    assert made.ask() == GOOD
    assert traced == []
