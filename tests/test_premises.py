"""What a question takes for granted: counts, years, reasons, sections, things never mentioned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assistant.answering.premises import PART, absent_subject, missing_premise, undescribed_person
from assistant.model import Clause, Document
from assistant.retrieval.retriever import Topic
from assistant.text import fold
from assistant.vocabulary import shipped
from tests.laws import parsed

TEXT = """某市关于推进体育事业的意见
一、2026年任务
（一）赛事。2025年承办足球赛事，支持12家企业，服务居民1200户。为方便群众，由市民政局社会救助科受理，各科室配合。
（二）场馆。建设滑冰馆，完善配套用房。
（三）建成20个球场
完善配套服务。
"""


@pytest.fixture(scope="module", name="document")
def document_fixture() -> Document:
    return parsed(TEXT)


def clause(document: Document, heading: str) -> Clause:
    return next(c for c in document.clauses if c.heading == heading)


def missing(document: Document, asked: str, heading: str = "赛事", quoted: str = "") -> str:
    found = clause(document, heading)
    words = quoted or document.text[slice(*found.body_range)]
    return missing_premise(asked, found, words, document, shipped())


@pytest.mark.parametrize(
    "asked",
    [
        "2025年承办什么赛事",
        "2026年承办什么赛事",  # in the heading above
        "支持多少家企业",
        "服务多少户居民",
        "为什么要承办赛事",
        "哪个科受理",
        "哪个科室受理",
        "承办什么赛事",
        "〔2019〕40号的赛事",  # a number of a document is no year
        "编号12030的赛事",
        "",
    ],
)
def test_what_the_clause_holds_is_not_missing(document: Document, asked: str) -> None:
    assert missing(document, asked) == ""


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2030年承办什么赛事", "2030年的情况"),
        ("2021—2025年承办什么赛事", "2021年的情况"),
        ("2030—2035年承办什么赛事", "2030年的情况"),
        ("２０３０年承办什么赛事", "2030年的情况"),
        ("支持几个城市", "“城市”的数量"),
        ("哪个窗口受理", "具体的窗口"),
        ("哪家银行受理", "具体的银行"),
        ("由哪个处室受理", "具体的处室"),
    ],
)
def test_what_it_does_not_hold_is_named(document: Document, asked: str, told: str) -> None:
    assert missing(document, asked) == told


def test_the_heading_of_a_clause_counts(document: Document) -> None:
    assert missing(document, "建成多少个球场", "建成20个球场") == ""
    assert missing(document, "建成多少个球场", "场馆") == "“球场”的数量"


def test_a_count_is_named_before_a_year_and_a_year_before_an_organ(document: Document) -> None:
    assert missing(document, "2030年哪个窗口管几个城市") == "“城市”的数量"
    assert missing(document, "2030年哪个窗口受理") == "2030年的情况"


def test_a_reason_must_stand_in_the_words_that_are_quoted(document: Document) -> None:
    asked = "为什么要承办赛事"
    assert missing(document, asked, quoted="由市民政局受理。") == "原因"
    assert missing(document, asked, quoted="为方便群众，由民政局受理。") == ""
    assert missing(document, "凭什么建滑冰馆", "场馆") == "原因"
    assert missing(document, "怎么建滑冰馆", "场馆") == ""


def test_the_year_of_the_document_itself_is_not_missing(document: Document) -> None:
    assert missing(document, "2019年的赛事") == "2019年的情况"
    for named in (
        replace(document, title="2019年工作意见"),
        replace(document, doc_number="某政〔2019〕1号"),
        replace(document, issued_on=date(2019, 1, 2)),
    ):
        assert missing(named, "2019年的赛事") == ""


def test_a_clause_that_names_no_year_may_hold_for_any(document: Document) -> None:
    assert missing(document, "2030年的滑冰馆", "场馆") == ""


# Things that the document never mentions -----------------------------------------------------------

WHOLE = fold(TEXT)


def topic(
    term: str, weight: float = 1.0, related: tuple[str, ...] = (), known: bool = True
) -> Topic:
    return Topic(term, related, weight, known)


def absent(asked: str, *topics: Topic, near: tuple[str, ...] = ()) -> tuple[str, ...]:
    return absent_subject(asked, topics, WHOLE, lambda word: word in near)


def test_an_official_noun_that_is_never_mentioned_is_absent() -> None:
    assert absent("养老机构和赛事", topic("养老机构"), topic("赛事")) == ("养老机构",)
    assert absent("赛事和场馆", topic("赛事"), topic("场馆")) == ()
    assert absent("") == ()


def test_words_that_only_people_use_say_nothing() -> None:
    assert absent("院子怎么弄", topic("院子")) == ()
    assert absent("厂里怎么弄", topic("厂里")) == ()


def test_other_words_for_it_count_as_a_mention() -> None:
    assert absent("溜冰场", topic("养老机构", related=("滑冰馆",))) == ()
    assert absent("养老机构", topic("养老机构"), near=("养老机构",)) == ()
    assert absent("企业场馆", topic("企业场馆")) == (), "all its parts are mentioned"


def test_general_words_are_not_missed() -> None:
    assert absent("养老机构", topic("养老机构", known=False)) == ()


def test_little_of_the_topic_is_not_worth_a_refusal() -> None:
    rest = topic("赛事", 1.0)
    below = PART / (1 - PART) * 0.99
    assert absent("养老机构", topic("养老机构", below), rest) == ()
    assert absent("养老机构", topic("养老机构", below * 1.03), rest) == ("养老机构",)


def test_the_kind_that_is_asked_for_takes_nothing_for_granted() -> None:
    assert absent("需要哪些养老机构", topic("养老机构")) == ()
    assert absent("养老机构需要什么", topic("养老机构")) == ("养老机构",)


@pytest.mark.parametrize(
    ("asked", "person"),
    [
        ("李建国是谁", "李建国"),
        ("王小明同志是什么人？", "王小明"),
        ("谁是陈安", "陈安"),
        ("张伟是谁", ""),  # 市长张伟
        ("赵敏是谁", ""),
        ("牵头单位是谁", ""),
        ("申请人是谁", ""),
        ("高新区是谁负责", ""),
        ("李建国负责什么", ""),
        ("齐风胜境是干什么的", ""),
    ],
)
def test_a_person_whom_no_text_describes(asked: str, person: str) -> None:
    texts = ["深入贯彻李建国思想。", "市长张伟主持。召集人：赵敏。王小明新区。"]
    assert undescribed_person(asked, texts) == person


def test_the_goal_of_a_year_is_not_what_was_reached(document: Document) -> None:
    asked = "2025年足球赛事目标是多少"
    assert missing(document, asked, quoted="2025年承办足球赛事，增长12%。") == "2025年的目标"
    assert missing(document, asked, quoted="2025年承办足球赛事，力争增长12%。") == ""
    assert missing(document, "2025年足球赛事增长多少", quoted="2025年增长12%。") == ""
