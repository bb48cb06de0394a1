"""The three WeChat faces as the settings ask for them; what is not set is not there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from fastapi import FastAPI
from pydantic import SecretStr

from assistant.faces.contract import Assistant, Ledger
from assistant.faces.pending import open_store
from assistant.faces.wechat.aibot import AibotSettings, add_aibot
from assistant.faces.wechat.channel import Admit, everyone
from assistant.faces.wechat.conversation import Conversation
from assistant.faces.wechat.mp import MpSettings, add_mp
from assistant.faces.wechat.streams import Streams
from assistant.faces.wechat.wecom_app import WeComAppSettings, add_wecom_app
from assistant.settings import Settings

CLOSE_SECONDS = 4.0  # for answers under way, whose rows the ledger still takes


def add_wechat(
    app: FastAPI,
    assistant: Assistant,
    ledger: Ledger,
    settings: Settings,
    *,
    admit: Admit = everyone,
) -> ExitStack:
    """Add ``/wechat/mp``, ``/wecom/app`` and ``/wecom/aibot``, each where its token is set.

    ``admit`` counts each message of a (hashed) user, and says when there are too many. Closing what
    is returned ends the work that is still under way.

    Raises:
        SettingsError: a key is not usable, or what goes with a token is missing.
    """
    store = open_store(_plain(settings.redis_url))
    talks = (
        add_mp(app, assistant, ledger, _mp(settings), store, admit=admit),
        add_wecom_app(app, assistant, ledger, _app(settings), store, admit=admit),
        add_aibot(app, assistant, ledger, _aibot(settings), store, admit=admit),
    )
    closing = ExitStack()
    closing.callback(_close, [talk for talk in talks if talk is not None])
    return closing


def _close(talks: Sequence[Conversation | Streams]) -> None:
    """Close them all within ``CLOSE_SECONDS``: no request comes any more, so they end together."""
    end = time.monotonic() + CLOSE_SECONDS
    for talk in talks:
        talk.close(max(0.0, end - time.monotonic()))


def _mp(settings: Settings) -> MpSettings:
    return MpSettings(
        token=_plain(settings.wechat_mp_token),
        app_id=settings.wechat_mp_app_id,
        aes_key=_plain(settings.wechat_mp_aes_key),
        previous_aes_key=_plain(settings.wechat_mp_previous_aes_key),
        app_secret=_plain(settings.wechat_mp_app_secret),
        certified=settings.wechat_mp_certified,
        encrypted_only=settings.wechat_mp_encrypted_only,
        base_url=settings.public_base_url,
    )


def _app(settings: Settings) -> WeComAppSettings:
    return WeComAppSettings(
        token=_plain(settings.wecom_app_token),
        corp_id=settings.wecom_corp_id,
        aes_key=_plain(settings.wecom_app_aes_key),
        previous_aes_key=_plain(settings.wecom_app_previous_aes_key),
        agent_id=settings.wecom_app_agent_id,
        secret=_plain(settings.wecom_app_secret),
        base_url=settings.public_base_url,
    )


def _aibot(settings: Settings) -> AibotSettings:
    return AibotSettings(
        token=_plain(settings.wecom_aibot_token),
        aes_key=_plain(settings.wecom_aibot_aes_key),
        previous_aes_key=_plain(settings.wecom_aibot_previous_aes_key),
        base_url=settings.public_base_url,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
