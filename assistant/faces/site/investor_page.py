"""投资指引: industries by areas, their sentences, and 「我的项目是…」; works without scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from assistant import clock
from assistant.answering.industry_map import ANYWHERE, IndustryMap, Passage, Row, Selection, marked
from assistant.answering.project_matches import (
    INVITES,
    RELATION_NAMES,
    Match,
    ProjectMatches,
)
from assistant.errors import QuestionError, QuestionTooLong
from assistant.faces.site.investor_sheets import investor_workbook
from assistant.faces.site.spreadsheets import MEDIA_TYPE
from assistant.faces.site.templates import Site, page_response
from assistant.model import Assignment
from assistant.text import clean, fold

PAGE_SIZE = 30
LONGEST_VALUE = 200  # of a filter
MOST_OPTIONS = 400  # industries that the browser suggests while one types
_STEPS = {1: "1 处", 2: "2 处", 3: "3–4 处", 5: "5 处以上"}  # from so many on, a step deeper
_TOO_WIDE = re.compile(
    r"[业务融济]$|产业|新材料$|^(?:高端|先进|现代|新型|绿色|智能产品)"
)  # as an example


class InvestorAssistant(Protocol):
    """What the page asks of the assistant."""

    def industry_map(self) -> IndustryMap:
        """Every entry of the industry table, with its source and whom to ask."""
        ...

    def match_project(self, text: str) -> ProjectMatches:
        """What fits a project in an investor's own words.

        Raises:
            QuestionError: the text is empty or too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asks to see: the filters, the project, and the page of the list, from 1."""

    selection: Selection = field(default_factory=Selection)
    project: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wanted:
        """What the query string says."""
        values = {
            n: clean(given.get(n, ""))[:LONGEST_VALUE] for n in ("area", "industry", "document")
        }
        page = given.get("page", "")
        known = page.isascii() and page.isdecimal() and len(page) < 6
        selection = Selection(**values, past=given.get("past") == "1")
        return cls(selection, given.get("project", "").strip(), max(1, int(page)) if known else 1)

    def query(self, **changes: str | int) -> str:
        """The query string with some values changed; what is empty is left out."""
        chosen = self.selection
        values = {"area": chosen.area, "industry": chosen.industry, "document": chosen.document}
        values |= {"past": "1" if chosen.past else "", "project": self.project}
        values |= {name: str(value) for name, value in changes.items()}
        kept = {name: value for name, value in values.items() if value}
        return urlencode(kept, errors="replace")


@dataclass(frozen=True, slots=True)
class Table:
    """One matrix of the page; one of many has its document's id and title, and may be folded.

    ``rest`` are the rows of industries without any area, which are folded below the others.
    """

    shown: IndustryMap
    rest: IndustryMap = field(default_factory=IndustryMap)
    document: str = ""
    title: str = ""
    open: bool = True

    @property
    def count(self) -> int:
        """How many industries it has."""
        return len(self.shown.industries) + len(self.rest.industries)

    @property
    def steps(self) -> frozenset[int]:
        """How deep the colours of its cells are."""
        groups = (*self.shown.groups(), *self.rest.groups())
        rows = (row for group in groups for row in group.rows)
        return frozenset(step(len(cell)) for row in rows for cell in row.cells)


@dataclass(frozen=True, slots=True)
class Active:
    """A filter that is on, and the address without it."""

    name: str
    value: str
    without: str


def add_investor_pages(app: FastAPI, assistant: InvestorAssistant, site: Site) -> None:
    """Add ``/industries``, the page, and ``/industries.xlsx``, the same list as a workbook."""

    @app.get("/industries", response_class=HTMLResponse, include_in_schema=False)
    def industries(request: Request) -> HTMLResponse:
        return investor_page(assistant, Wanted.of(request.query_params), site)

    @app.get("/industries.xlsx", include_in_schema=False)
    def industries_workbook(request: Request) -> Response:
        wanted = Wanted.of(request.query_params)
        matches, _ = _matched(assistant, wanted.project)
        chosen = assistant.industry_map().selected(wanted.selection)
        address = site.public_base_url or str(request.base_url).rstrip("/")
        reached = replace(site, public_base_url=address)
        made = investor_workbook(chosen, wanted.selection, matches, reached, clock.now())
        name = quote("投资指引.xlsx")
        disposition = f"attachment; filename=\"industries.xlsx\"; filename*=UTF-8''{name}"
        return Response(made, media_type=MEDIA_TYPE, headers={"Content-Disposition": disposition})


def investor_page(assistant: InvestorAssistant, wanted: Wanted, site: Site) -> HTMLResponse:
    """The page for what is wanted."""
    whole = assistant.industry_map()
    matches, problem = _matched(assistant, wanted.project)
    current = whole.selected(Selection(past=wanted.selection.past))
    chosen = whole.selected(wanted.selection)
    passages = chosen.passages
    pages = max(1, -(-len(passages) // PAGE_SIZE))
    tables = _tables(current, wanted.selection)
    steps = frozenset[int]().union(*(table.steps for table in tables))
    page = min(wanted.page, pages)
    return page_response(
        "industries.html",
        site,
        title="投资指引",
        section="industries",
        wanted=wanted,
        selection=wanted.selection,
        whole=whole,
        current=current,
        past=len(whole.supports) - len(whole.selected(Selection()).supports),
        tables=tables,
        like=current.like(wanted.selection.industry),
        chosen=chosen,
        passages=passages[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        first=(page - 1) * PAGE_SIZE + 1,
        page=page,
        pages=pages,
        active=_active(whole, wanted),
        options=current.industries[:MOST_OPTIONS],
        matches=matches,
        problem=problem,
        inviting=_inviting(whole),
        examples=_examples(current),
        anywhere=ANYWHERE,
        relation_names=RELATION_NAMES,
        step=step,
        legend=[(at, name) for at, name in enumerate(_STEPS.values(), 1) if at in steps],
        row_is=row_is,
        marked=marked,
        question=question_about,
        contact_units=contact_units,
        match_words=lambda match: [r.found for r in match.reasons],
    )


def step(count: int) -> int:
    """How deep the colour of a cell is: 0 for an empty one, to 4."""
    return sum(count >= least for least in _STEPS)


def question_about(industry: str, areas: Sequence[str]) -> str:
    """What one would ask the chat about an industry."""
    return f"{industry}在哪些区域重点发展？" if areas else f"文件对{industry}有哪些支持措施？"


def contact_units(found: Passage | Match) -> tuple[Assignment, ...]:
    """Whom to ask about a sentence: who leads or is responsible, then 属地."""
    whom = found.first.contacts if isinstance(found, Passage) else found.contacts
    return (*whom.units, *whom.local)


def _matched(assistant: InvestorAssistant, project: str) -> tuple[ProjectMatches | None, str]:
    """What fits the project, or why it could not be looked for; neither where none is given."""
    if not project:
        return None, ""
    try:
        return assistant.match_project(project), ""
    except QuestionTooLong as error:
        return None, f"项目说明有{error.length}个字，超过上限{error.limit}个字，请缩短后再找。"
    except QuestionError:
        return None, "项目说明里没有文字，请写明产品或服务。"


def _tables(current: IndustryMap, selection: Selection) -> list[Table]:
    """The matrix as it can be read: whole, or by document, the richest first and open."""
    shown = current.selected(Selection(document=selection.document, past=True))
    tables = sorted(shown.tables(), key=lambda t: -len(t.industries))
    if len(tables) == 1:
        return [Table(*_folded(t), selection.document) for t in tables if t.supports]
    named = ((t, t.documents[0]) for t in tables)
    return [Table(*_folded(t), d.id, d.title, at == 0) for at, (t, d) in enumerate(named)]


def _folded(table: IndustryMap) -> tuple[IndustryMap, IndustryMap]:
    """What of a table is shown, and what is folded: nothing where no industry has an area."""
    placed, rest = table.halves()
    return (placed, rest) if placed.supports else (rest, placed)


def _active(whole: IndustryMap, wanted: Wanted) -> list[Active]:
    chosen = wanted.selection
    titles = {d.id: f"《{d.title}》" for d in whole.documents}
    named = (
        ("区域", "area", chosen.area),
        ("产业含有", "industry", chosen.industry),
        ("文件", "document", titles.get(chosen.document, chosen.document)),
        ("效力", "past", "包括未在施行的文件" if chosen.past else ""),
    )
    return [Active(name, value, wanted.query(**{key: ""})) for name, key, value in named if value]


def _inviting(whole: IndustryMap) -> tuple[str, ...]:
    """The units named in these clauses that look after investors, by their names."""
    units = (a.unit for s in whole.supports for a in s.clause.responsibility.assignments)
    return tuple(dict.fromkeys(unit for unit in units if INVITES.search(unit)))


def _examples(current: IndustryMap) -> tuple[str, ...]:
    """Three industries to try: products and services, of different sentences, with areas first."""
    said = sorted(current.passages, key=lambda passage: not passage.first.areas)
    fit = ([n for n in p.industries if 3 < len(n) < 8 and not _TOO_WIDE.search(n)] for p in said)
    names = dict.fromkeys(name for name in (next(iter(names), "") for names in fit) if name)
    return tuple(names)[:3]


def row_is(row: Row, selection: Selection) -> bool:
    """Whether a row is the one that the filter names."""
    return bool(selection.industry) and fold(selection.industry) == fold(row.industry)
