"""Which things a question compares: clauses, areas, units or documents. No content is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.model import Clause
from assistant.text import CN_NUMERAL
from assistant.understanding.document_facts import (
    clause_numbers,
    named_documents,
    names_of,
    squeezed,
)
from assistant.understanding.question import Reader

MAX_SIDES = 4


class Compared(StrEnum):
    """What is compared."""

    CLAUSES = "clauses"
    AREAS = "areas"
    UNITS = "units"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things compared.

    ``names`` holds the areas, the unit's canonical name, the document's id or the clause's label;
    it is empty where the documents do not know the thing. ``documents`` are those that it is
    sought in, if the question names any beside it.
    """

    written: str
    names: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two to four sides of one kind, in the order of the question.

    ``leads``: of units, only the tasks that they lead are compared.
    """

    kind: Compared
    sides: tuple[Side, ...]
    leads: bool = False


_COMPARES = re.compile(
    r"比较|对比|区别|差异|差别|不同|异同|不一样|一样吗|相同吗|是否(?:相同|一致)|相比"
    r"|(?:谁|哪一?[个家份条])[^，。？?]{0,6}?(?:多(?![少久大])|(?<!多)少|早|晚|更新)|[多少早晚]还是"
    r"|比[^，。？?]{2,20}(?:多(?!少)|(?<!多)少|早|晚)"
)
_N = rf"(?:{CN_NUMERAL}|\d+)"
_CLAUSE = re.compile(
    rf"(?:第?{_N}(?:部分|、)?)?[（(]{_N}[)）](?:\d+[.．]|第?{_N}[条项点])?"
    rf"|第{_N}(?:部分|大?条|章|款)(?:之{CN_NUMERAL})?(?:第{_N}[条款项])*(?:第?[（(]{_N}[)）]项)?"
)
_ABOVE = re.compile(rf"^第?{_N}(?:部分|、)?(?=[（(])|^第{_N}条(?:之{CN_NUMERAL})?(?=第)")
_LOWER = re.compile(rf"[（(]|第{_N}[款项]")  # the number of a level that stands below another
_IN_A_NAME = re.compile(r"《[^《》]*》|[〔\[［﹝（(【]\s*\d{4}\s*[〕\]］﹞）)】]")
_TITLE = re.compile(r"《([^《》]+)》")
# What the tables tell: industries of areas, tasks of units, facts of documents.
_INDUSTRIES = re.compile(r"产业|行业|支持|发展|定位|主导|布局|方向|功能|特色")
_TASKS = re.compile(r"任务|职责|分工|工作|事项|负责|承担|牵头|参与|活儿?|事情?|管")
_FACTS = re.compile(
    r"文件|意见|通知|政策|方案|办法|规定|内容|文号|日期|时间|印发|发布|出台|发文|机关"
)
_UNITS = re.compile(r"(?:责任|牵头|配合)?(?:单位|部门)|属地|负责|牵头|条款?|部分|规定|内容|要求")
_JOINT = "和与跟同及、，,比"
_BEFORE = re.compile(
    rf"(?:^|请问|比较一?下?|对比一?下?)(?P<name>[\u4e00-\u9fff]{{2,10}}?)[{_JOINT}]$"
)
_AFTER = re.compile(
    rf"^[{_JOINT}](?P<name>[\u4e00-\u9fff]{{2,10}}?)(?:的|之间|这?[两二]|都|在|有|支持|发展|重点|主导"
    r"|产业|任务|职责|谁|哪|相比|各|分别|区别|差|异|哪|[，,？?。 ]|$)"
)


def compared(text: str, reader: Reader) -> Comparison | None:
    """What a question (``Question.asked``) compares; None when no table tells of it."""
    if not _COMPARES.search(text):
        return None
    for found in _readings(text, reader):
        if 2 <= len(found.sides) <= MAX_SIDES:
            return found
    return None


def _readings(text: str, reader: Reader) -> Iterator[Comparison]:
    yield Comparison(Compared.CLAUSES, _numbered(text, reader))
    yield Comparison(Compared.DOCUMENTS, _documents(text, reader))
    named, rest, _ = named_documents(text, reader.documents)
    yield Comparison(Compared.UNITS, _units(rest, reader, named), "牵头" in rest)
    yield Comparison(Compared.AREAS, _areas(rest, reader, named))
    yield Comparison(Compared.CLAUSES, _headed(rest, reader, named))


def _only(text: str, names: Iterable[str], asked: re.Pattern[str], reader: Reader) -> bool:
    """Whether a question has no topic beside the names and what is asked of them."""
    for name in names:
        text = text.replace(name, " ")
    return not reader.terms(asked.sub(" ", _COMPARES.sub(" ", text)))


def _numbered(text: str, reader: Reader) -> tuple[Side, ...]:
    """Clauses by their numbers; （五） after 二（四） is 二（五）, and is in the same document."""
    sides: list[Side] = []
    documents: tuple[str, ...] = ()
    above, end = "", 0
    for stretch in _CLAUSE.finditer(_unnumbered(text, reader)):
        named = named_documents(text[end : stretch.end()], reader.documents)[0]
        documents = named or documents
        end = stretch.end()
        written = stretch.group()
        own = _ABOVE.match(written)
        above = own.group() if own else above
        if not own and _LOWER.match(written):
            written = above + written
        side = Side(written, (written,), documents)
        if clause_numbers(written) and side not in sides:
            sides.append(side)
    return tuple(sides)


def _unnumbered(text: str, reader: Reader) -> str:
    """The text with blanks, as long, in place of titles and 文号, which hold numbers themselves."""
    for document in reader.documents:
        for name in (*names_of(document), document.doc_number):
            text = text.replace(name, " " * len(name)) if name else text
    return _IN_A_NAME.sub(lambda m: " " * len(m.group()), text)


def _documents(text: str, reader: Reader) -> tuple[Side, ...]:
    """Documents by title or 文号, the unknown ones too, where nothing else is asked of them."""
    ids, rest, _ = named_documents(text, reader.documents)
    unknown = [f"《{title}》" for title in _TITLE.findall(rest)]
    number = named_documents(rest, reader.documents)[2].lstrip(_JOINT)
    unknown += [number] if number else []
    if not _only(rest, unknown, _FACTS, reader):
        return ()
    known = [d for d in reader.documents if d.id in ids]
    flat = squeezed(text)
    places = {
        Side(f"《{d.title}》", (d.id,)): min(
            at for n in (*names_of(d), d.doc_number) if n and (at := flat.find(squeezed(n))) >= 0
        )
        for d in known
    }
    places |= {Side(name): flat.find(squeezed(name)) for name in unknown}
    return tuple(sorted(places, key=lambda side: places[side]))


def _units(text: str, reader: Reader, documents: tuple[str, ...]) -> tuple[Side, ...]:
    mentions = reader.units.find(text)
    sides = [Side(m.written, (m.name,) if m.name else (), documents) for m in mentions]
    spans = [(m.start, m.end) for m in mentions]
    if len(sides) == 1 and _TASKS.search(text):
        sides = _with_unknown(text, sides[0], spans[0], reader)
    return _sides(text, sides, _TASKS, reader)


def _areas(text: str, reader: Reader, documents: tuple[str, ...]) -> tuple[Side, ...]:
    spans = sorted(reader.areas.spans(text))
    sides = [Side(name, reader.areas.written[name], documents) for _, name in spans]
    if len(sides) == 1 and _INDUSTRIES.search(text):
        span = (spans[0][0], spans[0][0] + len(sides[0].written))
        sides = _with_unknown(text, sides[0], span, reader)
    return _sides(text, sides, _INDUSTRIES, reader)


def _sides(
    text: str, sides: Sequence[Side], asked: re.Pattern[str], reader: Reader
) -> tuple[Side, ...]:
    """The sides, each thing once, where nothing but what the table tells is asked of them."""
    if not _only(text, [s.written for s in sides], asked, reader):
        return ()
    things = {side.names or (side.written,): side for side in reversed(sides)}
    return tuple(reversed(things.values()))


def _with_unknown(text: str, side: Side, span: tuple[int, int], reader: Reader) -> list[Side]:
    """The side and the name beside it, which no document knows (张店 in 淄川和张店)."""
    after, before = _AFTER.match(text[span[1] :]), _BEFORE.search(text[: span[0]])
    if after and after["name"] not in reader.known:
        return [side, Side(after["name"])]
    if before and before["name"] not in reader.known:
        return [Side(before["name"]), side]
    return [side]


def _headed(text: str, reader: Reader, documents: tuple[str, ...]) -> tuple[Side, ...]:
    """Clauses by their headings, each of which is that of one clause only."""
    found: dict[str, list[Clause]] = {}
    for document in reader.documents:
        for clause in document.clauses if not documents or document.id in documents else ():
            heading = clause.heading.strip("。")
            if len(heading) > 1 and heading in text and clause_numbers(clause.label):
                found.setdefault(heading, []).append(clause)
    names = [h for h in found if not any(h != longer and h in longer for longer in found)]
    if any(len(found[name]) > 1 for name in names) or not _only(text, names, _UNITS, reader):
        return ()
    clauses = [found[name][0] for name in sorted(names, key=text.find)]
    return tuple(Side(c.full_label, (c.label,), (c.document_id,)) for c in clauses)
