"""Comparisons: what is compared, and that what is common and what differs agrees with the tables."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations

import pytest

from assistant.answer import Status
from assistant.answering.comparison_answers import ComparisonAnswers
from assistant.answering.drafting import Draft
from assistant.checking.verification import faults
from assistant.model import Role
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from assistant.understanding.comparison import Compared, Comparison, Side, compared
from assistant.understanding.question import Question
from tests.policies import YUNHE_NUMBER, YUNHE_TITLE

DAY = date(2025, 1, 1)
ZIBO_NUMBER = "淄政字〔2022〕40号"
FOUND = {
    "比较二（四）和二（五）": (Compared.CLAUSES, ["二（四）", "二（五）"]),
    "二（四）和（五）有什么区别": (Compared.CLAUSES, ["二（四）", "二（五）"]),
    "第三条和第五条有什么区别": (Compared.CLAUSES, ["第三条", "第五条"]),
    "第十二条第二款和第三款有什么不同": (
        Compared.CLAUSES,
        ["第十二条第二款", "第十二条第三款"],
    ),
    "第一部分与第三部分对比": (Compared.CLAUSES, ["第一部分", "第三部分"]),
    "智能装备和生物医药的责任单位一样吗": (
        Compared.CLAUSES,
        ["二（二）智能装备", "二（二）生物医药"],
    ),
    "淄川和周村支持的产业有什么不同": (Compared.AREAS, ["淄川", "周村"]),
    "淄川和张店支持的产业有什么不同": (Compared.AREAS, ["淄川", "张店"]),
    "张店和淄川发展的产业有什么区别": (Compared.AREAS, ["张店", "淄川"]),
    "市科技局和市财政局谁的任务多": (Compared.UNITS, ["市科技局", "市财政局"]),
    "市科技局比市财政局的任务多吗": (Compared.UNITS, ["市科技局", "市财政局"]),
    "工信局与市财政局的职责有什么不同": (Compared.UNITS, ["工信局", "市财政局"]),
    "市科技局、市财政局、市商务局谁的任务最少": (
        Compared.UNITS,
        ["市科技局", "市财政局", "市商务局"],
    ),
    "市科技局和济南市财政局谁的任务多": (Compared.UNITS, ["市科技局", "济南市财政局"]),
    "《甲办法》和《乙办法》有什么区别": (Compared.DOCUMENTS, ["《甲办法》", "《乙办法》"]),
}
NOT = (
    "智能装备由谁负责",
    "智能装备有什么不同",
    "去哪个园区比较好",
    "市科技局和市财政局共同负责哪些任务",
    "市科技局和市财政局在智能装备上的分工有什么不同",
    "淄川和周村的教育有什么不同",
    "2025年和2035年的目标有什么区别",
    "市科技局和市财政局负责多少任务",
    "二（四）有什么不同",
    "二（四）和二（四）有什么区别",
)


class Comparing:
    """Compares through the parts of one index."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        tasks_of = parts.answerer.tasks.tasks_of
        self.answers = ComparisonAnswers(parts.lookups, tasks_of, parts.reader, self.one)

    def one(self, question: Question) -> Draft:
        return self.parts.answerer.answer(question, DAY)

    def found(self, text: str) -> Comparison | None:
        return compared(self.parts.conversation.understand(text).asked, self.parts.reader)

    def draft(self, text: str) -> Draft:
        found = self.found(text)
        assert found, text
        draft = self.answers.answer(found)
        wrong = faults(draft, self.parts.lookups.documents, self.parts.lookups.clauses)
        assert wrong == [], text
        return draft


@pytest.fixture(scope="module")
def seed_only(parts: Parts) -> Comparing:
    return Comparing(parts)


@pytest.fixture(scope="module")
def both(two_cities: PolicyAssistant) -> Comparing:
    return Comparing(two_cities._parts)


@pytest.mark.parametrize("text", FOUND)
def test_what_is_compared(seed_only: Comparing, text: str) -> None:
    found = seed_only.found(text)
    assert found
    assert (found.kind, [side.written for side in found.sides]) == FOUND[text]
    seed_only.draft(text)


@pytest.mark.parametrize("text", NOT)
def test_what_is_no_comparison(seed_only: Comparing, text: str) -> None:
    assert seed_only.found(text) is None


def test_no_real_question_is_taken_for_one(seed_only: Comparing, questions: list[str]) -> None:
    assert [q for q in questions if seed_only.found(q)] == []


def test_counts_of_every_two_units_agree_with_the_table(seed_only: Comparing) -> None:
    tasks = {u: seed_only.parts.answerer.tasks.tasks_of(u) for u in seed_only.parts.index.units}
    for one, two in combinations(tasks, 2):
        draft = seed_only.draft(f"{one}和{two}谁的任务多")
        opening = draft.text.split("\n")[0]
        counts = [int(n) for n in re.findall(r"任务共(\d+)条", opening)]
        shared, *own = map(int, re.findall(r"(?:共同的任务|另有)(\d+)条", opening))
        assert counts == [len(tasks[one]), len(tasks[two])]
        assert [shared + n for n in own] == counts, (one, two)
        assert len(re.findall(r"^\d+\. ", draft.text, re.MULTILINE)) == shared + sum(own)
        more = re.search(r"，([^，；]+)多(\d+)条；", opening)
        assert bool(more) is (counts[0] != counts[1])
        if more:
            assert more[1] == (one if counts[0] > counts[1] else two)
            assert int(more[2]) == abs(counts[0] - counts[1])
        other = seed_only.draft(f"{two}和{one}谁的任务多")
        assert {c.clause.id for c in other.citations} == {c.clause.id for c in draft.citations}


def test_only_the_tasks_that_they_lead(seed_only: Comparing) -> None:
    draft = seed_only.draft("市发展改革委和市科技局牵头的任务有什么不同")
    led = [
        t for t in seed_only.parts.answerer.tasks.tasks_of("市发展改革委") if t.role is Role.LEAD
    ]
    assert f"市发展改革委牵头的任务共{len(led)}条，市科技局牵头的任务共0条" in draft.text
    assert {c.clause.id for c in draft.citations} == {t.clause.id for t in led}
    assert "没有以文字写明牵头单位，无法判断" in draft.text
    nothing = seed_only.draft("市科技局和市财政局谁牵头的任务多")
    assert nothing.text.startswith("文件没有以文字写明由市科技局和市财政局牵头的任务；")
    assert "市财政局多2条" in nothing.text
    assert nothing.citations


def test_industries_agree_with_the_table(seed_only: Comparing) -> None:
    entries = seed_only.parts.index.industries
    draft = seed_only.draft("淄川和周村支持的产业有什么不同")
    assert draft.status is Status.ANSWERED
    opening = draft.text.split("\n")[0]
    sides = {
        name: {e.industry for e in entries if any(name in area for area in e.areas)}
        for name in ("淄川", "周村")
    }
    both_have, *_ = re.findall(r"都有的\d+个：([^；。]+)", opening)
    assert set(both_have.split("、")) == sides["淄川"] & sides["周村"]
    (only,) = re.findall(r"只有淄川有的\d+个：([^；。]+)", opening)
    assert set(only.split("、")) == sides["淄川"] - sides["周村"]
    assert "周村没有另外的" in opening


def test_units_of_two_clauses(seed_only: Comparing) -> None:
    draft = seed_only.draft("比较二（四）和二（五）")
    opening, rest = draft.text.split("\n", 1)
    assert draft.status is Status.ANSWERED
    assert opening.startswith("二（四）和二（五）列明的单位，都有的7个：")
    assert "只有二（五）有的2个：市水利局、市公安局" in opening
    assert rest.index("【二（四）】") < rest.index("【二（五）】")
    assert all(c.quote in draft.text for c in draft.citations)


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("淄川和张店支持的产业有什么不同", Status.PARTIAL, "没有“张店”的产业，无法比较"),
        ("市科技局和济南市财政局谁的任务多", Status.PARTIAL, "没有“济南市财政局”的任务，无法比较"),
        ("二（四）和九（九）有什么区别", Status.PARTIAL, "没有“九（九）”的条款，无法比较"),
        (
            f"{ZIBO_NUMBER}和淄政字〔2021〕1号有什么不同",
            Status.PARTIAL,
            "没有收录“淄政字〔2021〕1号”",
        ),
        ("八（八）和九（九）有什么区别", Status.NO_SOURCE, "没有“八（八）”、“九（九）”的条款"),
        ("济南市科技局和济南市财政局谁的任务多", Status.NO_SOURCE, "没有“济南市科技局”、"),
        ("《甲办法》和《乙办法》有什么区别", Status.NO_SOURCE, "没有收录《甲办法》、《乙办法》"),
    ],
)
def test_a_side_that_is_unknown_is_named(
    seed_only: Comparing, text: str, status: Status, words: str
) -> None:
    draft = seed_only.draft(text)
    assert draft.status is status
    assert words in draft.text.split("\n")[0]
    assert draft.refusal
    assert bool(draft.citations) is (status is Status.PARTIAL)


@pytest.mark.parametrize(
    "names", [(ZIBO_NUMBER, YUNHE_NUMBER), (f"《{YUNHE_TITLE}》", ZIBO_NUMBER)]
)
def test_two_documents_side_by_side(both: Comparing, names: tuple[str, str]) -> None:
    draft = both.draft(f"{names[0]}和{names[1]}有什么区别")
    opening, first, *_ = draft.text.split("\n")
    assert draft.status is Status.ANSWERED
    assert opening.startswith("发文机关不同；")
    assert "早387天" in opening
    assert (YUNHE_TITLE in first) is (YUNHE_TITLE in names[0])
    sizes = re.findall(r"》(\d+)条", opening)
    assert sizes == re.findall(r"最小条款共(\d+)条", draft.text)
    for fact in ("2022年4月20日", "2023年5月12日", ZIBO_NUMBER, YUNHE_NUMBER):
        assert fact in draft.text


def test_clauses_of_the_documents_that_are_named(both: Comparing) -> None:
    draft = both.draft(f"{YUNHE_NUMBER}一（一）和一（二）有什么不同")
    assert {c.document.title for c in draft.citations} == {YUNHE_TITLE}
    text = f"{ZIBO_NUMBER}二（四）和{YUNHE_NUMBER}二（四）有什么区别"
    found = both.found(text)
    assert found
    assert len({side.documents for side in found.sides}) == 2
    draft = both.draft(text)
    assert f"【《{YUNHE_TITLE}》二（四）】" in draft.text
    assert len({c.document.id for c in draft.citations}) == 2


def test_a_number_that_fits_several_clauses_is_asked_back(both: Comparing) -> None:
    draft = both.draft("第三条和第五条有什么区别")
    assert "第三条不止一处，无法比较" in draft.text.split("\n")[0]
    assert draft.status is Status.PARTIAL


def test_units_are_compared_within_the_document_that_is_named(both: Comparing) -> None:
    draft = both.draft(f"{YUNHE_NUMBER}里市农业农村局和市财政局的任务有什么不同")
    assert "市农业农村局的任务共2条，市财政局的任务共1条" in draft.text
    assert {c.document.title for c in draft.citations} == {YUNHE_TITLE}


def test_sides_are_answered_by_whoever_is_handed_in(seed_only: Comparing) -> None:
    asked: list[Question] = []

    def told(question: Question) -> Draft:
        asked.append(question)
        return Draft(Status.NO_SOURCE, "没有。")

    parts = seed_only.parts
    answers = ComparisonAnswers(parts.lookups, lambda unit, documents: (), parts.reader, told)
    sides = (Side("二（四）", ("二（四）",)), Side("二（五）", ("二（五）",)))
    assert answers.answer(Comparison(Compared.CLAUSES, sides)).status is Status.NO_SOURCE
    assert [q.clause_numbers for q in asked] == [("二", "四"), ("二", "五")]
