"""What an English asker is told about a Chinese answer: its status, sources, units and reasons.

The quotes stay Chinese, verbatim. Names of units stand in English beside the Chinese, never alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.answer import Citation, ClauseRef, Status
from assistant.answering.drafting import Draft
from assistant.answering.refusing import refuse
from assistant.model import ROLE_NAMES, reference
from assistant.text import CN_NUMERAL, numeral
from assistant.understanding.english_terms import shipped
from assistant.understanding.romanised import spelt
from assistant.validity import STATUS_NAMES, DocumentStatus

HEADING = "[English note]"
_SOURCES = 10  # clauses that are named
_LEVEL_NAMES = {"省": "Provincial", "市": "Municipal", "区": "District", "县": "County"}
_LEVEL_NAMES |= {f"{level}委": f"{name} Party Committee" for level, name in _LEVEL_NAMES.items()}
_KINDS = {
    "省": "Province",
    "市": "City",
    "区": "District",
    "县": "County",
    "镇": "Town",
    "乡": "Township",
}
_ZONES = {
    "经济技术开发区": "Economic and Technological Development Zone",
    "经济开发区": "Economic Development Zone",
    "高新区": "High-tech Zone",
    "省级旅游度假区": "Provincial Tourism Resort",
    "旅游度假区": "Tourism Resort",
}
_PLACE = re.compile(rf"(?P<place>[\u4e00-\u9fff]{{2,4}}?)(?P<kind>{'|'.join([*_ZONES, *_KINDS])})")
_LEVELS = re.compile(rf"(?P<one>{CN_NUMERAL})（(?P<two>{CN_NUMERAL})）(?P<three>\d*)")
_ARTICLE = re.compile(rf"第(?P<number>{CN_NUMERAL})条(?:之(?P<sub>{CN_NUMERAL}))?")
_PART = re.compile(rf"(?P<number>{CN_NUMERAL})、")


def unread(unknown: Sequence[str]) -> Draft:
    """The refusal of an English question that could not be translated; it names the words."""
    if not unknown:
        return refuse(Status.OUT_OF_SCOPE, "没有读懂这个英文问题，请换一种说法，或用中文提问。")
    words = "、".join(unknown)
    reason = f"没有读懂这个英文问题，不认识的词：{words}。请换一种说法，或用中文提问。"
    return refuse(Status.OUT_OF_SCOPE, reason)


def gloss(draft: Draft, unknown: Sequence[str] = ()) -> str:
    """The English note to a finished draft, one point a line; it holds no quote and no claim.

    ``unknown`` are the words of the question that were kept as they were written.
    """
    lines = [_table("statuses")[draft.status], *_refused(draft), *_sources(draft.citations)]
    lines += [*_units(draft), *_labels(draft.text), *_warned(draft.warnings)]
    if unknown and draft.citations:
        lines.append(f"Words of the question that were not understood: {', '.join(unknown)}.")
    return "\n".join([HEADING, *lines])


def translated_reason(reason: str) -> str:
    """A refusal's reason in English, with what it names; '' for one of no known form."""
    return _filled(reason, _table("reasons"))


def english_unit(name: str) -> str:
    """市科技局 → Municipal Science and Technology Bureau; '' for a unit the table does not name."""
    table = shipped().units
    known = (k for k in table if name.endswith(k) and k[:2] not in _LEVEL_NAMES)
    duty = max(known, key=len, default="")
    before = name.removesuffix(duty)
    place = _PLACE.fullmatch(before)
    if before in _LEVEL_NAMES:
        owner = _LEVEL_NAMES[before]
    elif place:
        owner = f"{spelt(place['place'])} {(_ZONES | _KINDS)[place['kind']]}"
    else:
        owner = ""
    return f"{owner} {table.get(duty, '')}".strip() if owner or not before else ""


def english_clause(label: str) -> str:
    """The number of a clause as English writes it: 2(4), Article 12, Part 2; '' if it has none."""
    article, levels, part = (p.match(label) for p in (_ARTICLE, _LEVELS, _PART))
    if article:
        sub = f"-{numeral(article['sub'])}" if article["sub"] else ""
        return f"Article {numeral(article['number'])}{sub}"
    if levels:
        below = f".{levels['three']}" if levels["three"] else ""
        return f"{numeral(levels['one'])}({numeral(levels['two'])}){below}"
    return f"Part {numeral(part['number'])}" if part else ""


def _refused(draft: Draft) -> Iterator[str]:
    found = draft.refusal
    if not found:
        return
    reason = translated_reason(found.reason)
    if reason:
        yield f"Reason: {reason}"
    if found.nearest:
        yield f"Nearest clauses (not an answer): {'; '.join(map(_clause, found.nearest))}."
    if found.contact_units:
        asked = ", ".join(map(_unit, found.contact_units))
        yield f"You may ask the units responsible for the nearest clauses: {asked}."


def _sources(citations: Sequence[Citation]) -> Iterator[str]:
    """One line per document, with its clauses in the order of their numbers."""
    clauses: dict[str, dict[str, None]] = {}
    for citation in citations[:_SOURCES]:
        document = reference(citation.document.title, citation.document.doc_number)
        status = DocumentStatus(citation.validity.status)
        if status is not DocumentStatus.UNKNOWN:
            document += f", {_table('standings')[STATUS_NAMES[status]]}"
        clauses.setdefault(document, {})[_clause(citation.clause)] = None
    for document, labels in clauses.items():
        yield f"Source: clause {', '.join(labels)} of {document}, original text in Chinese."
    if len(citations) > _SOURCES:
        yield f"({len(citations) - _SOURCES} more citations are listed above.)"


def _units(draft: Draft) -> Iterator[str]:
    for role, name in ROLE_NAMES.items():
        names = dict.fromkeys(u.name for u in draft.units if u.role == role.value)
        if names:
            yield f"{_table('roles')[name]} ({name}): {', '.join(map(_unit, names))}."


def _labels(text: str) -> Iterator[str]:
    """What the fixed Chinese words of the answer mean."""
    told = [f"{words} = {said}" for words, said in _table("labels").items() if words in text]
    if told:
        yield f"In the answer, {'; '.join(told)}."


def _warned(warnings: Sequence[str]) -> Iterator[str]:
    for warning in warnings:
        said = _filled(warning, _table("warnings"))
        if said:
            yield f"Note: {said}"


def _table(sort: str) -> Mapping[str, str]:
    return shipped().glosses[sort]


def _clause(ref: ClauseRef) -> str:
    number = english_clause(ref.label)
    return f"{ref.label} [{number}]" if number and not number.isdecimal() else ref.label


def _unit(name: str) -> str:
    english = english_unit(name) or english_clause(name)
    return f"{name} ({english})" if english else name


def _named(words: str) -> str:
    """What a reason names, with its English where there is one: “A”和“B” → A (…), B (…)."""
    detail = _table("details").get(words)
    if detail:
        return detail
    return ", ".join(_unit(w) for w in re.split("、", re.sub("[“”]", "", words)))


def _filled(text: str, forms: Mapping[str, str]) -> str:
    """The English form of a Chinese sentence, with what its gaps hold; '' if none fits."""
    for form, english in sorted(forms.items(), key=lambda item: item[0].count("{}")):
        pattern = "(.*?)".join(re.escape(piece) for piece in form.split("{}"))
        match = re.fullmatch(pattern, text, re.S)
        if match:
            return english.format(*map(_named, match.groups()))
    return ""
