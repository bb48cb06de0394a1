"""A whole house for WeChat's messages: real answers, a real ledger and a real server on a free port.

The LLM behind it writes when the test lets it; the platform's own API is a server that keeps what it
is sent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI

from assistant.faces.contract import Assistant
from assistant.faces.pending import MemoryStore
from assistant.faces.wechat.aibot import AibotSettings, add_aibot
from assistant.faces.wechat.channel import Admit, everyone
from assistant.faces.wechat.conversation import TIMING, Timing
from assistant.faces.wechat.mp import MpSettings, add_mp
from assistant.faces.wechat.streams import PATIENCE, Patience
from assistant.faces.wechat.wecom_app import WeComAppSettings, add_wecom_app
from assistant.ledger.ledger import Ledger
from assistant.settings import Settings
from tests.browser import served
from tests.llm_server import DONE, Exchange, piece
from tests.wechat_side import APP_ID, KEY, TOKEN, Platform

BASE = "https://policy.example.gov.cn"
CORP_ID, AGENT = "ww0123456789abcdef", 1000002
HASTY = Timing(answer=0.05, drop=20.0)  # late at once; a delivery is held until its job ends
SECONDS = 20.0  # longer than any of it takes


class Pen:
    """An LLM that writes ``first`` at once and ``rest`` when it may; ``asked`` counts questions."""

    def __init__(self, first: str, rest: str = "") -> None:
        self.first, self.rest = first, rest
        self.asked = threading.Semaphore(0)
        self.may_go_on = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        """A reply for ``tests.llm_server``."""
        self.asked.release()
        exchange.events(self._written())

    def _written(self) -> Iterator[bytes]:
        if self.first:
            yield piece(self.first)
        self.may_go_on.wait(SECONDS)
        yield piece(self.rest)
        yield DONE


class Counting(MemoryStore):
    """Says when a message has come, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: Queue[int] = Queue()

    def count(self, key: str, seconds: float) -> int:
        """How often this was called for the key."""
        number = super().count(key, seconds)
        if ":delivered:" in key:
            self.deliveries.put(number)
        return number


class PlatformApi(ThreadingHTTPServer):
    """The platform's API: gives tokens, and keeps each message with the address it came to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.messages: Queue[tuple[str, dict[str, list[str]], bytes]] = Queue()

    @property
    def url(self) -> str:
        """What stands before ``/cgi-bin``."""
        return f"http://127.0.0.1:{self.server_port}"

    def message(self) -> tuple[str, bytes]:
        """The next message: where it came to, and its body as it was."""
        path, query, body = self.messages.get(timeout=SECONDS)
        assert query == {"access_token": ["the-token"]}
        return path, body


class _Call(BaseHTTPRequestHandler):
    server: PlatformApi

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        address = urlsplit(self.path)
        if address.path.endswith("/send"):
            self.server.messages.put((address.path, parse_qs(address.query), body))
        told = {"errcode": 0, "access_token": "the-token", "expires_in": 7200}
        data = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def platform_api() -> Iterator[PlatformApi]:
    """The API while it runs."""
    server = PlatformApi()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Caller(Platform):
    """The platform, calling over HTTP; each call is a connection of its own."""

    def __init__(self, url: str, receive_id: str = APP_ID) -> None:
        super().__init__(FastAPI(), url, receive_id=receive_id)

    def _connected(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=SECONDS, trust_env=False, verify=False)  # noqa: S501 - no TLS

    async def get(self, query: dict[str, str]) -> httpx.Response:
        """Ask whether the address is ours."""
        async with self._connected() as http:
            return await http.get(self._address, params=query)

    async def post(self, body: Any, query: dict[str, str]) -> httpx.Response:
        """Send a body as it is."""
        async with self._connected() as http:
            return await http.post(self._address, params=query, content=body)


class House:
    """Every WeChat face over one assistant and one ledger, at ``url``."""

    def __init__(self, url: str, ledger: Ledger, store: Counting, talks: list[Any]) -> None:
        self.ledger, self.store, self.talks = ledger, store, talks
        self.mp = Caller(f"{url}/wechat/mp")
        self.certified = Caller(f"{url}/certified/wechat/mp")
        self.app = Caller(f"{url}/wecom/app", receive_id=CORP_ID)
        self.bot = Caller(f"{url}/wecom/aibot", receive_id="")

    def rows(self) -> list[dict[str, Any]]:
        """What the ledger holds, of everything that was answered until now."""
        assert self.ledger.flush(SECONDS)
        return [json.loads(r) for r in "".join(self.ledger.export("audit", "jsonl")).splitlines()]


@contextmanager
def house(
    assistant: Assistant,
    folder: Path,
    *,
    api: str = "",
    timing: Timing = TIMING,
    patience: Patience = PATIENCE,
    admit: Admit = everyone,
) -> Iterator[House]:
    """The house while it is served; ``/certified`` is a second 公众号, which may send messages."""
    ledger, store = Ledger.open(Settings(state_dir=folder / "state", ledger_url="")), Counting()
    app, other = FastAPI(), FastAPI()
    mp = MpSettings(TOKEN, APP_ID, KEY, base_url=BASE, api=api)
    sending = MpSettings(
        TOKEN, APP_ID, KEY, app_secret=TOKEN, certified=True, base_url=BASE, api=api
    )
    wecom = WeComAppSettings(
        TOKEN, CORP_ID, KEY, agent_id=AGENT, secret=TOKEN if api else "", base_url=BASE, api=api
    )
    bot = AibotSettings(TOKEN, KEY, base_url=BASE)
    late: dict[str, Any] = {"timing": timing, "admit": admit}
    talks: list[Any] = [
        add_mp(app, assistant, ledger, mp, store, **late),
        add_mp(other, assistant, ledger, sending, MemoryStore(), **late),
        add_wecom_app(app, assistant, ledger, wecom, store, **late),
        add_aibot(app, assistant, ledger, bot, store, patience=patience, admit=admit),
    ]
    app.mount("/certified", other)
    with ExitStack() as closing:
        closing.callback(ledger.close)
        for talk in talks:
            closing.callback(talk.close)
        yield House(closing.enter_context(served(app)), ledger, store, talks)
