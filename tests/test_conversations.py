"""Conversations in memory and in a store: apart from each other, bounded, forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.faces.conversations import (
    ConversationMemory,
    Conversations,
    StoredConversations,
    _name,
)
from assistant.faces.pending import MemoryStore
from assistant.settings import MAX_EARLIER_QUESTIONS


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


KINDS: tuple[Callable[[], Conversations], ...] = (
    ConversationMemory,
    lambda: StoredConversations(MemoryStore()),
)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=["memory", "stored"])


@every_kind
def test_a_conversation_belongs_to_its_user(kind: Callable[[], Conversations]) -> None:
    memory = kind()
    memory.add("甲", "1", "一")
    memory.add("甲", "1", "二")
    memory.add("乙", "1", "三")
    assert memory.questions("甲", "1") == ("一", "二")
    assert memory.questions("乙", "1") == ("三",)
    assert memory.questions("甲", "2") == memory.questions("", "1") == ()


@every_kind
@example(one=("ab", "c"), two=("a", "bc"))
@given(one=st.tuples(st.text(), st.text()), two=st.tuples(st.text(), st.text()))
def test_no_two_conversations_are_taken_for_one(
    kind: Callable[[], Conversations], one: tuple[str, str], two: tuple[str, str]
) -> None:
    memory = kind()
    memory.add(*one, "问")
    same = [t.encode("utf-8", "replace") for t in one] == [
        t.encode("utf-8", "replace") for t in two
    ]
    assert (memory.questions(*two) == ("问",)) == same


@every_kind
def test_only_the_last_questions_are_kept(kind: Callable[[], Conversations]) -> None:
    memory = kind()
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


# In a store ---------------------------------------------------------------------------------------


def test_two_processes_remember_together() -> None:
    store = MemoryStore()
    one, other = StoredConversations(store), StoredConversations(store)
    one.add("甲", "1", "一 个\n问题")
    other.add("甲", "1", "二")
    assert one.questions("甲", "1") == other.questions("甲", "1") == ("一 个\n问题", "二")


def test_of_questions_at_once_none_is_lost() -> None:
    store = MemoryStore()
    both = [StoredConversations(store) for _ in range(2)]
    asked = {str(number) for number in range(MAX_EARLIER_QUESTIONS)}
    for _ in range(50):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: both[int(n) % 2].add("甲", "1", n), asked))
        assert set(both[0].questions("甲", "1")) == asked


def test_what_is_stored_is_forgotten_some_time_after_the_last_question() -> None:
    clock = Clock()
    stored = StoredConversations(MemoryStore(clock=clock), seconds=10)
    stored.add("甲", "1", "一")
    clock.now = 8
    stored.add("甲", "1", "二")
    clock.now = 11
    assert stored.questions("甲", "1") == ("二",)
    stored.add("甲", "1", "三")
    assert stored.questions("甲", "1") == ("二", "三")
    clock.now = 22
    assert stored.questions("甲", "1") == ()


def test_a_conversation_of_months_begins_anew_without_what_was_long_ago() -> None:
    clock, store = Clock(), MemoryStore(clock=lambda: clock.now)
    stored = StoredConversations(store, seconds=1e9)  # the store keeps all, but for the count
    for number in range(20):
        stored.add("甲", "1", f"old {number}")
    clock.now = 31 * 24 * 3600.0
    assert stored.questions("甲", "1") == ()
    stored.add("甲", "1", "new")
    assert stored.questions("甲", "1") == ("new",)


def test_the_store_holds_no_names() -> None:
    store = MemoryStore()
    StoredConversations(store).add("张三", "群聊", "一")
    assert "张三" not in repr(vars(store))
    assert "群聊" not in repr(vars(store))


def test_a_question_that_is_on_its_way_is_not_taken_for_an_older_one() -> None:
    store = MemoryStore()
    stored = StoredConversations(store)
    for number in range(MAX_EARLIER_QUESTIONS):
        stored.add("甲", "1", str(number))
    store.count(_name("甲", "1"), 60)  # another process has its number, and has not kept it yet
    kept = stored.questions("甲", "1")
    assert kept == tuple(str(number) for number in range(1, MAX_EARLIER_QUESTIONS))
