"""Several questions in one: cut apart, each made whole, answered one by one, and joined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assistant.answer import Status
from assistant.answering.drafting import Draft
from assistant.answering.joining import ANSWERS, joined
from assistant.text import fold, words
from assistant.understanding.document_facts import named_documents
from assistant.understanding.followup import Conversation
from assistant.understanding.question import WHO, Kind, Question, Reader, without_place

MAX_QUESTIONS = 4
TOO_MANY = f"一次最多回答{MAX_QUESTIONS}个问题，其余的请另外提问。"

Answer = Callable[[Question], Draft]

_WHOLE = re.compile(r"《[^》]*》|“[^”]*”|\"[^\"]*\"|（[^）]*）|\([^)]*\)|〔[^〕]*〕")
_JOINT = r"(?:还有|另外|以及|并且|而且|同时|顺便(?:再?问一?下?)?|再问一?下?|然后)"
_BORDER = re.compile(rf"[？?；;。！!，,\n]+|(?={_JOINT})")
_OPENING = re.compile(
    rf"^[\s，,；;]*(?:第[一二三四五六][，,、：:]|其[一二三四][，,]?|首先|其次|最后|\d[.．、](?!\d))?[，,]?"
    rf"(?:{_JOINT}[，,]?)?(?:[您你]好[，,！!。]*)?(?:我?想?请?问(?:一下)?[，,]?|想知道)?"
)
_CLOSING = "，,；;。 \n"
_ASKS = re.compile(
    r"谁|哪|什么|啥|多少|(?<![十好])几|怎么|怎样|咋|如何|为何|何时|何处|何种|吗|是否|能否|可否"
    r"|有没有|是不是|能不能|可不可以|会不会|要不要|多[久大高长远]|(.)不\1|呢[？?]?$|[？?]$"
)
_INSTEAD = re.compile(r"呢[？?]?$")
_YES_NO = re.compile(r"吗|是否|是不是|有没有|(.)不\1")
# 都有谁, 是跟谁一起, 还有谁: the subject is that of the question before
_GOES_ON = re.compile(r"^(?:是(?!不是)|都|也|又|再|分别|其中)|^谁[？?]?$")
# Words of a detail, which have a subject beside them or before them
_DETAIL = re.compile(
    r"补[贴助]|奖[励补金]|资助|津贴|[上下]限|最[高低多少]|标准|条件|门槛|期限|截止|比例|额度|金额|流程|材料"
    r"|手续|电话|地址|联系方式|费用?|时间|罚款?"
)
# 目标是什么, 范围有哪些: a side of a subject, which is not a subject itself
_SIDE = re.compile(
    r"的?(?P<side>(?![有没是还都])[\u4e00-\u9fff]{2,6}?)(?:都|又|各|分别)?(?:是|有|包括|为)(?:些?什么|哪[些几]|啥|多少)"
)


def parts_of(text: str, reader: Reader) -> tuple[str, ...]:
    """The separate questions of a text, each whole in itself; () when it is one question.

    A clause that asks nothing belongs to the question after it. At most ``MAX_QUESTIONS``.
    """
    found = _questions(text, reader)[:MAX_QUESTIONS]
    return tuple(found) if len(found) > 1 else ()


def compound_answer(text: str, reader: Reader, answer: Answer) -> Draft | None:
    """The answers to the questions of a text, each under its words; None when it is one question.

    ``text`` is the question as it was understood (``Question.asked``).

    Neighbours that one clause answers stay one question, as they are better answered together.
    """
    questions = _questions(text, reader)
    if len(questions) < 2:
        return None
    parts = [(q, answer(reader.read(q))) for q in questions[:MAX_QUESTIONS]]
    together: list[tuple[str, Draft]] = []
    for asked, draft in parts:
        both = together and _as_one(together[-1], (asked, draft), reader, answer)
        if both:
            together[-1] = both
        else:
            together.append((asked, draft))
    if len(together) == 1 or not any(d.status is Status.ANSWERED for _, d in together):
        return None  # the question as it was asked says no less
    draft = joined(together)
    draft.warnings += [TOO_MANY] if len(questions) > MAX_QUESTIONS else []
    return draft


def _as_one(
    first: tuple[str, Draft], second: tuple[str, Draft], reader: Reader, answer: Answer
) -> tuple[str, Draft] | None:
    """Two questions as one, where the clause that answers the first answers both."""
    leading, vague = _leading(first[1]), second[1].status is Status.CLARIFY
    told = _asked_things(second[0], reader)
    if not leading or not (vague or told or leading == _leading(second[1])):
        return None
    asked = f"{first[0].rstrip('？?。；; ')}，{second[0]}"
    draft = answer(reader.read(asked))
    weaker = draft.status is Status.PARTIAL and first[1].status is not Status.PARTIAL
    if weaker or _leading(draft) != leading:
        return None
    quoted = "\n".join(c.quote for c in draft.citations)
    if told and all(term in fold(quoted) for term in told):
        return asked, draft
    cited = [c.quote for part in (first[1], second[1]) for c in part.citations]
    same = leading == _leading(second[1]) or vague
    return (asked, draft) if same and all(quote in quoted for quote in cited) else None


def _asked_things(text: str, reader: Reader) -> tuple[str, ...]:
    """The topic words after the asking word, where none stands before it (打造多少个品牌)."""
    asks = _ASKS.search(text)
    if not asks or WHO.search(text) or reader.terms(text[: asks.start()]):
        return ()
    return reader.terms(text[asks.end() :])


def _leading(draft: Draft) -> str:
    """The clause that an answer rests on first; '' where there is none."""
    answered = draft.status in ANSWERS and draft.citations
    return draft.citations[0].clause.id if answered else ""


def _questions(text: str, reader: Reader) -> list[str]:
    """Every question of a text, made whole with the subject and the document of the one before."""
    found: list[str] = []
    before = subject = document = ""
    pieces = list(_asking(text))
    for piece in pieces if len(pieces) > 1 else ():
        asked = _OPENING.sub("", piece).strip(_CLOSING)
        named, rest, _ = named_documents(asked, reader.documents)
        if found and not named and _leans(asked, before, reader):
            found[-1] = f"{found[-1].rstrip('？?')}，{asked}"
            continue
        before = rest.strip() if named else _whole(asked, subject, reader)
        document = _reference(named, reader) if named else document
        found.append(asked if named else f"{document}的{before}" if document else before)
        subject = before if reader.subject(before) else subject
    return found


def _reference(ids: Sequence[str], reader: Reader) -> str:
    """How the questions after it can name the one document that a question names; '' if several."""
    titles = [d.doc_number or f"《{d.title}》" for d in reader.documents if d.id in ids]
    return titles[0] if len(titles) == 1 else ""


def _whole(asked: str, before: str, reader: Reader) -> str:
    """A question with the subject of the one before it, where it has none of its own."""
    if not before:
        return asked
    own = [t for t in _own_terms(asked, reader) if not _DETAIL.search(t)]
    read = reader.read(asked)
    side = _SIDE.match(asked) or read.details
    if side and not (own or read.units or read.areas or read.clause_numbers or read.facts):
        return _with_side(asked, before, reader)
    earlier = before if _INSTEAD.search(asked) else _subject(before, reader) or before
    whole = Conversation(reader).understand(asked, [earlier]).asked
    return re.sub(r"的(?=[由归找问]|是谁|谁)", "", whole, count=1) if WHO.match(asked) else whole


def _asking(text: str) -> Iterator[str]:
    """The stretches of a text that end with a clause that asks; a last remark joins the last."""
    kept = [m.span() for m in _WHOLE.finditer(text)]
    ends = [
        m.end()
        for m in _BORDER.finditer(text)
        if m.end() and not any(start < m.end() < end for start, end in kept)
    ]
    pieces: list[tuple[int, int]] = []
    start = before = 0
    for end in (*ends, len(text)):
        if _ASKS.search(text[before:end].strip(_CLOSING)):
            pieces.append((start, end))
            start = end
        before = end
    for at, (start, end) in enumerate(pieces):
        yield text[start : len(text) if at == len(pieces) - 1 else end]


def _leans(asked: str, before: str, reader: Reader) -> bool:
    """Whether a question has no subject and asks for no other thing than the one before it.

    怎么做的 goes on about its subject; 由谁负责, 在哪里, 目标是什么, 补贴多少 and 文号 do not.
    """
    read = reader.read(asked)
    if read.kind is Kind.META:
        both = reader.read(f"{before}，{asked}").facts  # a fact beyond its own is of the one before
        one = reader.read(before).kind is Kind.META or len(both) > len(read.facts)
        return one and not read.documents
    if read.clause_numbers or read.areas:
        return False
    if _GOES_ON.search(asked):
        return True
    if _own_terms(asked, reader):
        return False
    if read.units:
        return bool(_YES_NO.search(asked))
    if not reader.subject(before):
        return True
    apart = WHO.search(asked) or without_place(asked) != asked or _SIDE.match(asked)
    return not (apart or read.details)


def _own_terms(asked: str, reader: Reader) -> tuple[str, ...]:
    """The topic words of a question beside its units."""
    bare = WHO.sub(" ", asked)
    for unit in reader.units.find(asked):
        bare = bare.replace(unit.written, " ")
    return reader.terms(bare)


def _subject(text: str, reader: Reader) -> str:
    """What a question is about: what stands before its first asking word, if that has a topic."""
    asks = _ASKS.search(text)
    head = re.sub(
        r"(?:发给|[放建落设位给由归靠在于往到去])+$", "", text[: asks.start()] if asks else text
    )
    return reader.subject(head) or reader.subject(text)


def _with_side(asked: str, before: str, reader: Reader) -> str:
    """目标是什么 after 先行区范围有哪些: the subject without the side of it that was asked."""
    subject = _subject(before, reader)
    last = words(subject)[-1:]
    at = before.find(subject) + len(subject) - len("".join(last))
    if last and len(subject) > len(last[0]) and _SIDE.match(before, max(at, 0)):
        subject = subject.removesuffix(last[0]).rstrip("的")
    joint = "的" if _SIDE.match(asked) or _DETAIL.match(asked) else "，"
    return f"{subject}{joint}{asked.removeprefix('的')}" if subject else asked
