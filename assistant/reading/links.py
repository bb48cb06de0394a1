"""What a document says of others: 同时废止《…》（文号）, 对《…》作如下修改, 根据《…》."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from assistant.model import CITABLE, Clause, ClauseKind, Document
from assistant.reading.dates import DATE, find_day
from assistant.reading.mentions import Mention, mentions, names, title_key
from assistant.text import sentences
from assistant.validity import Link, LinkKind

_REPEALED = re.compile(
    r"(?:同时|一并|即行|即予|予以|现予|均|均予|随之|相应|自行|即|已)*(?:宣布)?(?:废止|失效|停止执行|不再执行|停止施行|停止使用|不再有效|终止执行)(?=[，,。；、）)\s]|$)"
)
_REPEALS_NEXT = re.compile(
    r"(?:决定|予以|现|宣布|特此)?(?:废止|停止执行)(?:以下|下列)?[^《。；，]{0,12}(?=《)"
)
_LIST_LEAD = re.compile(
    r"(?:下列|以下|附件|所列|如下)[^。；]{0,40}(?:废止|失效|停止执行)|(?:废止|停止执行)(?:的)?[^。；《]{0,12}(?:下列|以下|如下)"
)
_CONDITIONAL = re.compile(
    r"可以|应当及时|应当予以|需要|建议|意见|的，|是否|有权|或者废止|是指|之一的"
)
_AMENDED = re.compile(
    r"作?(?:出|了)?(?:如下|以下|部分)(?:修改|修订|修正|调整)|修改为|修订为|予以(?:修改|修订)|进行(?:了)?(?:修改|修订)"
)
_AMENDS_NEXT = re.compile(r"(?:关于|决定|对)?(?:修改|修订|修正)(?=《)")
_BASIS = re.compile(r"根据|依据|依照|按照|遵照|贯彻|落实|执行")
_ITEM = re.compile(r"[（(]?[〇零一二三四五六七八九十\d]{1,3}[)）、.．]")
_EFFECT = re.compile(
    rf"(?:自|从|于)\s*(?P<day>{DATE})\s*(?:起)?[^，。；《》]{{0,6}}(?:废止|失效|停止执行|不再执行)"
)
_DECISION = re.compile(r"关于(?P<act>废止|修改和废止|修改|修订)[^《]*《")
_NOT_SELF = 4


def find(document: Document) -> tuple[Link, ...]:
    """The documents that a document repeals, changes or rests on, in order of its text.

    A list under 下列文件同时废止： counts line by line. What the document says of itself, and of
    the text that it issues, is no link; an older text of the same title that it repeals is one.
    """
    own = {name for title in _titles(document) for name in names(title)}
    found: dict[tuple[LinkKind, str, str], Link] = {}
    for link in _all(document):
        same = title_key(link.title) in own and link.kind is not LinkKind.REPEALS  # 旧版同时废止
        if not same and not (link.doc_number and link.doc_number == document.doc_number):
            found.setdefault((link.kind, title_key(link.title), link.doc_number), link)
    return tuple(sorted(found.values(), key=lambda link: link.char_range))


def _titles(document: Document) -> list[str]:
    parts = [c.text for c in document.clauses if c.kind is ClauseKind.TITLE]
    return [document.title, *parts]


def _all(document: Document) -> Iterator[Link]:
    yield from _of_title(document)
    listing = False
    for clause in document.clauses:
        if clause.kind not in CITABLE:
            continue
        rests = _states_basis(document, clause)
        start, end = clause.char_range
        for span in sentences(document.text[start:end], start):
            words = document.text[slice(*span)]
            item = bool(_ITEM.match(words)) or words.startswith("《")
            if listing and item and "《" in words:
                yield from _links(LinkKind.REPEALS, list(mentions(words, span[0])), _day(words))
                continue
            listing = _opens_list(words)
            yield from _repeals(words, span[0])
            yield from _changes(words, span[0])
            if rests:
                yield from _rests_on(words, span[0])


def _opens_list(words: str) -> bool:
    """Whether documents that are repealed follow on lines of their own."""
    leads = _LIST_LEAD.search(words) and (words.endswith(("：", ":")) or "附件" in words)
    return bool(leads) and "行为" not in words and not _CONDITIONAL.search(words)


def _of_title(document: Document) -> Iterator[Link]:
    """关于废止《X》的决定, 关于修改《X》的决定: the title alone says it."""
    decision = _DECISION.search(document.title)
    if not decision:
        return
    kind = LinkKind.REPEALS if decision["act"] == "废止" else LinkKind.AMENDS
    place = next((c.char_range for c in document.clauses if c.kind is ClauseKind.TITLE), (0, 0))
    for named in mentions(document.title):
        if named.title and decision["act"] != "修改和废止":
            yield Link(kind, named.title, named.doc_number, place)


def _repeals(words: str, offset: int) -> Iterator[Link]:
    """Those named before 同时废止, or right after 废止, in one sentence."""
    if not re.search(r"废止|失效|停止|不再|终止执行", words):
        return
    for part, at in _parts(words):
        if _CONDITIONAL.search(re.sub(r"《.*?》", "《》", part)):
            continue
        forward = _REPEALS_NEXT.search(part)
        back = _REPEALED.search(
            re.sub(r"《[^》]*》", lambda m: "《" + " " * (len(m[0]) - 2) + "》", part)
        )
        if forward:
            named = list(mentions(part[forward.end() :], offset + at + forward.end()))
        elif back:
            begin = _after_basis(part[: back.start()])
            named = list(mentions(part[begin : back.start()], offset + at + begin))
        else:
            continue
        rest = part[named[-1].char_range[1] - offset - at :] if named else ""
        partly = re.match(r"\s*(?:的|中|之)?\s*(?:第[^，。；]{1,12}[条款项章]|中)", rest)
        yield from _links(LinkKind.AMENDS if partly else LinkKind.REPEALS, named, _day(part))


def _after_basis(words: str) -> int:
    """Where the subject of 废止 begins: after 本办法自…起施行， and after 根据《…》."""
    comma = [
        m.end()
        for m in re.finditer(
            r"起(?:正式)?(?:施行|实施|执行|生效)[，,、；]?|(?:根据|按照|依据)《[^》]*》[^《，]*，",
            words,
        )
    ]
    return comma[-1] if comma else 0


def _changes(words: str, offset: int) -> Iterator[Link]:
    if not re.search(r"修改|修订|修正|调整", words) or _CONDITIONAL.search(
        re.sub(r"《.*?》", "《》", words)
    ):
        return
    for part, at in _parts(words):
        forward, back = _AMENDS_NEXT.search(part), _AMENDED.search(part)
        if forward and not part[: forward.start()].count("《") > part[: forward.start()].count(
            "》"
        ):
            rest = part[forward.end() :]
            yield from _links(
                LinkKind.AMENDS, list(mentions(rest, offset + at + forward.end())), None
            )
        elif back:
            led = re.search(r"(?:对|将)\s*(?=《)", part[: back.start()])
            begin = led.end() if led else _after_basis(part[: back.start()])
            if led or part.lstrip().startswith("《"):
                named = list(mentions(part[begin : back.start()], offset + at + begin))
                yield from _links(LinkKind.AMENDS, named[:1], None)


def _rests_on(words: str, offset: int) -> Iterator[Link]:
    """Those named after 根据, 按照, 贯彻落实 up to the end of the sentence's list."""
    led = _BASIS.search(
        re.sub(r"《[^》]*》", lambda m: "《" + "　" * (len(m[0]) - 2) + "》", words)
    )
    if not led:
        return
    stretch = words[led.end() :]
    stop = re.search(r"(?:现将|现对|现印发|制定(?:了)?《|废止|同时)", stretch)
    named = list(mentions(stretch[: stop.start()] if stop else stretch, offset + led.end()))
    yield from _links(LinkKind.BASED_ON, named, None)


def _states_basis(document: Document, clause: Clause) -> bool:
    """Whether a clause is where documents name their basis: 序言, 第一条, or 制定本… in it."""
    if clause.kind is ClauseKind.PREAMBLE or clause.number == "第一条":
        return True
    return bool(
        re.search(
            r"(?:制定|特制定|提出)(?:本|如下|以下|了?本)",
            document.text[slice(*clause.char_range)][:600],
        )
    )


def _parts(words: str) -> Iterator[tuple[str, int]]:
    """The parts of a sentence between semicolons, with their offsets; titles stay whole."""
    depth, start = 0, 0
    for at, char in enumerate(words):
        depth = max(0, depth + (char == "《") - (char == "》"))
        if char == "；" and not depth:
            yield words[start:at], start
            start = at + 1
    yield words[start:], start


def _links(kind: LinkKind, named: Sequence[Mention], day: date | None) -> Iterator[Link]:
    for one in named:
        if one.doc_number or len(one.title) >= _NOT_SELF:
            yield Link(kind, one.title, one.doc_number, one.char_range, day)


def _day(words: str) -> date | None:
    found = _EFFECT.search(words)
    return find_day(found["day"]) if found else None
