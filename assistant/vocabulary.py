"""General words for any city's policies: synonyms, former unit names, words without a topic.

Read once from ``assistant/data/synonyms.yaml``; nothing in it belongs to one document.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path

from assistant.text import cut, fold, words

_FILE = Path(__file__).resolve().parent / "data" / "synonyms.yaml"
_NOUNS = _FILE.with_name("official_nouns.txt")


_FUNCTION = frozenset(
    "的了吗呢吧啊呀么嘛是有在和与及或到从对把被将也都就还又再才只很更最太要想能会可应该请让给谁归管做搞弄办干去来"
    "个几多少啥哪那这此其它他她我你咱们些各每某什为于以之而且但所者并等按由向往里上下中内外后前时不没无非"
    "吗指用设点名问看讲说写提算叫含给"
)

_ASKING = frozenset("哪啥谁")
_EMPTY = _FUNCTION | frozenset("一二两三四五六七八九十百千万零〇")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that stand for other words.

    ``synonyms`` maps a word to the words a document may use for it; ``unit_names`` a former or lay
    name of a government unit to its present names; ``generic`` are words without a topic.
    """

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unit_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generic: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()

    def generic_in(self, text: str) -> tuple[str, ...]:
        """The words without a topic that the text uses (支持, 规划)."""
        return tuple(dict.fromkeys(w for w in words(text) if w in self.generic))

    def knows(self, word: str) -> bool:
        """Whether the word is one of the general words, as itself or as what another stands for."""
        return word in self.generic or word in self.synonyms or word in self.targets

    def terms(self, text: str, known: Container[str] = "") -> tuple[str, ...]:
        """The words of a question that carry its topic, in order and without repeats.

        Neighbouring pieces are one term where ``known`` (what the corpus holds) has
        them together (先行 + 区), as are neighbouring single characters (肩 + 并 + 肩).
        """
        found: list[str] = []
        pieces = _pieces(text)
        at = 0
        while at < len(pieces):
            term, at = self._longest(pieces, at, known)
            asks = term[:1] in _ASKING or set(term) <= _EMPTY
            if len(term) > 1 and term not in self.generic and not asks:
                found.append(term)
        return tuple(dict.fromkeys(found))

    def _longest(self, pieces: list[str], at: int, known: Container[str]) -> tuple[str, int]:
        """The term that begins at a piece, and the piece after it."""
        for end in range(min(len(pieces), at + 5), at + 1, -1):
            run = pieces[at:end]
            if (
                "" in run
                or run[0] in _FUNCTION
                or run[0] in self.generic
                or run[-1] in self.generic
            ):
                continue
            joined = "".join(run)
            if joined in known or (
                all(len(p) == 1 for p in run) and not any(p in _FUNCTION for p in run)
            ):
                return joined, end
        return pieces[at], at + 1

    def related(self, text: str) -> dict[str, tuple[str, ...]]:
        """The known words that stand in the text, longest first, with what they may stand for."""
        flat = fold(text)
        found: dict[str, tuple[str, ...]] = {}
        for word in sorted((w for w in self.synonyms if w in flat), key=len, reverse=True):
            if not any(word in longer for longer in found) and _stands(word, flat):
                found[word] = self.synonyms[word]
        return found


def _stands(word: str, flat: str) -> bool:
    """Whether a word begins where a piece of the text does: 家政 is not in 国家政策."""
    ends = {0, *accumulate(len(piece) for piece in cut(flat))}
    return any(match.start() in ends for match in re.finditer(re.escape(word), flat))


def _pieces(text: str) -> list[str]:
    """jieba's words with an empty piece wherever something else stands between them."""
    pieces: list[str] = []
    at, flat = 0, fold(text)
    for word in words(text):
        start = flat.index(word, at)
        if start > at:
            pieces.append("")
        pieces.append(word)
        at = start + len(word)
    return pieces


@cache
def official_nouns() -> frozenset[str]:
    """Nouns that laws and policies use; what only people say (院子, 厂里) is not among them."""
    lines = _NOUNS.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def is_official(term: str) -> bool:
    """Whether a term is a noun of official texts, or made of such nouns alone (电子竞技)."""
    nouns = official_nouns()
    parts = words(term) if term not in words(term) else (term[:2], term[2:])
    return term in nouns or (len(term) > 2 and all(part in nouns for part in parts))


@cache
def shipped() -> Vocabulary:
    """The vocabulary that comes with the product."""
    import yaml

    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    synonyms: dict[str, tuple[str, ...]] = {}
    for group in data.get("groups", []):
        for word in group:
            others = tuple(fold(w) for w in group if w != word)
            synonyms[fold(word)] = synonyms.get(fold(word), ()) + others
    for word, targets in data.get("directed", {}).items():
        synonyms[fold(word)] = synonyms.get(fold(word), ()) + tuple(fold(t) for t in targets)
    names = {word: tuple(targets) for word, targets in data.get("unit_names", {}).items()}
    targets = frozenset(word for others in synonyms.values() for word in others)
    generic = frozenset(fold(w) for w in data.get("generic", []))
    return Vocabulary(synonyms, names, generic, targets)
