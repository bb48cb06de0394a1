"""English questions read as Chinese ones: by the forms that questions have, and a table of words.

Deterministic. What the table lacks stays in Latin letters for all to see; a question that it lacks
most words of, or a name in, is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.text import clean
from assistant.understanding.clause_references import in_chinese
from assistant.understanding.english_phrase import Phrase
from assistant.understanding.english_terms import EnglishTerms, Part, Words, shipped
from assistant.understanding.romanised import LONGEST, commonest, letters, romanised

_NAMED = re.compile(
    r"《[^》]*》|[\u3400-\u9fff]{1,10}[〔\[［﹝（(【]\d{4}[〕\]］﹞）)】]第?\d{1,5}号"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_ENGLISH = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]?[a-z]{2,}(?![0-9])")
_TOKEN = re.compile(
    rf"{_NAMED.pattern}|[\u3400-\u9fff（第][\u3400-\u9fff（）\d.]*|\d{{4}}\s*[-–—]\s*\d{{4}}"
    r"|[A-Za-z0-9&]+(?:\.\d+)?%?"
)
_SENTENCE_END = re.compile(r"[?!;？！；。]+|(?<=[a-z]{2})\.+(?=\s|$)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEARS = re.compile(r"(\d{4})\s*[-–—]\s*(\d{4})")
_ASIDE = (
    r"(?:according to|in|under) (?:(?:this|these|that) )?(?:documents?|policy|notice|opinions?)"
)
_LEAD_IN = re.compile(
    r"^(?:(?:please|hello|hi|hey|excuse me|sorry|ok|so|well|dear assistant) )*"
    r"(?:(?:(?:could|can|would|will) you (?:please )?|i (?:would|d) like to |i want to |i need to "
    r"|do you |may i |let me |please )?(?:tell me|know|ask|explain|find out)(?: about)? "
    r"(?:if |whether )?"
    r"(?=(?:who|whom|whose|what|which|where|when|why|how|is|are|does|do|can|will)\b))?"
    rf"(?:{_ASIDE} )?"
)
_LEAD_OUT = re.compile(rf" (?:{_ASIDE}|please|now|currently|exactly|thanks|thank you)$")
_PREPOSITIONS = frozenset(
    "of for in at on to with by from under about before until against towards toward into within "
    "across along through regarding concerning between".split()
)
_TOPIC_SHARE = 0.5  # of the words that carry a topic, how many the table must know


@dataclass(frozen=True, slots=True)
class Translation:
    """A question in Chinese; ``unknown`` are its English words that stayed, or stood in the way.

    ``text`` is None when it could not be read.
    """

    text: str | None
    unknown: tuple[str, ...] = ()


def is_english(text: str) -> bool:
    """Whether a question is put in English; it may hold Chinese names, titles and 文号."""
    said = _NAMED.sub(" ", text)
    latin = sum(map(len, _ENGLISH.findall(_plain(said))))
    return latin >= 3 and latin > 2 * len(_HAN.findall(said))


def translated(question: str, names: Iterable[str] = ()) -> str | None:
    """The question in Chinese; None when it cannot be read. See :class:`EnglishReader`."""
    return EnglishReader(names).read(question).text


class EnglishReader:
    """Translates questions with the names of one corpus (areas, units, places). Thread-safe.

    ``tokens`` count the pairs of neighbouring characters that the corpus holds: a name that is
    written large may be one of them. The table is read at the first English question.
    """

    def __init__(self, names: Iterable[str], tokens: Mapping[str, int] | None = None) -> None:
        self.names = tuple(names)
        self.tokens = tokens or {}

    @cached_property
    def table(self) -> EnglishTerms:
        """The words and forms of questions."""
        return shipped()

    @cached_property
    def places(self) -> dict[str, str]:
        """Places by their letters: the corpus's own, and large ones of the country."""
        return {**self.table.places, **romanised(self.names)}

    def read(self, question: str) -> Translation:
        """The question in Chinese, and the words that are not known; sentence by sentence."""
        plain = in_chinese(_plain(clean(question)))
        read = [self._sentence(s) for s in _SENTENCE_END.split(plain) if _TOKEN.search(s)]
        unknown = tuple(dict.fromkeys(word for one in read for word in one.unknown))
        said = [one.text for one in read]
        whole = bool(said) and all(said)
        return Translation("，".join(filter(None, said)) if whole else None, unknown)

    def _sentence(self, sentence: str) -> Translation:
        written = [m.group() for m in _TOKEN.finditer(sentence)]
        spelled = {w.lower(): w for w in written}
        line = " ".join(w.lower() for w in written if w.lower() not in ("the", "a", "an"))
        line = _LEAD_OUT.sub("", _LEAD_IN.sub("", line))
        template, slots = self._form(line, spelled)
        unknown = tuple(dict.fromkeys(w for s in slots.values() for w in s.unknown))
        known = sum(s.known for s in slots.values())
        bare = not known and template == "{X}"
        if bare or known < _TOPIC_SHARE * (known + len(unknown)) or _has_name(unknown, written):
            return Translation(None, unknown)
        said = {name: slots[name].text if name in slots else "" for name in _slots(template)}
        text = re.sub(r"^的+", "", re.sub(r"的{2,}", "的", template.format(**said)))
        return Translation(None if text in ("吗", "呢") else text, unknown)

    def _form(self, line: str, spelled: Mapping[str, str]) -> tuple[str, dict[str, Phrase]]:
        """The first form of question that fits, and what stands in its slots."""
        for form in self.table.questions:
            match = form.pattern.fullmatch(line)
            if match:
                said = {k: v for k, v in match.groupdict().items() if v}
                slots = {k: self._phrase(v.split(), spelled) for k, v in said.items()}
                if all(slots[name].fits(name) for name in slots):
                    return form.template, slots
        return "{X}", {"X": self._phrase(line.split(), spelled)}

    def _phrase(self, words: Sequence[str], spelled: Mapping[str, str]) -> Phrase:
        """Words in Chinese: the longest term or name at each place, else the word itself."""
        phrase, at = Phrase(), 0
        while at < len(words):
            at += self._term(phrase, words, at) or self._single(phrase, words[at], spelled)
        return phrase

    def _term(self, phrase: Phrase, words: Sequence[str], at: int) -> int:
        """Add the term, unit or name that begins here; how many words it takes, or 0."""
        level = self.table.levels.get(words[at], "")
        unit = self._unit(words[at + 1 :] if level else words[at:])
        if unit:
            level = level or self._level_of(phrase)
            phrase.add(Part.UNIT, unit[0] if unit[0].startswith(level) else level + unit[0])
            return unit[1] + (words[at] in self.table.levels)
        for size in range(min(self.table.longest, len(words) - at), 0, -1):
            run = tuple(words[at : at + size])
            kind = self.table.kinds.get(run[0]) if size == 1 and self._after_name(phrase) else None
            if kind:
                phrase.parts[-1][1].append((Part.NAME, kind))
                return 1
            term = self.table.find(run)
            if term:
                phrase.add(term.part, self._fitting(term.choices))
                return size
            name = self._name(run) if size <= LONGEST else ""
            if name:
                phrase.add(Part.NAME, name)
                return size
        return 0

    def _unit(self, words: Sequence[str]) -> tuple[str, int] | None:
        """The unit that the words begin with, and how many of them name it."""
        for size in range(min(self.table.longest, len(words)), 0, -1):
            term = self.table.find(tuple(words[:size]))
            if term:
                return (self._fitting(term.choices), size) if term.part is Part.UNIT else None
        return None

    def _fitting(self, choices: Sequence[str]) -> str:
        """The first of the Chinese names that the corpus has; the first of all if it has none."""
        return next((c for c in choices if any(n.endswith(c) for n in self.names)), choices[0])

    def _name(self, run: Words) -> str:
        """The place that these words spell: zichuan, zi chuan, wenchang lake; '' if none."""
        if any(w in self.table.ignored or w in _PREPOSITIONS for w in run):
            return ""
        return self.places.get(letters("".join(run)), "") if all(map(str.isalpha, run)) else ""

    def _own(self, word: str, spelled: Mapping[str, str]) -> str:
        """What a name written large spells in the corpus's own words (Qilu: 齐鲁); '' if none."""
        named = spelled.get(word, "").istitle() and word not in self.table.ignored
        return commonest(letters(word), self.tokens) if named else ""

    def _level_of(self, phrase: Phrase) -> str:
        """市 for the unit that follows Jinan, which has no kind of its own; else ''."""
        if not self._after_name(phrase):
            return ""
        place = phrase.parts[-1][1][-1][1]
        if place in self.table.provinces:
            return "省"
        kinds = (k for k in "区县市省" if any(place + k in n for n in self.names))
        return next(kinds, "市")

    def _after_name(self, phrase: Phrase) -> bool:
        """Whether the last word added is the name of a place without its kind."""
        last = phrase.parts[-1][1][-1:]
        return bool(last) and last[0][0] is Part.NAME and last[0][1][-1] not in "市区县镇乡省"

    def _single(self, phrase: Phrase, word: str, spelled: Mapping[str, str]) -> int:
        """Add one word that is no term: a year, a Chinese name, 和, or what is not known."""
        here = phrase.parts[-1][1]
        years = _YEARS.fullmatch(word)
        if word in _PREPOSITIONS:
            phrase.parts.append((word, []))
        elif word in ("and", "or"):
            here.append((Part.NOUN, "和" if word == "and" else "或"))
        elif years:
            phrase.add(Part.NOUN, f"{years[1]}—{years[2]}年")
        elif _YEAR.fullmatch(word):
            phrase.add(Part.NOUN, f"{word}年")
        elif _HAN.search(word):
            phrase.add(Part.UNIT if word[-1] in "局委办厅部" else Part.NAME, word)
        elif word[-1].isdecimal() != word[0].isdecimal():
            phrase.add(Part.NOUN, spelled.get(word, word))  # 5G, IPv6: the same in Chinese
        elif any(map(str.isdecimal, word)):
            here.append((Part.NOUN, spelled.get(word, word)))
        elif self._own(word, spelled):
            phrase.add(Part.NAME, self._own(word, spelled))
        elif word not in self.table.ignored:
            phrase.unknown.append(spelled.get(word, word))
            here.append((Part.NOUN, spelled.get(word, word)))
        return 1


def _plain(text: str) -> str:
    """English text without accents, possessives and hyphens; half-width Latin letters."""
    marks = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in marks if not unicodedata.combining(c))
    text = re.sub(r"(?i)\b(what|who|where|when|how|it|that)['’]s\b", r"\1 is", text)
    text = re.sub(r"n['’]t\b", " not", re.sub(r"['’]s\b|(?<=s)['’]", "", text))
    text = re.sub(r"(?<=[A-Za-z])['’](?=[a-z])", "", text)
    return re.sub(r"(?<=[A-Za-z0-9])[-–/](?=[A-Za-z])", " ", text.replace(" & ", " and "))


def _slots(template: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", template)


def _has_name(unknown: Sequence[str], written: Sequence[str]) -> bool:
    """Whether an unknown word is a name: written large where ordinary words are written small."""
    small = any(len(w) > 3 and w.islower() for w in written[1:])
    return small and any(w[0].isupper() and not w.isupper() for w in unknown if w != written[0])
