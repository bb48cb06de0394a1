"""职责清单: all units, one unit with its tasks, two units side by side; each also as .xlsx."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from assistant import clock
from assistant.answering.unit_partners import among, closest_pairs, compare, matrix, partners
from assistant.errors import UnknownUnit
from assistant.faces.contract import Assistant
from assistant.faces.site.spreadsheets import MEDIA_TYPE, Sheet
from assistant.faces.site.templates import Site, page_response
from assistant.faces.site.unit_sheets import unit_sheet, unit_workbook
from assistant.faces.site.unit_views import (
    Listed,
    TaskView,
    UnitLists,
    acting,
    by_level,
    by_role_and_document,
    compared_views,
    found_units,
    network,
    open_leads,
    resolved,
    shade,
    shade_ranges,
    similar,
    task_views,
)
from assistant.model import Role
from assistant.text import clean

MOST_IN_MATRIX = 24
MOST_PAIRS = 12
MOST_LISTED = 24  # units of one level before the rest is folded; fewer where there are many units
MANY, MOST_OF_MANY = 60, 10
MOST_OPEN = 3  # tasks that are few enough to be shown whole at once
_LONGEST_NAME = 80
_METHODS = ["GET", "HEAD"]
_ROLES = {role.value: role for role in Role}


def add_unit_pages(app: FastAPI, assistant: Assistant, site: Site) -> None:
    """Add ``/units``, ``/units/compare``, ``/units/{name}`` and their .xlsx files."""
    pages = UnitPages(assistant, site)
    for address, answer in (  # what has a name of its own comes before the units' names
        ("/units", pages.units),
        ("/units.xlsx", pages.units_file),
        ("/units/compare", pages.compare),
        ("/units/compare.xlsx", pages.compare_file),
        ("/units/{name:path}/tasks.xlsx", pages.unit_file),
        ("/units/{name:path}", pages.unit),
    ):
        app.add_api_route(
            address,
            answer,
            methods=_METHODS,
            response_class=HTMLResponse,
            response_model=None,
            include_in_schema=False,
        )


class UnitPages:
    """What each address answers, for one assistant on one site."""

    def __init__(self, assistant: Assistant, site: Site) -> None:
        self.assistant = assistant
        self.site = site
        self.lists = UnitLists(assistant)

    def units(self, q: str = "", role: str = "") -> Response:
        """All units by level, or those found; who does what with whom as a heat map."""
        listed, shared = self.lists.current()
        words, wanted = _cleaned(q), _ROLES.get(role)
        found = found_units(self.assistant, listed, words, wanted)
        filtered = bool(words or wanted)
        names = [unit.name for unit in found]
        made = (
            matrix(shared, MOST_IN_MATRIX, names)
            if filtered
            else matrix(among(shared, acting(listed)), MOST_IN_MATRIX)
        )
        tasks = [task for unit in listed.values() for task in unit.tasks]
        most_listed = MOST_LISTED if len(listed) <= MANY else MOST_OF_MANY
        return self._page(
            "units.html",
            "职责清单",
            kind="units-page",
            listed=listed,
            task_count=len({task.clause.id for task in tasks}),
            document_count=len({task.clause.document_id for task in tasks}),
            words=words,
            role=wanted,
            roles=[r for r in Role if any(task.role is r for task in tasks)],
            found=found,
            groups=by_level(found),
            most_tasks=max((len(unit.tasks) for unit in found), default=1),
            most_listed=len(found) if filtered else most_listed,
            matrix=made,
            highest=made.highest,
            connected=sum(bool(others) for others in shared.values()),
            local_left_out=not filtered and len(acting(listed)) < len(listed),
            shade=shade,
            shades=shade_ranges(made.highest),
            pairs=closest_pairs(shared, set(names), MOST_PAIRS),
        )

    def units_file(self, request: Request) -> Response:
        """All tasks of all units as one sheet."""
        listed, _ = self.lists.current()
        views = [v for unit in listed.values() for v in self._views(unit)]
        return _file("职责清单", [unit_sheet("职责清单", views, self._reached(request))])

    def unit(self, name: str, whole: str = "") -> Response:
        """One unit: its names, its tasks by role, who works with it; ``whole=1`` opens them all."""
        listed, shared = self.lists.current()
        found = resolved(self.assistant, listed, _cleaned(name))
        if found is None:
            return self._unknown(_cleaned(name))
        together = partners(shared, found.name)
        views = self._views(found)
        return self._page(
            "unit.html",
            f"{found.name}的职责清单",
            kind="unit-page",
            listed=listed,
            found=found,
            groups=by_role_and_document(views),
            issuers=list(dict.fromkeys(v.document.issuer for v in views if v.document.issuer)),
            open_leads=open_leads(found.tasks),
            whole=whole == "1",
            opened=whole == "1" or len(views) <= MOST_OPEN,
            partners=together,
            network=network(found.name, together),
        )

    def unit_file(self, request: Request, name: str) -> Response:
        """All tasks of one unit as a sheet."""
        listed, _ = self.lists.current()
        found = resolved(self.assistant, listed, _cleaned(name))
        if found is None:
            return self._unknown(_cleaned(name))
        sheet = unit_sheet(found.name, self._views(found), self._reached(request))
        return _file(f"{found.name}职责清单", [sheet])

    def compare(self, a: str = "", b: str = "") -> Response:
        """Two units side by side, or what is still missing to compare them."""
        listed, _ = self.lists.current()
        asked = _cleaned(a), _cleaned(b)
        one, other = (resolved(self.assistant, listed, name) for name in asked)
        unknown = [n for n, unit in zip(asked, (one, other), strict=True) if n and unit is None]
        views, title = None, "两个单位的职责比较"
        if one and other and one is not other:
            views, title = self._compared(one, other), f"{one.name}与{other.name}的职责比较"
        return self._page(
            "units_compare.html",
            title,
            kind="compare-page",
            status=404 if unknown else 200,
            listed=listed,
            first=asked[0],
            second=asked[1],
            one=one,
            other=other,
            views=views,
            unknown=[(name, similar(listed.values(), name)) for name in unknown],
        )

    def compare_file(self, request: Request, a: str = "", b: str = "") -> Response:
        """The comparison as three sheets: 共同任务, and what only one of the two has."""
        listed, _ = self.lists.current()
        one, other = (resolved(self.assistant, listed, _cleaned(name)) for name in (a, b))
        if one is None or other is None or one is other:
            return self.compare(a, b)
        titles = ("共同任务", f"只有{one.name}", f"只有{other.name}")
        parts = zip(titles, self._compared(one, other), strict=True)
        site = self._reached(request)
        sheets = [unit_sheet(title, found, site) for title, found in parts]
        return _file(f"{one.name}与{other.name}职责比较", sheets)

    def _reached(self, request: Request) -> Site:
        """The site with the address it was asked at, where none is set: a file has none itself."""
        address = self.site.public_base_url or str(request.base_url).rstrip("/")
        return replace(self.site, public_base_url=address)

    def _views(self, unit: Listed) -> list[TaskView]:
        return task_views(self.assistant, unit.tasks, unit.name)

    def _compared(self, one: Listed, other: Listed) -> tuple[list[TaskView], ...]:
        table = {unit.name: unit.tasks for unit in (one, other)}
        return compared_views(self.assistant, compare(table, one.name, other.name))

    def _compare_url(self, first: str, second: str, end: str = "") -> str:
        return f"{self.site.base}/units/compare{end}?{urlencode({'a': first, 'b': second})}"

    def _unknown(self, name: str) -> HTMLResponse:
        """No unit of this name: what is wrong in one sentence, and names like it."""
        listed, _ = self.lists.current()
        return self._page(
            "unit_unknown.html",
            "没有这个单位",
            kind="missing-page",
            status=404,
            reason=str(UnknownUnit(name)),
            near=similar(listed.values(), name),
        )

    def _page(
        self, template: str, title: str, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        told = {"title": title, "section": "units", "compare_url": self._compare_url}
        return page_response(template, self.site, status=status, **told, **values)


def _cleaned(name: str) -> str:
    return clean(name)[:_LONGEST_NAME]


def _file(title: str, sheets: Sequence[Sheet]) -> Response:
    made = clock.now().replace(tzinfo=None, microsecond=0)
    named = f"attachment; filename*=UTF-8''{quote(title, safe='')}.xlsx"
    headers = {"Content-Disposition": named}
    return Response(unit_workbook(title, sheets, made), media_type=MEDIA_TYPE, headers=headers)
