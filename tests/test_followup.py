"""Follow-ups are completed from the questions before; whole questions are left alone."""

from __future__ import annotations

import pytest

from assistant import service
from assistant.answering.followup import Conversation

COMPLETED = {
    ("自动驾驶重点做什么？", "由谁负责？"): "自动驾驶的由谁负责？",
    ("自动驾驶重点做什么？", "这由谁负责？"): "自动驾驶由谁负责？",
    ("自动驾驶重点做什么？", "它归哪个部门管"): "自动驾驶归哪个部门管",
    ("自动驾驶重点做什么？", "工业互联网呢？"): "工业互联网重点做什么？",
    ("工业互联网由哪个部门负责", "那自动驾驶呢？"): "自动驾驶由哪个部门负责",
    ("市科技局负责哪些任务？", "市财政局呢？"): "市财政局负责哪些任务？",
    ("市科技局负责哪些任务？", "那工信局呢"): "工信局负责哪些任务？",
    ("淄川经济开发区发展什么产业？", "文昌湖呢？"): "文昌湖发展什么产业？",
    ("自动驾驶重点做什么？|工业互联网呢？", "由谁负责？"): "工业互联网的由谁负责？",
    ("市科技局负责哪些任务？|市财政局呢？", "市公安局呢？"): "市公安局负责哪些任务？",
    ("自动驾驶做什么|由谁负责？", "工业互联网呢？"): "工业互联网由谁负责？",
}
WHOLE = {
    ("自动驾驶重点做什么？", "工业互联网由哪个部门负责？"),
    ("自动驾驶重点做什么？", "市科技局负责哪些任务？"),
    ("自动驾驶重点做什么？", "二（四）说了什么"),
    ("自动驾驶重点做什么？", "文件的文号是什么"),
    ("市科技局负责哪些任务？", "碳排放权交易怎么做"),
    ("", "由谁负责？"),
    ("有没有", "由谁负责？"),
}


@pytest.fixture(scope="module")
def conversation(parts: service._Parts) -> Conversation:
    return parts.conversation


@pytest.mark.parametrize(("asked", "whole"), COMPLETED.items())
def test_a_follow_up_is_completed(
    conversation: Conversation, asked: tuple[str, str], whole: str
) -> None:
    history, text = asked[0].split("|"), asked[1]
    question = conversation.understand(text, history)
    assert (question.text, question.rewritten, question.asked) == (text, whole, whole)
    assert question.kind is conversation.reader.read(whole).kind


@pytest.mark.parametrize(("before", "text"), sorted(WHOLE))
def test_a_whole_question_is_not_rewritten(
    conversation: Conversation, before: str, text: str
) -> None:
    question = conversation.understand(text, [before])
    assert question.rewritten is None
    assert question.text == text


def test_without_history_nothing_is_rewritten(
    conversation: Conversation, questions: list[str]
) -> None:
    for text in [*questions, *(text for _, text in COMPLETED)]:
        assert conversation.understand(text).rewritten is None


def test_a_completed_question_stays_as_it_is(conversation: Conversation) -> None:
    for (before, _), whole in COMPLETED.items():
        again = conversation.understand(whole, before.split("|"))
        assert again.kind is conversation.reader.read(whole).kind
        assert again.asked == whole


def test_blanks_and_control_characters_do_not_count(conversation: Conversation) -> None:
    question = conversation.understand(" 由谁\x00负责？\n", ["自动驾驶\u200b重点做什么？"])
    assert question.rewritten == "自动驾驶的由谁负责？"
