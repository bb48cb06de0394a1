"""Batches of (query, passage) in token ids, drawn anew at every step.

Kinds of query for a passage: its heading; a phrase that stays in the passage (exact words); a
phrase taken out of it (inverse cloze task, Lee et al. 2019); the passage before it. Half of the
heading and phrase queries get the words of a question, so that 如何 or 是什么 come to weigh little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.training.sources import Pair, Passage
from assistant.training.vocabulary import tokenize

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = NDArray[np.int32]
QUESTION_WORDS = tuple(
    "是什么 有哪些 有哪些规定 如何办理 怎么申请 怎样 是多少 什么时候 哪个部门负责 由谁负责 "
    "怎么办 多久 可以吗 需要什么条件 有什么要求 有哪些措施 有什么规定 请问 我想知道 如何理解 "
    "具体包括哪些内容 怎么规定的 哪些 什么 如何 怎么 谁 哪里 为什么 多少 哪个 是不是 能不能 "
    "会怎么样 应该怎么做 要求是什么 主要内容是什么 目标是什么 有什么支持政策 有什么用 "
    "哪些单位 什么意思 如何推进 怎么处理 吗 呢".split()
)
_PHRASE = re.compile(r"[，。；：、,;:\n！？!?（）()]+")
_TEMPLATE_SHARE = 0.5
_PREFIX_SHARE = 0.5
_LONGEST_QUERY = 24


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids: passage i answers query i; what is left over of the passages answers none.

    ``unfit``, of shape (queries, passages), marks passages that are no negatives of a query.
    """

    queries: list[Ids]
    passages: list[Ids]
    unfit: NDArray[np.bool_]


def same(owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where two different places have the same owner: shape (owners, owners)."""
    equal: NDArray[np.bool_] = owners[:, None] == owners[None, :]
    np.fill_diagonal(equal, val=False)
    return equal


class PairSampler:
    """Draws question-passage pairs."""

    def __init__(self, pairs: Sequence[Pair], tokenizer: Tokenizer) -> None:
        self._queries = tokenize(tokenizer, [pair.query for pair in pairs])
        self._passages = tokenize(tokenizer, [pair.positive for pair in pairs])
        numbers: dict[str, int] = {}
        owners = [numbers.setdefault(pair.positive, len(numbers)) for pair in pairs]
        self._owners = np.asarray(owners, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._queries)

    def draw(self, size: int, random: np.random.Generator) -> Batch:
        """At most ``size`` pairs without repetition."""
        chosen = random.choice(len(self), min(size, len(self)), replace=False)
        return Batch(
            [self._queries[n] for n in chosen],
            [self._passages[n] for n in chosen],
            same(self._owners[chosen]),
        )


class PassageSampler:
    """Draws passages and makes a query for each; ``shares`` are those of the four kinds."""

    def __init__(
        self,
        passages: Sequence[Passage],
        tokenizer: Tokenizer,
        shares: tuple[float, float, float, float],
    ) -> None:
        phrases = [[p for p in _PHRASE.split(passage.text) if p] for passage in passages]
        counts = [len(p) for p in phrases]
        ids = tokenize(tokenizer, [phrase for parts in phrases for phrase in parts])
        self._tokens = np.concatenate(ids)
        self._starts = np.concatenate([[0], np.cumsum([len(i) for i in ids])])
        self._first = np.concatenate([[0], np.cumsum(counts)])
        headings = {passage.heading: n for n, passage in enumerate(passages)}
        order = {heading: n for n, heading in enumerate(headings)}
        self._headings = tokenize(tokenizer, list(headings))
        self._heading = np.asarray([order[p.heading] for p in passages])
        self._follows = np.asarray(
            [n > 0 and passages[n - 1].document == p.document for n, p in enumerate(passages)]
        )
        self._words = tokenize(tokenizer, QUESTION_WORDS)
        self._shares = np.asarray(shares) / sum(shares)

    def __len__(self) -> int:
        return len(self._heading)

    def draw(self, size: int, random: np.random.Generator) -> Batch:
        """At most ``size`` passages, each once, with a query of a kind drawn by the shares."""
        chosen = random.choice(len(self), min(size, len(self)), replace=False)
        kinds = random.choice(4, len(chosen), p=self._shares)
        drawn = [self._one(int(n), int(k), random) for n, k in zip(chosen, kinds, strict=True)]
        return Batch([q for q, _ in drawn], [p for _, p in drawn], same(chosen.astype(np.int64)))

    def _one(self, n: int, kind: int, random: np.random.Generator) -> tuple[Ids, Ids]:
        low, high = int(self._first[n]), int(self._first[n + 1])
        heading = self._headings[self._heading[n]]
        text = self._between(low, high)
        if kind == 3 and self._follows[n]:
            before = int(self._first[n - 1])
            return self._between(before, min(low, before + int(random.integers(1, 5)))), text
        if kind == 0:
            return self._ask(self._some_of(heading, random), random), text
        length = int(random.integers(1, 4))
        start = int(random.integers(low, max(low + 1, high - length + 1)))
        stop = min(start + length, high)
        query = self._between(start, stop)
        if kind == 2 and high - low > length + 1:
            text = np.concatenate([self._between(low, start), self._between(stop, high)])
        if random.random() < _PREFIX_SHARE:
            text = np.concatenate([heading, text])
            if random.random() < 0.3:
                query = np.concatenate([self._some_of(heading, random), query])
        return self._ask(query[:_LONGEST_QUERY], random), text

    def _between(self, first: int, last: int) -> Ids:
        tokens: Ids = self._tokens[self._starts[first] : self._starts[last]]
        return tokens

    def _some_of(self, heading: Ids, random: np.random.Generator) -> Ids:
        """The heading, or its lower half, where the section stands."""
        return heading[len(heading) // 2 :] if random.random() < 0.4 else heading

    def _ask(self, query: Ids, random: np.random.Generator) -> Ids:
        if random.random() >= _TEMPLATE_SHARE:
            return query
        return np.concatenate([query, self._words[int(random.integers(len(self._words)))]])
