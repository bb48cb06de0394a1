"""Permanent pages, rendered here and readable without scripts: a clause, a whole document."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from markupsafe import Markup

from assistant.errors import NotFoundError
from assistant.faces.contract import Assistant
from assistant.faces.site import html, source_text
from assistant.faces.site.templates import STATIC, Site, html_response, render, static_version
from assistant.model import CITABLE, Clause, Document, DocumentKind, reference
from assistant.rendering import clause_url
from assistant.settings import Settings
from assistant.text import chinese_date

STATIC_FILES = frozenset(p.name for p in STATIC.iterdir() if p.suffix in {".css", ".js", ".svg"})


def add_pages(app: FastAPI, assistant: Assistant, settings: Settings) -> None:
    """Add ``/clauses/{id}``, ``/documents/{id}`` and the files that they load."""
    site = Site.of(settings)

    @app.get("/clauses/{clause_id}", response_class=HTMLResponse, include_in_schema=False)
    def clause(clause_id: str) -> HTMLResponse:
        try:
            found = assistant.clause(clause_id)
            document = assistant.document(found.document_id)
        except NotFoundError as error:
            return _not_found(error, site)
        return html_response(clause_page(document, found, site))

    @app.get("/documents/{document_id}", response_class=HTMLResponse, include_in_schema=False)
    def document(document_id: str) -> HTMLResponse:
        try:
            found = assistant.document(document_id)
        except NotFoundError as error:
            return _not_found(error, site)
        return html_response(document_page(found, site))

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str, v: str = "") -> Response:
        if name not in STATIC_FILES:
            return Response("没有这个文件。", 404, media_type="text/plain; charset=utf-8")
        kept = "max-age=31536000, immutable" if v == static_version(name) else "max-age=3600"
        return FileResponse(STATIC / name, headers={"Cache-Control": f"public, {kept}"})


def clause_page(document: Document, clause: Clause, site: Site) -> str:
    """The clause within its neighbours, its units, and how to cite it."""
    base = site.base
    address = site.address(clause_url(clause.id))
    whole = html.document_url(document.id, base, clause.anchor)
    body = (
        f"{_breadcrumb(document, clause, base)}"
        f"<h1>{escape(source_text.title_of(clause))}</h1>{_facts(document, base)}"
        f'<article class="text source">{_above(document, clause, base)}'
        f'<div class="clause is-current" id="{escape(clause.anchor)}">'
        f"{source_text.clause_lines(document, clause, marked=True)}</div>"
        f"{_below(document, clause, base)}</article>"
        f"{_neighbours(document, clause, base)}{_units(document, clause, base)}"
        f'<section class="quoting"><h2>怎样引用</h2>'
        f'<p class="copyable">{escape(document.cite(clause))}</p>'
        f'<p class="muted">固定网址：<a href="{escape(clause_url(clause.id, base))}">'
        f"{escape(address)}</a></p></section>"
        f'<p class="whole"><a href="{escape(whole)}">在全文中查看</a></p>'
    )
    return _page(document.cite(clause), body, "clause-page", site)


def document_page(document: Document, site: Site) -> str:
    """The whole text beside its outline."""
    base = site.base
    outline = source_text.outline(document)
    body = (
        f'<nav class="breadcrumb" aria-label="位置"><a href="{base}/">首页</a></nav>'
        f"<h1>{escape(document.title)}</h1>{_facts(document, base, linked=False)}"
        f'<div class="reader"><aside><details><summary>目录</summary>{outline}</details>'
        f'</aside><article class="text">{source_text.source_text(document)}</article></div>'
    )
    return _page(reference(document.title, document.doc_number), body, "document-page", site)


def _breadcrumb(document: Document, clause: Clause, base: str) -> str:
    by_id = {c.id: c for c in document.clauses}
    chain: list[str] = []
    parent = by_id.get(clause.parent_id)
    while parent is not None:
        url = escape(clause_url(parent.id, base))
        chain.append(f'<li><a href="{url}">{escape(source_text.name_of(parent))}</a></li>')
        parent = by_id.get(parent.parent_id)
    url = escape(html.document_url(document.id, base))
    here = escape(source_text.name_of(clause))
    return (
        f'<nav class="breadcrumb" aria-label="位置"><ol><li><a href="{base}/">首页</a></li>'
        f'<li><a href="{url}">《{escape(document.title)}》</a></li>{"".join(reversed(chain))}'
        f'<li aria-current="page">{here}</li></ol></nav>'
    )


def _facts(document: Document, base: str, *, linked: bool = True) -> str:
    issued = chinese_date(document.issued_on) if document.issued_on else ""
    title = f"《{escape(document.title)}》"
    url = escape(html.document_url(document.id, base))
    rows = (
        ("文件", f'<a href="{url}">{title}</a>' if linked else ""),
        ("发文字号", escape(document.doc_number)),
        ("发文机关" if document.kind is DocumentKind.OFFICIAL else "编写", escape(document.issuer)),
        ("成文日期", issued),
        ("施行日期", chinese_date(document.validity.start) if document.validity.start else ""),
        ("有效期至", chinese_date(last) if (last := document.validity.last_day) else ""),
        ("主送", "" if linked else escape(document.recipients)),
        ("附注", "" if linked else escape(document.remark)),
    )
    told = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows if value)
    return f'{html.badge(document.kind)}<dl class="facts">{told}</dl>'


def _above(document: Document, clause: Clause, base: str) -> str:
    """The heading that the clause stands under."""
    for parent in document.clauses:
        if parent.id == clause.parent_id:
            url = escape(clause_url(parent.id, base))
            lines = source_text.clause_lines(document, parent)
            return f'<div class="above"><a class="over" href="{url}">上一级</a>{lines}</div>'
    return ""


def _below(document: Document, clause: Clause, base: str) -> str:
    parts = "".join(
        f'<div class="sub" id="{escape(child.anchor)}">'
        f"{source_text.clause_lines(document, child)}"
        f'<a class="over" href="{escape(clause_url(child.id, base))}">'
        f"{escape(source_text.name_of(child))}的条款页</a></div>"
        for child in document.children(clause.id)
    )
    return f'<div class="below"><h2>下设条款</h2>{parts}</div>' if parts else ""


def _neighbours(document: Document, clause: Clause, base: str) -> str:
    before = after = None
    for left, right in pairwise([c for c in document.clauses if c.kind in CITABLE]):
        before = left if right.id == clause.id else before
        after = right if left.id == clause.id else after
    links = "".join(
        f'<a rel="{rel}" href="{escape(clause_url(c.id, base))}"><span>{word}</span>'
        f"{escape(source_text.name_of(c))}</a>"
        for rel, word, c in (("prev", "上一条", before), ("next", "下一条", after))
        if c is not None
    )
    return f'<nav class="neighbours" aria-label="相邻条款">{links}</nav>' if links else ""


def _units(document: Document, clause: Clause, base: str) -> str:
    duty = clause.responsibility
    if not duty.assignments:
        return (
            '<section class="duty"><h2>责任单位</h2><p>文件没有为本条列出责任单位。</p></section>'
        )
    start, stop = duty.note_range or (0, 0)
    note = escape(document.text[start:stop].strip())
    words = f'<p class="note">原文：{note}</p>' if note else ""
    others = f'<p class="muted">另有：{escape(duty.others)}</p>' if duty.others else ""
    remarks = "".join(f'<p class="muted">{escape(remark)}</p>' for remark in duty.remarks)
    return (
        f'<section class="duty"><h2>责任单位</h2>{html.unit_chips(duty.assignments, base)}'
        f"{others}{words}{remarks}</section>"
    )


def _not_found(error: NotFoundError, site: Site) -> HTMLResponse:
    body = (
        f'<h1>没有找到</h1><div class="refusal"><p class="reason">{escape(str(error))}</p>'
        f'<p class="next"><a href="{site.base}/">回到首页提问</a></p></div>'
    )
    return html_response(_page("没有找到", body, "missing-page", site), 404)


def _page(title: str, body: str, kind: str, site: Site) -> str:
    """A page whose ``body`` is HTML already."""
    made = Markup(body)  # noqa: S704
    return render("base.html", site, title=title, section="documents", kind=kind, body=made)
