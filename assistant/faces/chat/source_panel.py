"""The 原文 panel beside the chat: outline, the whole document, the cited words marked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from assistant.faces.site import html, source_text
from assistant.model import Clause, Document, Range, reference

MOST_OTHERS = 50

Asking = Callable[[Document, Clause], str]


def source_panel(
    document: Document,
    documents: Sequence[Document],
    asking: Asking,
    *,
    base: str = "",
    current: str = "",
    marks: Sequence[Range] = (),
) -> str:
    """A document with ``marks`` marked; every clause of it can be asked about.

    ``documents`` are those that one may turn to; ``asking`` gives the question on a clause.
    """
    anchor = "c-" + current.rpartition(":")[2] if current else ""
    page = escape(html.document_url(document.id, base, anchor))
    outline = source_text.outline(document, current=current)
    text = source_text.source_text(
        document, marks=marks, current=current, asking=lambda clause: asking(document, clause)
    )
    return (
        '<div class="source-head"><h2 tabindex="-1">原文</h2>'
        f'<p class="title">{escape(reference(document.title, document.doc_number))}'
        f'{html.badge(document.kind)}</p><a href="{page}" target="_blank">全文页</a>'
        '<button type="button" class="close" data-close>返回问答</button></div>'
        '<div class="source-body" tabindex="0" role="region" aria-label="文件原文">'
        f"{_others(document, documents, base)}"
        f'<details class="toc"><summary>目录</summary>{outline}</details>'
        f'<p class="hint">点一个条款，就可以问这一条。</p>{text}</div>'
    )


def missing(words: str) -> str:
    """What cannot be shown, and why."""
    return f'<div class="source-body"><p class="missing">{escape(words)}</p></div>'


def _others(document: Document, documents: Sequence[Document], base: str) -> str:
    """The way to the other documents, where there are any."""
    others = [d for d in documents if d.id != document.id]
    if not others:
        return ""
    items = "".join(
        f'<li><button type="button" data-document="{escape(d.id)}">'
        f"{escape(reference(d.title, d.doc_number))}</button>{html.badge(d.kind)}</li>"
        for d in others[:MOST_OTHERS]
    )
    more = (
        f'<li><a href="{base}/documents" target="_blank">全部{len(documents)}份文件</a></li>'
        if len(others) > MOST_OTHERS
        else ""
    )
    return (
        f'<details class="toc others"><summary>换一份文件（{len(others)}）</summary>'
        f"<ul>{items}{more}</ul></details>"
    )
