"""The page that carries the chat: its language, title and style, and what it may load.

Gradio's own page says lang="en", names pictures on other hosts and is empty until its scripts have
run. This puts it right: a content security policy lets the browser load nothing from anywhere else,
and the first view is there at once, until the chat takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from assistant.faces.site.templates import PRODUCT, Site, static_url

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)

_FOREIGN = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')
_BODY = re.compile(r"<body[^>]*>")
_HEAD = """<title>{title}</title>
<meta name="description" content="依据政策文件原文作答，注明条款和责任单位。">
<meta name="color-scheme" content="light dark">
<script src="{appearance}"></script>
<script src="{keeping}"></script>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
<link rel="stylesheet" href="{chat}">
</head>"""
_NOSCRIPT = '<noscript><p class="noscript">对话需要浏览器启用 JavaScript。</p></noscript></body>'


class ChatPage:
    """ASGI middleware that rewrites the page at ``/`` and passes everything else through."""

    def __init__(self, app: Application, site: Site, first_view: Callable[[str], str]) -> None:
        """``first_view`` gives the HTML that is shown for the question of ``/?q=…`` or none."""
        self._app = app
        self._first_view = first_view
        names = {
            **{"appearance": "js", "keeping": "js"},
            **{"icon": "svg", "style": "css", "chat": "css"},
        }
        files = {name: static_url(f"{name}.{kind}", site.base) for name, kind in names.items()}
        self._head = _HEAD.format(title=PRODUCT, **files)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if (
            scope["type"] != "http"
            or scope["path"] not in {"", "/"}
            or scope["method"] not in {"GET", "HEAD"}
        ):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []
        body = b""

        async def collect(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                asked = parse_qs(scope["query_string"].decode("latin-1")).get("q", [""])[0]
                sent = self._rewritten(body.decode("utf-8", "replace"), asked.strip()).encode()
                await send({**held[0], "headers": _headers(held[0], len(sent))})
                await send({"type": "http.response.body", "body": sent})

        await self._app(scope, receive, collect)

    def _rewritten(self, page: str, question: str) -> str:
        page = _FOREIGN.sub("", page.replace('lang="en"', 'lang="zh-CN"', 1))
        page = page.replace("</head>", self._head, 1)
        body = _BODY.search(page)
        if body:
            view = self._first_view(question)
            page = f"{page[: body.end()]}{view}{page[body.end() :]}"
        return _NOSCRIPT.join(page.rsplit("</body>", 1))


def _headers(start: Message, length: int) -> list[tuple[bytes, bytes]]:
    kept = [(k, v) for k, v in start.get("headers", []) if k.lower() != b"content-length"]
    return [
        *kept,
        (b"content-length", str(length).encode()),
        (b"content-security-policy", POLICY.encode()),
    ]
