"""Tables as .xlsx: what is written is what openpyxl reads back, and nothing of it is a formula."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.faces.site.spreadsheets import (
    LONGEST_CELL,
    Cell,
    Column,
    Link,
    Properties,
    Sheet,
    workbook,
)

TOLD = Properties("投资指引", created=datetime(2024, 5, 6, tzinfo=UTC).replace(tzinfo=None))


def read(data: bytes) -> Any:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data))


def of(*cells: Cell) -> Sheet:
    return Sheet("表", [Column(f"列{i}") for i, _ in enumerate(cells)], [cells])


def test_every_row_stands_under_frozen_filtered_headings() -> None:
    rows = [(f"产业{i}", i, date(2022, 4, 20)) for i in range(50)]
    columns = [Column("产业", 20), Column("数", 8), Column("日期", 12)]
    sheet = read(workbook([Sheet("清单", columns, rows, frozen=1)], TOLD))["清单"]
    assert [c.value for c in sheet[1]] == ["产业", "数", "日期"]
    found = [tuple(c.value for c in row) for row in sheet.iter_rows(min_row=2)]
    assert found == [(name, i, datetime(2022, 4, 20)) for name, i, _ in rows]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:C51"
    assert sheet.column_dimensions["A"].width == pytest.approx(20, abs=1)
    assert sheet["A2"].alignment.wrap_text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}", "=cmd|' /C'!A0"])
def test_a_text_is_never_a_formula(text: str) -> None:
    cell = read(workbook([of(text)], TOLD)).active["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_text_of_digits_or_of_an_address_stays_a_text() -> None:
    sheet = read(workbook([of("007", "https://example.invalid/")], TOLD)).active
    assert [sheet["A2"].value, sheet["B2"].value] == ["007", "https://example.invalid/"]
    assert sheet["B2"].hyperlink is None


def test_a_link_opens_its_page() -> None:
    url = "https://example.invalid/clauses/a:2.2#c-2.2"
    cell = read(workbook([of(Link("二（二）", url))], TOLD)).active["A2"]
    assert cell.value == "二（二）"
    target = cell.hyperlink.target + (
        f"#{cell.hyperlink.location}" if cell.hyperlink.location else ""
    )
    assert target == url


@pytest.mark.parametrize(
    "url",
    ["", "/clauses/a", "javascript:alert(1)", "file:///x", "https://example.invalid/" + "a" * 2000],
)
def test_what_is_no_page_is_not_linked(url: str) -> None:
    cell = read(workbook([of(Link("=二", url))], TOLD)).active["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == ("=二", "s", None)


def test_names_of_sheets_fit_the_format_and_differ() -> None:
    titles = ["a/b[c]:d*e?f\\", "长" * 40, "长" * 40, "A", "a", "", "'引'", "History"]
    made = read(workbook([Sheet(t, [Column("列")], []) for t in titles], TOLD))
    names = made.sheetnames
    assert len({n.lower() for n in names}) == len(titles)
    assert all(0 < len(n) <= 31 and not set(n) & set("[]:*?/\\") for n in names)
    assert not any(n.startswith("'") or n.endswith("'") for n in names)


def test_what_the_format_cannot_hold_is_left_out() -> None:
    sheet = read(workbook([of("a\x00b\ud800c\ufffed", "长" * 40_000)], TOLD)).active
    assert sheet["A2"].value == "abcd"
    assert len(sheet["B2"].value) == LONGEST_CELL
    assert sheet["B2"].value.endswith("从略）")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_comes_back(texts: list[str]) -> None:
    sheet = read(workbook([of(*texts)], TOLD)).active
    for text, cell in zip(texts, sheet[2], strict=True):
        kept = "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
        kept = "".join(c for c in kept if not "\ud800" <= c <= "\udfff")
        assert (cell.value or "") == kept.replace("\r\n", "\n").replace("\r", "\n")


def test_what_looks_like_an_escape_stays_as_it_is() -> None:
    assert read(workbook([of("_x0041_ _x000D_")], TOLD)).active["A2"].value == "_x0041_ _x000D_"


def test_larger_numbers_are_deeper() -> None:
    sheet = Sheet("矩阵", [Column("产业"), Column("甲区")], [("钢", 3), ("铝", None)], 1, True)
    made = read(workbook([sheet], TOLD)).active
    (rules,) = made.conditional_formatting
    assert str(rules.sqref) == "B2:B3"
    assert rules.rules[0].type == "colorScale"
    assert made["B3"].value is None


def test_a_table_without_rows_keeps_its_headings() -> None:
    sheet = read(workbook([Sheet("空", [Column("产业")], [])], TOLD)).active
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [["产业"]]


def test_the_file_tells_of_itself_and_is_the_same_each_time() -> None:
    first = workbook([of("一")], TOLD)
    assert first == workbook([of("一")], TOLD)
    assert read(first).properties.title == "投资指引"


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        workbook([], TOLD)
    with pytest.raises(ValueError, match="longer"):
        workbook([Sheet("表", [Column("列")], [("a", "b")])], TOLD)
