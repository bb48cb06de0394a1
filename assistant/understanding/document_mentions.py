"""Documents that a question names in part: 国发39号文, 浙江占道收费的通知, 那个促进就业的意见.

Where a corpus holds several documents, people name the one they mean by some words of its title
or by the end of its 文号. A mention counts only when every word of it stands in a title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.model import Document
from assistant.text import cut, fold, words
from assistant.vocabulary import Vocabulary

_KIND = re.compile(
    r"(?:指导|实施|若干|管理|暂行|支持|扶持|优惠|工作|行动)?"
    r"(?:意见|通知|办法|条例|规定|方案|措施|政策|指南|细则|规划|公告|决定|文件|计划|[国省市区县政办]{1,3}发文|文)"
    r"(?=[里中上内的是哪啥什几多何由谁有说讲叫规定，,。？?、！!；;\s]|那|这|印发|发布|要求|提|$)"
)
_NUMBER = re.compile(
    r"(?P<agency>[\u4e00-\u9fff]{0,8}?)(?P<whole>(?P<ordinal>第)?(?P<number>\d{1,4})号"
    r"(?P<kind>文件?|通知|意见|公告)?)"
)
_BREAK = re.compile(r"[，,。？?！!；;：:\s《》“”\"]")
_INSIDE = frozenset(("里头", "里面", "里边", "里", "中", "上", "内"))
_POINTING = re.compile(r"[那这]一?[个份项条]|关于|里头|里面")
_LEAST = 4  # characters of a title that name it
_FEW = 3  # documents that share the words: any of them may be meant
_VERBATIM = 6  # characters in a row that a title must share where no kind of document is named


@dataclass(frozen=True, slots=True)
class Named:
    """The documents meant, the question without the words that name them, and how surely.

    ``firm`` when a kind of document or a 文号 was said; else the words may be the topic as well.
    """

    documents: tuple[str, ...]
    rest: str
    firm: bool


class DocumentMentions:
    """Finds partial names of the documents of one index."""

    def __init__(self, documents: Sequence[Document], vocabulary: Vocabulary) -> None:
        self._titles = {d.id: fold(d.title) for d in documents}
        self._numbers = {d.id: d.doc_number for d in documents if d.doc_number}
        self._vocabulary = vocabulary
        self._all = "\n".join(self._titles.values())
        self._grams = _grams_of(self._titles)

    def find(self, text: str) -> Named | None:
        """What a question names, or None; nothing where there is one document only."""
        if len(self._titles) < 2:
            return None
        return self._by_number(text) or self._by_kind(text) or self._by_stretch(text)

    def _by_number(self, text: str) -> Named | None:
        for match in _NUMBER.finditer(text):
            found = [
                (name, agency)
                for name, number in self._numbers.items()
                if re.search(rf"[〕\])）】］]\s*第?0*{match['number']}号", number)
                for agency in [_shared_end(match["agency"], number)]
            ]
            called = [(name, agency) for name, agency in found if agency]
            if match["kind"] or match["ordinal"]:  # 28号楼 and 6月28号 are no documents
                called = called or found
            if len(called) == 1:
                start = match.start("whole") - len(called[0][1])
                return Named((called[0][0],), _without(text, start, match.end()), True)
        return None

    def _by_kind(self, text: str) -> Named | None:
        for match in _KIND.finditer(text):
            breaks = [m.end() for m in _BREAK.finditer(text, 0, match.start())]
            start = breaks[-1] if breaks else 0
            found = self.titled(text[start : match.start()])
            if found:
                return Named(found, _without(text, start, match.end()), True)
        return None

    def _by_stretch(self, text: str) -> Named | None:
        """The longest run of the question that stands in a title, where it is in one only."""
        flat = fold(text)
        if len(flat) != len(text):
            return None
        start, end, held = 0, 0, frozenset[str]()
        for at in range(len(flat) - _VERBATIM + 1):
            stop, names = self._run(flat, at)
            if stop - at > end - start:
                start, end, held = at, stop, names
        return Named(tuple(held), _without(text, start, end), False) if len(held) == 1 else None

    def _run(self, flat: str, start: int) -> tuple[int, frozenset[str]]:
        """Where the longest run of a title from here ends, and the documents that have it."""
        end = start + _VERBATIM
        names = self._grams.get(flat[start:end], frozenset())
        while names and end < len(flat):
            run = flat[start : end + 1]
            longer = frozenset(name for name in names if run in self._titles[name])
            if not longer:
                break
            names, end = longer, end + 1
        return (end, names) if names else (start, names)

    def titled(self, stretch: str) -> tuple[str, ...]:
        """The few documents whose title has all the words of a stretch that carry a topic."""
        bare = _POINTING.sub(" ", stretch)
        whole = self._vocabulary.terms(bare, self._all)  # 自 + 贸, 济 + 淄 + 同 + 城
        single = (term for term in whole if term not in words(term)[:1])
        said = {*(w for w in words(bare) if len(w) > 1), *single}
        found = []
        written_out = {w: _written_out(w) for w in said}
        for name, title in self._titles.items():
            absent = [w for w in said if not (w in title or written_out[w].search(title))]
            shared = sum(len(w) for w in said if w not in absent)
            if shared >= _LEAST and self._vocabulary.generic.issuperset(absent):
                found.append(name)
        return tuple(found) if len(found) <= _FEW else ()


def _grams_of(titles: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The titles that hold each run of ``_VERBATIM`` characters."""
    found: dict[str, set[str]] = {}
    for name, title in titles.items():
        for at in range(len(title) - _VERBATIM + 1):
            found.setdefault(title[at : at + _VERBATIM], set()).add(name)
    return {run: frozenset(names) for run, names in found.items()}


def _written_out(word: str) -> re.Pattern[str]:
    """What a short word may stand for: 自由贸易 for 自贸; nothing but itself for a longer one."""
    gap = "[\u4e00-\u9fff]{0,2}?" if len(word) in (2, 3) else ""
    return re.compile(gap.join(map(re.escape, word)))


def _without(text: str, start: int, end: int) -> str:
    """The text without a stretch, and without the 里 or 中 that follows it."""
    rest = text[end:]
    inside = next((w for w in cut(rest)[:1] if w in _INSIDE), "")
    return f"{text[:start]} {rest[len(inside) :]}"


def _shared_end(agency: str, number: str) -> str:
    """The end of the words before a number that begins the 文号 (国发 of 这个国发39号)."""
    return next((agency[at:] for at in range(len(agency)) if number.startswith(agency[at:])), "")
