"""企业微信 app at ``/wecom/app``: always sealed, for one company (CorpID)."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.responses import Response

from assistant.errors import SettingsError
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import PendingStore
from assistant.faces.wechat.callback import Gate, guarded, seal_of
from assistant.faces.wechat.channel import Admit, Channel, everyone
from assistant.faces.wechat.conversation import TIMING, Conversation, Timing
from assistant.faces.wechat.crypto import Seal
from assistant.faces.wechat.exchange import echoed, exchanged
from assistant.faces.wechat.sending import WECOM_API, Sender, WeComSender

ADDRESS = "/wecom/app"


@dataclass(frozen=True, slots=True)
class WeComAppSettings:
    """What the app's own pages say of it; without a token there is no such face."""

    token: str = field(default="", repr=False)
    corp_id: str = ""
    aes_key: str = field(default="", repr=False)
    previous_aes_key: str = field(default="", repr=False)
    agent_id: int = 0
    secret: str = field(default="", repr=False)  # with it, late answers go out as messages
    base_url: str = ""
    budget: float | None = None
    api: str = WECOM_API


def add_wecom_app(  # noqa: PLR0913 - what follows the store has defaults
    app: FastAPI,
    assistant: Assistant,
    ledger: Ledger,
    settings: WeComAppSettings,
    store: PendingStore,
    *,
    sender: Sender | None = None,
    timing: Timing = TIMING,
    admit: Admit = everyone,
) -> Conversation | None:
    """Add ``/wecom/app`` where a token is set; the conversation is closed by who stops the app.

    Raises:
        SettingsError: the CorpID or the key is missing or not usable.
    """
    if not settings.token:
        return None
    if not (settings.corp_id and settings.aes_key):
        raise SettingsError("设置了 WECOM_APP_TOKEN，还须设置 WECOM_CORP_ID 和 WECOM_APP_AES_KEY。")
    if settings.secret and sender is None:
        if not settings.agent_id:
            raise SettingsError("设置了 WECOM_APP_SECRET，还须设置 WECOM_APP_AGENT_ID。")
        sender = WeComSender(settings.corp_id, settings.secret, settings.agent_id, settings.api)
    channel = Channel("app", "wecom", settings.token, settings.base_url, settings.budget, admit)
    talk = Conversation(assistant, ledger, store, channel, sender=sender, timing=timing)
    keys = (settings.aes_key, settings.previous_aes_key)
    seal = seal_of(keys, settings.corp_id, "WECOM_APP_AES_KEY")
    _add_routes(app, Gate("app", settings.token, store), seal, talk)
    return talk


def _add_routes(app: FastAPI, gate: Gate, seal: Seal, talk: Conversation) -> None:
    @app.get(ADDRESS, include_in_schema=False)
    async def verify(request: Request) -> Response:
        return await guarded(echoed(request, gate, seal))

    @app.post(ADDRESS, include_in_schema=False)
    async def receive(request: Request) -> Response:
        return await guarded(exchanged(request, gate, seal, talk))
