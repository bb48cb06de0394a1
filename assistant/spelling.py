"""Typing errors of one character, or of the sound, in a question: put right from a corpus's words.

A noisy channel. What falls apart into single characters that no passage holds side by side is read
as the word that sounds like it, or differs from it in one character, where that makes the question
far likelier; all else stays as it is written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.characters import alike, official_pairs, same_sound, sound_keys
from assistant.text import cut, frequency, simplified

_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_LONGEST = 8  # characters of a word or phrase
_COMMON = 40_000  # how often a word is counted that says nothing of the matter
_COUNTED = 6e7  # words that jieba's dictionary was counted on
_ASKING = "哪些 哪个 哪家 什么 怎么 怎样 如何 多少 是否 为何 为什么"  # no word of policies
_ENDS = frozenset("吗呢吧啊谁啥么什哪")

# How unlikely each is, as natural logarithms; chosen on the seed's, the NCP and STARD's questions,
# as they are and with errors put in.
_SAME_SOUND, _LIKE_SOUND, _OTHER = 3.0, 4.5, 10.0
_LONE = 3.0  # an error beside a whole word, or one that leaves no character right
_NEIGHBOUR = 2.0
_NAMED = 3  # times that a name stands in the corpus, at least
_ENOUGH = 2.5  # by how much a correction must be likelier than what is written
_CLEARLY = 1.5  # and than another correction
_NEVER = math.inf
_APART = 2.0  # what is meant stands in no passage with another word of the question
_UNKNOWN = 0.6  # each other word of the question that the corpus lacks,
_MANY = 4  # and how many of them count


@dataclass(frozen=True, slots=True)
class Correction:
    """A text put right, and what was changed in it: pairs of what is written and what is meant."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A stretch read as another word of the same length, and by how much that is likelier."""

    start: int
    meant: str
    gain: float

    @property
    def end(self) -> int:
        return self.start + len(self.meant)

    def meets(self, other: _Reading) -> bool:
        """Whether the two share characters."""
        return self.start < other.end and other.start < self.end

    def agrees(self, other: _Reading) -> bool:
        """Whether the two read what they share as the same characters."""
        first, last = max(self.start, other.start), min(self.end, other.end)
        ours = self.meant[first - self.start : last - self.start]
        return ours == other.meant[first - other.start : last - other.start]


class Speller:
    """Corrects questions to the words of one corpus. Safe to share between threads."""

    def __init__(
        self,
        tokens: Mapping[str, int],
        names: Iterable[str],
        phrases: Callable[[], Mapping[str, int]],
        together: Callable[[str, str], bool],
    ) -> None:
        self.tokens = tokens
        self._total = sum(tokens.values()) + 1
        self._names = frozenset(map(simplified, names))
        self._heads = frozenset(name[-1:] for name in self._names)  # 局 is not mistyped for 委
        self._phrases = phrases
        self._together = together

    @classmethod
    def of(
        cls,
        tokens: Mapping[str, int] | Iterable[tuple[str, int]],
        names: Iterable[str] = (),
        phrases: Callable[[], Mapping[str, int]] = dict,
        together: Callable[[str, str], bool] = lambda word, other: True,
    ) -> Speller:
        """A speller for a corpus that holds these tokens, so often each.

        They are its words and all its pairs of neighbouring characters, as the lexical index counts
        them: what stands side by side somewhere is never doubted. ``names`` (units, areas) are
        meant only where they sound so: one character makes another office. ``phrases`` is called
        when a question first looks wrong: what else may be meant (headings, two neighbouring
        words), and how often it stands there. ``together`` tells whether two words stand in one
        passage.
        """
        return cls(dict(tokens), names, phrases, together)

    def corrected(self, text: str) -> Correction:
        """The text with what is clearly mistyped put right; its length and all else stay."""
        flat, out = simplified(text), text
        topic = [w for w in cut(flat) if _is_topic(w)]
        changes: list[tuple[str, str]] = []
        for run in _RUN.finditer(flat):
            for reading in self._readings(run.group(), topic):
                start, end = run.start() + reading.start, run.start() + reading.end
                out = out[:start] + reading.meant + out[end:]
                changes.append((text[start:end], reading.meant))
        return Correction(out, tuple(dict.fromkeys(changes)))

    def _readings(self, run: str, topic: Sequence[str]) -> list[_Reading]:
        """The corrections of a run of characters, in order; none where nothing looks wrong."""
        pieces = cut(run)
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece))
        doubtful = {
            at
            for at, piece in zip(starts, pieces, strict=False)
            if len(piece) == 1 and piece not in _ENDS and not self._joined(run, at)
        }
        if not doubtful:
            return []
        stretches = tuple(self._stretches(pieces, starts))
        for start, end, _ in stretches:
            if run[start:end] in self._words:
                doubtful.difference_update(range(start, end))
        possible = [
            _Reading(start, meant, before + worth)
            for start, end, before in stretches
            if not doubtful.isdisjoint(range(start, end))
            for meant, worth in self._meant(run, start, end, doubtful)
        ]
        likely = (r for r in possible if r.gain >= _ENOUGH)
        fitting = (replace(r, gain=r.gain - self._strange(run, r, topic)) for r in likely)
        return _best(r for r in fitting if r.gain >= _ENOUGH)

    def _strange(self, run: str, reading: _Reading, topic: Sequence[str]) -> float:
        """How little what is meant goes with the other words of the question."""
        written = run[reading.start : reading.end]
        others = {w for w in topic if w not in written}
        known = [w for w in others if w in self.tokens]
        unknown = min(_MANY, len(others) - len(known))
        apart = bool(known) and not any(self._together(reading.meant, w) for w in known)
        return _UNKNOWN * unknown + _APART * apart

    def _joined(self, run: str, at: int) -> bool:
        """Whether it stands beside each of its neighbours here, or one in official texts."""
        pairs = [p for p in (run[max(0, at - 1) : at + 1], run[at : at + 2]) if len(p) == 2]
        return all(map(self.tokens.__contains__, pairs)) or not official_pairs().isdisjoint(pairs)

    def _shortened(self, written: str, at: int) -> bool:
        """Whether two words that stand side by side begin with a character and its neighbour."""
        pairs = (written[max(0, at - 1) : at + 1], written[at : at + 2])
        return not self._initials.isdisjoint(pairs)

    def _stretches(
        self, pieces: Sequence[str], starts: Sequence[int]
    ) -> Iterator[tuple[int, int, float]]:
        """Every stretch of two words or more that is no longer than a word, and its cost."""
        for first, start in enumerate(starts[:-1]):
            before = 0.0
            for piece, end in zip(pieces[first:], starts[first + 1 :], strict=True):
                if end - start > _LONGEST:
                    break
                before += self._cost(piece)
                if end - start > len(piece):
                    yield start, end, before

    def _meant(
        self, run: str, start: int, end: int, doubtful: set[int]
    ) -> Iterator[tuple[str, float]]:
        """What a stretch may be meant to be, and its worth without the cost of what is written."""
        written = run[start:end]
        open_to = {k for k in range(end - start) if start + k in doubtful}
        open_to = {k for k in open_to if not self._joined(written, k)}
        open_to = {k for k in open_to if not self._shortened(written, k)}
        for meant in self._alike(written):
            wrong = [k for k, c in enumerate(written) if meant[k] != c]
            if open_to.issuperset(wrong):
                slips = self._slips(written, meant, wrong)
                yield meant, self._fit(run, start, meant) - self._cost(meant) - slips

    def _slips(self, written: str, meant: str, wrong: Sequence[int]) -> float:
        """How unlikely the errors are that make the one of the other."""
        slips = {k: _slip(written[k], meant[k]) for k in wrong}
        rests = {0: meant[1:], len(meant) - 1: meant[:-1]}
        lone = [k for k in wrong if len(rests.get(k, "")) > 1 and rests[k] in self._words]
        none = len(wrong) == len(written)
        unlike = {k for k in wrong if slips[k] == _OTHER}
        if not unlike.isdisjoint(lone) or any(written[k] in self._heads for k in unlike):
            return _NEVER
        if none and max(slips.values()) > _SAME_SOUND:
            return _NEVER
        return sum(slips.values()) + _LONE * (len(lone) + none)

    def _fit(self, run: str, start: int, meant: str) -> float:
        """How much better what is meant goes with its neighbours than what is written."""
        end = start + len(meant)
        was = [run[max(0, start - 1) : start + 1], run[end - 1 : end + 1]]
        now = [run[max(0, start - 1) : start] + meant[0], meant[-1] + run[end : end + 1]]
        gained = [
            (new in self.tokens) - (old in self.tokens)
            for new, old in zip(now, was, strict=True)
            if len(new) == 2
        ]
        return _NEIGHBOUR * sum(gained)

    def _cost(self, word: str) -> float:
        """How unlikely a word is: in Chinese at large, and, if it has two characters, here."""
        share = (frequency(word) + 0.5) / _COUNTED
        if len(word) > 1:
            share = (share + self._words.get(word, 0) / self._total) / 2
        return -math.log(share)

    @cached_property
    def _neighbours(self) -> Mapping[str, int]:
        return self._phrases()

    @cached_property
    def _words(self) -> dict[str, int]:
        """What may be meant, and how often the corpus holds it."""
        found = {
            word: count
            for word, count in self.tokens.items()
            if len(word) <= _LONGEST and _RUN.fullmatch(word) and (len(word) > 2 or frequency(word))
        }
        found |= dict.fromkeys(_ASKING.split(), max(1, self._total // 500))
        given = [*self._neighbours.items(), *((name, _NAMED) for name in self._names)]
        for written, count in given:
            for run in _RUN.findall(simplified(written)):
                if len(run) <= _LONGEST:
                    found[run] = max(count, found.get(run, 0))
        return found

    @cached_property
    def _initials(self) -> frozenset[str]:
        """The first characters of two words that stand side by side: 发改 of 发展改革."""
        return frozenset(p[0] + p[2] for p in self._neighbours if len(p) > 3)

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        return _table(self._words, sound_keys)

    @cached_property
    def _by_gap(self) -> dict[str, list[str]]:
        return _table((w for w in self._words if w not in self._names), _gap_keys)

    def _alike(self, written: str) -> Iterable[str]:
        """The words that sound like what is written, or differ from it in one character."""
        found = [word for key in sound_keys(written) for word in self._by_sound.get(key, ())]
        found += [word for key in _gap_keys(written) for word in self._by_gap.get(key, ())]
        return dict.fromkeys(found)


def _best(possible: Iterable[_Reading]) -> list[_Reading]:
    """The likeliest readings, in order, that no other of nearly their worth contradicts."""
    ranked = sorted(possible, key=lambda r: -r.gain)
    chosen: list[_Reading] = []
    for reading in ranked:
        rivals = (r for r in ranked if r.gain > reading.gain - _CLEARLY and r.meets(reading))
        if not any(map(reading.meets, chosen)) and all(map(reading.agrees, rivals)):
            chosen.append(reading)
    return sorted(chosen, key=lambda r: r.start)


def _table(words: Iterable[str], keys: Callable[[str], Iterable[str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for word in words:
        for key in keys(word):
            table.setdefault(key, []).append(word)
    return table


def _gap_keys(word: str) -> list[str]:
    """The word of three characters or more with a gap for each in turn."""
    return [f"{word[:k]}?{word[k + 1 :]}" for k in range(len(word))] if len(word) > 2 else []


def _slip(written: str, meant: str) -> float:
    """How unlikely it is to write the one character for the other."""
    if same_sound(written, meant):
        return _SAME_SOUND
    return _LIKE_SOUND if alike(written, meant) else _OTHER


def _is_topic(word: str) -> bool:
    """Whether a word says what a question is about."""
    content = len(word) > 1 and _RUN.fullmatch(word) and frequency(word) < _COMMON
    return bool(content) and word not in _ASKING
