"""Conversations for the load of the web: what is asked, what must be shown, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape

from assistant.faces.contract import Assistant
from assistant.faces.site.html import is_refused

FOLLOW_UP = "那由谁负责？"

_TAG = re.compile(r"<[^>]*>")
_OFFERED = re.compile(r"<(\w+)\b[^>]*\bdata-ask=[^>]*>.*?</\1>", re.DOTALL)
_MARKS = re.compile(r"[\s\[\]\d]+")  # the page may write [1] in its own way


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what must be shown for it."""

    question: str
    answer: str


Script = tuple[Turn, ...]


def scripts(questions: Sequence[str], count: int) -> list[list[str]]:
    """For each conversation two questions of its own, each with a follow-up.

    Raises:
        ValueError: there are not enough questions.
    """
    own = list(dict.fromkeys(questions))[: 2 * count]
    if len(own) < 2 * count:
        raise ValueError(f"{count} conversations need {2 * count} questions, not {len(own)}")
    return [[own[2 * n], FOLLOW_UP, own[2 * n + 1], FOLLOW_UP] for n in range(count)]


def expected(assistant: Assistant, questions: Sequence[str]) -> Script:
    """What each question of one conversation is answered when nobody else asks."""
    turns: list[Turn] = []
    for question in questions:
        answer = assistant.ask(question, [turn.question for turn in turns])
        reason = answer.refusal.reason if answer.refusal and is_refused(answer) else ""
        turns.append(Turn(question, reason or (answer.answer.text if answer.answer else "")))
    return tuple(turns)


def bare(shown: str) -> str:
    """The words of some HTML: no tags, no spaces, no citation marks."""
    return _MARKS.sub("", unescape(_TAG.sub("", shown)))


def faults(shown: str, turns: Script, foreign: Iterable[str] = ()) -> list[str]:
    """What of the turns is not shown in its order, and which questions of others are shown.

    A question that the page only offers to be asked is nobody's.
    """
    words, at = bare(shown), 0
    for turn in turns:
        for part in (turn.question, turn.answer):
            wanted = bare(part)
            found = words.find(wanted, at)
            if found < 0:
                return [f"not shown for “{turn.question}”: {part[:40]}"]
            at = found + len(wanted)
    asked = bare(_OFFERED.sub("", shown))
    own = "".join(bare(turn.question + turn.answer) for turn in turns)
    strange = {bare(question): question for question in foreign}
    return [
        f"of another: {q}" for words, q in strange.items() if words in asked and words not in own
    ]
