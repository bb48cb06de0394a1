"""A document's own words: all of them, once, in order; one place marked."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from assistant.faces.site.source_text import clause_lines, name_of, outline, source_text, title_of
from assistant.model import ClauseKind
from tests.fakes import DOCUMENT_ID, make_document


class Words(HTMLParser):
    """The text, and the part of it inside <mark>."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = self.marked = self.strong = ""
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        self.marked += data if "mark" in self.open else ""
        self.strong += data if "strong" in self.open else ""


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


DOCUMENT = make_document()
LEAD = next(c for c in DOCUMENT.clauses if c.id == f"{DOCUMENT_ID}:2.2.1")


def test_the_page_has_every_character_once_and_in_order() -> None:
    assert squeezed(Words(source_text(DOCUMENT)).words) == squeezed(DOCUMENT.text)


def test_text_between_clauses_is_kept() -> None:
    document = replace(DOCUMENT, clauses=DOCUMENT.clauses[2:4])
    assert squeezed(Words(source_text(document)).words) == squeezed(document.text)


@pytest.mark.parametrize("start", range(0, len(DOCUMENT.text), 7))
@pytest.mark.parametrize("length", [1, 5, 40])
def test_exactly_the_range_is_marked(start: int, length: int) -> None:
    stop = min(start + length, len(DOCUMENT.text))
    page = Words(source_text(DOCUMENT, marks=[(start, stop)], current=LEAD.id))
    assert squeezed(page.marked) == squeezed(DOCUMENT.text[start:stop])
    assert squeezed(page.words) == squeezed(DOCUMENT.text)


@pytest.mark.parametrize("mark", [(5, 5), (9, 3), (-4, 2), (0, 10**9)])
def test_a_range_that_is_none_marks_the_clause_instead(mark: tuple[int, int]) -> None:
    page = Words(source_text(DOCUMENT, marks=[mark], current=LEAD.id))
    assert squeezed(page.marked) == squeezed(LEAD.text)


def test_nothing_is_marked_unasked() -> None:
    assert Words(source_text(DOCUMENT)).marked == ""


def test_every_clause_has_its_anchor_and_the_outline_leads_there() -> None:
    anchors = Words(source_text(DOCUMENT)).ids
    assert anchors == [c.anchor for c in DOCUMENT.clauses]
    links = Words(outline(DOCUMENT, url="/documents/d")).links
    assert links
    assert {link.removeprefix("/documents/d#") for link in links} < set(anchors)


def test_the_heading_in_the_line_is_bold() -> None:
    assert Words(clause_lines(DOCUMENT, LEAD)).strong == "智能装备。"


def test_a_note_is_set_apart_inside_its_line() -> None:
    text = "（一）甲\n做事。（责任单位：乙局）"
    clause = replace(
        LEAD,
        kind=ClauseKind.SECTION,
        number="（一）",
        heading="甲",
        text=text,
        char_range=(0, len(text)),
        body_range=(5, 8),
    )
    shown = clause_lines(replace(DOCUMENT, text=text, clauses=(clause,)), clause)
    assert '<p class="head"><strong>（一）甲</strong></p>' in shown
    assert '<p>做事。<span class="note">（责任单位：乙局）</span></p>' in shown


def test_markup_in_a_document_is_text() -> None:
    evil = "<script>alert(1)</script>&amp;"
    clause = replace(LEAD, text=evil, heading=evil, label=evil, path=(evil,), id=f'd:"{evil}')
    clause = replace(clause, char_range=(0, len(evil)), body_range=(0, len(evil)))
    document = replace(DOCUMENT, text=evil, clauses=(clause,))
    shown = source_text(document, current=clause.id) + outline(document)
    assert "<script" not in shown
    assert Words(shown).words == evil * 2


def test_names() -> None:
    assert name_of(LEAD) == "智能装备"
    assert title_of(LEAD) == "二（二）智能装备"
    assert title_of(replace(LEAD, label="二（一）", heading="打造先行区")) == "二（一）打造先行区"
