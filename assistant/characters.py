"""What is known of characters: how they sound, and which official Chinese writes side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import islice, product
from pathlib import Path

_SOUNDS = Path(__file__).resolve().parent / "data" / "sounds.txt"
_OFFICIAL = _SOUNDS.with_name("official_pairs.txt")
_INITIAL = re.compile(r"^([zcs])h")
_SPEAKERS = 8  # ways to pronounce a word that are kept


def sound_keys(word: str) -> Iterable[str]:
    """The word by its sounds, as many speak them; more than one where characters have several."""
    return islice(map(" ".join, product(*map(spoken, word))), _SPEAKERS)


def same_sound(first: str, second: str) -> bool:
    """Whether two characters have a sound in common, but for the tone."""
    ours, theirs = sounds().get(first, ""), sounds().get(second, "")
    return not set(ours.split()).isdisjoint(theirs.split())


def alike(first: str, second: str) -> bool:
    """Whether many speak two characters the same."""
    return not set(spoken(first)).isdisjoint(spoken(second))


@cache
def spoken(character: str) -> tuple[str, ...]:
    """Its sounds with z for zh, n for ng and for l; the character itself where none is known."""
    plain = (_INITIAL.sub(r"\1", s) for s in sounds().get(character, character).split())
    return tuple(dict.fromkeys(re.sub("^l", "n", s.removesuffix("g")) for s in plain))


@cache
def sounds() -> dict[str, str]:
    """The sounds of each character, without tones, with a blank between them."""
    found: dict[str, str] = {}
    for line in _SOUNDS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            sound, characters = line.split()
            for c in characters:
                found[c] = f"{found[c]} {sound}" if c in found else sound
    return found


@cache
def official_pairs() -> frozenset[str]:
    """Pairs of characters that are common in official texts, and no word of jieba's."""
    lines = _OFFICIAL.read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines if not line.startswith("#"))
    return frozenset(first + second for first, others in entries for second in others)
