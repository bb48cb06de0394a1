"""Facts of a document, clause numbers in every written form, documents by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.model import Document
from assistant.understanding.document_facts import (
    clause_numbers,
    document_facts,
    named_documents,
    squeezed,
    without_facts,
    written_number,
)
from tests.laws import parsed
from tests.policies import YUNHE, YUNHE_NUMBER, YUNHE_TITLE

FACTS = {
    "这个文件的文号是什么": "doc_number",
    "是几号文": "doc_number",
    "什么时候印发的": "issued_on",
    "文件是哪年发布的？": "issued_on",
    "成文日期": "issued_on",
    "谁发的这个文": "issuer",
    "发文机关是哪个": "issuer",
    "是哪个单位印发的": "issuer",
    "主送哪些单位": "recipients",
    "这份文件发给谁": "recipients",
    "文件全称是什么": "title",
    "这个意见叫什么名字": "title",
    "能对外公开吗": "remark",
    "是否公开发布": "remark",
    "现在还有效吗": "status",
    "什么时候失效": "status",
    "一共几个部分": "count",
    "全文有多少条款": "count",
}


@pytest.mark.parametrize(("text", "fact"), FACTS.items())
def test_facts_of_a_document(text: str, fact: str) -> None:
    assert fact in document_facts(text, has_topic=False)


@pytest.mark.parametrize(
    "text",
    [
        "自动驾驶由谁负责",
        "推动公共数据公开发布平台建设的任务有哪些",
        "胶济铁路改造什么时候完工",
        "市科技局负责什么",
        "",
    ],
)
def test_a_question_with_a_topic_asks_no_fact(text: str) -> None:
    assert document_facts(text, has_topic=True) == ()


NUMBERS = {
    "二（四）说了什么": ("二", "四"),
    "二、（四）的内容": ("二", "四"),
    "二(4)讲什么": ("二", "4"),
    "2（4）": ("2", "4"),
    "第二部分（四）": ("二", "四"),
    "第二部分第四条": ("二", "四"),
    "第二部分的第四条": ("二", "四"),
    "第2部分第4点": ("2", "4"),
    "二（二）第3项": ("二", "二", "3"),
    "二（二）的第三条": ("二", "二", "三"),
    "二（二）3.": ("二", "二", "3"),
    "第三部分讲了什么": ("三",),
    "第二章": ("二",),
    "第十二条": ("第十二条",),
    "第二条之一": ("第二条之一",),
    "（八）是什么": ("（八）",),
    "(8)是什么": ("（8）",),
    "一、总体要求说了什么": ("一",),
    "三、四线城市": (),
    "自动驾驶怎么发展": (),
    "2025年的目标": (),
    "增长2.4%": (),
    "十四五规划": (),
    "": (),
}


@pytest.mark.parametrize(("text", "numbers"), NUMBERS.items())
def test_clause_numbers(text: str, numbers: tuple[str, ...]) -> None:
    assert clause_numbers(text) == numbers


@pytest.fixture(scope="module")
def yunhe() -> Document:
    return parsed(YUNHE)


@pytest.mark.parametrize(
    "written",
    [
        YUNHE_NUMBER,
        "云政办字[2023]7号",
        "云政办字（2023）7号",
        "云政办字〔2023〕第7号",
        "云政办字 〔 2023 〕 7 号".replace("字 ", "字"),
        f"《{YUNHE_TITLE}》",
        YUNHE_TITLE,
    ],
)
def test_a_document_is_named_and_the_rest_stays(
    written: str, yunhe: Document, seed: Document
) -> None:
    documents = [seed, yunhe]
    for before, after in (("", "讲了什么"), ("市水利局在", "里负责什么"), ("为什么制定", "")):
        found, rest, unknown = named_documents(before + written + after, documents)
        assert (found, unknown) == ((yunhe.id,), "")
        assert rest.split() == (before + " " + after).split()


def test_two_documents_and_none(yunhe: Document, seed: Document) -> None:
    documents = [seed, yunhe]
    found, rest, _ = named_documents(f"{YUNHE_NUMBER}和{seed.doc_number}", documents)
    assert set(found) == {yunhe.id, seed.id}
    assert rest.strip() == "和"
    assert named_documents("自动驾驶", documents) == ((), "自动驾驶", "")
    assert named_documents("云政办字〔2023〕77号", documents)[::2] == ((), "云政办字〔2023〕77号")
    assert named_documents("x〔2023〕7号", [])[0] == ()


def test_a_short_title_is_one_only_in_its_brackets_or_alone(yunhe: Document) -> None:
    short = replace(yunhe, title="云河市")
    assert named_documents("云河市茶园补助多少", [short])[0] == ()
    assert named_documents("《云河市》里的茶园补助", [short])[:2] == ((short.id,), " 里的茶园补助")
    assert named_documents("云河市", [short])[0] == (short.id,)
    untitled = replace(yunhe, title="")
    assert named_documents("云河市茶园补助多少", [untitled])[0] == ()


def test_brackets_and_blanks_do_not_count() -> None:
    assert squeezed("淄政字 [2022] 第40号") == squeezed("淄政字〔2022〕40号")


@pytest.mark.parametrize(
    ("text", "topic", "facts"),
    [
        ("什么时候到期", False, ("status",)),
        ("这个文件到期了吗", False, ("status",)),
        ("补贴什么时候到期", True, ()),
        ("现在还有效吗", False, ("status",)),
    ],
)
def test_the_end_of_a_document_and_of_other_things(
    text: str, topic: bool, facts: tuple[str, ...]
) -> None:
    assert document_facts(text, topic) == facts
    assert not any(word in without_facts(text) for word in ("到期", "有效", "现在"))


@pytest.mark.parametrize(
    ("numbers", "written"),
    [
        (("二", "四"), "二（四）"),
        (("（四）",), "（四）"),
        (("第十二条",), "第十二条"),
        (("三",), "三"),
    ],
)
def test_a_number_is_written_as_it_is_read(numbers: tuple[str, ...], written: str) -> None:
    assert written_number(numbers) == written
    assert clause_numbers(f"{written}讲什么") in (numbers, ())
