"""An answer as WeChat shows it: plain text, in parts that each fit one message. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.answer import Answer
from assistant.rendering import clause_url, sources, unit_lines
from assistant.text import sentences

MAX_BYTES = 2048  # of UTF-8, in one text message of 公众号 or 企业微信
MAX_PARTS = 3
CONTINUED = "\n（回复“继续”看下一部分）"
UNHEARD = "\n（刚发来的文字没有作为问题处理，要问请再发一次）"
_ROOM = MAX_BYTES - len((CONTINUED + UNHEARD).encode())  # these may be added when it is shown
_NUMBER_BYTES = len("（1/3）\n".encode())
_UNITS = "【责任单位】"
_MARKS = re.compile(r"(?:\[\d+\])*")  # the sentence before them has its source there


def parts_of(answer: Answer, base_url: str = "") -> tuple[str, ...]:
    """The answer in at most ``MAX_PARTS`` messages, each numbered and with its source.

    What an LLM wrote is labelled in each. What does not fit is replaced by the link of the clause's
    page. Units that the text names itself are not repeated where that would take another message.
    """
    told = _told(answer, base_url)
    if not _fits(told) and all(u.name in told[0] for u in answer.responsible_units):
        told = [block for block in told if not block.startswith(_UNITS)]
    label = f"（{answer.aigc.label}）" if answer.aigc.generated else ""
    closing = (_source(answer, base_url), label)
    return split("\n".join(told), closing=closing, more=rest(answer, base_url))


def split(text: str, *, closing: Sequence[str] = (), more: str = "") -> tuple[str, ...]:
    """The text cut at the ends of its sentences; each part has the lines of ``closing`` in it.

    A text that needs more parts than there may be ends with ``more``. Each part leaves room for
    ``CONTINUED`` and ``UNHEARD``.
    """
    if _fits([text]):
        return (text,)
    lines = [f"\n{line}" for line in closing if line]
    room = _ROOM - _NUMBER_BYTES - len("".join(lines).encode())
    pieces = packed(text, room)
    if len(pieces) > MAX_PARTS:
        last = pieces[MAX_PARTS - 1]
        kept = packed(last, room - len(f"\n{more}".encode()))[0]
        pieces[MAX_PARTS - 1 :] = [f"{kept}\n{more}"]
    missing = (
        "".join(line for line in lines if line.strip("\n（）") not in piece) for piece in pieces
    )
    return tuple(
        f"（{number}/{len(pieces)}）\n{piece}{ending}"
        for number, (piece, ending) in enumerate(zip(pieces, missing, strict=True), 1)
    )


def cut(text: str, most: int, more: str) -> str:
    """The text, or what of it fits ``most`` bytes together with ``more``."""
    if len(text.encode()) <= most:
        return text
    return f"{packed(text, most - len(more.encode()) - 2)[0]}\n\n{more}"


def rest(answer: Answer, base_url: str) -> str:
    """Where to read on when the parts are not enough."""
    if not (answer.citations and base_url):
        return "回答较长，其余没有列出，请缩小问题的范围再问。"
    return f"其余请看：{clause_url(answer.citations[0].clause.id, base_url)}"


def _told(answer: Answer, base_url: str) -> list[str]:
    """Answer, 【依据】, 【责任单位】, notes, the clause's page, the label of an LLM."""
    text = answer.answer.text if answer.answer else ""
    heard = answer.question.rewritten
    blocks = [f"（已理解为：{heard}）\n{text}" if heard else text]
    if answer.citations:
        blocks.append("【依据】" + "；".join(sources(answer)))
    if answer.responsible_units:
        blocks.append(_UNITS + "；".join(unit_lines(answer)))
    blocks += [f"注：{warning}" for warning in answer.warnings]
    return blocks + [line for line in (_source(answer, base_url), answer.aigc.notice) if line]


def _source(answer: Answer, base_url: str) -> str:
    """The line with the permanent page of the first clause; empty where there is none."""
    if not (answer.citations and base_url):
        return ""
    return f"条款原文：{clause_url(answer.citations[0].clause.id, base_url)}"


def _fits(blocks: Sequence[str]) -> bool:
    """Whether the blocks are one message."""
    return len("\n".join(blocks).encode()) <= _ROOM


def packed(text: str, room: int) -> list[str]:
    """The text in pieces of at most ``room`` bytes, as few as whole sentences allow."""
    pieces: list[str] = []
    piece = ""
    for unit in _units(text, room):
        if piece and len((piece + unit).rstrip().encode()) > room:
            pieces.append(piece.rstrip())
            piece = ""
        piece += unit
    return [*pieces, piece.rstrip()] if piece.strip() else pieces


def _units(text: str, room: int) -> list[str]:
    """Sentences with what stands behind them; one longer than a message is cut at characters."""
    starts = [start for start, _ in sentences(text)]
    bounds = [0, *(_behind_marks(text, start) for start in starts[1:]), len(text)]
    units: list[str] = []
    for start, end in pairwise(bounds):
        units += _chopped(text[start:end], room)
    return units


def _behind_marks(text: str, start: int) -> int:
    marks = _MARKS.match(text, start)
    return marks.end() if marks else start


def _chopped(text: str, room: int) -> list[str]:
    """Runs of characters of at most ``room`` bytes; no character is cut."""
    found: list[str] = []
    while len(text.encode()) > room:
        head = text.encode()[:room].decode("utf-8", "ignore")
        found.append(head)
        text = text[len(head) :]
    return [*found, text]
