"""The cross-encoder: relevance in [0, 1], in the right order, whatever the model's range."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import EncoderError, SettingsError
from assistant.ranking.reranker import CrossEncoderReranker, Reranker, open_reranker, reranked
from assistant.settings import load

TEXTS = ["坏坏坏", "好好好", "好坏坏坏坏", "好好坏", ""]
BEST_FIRST = [1, 3, 2]  # by the share of 好; the model's weights say so


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.tiny_models import save_cross_encoder

    return save_cross_encoder(tmp_path_factory.mktemp("models") / "cross")


def opened(folder: Path, **settings: object) -> Reranker:
    found = open_reranker(load({"reranker_model": str(folder), **settings}))
    assert found
    return found


def test_none_unless_the_settings_name_one() -> None:
    assert open_reranker(load()) is None


def test_the_right_text_comes_first(folder: Path) -> None:
    scores = opened(folder).scores("补贴", TEXTS)
    assert scores.dtype == np.float32
    assert scores.shape == (len(TEXTS),)
    assert ((scores > 0) & (scores < 1)).all()
    assert np.argsort(-scores)[:3].tolist() == BEST_FIRST


def test_question_and_text_are_both_read(folder: Path) -> None:
    reranker = opened(folder)
    assert reranker.scores("好好好", ["坏"])[0] > reranker.scores("坏坏坏", ["坏"])[0]


def test_one_logit_goes_through_the_sigmoid_once(folder: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    from tests.tiny_models import save_cross_encoder

    model = CrossEncoder(str(folder), device="cpu")  # whose own activation is the sigmoid
    expected = model.predict([("补贴", text) for text in TEXTS], show_progress_bar=False)
    np.testing.assert_allclose(opened(folder).scores("补贴", TEXTS), expected, atol=1e-6)
    far = save_cross_encoder(tmp_path / "far", scale=400.0)
    scores = opened(far).scores("补贴", TEXTS)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_two_classes_give_the_probability_of_the_second(tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    from tests.tiny_models import save_cross_encoder

    folder = save_cross_encoder(tmp_path / "two", labels=2)
    model = CrossEncoder(str(folder), device="cpu")
    pairs = [("补贴", text) for text in TEXTS]
    both = model.predict(pairs, apply_softmax=True, show_progress_bar=False)
    scores = opened(folder).scores("补贴", TEXTS)
    np.testing.assert_allclose(scores, both[:, 1], atol=1e-6)
    assert np.argsort(-scores)[:3].tolist() == BEST_FIRST


def test_a_model_of_more_classes_is_refused(tmp_path: Path) -> None:
    from tests.tiny_models import save_cross_encoder

    with pytest.raises(EncoderError, match=r"分为3类，不能用来重排，请把设置 RERANKER_MODEL 改为"):
        opened(save_cross_encoder(tmp_path / "three", labels=3))


def test_the_size_of_a_batch_changes_nothing(folder: Path) -> None:
    one, many = (opened(folder, encoder_batch_size=size) for size in (1, 64))
    np.testing.assert_allclose(one.scores("补贴", TEXTS), many.scores("补贴", TEXTS), atol=1e-6)


def test_the_model_is_asked_in_batches_of_the_size_set() -> None:
    sizes = []

    class Recording:
        def predict(self, pairs: list[tuple[str, str]], batch_size: int, **_: object) -> object:
            sizes.append((pairs, batch_size))
            return np.zeros(len(pairs), dtype=np.float32)

    reranker = CrossEncoderReranker(cast("Any", Recording()), batch_size=5)
    assert reranker.scores("问", ["甲", "乙"]).tolist() == [0.5, 0.5]
    assert sizes == [([("问", "甲"), ("问", "乙")], 5)]


def test_no_texts_give_no_scores(folder: Path) -> None:
    assert opened(folder).scores("补贴", []).shape == (0,)


def test_what_cannot_be_loaded_is_a_sentence_that_names_the_setting(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        EncoderError, match=r"没有重排模型的文件夹“.+”，请检查设置 RERANKER_MODEL。"
    ):
        opened(tmp_path / "nothing")
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(EncoderError, match=r"重排模型“.+”无法加载（\w+）.+RERANKER_MODEL"):
        opened(tmp_path)
    with pytest.raises(EncoderError, match="设备“cud”在本机不可用"):
        opened(folder, encoder_device="cud")


@pytest.mark.parametrize(("depth", "fault"), [(0, "应不小于 1"), (201, "应不大于 200")])
def test_the_depth_has_bounds(depth: int, fault: str) -> None:
    with pytest.raises(SettingsError, match=f"RERANKER_DEPTH.+{fault}"):
        load({"reranker_depth": depth})


@given(st.data())
def test_only_the_head_is_ordered_anew(data: st.DataObject) -> None:
    rows = np.array(data.draw(st.lists(st.integers(0, 99), unique=True)), dtype=np.int64)
    scores = np.array(
        data.draw(st.lists(st.sampled_from([0, 0.25, 0.5, 1]), max_size=len(rows))), np.float32
    )
    again = reranked(rows, scores)
    depth = len(scores)
    assert again[depth:].tolist() == rows[depth:].tolist()
    place = {row: number for number, row in enumerate(rows.tolist())}
    expected = sorted(rows[:depth].tolist(), key=lambda row: (-scores[place[row]], place[row]))
    assert again[:depth].tolist() == expected
