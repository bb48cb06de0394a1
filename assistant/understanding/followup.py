"""What was meant: typing errors are put right, a question that leans on another is completed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.spelling import Correction
from assistant.text import clean, simplified, words
from assistant.understanding.comparison import Compared, Comparison, compared
from assistant.understanding.details import without_details
from assistant.understanding.document_facts import (
    TALLIES,
    clause_numbers,
    document_facts,
    whole_of,
    written_number,
)
from assistant.understanding.english import EnglishReader, Translation, is_english
from assistant.understanding.injection import is_injection
from assistant.understanding.question import WHO, Kind, Question, Reader, without_place
from assistant.understanding.units import Mention

_PRONOUN = re.compile(
    r"它们?|这个|那个|这一?[条项块]|那一?[条项块]|上述|其中|该[条项]|这些|那些|这(?=归|由|是|谁|要|有|的)|其(?=责任|牵头|负责)|此项|前面(?:说的|那个)?"
)
_AMONG = re.compile(
    r"(?:其中|(?:这些|那些|上述|以上)(?:任务|工作|事项|条款|单位)?(?:里面?|之?中|当中))的?[，,]?"
)
_JOINED = re.compile(r"的|[由归是找问属有]|[放落]在|布局在|在哪|放哪|落在?哪")
_ASKS = re.compile(r"什么|怎么|怎样|如何|哪|多少|谁|吗|”是")
_TOGETHER = re.compile("一起|共同|合作|联合")
_MODALS = frozenset("能 要 会 可以 能够 需要".split())
_ABOUT_ALL = re.compile(
    r"(?:文件|全文|通篇)[^，。？?]{0,8}?(?:多少|几)[个条项份家章]"
    r"|(?:文件|全文|通篇|一共|总共|共(?![同建享]))[^，。？?]{0,8}?(?:多少|几)[个条项份家]?"
    r"(?:责任|牵头|配合)?(?:单位|部门|任务|条款|部分|产业|文件)"
)
_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,6}[〔\[（(【]\s*\d{4}")  # 淄政字〔2022 is not mistyped
_LEAD_IN = re.compile(
    r"^(?:那么?(?![个种些里样边时])|还有|另外|然后|接着|请问|再问一?下?|换成?|如果是|要是)[，,]?"
)


class Conversation:
    """Understands a question with the questions before it.

    ``corrected`` puts typing errors right; by default there are none. ``english`` reads questions
    in English.
    """

    def __init__(
        self,
        reader: Reader,
        corrected: Callable[[str], Correction] = Correction,
        english: EnglishReader | None = None,
    ) -> None:
        self.reader = reader
        self.corrected = corrected
        self.english = english or EnglishReader(())

    def translated(self, text: str) -> Translation | None:
        """A cleaned English question in Chinese; None for one that is not English."""
        return self.english.read(text) if is_english(text) else None

    def understand(self, text: str, history: Sequence[str] = ()) -> Question:
        """The question; a follow-up is completed from ``history``, oldest question first."""
        asked, before = clean(text), ""
        for earlier in history:
            said = self.plain(earlier).text
            if self.reader.read(said).kind is Kind.ASSISTANT:  # 谢谢
                continue
            whole = self._whole(said, before) or said
            before = "" if is_injection(said) or not self._names(whole) else whole
        plain = self.plain(asked)
        completed = self._whole(plain.text, before)
        unclear = "" if completed else self._unclear(plain.text, before)
        rewritten = completed or (plain.text if plain.text != simplified(asked) else None)
        read = self.reader.read(rewritten or plain.text)
        read = replace(read, text=asked, rewritten=rewritten, changes=plain.changes)
        return replace(read, unclear=unclear)

    def plain(self, text: str) -> Correction:
        """A question in simplified characters, with what is mistyped put right.

        A unit or area that it names, however shortened, is not mistyped.
        """
        written = simplified(clean(text))
        english = self.translated(written)
        if english:
            return Correction(english.text or written)
        found = self.corrected(written)
        same = _NUMBER.findall(written) == _NUMBER.findall(found.text)
        kept = found.changes and same and self._named(written) <= self._named(found.text)
        return found if kept else Correction(written)

    def _named(self, text: str) -> set[str]:
        """The units and areas that a text names and the index knows."""
        units = {unit.name for unit in self.reader.units.find(text) if unit.name}
        return units | set(self.reader.areas.find(text))

    def _whole(self, text: str, before: str) -> str | None:
        """A follow-up made whole, in the document of the question before; None if it is whole."""
        short = _LEAD_IN.sub("", text)
        if not before or is_whole(short) or self.reader.read(short).kind is Kind.ASSISTANT:
            return None
        whole = self._complete(short, text, before)
        if document_facts(short, False):
            return self._in_document(short, before)
        return (self._in_document(whole, before) or whole) if whole else None

    def _in_document(self, text: str, before: str) -> str | None:
        """The text with the one document that the question before names, where it names none."""
        ids = self.reader.read(before).documents
        titles = [d.title for d in self.reader.documents if d.id in ids]
        if len(titles) != 1 or len(self.reader.documents) < 2 or self.reader.read(text).documents:
            return None
        return f"《{titles[0]}》的{text}"

    def _complete(self, short: str, text: str, before: str) -> str | None:
        """A follow-up with the subject of the one before; None if it has one of its own."""
        subject = self._subject(before)
        own = self._own(short)
        units = self.reader.units.find(short)
        among = _AMONG.match(short)
        if among and (units or own or not subject or clause_numbers(short)):
            return self._among(short[among.end() :], before, units)
        if _PRONOUN.search(short) and subject and not units and not own:
            return _PRONOUN.sub(lambda _: subject, short, count=1)
        if not own and not units:
            return self._with_subject(short, subject)
        if re.search(r"呢[？?。！!]*$", text) and len(short) <= 24:
            return self._in_place_of(short, subject, before)
        return None

    def _subject(self, before: str) -> str:
        """What the question before is about: its clause, its topic or its unit; '' if nothing."""
        read = self.reader.read(before)
        if read.kind is Kind.CLAUSE:
            return written_number(read.clause_numbers)
        return _quoted(self.reader.subject(before))

    def _own(self, short: str) -> tuple[str, ...]:
        """The topic words of a question beside what only points, and beside the detail it asks."""
        plain = without_place(without_details(self.reader.topic(short)))
        terms = self.reader.terms(_PRONOUN.sub(" ", plain))
        return tuple(t for t in terms if not t.startswith("最"))  # 最高多少 has no topic

    def _names(self, text: str) -> bool:
        """Whether a question names anything of the index: only then can another one lean on it."""
        if clause_numbers(text) or self._named(text) or self.reader.read(text).documents:
            return True
        reader = self.reader
        for term in reader.terms(without_details(text)):
            others = reader.vocabulary.synonyms.get(term, ())
            if not term.startswith("最") and any(
                len(w) > 1 and w in reader.known for w in (term, *words(term), *others)
            ):
                return True
        return False

    def _unclear(self, text: str, before: str) -> str:
        """其中, where nothing says of what; else ''."""
        among = _AMONG.match(_LEAD_IN.sub("", text))
        if not among or (self._own(self._unitless(text)) and not before):
            return ""
        return among.group().rstrip("的，,")

    def _unitless(self, text: str) -> str:
        for unit in self.reader.units.find(text):
            text = text.replace(unit.written, " ")
        return _TOGETHER.sub(" ", text)

    def _among(self, rest: str, before: str, units: Sequence[Mention]) -> str | None:
        """其中哪些…: of the clause, of the tasks of the units or of the topic before."""
        earlier = self.reader.read(before)
        if earlier.clause_numbers:
            return f"{written_number(earlier.clause_numbers)}中，{rest}"
        known = dict.fromkeys(u.written for u in (*earlier.units, *units) if u.name)
        if earlier.kind is Kind.TASKS and any(u.name for u in units) and earlier.units:
            return f"{'、'.join(known)}共同负责哪些任务" if len(known) > 1 else None
        subject = self._subject(before)
        if not subject or earlier.kind is Kind.INDUSTRIES:
            return None
        return f"{subject}，{rest}"

    def _with_subject(self, short: str, subject: str) -> str | None:
        if not subject or document_facts(short, False) or clause_numbers(short):
            return None
        if _ASKS.search(subject) or not _MODALS.isdisjoint(words(subject)):  # 做什么工程，由谁负责
            return f"{subject}，{short}"
        if re.match("谁|哪", short) and WHO.match(short):
            return f"{subject}由{short}"
        if _JOINED.match(short):
            return f"{subject}{short}"
        return f"{subject}{'的' if WHO.match(short) else '，'}{short}"

    def _in_place_of(self, short: str, subject: str, before: str) -> str | None:
        """工业互联网呢？ after 自动驾驶重点做什么？: the new subject takes the old one's place."""
        new = re.sub(r"(?:这?方面|这?一?块|这?部分|领域)?(?:的话)?呢[？?。！!]*$", "", short)
        if not new or not subject or subject == new:
            return None
        areas, units = self.reader.areas.find(new), self.reader.units.find(new)
        sides = compared(before, self.reader)
        if sides:
            return self._of_one(sides, new)
        if areas and not self.reader.terms(self.reader.areas.replaced(new)):
            spans = self.reader.areas.spans(before)
            if len(spans) == 1:
                return self.reader.areas.replaced(before, new)
            if spans or not units:
                return None
        old = self.reader.units.find(before)
        if units:
            if len(old) == 1 and self.reader.read(before).kind is not Kind.INDUSTRIES:
                return before.replace(old[0].written, new, 1)
            asked = not old and subject in before and WHO.search(before)
            return f"{subject}由{new}负责吗" if asked else None
        if subject not in before or subject in (u.written for u in old):
            return None
        return before.replace(subject, new, 1)

    def _of_one(self, comparison: Comparison, new: str) -> str | None:
        """What was asked of the sides of a comparison, asked of one area or unit."""
        if comparison.kind is Compared.AREAS and self.reader.areas.find(new):
            return f"{new}支持哪些产业"
        if comparison.kind is Compared.UNITS and self.reader.units.find(new):
            return f"{new}{'牵头' if comparison.leads else '负责'}哪些任务"
        return None


def _quoted(subject: str) -> str:
    """The subject with the opening mark of the closing one that it holds."""
    return f"“{subject}" if "”" in subject and "“" not in subject else subject


def is_whole(text: str) -> bool:
    """Whether a question is about all that there is: 全文共几条, 哪个单位任务最多."""
    return bool(_ABOUT_ALL.search(text)) or whole_of(text) in TALLIES
