"""Questions for a first visit come from the index, whatever it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assistant.answer import Status
from assistant.faces.chat.suggestions import questions
from assistant.model import DocumentKind, Role, UnitSummary
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from tests.fakes import FakeAssistant, make_document


def test_each_question_is_about_something_in_the_index() -> None:
    fake = FakeAssistant()
    found = questions(fake.documents(), fake.units(), fake.industries())
    assert found == (
        "智能装备方面有哪些任务？",
        "生物医药由哪些单位负责？",
        "市科技局负责哪些任务？",
        "淄川经济开发区重点发展哪些产业？",
        "这份文件是什么时候印发的？",
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


def test_where_there_are_several_documents_the_one_asked_about_is_named() -> None:
    first, second = make_document(), replace(make_document(), id="other")
    assert f"《{first.title}》是什么时候印发的？" in questions((first, second), (), ())


def test_what_is_suggested_is_answered(tmp_path: Path) -> None:
    assistant = PolicyAssistant.open(Settings(index_dir=tmp_path / "index"))
    found = questions(assistant.documents(), assistant.units(), assistant.industries())
    assert len(found) == 5
    refused = [q for q in found if assistant.ask(q).status is not Status.ANSWERED]
    assert refused == []
