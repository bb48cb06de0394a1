"""Laws of what is learnt from questions on law: folds, hard negatives, encoder, ranker, figures."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.indexing.lexical import LexicalStore
from assistant.ranking.features import NAMES, Candidates
from assistant.training import cross_validation
from assistant.training.contrast import Stage, train
from assistant.training.finetuning import Bench, HardSampler, Tuning, finetune
from assistant.training.questions import (
    FOLDS,
    LawQuestion,
    LawQuestions,
    folds_by_article,
    folds_by_question,
    read_questions,
)
from assistant.training.ranking import Trees, ranking, train_ranker
from assistant.training.sampling import Batch
from assistant.training.stages import Prepared, cross_fitted, prepare
from tests.training_data import ACTS, RECIPE, TREES, TUNING, questions, write_data

GOLDS = st.lists(
    st.sets(st.integers(0, 30), min_size=1, max_size=3).map(lambda s: tuple(sorted(s))),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Training data, and a folder of work."""
    folder = tmp_path_factory.mktemp("finetuning")
    return write_data(folder / "data"), folder / "work"


@pytest.fixture(scope="module")
def prepared(folders: tuple[Path, Path]) -> Prepared:
    return prepare(*folders, RECIPE, TUNING, TREES)


def _asked(golds: list[tuple[int, ...]]) -> list[LawQuestion]:
    return [LawQuestion(3 * n, f"问题{n}", "", gold) for n, gold in enumerate(golds)]


def _found(bench: Bench, vectors: NDArray[np.float32], chosen: NDArray[np.int64]) -> float:
    """The share of the chosen questions whose article is the nearest."""
    asked = bench.encoded(vectors, [bench.questions[n] for n in chosen])
    nearest = (asked @ bench.encoded(vectors, bench.articles).T).argmax(axis=1)
    right = [bench.law.questions[n].gold[0] for n in chosen]
    return float((nearest == right).mean())


def test_questions_stand_by_the_places_of_their_national_articles(tmp_path: Path) -> None:
    data = write_data(tmp_path)
    law = read_questions(data)
    assert [q.number for q in law.questions] == list(range(len(questions())))
    assert [q.gold for q in law.questions] == [(n,) for n in range(len(law.articles))]
    assert law.questions[0].answer == ""
    assert "教育条例" in law.questions[len(ACTS) + 1].answer
    first = law.articles[0]
    assert (first.title, first.path) == ("养老条例", ("第一章 总则", "第0条"))
    assert {first.document, first.authority} == {"养老条例", 0.5}
    assert "某市条例" not in {a.title for a in law.articles}


def test_without_files_there_are_no_questions(tmp_path: Path) -> None:
    law = read_questions(tmp_path)
    assert (law.articles, law.questions) == ((), ())


@given(golds=GOLDS)
def test_no_two_folds_share_an_article(golds: list[tuple[int, ...]]) -> None:
    folds = folds_by_article(_asked(golds))
    assert len(folds) == len(golds)
    fold_of: dict[int, int] = {}
    for gold, fold in zip(golds, folds.tolist(), strict=True):
        assert 0 <= fold < FOLDS
        assert {fold_of.setdefault(article, fold) for article in gold} == {fold}


@given(count=st.integers(1, 60))
def test_folds_of_separate_questions_are_of_one_size(count: int) -> None:
    asked = _asked([(n,) for n in range(count)])
    sizes = np.bincount(folds_by_article(asked), minlength=FOLDS)
    assert sizes.max() - sizes.min() <= 1
    assert folds_by_question(asked).tolist() == [3 * n % FOLDS for n in range(count)]


@given(golds=GOLDS, seed=st.integers(0, 99), size=st.integers(1, 50))
def test_a_gold_article_is_never_a_negative(
    golds: list[tuple[int, ...]], seed: int, size: int
) -> None:
    """Neither where it is another question's, nor where it is among the hard ones by mistake."""
    ids = [np.array([n], dtype=np.int32) for n in range(200)]
    sampler = HardSampler(ids[100:], [ids[0]] * 100, ids[:31], Tuning(hard=3))
    sampler.gold = golds
    sampler.negatives = [np.arange(31)] * len(golds)
    batch = sampler.draw(size, np.random.default_rng(seed))
    count = min(size, len(golds))
    taken = [int(p[0]) for p in batch.passages]
    assert (len(batch.queries), len(taken)) == (count, 4 * count)
    for row, query in enumerate(batch.queries):
        gold = golds[int(query[0]) - 100]
        assert taken[row] in gold
        expected = [place != row and article in gold for place, article in enumerate(taken)]
        assert batch.unfit[row].tolist() == expected


def test_hard_negatives_are_drawn_from_those_given_and_answers_stand_for_questions() -> None:
    ids = [np.arange(50 * n, 50 * n + 50, dtype=np.int32) for n in range(9)]
    sampler = HardSampler([ids[0][:3]], [ids[1]], ids[2:], Tuning(hard=2, answers=1.0))
    sampler.gold, sampler.negatives = [(0,)], [np.array([3, 5])]
    batch = sampler.draw(4, np.random.default_rng(1))
    assert batch.queries[0].tolist() == ids[1][:40].tolist()
    assert batch.passages[0] is ids[2]
    assert all(p is ids[5] or p is ids[7] for p in batch.passages[1:])


def test_a_small_collection_gives_what_it_has(prepared: Prepared) -> None:
    """Fewer articles than are asked of BM25: each question gets all of them."""
    articles = prepared.bench.law.articles[:3]
    asked = LawQuestions(articles, (LawQuestion(0, "养老补贴", "", (0,)),))
    lexical = LexicalStore.build([a.whole for a in articles])
    bench = Bench.of(asked, prepared.bench.tokenizer, lexical)
    assert bench.found[0][0] == 0
    assert sorted(bench.found[0].tolist()) == [0, 1, 2]
    tuned = finetune(bench, prepared.vectors, np.array([0]), (), TUNING, seed=1)
    assert _found(bench, tuned, np.array([0])) == 1


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Two questions, their passages and a third passage, which is or is not a negative."""

    masked: bool

    def draw(self, size: int, random: np.random.Generator) -> Batch:
        del size, random
        ids = [np.array([n], dtype=np.int32) for n in range(5)]
        unfit = np.zeros((2, 3), dtype=np.bool_)
        unfit[:, 2] = self.masked
        return Batch(ids[:2], ids[2:], unfit)


@pytest.mark.parametrize("masked", [True, False])
def test_what_is_unfit_moves_nothing(prepared: Prepared, masked: bool) -> None:
    stage = Stage([_Fixed(masked)], [1.0], 3, 2, 0.1, 0.0, 20.0, (32,))
    trained = train(prepared.bench.tokenizer, prepared.vectors, [stage], seed=1)
    moved = (trained != prepared.vectors).any(axis=1)
    assert moved[:4].all()
    assert bool(moved[4]) is not masked


def test_fine_tuning_finds_what_the_base_does_not(prepared: Prepared) -> None:
    """What 老人 is about is learnt from some questions and holds for the others."""
    bench, base = prepared.bench, prepared.vectors
    folds = folds_by_question(bench.law.questions)
    seen, unseen = np.flatnonzero(folds != 0), np.flatnonzero(folds == 0)
    tuned = finetune(bench, base, seen, prepared.general, TUNING, seed=1)
    before = [_found(bench, base, chosen) for chosen in (seen, unseen)]
    after = [_found(bench, tuned, chosen) for chosen in (seen, unseen)]
    assert max(before) < 0.5
    assert min(after) > 0.9


def test_each_question_is_found_by_an_encoder_that_has_not_seen_it(prepared: Prepared) -> None:
    """The cosines are those of an encoder that was fine-tuned on the other folds."""
    bench = prepared.bench
    folds = folds_by_question(bench.law.questions) % 2
    found = cross_fitted(prepared, folds)
    assert len(found) == len(folds)
    for fold in (0, 1):
        chosen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)[:5]
        tuned = finetune(bench, prepared.vectors, chosen, prepared.general, TUNING, fold + 1)
        asked = bench.encoded(tuned, [bench.questions[n] for n in held])
        cosines = asked @ bench.encoded(tuned, bench.articles).T
        for row, n in zip(cosines, held, strict=True):
            expected = row[found[n].rows]
            np.testing.assert_allclose(found[n].named("cosine"), expected, atol=0.02)


def test_what_was_found_is_kept_by_folds_and_plan(prepared: Prepared) -> None:
    folds = folds_by_question(prepared.bench.law.questions) % 2
    first, again = cross_fitted(prepared, folds), cross_fitted(prepared, folds)
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.values, other.values)
    changed = cross_fitted(replace(prepared, tuning=replace(TUNING, steps=2)), folds)
    turned = cross_fitted(prepared, 1 - folds)
    for others in (changed, turned):
        assert any(
            not np.array_equal(a.values, b.values) for a, b in zip(first, others, strict=True)
        )


def _candidates(random: np.random.Generator) -> tuple[Candidates, tuple[int, ...]]:
    """Twenty rows, of which that with the highest cosine is gold."""
    values = random.random((20, len(NAMES)), dtype=np.float32)
    rows = np.sort(random.choice(1000, 20, replace=False)).astype(np.int64)
    return Candidates(rows, values), (int(rows[values[:, NAMES.index("cosine")].argmax()]),)


def test_a_ranker_learns_what_marks_the_gold() -> None:
    random = np.random.default_rng(5)
    drawn = [_candidates(random) for _ in range(120)]
    learnt, asked = drawn[:80], drawn[80:]
    plan = Trees(trees=40, depth=2, learning_rate=0.2, smallest_leaf=5)
    ranker = train_ranker([c for c, _ in learnt], [g for _, g in learnt], plan)
    places = [ranking(c, ranker.scores(c.values)).index(g[0]) for c, g in asked]
    assert np.mean(places) < 1.5


def test_equal_scores_leave_the_rows_in_order() -> None:
    found = Candidates(np.array([4, 7, 9]), np.zeros((3, len(NAMES)), np.float32))
    assert ranking(found, np.array([1, 2, 1], dtype=np.float32)) == [7, 4, 9]


def test_cross_validation_says_a_line_a_split_and_system(
    folders: tuple[Path, Path], prepared: Prepared, caplog: pytest.LogCaptureFixture
) -> None:
    del prepared  # its folder of work is what this run goes on from
    data, work = folders
    command = ["--data", str(data), "--work", str(work)]
    with caplog.at_level(logging.INFO, logger="assistant.training"):
        assert cross_validation.main(command, RECIPE, replace(TUNING, steps=8), TREES) == 0
    lines = [line for line in caplog.messages if "split" in line]
    systems = ("lexical alone", "cosine alone", "ranked")
    wanted = [f"{s} split, {name}: MRR@10 " for s in ("question", "article") for name in systems]
    assert all(line.startswith(start) for line, start in zip(lines, wanted, strict=True))


def test_figures_are_those_by_hand() -> None:
    golds = [(1,), (2, 3), (9,), (7, 8)]
    ranked = [[1, 2], [5, 2, 3], [4], [*range(20, 30), 7]]
    expected = "MRR@10 37.5  R@1 25.0  R@10 50.0  R@100 62.5"
    assert cross_validation.figures(ranked, _asked(golds)) == expected
