"""Gradio's page, put right: its language, its title, and nothing from another host."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from assistant.faces.chat.shell import ChatPage
from assistant.faces.site.templates import PRODUCT, Site, static_url

FOREIGN = """<!doctype html><html
	lang="en"><head>
<meta property="og:image" content="https://elsewhere.example/a.jpg" />
<meta
	name="twitter:creator" content="@x"
/>
</head><body>页</body></html>"""


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(
        ChatPage, site=Site(base="/zc"), first_view=lambda q: f"<i>{q or '欢迎'}</i>"
    )

    @app.get("/", response_class=HTMLResponse)
    def home() -> str:
        return FOREIGN

    @app.get("/other", response_class=HTMLResponse)
    def other() -> str:
        return FOREIGN

    return TestClient(app)


def test_the_page_is_chinese_and_names_no_other_host(client: TestClient) -> None:
    response = client.get("/")
    assert 'lang="zh-CN"' in response.text
    assert "elsewhere" not in response.text
    assert "twitter" not in response.text
    assert f"<title>{PRODUCT}</title>" in response.text
    for name in ("appearance.js", "icon.svg", "style.css", "chat.css"):
        assert f'"{static_url(name, "/zc")}"' in response.text
    assert response.text.count("<noscript>") == 1
    assert int(response.headers["content-length"]) == len(response.content)
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_other_addresses_pass_untouched(client: TestClient) -> None:
    assert client.get("/other").text == FOREIGN
    assert client.post("/").status_code == 405


def test_the_first_view_is_there_before_any_script(client: TestClient) -> None:
    assert "<body><i>欢迎</i>页" in client.get("/").text
    assert "<body><i>氢能</i>页" in client.get("/?q=%E6%B0%A2%E8%83%BD").text
    assert "<i>" not in client.get("/other").text
