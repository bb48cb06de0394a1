"""An answer as the text of a chat: whole, or in pieces while it is written, and what stands where.

The text is the answer with 【依据】, 【责任单位】, its notes, the link and the AI label, so that a
bot that shows nothing but text shows all of it. Pure.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from assistant.answer import Answer, Citation
from assistant.model import Range
from assistant.text import sentences

SOURCES = "【依据】"
REPLACED = "\n\n（以上表述没有通过与原文的最后核对，请以下面的回答为准。）\n"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with the text that was shown of it.

    ``places`` says where stretches of ``answer.answer.text`` stand in ``content``.
    """

    answer: Answer
    content: str
    places: tuple[tuple[Range, int], ...] = ()

    def where(self, span: Range) -> Range | None:
        """A range of the answer's text as a range of ``content``; None when it is not there."""
        for (start, stop), at in self.places:
            if start <= span[0] and span[1] <= stop:
                return span[0] - start + at, span[1] - start + at
        return None

    def citing(self) -> Iterator[tuple[Citation, Range]]:
        """Each citation with every range of ``content`` that it carries.

        One that carries no claim stands at its mark [n], or else at the line of the sources.
        """
        for citation in self.answer.citations:
            spans = [c.span for c in self.answer.claims if citation.id in c.citation_ids]
            found = [place for span in spans if (place := self.where(span))]
            for place in found or [self._mark(citation)]:
                yield citation, place

    def _mark(self, citation: Citation) -> Range:
        for mark in (f"[{citation.number}]", SOURCES):
            at = self.content.find(mark)
            if at >= 0:
                return at, at + len(mark)
        return 0, len(self.content)


def whole(answer: Answer) -> Told:
    """The answer all at once."""
    return _after("", answer)


def telling(asking: Generator[str, None, Answer]) -> Generator[str, None, Told]:
    """Pieces of text, each once it is checked, that join to the ``content`` of what is returned.

    An LLM's sentences come as they are written, then what belongs to them; an answer in quotes
    comes in its own sentences.
    """
    pieces: list[str] = []
    while True:
        try:
            piece = next(asking)
        except StopIteration as end:
            answer: Answer = end.value
            break
        pieces.append(piece)
        yield piece
    if not pieces:
        told = whole(answer)
        yield from cut(told.content)
        return told
    told = _continued(pieces, answer)
    yield from cut(told.content[len("".join(pieces)) :])
    return told


def cut(text: str) -> Iterator[str]:
    """The text in pieces of a sentence or a line; they join to it."""
    at = 0
    for _, stop in sentences(text):
        yield text[at:stop]
        at = stop
    if text[at:]:
        yield text[at:]


def _continued(pieces: list[str], answer: Answer) -> Told:
    """What follows the sentences of an LLM that were shown already."""
    shown, text = "".join(pieces), answer.answer.text if answer.answer else ""
    places: list[tuple[Range, int]] = []
    at, read = 0, 0
    for piece in pieces:
        found = text.find(piece, read)
        if found < 0:  # other words have taken their place
            return _after(shown + REPLACED, answer)
        places.append(((found, found + len(piece)), at))
        at, read = at + len(piece), found + len(piece)
    before = text[: places[0][0][0]].strip()
    heard, _, rest = answer.renderings.plain.partition(text)
    content = shown
    for remark in (before, heard.strip()):
        content += f"\n{remark}" if remark else ""
    places.append(((read, len(text)), len(content)))
    return Told(answer, content + text[read:] + rest, tuple(places))


def _after(shown: str, answer: Answer) -> Told:
    """All of the answer behind what was shown."""
    text, plain = answer.answer.text if answer.answer else "", answer.renderings.plain
    at = len(shown) + max(0, plain.find(text))
    return Told(answer, shown + plain, (((0, len(text)), at),))
