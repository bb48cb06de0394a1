"""Laws of the training: the same seed gives the same weights, and they load, and they find."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.indexing.encoder import ROWS, StaticEncoder
from assistant.training.__main__ import Recipe, main, run
from assistant.training.export import quantise
from assistant.training.sources import Pair, Sources, read_sources

SUBJECTS = "养老 教育 环保 交通 科技 农业 住房 医疗 文化 消防 就业 能源".split()
ACTS = "补贴 检查 许可 登记 规划 处罚 培训 统计".split()
TINY = Recipe(vocabulary=400, dimension=32, steps=30, batch_size=32)


def _rows() -> list[dict[str, object]]:
    return [
        {
            "id": f"law{s}_{a}",
            "law": f"{subject}条例",
            "article": f"第{a}条",
            "path": ["第一章 总则"],
            "text": f"{subject}主管部门负责{act}工作，{subject}单位按照{act}要求办理，报告情况。",
            "national": True,
        }
        for s, subject in enumerate(SUBJECTS)
        for a, act in enumerate(ACTS)
    ]


def _write_lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    _write_lines(folder / "laws" / "articles.jsonl.gz", _rows())
    questions: list[dict[str, object]] = [
        {"query": f"{subject}{act}归谁管？", "gold_id": f"law{s}_{a}", "positive": "短文"}
        for s, subject in enumerate(SUBJECTS)
        for a, act in enumerate(ACTS[:4])
    ]
    _write_lines(folder / "pairs" / "stard_train.jsonl.gz", questions)
    _write_lines(
        folder / "stard" / "train.jsonl",
        [{"query_id": n, "question": row["query"]} for n, row in enumerate(questions)],
    )
    lines = ["关于加快发展的意见", "一、总体要求", "坚持稳中求进，推动高质量发展，扩大有效投资。"]
    lines += [
        f"（{n}）加强{subject}工作。" + f"完善{subject}体系，健全机制。"
        for n, subject in zip("一二三四五六七八九十", SUBJECTS, strict=False)
    ]
    policies = folder / "policies"
    policies.mkdir()
    (policies / "gov_001.txt").write_text("\n".join(lines), encoding="utf-8")
    (policies / "ncp_001.txt").write_text(
        "测量专用\n这一段只用于测量，不得用于训练。", encoding="utf-8"
    )
    return folder


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    data: Path, tmp_path: Path
) -> None:
    sources = read_sources(data)
    first = run(sources, tmp_path / "a", TINY)
    second = run(sources, tmp_path / "b", TINY)
    other = run(sources, tmp_path / "c", replace(TINY, seed=14))
    assert first == second != other
    assert (tmp_path / "a" / ROWS).read_bytes() == (tmp_path / "b" / ROWS).read_bytes()


def test_the_command_writes_weights_that_load_and_find(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights"
    command = ["--data", str(data), "--out", str(out), "--vocabulary", "400", "--fold", "0"]
    assert main([*command, "--dimension", "32", "--steps", "60", "--batch-size", "64"]) == 0
    encoder = StaticEncoder.load(out)
    assert encoder.dimension == 32
    texts = [str(row["text"]) for row in _rows()]
    questions = [f"{subject}{act}怎么办" for subject in SUBJECTS for act in ACTS]
    scores = encoder.encode_queries(questions) @ encoder.encode_passages(texts).T
    hits = float((scores.argmax(axis=1) == np.arange(len(texts))).mean())
    assert hits > 0.8


def test_a_fold_is_left_out_of_the_pairs_and_measured_pages_of_everything(data: Path) -> None:
    everything, held = read_sources(data), read_sources(data, fold=2)
    gone = {p.query for p in everything.legal_pairs} - {p.query for p in held.legal_pairs}
    rows = (data / "stard" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = {r["question"] for r in map(json.loads, rows) if r["query_id"] % 5 == 2}
    assert gone == wanted
    assert wanted
    assert not any("测量" in text for text in everything.texts())


def test_a_gold_article_replaces_the_text_of_the_pair(data: Path) -> None:
    pair = read_sources(data).legal_pairs[0]
    assert pair == Pair("养老补贴归谁管？", f"养老条例第0条 {_rows()[0]['text']}")


def test_passages_stand_under_their_headings(data: Path) -> None:
    passages = read_sources(data).policies
    assert passages[0].heading == "关于加快发展的意见 一、总体要求"
    assert passages[1].heading == "关于加快发展的意见 一、总体要求 （一）加强养老工作"
    assert passages[1].text == "（一）加强养老工作。完善养老体系，健全机制。"


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="训练数据目录"):
        read_sources(tmp_path)


def test_texts_alone_are_enough(data: Path, tmp_path: Path) -> None:
    whole = read_sources(data)
    run(Sources((), whole.policies, (), ()), tmp_path / "w", replace(TINY, steps=3))
    assert StaticEncoder.load(tmp_path / "w").encode_queries(["养老体系"]).any()


def test_quantised_rows_are_half_a_step_from_the_vectors() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 16)).astype(np.float32)
    vectors /= np.abs(vectors).max()
    rows, scales = quantise(vectors)
    error = np.abs(rows * scales.astype(np.float32)[:, None] - vectors).max(axis=1)
    assert (error <= np.abs(vectors).max(axis=1) / 254 * 1.1).all()


def test_a_row_of_zeros_stays_zero() -> None:
    rows, scales = quantise(np.zeros((2, 4), dtype=np.float32))
    assert not rows.any()
    assert np.isfinite(scales).all()
