"""The gate of the administration: who may pass, whose form it is, how large it may be. Fail closed.

Every page behind it is a plain function of a ``Visit``, called in the thread pool once the gate
has seen the session and, for a form, its origin, its size and its token.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from assistant.errors import (
    AdministrationError,
    NotFoundError,
    PolicyAssistantError,
    TooLargeUpload,
    UnknownUpload,
)
from assistant.faces import problems
from assistant.faces.admin.sessions import COOKIE, Session, Sessions, is_foreign, is_own_form
from assistant.faces.site.templates import Site, page_response

log = logging.getLogger(__name__)

FORM_BYTES = 64 * 1024
_DRAINED = 4  # so many times the limit is read and dropped, so that the browser reads the refusal
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_STATUS: tuple[tuple[type[PolicyAssistantError], int], ...] = (
    (UnknownUpload, 404),
    (NotFoundError, 404),
    (TooLargeUpload, 413),
    (AdministrationError, 409),
)
_FOREIGN = (
    "这个请求不是从本站的管理页面发出的，没有执行。请回到管理页面重新操作；"
    "如经代理访问，请由部署人员设置 PUBLIC_BASE_URL。"
)
_STALE = "这张表单已过期，没有执行。请回到管理页面重新操作。"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that has passed the gate."""

    request: Request
    session: Session
    form: Mapping[str, str] = field(default_factory=dict)
    upload: UploadFile | None = None

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A value of the query string, '' for none."""
        return self.request.query_params.get(name, "")


Act = Callable[[Visit], Response]


class FormTooLarge(AdministrationError):
    """A form without a file is larger than any of ours."""

    def __init__(self) -> None:
        super().__init__("提交的内容过长，请缩短后再试。")


class Gate:
    """Adds pages that only an administrator may see."""

    def __init__(self, app: FastAPI, sessions: Sessions, site: Site) -> None:
        self._app, self._sessions, self.site = app, sessions, site

    def get(self, path: str, act: Act) -> None:
        """A page."""

        async def endpoint(request: Request) -> Response:
            session = self._sessions.of(request.cookies.get(COOKIE, ""))
            if session is None:
                return protected(self._to_login(request))
            return protected(await run_in_threadpool(self._done, act, Visit(request, session)))

        self._add(path, "GET", endpoint)

    def post(self, path: str, act: Act, *, limit: int = FORM_BYTES, limit_mib: int = 0) -> None:
        """An act, by a form of at most ``limit`` bytes, or with a file of ``limit_mib``."""

        async def endpoint(request: Request) -> Response:
            session = self._sessions.of(request.cookies.get(COOKIE, ""))
            if session is None:
                return protected(self._to_login(request))
            if is_foreign(request, self.site.public_base_url):
                return protected(self.refused(_FOREIGN, 403))
            too_large = TooLargeUpload(limit_mib) if limit_mib else FormTooLarge()
            most = limit + limit_mib * 1024 * 1024
            try:
                given = await read_form(request, most, too_large)
            except AdministrationError as error:
                return protected(self.refused(str(error), 413))
            except (MultiPartException, ClientDisconnect):
                return protected(self.refused("提交的内容不完整，请重新提交。", 400))
            try:
                visit = _visit(request, session, given)
                if not is_own_form(session, visit.form.get("csrf", "")):
                    return protected(self.refused(_STALE, 403))
                return protected(await run_in_threadpool(self._done, act, visit))
            finally:
                await given.close()

        self._add(path, "POST", endpoint)

    def refused(self, reason: str, status: int) -> Response:
        """A page that says why something was not done."""
        return page_response(
            "admin_message.html",
            self.site,
            status=status,
            title="没有完成",
            section="admin",
            kind="admin-page",
            reason=reason,
        )

    def to(self, path: str) -> Response:
        """Go on to another page of this site."""
        return RedirectResponse(self.site.base + path, 303)

    def _add(self, path: str, method: str, endpoint: Callable[..., object]) -> None:
        self._app.add_api_route(
            path, endpoint, methods=[method], include_in_schema=False, response_model=None
        )

    def _done(self, act: Act, visit: Visit) -> Response:
        try:
            return act(visit)
        except PolicyAssistantError as error:
            return self.refused(str(error), status_of(error))

    def _to_login(self, request: Request) -> Response:
        """Where to log in, and the page to come back to afterwards."""
        wanted = request.url.path if request.method == "GET" else "/admin"
        query = "" if wanted == "/admin" else f"?next={quote(wanted, safe='/')}"
        return self.to(f"/admin/login{query}")


def protected(response: Response) -> Response:
    """The response with the headers that keep it out of caches, frames and foreign hands."""
    response.headers.update(_HEADERS)
    return response


def status_of(error: PolicyAssistantError) -> int:
    """The HTTP status of an error."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return problems.kind_of(error).status


async def read_form(request: Request, limit: int, too_large: AdministrationError) -> FormData:
    """The fields of a form and one file at most; the file is kept on disk when it is large.

    Raises:
        AdministrationError: ``too_large``, when more than ``limit`` bytes come.
        MultiPartException: it is no form, or has more fields than ours.
    """
    declared = request.headers.get("content-length", "")
    stream = _held_to(request, limit, too_large)
    if declared.isdecimal() and int(declared) > limit:
        async for _ in stream:  # nothing of it is kept
            pass
        raise too_large
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await MultiPartParser(request.headers, stream, max_files=1, max_fields=8).parse()
    return await FormParser(request.headers, stream).parse()


async def _held_to(
    request: Request, limit: int, too_large: AdministrationError
) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            yield chunk
        elif size > _DRAINED * limit:
            break
    if size > limit:
        raise too_large


def _visit(request: Request, session: Session, given: FormData) -> Visit:
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    files = [value for value in given.values() if isinstance(value, UploadFile)]
    return Visit(request, session, texts, files[0] if files else None)
