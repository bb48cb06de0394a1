"""Names of units: one canonical name each, their aliases, and how a question may write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.model import Document
from assistant.reading.unit_names import UnitNames, load
from assistant.text import simplified, words

_END = (  # 布局, 会客厅 and 总部 end like units and are none
    r"(?:(?<![布格大全结开时战政变当邮破定僵])局|(?<![客餐展大门舞])厅|(?<![全内外干总局东西南北中])部"
    r"|委|办|院|中心|支行|分局|银行|委员会|办公室|管委会)"
)
_WRITTEN = re.compile(rf"[\u4e00-\u9fff]{{1,14}}?{_END}")
_LEVEL = re.compile(
    r"^(?:市委(?=[\u4e00-\u9fff]{2})|[省市区县](?=[\u4e00-\u9fff]{2})"
    r"|[\u4e00-\u9fff]{2,3}?[省市区县](?=[\u4e00-\u9fff]{2})(?!级))"
)
_LEVELS = frozenset("省市区县")
NEAR = 40  # characters before a name that can say whose it is
_ORGANS = frozenset(("委", "政府", "人大", "政协"))
_ISSUING = re.compile(r"(?:中共)?([\u4e00-\u9fff]{2,6}?[省市区县])")
_AFTER = re.compile(
    r"都|主要|还|在|也|参与|负责|承担|牵头|配合|有|的|是|要|管|干|做|和|与|及|、"
    r"|涉及|这|需要|应该|具体|[，。？?！ ]|$"
)
_GLUE = frozenset('和与及跟、，,？?。：:（）()“”" ')
_FILLER = re.compile(
    r"^(?:请问一?下?|想问一?下?|那么?|由|是|找|问|归|在|属于|咱们?|我们|都|是否|哪些|帮我|查一?下?|列出|看看?|关于|需要|应该|涉及|对)+"
)


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as documents name it, its full name and the other ways it is written."""

    name: str
    full_name: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A unit in a question; ``name`` is '' when the index does not know the unit.

    ``place`` is the place (淄博市) before a unit's name, if it has issued a document; or ''.
    """

    name: str
    written: str
    start: int
    end: int
    place: str = ""


def directory(
    documents: Iterable[Document], spellings: UnitNames | None = None
) -> dict[str, UnitName]:
    """Unit names, by canonical name, from every table with the columns 全称 and 简称."""
    spellings = spellings or load()
    found: dict[str, UnitName] = {}
    for document in documents:
        for row in _rows(document.text):
            name = next(iter(row.values()))
            full = next((v for k, v in list(row.items())[1:] if "全称" in k), None)
            if full is not None:
                short = [v for k, v in list(row.items())[1:] if "简称" in k]
                aliases = [a for c in short for a in re.split(r"[、，,]", c) if a]
                canonical = spellings.canonical(name)
                aliases += [name] if name != canonical else []
                found[canonical] = UnitName(canonical, full, tuple(aliases))
    return found


def _rows(text: str) -> Iterator[dict[str, str]]:
    """Table rows by their columns: lines of 表头：内容, or cells between “|” below their 表头.

    A row of lines ends where a 表头 comes again.
    """
    columns: list[str] = []
    row: dict[str, str] = {}
    for line in (*text.splitlines(), ""):
        label, colon, value = line.strip().partition("：")
        if row and (not colon or label in row):
            yield row
            row = {}
        if colon:
            row[label] = value
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) < 2:
            columns = []
        elif not columns:
            columns = cells
        elif len(cells) == len(columns) and not set(line) <= set("|-: "):
            yield dict(zip(columns, cells, strict=True))


class UnitFinder:
    """Finds units in a question by name, full name, alias, former name or abbreviation.

    Names are compared in simplified characters; a mention is ``written`` in them.
    """

    def __init__(
        self,
        names: Sequence[UnitName],
        former: Mapping[str, Sequence[str]] | None = None,
        generic: frozenset[str] = frozenset(),
        issuers: Iterable[str] = (),
        spellings: UnitNames | None = None,
    ) -> None:
        self.generic = generic
        spellings = spellings or load()
        self.issuing = {p for issuer in issuers for p in _ISSUING.findall(simplified(issuer))}
        self.places = {p for n in names for p in words(n.full_name or n.name)[:1]}
        self.names = {n.name: n for n in names}
        self.written: dict[str, str] = {}
        for unit in names:
            listed = (unit.name, unit.full_name, *unit.aliases)
            for alias in (*listed, *spellings.spellings(unit.name)):
                if alias:
                    self.written.setdefault(simplified(alias), unit.name)
        for unit in names:
            bare = _LEVEL.sub("", simplified(unit.name))
            if len(bare) > 2:
                self.written.setdefault(bare, unit.name)
        for alias, name in list(self.written.items()):  # 文昌湖管委会 of 文昌湖区管委会
            short = re.sub(r"(?<=[\u4e00-\u9fff]{2})[市区县](?=(?:管委会|管理委员会)$)", "", alias)
            self.written.setdefault(short, name)
        self.current = dict(self.written)
        for word, targets in (former or {}).items():
            for target in targets:
                known = [n for n in self.names if n.endswith(target)]
                if len(known) == 1:
                    self.written.setdefault(word, known[0])
        self.longest_first = sorted(self.written, key=len, reverse=True)

    def resolve(self, name: str) -> str:
        """The canonical name of one written name; '' when it is not known or not unique."""
        name = simplified(re.sub(r"\s", "", name))
        return self.written.get(name) or self._former(name) or self._abbreviated(name)

    def find(self, text: str) -> list[Mention]:
        """The units of a text in order; one that the index does not know has the name ''."""
        text = simplified(text)
        taken: list[Mention] = []
        for written in self.longest_first:
            start = text.find(written)
            while start >= 0:
                end = start + len(written)
                if not any(m.start < end and start < m.end for m in taken):
                    taken.append(self._known(text, start, end, self.written[written]))
                start = text.find(written, end)
        taken += self._others(text, taken)
        return sorted(taken, key=lambda m: m.start)

    def _known(self, text: str, start: int, end: int, name: str) -> Mention:
        """A known name, unless what stands before it makes it another place's or a longer one."""
        place = self._place_before(text, start)
        if place:
            first = text.rindex(place, 0, start + 1)
            known = name if self._fits(place, name) else ""
            return Mention(known, text[first:end], first, end, place if known else "")
        before = words(_FILLER.sub("", text[max(0, start - NEAR) : start]))[-1:]
        if text[start] not in _LEVELS and before:
            if before[0] in _LEVELS:
                known = name if self._fits(before[0], name) else ""
                return Mention(known, text[start - 1 : end], start - 1, end)
            if not self._may_precede(before[0]):
                longer = start - len(before[0])
                if re.search(rf"{_END}$", text[start:end]) and _AFTER.match(text, end):
                    return Mention("", text[longer:end], longer, end)
        return Mention(name, text[start:end], start, end, self._issuing_in(text[start:end]))

    def _fits(self, before: str, name: str) -> bool:
        """Whether the place (济南市) or level (省) before a name can be that of a unit."""
        unit = self.names[name]
        level = simplified(name[0]) not in _LEVELS or simplified(name[0]) == before[-1]
        if len(before) == 1:
            return level
        return before in simplified(unit.full_name + name) or (level and before in self.issuing)

    def _place_before(self, text: str, start: int) -> str:
        """济南市 when the name at ``start`` follows it or begins with its last character."""
        end = start + 1 if text[start : start + 1] in _LEVELS else start
        if text[:start].endswith(" "):  # where a document's name has been taken out
            return ""
        issuing = [place for place in self.issuing if text[:end].endswith(place)]
        last = words(text[max(0, end - NEAR) : end])[-1:]
        if last and len(last[0]) >= 3 and last[0][-1] in _LEVELS:
            issuing.append(last[0])
        return max(issuing, key=len, default="")

    def _issuing_in(self, written: str) -> str:
        """The issuing place that a written name begins with; '' if none."""
        return max((p for p in self.issuing if written.startswith(p)), key=len, default="")

    def _may_precede(self, word: str) -> bool:
        """Whether a word can stand before a unit without being part of its name."""
        return len(word) == 1 or word in self.generic or word in self.places or word in self.written

    def _others(self, text: str, taken: Sequence[Mention]) -> list[Mention]:
        found: list[Mention] = []
        at = 0
        for match in re.finditer(_END, text):
            first = max([at, *(m.end for m in taken if m.end <= match.start())])
            if match.end() <= first or any(m.start < match.end() <= m.end for m in taken):
                continue
            first = max(first, match.end() - NEAR)
            glue = [i for i in range(first, match.start()) if text[i] in _GLUE]
            first = glue[-1] + 1 if glue else first
            mention = self._written_so(text, first, match.end())
            if mention:
                found.append(mention)
                at = match.end()
        return found

    def _written_so(self, text: str, first: int, end: int) -> Mention | None:
        """A unit written in a way that no list holds, ending at ``end``."""
        written = _FILLER.sub("", text[first:end])
        start = end - len(written)
        pieces = words(written)
        while len(pieces) > 1 and pieces[0] in self.generic:
            start += len(pieces[0])
            pieces = pieces[1:]
        written = text[start:end]
        if not 3 <= len(written) <= 14 or not _WRITTEN.fullmatch(written):
            return None
        if re.search(r"哪一?[个些家]?$", text[:start]):
            return None
        place = self._place_before(text, start) if written[0] in _LEVELS else ""
        name = "" if place else self._former(written) or self._abbreviated(written)
        if name:
            return Mention(name, written, start, end, self._issuing_in(written))
        levelled = pieces[0][0] in _LEVELS and (not pieces[0][1:] or pieces[0][1:] in _ORGANS)
        named = levelled or (written[-1] in "局厅" and len(written) <= 7)
        plain = not re.search(r"[哪这那个的是有到在对给里来]", written)
        if named and plain and _AFTER.match(text, end):
            return Mention("", written, start, end)
        return None

    def _former(self, written: str) -> str:
        """市卫计委 → 市卫生健康委: a former or lay name behind the level of the unit."""
        name = self.written.get(_LEVEL.sub("", written), "")
        before = written[: len(written) - len(_LEVEL.sub("", written))]
        return name if name and before and self._fits(before.removesuffix("委"), name) else ""

    def _abbreviated(self, written: str) -> str:
        """工信局 → 市工业和信息化局: the initials of its words, or a part of it, of the same kind.

        Two units that fit equally well give ''.
        """
        core = _LEVEL.sub("", written) if len(written) > 3 else written.lstrip("省市区县")
        if len(core) < 3 or not _WRITTEN.fullmatch(core):
            return ""
        before = written.removesuffix(core).removesuffix("委")
        fits: dict[str, int] = {}
        for alias, name in self.current.items():
            bare = _LEVEL.sub("", alias)
            if bare[-1:] != core[-1] or (before and not self._fits(before, name)):
                continue
            if core[:-1] in bare or _initials(core[:-1], bare):
                fits[name] = min(fits.get(name, 99), len(bare))
        best = sorted(fits.items(), key=lambda item: item[1])
        if not best or (len(best) > 1 and best[0][1] == best[1][1]):
            return ""
        return best[0][0]


def _initials(short: str, long: str) -> bool:
    """Whether every character of ``short`` opens a word of ``long``, in order (工信, 卫健)."""
    openings = iter(word[0] for word in words(long))
    return all(c in openings for c in short)
