"""What the API says of itself, and that it is so: every route by requests made up from its schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from pydantic import TypeAdapter

from assistant.answer import Answer
from assistant.faces import operations, wire
from assistant.faces.api import create_api
from assistant.faces.dify_wire import ChatMessage, Result
from assistant.faces.openai_wire import Completion, ModelCard, ModelList
from assistant.faces.rest import examples
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

EXAMPLES = [*(v for name, v in vars(examples).items() if name.isupper()), operations.READY]
METRICS = "/metrics"  # is text, which no shape describes
MADE_UP = 25  # requests for each operation, made up by schemathesis
ALWAYS = {"401", "403", "408", "429", "500", "503", "504"}
ROUTES: dict[tuple[str, str], tuple[Any, set[str]]] = {
    ("post", "/v1/answers"): (Answer, {"200", "400", "404", "413"}),
    ("get", "/v1/search"): (wire.SearchResult, {"200", "400", "404", "413"}),
    ("post", "/v1/feedback"): (wire.FeedbackReceipt, {"202", "400", "413"}),
    ("get", "/v1/documents"): (wire.DocumentList, {"200", "400"}),
    ("get", "/v1/documents/{document_id}"): (wire.DocumentDetail, {"200", "404"}),
    ("get", "/v1/clauses/{clause_id}"): (wire.ClauseDetail, {"200", "404"}),
    ("get", "/v1/industries"): (wire.IndustryList, {"200", "400", "404"}),
    ("get", "/v1/units"): (wire.UnitList, {"200", "400"}),
    ("get", "/v1/units/{name}/tasks"): (wire.UnitTasks, {"200", "404"}),
    ("post", "/v1/chat/completions"): (Completion, {"200", "400", "413"}),
    ("get", "/v1/models"): (ModelList, {"200"}),
    ("get", "/v1/models/{name}"): (ModelCard, {"200", "404"}),
    ("post", "/v1/chat-messages"): (ChatMessage, {"200", "400", "413"}),
    ("post", "/v1/messages/{message_id}/feedbacks"): (Result, {"200", "400", "413"}),
    ("get", "/healthz"): (wire.Health, {"200"}),
    ("get", "/readyz"): (operations.ReadyReport, {"200"}),
    ("get", METRICS): (str, {"200"}),
}
OPEN_TO_ALL = {"401", "403", "408", "429", "504"}
NEVER = {"/healthz": OPEN_TO_ALL, "/readyz": OPEN_TO_ALL, METRICS: {"408", "504"}}
EVENT_STREAMS = {"/v1/answers", "/v1/chat/completions", "/v1/chat-messages"}


def app() -> Any:
    return create_api(FakeAssistant(), Settings(_env_file=None), FakeLedger())


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    found: dict[str, Any] = TestClient(app()).get("/openapi.json").json()
    return found


def described(description: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, address): operation
        for address, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_and_error_is_described(description: dict[str, Any]) -> None:
    found = described(description)
    assert set(found) == set(ROUTES)
    for key, operation in found.items():
        never = NEVER.get(key[1], set())
        assert set(operation["responses"]) == ROUTES[key][1] | ALWAYS - never, key
        assert operation["summary"]
        assert operation["tags"]
        for status, response in operation["responses"].items():
            wanted = {"application/json" if status < "300" else "application/problem+json"}
            if status == "200" and key[1] == METRICS:
                wanted = {"text/plain"}
            if status == "200" and key[1] in EVENT_STREAMS:
                wanted.add("text/event-stream")
            assert set(response["content"]) == wanted
            for content in response["content"].values():
                assert content.get("schema") or content["itemSchema"]
                assert "example" in content or status >= "400", (key, status)
            assert any("一" <= c <= "鿿" for c in response["description"])
    assert "HTTPValidationError" not in description["components"]["schemas"]
    answer = description["components"]["schemas"]["Answer"]["properties"]
    assert {"status", "citations", "responsible_units", "refusal"} <= set(answer)


def test_every_parameter_is_described_in_chinese(description: dict[str, Any]) -> None:
    for operation in described(description).values():
        for parameter in operation.get("parameters", ()):
            said = parameter.get("description", "")
            assert any("一" <= c <= "鿿" for c in said), parameter


@pytest.mark.parametrize("key", [key for key in ROUTES if key[1] != METRICS])
def test_an_example_is_what_it_is_an_example_of(
    description: dict[str, Any], key: tuple[str, str]
) -> None:
    shape, statuses = ROUTES[key]
    response = described(description)[key]["responses"][min(statuses)]
    shown = response["content"]["application/json"]["example"]
    whole = next(e for e in EXAMPLES if _without_nothing(e) == _without_nothing(shown))
    adapter = TypeAdapter(shape)
    assert json.loads(adapter.dump_json(adapter.validate_python(whole))) == whole


def _without_nothing(value: Any) -> Any:
    """Without the fields that are null, which FastAPI leaves out of the description."""
    if isinstance(value, dict):
        return {k: _without_nothing(v) for k, v in value.items() if v is not None}
    return [_without_nothing(v) for v in value] if isinstance(value, list) else value


def test_the_example_of_an_answer_cites_word_for_word(description: dict[str, Any]) -> None:
    content = described(description)["post", "/v1/answers"]["responses"]["200"]["content"]
    answer = TypeAdapter(Answer).validate_python(content["application/json"]["example"])
    assert answer.answer is not None
    for claim in answer.claims:
        start, stop = claim.span
        assert answer.answer.text[start:stop] == answer.citations[0].quote
    start, stop = answer.citations[0].char_range
    assert stop - start == len(answer.citations[0].quote)


@pytest.mark.parametrize("key", [key for key in ROUTES if key[0] == "post"])
def test_the_examples_of_a_request_are_taken(
    description: dict[str, Any], key: tuple[str, str]
) -> None:
    body = described(description)[key]["requestBody"]["content"]["application/json"]["schema"]
    shape = description["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    client = TestClient(app())
    for example in shape.get("examples", [{"rating": "like", "user": "u1"}]):
        example.pop("industry", None)
        response = client.post(key[1].replace("{message_id}", "ans_1"), json=example)
        assert response.status_code < 300, response.text


# Made-up requests -------------------------------------------------------------------------------

schema = schemathesis.openapi.from_asgi("/openapi.json", app())


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(
    max_examples=MADE_UP,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_what_is_described_is_what_is_done(case: Any) -> None:
    """No request made up from the schema ends in a fault, and every response fits its schema.

    A question of signs alone is refused, which no schema can say: that check is left out.
    """
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    case.call_and_validate(excluded_checks=[positive_data_acceptance])
