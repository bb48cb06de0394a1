"""公众号 at ``/wechat/mp``: plain, compatible and safe mode."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.responses import Response

from assistant.errors import SettingsError
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import PendingStore
from assistant.faces.wechat.callback import Gate, body_of, guarded, seal_of, text, xml
from assistant.faces.wechat.channel import Admit, Channel, everyone
from assistant.faces.wechat.conversation import TIMING, Conversation, Timing
from assistant.faces.wechat.crypto import BadSignature, Seal
from assistant.faces.wechat.exchange import exchanged
from assistant.faces.wechat.messages import SUCCESS, fields_of, text_reply, xml_message
from assistant.faces.wechat.sending import MP_API, MpSender, Sender

ADDRESS = "/wechat/mp"


@dataclass(frozen=True, slots=True)
class MpSettings:
    """What the 公众号's own pages say of it; without a token there is no such face."""

    token: str = field(default="", repr=False)
    app_id: str = ""
    aes_key: str = field(default="", repr=False)
    previous_aes_key: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    certified: bool = False  # 已认证: it may send messages of its own
    encrypted_only: bool = False  # 安全模式: a message in the clear is refused
    base_url: str = ""
    budget: float | None = None  # seconds of an LLM; the assistant's own by default
    api: str = MP_API


def add_mp(  # noqa: PLR0913 - what follows the store has defaults
    app: FastAPI,
    assistant: Assistant,
    ledger: Ledger,
    settings: MpSettings,
    store: PendingStore,
    *,
    sender: Sender | None = None,
    timing: Timing = TIMING,
    admit: Admit = everyone,
) -> Conversation | None:
    """Add ``/wechat/mp`` where a token is set; the conversation is closed by who stops the app.

    Raises:
        SettingsError: a key is not usable, or what certified accounts need is missing.
    """
    if not settings.token:
        return None
    if settings.certified and sender is None:
        if not (settings.app_id and settings.app_secret):
            raise SettingsError(
                "设置了 WECHAT_MP_CERTIFIED，还须设置 WECHAT_MP_APP_ID 和 WECHAT_MP_APP_SECRET。"
            )
        sender = MpSender(settings.app_id, settings.app_secret, settings.api)
    keys = (settings.aes_key, settings.previous_aes_key)
    if any(keys) and not settings.app_id:
        raise SettingsError("设置了 WECHAT_MP_AES_KEY，还须设置 WECHAT_MP_APP_ID。")
    channel = Channel("mp", "wechat", settings.token, settings.base_url, settings.budget, admit)
    talk = Conversation(assistant, ledger, store, channel, sender=sender, timing=timing)
    gate = Gate("mp", settings.token, store)
    seal = seal_of(keys, settings.app_id, "WECHAT_MP_AES_KEY")
    _add_routes(app, gate, seal, talk, encrypted_only=settings.encrypted_only)
    return talk


def _add_routes(
    app: FastAPI, gate: Gate, seal: Seal, talk: Conversation, *, encrypted_only: bool
) -> None:
    @app.get(ADDRESS, include_in_schema=False)
    async def verify(request: Request) -> Response:
        return await guarded(_verified(request, gate))

    @app.post(ADDRESS, include_in_schema=False)
    async def receive(request: Request) -> Response:
        if request.query_params.get("encrypt_type") == "aes":
            return await guarded(exchanged(request, gate, seal, talk))
        return await guarded(_plain(request, gate, talk, encrypted_only=encrypted_only))


async def _verified(request: Request, gate: Gate) -> Response:
    """The platform asks whether this address is ours."""
    query = request.query_params
    echo = query.get("echostr", "")
    gate.check(query, "signature")
    await gate.admit(query, echo, "verification")  # its signature would do for a message, too
    return text(echo or SUCCESS)


async def _plain(
    request: Request, gate: Gate, talk: Conversation, *, encrypted_only: bool
) -> Response:
    query = request.query_params
    gate.check(query, "signature")
    if encrypted_only:
        raise BadSignature
    fields = await asyncio.to_thread(fields_of, await body_of(request))
    message = xml_message(fields)
    await gate.admit(query, message.key)
    words = await talk.reply(message)
    if words == SUCCESS:
        return text(SUCCESS)
    return xml(text_reply(message, words, int(gate.clock())))
