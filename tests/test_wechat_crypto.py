"""The envelope, held to wechatpy in both directions, and all that it refuses."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from assistant.errors import SettingsError
from assistant.faces.wechat.crypto import (
    BadSignature,
    ForeignReceiver,
    Seal,
    UnsealableMessage,
    check_signature,
    signature,
)
from tests.wechat_side import APP_ID, KEY, OTHER_KEY, TOKEN, sign

RAW = base64.b64decode(KEY + "=")
TEXTS = st.one_of(
    st.text(max_size=300),
    st.integers(0, 100).map(lambda n: "a" * n),  # every residue of the padding
    st.sampled_from(["", "]]>", "<![CDATA[市]]>", "😀" * 9, "政策" * 200, "\0"]),
)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@given(
    TEXTS.filter(lambda t: t.isprintable() or t.isascii()), st.sampled_from([APP_ID, "", "企业"])
)
@example("x" * (32 - 20 - len(APP_ID) % 32), APP_ID)  # ends at the block: a whole block is added
def test_what_we_seal_wechatpy_opens(text: str, receiver: str) -> None:
    sealed = Seal([KEY], receiver).close(encoded(text))
    assert PrpCrypto(RAW).decrypt(sealed, receiver) == text


@given(
    TEXTS.filter(lambda t: t.isprintable() or t.isascii()), st.sampled_from([APP_ID, "", "企业"])
)
def test_what_wechatpy_seals_we_open(text: str, receiver: str) -> None:
    sealed = PrpCrypto(RAW).encrypt(text, receiver).decode()
    assert Seal([KEY], receiver).open(sealed) == (encoded(text), RAW)


@given(st.binary(max_size=200))
def test_bytes_come_back_whole_and_every_length_is_padded_to_32(data: bytes) -> None:
    seal = Seal([KEY], APP_ID)
    sealed = seal.close(data)
    assert seal.open(sealed)[0] == data
    assert len(base64.b64decode(sealed)) % 32 == 0


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=4))
def test_signatures_are_those_of_wechatpy(parts: list[str]) -> None:
    assert signature(TOKEN, *parts) == sign(*parts)
    check_signature(sign(*parts), TOKEN, *parts)


@pytest.mark.parametrize("given_", ["", "0" * 40, "é" * 40, "\ud800", sign("1", "2").upper()])
def test_another_signature_is_refused(given_: str) -> None:
    with pytest.raises(BadSignature):
        check_signature(given_, TOKEN, "1", "2")


def test_a_whole_message_of_wechatpy_is_read_and_ours_by_it() -> None:
    crypto = WeChatCrypto(TOKEN, KEY, APP_ID)
    seal = Seal([KEY], APP_ID)
    sealed = seal.close("政策😀]]>".encode())
    told = {"Encrypt": sealed}
    signed = signature(TOKEN, "1700000000", "n", sealed)
    assert crypto.decrypt_message(told, signed, "1700000000", "n") == "政策😀]]>"


def test_the_previous_key_still_opens_and_its_reply_is_sealed_with_it() -> None:
    seal = Seal([OTHER_KEY, KEY], APP_ID)
    message, key = seal.open(Seal([KEY], APP_ID).close(b"hello"))
    assert (message, key) == (b"hello", RAW)
    assert Seal([KEY], APP_ID).open(seal.close(b"reply", key))[0] == b"reply"
    with pytest.raises(UnsealableMessage):
        Seal([KEY], APP_ID).open(seal.close(b"reply"))  # sealed with the current one


def test_another_receiver_is_refused() -> None:
    sealed = Seal([KEY], "wx-other").close(b"hello")
    for receiver in (APP_ID, "", "wx-othe", "wx-other2"):
        with pytest.raises(ForeignReceiver):
            Seal([KEY], receiver).open(sealed)


def raw(plain: bytes) -> str:
    """Exactly these bytes, sealed."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES256(RAW), modes.CBC(RAW[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


HEAD = b"r" * 16
BODY = HEAD + (5).to_bytes(4, "big") + b"hello" + APP_ID.encode()
PAD = 32 - len(BODY) % 32


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "####",
        "政策",
        base64.b64encode(b"short").decode(),
        raw(BODY + bytes(PAD)),  # padding of nothing
        raw(BODY + b"\x21" * (PAD + 1 + 15 - (len(BODY) + PAD) % 16)),
        raw(BODY + b"\x01" * (PAD - 1) + bytes([PAD])),  # its bytes differ
        raw(b"\x20" * 32),  # nothing but padding
        raw(HEAD + b"\xff\xff\xff\xff" + b"hello" + b"\x07" * 7),  # longer than it is
        Seal([OTHER_KEY], APP_ID).close(b"hello"),
    ],
)
def test_what_no_key_opens_is_refused(sealed: str) -> None:
    with pytest.raises(UnsealableMessage):
        Seal([KEY], APP_ID).open(sealed)


def test_the_right_padding_is_what_makes_the_difference() -> None:
    assert Seal([KEY], APP_ID).open(raw(BODY + bytes([PAD]) * PAD))[0] == b"hello"


@given(st.binary(max_size=120).map(base64.b64encode), st.data())
def test_noise_is_refused_never_a_crash(noise: bytes, data: st.DataObject) -> None:
    seal = Seal([KEY, OTHER_KEY], APP_ID)
    sealed = bytearray(base64.b64decode(seal.close(os.urandom(20))))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 0xFF
    for text in (noise.decode(), base64.b64encode(sealed).decode()):
        try:
            assert len(seal.open(text)[0]) == 20  # only what was random anyway has changed
        except (UnsealableMessage, ForeignReceiver):
            continue


def test_without_a_key_nothing_opens() -> None:
    with pytest.raises(UnsealableMessage):
        Seal([], APP_ID).open(Seal([KEY], APP_ID).close(b"hello"))


@pytest.mark.parametrize("key", ["", "short", KEY[:-1], KEY + "=", "政" * 43, "-" * 43])
def test_a_key_of_another_shape_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="43"):
        Seal([key], APP_ID)
