"""Documents named in a text: 《title》（文号）, 《title》 or 文号, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.reading.doc_numbers import DOC_NUMBER, comparable, squeezed
from assistant.validity import Range

_AFTER = re.compile(r"\s*[（(【]\s*([^（）()【】]*(?:[（(][^（）()]*[)）][^（）()]*)?)[)）】]")
_MARKS = str.maketrans("〈＜<〉＞>“”\"'‘’", '《《《》》》""""""')
_VERSION = re.compile(
    r"[（(](?:试行|暂行|草案|修订|修正|\d{4}年?(?:修订|修正|修改|版|本)?(?:版|本)?)[)）]"
)
_ISSUES = re.compile(r"(?:印发|发布|公布|转发|批转|下发)(.+?)的(?:通知|函|决定|公告|令)$")


@dataclass(frozen=True, slots=True)
class Mention:
    """One document named; ``char_range`` covers title and number."""

    title: str
    doc_number: str
    char_range: Range


def mentions(text: str, offset: int = 0) -> Iterator[Mention]:
    """The documents that a stretch of text names, in order; ``offset`` moves their places."""
    end = 0
    for start, stop in _titles(text):
        yield from _numbers(text, end, start, offset)
        title, number, end = text[start + 1 : stop - 1], "", stop
        follows = _AFTER.match(text, stop)
        found = DOC_NUMBER.search(follows.group(1)) if follows else None
        if follows and found:
            number, end = squeezed(found.group()), follows.end()
        yield Mention(re.sub(r"\s", "", title), number, (offset + start, offset + end))
    yield from _numbers(text, end, len(text), offset)


def _titles(text: str) -> Iterator[Range]:
    """Ranges from 《 to its own 》, the outermost ones."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        if char == "《":
            start = start if depth else at
            depth += 1
        elif char == "》" and depth:
            depth -= 1
            if not depth:
                yield start, at + 1
        elif char == "\n" and depth > 1:  # never closed
            depth = 0


def _numbers(text: str, first: int, last: int, offset: int) -> Iterator[Mention]:
    for match in DOC_NUMBER.finditer(text, first, last):
        number = re.sub(
            r"^(?:根据|依据|依|按照|依照|参照|和|及|与|原|现将|将|现|对|以及|关于|以|见|经|由|印发的|发布的|下发的|施行的)+",
            "",
            match.group(),
        )
        start = match.end() - len(number)
        yield Mention("", squeezed(number), (offset + start, offset + match.end()))


def title_key(title: str) -> str:
    """A title as it is compared: no blanks, no version in brackets, one shape of inner quotes."""
    bare = re.sub(r"\s", "", title).translate(_MARKS)
    return _VERSION.sub("", bare).replace("(", "（").replace(")", "）").replace('"', "")


def names(title: str) -> frozenset[str]:
    """The keys that a document answers to: its title, and the text that its title issues."""
    key = title_key(title)
    found = {key}
    issued = _ISSUES.search(key)
    if issued:
        found.add(issued.group(1).strip("《》"))
    found.update(name for name in re.findall(r"《([^《》]+)》", key) if issued)
    about = key.partition("关于")
    if about[0] and about[2] and not issued and len(about[0]) <= 30:
        found.add("关于" + about[2])  # 市政府关于X的意见 is often named without its issuer
    return frozenset(name for name in found if len(name) >= 4)


def same_number(one: str, other: str) -> bool:
    """Whether two 文号 mean the same document; a joint document matches by any of its numbers."""
    first, second = ({comparable(n) for n in number.split("、") if n} for number in (one, other))
    return bool(first & second)
