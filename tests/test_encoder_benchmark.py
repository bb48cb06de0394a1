"""The benchmark of the encoder: what it asks of whom, and its figures against those by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.benchmarks import encoder as benchmark
from tests.training_data import LAY, Row, articles, questions, write_data, write_lines


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles and questions on them, and two pages of which the second answers a question."""
    folder = write_data(tmp_path_factory.mktemp("data"))
    pages: list[Row] = [
        {"docid": "p", "title": "停车通知", "text": "车位宽三米"},
        {"docid": "q", "title": "消防通知", "text": "\n".join(f"{lay}四米" for lay in LAY)},
    ]
    asked: Row = {"question": "老人", "answer": "老人 四米", "docid": "q", "para_span": [1, 2]}
    write_lines(folder / "ncp" / "corpus.jsonl", pages)
    write_lines(folder / "ncp" / "questions.jsonl", [{**asked, "docids_with_answer": ["q"]}])
    return folder


class _Planted:
    """Passages lie in a line; a question is as near to them as its own numbers say."""

    name, fingerprint, dimension = "planted", "", 1

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[1.0 if text == "first" else -1.0] for text in texts], dtype=np.float32)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        del progress
        return -np.arange(len(texts), dtype=np.float32)[:, None]


def test_ranks_are_those_of_the_first_right_passage() -> None:
    passages = [str(n) for n in range(benchmark.DEPTH + 20)]
    task = benchmark.Task("", ["first", "last", "first"], passages, [{7, 2}, {118}, {110}])
    assert benchmark.first_ranks(_Planted(), task).tolist() == [3, 2, 0]


def test_figures_are_those_by_hand() -> None:
    figures = benchmark.summary(np.array([1, 4, 20, 0]))
    assert figures == {"MRR@10": 31.25, "R@1": 25.0, "R@10": 50.0, "R@100": 75.0}


def test_stard_asks_every_question_of_the_national_articles(data: Path) -> None:
    task = benchmark.stard_task(data, seen=True)
    assert task.name == "STARD (seen in training)"
    assert task.questions == [row["question"] for row in questions()]
    assert len(task.passages) == len(articles()) - 1
    assert task.right == [{n} for n in range(len(questions()))]
    assert benchmark.stard_task(data, seen=False).name == "STARD"


def test_a_paragraph_is_right_by_its_words_or_by_its_place(data: Path) -> None:
    task = benchmark.ncp_task(data, titled=True)
    assert task.passages[1] == "消防通知 老人四米"
    assert task.right == [{1, 2, 3}]


def test_the_command_measures_the_shipped_weights(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    starts = ("load ", "NCP, title + paragraph: ", "NCP, paragraph: ", "STARD (seen in training): ")
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=True))
    assert lines[1].endswith("(1 questions)")
