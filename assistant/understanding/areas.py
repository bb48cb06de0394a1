"""Names of areas in a question, by full name, by part of it, or by its ends (淄川开发区)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from assistant.text import is_place, words
from assistant.vocabulary import Vocabulary

_STEP = re.compile(r"(?<=[省市区县])(?=[\u4e00-\u9fff]{2,})")

_NUMERAL = re.compile(r"[一二两三四五六七八九十几]")
_RANK = re.compile(r"(?:省|自治区|市|地区|县|区|镇|乡)$")
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{2,3}(?:[省市县镇乡]|(?<![新园景社小校片城港库山灾林牧矿厂特辖发范假税贸行能务心领验])区)"
)


class AreaFinder:
    """Finds the areas of one index; ``aliases`` maps other written names to area names."""

    def __init__(
        self,
        areas: Iterable[str],
        aliases: Mapping[str, str] | None = None,
        issuers: Iterable[str] = (),
    ) -> None:
        self.areas = tuple(dict.fromkeys(areas))
        whole = tuple(issuers)  # 淄博 alone means the whole city, not 淄博经济开发区
        written: dict[str, set[str]] = {}
        for area in self.areas:
            for part in {area, *_STEP.split(area)}:
                for name in _ways(part):
                    if name == area or not any(i.startswith(name) for i in whole):
                        written.setdefault(name, set()).add(area)
        for alias, area in (aliases or {}).items():
            if area in self.areas:
                written[alias] = {area}
        self.written = {k: tuple(a for a in self.areas if a in v) for k, v in written.items()}
        self.longest_first = sorted(self.written, key=len, reverse=True)

    def find(self, text: str) -> tuple[str, ...]:
        """The areas a text names, in order of their place; the longest way of writing wins."""
        found: list[str] = []
        for _, name in sorted(self.spans(text)):
            found.extend(a for a in self.written[name] if a not in found)
        return tuple(found)

    def replaced(self, text: str, new: str = " ") -> str:
        """The text with other words, by default a blank, in place of each name of an area."""
        for start, name in sorted(self.spans(text), reverse=True):
            text = text[:start] + new + text[start + len(name) :]
        return text

    def spans(self, text: str) -> list[tuple[int, str]]:
        """Where the names of areas begin in a text, and how they are written; none overlap."""
        taken: list[tuple[int, str]] = []
        for name in self.longest_first:
            start = text.find(name)
            if start >= 0 and not any(
                s < start + len(name) and start < s + len(n) for s, n in taken
            ):
                taken.append((start, name))
        return taken


def _ways(name: str) -> Iterable[str]:
    """淄川经济开发区 → itself, 淄川, 淄川经济 …, 淄川开发区: openings and openings with the end."""
    yield name
    if len(name) <= 3:
        if len(name) == 3:
            yield name[:2]
        return
    for opening in range(2, len(name)):
        yield name[:opening]
        for ending in range(2, len(name) - opening):
            yield name[:opening] + name[-ending:]


def places_in(text: str, vocabulary: Vocabulary) -> list[str]:
    """The provinces, towns and districts that a question names."""
    pieces = words(text)
    pairs = [
        name + kind
        for name, kind in pairwise(pieces)
        if len(name) == 2
        and kind in "省市县区镇乡"
        and name + kind in text
        and vocabulary.terms(name)
    ]
    found = []
    for word in (*pieces, *pairs):
        first = text.startswith(word) and is_place(word) and not vocabulary.knows(word)
        counted = _NUMERAL.search(word) and not is_place(word)  # 三个区, not 四川
        if (_PLACE.fullmatch(word) or first) and not counted:
            found.append(word)
    return found


def holds_place(text: str, place: str) -> bool:
    """Whether a text names a place, with or without its 省, 市 or 区 (广西 for 广西省)."""
    bare = _RANK.sub("", place)
    return place in text or (len(bare) > 1 and bare in text)


def unknown_place(text: str, known: str, vocabulary: Vocabulary) -> str:
    """A place that the question names and that no document mentions; '' if none."""
    return next((p for p in places_in(text, vocabulary) if not holds_place(known, p)), "")
