"""附件: which lines open one, which only list them; numbering and paths begin anew."""

from __future__ import annotations

import pytest

from assistant.model import ClauseKind
from assistant.reading import annexes
from assistant.reading.lines import lines_of
from tests.laws import keeps_the_laws, labels, parsed

BODY = "某市关于推动工作的意见\n一、要求\n做好，做实。\n"
SIGNED = "某市人民政府\n2022年4月20日\n"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("附件", "附件"),
        ("附件：", "附件"),
        ("附 件", "附件"),
        ("附件1", "附件1"),
        ("附件 2：", "附件2"),
        ("附件二", "附件2"),
        ("附件12", "附件12"),
        ("附录", "附件"),
        ("附件3.", "附件3"),
    ],
)
def test_lines_that_open_an_annex(line: str, name: str) -> None:
    assert annexes.opening(line, after_signature=False) == name
    assert annexes.opening(line, after_signature=True) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [("附件1：工作方案", "附件1"), ("附件 工作方案", "附件"), ("附件2 清单", "附件2")],
)
def test_a_title_on_the_line_opens_one_only_below_the_signature(line: str, name: str) -> None:
    assert annexes.opening(line, after_signature=True) == name
    assert annexes.opening(line, after_signature=False) is None


@pytest.mark.parametrize(
    "line",
    [
        "附",
        "附则",
        "附件所列事项，照此办理。",
        "附属设施",
        "附件1规定的标准",
        "见附件",
        "附表说明",
        "附件" + "\u3000" * 60 + "。",
    ],
)
def test_lines_that_open_none(line: str) -> None:
    assert annexes.opening(line, after_signature=False) is None
    assert annexes.opening(line, after_signature=True) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("附件：工作方案\n二、保障", 1),
        ("附件：1.工作方案\n2.清单\n二、保障", 2),
        ("附件：\n1.工作方案\n2. 清单\n3.\n表格\n某市人民政府", 5),
        ("附件1：工作方案\n附件2：清单", 1),
        ("附件：", 0),
        (
            "附件：\n工作方案如下，请执行，并将工作中的有关情况及时报告市政府，重大事项和突发情况随时报告，一律不得迟报、漏报、瞒报，违者依法依规追究责任；确需延期的，说明理由并经批准，方可延期办理。",
            0,
        ),
        ("一、要求", 0),
    ],
)
def test_a_list_of_annexes(text: str, end: int) -> None:
    assert annexes.listed(lines_of(text), 0) == end


def kinds(text: str) -> list[ClauseKind]:
    document = parsed(text)
    assert keeps_the_laws(document)
    return [c.kind for c in document.clauses]


def test_the_list_below_the_body_is_no_annex() -> None:
    text = BODY + "附件：1.工作方案\n\u3000\u3000\u30002.任务清单\n" + SIGNED
    found = kinds(text)
    assert found[-2:] == [ClauseKind.ATTACHMENTS, ClauseKind.SIGNATURE]
    assert {c.path[0] for c in parsed(text).clauses if c.number} == {"正文"}


ANNEXES = "附件1\n工作方案\n一、总则\n（一）目标\n二、任务\n附件2\n任务清单\n一、甲\n1.乙\n"


@pytest.mark.parametrize("signed", ["", "附件：1.工作方案\n2.任务清单\n" + SIGNED, SIGNED])
def test_several_annexes_begin_their_numbers_anew(signed: str) -> None:
    document = parsed(BODY + signed + ANNEXES)
    numbered = [c for c in document.clauses if c.number]
    assert ["/".join(c.path) for c in numbered] == [
        "正文/一、要求",
        "附件1/一、总则",
        "附件1/一、总则/（一）目标",
        "附件1/二、任务",
        "附件2/一、甲",
        "附件2/一、甲/1.乙",
    ]
    assert [c.label for c in numbered][1:3] == ["附件1 一、总则", "附件1 一（一）"]
    assert document.anomalies == ()
    assert keeps_the_laws(document)


def test_an_annex_may_have_its_own_signature() -> None:
    text = (
        BODY + SIGNED + "附件1\n某市方案\n一、甲\n某市科技局\n2022年4月1日\n附件2\n清单\n一、乙\n"
    )
    assert labels(parsed(text))[-1] == "附件2 一、乙"
    assert parsed(text).issuer == "某市人民政府"


@pytest.mark.parametrize("gap", ["：", " "])
def test_the_title_of_each_annex_may_stand_on_its_line(gap: str) -> None:
    text = (
        BODY
        + SIGNED
        + f"附件1{gap}工作方案\n一、总则\n甲，乙。\n附件2{gap}任务清单\n一、目标\n丙，丁。\n"
    )
    document = parsed(text)
    found = [c.path[0] for c in document.clauses if c.number]
    assert found == ["正文", "附件1", "附件2"]
    assert document.anomalies == ()


def test_a_list_on_lines_of_its_own_is_no_annex_either() -> None:
    document = parsed(BODY + "附件：\n1.方案\n2.清单\n附件1\n方案\n一、总则\n附件2\n清单\n一、甲\n")
    assert [c.path[0] for c in document.clauses if c.number] == ["正文", "附件1", "附件2"]


def test_what_an_annex_says_without_numbers_is_passages_of_it() -> None:
    document = parsed(BODY + SIGNED + "附件1\n说明材料\n" + "甲乙丙丁戊己，壬癸子丑寅卯。\n" * 60)
    passages = [c for c in document.clauses if c.kind is ClauseKind.PASSAGE]
    assert len(passages) > 1
    assert {c.path[0] for c in passages} == {"附件1"}
    assert passages[0].label == f"附件1 {passages[0].path[1]}"


def test_the_series_of_an_annex_begin_anew_too() -> None:
    article = "第一条为了保护，制定本办法。\n第二条本办法适用于本市，区县参照。\n"
    text = f"某市办法\n{article}附件1\n某市细则\n{article}附件2\n某市预案\n1　总则\n1.1　目的\n"
    document = parsed(text)
    numbers = [(c.path[0], c.number) for c in document.clauses if c.number]
    assert numbers == [
        *[("正文", "第一条"), ("正文", "第二条"), ("附件1", "第一条"), ("附件1", "第二条")],
        *[("附件2", "1"), ("附件2", "1.1")],
    ]
    assert document.anomalies == ()
