"""管理: an upload looked over before it is taken in, replacing, withdrawing, and the build."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi.responses import JSONResponse, Response

from assistant.administration.administration import Administration
from assistant.administration.uploads import Staged
from assistant.errors import AdministrationError
from assistant.faces.admin.gate import Gate, Visit
from assistant.faces.site.clause_trees import branches, counts
from assistant.faces.site.html import document_url
from assistant.faces.site.templates import page_response
from assistant.model import Document, reference
from assistant.reading import loaders
from assistant.settings import Settings

SHOWN_CLAUSES = 1500


def add_uploads(gate: Gate, administration: Administration, settings: Settings) -> None:
    """Add the pages of uploads, of one document, and of the build."""
    desk = _Desk(gate, administration, settings)
    gate.post("/admin/uploads", desk.upload, limit_mib=settings.upload_limit_mib)
    gate.get("/admin/uploads/{upload_id}", desk.preview)
    gate.post("/admin/uploads/{upload_id}/accept", desk.accept)
    gate.post("/admin/uploads/{upload_id}/discard", desk.discard)
    gate.get("/admin/documents/{document_id}/replace", desk.ask_replace)
    gate.get("/admin/documents/{document_id}/withdraw", desk.ask_withdraw)
    gate.post("/admin/documents/{document_id}/withdraw", desk.withdraw)
    gate.post("/admin/restore", desk.restore)
    gate.post("/admin/rebuild", desk.rebuild)
    gate.get("/admin/build", desk.build)
    gate.get("/admin/build.json", desk.build_json)


class _Desk:
    """The acts, each of one visit."""

    def __init__(self, gate: Gate, administration: Administration, settings: Settings) -> None:
        self._gate, self._administration, self._settings = gate, administration, settings

    def upload(self, visit: Visit) -> Response:
        """Read the file aside, then show what it gave."""
        if visit.upload is None or not visit.upload.filename:
            raise AdministrationError("没有选择文件，请选择一个文件后再上传。")
        staged = self._administration.stage(visit.upload.filename, visit.upload.file)
        replaces = visit.form.get("replaces", "")
        known = {d.id for d in self._administration.documents()}
        return self._gate.to(
            f"/admin/uploads/{staged.id}"
            + (f"?replaces={_quoted(replaces)}" if replaces in known else "")
        )

    def preview(self, visit: Visit) -> Response:
        """What would be taken in: facts, tree, numbering report, what it repeats."""
        staged = self._administration.staged(visit.path("upload_id"))
        if staged.document is None:
            return self._page(visit, "admin_unreadable.html", "这份文件不能收录", staged=staged)
        known = {d.id: d for d in self._administration.documents()}
        same = self._administration.duplicates(staged)
        return self._page(
            visit,
            "admin_upload.html",
            "收录之前核对",
            staged=staged,
            document=staged.document,
            counts=counts(staged.document),
            branches=branches(staged.document, SHOWN_CLAUSES),
            notes=_notes(staged),
            duplicates=same,
            repeated=next((d.document for d in same if d.whole), None),
            replaces=known.get(visit.query("replaces")),
        )

    def accept(self, visit: Visit) -> Response:
        """Take it in, and go to see the index being made."""
        self._administration.accept(visit.path("upload_id"), visit.form.get("replaces", ""))
        return self._gate.to("/admin/build")

    def discard(self, visit: Visit) -> Response:
        """Throw the upload away."""
        self._administration.discard(visit.path("upload_id"))
        return self._gate.to("/admin")

    def ask_replace(self, visit: Visit) -> Response:
        """Which file is to stand in for a document."""
        return self._page(
            visit,
            "admin_replace.html",
            "替换文件",
            document=self._document(visit),
            limit=self._settings.upload_limit_mib,
            suffixes=loaders.SUFFIXES,
        )

    def ask_withdraw(self, visit: Visit) -> Response:
        """Whether it is really to be withdrawn."""
        return self._page(visit, "admin_withdraw.html", "撤下文件", document=self._document(visit))

    def withdraw(self, visit: Visit) -> Response:
        """Take the document out of the corpus."""
        self._administration.withdraw(visit.path("document_id"))
        return self._gate.to("/admin/build")

    def restore(self, visit: Visit) -> Response:
        """Put what was withdrawn back."""
        self._administration.restore(visit.form.get("name", ""))
        return self._gate.to("/admin/build")

    def rebuild(self, visit: Visit) -> Response:
        """Bring the index up to date, or read every file again."""
        self._administration.rebuild(force=visit.form.get("force", "") == "yes")
        return self._gate.to("/admin/build")

    def build(self, visit: Visit) -> Response:
        """How far the build is, and what came of it."""
        progress = self._administration.progress()
        document = self._administration.document_of(progress.file) if progress.file else None
        title = "正在更新索引" if progress.running else "更新索引"
        question = f"{reference(document.title, '')}的主要内容有哪些？" if document else ""
        return self._page(
            visit,
            "admin_build.html",
            title,
            progress=progress,
            document=document,
            question=question,
            health=self._administration.health(),
        )

    def build_json(self, visit: Visit) -> Response:
        """The same for the script that moves the bar."""
        told = asdict(self._administration.progress())
        return JSONResponse({name: told[name] for name in ("running", "done", "total", "words")})

    def _document(self, visit: Visit) -> Document:
        return self._administration.document(visit.path("document_id"))

    def _page(self, visit: Visit, template: str, title: str, **values: Any) -> Response:
        return page_response(
            template,
            self._gate.site,
            title=title,
            section="admin",
            kind="admin-page",
            csrf=visit.session.csrf,
            **values,
        )


def _quoted(document_id: str) -> str:
    return document_url(document_id).rpartition("/")[2]


def _notes(staged: Staged) -> tuple[str, ...]:
    """What a document lacks that answers lean on."""
    document = staged.document
    if document is None:
        return ()
    found = (
        (not document.doc_number, "没有读出发文字号，引用时只写标题。"),
        (not document.issuer, "没有读出发文机关。"),
        (document.issued_on is None, "没有读出成文日期。"),
        (not counts(document).clauses, "没有读出条款，收录后不能据以作答。"),
    )
    return tuple(words for is_so, words in found if is_so)
