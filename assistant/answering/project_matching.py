"""「我的项目是…」: an investor's own words → the sentences that speak of such a project, and why.

What a project is about is found in its words; sums, sizes and what any company says of itself
(公司, 投资, 建厂) are left aside, so that they can meet nothing. A sentence speaks of it directly
by words that both have, or that the vocabulary knows to stand for each other; it is related by
parts of words and by an industry whose name means nearly the same. Where there is neither, there
is no match. Holds for any corpus.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.answering.drafting import is_official
from assistant.answering.industry_map import IndustryMap, Support, contacts
from assistant.answering.project_matches import WHOLE, Match, ProjectMatches, Reason, Relation
from assistant.indexing.static_encoder import StaticEncoder
from assistant.model import CITABLE, Clause, ClauseKind, Document, Range
from assistant.retrieval.retriever import PARTIAL, SYNONYM, Retriever, Topic
from assistant.text import fold, frequency, sentences, simplified
from assistant.understanding.areas import AreaFinder
from assistant.understanding.english import EnglishReader, is_english
from assistant.understanding.projects import OF_ANY_COMPANY, Phrase
from assistant.understanding.projects import phrases as project_phrases
from assistant.validity import NOT_IN_FORCE, Standing

DIRECT = 0.5  # share of the weightiest phrase that a sentence must hold, to speak of it directly
RELATED = 0.3
MOST_DIRECT = 12
MOST_RELATED = 6
MOST_OF_A_CLAUSE = 2
MOST_ENGLISH = 24  # words of a part of an English description that are read
MOST_CLAUSES = 150  # looked at sentence by sentence
NEAR = 0.5  # cosine: 铝合金 and 铝基新材料, 锂电池 and 燃料电池汽车; the unrelated stay below .47
NAMED = 0.2  # the word stands in the industry's name, not only in its sentence
HEADED = 0.1  # or in the clause's heading
HERE = 0.1  # in an area that the project names
INTRODUCES = 0.1  # less, for what only leads to the provisions
_SUPPORTS = re.compile(
    r"支持|鼓励|扶持|发展|培育|壮大|建设|新建|引进|引入|引导|打造|布局|推进|推动|推广|加快|促进|扩大|优先|补贴"
    r"|补助|奖励|资助|减免|优惠|集聚|升级|攻关|构建|丰富|举办"
)
_ENGLISH_BREAK = re.compile(r"[,;.!?，；。]+\s*|\s+(?:and|with|for|in|at)\s+")
_INTRODUCES = re.compile(
    r"总体要求|指导思想|基本原则|总体思路|发展(?:基础|现状|形势|环境|背景)|(?:主要|突出|存在的?)问题|工作回顾"
    r"|组织(?:保障|实施|领导)"
)


class ProjectMatcher:
    """Matches projects with the documents of one index."""

    def __init__(self, retriever: Retriever, areas: AreaFinder, industries: IndustryMap) -> None:
        self.retriever = retriever
        self.areas = areas
        self.industries = {s.industry: fold(s.industry) for s in industries.supports}
        self.of_clause: dict[str, list[Support]] = defaultdict(list)
        self.of_industry: dict[str, dict[str, Clause]] = defaultdict(dict)
        for support in industries.supports:
            self.of_clause[support.clause.id].append(support)
            self.of_industry[support.industry][support.clause.id] = support.clause
        self.english = EnglishReader(areas.areas)
        self._area = re.compile("|".join(re.escape(fold(a)) for a in areas.areas) or "(?!)")
        self._encoder = lru_cache(maxsize=1)(self._encoded)
        self._broader = lru_cache(maxsize=1000)(self._broader_words)
        self._near = lru_cache(maxsize=1000)(self._near_industries)

    def match(self, text: str, standings: Mapping[str, Standing]) -> ProjectMatches:
        """The sentences that speak of the project; the same text gives the same matches."""
        plain = simplified(self._in_chinese(text))
        here = self.areas.find(plain)
        phrases = project_phrases(self.areas.replaced(plain), self.retriever.topics)
        if not phrases:
            return ProjectMatches(text, areas=here)
        found = [m for c in self._clauses(phrases) for m in self._of(c, phrases, here, standings)]
        kept = [m for m in found if not m.standing or m.standing.status not in NOT_IN_FORCE]
        kept.sort(key=lambda m: -m.strength)
        direct = [m for m in kept if m.direct][:MOST_DIRECT]
        related = [m for m in kept if not m.direct][:MOST_RELATED]
        shown = len(direct) + len(related)
        words = tuple(dict.fromkeys(t.term for p in phrases for t in p.topics))
        said = {r.word for m in (*direct, *related) for r in m.reasons}
        return ProjectMatches(
            text,
            words,
            tuple(w for w in words if w not in said),
            here,
            tuple(direct),
            tuple(related),
            more=len(kept) - shown,
            past=len(found) - len(kept),
        )

    def _in_chinese(self, text: str) -> str:
        """What is said in English in Chinese, part by part; what cannot be read stays."""
        if not is_english(text):
            return text
        parts = _ENGLISH_BREAK.split(text)
        return "，".join(word for part in parts for word in self._read(part.split()[:MOST_ENGLISH]))

    def _read(self, said: Sequence[str]) -> Iterator[str]:
        """English words in Chinese, as many together as can be read; the others as they are."""
        at = 0
        while at < len(said):
            runs = ((end, " ".join(said[at:end])) for end in range(len(said), at, -1))
            read = ((end, self.english.read(run).text) for end, run in runs)
            end, text = next(((end, text) for end, text in read if text), (at + 1, said[at]))
            yield text
            at = end

    def _encoded(self) -> tuple[StaticEncoder, NDArray[np.float32]]:
        """The shipped encoder and the industries' names as vectors, made when first asked for."""
        encoder = StaticEncoder.shipped()
        return encoder, encoder.encode_passages(list(self.industries))

    def _near_industries(self, term: str) -> dict[str, float]:
        """The industries whose names mean nearly the same as a word, with their cosines."""
        if not self.industries:
            return {}
        encoder, names = self._encoder()
        cosines = names @ encoder.encode_queries([term])[0]
        return {
            name: float(cosine)
            for name, cosine in zip(self.industries, cosines, strict=True)
            if cosine >= NEAR
        }

    def _clauses(self, phrases: Sequence[Phrase]) -> list[Clause]:
        """Official clauses that hold most of the project's words, or an industry near to one."""
        weights: dict[int, float] = defaultdict(float)
        named: dict[str, Clause] = {}
        for topic in (t for p in phrases for t in p.topics):
            words = (topic.term, *topic.related, *self._broader(topic.term), *_ends(topic.term, 3))
            for row in {r for w in words for r in self.retriever.known.rows(w).tolist()}:
                weights[row] += topic.weight
            near = self._near(topic.term)
            for name, flat in self.industries.items():
                if name in near or _shares(topic.term, flat):
                    named |= self.of_industry[name]
        rows = self.retriever.index.rows
        best = sorted(weights, key=lambda row: (-weights[row], row))[:MOST_CLAUSES]
        found = named | {rows[row].id: rows[row] for row in best}
        return [
            c
            for c in found.values()
            if c.kind in CITABLE and is_official(self.retriever.document_of[c.document_id])
        ]

    def _of(
        self,
        clause: Clause,
        phrases: Sequence[Phrase],
        here: Sequence[str],
        standings: Mapping[str, Standing],
    ) -> list[Match]:
        """The best sentences of a clause that speak of the project, best first."""
        document = self.retriever.document_of[clause.document_id]
        start, end = clause.body_range
        spans = sentences(document.text[start:end], start)
        found = [self._judged(document, clause, span, phrases, here) for span in spans]
        fit = [m for m in found if m and m.strength >= RELATED]
        fit.sort(key=lambda m: -m.strength)
        return [replace(m, standing=standings.get(document.id)) for m in fit[:MOST_OF_A_CLAUSE]]

    def _judged(
        self,
        document: Document,
        clause: Clause,
        span: Range,
        phrases: Sequence[Phrase],
        here: Sequence[str],
    ) -> Match | None:
        """A sentence as a match with its strength; None where it shares nothing.

        It speaks directly of a project whose own words, or synonyms of them, make it strong, and
        which it means to further: 戴口罩 is not about a factory for them.
        """
        flat = self._area.sub(" ", fold(document.text[slice(*span)]))
        over = [s for s in self.of_clause[clause.id] if _within(span, s.char_range)]
        strength, whole, reasons = 0.0, 0.0, list[Reason]()
        heaviest = max(p.weight for p in phrases)
        for phrase in phrases:
            met = [(t, r) for t in phrase.topics for r in self._meets(t, flat, over)]
            held = [t.weight * r.degree for t, r in met]
            said = [t.weight * r.degree for t, r in met if r.relation in WHOLE]
            strength = max(strength, sum(held) / heaviest)
            whole = max(whole, sum(said) / heaviest)
            reasons += [r for _, r in met]
        if not reasons:
            return None
        reasons.sort(key=lambda r: -r.degree)
        named = [s for s in over if any(_names(r, s.industry) for r in reasons)]
        own = named or [s for s in over if s.char_range == span]
        areas = tuple(dict.fromkeys(a for s in own for a in s.areas))
        headed = any(r.found in fold(clause.heading) for r in reasons)
        introduces = clause.kind is ClauseKind.PREAMBLE or _INTRODUCES.search("".join(clause.path))
        more = NAMED * bool(named) + HERE * bool(set(areas) & set(here))
        more += HEADED * headed - INTRODUCES * bool(introduces)
        return Match(
            document,
            clause,
            span,
            tuple(dict.fromkeys(s.industry for s in own)),
            areas,
            tuple(dict.fromkeys(reasons)),
            round(strength + more, 4),
            whole > 0 and whole + more >= DIRECT and bool(over or _SUPPORTS.search(flat)),
            contacts(clause, areas),
        )

    def _broader_words(self, term: str) -> tuple[str, ...]:
        """What stands for the longest known end of a word: 电商, 电子商务 for 跨境电商."""
        synonyms = self.retriever.vocabulary.synonyms
        ends = (term[at:] for at in range(1, len(term) - 1))
        end = next((e for e in ends if e in synonyms and e not in OF_ANY_COMPANY), "")
        return (end, *synonyms[end]) if end else ()

    def _stand_alike(self, term: str, word: str) -> bool:
        """Whether each word may stand for the other: 耐材 and 耐火材料, but not 文旅 and 酒店."""
        back = self.retriever.vocabulary.synonyms.get(word, ())
        return any(known in term or term in known for known in back)

    def _meets(self, topic: Topic, flat: str, over: Sequence[Support]) -> list[Reason]:
        """How a word stands in a sentence: itself, a synonym, most of it; or near an industry."""
        if topic.term in flat:
            return [Reason(topic.term, topic.term, Relation.SAME, 1.0)]
        alike = [w for w in topic.related if w in flat]
        alike.sort(key=lambda w: not self._stand_alike(topic.term, w))
        for word in alike:
            same = self._stand_alike(topic.term, word)
            relation = Relation.SYNONYM if same else Relation.BROADER
            return [Reason(topic.term, word, relation, SYNONYM)]
        for word in self._broader(topic.term) if over else ():
            if word in flat:
                return [Reason(topic.term, word, Relation.BROADER, SYNONYM * PARTIAL)]
        near = self._near(topic.term)
        names = sorted({s.industry for s in over} & near.keys(), key=lambda n: -near[n])
        if names:
            return [Reason(topic.term, names[0], Relation.NEAR, near[names[0]])]
        part = _shares(topic.term, flat)
        if len(part) < 3 and not over:  # two characters of a longer word may mean anything
            return []
        degree = PARTIAL * len(part) / len(topic.term)
        return [Reason(topic.term, part, Relation.PART, degree)] if part else []


def _ends(term: str, least: int) -> list[str]:
    """The beginnings and ends of a word, the longest first, of half of it and so long at least."""
    lengths = range(len(term) - 1, max(least, (len(term) + 1) // 2) - 1, -1)
    return [part for length in lengths for part in (term[:length], term[-length:])]


def _shares(term: str, flat: str) -> str:
    """The longest beginning or end of a word that a text holds; a pair is a word itself."""
    for part in _ends(term, 2):
        if part in flat and (len(part) > 2 or frequency(part)) and part not in OF_ANY_COMPANY:
            return part
    return ""


def _names(reason: Reason, industry: str) -> bool:
    """Whether what is met is the industry itself."""
    name = fold(industry)
    return reason.found in name or name in reason.word


def _within(span: Range, whole: Range) -> bool:
    return whole[0] <= span[0] and span[1] <= whole[1]
