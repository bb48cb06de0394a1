"""The training texts: passages in reading order with their headings, and question-passage pairs.

Nothing is read from ``ncp/``, nor the ``ncp_*`` files of ``policies/`` (copies of the same pages):
that set only measures.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLICY_FOLDERS = ("policies", "with_header", "zibo_regs", "excerpts")
MEASURED_ONLY = "ncp_"
LEGAL_PAIRS = ("stard", "lecoqa", "lawbench", "silver_lawyer")
_HEADING_LEVELS = (
    re.compile(r"^第[一二三四五六七八九十百]+[编章]"),
    re.compile(r"^(?:第[一二三四五六七八九十百]+节|[一二三四五六七八九十]+、)"),
    re.compile(r"^[（(][一二三四五六七八九十]+[）)]"),
    re.compile(r"^\d{1,2}[.．、]"),
)
_MAX_HEADING = 40
_MIN_PASSAGE = 12
_MAX_PASSAGE = 1200


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document; passages with the same ``document`` follow each other in order."""

    document: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a text that answers it."""

    query: str
    positive: str


@dataclass(frozen=True, slots=True)
class Sources:
    """All that one training run reads."""

    laws: tuple[Passage, ...]
    policies: tuple[Passage, ...]
    general_pairs: tuple[Pair, ...]
    legal_pairs: tuple[Pair, ...]

    def texts(self) -> Iterator[str]:
        """Every text once or more, for learning the vocabulary."""
        for passage in (*self.laws, *self.policies):
            yield passage.text
        for passage in (*self.laws[::5], *self.policies):
            yield passage.heading
        for pair in (*self.general_pairs, *self.legal_pairs):
            yield pair.query
            yield pair.positive


def read_sources(data: Path) -> Sources:
    """Read the training data of a folder; parts that are absent are left out.

    The questions of STARD stay out of every pair file: the encoder meets them when it is
    fine-tuned, fold by fold. Raises FileNotFoundError when nothing is there.
    """
    articles = list(read_json_lines(data / "laws" / "articles.jsonl.gz"))
    held_out = {row["question"] for row in read_json_lines(data / "stard" / "train.jsonl")}
    general: list[Pair] = []
    legal: list[Pair] = []
    for file in sorted((data / "pairs").glob("*.jsonl.gz")):
        target = legal if file.name.startswith(LEGAL_PAIRS) else general
        for row in read_json_lines(file):
            if row["query"] not in held_out:
                target.append(Pair(row["query"], row["positive"][:_MAX_PASSAGE]))
    sources = Sources(
        tuple(_law_passages(articles)), tuple(_policy_passages(data)), tuple(general), tuple(legal)
    )
    if not (sources.laws or sources.policies):
        raise FileNotFoundError(f"训练数据目录“{data}”中没有 laws 或 policies，请检查 --data。")
    return sources


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON Lines file, gzipped or not; none when the file is absent."""
    if not path.exists():
        return
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _law_passages(articles: list[dict[str, Any]]) -> Iterator[Passage]:
    for article in articles:
        heading = " ".join((article["law"], *article["path"]))
        if len(article["text"]) >= _MIN_PASSAGE:
            yield Passage(article["law"], heading, article["text"][:_MAX_PASSAGE])


def _policy_passages(data: Path) -> Iterator[Passage]:
    seen: set[str] = set()
    for folder in POLICY_FOLDERS:
        titles = _titles(data / folder / "manifest.json")
        for file in sorted((data / folder).glob("*.txt")):
            if file.name.startswith(MEASURED_ONLY):
                continue
            lines = file.read_text(encoding="utf-8").splitlines()
            for passage in _split_policy(f"{folder}/{file.name}", titles.get(file.name, ""), lines):
                if passage.text not in seen:
                    seen.add(passage.text)
                    yield passage


def _titles(manifest: Path) -> dict[str, str]:
    if not manifest.exists():
        return {}
    rows = json.loads(manifest.read_text(encoding="utf-8"))
    return {row["file"]: row.get("title") or "" for row in rows}


def _split_policy(document: str, title: str, lines: list[str]) -> Iterator[Passage]:
    """Paragraphs under the headings that stand above them, by the usual numbering levels."""
    above: dict[int, str] = {}
    for line in (raw.strip() for raw in lines):
        if not title and line:
            title = line
            continue
        level = next((n for n, shape in enumerate(_HEADING_LEVELS) if shape.match(line)), None)
        if level is not None:
            above = {n: text for n, text in above.items() if n < level}
            above[level] = re.split(r"[。：:]", line)[0][:_MAX_HEADING]
            if above[level] == line.rstrip("。：:"):
                continue
        if len(line) >= _MIN_PASSAGE:
            heading = " ".join((title, *(above[n] for n in sorted(above))))
            yield Passage(document, heading, line[:_MAX_PASSAGE])
