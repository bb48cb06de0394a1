"""A stretch of an English question in Chinese, put in the order of Chinese words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.understanding.english_terms import Part


@dataclass(slots=True)
class Phrase:
    """A stretch of a question in Chinese while it is put together.

    ``parts`` stand between prepositions, each with the one before it and what its words are.
    """

    parts: list[tuple[str, list[tuple[Part, str]]]] = field(default_factory=lambda: [("", [])])
    unknown: list[str] = field(default_factory=list)
    known: int = 0

    def add(self, part: Part, text: str) -> None:
        """Add a word that is known."""
        self.parts[-1][1].append((part, text))
        self.known += 1

    @property
    def has(self) -> frozenset[Part]:
        """What its words are."""
        return frozenset(part for _, words in self.parts for part, _ in words)

    @property
    def text(self) -> str:
        """A of B in C → C的B的A with one 的; by 2025 → 到2025年; from A to B → A至B."""
        out: list[str] = []
        for before, words in self.parts:
            said = _joined([text for _, text in words])
            if before == "to" and out and self.parts[len(out) - 1][0] in ("from", "between"):
                out[-1] += f"至{said}"
            elif said:
                until = before in ("by", "until", "before") and said[:2] in ("19", "20")
                out.append(f"到{said}" if until else said)
            else:
                out.append("")
        head, *rest = out
        verb = bool(self.parts[0][1]) and self.parts[0][1][0][0] is Part.VERB
        return _joined([*reversed(rest), "的" if head and any(rest) and not verb else "", head])

    def fits(self, slot: str) -> bool:
        """Whether it is what the slot of this name takes: a unit, a place, a verb first."""
        wanted = {"U": Part.UNIT, "P": Part.NAME, "V": Part.VERB}.get(slot)
        if wanted is Part.VERB:
            first = self.parts[0][1][:1]
            return bool(first) and first[0][0] is Part.VERB
        return wanted is None or wanted in self.has


def _joined(words: Sequence[str]) -> str:
    """Words side by side, with a blank only between Latin ones."""
    out = ""
    for word in words:
        gap = bool(out) and out[-1].isascii() and word[:1].isascii() and bool(word)
        out += f" {word}" if gap else word
    return out
