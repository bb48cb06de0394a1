"""The Dify-compatible face: by what bots send and read, with conversations that are remembered."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.answer import Answer
from assistant.errors import IndexFileError
from assistant.faces.api import create_api
from assistant.faces.contract import Assistant
from assistant.faces.conversations import ConversationMemory
from assistant.settings import Settings
from tests import bots
from tests.bots import QUESTION
from tests.fakes import DOCUMENT_ID, FakeAssistant, FakeLedger

URL = "/v1/chat-messages"
SETTINGS = Settings(_env_file=None, public_base_url="https://policy.example")


class Desk:
    """A client with all that stands behind it."""

    def __init__(self, assistant: Assistant | None = None) -> None:
        self.fake = FakeAssistant()
        self.ledger = FakeLedger()
        self.memory = ConversationMemory()
        app = create_api(assistant or self.fake, SETTINGS, self.ledger, conversations=self.memory)
        self.client = TestClient(app, raise_server_exceptions=False)

    def ask(self, query: str = QUESTION, **more: Any) -> Any:
        response = self.client.post(URL, json={"query": query, "user": "u1", **more})
        assert response.status_code == 200, response.text
        if more.get("response_mode") == "streaming":
            return events_of(response.text)
        return response.json()


def events_of(text: str) -> list[dict[str, Any]]:
    """The events as AstrBot reads them: blocks that begin with ``data:``."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    return [json.loads(block[5:]) for block in blocks]


@pytest.mark.parametrize("name", bots.DIFY)
def test_what_bots_send_is_answered(name: str) -> None:
    desk, body = Desk(), bots.DIFY[name]
    response = desk.client.post(URL, json=body)
    assert response.status_code == 200, response.text
    if body["response_mode"] == "blocking":
        answer, conversation = response.json()["answer"], response.json()["conversation_id"]
    else:
        *pieces, end = events_of(response.text)
        assert {event["event"] for event in pieces} == {"message"}
        assert end["event"] == "message_end"
        answer = "".join(event["answer"] for event in pieces)
        conversation = end["conversation_id"]
        assert {event["conversation_id"] for event in pieces} == {conversation}
    assert answer == desk.fake.ask(QUESTION).renderings.plain
    desk.client.post(URL, json={**body, "query": "由谁负责？", "conversation_id": conversation})
    assert [earlier for _, earlier, _ in desk.fake.asked] == [(), (), (QUESTION,)]
    assert desk.ledger.recorded == [
        (QUESTION, "dify", f"/{body['user']}"),
        ("由谁负责？", "dify", f"/{body['user']}"),
    ]


def test_the_clauses_are_the_resources() -> None:
    desk = Desk()
    found = desk.ask()["metadata"]
    streamed = desk.ask(response_mode="streaming")[-1]["metadata"]
    citation = desk.fake.ask(QUESTION).citations[0]
    assert found["retriever_resources"] == streamed["retriever_resources"]
    assert found["retriever_resources"] == [
        {
            "position": 1,
            "dataset_id": "corpus",
            "dataset_name": "政策文件",
            "document_id": DOCUMENT_ID,
            "document_name": "《关于加快推动济淄同城化科创大走廊先行区建设的意见》（淄政字〔2022〕40号）",
            "segment_id": citation.clause.id,
            "score": None,
            "content": citation.quote,
            "url": f"https://policy.example/clauses/{citation.clause.id}",
            "label": "二（二）智能装备",
        }
    ]
    assert found["x_policy"]["citations"][0]["quote"] == citation.quote
    assert found["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("mode", ["blocking", "streaming"])
def test_conversations_are_apart(mode: str) -> None:
    desk = Desk()

    def ask(query: str, user: str, conversation: str) -> tuple[str, ...]:
        desk.ask(query, user=user, conversation_id=conversation, response_mode=mode)
        return desk.fake.asked[-1][1]

    assert ask("一", "甲", "c1") == ()
    assert ask("二", "甲", "c1") == ("一",)
    assert ask("三", "乙", "c1") == ()
    assert ask("四", "甲", "c2") == ()
    assert ask("五", "甲", "c1") == ("一", "二")


@pytest.mark.parametrize("given", ["", "  ", None])
def test_a_new_conversation_gets_a_number(given: str | None) -> None:
    desk = Desk()
    numbers = {desk.ask(conversation_id=given)["conversation_id"] for _ in range(3)}
    assert len(numbers) == 3
    assert all(len(number) == 36 for number in numbers)


def test_a_conversation_that_was_forgotten_goes_on() -> None:
    desk = Desk()
    assert desk.ask(conversation_id="from last year")["conversation_id"] == "from last year"
    assert desk.fake.asked[-1][1] == ()


@pytest.mark.parametrize("mode", ["blocking", "streaming"])
def test_a_question_that_failed_is_not_remembered(mode: str) -> None:
    desk = Desk()
    body = {"query": " ", "user": "u1", "conversation_id": "c1", "response_mode": mode}
    response = desk.client.post(URL, json=body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "empty_question"
    assert len(desk.memory) == 0
    assert desk.ledger.recorded == []


def test_an_error_in_the_middle_is_an_event() -> None:
    class Breaking(FakeAssistant):
        def ask_stream(self, *_: Any, **__: Any) -> Generator[str, None, Answer]:
            yield "第一句。"
            raise IndexFileError("索引不完整。")

    first, last = Desk(Breaking()).ask(conversation_id="c1", response_mode="streaming")
    assert (first["event"], first["answer"]) == ("message", "第一句。")
    assert last["event"] == "error"
    assert (last["status"], last["code"]) == (503, "index_unavailable")
    assert last["message"] == "索引暂时不可用，请稍后再试，或联系管理员。"
    assert last["conversation_id"] == "c1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 3},
        {"query": "x", "response_mode": "both"},
        {"query": "x", "inputs": []},
        {"query": "x", "user": "u" * 201},
        {"query": "x", "conversation_id": "c" * 201},
    ],
)
def test_what_is_no_message_is_refused(body: dict[str, Any]) -> None:
    response = Desk().client.post(URL, json=body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "malformed_request"


@pytest.mark.parametrize("mode", ["blocking", "streaming"])
@pytest.mark.parametrize(("said", "rating"), [("like", "up"), ("dislike", "down")])
def test_an_answer_is_rated_by_its_number(mode: str, said: str, rating: str) -> None:
    desk = Desk()
    made = desk.ask(response_mode=mode)
    message = made[-1] if mode == "streaming" else made
    assert message["metadata"]["x_policy"]["id"] == message["message_id"]
    url = f"/v1/messages/{message['message_id']}/feedbacks"
    response = desk.client.post(url, json={"rating": said, "user": "u1", "content": "应为二"})
    assert response.json() == {"result": "success"}
    rated = desk.ledger.rated[0]
    assert (rated["answer_id"], rated["rating"]) == (message["message_id"], rating)
    assert (rated["correction"], rated["channel"]) == ("应为二", "dify")


def test_what_is_taken_back_is_not_a_rating() -> None:
    desk = Desk()
    taken_back = desk.client.post("/v1/messages/a/feedbacks", json={"rating": None, "user": "u1"})
    assert taken_back.json() == {"result": "success"}
    assert desk.ledger.rated == []


def test_the_number_of_a_person_is_not_remembered() -> None:
    desk = Desk()
    made = desk.ask(query="我的手机13812345678，智能装备呢？")
    desk.ask(query="由谁负责？", conversation_id=made["conversation_id"])
    assert desk.fake.asked[-1][1] == ("我的手机[手机号]，智能装备呢？",)


def test_a_rating_that_cannot_be_taken() -> None:
    desk = Desk()
    for body in ({"rating": "great"}, {"rating": "like", "content": "长" * 2001}):
        assert desk.client.post("/v1/messages/a/feedbacks", json=body).status_code == 400
    assert desk.ledger.rated == []
