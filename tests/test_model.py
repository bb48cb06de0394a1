"""The nouns: they cite themselves, give the text back, and cannot be changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import (
    CITABLE,
    ROLE_NAMES,
    Assignment,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    Responsibility,
    Role,
)
from assistant.reading.corpus import read_document
from tests.laws import SEED


def clause(start: int, end: int, text: str, key: str = "1") -> Clause:
    return Clause(
        id=f"d:{key}",
        document_id="d",
        kind=ClauseKind.SECTION,
        number="",
        heading="",
        path=("正文",),
        label="一（一）",
        text=text[start:end],
        char_range=(start, end),
        body_range=(start, end),
    )


def document(text: str, *clauses: Clause) -> Document:
    return Document(
        id="d",
        title="某意见",
        doc_number="",
        issuer="",
        issued_on=None,
        recipients="",
        remark="",
        kind=DocumentKind.OFFICIAL,
        source="",
        sha256="",
        text=text,
        clauses=clauses,
    )


@pytest.fixture(scope="module")
def seed() -> Document:
    return read_document(SEED)


def test_a_clause_is_cited_as_an_official_would(seed: Document) -> None:
    cited = next(c for c in seed.clauses if c.heading == "智能装备")
    assert seed.cite(cited) == (
        "《淄博市人民政府关于加快推动济淄同城化科创大走廊先行区建设的意见》（淄政字〔2022〕40号）二（二）智能装备"
    )
    plain = document("甲", clause(0, 1, "甲"))
    assert plain.cite(plain.clauses[0]) == "《某意见》一（一）"


def test_an_anchor_is_the_id_inside_its_document(seed: Document) -> None:
    assert clause(0, 1, "甲", "2.2.1").anchor == "c-2.2.1"
    assert replace(clause(0, 1, "甲"), id="a:b:note").anchor == "c-note"
    assert len({c.anchor for c in seed.clauses}) == len(seed.clauses)


@given(st.text(min_size=1), st.data())
def test_pieces_give_the_text_back(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    made = tuple(clause(a, b, text, str(at)) for at, (a, b) in enumerate(pairs))
    pieces = list(document(text, *made).pieces())
    assert "".join(piece for _, piece in pieces) == text
    assert [owner for owner, _ in pieces if owner] == list(made)
    assert all(owner is None or owner.text == piece for owner, piece in pieces)
    assert all(piece for _, piece in pieces)


def test_children_are_sub_clauses_only(seed: Document) -> None:
    by_label = {c.label: c for c in seed.clauses}
    children = seed.children(by_label["二（二）"].id)
    assert [c.heading for c in children] == (
        "智能装备 生物医药 新能源新材料 现代服务业 自动驾驶 工业互联网 人工智能".split()
    )
    assert len(seed.children(by_label["二、重点任务"].id)) == 9
    assert seed.children(by_label["三（四）"].id) == ()
    assert all(c.kind in CITABLE for c in children)


def test_units_are_told_by_role_in_source_order() -> None:
    found = Responsibility(
        (
            Assignment("市科技局", Role.RESPONSIBLE, "listed"),
            Assignment("市发展改革委", Role.LEAD, "bold"),
            Assignment("淄川区", Role.LOCAL, "listed"),
        )
    )
    assert found.units() == ("市科技局", "市发展改革委", "淄川区")
    assert found.units(Role.LEAD) == ("市发展改革委",)
    assert found.units(Role.LOCAL, Role.RESPONSIBLE) == ("市科技局", "淄川区")
    assert found.units(Role.COOPERATE) == ()


def test_every_role_has_a_name() -> None:
    assert set(ROLE_NAMES) == set(Role)
    assert len(set(ROLE_NAMES.values())) == len(Role)


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        clause(0, 1, "甲").label = "二"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        document("甲").text = "乙"  # type: ignore[misc]
