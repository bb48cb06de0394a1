"""How well and how fast documents become clauses, ``python -m tests.benchmarks.parsing``.

Laws: each is put together from its articles, parsed, and an article counts when one clause under
its exact number holds its words and no others. LangChain's recursive splitter (500 characters,
overlap 50) gets the same texts: an article counts when a chunk holds it whole and nothing of
another. Policies: every visible character has one owner; the numbering report; title, 发文字号 and
date against the manifest. Units: F1 over hand-read notes. Throughput: a fresh process a corpus, one
document at a time, time of reading and parsing alone, peak memory of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant.errors import UnreadableFile
from assistant.model import Document
from assistant.reading.corpus import read_document
from tests.benchmarks import articles, unit_notes
from tests.benchmarks.processes import peak_mib
from tests.benchmarks.reporting import ROOT, circumstances, store, table
from tests.laws import SHARED, every_visible_character_has_one_owner

Row = dict[str, Any]
FACTS = ("title", "doc_number", "issued_on")
_BRACKETS = str.maketrans(dict.fromkeys("[【(（", "〔") | dict.fromkeys("]】)）", "〕"))
_SIGNED = re.compile(r"成文日期：\s*(\d{4})年(\d\d)月(\d\d)日")
_SHOWN = 50  # misses kept of the laws


def measure_laws(path: Path) -> Row:
    """Articles that come back whole and alone, ours and the splitter's."""
    counts: Counter[str] = Counter()
    missed: list[str] = []
    for law in tqdm(articles.laws(path), desc="laws", unit="law"):
        text, ranges = articles.joined(law)
        wanted = {article.id for article in law.articles if article.number}
        ours = articles.in_clauses(articles.parsed(text), law)
        missed += sorted(wanted - ours)
        counts.update(laws=1, articles=len(wanted), clauses=len(ours))
        counts["laws_whole"] += ours == wanted
        chunks = articles.split(text)
        counts["chunks"] += len(wanted & articles.in_chunks(chunks, ranges, law))
        counts["chunks_shared"] += len(wanted & articles.in_chunks(chunks, ranges, law, False))
    return {
        **counts,
        "clauses_share": share(counts["clauses"], counts["articles"]),
        "chunks_share": share(counts["chunks"], counts["articles"]),
        "chunks_shared_share": share(counts["chunks_shared"], counts["articles"]),
        "missed": missed[:_SHOWN],
    }


def share(part: int, whole: int) -> float:
    """A part of a whole, 0 where there is no whole."""
    return round(part / whole, 5) if whole else 0.0


def measure_policies(folder: Path) -> Row:
    """Texts that join back, anomalies by kind, and facts against the manifest."""
    manifest = {row["file"]: row for row in read_manifest(folder)}
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    missed: list[Row] = []
    for path in tqdm(sorted(folder.glob("*.txt")), desc="policies", unit="document"):
        counts["documents"] += 1
        try:
            document = read_document(path)
        except UnreadableFile as error:
            missed.append({"file": path.name, "fact": "unreadable", "got": str(error)})
            continue
        counts.update(clauses=len(document.clauses), joined=joins_back(document))
        kinds.update(str(anomaly.kind) for anomaly in document.anomalies)
        if path.name.startswith("gov_") and path.name in manifest:
            for fact, want, got in facts(document, manifest[path.name]):
                counts.update({f"{fact}_known": 1, f"{fact}_right": want == got})
                if want != got:
                    missed.append({"file": path.name, "fact": fact, "wanted": want, "got": got})
    shares = {f"{f}_share": share(counts[f"{f}_right"], counts[f"{f}_known"]) for f in FACTS}
    return {**counts, **shares, "anomalies": dict(kinds), "missed": missed}


def read_manifest(folder: Path) -> list[Row]:
    """The rows of the folder's manifest; none where there is no manifest."""
    path = folder / "manifest.json"
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return rows


def joins_back(document: Document) -> bool:
    """Whether every visible character has one owner."""
    try:
        every_visible_character_has_one_owner(document)
    except AssertionError:
        return False
    return True


def facts(document: Document, row: Row) -> Iterator[tuple[str, str, str]]:
    """Name, wanted and got of each fact that the manifest knows, in one way of writing."""
    wanted = (row["title"], row["doc_no"], signed_on(row))
    got = (document.title, document.doc_number, document.issued_on)
    for fact, want, have in zip(FACTS, wanted, got, strict=True):
        if want:
            shape = _BRACKETS if fact == "doc_number" else {}
            yield fact, one_way(want, shape), one_way(str(have or ""), shape)


def signed_on(row: Row) -> str:
    """The date of the page's own table (成文日期), '' without: the manifest's is a guess, the first
    in the text.
    """
    found = _SIGNED.search(row.get("web_header") or "")
    return "-".join(found.groups()) if found else ""


def one_way(words: str, shape: dict[int, str]) -> str:
    """Without white space, the given characters replaced."""
    return articles.plain(words).translate(shape)


def read_all(what: str, path: Path) -> Row:
    """Parse a corpus one document after the other in this process: counts, time, peak memory."""
    seconds, sizes = 0.0, []
    jobs: Iterator[tuple[Callable[[Any], Document], Any]]
    if what == "laws":
        jobs = ((articles.parsed, articles.joined(law)[0]) for law in articles.laws(path))
    else:
        jobs = ((read_document, file) for file in sorted(path.glob("*.txt")))
    for work, given in jobs:
        started = time.perf_counter()
        try:
            sizes.append(len(work(given).text))
        except UnreadableFile:  # counted among the policies
            continue
        finally:
            seconds += time.perf_counter() - started
    return {
        "documents": len(sizes),
        "characters": sum(sizes),
        "seconds": round(seconds, 3),
        "peak_mib": peak_mib(os.getpid()),
    }


def throughput(what: str, path: Path) -> Row:
    """The same in a fresh process, with rates.

    Raises:
        subprocess.CalledProcessError: the process fails.
    """
    command = [sys.executable, "-m", "tests.benchmarks.parsing", f"--{what}", str(path)]
    done = subprocess.run(
        [*command, "--read-only", what], cwd=ROOT, capture_output=True, check=True, text=True
    )
    result: Row = json.loads(done.stdout)
    for name in ("documents", "characters"):
        result[f"{name}_per_second"] = round(result[name] / result["seconds"], 1)
    return result


def report(result: Row) -> str:
    """All tables."""
    laws, policies, units = (result[name] for name in ("laws", "policies", "units"))
    lines = [
        ["articles whole and alone: clauses", *of(laws, "clauses", "articles")],
        ["articles whole and alone: 500-character chunks", *of(laws, "chunks", "articles")],
        ["  whole, with others or alone: chunks", *of(laws, "chunks_shared", "articles")],
        ["laws with every article", *of(laws, "laws_whole", "laws")],
        ["policies that join back", *of(policies, "joined", "documents")],
        *([f"{f} of gov_*", *of(policies, f"{f}_right", f"{f}_known")] for f in FACTS),
        *(
            [f"{name}, micro F1", f"{units[f'{name}_f1']:.4f}", str(units[f"{name}_wanted"])]
            for name in ("units", "roles")
        ),
    ]
    anomalies = ", ".join(f"{kind} {n}" for kind, n in sorted(policies["anomalies"].items()))
    names = ("documents", "characters", "seconds", "documents_per_second", "characters_per_second")
    speed = [
        [
            what,
            *(f"{part[name]:,g}" if name != "characters" else f"{part[name]:,}" for name in names),
            f"{part['peak_mib']:.0f}" if part["peak_mib"] else "–",
        ]
        for what, part in result["throughput"].items()
    ]
    return "\n".join(
        [
            table(["", "share", "of"], lines),
            f"anomalies in the policies' numbering: {anomalies or 'none'}",
            f"annotated files that are absent: {units['absent']}",
            "",
            table(["", *names, "peak MiB"], speed),
        ]
    )


def of(part: Row, right: str, whole: str) -> tuple[str, str]:
    """A share and how many it is of, as cells."""
    number = part.get(whole, 0)
    return f"{share(part.get(right, 0), number):.2%}", f"{number:,}"


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, checked."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.parsing", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--laws", type=Path, default=SHARED / "laws" / "articles.jsonl.gz")
    parser.add_argument("--policies", type=Path, default=SHARED / "policies", metavar="DIR")
    parser.add_argument(
        "--units", type=Path, default=ROOT / "tests" / "data" / "units_gold.jsonl", metavar="FILE"
    )
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    parser.add_argument("--read-only", choices=("laws", "policies"), help="parse, tell the time")
    options = parser.parse_args(arguments)
    needed = [options.read_only] if options.read_only else ["laws", "policies", "units"]
    for name in needed:
        path: Path = getattr(options, name)
        if not (path.is_dir() if name == "policies" else path.is_file()):
            parser.error(f"not found: {path}")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 0."""
    options = read_options(arguments)
    places = {"policies": options.policies.resolve(), "laws": options.laws.resolve()}
    if options.read_only:
        print(json.dumps(read_all(options.read_only, places[options.read_only])))
        return 0
    with options.units.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    result = {
        "benchmark": "parsing",
        **circumstances(),
        "laws": measure_laws(places["laws"]),
        "policies": measure_policies(places["policies"]),
        "units": unit_notes.measure(rows, places["policies"].parent),
        "throughput": {what: throughput(what, path) for what, path in places.items()},
    }
    print(report(result))
    store("parsing", result, out=options.json, save=options.save)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
