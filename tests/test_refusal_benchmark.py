"""The refusal benchmark: one point a threshold, more caution more refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import refusal
from tests.laws import SEED

ROWS = [
    {"id": "a", "question": "自动驾驶重点做什么", "kind": "fact", "clauses": ["二（二）自动驾驶"]},
    {"id": "b", "question": "工业互联网的补贴是多少", "kind": "unanswerable", "clauses": []},
]


def test_more_caution_refuses_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal, "THRESHOLDS", (0.0, 0.18, 1.0))
    empty: dict[str, list[str]] = {"contains": [], "units": [], "local_units": []}
    lines = [json.dumps(row | empty, ensure_ascii=False) for row in ROWS]
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out.json"
    given = ["--corpus", str(SEED.parent), "--questions", str(questions), "--json", str(out)]
    assert refusal.main(given) == 0
    points = json.loads(out.read_text(encoding="utf-8"))["points"]
    assert [p["false_refusal"] for p in points] == [0.0, 0.0, 1.0]
    assert points[1] == {
        "threshold": 0.18,
        "refused": 1.0,
        "false_refusal": 0.0,
        "clause_hit1": 1.0,
    }
    assert "0.18 *" in capsys.readouterr().out
