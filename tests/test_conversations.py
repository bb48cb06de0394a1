"""Conversations in memory: apart from each other, bounded, forgotten in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import example, given
from hypothesis import strategies as st

from assistant.faces.conversations import ConversationMemory
from assistant.settings import MAX_EARLIER_QUESTIONS


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_conversation_belongs_to_its_user() -> None:
    memory = ConversationMemory()
    memory.add("甲", "1", "一")
    memory.add("甲", "1", "二")
    memory.add("乙", "1", "三")
    assert memory.questions("甲", "1") == ("一", "二")
    assert memory.questions("乙", "1") == ("三",)
    assert memory.questions("甲", "2") == memory.questions("", "1") == ()


@example(("ab", "c"), ("a", "bc"))
@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_no_two_conversations_are_taken_for_one(one: tuple[str, str], two: tuple[str, str]) -> None:
    memory = ConversationMemory()
    memory.add(*one, "问")
    same = [t.encode("utf-8", "replace") for t in one] == [
        t.encode("utf-8", "replace") for t in two
    ]
    assert (memory.questions(*two) == ("问",)) == same


def test_only_the_last_questions_are_kept() -> None:
    memory = ConversationMemory()
    for number in range(100):
        memory.add("甲", "1", str(number))
    kept = memory.questions("甲", "1")
    assert kept == tuple(str(number) for number in range(100 - MAX_EARLIER_QUESTIONS, 100))


def test_the_one_used_least_lately_makes_room() -> None:
    memory = ConversationMemory(most=2)
    memory.add("甲", "1", "一")
    memory.add("甲", "2", "二")
    memory.add("甲", "1", "三")
    memory.add("甲", "3", "四")
    assert len(memory) == 2
    assert memory.questions("甲", "1") == ("一", "三")
    assert memory.questions("甲", "2") == ()


def test_it_is_forgotten_some_time_after_its_last_question() -> None:
    clock = Clock()
    memory = ConversationMemory(seconds=10, clock=clock)
    memory.add("甲", "1", "一")
    memory.add("甲", "2", "二")
    clock.now = 8
    memory.add("甲", "1", "三")
    clock.now = 11
    assert memory.questions("甲", "2") == ()
    assert memory.questions("甲", "1") == ("一", "三")
    clock.now = 19
    assert memory.questions("甲", "1") == ()
    assert len(memory) == 0


def test_names_are_not_kept() -> None:
    memory = ConversationMemory()
    memory.add("张三", "群聊", "一")
    assert "张三" not in repr(vars(memory))
    assert "群聊" not in repr(vars(memory))


def test_threads_may_share_it() -> None:
    memory = ConversationMemory(most=5)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: memory.add("甲", str(n % 10), str(n)), range(2000)))
    assert len(memory) == 5
