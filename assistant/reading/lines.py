"""The visible lines of a text with their places."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank line without the blanks at its ends; ``start`` is its offset in the text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset just after the line's last visible character."""
        return self.start + len(self.text)


def lines_of(text: str) -> list[Line]:
    """The visible lines of a text in order."""
    found: list[Line] = []
    offset = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            found.append(Line(stripped, offset + raw.index(stripped[0])))
        offset += len(raw) + 1
    return found
