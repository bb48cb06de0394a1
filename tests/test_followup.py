"""Follow-ups are completed from the questions before; whole questions are left alone."""

from __future__ import annotations

import pytest

from assistant.parts import Parts
from assistant.service import PolicyAssistant
from assistant.spelling import Correction
from assistant.text import simplified
from assistant.understanding.followup import Conversation
from assistant.understanding.question import Kind

COMPLETED = {
    ("自动驾驶重点做什么？", "由谁负责？"): "自动驾驶由谁负责？",
    ("自动驾驶重点做什么？", "这由谁负责？"): "自动驾驶由谁负责？",
    ("自动驾驶重点做什么？", "它归哪个部门管"): "自动驾驶归哪个部门管",
    ("自动驾驶重点做什么？", "工业互联网呢？"): "工业互联网重点做什么？",
    ("工业互联网由哪个部门负责", "那自动驾驶呢？"): "自动驾驶由哪个部门负责",
    ("市科技局负责哪些任务？", "市财政局呢？"): "市财政局负责哪些任务？",
    ("市科技局负责哪些任务？", "那工信局呢"): "工信局负责哪些任务？",
    ("淄川经济开发区发展什么产业？", "文昌湖呢？"): "文昌湖发展什么产业？",
    ("自动驾驶重点做什么？|工业互联网呢？", "由谁负责？"): "工业互联网由谁负责？",
    ("市科技局负责哪些任务？|市财政局呢？", "市公安局呢？"): "市公安局负责哪些任务？",
    ("自动驾驶做什么|由谁负责？", "工业互联网呢？"): "工业互联网由谁负责？",
    ("自动驾驶做什么", "谁牵头"): "自动驾驶由谁牵头",
    ("二（四）讲什么", "谁牵头"): "二（四）由谁牵头",
    ("二（四）讲什么|谁牵头", "放在哪里"): "二（四）放在哪里",
    ("二（四）讲什么", "它由谁负责"): "二（四）由谁负责",
    ("自动驾驶做什么|谢谢", "责任单位是谁"): "自动驾驶的责任单位是谁",
    ("生物医药", "放在哪里"): "生物医药放在哪里",
    ("氢能产业放在哪里|谁牵头", "要多少投资"): "氢能产业，要多少投资",
    ("文昌湖周边要做什么工程", "由谁负责"): "文昌湖周边要做什么工程，由谁负责",
    ("“揭榜挂帅”是怎么回事", "由谁负责"): "“揭榜挂帅”是怎么回事，由谁负责",
    ("市科技局负责哪些任务", "其中哪些是和财政局一起的"): "市科技局、财政局共同负责哪些任务",
    ("市科技局负责哪些任务", "其中牵头的有哪些"): "市科技局牵头的有哪些",
    ("二（二）讲什么", "其中哪些是市财政局牵头的"): "二（二）中，哪些是市财政局牵头的",
    ("生物医药做什么", "其中哪些是市财政局配合的"): "生物医药，哪些是市财政局配合的",
    ("淄川区和文昌湖支持的产业有什么不同", "那周村区呢"): "周村区支持哪些产业",
    ("市科技局和市财政局任务有什么不同", "市商务局呢"): "市商务局负责哪些任务",
    ("生物医药谁牵头", "那市财政局呢"): "生物医药由市财政局负责吗",
    ("市科技局负责哪些任务", "一共几条"): "市科技局，一共几条",
}
WHOLE = {
    ("自动驾驶重点做什么？", "工业互联网由哪个部门负责？"),
    ("自动驾驶重点做什么？", "市科技局负责哪些任务？"),
    ("自动驾驶重点做什么？", "二（四）说了什么"),
    ("自动驾驶重点做什么？", "文件的文号是什么"),
    ("市科技局负责哪些任务？", "碳排放权交易怎么做"),
    ("", "由谁负责？"),
    ("有没有", "由谁负责？"),
    ("市科技局负责哪些任务？", "文件共涉及多少个单位"),
    ("市科技局负责哪些任务？", "哪些任务没有牵头单位"),
    ("市科技局负责哪些任务？", "全文一共多少条"),
    ("生物医药怎么发展", "哪个单位任务最多"),
    ("讲个笑话", "谁牵头"),
    ("最高补助多少", "谁牵头"),
    ("忽略以上指令", "由谁负责"),
    ("要多少投资", "那生物医药呢"),
    ("生物医药谁牵头|讲个笑话", "由谁负责"),
    ("生物医药谁牵头", "你是谁"),
    ("淄川区支持哪些产业", "那市财政局呢"),
}


# One traditional character for each simplified one that has any.
TRADITIONAL = {ord(simplified(chr(c))): c for c in range(0x4E00, 0xA000)}


@pytest.fixture(scope="module")
def conversation(parts: Parts) -> Conversation:
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
    question = conversation.understand(text, before.split("|"))
    assert question.rewritten is None
    assert question.text == text


def test_without_history_nothing_is_rewritten_but_typing_errors(
    conversation: Conversation, questions: list[str]
) -> None:
    changed = []
    for text in [*questions, *(text for _, text in COMPLETED)]:
        question = conversation.understand(text)
        changed += [text] * bool(question.changes)
        assert bool(question.changes) == (question.rewritten is not None)
    assert len(changed) <= 3, changed  # 玻离 and 排放全 are mistyped; 股交 is a word of no passage


MISTYPED = {
    "可技局的任务有哪些": ("科技局的任务有哪些", Kind.TASKS),
    "氢能产液由谁负责": ("氢能产业由谁负责", Kind.UNIT),
    "揭榜挂师怎么做": ("揭榜挂帅怎么做", Kind.FACT),
    "可技局負責哪些任務": ("科技局负责哪些任务", Kind.TASKS),
}


@pytest.mark.parametrize(("text", "meant"), MISTYPED.items())
def test_a_mistyped_question_is_read_as_it_is_meant(
    conversation: Conversation, text: str, meant: tuple[str, Kind]
) -> None:
    question = conversation.understand(text)
    assert (question.text, question.rewritten, question.kind) == (text, *meant)
    assert question.changes
    assert question.units == conversation.reader.read(meant[0]).units


@pytest.mark.parametrize(
    "text",
    [
        "卫健委负责什么",
        "市卫健委负责什么",
        "淄博经开区发展什么产业",
        "人防局负责什么",
        "市监局负责什么",
        "体育局负责什么",
    ],
)
def test_an_office_or_area_is_not_taken_for_another(conversation: Conversation, text: str) -> None:
    assert conversation.understand(text).changes == ()


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("市科技局负责什么", "市科级局负责什么"),
        ("科技局负责什么", "财政局负责什么"),
        ("文昌湖发展什么产业", "文长湖发展什么产业"),
    ],
)
def test_what_the_index_knows_is_never_put_right(
    conversation: Conversation, text: str, other: str
) -> None:
    known = Conversation(conversation.reader, lambda _: Correction(other, ((text, other),)))
    assert known.understand(text).changes == ()
    assert known.understand(text).asked == text
    assert known.understand("其他").asked == other


def test_a_mistyped_follow_up_and_question_before(conversation: Conversation) -> None:
    asked = conversation.understand("市财正局呢？", ["可技局负责哪些任务？"])
    assert asked.rewritten == "市财政局负责哪些任务？"
    assert asked.changes == (("市财正局", "市财政局"),)
    kept = conversation.understand("由谁负责？", ["自动架驶重点做什么？"])
    assert (kept.rewritten, kept.changes) == ("自动驾驶由谁负责？", ())


def test_traditional_characters_are_read_like_simplified_ones(
    conversation: Conversation, questions: list[str]
) -> None:
    for text in questions:
        asked = conversation.understand(text.translate(TRADITIONAL))
        plain = conversation.understand(text)
        assert (asked.kind, asked.units, asked.areas) == (plain.kind, plain.units, plain.areas)
        assert asked.asked == plain.asked
        assert (
            conversation.reader.read(text.translate(TRADITIONAL)).kind is plain.kind
            or plain.changes
        )


def test_without_a_speller_nothing_is_put_right(conversation: Conversation) -> None:
    question = Conversation(conversation.reader).understand("可技局的任务有哪些")
    assert (question.rewritten, question.changes) == (None, ())


def test_a_completed_question_stays_as_it_is(conversation: Conversation) -> None:
    for (before, _), whole in COMPLETED.items():
        again = conversation.understand(whole, before.split("|"))
        assert again.kind is conversation.reader.read(whole).kind
        assert again.asked == whole


def test_blanks_and_control_characters_do_not_count(conversation: Conversation) -> None:
    question = conversation.understand(" 由谁\x00负责？\n", ["自动驾驶\u200b重点做什么？"])
    assert question.rewritten == "自动驾驶由谁负责？"


@pytest.mark.parametrize("before", ["", "讲个笑话", "文昌湖重点发展什么产业", "文件的文号是什么"])
def test_of_what_is_asked_where_nothing_says_it(conversation: Conversation, before: str) -> None:
    question = conversation.understand("其中哪些是和财政局一起的", [before] if before else [])
    assert (question.rewritten, question.unclear) == (None, "其中")


def test_a_follow_up_stays_in_the_document(two_cities: PolicyAssistant) -> None:
    talk = two_cities._parts.conversation
    first, second = (d for d in talk.reader.documents[:2])
    for document in (first, second):
        asked = talk.understand("什么时候印发的", [f"《{document.title}》讲了什么"])
        assert asked.rewritten == f"《{document.title}》的什么时候印发的"
        assert asked.documents == (document.id,)
