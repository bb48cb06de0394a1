"""文件库: the list, its filters and pages, the numbering report, the search and its marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from assistant.faces.site import excerpts
from assistant.faces.site.clause_trees import branches, counts
from assistant.faces.site.library_page import PAGE_SIZE, Wanted, add_library
from assistant.faces.site.templates import Site
from assistant.model import Anomaly, AnomalyKind, Document, DocumentKind, Hit, Role
from assistant.reading.editions import with_id
from assistant.reading.files import FileRecord
from assistant.retrieval.filters import NO_FILTERS, Filters
from assistant.text import fold
from assistant.validity import DocumentStatus, Standing
from tests import test_pages
from tests.fakes import DOCUMENT_ID, TITLE, FakeAssistant, make_document


class Page(test_pages.Page):
    """A page that may hold fields of a form."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag in {"input", "br"}:
            self.open.pop()


REPEALED = Standing(DocumentStatus.REPEALED, "自印发之日起废止")


class Shelves(FakeAssistant):
    """A fake with any documents; the clauses of the first are what a search finds."""

    def __init__(
        self, documents: Sequence[Document] = (), force: Mapping[str, Standing] | None = None
    ) -> None:
        super().__init__(max_question_chars=50)
        self.held, self.force = tuple(documents), force or {}
        self.found: tuple[Hit, ...] | None = None

    def documents(self) -> tuple[Document, ...]:
        return self.held

    def standings(self, day: date | None = None) -> Mapping[str, Standing]:
        return self.force

    def files(self) -> tuple[FileRecord, ...]:
        return tuple(FileRecord(f"{d.id}.docx", "0" * 64, document_id=d.id) for d in self.held)

    def search(self, query: str, limit: int = 10, filters: Filters = NO_FILTERS) -> tuple[Hit, ...]:
        found = super().search(query, limit, filters)
        return found if self.found is None else self.found


def client_of(shelves: Shelves, base: str = "") -> TestClient:
    app = FastAPI()
    add_library(app, shelves, Site(base=base))
    return TestClient(app)


def page_of(shelves: Shelves, query: str = "", status: int = 200) -> Page:
    response = client_of(shelves).get(f"/documents{query}")
    assert response.status_code == status
    return Page(response.text)


def made(number: int, *, day: date | None = None, kind: str = "official") -> Document:
    own = with_id(make_document(), f"d{number}")
    return replace(own, title=f"文件之{number}", issued_on=day, kind=DocumentKind(kind))


def test_a_document_is_listed_with_all_that_is_known_of_it() -> None:
    document = make_document()
    page = page_of(Shelves([document], {document.id: REPEALED}))
    for words in (
        TITLE,
        document.doc_number,
        document.issuer,
        "2022年4月20日",
        "已废止",
        "依据：自印发之日起废止",
        f"{DOCUMENT_ID}.docx",
        "编号连续",
    ):
        assert words in page.words, words
    assert f"/documents/{DOCUMENT_ID}" in page.links()
    assert f"/documents/{DOCUMENT_ID}#c-2.2.1" in page.links()


def test_the_counts_are_those_of_the_clauses() -> None:
    document = make_document()
    noted = [
        replace(c, responsibility=replace(c.responsibility, note_range=(0, 2)))
        if c.responsibility.assignments
        else c
        for c in document.clauses
    ]
    found = counts(replace(document, clauses=tuple(noted)))
    assert (found.clauses, found.tasks, found.units) == (5, 2, 3)
    assert counts(document).tasks == 0  # inherited, so no task of its own


def test_the_tree_leaves_out_the_deepest_levels_first() -> None:
    document = make_document()
    assert [b.depth for b in branches(document)] == [1, 1, 2, 3, 3]
    assert [b.depth for b in branches(document, 4)] == [1, 1, 2]
    assert [b.depth for b in branches(document, 1)] == [1]


def test_the_tree_names_units_where_the_clause_itself_does() -> None:
    document = make_document()
    clause = document.clauses[4]
    assert not branches(document)[3].units  # listed there, but not by words of its own
    own = replace(clause, responsibility=replace(clause.responsibility, note_range=(0, 2)))
    tree = branches(replace(document, clauses=(own,)))
    assert tree[0].units == {
        Role.LEAD: ("市科技局",),
        Role.RESPONSIBLE: ("市财政局",),
        Role.LOCAL: ("淄川区",),
    }


def test_faults_of_the_numbering_lead_to_the_clause() -> None:
    document = make_document()
    clause = document.clauses[3]
    faults = (
        Anomaly(AnomalyKind.GAP, "二（二）：编号不连续。", clause.char_range, clause.id),
        Anomaly(AnomalyKind.OUTSIDE, "“<b>”在条款之外。", (0, 1)),
    )
    page = page_of(Shelves([replace(document, anomalies=faults)]))
    assert "2 处需要留意" in page.words
    assert "编号连续" not in page.words
    assert f"/clauses/{clause.id}" in page.links()
    assert "“<b>”在条款之外。" in page.words


def test_a_document_that_is_not_official_is_marked_and_comes_last() -> None:
    page = page_of(
        Shelves(
            [
                made(1, kind="explanatory", day=date(2030, 1, 1)),
                made(2),
                made(3, day=date(2020, 1, 1)),
            ]
        )
    )
    assert "非官方文件" in page.words
    assert page.words.index("文件之3") < page.words.index("文件之2") < page.words.index("文件之1")


def test_the_filters_choose_by_force_and_kind() -> None:
    shelves = Shelves([made(1), made(2), made(3, kind="explanatory")], {"d2": REPEALED})
    assert "文件之2" in page_of(shelves, "?status=repealed").words
    assert "文件之1" not in page_of(shelves, "?status=repealed").words
    assert "文件之3" not in page_of(shelves, "?kind=official").words
    assert "1 份（共 3 份）" in page_of(shelves, "?status=repealed").words
    assert "没有符合这些条件的文件" in page_of(shelves, "?status=expired").words


def test_what_is_no_filter_is_ignored() -> None:
    page = page_of(Shelves([made(1)]), "?status=nonsense&kind=%00&page=x&page=-1")
    assert "文件之1" in page.words


def test_hundreds_of_documents_come_in_pages_each_once() -> None:
    shelves = Shelves([made(n) for n in range(3 * PAGE_SIZE + 2)], {"d1": REPEALED})
    client = client_of(shelves)
    seen: list[str] = []
    url = "/documents"
    while url:
        page = Page(client.get(url).text)
        seen += [a["id"] or "" for tag, a in page.tags if tag == "h2"]
        following = [a["href"] for tag, a in page.tags if tag == "a" and a.get("rel") == "next"]
        url = f"/documents{following[0]}" if following else ""
    assert sorted(seen) == sorted(f"d-d{n}" for n in range(3 * PAGE_SIZE + 2))
    assert "第 4 / 4 页" in Page(client.get("/documents?page=99").text).words


def test_the_next_page_keeps_the_filters() -> None:
    wanted = Wanted.of({"status": "in_force", "kind": "official", "page": "2"})
    assert wanted.query(3) == "status=in_force&kind=official&page=3"
    assert Wanted.of({"q": "\ud800"}).query(1)  # half a character is no reason to fail


def test_an_empty_library_says_so() -> None:
    page = page_of(Shelves())
    assert "还没有收录文件" in page.words


def test_a_search_shows_path_words_and_link_with_the_words_marked() -> None:
    shelves = Shelves([make_document()])
    page = page_of(shelves, "?q=生物医药")
    assert "生物医药" in page.marked
    assert f"/clauses/{DOCUMENT_ID}:2.2.2" in page.links()
    assert "处条款含有检索的词" in page.words
    assert shelves.filters[-1].kinds == tuple(DocumentKind)


def test_a_search_by_title_or_number_names_the_document() -> None:
    page = page_of(Shelves([make_document()]), "?q=淄政字[2022]40号")
    assert "标题或文号相符的文件" in page.words  # whatever its brackets
    page = page_of(Shelves([make_document()]), "?q=科创大走廊")
    assert "标题或文号相符的文件" in page.words


def test_a_search_that_finds_no_such_word_says_so_and_offers_what_is_near() -> None:
    page = page_of(Shelves([make_document()]), "?q=zzz")
    assert "没有条款含有“zzz”" in page.words
    assert "意思相近的条款" in page.words
    assert not page.marked


def test_the_filters_hold_inside_the_search() -> None:
    shelves = Shelves([make_document()])
    page_of(shelves, "?q=产业&status=in_force&kind=official")
    assert shelves.filters[-1] == Filters(
        kinds=(DocumentKind.OFFICIAL,), statuses=(DocumentStatus.IN_FORCE,)
    )


def test_a_query_that_cannot_be_searched_is_a_sentence_on_the_page() -> None:
    page = page_of(Shelves([make_document()]), f"?q={'长' * 51}", 400)
    assert "问题" in page.words


def test_what_is_typed_is_escaped() -> None:
    response = client_of(Shelves([make_document()])).get("/documents?q=<script>x</script>")
    assert "<script>x" not in response.text


def test_links_stand_under_the_path_of_the_site() -> None:
    page = Page(client_of(Shelves([make_document()]), "/policy").get("/documents").text)
    inner = [link for link in page.links() if not link.startswith("#")]
    assert inner
    assert all(link.startswith("/policy/") for link in inner)


def test_a_page_of_long_documents_stays_light() -> None:
    document = make_document()
    clauses = tuple(
        replace(document.clauses[3], id=f"d:{n}", parent_id="", number=f"第{n}条")
        for n in range(2_000)
    )
    shelves = Shelves([replace(made(n), clauses=clauses) for n in range(100)])
    response = client_of(shelves).get("/documents")
    assert len(response.content) < 600_000
    assert "在全文中查看全部 2000 条" in Page(response.text).words


# Excerpts ---------------------------------------------------------------------------------------

TEXTS = st.text(alphabet="甲乙丙丁 Ａa１1\n，。ﬁ", max_size=60)


@given(TEXTS, TEXTS)
def test_marks_are_the_terms_and_lie_apart(text: str, query: str) -> None:
    terms = excerpts.terms(query)
    marks = excerpts.places(text, terms)
    assert all(a < b for a, b in marks)
    assert all(one[1] < other[0] for one, other in pairwise(marks))
    for start, stop in marks:
        assert any(term in fold(text[start:stop]) for term in terms)
    if not marks:
        assert not any(term in fold(text) for term in terms)


@given(TEXTS, TEXTS, st.integers(5, 40))
def test_an_excerpt_is_a_stretch_of_the_text_that_shows_a_mark(
    text: str, query: str, length: int
) -> None:
    terms = excerpts.terms(query)
    pieces = excerpts.excerpt(text, terms, length)
    shown = "".join(words for words, _ in pieces if words != "…")
    assert shown in text
    assert len(shown) <= max(length, 0)
    if len(text) <= length:
        assert shown == text
        assert any(marked for _, marked in pieces) == bool(excerpts.places(text, terms))


def test_an_excerpt_shows_where_most_of_the_words_stand() -> None:
    text = "氢能。" + "甲" * 300 + "氢能产业与储能产业。" + "乙" * 300
    pieces = excerpts.excerpt(text, excerpts.terms("氢能产业"), 60)
    assert ("氢能产业", True) in pieces
    assert pieces[0] == pieces[-1] == ("…", False)
    assert sum(len(words) for words, _ in pieces[1:-1]) == 60


def test_words_are_found_whatever_their_width_or_script() -> None:
    assert excerpts.places("推進Ａ Ｉ產業", excerpts.terms("AI产业")) == [(2, 7)]
    assert excerpts.terms("的") == ("的",)
    assert excerpts.terms("科技 局的") == ("科技局的", "科技局")
