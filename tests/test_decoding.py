"""Answers through JSON and back; whatever is not exactly an answer is refused with a ValueError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import (
    AIGC,
    Answer,
    AnswerText,
    AskedQuestion,
    Citation,
    Claim,
    ClauseRef,
    DocumentRef,
    Refusal,
    Renderings,
    ResponsibleUnit,
    Status,
    Validity,
)
from assistant.decoding import answer_from
from tests.fakes import FakeAssistant

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_whole = st.integers(-(2**40), 2**40)
_clauses = st.builds(ClauseRef, _words, st.lists(_words, max_size=3).map(tuple), _words, _words)
_documents = st.builds(
    DocumentRef, _words, _words, _words, _words, st.none() | _words, _words, _words
)
_citations = st.builds(
    Citation, _words, _whole, _documents, _clauses, _words, st.tuples(_whole, _whole),
    st.builds(Validity, _words, _words),
)  # fmt: skip
answers = st.builds(
    Answer,
    id=_words,
    created=_whole,
    as_of=_words,
    status=st.sampled_from(Status),
    question=st.builds(AskedQuestion, _words, st.none() | _words),
    answer=st.none() | st.builds(AnswerText, _words),
    claims=st.lists(
        st.builds(Claim, st.tuples(_whole, _whole), st.lists(_words, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    citations=st.lists(_citations, max_size=2).map(tuple),
    responsible_units=st.lists(
        st.builds(ResponsibleUnit, _words, _words, _words, _words), max_size=2
    ).map(tuple),
    refusal=st.none()
    | st.builds(Refusal, _words, st.lists(_clauses, max_size=2).map(tuple), st.just(("市科技局",))),
    aigc=st.builds(AIGC, st.booleans(), _words, _words),
    warnings=st.lists(_words, max_size=2).map(tuple),
    model=st.dictionaries(_words, _words, max_size=2),
    usage=st.dictionaries(_words, _whole, max_size=2),
    renderings=st.builds(Renderings, _words, _words),
)


@given(answers)
def test_what_went_through_json_comes_back_equal(answer: Answer) -> None:
    assert answer_from(json.loads(json.dumps(answer.to_dict()))) == answer
    assert answer_from(answer.to_dict()) == answer


def test_real_answers_of_every_kind_come_back_equal(
    policy_assistant: Any, questions: list[str]
) -> None:
    for question in questions[::3]:
        answer = policy_assistant.ask(question)
        back = answer_from(json.loads(json.dumps(answer.to_dict(), ensure_ascii=False)))
        assert back == answer
        assert type(back.status) is Status


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(_json)
def test_whatever_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="Answer"):
        answer_from(value)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the plain values and the containers of a record are."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list | tuple):
            found += _places(item, (*path, key))
    return found


RECORD = FakeAssistant().ask("智能装备由谁负责").to_dict()
FREE = {"model", "usage"}  # whose keys are free


@pytest.mark.parametrize("wrong", [3.5, object(), {"extra": 1.5}, ["\ud800"], True, "\ud800"])
def test_no_place_takes_a_value_of_another_type(wrong: object) -> None:
    for path in _places(RECORD):
        record = json.loads(json.dumps(RECORD))
        parent = record
        for key in path[:-1]:
            parent = parent[key]
        if wrong is True and isinstance(parent[path[-1]], bool):
            continue
        parent[path[-1]] = wrong
        with pytest.raises(ValueError, match=r"."):
            answer_from(record)


def test_no_field_may_be_missing_or_added() -> None:
    for path in [(), *(p for p in _places(RECORD) if p[0] not in FREE)]:
        record = json.loads(json.dumps(RECORD))
        here = record
        for key in path:
            here = here[key]
        if not isinstance(here, dict):
            continue
        for key in list(here):
            kept = here.pop(key)
            with pytest.raises(ValueError, match="no "):
                answer_from(record)
            here[key] = kept
        here["more"] = "x"
        with pytest.raises(ValueError, match="no "):
            answer_from(record)
