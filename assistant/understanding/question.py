"""What is asked: a document's facts, a clause, a unit's tasks, who is responsible, industries.

Rules over the words of the question and the names that the index knows; no model.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from assistant.model import Document
from assistant.text import fold, simplified
from assistant.understanding.areas import AreaFinder
from assistant.understanding.details import Detail, asked_details
from assistant.understanding.document_facts import (
    WHOLE,
    clause_numbers,
    document_facts,
    named_documents,
    without_facts,
)
from assistant.understanding.document_mentions import DocumentMentions
from assistant.understanding.units import Mention, UnitFinder
from assistant.vocabulary import Vocabulary


class Kind(StrEnum):
    """What a question wants to know."""

    FACT = "fact"
    DEFINITION = "definition"
    UNIT = "unit"
    TASKS = "tasks"
    META = "meta"
    CLAUSE = "clause"
    WHERE = "where"
    PURPOSE = "purpose"
    ASSISTANT = "assistant"
    OVERVIEW = "overview"
    INDUSTRIES = "industries"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood. ``topic`` is its text without the words that only ask.

    ``changes``: pairs of what was mistyped and what it was read as. ``unclear`` points at nothing.
    """

    text: str
    kind: Kind
    topic: str
    rewritten: str | None = None
    changes: tuple[tuple[str, str], ...] = ()
    units: tuple[Mention, ...] = ()
    areas: tuple[str, ...] = ()
    clause_numbers: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    documents: tuple[str, ...] = ()
    unknown_number: str = ""
    overview: str = ""
    unclear: str = ""

    @property
    def asks_meaning(self) -> bool:
        """Whether the question asks what a word means, whatever else it asks."""
        return bool(_DEFINITION.search(self.asked))

    @property
    def asks_who(self) -> bool:
        """Whether the question asks for units, whatever else it asks."""
        return bool(WHO.search(self.asked))

    @property
    def asked(self) -> str:
        """The question as it was understood: simplified, put right, completed as a follow-up."""
        return simplified(self.rewritten or self.text)


WHO = re.compile(
    r"(?:由|是|归|找|问|属于?|有)?(?:谁|哪一?[个些家几]{0,2}(?:市级|市直|具体)?(?:单位|部门|局|委办局|委|机构|责任单位|牵头单位|责任部门))"
    r"(?:来|去|在)?(?:牵头|负责|主管|管理|管|抓|落实|承担|保障|推进|承办|配合|的责任|的活儿?|参与)*"
    r"|(?:责任|牵头|配合|负责|主管|落实)(?:的)?(?:单位|部门)(?:都?(?:是|有))?(?:谁|哪[些个几家]*)?|谁"
    r"|牵头的?是?(?:哪家|谁)|归(?:哪|谁)[^，。？?]{0,4}管|哪家(?:单位)?(?:负责|牵头|管)"
)
_TAKES_PART = re.compile(r"[管抓].{1,20}吗")
_ALL_TASKS = re.compile(
    r"(?:任务|职责|工作|事项)(?:清单|列表|一览|汇总|总表)|(?:哪些|什么|几|多少|所有|全部|啥).{0,4}(?:任务|工作|事|活|职责|条款|[项条件])"
    r"|(?:负责|承担|要干|要做|管|牵头)(?:些)?(?:什么|啥|哪些)"
)
_TASKS = re.compile(
    r"负责|承担|参与|参加|分别|各自|分[到给]|牵头|配合|任务|职责|分工|工作|要做|要干|管什么|管啥|管哪|哪几[项条件]|哪些[事活]|干什么|做什么|什么活|干啥|管不管|有关|事项|条款|涉及|共同|一起|合作"
)
_WHERE = re.compile(
    r"哪[一]?[个些]?(?:园区|片区|区|镇|县|街道|地方|板块|开发区|功能区|区域|地)|哪里|哪儿|去哪|放哪里?|放在哪里?|落在哪里?|什么地方|何处|在哪"
)
_INDUSTRY = re.compile(
    r"产业|行业|投资|招商|主导|定位|赛道|发展(?:什么|哪些|啥)|支持(?:什么|哪些|啥)|做什么(?:项目|生意)|适合"
)
_DEFINITION = re.compile(
    r"什么是|是什么意思|啥意思|是指什么|指的?是?什么|含义|怎么理解|何为|什么叫|是什么[？?。]?$|名词解释|意思是"
)
_ASSISTANT = re.compile(
    r"^(?:你好|您好|嗨|在吗|谢谢|多谢|再见|早上好|下午好|晚上好)[啊呀吗呢！!。，,？?]*$"
    r"|^(?:请问)?(?:你|您|你们)(?:是谁|是什么|叫什么|会什么|能做什么|能干什么|可以做什么)"
    r"|(?:你们?|这个)的?(?:系统|机器人|助手|软件|小程序|程序|模型).{0,8}(?:谁|哪|什么).{0,8}(?:开发|做|研发|维护|模型)"
)
_DUTIES_OF = re.compile(
    r"(?:请问|那么?)?(?P<unit>[\u4e00-\u9fff]{3,12}?)(?:都|主要|要|应该)?(?:负责|承担|牵头|参与|管)(?:什么|哪些|啥|哪几)"
)
_LIST = re.compile(
    r"(?:哪些|什么|啥|几个)(?:重点|主要|特色)?(?:产业|行业)|(?:产业|行业)(?:有|是|都有)?(?:哪些|什么|啥)"
)
_DOCUMENT = re.compile(r"文件|意见|通知|政策|方案|办法|规定|公文|收录|全文|整[个份]|牵头|责任|单位")
_ISSUED = re.compile(r"制定|出台|印发|发布|下发|发文")
_PURPOSE = re.compile(r"为什么|为啥|为何|目的|图个?啥|图什么|背景|出于什么|意义|初衷|缘由")
_OF_A_DOCUMENT = frozenset({Kind.META, Kind.TASKS, Kind.OVERVIEW, Kind.CLAUSE})


class Reader:
    """Understands questions with the names of one index."""

    def __init__(
        self,
        units: UnitFinder,
        areas: AreaFinder,
        vocabulary: Vocabulary,
        known: Container[str],
        documents: Sequence[Document] = (),
    ) -> None:
        self.documents = tuple(map(_simplified, documents))
        self.titles = fold("".join(d.title for d in documents))
        self.units = units
        self.areas = areas
        self.vocabulary = vocabulary
        self.known = known
        self.mentions = DocumentMentions(self.documents, vocabulary)

    def read(self, text: str) -> Question:
        """The question, understood as it stands."""
        plain = simplified(text)
        documents, rest, unknown_number = named_documents(plain, self.documents)
        found = self._read(rest if documents else plain, bool(documents))
        named = None if documents or unknown_number else self.mentions.find(plain)
        if named:
            inside = self._read(named.rest, True)
            if named.firm or inside.kind in _OF_A_DOCUMENT:
                documents, found = named.documents, inside
        if found.units and found.kind is not Kind.TASKS and _ALL_TASKS.search(plain):
            about = self.mentions.titled(self._without(found.topic, found.units))
            if about:  # the rest of the question is what a whole document is about
                documents, found = documents or about, replace(found, kind=Kind.TASKS)
        if found.kind is Kind.META and not documents:
            documents = self.mentions.titled(without_facts(plain))
        places = [u.place for u in found.units if u.place]
        if places and not documents:
            documents = tuple(d.id for d in self.documents if any(p in d.issuer for p in places))
        return replace(found, text=text, documents=documents, unknown_number=unknown_number)

    def _read(self, text: str, named: bool) -> Question:
        units = tuple(self.units.find(text)) or self._unknown_unit(text)
        areas = self.areas.find(text)
        topic = self.topic(text, units)
        numbers = clause_numbers(text)
        bare = self._untitled(without_facts(topic))
        facts = document_facts(text, bool(self.terms(bare)) and not named)
        kind = self._kind(text, units, areas, topic, numbers, facts)
        details = asked_details(text)
        found = Question(text, kind, topic, None, (), units, areas, numbers, facts, details)
        whole = "" if units or areas or numbers or facts else self._overview(text)
        if named and kind is Kind.FACT and not (units or areas or self.terms(topic)):
            whole = whole or "contents"  # a document's name and nothing else
        return replace(found, kind=Kind.OVERVIEW, overview=whole) if whole else found

    def _unknown_unit(self, text: str) -> tuple[Mention, ...]:
        """The subject of X负责什么 when it is no unit and no area that is known (淄博海关)."""
        found = _DUTIES_OF.match(text)
        if not found or self.areas.find(found["unit"]):
            return ()
        written = found["unit"]
        ends_so = re.search(
            r"(?:部|海关|公司|集团|法院|检察院|协会|商会|大队|中心|学校|大学|医院)$", written
        )
        return (Mention("", written, found.start("unit"), found.end("unit")),) if ends_so else ()

    def _overview(self, text: str) -> str:
        """What is asked of a document as a whole, when nothing else is: a key of WHOLE, or ''."""
        for name, pattern in WHOLE:
            if pattern.search(text):
                rest = _TASKS.sub(" ", pattern.sub(" ", self._untitled(text)))
                return "" if self.terms(_DOCUMENT.sub(" ", rest)) else name
        return ""

    def _kind(
        self,
        text: str,
        units: Sequence[Mention],
        areas: Sequence[str],
        topic: str,
        numbers: Sequence[str],
        facts: Sequence[str],
    ) -> Kind:
        if _ASSISTANT.search(text):
            return Kind.ASSISTANT
        if facts or numbers:
            return Kind.META if facts else Kind.CLAUSE
        shell = _ISSUED.sub(" ", _PURPOSE.sub(" ", self._untitled(topic)))
        if _PURPOSE.search(text) and not self.terms(shell):
            return Kind.PURPOSE
        bare = self._without(topic, units)
        asks_industry = bool(_INDUSTRY.search(text))
        listed = areas or _LIST.search(text)
        if listed and asks_industry and not self.terms(self._without_areas(bare)):
            return Kind.INDUSTRIES
        if units and self._asks_tasks(text, bare):
            return Kind.TASKS
        return self._topic_kind(text, units, bool(areas and asks_industry))

    def _topic_kind(self, text: str, units: Sequence[Mention], industries: bool) -> Kind:
        if _WHERE.search(text) and not WHO.search(_WHERE.sub("", text)):
            return Kind.WHERE
        if WHO.search(text) or (units and (_TASKS.search(text) or _TAKES_PART.search(text))):
            return Kind.UNIT
        if industries:
            return Kind.INDUSTRIES
        return Kind.DEFINITION if _DEFINITION.search(text) else Kind.FACT

    def _asks_tasks(self, text: str, bare: str) -> bool:
        """Whether a question that names units wants their tasks and has no topic beside them."""
        terms = self.terms(bare)
        if not terms:
            other = asked_details(text) or any(p.search(text) for p in (_WHERE, _DEFINITION, WHO))
            return bool(_TASKS.search(text)) or not other
        foreign = not any(t in self.known or self.vocabulary.knows(t) for t in terms)
        return foreign and bool(_ALL_TASKS.search(text))

    def topic(self, text: str, units: Sequence[Mention] = ()) -> str:
        """The question without the words that ask who is responsible, and without units."""
        shell = WHO.sub(" ", text)
        for unit in units:
            shell = shell.replace(unit.written, " ")
        return shell if self.terms(shell) or not self.terms(text) else text

    def _untitled(self, text: str) -> str:
        """The text without the topic words that a document's title holds."""
        for term in self.terms(text):
            if term in self.titles:
                text = text.replace(term, " ")
        return text

    def terms(self, text: str) -> tuple[str, ...]:
        """The words of the text that carry a topic."""
        return self.vocabulary.terms(text, self.known)

    def _without(self, text: str, units: Sequence[Mention]) -> str:
        for unit in units:
            text = text.replace(unit.written, " ")
        return _TASKS.sub(" ", text)

    def _without_areas(self, text: str) -> str:
        return _INDUSTRY.sub(" ", self.areas.replaced(text))

    def subject(self, text: str) -> str:
        """The stretch of a question that names its topic, from its first topic word to its last."""
        units = self.units.find(text)
        topic = without_place(_DEFINITION.sub(" ", self.topic(text, units)))
        terms = self.terms(topic)
        if not terms:
            return units[0].written if units else ""
        flat, spans = fold(text), []
        for term in terms:
            at = flat.find(term)
            if at >= 0 and len(flat) == len(text):
                spans.append((at, at + len(term)))
        if not spans:
            return terms[0]
        first, last = min(spans)[0], max(end for _, end in spans)
        stretch = text[first:last]
        return (
            stretch
            if len(stretch) <= 20 and not re.search(r"[，。？?！]", stretch)
            else text[slice(*spans[0])]
        )


def _simplified(document: Document) -> Document:
    """The document with what it is named by in simplified characters."""
    given = (document.title, document.doc_number, document.issuer)
    title, number, issuer = plain = tuple(map(simplified, given))
    if plain == given:
        return document
    return replace(document, title=title, doc_number=number, issuer=issuer)


def without_place(text: str) -> str:
    """The question without the words that ask where."""
    return _WHERE.sub(" ", text)
