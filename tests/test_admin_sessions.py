"""The administrator's session: password, limit, cookie, tokens, and where a request comes from."""

from __future__ import annotations

import pytest
from fastapi import Request
from fastapi.responses import Response
from pydantic import SecretStr

from assistant.faces.admin.sessions import (
    ALL_TRIES,
    TRIES,
    Session,
    Sessions,
    TooManyTries,
    is_foreign,
    is_own_form,
    set_cookie,
)

PASSWORD = "correct-horse-1"  # noqa: S105 - of these tests alone


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(SecretStr(PASSWORD))


def opened(sessions: Sessions) -> Session:
    found = sessions.log_in(PASSWORD, "192.0.2.1")
    assert isinstance(found, Session)
    return found


def request_of(**headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/admin", "headers": sent})


def test_the_cookie_of_a_session_gives_it_back(sessions: Sessions) -> None:
    session = opened(sessions)
    assert sessions.of(sessions.cookie(session)) == session
    assert opened(sessions).id != session.id


def test_another_process_with_the_same_password_accepts_it(sessions: Sessions) -> None:
    session = opened(sessions)
    assert Sessions(SecretStr(PASSWORD)).of(sessions.cookie(session)) == session


def test_a_changed_password_ends_every_session(sessions: Sessions) -> None:
    cookie = sessions.cookie(opened(sessions))
    assert Sessions(SecretStr(PASSWORD + "x")).of(cookie) is None


def test_a_cookie_expires() -> None:
    past = Sessions(SecretStr(PASSWORD), seconds=-1)
    assert past.of(past.cookie(opened(past))) is None


def test_a_session_that_was_left_is_over(sessions: Sessions) -> None:
    session, other = opened(sessions), opened(sessions)
    sessions.leave(session)
    assert sessions.of(sessions.cookie(session)) is None
    assert sessions.of(sessions.cookie(other)) == other


def test_a_forged_cookie_is_none(sessions: Sessions) -> None:
    cookie = sessions.cookie(opened(sessions))
    body, _, rest = cookie.partition(".")
    for forged in (
        "",
        "x",
        "..",
        body,
        f"{body}x.{rest}",
        cookie + "x",
        cookie[:-1],
        "\ud800",
        "é",
    ):
        assert sessions.of(forged) is None, forged


@pytest.mark.parametrize(
    "wrong", ["", PASSWORD.upper(), PASSWORD + " ", "密码", "\ud800", "x" * 9999]
)
def test_a_wrong_password_opens_nothing(sessions: Sessions, wrong: str) -> None:
    assert sessions.log_in(wrong, "192.0.2.1") is None


def test_one_address_has_a_few_tries_and_then_not_even_the_right_one(sessions: Sessions) -> None:
    for _ in range(TRIES):
        assert sessions.log_in("wrong", "192.0.2.1") is None
    shut = sessions.log_in(PASSWORD, "192.0.2.1")
    assert isinstance(shut, TooManyTries)
    assert 0 < shut.seconds <= 15 * 60
    assert isinstance(sessions.log_in(PASSWORD, "192.0.2.2"), Session)


def test_the_right_password_is_no_wrong_try(sessions: Sessions) -> None:
    for _ in range(TRIES + ALL_TRIES):
        opened(sessions)


def test_all_addresses_together_have_a_limit_too(sessions: Sessions) -> None:
    for n in range(ALL_TRIES):
        assert sessions.log_in("wrong", f"192.0.2.{n}") is None
    assert isinstance(sessions.log_in(PASSWORD, "198.51.100.1"), TooManyTries)


def test_the_addresses_of_one_ipv6_network_count_as_one(sessions: Sessions) -> None:
    for n in range(TRIES):
        sessions.log_in("wrong", f"2001:db8::{n:x}")
    assert isinstance(sessions.log_in(PASSWORD, "2001:db8::ffff:1"), TooManyTries)
    assert isinstance(sessions.log_in(PASSWORD, "2001:db8:0:1::1"), Session)
    for n in range(TRIES):
        sessions.log_in("wrong", f"::ffff:192.0.2.{n}")  # IPv4 seen through IPv6: five users
    assert isinstance(sessions.log_in(PASSWORD, "::ffff:192.0.2.1"), Session)


def test_a_form_belongs_to_its_session(sessions: Sessions) -> None:
    session, other = opened(sessions), opened(sessions)
    assert is_own_form(session, session.csrf)
    for token in ("", other.csrf, session.csrf[:-1], session.id, "密", "\ud800"):
        assert not is_own_form(session, token)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"sec_fetch_site": "same-origin"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "same-site"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "https://proxied.example"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "https://gov.example"}, True),
        ({"origin": "http://policy.example", "host": "policy.example"}, False),
        ({"origin": "https://gov.example", "host": "127.0.0.1:7860"}, False),
        ({"origin": "http://evil.example", "host": "policy.example"}, True),
        ({"origin": "http://policy.example:81", "host": "policy.example"}, True),
        ({"origin": "null", "host": "policy.example"}, True),
    ],
)
def test_a_request_from_another_site_is_known(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign(request_of(**headers), "https://gov.example/policy") is foreign


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    response = Response()
    set_cookie(response, "v", path="/policy/admin", secure=True, seconds=60)
    words = response.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure", "path=/policy/admin", "max-age=60"):
        assert part in words
    plain = Response()
    set_cookie(plain, "", path="/admin", secure=False, seconds=60)
    assert "secure" not in plain.headers["set-cookie"].lower()
    assert "max-age=0" in plain.headers["set-cookie"].lower()
