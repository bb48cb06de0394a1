"""Several drafts made one: each under its heading, every source cited once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant.answer import Citation, Claim, Refusal, Status
from assistant.answering.drafting import Draft

ANSWERS = frozenset((Status.ANSWERED, Status.PARTIAL))
_MARK = re.compile(r"\[(\d+)\]")


def joined(parts: Sequence[tuple[str, Draft]], opening: str = "") -> Draft:
    """One draft of several, each below its heading, after the words of ``opening``.

    It is answered when all parts are, partial when only some have an answer, and the first refusal
    when none has. What is false in a part stays false in the whole.
    """
    drafts = [draft for _, draft in parts]
    whole = Draft(_status(drafts), opening)
    whole.refusal = _refusal(drafts)
    highest = max((int(n) for d in drafts for n in _MARK.findall(d.text)), default=0)
    free = highest + 1 + sum(len(d.citations) for d in drafts)  # no citation has such a number
    for heading, draft in parts:
        numbers = {c.number: _cited(whole, c) for c in draft.citations}
        ids = {c.id: f"c{numbers[c.number]}" for c in draft.citations}
        text, moved = _renumbered(draft, numbers, free)
        title = headline(heading)
        whole.text += ("\n" if whole.text else "") + (f"{title}\n" if title else "")
        at = len(whole.text)
        whole.text += text
        whole.claims += [_shifted(claim, at, moved, ids) for claim in draft.claims]
        whole.units += [u for u in draft.units if u not in whole.units]
        whole.warnings += [w for w in draft.warnings if w not in whole.warnings]
        for kept, more in ((whole.lost, draft.lost), (whole.open_ended, draft.open_ended)):
            for words, labels in more.items():
                kept.setdefault(words, {}).update(labels)
    return whole


def headline(words: str) -> str:
    """The words as a heading line: 【words】, without what an answer's own marks look like."""
    plain = re.sub(r"\s+", " ", words.translate(_PLAIN)).strip(" ，,。；;？?！!")
    return f"【{plain}】" if plain else ""


_PLAIN = str.maketrans({"[": "〔", "]": "〕", "：": " ", "【": "〔", "】": "〕"})


def _cited(whole: Draft, citation: Citation) -> int:
    """The number, in the whole, of the citation of these words; new where there is none."""
    for known in whole.citations:
        if replace(known, id=citation.id, number=citation.number) == citation:
            return known.number
    number = len(whole.citations) + 1
    whole.citations.append(replace(citation, id=f"c{number}", number=number))
    return number


def _renumbered(
    draft: Draft, numbers: Mapping[int, int], free: int
) -> tuple[str, Callable[[int], int]]:
    """The text with new marks outside its claims, and where a place in the old text is in it.

    A mark that no citation of the draft has gets a number, from ``free`` up, that none will have.
    """
    text, end = "", 0
    changes: list[tuple[int, int]] = []
    for mark in _MARK.finditer(draft.text):
        if any(c.span[0] < mark.end() and mark.start() < c.span[1] for c in draft.claims):
            continue
        number = int(mark[1])
        new = f"[{numbers.get(number, free + number)}]"
        text += draft.text[end : mark.start()] + new
        end = mark.end()
        changes.append((end, len(new) - len(mark[0])))

    def moved(place: int) -> int:
        return place + sum(longer for at, longer in changes if at <= place)

    return text + draft.text[end:], moved


def _shifted(claim: Claim, at: int, moved: Callable[[int], int], ids: Mapping[str, str]) -> Claim:
    start, end = claim.span
    carried = tuple(ids.get(i, "") for i in claim.citation_ids)
    return replace(claim, span=(at + moved(start), at + moved(end)), citation_ids=carried)


def _status(drafts: Sequence[Draft]) -> Status:
    told = [d.status for d in drafts if d.status in ANSWERS]
    if not told:
        return drafts[0].status if drafts else Status.NO_SOURCE
    whole = len(told) == len(drafts) and all(s is Status.ANSWERED for s in told)
    return Status.ANSWERED if whole else Status.PARTIAL


def _refusal(drafts: Sequence[Draft]) -> Refusal | None:
    """The first reason, with the nearest clauses and the contacts of every refused part."""
    refused = [d.refusal for d in drafts if d.refusal]
    if not refused:
        return None
    nearest = dict.fromkeys(n for r in refused for n in r.nearest)
    contacts = dict.fromkeys(u for r in refused for u in r.contact_units)
    return Refusal(refused[0].reason, tuple(nearest), tuple(contacts))
