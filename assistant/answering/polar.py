"""Yes/no questions: what one sentence of a clause says to them. Pure.

Yes or no only where a stretch between semicolons holds every word of the question and its own modal
word (可以, 不得, 应当, 无需 …) or negation answers it; anything less is unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.retrieval.retriever import Topic
from assistant.text import fold, words
from assistant.understanding.modality import (
    ANSWERS,
    NEVER,
    Force,
    apart,
    asked_force,
    denies,
    marks,
)


class Answer(StrEnum):
    """What a sentence says to a question as it was asked: 不用…吗 may be answered yes."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and the words that stand before the quoted rule."""

    answer: Answer
    words: str


UNSAID = Verdict(Answer.UNSAID, "文件没有直接说明是否如此。最接近的规定：\n")
DEPENDS = Verdict(Answer.UNSAID, "文件没有一概而论，要看具体情形。文件的规定：\n")
RELATED = Verdict(Answer.UNSAID, "文件的有关规定如下，是否如此请看原文：\n")
PROMISED = Verdict(Answer.YES, "有，文件写明：\n")
NARROW = 4  # characters of content that make a rule narrower than the question, where it lacks them
_SAID = {
    Force.PERMIT: "可以",
    Force.FORBID: "不可以",
    Force.REQUIRE: "文件要求这样做",
    Force.EXEMPT: "不需要",
    Force.STATE: "文件写明了这一点",
    Force.DENY: "文件的说法是否定的",
}
_TAIL = re.compile(r"(?:吗|么|不|没有?|否)(?:呢|啊|呀)?[?!。.~]*$")
_OPEN = re.compile(r"什么|啥|谁|哪|多少|几(?!乎)|怎么|怎样|咋|如何|为何|多[大长高久远]|还是")
_ANY = re.compile(r"(?:有没有|有无|是否有)[^,。;?]*?(?:什么|哪些|啥)")  # 有没有什么: any at all
_CHOICE = re.compile(r"([\u4e00-\u9fff]{1,2})不(?=\1)|有没(?=有)|[是能可](?=否)")
_DOUBLED = re.compile(r"([用该准让许])不\1")
_CHOSEN = {"用": "需要", "该": "应该", "准": "允许", "让": "允许", "许": "允许"}
_LIMIT = re.compile(
    "除外|除[^,]{1,30}外|(?<!不)但(?!是?不限于)|另有规定|原则上|符合"
    "|经[^,]{1,20}(?:批准|同意|许可|审核)"
)
_EXCEPT = re.compile("除(?!外)[^,]{1,40}?外|[^,]*除外")
_WHEN = re.compile("(?:未|没有|如|若|凡)[^,]*|[^,]*(?:前|后|时|期间|情况下)(?=,|$)|[^,]*的")
_EVERY = re.compile("都|所有|任何|一律|全部|只要|凡是|[人家]人")
_EACH = re.compile("都|所有|任何|一律|全部|均|各|凡")
_FOR_SUPPORT = re.compile("支持|鼓励|扶持|有没有|有无|提到|涉及|有.{0,6}(?:规定|要求|安排|政策)吗")
_PROMOTED = re.compile(
    "支持|鼓励|扶持|发展|推进|推动|建设|打造|加快|培育|实施|给予|引导|开展|完善|建立|提供"
)
_CONFIRM = re.compile("(?:对吗|对吧|对不对|是吗|是吧|吧|是不是真的)[?!。]*$|吗[?!。]*$")
_DENIES = re.compile("不(?!断|仅|但|同|动产)|没有|未(?!来)|无(?!人机)")
_HINDERED = re.compile("不得|禁止|严禁|不予|不再|限制|淘汰|取消|严控|严格控制")
_NOW = re.compile("现在|目前|已经?|了(?=吗|没)")
_AIM = re.compile("力争|争取|努力|到20..年|力图|谋划")
_GOAL = re.compile("力争|争取(?!到)|力图")
_JOINT = re.compile("、|以及|或者?|和|与|及")
_PARTICLES = frozenset("的了不呢啊")
_FUNCTION = frozenset(
    "的了吗呢吧啊呀么嘛是有在和与及或到从对把被将也都就还又再才只很更最太想会让给做搞去来个这那我你们"
    "为于以之而且但所者等按由向里上中内时不没无用能可要应需须得准免后前第其它他她两各每请问否该"
)
# What a question says of itself or of the text, not of the matter
_SHELL = frozenset(
    "文件 政策 规定 国家 政府 这个 那个 我们 你们 他们 一个 一家 一下 现在 目前 关于 对于 相关 有关"
    " 方面 情况 请问 问题 具体 明确 是否 提到 说明 写明 里面 其中 自己 还有 以及 时候 不是 真的"
    " 到底 究竟 今后 以后 这里 那里 咱们 两种 这种 那种 各种".split()
)
_MEMBER = frozenset("算 属于 包括 包含 是指 即".split())
Words = frozenset[str]  # a word and those that may stand for it


def is_polar(asked: str) -> bool:
    """Whether the question wants a yes or a no; 有没有什么 does, 知道是哪个部门吗 does not."""
    flat = fold(asked)
    if _OPEN.search(_ANY.sub(" ", flat)):
        return False
    return bool(_CHOICE.search(flat) or "有无" in flat or _TAIL.search(flat))


def decide(
    asked: str, topics: Sequence[Topic], sentences: Sequence[str], above: str = ""
) -> tuple[Verdict, int | None]:
    """The verdict of a clause's sentences, and which of them gives it: None where none does.

    Sentences that contradict each other leave it open.
    """
    found = [(verdict(asked, topics, s, above), at) for at, s in enumerate(sentences)]
    told = [(v, at) for v, at in found if v.answer is not Answer.UNSAID]
    if len({v.answer for v, _ in told}) > 1:
        return DEPENDS, told[0][1]
    depends = [(v, at) for v, at in found if v == DEPENDS]
    return next(iter(told or depends), (UNSAID, None))


def verdict(asked: str, topics: Sequence[Topic], sentence: str, above: str = "") -> Verdict:
    """What a sentence says to a yes/no question.

    ``above`` are the title and headings over it, which may hold what the question begins with.
    """
    question = _Question.read(asked, topics, above)
    parts = re.split("[;。!?]", fold(sentence))
    told = {v for v in map(question.judged, parts) if v != UNSAID}
    if len({v.answer for v in told}) > 1:
        return DEPENDS
    return min(told, key=lambda v: len(v.words), default=UNSAID)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the predicate; the words of the subject and of the predicate.

    ``first`` is the word that the question begins with, where ``above`` holds it.
    """

    asked: str
    above: str
    force: Force
    subject: tuple[Words, ...]
    predicate: tuple[Words, ...]
    first: Words

    @classmethod
    def read(cls, asked: str, topics: Sequence[Topic], above: str) -> _Question:
        above = fold(above)
        plain = _CHOICE.sub("", _DOUBLED.sub(lambda m: _CHOSEN[m[1]], fold(asked)))
        parts = apart(words(_TAIL.sub("", plain)))
        at, force = asked_force(parts)
        before = _content(parts[:at], topics) if at is not None else ()
        after = _content(parts[at + 1 :] if at is not None else parts, topics)
        if not after and at is not None:  # 占用农田可以吗; but 还 of 可以不还吗 is a predicate
            bare = tuple(frozenset({w}) for w in parts[at + 1 :] if w not in _PARTICLES)
            before, after = (before, bare) if bare else ((), before)
        terms = "\n".join(t.term for t in topics if t.specific)
        first = next(iter((*before, *after)), frozenset())
        known = len(before + after) > 1 and any(len(w) > 1 and w in terms for w in first)
        headed = known and _held(first, above)
        bare_asked = re.sub("(可以?|能)不", r"\1", plain)  # that 不 is the modal word's
        return cls(bare_asked, above, force, before, after, first if headed else frozenset())

    def judged(self, part: str) -> Verdict:
        """What a stretch between semicolons says."""
        missing = self._missing(part)
        if not self.predicate or (missing and missing != [self.first]):
            return UNSAID
        if self._turned(part) or (_NOW.search(self.asked) and _AIM.search(part)):
            return UNSAID
        every = _EVERY.search(self.asked) and not _EACH.search(part)
        if every or part.endswith(":") or self._missing(_EXCEPT.sub("", part)) != missing:
            return DEPENDS
        told = {self._piece(part, *span) for span in self._pieces(part)} - {UNSAID}
        return UNSAID if not told else told.pop() if len(told) == 1 else DEPENDS

    def _missing(self, part: str) -> list[Words]:
        return [w for w in (*self.subject, *self.predicate) if not _held(w, part)]

    def _turned(self, part: str) -> bool:
        """Whether one of the two denies a word outright (不破坏) that the other does not."""
        own = self.subject if self._plain else (*self.subject, *self.predicate)
        both = {w for some in own for w in some if len(w) > 1 and w in part and w in self.asked}
        return any(denies(part, w) != denies(self.asked, w) for w in both)

    def _pieces(self, part: str) -> list[tuple[int, int]]:
        """Where the pieces between commas stand that hold most of the predicate, and over half."""
        spans = [m.span() for m in re.finditer("[^,]+", part)]
        held = [sum(_held(w, part[a:b]) for w in self.predicate) for a, b in spans]
        most = max(held)
        if 2 * most <= len(self.predicate):
            return []
        return [s for s, n in zip(spans, held, strict=True) if n == most]

    def _piece(self, part: str, start: int, end: int) -> Verdict:
        """What a piece says: by the last modal word or negation before the end of the predicate."""
        held = [w for some in self.predicate for w in some if w in part[start:end]]
        last = max(part.find(w, start, end) + len(w) for w in held)
        goal = _GOAL.search(part, start, last)
        if goal and self.force in (Force.STATE, Force.REQUIRE):
            return Verdict(Answer.YES, f"文件提出{goal[0]}做到，这是目标。文件的规定：\n")
        found = marks(part, last)
        modal = [m for m in found if m[0] is not Force.DENY]
        own = [m for m in found if m[1] >= start and (m in modal or self._plain)]
        bound = [m for m in modal[-1:] if m[0] in (Force.REQUIRE, Force.PERMIT)]  # 应当甲，并乙
        if not own and not bound:
            return self._answer(Force.STATE, "", limited=False)
        force, at, after = (own or bound)[-1]
        earlier = [m[2] for m in modal if m[2] <= at]
        begin = part.find(",", earlier[-1], at) + 1 if earlier else 0
        narrowed = any(self._strange(c) >= NARROW for c in _WHEN.findall(part[begin:at]))
        within = self._strange(part[after:last]) >= NARROW
        limited = narrowed or within or bool(_LIMIT.search(part))
        answer = self._answer(force, part[at:after], limited=limited)
        chosen = force is Force.REQUIRE and "或" in part[after : last + 4]  # 应当甲或乙
        some = narrowed or (within and force in NEVER) or (chosen and self.force != Force.PERMIT)
        return DEPENDS if some and force is not Force.PERMIT and answer != UNSAID else answer

    @property
    def _plain(self) -> bool:
        """Whether nothing is asked of what may or must be."""
        return self.force in (Force.STATE, Force.DENY)

    def _strange(self, stretch: str) -> int:
        """How many characters of content the question does not have; one member of a list does."""
        own = self.above + "".join(w for some in (*self.subject, *self.predicate) for w in some)
        members = [[w for w in words(m) if len(w) > 1] for m in _JOINT.split(stretch)]
        touched = [m for m in members if any(w in own for w in m)]
        return sum(len(w) for m in touched or members for w in m if w not in own)

    def _answer(self, force: Force, mark: str, *, limited: bool) -> Verdict:
        yes, no = ANSWERS[self.force]
        if force not in yes | no:
            return UNSAID
        said = f"文件{mark}这样做" if mark in ("支持", "鼓励") else _SAID[force]
        limit = "（范围和条件见原文）" if limited else ""
        answer = Answer.YES if force in yes else Answer.NO
        return Verdict(answer, f"{said}{limit}。文件的规定：\n")


def _content(parts: Sequence[str], topics: Sequence[Topic]) -> tuple[Words, ...]:
    """The words that must be held, each with those that may stand for it."""
    found = []
    for word in _joined(parts, topics):
        if word in _SHELL or set(word) <= _FUNCTION:
            continue
        related = {r for t in topics if t.specific and word in t.term for r in t.related}
        found.append(frozenset({word}) | related | (_MEMBER if word in _MEMBER else frozenset()))
    return tuple(found)


def _joined(parts: Sequence[str], topics: Sequence[Topic]) -> list[str]:
    """The words, with one character that ends a known term on the word before it: 代理 + 师."""
    found: list[str] = []
    for part in parts:
        whole = found[-1] + part if found else part
        ends = len(part) == 1 and len(whole) > 2 and part not in _FUNCTION
        if ends and any(t.specific and whole in t.term for t in topics):
            found[-1] = whole
        else:
            found.append(part)
    return found


def _held(some: Iterable[str], text: str) -> bool:
    """Whether a text has one of the words; one character must begin or end a short word."""
    return any(
        word in text
        if len(word) > 1
        else any(len(w) < 3 and word in (w[0], w[-1]) for w in words(text))
        for word in some
    )


def is_literal(topics: Sequence[Topic], sentence: str) -> bool:
    """Whether a sentence has the very words of the topic: 提到地铁 is not said by 轨道交通."""
    text = fold(sentence)
    return all(topic.term in text for topic in topics if topic.specific)


def leans(asked: str) -> bool:
    """Whether a question wants a claim confirmed that denies something (不包括文昌湖，对吗)."""
    flat = fold(asked)
    return bool(_CONFIRM.search(flat) and _DENIES.search(_CHOICE.sub(" ", flat)))


def promises(asked: str, sentence: str) -> bool:
    """Whether a question asks for support as such, and a sentence that holds its topic gives it.

    是否支持发展氢能 is answered by 重点发展氢能产业: 支持 is what policies do, in many words.
    """
    return bool(
        _FOR_SUPPORT.search(asked) and _PROMOTED.search(sentence) and not _HINDERED.search(sentence)
    )
