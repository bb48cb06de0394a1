"""Whether a sentence that a model wrote says only what the clauses it cites say. Pure.

Whatever can be looked up is: numbers, dates, units, names, the share of content words. What matters
by its place (不, 应当, which number, which unit) is compared along the longest stretches that the
sentence shares with its sources: 可以申请 for 不得申请, or the second prize with the sum of the
first, differ at one place of such a stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from assistant.checking.alignment import (
    QUOTED,
    differences,
    misplaced,
    spliced,
    value_fault,
)
from assistant.checking.alignment import Fault as Fault
from assistant.checking.alignment import FaultKind as FaultKind
from assistant.checking.bare_text import UNIT, BareText, Date, Value, bare_text, tokens_with
from assistant.model import Role
from assistant.text import fold, is_place, rarity, words

SUPPORTED = 0.8  # share of a passage's content, by rarity, that one source must hold,
NEARLY_ALL = 0.9  # or this much where more than one of its words is missing
FEW_WORDS = 3  # a passage of fewer content words is judged with its sentence alone
_LATIN = re.compile(r"[a-z][a-z0-9]*(?:[.\-+][a-z0-9]+)*|\d+[a-z]+")
_ORGAN = re.compile(  # 布局 and 会客厅 end like units and are none
    r"(?:国家|[省市县区州])[\u4e00-\u9fff]{1,10}?(?:委员会|(?<![布格大全结开时战])局|(?<![客餐展大门])厅)"
    r"(?![部面势域长])"
)
_JOINT = "[、和与及]|以及|会同"
_AFTER = {Role.LEAD: "(?:负责|[为是])?牵头", Role.COOPERATE: "配合|参与|协助"}
_BEFORE = {Role.LEAD: "牵头", Role.COOPERATE: "配合|参与|协助"}
# What a sentence may add of its own: where it stands, and who does it
_FRAME = frozenset(
    "根据 按照 依据 依照 规定 明确 提出 要求 文件 条款 其中 包括 以及 并且 同时 此外 另外 具体"
    " 分别 方面 相关 有关 牵头 配合 负责 责任 单位 部门 属地 落实 应当 可以 不得 需要 必须 办理"
    " 进行 印发 发布 这项 该项 工作 任务 事项".split()
)


class SentenceCheck:
    """Checks sentences against their sources; ``unit_names`` are all names and other names."""

    def __init__(self, unit_names: Iterable[str]) -> None:
        names = sorted({fold(n) for n in unit_names if len(n) > 1}, key=len, reverse=True)
        unit = f"(?:{'|'.join(map(re.escape, names)) or '(?!)'})"
        listed = f"({unit}(?:(?:{_JOINT}){unit})*)"
        self._tokens = tokens_with(unit)
        self._unit = re.compile(unit)
        after = [(r, f"{listed}等?(?:单位|部门)*(?:{w})") for r, w in _AFTER.items()]
        before = [
            (r, rf"(?:{w})(?:单位|部门)?(?:[:为是有]|分别|包括)*{listed}")
            for r, w in _BEFORE.items()
        ]
        self._roles = [(role, re.compile(pattern)) for role, pattern in (*after, *before)]

    def faults(self, sentence: str, sources: Sequence[str]) -> tuple[Fault, ...]:
        """What the sentence (without its [n] marks) says and none of the sources does."""
        said, *read = (bare_text(text, self._tokens) for text in (sentence, *sources))
        whole = "\n".join(text.folded for text in read)
        found = [
            *_unknown_numbers(said, read),
            *_unknown_dates(said, read),
            *self._unknown_units(said.folded, whole),
            *self._other_roles(said, read),
            *self._unknown_names(said.folded, whole, read),
            *differences(said, read),
            *spliced(said, read),
            *misplaced(said, read),
            *_unsupported(said, read),
        ]
        return tuple(dict.fromkeys(found))

    def _unknown_units(self, sentence: str, whole: str) -> Iterator[Fault]:
        for match in (*self._unit.finditer(sentence), *_ORGAN.finditer(sentence)):
            if match.group() not in whole:
                yield Fault(FaultKind.UNIT, match.group())

    def _other_roles(self, said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
        """Units that lead or help in the sentence and do not in its sources."""
        known = {pair for source in read for pair in self._pairs(source.folded)}
        for role, name in self._pairs(said.folded):
            if (role, name) not in known:
                yield Fault(FaultKind.UNIT, f"{name}{'牵头' if role is Role.LEAD else '配合'}")

    def _pairs(self, text: str) -> Iterator[tuple[Role, str]]:
        """Roles and units as a text states them: A、B牵头, 牵头单位:A."""
        for role, pattern in self._roles:
            for match in pattern.finditer(text):
                for unit in self._unit.findall(match.group(1)):
                    yield role, unit

    def _unknown_names(
        self, sentence: str, whole: str, read: Sequence[BareText]
    ) -> Iterator[Fault]:
        """Titles and words in quotes, latin terms and places that no source has."""
        for match in QUOTED.finditer(sentence):
            name = next(filter(None, match.groups()))
            if not any(bare_text(name, self._tokens).bare in text.bare for text in read):
                yield Fault(FaultKind.NAME, name)
        for name in (*_LATIN.findall(sentence), *filter(is_place, words(sentence))):
            if name not in whole:
                yield Fault(FaultKind.NAME, name)


def _unknown_numbers(said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
    """Numbers that no source has before the same character: 3 年 is no 3 万元."""
    known = {_counted(text, at) for text in read for at in text.values}
    values = {value for value, _ in known}
    for at, value in said.values.items():
        if said.bare[at] == UNIT or _counted(said, at) in known:
            continue
        if _counted(said, at)[1] or value not in values:
            yield value_fault(said, at)


def _counted(text: BareText, at: int) -> tuple[Value, str]:
    """A number with the character that says what it counts, if one does (none in 二、1规定)."""
    after = text.after(at)
    counts = "\u3400" <= after <= "\u9fff" and text.after(at, 2) not in _FRAME
    return text.values[at], after if counts else ""


def _unknown_dates(said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
    """Dates whose year, month and day no source has together."""
    known = {part for text in read for date in text.dates() for part in _parts(date)}
    for date in said.dates():
        if date not in known:
            yield Fault(FaultKind.DATE, "".join(f"{value}{unit}" for unit, value in date))


def _parts(date: Date) -> Iterator[Date]:
    """Every run of a date's parts: 2022年4月20日, 2022年4月, 2022年, 4月20日."""
    for start in range(len(date)):
        for end in range(start + 1, len(date) + 1):
            yield date[start:end]


def _unsupported(said: BareText, read: Sequence[BareText]) -> Iterator[Fault]:
    """Passages whose content words no source holds, and parts of a list that no sentence holds."""
    whole = [source.bare for source in read]
    single = [f"{source.head}{sentence}" for source in read for sentence in source.sentences()]
    judged = False
    for spans, holders in ((said.passages(), whole), (_pieces(said), single)):
        for start, end in spans:
            content = _content(said.bare[start:end])
            if len(content) < FEW_WORDS:
                continue
            judged = True
            if not any(_held(content, holder) for holder in holders):
                yield Fault(FaultKind.WORDS, said.bare[start:end])
    every = [w for start, end in said.passages() for w in _content(said.bare[start:end])]
    if not judged and not _held(every, "\n".join(whole)):
        yield Fault(FaultKind.WORDS, said.bare)


def _pieces(said: BareText) -> list[tuple[int, int]]:
    """The passages, cut where members of a list end."""
    members = {m.end() for m in re.finditer("、", said.bare)}
    return list(pairwise(sorted({0, *said.borders, *members, len(said.bare)})))


def _content(text: str) -> list[str]:
    return [w for w in words(text) if len(w) > 1 and w not in _FRAME]


def _held(content: Sequence[str], source: str) -> bool:
    """Whether the source holds the words, weighed by how rare they are."""
    missing = [w for w in content if not _in(w, source)]
    least = SUPPORTED if len(missing) < 2 else NEARLY_ALL
    return sum(map(rarity, missing)) <= (1 - least) * sum(map(rarity, content))


def _in(word: str, source: str) -> bool:
    """Whether the source holds the word, or both halves of a long one (产业布局)."""
    return word in source or (len(word) > 3 and word[:2] in source and word[2:] in source)
