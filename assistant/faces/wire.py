"""The JSON shapes of the REST API that are not already values of the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.faces.history import well_formed
from assistant.model import (
    Anomaly,
    Clause,
    Document,
    DocumentKind,
    Hit,
    IndustryEntry,
    Task,
    UnitSummary,
)
from assistant.settings import MAX_EARLIER_QUESTIONS
from assistant.validity import DocumentStatus, Link, Standing

Text = Annotated[str, AfterValidator(well_formed)]


class TurnBody(BaseModel):
    """One turn of a conversation; only those of role ``user`` count."""

    role: str
    content: Text | None = None


class QuestionBody(BaseModel):
    """A question, and what was asked before it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "智能装备产业重点发展什么？"},
                {"question": "由谁负责？", "history": ["智能装备产业重点发展什么？"]},
            ]
        }
    )

    question: Text = Field(description="问题")
    history: list[Text | TurnBody] = Field(
        default_factory=list,
        description=(
            "此前的提问，由早到晚；也可以是含 role 与 content 的对象，只计 role 为 user 的。"
            f"取最近{MAX_EARLIER_QUESTIONS}条"
        ),
    )
    as_of: date | None = Field(
        None, description="按哪一天的有效文件回答，默认为今天", examples=["2024-05-01"]
    )


class SearchResult(BaseModel):
    """The clauses found for a query, best first."""

    query: str
    hits: Sequence[Hit]


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


class DocumentList(BaseModel):
    """Every document of the index."""

    count: int
    documents: Sequence[DocumentSummary]


class ClauseDetail(BaseModel):
    """One clause, the document it stands in, and how to cite it."""

    clause: Clause
    document: DocumentSummary
    citation: str = Field(description="规范的引用写法：《标题》（文号）条款")
    url: str = Field(description="条款的永久页面")


class UnitList(BaseModel):
    """Every unit that is named as responsible for something."""

    count: int
    units: Sequence[UnitSummary]


class UnitTasks(BaseModel):
    """The complete list of a unit's tasks."""

    unit: UnitSummary
    count: int
    tasks: Sequence[Task]


class IndustryList(BaseModel):
    """The sentences that support an industry."""

    count: int
    industries: Sequence[IndustryEntry]


class Health(BaseModel):
    """That the service answers, and from which index."""

    status: str = Field(examples=["ok"])
    index: dict[str, Any]


ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "ans-5d0c2f",
    "object": "policy.answer",
    "created": 1735689600,
    "as_of": "2025-01-01",
    "status": "answered",
    "question": {"text": "智能装备产业的目标是什么？", "rewritten": None},
    "answer": {"text": "打造千亿级新能源汽车产业集群[1]", "format": "text"},
    "claims": [{"span": [0, 14], "citation_ids": ["c1"], "support": "quoted"}],
    "citations": [
        {
            "id": "c1",
            "number": 1,
            "document": {
                "id": "2022-40-2e2d",
                "title": "淄博市人民政府关于加快推动济淄同城化科创大走廊先行区建设的意见",
                "doc_number": "淄政字〔2022〕40号",
                "issuer": "淄博市人民政府",
                "issued_on": "2022-04-20",
                "kind": "official",
                "sha256": "c87b8cc521e3e8b5317c4a6a1cadd00616f706ffb775f35093d3cac2284d6363",
            },
            "clause": {
                "id": "2022-40-2e2d:2.2.1",
                "path": ["正文", "二、重点任务", "（二）加快发展高端特色产业", "智能装备"],
                "label": "二（二）智能装备",
                "anchor": "c-2.2.1",
            },
            "quote": "打造千亿级新能源汽车产业集群",
            "char_range": [1322, 1336],
            "validity": {"status": "unknown", "basis": ""},
        }
    ],
    "responsible_units": [
        {
            "name": "市科技局",
            "role": "responsible",
            "basis": "listed",
            "clause_id": "2022-40-2e2d:2.2.1",
        }
    ],
    "refusal": None,
    "aigc": {"generated": False, "notice": "", "label": ""},
    "warnings": [],
    "model": {},
    "usage": {},
    "renderings": {"plain": "", "markdown": ""},
}
