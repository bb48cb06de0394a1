"""Names of places in Latin letters, as English writes them: Zichuan, Xi'an, Wenchang Lake.

The letters come from the shipped table of sounds, so any corpus's own names are found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice, product

from assistant.characters import sounds
from assistant.text import simplified

LONGEST = 6  # written words of one name: Wen Chang Hu
_SHORTEST = 4  # letters of a name: Zibo
_READINGS = 8  # ways to read a name that are kept
_STEP = re.compile(r"(?<=[省市区县])(?=[\u4e00-\u9fff]{2,})")
_KIND = re.compile(
    r"(?:省级|国家级)?(?:经济技术|高新技术产业|高新技术|经济|高新|旅游|文化旅游|综合)?"
    r"(?:开发区|示范区|度假区|自治区|自治县|自治州|新区|街道|园区|片区|[省市区县镇乡])(?:办事处|管委会|人民政府|政府)?$"
)
_HEAD = re.compile(r"[\u4e00-\u9fff]{2,4}")
_LANDFORMS = {"湖": "lake", "河": "river", "江": "river", "山": "mountain", "岛": "island"}


def letters(text: str) -> str:
    """The text as plain lower-case letters: Xī'ān → xian."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ü", "v"))
    return re.sub(r"[^a-z]", "", plain)


def romanised(names: Iterable[str]) -> dict[str, str]:
    """Places by the letters of their own part: 淄川经济开发区 → zichuan: 淄川.

    Of two that are written alike the first stays.
    """
    found: dict[str, str] = {}
    for name in map(simplified, names):
        for part in _STEP.split(name):
            head = _KIND.sub("", part)
            if _HEAD.fullmatch(head):
                for written in _written(head):
                    if len(written) >= _SHORTEST:
                        found.setdefault(written, head)
    return found


def commonest(written: str, tokens: Mapping[str, int]) -> str:
    """The pair of characters with these letters that is counted most often; '' if none is held."""
    ways = ((written[:at], written[at:]) for at in range(1, len(written)))
    pairs = (
        first + second
        for one, other in ways
        for first, second in product(_characters().get(one, ""), _characters().get(other, ""))
    )
    return max((p for p in pairs if p in tokens), key=lambda p: tokens[p], default="")


def spelt(name: str) -> str:
    """A Chinese name in letters, as one word with a capital: 淄川 → Zichuan."""
    return "".join(sounds().get(c, c).split()[0] for c in name).capitalize()


@cache
def _characters() -> dict[str, str]:
    """The characters of each sound."""
    found: dict[str, str] = {}
    for character, heard in sounds().items():
        for sound in heard.split():
            found[sound] = found.get(sound, "") + character
    return found


def _written(head: str) -> Iterator[str]:
    """The ways to write a name: wenchanghu, and wenchanglake."""
    for reading in islice(product(*(sounds().get(c, c).split() for c in head)), _READINGS):
        yield letters("".join(reading))
        if len(head) > 2 and head[-1] in _LANDFORMS:
            yield letters("".join(reading[:-1])) + _LANDFORMS[head[-1]]
