"""One account as the store knows it: its keys, its users under a hash, what they asked before."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assistant.errors import TooManyRequests
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases
from assistant.ledger.masking import masked

HISTORY_SECONDS = 1800.0
HISTORY_QUESTIONS = 4
HISTORY_CHARS = 200
WAITING_SECONDS = 1800.0  # how long an answer waits to be fetched
QUESTION_CHARS = 4000

Admit = Callable[[str], None]  # counts a message of a (hashed) user; may raise TooManyRequests


def everyone(_user: str) -> None:
    """No user is limited."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One delivery of a message: the user and the job, both hashed; when an old job was asked.

    ``question`` begins the job; without one the job has a result already.
    """

    user: str
    job: str
    delivery: int
    question: str = ""
    waited_since: float | None = None

    def waiting(self, since: float) -> str:
        """What the store keeps of it, for the user's next message."""
        return f"{since:.0f} {self.job} {masked(self.question, QUESTION_CHARS)}"

    def waited(self, waiting: str) -> Ticket:
        """The ticket of the same delivery for what was kept."""
        since, job, question = f"{waiting} ".split(" ", 2)
        return replace(self, job=job, question=question.strip(), waited_since=float(since))


@dataclass(frozen=True, slots=True)
class Channel:
    """``name`` sets the accounts of one store apart; ``budget`` is the LLM's, in seconds."""

    name: str
    ledger_name: str
    secret: str = field(repr=False)
    base_url: str = ""
    budget: float | None = None
    admit: Admit = everyone

    def key(self, what: str, of: str) -> str:
        """The key in the store for something of a user or of a message, both hashed."""
        return f"policy:{self.name}:{what}:{of}"

    def hashed(self, name: str) -> str:
        """A user or a message as the store and the log know it; alike in every worker."""
        secret = self.secret.encode()
        return hmac.new(secret, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]

    def refusal(self, user: str) -> str:
        """What a (hashed) user who writes too often is told; empty for who may go on."""
        try:
            self.admit(user)
        except TooManyRequests as refused:
            return phrases.too_often(refused.seconds)
        return ""

    def history(self, store: PendingStore, user: str) -> list[str]:
        """The last few questions of a (hashed) user, oldest first."""
        kept = store.get(self.key("history", user))
        return list(json.loads(kept)) if kept else []

    def remember(self, store: PendingStore, user: str, question: str) -> None:
        """Keep a question for half an hour, without the numbers of persons in it."""
        asked = [*self.history(store, user), masked(question, HISTORY_CHARS)][-HISTORY_QUESTIONS:]
        told = json.dumps(asked, ensure_ascii=False)
        store.put(self.key("history", user), told, HISTORY_SECONDS)

    def let_wait(self, store: PendingStore, ticket: Ticket, since: float) -> None:
        """Let the user's next message fetch the result of the job."""
        store.put(self.key("waiting", ticket.user), ticket.waiting(since), WAITING_SECONDS)

    def forget(self, store: PendingStore, what: str, ticket: Ticket) -> None:
        """Keep nothing for the user's next message that the user has got."""
        kept = store.get(self.key(what, ticket.user))
        if kept is not None and ticket.waited(kept).job == ticket.job:
            store.take(self.key(what, ticket.user))
