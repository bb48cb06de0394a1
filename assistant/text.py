"""Chinese text: folding, numerals, dates, sentences and tokens. Pure; the owner of jieba.

Its words are cut by rjieba, jieba in Rust: the same words eight to fifteen times as fast. Their
counts and tags are read from jieba's own dictionary.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_TRADITIONAL = Path(__file__).resolve().parent / "data" / "traditional.txt"
DIGITS = "〇零一二三四五六七八九"
CN_NUMERAL = r"[〇零一二三四五六七八九十百千]+"
LONGEST_NUMERAL = 32
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CONTROL = {"Cc", "Cf", "Cs", "Co", "Cn"}
_PICTURE = {"So", "Sk"}
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]+[”’」』）)】〕]*|[^。！？!?\n]+")
FIRST_HAN, LAST_HAN = 0x3400, 0x9FFF
TERM = re.compile(r"[a-z0-9]+(?:[.\-+%][a-z0-9]+)*")  # a number or a latin term, folded
_CHUNK = re.compile(rf"{TERM.pattern}|[\u3400-\u9fff]+")
_HALF = re.compile("([\ud800-\udfff])")
_DATE = re.compile(
    r"([0-9]{4}|[〇零○一二三四五六七八九]{4})\s*年\s*([0-9]{1,2}|[一二三四五六七八九十]{1,2})\s*月"
    r"\s*([0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*日"
)


def clean(text: str) -> str:
    """One line of visible text: control characters and pictures go, blanks become one space."""
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in _CONTROL | _PICTURE
    )
    return re.sub(r" +", " ", "".join(kept)).strip()


@cache
def _traditional() -> tuple[re.Pattern[str], dict[int, int]]:
    """Any traditional character, and what stands for each: the table that lies beside the code."""
    lines = _TRADITIONAL.read_text(encoding="utf-8").splitlines()
    written, meant = (line for line in lines if not line.startswith("#"))
    return re.compile(f"[{written}]"), str.maketrans(written, meant)


def simplified(text: str) -> str:
    """The text in simplified characters, one for one: every place in it stays where it was."""
    traditional, table = _traditional()
    # To look first is four times as fast as to translate, and few texts hold any.
    return text.translate(table) if traditional.search(text) else text


def fold(text: str) -> str:
    """Half-width, simplified, lower case, no blanks: for comparing, never for quoting.

    Lengths change, though not by simplifying.
    """
    return simplified("".join(unicodedata.normalize("NFKC", text).split()).lower())


def numeral(text: str) -> int | None:
    """The value of 二十一, 一百零二, 二〇二二 or 21; None when it is not a numeral."""
    text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > LONGEST_NUMERAL:
        return None
    if text.isdecimal():
        return int(text)
    if not re.fullmatch(CN_NUMERAL, text):
        return None
    if not any(c in _UNITS for c in text):
        return int("".join(str(max(0, DIGITS.index(c) - 1)) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in _UNITS:
            total += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            digit = max(0, DIGITS.index(c) - 1)
    return total + digit


def find_date(text: str) -> date | None:
    """The first full date in the text, in digits or in Chinese numerals; None if there is none."""
    for match in _DATE.finditer(text):
        year, month, day = (numeral(g.replace("○", "〇")) or 0 for g in match.groups())
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return None


def chinese_date(day: date) -> str:
    """2022年4月20日."""
    return f"{day.year}年{day.month}月{day.day}日"


def sentences(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Ranges of the sentences in ``text``, moved by ``start``, without blanks at their ends."""
    for match in _SENTENCE.finditer(text):
        left, right = match.span()
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if left < right:
            yield start + left, start + right


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba.Jieba()


def _entries() -> list[list[str]]:
    """Word, count and tag of each line of jieba's dictionary."""
    import jieba

    with jieba.Tokenizer().get_dict_file() as file:
        return [line.split() for line in file.read().decode("utf-8").splitlines()]


def nouns() -> frozenset[str]:
    """The words of two characters or more that jieba's dictionary tags as nouns or set phrases."""
    return frozenset(
        w for w, _, tag in _entries() if len(w) > 1 and (tag[0] in "nl" or tag == "vn")
    )


@cache
def _dictionary() -> tuple[dict[str, int], frozenset[str]]:
    """How often each word of jieba's dictionary was counted; its names of places."""
    entries = _entries()
    counts = {entry[0]: int(entry[1]) for entry in entries}
    places = (entry[0] for entry in entries if entry[2] == "ns" and len(entry[0]) > 1)
    return counts, frozenset(places)


@lru_cache(maxsize=20_000)
def rarity(word: str) -> float:
    """How rare a word is in Chinese at large: 0.3 for the commonest to 4.5 for unknown ones.

    The decimal logarithm of its inverse frequency in jieba's dictionary, less 1.5; a word that
    is not in it is as rare as its rarest part.
    """
    counts, _ = _dictionary()
    parts = (word,) if counts.get(word) else words(word) or (word,)
    frequency = min(counts.get(part, 0) + 1 for part in parts)
    return min(4.5, max(0.3, math.log10(6e7 / frequency) - 1.5))


def frequency(word: str) -> int:
    """How often jieba's dictionary has counted the word (of 60 million); 0 for an unknown one."""
    return _dictionary()[0].get(word, 0)


def warm() -> None:
    """Load the dictionary now (half a second) rather than at the first question."""
    _segmenter()
    _dictionary()


def is_place(word: str) -> bool:
    """Whether jieba's dictionary tags the word as the name of a place (some common words are)."""
    return word in _dictionary()[1]


def cut(text: str) -> list[str]:
    """jieba's words and all that stands between them, which make the text again."""
    found: list[str] = []
    for part in _HALF.split(text):  # half of a surrogate pair is no character, and stands alone
        found += [part] if _HALF.match(part) else _segmenter().cut(part, hmm=False)
    return found


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """jieba's words of the folded text, without punctuation."""
    return tuple(w for w in cut(fold(text)) if _CHUNK.fullmatch(w))


@lru_cache(maxsize=20_000)
def bigrams(text: str) -> tuple[str, ...]:
    """Character bigrams of the folded text; numbers and latin terms stay whole."""
    grams: list[str] = []
    for chunk in _CHUNK.findall(fold(text)):
        if chunk[0].isascii():
            grams.append(chunk)
        else:
            grams.extend(chunk[i : i + 2] for i in range(max(1, len(chunk) - 1)))
    return tuple(grams)


def is_long_word(word: str) -> bool:
    """Whether a word of jieba's is a token of its own: three characters or more, no punctuation."""
    return len(word) > 2 and bool(_CHUNK.fullmatch(word))


def tokens(text: str) -> list[str]:
    """What the lexical index counts: jieba words, single characters and character bigrams."""
    singles = [c for c in fold(text) if "\u3400" <= c <= "\u9fff"]
    return [w for w in cut(fold(text)) if is_long_word(w)] + singles + list(bigrams(text))
