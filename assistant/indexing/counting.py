"""The tokens of many texts at once: what ``text.tokens`` gives for each line of each, counted.

Characters and pairs of them, which are most of the tokens, are counted as numbers, a block of texts
at a time; no token goes over the end of a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

import numpy as np
from numpy.typing import NDArray

from assistant.text import FIRST_HAN, LAST_HAN, TERM, cut, fold, is_long_word

Keys = NDArray[np.int64]

BLOCK = 1_000_000  # characters
_PAIR = 16  # bits that hold a character: the code of a pair is first << 16 | second
_WORD = 1 << 32  # codes of words and terms begin above those of pairs
_ROW = 40  # bits that hold a code: row << 40 | code


def blocks(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in order, in lists of some ``BLOCK`` characters each."""
    ends = accumulate(len(text) for text in texts)
    for _, block in groupby(zip(ends, texts, strict=True), key=lambda pair: pair[0] // BLOCK):
        yield [text for _, text in block]


def counted(
    texts: Sequence[str],
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The distinct tokens of the texts, and in rows: starts, numbers of tokens, their counts.

    Row i has the tokens at ``starts[i]:starts[i + 1]``, each once.
    """
    lines = ["\n".join(map(fold, text.split("\n"))) + "\n" for text in texts]
    whole = "".join(lines)
    row_of = np.repeat(np.arange(len(lines), dtype=np.int64), [len(line) for line in lines])
    places, codes, words = _codes(whole)
    keys = np.sort(row_of[places] << _ROW | codes)
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys)).astype(np.int32)
    rows, codes = keys[first] >> _ROW, keys[first] & ((1 << _ROW) - 1)
    distinct = np.unique(codes)
    numbers = np.searchsorted(distinct, codes).astype(np.int32)
    starts = np.searchsorted(rows, np.arange(len(lines) + 1))
    return [_spelled(code, words) for code in distinct.tolist()], starts, numbers, counts


def _codes(whole: str) -> tuple[Keys, Keys, list[str]]:
    """Where each token begins, its code, and the words that codes above ``_WORD`` stand for."""
    characters = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    characters = characters.astype(np.int64)
    han = (characters >= FIRST_HAN) & (characters <= LAST_HAN)
    joined = han[:-1] & han[1:]  # the last character ends a line
    alone = han.copy()
    alone[:-1] &= ~joined
    alone[1:] &= ~joined
    # A character with none beside it stands for a pair too.
    single, lonely, pair = (np.flatnonzero(mask) for mask in (han, alone, joined))
    found, numbers, words = _words(whole)
    places = np.concatenate([single, lonely, pair, found])
    pairs = characters[pair] << _PAIR | characters[pair + 1]
    codes = np.concatenate([characters[single], characters[lonely], pairs, numbers + _WORD])
    return places, codes, words


def _words(whole: str) -> tuple[Keys, Keys, list[str]]:
    """Where long words and terms begin, their numbers, and what the numbers stand for."""
    numbers: dict[str, int] = {}
    places: list[int] = []
    codes: list[int] = []
    end = 0
    for word in cut(whole):
        if is_long_word(word):
            places.append(end)
            codes.append(numbers.setdefault(word, len(numbers)))
        end += len(word)
    for term in TERM.finditer(whole):
        places.append(term.start())
        codes.append(numbers.setdefault(term[0], len(numbers)))
    return np.array(places, np.int64), np.array(codes, np.int64), list(numbers)


def _spelled(code: int, words: list[str]) -> str:
    if code >= _WORD:
        return words[code - _WORD]
    return chr(code >> _PAIR) + chr(code & 0xFFFF) if code >> _PAIR else chr(code)
