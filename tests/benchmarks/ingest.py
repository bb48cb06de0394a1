"""Building an index, ``python -m tests.benchmarks.ingest --documents DIR [--copies N] [--json OUT]``.

The documents are copied to a folder of their own, N times: each copy but the first has another
title and another number in every line that has one, so that it is a document and no copy. Timed in
fresh processes, index and encoder included: the first build with one worker and with more, the
build when nothing has changed, and when one file has. Ratios are to the first build with all
workers, in the same run. Peak memory is that of the building process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.indexing.versions import current
from assistant.processes import processors
from assistant.reading.files import document_files
from tests.benchmarks.processes import peak_mib
from tests.benchmarks.reporting import ROOT, circumstances, store, table

_NUMBER = re.compile(r"\d+号")


def multiply(documents: Path, corpus: Path, copies: int) -> int:
    """Copy the documents; the number of files."""
    for path in document_files(documents):
        data = path.read_bytes()
        for copy in range(copies):
            target = corpus / f"{copy:03d}" / path.relative_to(documents)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_changed(data, copy) if path.suffix == ".txt" and copy else data)
    return len(document_files(corpus))


def _changed(data: bytes, copy: int) -> bytes:
    text = data.decode("utf-8", "replace")
    lines = [f"{line}{copy}" if at % 3 == 2 else line for at, line in enumerate(text.split("\n"))]
    return _NUMBER.sub(f"{9000 + copy}号", f"第{copy}辑" + "\n".join(lines)).encode()


def build(corpus: Path, index: Path, *options: str) -> dict[str, Any]:
    """Build in a fresh process: seconds, and peak memory as last seen before its end."""
    command = [sys.executable, "-m", "assistant", "build", *options]
    places = ["--corpus", str(corpus), "--index", str(index)]
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, *places], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_mib(process.pid) or 0.0)
            time.sleep(0.05)
        seconds = time.perf_counter() - started
        said = process.stdout.read().decode() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"build failed: {said}")
    return {"seconds": round(seconds, 2), "peak_mib": round(peak), "said": said.split("\n")[0]}


def measure(corpus: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Each build, by what it is."""
    workers = processors()
    found = {f"first build, {workers} workers": build(corpus, folder / "all")}
    found["first build, 1 worker"] = build(corpus, folder / "one", "--workers", "1")
    found["nothing changed"] = build(corpus, folder / "all")
    path = document_files(corpus)[0]
    path.write_bytes(path.read_bytes() + "\n新增的一段话，共十八个字左右。\n".encode())
    os.utime(path)
    found["one file changed"] = build(corpus, folder / "all")
    return found


def characters(index: Path) -> int:
    """How many characters the documents of an index have."""
    with (index / current(index) / "documents.jsonl").open(encoding="utf-8") as lines:
        return sum(len(json.loads(line)["text"]) for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ingest")
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--documents", type=Path, required=True, metavar="DIR")
    parser.add_argument("--copies", type=int, default=1, metavar="N")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        files = multiply(options.documents, Path(name) / "corpus", options.copies)
        found = measure(Path(name) / "corpus", Path(name))
        chars = characters(Path(name) / "all")
    first = next(iter(found.values()))["seconds"]
    for part in found.values():
        part["ratio"] = round(part["seconds"] / first, 3)
        part["files_per_second"] = round(files / part["seconds"], 1)
        part["characters_per_second"] = round(chars / part["seconds"])
    rows = [
        [label, *(str(p[k]) for k in ("seconds", "ratio", "files_per_second",
                                      "characters_per_second", "peak_mib"))]
        for label, p in found.items()
    ]  # fmt: skip
    print(f"{files} files, {chars} characters")
    print(table("build,seconds,of the first,files/s,characters/s,peak MiB".split(","), rows))
    for label, part in found.items():
        print(f"{label}: {part['said']}")
    result = {"benchmark": "ingest", **circumstances(), "files": files, "characters": chars}
    store("ingest", {**result, "lines": found}, out=options.json, save=options.save)


if __name__ == "__main__":
    main()
