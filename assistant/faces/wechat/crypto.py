"""The envelope of WeChat and 企业微信: signed with SHA-1, sealed with AES-256-CBC. Pure.

CallbackRefused              a callback that is not answered          HTTP 403
├── BadSignature             not signed with our token
├── StaleCallback            its timestamp is too old, or in the future
├── ReplayedCallback         its nonce was used, or it came too often
├── UnsealableMessage        no key of ours opens it, or its padding is wrong
├── ForeignReceiver          sealed for somebody else
├── MalformedMessage         signed, but no message we can read       HTTP 400
└── OversizedBody            more than 1 MiB                          HTTP 413
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.errors import PolicyAssistantError, SettingsError

if TYPE_CHECKING:  # the library is loaded when the first message comes
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK_BYTES = 32  # the padding's, which is twice the cipher's
_HEAD_BYTES = 20  # 16 random bytes, 4 of length


class CallbackRefused(PolicyAssistantError):
    """A callback that is not answered; ``status`` is the HTTP status that says so."""

    status = 403
    sentence = "回调没有通过校验，请核对后台所填的 Token 与 EncodingAESKey。"

    def __init__(self) -> None:
        super().__init__(self.sentence)


class BadSignature(CallbackRefused):
    """The signature was not made with our token."""


class StaleCallback(CallbackRefused):
    """The timestamp is more than five minutes from our clock."""

    sentence = "回调的时间戳已过期，请核对服务器的时间。"


class ReplayedCallback(CallbackRefused):
    """The nonce belongs to another message, or the message came more often than WeChat sends it."""

    sentence = "回调已经处理过，不再重复处理。"


class UnsealableMessage(CallbackRefused):
    """No key of ours opens the message."""


class ForeignReceiver(CallbackRefused):
    """The message was sealed for another account."""

    sentence = "回调的接收方不是本账号，请核对 AppID 或 CorpID。"


class MalformedMessage(CallbackRefused):
    """What was signed is no message that we can read."""

    status = 400
    sentence = "回调的内容无法解析，应为微信或企业微信的消息格式。"


class OversizedBody(CallbackRefused):
    """The body is larger than a message can be."""

    status = 413
    sentence = "回调的内容超过 1 MiB，不予接收。"


def signature(token: str, *parts: str) -> str:
    """SHA-1 of the token and the parts, sorted and joined, in hexadecimal digits."""
    joined = "".join(sorted((token, *parts))).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def check_signature(given: str, token: str, *parts: str) -> None:
    """Compare in constant time.

    Raises:
        BadSignature: ``given`` is not the signature of the parts.
    """
    expected = signature(token, *parts)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
        raise BadSignature


class Seal:
    """Opens and closes messages with the current key of an account, or its previous one."""

    def __init__(self, keys: Sequence[str], receive_id: str) -> None:
        """``keys`` are EncodingAESKeys of 43 characters, the current one first.

        Raises:
            SettingsError: one is no such key.
        """
        self._keys = [_key(text) for text in keys]
        self._receiver = receive_id.encode()

    def open(self, sealed: str) -> tuple[bytes, bytes]:
        """The message and the key that opened it.

        Raises:
            UnsealableMessage: no key opens it.
            ForeignReceiver: it is for another account.
        """
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise UnsealableMessage from None
        if not data or len(data) % 16:
            raise UnsealableMessage
        for key in self._keys:
            plain = _unpadded(_cipher(key), data)
            length = int.from_bytes(plain[16:_HEAD_BYTES], "big")
            if len(plain) < _HEAD_BYTES or length > len(plain) - _HEAD_BYTES:
                continue  # by another key it reads as noise
            end = _HEAD_BYTES + length
            if not hmac.compare_digest(plain[end:], self._receiver):
                raise ForeignReceiver
            return plain[_HEAD_BYTES:end], key
        raise UnsealableMessage

    def close(self, message: bytes, key: bytes | None = None) -> str:
        """The message sealed with ``key`` (that of the question), by default the current one."""
        plain = os.urandom(16) + len(message).to_bytes(4, "big") + message + self._receiver
        count = BLOCK_BYTES - len(plain) % BLOCK_BYTES
        encryptor = _cipher(key or self._keys[0]).encryptor()
        sealed = encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.encode("ascii") + b"=", validate=True)
    except (binascii.Error, ValueError):  # not ASCII is a ValueError too
        key = b""
    if len(key) != 32:
        raise SettingsError("EncodingAESKey 不可用：应为 43 个字母或数字，请从后台复制。")
    return key


def _cipher(key: bytes) -> Cipher[CBC]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES256(key), modes.CBC(key[:16]))


def _unpadded(cipher: Cipher[CBC], data: bytes) -> bytes:
    """The plain text without its padding; nothing where the padding is wrong."""
    decryptor = cipher.decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    count = plain[-1]
    good = 1 <= count <= BLOCK_BYTES and plain.endswith(bytes([count]) * count)
    return plain[:-count] if good else b""
