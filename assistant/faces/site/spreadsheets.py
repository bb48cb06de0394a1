"""Tables as an .xlsx workbook (电子表格): the one module that speaks to XlsxWriter. Pure: no files.

What a cell holds is written as what it is: a text that begins with ``=`` stays a text and is never
a formula, whatever a document or a user wrote.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FONT = "Microsoft YaHei"
LONGEST_NAME = 31  # the limits of the format: characters of a sheet's name, of a cell, of an
LONGEST_CELL = 32_767  # address, links of a sheet
LONGEST_URL = 2_000
MOST_LINKS = 65_000
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_LINE_END = re.compile("\r\n?")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CUT = "…（过长，其余从略）"


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that opens a page: its words, and the address (only http and https are linked)."""

    text: str
    url: str


Cell: TypeAlias = str | int | float | date | Link | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and its width in digits of the default font (a 汉字 takes two)."""

    title: str
    width: float = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table under frozen headings.

    ``frozen`` counts the columns that stay when one scrolls to the right; a ``shaded`` table has
    its whole numbers on a scale of colour, the larger the deeper, and 0 for an empty cell left
    out; ``filtered`` gives the headings their filters.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    frozen: int = 0
    shaded: bool = False
    filtered: bool = True


@dataclass(frozen=True, slots=True)
class Properties:
    """What the file says of itself: 标题, 主题, 作者, 备注 and when it was made."""

    title: str
    subject: str = ""
    author: str = ""
    comments: str = ""
    created: datetime | None = None


def workbook(sheets: Sequence[Sheet], properties: Properties) -> bytes:
    """The .xlsx file; names of sheets are made to fit the format and to differ.

    Raises:
        ValueError: there is no sheet, or a row is longer than its headings.
    """
    from xlsxwriter import Workbook

    if not sheets:
        raise ValueError("a workbook holds at least one sheet")
    held = io.BytesIO()
    default = {"font_name": FONT, "font_size": 10.5, "valign": "top"}
    made = Workbook(held, {"in_memory": True, "default_format_properties": default})
    told = {name: getattr(properties, name) for name in ("title", "subject", "author", "comments")}
    told = {name: _plain(value) for name, value in told.items()}
    made.set_properties(told | ({"created": properties.created} if properties.created else {}))
    formats = _formats(made)
    for name, sheet in zip(_names(sheets), sheets, strict=True):
        _write(made.add_worksheet(name), sheet, formats)
    made.close()
    return held.getvalue()


def _formats(made: Any) -> dict[str, Any]:
    grid = {"border": 1, "border_color": "#C9D2DE"}
    head = {"bold": True, "bg_color": "#1D4F91", "font_color": "#FFFFFF", "valign": "vcenter"}
    return {
        "head": made.add_format({**grid, **head, "text_wrap": True}),
        "text": made.add_format({**grid, "text_wrap": True}),
        "number": made.add_format({**grid, "align": "center"}),
        "day": made.add_format({**grid, "num_format": "yyyy-mm-dd", "align": "center"}),
        "link": made.add_format(
            {**grid, "text_wrap": True, "font_color": "#1D4F91", "underline": 1}
        ),
    }


def _write(into: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    last_row, last_column = len(sheet.rows), max(0, len(sheet.columns) - 1)
    for at, column in enumerate(sheet.columns):
        into.set_column(at, at, column.width)
        into.write_string(0, at, _plain(column.title), formats["head"])
    links = 0
    for down, row in enumerate(sheet.rows, 1):
        if len(row) > len(sheet.columns):
            raise ValueError(f"row {down} of {sheet.title} is longer than its headings")
        for at, cell in enumerate(row):
            links += isinstance(cell, Link)
            _write_cell(into, (down, at), cell, formats, linked=links <= MOST_LINKS)
    into.freeze_panes(1, sheet.frozen)
    into.repeat_rows(0)
    if sheet.filtered and sheet.rows:
        into.autofilter(0, 0, last_row, last_column)
    if sheet.shaded and sheet.rows:
        scale = {"type": "2_color_scale", "min_color": "#EAF1FA", "max_color": "#6E9BD1"}
        into.conditional_format(1, sheet.frozen, last_row, last_column, scale)
    into.set_landscape()
    into.set_paper(9)  # A4
    into.fit_to_pages(1, 0)
    into.set_footer("&C第&P页 共&N页")


def _write_cell(
    into: Any, at: tuple[int, int], cell: Cell, formats: dict[str, Any], *, linked: bool
) -> None:
    if cell is None or cell == "":
        into.write_blank(*at, None, formats["text"])
    elif isinstance(cell, Link):
        if linked and _can_open(cell.url):
            into.write_url(*at, cell.url, formats["link"], _plain(cell.text))
        else:
            into.write_string(*at, _plain(cell.text), formats["text"])
    elif isinstance(cell, str):
        into.write_string(*at, _plain(cell), formats["text"])
    elif isinstance(cell, date):
        into.write_datetime(*at, cell, formats["day"])
    else:
        into.write_number(*at, cell, formats["number"])


def _can_open(url: str) -> bool:
    """Whether the format holds the address, and it is one of a page rather than of a file."""
    return url.startswith(("https://", "http://")) and len(url) <= LONGEST_URL


def _plain(text: str) -> str:
    """The text without what XML cannot hold, its lines ended alike, cut where a cell is full."""
    kept = _NOT_IN_XML.sub("", _LINE_END.sub("\n", text))
    return kept if len(kept) <= LONGEST_CELL else kept[: LONGEST_CELL - len(_CUT)] + _CUT


def _names(sheets: Sequence[Sheet]) -> list[str]:
    """The sheets' names as the format takes them, each once whatever its case."""
    names: list[str] = []
    taken: set[str] = {"history"}  # a name that the format keeps for itself
    for sheet in sheets:
        bare = _NOT_IN_NAMES.sub(" ", _plain(sheet.title)).strip(" '\t\r\n") or "表"
        name, again = bare[:LONGEST_NAME].rstrip(" '"), 1
        while name.lower() in taken:
            again += 1
            end = f"（{again}）"
            name = bare[: LONGEST_NAME - len(end)] + end
        taken.add(name.lower())
        names.append(name)
    return names
