"""An assistant in memory with the methods of PolicyAssistant, made of the real values.

It knows one short document and answers a question that contains a clause's heading; whatever else
is asked it refuses. Tests hand it to the faces; nothing is patched.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Generator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from assistant.answer import (
    REFUSAL_PHRASE,
    Answer,
    AnswerText,
    AskedQuestion,
    Citation,
    Claim,
    ClauseRef,
    DocumentRef,
    Refusal,
    Renderings,
    ResponsibleUnit,
    Status,
    Validity,
)
from assistant.answering.industry_map import IndustryMap
from assistant.answering.project_matches import ProjectMatches
from assistant.errors import (
    EmptyQuestion,
    LedgerInputError,
    PolicyAssistantError,
    QuestionTooLong,
    UnknownClause,
    UnknownDocument,
    UnknownUnit,
)
from assistant.ledger.entries import LedgerHealth
from assistant.model import (
    CITABLE,
    Assignment,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    Hit,
    IndustryEntry,
    Responsibility,
    Role,
    Task,
    UnitSummary,
)
from assistant.reading.files import FileRecord
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.validity import Standing

DOCUMENT_ID = "2022-40-3f9c"
TITLE = "关于加快推动济淄同城化科创大走廊先行区建设的意见"

_LISTED = Responsibility(
    assignments=(
        Assignment("市科技局", Role.LEAD, "stated"),
        Assignment("市财政局", Role.RESPONSIBLE, "listed"),
        Assignment("淄川区", Role.LOCAL, "inherited from 二（一）"),
    ),
    remarks=("原文以标黑字体区分牵头单位，文本中已丢失。",),
)

_PARTS: tuple[tuple[str, ClauseKind, str, str, tuple[str, ...], str, str, str], ...] = (
    # number path, kind, number, heading, path, label, parent, text
    ("title", ClauseKind.TITLE, "", "", ("标题",), "标题", "", TITLE),
    ("0", ClauseKind.PREAMBLE, "", "序言", ("序言",), "序言", "", "为推动济淄同城化，制定本意见。"),
    ("2", ClauseKind.SECTION, "二", "重点任务", ("正文", "二、重点任务"), "二", "", "二、重点任务"),
    (
        "2.2",
        ClauseKind.SECTION,
        "（二）",
        "加快发展高端特色产业",
        ("正文", "二、重点任务", "（二）加快发展高端特色产业"),
        "二（二）",
        "2",
        "（二）加快发展高端特色产业\n集中打造四大特色产业板块。",
    ),
    (
        "2.2.1",
        ClauseKind.LEAD,
        "",
        "智能装备",
        ("正文", "二、重点任务", "（二）加快发展高端特色产业", "智能装备"),
        "二（二）智能装备",
        "2.2",
        "智能装备。打造千亿级新能源汽车产业集群。推进镭泽激光共享产业园建设。",
    ),
    (
        "2.2.2",
        ClauseKind.LEAD,
        "",
        "生物医药",
        ("正文", "二、重点任务", "（二）加快发展高端特色产业", "生物医药"),
        "二（二）生物医药",
        "2.2",
        "生物医药。依托淄川经济开发区生物医药产业园，重点发展医疗器械等。",
    ),
    (
        "signature",
        ClauseKind.SIGNATURE,
        "",
        "",
        ("落款",),
        "落款",
        "",
        "淄博市人民政府\n2022年4月20日",
    ),
)


def make_document() -> Document:
    """One document of seven clauses, whose pieces join to its text."""
    text, clauses = "", []
    for number_path, kind, number, heading, path, label, parent, own in _PARTS:
        text += "\n" if text else ""
        start = len(text)
        text += own
        body = start + (len(heading) + 1 if kind is ClauseKind.LEAD else 0)
        clauses.append(
            Clause(
                id=f"{DOCUMENT_ID}:{number_path}",
                document_id=DOCUMENT_ID,
                kind=kind,
                number=number,
                heading=heading,
                path=path,
                label=label,
                text=own,
                char_range=(start, len(text)),
                body_range=(body, len(text)),
                parent_id=f"{DOCUMENT_ID}:{parent}" if parent else "",
                responsibility=_LISTED if number_path.startswith("2.2.") else Responsibility(),
            )
        )
    return Document(
        id=DOCUMENT_ID,
        title=TITLE,
        doc_number="淄政字〔2022〕40号",
        issuer="淄博市人民政府",
        issued_on=date(2022, 4, 20),
        recipients="各区县人民政府",
        remark="",
        kind=DocumentKind.OFFICIAL,
        source="seed.txt",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        clauses=tuple(clauses),
    )


def document_ref(document: Document) -> DocumentRef:
    """The document as a citation names it."""
    return DocumentRef(
        id=document.id,
        title=document.title,
        doc_number=document.doc_number,
        issuer=document.issuer,
        issued_on=document.issued_on.isoformat() if document.issued_on else None,
        kind=document.kind.value,
        sha256=document.sha256,
    )


def clause_ref(clause: Clause) -> ClauseRef:
    """The clause as a citation names it."""
    return ClauseRef(clause.id, clause.path, clause.label, clause.anchor)


class FakeAssistant:
    """Answers from one document; remembers every call of :meth:`ask` and the filters of searches."""

    def __init__(self, *, max_question_chars: int = 2000) -> None:
        self.asked: list[tuple[str, tuple[str, ...], date | None]] = []
        self.scopes: list[tuple[str, ...]] = []
        self.sentences: tuple[str, ...] = ()
        self.filters: list[Filters] = []
        self.refreshed = 0
        self.error: BaseException | None = None
        self._limit = max_question_chars
        self._document = make_document()

    def refresh(self) -> bool:
        """Count the call; raise ``self.error`` when one is set."""
        self.refreshed += 1
        self._fail()
        return False

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Answer:
        """An extractive answer, or a refusal when no heading stands in the question."""
        self._fail()
        self._check(question)
        for document in documents:
            self.document(document)
        if budget != 0:  # otherwise it is the chat that tries what one could ask next
            self.asked.append((question, tuple(history), as_of))
            self.scopes.append(tuple(documents))
        for clause in self._document.clauses:
            if clause.kind is ClauseKind.LEAD and clause.heading in question:
                return self._answered(question, clause, as_of)
        nearest = tuple(clause_ref(c) for c in self._document.clauses if c.kind is ClauseKind.LEAD)
        return self._answer(
            question,
            Status.NO_SOURCE,
            as_of,
            answer=AnswerText(REFUSAL_PHRASE),
            refusal=Refusal(REFUSAL_PHRASE, nearest),
            renderings=Renderings(REFUSAL_PHRASE, REFUSAL_PHRASE),
        )

    def ask_stream(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        as_of: date | None = None,
        documents: Collection[str] = (),
        budget: float | None = None,
    ) -> Generator[str, None, Answer]:
        """The ``sentences``, then the answer of :meth:`ask`."""
        answer = self.ask(question, history, as_of=as_of, documents=documents, budget=budget)
        yield from self.sentences
        return answer

    def restored(self, records: object) -> tuple[Answer, ...]:
        """The questions of the records, asked again; what is no record is left out."""
        kept = records if isinstance(records, list) else []
        asked = [r["question"]["text"] for r in kept if isinstance(r, dict) and "question" in r]
        return tuple(self.ask(question, budget=0) for question in asked)

    def failed(self, question: str, error: PolicyAssistantError) -> Answer:
        """The error as an Answer."""
        return self._answer(
            question,
            Status.ERROR,
            None,
            answer=AnswerText(str(error)),
            refusal=Refusal(str(error)),
            renderings=Renderings(str(error), str(error)),
        )

    def search(self, query: str, limit: int = 10, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        """Clauses by the number of characters that they share with the query; no filter holds."""
        self._fail()
        self._check(query)
        self.filters.append(filters)
        if filters.unit and filters.unit not in ("市科技局", "市财政局"):
            raise UnknownUnit(filters.unit)
        hits = [
            Hit(c, float(len(set(query) & set(c.text))), {"characters": 1.0})
            for c in self._document.clauses
            if c.kind in CITABLE
        ]
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])

    def standings(self, day: date | None = None) -> Mapping[str, Standing]:
        """The one document by its own words."""
        return {self._document.id: self._document.validity.at(day or date(2022, 4, 20))}

    def documents(self) -> tuple[Document, ...]:
        """The one document."""
        self._fail()
        return (self._document,)

    def files(self) -> tuple[FileRecord, ...]:
        """The one file."""
        return (FileRecord(name="seed.txt", sha256="0" * 64, document_id=DOCUMENT_ID),)

    def document(self, document_id: str) -> Document:
        """The document of this id."""
        if document_id != DOCUMENT_ID:
            raise UnknownDocument(document_id)
        return self._document

    def clause(self, clause_id: str) -> Clause:
        """The clause of this id."""
        for clause in self._document.clauses:
            if clause.id == clause_id:
                return clause
        raise UnknownClause(clause_id)

    def units(self) -> tuple[UnitSummary, ...]:
        """The three units of the document."""
        return (
            UnitSummary("市科技局", "淄博市科学技术局", ("市科学技术局",), {Role.LEAD: 2}),
            UnitSummary("市财政局", "淄博市财政局", (), {Role.RESPONSIBLE: 2}),
            UnitSummary("淄川区", "淄博市淄川区人民政府", (), {Role.LOCAL: 2}),
        )

    def tasks_of(self, unit: str) -> tuple[UnitSummary, tuple[Task, ...]]:
        """The unit and its clauses, by any of its names."""
        for summary in self.units():
            if unit in (summary.name, summary.full_name, *summary.aliases):
                break
        else:
            raise UnknownUnit(unit)
        tasks = tuple(
            Task(clause, assignment.role, assignment.basis, (clause,))
            for clause in self._document.clauses
            for assignment in clause.responsibility.assignments
            if assignment.unit == summary.name
        )
        return summary, tasks

    def task_table(self) -> tuple[tuple[UnitSummary, tuple[Task, ...]], ...]:
        """The three units with their tasks."""
        return tuple(self.tasks_of(unit.name) for unit in self.units())

    def industry_map(self) -> IndustryMap:
        """Of the one entry."""
        return IndustryMap.of(self.industries(), self.documents(), self.standings())

    def match_project(self, text: str) -> ProjectMatches:
        """Nothing matches."""
        self._check(text)
        return ProjectMatches(text)

    def industries(self, *, area: str = "", industry: str = "") -> tuple[IndustryEntry, ...]:
        """One entry, filtered."""
        clause = self.clause(f"{DOCUMENT_ID}:2.2.2")
        entry = IndustryEntry("生物医药", ("淄川经济开发区",), clause.id, clause.body_range)
        if area not in ("", *entry.areas) or industry not in ("", entry.industry):
            return ()
        return (entry,)

    def llm_paused(self) -> bool:
        """There is no LLM."""
        return False

    def info(self) -> dict[str, Any]:
        """What an index says about itself."""
        return {
            "format": 1,
            "encoder": "fake",
            "corpus": "0" * 64,
            "documents": 1,
            "clauses": len(self._document.clauses),
        }

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

    def _check(self, question: str) -> None:
        if not question.strip():
            raise EmptyQuestion
        if len(question) > self._limit:
            raise QuestionTooLong(len(question), self._limit)

    def _answered(self, question: str, clause: Clause, as_of: date | None) -> Answer:
        start, stop = clause.body_range
        quote = self._document.text[start:stop]
        text = f"{quote}[1]"
        citation = Citation(
            id="c1",
            number=1,
            document=document_ref(self._document),
            clause=clause_ref(clause),
            quote=quote,
            char_range=(start, stop),
            validity=Validity("unknown", "文件未说明有效期"),
        )
        units = tuple(
            ResponsibleUnit(a.unit, a.role.value, a.basis, clause.id)
            for a in clause.responsibility.assignments
        )
        return self._answer(
            question,
            Status.ANSWERED,
            as_of,
            answer=AnswerText(text),
            claims=(Claim((0, len(quote)), ("c1",)),),
            citations=(citation,),
            responsible_units=units,
            renderings=Renderings(text, text),
        )

    def _answer(self, question: str, status: Status, as_of: date | None, **parts: Any) -> Answer:
        return Answer(
            id=f"ans-{zlib.crc32(question.encode(errors='replace'))}",
            created=1_700_000_000,
            as_of=(as_of or date(2025, 1, 1)).isoformat(),
            status=status,
            question=AskedQuestion(question),
            model={"name": "fake"},
            **parts,
        )


class FakeLedger:
    """Remembers what it is told; texts beyond 2,000 characters are too long for it."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str, str]] = []
        self.rated: list[dict[str, str]] = []

    def record(
        self, answer: Answer, *, channel: str, user: str = "", milliseconds: float | None = None
    ) -> None:
        """Question, channel and user."""
        self.recorded.append((answer.question.text, channel, user))

    def health(self) -> LedgerHealth:
        """All is well."""
        return LedgerHealth(True, 0, 0, "问答记录正常，0条等待写入。")

    def feedback(
        self,
        answer_id: str,
        *,
        rating: Literal["up", "down"],
        reason: str = "",
        correction: str = "",
        channel: str,
        user: str = "",
        question: str = "",
        answer_text: str = "",
    ) -> None:
        """All of it by name."""
        if len(correction) > 2000:
            raise LedgerInputError("更正意见过长，请缩短后再提交。")
        self.rated.append(
            {
                "answer_id": answer_id,
                "rating": rating,
                "reason": reason,
                "correction": correction,
                "channel": channel,
                "question": question,
                "answer_text": answer_text,
            }
        )
