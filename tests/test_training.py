"""Laws of a training run: the same seed gives the same weights, and they load, and they find."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.indexing.static_encoder import ROWS, SCALES, TOKENIZER, StaticEncoder, read_manifest
from assistant.ranking.features import NAMES
from assistant.ranking.ranker import CARD, RANKER, Ranker
from assistant.training.__main__ import main, run
from assistant.training.export import encoder_of, quantise
from assistant.training.sources import Pair, read_sources
from assistant.training.stages import prepare
from tests.training_data import (
    ACTS,
    LAY,
    RECIPE,
    SUBJECTS,
    TREES,
    TUNING,
    articles,
    questions,
    write_data,
    write_policies,
)

WRITTEN = (TOKENIZER, ROWS, SCALES, RANKER, CARD)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The folder of work, the folder of weights, and their fingerprint."""
    folder = tmp_path_factory.mktemp("trained")
    work, out = folder / "work", folder / "out"
    return work, out, run(data, work, out, RECIPE, TUNING, TREES)


def _stages(work: Path) -> dict[Path, int]:
    """The files of work, and when each was written."""
    return {file: file.stat().st_mtime_ns for file in work.rglob("*") if file.is_file()}


def _written(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in WRITTEN}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    data: Path, trained: tuple[Path, Path, str], tmp_path: Path
) -> None:
    _, out, fingerprint = trained
    again = run(data, tmp_path / "w", tmp_path / "o", RECIPE, TUNING, TREES)
    assert again == fingerprint
    assert _written(tmp_path / "o") == _written(out)
    other = run(data, tmp_path / "x", tmp_path / "p", replace(RECIPE, seed=14), TUNING, TREES)
    assert other != fingerprint


def test_a_run_goes_on_from_its_folder_of_work(
    data: Path,
    trained: tuple[Path, Path, str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    work, out, fingerprint = trained
    before = _stages(work)
    with caplog.at_level(logging.INFO, logger="assistant.training"):
        assert run(data, work, tmp_path, RECIPE, TUNING, TREES) == fingerprint
    assert {"base encoder: resumed", "features: resumed"} <= set(caplog.messages)
    assert _stages(work) == before
    assert _written(tmp_path) == _written(out)


def test_a_manifest_says_what_the_weights_were_made_of(trained: tuple[Path, Path, str]) -> None:
    _, out, fingerprint = trained
    manifest = read_manifest(out)
    assert (manifest["fingerprint"], manifest["dimension"]) == (fingerprint, 32)
    made = manifest["training"]
    assert (made["recipe"]["steps"], made["fine_tuning"]["steps"]) == (RECIPE.steps, TUNING.steps)
    assert made["questions"] == len(questions())
    assert made["passages"] == {"laws": len(articles()), "policies": 11}
    assert made["pairs"] == {"general": len(LAY), "legal": len(SUBJECTS)}


def test_weights_are_written_that_load_and_find(trained: tuple[Path, Path, str]) -> None:
    encoder = StaticEncoder.load(trained[1])
    texts = [str(row["text"]) for row in articles() if row["national"]]
    asked = [f"{subject}{act}怎么办" for subject in SUBJECTS for act in ACTS]
    scores = encoder.encode_queries(asked) @ encoder.encode_passages(texts).T
    assert float((scores.argmax(axis=1) == np.arange(len(texts))).mean()) > 0.8


def test_a_ranker_is_written_that_loads(trained: tuple[Path, Path, str]) -> None:
    ranker = Ranker.load(trained[1])
    assert ranker.leaves.shape == (TREES.trees, 2**TREES.depth)
    values = np.random.default_rng(2).random((5, len(NAMES)), dtype=np.float32)
    assert np.isfinite(ranker.scores(values)).all()
    assert ranker.leaves.std() > 0


def test_policies_alone_are_enough(tmp_path: Path) -> None:
    """Without questions there is no fine-tuning and no ranker, at the first run and the next."""
    write_policies(tmp_path / "data" / "policies")
    out = tmp_path / "out"
    command = ["--data", str(tmp_path / "data"), "--work", str(tmp_path / "work")]
    command += ["--out", str(out), "--vocabulary", "200"]
    command += ["--dimension", "16", "--steps", "3", "--batch-size", "8"]
    assert main(command) == 0
    first = (out / ROWS).read_bytes()
    assert StaticEncoder.load(out).encode_queries(["养老体系"]).any()
    assert not (out / RANKER).exists()
    assert main(command) == 0
    assert (out / ROWS).read_bytes() == first


def test_a_folder_of_work_belongs_to_one_recipe(tmp_path: Path) -> None:
    write_policies(tmp_path / "data" / "policies")
    prepare(tmp_path / "data", tmp_path / "work", RECIPE)
    with pytest.raises(ValueError, match="--work"):
        prepare(tmp_path / "data", tmp_path / "work", replace(RECIPE, seed=99))


def test_questions_are_in_no_pairs_and_measured_pages_nowhere(data: Path) -> None:
    sources = read_sources(data)
    asked = {row["question"] for row in questions()}
    assert not asked & {p.query for p in (*sources.general_pairs, *sources.legal_pairs)}
    assert sources.legal_pairs[0] == Pair("养老归谁管？", "养老归养老主管部门管，由其负责。")
    assert (len(sources.general_pairs), len(sources.legal_pairs)) == (len(LAY), len(SUBJECTS))
    assert not any("测量" in text or "泄露" in text for text in sources.texts())


def test_passages_stand_under_their_headings(data: Path) -> None:
    passages = read_sources(data).policies
    assert passages[0].heading == "关于加快发展的意见 一、总体要求"
    assert passages[1].heading == "关于加快发展的意见 一、总体要求 （一）加强养老工作"
    assert passages[1].text == "（一）加强养老工作。完善养老体系，健全机制。"


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="训练数据目录"):
        read_sources(tmp_path)


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


def test_an_encoder_in_training_gives_what_the_written_one_gives(
    trained: tuple[Path, Path, str],
) -> None:
    from tokenizers import Tokenizer

    work = trained[0]
    written = StaticEncoder.load(trained[1])
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    rows = np.load(trained[1] / ROWS).astype(np.float32)
    vectors = rows * np.load(trained[1] / SCALES).astype(np.float32)[:, None]
    asked = ["养老补贴", "消防检查归谁管"]
    made = encoder_of(tokenizer, vectors).encode_queries(asked)
    np.testing.assert_allclose(made, written.encode_queries(asked), atol=2e-3)
