"""The stretch of a long quote that answers by itself, put before the quote. Pure.

Always a piece of one sentence, between commas, with whatever limits it; none where it is not clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.model import Range
from assistant.retrieval.retriever import Topic, covered
from assistant.text import bigrams, fold, numeral, sentences
from assistant.understanding.details import Detail, missing_detail

LONG_QUOTE = 60  # characters; a quote up to here is short enough to answer by itself
MUCH_LONGER = 1.6  # times the short answer
ENOUGH = 0.6  # share of the topic that the sentence must hold
AS_MUCH = 0.98  # of what the whole sentence holds of the topic
CLEARLY = 1.1  # times what any other sentence holds
_VALUES = {Detail.AMOUNT, Detail.RATE, Detail.DURATION, Detail.DATE, Detail.QUANTITY}
_EXPLAINS = re.compile(
    r"怎么|怎样|咋|如何|为什么|为何|为啥|措施|举措|办法|做法|内容|要求|规定|政策|条件|情形|流程|材料"
    r"|什么意思|含义|是什么[?]?$|什么是|谁|哪(?:一级|个?(?:单位|部门|镇|街道|区|县|地方|板块|园区)|里|儿)|放哪|印发|发布|介绍|讲讲|说说|区别|不同|和.*(?:相比|比较)|以及|分别|各"
)
_LISTS = re.compile(
    r"哪[些几二两三四五六七八九十\d]|包括|包含|涵盖|都有|列举|名单|几[大个类种项条]"
    r"|[二两三四五六七八九十\d]大"
)
_FOCUS = re.compile(r"(?:哪些|哪几.|什么)(?:主要|重点|具体)?([\u4e00-\u9fff]{2,8})")  # 哪些产业
_COUNT = re.compile(r"([二两三四五六七八九十]+|\d+)(?=[大个类种项条])")
_COUNTED = re.compile(_COUNT.pattern.replace("(?=", "(?:") + r"[\u4e00-\u9fff]{2}")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年?")
_PIECE = re.compile(r"[^，,；;。！？!?\n]+[，,；;。！？!?]?[”’」』）)】〕]*")
_LIMITS = re.compile(
    r"除外|除[^，。；]{1,30}外|但|不得|不能|不予|不超过|以下|以上|应当|须|必须|前提|符合|经.{1,20}批准|原则上"
)
# A piece that only leads in to the next one: a condition, a time, a subject
_LEADS_IN = re.compile(
    r"(?:的|时|后|前|外|下|起|内|底|年|中|上|情形|期间|单位|个人|机构|部门)[，,]?$|[：:]$|^(?:对|在|经|按|自|如|凡)"
)
_FOLLOWS = re.compile(r"^(?:以及|和|及|或者?|并|其中|等|即|也|而|且|由此|以)")
_MEMBERS = re.compile(r"[、]|(?<=[\u4e00-\u9fff])(?:以及|和|及|与)(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence or a part of one between semicolons: its pieces between commas, and its topic."""

    span: Range
    pieces: tuple[Range, ...]
    share: float


def short_answer(
    asked: str,
    topics: Sequence[Topic],
    details: Sequence[Detail],
    text: str,
    spans: Sequence[Range],
) -> Range | None:
    """The stretch of ``text`` inside one of the quoted ``spans`` that answers; None if unclear.

    None as well where the quotes are about as short as it.
    """
    quoted = sum(end - start for start, end in spans)
    if quoted <= LONG_QUOTE:
        return None
    flat = fold(asked)
    year = _YEAR.search(flat)
    if year:  # what is said of it is found by its place, not by the word
        topics = [t for t in topics if year[1] not in t.term]
    found = [s for span in spans for s in _sentences(text, span, topics)]
    if year:
        found = _of_year(found, text, year[1])
    values = [d for d in details if d in _VALUES]
    if values:
        answer = _with_value(found, values, topics, text)
    elif ("什么" in flat or _LISTS.search(flat)) and (
        listed := _enumeration(found, topics, text, flat)
    ):
        answer = listed
    elif _EXPLAINS.search(flat):
        answer = None
    else:
        answer = _as_much(found, topics, text, flat)
    return answer if answer and (answer[1] - answer[0]) * MUCH_LONGER <= quoted else None


def _sentences(text: str, span: Range, topics: Sequence[Topic]) -> Iterator[_Sentence]:
    """The sentences of a span, cut at semicolons, for each of which a case may be ruled."""
    start, end = span
    for left, right in sentences(text[start:end], start):
        part: list[Range] = []
        for piece in _PIECE.finditer(text, left, right):
            part.append(piece.span())
            if piece.group()[-1] in "；;":
                yield _part(text, part, topics)
                part = []
        if part:
            yield _part(text, part, topics)


def _part(text: str, pieces: Sequence[Range], topics: Sequence[Topic]) -> _Sentence:
    span = (pieces[0][0], pieces[-1][1])
    return _Sentence(span, tuple(pieces), covered(topics, fold(text[slice(*span)])))


def _with_value(
    found: Sequence[_Sentence],
    values: Sequence[Detail],
    topics: Sequence[Topic],
    text: str,
) -> Range | None:
    """The pieces with the value that is asked for and all that their sentence has of the topic."""
    stating = [s for s in found if not missing_detail(values, text[slice(*s.span)])]
    best = _clear_best(stating)
    if best is None:
        return None
    windows = [
        w for w in _windows(best, topics, text) if not missing_detail(values, text[slice(*w)])
    ]
    return _whole_if_limited(best, min(windows, key=_length), text) if windows else None


def _as_much(
    found: Sequence[_Sentence], topics: Sequence[Topic], text: str, asked: str
) -> Range | None:
    """The fewest pieces that hold as much of the topic as their sentence, which holds the most."""
    best = _clear_best(found)
    windows = _windows(best, topics, text) if best else []
    if best is None or not windows:
        return None
    window = min(windows, key=_length)
    if _LISTS.search(asked) and "、" in _left_out(best, window, text):
        return None  # some of what is asked for may stand there
    return _whole_if_limited(best, window, text)


def _enumeration(
    found: Sequence[_Sentence], topics: Sequence[Topic], text: str, asked: str
) -> Range | None:
    """The pieces with the members that are asked for; as many of them as the question counts."""
    counted, name, focus = (p.search(asked) for p in (_COUNT, _COUNTED, _FOCUS))
    number = numeral(counted[1].replace("两", "二")) if counted else None
    most = max((s.share for s in found), default=0.0)
    lists: list[tuple[float, Range]] = []
    for sentence in found:
        spans = [_with_tail(sentence.pieces, at, text) for at in range(len(sentence.pieces))]
        listing = [span for span in spans if "、" in text[slice(*span)]]
        focused = _most_like(focus[1], listing, text) if focus else []
        for span in focused or listing:
            words = text[slice(*span)]
            named = name is not None and name.group() in fold(words)  # 五大系统 itself
            share = most if named else covered(topics, fold(words))
            fits = words.count("、") > 1 if number is None else _counts(words, number)
            if fits and most >= ENOUGH and (named or len(focused) < 2) and share >= AS_MUCH * most:
                lists.append((share, span))
    best = max((share for share, _ in lists), default=0.0)
    answers = [span for share, span in lists if share >= AS_MUCH * best]
    return answers[0] if len(answers) == 1 else None


def _most_like(noun: str, spans: Sequence[Range], text: str) -> list[Range]:
    """The spans that hold the most of what is to be listed; none where none holds any of it."""
    held = [sum(gram in fold(text[slice(*span)]) for gram in bigrams(noun)) for span in spans]
    return [span for span, n in zip(spans, held, strict=True) if n and n == max(held)]


def _counts(words: str, number: int) -> bool:
    """Whether so many members stand in the words: 甲、乙、丙三大, or 三大: 甲、乙、丙."""
    said = [numeral(m[1].replace("两", "二")) for m in _COUNT.finditer(words)]
    members = len(re.split("[、]", words))
    joined = len(_MEMBERS.split(words))
    return number in (members, joined) and (not said or number in said)


def _with_tail(pieces: Sequence[Range], at: int, text: str) -> Range:
    """A piece with the next ones that go on with its list, as 以及 does."""
    start, end = pieces[at]
    for following in pieces[at + 1 :]:
        if not re.match("以及|和|及|或", text[slice(*following)]):
            break
        end = following[1]
    return _trimmed(text, start, end)


def _of_year(found: Sequence[_Sentence], text: str, year: str) -> list[_Sentence]:
    """The sentences on a year; a sentence that names none is about the year named last."""
    kept, last = [], ""
    for sentence in found:
        named = [m[1] for m in _YEAR.finditer(text, *sentence.span)]
        last = named[-1] if named else last
        if year in (named or [last]):
            kept.append(sentence)
    return kept


def _clear_best(found: Sequence[_Sentence]) -> _Sentence | None:
    """The sentence that holds enough of the topic and clearly more than any other."""
    order = sorted(found, key=lambda s: -s.share)
    if not order or order[0].share < ENOUGH:
        return None
    clear = len(order) == 1 or order[0].share >= CLEARLY * order[1].share
    return order[0] if clear else None


def _windows(sentence: _Sentence, topics: Sequence[Topic], text: str) -> list[Range]:
    """Runs of pieces with what leads in to them that hold as much of the topic as the sentence."""
    pieces, found = sentence.pieces, []
    for first in range(len(pieces)):
        begin = first
        while begin and (
            _LEADS_IN.search(text[slice(*pieces[begin - 1])])
            or _FOLLOWS.match(text[slice(*pieces[begin])])
        ):
            begin -= 1
        for last in range(first, len(pieces)):
            words = text[pieces[first][0] : pieces[last][1]]
            leads = last + 1 < len(pieces) and _LEADS_IN.search(text[slice(*pieces[last])])
            if not leads and covered(topics, fold(words)) >= AS_MUCH * sentence.share:
                found.append(_trimmed(text, pieces[begin][0], pieces[last][1]))
                break
    return found


def _whole_if_limited(sentence: _Sentence, window: Range, text: str) -> Range:
    """The window, or the whole sentence where what is left out of it limits it."""
    limited = _LIMITS.search(_left_out(sentence, window, text))
    return _trimmed(text, *sentence.span) if limited else window


def _left_out(sentence: _Sentence, window: Range, text: str) -> str:
    start, end = sentence.span
    return text[start : window[0]] + "，" + text[window[1] : end]


def _length(span: Range) -> int:
    return span[1] - span[0]


def _trimmed(text: str, start: int, end: int) -> Range:
    """Without the mark at the end and blanks around."""
    while end > start and text[end - 1] in "，,；;。！？!? 　\n":
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end
