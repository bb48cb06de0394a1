"""What a sentence says otherwise than its sources at one place, and what it joins anew. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from assistant.checking.bare_text import (
    MODAL,
    NUMBER,
    UNIT,
    BareText,
    Place,
    Stretch,
    Turns,
    stretches,
)

QUOTED = re.compile("《([^》]+)》|“([^”]+)”|「([^」]+)」")
SPLICED = 4  # characters of a stretch that must share a sentence with the next one in its passage
LONG_ENOUGH = 4  # characters that a stretch shares with a source before a turn is missed in it
_OPENING = re.compile(r"(?:根据|按照|依据|《[^》]*》)*第#条(?:第#款)?(?:第#项)?")
_LEAD = 8
_LISTING = frozenset("、和与及或")
_DOING = re.compile("由@|牵头|负责|配合|责任|落实|会同|参与|单位|部门")


class FaultKind(StrEnum):
    """What of a sentence does not stand in its sources."""

    NUMBER = "number"
    DATE = "date"
    UNIT = "unit"
    NAME = "name"
    NEGATION = "negation"
    MODALITY = "modality"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that the sources do not say, in the (folded) words of the sentence."""

    kind: FaultKind
    words: str


def value_fault(text: BareText, at: int) -> Fault:
    """The fault of a number or unit that is not the source's."""
    value, after = text.values[at][0], text.after(at)
    if text.bare[at] == UNIT:
        return Fault(FaultKind.UNIT, str(value))
    year = after == "年" and isinstance(value, Fraction) and value >= 1000
    day = after == "日" and text.bare[at - 1 : at] == "月"
    kind = FaultKind.DATE if year or day or after == "月" else FaultKind.NUMBER
    return Fault(kind, f"{value}{text.after(at, 4)}".split(NUMBER)[0])


def differences(said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
    """What stands elsewise at the same place of the longest stretch around it."""
    for start, end in pairwise(sorted({0, *(end + 1 for end in said.ends), len(said.bare)})):
        shared = stretches(said, start, end, read)
        differing = [_fewest_differences(said, s) for s in shared]
        for at in range(start, end):
            around = [i for i, s in enumerate(shared) if s[0] <= at < s[1]]
            best = max(around, key=lambda i: shared[i][1] - shared[i][0], default=None)
            if best is None:
                if said.turns[at] and not _ends_alike(said, at, read):
                    yield _turned(said, at, said.turns[at])
            elif at in differing[best]:
                yield from _difference(said, at, shared[best], differing[best][at])


def _fewest_differences(said: BareText, stretch: Stretch) -> dict[int, Place]:
    """Where a stretch differs from the place that is most like it, and what stands there."""
    first, last, places = stretch
    compared = (
        {
            at: (text, place + at - first)
            for at in range(first, last)
            if said.noted(at) != text.noted(place + at - first)
        }
        for text, place in places
    )
    return min(compared, key=len)


def _difference(said: BareText, at: int, stretch: Stretch, other: Place) -> Iterator[Fault]:
    text, place = other
    if said.values.get(at) != text.values.get(place) and not _freely_placed(said, at, text, place):
        yield value_fault(said, at)
    mine, theirs = said.turns[at], text.turns[place]
    if mine == theirs or (mine and at == stretch[0] and _governed(text, place, mine)):
        return
    if mine or stretch[1] - stretch[0] >= LONG_ENOUGH:
        yield _turned(said, at, mine or theirs)


def _freely_placed(said: BareText, at: int, text: BareText, place: int) -> bool:
    """Whether a value need not be the one at the same place: what the sentence cites, a list."""
    if said.bare[at] != UNIT:
        opening = _OPENING.match(said.bare)
        return opening is not None and at < opening.end()
    listed = {t.bare[i] for t, p in ((said, at), (text, place)) for i in (max(p - 1, 0), p + 1)}
    return bool(_LISTING & listed) or said.after(at, 2) in ("牵头", "配合")


def _governed(text: BareText, place: int, turns: Turns) -> bool:
    """Whether the turns stand earlier in the passage: 应当 over B in 应当A、B."""
    start = max((border for border in text.borders if border <= place), default=0)
    return turns in text.turns[start:place]


def _ends_alike(said: BareText, at: int, read: Sequence[BareText]) -> bool:
    """Whether a turn that closes a passage (给予鼓励。) follows the same two characters there."""
    before = said.bare[max(at - 2, 0) : at]
    return not said.bare[at].isalnum() and any(
        said.turns[at] in text.turns[place + 2 : place + 3]
        for text in read
        for place in text.places.get(before, ())
    )


def _turned(said: BareText, at: int, turns: Turns) -> Fault:
    kind = FaultKind.MODALITY if set(turns) <= MODAL else FaultKind.NEGATION
    return Fault(kind, "".join(turns) + said.bare[at : at + 4])


def spliced(said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
    """Passages that join two stretches which share no sentence (in a list: no source)."""
    quoted = [m.span() for m in QUOTED.finditer(said.bare)]
    for start, end in said.passages():
        reached, sharing = start, set[tuple[str, int]]()
        found = stretches(said, start, end, read)
        for at, (first, last, places) in enumerate(found):
            following = found[at + 1][0] if at + 1 < len(found) else end
            seam = max(first, reached)
            new = min(last, following) - seam  # its own, not the stretches' before and after it
            here = {(text.folded, text.sentence(place)) for text, place in places}
            if new < SPLICED or any(a <= seam and last <= b for a, b in quoted):
                continue
            listed = _LISTING & set(said.bare[reached - 1 : seam + 1])
            level = 1 if listed else 2
            if sharing and not {s[:level] for s in sharing} & {s[:level] for s in here}:
                yield Fault(FaultKind.WORDS, said.bare[start:end])
                break
            reached, sharing = last, here


def misplaced(said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
    """Years and units that the sources do not join to what their passage says.

    A value belongs to the sentence that it stands in, and on to the next of its kind.
    """
    passages = said.passages()
    quoted = [m.span() for m in QUOTED.finditer(said.bare)]
    for number, (start, end) in enumerate(passages):
        values = [
            at
            for at in range(start, end)
            if _joins(said, at, start, end) and not any(a <= at < b for a, b in quoted)
        ]
        if not values:
            continue
        around = _long(said, (start, end), values, read)
        lead = end - start <= _LEAD and said.bare[end - 1].isalnum()  # 到2035年,
        if not around and lead and number + 1 < len(passages):
            around = _long(said, passages[number + 1], [], read)
        for at in values:
            for places in around:
                if not any(_belongs(said, at, text, place) for text, place in places):
                    yield value_fault(said, at)
                    break


def _joins(said: BareText, at: int, start: int, end: int) -> bool:
    """Whether the place holds a year, or a unit of which the passage says what it does."""
    if said.bare[at] == NUMBER:
        return said.after(at) == "年" and len(str(said.values[at][0])) == 4
    named = said.bare[at] == UNIT and not str(said.values[at][0]).endswith("级")
    return named and not _DOING.search(said.bare, start, end)


def _long(
    said: BareText, span: tuple[int, int], values: Sequence[int], read: Sequence[BareText]
) -> list[list[Place]]:
    """Where the long stretches of a passage stand, but for those that hold the values."""
    return [
        places
        for first, last, places in stretches(said, *span, read)
        if last - first > SPLICED and not any(first <= at < last for at in values)
    ]


def _belongs(said: BareText, at: int, text: BareText, place: int) -> bool:
    sentence = text.sentence(place)
    kind, value, after = said.bare[at], said.values[at], said.after(at) == "年"
    same = [p for p in text.values if text.bare[p] == kind and (not after or text.after(p) == "年")]
    last = max((p for p in same if p < place), default=-1)
    return any(
        text.values[p] == value
        and (p == last or p < len(text.head) or text.sentence(p) == sentence)
        for p in same
    )
