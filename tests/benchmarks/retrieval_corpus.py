"""What the retrieval benchmark searches and asks: passages, questions and their right passages.

A corpus row is ``{id, text[, title, path, document, authority, national]}``, or an article of the
laws, with ``law`` for its title and ``article`` (第X条) at the end of its path. Without ``authority``
its title says how high it ranks. A question row is ``{question, gold: [ids]}``, as STARD's are.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.indexing.passages import Passage, authority
from tests.benchmarks.ranking_figures import SEED

FOLDS = 5  # as in training


class BadInput(Exception):
    """A file of the user cannot be measured; the message is one sentence for them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage; neighbours of one ``document`` follow each other."""

    id: str
    text: str
    title: str = ""
    path: tuple[str, ...] = ()
    document: str = ""
    authority: float = 0.0

    @property
    def passage(self) -> Passage:
        """The same for the product, which needs no id."""
        return Passage(self.text, self.title, self.path, self.document, self.authority)

    @property
    def full(self) -> str:
        """Title, path and text: what every system but ours indexes as one text."""
        return self.passage.whole


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Passages, questions, and for each question the rows of its right passages.

    ``unknown`` are gold ids that no passage has; a question without any known one is left out and
    counted in ``dropped``. ``strict`` are the right passages in a stricter reading, where there is
    one; ``documents`` the right documents.
    """

    name: str
    passages: Sequence[Entry]
    questions: list[str]
    gold: list[set[int]]
    unknown: list[str] = field(default_factory=list)
    dropped: int = 0
    strict: list[set[int]] = field(default_factory=list)
    documents: list[set[str]] = field(default_factory=list)


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and row of each line of a JSON Lines file, gzipped or not.

    Raises:
        BadInput: there is no such file, or a line is not a JSON object.
    """
    if not path.is_file():
        raise BadInput(f"没有文件“{path}”，请检查路径。")
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise BadInput(f"“{path.name}”第{number}行不是 JSON 对象。")
                    yield number, row
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"“{path.name}”无法读取（{error}），请检查文件是否完整。") from error
    except ValueError as error:
        message = f"“{path.name}”第{number}行不是有效的 UTF-8 JSON，请每行写一个 JSON 对象。"
        raise BadInput(message) from error


def read_corpus(path: Path, *, limit_national: bool = False) -> list[Entry]:
    """The passages of a corpus file, of the national laws only when asked for.

    Raises:
        BadInput: the file is not as it should be, or holds no passage.
    """
    entries: list[Entry] = []
    seen: set[str] = set()
    for number, row in read_rows(path):
        entry = _entry(path, number, row)
        if entry.id in seen:
            raise BadInput(f"“{path.name}”第{number}行的 id“{entry.id}”重复。")
        seen.add(entry.id)
        if not limit_national or row.get("national"):
            entries.append(entry)
    if not entries:
        which = "national 为 true 的" if limit_national else ""
        raise BadInput(f"“{path.name}”中没有{which}条文，无法评测。")
    return entries


def _entry(path: Path, number: int, row: dict[str, Any]) -> Entry:
    wanted = {"id": str, "text": str, "law": str, "article": str, "title": str, "document": str}
    for name, kind in wanted.items():
        if name in ("id", "text") and not row.get(name):
            raise BadInput(f"“{path.name}”第{number}行缺少 {name}。")
        if not isinstance(row.get(name, ""), kind):
            raise BadInput(f"“{path.name}”第{number}行的 {name} 不是字符串。")
    above = row.get("path") or []
    if not isinstance(above, list) or not all(isinstance(part, str) for part in above):
        raise BadInput(f"“{path.name}”第{number}行的 path 不是字符串列表。")
    title = row.get("title") or row.get("law") or ""
    rank = row.get("authority", authority(title))
    if not isinstance(rank, int | float) or not 0 <= rank <= 1:
        raise BadInput(f"“{path.name}”第{number}行的 authority 不是 0 到 1 的数。")
    article = [row["article"]] if row.get("article") else []
    document = row.get("document") or title or row["id"]
    return Entry(row["id"], row["text"], title, (*above, *article), document, float(rank))


def read_questions(
    path: Path, passages: Sequence[Entry], name: str = "", *, fold: int | None = None
) -> QuestionSet:
    """The questions of a file over the given passages; with ``fold``, only STARD's of that fold.

    Raises:
        BadInput: the file is not as it should be, or no question has a known right passage.
    """
    rows = {entry.id: row for row, entry in enumerate(passages)}
    questions: list[str] = []
    gold: list[set[int]] = []
    unknown: list[str] = []
    dropped = 0
    for number, row in read_rows(path):
        if not isinstance(row.get("question"), str) or not row["question"].strip():
            raise BadInput(f"“{path.name}”第{number}行缺少 question。")
        if fold is not None and row.get("query_id", number) % FOLDS != fold:
            continue
        wanted = row.get("gold")
        if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
            raise BadInput(f"“{path.name}”第{number}行的 gold 不是 id 列表。")
        unknown += [one for one in wanted if one not in rows]
        if known := {rows[one] for one in wanted if one in rows}:
            questions.append(row["question"])
            gold.append(known)
        else:
            dropped += 1
    if not questions:
        raise BadInput(f"“{path.name}”中没有一个问题的 gold 在语料中，请检查两个文件是否配套。")
    return QuestionSet(name or path.stem, passages, questions, gold, unknown, dropped)


def sample(wanted: QuestionSet, size: int, seed: int = SEED) -> QuestionSet:
    """The set with about ``size`` passages in their order: those that are right for a question
    before others drawn at random; questions that lose all their passages go.
    """
    draw = random.Random(seed)  # noqa: S311
    right = sorted(set().union(*wanted.gold))
    others = sorted(set(range(len(wanted.passages))) - set(right))
    kept = draw.sample(right, min(size, len(right)))
    kept += draw.sample(others, min(max(0, size - len(kept)), len(others)))
    places = {row: place for place, row in enumerate(sorted(kept))}
    pairs = [
        (question, {places[row] for row in gold if row in places})
        for question, gold in zip(wanted.questions, wanted.gold, strict=True)
    ]
    pairs = [pair for pair in pairs if pair[1]]
    return QuestionSet(
        f"{wanted.name}-{len(kept)}",
        [wanted.passages[row] for row in places],
        [question for question, _ in pairs],
        [gold for _, gold in pairs],
        wanted.unknown,
        wanted.dropped + len(wanted.questions) - len(pairs),
    )


def read_ncp(folder: Path) -> QuestionSet:
    """NCP by paragraph: right is one in ``docids_with_answer`` that holds the answer's words, or
    that lies in the annotated span; strictly, only the latter.

    Raises:
        BadInput: a file of the folder is absent or not as it should be.
    """
    passages: list[Entry] = []
    plain: list[str] = []
    places: dict[str, dict[int, int]] = {}
    for number, page in read_rows(folder / "corpus.jsonl"):
        for name in ("docid", "title", "text"):
            if not isinstance(page.get(name), str):
                raise BadInput(f"“corpus.jsonl”第{number}行缺少 {name}。")
        for line, text in enumerate(page["text"].split("\n")):
            if text.strip():
                places.setdefault(page["docid"], {})[line] = len(passages)
                key = f"{page['docid']}-{line}"
                passages.append(Entry(key, text, page["title"], (), page["docid"]))
                plain.append("".join(text.split()))
    found = QuestionSet("ncp", passages, [], [])
    for number, row in read_rows(folder / "questions.jsonl"):
        if not all(name in row for name in ("question", "answer", "docid", "docids_with_answer")):
            raise BadInput(f"“questions.jsonl”第{number}行缺少 NCP 的字段。")
        answer = "".join(row["answer"].split())
        pages = [places.get(page, {}) for page in row["docids_with_answer"]]
        right = {n for page in pages for n in page.values() if answer in plain[n]}
        first, last = row.get("para_span") or (1, 0)
        span = {n for line, n in places.get(row["docid"], {}).items() if first <= line <= last}
        found.questions.append(row["question"])
        found.gold.append(right | span)
        found.strict.append(span)
        found.documents.append({*row["docids_with_answer"], row["docid"]} & places.keys())
    if not passages or not found.questions:
        raise BadInput(f"“{folder}”中没有 NCP 的文档或问题，无法评测。")
    return found
