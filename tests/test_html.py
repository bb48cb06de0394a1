"""Answers as HTML: everything escaped, every citation linked, refusals told apart."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from assistant.answer import (
    AIGC,
    Answer,
    AnswerText,
    AskedQuestion,
    Citation,
    ClauseRef,
    DocumentRef,
    Refusal,
    ResponsibleUnit,
    Status,
    Validity,
)
from assistant.faces.site import html
from assistant.model import Assignment, Role
from assistant.rendering import clause_url
from tests.fakes import FakeAssistant

EVIL = "<script>alert('&\"')</script>"
VOID = {"br", "meta", "link", "input"}


class Page(HTMLParser):
    """Open and close tags must match; remembers tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [a for _, a in self.tags if name in (a.get("class") or "").split()]


def citation(number: int, word: str = "智能装备", kind: str = "official") -> Citation:
    return Citation(
        id=f"c{number}",
        number=number,
        document=DocumentRef("d", f"标题{word}", f"文号{word}", word, None, kind, ""),
        clause=ClauseRef(f"d:{number}", ("正文", "二", word), f"二（{word}）", f"c-{number}"),
        quote=f"引文{word}",
        char_range=(3, 9),
    )


def answer(text: str = "甲。[1]\n乙。[2]", **parts: object) -> Answer:
    given: dict[str, object] = {
        "status": Status.ANSWERED,
        "question": AskedQuestion("问"),
        "answer": AnswerText(text),
        "citations": (citation(1), citation(2)),
    }
    return Answer(id="a", created=0, as_of="2025-01-01", **given | parts)  # type: ignore[arg-type]


def test_every_field_is_escaped() -> None:
    units = (ResponsibleUnit(EVIL, "lead", f"stated: {EVIL}", "d:1"),)
    told = answer(
        f"{EVIL}[1]",
        question=AskedQuestion(EVIL, f"又{EVIL}"),
        citations=(replace(citation(1, EVIL, "explanatory"), validity=Validity(EVIL, EVIL)),),
        responsible_units=units,
        warnings=(EVIL,),
        aigc=AIGC(True, EVIL, EVIL),
    )
    near = (ClauseRef(f'd:"{EVIL}', ("正文", EVIL), EVIL, EVIL),)
    refused = answer(status=Status.NO_SOURCE, refusal=Refusal(EVIL, near, (EVIL,)))
    whole = "".join(
        (
            html.answer_html(told),
            html.answer_html(refused),
            html.question_html(EVIL),
            html.spoken(told),
            html.spoken(refused),
        )
    )
    page = Page(whole)
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.words.count(EVIL) > 12
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_marks_link_to_the_clause_and_carry_the_range() -> None:
    page = Page(html.answer_text(answer("甲。[1]乙[9]。")))
    (link,) = page.of_class("cite")
    assert link["href"] == "/clauses/d:1"
    assert (link["data-clause"], link["data-start"], link["data-stop"]) == ("d:1", "3", "9")
    assert page.words == "甲。[1]乙[9]。"


def test_links_stand_on_the_base_and_keep_odd_ids_whole() -> None:
    assert clause_url("a/b?c#d:1", "/zc") == "/zc/clauses/a%2Fb%3Fc%23d:1"
    assert html.base_path("https://www.example.gov.cn/zc") == "/zc"
    assert html.base_path("") == ""
    assert html.ask_url("甲&乙") == "/?q=%E7%94%B2%26%E4%B9%99"


def test_a_card_names_document_path_words_and_validity() -> None:
    plain = Page(html.citation_card(citation(1)))
    assert "《标题智能装备》（文号智能装备）" in plain.words
    assert "二 › 智能装备" in plain.words
    assert "引文智能装备" in plain.words
    assert not plain.of_class("validity")
    assert not plain.of_class("badge")
    repealed = replace(citation(1), validity=Validity("repealed"))
    assert "已废止" in Page(html.citation_card(repealed)).words


def test_explanatory_documents_are_marked() -> None:
    assert html.EXPLANATORY in Page(html.citation_card(citation(1, kind="explanatory"))).words
    assert html.badge("official") == ""


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("bold", "原文标黑注明"),
        ("listed", "责任单位注列明"),
        ("stated", "原文写明"),
        ("stated: 注中以“，”分开", "注中以“，”分开"),
        ("inherited from 二（一）", "承接二（一）的规定"),
        ("something new", "something new"),
    ],
)
def test_basis_in_words(basis: str, words: str) -> None:
    assert html.basis_words(basis) == words


def test_units_are_grouped_by_role_in_the_order_of_the_roles() -> None:
    page = Page(
        html.unit_chips(
            [
                Assignment("属地区", Role.LOCAL, "inherited from 二（一）"),
                Assignment("市财政局", Role.RESPONSIBLE, "listed"),
                Assignment("市科技局", Role.LEAD, "bold"),
                Assignment("市商务局", Role.RESPONSIBLE, "listed"),
            ]
        )
    )
    found = [page.words.index(w) for w in ("牵头单位", "市科技局", "责任单位", "市财政局")]
    found += [page.words.index(w) for w in ("市商务局", "属地落实", "承接二（一）", "属地区")]
    assert found == sorted(found)
    assert page.of_class("chip")[0]["data-ask"] == "市科技局负责哪些任务？"


def test_clauses_with_the_same_units_are_named_together() -> None:
    def units(clause_id: str, *names: str) -> tuple[ResponsibleUnit, ...]:
        return tuple(ResponsibleUnit(n, "responsible", "listed", clause_id) for n in names)

    same = answer(responsible_units=units("d:1", "甲局", "乙局") + units("d:2", "甲局", "乙局"))
    assert len(Page(html.answer_units(same)).of_class("chip")) == 2
    apart = answer(responsible_units=units("d:1", "甲局") + units("d:2", "乙局"))
    page = Page(html.answer_units(apart))
    assert len(page.of_class("unit-block")) == 2
    assert page.words.count("二（智能装备）") == 2
    assert html.answer_units(answer()) == ""


def test_the_units_of_many_clauses_are_folded() -> None:
    units = tuple(ResponsibleUnit(f"局{n}", "responsible", "listed", f"d:{n}") for n in range(4))
    page = Page(html.answer_units(answer(responsible_units=units)))
    assert "各条款的责任单位（4 组）" in page.words
    assert len(page.of_class("chip")) == 4


def test_many_cards_are_folded_and_counted() -> None:
    page = Page(html.answer_html(answer(citations=tuple(citation(n) for n in range(1, 8)))))
    assert len(page.of_class("card")) == 7
    assert f"其余 {7 - html.SHOWN_CARDS} 处依据" in page.words


def test_a_refusal_looks_different_and_says_what_to_do_next() -> None:
    fake = FakeAssistant()
    refused = Page(html.answer_html(fake.ask("今天天气怎么样")))
    assert refused.of_class("refusal")
    assert not refused.of_class("answer")
    assert "相近条款（不是答案）" in refused.words
    assert "换用文件里的说法" in refused.words
    told = Page(html.answer_html(fake.ask("智能装备")))
    assert told.of_class("answer")
    assert not told.of_class("refusal")


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_words(status: Status) -> None:
    refusal = None if status in {Status.ANSWERED, Status.PARTIAL} else Refusal("没有")
    page = Page(html.answer_html(answer(status=status, refusal=refusal)))
    assert page.of_class("status")
    assert page.of_class(f"status-{status.value}")


def test_an_answer_without_text_is_still_a_page() -> None:
    Page(html.answer_html(answer(answer=None, citations=())))
    Page(html.answer_html(answer(answer=None, citations=(), status=Status.ERROR)))


def test_a_completed_follow_up_says_how_it_was_understood() -> None:
    asked = AskedQuestion("那谁负责？", "智能装备由哪些单位负责？")
    assert (
        "已理解为：智能装备由哪些单位负责？" in Page(html.answer_html(answer(question=asked))).words
    )
    assert "已理解为" not in html.answer_html(answer())


def test_words_of_a_model_carry_their_label() -> None:
    label = AIGC(True, "本回答由人工智能生成", "AI生成")
    assert "人工智能生成" in html.answer_html(answer(aigc=label))
    assert "aigc" not in html.answer_html(answer())


def test_a_long_question_is_cut_and_counted() -> None:
    shown = Page(html.question_html("长" * 100_000)).words
    assert len(shown) < html.SHOWN_QUESTION + 40
    assert "共100000字" in shown
