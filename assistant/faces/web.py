"""The chat in a browser: questions on one side, the source text with the cited clause on the other.

The only importer of gradio. Each browser session has its own history; nothing is loaded from
another host.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assistant.answer import Answer, Citation
from assistant.errors import PolicyAssistantError
from assistant.faces import html, source_text, suggestions
from assistant.faces.chat_page import ChatPage
from assistant.faces.contract import Assistant
from assistant.model import Document, DocumentKind, reference
from assistant.settings import Settings
from assistant.text import sentences

PRODUCT = "政策问答助手"
STATIC = Path(__file__).parent.parent / "static"
REMEMBERED_QUESTIONS = 6
REMEMBERED_TURNS = 20
FRAMES = 10
USERS_AT_ONCE = 16
WAITING_USERS = 200

_MARKS = re.compile(r"(?:\[\d{1,4}\])*")

Turns = tuple[Answer, ...]
Frame = tuple[str, Any, Any, Turns]


class Chat:
    """The events of the page: values in, HTML out. One for all sessions, so it keeps nothing."""

    def __init__(self, assistant: Assistant, base: str = "") -> None:
        self._assistant = assistant
        self._base = base

    def opened(self, turns: Turns, request: gr.Request) -> Iterator[Frame]:
        """The first view; ``/?q=…`` asks at once."""
        question = str(request.query_params.get("q") or "").strip()
        documents = self._documents()
        first = self._panel(documents[0]) if documents else gr.skip()
        yield self._conversation(turns), first, gr.skip(), turns
        if question:
            yield from self.asked(question, turns)

    def asked(self, question: str, turns: Turns) -> Iterator[Frame]:
        """The conversation as the answer arrives; then the panel shows the first citation."""
        waiting = '<p class="waiting">正在查找依据……</p>'
        yield self._conversation(turns, (question, waiting)), gr.skip(), "", turns
        answer = self._answer(question, turns)
        for frame in answer_frames(answer, self._base):
            yield self._conversation(turns, (question, frame)), gr.skip(), gr.skip(), turns
        turns = (*turns, answer)[-REMEMBERED_TURNS:]
        panel = self._cited(answer.citations[0]) if answer.citations else gr.skip()
        yield self._conversation(turns), panel, gr.skip(), turns

    def clicked(self, turns: Turns, event: gr.EventData) -> Iterator[Frame]:
        """A question offered on the page (an example, a unit) was clicked."""
        yield from self.asked(str(getattr(event, "question", "")), turns)

    def cited(self, event: gr.EventData) -> str:
        """The panel for the clause or document that was clicked; ids from a browser may be any."""
        clause_id = str(getattr(event, "clause", ""))
        try:
            if not clause_id:
                return self._panel(self._assistant.document(str(getattr(event, "document", ""))))
            clause = self._assistant.clause(clause_id)
            document = self._assistant.document(clause.document_id)
        except PolicyAssistantError as error:
            return f'<div class="source-body"><p class="missing">{escape(str(error))}</p></div>'
        start, stop = (_place(getattr(event, name, "")) for name in ("start", "stop"))
        marks = [(start, stop)] if 0 <= start < stop else []
        return self._panel(document, clause_id, marks)

    def header(self) -> str:
        """The product's name and the documents that it answers from."""
        documents = self._documents()
        items = "".join(
            f'<li><a href="{escape(html.document_url(d.id, self._base))}" target="_blank">'
            f"{escape(reference(d.title, d.doc_number))}</a>{html.badge(d.kind)}</li>"
            for d in documents
        )
        official = sum(d.kind == DocumentKind.OFFICIAL for d in documents)
        notes = len(documents) - official
        counted = f"{official}份文件" + (f"、{notes}份说明" if notes else "")
        return (
            f'<div class="site"><p class="brand" role="heading" aria-level="1">{PRODUCT}</p>'
            '<p class="motto">依据文件原文作答，注明条款和责任单位</p>'
            f"<details><summary>已收录{counted}</summary><ul>{items}</ul></details></div>"
        )

    def _documents(self) -> list[Document]:
        """Official ones first."""
        return sorted(self._assistant.documents(), key=lambda d: d.kind != DocumentKind.OFFICIAL)

    def _answer(self, question: str, turns: Turns) -> Answer:
        earlier = [turn.question.text for turn in turns[-REMEMBERED_QUESTIONS:]]
        try:
            return self._assistant.ask(question, earlier)
        except PolicyAssistantError as error:
            return self._assistant.failed(question, error)

    def _conversation(self, turns: Turns, current: tuple[str, str] | None = None) -> str:
        shown = [(t.question.text, html.answer_html(t, self._base)) for t in turns]
        shown += [current] if current else []
        said = html.spoken(turns[-1]) if turns and not current else ""
        sections = "".join(
            f'<section class="turn" aria-label="问答{number}">{html.question_html(question)}'
            f"{answer}</section>"
            for number, (question, answer) in enumerate(shown, 1)
        )
        return (
            f'<p class="sr-only" role="status" aria-live="polite">{said}</p>'
            f"{sections or self._welcome()}"
        )

    def _welcome(self) -> str:
        questions = suggestions.questions(
            self._assistant.documents(), self._assistant.units(), self._assistant.industries()
        )
        buttons = "".join(
            f'<li><button type="button" data-ask="{escape(q)}">{escape(q)}</button></li>'
            for q in questions
        )
        return (
            '<div class="welcome"><h2>想了解文件里的什么内容？</h2>'
            "<p>用自己的话提问即可。每个回答都引用文件原文，点引用编号可在原文中核对；"
            "文件里没有的，会直接说没有。</p>"
            f'<p class="try">可以这样问</p><ul class="examples">{buttons}</ul></div>'
        )

    def _cited(self, citation: Citation) -> str:
        document = self._assistant.document(citation.document.id)
        return self._panel(document, citation.clause.id, [citation.char_range])

    def _panel(
        self, document: Document, current: str = "", marks: Sequence[tuple[int, int]] = ()
    ) -> str:
        anchor = "c-" + current.rpartition(":")[2] if current else ""
        page = escape(html.document_url(document.id, self._base, anchor))
        outline = source_text.outline(document, current=current)
        text = source_text.source_text(document, marks=marks, current=current)
        return (
            '<div class="source-head"><h2 tabindex="-1">原文</h2>'
            f'<p class="title">{escape(reference(document.title, document.doc_number))}'
            f'{html.badge(document.kind)}</p><a href="{page}" target="_blank">全文页</a>'
            '<button type="button" class="close" data-close>返回问答</button></div>'
            f'<div class="source-body" tabindex="0" role="region" aria-label="文件原文">'
            f'<details class="toc"><summary>目录</summary>{outline}</details>{text}</div>'
        )


def answer_frames(answer: Answer, base: str = "") -> Iterator[str]:
    """The growing answer, a sentence or more at a time, at most FRAMES of them; no cards yet."""
    if answer.answer is None or html.is_refused(answer):
        return
    text = answer.answer.text
    ends = list(dict.fromkeys(_past_marks(text, stop) for _, stop in sentences(text)))
    step = -(-len(ends) // FRAMES) or 1
    for stop in ends[step - 1 :: step]:
        yield f'<div class="answer">{html.answer_text(answer, base, stop)}</div>'


def build_chat(assistant: Assistant, settings: Settings) -> gr.Blocks:
    """The page and its events, not yet served."""
    chat = Chat(assistant, html.base_path(settings.public_base_url))
    blocks = gr.Blocks(title=PRODUCT, analytics_enabled=False, fill_width=True)
    with blocks:
        turns = gr.State(())
        header = gr.HTML(elem_id="site-header", js_on_load=None, apply_default_css=False)
        with gr.Row(elem_id="chat"):
            with gr.Column(elem_id="talk", min_width=0):
                conversation = gr.HTML(
                    elem_id="talk-scroll",
                    js_on_load=_script("conversation.js"),
                    apply_default_css=False,
                )
                question = gr.Textbox(
                    label="问题", show_label=False, container=False, max_lines=6, autofocus=True,
                    placeholder="请输入问题，按回车发送", submit_btn="提问", elem_id="question",
                )  # fmt: skip
            source = gr.HTML(
                elem_id="source", js_on_load=_script("source.js"), apply_default_css=False
            )
        outputs = [conversation, source, question, turns]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(chat.header, None, header, **quiet)
        blocks.load(chat.opened, turns, outputs, **quiet)
        question.submit(chat.asked, [question, turns], outputs, **quiet)
        conversation.question(chat.clicked, turns, outputs, **quiet)
        conversation.cite(chat.cited, None, source, **quiet)
    blocks.queue(api_open=False, max_size=WAITING_USERS, default_concurrency_limit=USERS_AT_ONCE)
    return blocks


def mount_chat(app: FastAPI, assistant: Assistant, settings: Settings) -> FastAPI:
    """Serve the chat at ``/`` of the app; whatever else it serves must be added before."""
    app.add_middleware(ChatPage, title=PRODUCT, base=html.base_path(settings.public_base_url))
    # Where no loop runs, Gradio makes one for each of its locks and never closes it.
    with ThreadPoolExecutor(1) as builder:
        builder.submit(asyncio.run, _mount(app, assistant, settings)).result()
    return app


async def _mount(app: FastAPI, assistant: Assistant, settings: Settings) -> None:
    fonts = ["var(--font-ui)"]
    gr.mount_gradio_app(
        app,
        build_chat(assistant, settings),
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


def _script(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _place(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _past_marks(text: str, stop: int) -> int:
    found = _MARKS.match(text, stop)
    return found.end() if found else stop
