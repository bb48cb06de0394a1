"""A model may complete a follow-up with the user's own words; whatever else it says is not heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from assistant.wording.chat_model import Message
from assistant.wording.model_failures import Failure, GenerationError
from assistant.wording.query_rewriting import Rewriter, is_completion, leans
from tests.laws import ROOT

HISTORY = ["生态茶园每亩补助多少？", "茶产业措施由市农业农村局牵头吗？"]


class Writer:
    """A model that always writes the same, or fails."""

    name = "tiny"
    paused = False

    def __init__(self, text: str | Failure) -> None:
        self.text = text
        self.asked: list[tuple[list[Message], float]] = []

    def stream(self, messages: Sequence[Message], *, deadline: float) -> Iterator[str]:
        self.asked.append((list(messages), deadline))
        if isinstance(self.text, Failure):
            raise GenerationError(self.text)
        yield from self.text


def rewriter(text: str | Failure) -> tuple[Rewriter, Writer]:
    model = Writer(text)
    return Rewriter.open(model, ROOT / "prompts"), model


@pytest.mark.parametrize(
    ("question", "written", "expected"),
    [
        ("它什么时候施行？", "茶产业措施什么时候施行？", "茶产业措施什么时候施行？"),
        ("它什么时候施行？", "“茶产业措施什么时候施行？”\n", "茶产业措施什么时候施行？"),
        (
            "它什么时候施行？",
            "<think>指措施</think>茶产业措施什么时候施行？",
            "茶产业措施什么时候施行？",
        ),
        ("那配合的呢？", "茶产业措施由谁配合？", "茶产业措施由谁配合？"),
        ("它什么时候施行？", "它什么时候施行？", None),
        ("它什么时候施行？", "淄博市的意见什么时候施行？", None),
        ("它什么时候施行？", "茶产业措施2023年施行？", None),
        ("它什么时候施行？", "茶产业措施由市农业农村局牵头吗？", None),
        ("它不补助哪些？", "生态茶园补助哪些？", None),
        ("它不补助哪些？", "生态茶园不补助哪些？", "生态茶园不补助哪些？"),
        ("它什么时候施行？", "无法确定您指的是什么。", None),
        ("它什么时候施行？", "茶产业" * 40, None),
        ("它什么时候施行？", "", None),
        ("它什么时候施行？", Failure.TIMEOUT, None),
    ],
)
def test_completed(question: str, written: str | Failure, expected: str | None) -> None:
    found, model = rewriter(written)
    assert found.rewritten(question, HISTORY, budget=3.0) == expected
    ((messages, deadline),) = model.asked
    assert deadline == 3.0
    assert HISTORY[0] in messages[-1][1]


@pytest.mark.parametrize(
    ("question", "history"),
    [("它什么时候施行？", []), ("连片五十亩以上的生态茶园每亩补助多少钱？", HISTORY)],
)
def test_who_needs_no_completion_asks_no_model(question: str, history: list[str]) -> None:
    found, model = rewriter("茶产业措施什么时候施行？")
    assert found.rewritten(question, history, budget=3.0) is None
    assert model.asked == []


@pytest.mark.parametrize(
    "question", ["那交通方面呢", "牵头的是谁？", "该措施有效期多久，谁来负责解释？"]
)
def test_leans(question: str) -> None:
    assert leans(question)


def test_words_do_not_come_from_two_questions_put_together() -> None:
    assert is_completion("生态茶园有哪些？", "它有哪些？", ["生态茶园补助吗"])
    assert not is_completion("茶园有哪些？", "它有哪些？", ["生态茶", "园补助"])


def test_a_negation_stays_in_its_question() -> None:
    history = ["生态茶园不补助什么？", "不动产登记收费吗？"]
    assert not is_completion("生态茶园不补助哪些？", "它补助哪些？", history)
    assert is_completion("不动产登记由谁负责？", "它由谁负责？", history)
