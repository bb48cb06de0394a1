"""Hard-wrapped plain text → one line per paragraph. Pure; any other text stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.reading.numbering import ARTICLE_LEVEL, marker
from assistant.reading.wrapping import SENTENCE_END, between, first_word, width
from assistant.text import CN_NUMERAL

_LEADERS = re.compile(r"\.{4,}|…{2,}|·{4,}|\t|\S(?:\s{3,}|\u3000{2,})\S|\|")
_ARTICLE = rf"第{CN_NUMERAL}条[ \u3000]"
# What a page break has put behind the line before it: 。 第四条 …, 第七章 法律责任 第四十二条 …
_GLUED = re.compile(
    rf"(^第{CN_NUMERAL}章[^。，；：\n]{{1,20}}?|[。；：])[ \u3000]+(?={_ARTICLE})", re.MULTILINE
)
_SENTENCE = re.compile(r"[。；：，]|、$")
_DOC_NUMBER = re.compile(r"\S{1,14}[〔\[（(]\d{4}[〕\]）)]\s*第?\d{1,5}号")


def unwrap(text: str) -> str:
    """Plain text without the line breaks that a page's width has put into its sentences.

    A text that is not hard-wrapped comes back as it is; in any other only white space changes.
    """
    full = _full_width(text.split("\n"))
    if not full:
        return text
    lines = _GLUED.sub(r"\1\n", text).split("\n")
    has_headings = any(_may_be_heading(line) and width(line) < full - 5 for line in lines)
    joined: list[str] = []
    for at, line in enumerate(lines):
        if at and _was_broken(lines[at - 1], line, full, has_headings):
            joined[-1] = joined[-1].rstrip() + between(joined[-1].rstrip(), line) + line
        else:
            joined.append(line)
    return "\n".join(joined)


def _full_width(lines: Sequence[str]) -> float:
    """The width at which the text was wrapped; 0 when it was not.

    It was when many lines end inside a sentence at one width, and hardly any line is longer.
    """
    seen = [line for line in lines if line.strip()]
    cut = Counter(
        round(width(line.rstrip()))
        for line in seen
        if width(line) > 12 and not SENTENCE_END.search(line.rstrip())
    )
    if sum(cut.values()) < max(8, 0.25 * len(seen)):
        return 0
    full = max(cut, key=lambda most: (sum(cut[most - back] for back in range(4)), -most))
    at_full = sum(cut[full - back] for back in range(4))
    longer = sum(1 for line in seen if width(line) > full + 1.5)
    return full if at_full >= 0.7 * sum(cut.values()) and longer <= 0.1 * len(seen) else 0


def _was_broken(line: str, after: str, full: float, has_headings: bool) -> bool:
    """Whether a line of a hard-wrapped text goes on in the one after it."""
    before = line.rstrip()
    if not after.strip() or after[0].isspace() or marker(after) or SENTENCE_END.search(before):
        return False
    if any(_LEADERS.search(words.strip()) for words in (before, after)):
        return False
    if _DOC_NUMBER.fullmatch(after.strip()):
        return False
    # The first line of a paragraph has lost its indent of two characters; one more for the setting.
    if width(before) + 3 + width(first_word(after)) <= full:
        return False
    # Only a line that goes on can be wider than one with an indent.
    return not (has_headings and _may_be_heading(before)) or width(after.rstrip()) > full - 1.2


def _may_be_heading(line: str) -> bool:
    found = marker(line.strip())
    return found is not None and found.level >= ARTICLE_LEVEL and not _SENTENCE.search(line)
