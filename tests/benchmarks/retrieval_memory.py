"""The memory of a search: a fresh process opens the saved index, searches and tells its size.

``python -m tests.benchmarks.retrieval_memory KIND FOLDER QUESTIONS [--model M]`` is that process.
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

from assistant.indexing.encoder import open_encoder
from assistant.indexing.static_encoder import MANIFEST, StaticEncoder
from assistant.model import Encoder
from tests.benchmarks.processes import Failed, peak_mib
from tests.benchmarks.ranking_figures import DEPTH
from tests.benchmarks.reporting import ROOT
from tests.benchmarks.retrieval_systems import OURS, TOKENS, Bm25s, Ours, Saved, System

ASKED = 50
LIMIT = 900.0  # seconds
_RESIDENT = re.compile(r"^(VmRSS|RssAnon):\s+(\d+) kB", re.MULTILINE)


def resident_mib(pid: int) -> tuple[float, float] | None:
    """Resident memory of a living process, and the part of it that no file stands behind; None
    where the system does not tell.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = {name: int(size) / 1024 for name, size in _RESIDENT.findall(status)}
    return (found["VmRSS"], found["RssAnon"]) if len(found) == 2 else None


def open_saved(kind: str, folder: Path, model: str) -> System:
    """A system from its saved index; ``kind`` is the class's."""
    if kind == TOKENS:
        return Bm25s.load(folder)
    return Ours.load(folder, encoder_of(model))


def encoder_of(model: str) -> Encoder:
    """The shipped encoder, one in a folder of weights, or a sentence-transformers model.

    Raises:
        EncoderError: it cannot be loaded.
    """
    own = model and (Path(model) / MANIFEST).is_file()
    return StaticEncoder.load(Path(model)) if own else open_encoder(model)


def in_fresh_process(system: Saved, questions: Sequence[str], model: str = "") -> dict[str, Any]:
    """What ``main`` says of the system's index.

    Raises:
        Failed: the process ends wrongly, or does not end.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        system.save(folder)
        asked = Path(name) / "questions.json"
        asked.write_text(json.dumps(list(questions[:ASKED])), encoding="utf-8")
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        module = "tests.benchmarks.retrieval_memory"
        command = [sys.executable, "-m", module, system.kind, str(folder), str(asked)]
        try:
            done = subprocess.run(
                [*command, "--model", model],
                cwd=ROOT,
                capture_output=True,
                check=True,
                text=True,
                timeout=LIMIT,
            )
        except subprocess.CalledProcessError as error:
            raise Failed(error.stderr[-2000:]) from error
        except subprocess.TimeoutExpired as error:
            raise Failed(str(error)) from error
    said: dict[str, Any] = json.loads(done.stdout)
    return {**said, "index_mib": round(size / 2**20, 3)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Open, search, print the sizes as JSON; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.retrieval_memory")
    parser.add_argument("kind", choices=(OURS, TOKENS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--model", default="")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    system = open_saved(options.kind, options.folder, options.model)
    opened = time.perf_counter() - started
    for question in json.loads(options.questions.read_text(encoding="utf-8")):
        system.search(question, DEPTH)
    resident, peak = resident_mib(os.getpid()), peak_mib(os.getpid())
    sizes = {
        "resident_mib": round(resident[0], 1) if resident else None,
        "anonymous_mib": round(resident[1], 1) if resident else None,
        "peak_mib": round(peak, 1) if peak else None,
    }
    print(json.dumps({**sizes, "open_seconds": round(opened, 3)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
