"""Sentences with their marks [n], cut from the pieces of an answer while it is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MARK = r"[\[［【]\s*\d{1,3}(?:\s*[,，、]\s*\d{1,3})*\s*[\]］】]"
_SENTENCE = re.compile(
    rf"\s*(?:{_MARK}|[^。！？!?\n])*+(?:[。！？!?]+[”’」』）)〕]*|\n)(?:[ \t]*{_MARK})*+"
)
# What may yet become a mark or a closing bracket: the sentence before it is not over for certain.
_OPEN = re.compile(r"[ \t]*(?:[\[［【][\s\d,，、]*)?")
_MARKS = re.compile(rf"[ \t]*{_MARK}")
_MARKDOWN = re.compile(
    r"^(?:#+\s+|>\s*|[-*•·●]\s+|\d{1,2}[.、．)](?!\d)\s*|[（(]\d{1,2}[)）]\s*)+|\*\*|__|`"
)
_THINKING, _THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a model without marks, the numbers of its marks, and whether a line begins."""

    words: str
    numbers: tuple[int, ...]
    new_line: bool = False

    @property
    def marks(self) -> str:
        """[1][3], as an answer writes them behind the words."""
        return "".join(f"[{n}]" for n in self.numbers)


def sentences(pieces: Iterable[str]) -> Iterator[Sentence]:
    """Each sentence as soon as it is certain that it and its marks are over.

    Thoughts (<think>…</think>) and signs of Markdown are left out; a mark belongs to the sentence
    that it stands in or directly behind, whatever its brackets.
    """
    text, before = "", ""
    for piece in pieces:
        text += piece
        while (
            (said := _said(text)) is not None
            and (found := _SENTENCE.match(said))
            and not _OPEN.fullmatch(said, found.end())
        ):
            yield from _read(found.group(), before)
            before, text = found.group(), said[found.end() :]
    yield from _read(_said(text) or "", before)


def _said(text: str) -> str | None:
    """The text behind the thought that it begins with; None while that goes on."""
    if not text.lstrip().startswith(_THINKING):
        return text
    _, over, behind = text.partition(_THOUGHT)
    return behind if over else None


def _read(text: str, before: str) -> Iterator[Sentence]:
    """The sentence of a stretch of text; none where it has no words."""
    visible = text.rpartition(_THOUGHT)[2]
    numbers = dict.fromkeys(
        int(n) for mark in _MARKS.findall(visible) for n in re.findall(r"\d+", mark)
    )
    words = _MARKDOWN.sub("", _MARKS.sub("", visible).strip()).strip()
    if any(c.isalnum() for c in words):
        begins = text[: len(text) - len(text.lstrip())]
        yield Sentence(words, tuple(numbers), "\n" in begins or before.endswith("\n"))
