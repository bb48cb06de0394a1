"""管理: what users say of answers (反馈), and the records to take away (导出)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal, Protocol
from urllib.parse import urlencode

from fastapi.responses import Response, StreamingResponse

from assistant.errors import AdministrationError, NotFoundError
from assistant.faces.admin.gate import Act, Gate, Visit
from assistant.faces.contract import Assistant
from assistant.faces.site.templates import page_response
from assistant.ledger.entries import FeedbackCounts, FeedbackEntry, LedgerHealth

PAGE_ROWS = 20
RATING_NAMES = {"up": "有用", "down": "没用"}
CHANNEL_NAMES = {"web": "网页", "api": "接口", "cli": "命令行"}
FILTERS = {"waiting": "待处理", "handled": "已处理", "all": "全部"}
_HANDLED = {"waiting": False, "handled": True, "all": None}
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}

Kind = Literal["audit", "feedback"]
Form = Literal["csv", "jsonl"]
_EXPORTS: tuple[tuple[Kind, Form], ...] = (
    ("audit", "csv"),
    ("audit", "jsonl"),
    ("feedback", "csv"),
    ("feedback", "jsonl"),
)


class Inbox(Protocol):
    """What administration needs of the ledger."""

    def feedback_list(
        self, *, handled: bool | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[FeedbackEntry, ...]:
        """The ratings that stand, newest first; all, or only those (not) dealt with."""
        ...

    def feedback_counts(self) -> FeedbackCounts:
        """How many ratings stand, and how many wait."""
        ...

    def mark_handled(self, feedback_id: int, note: str = "") -> bool:
        """Note that a rating was dealt with; False: there is no such rating."""
        ...

    def export(
        self, kind: Kind, form: Form, *, since: date | None = None, until: date | None = None
    ) -> Iterator[str]:
        """The rows of some days, in pieces of text."""
        ...

    def health(self) -> LedgerHealth:
        """Whether rows are being saved."""
        ...


def add_feedback(gate: Gate, ledger: Inbox, assistant: Assistant) -> None:
    """Add the inbox and the exports."""

    def inbox(visit: Visit) -> Response:
        return _inbox(visit, gate, ledger, assistant)

    def handle(visit: Visit) -> Response:
        number = visit.path("feedback_id")
        known = number.isascii() and number.isdecimal() and len(number) < 16
        if not known or not ledger.mark_handled(int(number), visit.form.get("note", "").strip()):
            raise AdministrationError("没有这条反馈，请回到反馈列表刷新后再试。")
        return gate.to(f"/admin/feedback?{_kept(visit.form.get('show', ''))}")

    gate.get("/admin/feedback", inbox)
    gate.post("/admin/feedback/{feedback_id}", handle)
    for kind, form in _EXPORTS:
        gate.get(f"/admin/{kind}.{form}", _export(ledger, kind, form))


def _inbox(visit: Visit, gate: Gate, ledger: Inbox, assistant: Assistant) -> Response:
    show = visit.query("show")
    show = show if show in FILTERS else "waiting"
    number = visit.query("page")
    page = max(1, int(number)) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    found = ledger.feedback_list(
        handled=_HANDLED[show], limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS
    )
    return page_response(
        "admin_feedback.html",
        gate.site,
        title="用户反馈",
        section="admin",
        kind="admin-page",
        csrf=visit.session.csrf,
        entries=found[:PAGE_ROWS],
        cited={own: _cited(own, assistant) for entry in found for own in entry.clause_ids},
        channels=CHANNEL_NAMES,
        more=len(found) > PAGE_ROWS,
        counts=ledger.feedback_counts(),
        page=page,
        show=show,
        filters=FILTERS,
        ratings=RATING_NAMES,
    )


def _cited(clause_id: str, assistant: Assistant) -> str:
    """How an official cites the clause; '' when it is no longer there."""
    try:
        clause = assistant.clause(clause_id)
        return assistant.document(clause.document_id).cite(clause)
    except NotFoundError:
        return ""


def _export(ledger: Inbox, kind: Kind, form: Form) -> Act:
    def export(visit: Visit) -> Response:
        since, until = _day(visit.query("since")), _day(visit.query("until"))
        rows = _begun(ledger.export(kind, form, since=since, until=until))
        span = "".join(f"-{day:%Y%m%d}" for day in (since, until) if day)
        name = f"{kind}{span}.{form}"
        told = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(rows, media_type=_TYPES[form], headers=told)

    return export


def _begun(rows: Iterator[str]) -> Iterator[str]:
    """The same pieces, the first one read already: a fault shows before anything is sent."""
    first = next(rows, "")

    def all_of_them() -> Iterator[str]:
        yield first
        yield from rows

    return all_of_them()


def _day(text: str) -> date | None:
    """A day as a form gives it; None for none.

    Raises:
        AdministrationError: it is no day.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AdministrationError("日期不可用，应写成 2024-05-01 的形式。") from error


def _kept(show: str) -> str:
    return urlencode({"show": show if show in FILTERS else "waiting"})
