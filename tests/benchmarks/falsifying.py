"""True sentences from the clauses of a document, and false ones from them, all by rule."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.answering.drafting import units_line
from assistant.checking.verification import squeezed
from assistant.model import CITABLE, Clause, Document, Role
from assistant.text import CN_NUMERAL, chinese_date, cut, fold, numeral, sentences

_SHORTEST, _LONGEST = 10, 220
_BODY = re.compile(r"[，；：。！？,;:!?]")
_MEMBER = re.compile(r"(?<=[\u4e00-\u9fff]、)[\u4e00-\u9fff]{2,10}、(?=[\u4e00-\u9fff])")
_COUNTED = r"(?=[个名家户年月日天周种类条款项批期级倍人件所台亩米%万亿元])"
_ARABIC = re.compile(rf"(?<![\d.A-Za-z])\d{{1,4}}(?![\d.]){_COUNTED}")
_CHINESE = re.compile(
    rf"(?<![{CN_NUMERAL[1:-2]}第分])[二三四五六七八九十]{CN_NUMERAL[:-1]}*{_COUNTED}"
)
_NUMBER = re.compile(rf"{_ARABIC.pattern}|{_CHINESE.pattern}|(?<=[\d.])\d(?=[%万亿元])")
_DATE = re.compile(r"(?:19|20)\d\d(?=年)|(?<=年)\d{1,2}(?=月)|(?<=月)\d{1,2}(?=日)")
_NEGATION = re.compile(
    r"不(?![断仅但动锈])|未(?![来成])|(?<!毫)无(?![人线偿障形])|(?<![除并])非(?![公物常遗])"
)
_MODALITY = {
    "应当": ("可以", "不得"), "可以": ("应当", "不得"), "不得": ("可以", "应当"),
    "必须": ("可以", "不得"), "鼓励": ("应当", "禁止"), "禁止": ("可以", "鼓励"),
    "严禁": ("可以", "允许"),
}  # fmt: skip
_MODAL = re.compile("|".join(_MODALITY))


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with the texts that it cites, how it was made, and whether it is true."""

    kind: str
    sentence: str
    sources: tuple[str, ...]
    true: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A clause with its document, the text that a model would be given, and its sentences."""

    document: Document
    clause: Clause
    source: str
    sentences: tuple[str, ...]


def pages(document: Document) -> list[Page]:
    """The clauses of a document that hold a whole sentence."""
    found = []
    for clause in document.clauses:
        body = document.text[slice(*clause.body_range)]
        said = tuple(
            s
            for s in (squeezed(body[a:b]) for a, b in sentences(body))
            if _SHORTEST <= len(s) <= _LONGEST and s[-1] in "。！？；"
        )
        if clause.kind in CITABLE and said:
            found.append(Page(document, clause, source_of(document, clause), said))
    return found


def source_of(document: Document, clause: Clause) -> str:
    """Title, number, issuer, date, label with heading, the verbatim text and the units."""
    day = chinese_date(document.issued_on) if document.issued_on else ""
    head = f"《{document.title}》（{document.doc_number}）{document.issuer} {day}"
    return "\n".join((head, clause.full_label, clause.text, units_line(clause)))


def true_cases(page: Page, chance: random.Random) -> Iterator[Case]:
    """Every sentence as it stands, and what keeps it true."""
    for at, sentence in enumerate(page.sentences):
        after = page.sentences[at + 1] if at + 1 < len(page.sentences) else ""
        made = {
            "verbatim": sentence,
            "shortened": _shortened(sentence, chance),
            "member dropped": _member_dropped(sentence),
            "reordered": _reordered(sentence, after),
            "framed": _framed(page, sentence, chance),
            "numerals rewritten": _rewritten(sentence),
        }
        for kind, words in made.items():
            if words and (kind == "verbatim" or words != sentence):
                yield Case(kind, words, (page.source,), True)
    for words in _roles(page.clause):
        yield Case("units named", words, (page.source,), True)


def _shortened(sentence: str, chance: random.Random) -> str:
    """The part before or after a comma."""
    borders = [m.end() for m in re.finditer("[，；]", sentence)]
    if not borders or re.search(r"[“《（(]", sentence):
        return ""
    border = chance.choice(borders)
    kept = chance.choice((sentence[: border - 1] + "。", sentence[border:]))
    return kept if len(kept) >= _SHORTEST else ""


def _member_dropped(sentence: str) -> str:
    """One of a list, outside of quotes and brackets."""
    for match in _MEMBER.finditer(sentence):
        before = sentence[: match.start()]
        if not re.search(r"[“《（(〔][^”》）)〕]*$", before):
            return before + sentence[match.end() :]
    return ""


def _reordered(sentence: str, after: str) -> str:
    parts = sentence[:-1].split("；")
    if len(parts) > 1:
        return "；".join(reversed(parts)) + "。"
    return after + sentence if after else ""


def _framed(page: Page, sentence: str, chance: random.Random) -> str:
    title, label = page.document.title, page.clause.full_label
    return chance.choice(
        (f"根据《{title}》，{sentence}", f"{label}规定，{sentence}", f"文件提出：{sentence}")
    )


def _rewritten(sentence: str) -> str:
    """三十日 as 30日, 百分之三十 as 30%, and 3个 as 三个 where there is nothing else to rewrite."""
    done = re.sub(rf"百分之({CN_NUMERAL})(?![点分])", lambda m: f"{numeral(m.group(1))}%", sentence)
    done = _CHINESE.sub(lambda m: str(numeral(m.group())), done)
    if done == sentence:
        done = re.sub(
            r"(?<![\d.A-Za-z年月])([2-9])(?=[个名家户天种类条项批])",
            lambda m: "〇一二三四五六七八九"[int(m.group(1))],
            sentence,
        )
    return done


def _roles(clause: Clause) -> Iterator[str]:
    units = clause.responsibility.units
    lead, helping, others = map(units, (Role.LEAD, Role.COOPERATE, Role.RESPONSIBLE))
    if lead and helping:
        yield f"由{'、'.join(lead)}牵头，{'、'.join(helping)}配合。"
    elif lead:
        yield f"这项工作由{'、'.join(lead)}牵头。"
    if others:
        yield f"责任单位包括{'、'.join(others)}。"


def false_cases(
    page: Page, pool: Sequence[Page], foreign: Sequence[Page], chance: random.Random
) -> Iterator[Case]:
    """What a rule makes false of each sentence; ``pool`` is the document, ``foreign`` others."""
    held = fold(page.source)
    for sentence in page.sentences:
        for kind, change in _CHANGES.items():
            words = change(sentence, chance)
            if words and not _said(words, sentence, held):
                yield Case(kind, words, (page.source,), False)
        other = chance.choice(pool)
        spliced = _spliced(sentence, chance.choice(other.sentences))
        if other is not page and spliced and not _said(spliced, sentence, held):
            yield Case("spliced, one cited", spliced, (page.source,), False)
            if not _said(spliced, sentence, fold(other.source)):
                yield Case("spliced, both cited", spliced, (page.source, other.source), False)
        if other is not page and fold(sentence)[:-1] not in fold(other.source):
            yield Case("other clause cited", sentence, (other.source,), False)
        if foreign:
            away = chance.choice(foreign)
            if fold(sentence)[:-1] not in fold(away.source):
                yield Case("other document cited", sentence, (away.source,), False)
    names = [u for p in (*pool, *foreign) for u in p.clause.responsibility.units()]
    yield from _wrong_units(page, sorted(set(names)), chance)


def _said(changed: str, sentence: str, held: str) -> bool:
    """Whether the source says the changed passages after all."""
    before = set(_BODY.split(fold(sentence)))
    return all(p in held for p in _BODY.split(fold(changed)) if p not in before)


def _number_changed(sentence: str, chance: random.Random) -> str:
    found = [m for m in _NUMBER.finditer(sentence) if not _DATE.match(sentence, m.start())]
    if not found:
        return ""
    match = chance.choice(found)
    value = numeral(match.group()) or 0
    # half of the time another number of the sentence, which stands in the source too
    others = [n for n in (numeral(m.group()) for m in found) if n and n != value]
    new = (
        chance.choice(others) if others and chance.random() < 0.5 else value + chance.randint(1, 9)
    )
    if sentence[match.start() - 1] == ".":
        new = value % 9 + 1
    return sentence[: match.start()] + str(new) + sentence[match.end() :]


def _date_shifted(sentence: str, chance: random.Random) -> str:
    found = list(_DATE.finditer(sentence))
    if not found:
        return ""
    match = chance.choice(found)
    value = int(match.group())
    new = value + chance.choice((-1, 1, 2, 5)) if value > 31 else value % 12 + 1
    return sentence[: match.start()] + str(new) + sentence[match.end() :]


def _not_inserted(sentence: str, chance: random.Random) -> str:
    """不 before a word of two characters that does not follow a turn already."""
    places, at = [], 0
    for word in cut(sentence):
        if re.fullmatch("[\u4e00-\u9fff]{2,}", word):
            places.append(at)
        at += len(word)
    if not places:
        return ""
    place = chance.choice(places)
    return sentence[:place] + "不" + sentence[place:]


def _not_removed(sentence: str, chance: random.Random) -> str:
    found = list(_NEGATION.finditer(sentence))
    if not found:
        return ""
    match = chance.choice(found)
    return sentence[: match.start()] + sentence[match.end() :]


def _modality_changed(sentence: str, chance: random.Random) -> str:
    found = list(_MODAL.finditer(sentence))
    if not found:
        return ""
    match = chance.choice(found)
    new = chance.choice(_MODALITY[match.group()])
    return sentence[: match.start()] + new + sentence[match.end() :]


def _spliced(one: str, other: str) -> str:
    """The first half of a passage of one sentence with the second half of one of the other's."""
    left = max(_BODY.split(one), key=len)
    right = max(_BODY.split(other), key=len)
    if min(len(left), len(right)) < _SHORTEST:
        return ""
    return _halves(left)[0] + _halves(right)[1] + "。"


def _halves(passage: str) -> tuple[str, str]:
    """Before and after the border of words nearest to the middle."""
    borders = [0]
    for word in cut(passage):
        borders.append(borders[-1] + len(word))
    middle = min(borders, key=lambda b: abs(b - len(passage) / 2))
    return passage[:middle], passage[middle:]


def _wrong_units(page: Page, names: Sequence[str], chance: random.Random) -> Iterator[Case]:
    own = page.clause.responsibility
    strange = [n for n in names if n not in page.source]
    for words in _roles(page.clause):
        for unit in own.units():
            if strange and unit in words:
                said = words.replace(unit, chance.choice(strange), 1)
                yield Case("foreign unit", said, (page.source,), False)
                break
    for sentence in page.sentences:
        swapped = _swapped(sentence, names)
        if swapped and not _said(swapped, sentence, fold(page.source)):
            yield Case("units swapped in the text", swapped, (page.source,), False)
    lead, helping = own.units(Role.LEAD), own.units(Role.COOPERATE)
    if lead and helping:
        words = f"由{helping[0]}牵头，{lead[0]}配合。"
        yield Case("units swapped", words, (page.source,), False)


def _swapped(sentence: str, names: Sequence[str]) -> str:
    """The first two units that do not stand in one list, each in the other's place."""
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)"
    alone = list(re.finditer(rf"(?<![、和与及])(?:{known})(?![、和与及等])", sentence))
    for one, other in pairwise(alone):
        if one.group() != other.group():
            middle = sentence[one.end() : other.start()]
            before, after = sentence[: one.start()], sentence[other.end() :]
            return f"{before}{other.group()}{middle}{one.group()}{after}"
    return ""


_CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "number changed": _number_changed,
    "date shifted": _date_shifted,
    "不 inserted": _not_inserted,
    "不 removed": _not_removed,
    "modality changed": _modality_changed,
}
