"""管理: logging in and out, what there is, and the pages that do something about it.

Without a password in the settings there is no administration: each of its addresses is a 404.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from assistant.administration.administration import Administration
from assistant.faces.admin.feedback import Inbox, add_feedback
from assistant.faces.admin.gate import FORM_BYTES, FormTooLarge, Gate, Visit, protected, read_form
from assistant.faces.admin.sessions import (
    COOKIE,
    MINUTES,
    Session,
    Sessions,
    TooManyTries,
    is_foreign,
    set_cookie,
)
from assistant.faces.admin.uploads import add_uploads
from assistant.faces.contract import Assistant
from assistant.faces.site.library_page import newest_first
from assistant.faces.site.templates import Site, page_response
from assistant.model import Document
from assistant.reading import loaders
from assistant.settings import Settings
from assistant.text import fold

DOCUMENTS_SHOWN = 50
_NEXT = re.compile(r"/admin(?:/[\w./-]*)?", re.ASCII)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_WRONG = "密码不正确，请核对后再试。"
_MANY = "密码错误次数过多，请 {minutes} 分钟后再试。"
_FOREIGN = "请从本站的登录页面登录；如经代理访问，请由部署人员设置 PUBLIC_BASE_URL。"


def add_administration(
    app: FastAPI,
    assistant: Assistant,
    administration: Administration,
    ledger: Inbox,
    settings: Settings,
    site: Site,
) -> None:
    """Add everything under ``/admin``; only 404s when the settings hold no password."""
    password = settings.admin_password
    if password is not None:
        _add_pages(app, assistant, administration, ledger, settings, site, password)

    @app.api_route("/admin", methods=_METHODS, include_in_schema=False)
    @app.api_route("/admin/{rest:path}", methods=_METHODS, include_in_schema=False)
    def nothing() -> Response:
        return protected(
            page_response(
                "admin_message.html",
                site,
                status=404,
                title="没有找到",
                section="",
                kind="admin-page",
                reason="没有这个地址。",
            )
        )


def _add_pages(
    app: FastAPI,
    assistant: Assistant,
    administration: Administration,
    ledger: Inbox,
    settings: Settings,
    site: Site,
    password: SecretStr,
) -> None:
    sessions = Sessions(password)
    gate = Gate(app, sessions, site)
    _add_login(app, sessions, site)

    def log_out(visit: Visit) -> Response:
        sessions.leave(visit.session)
        response = gate.to("/admin/login")
        _cookie(response, "", sessions, site)
        return response

    def overview(visit: Visit) -> Response:
        return _overview(visit, assistant, administration, ledger, settings, site)

    gate.get("/admin", overview)
    gate.post("/admin/logout", log_out)
    add_uploads(gate, administration, settings)
    add_feedback(gate, ledger, assistant)


def _add_login(app: FastAPI, sessions: Sessions, site: Site) -> None:
    @app.get("/admin/login", include_in_schema=False, response_model=None)
    def login(request: Request) -> Response:
        target = _next(request.query_params.get("next", ""))
        if sessions.of(request.cookies.get(COOKIE, "")) is not None:
            return protected(_gone(site, target))
        return protected(_login_page(site, target))

    @app.post("/admin/login", include_in_schema=False, response_model=None)
    async def log_in(request: Request) -> Response:
        if is_foreign(request, site.public_base_url):
            return protected(_login_page(site, "", _FOREIGN, 403))
        try:
            form = await read_form(request, FORM_BYTES, FormTooLarge())
        except (FormTooLarge, MultiPartException, ClientDisconnect):
            return protected(_login_page(site, "", _WRONG, 400))
        target, given = _next(str(form.get("next", ""))), str(form.get("password", ""))
        address = request.client.host if request.client else ""
        found = await run_in_threadpool(sessions.log_in, given, address)
        if isinstance(found, Session):
            response = _gone(site, target)
            _cookie(response, sessions.cookie(found), sessions, site)
            return protected(response)
        if isinstance(found, TooManyTries):
            minutes = min(MINUTES, -(-found.seconds // 60))
            response = _login_page(site, target, _MANY.format(minutes=minutes), 429)
            response.headers["Retry-After"] = str(found.seconds)
            return protected(response)
        return protected(_login_page(site, target, _WRONG, 403))


def _login_page(site: Site, target: str, problem: str = "", status: int = 200) -> Response:
    return page_response(
        "admin_login.html",
        site,
        status=status,
        title="登录管理页面",
        section="admin",
        kind="admin-page login-page",
        target=target,
        problem=problem,
    )


def _gone(site: Site, target: str) -> Response:
    return Response(status_code=303, headers={"Location": site.base + (target or "/admin")})


def _cookie(response: Response, value: str, sessions: Sessions, site: Site) -> None:
    secure = site.public_base_url.startswith("https:")
    path = f"{site.base}/admin"
    set_cookie(response, value, path=path, secure=secure, seconds=sessions.seconds)


def _next(path: str) -> str:
    """The page to come to after logging in: one of ours, or ''."""
    return path if _NEXT.fullmatch(path) and ".." not in path else ""


def _overview(
    visit: Visit,
    assistant: Assistant,
    administration: Administration,
    ledger: Inbox,
    settings: Settings,
    site: Site,
) -> Response:
    wanted = visit.query("q").strip()
    files: dict[str, list[str]] = {}
    for file in assistant.files():
        files.setdefault(file.document_id, []).append(file.name)
    listed = sorted(assistant.documents(), key=newest_first)
    chosen = [d for d in listed if _fits(d, files.get(d.id, ()), wanted)]
    pages = max(1, -(-len(chosen) // DOCUMENTS_SHOWN))
    number = visit.query("page")
    page = min(pages, max(1, int(number) if number.isascii() and number.isdecimal() else 1))
    return page_response(
        "admin.html",
        site,
        title="管理",
        section="admin",
        kind="admin-page",
        csrf=visit.session.csrf,
        q=wanted,
        page=page,
        pages=pages,
        query=urlencode({"q": wanted}, errors="replace"),
        documents=chosen[(page - 1) * DOCUMENTS_SHOWN : page * DOCUMENTS_SHOWN],
        total=len(chosen),
        files=files,
        withdrawn=administration.withdrawn(),
        health=administration.health(),
        progress=administration.progress(),
        ledger=ledger.health(),
        limit=settings.upload_limit_mib,
        suffixes=loaders.SUFFIXES,
    )


def _fits(document: Document, files: Sequence[str], wanted: str) -> bool:
    words = (document.title, document.doc_number, *files)
    return not wanted or any(fold(wanted) in fold(word) for word in words)
