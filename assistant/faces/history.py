"""The earlier turns of a conversation, as the outside sends them, to the user's questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.errors import QuestionError
from assistant.settings import MAX_EARLIER_QUESTIONS

Turn = str | Mapping[str, object]


def earlier_questions(turns: Sequence[Turn], max_chars: int) -> tuple[str, ...]:
    """The user's last ``MAX_EARLIER_QUESTIONS`` questions, oldest first.

    A turn is a question, or ``{"role", "content"}`` of which only role ``user`` counts. Blank turns
    and those longer than ``max_chars`` are left out: they could not have been asked.
    """
    said = (turn if isinstance(turn, str) else _said_by_user(turn) for turn in turns)
    kept = [text for text in said if text.strip() and len(text) <= max_chars]
    return tuple(well_formed(text) for text in kept[-MAX_EARLIER_QUESTIONS:])


def turns_of(value: object) -> tuple[Turn, ...]:
    """``value`` as turns, when JSON gave us anything at all.

    Raises:
        QuestionError: it is not a list of texts and ``{"role", "content"}`` objects.
    """
    turns = value if isinstance(value, list) else None
    if turns is None or not all(isinstance(turn, str | dict) for turn in turns):
        raise QuestionError("字段“history”应为列表，每一项是文字或含 role 与 content 的对象。")
    return tuple(turns)


def well_formed(text: str) -> str:
    """``text`` with what UTF-8 cannot write (lone surrogates) replaced by ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _said_by_user(turn: Mapping[str, object]) -> str:
    content = turn.get("content")
    return content if turn.get("role") == "user" and isinstance(content, str) else ""
