"""All tasks of every unit, against a scan of the notes in the text itself."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from assistant.answer import Answer, Status
from assistant.answering.unit_tasks import asked_role
from assistant.model import ROLE_NAMES, Document, Role
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from tests.policies import YUNHE_NUMBER, YUNHE_TITLE

LOCAL = ["淄川区", "周村区", "淄博经济开发区", "文昌湖省级旅游度假区"]
COUNTED = re.compile(r"的任务共(\d+)条：")


def notes_of(text: str) -> list[list[str]]:
    """The names in every note of responsible units, read by hand from the text."""
    found = []
    for note in re.findall(r"[（(〔]责任单位：(.+?)[）)〕](?=\n|$)", text):
        names = re.split(r"[、，]", re.sub(r"（标黑[^）]+）|等市有关部门|以下各项.+", "", note))
        found.append([name for name in names if name])
    return found


def text_of(answer: Answer) -> str:
    assert answer.answer
    return answer.answer.text


def test_the_scan_reads_fifteen_notes(seed: Document) -> None:
    notes = notes_of(seed.text)
    assert len(notes) == 15
    assert notes[0][-4:] == LOCAL
    assert len({name for note in notes for name in note}) == 31


def test_every_unit_has_a_task_for_every_note_that_names_it(
    policy_assistant: PolicyAssistant, parts: Parts, seed: Document
) -> None:
    notes = notes_of(seed.text)
    for unit in parts.index.units:
        wanted = len(notes) if unit in LOCAL else sum(unit in note for note in notes)
        _, tasks = policy_assistant.tasks_of(unit)
        assert len(tasks) == wanted, unit
        clauses = [task.clause.id for task in tasks]
        assert len(set(clauses)) == wanted
        covered = set(clauses) | {c.id for task in tasks for c in task.covers}
        listed = {c.id for c in seed.clauses if unit in c.responsibility.units()}
        for clause_id in listed - covered:  # it lists nothing itself: the tasks stand below it
            assert any(task.startswith(clause_id + ".") for task in clauses), (unit, clause_id)
        assert {c.id for task in tasks for c in task.covers} & set(clauses) == set()


def test_a_task_says_what_its_clause_says(policy_assistant: PolicyAssistant, parts: Parts) -> None:
    for unit in parts.index.units:
        for task in policy_assistant.tasks_of(unit)[1]:
            mine = {(a.unit, a.role, a.basis) for a in task.clause.responsibility.assignments}
            assert (unit, task.role, task.basis) in mine
            assert all(c.id.startswith(task.clause.id + ".") for c in task.covers)
            assert all(unit in c.responsibility.units() for c in task.covers)


def test_the_answer_lists_counts_and_cites_every_task(
    policy_assistant: PolicyAssistant, parts: Parts
) -> None:
    for unit in parts.index.units:
        tasks = policy_assistant.tasks_of(unit)[1]
        answer = policy_assistant.ask(f"{unit}负责哪些任务？")
        assert answer.status is Status.ANSWERED
        assert COUNTED.findall(text_of(answer)) == [str(len(tasks))]
        cited = [c.clause.id for c in answer.citations]
        assert [i for i in cited if i in {t.clause.id for t in tasks}] == [
            t.clause.id for t in tasks
        ]
        below = {c.id for t in tasks for c in t.covers}  # a heading alone speaks through these
        assert below.issuperset(set(cited) - {t.clause.id for t in tasks})
        lines = re.findall(r"^(\d+)\. ", text_of(answer), re.MULTILINE)
        assert lines == [str(n) for n in range(1, len(tasks) + 1)]
        assert {(u.name, u.clause_id) for u in answer.responsible_units} == {
            (unit, t.clause.id) for t in tasks
        }


def test_every_way_of_writing_a_unit_gives_the_same_tasks(
    policy_assistant: PolicyAssistant, parts: Parts
) -> None:
    for unit in parts.names.values():
        whole = policy_assistant.tasks_of(unit.name)
        for written in (unit.full_name, *unit.aliases):
            assert policy_assistant.tasks_of(written) == whole, written
    assert "（按“市工业和信息化局”理解）" in text_of(policy_assistant.ask("工信局有哪些任务"))


@pytest.mark.parametrize("names", [("市科技局", "市财政局"), ("市公安局", "市科技局", "市教育局")])
def test_shared_tasks(
    policy_assistant: PolicyAssistant, seed: Document, names: tuple[str, ...]
) -> None:
    shared = [note for note in notes_of(seed.text) if set(names) <= set(note)]
    answer = policy_assistant.ask(f"{'和'.join(names)}共同负责哪些任务？")
    assert f"共同的任务共{len(shared)}条" in text_of(answer)
    assert len({u.clause_id for u in answer.responsible_units}) == len(shared)
    assert {u.name for u in answer.responsible_units} == set(names)


def test_two_units_each_with_their_own(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("市教育局、市民政局各负责什么任务")
    assert COUNTED.findall(text_of(answer)) == ["2", "1"]


def test_who_leads_says_what_the_lost_bold_leaves_open(
    policy_assistant: PolicyAssistant, parts: Parts
) -> None:
    for unit in parts.index.units:
        tasks = policy_assistant.tasks_of(unit)[1]
        led = [t for t in tasks if t.role is Role.LEAD]
        undecided = [
            t
            for t in tasks
            if t.clause.responsibility.remarks and not t.clause.responsibility.units(Role.LEAD)
        ]
        answer = policy_assistant.ask(f"{unit}牵头哪些任务？")
        text = text_of(answer)
        if led:
            assert f"{unit}牵头的任务共{len(led)}条" in text
            assert [c.clause.id for c in answer.citations] == [t.clause.id for t in led]
        else:
            assert "没有以文字写明由" in text
        open_ones = f"{len(undecided)}条没有以文字写明牵头单位"
        assert (open_ones in text) is bool(undecided), unit


def test_a_unit_that_no_document_lists_has_none(policy_assistant: PolicyAssistant) -> None:
    for written in ("济南市财政局", "市应急管理局", "淄川区科技局"):
        answer = policy_assistant.ask(f"{written}和市科技局负责哪些任务？")
        assert answer.status is Status.NO_SOURCE
        assert f"“{written}”" in text_of(answer)
        assert not answer.citations


def test_a_city_s_unit_has_its_own_city_s_tasks(two_cities: PolicyAssistant) -> None:
    def titles(question: str) -> list[str]:
        return [c.document.title for c in two_cities.ask(question).citations]

    whole = titles("市农业农村局负责哪些任务？")
    assert [t == YUNHE_TITLE for t in whole] == [True, True, False]
    assert titles("云河市农业农村局负责哪些任务？") == [YUNHE_TITLE] * 2
    assert titles(f"市农业农村局在{YUNHE_NUMBER}里负责哪些任务？") == [YUNHE_TITLE] * 2
    assert titles("淄博市农业农村局负责哪些任务？") == whole[2:]
    assert titles("云河市科技局负责哪些任务？") == []
    assert titles(f"{YUNHE_NUMBER}里市科技局负责什么？") == []
    text = text_of(two_cities.ask("市农业农村局负责哪些任务？"))
    assert COUNTED.findall(text) == ["3"]
    assert text.count("《") >= 2


def test_stated_leaders_are_leaders(two_cities: PolicyAssistant) -> None:
    answer = two_cities.ask("云河市农业农村局牵头哪些任务？")
    assert "牵头的任务共1条" in text_of(answer)
    assert [c.clause.label for c in answer.citations] == ["二(三)"]


def test_a_shared_lead_is_told_only_where_all_lead(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("市工信局和市投促局共同牵头的任务").answer
    assert answer
    assert answer.text.startswith("文件没有以文字写明由")
    assert "市工业和信息化局为牵头单位；市投资促进局为责任单位" in answer.text
    none = policy_assistant.ask("市水利局和市商务局共同的任务").answer
    assert none
    assert none.text.rstrip().endswith("0条。") or "共0条。" in none.text


@pytest.mark.parametrize(
    ("asked", "role"),
    [
        ("市财政局配合什么", Role.COOPERATE),
        ("市财政局协助哪些工作", Role.COOPERATE),
        ("市财政局牵头哪些任务", Role.LEAD),
        ("市财政局牵头和配合哪些任务", None),
        ("市财政局负责、配合哪些任务", None),
        ("市财政局负责哪些任务", None),
    ],
)
def test_the_role_that_a_question_asks_for(asked: str, role: Role | None) -> None:
    assert asked_role(asked) is role


def test_a_role_that_a_unit_never_has_is_said_and_its_others_counted(
    policy_assistant: PolicyAssistant, parts: Parts
) -> None:
    for unit in parts.index.units:
        tasks = policy_assistant.tasks_of(unit)[1]
        text = text_of(policy_assistant.ask(f"{unit}配合什么任务"))
        assert text.startswith(
            f"文件没有以文字写明由{unit}配合的任务；{unit}的任务共{len(tasks)}条"
        )
        roles = Counter(t.role for t in tasks)
        counts = "、".join(f"{ROLE_NAMES[r]}{roles[r]}条" for r in Role if roles[r])
        assert f"共{len(tasks)}条（{counts}）：" in text


def test_a_heading_alone_says_what_stands_first_below_it(policy_assistant: PolicyAssistant) -> None:
    listed = text_of(policy_assistant.ask("市科技局负责哪些任务"))
    line = next(x for x in listed.split("\n") if "二（三）" in x)
    assert "全面对接齐鲁科创大走廊" in line
    compared = text_of(policy_assistant.ask("市科技局和市财政局任务有什么不同"))
    assert line.partition(". ")[2].partition("[")[0] in compared  # one wording for both lists
