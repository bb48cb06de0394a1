"""Answers to people's questions over government pages, ``python -m tests.benchmarks.ncp_answers``.

    --ncp FOLDER    corpus.jsonl and questions.jsonl of NCP, each page a document

Reported: the share of questions whose quotes hold the gold answer's words, whose first citation
stands in a clause that overlaps a gold paragraph (``hit1``), that are refused; the time of ``ask``.
Beside it BM25 over characters, whose first clause is quoted whole. A gold paragraph is the annotated
one, or any that holds the answer's words in a page that is known to answer.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from assistant.model import Document, Range
from assistant.service import PolicyAssistant
from assistant.settings import load
from tests.benchmarks.answers import spread, timed
from tests.benchmarks.baseline import CharacterBM25
from tests.benchmarks.reporting import circumstances, store, table
from tests.benchmarks.retrieval_corpus import BadInput, read_rows

REFUSED = {"no_source", "out_of_scope", "clarify", "blocked", "expired_only", "error"}
MEASURES = ("holds_answer", "hit1", "document_hit1", "refused")


@dataclass(frozen=True, slots=True)
class Gold:
    """A question, its answer without blanks, and where it stands: ranges by document id."""

    question: str
    answer: str
    ranges: Mapping[str, Sequence[Range]]


def squeezed(text: str) -> tuple[str, list[int]]:
    """The text without blanks, and the place of each character in the text."""
    places = [at for at, character in enumerate(text) if not character.isspace()]
    return "".join(text[at] for at in places), places


def write_pages(source: Path, corpus: Path, limit: int) -> dict[str, list[str]]:
    """Write each page as a text file named by its id; give the lines of each."""
    pages: dict[str, list[str]] = {}
    for _, page in read_rows(source / "corpus.jsonl"):
        if limit and len(pages) == limit:
            break
        text = f"{page['title']}\n\n{page['text']}\n"
        (corpus / f"{page['docid']}.txt").write_text(text, encoding="utf-8")
        pages[page["docid"]] = page["text"].split("\n")
    return pages


def read_gold(
    source: Path, pages: Mapping[str, list[str]], documents: Mapping[str, Document]
) -> list[Gold]:
    """The questions whose page is there, with their gold ranges in the documents as read."""
    flat = {name: squeezed(document.text) for name, document in documents.items()}
    found = []
    for _, row in read_rows(source / "questions.jsonl"):
        if row["docid"] not in documents:
            continue
        answer = "".join(row["answer"].split())
        ranges: dict[str, list[Range]] = {}
        for name in {row["docid"], *row["docids_with_answer"]} & documents.keys():
            first, last = (row.get("para_span") or (1, 0)) if name == row["docid"] else (1, 0)
            for line, paragraph in enumerate(pages[name]):
                words = "".join(paragraph.split())
                if words and (first <= line <= last or answer in words):
                    ranges.setdefault(documents[name].id, []).extend(_places(words, *flat[name]))
        found.append(Gold(row["question"], answer, ranges))
    return found


def by_page(
    pages: Iterable[str], corpus: Path, documents: Iterable[Document]
) -> dict[str, Document]:
    """The document of each page, found by its text; none for a page that says what another does."""
    of_text = {squeezed(document.text)[0]: document for document in documents}
    texts = {name: (corpus / f"{name}.txt").read_text(encoding="utf-8") for name in pages}
    found = {name: of_text.get(squeezed(text)[0]) for name, text in texts.items()}
    return {name: document for name, document in found.items() if document}


def _places(words: str, text: str, places: list[int]) -> list[Range]:
    start = text.find(words)
    return [(places[start], places[start + len(words) - 1] + 1)] if start >= 0 else []


def marks(gold: Gold, quotes: Sequence[str], first: tuple[str, Range] | None) -> dict[str, bool]:
    """Whether the quotes hold the answer, and whether the first clause is a right one."""
    document, span = first or ("", (0, 0))
    right = gold.ranges.get(document, ())
    return {
        "holds_answer": gold.answer in "".join("".join(quote.split()) for quote in quotes),
        "hit1": any(a < span[1] and span[0] < b for a, b in right),
        "document_hit1": document in gold.ranges,
    }


def measure(source: Path, folder: Path, limit: int) -> dict[str, Any]:
    """Build, ask twice, score."""
    corpus = folder / "corpus"
    corpus.mkdir()
    pages = write_pages(source, corpus, limit)
    settings = load({"corpus_dir": corpus, "index_dir": folder / "index"})
    assistant = PolicyAssistant.open(settings, progress=True)
    documents = by_page(pages, corpus, assistant.documents())
    gold = read_gold(source, pages, documents)
    for one in tqdm(gold, desc="first pass", unit="question"):
        assistant.ask(one.question)
    answers = [timed(lambda o=one: assistant.ask(o.question).to_dict()) for one in gold]  # type: ignore[misc]
    plain = CharacterBM25(assistant.documents())
    rows: dict[str, list[dict[str, bool]]] = {"ours": [], "BM25 characters": []}
    told = []
    for one, answer in zip(gold, answers, strict=True):
        cited = answer.answer["citations"]
        clause = assistant.clause(cited[0]["clause"]["id"]) if cited else None
        place = (clause.document_id, clause.char_range) if clause else None
        ours = marks(one, [c["quote"] for c in cited], place)
        rows["ours"].append(ours | {"refused": answer.answer["status"] in REFUSED})
        best = plain.first(one.question)
        base = marks(one, [best.text], (best.document_id, best.char_range))
        rows["BM25 characters"].append(base | {"refused": False})
        told.append(
            {
                "question": one.question,
                "gold": one.answer,
                **ours,
                "status": answer.answer["status"],
                "text": answer.answer["answer"]["text"],
                "nearest": answer.answer["refusal"],
                "in": sorted(one.ranges),
            }
        )
    return {
        "benchmark": "ncp_answers",
        **circumstances(),
        "documents": len(assistant.documents()),
        "pages": len(documents),
        "questions": len(gold),
        "systems": {
            name: {m: float(np.mean([r[m] for r in part])) for m in MEASURES}
            for name, part in rows.items()
        },
        "ask_ms": spread([a.ms for a in answers]),
        "ask_cpu_ms": spread([a.cpu_ms for a in answers]),
        "told": told,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0, or 2 after one sentence about input that cannot be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ncp_answers")
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--ncp", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="the first N pages only")
    parser.add_argument("--answers", type=Path, metavar="OUT", help="each answer, as JSON Lines")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(options.ncp, Path(folder), options.pages)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    told = result.pop("told")
    if options.answers:
        lines = (json.dumps(one, ensure_ascii=False) for one in told)
        options.answers.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [
        [name, *(f"{part[m]:.3f}" for m in MEASURES)] for name, part in result["systems"].items()
    ]
    print(table([f"{result['questions']} questions", *MEASURES], rows))
    print("ask, ms:", result["ask_ms"], "processor:", result["ask_cpu_ms"])
    store("ncp-answers", result, out=options.json, save=options.save)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
