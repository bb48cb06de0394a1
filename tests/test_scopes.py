"""Questions put to some documents only."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import date
from pathlib import Path

import pytest

from assistant.answer import Status
from assistant.errors import UnknownDocument
from assistant.parts import Parts
from assistant.scopes import KEPT, Scopes
from assistant.service import PolicyAssistant
from tests.policies import CORPUS, YUNHE, add_yunhe, both_cities, settings_for


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    return PolicyAssistant.open(both_cities(tmp_path_factory.mktemp("scopes")))


@pytest.fixture(scope="module")
def tea(both: PolicyAssistant) -> str:
    return next(d.id for d in both.documents() if "茶" in d.title)


@pytest.fixture(scope="module")
def corridor(both: PolicyAssistant) -> str:
    return next(d.id for d in both.documents() if "科创大走廊" in d.title)


@pytest.mark.parametrize(
    "question",
    ["市财政局负责哪些任务？", "有哪些补助？", "这份文件是什么时候印发的？", "支持哪些产业？"],
)
def test_every_citation_is_of_the_scope(
    both: PolicyAssistant, tea: str, corridor: str, question: str
) -> None:
    for document in (tea, corridor):
        answer = both.ask(question, documents=[document])
        assert {c.document.id for c in answer.citations} <= {document}
        assert not answer.refusal or all(c.id.startswith(document) for c in answer.refusal.nearest)


def test_a_unit_of_another_document_has_no_tasks_in_this_one(
    both: PolicyAssistant, tea: str
) -> None:
    assert both.ask("市科技局负责哪些任务？").status is Status.ANSWERED
    assert both.ask("市科技局负责哪些任务？", documents=[tea]).status is Status.NO_SOURCE


def test_a_follow_up_stays_in_the_scope(both: PolicyAssistant, tea: str) -> None:
    answer = both.ask("那谁来配合？", ["培育龙头企业由谁牵头？"], documents=[tea])
    assert {"市工业和信息化局", "市市场监管局"} <= {u.name for u in answer.responsible_units}


def test_the_whole_is_what_is_asked_when_all_are_chosen(both: PolicyAssistant) -> None:
    everything = [d.id for d in both.documents()]
    question = "市财政局负责哪些任务？"
    assert both.ask(question, documents=everything).answer == both.ask(question).answer


def test_an_unknown_document_is_said(both: PolicyAssistant) -> None:
    with pytest.raises(UnknownDocument, match="没有编号为“nothing”的文件"):
        both.ask("市财政局负责哪些任务？", documents=["nothing"])


def test_what_repeals_a_document_counts_though_it_is_left_out(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "old.txt").write_text(YUNHE, encoding="utf-8")
    newer = (
        YUNHE.replace("2023", "2024")
        .replace("7号", "9号")
        .replace(
            "有效期50年。",
            "有效期5年，《云河市人民政府办公室关于促进茶产业高质量发展的若干措施》（云政办字〔2023〕7号）同时废止。",
        )
    )
    (corpus / "new.txt").write_text(newer, encoding="utf-8")
    assistant = PolicyAssistant.open(settings_for(tmp_path))
    old = next(d.id for d in assistant.documents() if "7号" in d.doc_number)
    answer = assistant.ask("生态茶园补助多少？", documents=[old], as_of=date(2025, 1, 1))
    assert answer.status is Status.EXPIRED_ONLY
    assert answer.citations[0].validity.status in {"repealed", "superseded"}


def test_scopes_are_kept_bounded_and_renewed_with_the_corpus(tmp_path: Path) -> None:
    shutil.copytree(CORPUS, tmp_path / "corpus")
    for number in range(KEPT + 2):
        text = YUNHE.replace("7号", f"{number + 20}号").replace(
            "云河", f"云{'河山川江湖海林田岭谷'[number]}"
        )
        (tmp_path / "corpus" / f"tea{number}.txt").write_text(text, encoding="utf-8")
    assistant = PolicyAssistant.open(settings_for(tmp_path))
    teas = [d.id for d in assistant.documents() if "茶" in d.title]
    assert len(teas) == KEPT + 2
    for _ in range(2):
        for document in teas:
            found = assistant.ask("谁负责建设生态茶园？", documents=[document])
            assert {c.document.id for c in found.citations} == {document}
    assert len(assistant._scopes._made) == KEPT
    changed = tmp_path / "corpus" / "tea0.txt"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("800元", "900元"), encoding="utf-8"
    )
    assert assistant.refresh()
    new = next(d.id for d in assistant.documents() if "900元" in d.text)
    answer = assistant.ask("生态茶园每亩补助多少？", documents=[new]).answer
    assert answer
    assert "900元" in answer.text


def test_an_index_swapped_under_way_makes_no_scope_of_the_whole(tmp_path: Path) -> None:
    shutil.copytree(CORPUS, tmp_path / "corpus")
    assistant = PolicyAssistant.open(settings_for(tmp_path))
    before = assistant._scopes

    class Swapped(Scopes):
        def parts(self, documents: Collection[str] = ()) -> Parts:
            found = super().parts(documents)
            add_yunhe(tmp_path / "corpus")
            assert assistant.refresh()
            return found

    assistant._scopes = Swapped(before.whole, before._assemble)
    answer = assistant.ask("智能装备有哪些任务？")
    assert assistant._scopes.whole is not before.whole
    assert not [warning for warning in answer.warnings if "所选范围" in warning]
