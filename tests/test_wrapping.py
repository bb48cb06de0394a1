"""Lines with places → paragraphs: what goes on, what ends, and what only belongs to the page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.source import Paragraph, Table
from assistant.reading.wrapping import PositionedLine, blocks, paragraphs, without_page_marks

SIZE, LEFT, COLUMNS = 12.0, 72.0, 30
BODY = "为推动科技创新和产业升级，各级各部门要加强统筹协调，完善配套政策，强化要素保障，确保各项任务落到实处，取得实效"


def line(
    text: str, indent: float = 0, row: int = 0, page: int = 1, **more: object
) -> PositionedLine:
    left = LEFT + indent * SIZE
    top = 80.0 + row * 1.5 * SIZE
    right = left + sum(1 if ord(c) > 0x2000 else 0.5 for c in text) * SIZE
    return PositionedLine(text, left, right, top, top + SIZE, page, **more)  # type: ignore[arg-type]


def typeset(
    words: list[str], *, indent: int = 2, rows: int = 20, number: str = ""
) -> list[PositionedLine]:
    """The paragraphs on pages of so many rows, each page with its number at the foot."""
    found: list[PositionedLine] = []
    row, page = 0, 1

    def put(text: str, by: float) -> None:
        nonlocal row, page
        if row == rows:
            row, page = 0, page + 1
        found.append(line(text, by, row, page))
        row += 1

    for text in words:
        put(text[: COLUMNS - indent], indent)
        rest = text[COLUMNS - indent :]
        for at in range(0, len(rest), COLUMNS):
            put(rest[at : at + COLUMNS], 0)
    if number:
        found += [line(number.format(p), 14, rows + 3, p) for p in range(1, page + 1)]
    return sorted(found, key=lambda one: (one.page, one.top))


def words(found: list[Paragraph]) -> list[str]:
    return [p.text for p in found]


TEXT = [f"（{n}）{BODY}。" for n in "一二三四五"] + [BODY * 3 + "。", BODY * 2 + "。"]


def test_paragraphs_come_back_over_lines_and_pages() -> None:
    assert words(paragraphs(typeset(TEXT, rows=7))) == TEXT


@given(st.lists(st.integers(3, 200), min_size=8, max_size=20), st.integers(5, 25))
def test_no_character_is_lost(lengths: list[int], rows: int) -> None:
    text = ["".join(chr(0x4E00 + 211 * at + i) for i in range(n)) for at, n in enumerate(lengths)]
    found = paragraphs(typeset(text, rows=rows, number="— {} —"))
    assert "".join(words(found)) == "".join(text)


@pytest.mark.parametrize(
    "number", ["— {} —", "- {} -", "{}", "第{}页", "第{}页 共9页", "{}/9", "第 {} 页，共 9 页"]
)
def test_page_numbers_go(number: str) -> None:
    assert words(paragraphs(typeset(TEXT, rows=7, number=number))) == TEXT


def test_a_number_that_does_not_count_the_pages_stays() -> None:
    pages = [line(BODY[p : p + 20] + "。", 2, 0, p) for p in (1, 2, 3)]
    pages += [line(number, 2, 9, p) for p, number in enumerate(("88", "15", "60"), 1)]
    assert words(paragraphs(sorted(pages, key=lambda one: one.page)))[1::2] == ["88", "15", "60"]


def test_a_header_of_most_pages_goes_and_what_stands_inside_stays() -> None:
    pages = []
    for page in (1, 2, 3, 4):
        pages += [line("政府公报", 10, -3, page), line(f"{BODY[page : page + 9]}。", 2, 0, page)]
        pages += [line("全国", 2, 5, page), line(f"{BODY[page + 9 : page + 20]}。", 2, 6, page)]
    kept = [one.text for one in without_page_marks(pages)]
    assert "政府公报" not in kept
    assert kept.count("全国") == 4


def test_what_starts_a_paragraph_of_its_own() -> None:
    full = line(BODY[: COLUMNS - 1] + "。", 0, 1)
    rest = typeset(TEXT, rows=99)
    for after in (
        line(BODY[:10], 2, 2),  # indented
        line(BODY[:8], 11, 2),  # centred
        line("（二）" + BODY[:10], 0, 2),  # numbered
        line(BODY[:10], 0, 9),  # far below
        PositionedLine(BODY[:5], LEFT, LEFT + 90, 98 + SIZE, 98 + SIZE * 2.5, 1),  # larger
    ):
        shifted = [PositionedLine(o.text, o.left, o.right, o.top, o.bottom, 2) for o in rest]
        assert words(paragraphs([full, after, *shifted]))[:1] == [full.text], after


def test_a_short_line_ends_its_paragraph() -> None:
    got = words(
        paragraphs(
            [
                line(BODY[:20], 0, 0),
                line(BODY[20:40], 0, 1),
                line(BODY[:COLUMNS], 0, 2),
                line("完。", 0, 3),
            ]
        )
    )
    assert got == [BODY[:20], BODY[20:40], BODY[:COLUMNS] + "完。"]


def test_a_title_set_by_hand_stays_lines_and_a_long_one_is_joined() -> None:
    body = [
        PositionedLine(o.text, o.left, o.right, o.top + 200, o.bottom + 200, 1)
        for o in typeset(TEXT, rows=99)
    ]
    hand = [line(BODY[:16], 7, 0), line(BODY[16:26], 10, 1)]
    long = [line(BODY[:COLUMNS], 0, 0), line(BODY[COLUMNS : COLUMNS + 8], 11, 1)]
    assert words(paragraphs([*hand, *body]))[:2] == [BODY[:16], BODY[16:26]]
    assert words(paragraphs([*long, *body]))[0] == BODY[: COLUMNS + 8]


@pytest.mark.parametrize(
    ("one", "two", "joined"),
    [
        ("a" * 58 + "of", "Data use", "of Data"),
        ("a" * 59 + "-", "Data use", "-Data"),
        ("深" * 28 + "使用", "Data use", "使用Data"),
        ("a" * 56 + "2022", "年印发", "2022年"),
    ],
)
def test_blanks_between_joined_lines(one: str, two: str, joined: str) -> None:
    found = words(
        paragraphs(
            [line(one, 0, 0), line(two, 0, 1), line("深" * COLUMNS, 0, 9), line("完", 0, 10)]
        )
    )
    assert joined in found[0]


def test_bold_moves_with_its_words() -> None:
    first = line(
        "（责任单位：" + "市科技局、市财政局、市教育局、市公安局、市民政" + "局",
        0,
        0,
        bold=((6, 10), (28, 30)),
    )
    second = line("、市司法局）", 0, 1, bold=((0, 1),))
    (found,) = paragraphs([first, second])
    assert [found.text[a:b] for a, b in found.bold] == ["市科技局", "政局、"]


def test_a_table_ends_a_paragraph() -> None:
    table = Table((("甲", "乙"), ("丙", "丁")))
    found = blocks([line(BODY[:COLUMNS], 0, 0), table, line("后文。", 0, 9)])
    assert found == [Paragraph(BODY[:COLUMNS]), table, Paragraph("后文。")]


@given(
    st.lists(
        st.builds(
            PositionedLine,
            st.text(max_size=8),
            *(st.floats(-50, 900) for _ in range(4)),
            st.integers(1, 4),
        ),
        max_size=25,
    )
)
def test_any_lines_give_their_characters_or_fewer(lines: list[PositionedLine]) -> None:
    kept = "".join(one.text for one in without_page_marks(lines))
    joined = "".join(words(paragraphs(lines)))
    assert re.sub(r"\s", "", joined) == re.sub(r"\s", "", kept)
