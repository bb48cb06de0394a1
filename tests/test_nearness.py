"""Whether a document speaks of a thing in other words."""

from __future__ import annotations

from assistant.model import Document
from assistant.retrieval.nearness import Nearness
from tests.laws import parsed

TRADE = (
    "某市关于扩大开放的意见\n一、任务\n（一）开放。稳定对外贸易，优化道路客运班线，建设滑冰馆。\n"
)
SCHOOLS = "某市关于教育的意见\n一、任务\n（一）幼儿。办好幼儿园，减轻中小学生负担。\n"


def nearness(*texts: str) -> tuple[Nearness, list[Document]]:
    made = [parsed(text) for text in texts]
    return Nearness({d.id: d for d in made}), made


def test_other_words_for_a_thing_are_near_and_other_things_are_not() -> None:
    near, (trade,) = nearness(TRADE)
    for word in ("外贸", "进出口", "开放", "对外贸易"):
        assert near.near(word, trade.id), word
    for word in ("天文学", "养老机构", "的", ""):
        assert not near.near(word, trade.id), word


def test_each_document_is_asked_for_its_own_words() -> None:
    near, (trade, schools) = nearness(TRADE, SCHOOLS)
    assert near.near("学前教育", schools.id)
    assert not near.near("学前教育", trade.id)
    assert near.near("外贸", trade.id)
    assert not near.near("外贸", schools.id)


def test_every_word_of_a_document_is_near_it() -> None:
    near, (schools,) = nearness(SCHOOLS)
    assert all(near.near(word, schools.id) for word in ("幼儿园", "负担", "教育"))


def test_the_title_counts_and_a_document_without_words_has_nothing_near() -> None:
    near, (bare,) = nearness("关于发展外贸的意见\n")
    assert near.near("外贸", bare.id)
    empty = Nearness({"x": parsed("。\n")})
    assert not empty.near("外贸", "x")
