"""The other side of a callback: the platform, sealing and signing with wechatpy, posting by ASGI."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

import httpx
from fastapi import FastAPI
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from assistant.answer import Answer
from tests.fakes import FakeAssistant

TOKEN = "testing"  # noqa: S105 - of the tests
APP_ID = "wx0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
USER = "oUser-1"
_numbers = count(1)


class GatedAssistant(FakeAssistant):
    """An LLM that takes as long as the test wants: it answers once ``gate`` is set."""

    def __init__(self, *, sentences: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.sentences = sentences

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Answer:
        """The answer, once the gate is open."""
        self.entered.set()
        assert self.gate.wait(30), "the test never opened the gate"
        return super().ask(question, history, as_of=as_of, documents=documents, budget=budget)

    def ask_stream(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Generator[str, None, Answer]:
        """The sentences at once, the answer once the gate is open."""
        yield from self.sentences
        return self.ask(question, history, as_of=as_of, documents=documents, budget=budget)


class Platform:
    """Calls one address of an app as WeChat or 企业微信 does."""

    def __init__(
        self, app: FastAPI, address: str, *, receive_id: str = APP_ID, key: str = KEY
    ) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://assistant.test",
        )
        self._address = address
        self.crypto = WeChatCrypto(TOKEN, key, receive_id)

    def query(self, *parts: str, field: str = "signature", **changed: str) -> dict[str, str]:
        """A signed query string; ``changed`` takes the place of a field after signing."""
        number = next(_numbers)
        timestamp = changed.pop("at", str(int(time.time())))
        nonce = changed.pop("with_nonce", f"nonce{number}")
        signed = {"timestamp": timestamp, "nonce": nonce, field: sign(timestamp, nonce, *parts)}
        return {**signed, **changed}

    async def get(self, query: dict[str, str]) -> httpx.Response:
        """Ask whether the address is ours."""
        return await self._http.get(self._address, params=query)

    async def post(self, body: bytes | str, query: dict[str, str]) -> httpx.Response:
        """Send a body as it is."""
        return await self._http.post(self._address, params=query, content=body)

    async def plain(self, **fields: str) -> httpx.Response:
        """Send a message in the clear."""
        return await self.post(message(**fields), self.query())

    def seal(self, plain: str) -> str:
        """A text sealed by wechatpy for the receiver."""
        sealed: bytes = PrpCrypto(self.crypto.key).encrypt(plain, self.crypto._id)
        return sealed.decode()

    async def sealed(self, **fields: str) -> httpx.Response:
        """Send a sealed message of XML."""
        envelope = self.seal(message(**fields))
        body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{envelope}</Encrypt></xml>"
        query = self.query(envelope, field="msg_signature", encrypt_type="aes")
        return await self.post(body, query)

    async def bot(self, value: dict[str, Any]) -> httpx.Response:
        """Send a sealed message of JSON."""
        envelope = self.seal(json.dumps(value, ensure_ascii=False))
        query = self.query(envelope, field="msg_signature")
        return await self.post(json.dumps({"encrypt": envelope}), query)

    def opened(self, response: httpx.Response) -> str:
        """A sealed reply of XML, opened and checked by wechatpy."""
        fields = parsed(response.text)
        opened: str = self.crypto.decrypt_message(
            response.text, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
        )
        return opened

    def opened_json(self, response: httpx.Response) -> dict[str, Any]:
        """A sealed reply of JSON, checked and opened."""
        told = response.json()
        timestamp, nonce = str(told["timestamp"]), told["nonce"]
        assert told["msgsignature"] == sign(timestamp, nonce, told["encrypt"])
        opened = PrpCrypto(self.crypto.key).decrypt(told["encrypt"], self.crypto._id)
        value: dict[str, Any] = json.loads(opened)
        return value


def sign(*parts: str) -> str:
    """wechatpy's signature."""
    signer = WeChatSigner()
    signer.add_data(TOKEN, *parts)
    signature: str = signer.signature
    return signature


def message(**fields: str) -> str:
    """A message of XML; a text of a new MsgId unless the fields say otherwise."""
    told = {
        "ToUserName": "gh_account",
        "FromUserName": USER,
        "CreateTime": "1700000000",
        "MsgType": "text",
        **fields,
    }
    if told["MsgType"] != "event":
        told.setdefault("MsgId", f"9{next(_numbers):015d}")
    return f"<xml>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in told.items())}</xml>"


def parsed(xml: str) -> dict[str, str]:
    """The fields of a reply, as wechatpy reads them."""
    import xmltodict

    fields: dict[str, str] = xmltodict.parse(xml)["xml"]
    return fields


def run(work: Any) -> Any:
    """Run a coroutine to its end; its threads are waited for."""

    async def whole() -> Any:
        with ThreadPoolExecutor(16) as pool:
            asyncio.get_running_loop().set_default_executor(pool)
            return await work

    return asyncio.run(whole())
