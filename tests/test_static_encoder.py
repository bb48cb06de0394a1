"""Laws of the static encoder, held against sentence-transformers' own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EncoderError
from assistant.indexing.static_encoder import MANIFEST, ROWS, SCALES, TOKENIZER, StaticEncoder
from assistant.indexing.transformer_encoder import TransformerEncoder

SHIPPED = Path(__file__).parents[1] / "assistant" / "weights"
TEXTS = [
    "市科技局负责哪些任务？",
    "（二）加快发展高端特色产业。支持智能装备企业技术改造，补助金额不超过50万元。",
    "Ａ类企业2025年",
    "",
    "，。！ ",
    "中华人民共和国民法典第五十四条 自然人从事工商业经营，经依法登记，为个体工商户。",
]


@pytest.fixture(scope="module")
def shipped() -> StaticEncoder:
    return StaticEncoder.shipped()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "weights"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sentence-transformers model on disk, made from the shipped weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    rows = np.load(SHIPPED / ROWS).astype(np.float32)
    vectors = rows * np.load(SHIPPED / SCALES).astype(np.float32)[:, None]
    tokenizer = Tokenizer.from_file(str(SHIPPED / TOKENIZER))
    module = StaticEmbedding(tokenizer, embedding_weights=vectors)
    folder = tmp_path_factory.mktemp("foreign") / "model"
    SentenceTransformer(modules=[module], device="cpu").save(str(folder))
    return folder


def test_vectors_equal_those_of_sentence_transformers(
    shipped: StaticEncoder, foreign: Path
) -> None:
    reference = TransformerEncoder.load(str(foreign))
    assert shipped.dimension == reference.dimension == 256
    np.testing.assert_allclose(
        shipped.encode_passages(TEXTS), reference.encode_passages(TEXTS), atol=2e-6
    )
    np.testing.assert_allclose(
        shipped.encode_queries(TEXTS), reference.encode_queries(TEXTS), atol=2e-6
    )


def test_vectors_have_unit_length_or_are_zero(shipped: StaticEncoder) -> None:
    vectors = shipped.encode_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), shipped.dimension)
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 0, 0, 1], atol=1e-6)


def test_no_texts_give_no_rows(shipped: StaticEncoder) -> None:
    assert shipped.encode_queries([]).shape == (0, shipped.dimension)
    assert shipped.encode_passages([]).shape == (0, shipped.dimension)


def test_one_by_one_equals_a_batch_of_many_blocks(shipped: StaticEncoder) -> None:
    texts = [f"{text}{number}" for number in range(400) for text in TEXTS]
    together = shipped.encode_passages(texts)
    for number in (0, 3, 1023, 1024, 1025, len(texts) - 1):
        np.testing.assert_allclose(
            shipped.encode_passages([texts[number]])[0], together[number], atol=1e-6
        )


def test_the_same_text_gives_the_same_vector(shipped: StaticEncoder) -> None:
    again = StaticEncoder.shipped()
    np.testing.assert_array_equal(shipped.encode_passages(TEXTS), again.encode_passages(TEXTS))
    assert shipped.fingerprint == again.fingerprint


def test_width_of_characters_does_not_matter(shipped: StaticEncoder) -> None:
    half, full = shipped.encode_queries(["A类企业(2025年)", "Ａ类企业（２０２５年）"])
    np.testing.assert_array_equal(half, full)


def test_a_question_is_nearest_to_the_clause_it_asks_about(shipped: StaticEncoder) -> None:
    clauses = [
        "统筹推进农村生活污水治理，加快乡镇污水处理设施建设。",
        "对符合条件的高校毕业生给予住房补贴和就业见习补贴。",
        "支持企业购买机器人等智能装备，实施技术改造。",
    ]
    questions = ["大学生毕业了能领什么补贴？", "买机器人有什么支持？", "村里的污水怎么处理？"]
    scores = shipped.encode_queries(questions) @ shipped.encode_passages(clauses).T
    assert scores.argmax(axis=1).tolist() == [1, 2, 0]


def test_the_shipped_folder_stays_small() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) <= 10_000_000


def test_opening_the_shipped_encoder_loads_no_heavy_library() -> None:
    code = (
        "import sys; from assistant.indexing.encoder import open_encoder; open_encoder('');"
        "heavy = {'torch', 'sentence_transformers', 'transformers'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [TOKENIZER, ROWS, SCALES, MANIFEST])
def test_a_missing_file_is_refused(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(EncoderError, match="编码器权重"):
        StaticEncoder.load(copied)


@pytest.mark.parametrize("name", [TOKENIZER, ROWS, SCALES])
def test_a_torn_file_is_refused(copied: Path, name: str) -> None:
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderError, match="校验值不符"):
        StaticEncoder.load(copied)


def test_one_changed_bit_is_refused(copied: Path) -> None:
    content = bytearray((copied / ROWS).read_bytes())
    content[-1] ^= 1
    (copied / ROWS).write_bytes(content)
    with pytest.raises(EncoderError, match="校验值不符"):
        StaticEncoder.load(copied)


@pytest.mark.parametrize("change", [{"format": 99}, {"fingerprint": "0"}, {"files": {}}])
def test_a_foreign_manifest_is_refused(copied: Path, change: dict[str, object]) -> None:
    manifest = json.loads((copied / MANIFEST).read_text(encoding="utf-8"))
    (copied / MANIFEST).write_text(json.dumps(manifest | change), encoding="utf-8")
    with pytest.raises(EncoderError, match="编码器权重"):
        StaticEncoder.load(copied)


def test_a_manifest_that_is_not_json_is_refused(copied: Path) -> None:
    (copied / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(EncoderError, match="无法读取"):
        StaticEncoder.load(copied)
