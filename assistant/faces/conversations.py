"""What was asked before in conversations whose clients keep nothing but a number (Dify's)."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from assistant.faces.pending import PendingStore
from assistant.settings import MAX_EARLIER_QUESTIONS

MOST_CONVERSATIONS = 2000
KEPT_SECONDS = 24 * 3600.0
_COUNTED_SECONDS = 30 * 24 * 3600.0  # of a conversation that never pauses for KEPT_SECONDS


class Conversations(Protocol):
    """Earlier questions by user and conversation; both methods may be called from any thread."""

    def questions(self, user: str, conversation: str) -> tuple[str, ...]:
        """The last questions, oldest first; none where nothing is known of it (any more)."""
        ...

    def add(self, user: str, conversation: str, question: str) -> None:
        """Remember one more question."""
        ...


class ConversationMemory:
    """In this process: the last questions of the conversations that were used last.

    Users and conversations are kept as hashes only.
    """

    def __init__(
        self,
        *,
        most: int = MOST_CONVERSATIONS,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._held: OrderedDict[bytes, tuple[float, tuple[str, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def questions(self, user: str, conversation: str) -> tuple[str, ...]:
        """The last questions, oldest first; none once ``seconds`` have passed since the last."""
        with self._lock:
            self._expire()
            return self._held.get(_key(user, conversation), (0.0, ()))[1]

    def add(self, user: str, conversation: str, question: str) -> None:
        """Remember one more; the conversation that was used least lately makes room."""
        key = _key(user, conversation)
        with self._lock:
            self._expire()
            earlier = self._held.pop(key, (0.0, ()))[1]
            self._held[key] = self._clock(), (*earlier, question)[-MAX_EARLIER_QUESTIONS:]
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def __len__(self) -> int:
        return len(self._held)

    def _expire(self) -> None:
        """They lie in the order in which they were used, so the first are the oldest."""
        limit = self._clock() - self._seconds
        while self._held and next(iter(self._held.values()))[0] < limit:
            self._held.popitem(last=False)


class StoredConversations:
    """In a store that several processes may share: the last questions of each conversation.

    Every question takes the next number of its conversation and a place of its own, so that two
    at once are both kept. Users and conversations are kept as hashes only.
    """

    def __init__(self, store: PendingStore, *, seconds: float = KEPT_SECONDS) -> None:
        self._store, self._seconds = store, seconds

    def questions(self, user: str, conversation: str) -> tuple[str, ...]:
        """The last questions, oldest first, each for ``seconds``."""
        name = _name(user, conversation)
        last = int(self._store.get(name) or 0)
        found = []
        for number in range(max(1, last - MAX_EARLIER_QUESTIONS + 1), last + 1):
            kept, _, question = (self._store.get(_place(name, number)) or "").partition(" ")
            if kept == str(number):  # else it is gone, or not yet there
                found.append(question)
        return tuple(found)

    def add(self, user: str, conversation: str, question: str) -> None:
        """Remember one more, in the place of the one that is too old by now."""
        name = _name(user, conversation)
        number = self._store.count(name, _COUNTED_SECONDS)
        self._store.put(_place(name, number), f"{number} {question}", self._seconds)


def _name(user: str, conversation: str) -> str:
    return f"policy:conversation:{_key(user, conversation).hex()}"


def _place(name: str, number: int) -> str:
    return f"{name}:{number % MAX_EARLIER_QUESTIONS}"


def _key(user: str, conversation: str) -> bytes:
    told = f"{len(user)}:{user}{conversation}"
    return hashlib.sha256(told.encode("utf-8", "replace")).digest()
