"""An answer as the text of a chat: its pieces join to it, and every source stands where it says."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, AnswerText, AskedQuestion, Claim
from assistant.faces.telling import REPLACED, SOURCES, Told, cut, telling, whole
from assistant.rendering import plain, renderings
from assistant.service import PolicyAssistant
from assistant.settings import Settings
from tests.fakes import FakeAssistant
from tests.llm_server import LLMServer, answer, serving
from tests.policies import add_yunhe, settings_for

QUESTION = "智能装备产业重点发展什么？"
QUESTIONS = [
    QUESTION,
    "市科技局负责哪些任务？",
    "今天天气怎么样？",
    "文件的发文字号是什么？",
    "淄川支持哪些产业？",
    "氢能产业和生物医药由谁负责？",
    "对比淄川和周村的产业",
    "市科技局和市财政局共同承担哪些任务？",
    "What does the policy say about hydrogen?",
]


def asking(pieces: Sequence[str], answer: Answer) -> Generator[str, None, Answer]:
    yield from pieces
    return answer


def told_by(stream: Generator[str, None, Answer]) -> tuple[list[str], Told]:
    pieces, told = [], telling(stream)
    while True:
        try:
            pieces.append(next(told))
        except StopIteration as end:
            return pieces, end.value


def assert_holds(told: Told) -> None:
    """Every source of the answer is told, and each claim stands word for word where it says."""
    assert told.answer.answer
    text = told.answer.answer.text
    claims = {text[slice(*claim.span)] for claim in told.answer.claims}
    cited = set()
    for citation, (start, stop) in told.citing():
        assert 0 <= start < stop <= len(told.content)
        assert told.content[start:stop] in {*claims, f"[{citation.number}]", SOURCES}
        cited.add(citation.id)
    assert cited == {citation.id for citation in told.answer.citations}
    for claim in told.answer.claims:
        place = told.where(claim.span)
        assert place
        assert told.content[slice(*place)] == text[slice(*claim.span)]


@given(st.text())
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(cut(text)) == text


def test_an_answer_in_quotes_comes_in_its_sentences() -> None:
    answer = renderings(FakeAssistant().ask(QUESTION))
    pieces, told = told_by(asking([], answer))
    assert told.content == "".join(pieces) == plain(answer)
    assert len(pieces) > 3
    assert SOURCES in told.content
    assert "【责任单位】" in told.content
    assert_holds(told)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = tmp_path_factory.mktemp("real")
    return PolicyAssistant.open(Settings(_env_file=None, index_dir=folder, state_dir=folder))


@pytest.mark.parametrize("question", QUESTIONS)
def test_whole_or_in_pieces_it_is_the_same(real: PolicyAssistant, question: str) -> None:
    answer = real.ask(question)
    pieces, told = told_by(asking([], answer))
    assert told == whole(answer)
    assert "".join(pieces) == told.content == answer.renderings.plain
    assert_holds(told)


# Worded by an LLM -------------------------------------------------------------------------------

GOOD = "新建连片50亩以上的生态茶园，每亩一次性补助800元。"


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def worded(server: LLMServer, tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = tmp_path_factory.mktemp("worded")
    add_yunhe(folder / "corpus")
    return PolicyAssistant.open(
        settings_for(folder, llm_base_url=server.base_url, llm_model="tiny")
    )


def test_the_words_of_an_llm_come_first_and_all_the_rest_behind(
    server: LLMServer, worded: PolicyAssistant
) -> None:
    server.play(answer(f"{GOOD}[1]"))
    pieces, told = told_by(worded.ask_stream("生态茶园补助多少钱？"))
    assert pieces[0] == f"{GOOD}[1]"
    assert "".join(pieces) == told.content
    for part in ("【依据】", "市农业农村局、市财政局", told.answer.aigc.notice):
        assert told.content.count(part) == 1
    assert told.answer.aigc.generated
    assert_holds(told)


def test_a_remark_and_the_question_as_heard_come_behind_the_sentences() -> None:
    made = FakeAssistant().ask(QUESTION)
    text = "条款没有直接提到。\n甲。[1]\n乙。[1]\n负责单位：丙。"
    answer = renderings(
        replace(
            made,
            question=AskedQuestion(QUESTION, "智能装备由谁负责？"),
            answer=AnswerText(text),
            claims=(Claim((10, 12), ("c1",)), Claim((16, 18), ("c1",))),
        )
    )
    pieces, told = told_by(asking(["甲。[1]", "乙。[1]"], answer))
    assert "".join(pieces) == told.content
    assert told.content.startswith(
        "甲。[1]乙。[1]\n条款没有直接提到。\n（已理解为：智能装备由谁负责？）\n负责单位：丙。\n【依据】"
    )
    assert_holds(told)


def test_sentences_that_are_taken_back_are_said_to_be() -> None:
    answer = renderings(FakeAssistant().ask(QUESTION))
    pieces, told = told_by(asking(["别的话。[1]"], answer))
    assert "".join(pieces) == told.content == f"别的话。[1]{REPLACED}{plain(answer)}"
    assert_holds(told)
