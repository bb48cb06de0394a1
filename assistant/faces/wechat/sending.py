"""Messages that we send of ourselves, when the window for a passive reply is over.

公众号: ``message/custom/send`` (certified accounts). 企业微信 app: ``message/send``. The access
token is kept until shortly before it ends, and fetched anew when the platform refuses it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from assistant.errors import PolicyAssistantError

if TYPE_CHECKING:
    import httpx

MP_API = "https://api.weixin.qq.com"
WECOM_API = "https://qyapi.weixin.qq.com"
_TIMEOUT_SECONDS = 5.0
_EARLY_SECONDS = 300.0  # a token is not used in the last minutes of its life
_TOKEN_CODES = frozenset({40001, 40014, 42001})  # invalid, not legal, expired


class SendingFailed(PolicyAssistantError):
    """The platform did not take the message; ``code`` is its errcode, 0 where none came."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        super().__init__(f"消息没有发出（错误码 {code}），请核对 AppSecret、IP 白名单和接口权限。")


class Sender(Protocol):
    """Sends a text to a user, by the id that the platform calls the user by."""

    def send(self, user: str, text: str) -> None:
        """Send it. Blocks for some seconds at most.

        Raises:
            SendingFailed: it was not taken.
        """
        ...


class MpSender:
    """客服消息 of a certified 公众号."""

    def __init__(
        self, app_id: str, secret: str, api: str = MP_API, *, http: httpx.Client | None = None
    ) -> None:
        asked = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
        # the stable token: several workers that fetch it do not end each other's
        self._calls = _Calls(http, lambda c: c.post(f"{api}/cgi-bin/stable_token", json=asked))
        self._address = f"{api}/cgi-bin/message/custom/send"

    def send(self, user: str, text: str) -> None:
        """Send it as a 客服消息."""
        self._calls.post(
            self._address, {"touser": user, "msgtype": "text", "text": {"content": text}}
        )


class WeComSender:
    """应用消息 of a 企业微信 app."""

    def __init__(
        self,
        corp_id: str,
        secret: str,
        agent_id: int,
        api: str = WECOM_API,
        *,
        http: httpx.Client | None = None,
    ) -> None:
        asked = {"corpid": corp_id, "corpsecret": secret}
        self._calls = _Calls(http, lambda c: c.get(f"{api}/cgi-bin/gettoken", params=asked))
        self._address, self._agent = f"{api}/cgi-bin/message/send", agent_id

    def send(self, user: str, text: str) -> None:
        """Send it as an 应用消息."""
        body = {
            "touser": user,
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": text},
        }
        self._calls.post(self._address, body)


class _Calls:
    """Posts JSON with the access token, which it fetches and keeps."""

    def __init__(
        self,
        http: httpx.Client | None,
        fetch: Callable[[httpx.Client], httpx.Response],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._given, self._fetch, self._clock = http, fetch, clock
        self._lock = threading.Lock()
        self._token, self._end = "", 0.0

    def post(self, address: str, body: dict[str, Any]) -> None:
        """Post it; with a new token where the old one is no longer taken.

        Raises:
            SendingFailed: it was not taken.
        """
        token = self._current()
        code = self._posted(address, body, token)
        if code in _TOKEN_CODES:
            with self._lock:
                self._end = 0.0 if self._token == token else self._end  # another thread was quicker
            code = self._posted(address, body, self._current())
        if code:
            raise SendingFailed(code)

    def _posted(self, address: str, body: dict[str, Any], token: str) -> int:
        data = json.dumps(body, ensure_ascii=False).encode()  # \\u4e2d would be shown as it is
        headers = {"Content-Type": "application/json; charset=utf-8"}
        told = self._told(
            lambda http: http.post(
                address, params={"access_token": token}, content=data, headers=headers
            )
        )
        return int(told.get("errcode", 0))

    def _current(self) -> str:
        with self._lock:
            if self._clock() >= self._end:
                told = self._told(self._fetch)
                token = told.get("access_token")
                if not isinstance(token, str) or not token:
                    raise SendingFailed(int(told.get("errcode", 0)))
                lasts = float(told.get("expires_in", 7200))
                self._token = token
                self._end = self._clock() + max(0.0, lasts - _EARLY_SECONDS)
            return self._token

    def _told(self, call: Callable[[httpx.Client], httpx.Response]) -> dict[str, Any]:
        import httpx

        try:
            response = call(self._http())
            response.raise_for_status()
            told = response.json()
        except (httpx.HTTPError, ValueError):
            raise SendingFailed from None  # the address in the error holds the token
        if not isinstance(told, dict):
            raise SendingFailed
        return told

    def _http(self) -> httpx.Client:
        import httpx

        if self._given is None:
            self._given = httpx.Client(timeout=_TIMEOUT_SECONDS)
        return self._given
