"""Any sentence-transformers model by setting: its prompts, batches and fingerprint, and what is said where it cannot be had."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.errors import EncoderError, SettingsError
from assistant.indexing.building import configured_encoder
from assistant.indexing.encoder import open_encoder
from assistant.indexing.model_prompts import NO_PROMPT, Prompts, prompts_for
from assistant.indexing.transformer_encoder import TransformerEncoder
from assistant.settings import Backend, load

BGE = "为这个句子生成表示以用于检索相关文章："
TEXTS = ["补贴", "企业发展", "好"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of no family, without prompts."""
    from tests.tiny_models import save_encoder

    return save_encoder(tmp_path_factory.mktemp("models") / "plain")


def copy_of(model: Path, folder: Path) -> Path:
    return Path(shutil.copytree(model, folder))


class Recording:
    """Stands for a SentenceTransformer; remembers how it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str], str, int]] = []

    def get_embedding_dimension(self) -> int:
        return 2

    def encode_query(self, texts: list[str], **asked: Any) -> NDArray[np.float64]:
        return self._encode("query", texts, **asked)

    def encode_document(self, texts: list[str], **asked: Any) -> NDArray[np.float64]:
        return self._encode("document", texts, **asked)

    def _encode(
        self, kind: str, texts: list[str], prompt: str, batch_size: int, **_: bool
    ) -> NDArray[np.float64]:
        self.calls.append((kind, texts, prompt, batch_size))
        return np.ones((len(texts), 2))


def test_the_model_is_asked_with_its_prompts_and_in_batches() -> None:
    model = Recording()
    encoder = TransformerEncoder(
        cast("Any", model), name="m", fingerprint="f", prompts=Prompts("问：", "文："), batch_size=7
    )
    assert encoder.encode_queries(["一", "二"]).dtype == np.float32
    assert encoder.encode_passages(["三"]).shape == (1, 2)
    assert model.calls == [("query", ["一", "二"], "问：", 7), ("document", ["三"], "文：", 7)]


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("BAAI/bge-large-zh", BGE, ""),
        ("BAAI/bge-small-zh-v1.5", BGE, ""),
        ("models/bge-base-zh-v1.5/", BGE, ""),
        ("BAAI_bge-large-zh-v1.5", BGE, ""),
        ("BAAI/bge-base-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-m3", "", ""),
        ("moka-ai/m3e-base", "", ""),
        ("thenlper/gte-large-zh", "", ""),
        ("intfloat/multilingual-e5-base", "query: ", "passage: "),
        ("intfloat/e5-large-v2", "query: ", "passage: "),
    ],
)
def test_a_known_family_gets_its_prompts(model: str, query: str, passage: str) -> None:
    assert prompts_for(model, {"query": "", "document": ""}) == Prompts(query, passage)


@pytest.mark.parametrize(
    "model", ["Qwen/Qwen3-Embedding-0.6B", "intfloat/multilingual-e5-large-instruct"]
)
def test_a_model_of_instructions_gets_one_for_questions_only(model: str) -> None:
    prompts = prompts_for(model, {})
    assert prompts.query.startswith("Instruct: ")
    assert "\nQuery:" in prompts.query
    assert prompts.passage == ""


def test_what_is_given_goes_before_the_models_own_and_that_before_the_familys() -> None:
    name = "BAAI/bge-small-zh"
    own: dict[str, str | None] = {"query": "", "document": None, "passage": "文："}
    assert prompts_for(name, own) == Prompts("", "文：")
    assert prompts_for(name, own, "问：") == Prompts("问：", "文：")
    assert prompts_for(name, {}, passage="文：") == Prompts(BGE, "文：")
    assert prompts_for(name, own, NO_PROMPT, NO_PROMPT) == Prompts()


def test_given_prompts_are_put_before_the_text(plain: Path) -> None:
    bare = open_encoder(str(plain))
    prompted = open_encoder(str(plain), query_prompt="查询企业：", passage_prompt="条款：")
    queries = prompted.encode_queries(TEXTS)
    np.testing.assert_allclose(
        queries, bare.encode_queries(["查询企业：" + t for t in TEXTS]), atol=1e-6
    )
    np.testing.assert_allclose(
        prompted.encode_passages(TEXTS),
        bare.encode_passages(["条款：" + t for t in TEXTS]),
        atol=1e-6,
    )
    assert np.abs(queries - bare.encode_queries(TEXTS)).max() > 1e-3
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1, atol=1e-5)


def test_a_folder_of_a_known_family_is_known_by_its_name_or_config(
    plain: Path, tmp_path: Path
) -> None:
    bare = open_encoder(str(plain))
    named = copy_of(plain, tmp_path / "bge-small-zh-v1.5")
    told = copy_of(plain, tmp_path / "model")
    config = told / "config.json"
    config.write_text(
        config.read_text("utf-8").replace("{", '{"_name_or_path": "x/BAAI_bge-large-zh/",', 1),
        encoding="utf-8",
    )
    for folder in (named, told):
        encoder = open_encoder(str(folder))
        np.testing.assert_allclose(
            encoder.encode_queries(TEXTS), bare.encode_queries([BGE + t for t in TEXTS]), atol=1e-6
        )
        np.testing.assert_allclose(
            encoder.encode_passages(TEXTS), bare.encode_passages(TEXTS), atol=1e-6
        )
    unprompted = open_encoder(str(named), query_prompt=NO_PROMPT)
    np.testing.assert_allclose(unprompted.encode_queries(TEXTS), bare.encode_queries(TEXTS))


def test_a_models_own_prompts_are_used(plain: Path, tmp_path: Path) -> None:
    from tests.tiny_models import save_encoder

    own = save_encoder(tmp_path / "own", {"query": "查询：", "document": "条款："})
    bare, encoder = open_encoder(str(plain)), open_encoder(str(own))
    np.testing.assert_allclose(
        encoder.encode_queries(TEXTS), bare.encode_queries(["查询：" + t for t in TEXTS]), atol=1e-6
    )
    np.testing.assert_allclose(
        encoder.encode_passages(TEXTS),
        bare.encode_passages(["条款：" + t for t in TEXTS]),
        atol=1e-6,
    )


def test_the_size_of_a_batch_changes_nothing(plain: Path) -> None:
    texts = [text * count for count in range(1, 8) for text in TEXTS]
    one, many = (open_encoder(str(plain), batch_size=size) for size in (1, 64))
    np.testing.assert_allclose(one.encode_passages(texts), many.encode_passages(texts), atol=1e-5)
    assert one.fingerprint == many.fingerprint


def test_no_texts_give_no_rows(plain: Path) -> None:
    encoder = open_encoder(str(plain))
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_the_fingerprint_is_of_weights_and_prompts_not_of_the_place(
    plain: Path, tmp_path: Path
) -> None:
    def fingerprint(folder: Path, **prompts: str) -> str:
        return open_encoder(str(folder), **cast("Any", prompts)).fingerprint

    first = fingerprint(plain)
    copied = copy_of(plain, tmp_path / "copied")
    assert fingerprint(copied) == first
    prompted = [fingerprint(plain, query_prompt="甲"), fingerprint(plain, passage_prompt="甲")]
    assert len({first, *prompted}) == 3
    weights = next(copied.rglob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert fingerprint(copied) != first


def test_an_export_counts_for_its_backend_only(plain: Path, tmp_path: Path) -> None:
    from assistant.indexing.pretrained import content_hash

    folder = copy_of(plain, tmp_path / "model")
    backends: Sequence[Backend] = ("torch", "onnx", "openvino")
    before = [content_hash(str(folder), backend) for backend in backends]
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"weights")
    after = [content_hash(str(folder), backend) for backend in backends]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]


def test_the_settings_reach_the_encoder(plain: Path) -> None:
    settings = load({"encoder_model": str(plain), "encoder_query_prompt": "查询："})
    encoder = configured_encoder(settings)
    assert encoder.name == str(plain)
    expected = open_encoder(str(plain), query_prompt="查询：")
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS), expected.encode_queries(TEXTS))
    assert encoder.fingerprint == expected.fingerprint


# What cannot be had -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["./nothing", "/nothing/at/all", "a/b/c", "~/m"])
def test_a_folder_that_is_not_there_is_a_sentence(name: str) -> None:
    with pytest.raises(EncoderError, match=r"没有编码模型的文件夹“.+”，请检查设置 ENCODER_MODEL。"):
        open_encoder(name)


@pytest.mark.parametrize("broken", ["modules.json", "model.safetensors"])
def test_a_torn_model_is_a_sentence(plain: Path, tmp_path: Path, broken: str) -> None:
    folder = copy_of(plain, tmp_path / "model")
    for path in folder.rglob(broken):
        path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(EncoderError, match=r"编码模型“.+”无法加载（\w+），请检查"):
        open_encoder(str(folder))


@pytest.mark.parametrize("device", ["cud", "gpu0", "cuda:99", "meta"])
def test_a_device_that_is_not_there_is_a_sentence(plain: Path, device: str) -> None:
    with pytest.raises(EncoderError, match=rf"设备“{device}”在本机不可用.+ENCODER_DEVICE.+cpu"):
        open_encoder(str(plain), device=device)


@pytest.mark.parametrize("backend", ["onnx", "openvino"])
def test_a_backend_that_is_not_installed_is_a_sentence(plain: Path, backend: Backend) -> None:
    if importlib.util.find_spec("optimum"):
        pytest.skip("optimum is installed here")
    with pytest.raises(EncoderError, match=rf"pip install \"sentence-transformers\[{backend}\]"):
        open_encoder(str(plain), backend=backend)


def test_a_backend_that_does_not_exist_is_a_sentence() -> None:
    with pytest.raises(
        SettingsError, match=r"ENCODER_BACKEND 的值“tf”不可用：应为 torch、onnx、openvino 之一。"
    ):
        load({"encoder_backend": "tf"})


def cache(home: Path, model: Path, name: str) -> None:
    """Lay a model into the hub's cache as if it had been fetched."""
    commit, repository = "c0ffee" * 6 + "c0de", home / "hub" / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit, encoding="utf-8")
    shutil.copytree(model, repository / "snapshots" / commit)


def test_without_network_a_fetched_model_opens_and_another_is_a_sentence(
    plain: Path, tmp_path: Path
) -> None:
    cache(tmp_path, plain, "somebody/bge-small-zh-tiny")
    code = (
        "from assistant.errors import EncoderError\n"
        "from assistant.indexing.encoder import open_encoder\n"
        "for name in ('nobody/none', 'some body/none', 'somebody/bge-small-zh-tiny'):\n"
        "    try:\n"
        "        encoder = open_encoder(name)\n"
        "        print(encoder.name, encoder.prompts.query, len(encoder.encode_queries(['补贴'])))\n"
        "    except EncoderError as error:\n"
        "        print(error)\n"
    )
    nowhere = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    said = run(code, nowhere).stdout.splitlines()
    assert said[0] == (
        "编码模型“nobody/none”不在本机，也连不上模型库，无法下载："
        "请检查网络，或把设置 ENCODER_MODEL 改为本机的模型文件夹。"
    )
    assert said[1].startswith("没有名为“some body/none”的编码模型：")
    assert said[2] == f"somebody/bge-small-zh-tiny {BGE} 1"


def test_the_command_line_says_it_in_one_sentence(tmp_path: Path) -> None:
    code = "import sys; from assistant.faces.cli import main; sys.exit(main(['ask', '补贴']))"
    offline = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "ENCODER_MODEL": "nobody/none"}
    done = run(code, offline)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "无法下载" in done.stderr


def run(code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
