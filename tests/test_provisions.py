"""款、项、目: the parts of an article, numbered as 第X条第Y款第（Z）项 names them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Clause, Document
from assistant.reading.provisions import provisions
from tests.laws import parsed

STATUTE = """某市管理条例
第一章　总则
第一条　为了保护土地，制定本条例。
第二条　下列事项适用本条例：
（一）规划，包括：
1.总体规划；
2.详细规划；
(二)利用。
　　其他事项，参照执行。
　　有下列情形的除外：
（一）国家另有规定；
（二）应急。
第三条
市政府负责，区县配合。
第四条　本条例自公布之日起施行。
"""


def article(label: str) -> tuple[Document, Clause]:
    document = parsed(STATUTE)
    return document, next(c for c in document.clauses if c.label == label)


def parts(label: str) -> dict[tuple[int, ...], str]:
    document, clause = article(label)
    return {p.numbers: document.text[slice(*p.range)] for p in provisions(clause)}


def test_an_article_of_one_paragraph_has_one() -> None:
    assert parts("第一条") == {(1,): "为了保护土地，制定本条例。"}
    assert parts("第三条") == {(1,): "市政府负责，区县配合。"}


def test_paragraphs_items_and_their_points() -> None:
    found = parts("第二条")
    assert list(found) == [(1,), (1, 1), (1, 1, 1), (1, 1, 2), (1, 2), (2,), (3,), (3, 1), (3, 2)]
    assert found[1, 1, 2] == "2.详细规划；"
    assert found[1, 2] == "(二)利用。"
    assert found[2,] == "其他事项，参照执行。"
    assert found[3, 1] == "（一）国家另有规定；"


def test_a_part_holds_what_belongs_to_it() -> None:
    found = parts("第二条")
    assert found[1,].startswith("下列事项适用本条例：\n（一）")
    assert found[1,].endswith("(二)利用。")
    assert found[1, 1] == "（一）规划，包括：\n1.总体规划；\n2.详细规划；"
    assert found[3,].endswith("（二）应急。")


def test_what_is_no_article_has_no_parts() -> None:
    assert parts("第一章") == {}
    policy = parsed("某市意见\n一、要求\n（一）甲\n做好，做实。\n")
    assert [provisions(c) for c in policy.clauses] == [()] * len(policy.clauses)


def test_items_of_an_article_without_words_of_its_own() -> None:
    document = parsed("某市条例\n第一条　（一）甲；\n（二）乙。\n")
    clause = document.clauses[-1]
    assert all(len(p.numbers) <= 2 for p in provisions(clause))
    seen = "".join(
        document.text[slice(*p.range)] for p in provisions(clause) if len(p.numbers) == 1
    )
    assert "".join(seen.split()) == "（一）甲；（二）乙。"


_LINE = st.sampled_from(
    [
        "甲，乙。",
        "（一）丙；",
        "(二)丁。",
        "1.戊；",
        "2、己。",
        "　　庚。",
        "",
        "第二款规定，照办。",
    ]
)


@given(st.lists(_LINE, max_size=12))
def test_paragraphs_are_the_body_and_items_lie_in_them(lines: list[str]) -> None:
    document = parsed("某市条例\n第一条　为了甲，制定本条例。\n" + "\n".join(lines))
    clause = document.clauses[1]
    found = provisions(clause)
    own = [p for p in found if len(p.numbers) == 1]
    assert [p.numbers for p in own] == [(n,) for n in range(1, len(own) + 1)]
    body = document.text[slice(*clause.body_range)]
    joined = "".join(document.text[slice(*p.range)] for p in own)
    assert "".join(joined.split()) == "".join(body.split())
    for at, part in enumerate(found):
        start, end = part.range
        assert clause.body_range[0] <= start < end <= clause.body_range[1]
        if len(part.numbers) > 1:
            above = next(p for p in reversed(found[:at]) if p.numbers == part.numbers[:-1])
            assert above.range[0] <= start
            assert end <= above.range[1]
