"""Messages of 公众号 and 企业微信: what came as XML or JSON, and what is sent back. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from assistant.faces.wechat.crypto import MalformedMessage

SUCCESS = "success"  # "heard, nothing to say": an empty body would show the user an outage notice

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENVELOPE = re.compile(rb"<Encrypt>(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?</Encrypt>")
_MENTION = re.compile(r"^\s*@\S+\s+")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``kind`` is its MsgType, ``event`` is lower case and empty for no event."""

    sender: str
    receiver: str = ""
    kind: str = "text"
    text: str = ""
    id: str = ""
    created: str = ""
    event: str = ""
    detail: str = ""

    @property
    def key(self) -> str:
        """What the same message has each time it is sent; an event has no id of its own."""
        if self.id:
            return self.id
        return "-".join((self.sender, self.created, self.event, self.detail))


def envelope_of(data: bytes) -> str:
    """The sealed text of a callback; empty where there is none.

    It is found without parsing: nothing is parsed before its signature is checked.
    """
    found = _ENVELOPE.search(data)
    return found[1].decode("ascii") if found else ""


def fields_of(data: bytes) -> dict[str, str]:
    """The elements of a callback's XML by name.

    Raises:
        MalformedMessage: it is not XML, or declares entities (bombs are made of them).
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # an encoding nobody knows
        raise MalformedMessage from None
    return {element.tag: element.text or "" for element in root}


def xml_message(fields: dict[str, str]) -> Message:
    """The message of a callback's fields.

    Raises:
        MalformedMessage: it does not say who sent it, or of which kind it is.
    """
    kind, sender = fields.get("MsgType", ""), fields.get("FromUserName", "")
    event = fields.get("Event", "").lower()
    if not kind or not sender or (kind == "event") != bool(event):
        raise MalformedMessage
    return Message(
        sender=sender,
        receiver=fields.get("ToUserName", ""),
        kind=kind,
        text=fields.get("Recognition" if kind == "voice" else "Content", ""),
        id=fields.get("MsgId", ""),
        created=fields.get("CreateTime", ""),
        event=event,
        detail=fields.get("EventKey", ""),
    )


def text_reply(to: Message, words: str, created: int) -> bytes:
    """A passive text reply: the sender becomes the receiver."""
    return (
        f"<xml><ToUserName>{_cdata(to.sender)}</ToUserName>"
        f"<FromUserName>{_cdata(to.receiver)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(words)}</Content></xml>"
    ).encode()


def sealed_reply(sealed: str, signature: str, timestamp: str, nonce: str) -> bytes:
    """The envelope of a sealed reply."""
    return (
        f"<xml><Encrypt>{_cdata(sealed)}</Encrypt>"
        f"<MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    ).encode()


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        MalformedMessage: it is something else.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise MalformedMessage from None
    if not isinstance(value, dict):
        raise MalformedMessage
    return value


def bot_message(value: dict[str, Any]) -> Message:
    """The message of a 智能机器人.

    ``receiver`` is the group that it was said in, ``detail`` the stream that is asked for.

    Raises:
        MalformedMessage: it does not say who sent it, or of which kind it is.
    """
    kind, sender = text_at(value, "msgtype"), text_at(value, "from", "userid")
    event = text_at(value, "event", "eventtype").lower()
    if not kind or not (sender or kind == "stream") or (kind == "event") != bool(event):
        raise MalformedMessage
    said, created = text_at(value, kind, "content"), value.get("create_time")
    if kind == "mixed":
        items = _at(value, "mixed", "msg_item")
        texts = [text_at(i, "text", "content") for i in items] if isinstance(items, list) else []
        kind, said = "text", "\n".join(filter(None, texts))
    return Message(
        sender=sender,
        receiver=text_at(value, "chatid"),
        kind=kind,
        text=_MENTION.sub("", said),
        id=text_at(value, "msgid"),
        created=str(created) if isinstance(created, int | str) else "",
        event=event,
        detail=text_at(value, "stream", "id"),
    )


def text_at(value: object, *names: str) -> str:
    """The text at a path of names, of whole characters; empty where there is none."""
    found = _at(value, *names)
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else ""


def _at(value: object, *names: str) -> object:
    """Whatever JSON holds at a path of names; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _cdata(text: str) -> str:
    """The text as character data that no ``]]>`` ends and any parser reads."""
    told = _NOT_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{told}]]>"
