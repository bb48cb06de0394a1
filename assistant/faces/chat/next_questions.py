"""Questions to ask next, made from the index alone; only those are shown that it answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from assistant.answer import Answer, Status
from assistant.errors import PolicyAssistantError
from assistant.model import CITABLE, Clause, ClauseKind, Document, DocumentKind, IndustryEntry, Role
from assistant.text import CN_NUMERAL, fold, sentences
from assistant.understanding.question import WHO

MAX_ASKED = 8
LONGEST_WORDS = 30  # characters of a clause's own words that stand for it in a question

_ARTICLE = re.compile(r"第.+条")
_TOP = re.compile(rf"(?P<number>{CN_NUMERAL})、.*")
_BELOW = re.compile(rf"(?P<two>{CN_NUMERAL}（{CN_NUMERAL}）)(?P<three>\d+)?")
_REPEATED = re.compile(r"-\d")  # in the id of a clause whose number an earlier one has


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and what its answer must rest on to be worth offering.

    ``clauses``: one of them is what is cited first; ``units``: the answer names all of them.
    """

    question: str
    clauses: frozenset[str] = frozenset()
    units: tuple[str, ...] = ()

    def is_met(self, answer: Answer) -> bool:
        """Whether an answer is one, and rests on what was meant."""
        if answer.status is not Status.ANSWERED or not answer.citations or not answer.answer:
            return False
        named = {unit.name for unit in answer.responsible_units}
        told = all(unit in named or unit in answer.answer.text for unit in self.units)
        return told and (not self.clauses or answer.citations[0].clause.id in self.clauses)


def several(documents: Iterable[Document]) -> bool:
    """Whether there are several official ones, so that a question must name which it means."""
    return sum(d.kind is DocumentKind.OFFICIAL for d in documents) > 1


def candidates(
    answer: Answer, documents: Mapping[str, Document], industries: Sequence[IndustryEntry] = ()
) -> Iterator[Candidate]:
    """What one might ask after an answer, or after a refusal of the clauses that came nearest."""
    named = several(documents.values())
    if answer.refusal:
        for ref in answer.refusal.nearest:
            found = _clause(ref.id, documents)
            if found:
                yield _told(*found, named)
                yield from _who(*found, named)
        return
    cited = [f for c in answer.citations if (f := _clause(c.clause.id, documents))]
    main = next((f for f in cited if f[0].kind in CITABLE), None)
    if main is None:
        main = next((f for _, document in cited if (f := _first(document))), None)
        if main is None:
            return
        yield _told(*main, named)
    if not WHO.search(answer.question.rewritten or answer.question.text):
        yield from _who(*main, named)
    yield from islice(_tasks(main[0]), 1)
    yield from islice(_areas(main[0], industries), 1)
    yield from islice(_around(*main, named), 2)
    yield from _comparison(main[0])


def answerable(
    found: Iterable[Candidate],
    ask: Callable[[str], Answer],
    answer: Answer,
    earlier: Sequence[str] = (),
    limit: int = 3,
) -> tuple[str, ...]:
    """At most ``limit`` questions that are answered as meant, after ``MAX_ASKED`` tries at most.

    None that was asked before, and none whose answer is the one that is already there.
    """
    own = (answer.question.text, answer.question.rewritten or "")
    known = {_bare(question) for question in (*own, *earlier)}
    kept: list[str] = []
    tried = 0
    for candidate in found:
        if len(kept) == limit or tried == MAX_ASKED:
            break
        if _bare(candidate.question) in known:
            continue
        known.add(_bare(candidate.question))
        tried += 1
        try:
            told = ask(candidate.question)
        except PolicyAssistantError:  # longer than the settings allow
            continue
        if candidate.is_met(told) and told.answer != answer.answer:
            kept.append(candidate.question)
    return tuple(kept)


def about_clause(clause: Clause, document: Document, several: bool) -> str:
    """The question that is answered with this clause: by its number, else by its own words."""
    return f"{named(clause, document, several)}写了什么？"


def named(clause: Clause, document: Document, several: bool) -> str:
    """《标题》二（二）智能装备: a clause as a question can name it so that no other is meant.

    A number that several clauses have, or that nobody would say, gives way to the clause's words.
    """
    where = f"《{document.title}》" if several else ""
    return where + (_numbered(clause, document) or f"“{_words(clause, document)}”")


def _numbered(clause: Clause, document: Document) -> str:
    """二（二）智能装备, 第十二条, 第二部分“重点任务”, 四（一）第2项; '' if not one clause."""
    key = _key(clause)
    if _REPEATED.search(key) and not _ARTICLE.match(clause.number):
        return ""
    if any(_key(c) == key or c.label == clause.label for c in document.clauses if c is not clause):
        return ""
    if clause.kind is ClauseKind.PREAMBLE:
        return clause.label
    if clause.kind is ClauseKind.LEAD:
        return clause.full_label if _BELOW.match(clause.label) else ""
    if _ARTICLE.match(clause.number):
        same = sum(c.number == clause.number for c in document.clauses)
        return clause.full_label if same == 1 else ""
    heading = f"“{clause.heading}”" if clause.heading else ""
    top = _TOP.fullmatch(clause.label)
    if top and "." not in key:
        return f"第{top['number']}部分{heading}"
    below = _BELOW.fullmatch(clause.label.rpartition(" ")[2])
    if below and below["three"]:
        return f"{below['two']}第{below['three']}项{heading}"
    return f"{below['two']}{clause.heading}" if below else ""


def _key(clause: Clause) -> str:
    """The end of a clause's id; a question does not say that a number stands in the first annex."""
    return clause.id.rpartition(":")[2].removeprefix("a1.")


def _words(clause: Clause, document: Document) -> str:
    """The heading and the first words of a clause."""
    own = document.text[slice(*clause.body_range)].strip() or clause.text.strip()
    first = next(iter(sentences(own)), (0, len(own)))
    words = re.split(r"[。；\n]", own[slice(*first)])[0][:LONGEST_WORDS].rstrip("，、：")
    heading = re.sub(r"[^\w”）》]+$", "", clause.heading)
    return f"{heading}：{words}" if heading and heading not in words else words


def _told(clause: Clause, document: Document, several: bool) -> Candidate:
    return Candidate(about_clause(clause, document, several), frozenset((clause.id,)))


def _who(clause: Clause, document: Document, several: bool) -> Iterator[Candidate]:
    if clause.responsibility.assignments:
        question = f"{named(clause, document, several)}由谁负责？"
        yield Candidate(question, frozenset((clause.id,)))


def _tasks(clause: Clause) -> Iterator[Candidate]:
    """All tasks of the unit that leads, or of the first one that is responsible."""
    for name in _leading(clause):
        yield Candidate(f"{name}负责哪些任务？", units=(name,))


def _around(clause: Clause, document: Document, several: bool) -> Iterator[Candidate]:
    """What stands below the clause, then after it, before it and above it; words of their own."""
    level = [c for c in document.clauses if c.parent_id == clause.parent_id and c.kind in CITABLE]
    at = next((n for n, c in enumerate(level) if c.id == clause.id), 0)
    above = (c for c in document.clauses if c.id == clause.parent_id and c.kind in CITABLE)
    beside = (*level[at + 1 :], *reversed(level[:at]))
    for other in chain(document.children(clause.id), beside, above):
        if _has_words(other):
            yield _told(other, document, several)


def _areas(clause: Clause, industries: Sequence[IndustryEntry]) -> Iterator[Candidate]:
    """What the areas develop that the clause names in its sentences about industries."""
    for entry in industries:
        for area in entry.areas if entry.clause_id == clause.id else ():
            places = frozenset(e.clause_id for e in industries if area in e.areas)
            yield Candidate(f"{area}重点发展哪些产业？", places)


def _comparison(clause: Clause) -> Iterator[Candidate]:
    units = _leading(clause)[:2]
    if len(units) == 2:
        yield Candidate(f"比较{units[0]}和{units[1]}的任务", units=units)


def _leading(clause: Clause) -> tuple[str, ...]:
    """The units that lead, then those that are responsible, by their canonical names."""
    order = (Role.LEAD, Role.RESPONSIBLE)
    listed = clause.responsibility.assignments
    return tuple(dict.fromkeys(a.name for role in order for a in listed if a.role is role))


def _first(document: Document) -> tuple[Clause, Document] | None:
    """The first clause that has words and units of its own: an entrance to a document."""
    found = (c for c in document.clauses if c.responsibility.assignments and _has_words(c))
    clause = next(found, None) or next((c for c in document.clauses if _has_words(c)), None)
    return (clause, document) if clause else None


def _has_words(clause: Clause) -> bool:
    return clause.kind in CITABLE and clause.body_range[0] < clause.body_range[1]


def _clause(clause_id: str, documents: Mapping[str, Document]) -> tuple[Clause, Document] | None:
    document = documents.get(clause_id.rpartition(":")[0])
    found = (c for c in document.clauses if c.id == clause_id) if document else iter(())
    clause = next(found, None)
    return (clause, document) if clause and document else None


def _bare(question: str) -> str:
    """A question without marks, to compare."""
    return re.sub(r"\W", "", fold(question))
