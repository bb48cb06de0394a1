"""What the checks of answers catch, ``python -m tests.benchmarks.verification --json OUT``.

Sentences go through ``SentenceCheck`` as a model's would, whole drafts (quotes, ids) through
``verification.faults``. True ones and false ones are made by rule from the clauses of a file or of
a folder's files; per kind: how many were flagged, with the 95 % interval of Wilson.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.answer import Citation, Claim
from assistant.answering.drafting import Draft, document_ref
from assistant.checking.entailment import SentenceCheck
from assistant.checking.verification import faults
from assistant.errors import UnreadableFile
from assistant.model import Document
from assistant.reading.corpus import read_document
from tests.benchmarks.falsifying import Case, Page, false_cases, pages, true_cases
from tests.benchmarks.reporting import ROOT, circumstances, store, table

Row = dict[str, Any]
SEED = ROOT / "corpus" / "zibo-2022-40.txt"
_SHOWN = 12  # wrong verdicts kept of each kind
_Z = 1.96


def read(path: Path, limit: int | None = None) -> list[Document]:
    """A file, or the readable text files of a folder; ``limit`` takes them evenly spread."""
    files = [path] if path.is_file() else sorted(path.glob("*.txt"))
    if limit and limit < len(files):
        files = [files[i * len(files) // limit] for i in range(limit)]
    return list(_readable(files))


def _readable(files: Iterable[Path]) -> Iterator[Document]:
    for file in files:
        try:
            yield read_document(file)
        except UnreadableFile as error:
            print(error)


def cases(documents: Sequence[Document], chance: random.Random) -> Iterator[Case]:
    """True and false sentences of all documents."""
    found = [pages(d) for d in documents]
    for own in found:
        foreign = [p for others in found if others is not own for p in others]
        for page in own:
            yield from true_cases(page, chance)
            yield from false_cases(page, own, foreign, chance)


def check_sentences(documents: Sequence[Document], seed: int = 0) -> dict[str, Row]:
    """Per kind of sentence: how many, how many flagged, and examples of wrong verdicts."""
    units = {a.unit for d in documents for c in d.clauses for a in c.responsibility.assignments}
    units |= {a.name for d in documents for c in d.clauses for a in c.responsibility.assignments}
    check = SentenceCheck(units)
    kinds: defaultdict[str, Row] = defaultdict(lambda: {"count": 0, "flagged": 0, "wrong": []})
    for case in cases(documents, random.Random(seed)):  # noqa: S311
        row = kinds[case.kind]
        flagged = check.faults(case.sentence, case.sources)
        row["true"] = case.true
        row["count"] += 1
        row["flagged"] += bool(flagged)
        if bool(flagged) == case.true and len(row["wrong"]) < _SHOWN:
            row["wrong"].append([case.sentence, *(f"{f.kind}: {f.words}" for f in flagged)])
    return dict(kinds)


def check_drafts(documents: Sequence[Document]) -> dict[str, Row]:
    """The same of whole drafts: each clause's first sentence, as it is and forged."""
    known = {d.id: d for d in documents}
    clauses = {c.id: c for d in documents for c in d.clauses}
    found = [p for d in documents for p in pages(d)]
    kinds: defaultdict[str, Row] = defaultdict(lambda: {"count": 0, "flagged": 0, "wrong": []})
    for page, other in zip(found, found[1:] + found[:1], strict=True):
        for kind, draft in _drafts(page, other):
            row = kinds[kind]
            flagged = faults(draft, known, clauses)
            row["true"] = kind == "draft as quoted"
            row["count"] += 1
            row["flagged"] += bool(flagged)
            if bool(flagged) == row["true"] and len(row["wrong"]) < _SHOWN:
                row["wrong"].append([draft.text, *flagged])
    return dict(kinds)


def _drafts(page: Page, other: Page) -> Iterator[tuple[str, Draft]]:
    yield "draft as quoted", _draft(page)
    if other.clause.id == page.clause.id:
        return
    spliced = _draft(page)
    citation = spliced.citations[0]
    words = (
        citation.quote[: len(citation.quote) // 2] + other.sentences[0][len(citation.quote) // 2 :]
    )
    if words != citation.quote:
        spliced.citations[0] = replace(citation, quote=words)
        yield "draft with a spliced quote", _said(spliced, words)
    unknown = _draft(page)
    unknown.claims[0] = Claim(unknown.claims[0].span, ("c9",))
    yield "draft with an id never given", unknown
    marked = _draft(page)
    marked.say("[9]")
    yield "draft with a mark never given", marked
    moved = _draft(page)
    moved.citations[0] = replace(moved.citations[0], clause=_draft(other).citations[0].clause)
    yield "draft that cites another clause", moved
    if other.document.id != page.document.id:
        foreign = _draft(page)
        foreign.citations[0] = replace(citation, document=document_ref(other.document))
        yield "draft that cites another document", foreign


def _draft(page: Page) -> Draft:
    draft = Draft()
    draft.quote(page.document, page.clause, page.clause.body_range)
    return draft


def _said(draft: Draft, words: str) -> Draft:
    citation: Citation = draft.citations[0]
    draft.text, draft.claims = "", []
    draft.mention(words, citation)
    return draft


def interval(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) of nothing."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, _Z * _Z / whole
    middle = share + square / 2
    spread = _Z * ((share * (1 - share) + square / 4) / whole) ** 0.5
    return (middle - spread) / (1 + square), (middle + spread) / (1 + square)


def measure(documents: Sequence[Document], seed: int = 0) -> dict[str, Any]:
    """All kinds with their shares and intervals, true ones first."""
    kinds = check_sentences(documents, seed) | check_drafts(documents)
    for row in kinds.values():
        row["share"] = round(row["flagged"] / row["count"], 4)
        row["interval"] = [round(x, 4) for x in interval(row["flagged"], row["count"])]
    ordered = sorted(kinds.items(), key=lambda kind: not kind[1]["true"])
    return {"documents": len(documents), "kinds": dict(ordered)}


def shown(result: dict[str, Any]) -> str:
    """The kinds as a table: what should be flagged, and what was."""
    rows = [
        [kind, "no" if r["true"] else "yes", str(r["count"]), str(r["flagged"]),
         f"{r['share']:.2%}", f"{r['interval'][0]:.2%}–{r['interval'][1]:.2%}"]
        for kind, r in result["kinds"].items()
    ]  # fmt: skip
    return table(("kind", "to flag", "sentences", "flagged", "share", "95 %"), rows)


def main() -> None:
    """Read, make, check, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--corpus", type=Path, default=SEED, help="a file or a folder of text files"
    )
    parser.add_argument("--limit", type=int, help="as many files of the folder, evenly spread")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    result = circumstances() | measure(read(given.corpus, given.limit), given.seed)
    store("verification", result, out=given.json, save=given.save)
    print(shown(result))


if __name__ == "__main__":
    main()
