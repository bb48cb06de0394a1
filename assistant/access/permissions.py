"""What a key may be for (权限), which addresses each permission opens, and what is open to all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import SettingsError


class Scope(StrEnum):
    """A permission; ``label`` is its Chinese name."""

    ANSWERS = "answers"
    SEARCH = "search"
    DOCUMENTS = "documents"
    FEEDBACK = "feedback"
    MCP = "mcp"
    METRICS = "metrics"

    @property
    def label(self) -> str:
        """The name in Chinese."""
        return _LABELS[self]


_LABELS: Mapping[str, str] = {
    "answers": "问答",
    "search": "检索",
    "documents": "查阅",
    "feedback": "反馈",
    "mcp": "MCP 工具",
    "metrics": "指标",
}
_BEGINNINGS = {
    "/v1/answers": Scope.ANSWERS,
    "/v1/chat": Scope.ANSWERS,
    "/v1/chat-messages": Scope.ANSWERS,
    "/v1/models": Scope.ANSWERS,  # what OpenAI's clients look at before they ask
    "/v1/search": Scope.SEARCH,
    "/v1/feedback": Scope.FEEDBACK,
    "/gradio_api/mcp": Scope.MCP,
    "/mcp": Scope.MCP,
    "/metrics": Scope.METRICS,
    "/v1": Scope.DOCUMENTS,  # whatever else is there: a new address is not left unlimited
}
_CHAT = "/gradio_api"
_RATINGS = re.compile(r"/v1/messages/[^/]+/feedbacks/?")
_SEPARATOR = re.compile(r"[,，]")


def scope_of(path: str) -> Scope | None:
    """The permission that an address asks for.

    None for pages, the chat, health and the description; and for what WeChat calls, which is
    signed, and must never be limited by the address that it comes from.
    """
    if _RATINGS.fullmatch(path):
        return Scope.FEEDBACK
    return next((scope for start, scope in _BEGINNINGS.items() if _under(path, start)), None)


def is_chat(path: str) -> bool:
    """Whether the page of the chat sends there: it has no key, and a limit of its own."""
    return _under(path, _CHAT) and scope_of(path) is None


@dataclass(frozen=True, slots=True)
class Public:
    """What may be called without a key: whole permissions, and the beginnings of addresses."""

    scopes: frozenset[Scope] = frozenset()
    beginnings: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Public:
        """From permissions and beginnings of addresses with commas between; ``none`` is nothing.

        Raises:
            SettingsError: an item is neither.
        """
        items = [item.strip() for item in _SEPARATOR.split(text) if item.strip()]
        if items == ["none"]:
            return cls()
        beginnings = tuple(item.rstrip("/") for item in items if item.startswith("/"))
        names = [item for item in items if not item.startswith("/")]
        wrong = [name for name in names if name not in set(Scope)]
        wrong += [beginning or "/" for beginning in beginnings if scope_of(beginning) is None]
        if wrong:
            raise SettingsError(
                f"设置 API_PUBLIC 中的“{wrong[0][:40]}”不可用：应为 {'、'.join(Scope)}，"
                "或接口地址的开头（如 /v1/answers），逗号隔开；填 none 则都要密钥。"
            )
        return cls(frozenset(map(Scope, names)), beginnings)

    def allows(self, path: str, scope: Scope) -> bool:
        """Whether an address, which asks for ``scope``, is open without a key."""
        return scope in self.scopes or any(_under(path, start) for start in self.beginnings)


def _under(path: str, start: str) -> bool:
    return path == start or path.startswith(f"{start}/")
