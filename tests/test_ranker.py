"""The trees against LightGBM, which grew them; files that are torn or of another program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.errors import EncoderError
from assistant.ranking.features import NAMES
from assistant.ranking.ranker import CARD, RANKER, Ranker, complete

Values = NDArray[np.float32]
STUMP = Ranker(
    features=np.array([[2, 0, 0], [1, 1, 1]], dtype=np.int32),
    thresholds=np.array([[0.5, 1.0, 2.0], [0, -1, 1]], dtype=np.float32),
    leaves=np.array([[1, 2, 3, 4], [10, 20, 30, 40]], dtype=np.float32),
)


def values_of(rows: int, seed: int = 5) -> Values:
    """Whole numbers, halves and long fractions, so that many equal a threshold."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(rows, len(NAMES)))
    values[:, ::3] = np.round(values[:, ::3] * 2) / 2
    found: Values = values.astype(np.float32)
    return found


def grown(values: Values, **settings: Any) -> Any:
    """A small booster over random values whose order depends on some of them."""
    lightgbm = pytest.importorskip("lightgbm")
    wanted = values[:, 0] + values[:, 3] * (values[:, 7] > 0) + np.abs(values[:, 11])
    plan = {"objective": "regression", "num_threads": 1, "verbosity": -1, "min_data_in_leaf": 5}
    data = lightgbm.Dataset(values, wanted)
    return lightgbm.train({**plan, "learning_rate": 0.3, **settings}, data, 12)


def nested(booster: Any) -> list[dict[str, object]]:
    return [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_complete_trees_say_what_lightgbm_says(depth: int) -> None:
    values, unseen = values_of(600), values_of(600, seed=6)
    booster = grown(values, max_depth=depth, num_leaves=2**depth)
    ranker = complete(nested(booster), depth)
    assert ranker.features.shape == ranker.thresholds.shape == (12, 2**depth - 1)
    assert ranker.leaves.shape == (12, 2**depth)
    for asked in (values, unseen):
        np.testing.assert_allclose(ranker.scores(asked), booster.predict(asked), atol=1e-4)


def test_uneven_and_leafless_trees_are_filled_up() -> None:
    values = values_of(300)
    uneven = grown(values, max_depth=4, num_leaves=5)
    np.testing.assert_allclose(
        complete(nested(uneven), 4).scores(values), uneven.predict(values), atol=1e-4
    )
    np.testing.assert_array_equal(
        complete(nested(uneven), 4).scores(values), complete(nested(uneven), 6).scores(values)
    )
    bare = complete([{"leaf_value": 0.5}, {"leaf_value": 0.25}], 2)
    assert bare.scores(values).tolist() == [0.75] * 300


def test_a_value_equal_to_the_threshold_goes_left() -> None:
    values = np.array([[1, 0, 0.5], [1.5, 1, 0.5], [2, -1, 0.75], [3, 9, 0.75]], dtype=np.float32)
    assert STUMP.scores(values).tolist() == [1 + 20, 2 + 30, 3 + 10, 4 + 40]


def test_no_rows_get_no_scores() -> None:
    assert STUMP.scores(np.zeros((0, 3), dtype=np.float32)).shape == (0,)


def test_the_shipped_ranker_fits_the_features() -> None:
    ranker = Ranker.shipped()
    assert ranker.features.min() >= 0
    assert ranker.features.max() < len(NAMES)
    assert ranker.thresholds.shape == ranker.features.shape
    assert ranker.leaves.shape == (len(ranker.features), ranker.features.shape[1] + 1)
    assert np.isfinite(ranker.leaves).all()
    assert not np.isnan(ranker.thresholds).any()
    found = ranker.scores(values_of(50))
    assert found.shape == (50,)
    assert found.dtype == np.float32
    assert len(set(found.tolist())) > 1


def test_saved_then_loaded_is_equal(tmp_path: Path) -> None:
    STUMP.save(tmp_path / "new", {"name": "stump"})
    loaded = Ranker.load(tmp_path / "new")
    for name in ("features", "thresholds", "leaves"):
        one, other = getattr(STUMP, name), getattr(loaded, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    card = json.loads((tmp_path / "new" / CARD).read_text(encoding="utf-8"))
    assert (card["name"], tuple(card["features"])) == ("stump", NAMES)


def drop_ranker(folder: Path) -> None:
    (folder / RANKER).unlink()


def drop_card(folder: Path) -> None:
    (folder / CARD).unlink()


def cut(folder: Path) -> None:
    path = folder / RANKER
    path.write_bytes(path.read_bytes()[:-9])


def flip(folder: Path) -> None:
    data = bytearray((folder / RANKER).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / RANKER).write_bytes(data)


def card(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / CARD).write_text(text, encoding="utf-8")

    return write


def changed(**facts: object) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        known = json.loads((folder / CARD).read_text(encoding="utf-8"))
        (folder / CARD).write_text(json.dumps({**known, **facts}), encoding="utf-8")

    return write


@pytest.mark.parametrize(
    "spoil",
    [
        drop_ranker,
        drop_card,
        cut,
        flip,
        card(""),
        card("{"),
        card("[]"),
        card("null"),
        card("{}"),
        changed(features=None),
        changed(features=[]),
        changed(features=list(NAMES[::-1])),
        changed(features=[*NAMES, "more"]),
        changed(sha256="0" * 64),
    ],
)
def test_a_ranker_that_does_not_fit_is_one_sentence(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    STUMP.save(tmp_path, {})
    spoil(tmp_path)
    with pytest.raises(EncoderError, match=r"^排序模型“.+”(无法读取|与本程序不配套)，请.+。$"):
        Ranker.load(tmp_path)
