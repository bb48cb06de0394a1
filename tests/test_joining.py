"""Several true drafts joined are one true draft; what is false in a part stays false."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Claim, Refusal, Status
from assistant.answering.drafting import Draft, clause_ref
from assistant.answering.joining import headline, joined
from assistant.checking.verification import faults
from assistant.model import Clause, Document
from assistant.parts import Parts
from tests.laws import parsed

ASKED = (
    "工业互联网由哪个部门负责",
    "市财政局负责哪些任务",
    "二（五）说了什么",
    "文昌湖发展什么产业",
    "文件的文号是什么",
    "自动驾驶重点做什么",
    "元宇宙怎么发展",
    "智能装备补贴多少钱",
)
MARKED = """某市关于推动工作的意见
一、任务
（一）产业。发展汽车[1]和疫苗[2]。（责任单位：市科技局）
（二）人才。引进青年[10]。
"""


@pytest.fixture(scope="module")
def drafts(parts: Parts) -> dict[str, Draft]:
    day = date(2025, 1, 1)
    return {
        asked: parts.answerer.answer(parts.conversation.understand(asked), day) for asked in ASKED
    }


def claimed(draft: Draft) -> list[str]:
    return [draft.text[slice(*claim.span)] for claim in draft.claims]


@given(asked=st.lists(st.sampled_from(ASKED), min_size=1, max_size=5))
def test_true_drafts_joined_are_true(
    parts: Parts, drafts: dict[str, Draft], asked: list[str]
) -> None:
    chosen = [(q, drafts[q]) for q in asked]
    whole = joined(chosen, "先说总的。")
    assert faults(whole, parts.lookups.documents, parts.lookups.clauses) == []
    assert claimed(whole) == [words for q in asked for words in claimed(drafts[q])]
    places = [(c.clause.id, c.char_range) for c in whole.citations]
    assert len(set(places)) == len(places)
    assert [c.number for c in whole.citations] == list(range(1, len(places) + 1))
    assert [c.id for c in whole.citations] == [f"c{n + 1}" for n in range(len(places))]
    for field in ("units", "warnings"):
        merged = getattr(whole, field)
        assert merged == list(dict.fromkeys(x for q in asked for x in getattr(drafts[q], field)))
    at = 0
    for question in asked:
        at = whole.text.index(headline(question), at) + 1
    assert joined(chosen).text == whole.text.removeprefix("先说总的。\n")


def test_one_part_without_a_heading_is_itself(drafts: dict[str, Draft]) -> None:
    for draft in drafts.values():
        assert joined([("", draft)]) == draft


@pytest.fixture
def marked() -> Document:
    return parsed(MARKED)


def quoting(document: Document, labels: tuple[str, ...], *, named: bool = True) -> Draft:
    draft = Draft()
    for label in labels:
        clause = next(c for c in document.clauses if c.label == label)
        draft.say(f"{label}：" if named else "")
        draft.quote(document, clause, clause.body_range)
    return draft


def test_numbers_change_outside_the_claims_only(marked: Document) -> None:
    clauses: dict[str, Clause] = {c.id: c for c in marked.clauses}
    one, two = quoting(marked, ("一（二）",)), quoting(marked, ("一（一）", "一（二）"))
    whole = joined([("甲", one), ("乙", two)])
    assert whole.text == (
        "【甲】\n一（二）：引进青年[10]。[1]\n【乙】\n"
        "一（一）：发展汽车[1]和疫苗[2]。[2]一（二）：引进青年[10]。[1]"
    )
    assert claimed(whole) == ["引进青年[10]。", "发展汽车[1]和疫苗[2]。", "引进青年[10]。"]
    assert faults(whole, {marked.id: marked}, clauses) == []


def test_more_than_nine_citations_shift_what_follows() -> None:
    lines = "".join(f"（{n}）事项。做好第{n}件事。\n" for n in "一二三四五六七八九十")
    document = parsed(f"某市关于推动工作的意见\n一、任务\n{lines}")
    labels = tuple(f"一（{n}）" for n in "一二三四五六七八九十")
    back = quoting(document, labels[::-1], named=False)  # a mark stands before each claim
    whole = joined([("甲", quoting(document, labels)), ("乙", back)])
    assert len(whole.citations) == 10
    assert whole.text.count("[10]") == 2
    assert faults(whole, {document.id: document}, {c.id: c for c in document.clauses}) == []


A, P, N, C = Status.ANSWERED, Status.PARTIAL, Status.NO_SOURCE, Status.CLARIFY


@pytest.mark.parametrize(
    ("statuses", "status"),
    [((A, A), A), ((A, P), P), ((A, N), P), ((C, A), P), ((N, C), N), ((C, N), C), ((), N)],
)
def test_the_status_of_the_whole(statuses: tuple[Status, ...], status: Status) -> None:
    assert joined([("问", Draft(s, "答")) for s in statuses]).status is status


def test_the_refused_parts_keep_their_words_and_nearest_clauses(marked: Document) -> None:
    near = tuple(clause_ref(c) for c in marked.clauses[-2:])
    first = Draft(Status.NO_SOURCE, "没有写明甲。", refusal=Refusal("甲", near[:1], ("市科技局",)))
    second = Draft(Status.NO_SOURCE, "没有写明乙。", refusal=Refusal("乙", near, ("市科技局",)))
    whole = joined([("一", first), ("二", quoting(marked, ("一（一）",))), ("三", second)])
    assert "没有写明甲。" in whole.text
    assert "没有写明乙。" in whole.text
    assert whole.refusal == Refusal("甲", near, ("市科技局",))


@pytest.mark.parametrize("lie", ["mark", "claim", "quote", "unit"])
def test_what_is_false_in_a_part_stays_false(marked: Document, lie: str) -> None:
    true = quoting(marked, ("一（一）", "一（二）"))
    false = quoting(marked, ("一（二）",))
    if lie == "mark":
        false.say("见[2]。")
    elif lie == "claim":
        false.claims = [Claim(c.span, ("c2",)) for c in false.claims]
    elif lie == "quote":
        false.citations = [replace(c, quote="引进专家。") for c in false.citations]
    else:
        false.say("责任单位：市科技局。")
    clauses = {c.id: c for c in marked.clauses}
    assert faults(false, {marked.id: marked}, clauses)
    for chosen in ([("一", true), ("二", false)], [("一", false), ("二", true)]):
        assert faults(joined(chosen), {marked.id: marked}, clauses)


def test_a_heading_is_no_mark_and_no_line_of_units(marked: Document) -> None:
    clauses = {c.id: c for c in marked.clauses}
    heading = "责任单位：市科技局，见[7]\n【对吗】？"
    whole = joined([(heading, Draft(Status.NO_SOURCE, "没有。"))])
    assert whole.text == "【责任单位 市科技局，见〔7〕 〔对吗〕】\n没有。"
    assert faults(whole, {marked.id: marked}, clauses) == []
