"""The JSON shapes that the REST API returns and that are not already values of the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from assistant.model import (
    Anomaly,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    Hit,
    IndustryEntry,
    Range,
    Task,
    UnitSummary,
)
from assistant.validity import DocumentStatus, Link, Standing


class Page(BaseModel):
    """Which part of a list this is."""

    count: int = Field(description="共有多少条（不只是这一页）")
    limit: int = Field(description="这一页最多多少条")
    offset: int = Field(description="从第几条开始（从 0 起）")
    next_offset: int | None = Field(description="下一页的 offset；没有下一页时为 null")


class SearchResult(BaseModel):
    """The clauses found for a query, best first."""

    query: str
    hits: Sequence[Hit]
    limit: int = Field(description="这一页最多多少条")
    offset: int = Field(description="从第几条开始（从 0 起）")
    next_offset: int | None = Field(description="下一页的 offset；没有下一页时为 null")


class Force(BaseModel):
    """Whether a document is in force today, and what it says of its own term."""

    status: DocumentStatus
    basis: str = Field(description="依据的原句，或使它失效的文件")
    start: date | None = Field(description="施行的第一天")
    end: date | None = Field(description="失效的第一天（不含在有效期内）")
    trial: bool = Field(description="试行或暂行")


class DocumentSummary(BaseModel):
    """One document without its text."""

    id: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    recipients: str
    kind: DocumentKind
    source: str
    sha256: str
    characters: int
    clauses: int
    published_on: date | None
    keywords: tuple[str, ...]
    force: Force
    links: tuple[Link, ...] = Field(description="它废止、修改、依据的文件")
    anomalies: tuple[Anomaly, ...] = Field(description="编号报告：缺号、重号、跳级等")

    @classmethod
    def of(cls, document: Document, standing: Standing) -> DocumentSummary:
        """What a list shows of ``document``."""
        own = document.validity
        return cls(
            id=document.id,
            title=document.title,
            doc_number=document.doc_number,
            issuer=document.issuer,
            issued_on=document.issued_on,
            recipients=document.recipients,
            kind=document.kind,
            source=document.source,
            sha256=document.sha256,
            characters=len(document.text),
            clauses=len(document.clauses),
            published_on=document.published_on,
            keywords=document.keywords,
            force=Force(
                status=standing.status,
                basis=standing.basis,
                start=own.start,
                end=own.end,
                trial=own.trial,
            ),
            links=document.links,
            anomalies=document.anomalies,
        )


class DocumentList(Page):
    """The documents of the index, in the order of their files."""

    documents: Sequence[DocumentSummary]


class ClauseEntry(BaseModel):
    """One clause in the outline of its document."""

    id: str
    kind: ClauseKind
    number: str
    heading: str
    label: str
    path: tuple[str, ...]
    char_range: Range = Field(description="在 text 中的位置，左闭右开，按 Unicode 码点计")
    parent_id: str

    @classmethod
    def of(cls, clause: Clause) -> ClauseEntry:
        """The entry of ``clause``."""
        return cls(
            id=clause.id,
            kind=clause.kind,
            number=clause.number,
            heading=clause.heading,
            label=clause.label,
            path=clause.path,
            char_range=clause.char_range,
            parent_id=clause.parent_id,
        )


class DocumentDetail(BaseModel):
    """One document with its text and its outline."""

    document: DocumentSummary
    url: str = Field(description="文件的永久页面")
    text: str = Field(description="全文；条款的 char_range 指它")
    outline: Sequence[ClauseEntry] = Field(description="条款目录，按原文顺序")


class ClauseDetail(BaseModel):
    """One clause, the document it stands in, and how to cite it."""

    clause: Clause
    document: DocumentSummary
    citation: str = Field(description="规范的引用写法：《标题》（文号）条款")
    url: str = Field(description="条款的永久页面")


class UnitList(Page):
    """The units that are named as responsible for something."""

    units: Sequence[UnitSummary]


class UnitTasks(BaseModel):
    """The complete list of a unit's tasks."""

    unit: UnitSummary
    count: int
    tasks: Sequence[Task]


class IndustryList(Page):
    """The sentences that support an industry."""

    industries: Sequence[IndustryEntry]


class FeedbackReceipt(BaseModel):
    """That a rating was taken; it is written soon after."""

    status: Literal["accepted"] = "accepted"
    answer_id: str


class Health(BaseModel):
    """That the service answers, and from which index."""

    status: str = Field(examples=["ok"])
    index: dict[str, Any]
