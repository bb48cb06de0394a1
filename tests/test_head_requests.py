"""HEAD: the headers of a GET, and nothing else."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.faces.api import create_api
from assistant.faces.middleware.head_requests import HeadRequests
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger


@pytest.fixture(scope="module")
def app() -> FastAPI:
    made = create_api(FakeAssistant(), Settings(_env_file=None), FakeLedger())
    made.add_middleware(HeadRequests)
    return made


@pytest.mark.parametrize(
    "address", ["/healthz", "/readyz", "/v1/units", "/v1/models", "/v1/clauses/none"]
)
def test_it_is_a_get_without_its_body(app: FastAPI, address: str) -> None:
    client = TestClient(app)
    told, asked = client.head(address), client.get(address)
    assert told.status_code == asked.status_code
    assert told.headers["content-type"] == asked.headers["content-type"]
    assert told.content == b""


def test_what_is_only_posted_to_has_no_head(app: FastAPI) -> None:
    assert TestClient(app).head("/v1/answers").status_code == 405


def test_other_addresses_keep_their_own(app: FastAPI) -> None:
    assert TestClient(app).head("/nowhere").status_code == 404
