"""Loads a sentence-transformers model, or says in one sentence why it cannot: the one owner.

What is on this machine is used as it is, without asking the hub, so that a machine without network
opens a model that it once fetched at once, and an index stays true to its model.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from assistant.errors import EncoderError
from assistant.settings import Backend

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as CrossEncoder
    from sentence_transformers import SentenceTransformer as SentenceTransformer

Model = TypeVar("Model")
_Exceptions = tuple[type[BaseException], ...]

_HUB_SECONDS = 10.0
# What the extra of sentence-transformers of the same name brings.
_PACKAGES: dict[Backend, tuple[str, ...]] = {
    "torch": (),
    "onnx": ("onnxruntime", "optimum.onnxruntime"),
    "openvino": ("openvino", "optimum.intel"),
}
_EXPORTS: frozenset[str] = frozenset({"onnx", "openvino"})  # folders of a model for a backend
# The library puts one before a bare name.
_OWNERS = ("sentence-transformers/", "cross-encoder/", "")


@dataclass(frozen=True, slots=True)
class _Use:
    """What a model is for, and the setting that names it."""

    title: str
    setting: str


_ENCODER = _Use("编码模型", "ENCODER_MODEL")
_RERANKER = _Use("重排模型", "RERANKER_MODEL")


def load_encoder(model: str, device: str, backend: Backend) -> SentenceTransformer:
    """The embedding model of a hub name or in a folder; a hub model is fetched where need be.

    Raises:
        EncoderError: it cannot be loaded, or cannot run so.
    """

    def load(local: bool) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer as Loaded

        return Loaded(model, device=device, backend=backend, local_files_only=local)

    _require_backend(backend)
    return _loaded(load, model, device, _ENCODER)


def load_reranker(model: str, device: str, backend: Backend) -> CrossEncoder:
    """The cross-encoder of a hub name or in a folder; a hub model is fetched where need be.

    Raises:
        EncoderError: it cannot be loaded, or cannot run so.
    """

    def load(local: bool) -> CrossEncoder:
        from sentence_transformers import CrossEncoder as Loaded

        loaded: CrossEncoder = Loaded(model, device=device, backend=backend, local_files_only=local)
        return loaded

    _require_backend(backend)
    return _loaded(load, model, device, _RERANKER)


def content_hash(model: str, backend: Backend) -> str:
    """Sha256 of what a folder holds for a backend, or the commit of a hub model in the cache."""
    folder = Path(model)
    if not folder.is_dir():
        return _commit(model)
    skipped = _EXPORTS - {backend}
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = file.relative_to(folder).parts
        if not any(part.startswith(".") or part in skipped for part in parts):
            digest.update("/".join(parts).encode())
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def _loaded(load: Callable[[bool], Model], model: str, device: str, use: _Use) -> Model:
    """The model as it is on this machine; what of a hub model is not there yet is fetched."""
    folder = Path(model).is_dir()
    if not folder and (model.startswith((".", "~", "/")) or model.count("/") > 1):
        raise EncoderError(f"没有{use.title}的文件夹“{model}”，请检查设置 {use.setting}。")
    here = folder or bool(_commit(model))
    if not here:
        _require_on_hub(model, use)
    _require_device(device)
    try:
        return load(here)
    except _faults() as error:
        if folder or not here or not isinstance(error, OSError):
            raise _unloadable(model, use, error) from error
    _require_on_hub(model, use)  # a file is lacking: an earlier download was cut off
    try:
        return load(False)
    except _faults() as error:
        raise _unloadable(model, use, error) from error


def _faults() -> _Exceptions:
    """What a model that cannot be loaded raises."""
    from safetensors import SafetensorError

    known = (ValueError, RuntimeError, ImportError, LookupError, TypeError, AttributeError)
    return (*_network_faults(), *known, SafetensorError)


def _network_faults() -> _Exceptions:
    """What an unreachable hub raises: OSError, and the HTTPError of the hub's own client."""
    from huggingface_hub.errors import HfHubHTTPError

    return cast("_Exceptions", HfHubHTTPError.__bases__)


def _unloadable(model: str, use: _Use, error: BaseException) -> EncoderError:
    return EncoderError(
        f"{use.title}“{model}”无法加载（{type(error).__name__}），"
        f"请检查设置 {use.setting}、模型的文件是否完整以及内存是否足够。"
    )


def _require_on_hub(model: str, use: _Use) -> None:
    """Ask once, so that a wrong name or a missing network is said at once, not after retries."""
    from huggingface_hub import model_info
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    if "/" not in model:
        return  # the library knows whose it is
    try:
        model_info(model, timeout=_HUB_SECONDS)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise EncoderError(
            f"没有名为“{model}”的{use.title}：本机没有这个文件夹，模型库里也没有这个名称，"
            f"请检查设置 {use.setting}。"
        ) from error
    except _network_faults() as error:
        raise EncoderError(
            f"{use.title}“{model}”不在本机，也连不上模型库，无法下载："
            f"请检查网络，或把设置 {use.setting} 改为本机的模型文件夹。"
        ) from error


def _commit(model: str) -> str:
    """The commit of a hub model in the local cache, or nothing where it is not there."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    for owner in ("",) if "/" in model else _OWNERS:
        for name in ("modules.json", "config.json"):
            try:
                path = try_to_load_from_cache(owner + model, name)
            except HFValidationError:
                return ""
            if isinstance(path, str):
                return Path(path).parent.name
    return ""


def _require_backend(backend: Backend) -> None:
    if not all(_installed(package) for package in _PACKAGES[backend]):
        raise EncoderError(
            f"设置 ENCODER_BACKEND 为“{backend}”，但没有安装它所需的软件包："
            f'请运行 pip install "sentence-transformers[{backend}]>=6.2" torch=={_torch()}，'
            "或改回 torch。"
        )


def _torch() -> str:
    """The version of torch, to be kept: any other can pull gigabytes of CUDA."""
    return importlib.metadata.version("torch").partition("+")[0]


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # the package around it is absent
        return False


def _require_device(device: str) -> None:
    import torch

    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, ImportError) as error:  # CUDA left out: AssertionError
        raise EncoderError(
            f"设备“{device}”在本机不可用，请把设置 ENCODER_DEVICE 改为 cpu，"
            "有显卡时为 cuda（或 cuda:0），苹果电脑为 mps。"
        ) from error
