"""A build that is killed at any moment leaves the old index serving, and the next one cleans up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.indexing import versions
from assistant.indexing.building import build
from assistant.indexing.index import Index
from assistant.settings import Settings
from tests.laws import ROOT
from tests.policies import YUNHE_TITLE, add_yunhe, settings_for

GREEN = "某市关于绿道的通知\n一、任务\n建绿道。\n"
GREEN_TITLE = "某市关于绿道的通知"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An index of one policy, and a corpus that has two by now."""
    settings = settings_for(tmp_path)
    add_yunhe(settings.corpus_dir)
    build(settings)
    (settings.corpus_dir / "z.txt").write_text(GREEN, encoding="utf-8")
    return settings


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system with fork")
def test_killed_at_any_moment_the_old_index_serves(settings: Settings, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.killing", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300, check=True,
    )  # fmt: skip
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    states = [(int(status), json.loads(titles)) for _, status, titles in lines]
    assert len(states) > 20, "a build makes many operations"
    assert {status for status, _ in states[:-1]} == {-signal.SIGKILL}
    assert states[-1] == (0, [YUNHE_TITLE, GREEN_TITLE])
    serving = [titles for _, titles in states]
    old, new = [YUNHE_TITLE], [YUNHE_TITLE, GREEN_TITLE]
    swapped = serving.index(new)
    assert swapped > 20
    assert serving == [old] * swapped + [new] * (len(serving) - swapped)
    index = build(settings, force=True).index
    left = {path.name for path in settings.index_dir.iterdir()}
    assert len([name for name in left if name.startswith("v-")]) <= 2
    assert {name for name in left if not name.startswith("v-")} == {"CURRENT", ".lock"}
    assert index.version in left


def test_what_killed_builds_left_is_removed_and_the_rest_stays(settings: Settings) -> None:
    folder = settings.index_dir
    first = versions.current(folder)
    second = build(settings).index.version
    (folder / "v-begun").mkdir()
    (folder / "v-begun" / "documents.jsonl").write_text("{", encoding="utf-8")
    (folder / "v-unnamed").mkdir()
    (folder / "v-unnamed" / versions.MANIFEST).write_text("{}", encoding="utf-8")
    (folder / ".CURRENT-v-unnamed").write_text("v-unnamed", encoding="utf-8")
    versions.remove_leftovers(folder)
    assert {p.name for p in folder.iterdir()} == {"CURRENT", ".lock", first, second}
    assert Index.load(folder).version == second


def test_a_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from assistant.indexing import versions\n"
        "with versions.lock(Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n    sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as holder:  # fmt: skip
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with versions.lock(tmp_path, wait=False) as free:
            assert not free
        holder.kill()
        holder.wait()
    with versions.lock(tmp_path, wait=False) as free:
        assert free
