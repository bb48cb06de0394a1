"""The stages of a training run, each kept in a folder of work, so that a run can be resumed."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.indexing.bags import Bags, fill
from assistant.indexing.dense import DenseStore
from assistant.indexing.passage_index import PassageIndex
from assistant.ranking.features import NAMES, Candidates
from assistant.training.contrast import Sampler, Stage, train
from assistant.training.export import encoder_of
from assistant.training.finetuning import TUNING, Bench, Tuning, Vectors, finetune
from assistant.training.questions import LawQuestions, read_questions
from assistant.training.ranking import TREES, Trees, candidates
from assistant.training.recipe import Recipe
from assistant.training.sampling import PairSampler, PassageSampler
from assistant.training.sources import Sources, read_sources
from assistant.training.vocabulary import first_vectors, tokenize, train_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

logger = logging.getLogger("assistant.training")
_TOKENIZER, _VECTORS, _BAGS = "tokenizer.json", "base.npy", "articles"
_RECIPE = "recipe.json"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A base encoder that has seen no question of STARD, and what fine-tuning needs."""

    sources: Sources
    vectors: Vectors
    bench: Bench
    index: PassageIndex
    general: tuple[Sampler, ...]
    work: Path
    tuning: Tuning
    trees: Trees


def prepare(
    data: Path, work: Path, recipe: Recipe, tuning: Tuning = TUNING, trees: Trees = TREES
) -> Prepared:
    """Run or resume the first stages: vocabulary, first vectors, base training, article index.

    What lies in ``work`` is taken as it is. Raises ValueError when it is of another recipe.
    """
    work.mkdir(parents=True, exist_ok=True)
    _same_recipe(work / _RECIPE, json.dumps(asdict(recipe), indent=1))
    sources = read_sources(data)
    tokenizer, vectors = _base(sources, work, recipe)
    law = read_questions(data)
    index = _articles(law, work)
    bench = Bench.of(law, tokenizer, index.lexical)
    general = _samplers(sources, tokenizer, recipe, kinds=("policies", "general"))
    samplers = tuple(part.sampler for part in general)
    return Prepared(sources, vectors, bench, index, samplers, work, tuning, trees)


def _same_recipe(kept: Path, recipe: str) -> None:
    if not kept.exists():
        kept.write_text(recipe, encoding="utf-8")
    elif kept.read_text(encoding="utf-8") != recipe:
        raise ValueError(f"“{kept.parent}”中是另一种训练方案的结果，请换一个 --work 文件夹。")


def cross_fitted(prepared: Prepared, folds: NDArray[np.int64]) -> list[Candidates]:
    """What is found for each question with an encoder that was fine-tuned on the other folds.

    It is kept in the folder of work, by the folds and the plan, and read there the next time.
    """
    kept = prepared.work / f"features-{_key(prepared, folds)}.npz"
    if kept.exists():
        logger.info("features: resumed")
        with np.load(kept, allow_pickle=False) as arrays:
            cuts = arrays["cuts"]
            rows, values = np.split(arrays["rows"], cuts), np.split(arrays["values"], cuts)
        return [Candidates(r, v) for r, v in zip(rows, values, strict=True)]
    bench = prepared.bench
    questions = bench.law.questions
    found: dict[int, Candidates] = {}
    for fold in np.unique(folds).tolist():
        chosen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        vectors = finetune(
            bench, prepared.vectors, chosen, prepared.general, prepared.tuning, fold + 1
        )
        encoder = encoder_of(bench.tokenizer, vectors)
        passages = encoder.encode_passages([p.whole for p in bench.law.articles])
        index = replace(prepared.index, dense=DenseStore.build(passages))
        asked = [questions[n].text for n in held]
        found.update(zip(held.tolist(), candidates(index, encoder, asked), strict=True))
    whole = [found[n] for n in range(len(questions))]
    aside = kept.with_suffix(".part.npz")  # a run that is killed leaves no half of it
    np.savez(
        aside,
        cuts=np.cumsum([len(f.rows) for f in whole])[:-1],
        rows=np.concatenate([f.rows for f in whole]),
        values=np.concatenate([f.values for f in whole]),
    )
    aside.replace(kept)
    return whole


def _key(prepared: Prepared, folds: NDArray[np.int64]) -> str:
    plan = f"{prepared.tuning}{NAMES}".encode()
    return hashlib.sha256(folds.tobytes() + plan).hexdigest()[:12]


def _base(sources: Sources, work: Path, recipe: Recipe) -> tuple[Tokenizer, Vectors]:
    from tokenizers import Tokenizer

    if (work / _VECTORS).exists():
        logger.info("base encoder: resumed")
        found: Vectors = np.load(work / _VECTORS, allow_pickle=False)
        return Tokenizer.from_file(str(work / _TOKENIZER)), found
    tokenizer = train_tokenizer(sources.texts(), recipe.vocabulary, recipe.token_length)
    documents = tokenize(tokenizer, list(sources.texts()))
    size = tokenizer.get_vocab_size()
    logger.info("%d tokens; %d occurrences", size, sum(map(len, documents)))
    vectors = first_vectors(documents, size, recipe.dimension, recipe.seed)
    parts = _samplers(sources, tokenizer, recipe)
    stage = Stage(
        samplers=[part.sampler for part in parts],
        weights=[part.weight for part in parts],
        steps=recipe.steps,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        token_dropout=recipe.token_dropout,
        scale=recipe.scale,
        dimensions=tuple(recipe.dimension // part for part in (1, 2, 4)),
    )
    vectors = train(tokenizer, vectors, [stage], recipe.seed)
    tokenizer.save(str(work / _TOKENIZER))
    aside = work / f"part-{_VECTORS}"
    np.save(aside, vectors, allow_pickle=False)
    aside.replace(work / _VECTORS)
    return tokenizer, vectors


def _articles(law: LawQuestions, work: Path) -> PassageIndex:
    """The articles by their words; vectors come with each encoder."""
    texts = [p.whole for p in law.articles]
    folder = work / _BAGS
    if (folder / "vocabulary.txt").exists():
        words = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        counted = Bags.load(folder, words)
    else:
        counted = fill(texts, progress=True)
        folder.mkdir(exist_ok=True)
        counted.save(folder)
        (folder / "vocabulary.txt").write_text("\n".join(counted.vocabulary), encoding="utf-8")
    none = DenseStore.build(np.zeros((len(texts), 1), dtype=np.float32))
    return PassageIndex.of(law.articles, counted, none)


@dataclass(frozen=True, slots=True)
class _Part:
    sampler: Sampler
    weight: float


def _samplers(
    sources: Sources,
    tokenizer: Tokenizer,
    recipe: Recipe,
    kinds: Sequence[str] = ("laws", "policies", "general", "legal"),
) -> Sequence[_Part]:
    """A sampler and its weight for each kind of source that is wanted and there."""
    laws, policies, general, legal = recipe.weights
    parts = [
        _Part(PassageSampler(group, tokenizer, recipe.shares), weight)
        for kind, group, weight in (
            ("laws", sources.laws, laws),
            ("policies", sources.policies, policies),
        )
        if group and kind in kinds
    ]
    parts += [
        _Part(PairSampler(pairs, tokenizer), weight)
        for kind, pairs, weight in (
            ("general", sources.general_pairs, general),
            ("legal", sources.legal_pairs, legal),
        )
        if pairs and kind in kinds
    ]
    return parts
