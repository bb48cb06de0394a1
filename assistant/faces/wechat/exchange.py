"""One sealed XML message and its reply: what 公众号 in safe mode and the 企业微信 app share."""

from __future__ import annotations

import asyncio

from fastapi import Request
from fastapi.responses import Response

from assistant.faces.wechat.callback import Gate, body_of, sealed, text, xml
from assistant.faces.wechat.conversation import Conversation
from assistant.faces.wechat.crypto import Seal
from assistant.faces.wechat.messages import (
    SUCCESS,
    envelope_of,
    fields_of,
    sealed_reply,
    text_reply,
    xml_message,
)


async def echoed(request: Request, gate: Gate, seal: Seal) -> Response:
    """企业微信 asks whether this address is ours: the sealed ``echostr``, opened.

    Raises:
        CallbackRefused: it was not signed or sealed for us.
    """
    echo = request.query_params.get("echostr", "")
    gate.check(request.query_params, "msg_signature", echo)
    opened, _ = seal.open(echo)
    await gate.admit(request.query_params, echo, "verification")
    return text(opened.decode("utf-8", "replace") or SUCCESS)


async def exchanged(request: Request, gate: Gate, seal: Seal, talk: Conversation) -> Response:
    """The sealed reply to a sealed message.

    Raises:
        CallbackRefused: it was not signed or sealed for us, or is no message.
    """
    query = request.query_params
    envelope = envelope_of(await body_of(request))
    gate.check(query, "msg_signature", envelope)
    opened, key = seal.open(envelope)
    message = xml_message(await asyncio.to_thread(fields_of, opened))
    await gate.admit(query, message.key)
    words = await talk.reply(message)
    if words == SUCCESS:
        return text(SUCCESS)
    reply = text_reply(message, words, int(gate.clock()))
    closed = sealed(reply, seal, key, gate, query["nonce"])
    return xml(sealed_reply(closed.text, closed.signature, closed.timestamp, closed.nonce))
