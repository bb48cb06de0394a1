"""Which words of a clause answer a question: what is quoted, and what of it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.drafting import runs
from assistant.model import Clause, ClauseKind, Range
from assistant.retrieval.retriever import Retriever, covered
from assistant.text import fold, sentences

SHORT_PARAGRAPH = 200
QUOTED_PARAGRAPH = 320
MAX_SENTENCES = 3
MAX_ITEMS = 12  # sentences of a list
WHOLE_CLAUSE = 700


_ITEM = re.compile(r"\s*(?:[（(][一二三四五六七八九十\d]+[)）]|\d+[.、．])")


@dataclass(frozen=True, slots=True)
class Passage:
    """What a citation quotes, and the stretches of it that the answer itself shows."""

    quoted: Range
    shown: tuple[Range, ...]


def pick(retriever: Retriever, topic: str, clause: Clause, *, whole: bool = False) -> list[Passage]:
    """The paragraphs of a clause that answer, with the sentences to show of each.

    ``whole`` shows a paragraph with all its sentences where it is quoted whole.
    All of a clause whose heading is what is asked for; else the paragraphs that hold the
    sentences that cover most of the topic.
    """
    start, end = clause.body_range
    text = retriever.document_of[clause.document_id].text
    if clause.kind is ClauseKind.ROW and end - start <= WHOLE_CLAUSE:
        return [Passage((start, end), ((start, end),))]  # a row says little without its columns
    topics = retriever.topics(topic)
    paragraphs = [list(sentences(text[a:b], a)) for a, b in paragraph_ranges(text, start, end)]
    if covered(topics, fold(clause.heading)) >= 0.6 and end - start <= WHOLE_CLAUSE:
        return [Passage((p[0][0], p[-1][1]), ((p[0][0], p[-1][1]),)) for p in paragraphs]
    scores = {s: covered(topics, fold(text[slice(*s)])) for p in paragraphs for s in p}
    chosen = sorted(scores, key=lambda s: -scores[s])[:MAX_SENTENCES]
    floor = 0.6 * max(scores.values())
    kept = [s for s in chosen if scores[s] >= floor and (floor or s == chosen[0])]
    kept += _items_after(kept, paragraphs, text)
    return [
        _passage(p, p if whole else [s for s in p if s in kept], text)
        for p in paragraphs
        if set(p) & set(kept)
    ]


def _items_after(
    kept: Sequence[Range], paragraphs: Sequence[Sequence[Range]], text: str
) -> list[Range]:
    """The numbered items that a kept sentence announces: 按照以下标准扣除： says nothing alone."""
    found: list[Range] = []
    open_ended = False
    for paragraph in paragraphs:
        if open_ended and _ITEM.match(text[paragraph[0][0] :]) and len(found) < MAX_ITEMS:
            found += [s for s in paragraph if s not in kept]
            continue
        last = paragraph[-1]
        open_ended = last in kept and text[slice(*last)].rstrip().endswith(("：", ":"))
    return found


def words_of(retriever: Retriever, topic: str, clause: Clause) -> str:
    """The words of a clause that would be quoted for a topic."""
    text = retriever.document_of[clause.document_id].text
    return "".join(text[slice(*p.quoted)] for p in pick(retriever, topic, clause))


def paragraph_ranges(text: str, start: int, end: int) -> list[Range]:
    """The visible lines of a stretch of text."""
    found, at = [], start
    for line in text[start:end].split("\n"):
        if line.strip():
            found.append((at, at + len(line)))
        at += len(line) + 1
    return found


def _passage(paragraph: Sequence[Range], kept: Sequence[Range], text: str) -> Passage:
    """A short paragraph is shown whole; a middling one is quoted whole; a long one in part."""
    whole = (paragraph[0][0], paragraph[-1][1])
    length = whole[1] - whole[0]
    if length <= SHORT_PARAGRAPH:
        return Passage(whole, (whole,))
    shown = tuple(runs(kept, text))
    return Passage(whole if length <= QUOTED_PARAGRAPH else (kept[0][0], kept[-1][1]), shown)
