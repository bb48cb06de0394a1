"""A follow-up made whole by a model, where the rules of followup.py have found nothing.

The model may move words, not bring any: every word of its question was said by the user.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assistant.text import clean, fold, words
from assistant.wording.chat_model import ChatModel
from assistant.wording.model_failures import GenerationError
from assistant.wording.prompt_files import Prompt, load, quoted

LONGEST = 80
_PRONOUN = re.compile(
    r"[它他她]们?|[这那](?:个|些|项|条|种|方面|里|样|份|一)?|上述|前[者面]|后者|其中?|该|此(?:项|类)?"
)
_SHORT = 8
# What a question may gain or lose without asking for something else.
_ASKING = frozenset(
    "什么 哪些 哪个 哪里 多少 如何 怎么 怎样 是否 为什么"
    " 的 了 是 由 在 和 与 有 对 把 被 吗 呢 那 那么 谁 哪 啥".split()
)
_NEGATIONS = frozenset("不 没 没有 未 无 非 不是 不能".split())


class Rewriter:
    """Completes questions that lean on earlier ones."""

    def __init__(self, model: ChatModel, prompt: Prompt) -> None:
        self._model, self._prompt = model, prompt

    @classmethod
    def open(cls, model: ChatModel, folder: Path) -> Rewriter:
        """A rewriter with the prompt of a folder.

        Raises:
            SettingsError: the prompt is missing or malformed.
        """
        return cls(model, load(folder, "rewrite", ("history", "question")))

    def rewritten(self, question: str, history: Sequence[str], *, budget: float) -> str | None:
        """The whole question within ``budget`` seconds, or None: nothing to complete, or no trust.

        ``history`` holds the user's earlier questions, oldest first.
        """
        if not history or not leans(question):
            return None
        messages = self._prompt.messages(history=quoted(list(history)), question=quoted(question))
        try:
            answer = "".join(self._model.stream(messages, deadline=budget))
        except GenerationError:
            return None
        found = clean(answer.rpartition("</think>")[2]).strip("“”\"' ")
        return found if is_completion(found, question, history) else None


def leans(question: str) -> bool:
    """Whether a question needs one before it: a pronoun stands in it, or hardly anything."""
    return bool(_PRONOUN.search(question)) or len(fold(question)) <= _SHORT


def is_completion(found: str, question: str, history: Sequence[str]) -> bool:
    """Whether ``found`` is the question with words of the history in place of what it lacked.

    Each of its words stands in the question or the history (不 and 没有 in the question itself),
    and each word of the question but the pronouns is still there.
    """
    if not 0 < len(found) <= LONGEST or fold(found) == fold(question):
        return False
    said = [fold(text) for text in (question, *history)]
    new = [w for w in words(found) if not any(w in text for text in said)]
    turned = [w for w in words(found) if w in _NEGATIONS and w not in fold(question)]
    lost = [w for w in words(_PRONOUN.sub(" ", question)) if w not in fold(found)]
    return _ASKING.issuperset((*new, *turned, *lost))
