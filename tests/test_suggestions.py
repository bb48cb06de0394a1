"""Questions for a first visit come from the index, whatever it holds."""

from __future__ import annotations

from dataclasses import replace

from assistant.model import DocumentKind, Role, UnitSummary
from assistant.suggestions import questions
from tests.fakes import FakeAssistant, make_document


def test_each_question_is_about_something_in_the_index() -> None:
    fake = FakeAssistant()
    found = questions(fake.documents(), fake.units(), fake.industries())
    assert found == (
        "智能装备方面有哪些任务？",
        "生物医药由哪些单位负责？",
        "市科技局负责哪些任务？",
        "淄川经济开发区重点发展哪些产业？",
        "淄政字〔2022〕40号是什么时候印发的？",
    )


def test_the_number_is_bounded() -> None:
    fake = FakeAssistant()
    assert len(questions(fake.documents(), fake.units(), fake.industries(), limit=2)) == 2


def test_an_empty_index_suggests_nothing() -> None:
    assert questions((), (), ()) == ()


def test_explanatory_documents_are_not_asked_about() -> None:
    explanatory = replace(make_document(), kind=DocumentKind.EXPLANATORY)
    assert questions((explanatory,), (), ()) == ()


def test_a_unit_that_is_only_local_does_not_come_first() -> None:
    local = UnitSummary("某区", "某区", (), {Role.LOCAL: 20})
    lead = UnitSummary("某局", "某局", (), {Role.LEAD: 2})
    assert questions((), (local, lead), ()) == ("某局负责哪些任务？",)
