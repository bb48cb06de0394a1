"""One account as the store knows it: its keys, its users under a hash, what they asked before."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.errors import TooManyRequests
from assistant.faces.pending import PendingStore
from assistant.faces.wechat import phrases
from assistant.ledger.masking import masked

HISTORY_SECONDS = 1800.0
HISTORY_QUESTIONS = 4
HISTORY_CHARS = 200

Admit = Callable[[str], None]  # counts a message of a (hashed) user; may raise TooManyRequests


def everyone(_user: str) -> None:
    """No user is limited."""


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
