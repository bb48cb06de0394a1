"""企业微信智能机器人 at ``/wecom/aibot``: sealed JSON, answers as streams, ratings kept."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from assistant.errors import SettingsError
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases
from assistant.faces.wechat.callback import Gate, body_of, guarded, seal_of, sealed, text
from assistant.faces.wechat.channel import Admit, Channel, everyone
from assistant.faces.wechat.crypto import Seal
from assistant.faces.wechat.exchange import echoed
from assistant.faces.wechat.menu import welcome
from assistant.faces.wechat.messages import Message, bot_message, json_object
from assistant.faces.wechat.streams import PATIENCE, Patience, Stream, Streams

ADDRESS = "/wecom/aibot"


@dataclass(frozen=True, slots=True)
class AibotSettings:
    """What the bot's own pages say of it; without a token there is no such face."""

    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    previous_aes_key: str = field(default="", repr=False)
    base_url: str = ""
    budget: float | None = None


def add_aibot(
    app: FastAPI,
    assistant: Assistant,
    ledger: Ledger,
    settings: AibotSettings,
    store: PendingStore,
    *,
    patience: Patience = PATIENCE,
    admit: Admit = everyone,
) -> Streams | None:
    """Add ``/wecom/aibot`` where a token is set; the streams are closed by who stops the app.

    Raises:
        SettingsError: the key is missing or not usable.
    """
    if not settings.token:
        return None
    if not settings.aes_key:
        raise SettingsError("设置了 WECOM_AIBOT_TOKEN，还须设置 WECOM_AIBOT_AES_KEY。")
    keys = (settings.aes_key, settings.previous_aes_key)
    seal = seal_of(keys, "", "WECOM_AIBOT_AES_KEY")  # a bot's messages name no receiver
    gate = Gate("aibot", settings.token, store)
    channel = Channel("aibot", "wecom", settings.token, settings.base_url, settings.budget, admit)
    streams = Streams(assistant, ledger, store, channel, patience)

    @app.get(ADDRESS, include_in_schema=False)
    async def verify(request: Request) -> Response:
        return await guarded(echoed(request, gate, seal))

    @app.post(ADDRESS, include_in_schema=False)
    async def receive(request: Request) -> Response:
        return await guarded(_answered(request, gate, seal, _Bot(assistant, streams)))

    return streams


async def _answered(request: Request, gate: Gate, seal: Seal, bot: _Bot) -> Response:
    query = request.query_params
    envelope = json_object(await body_of(request)).get("encrypt")
    envelope = envelope if isinstance(envelope, str) else ""
    gate.check(query, "msg_signature", envelope)
    opened, key = seal.open(envelope)
    value = json_object(opened)
    message = bot_message(value)
    await gate.admit(query, message.key)
    told = await bot.reply(message, value)
    if told is None:
        return text("")  # an event that wants no words: the bot's users see nothing of it
    reply = json.dumps(told, ensure_ascii=False).encode()
    closed = sealed(reply, seal, key, gate, query["nonce"])
    return JSONResponse(
        {
            "encrypt": closed.text,
            "msgsignature": closed.signature,
            "timestamp": int(closed.timestamp),
            "nonce": closed.nonce,
        }
    )


@dataclass(frozen=True, slots=True)
class _Bot:
    """What each kind of message gets."""

    assistant: Assistant
    streams: Streams

    async def reply(self, message: Message, value: dict[str, Any]) -> dict[str, Any] | None:
        """The reply as JSON; None for none."""
        if message.event == "enter_chat":
            words = await asyncio.to_thread(welcome, self.assistant)
            return {"msgtype": "text", "text": {"content": words}}
        if message.event:
            event = value["event"].get("feedback_event")
            if isinstance(event, dict):
                await asyncio.to_thread(self.streams.rated, message, event)
            return None
        if message.kind == "stream":
            return _json(await self.streams.asked(message.detail))
        if message.kind not in ("text", "voice"):
            return _json(Stream(message.key, phrases.UNSUPPORTED, finish=True))
        if not message.text.strip():
            return _json(Stream(message.key, phrases.EMPTY, finish=True))
        return _json(await self.streams.begun(message))


def _json(stream: Stream) -> dict[str, Any]:
    told = {"id": stream.id, "finish": stream.finish, "content": stream.content}
    return {"msgtype": "stream", "stream": {**told, "feedback": {"id": stream.id}}}
