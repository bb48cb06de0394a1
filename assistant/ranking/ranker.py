"""The learned ranker that ships here: gradient-boosted trees over the features of a passage.

Trained with LightGBM (:mod:`assistant.training`), evaluated by numpy: the library takes over a
second to import, and a system library that slim machines lack, to walk a few hundred small trees.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError
from assistant.ranking.features import NAMES

RANKER, CARD = "ranker.npz", "ranker.json"
_BLOCK = 64  # passages at a time: what is made of more does not stay in the processor's cache
_SHIPPED = Path(__file__).resolve().parent.parent / "weights"


@dataclass(frozen=True, slots=True)
class Ranker:
    """Complete binary trees of one depth: node n has the children 2n + 1 and 2n + 2.

    ``features`` and ``thresholds`` are of shape (trees, 2**depth - 1): a passage goes to the right
    child where its feature is above the threshold; ``leaves``, of shape (trees, 2**depth), are what
    it is given there.
    """

    features: NDArray[np.int32]
    thresholds: NDArray[np.float32]
    leaves: NDArray[np.float32]

    @classmethod
    def shipped(cls) -> Self:
        """The ranker in the package. Raises EncoderError when its files are absent or torn."""
        return cls.load(_SHIPPED)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read ``ranker.npz`` and check it against ``ranker.json``.

        Raises:
            EncoderError: a file is absent or torn, or the ranker was trained for other features.
        """
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            content = (folder / RANKER).read_bytes()
            whole = hashlib.sha256(content).hexdigest() == card["sha256"]
            same = tuple(card["features"]) == NAMES
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EncoderError(
                f"排序模型“{folder / RANKER}”无法读取，请重新安装本软件或重新训练。"
            ) from error
        if not (whole and same):
            raise EncoderError(f"排序模型“{folder / RANKER}”与本程序不配套，请重新取得整个目录。")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:  # whole: it has all three
            return cls(arrays["features"], arrays["thresholds"], arrays["leaves"])

    def save(self, folder: Path, about: dict[str, object]) -> None:
        """Write both files; ``about`` goes into the card."""
        buffer = io.BytesIO()
        np.savez(buffer, features=self.features, thresholds=self.thresholds, leaves=self.leaves)
        content = buffer.getvalue()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RANKER).write_bytes(content)
        card = {**about, "features": NAMES, "sha256": hashlib.sha256(content).hexdigest()}
        text = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
        (folder / CARD).write_text(text, encoding="utf-8")

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sum of all trees for values of shape (rows, features): shape (rows,), unbounded."""
        found = np.zeros(len(values), dtype=np.float32)
        for start in range(0, len(values), _BLOCK):
            found[start : start + _BLOCK] = self._scores(values[start : start + _BLOCK])
        return found

    def _scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        rows, width = values.shape
        trees, inner = self.features.shape
        features, thresholds, flat = self.features.ravel(), self.thresholds.ravel(), values.ravel()
        start = np.arange(trees, dtype=np.int32) * inner
        row = (np.arange(rows, dtype=np.int32) * width)[:, None]
        above = values.take(self.features[:, 0], axis=1) > self.thresholds[:, 0]
        node = 1 + above.astype(np.int32)
        for _ in range((inner + 1).bit_length() - 2):
            at = node + start
            place = features.take(at)
            place += row
            node *= 2
            node += 1
            node += flat.take(place) > thresholds.take(at)
        node += start + np.arange(trees, dtype=np.int32) - inner
        summed: NDArray[np.float32] = self.leaves.ravel().take(node).sum(axis=1)
        return summed


def complete(nested: Sequence[dict[str, object]], depth: int) -> Ranker:
    """A ranker from LightGBM's own trees (``dump_model``'s ``tree_structure``), none deeper.

    A leaf above the last level is what both its sides lead to.
    """
    inner = 2**depth - 1
    features = np.zeros((len(nested), inner), dtype=np.int32)
    thresholds = np.full((len(nested), inner), np.inf, dtype=np.float32)
    leaves = np.zeros((len(nested), inner + 1), dtype=np.float32)
    for tree, root in enumerate(nested):
        waiting: list[tuple[dict[str, object], int]] = [(root, 0)]
        while waiting:
            node, place = waiting.pop()
            if place >= inner:
                leaves[tree, place - inner] = node["leaf_value"]
                continue
            left = right = node
            if "split_feature" in node:
                features[tree, place] = node["split_feature"]
                thresholds[tree, place] = _rounded_down(node["threshold"])
                left, right = node["left_child"], node["right_child"]  # type: ignore[assignment]
            waiting += [(left, 2 * place + 1), (right, 2 * place + 2)]
    return Ranker(features, thresholds, leaves)


def _rounded_down(threshold: object) -> np.float32:
    """The largest float32 that is not above it: the same float32 values are above either."""
    exact = np.float64(threshold)  # type: ignore[arg-type]
    near = np.float32(exact)
    return near if near <= exact else np.nextafter(near, np.float32(-np.inf))
