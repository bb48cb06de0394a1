"""Clients that keep one connection each and ask one question after another; loopback only.

All of them run on one event loop and read HTTP themselves, as what a client needs is taken from
the servers on the same processors. Requests are made before the clock starts (each WeChat message
is a new one, sealed and signed), responses are read through after it has stopped.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import numpy as np
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import WeChatException

from assistant.faces.wechat import phrases
from tests.benchmarks.api_apps import CHAT, WECHAT
from tests.wechat_side import APP_ID, KEY, TOKEN, message, parsed, sign

PATIENCE = 30.0  # seconds for one response
WECHAT_SECONDS = 5.0  # after which the platform has hung up
MOST_A_SECOND = 1500  # WeChat messages that are made for a second of load

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CRYPTO: Final = WeChatCrypto(TOKEN, KEY, APP_ID)
_EXCUSES = {phrases.BUSY, phrases.FAILED, phrases.PREPARING, phrases.STILL_PREPARING, phrases.LOST}
_numbers = itertools.count(1)

Told = Any  # what a response says that must be the same each time its question is asked


@dataclass(frozen=True, slots=True)
class Call:
    """A question, and the request that asks it as it goes over the wire."""

    question: str
    sent: bytes


@dataclass(slots=True)
class Load:
    """What some clients saw together: seconds of each response, those over 5 s, faults in words."""

    wall: float = 0.0
    seconds: list[float] = field(default_factory=list)
    bodies: set[tuple[str, bytes]] = field(default_factory=set)  # by question
    faults: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Responses a second and milliseconds."""
        per_second = len(self.seconds) / self.wall if self.wall else 0.0
        return {
            "responses": len(self.seconds),
            "per_second": round(per_second, 1),
            **percentiles(self.seconds),
            "late": sum(one > WECHAT_SECONDS for one in self.seconds),
        }


def percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    """p50, p95, p99 and the longest, in milliseconds; None where there is nothing."""
    names = ("p50", "p95", "p99", "max")
    if not seconds:
        return dict.fromkeys(names)
    found = np.percentile(seconds, [50, 95, 99, 100]) * 1000
    return {name: round(float(one), 2) for name, one in zip(names, found, strict=True)}


# Requests --------------------------------------------------------------------------------------


def calls(route: str, questions: Sequence[str], key: str, count: int) -> Iterator[Call]:
    """So many requests; the questions in turn."""
    asked = itertools.islice(itertools.cycle(questions), count)
    if route == WECHAT:  # made now, not when they are sent
        return iter([_sealed(question) for question in asked])
    made = {question: _json(route, question, key) for question in questions}
    return (made[question] for question in asked)


def wechat_request(question: str, user: str) -> tuple[str, bytes]:
    """The path with its query and the body of a new message in safe mode."""
    number = next(_numbers)
    nonce, timestamp = f"nonce{number}", str(int(time.time()))
    plain = message(Content=question, FromUserName=user, MsgId=f"{number:018d}")
    envelope = PrpCrypto(_CRYPTO.key).encrypt(plain, APP_ID).decode()
    signed = sign(timestamp, nonce, envelope)
    query = f"timestamp={timestamp}&nonce={nonce}&encrypt_type=aes&msg_signature={signed}"
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{escape(envelope)}</Encrypt></xml>"
    return f"{WECHAT}?{query}", body.encode()


def opened(reply: bytes) -> str:
    """The words of a sealed reply, opened and checked by wechatpy.

    Raises:
        ValueError, LookupError: it is an excuse, or not sealed and signed for the account.
    """
    try:
        fields = parsed(reply.decode())
        signed = (fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
        words = parsed(_CRYPTO.decrypt_message(reply.decode(), *signed))["Content"]
    except (ExpatError, WeChatException) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error
    if not words or words in _EXCUSES:
        raise ValueError(words or "no words")
    return words


def _sealed(question: str) -> Call:
    path, body = wechat_request(question, f"oUser-{next(_numbers)}")  # a user without a history
    return Call(question, _http(path, body, "text/xml", ""))


def _json(route: str, question: str, key: str) -> Call:
    said: dict[str, Any] = {"question": question}
    if route == CHAT:
        said = {"model": "policy-assistant", "messages": [{"role": "user", "content": question}]}
    return Call(question, _http(route, json.dumps(said).encode(), "application/json", key))


def _http(path: str, body: bytes, kind: str, key: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {key}"] if key else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


# Responses -------------------------------------------------------------------------------------


def told(route: str, body: bytes) -> Told:
    """What a response says: question, status, words and clauses; in WeChat the words.

    Raises:
        ValueError, LookupError, TypeError: it is no answer.
    """
    if route == WECHAT:
        return opened(body)
    answer = json.loads(body)
    answer = answer["x_policy"] if route == CHAT else answer
    words = answer["answer"]["text"] if answer["answer"] else answer["refusal"]["reason"]
    clauses = [cited["clause"]["id"] for cited in answer["citations"]]
    return answer["question"]["text"], answer["status"], words, clauses


def wrong(route: str, found: Load, expected: Mapping[str, Told]) -> list[str]:
    """Every fault of a load, in words: failed, late in WeChat, or another answer than expected."""
    faults = list(found.faults)
    late = sum(one > WECHAT_SECONDS for one in found.seconds)
    if route == WECHAT and late:
        faults.append(f"{route}: {late} replies took more than {WECHAT_SECONDS:g} s")
    for question, body in sorted(found.bodies):
        try:
            same = told(route, body) == expected[question]
        except (ValueError, LookupError, TypeError) as error:
            faults.append(f"{route}: no answer to “{question}”: {error} {body[:100]!r}")
            continue
        if not same:
            faults.append(f"{route}: another answer to “{question}” than to one alone")
    return faults


# The load --------------------------------------------------------------------------------------


def load(port: int, asked: Iterable[Call], clients: int, seconds: float) -> Load:
    """Ask with so many clients at once for some seconds, or until every call is made."""
    return asyncio.run(_load(port, iter(asked), clients, seconds))


async def _load(port: int, asked: Iterator[Call], clients: int, seconds: float) -> Load:
    found = Load()
    opening = (asyncio.open_connection("127.0.0.1", port) for _ in range(clients))
    try:
        connections = await asyncio.gather(*opening)
    except OSError as error:
        found.faults.append(f"no connection: {error}")
        return found
    started = time.perf_counter()
    until = started + seconds
    await asyncio.gather(*(_ask(*one, asked, until, found) for one in connections))
    found.wall = time.perf_counter() - started
    return found


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    asked: Iterator[Call],
    until: float,
    found: Load,
) -> None:
    try:
        while (started := time.perf_counter()) < until:
            call = next(asked, None)
            if call is None:
                break
            async with asyncio.timeout(PATIENCE):
                writer.write(call.sent)
                status, body = await _response(reader)
            found.seconds.append(time.perf_counter() - started)
            if status == 200:
                found.bodies.add((call.question, body))
            else:
                found.faults.append(f"{status} to “{call.question}”: {body[:200]!r}")
                break
    except (OSError, EOFError, ValueError, TimeoutError) as error:
        found.faults.append(f"{type(error).__name__} {error}")
    finally:
        writer.close()


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if length is None:
        raise ValueError(f"a response without a length: {head[:200]!r}")
    return int(head[9:12]), await reader.readexactly(int(length[1]))
