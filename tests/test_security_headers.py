"""What browsers are told, who may call from one, which proxies are believed, and in which order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from assistant.errors import SettingsError
from assistant.faces.api import MAX_BODY_BYTES, create_api
from assistant.faces.middleware.forwarded_headers import ForwardedHeaders
from assistant.faces.middleware.installing import install
from assistant.faces.middleware.security_headers import (
    SecurityHeaders,
    cors_origins,
)
from assistant.faces.problems import Problem
from assistant.settings import Settings
from tests.fakes import FakeAssistant, FakeLedger

SITE = "https://www.example.gov.cn"
STRICT = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


def client_of(folder: Path, **settings: Any) -> TestClient:
    chosen = Settings(_env_file=None, state_dir=folder, **settings)
    app = create_api(FakeAssistant(), chosen, FakeLedger())

    @app.get("/page")
    def page() -> Response:
        return Response("页面", headers={"Referrer-Policy": "no-referrer-when-downgrade"})

    @app.get("/plain")
    def plain() -> str:
        return "页面"

    install(app, chosen)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client_of(tmp_path_factory.mktemp("state"))


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/nothing", "/healthz", "/openapi.json", "/metrics", "/readyz"]
)
def test_what_programs_read_is_no_page(client: TestClient, path: str) -> None:
    found = client.get(path).headers
    assert {name: found[name] for name in STRICT} == STRICT
    assert "strict-transport-security" not in found


@pytest.mark.parametrize(
    ("status", "send"),
    [
        (400, {"content": b"{"}),
        (401, {"json": {}, "headers": {"X-API-Key": "pqa_"}}),
        (413, {"content": b" " * (MAX_BODY_BYTES + 1)}),
    ],
)
def test_refusals_carry_them_too(client: TestClient, status: int, send: dict[str, Any]) -> None:
    response = client.post("/v1/answers", **send)
    assert response.status_code == status
    assert Problem.model_validate(response.json()).status == status
    assert {name: response.headers[name] for name in STRICT} == STRICT


def test_what_a_route_has_set_stands(client: TestClient) -> None:
    page, plain = client.get("/page").headers, client.get("/plain").headers
    assert page.get_list("referrer-policy") == ["no-referrer-when-downgrade"]
    assert plain["referrer-policy"] == "same-origin"
    for found in (page, plain):
        assert found["x-content-type-options"] == "nosniff"
        assert "content-security-policy" not in found
        assert "cache-control" not in found
    body = {"question": "智能装备发展什么？"}
    events = client.post("/v1/answers", json=body, headers={"Accept": "text/event-stream"})
    assert events.headers.get_list("cache-control") == ["no-cache"]


@pytest.mark.parametrize(
    ("base", "said"), [(SITE, True), ("http://policy.example", False), ("", False)]
)
def test_only_a_public_address_with_tls_is_to_stay_so(
    tmp_path: Path, base: str, said: bool
) -> None:
    client = client_of(tmp_path, public_base_url=base)
    for path in ("/v1/models", "/page"):
        assert ("strict-transport-security" in client.get(path).headers) is said


def test_other_connections_pass() -> None:
    app = FastAPI()
    app.add_middleware(SecurityHeaders, is_https=False, is_shared=False)
    with TestClient(app) as client:  # its lifespan
        assert client.get("/").status_code == 404


# CORS ---------------------------------------------------------------------------------------------


def preflight(client: TestClient, origin: str, path: str = "/v1/answers", **more: str) -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": more.get("method", "POST"),
        "Access-Control-Request-Headers": more.get("headers", "authorization,content-type"),
    }
    return client.options(path, headers=asked)


def test_without_the_setting_no_site_may_call(client: TestClient) -> None:
    assert preflight(client, SITE).status_code == 405
    assert (
        "access-control-allow-origin"
        not in client.get("/v1/models", headers={"Origin": SITE}).headers
    )


def test_the_listed_sites_may_call_the_api_alone(tmp_path: Path) -> None:
    client = client_of(tmp_path, cors_origins=f"{SITE}, http://127.0.0.1:8080", api_public="none")
    for origin in (SITE, "http://127.0.0.1:8080"):
        asked = preflight(client, origin)
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in asked.headers
    refused = client.get("/v1/models", headers={"Origin": SITE})
    assert refused.status_code == 401  # which the site's script can read:
    assert refused.headers["access-control-allow-origin"] == SITE
    assert refused.headers["access-control-expose-headers"] == "Retry-After, X-Request-ID"
    assert refused.headers["cross-origin-resource-policy"] == "cross-origin"
    for origin in ("https://evil.example", f"{SITE}.evil.example", "null", SITE.upper()):
        assert preflight(client, origin).status_code == 400
        found = client.get("/v1/models", headers={"Origin": origin}).headers
        assert "access-control-allow-origin" not in found
    assert preflight(client, SITE, method="DELETE").status_code == 400
    assert preflight(client, SITE, headers="x-other").status_code == 400
    assert preflight(client, SITE, "/page").status_code == 405
    assert (
        "access-control-allow-origin" not in client.get("/page", headers={"Origin": SITE}).headers
    )


def test_every_site_may_be_allowed(tmp_path: Path) -> None:
    client = client_of(tmp_path, cors_origins="*")
    found = client.get("/v1/models", headers={"Origin": "https://any.example"})
    assert found.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in found.headers


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        (" , ", ()),
        ("*", ("*",)),
        ("HTTPS://WWW.Example.gov.cn", (SITE,)),
        (f"{SITE}:443,http://a.cn:80,http://a.cn:443", (SITE, "http://a.cn", "http://a.cn:443")),
        ("http://[::1]:8080,http://localhost:3000", ("http://[::1]:8080", "http://localhost:3000")),
    ],
)
def test_origins_are_as_browsers_write_them(text: str, origins: tuple[str, ...]) -> None:
    assert cors_origins(text) == origins


@pytest.mark.parametrize(
    "item",
    "www.example.gov.cn https://a.cn/ https://a.cn/x https:// ftp://a.cn https://u:p@a.cn "
    "https://*.a.cn null https://a.cn:x https://a.cn:99999 https://a.cn?x https://a.cn#x "
    "https://[::1 https://a.cn;https://b.cn".split(),
)
def test_a_wrong_origin_is_named(item: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS") as caught:
        cors_origins(f"{SITE},{item}")
    assert f"“{item}”" in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("api_public", "everything"),
        ("cors_origins", "www.example.gov.cn"),
        ("rate_limit_key", "often"),
        ("rate_limit_user", "often"),
    ],
)
def test_a_wrong_setting_is_said_before_anything_is_served(
    tmp_path: Path, setting: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=setting.upper()):
        client_of(tmp_path, **{setting: value})


FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/x",
    "X-Forwarded-For": "203.0.113.9",
}


@pytest.mark.parametrize(
    ("peer", "trusted", "believed"),
    [
        ("192.0.2.1", [], False),
        ("192.0.2.1", ["192.0.2.2", "10.0.0.0/8"], False),
        ("testclient", ["10.0.0.0/8"], False),
        ("192.0.2.1", ["192.0.2.1"], True),
        ("10.1.2.3", ["192.0.2.1", "10.0.0.0/8"], True),
        ("fd00::1", ["fd00::/8"], True),
    ],
)
def test_only_a_trusted_proxy_says_where_a_visitor_came(
    peer: str, trusted: list[str], believed: bool
) -> None:
    """The names stay: that there was a proxy still counts."""
    app = FastAPI()

    @app.get("/")
    def told(request: Request) -> dict[str, str]:
        return dict(request.headers)

    client = TestClient(ForwardedHeaders(app, trusted=trusted), client=(peer, 1))
    found = client.get("/", headers={**FORWARDED, "X-Other": "kept"}).json()
    for name, value in FORWARDED.items():
        assert found[name.lower()] == (value if believed else "")
    assert found["x-other"] == "kept"
