"""What was meant: typing errors are put right, a question that leans on another is completed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.spelling import Correction
from assistant.text import clean, simplified
from assistant.understanding.details import without_details
from assistant.understanding.document_facts import clause_numbers, document_facts
from assistant.understanding.english import EnglishReader, Translation, is_english
from assistant.understanding.question import WHO, Question, Reader

_PRONOUN = re.compile(
    r"它们?|这个|那个|这一?[条项块]|那一?[条项块]|上述|其中|该[条项]|这些|那些|这(?=归|由|是|谁|要|有|的)|其(?=责任|牵头|负责)|此项|前面(?:说的|那个)?"
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
            before = self._complete(said, before) or said
        plain = self.plain(asked)
        completed = self._complete(plain.text, before)
        rewritten = completed or (plain.text if plain.text != simplified(asked) else None)
        read = self.reader.read(rewritten or plain.text)
        return replace(read, text=asked, rewritten=rewritten, changes=plain.changes)

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

    def _complete(self, text: str, before: str) -> str | None:
        """A follow-up made whole with the subject of the one before; None if it is whole."""
        if not before:
            return None
        short = _LEAD_IN.sub("", text)
        subject = self.reader.subject(before)
        plain = without_details(self.reader.topic(short))
        own = self.reader.terms(_PRONOUN.sub(" ", plain))
        units = self.reader.units.find(short)
        if _PRONOUN.search(short) and subject and not units and not own:
            return _PRONOUN.sub(lambda _: subject, short, count=1)
        if not own and not units:
            return self._with_subject(short, subject)
        if re.search(r"呢[？?。！!]*$", text) and len(short) <= 24:
            return self._in_place_of(short, subject, before)
        return None

    def _with_subject(self, short: str, subject: str) -> str | None:
        if not subject or document_facts(short, False) or clause_numbers(short):
            return None
        joint = "" if short.startswith("的") else "的" if WHO.match(short) else "，"
        return f"{subject}{joint}{short}"

    def _in_place_of(self, short: str, subject: str, before: str) -> str | None:
        """工业互联网呢？ after 自动驾驶重点做什么？: the new subject takes the old one's place."""
        new = re.sub(r"(?:这?方面|这?一?块|这?部分|领域)?(?:的话)?呢[？?。！!]*$", "", short)
        if not new or not subject or subject == new:
            return None
        if (
            self.reader.areas.find(new)
            and self.reader.areas.find(before)
            and not self.reader.terms(self.reader.areas.replaced(new))
        ):
            return self.reader.areas.replaced(before, new)
        if subject not in before:
            return None
        old_units, new_units = self.reader.units.find(before), self.reader.units.find(new)
        if new_units and old_units:
            return before.replace(old_units[0].written, new_units[0].written, 1)
        return before.replace(subject, new, 1)
