"""Who can call the service, and over what: keys, addresses, passwords, WeChat's settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from assistant.access.addresses import is_this_machine, trusted_proxies
from assistant.access.keys import KeyRing
from assistant.access.permissions import Public, Scope
from assistant.access.rate_limits import RateLimits
from assistant.diagnosis.findings import Finding, checked, ok, warning
from assistant.faces.middleware.security_headers import cors_origins
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.faces.contract import Assistant, Ledger

KEYS, LIMITS, ADDRESS, ADMIN = "接口密钥", "接口限制", "对外网址", "管理页面"
_SOON = 30 * 86_400  # seconds
_EVERYTHING = frozenset(Scope) - {Scope.METRICS}
_CHANNELS = {  # the setting that turns it on, its name and its address
    "wechat_mp_token": ("公众号", "/wechat/mp"),
    "wecom_app_token": ("企业微信应用", "/wecom/app"),
    "wecom_aibot_token": ("智能机器人", "/wecom/aibot"),
}


def access(settings: Settings) -> Iterator[Finding]:
    """The keys, and what is open without one.

    Raises:
        SettingsError: API_PUBLIC cannot be understood.
        KeyStoreError: the keys cannot be read.
    """
    public = Public.parse(settings.api_public)
    made, now = KeyRing.open(settings.state_dir).keys(), time.time()
    valid = [key for key in made if key.is_valid(now)]
    if not (valid or public.scopes or public.beginnings):
        yield warning(
            KEYS, "API_PUBLIC 是 none，而没有有效的密钥，谁也不能调用接口；请用 keys create 生成。"
        )
    else:
        yield ok(KEYS, f"有效的密钥{len(valid)}个；不用密钥的接口：{_opened(public)}。")
    ending = [key.name for key in valid if key.expires and key.expires < now + _SOON]
    if ending:
        yield warning(KEYS, f"30天内到期的密钥：{'、'.join(ending)}。")
    if not is_loopback(settings.host) and public.scopes >= _EVERYTHING:
        yield warning(
            KEYS,
            f"HOST 是 {settings.host}，其他机器能访问，而 API_PUBLIC 让全部接口不用密钥就能调用；"
            "不要公开的，请从 API_PUBLIC 中去掉。",
        )
    if not is_loopback(settings.host) and Scope.METRICS in public.scopes:
        yield warning(KEYS, "API_PUBLIC 含 metrics，运行指标对外公开，一般应去掉。")


def limits(settings: Settings) -> Iterator[Finding]:
    """How often, and from where, one may call.

    Raises:
        SettingsError: a limit, an origin or a proxy cannot be understood.
    """
    RateLimits(
        Pseudonyms(b""),
        key=settings.rate_limit_key,
        user=settings.rate_limit_user,
        chat=settings.rate_limit_chat,
    )
    origins = cors_origins(settings.cors_origins)
    proxies = trusted_proxies(settings.trusted_proxies)
    yield ok(
        LIMITS,
        f"每个密钥 {settings.rate_limit_key}，每个用户 {settings.rate_limit_user}，"
        f"网页对话每个地址 {settings.rate_limit_chat}；"
        f"可以从浏览器调用的网站{len(origins)}个，相信的代理{len(proxies)}个。",
    )


def _opened(public: Public) -> str:
    return "、".join([*(s for s in Scope if s in public.scopes), *public.beginnings]) or "没有"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    return is_this_machine(host) or host == "localhost"


def address(settings: Settings) -> Iterator[Finding]:
    """Whether links in answers lead to us from outside."""
    if settings.public_base_url:
        yield ok(ADDRESS, f"回答中的链接以 {settings.public_base_url} 开头。")
        return
    outward = [name for field, (name, _) in _CHANNELS.items() if getattr(settings, field)]
    if not is_loopback(settings.host):
        outward.append(f"HOST={settings.host}")
    if outward:
        yield warning(
            ADDRESS,
            f"设置了{'、'.join(outward)}而没有设置 PUBLIC_BASE_URL，发到外面的条款链接打不开。",
        )
    else:
        yield ok(ADDRESS, "没有设置 PUBLIC_BASE_URL，只在本机使用，用相对链接。")


def administration(settings: Settings) -> Iterator[Finding]:
    """Whether the password of the administration's pages may be overheard."""
    if settings.admin_password is None:
        yield ok(ADMIN, "没有设置 ADMIN_PASSWORD，没有管理页面。")
        return
    base = urlsplit(settings.public_base_url)
    outside = (base.hostname or "") if base.scheme else settings.host
    if base.scheme != "https" and not is_loopback(outside):
        yield warning(
            ADMIN,
            "密码会在网络上明文传送，请用反向代理提供 HTTPS，"
            "并把 PUBLIC_BASE_URL 设为 https:// 开头的网址。",
        )
    else:
        yield ok(ADMIN, "已设置 ADMIN_PASSWORD。")


def channels(settings: Settings) -> Iterator[Finding]:
    """The three WeChat faces, each mounted for a moment, as the service would mount it."""
    for field, (name, path) in _CHANNELS.items():
        if getattr(settings, field):
            yield from checked(name, _mounted(settings, field, name, path))
        else:
            yield ok(name, f"没有设置 {field.upper()}，没有 {path}。")


def _mounted(settings: Settings, field: str, name: str, path: str) -> Iterator[Finding]:
    from fastapi import FastAPI

    from assistant.faces.wechat.mounting import add_wechat

    others: dict[str, None] = {other: None for other in _CHANNELS if other != field}
    alone = settings.model_copy(update={**others, "redis_url": None})
    nobody = cast("Assistant", None), cast("Ledger", None)  # kept for questions that never come
    add_wechat(FastAPI(), *nobody, alone).close()
    yield ok(name, f"设置齐全，回调地址是 {settings.public_base_url}{path}。")
    plain_too = settings.wechat_mp_aes_key and not settings.wechat_mp_encrypted_only
    if field == "wechat_mp_token" and plain_too:
        yield warning(
            name,
            "设置了 WECHAT_MP_AES_KEY，而不加密的消息也收；公众号后台选的是“安全模式”，"
            "就请设 WECHAT_MP_ENCRYPTED_ONLY=true。",
        )
