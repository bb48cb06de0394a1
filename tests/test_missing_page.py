"""An address that leads nowhere."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from assistant.faces.site.missing_page import MissingPage
from assistant.faces.site.templates import Site


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(MissingPage, site=Site(base="/zc"))

    @app.get("/own", response_class=HTMLResponse)
    def own() -> HTMLResponse:
        return HTMLResponse("<p>没有编号为x的条款</p>", 404)

    @app.get("/there")
    def there() -> dict[str, str]:
        return {"a": "b"}

    return TestClient(app)


BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def test_a_browser_gets_a_page_with_ways_on(client: TestClient) -> None:
    response = client.get("/nowhere", headers=BROWSER)
    assert response.status_code == 404
    assert "没有这个页面" in response.text
    assert 'href="/zc/documents"' in response.text
    assert "content-security-policy" in response.headers


def test_a_program_gets_a_problem(client: TestClient) -> None:
    for response in (client.get("/nowhere"), client.post("/nowhere", headers=BROWSER)):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["error"]["code"] == "unknown_route"


def test_everything_else_is_as_it_was(client: TestClient) -> None:
    assert client.get("/v1/nowhere", headers=BROWSER).json() == {"detail": "Not Found"}
    assert client.get("/own", headers=BROWSER).text == "<p>没有编号为x的条款</p>"
    assert client.get("/there", headers=BROWSER).json() == {"a": "b"}
