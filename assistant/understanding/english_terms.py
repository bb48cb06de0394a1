"""The table of English words and questions, and what they are in Chinese.

Read once from ``assistant/data/english_terms.yaml``; nothing in it belongs to one document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parents[1] / "data" / "english_terms.yaml"
TYPES = {"局": "Bureau", "委": "Commission", "部": "Department", "办": "Office", "厅": "Department"}
_UNIT_TYPES = ("bureau", "department", "commission", "committee", "office", "administration")
_SLOT = re.compile(r"(?<!<)(?<!\(\?)\b(X2|[XYZUPVDC])\b(?!>)")
_GIVEN = {  # what is written in Chinese: a document, a clause
    "D": r"(?P<D>(?:[a-z]+ )?(?:《[^》]+》|[\u3400-\u9fff][^a-z ]*号))",
    "C": r"(?P<C>(?:第|[一二三四五六七八九十]*（)[^a-z ]+)",
}
_UNIFORM = re.compile(r"ss$|us$|is$")

Words = tuple[str, ...]


class Part(Enum):
    """What a word of a question is in its sentence."""

    NOUN = "noun"
    VERB = "verb"
    UNIT = "unit"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Term:
    """What English words stand for; ``choices`` are the Chinese words, the usual one first."""

    part: Part
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """One form of English question and the Chinese question, with {X} for what is translated."""

    pattern: re.Pattern[str]
    template: str


@dataclass(frozen=True, slots=True)
class EnglishTerms:
    """The whole table. Words are lower-case, without articles; ``terms`` has their stems too."""

    terms: Mapping[Words, Term]
    longest: int
    questions: tuple[Rewriting, ...]
    kinds: Mapping[str, str]
    levels: Mapping[str, str]
    provinces: frozenset[str]  # in Chinese, as are the values of ``places``
    places: Mapping[str, str]
    ignored: frozenset[str]
    units: Mapping[str, str]  # 科技局: Science and Technology Bureau
    glosses: Mapping[str, Mapping[str, str]]  # by sort (roles, reasons …) and Chinese words

    def find(self, words: Words) -> Term | None:
        """The term that these words are, as written or else by their stems."""
        return self.terms.get(words) or self.terms.get(tuple(map(stem, words)))


@cache
def shipped() -> EnglishTerms:
    """The table that comes with the product."""
    import yaml

    data: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    exact = dict(_terms(data))
    stemmed: dict[Words, Term] = {}
    for words, term in exact.items():
        stemmed.setdefault(tuple(map(stem, words)), term)
    return EnglishTerms(
        terms=stemmed | exact,
        longest=max(map(len, exact)),
        questions=tuple(_rewritings(data["questions"], data["macros"])),
        kinds=data["kinds"],
        levels=data["levels"],
        provinces=frozenset(data["provinces"].values()),
        places={k.replace(" ", ""): v for k, v in (data["provinces"] | data["places"]).items()},
        ignored=frozenset(data["ignored"].split()),
        units=_unit_names(data["units"]),
        glosses=data["glosses"],
    )


def split(text: str) -> Words:
    """The words of English text: lower case, no possessives, no hyphens."""
    plain = re.sub(r"['’]s\b|['’]", "", text.lower())
    return tuple(re.findall(r"[a-z0-9&]+", plain.replace(" & ", " and ")))


def stem(word: str) -> str:
    """The word without the endings of number and of verbs: vehicles → vehicl, building → build."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and len(word) > 2 and not _UNIFORM.search(word):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 3 else word


def _terms(data: Mapping[str, Any]) -> Iterator[tuple[Words, Term]]:
    for section, part in (("nouns", Part.NOUN), ("verbs", Part.VERB)):
        for chinese, written in data[section].items():
            for english in written:
                yield split(english), Term(part, (chinese,))
    for english, choices in data["titles"].items():
        yield split(english), Term(Part.UNIT, tuple(choices))
    for duty, choices in data["units"].items():
        for kind in _UNIT_TYPES:
            yield (*split(duty), kind), Term(Part.UNIT, tuple(choices))
            yield (kind, "of", *split(duty)), Term(Part.UNIT, tuple(choices))


def _unit_names(units: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The English name of each unit: of the first duty that it is the usual unit for."""
    found: dict[str, str] = {}
    usual = ((duty, choices[0]) for duty, choices in units.items())
    others = ((duty, choice) for duty, choices in units.items() for choice in choices)
    for duty, unit in (*usual, *others):
        words = [w if w in ("and", "of") else w.title() for w in duty.split()]
        found.setdefault(unit, " ".join([*words, TYPES.get(unit[-1], "Office")]))
    return found


def _rewritings(rows: Iterable[tuple[str, str]], macros: Mapping[str, str]) -> Iterator[Rewriting]:
    for written, template in rows:
        for one in _alternatives(written):
            pattern = re.sub(r"\b[A-Z]{2,}\b", lambda m: macros[m.group()], one)
            pattern = _SLOT.sub(_slot, pattern)
            yield Rewriting(re.compile(pattern), template)


def _slot(match: re.Match[str]) -> str:
    return _GIVEN.get(match[1]) or f"(?P<{match[1]}>.+?)"


def _alternatives(pattern: str) -> Iterator[str]:
    """The parts between the bars that stand in no group."""
    depth = start = 0
    for at, c in enumerate(pattern):
        depth += (c == "(") - (c == ")")
        if c == "|" and not depth:
            yield pattern[start:at]
            start = at + 1
    yield pattern[start:]
