"""An application of the API and 公众号 whose assistant is quick, for the tests of clients."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from fastapi import FastAPI

from assistant.answer import Answer
from assistant.faces.api import create_api
from assistant.faces.pending import MemoryStore
from assistant.faces.wechat.mp import MpSettings, add_mp
from assistant.settings import Settings
from tests.fakes import FakeAssistant
from tests.wechat_side import APP_ID, KEY, TOKEN


class NumberedAssistant(FakeAssistant):
    """Gives each answer a number of its own, as the product does."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def ask(self, question: str, *rest: Any, **options: Any) -> Answer:
        """The answer under the next number."""
        answer = super().ask(question, *rest, **options)
        return replace(answer, id=f"ans_{next(self._numbers)}")


def quick_api(ledger: Any) -> FastAPI:
    """The API and 公众号, with this ledger."""
    assistant = NumberedAssistant()
    app = create_api(assistant, Settings(), ledger)
    add_mp(app, assistant, ledger, MpSettings(TOKEN, APP_ID, KEY), MemoryStore())
    return app
