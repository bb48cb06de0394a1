"""The speller of an index, and how an answer says what was put right."""

from __future__ import annotations

from assistant.answer import Status
from assistant.indexing.lexical import LexicalStore
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from assistant.understanding.corrections import notes, place_pairs, speller_for, together


def test_a_correction_is_said_in_one_sentence() -> None:
    assert notes([("可技局", "科技局"), ("产液", "产业")]) == [
        "已按“科技局”理解“可技局”。",
        "已按“产业”理解“产液”。",
    ]
    assert notes(()) == []


def test_an_answer_says_what_was_put_right(policy_assistant: PolicyAssistant) -> None:
    mistyped = policy_assistant.ask("可技局的任务有哪些")
    meant = policy_assistant.ask("科技局的任务有哪些")
    assert mistyped.question.text == "可技局的任务有哪些"
    assert mistyped.question.rewritten == "科技局的任务有哪些"
    assert mistyped.warnings == ("已按“科技局”理解“可技局”。", *meant.warnings)
    assert mistyped.answer == meant.answer
    assert meant.question.rewritten is None
    assert "的任务共4条" in str(mistyped.answer)


def test_the_ends_of_a_line_may_be_shortened(policy_assistant: PolicyAssistant) -> None:
    asked = policy_assistant.ask("济潍高速谁负责")  # 济南至潍坊 in the text
    assert asked.question.rewritten is None
    assert place_pairs(["推进济南至潍坊等高速公路，淄博", "青岛"]) == {"济南潍坊"}
    assert place_pairs(["济南，潍坊"]) == set()


def test_a_refusal_says_it_too(policy_assistant: PolicyAssistant) -> None:
    refused = policy_assistant.ask("市财正局今天下雨吗？")
    assert refused.status is not Status.ANSWERED
    assert refused.warnings[:1] == ("已按“市财政局”理解“市财正局”。",)


def test_traditional_characters_are_answered_like_simplified_ones(
    policy_assistant: PolicyAssistant,
) -> None:
    for traditional, plain in (
        ("科技局負責哪些任務", "科技局负责哪些任务"),
        ("氫能產業由誰負責", "氢能产业由谁负责"),
        ("這個文件的文號是什麼", "这个文件的文号是什么"),
    ):
        asked, same = policy_assistant.ask(traditional), policy_assistant.ask(plain)
        assert asked.answer == same.answer
        assert asked.question.text == traditional
        assert (asked.question.rewritten, asked.warnings) == (None, same.warnings)


def test_the_words_of_the_index_its_names_and_headings_are_known(parts: Parts) -> None:
    speller = speller_for(parts.index, parts.reader.units, parts.reader.areas)
    for written, meant in (
        ("工业和信息画局", "工业和信息化局"),
        ("淄川经济开法区", "淄川经济开发区"),
        ("现代服务叶", "现代服务业"),
    ):
        assert speller.corrected(written).text == meant


def test_words_are_together_where_one_row_holds_both() -> None:
    lexical = LexicalStore.build(["氢能产业由市科技局牵头", "学校建设", "氢能与产品和行业"])
    held = together(lexical)
    assert held("氢能", "科技局")
    assert held("科技局", "氢能产业")
    assert not held("学校", "氢能")
    assert not held("氢能产业", "行业")
    assert not held("没有的词", "氢能")
