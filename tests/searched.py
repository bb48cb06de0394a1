"""A handful of passages to search, an encoder that knows characters only, and BM25 by its formula."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.lexical import K1, B
from assistant.indexing.passages import Passage
from assistant.text import tokens

PASSAGES = [
    Passage("为了预防火灾，制定本条例。", "消防条例", ("第一条",), "fire", 0.5),
    Passage("消防车通道不得占用，违者罚款。", "消防条例", ("第二条",), "fire", 0.5),
    Passage("养犬人应当为犬只办理登记。", "养犬规定", ("第一章 登记", "第一条"), "dogs", 0.1),
    Passage("携犬出户应当束犬链。", "养犬规定", ("第二章 行为", "第二条"), "dogs", 0.1),
    Passage("违者罚款二百元，犬只没收。", "养犬规定", ("第二章 行为", "第三条"), "dogs", 0.1),
    Passage("一、对企业研发投入给予补贴，最高二百万元。", "企业补贴通知", (), "grant"),
    Passage("二、补贴由市科技局发放，企业网上申请。", "企业补贴通知", (), "grant"),
    Passage("三、企业应当如实申报。", "企业补贴通知", ("附则",), "grant"),
    Passage("路边停车应当按位停放，不得占用消防通道。", "", (), "park"),
]
QUERIES = [
    "消防通道被占用怎么办",
    "企业研发补贴由谁发放？",
    "养犬登记",
    "犬犬犬",
    "违者罚款多少",
    "zzz",
    "海洋牧场",
    "，。",
    "",
]


class Characters:
    """Each character goes its own way at random; a text goes the sum of them."""

    name = fingerprint = "characters"
    dimension = 24

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, zero for an empty text."""
        summed = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for character in text:
                summed[row] += np.random.default_rng(ord(character)).normal(size=self.dimension)
        lengths = np.linalg.norm(summed, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (summed / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return unit

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """The same."""
        return self.encode_queries(texts)


def line_tokens(text: str) -> list[str]:
    """The tokens of each line: none goes over its end."""
    return [token for line in text.split("\n") for token in tokens(line)]


def idf(token: str, rows: Sequence[Sequence[str]]) -> float:
    """Lucene's: ln(1 + (N - df + ½)/(df + ½))."""
    df = sum(token in row for row in rows)
    return math.log(1 + (len(rows) - df + 0.5) / (df + 0.5))


def lucene_bm25(rows: Sequence[Sequence[str]], query: Sequence[str]) -> list[float]:
    """Sum over the query's tokens of idf · tf/(tf + k1(1 - b + b·dl/avgdl)) for each row's tokens."""
    counts = [Counter(row) for row in rows]
    mean = sum(map(len, rows)) / len(rows)
    scores = [0.0] * len(rows)
    for token in query:
        for at, (count, row) in enumerate(zip(counts, rows, strict=True)):
            tf = count[token]
            weight = tf / (tf + K1 * (1 - B + B * len(row) / mean)) if tf else 0.0
            scores[at] += idf(token, rows) * weight
    return scores
