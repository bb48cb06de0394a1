"""The record of a conversation: everything said, labelled as the law asks, and no markup let in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import AIGC, Answer, AnswerText, AskedQuestion, Validity
from assistant.faces.chat.conversation_export import (
    AIGC_NOTE,
    EXTRACTED,
    PLAIN_NOTE,
    Kind,
    aigc_metadata,
    as_markdown,
    moment,
    record,
)
from assistant.faces.site.html import STATUS_WORDS
from assistant.service import PolicyAssistant
from tests.fakes import FakeAssistant

SITE = "某市政策问答"
BASE = "https://example.cn/zc"
NOTICE = "本回答由人工智能生成合成（模型：tiny），逐句与所引原文核对，仅供参考，请以原文为准。"
TOLD = FakeAssistant().ask("智能装备由谁负责")
REFUSED = FakeAssistant().ask("市长是谁")
WORDED = replace(TOLD, id="ans_2", aigc=AIGC(True, NOTICE, "人工智能生成合成"))


def asking(text: str, rewritten: str | None = None, of: Answer = TOLD) -> Answer:
    return replace(of, question=AskedQuestion(text, rewritten))


def front_matter(text: str) -> dict[str, Any]:
    found = re.match(r"---\n(.*?)\n---\n", text, re.S)
    assert found
    read = yaml.safe_load(found[1])
    assert isinstance(read, dict)
    return read


def rendered(text: str) -> tuple[str, str]:
    """A CommonMark reader's HTML of the body, and its words alone."""
    markdown_it = pytest.importorskip("markdown_it", reason="没有安装 markdown-it-py")
    body = text.split("\n---\n", 1)[1]
    html = markdown_it.MarkdownIt("commonmark").render(body)
    tokens = markdown_it.MarkdownIt("commonmark").parse(body)
    words = ["".join(c.content for c in t.children) for t in tokens if t.type == "inline"]
    return html, "\n".join(words)


# What it says --------------------------------------------------------------------------------------


def test_a_turn_says_everything() -> None:
    quoted = replace(TOLD.citations[0], validity=Validity("repealed", "被取代"))
    turn = replace(
        asking("它呢", "智能装备由谁负责"), citations=(quoted,), warnings=("原文标黑已丢失。",)
    )
    text = as_markdown([turn], SITE, BASE)
    quote = quoted.quote
    for words in (
        "## 一、它呢",
        "已理解为：智能装备由谁负责",
        f"{STATUS_WORDS[turn.status]}。{moment(turn.created)}",
        f"> {quote}",
        f"[1] 《{quoted.document.title}》（淄政字〔2022〕40号） 二、重点任务",
        "（已废止）",
        f"{BASE}/clauses/{quoted.clause.id}",
        "注：原文标黑已丢失。",
        "牵头单位：市科技局（原文写明）",
    ):
        assert words in text, words
    assert text.count("[1]") == 1 + (turn.answer.text if turn.answer else "").count("[1]")


def test_a_refusal_shows_its_nearest_clauses_as_no_answer() -> None:
    lines = list(record([REFUSED], SITE, BASE))
    at = [line.text for line in lines].index("相近条款（不是答案）")
    items = lines[at + 1 :]
    assert REFUSED.refusal
    assert [line.url for line in items] == [
        f"{BASE}/clauses/{c.id}" for c in REFUSED.refusal.nearest
    ]
    assert {line.kind for line in items} == {Kind.ITEM}
    assert EXTRACTED not in {line.text for line in lines}


def test_units_of_several_clauses_are_told_apart() -> None:
    second = replace(TOLD.citations[0], id="c2", number=2)
    second = replace(second, clause=replace(second.clause, id="other", label="三（一）"))
    alien = replace(TOLD.responsible_units[0], clause_id="other", name="市教育局")
    turn = replace(
        TOLD,
        citations=(*TOLD.citations, second),
        responsible_units=(*TOLD.responsible_units, alien),
    )
    items = [line.text for line in record([turn], SITE) if line.kind is Kind.ITEM]
    assert any(i.startswith("三（一）") and "市教育局" in i for i in items)
    assert any(i.startswith("二（二）智能装备") and "市科技局" in i for i in items)


def test_without_a_public_address_there_are_no_links() -> None:
    assert {line.url for line in record([TOLD, REFUSED], SITE)} == {""}
    assert "/clauses/" not in as_markdown([TOLD, REFUSED], SITE)


def test_the_time_is_that_of_beijing() -> None:
    assert moment(0) == "1970年1月1日 08:00（北京时间）"


def test_real_conversations_keep_every_quote(
    policy_assistant: PolicyAssistant, questions: list[str]
) -> None:
    turns = [policy_assistant.ask(q) for q in questions[:40]]
    lines = list(record(turns, SITE, BASE))
    quotes = [line.text for line in lines if line.kind is Kind.QUOTE]
    given = [q.strip() for t in turns for c in t.citations for q in c.quote.split("\n")]
    assert quotes == [q for q in given if q]
    assert sum(line.kind is Kind.TURN for line in lines) == 40
    assert as_markdown(turns, SITE, BASE) == as_markdown(turns, SITE, BASE)


# Labels --------------------------------------------------------------------------------------------


def test_words_of_a_model_carry_their_notice_where_they_stand() -> None:
    text = as_markdown([TOLD, WORDED, REFUSED], SITE)
    first, second, third = re.split(r"\n## ", text)[1:]
    assert EXTRACTED in first
    assert "人工智能" not in first
    assert NOTICE in second
    assert EXTRACTED not in second
    assert NOTICE not in third
    assert AIGC_NOTE in text


def test_quotes_alone_carry_no_label() -> None:
    text = as_markdown([TOLD, REFUSED], SITE)
    assert "AIGC" not in text
    assert "人工智能" not in text
    assert PLAIN_NOTE in text
    assert front_matter(text) == {"title": "政策问答记录", "site": SITE, "note": PLAIN_NOTE}
    assert aigc_metadata([TOLD], SITE) == {}


def test_the_front_matter_holds_the_fields_of_the_standard() -> None:
    label = front_matter(as_markdown([TOLD, WORDED], SITE))["AIGC"]
    assert list(label) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1",
        "ContentPropagator", "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert label["Label"] == "1"
    assert label["ContentProducer"] == SITE
    assert re.fullmatch("[0-9a-f]{32}", label["ProduceID"])
    assert label == json.loads(json.dumps(aigc_metadata([TOLD, WORDED], SITE)))
    assert label["ProduceID"] != aigc_metadata([WORDED], SITE)["ProduceID"]


def test_an_empty_conversation_is_a_file_too() -> None:
    assert "共0个问答" in as_markdown([], SITE)


# Nothing that a user wrote becomes markup ------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "# 一级标题", "| a | b |", "<script>alert(1)</script>", "[点我](javascript:alert(1))",
        "![图](http://evil.example/x.png)", "`code` *em* **b** _i_ ~~s~~", "1. 第一", "- 项", "+ 项",
        "> 引用", "---", "===", "&lt;b&gt; &amp;", "\\# \\", "a\n\n# b", "<!-- x -->", "[1](x)", "[1]: x",
    ],
)  # fmt: skip
def test_markup_in_a_question_is_shown_as_it_was_typed(question: str) -> None:
    turn = asking(question, rewritten=question + "？")
    html, words = rendered(as_markdown([turn], SITE, BASE))
    plain = " ".join(question.split())
    assert f"一、{plain}" in words
    assert words.count(plain) >= 1
    plain_html = rendered(as_markdown([asking("好", "好？")], SITE, BASE))[0]
    assert re.findall(r"</?\w+", html) == re.findall(r"</?\w+", plain_html)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_text_changes_the_shape(text: str) -> None:
    quoted = replace(TOLD.citations[0], quote=f"甲{text}乙".replace("\n", ""))
    turn = replace(asking(f"甲{text}乙"), citations=(quoted,), warnings=(f"甲{text}乙",))
    html, _ = rendered(as_markdown([turn], SITE))
    allowed = {"h1", "h2", "h3", "p", "em", "ul", "li", "blockquote"}
    assert set(re.findall(r"</?(\w+)", html)) <= allowed
    made = as_markdown([turn], text or SITE)
    assert front_matter(made)["site"] == (text or SITE)


def test_a_line_of_an_answer_begins_no_list() -> None:
    lines = ["1. 甲[1]", "2) 乙", "- 丙", "+ 丁", "---", "===", "1986年", "    戊"]
    turn = replace(TOLD, answer=AnswerText("\n".join(lines)), responsible_units=())
    html, words = rendered(as_markdown([turn], SITE))
    assert set(re.findall(r"</?(\w+)", html)) == {"h1", "h2", "h3", "p", "em", "blockquote"}
    assert [line.strip() for line in lines] == words.split("\n")[6:14]


def test_a_long_question_is_clipped_in_its_heading_only() -> None:
    lines = list(record([asking("问" * 500)], SITE))
    heading = next(line for line in lines if line.kind is Kind.TURN)
    assert len(heading.text) < 60
    assert any(line.text == "问题全文：" + "问" * 500 for line in lines)
