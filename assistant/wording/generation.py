"""A model's wording of an extractive answer, each sentence checked against the clauses it cites.

The model sees nothing but the quotes of the draft and may only rephrase them. What it writes is
shown sentence by sentence after the check; where nothing holds, the quotes themselves stand.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

from assistant.answer import AIGC, REFUSAL_PHRASE, Citation, Claim, ResponsibleUnit, Status
from assistant.answering.drafting import Draft
from assistant.model import ROLE_NAMES, Role, reference
from assistant.text import chinese_date
from assistant.text import sentences as sentence_ranges
from assistant.wording.chat_model import ChatModel
from assistant.wording.model_failures import GenerationError
from assistant.wording.prompt_files import Prompt, load, quoted
from assistant.wording.sentence_stream import Sentence, sentences

log = logging.getLogger(__name__)

ENTAILED = "entailed"
MAX_MARKS = 3  # a sentence that cites everything is checked against nothing in particular
MAX_SOURCES = 10
MAX_CHARACTERS = 6000
_ROLE_LINE = re.compile(f"(?:{'|'.join(ROLE_NAMES.values())})：")


class Check(Protocol):
    """Finds what a sentence says and its sources do not (entailment.SentenceCheck)."""

    def faults(self, sentence: str, sources: Sequence[str]) -> Sequence[object]:
        """Empty when the sources carry the sentence."""
        ...


class Composer:
    """Words answers with a model."""

    def __init__(self, model: ChatModel, check: Check, prompt: Prompt) -> None:
        self._model, self._check, self._prompt = model, check, prompt

    @classmethod
    def open(cls, model: ChatModel, check: Check, folder: Path) -> Composer:
        """A composer with the prompt of a folder.

        Raises:
            SettingsError: the prompt is missing or malformed.
        """
        return cls(model, check, load(folder, "compose", ("refusal", "sources", "question")))

    @property
    def made_with(self) -> dict[str, str]:
        """The model and the prompt, for ``Answer.model``."""
        return {"name": self._model.name, "prompt": self._prompt.label}

    def composed(self, question: str, draft: Draft, *, budget: float) -> Draft:
        """The answer in the model's words, or the draft with a warning that says what happened."""
        writing = self.compose(question, draft, budget=budget)
        while True:
            try:
                next(writing)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    def compose(
        self, question: str, draft: Draft, *, budget: float
    ) -> Generator[Sentence, None, Draft]:
        """Each sentence that holds as soon as it does, all within ``budget`` seconds.

        Returns the whole: what was yielded with the draft's own remarks and units, or the draft.
        """
        if not fits(draft):
            return draft
        evidence = {c.number: source_text(c, draft.units) for c in draft.citations}
        kept: list[Sentence] = []
        dropped, reason = 0, ""
        try:
            for sentence in self._sentences(question, draft, budget):
                if REFUSAL_PHRASE.strip("。") in sentence.words:
                    reason = "大模型认为所引条款不足以回答"
                    break
                if any(sentence.words == other.words for other in kept):
                    continue
                if self._holds(sentence, evidence):
                    kept.append(sentence)
                    yield sentence
                else:
                    dropped += 1
        except GenerationError as error:
            reason = error.reason
        log.info("composed: %d sentences kept, %d dropped", len(kept), dropped)
        return _written(draft, kept, _warnings(bool(kept), dropped, reason))

    def _sentences(self, question: str, draft: Draft, budget: float) -> Iterator[Sentence]:
        messages = self._prompt.messages(
            refusal=REFUSAL_PHRASE,
            sources="\n".join(
                quoted({"编号": f"[{c.number}]", **_fields(c, draft.units)})
                for c in draft.citations
            ),
            question=quoted(question),
        )
        return sentences(self._model.stream(messages, deadline=budget))

    def _holds(self, sentence: Sentence, evidence: dict[int, str]) -> bool:
        """Whether the clauses that the sentence cites exist and carry it."""
        if not 0 < len(sentence.numbers) <= MAX_MARKS or set(sentence.numbers) - set(evidence):
            return False
        return not self._check.faults(sentence.words, [evidence[n] for n in sentence.numbers])


def fits(draft: Draft) -> bool:
    """Whether a draft answers with quotes, and few enough for a model to word all of them."""
    return (
        draft.status in (Status.ANSWERED, Status.PARTIAL)
        and 0 < len(draft.citations) <= MAX_SOURCES
        and sum(len(c.quote) for c in draft.citations) <= MAX_CHARACTERS
    )


def source_text(citation: Citation, units: Sequence[ResponsibleUnit]) -> str:
    """All that a sentence which cites this clause may say: its place, its words, its units."""
    return "\n".join((*_fields(citation, units).values(), " ".join(citation.clause.path)))


def aigc(draft: Draft, model: str, record_number: str = "") -> AIGC:
    """The label of an answer that a model has worded; that of a verbatim one is empty.

    ``record_number`` is the model's 备案号 (生成式人工智能服务备案), shown where it is known.
    """
    if not any(claim.support == ENTAILED for claim in draft.claims):
        return AIGC()
    named = f"模型：{model}" + (f"，备案号：{record_number}" if record_number else "")
    notice = f"本回答由人工智能生成合成（{named}），逐句与所引原文核对，仅供参考，请以原文为准。"
    return AIGC(True, notice, "人工智能生成合成")


def _fields(citation: Citation, units: Sequence[ResponsibleUnit]) -> dict[str, str]:
    """A citation as a model is shown it."""
    document = citation.document
    issued_on = document.issued_on
    fields = {
        "文件": reference(document.title, document.doc_number),
        "发文机关": document.issuer,
        "成文日期": chinese_date(date.fromisoformat(issued_on)) if issued_on else "",
        "条款": citation.clause.label,
        "原文": citation.quote,
        "单位": _units_of(citation.clause.id, units),
    }
    return {name: value for name, value in fields.items() if value}


def _units_of(clause_id: str, units: Sequence[ResponsibleUnit]) -> str:
    """牵头单位：A、B；责任单位：C, in the order of the roles."""
    parts = []
    for role, name in ROLE_NAMES.items():
        names = [u.name for u in units if u.clause_id == clause_id and Role(u.role) is role]
        if names:
            parts.append(f"{name}：{'、'.join(dict.fromkeys(names))}")
    return "；".join(parts)


def _warnings(kept: bool, dropped: int, reason: str) -> list[str]:
    """What happened, in a sentence; nothing where all went well."""
    if not kept:
        return [f"{reason or '大模型的表述没有通过与原文的核对'}，以下为原文摘录。"]
    left_out = f"大模型的表述有{dropped}句没有通过与原文的核对，已略去。"
    unfinished = f"{reason}，以上只有已与原文核对的部分。"
    return [*([left_out] if dropped else []), *([unfinished] if reason else [])]


def _written(draft: Draft, kept: Sequence[Sentence], warnings: Sequence[str]) -> Draft:
    """The draft with the model's sentences in place of its quotes."""
    told = [*warnings, *draft.warnings]
    if not kept:
        return replace(draft, warnings=told)
    ids = {c.number: c.id for c in draft.citations}
    opening, closing = _remarks(draft)
    written = replace(draft, text="", claims=[], warnings=told)
    written.say("".join(f"{line}\n" for line in opening))
    for at, sentence in enumerate(kept):
        written.say("\n" if at and sentence.new_line else "")
        start = len(written.text)
        written.say(sentence.words)
        span = (start, len(written.text))
        cited = tuple(ids[n] for n in sentence.numbers)
        written.claims.append(Claim(span, cited, ENTAILED))
        written.say(sentence.marks)
    written.say("".join(f"\n{line}" for line in (*closing, *_unit_lines(draft))))
    return written


def _remarks(draft: Draft) -> tuple[list[str], list[str]]:
    """What a draft says of its own before its first quote (该条款没有直接提到…) and after it."""
    found: tuple[list[str], list[str]] = ([], [])
    end = 0
    spans = sorted(claim.span for claim in draft.claims)
    for at, (start, stop) in enumerate([*spans, (len(draft.text), 0)]):
        said = re.sub(r"^\[\d+\]", "", draft.text[end:start])
        for span in sentence_ranges(said):
            words = said[slice(*span)]
            if words.endswith("。") and not _ROLE_LINE.search(words) and "[" not in words:
                found[at > 0].append(words)
        end = stop
    return found


def _unit_lines(draft: Draft) -> list[str]:
    """The units of the cited clauses, a line for each clause that has its own."""
    lines: dict[str, dict[str, None]] = {}
    for citation in draft.citations:
        line = _units_of(citation.clause.id, draft.units)
        if line:
            lines.setdefault(line, {})[citation.clause.label] = None
    return [f"{'；'.join(labels)}的{line}。" for line, labels in lines.items()]
