"""文件库: every document with its facts, force, counts and numbering report; search; no scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from assistant.errors import QuestionError
from assistant.faces.contract import Assistant
from assistant.faces.site import excerpts
from assistant.faces.site.clause_trees import Branch, Counts, branches, counts
from assistant.faces.site.templates import Site, page_response
from assistant.model import Clause, Document, DocumentKind
from assistant.reading.doc_numbers import comparable
from assistant.retrieval.filters import Filters
from assistant.text import fold
from assistant.validity import NOT_IN_FORCE, STATUS_NAMES, UNKNOWN, DocumentStatus, Standing

PAGE_SIZE = 25
MAX_HITS = 20
SHOWN_OUTLINE = 60
KIND_NAMES = {DocumentKind.OFFICIAL: "正式文件", DocumentKind.EXPLANATORY: "说明材料"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asks to see; ``status`` and ``kind`` None for all, ``page`` from 1."""

    q: str = ""
    status: DocumentStatus | None = None
    kind: DocumentKind | None = None
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wanted:
        """What the query string says; a value that does not exist is as if it were not there."""
        status, kind, page = (given.get(name, "") for name in ("status", "kind", "page"))
        return cls(
            given.get("q", "").strip(),
            DocumentStatus(status) if status in list(DocumentStatus) else None,
            DocumentKind(kind) if kind in list(DocumentKind) else None,
            int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
        )

    def query(self, page: int) -> str:
        """The query string of another page of the same list."""
        values = {"q": self.q, "status": self.status or "", "kind": self.kind or ""}
        kept = {name: value for name, value in values.items() if value}
        return urlencode(kept | ({"page": str(page)} if page > 1 else {}), errors="replace")


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of the list."""

    document: Document
    standing: Standing
    files: tuple[str, ...]
    counts: Counts
    outline: tuple[Branch, ...]

    @property
    def over(self) -> bool:
        """Whether it is not in force."""
        return self.standing.status in NOT_IN_FORCE


@dataclass(frozen=True, slots=True)
class Found:
    """One clause of a search, its words in pieces, those of the query marked."""

    clause: Clause
    pieces: tuple[excerpts.Piece, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The clauses that a search found in one document, best first."""

    document: Document
    standing: Standing
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a search gave: documents by name, clauses with the words, clauses that resemble them."""

    named: tuple[Document, ...]
    exact: tuple[Group, ...]
    near: tuple[Group, ...]
    clauses: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list; ``total`` counts all pages' documents."""

    entries: tuple[Entry, ...]
    total: int
    page: int
    pages: int


def add_library(app: FastAPI, assistant: Assistant, site: Site) -> None:
    """Add ``/documents``, the list of all documents and the search in them."""

    @app.get("/documents", response_class=HTMLResponse, include_in_schema=False)
    def documents(request: Request) -> HTMLResponse:
        wanted = Wanted.of(request.query_params)
        results, problem = None, ""
        if wanted.q:
            try:
                results = search(assistant, wanted)
            except QuestionError as error:
                problem = str(error)
        return page_response(
            "documents.html",
            site,
            status=400 if problem else 200,
            title="文件库",
            section="documents",
            kind="library-page",
            wanted=wanted,
            results=results,
            problem=problem,
            listing=None if wanted.q else listing(assistant, wanted),
            held=len(assistant.documents()),
            kinds=KIND_NAMES,
            statuses=STATUS_NAMES,
        )


def listing(library: Assistant, wanted: Wanted) -> Listing:
    """The page of the list that is wanted: official documents first, the newest first."""
    force = library.standings()
    chosen = [d for d in library.documents() if _fits(d, force, wanted)]
    ordered = sorted(chosen, key=newest_first)
    pages = max(1, -(-len(ordered) // PAGE_SIZE))
    page = min(max(1, wanted.page), pages)
    names: dict[str, list[str]] = {}
    for file in library.files():
        names.setdefault(file.document_id, []).append(file.name)
    return Listing(
        tuple(
            _entry(document, force, names.get(document.id, ()))
            for document in ordered[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        ),
        len(ordered),
        page,
        pages,
    )


def search(library: Assistant, wanted: Wanted) -> Results:
    """The documents so named and the clauses found, by document.

    Raises:
        QuestionError: the query is empty or too long.
    """
    filters = Filters(
        kinds=(wanted.kind,) if wanted.kind else tuple(DocumentKind),
        statuses=(wanted.status,) if wanted.status else (),
    )
    hits = library.search(wanted.q, MAX_HITS, filters)
    force, documents = library.standings(), {d.id: d for d in library.documents()}
    terms = excerpts.terms(wanted.q)
    exact: dict[str, list[Found]] = {}
    near: dict[str, list[Found]] = {}
    for clause in (hit.clause for hit in hits if hit.clause.document_id in documents):
        pieces = tuple(excerpts.excerpt(clause.text, terms))
        holder = exact if any(marked for _, marked in pieces) else near
        holder.setdefault(clause.document_id, []).append(Found(clause, pieces))
    name, number = fold(wanted.q), comparable(wanted.q)
    named = [
        document
        for document in documents.values()
        if _fits(document, force, wanted)
        and (name in fold(document.title) or number in comparable(document.doc_number))
    ]

    def groups(found: Mapping[str, Sequence[Found]]) -> tuple[Group, ...]:
        official = sorted(found, key=lambda at: documents[at].kind is not DocumentKind.OFFICIAL)
        return tuple(
            Group(documents[at], force.get(at, UNKNOWN), tuple(found[at])) for at in official
        )

    return Results(
        tuple(named[:MAX_HITS]), groups(exact), groups(near), sum(map(len, exact.values()))
    )


def newest_first(document: Document) -> tuple[bool, int, str]:
    """The order of a list: official documents first, of these the newest."""
    day = document.issued_on or document.published_on
    return document.kind is not DocumentKind.OFFICIAL, -(day.toordinal() if day else 0), document.id


def _fits(document: Document, force: Mapping[str, Standing], wanted: Wanted) -> bool:
    status = force.get(document.id, UNKNOWN).status
    return wanted.kind in (None, document.kind) and wanted.status in (None, status)


def _entry(document: Document, force: Mapping[str, Standing], files: Sequence[str]) -> Entry:
    return Entry(
        document,
        force.get(document.id, UNKNOWN),
        tuple(files),
        counts(document),
        branches(document, SHOWN_OUTLINE),
    )
