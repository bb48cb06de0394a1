"""The earlier turns of a conversation, as the outside sends them, to the user's questions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.errors import QuestionError
from assistant.settings import MAX_EARLIER_QUESTIONS

Turn = str | Mapping[str, object]
_TEXT_PARTS = frozenset({"text", "input_text"})
# Possessive, as a client may send a megabyte that almost fits.
_TAGGED = re.compile(r"\s*+<([A-Za-z][\w-]*+)[^>]*+>.*</\1>\s*+", re.DOTALL)


def earlier_questions(turns: Sequence[Turn], max_chars: int) -> tuple[str, ...]:
    """The user's last ``MAX_EARLIER_QUESTIONS`` questions, oldest first.

    A turn is a question, or ``{"role", "content"}`` of which only role ``user`` counts. Blank turns
    and those longer than ``max_chars`` are left out: they could not have been asked.
    """
    said = (turn if isinstance(turn, str) else _said_by_user(turn) for turn in turns)
    kept = [text for text in said if text.strip() and len(text) <= max_chars]
    return tuple(well_formed(text) for text in kept[-MAX_EARLIER_QUESTIONS:])


def asked_last(turns: Sequence[Turn]) -> tuple[str, Sequence[Turn]]:
    """The user's last turn, which is the question, and the turns before it.

    Raises:
        QuestionError: the user has said nothing.
    """
    for at in range(len(turns) - 1, -1, -1):
        turn = turns[at]
        if isinstance(turn, str) or turn.get("role") == "user":
            said = turn if isinstance(turn, str) else _said_by_user(turn)
            return well_formed(said), turns[:at]
    raise QuestionError("字段“messages”中没有 role 为 user 的消息，请把问题放在最后一条。")


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


def text_of(content: object) -> str:
    """The words of a message: its text, or the texts of its parts.

    A part that is nothing but a tagged note (<system_reminder>…</…>) is the client's, not the
    user's, and is left out where the user has said anything besides.
    """
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    said = [
        part["text"]
        for part in parts
        if isinstance(part, Mapping)
        and part.get("type") in _TEXT_PARTS
        and isinstance(part.get("text"), str)
    ]
    own = [text for text in said if not _TAGGED.fullmatch(text)]
    return "\n".join(own or said)


def _said_by_user(turn: Mapping[str, object]) -> str:
    return text_of(turn.get("content")) if turn.get("role") == "user" else ""
