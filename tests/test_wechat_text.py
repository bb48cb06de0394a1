"""Answers as WeChat shows them, and the XML and JSON around them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.answer import AIGC, Answer, AnswerText, AskedQuestion
from assistant.faces.wechat.crypto import MalformedMessage
from assistant.faces.wechat.menu import welcome, wish_of
from assistant.faces.wechat.messages import (
    Message,
    bot_message,
    envelope_of,
    fields_of,
    json_object,
    text_reply,
    xml_message,
)
from assistant.faces.wechat.plain_text import (
    CONTINUED,
    MAX_PARTS,
    UNHEARD,
    cut,
    parts_of,
    split,
)
from assistant.faces.wechat.streams import content
from tests.fakes import DOCUMENT_ID, TITLE, FakeAssistant
from tests.wechat_side import message, parsed

BASE = "https://policy.example.gov.cn"
LINK = f"{BASE}/clauses/{DOCUMENT_ID}:2.2.1"
NOTICE = "本回答由人工智能生成合成（模型：m），逐句与所引原文核对，仅供参考，请以原文为准。"
LABEL = "人工智能生成合成"
QUOTED, WRITTEN = AIGC(), AIGC(True, NOTICE, LABEL)


def answer(text: str = "", *, aigc: AIGC = QUOTED) -> Answer:
    found = FakeAssistant().ask("智能装备")
    return replace(found, answer=AnswerText(text) if text else found.answer, aigc=aigc)


def size(text: str) -> int:
    return len(text.encode())


# Plain text -------------------------------------------------------------------------------------


def test_an_answer_is_text_basis_units_link_and_label_in_this_order() -> None:
    (told,) = parts_of(answer(aigc=WRITTEN), BASE)
    marks = [
        "打造千亿级",
        f"【依据】《{TITLE}》（淄政字〔2022〕40号）",
        "【责任单位】",
        LINK,
        NOTICE,
    ]
    places = [told.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "牵头单位：市科技局" in told
    assert "市财政局" in told


def test_a_verbatim_answer_carries_no_label_of_an_llm() -> None:
    assert "人工智能" not in parts_of(answer(), BASE)[0]


def test_without_a_public_address_there_is_no_link() -> None:
    assert "/clauses/" not in parts_of(answer())[0]


def test_a_refusal_is_its_words_only() -> None:
    refused = FakeAssistant().ask("怎么养猫？")
    assert refused.answer
    assert parts_of(refused, BASE) == (refused.answer.text,)


def test_a_question_completed_from_history_says_how_it_was_heard() -> None:
    heard = replace(answer(), question=AskedQuestion("它呢", "智能装备呢"))
    assert parts_of(heard, BASE)[0].startswith("（已理解为：智能装备呢）")


def test_a_sentence_stays_with_its_mark() -> None:
    marked = "".join(f"第{n}句，说的是政策里的一件事。[{n}]" for n in range(1, 80))
    parts = parts_of(answer(marked), BASE)
    assert len(parts) > 1
    assert not any(part.split("\n", 1)[1].startswith("[") for part in parts)


LONG = "".join(f"第{n}句，说的是政策里的一件事。" for n in range(1, 90))


def test_a_long_answer_is_cut_at_sentence_ends_numbered_and_whole() -> None:
    parts = parts_of(answer(LONG), BASE)
    assert [part[:6] for part in parts] == [f"（{n}/{len(parts)}）\n" for n in (1, 2, 3)]
    bodies = [part.split("\n", 1)[1] for part in parts]
    assert all(body.endswith(f"。\n条款原文：{LINK}") for body in bodies[:-1])
    cut_off = [body.removesuffix(f"\n条款原文：{LINK}") for body in bodies]
    assert "".join(cut_off).replace("\n", "").startswith(LONG)
    assert all(part.count(LINK) == 1 for part in parts)


def test_every_part_of_what_an_llm_wrote_is_labelled() -> None:
    parts = parts_of(answer(LONG, aigc=WRITTEN), BASE)
    assert len(parts) > 1
    assert all(LABEL in part for part in parts)
    assert all(part.endswith(f"（{LABEL}）") for part in parts[:-1])
    assert parts[-1].endswith(NOTICE)


def test_units_that_the_text_names_are_not_repeated_at_the_price_of_another_message() -> None:
    named = "市科技局、市财政局、淄川区负责。" + "一" * 540
    (told,) = parts_of(answer(named), BASE)
    assert "【责任单位】" not in told
    assert "【责任单位】" in "".join(parts_of(answer("一" * 540), BASE))  # named nowhere else


@pytest.mark.parametrize("aigc", [QUOTED, WRITTEN])
def test_what_needs_too_many_parts_ends_with_the_link(aigc: AIGC) -> None:
    parts = parts_of(answer(LONG * 5, aigc=aigc), BASE)
    assert len(parts) == MAX_PARTS
    assert f"其余请看：{LINK}" in parts[-1]
    assert (LABEL in parts[-1]) is aigc.generated


@example("a" * 5000, LABEL)
@example("市" * 1800, "")
@given(
    st.text(
        st.characters(codec="utf-8") | st.sampled_from("。！？\n，市😀"), min_size=1, max_size=6000
    ),
    st.sampled_from(["", LABEL]),
)
def test_parts_fit_are_numbered_and_lose_nothing(text: str, label: str) -> None:
    parts = split(text, closing=(f"（{label}）" if label else "",), more="其余请看：https://a.b/c")
    assert 1 <= len(parts) <= MAX_PARTS
    for number, part in enumerate(parts, 1):
        assert size(part + CONTINUED + UNHEARD) <= 2048
        if len(parts) > 1:
            assert part.startswith(f"（{number}/{len(parts)}）\n")
            assert label in part
    if len(parts) > 1 and "其余请看" not in parts[-1]:
        bare = [p.split("\n", 1)[1].removesuffix(f"\n（{label}）") for p in parts]
        assert re.sub(r"\s", "", "".join(bare)) == re.sub(r"\s", "", text)


@given(st.text(st.characters(codec="utf-8"), max_size=3000), st.integers(200, 4000))
def test_a_cut_text_fits_and_says_where_to_read_on(text: str, most: int) -> None:
    told = cut(text, most, "其余请看：x")
    assert told == text if size(text) <= most else told.endswith("其余请看：x")
    assert size(told) <= most


def test_the_markdown_of_a_bot_fits_its_limit_and_is_labelled_first() -> None:
    told = content(answer(LONG * 40, aigc=WRITTEN), BASE)
    assert size(told) <= 20_480
    assert told.startswith(f"（{LABEL}）")
    assert told.endswith(f"其余请看：{LINK}")
    assert LINK in content(answer(), BASE)
    assert "/clauses/" not in content(answer(), "")


# The words of the menu --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("责任单位 市科技局", "市科技局负责哪些任务？"),
        ("责任单位：市科技局", "市科技局负责哪些任务？"),
        ("责任单位　市科技局 ", "市科技局负责哪些任务？"),
        ("产业 淄川", "淄川支持哪些产业？"),
        ("产业 淄川经济开发区", "淄川经济开发区支持哪些产业？"),
        ("产业 生物医药", "哪些区域支持生物医药产业？"),
        ("产业 医疗器械产业", "哪些区域支持医疗器械产业？"),
        ("责任单位有哪些？", "责任单位有哪些？"),
        ("产业政策有哪些？", "产业政策有哪些？"),
        ("帮助企业的政策有哪些？", "帮助企业的政策有哪些？"),
    ],
)
def test_a_menu_word_becomes_its_question(text: str, question: str) -> None:
    wish = wish_of(text, FakeAssistant())
    assert (wish.question, wish.told, wish.continued) == (question, "", False)


@pytest.mark.parametrize(
    ("text", "told"),
    [("帮助", "市科技局"), ("？", "产业"), ("责任单位", "市财政局"), ("产业", "淄川经济开发区")],
)
def test_a_menu_word_alone_explains_itself_with_names_that_are_there(text: str, told: str) -> None:
    assert told in wish_of(text, FakeAssistant()).told


def test_a_new_user_is_welcomed_with_examples_from_the_documents() -> None:
    told = welcome(FakeAssistant())
    assert "· 智能装备" in told
    assert "责任单位 市科技局" in told
    assert size(told) <= 2048


# Messages ---------------------------------------------------------------------------------------


@given(st.text(max_size=200))
@example("]]>")
@example("<![CDATA[a]]]]>&amp;")
def test_a_reply_is_xml_that_says_the_same_to_any_parser(words: str) -> None:
    reply = text_reply(Message("o-User", "gh"), words, 1700000000)
    told = parsed(reply.decode())
    allowed = re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", words)
    read = fields_of(reply)["Content"]
    assert read == re.sub("\r\n?", "\n", allowed)  # as XML reads the ends of lines
    assert (told["Content"] or "") == read.strip()
    assert (told["ToUserName"], told["FromUserName"]) == ("o-User", "gh")


WHOLE = message(Content="!").replace("!", "&b;")  # but for its entity, a message as any other
BOMB = f'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>{WHOLE}'
EXTERNAL = f'<!DOCTYPE b [<!ENTITY b SYSTEM "file:///etc/hostname">]>{WHOLE}'
DECLARED = f"<!DOCTYPE xml>{message(Content='!')}"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{}",
        "<xml>",
        BOMB,
        EXTERNAL,
        DECLARED,
        '<?xml version="1.0" encoding="none"?><xml/>',
        "\0",
        "<a/>",
    ],
)
def test_what_is_no_message_is_refused(data: str) -> None:
    with pytest.raises(MalformedMessage):
        xml_message(fields_of(data.encode()))


@pytest.mark.parametrize(
    ("data", "envelope"),
    [
        (
            "<xml><ToUserName>a</ToUserName><Encrypt><![CDATA[aGk+/w==]]></Encrypt></xml>",
            "aGk+/w==",
        ),
        ("<xml>\n<Encrypt>aGk=</Encrypt>\n<AgentID>1</AgentID></xml>", "aGk="),
        ("<xml><Encrypt></Encrypt></xml>", ""),
        ("<xml><Encrypt>&a;</Encrypt></xml>", ""),
        ("", ""),
        ("<Encrypt>" * 50_000 + "a" * 500_000, ""),  # at once, or the test would not end
    ],
)
def test_an_envelope_is_found_without_parsing(data: str, envelope: str) -> None:
    assert envelope_of(data.encode()) == envelope


def test_a_message_of_each_kind_is_read() -> None:
    text = xml_message(fields_of(message(Content="问<题>", MsgId="7").encode()))
    assert (text.kind, text.text, text.key, text.event) == ("text", "问<题>", "7", "")
    event = xml_message(
        fields_of(message(MsgType="event", Event="CLICK", EventKey="帮助").encode())
    )
    assert (event.event, event.detail) == ("click", "帮助")
    assert event.key == "oUser-1-1700000000-click-帮助"
    voice = xml_message(fields_of(message(MsgType="voice", Recognition="智能装备").encode()))
    assert voice.text == "智能装备"


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"1", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        json_object(data)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"msgtype": "text"},
        {"msgtype": ["text"], "from": {"userid": "u"}},
        {"msgtype": "event", "from": {"userid": "u"}},
        {"msgtype": "event", "from": "u", "event": 7},
    ],
)
def test_a_bot_message_without_kind_or_sender_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(MalformedMessage):
        bot_message(value)


def test_a_bot_hears_words_without_its_own_name_and_beside_pictures() -> None:
    sender = {"from": {"userid": "u"}, "msgid": "m"}
    named = bot_message({**sender, "msgtype": "text", "text": {"content": "@助手 智能装备"}})
    assert named.text == "智能装备"
    items = [{"msgtype": "text", "text": {"content": "智能装备"}}, {"msgtype": "image"}, 3]
    mixed = bot_message({**sender, "msgtype": "mixed", "mixed": {"msg_item": items}})
    assert (mixed.kind, mixed.text) == ("text", "智能装备")
    assert bot_message({**sender, "msgtype": "mixed", "mixed": 3}).text == ""


def test_an_industry_that_no_document_names_is_not_looked_for() -> None:
    wish = wish_of("产业 火星", FakeAssistant())
    assert not wish.question
    assert "没有提到“火星”" in wish.told
