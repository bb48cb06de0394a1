"""Laws that are known article by article: joined into a text, and found again in its parts."""

from __future__ import annotations

import gzip
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from assistant.model import ClauseKind, Document, Range
from assistant.reading import responsibility, structure
from assistant.reading.source import Source

CHUNK, OVERLAP = 500, 50  # characters
_UNNUMBERED = "全文"  # the rows of a text without articles are 全文, 全文1 …
# What the data left behind the last sentence of an article: 法律责任 on a line of its own, the next
# chapter's, its number lost; and 附：, which is no part of the last article.
_STRAY = re.compile(
    r"(?<=。)(?:(?:\n[^\W\d_][\w、 \u3000]{1,20}){1,2}\s*"
    r"|\n附(?:件|录|表)?[ \d一二三四五六七八九十]*[：:][\s\S]*)\Z"
)


@dataclass(frozen=True, slots=True)
class Article:
    """One part of a law: its number (第三条, 三、 or '' for none), the headings above, its text.

    ``after`` is what the data left at its end: the next heading without its number, an annex.
    """

    id: str
    number: str
    path: tuple[str, ...]
    text: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Law:
    """A law with its articles in order."""

    title: str
    articles: tuple[Article, ...]


def laws(path: Path) -> Iterator[Law]:
    """The laws of a gzipped JSON Lines file, one article a row."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines if line.strip())
        for _, group in groupby(rows, key=lambda row: row["id"].rpartition("_")[0]):
            part = list(group)
            yield Law(part[0]["law"], tuple(map(article, part)))


def article(row: dict[str, Any]) -> Article:
    """The article of a row."""
    number = "" if row["article"].startswith(_UNNUMBERED) else row["article"]
    stray = _STRAY.search(row["text"])
    end = stray.start() if stray else len(row["text"])
    return Article(row["id"], number, tuple(row["path"]), row["text"][:end], row["text"][end:])


def joined(law: Law) -> tuple[str, list[Range]]:
    """The whole law as one text, and where the words of each article stand, without the number."""
    parts = [f"{law.title}\n\n"]
    ranges: list[Range] = []
    end = len(parts[0])
    above: tuple[str, ...] = ()
    for article in law.articles:
        same = 0
        while same < min(len(above), len(article.path)) and above[same] == article.path[same]:
            same += 1
        above = article.path
        gap = "\u3000" if article.number.startswith("第") else ""
        lead = "".join(f"{heading}\n" for heading in above[same:]) + article.number + gap
        parts += [lead, article.text, article.after, "\n"]
        start = end + len(lead)
        ranges.append((start, start + len(article.text)))
        end = start + len(article.text) + len(article.after) + 1
    return "".join(parts), ranges


def parsed(text: str) -> Document:
    """A text as the project reads it, with the units of its clauses."""
    source = Source(text, sha256(text.encode()).hexdigest())
    return responsibility.assign(structure.parse(source))


def plain(words: str) -> str:
    """Without white space."""
    return "".join(words.split())


def with_below(document: Document) -> dict[str, str]:
    """The words of each clause and of all below it."""
    above = {clause.id: clause.parent_id for clause in document.clauses}
    words: dict[str, str] = dict.fromkeys(above, "")
    for clause in document.clauses:
        at = clause.id
        while at:
            words[at] += clause.text
            at = above[at]
    return words


def in_clauses(document: Document, law: Law) -> set[str]:
    """Ids of the articles that are one clause each, whole and alone, under their exact number.

    A 条 must hold its words itself; below 三、 there may be sub-clauses.
    """
    below = with_below(document)
    clauses: Counter[tuple[str, str]] = Counter()
    for clause in document.clauses:
        if clause.kind is ClauseKind.SECTION and clause.number:
            words = clause.text if clause.number.startswith("第") else below[clause.id]
            clauses[clause.number, plain(words.removeprefix(clause.number))] += 1
    found: set[str] = set()
    for article in law.articles:
        key = (article.number, plain(article.text))
        if clauses[key]:
            clauses[key] -= 1
            found.add(article.id)
    return found


def in_chunks(
    chunks: Sequence[Range], ranges: Sequence[Range], law: Law, alone: bool = True
) -> set[str]:
    """Ids of the articles that some chunk holds whole, ``alone``: with no word of another."""
    found: set[str] = set()
    ends = [end for _, end in ranges]
    starts = [start for start, _ in ranges]
    for start, stop in chunks:
        touched = range(bisect_right(ends, start), bisect_left(starts, stop))
        if alone and len(touched) != 1:
            continue
        found.update(
            law.articles[at].id
            for at in touched
            if start <= ranges[at][0] and ranges[at][1] <= stop
        )
    return found


def split(text: str) -> list[Range]:
    """The chunks of LangChain's recursive splitter in its default settings.

    Raises:
        ModuleNotFoundError: langchain_text_splitters, no dependency of ours, is not installed.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True
    )
    parts = splitter.create_documents([text])
    starts = [(part.metadata["start_index"], part.page_content) for part in parts]
    return [(start, start + len(words)) for start, words in starts]
