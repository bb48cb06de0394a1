"""The page of the chat: its parts, its events, and where it is mounted.

Each browser session has its own history, which the browser keeps and nobody else; nothing is loaded
from another host.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.faces.chat.events import Chat
from assistant.faces.chat.private_events import PrivateEvents
from assistant.faces.chat.shell import ChatPage
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.middleware.json_bodies import JsonBodies
from assistant.faces.problems import BodyLimit
from assistant.faces.site.templates import PRODUCT, STATIC, Site
from assistant.settings import Settings

USERS_AT_ONCE = 16
WAITING_USERS = 200
HELD_SESSIONS = 2000  # of which Gradio keeps the conversation in memory
MAX_SCOPE_BYTES = 32 * 1024  # and what else comes with a question
MAX_HISTORY_BYTES = 2 * 1024 * 1024  # what the browser has kept comes back; see keeping.js

_EVENTS = "/gradio_api/"
_CALLED = "/gradio_api/run/predict"
_JOINED = "/gradio_api/queue/join"

# What the browser adds before an event is sent; see keeping.js and toolbar.js.
_KEPT = "() => [window.policyKept()]"
_SCOPE = "(sent, held) => [window.policyScope?.() ?? '', held]"
_SCOPED = "(question, sent, held) => [window.policyTyped, window.policyScope?.() ?? '', held]"
_NEVER = 1_000_000_000


def build_chat(chat: Chat) -> gr.Blocks:
    """The page and its events, not yet served."""
    blocks = gr.Blocks(title=PRODUCT, analytics_enabled=False, fill_width=True)
    with blocks:
        held = gr.State(())
        sent = gr.Textbox(visible="hidden", elem_id="sent", label="sent")
        _html("site-header", chat.header())
        with gr.Row(elem_id="chat"):
            with gr.Column(elem_id="talk", min_width=0):
                with gr.Column(elem_id="talk-scroll", min_width=0):
                    past = _html("talk-past")
                    now = _html("talk-now", script="conversation.js")
                    after = _html("talk-next")
                with gr.Column(elem_id="composer", min_width=0):
                    toolbar = _html("toolbar", script="toolbar.js")
                    question = gr.Textbox(
                        label="问题", show_label=False, container=False, max_lines=6,
                        placeholder="请输入问题，按回车发送", submit_btn="提问",
                        autofocus=True, elem_id="question",
                    )  # fmt: skip
                notice = _html("notice")
            source = _html("source", script="source.js")
        talk, beside = [past, now, held], [after, source]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # Only what streams goes through the queue: Gradio's client may lose an event that joins
        # the queue just as another one leaves it.
        plain: dict[str, Any] = {"queue": False, **quiet}
        opened = blocks.load(chat.opened, sent, talk, js=_KEPT, **plain)
        opened.then(chat.begun, [sent, held], beside, js=_SCOPE, **plain)
        blocks.load(chat.toolbar, None, toolbar, **plain)
        # Of the events of one trigger the next begins when the one before has ended.
        question.submit(None, None, question, js="() => ''", **quiet)
        for asked in (
            question.submit(chat.asked, [question, sent, held], talk, js=_SCOPED, **quiet),
            now.question(chat.clicked, [sent, held], talk, js=_SCOPE, **quiet),
            source.question(chat.clicked, [sent, held], talk, js=_SCOPE, **quiet),
        ):
            asked.then(chat.followed, [sent, held], beside, js=_SCOPE, **plain)
            asked.then(None, None, None, js="() => window.policyBusy(false)", **quiet)
        for panel in (now, source):
            panel.cite(chat.cited, None, source, **plain)
        now.rate(chat.rated, held, notice, **plain)
        toolbar.clear(chat.cleared, None, [*talk, after], **plain)
    blocks.queue(api_open=False, max_size=WAITING_USERS, default_concurrency_limit=USERS_AT_ONCE)
    blocks.state_session_capacity = HELD_SESSIONS
    # Gradio would sum up all its events with pandas after each of them, for a page that is off.
    blocks._queue.ANAYLTICS_CACHE_FREQUENCY = _NEVER
    return blocks


def _html(name: str, value: str = "", *, script: str = "") -> gr.HTML:
    """A place of the page; its script comes with it."""
    source = (STATIC / script).read_text(encoding="utf-8") if script else None
    return gr.HTML(value, elem_id=name, js_on_load=source, apply_default_css=False)


def mount_chat(app: FastAPI, assistant: Assistant, settings: Settings, ledger: Ledger) -> FastAPI:
    """Serve the chat at ``/`` of the app; whatever else it serves must be added before."""
    site = Site.of(settings)
    chat = Chat(assistant, site, ledger, settings.max_question_chars)
    # Where no loop runs, Gradio makes one for each of its locks and never closes it.
    with ThreadPoolExecutor(1) as builder:
        blocks = builder.submit(asyncio.run, _mount(app, chat)).result()
    app.add_middleware(ChatPage, site=site, first_view=chat.first_view)
    app.add_middleware(JsonBodies, prefix=(_CALLED, _JOINED), is_sound=partial(_is_sound, blocks))
    app.add_middleware(ChatBodies, longest=MAX_SCOPE_BYTES + 4 * settings.max_question_chars)
    app.add_middleware(PrivateEvents)
    return app


class ChatBodies:
    """ASGI middleware: what is sent to the chat is short, but for the history that comes back."""

    def __init__(self, app: ASGIApp, *, longest: int) -> None:
        self._called = BodyLimit(app, limit=MAX_HISTORY_BYTES, prefix=_CALLED)
        self._others = BodyLimit(app, limit=longest, prefix=_EVENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it with 413."""
        called = scope["type"] == "http" and scope["path"].startswith(_CALLED)
        await (self._called if called else self._others)(scope, receive, send)


def _is_sound(blocks: gr.Blocks, given: Any) -> bool:
    """Whether the page could have sent this to an event: Gradio would fail on what it could not."""
    if not isinstance(given, dict):
        return False
    number, data = given.get("fn_index"), given.get("data")
    event = blocks.fns.get(number) if type(number) is int else None
    return (
        event is not None
        and isinstance(data, list)
        and len(data) == len(event.inputs)
        and all(item is None or isinstance(item, str) for item in data)
        and isinstance(given.get("event_data"), dict | None)
    )


async def _mount(app: FastAPI, chat: Chat) -> gr.Blocks:
    fonts = ["var(--font-ui)"]
    blocks = build_chat(chat)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=gr.themes.Base(font=fonts, font_mono=fonts),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        max_file_size=1,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
    )
    return blocks
