"""Which documents a document repeals, changes and rests on."""

from __future__ import annotations

import pytest

from assistant.model import Document
from assistant.reading.links import find
from assistant.validity import LinkKind
from tests.laws import SEED, parsed


def document(
    sentence: str, title: str = "某市推动工作办法", first: str = "为了推动工作，制定本办法。"
) -> Document:
    """A short document whose last article is the sentence."""
    return parsed(f"{title}\n第一条 {first}\n第二条 {sentence}\n某市人民政府\n2022年4月20日\n")


def said(found: Document, kind: LinkKind) -> list[tuple[str, str]]:
    """Title and number of every link of a kind, whose words stand where it says."""
    links = [link for link in find(found) if link.kind is kind]
    for link in links:
        words = "".join(found.text[slice(*link.char_range)].split())
        assert link.title in words
        assert link.doc_number in words
    return [(link.title, link.doc_number) for link in links]


@pytest.mark.parametrize(
    ("sentence", "repealed"),
    [
        ("本办法自2022年5月1日起施行。《某市旧办法》同时废止。", [("某市旧办法", "")]),
        (
            "本办法自2022年5月1日起施行，《某市旧办法》（某政发〔2018〕5号）同时废止。",
            [("某市旧办法", "某政发〔2018〕5号")],
        ),
        (
            "2001年2月26日市人大通过的《某市程序规定》、2003年发布的《某市补充规定》（某政发〔2003〕1号）同时废止。",
            [("某市程序规定", ""), ("某市补充规定", "某政发〔2003〕1号")],
        ),
        ("原某政发〔2018〕5号文件同时废止。", [("", "某政发〔2018〕5号")]),
        ("原《某市旧办法》停止执行。", [("某市旧办法", "")]),
        ("决定废止《某市旧办法》。", [("某市旧办法", "")]),
        (
            "《某市推动工作办法》（某政发〔2010〕1号）同时废止。",
            [("某市推动工作办法", "某政发〔2010〕1号")],
        ),
        ("《关于印发《某市旧办法》的通知》同时废止。", [("关于印发《某市旧办法》的通知", "")]),
        (
            "下列文件同时废止：\n1.《某市甲办法》（某政发〔2011〕1号）\n2.《某市乙办法》（某政发〔2012〕2号）",
            [("某市甲办法", "某政发〔2011〕1号"), ("某市乙办法", "某政发〔2012〕2号")],
        ),
    ],
)
def test_what_is_repealed(sentence: str, repealed: list[tuple[str, str]]) -> None:
    assert said(document(sentence), LinkKind.REPEALS) == repealed


@pytest.mark.parametrize(
    "sentence",
    [
        "制定机关应当及时修改或者废止《某市旧办法》。",
        "违反《某省条例》的，可以停止执行。",
        "不再执行《某管理规定》中关于承包范围的限制。",
        "许可证自行失效。",
        "市人大制定、修改、废止地方性法规，适用本条例。",
    ],
)
def test_what_only_speaks_of_repeal(sentence: str) -> None:
    assert said(document(sentence), LinkKind.REPEALS) == []


def test_a_part_that_is_repealed_changes_the_rest() -> None:
    found = document("国务院发布的《反倾销条例》中关于反补贴的规定同时废止。")
    assert said(found, LinkKind.REPEALS) == []
    assert said(found, LinkKind.AMENDS) == [("反倾销条例", "")]


def test_the_day_of_a_repeal() -> None:
    found = document("《某市旧办法》自2023年1月1日起废止。")
    assert [str(link.from_day) for link in find(found)] == ["2023-01-01"]


@pytest.mark.parametrize(
    ("sentence", "title", "changed"),
    [
        (
            "对《某市旧办法》（某政发〔2018〕5号）作如下修改：",
            "通知",
            [("某市旧办法", "某政发〔2018〕5号")],
        ),
        ("将《某市旧办法》第三条修改为“好”。", "通知", [("某市旧办法", "")]),
        ("现公布。", "某市关于修改《某市旧办法》的决定", [("某市旧办法", "")]),
    ],
)
def test_what_is_changed(sentence: str, title: str, changed: list[tuple[str, str]]) -> None:
    assert said(document(sentence, title), LinkKind.AMENDS) == changed


def test_a_decision_to_repeal_says_it_in_its_title() -> None:
    found = document("自公布之日起施行。", "某市关于废止《某市旧办法》的决定")
    assert said(found, LinkKind.REPEALS) == [("某市旧办法", "")]


def test_what_it_rests_on() -> None:
    first = "根据《中华人民共和国某法》、《某省条例》和《某意见》（国发〔2019〕5号）等规定，制定本办法。"
    assert said(document("好。", first=first), LinkKind.BASED_ON) == [
        ("中华人民共和国某法", ""),
        ("某省条例", ""),
        ("某意见", "国发〔2019〕5号"),
    ]


def test_the_text_that_it_issues_is_no_basis() -> None:
    text = "某市关于印发《某市办法》的通知\n各区县：\n现将《某市办法》印发给你们，请按照《某市办法》执行。\n"
    assert find(parsed(text)) == ()


def test_the_seed_repeals_nothing() -> None:
    kinds = {link.kind for link in find(parsed(SEED.read_text(encoding="utf-8")))}
    assert kinds <= {LinkKind.BASED_ON}
