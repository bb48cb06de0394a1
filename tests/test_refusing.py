"""A refusal says so first, names what is near, and never cites."""

from __future__ import annotations

from assistant.answer import REFUSAL_PHRASE, Status
from assistant.answering.drafting import clause_ref
from assistant.answering.refusing import refuse
from assistant.parts import Parts


def test_a_refusal_without_anything_near() -> None:
    draft = refuse(Status.OUT_OF_SCOPE, "与文件无关。")
    assert draft.text == REFUSAL_PHRASE + "与文件无关。"
    assert draft.status is Status.OUT_OF_SCOPE
    assert draft.refusal
    assert (draft.refusal.reason, draft.refusal.nearest) == ("与文件无关。", ())
    assert not draft.citations
    assert not draft.claims
    assert not draft.units


def test_what_is_near_is_named_as_no_answer(parts: Parts) -> None:
    hits = parts.retriever.search("自动驾驶", 5)
    draft = refuse(Status.NO_SOURCE, "没有写明金额。", hits)
    assert draft.refusal
    near = [h.clause for h in hits[:3] if h.signals["coverage"] > 0]
    assert draft.refusal.nearest == tuple(clause_ref(clause) for clause in near)
    assert near
    assert "相近条款（不是答案）：" in draft.text
    assert all(clause.label in draft.text for clause in near)
    assert draft.refusal.contact_units == ()


def test_whom_to_ask_are_the_leaders_or_the_first_unit(parts: Parts) -> None:
    for query, units in (
        ("自动驾驶", ("市发展改革委", "市工业和信息化局")),
        ("健身设施", ("市教育局",)),
        ("舆论宣传", ()),
    ):
        hits = parts.retriever.search(query, 1)
        draft = refuse(Status.NO_SOURCE, "没有写明。", hits, contact=True)
        assert draft.refusal
        assert draft.refusal.contact_units == units
        assert ("可向相近条款的责任单位咨询" in draft.text) is bool(units)
    assert refuse(Status.NO_SOURCE, "没有。", (), contact=True).text == REFUSAL_PHRASE + "没有。"
