"""The benchmark over government pages: what counts as found, and that it says what it measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import ncp_answers
from tests.benchmarks.ncp_answers import Gold, marks

PAGES = [
    {
        "docid": "a",
        "title": "某市支持口罩生产的通知",
        "text": "一、生产补贴\n企业生产口罩每万只补贴二百元。",
    },
    {
        "docid": "b",
        "title": "某县春耕备耕的通知",
        "text": "一、种子供应\n各乡镇应当保障早稻种子供应。",
    },
]
ASKED = [
    {
        "question": "生产口罩每万只补贴多少元？",
        "docid": "a",
        "answer": "二百元",
        "para_span": [1, 1],
    },
    {
        "question": "各乡镇应当保障什么供应？",
        "docid": "b",
        "answer": "早稻种子",
        "para_span": [1, 1],
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [row | {"docids_with_answer": [row["docid"]]} for row in ASKED]
    for name, part in (("corpus", PAGES), ("questions", rows)):
        lines = [json.dumps(row, ensure_ascii=False) for row in part]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_it_reports_what_was_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out.json"
    told = folder / "answers.jsonl"
    given = ["--ncp", str(folder), "--json", str(out), "--answers", str(told)]
    assert ncp_answers.main(given) == 0
    result = json.loads(out.read_text(encoding="utf-8"))
    assert (result["pages"], result["questions"]) == (2, 2)
    for system in ("ours", "BM25 characters"):
        assert result["systems"][system]["hit1"] == 1.0
        assert result["systems"][system]["holds_answer"] == 1.0
    assert result["ask_ms"]["p95"] > 0
    assert len(told.read_text(encoding="utf-8").splitlines()) == 2
    assert "holds_answer" in capsys.readouterr().out


def test_a_folder_without_pages_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ncp_answers.main(["--ncp", str(tmp_path)]) == 2
    assert "corpus.jsonl" in capsys.readouterr().err


def test_marks_want_the_words_in_a_quote_and_the_clause_at_the_place() -> None:
    gold = Gold("?", "二百元", {"doc-a": [(10, 20)]})
    assert marks(gold, ["补贴 二百\n元"], ("doc-a", (19, 30))) == dict.fromkeys(
        ("holds_answer", "hit1", "document_hit1"), True
    )
    missed = marks(gold, ["补贴二百万元"], ("doc-a", (20, 30)))
    assert (missed["holds_answer"], missed["hit1"]) == (False, False)
    assert not marks(gold, [], None)["document_hit1"]
