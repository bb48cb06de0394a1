"""The retrieval benchmark: its measures by hand, its input, and whole runs over a tiny corpus."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant import text
from assistant.indexing.encoder import open_encoder
from assistant.indexing.passages import authority
from assistant.model import Encoder
from tests.benchmarks import (
    ranking_figures,
    retrieval,
    retrieval_corpus,
    retrieval_measuring,
    retrieval_memory,
    retrieval_peers,
    retrieval_plot,
    retrieval_scale,
)
from tests.benchmarks.retrieval_corpus import BadInput, Entry
from tests.benchmarks.retrieval_systems import (
    CHARACTERS,
    OURS,
    TOKENS,
    WORDS,
    Absent,
    Bm25s,
    Converted,
    System,
)
from tests.laws import SHARED

LAWS: list[dict[str, Any]] = [
    {
        "law": "消防条例",
        "article": "第一条",
        "path": ["第一章 总则"],
        "text": "为了预防火灾，制定本条例。",
    },
    {
        "law": "消防条例",
        "article": "第二条",
        "path": ["第一章 总则"],
        "text": "消防车通道不得占用。",
    },
    {"law": "养犬规定", "article": "第一条", "path": [], "text": "养犬人应当为犬只办理登记。"},
    {"law": "养犬规定", "article": "第二条", "path": [], "text": "携犬出户应当束犬链。"},
    {"law": "停车办法", "article": "第一条", "path": [], "text": "路边停车应当按位停放。"},
]
ROWS = [{"id": f"a{n}", "national": n != 4, **law} for n, law in enumerate(LAWS)]
QUESTIONS: list[dict[str, Any]] = [
    {"query_id": 1, "question": "消防车的通道能占用吗？", "gold": ["a1"]},
    {"query_id": 2, "question": "狗要不要登记，出门要犬链吗？", "gold": ["a2", "a3"]},
    {"query_id": 3, "question": "路边停车怎么停？", "gold": ["a4", "gone"]},
    {"query_id": 4, "question": "没有人知道的问题", "gold": ["gone"]},
]
items = st.lists(st.integers(0, 12), max_size=12)


class NearestByFirst(Bm25s):
    """A stand-in for ours: BM25 over characters, and an index of vectors that knows row 0 only."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[int]:
        return [0]


def stand_in(encoder: Encoder) -> System:
    system = NearestByFirst(CHARACTERS)
    system.name = OURS
    return system


def nothing(encoder: Encoder) -> System:
    raise Absent("not written yet")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "laws.jsonl.gz", ROWS), write(tmp_path / "asked.jsonl", QUESTIONS)


@pytest.fixture
def passages(files: tuple[Path, Path]) -> list[Entry]:
    return retrieval_corpus.read_corpus(files[0])


def test_measures_are_those_computed_by_hand() -> None:
    found = ranking_figures.evaluate([[3, 1, 2], [7], []], [{1, 9}, {7}, {5}]).values
    assert found["R@1"].tolist() == [0, 1, 0]
    assert found["R@5"].tolist() == [0.5, 1, 0]
    assert found["S@5"].tolist() == [1, 1, 0]
    assert found["MRR@10"].tolist() == [0.5, 1, 0]
    second = 1 / math.log2(3)
    assert found["nDCG@10"] == pytest.approx([second / (1 + second), 1, 0])
    assert ranking_figures.evaluate([[3, 1]], [{1}]).means["MRR@10"] == 0.5


def test_cuts_are_where_they_are_said_to_be() -> None:
    for rank, within in ((1, 1), (2, 5), (5, 5), (6, 10), (10, 10), (11, 100), (100, 100)):
        ranking = [f"x{n}" for n in range(rank - 1)] + ["right"]
        means = ranking_figures.evaluate([ranking], [{"right"}]).means
        assert next(cut for cut in ranking_figures.CUTS if means[f"R@{cut}"]) == within
        assert means["MRR@10"] == (1 / rank if rank <= 10 else 0)
        assert means["nDCG@10"] == pytest.approx(1 / math.log2(rank + 1) if rank <= 10 else 0)


@given(items, st.sets(st.integers(0, 12), min_size=1))
def test_measures_lie_between_none_and_all(ranking: list[int], gold: set[int]) -> None:
    means = ranking_figures.evaluate([ranking], [gold]).means
    assert all(0 <= value <= 1 + 1e-12 for value in means.values())
    assert means["R@1"] <= means["R@5"] <= means["R@10"] <= means["R@100"]
    best = ranking_figures.evaluate([sorted(gold)], [gold]).means
    assert best["nDCG@10"] == pytest.approx(1)
    assert best["R@100"] == best["MRR@10"] == 1


def test_an_item_named_twice_counts_once() -> None:
    twice = ranking_figures.evaluate([[4, 1, 1, 2]], [{1, 2}]).means
    assert twice == ranking_figures.evaluate([[4, 1, 2]], [{1, 2}]).means


def test_a_ranking_for_each_question_is_needed() -> None:
    with pytest.raises(ValueError, match="zip"):
        ranking_figures.evaluate([[1]], [{1}, {2}])


def test_bootstrap_holds_the_difference_and_is_the_same_each_time() -> None:
    draw = np.random.default_rng(1)
    theirs = draw.random(300)
    ours = theirs + draw.normal(0.1, 0.5, 300)
    found = ranking_figures.paired_bootstrap(ours, theirs)
    assert found == ranking_figures.paired_bootstrap(ours, theirs)
    assert found.difference == pytest.approx(float((ours - theirs).mean()))
    assert found.low < found.difference < found.high
    half_width = 1.96 * float((ours - theirs).std()) / math.sqrt(300)
    assert (found.high - found.low) / 2 == pytest.approx(half_width, rel=0.1)


def test_bootstrap_is_paired() -> None:
    theirs = np.random.default_rng(1).random(50)
    found = ranking_figures.paired_bootstrap(theirs + 0.25, theirs)
    assert (found.low, found.high) == pytest.approx((0.25, 0.25))
    with pytest.raises(ValueError, match="same questions"):
        ranking_figures.paired_bootstrap(theirs, theirs[1:])


def test_an_article_of_a_law_becomes_a_passage(passages: list[Entry]) -> None:
    entry = passages[1]
    assert (entry.title, entry.path) == ("消防条例", ("第一章 总则", "第二条"))
    assert (entry.document, entry.authority) == ("消防条例", authority("消防条例"))
    assert entry.full == "消防条例\n第一章 总则\n第二条\n消防车通道不得占用。"
    assert entry.passage.is_article
    assert passages[4].authority == authority("停车办法")


def test_a_row_may_say_itself_how_high_it_ranks(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "x", "title": "消防法", **more} for more in ({}, {"authority": 0})]
    ranks = [
        retrieval_corpus.read_corpus(write(tmp_path / "c.jsonl", [row]))[0].authority
        for row in rows
    ]
    assert ranks == [1, 0]


def test_gold_that_no_passage_has_is_told(files: tuple[Path, Path], passages: list[Entry]) -> None:
    found = retrieval_corpus.read_questions(files[1], passages)
    assert found.gold == [{1}, {2, 3}, {4}]
    assert (found.unknown, found.dropped) == (["gone", "gone"], 1)
    fold = retrieval_corpus.read_questions(files[1], passages, fold=3)
    assert fold.questions == [QUESTIONS[2]["question"]]
    national = retrieval_corpus.read_corpus(files[0], limit_national=True)
    assert [entry.id for entry in national] == ["a0", "a1", "a2", "a3"]
    assert len(retrieval_corpus.read_questions(files[1], national).questions) == 2


def test_a_sample_keeps_right_passages_first(
    files: tuple[Path, Path], passages: list[Entry]
) -> None:
    whole = retrieval_corpus.read_questions(files[1], passages)
    found = retrieval_corpus.sample(whole, 4)
    assert [entry.id for entry in found.passages] == ["a1", "a2", "a3", "a4"]
    assert found.gold == [{0}, {1, 2}, {3}]
    few = retrieval_corpus.sample(whole, 1)
    assert (len(few.passages), len(few.questions), few.dropped) == (1, 1, 3)


@pytest.mark.parametrize(
    ("corpus", "questions", "said"),
    [
        (["{"], None, "第1行不是有效的 UTF-8 JSON"),
        (["[1]"], None, "第1行不是 JSON 对象"),
        (['{"id": "a"}'], None, "第1行缺少 text"),
        (['{"id": 7, "text": "x"}'], None, "第1行的 id 不是字符串"),
        (['{"id": "a", "text": "x"}'] * 2, None, "第2行的 id“a”重复"),
        (['{"id": "a", "text": "x", "path": "y"}'], None, "path 不是字符串列表"),
        (['{"id": "a", "text": "x", "authority": 7}'], None, "authority 不是"),
        ([""], None, "没有条文"),
        (None, ['{"gold": []}'], "缺少 question"),
        (None, ['{"question": "x", "gold": "a"}'], "gold 不是 id 列表"),
        (None, ['{"question": "x", "gold": ["b"]}'], "没有一个问题的 gold"),
    ],
)
def test_bad_files_are_one_sentence_and_status_2(
    corpus: list[str] | None,
    questions: list[str] | None,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = tmp_path / "c.jsonl", tmp_path / "q.jsonl"
    first.write_text("\n".join(corpus or ['{"id": "a", "text": "x"}']), encoding="utf-8")
    second.write_text("\n".join(questions or ['{"question": "x", "gold": ["a"]}']), "utf-8")
    assert retrieval.main(["--corpus", str(first), "--questions", str(second)]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told


def test_options_that_make_no_sense_are_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = tmp_path / "c.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"id": "a", "text": "x"}' * 99)[:-20])
    there = str(write(tmp_path / "q.jsonl", QUESTIONS))
    wanted = {
        "--ncp": (["--scale", "9", "--ncp", "x"], "--scale 只用于"),
        "one": (["--corpus", "x"], "要一起给出"),
        "none": ([], "没有可评测的数据"),
        "absent": (["--corpus", "x", "--questions", "y"], "没有文件"),
        "torn": (["--corpus", str(torn), "--questions", there], "无法读取"),
        "number": (["--ncp", "x", "--peer-questions", "0"], "正整数"),
    }
    for arguments, said in wanted.values():
        assert retrieval.main(arguments) == 2
        assert said in capsys.readouterr().err


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The result of a whole run, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    corpus, asked = write(folder / "c.jsonl", ROWS), write(folder / "asked.jsonl", QUESTIONS)
    places = [
        "--corpus",
        str(corpus),
        "--questions",
        str(asked),
        "--json",
        str(folder / "out.json"),
    ]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert retrieval.main([*places, "--no-memory", "--peers", "none"], ours=stand_in) == 0
    return folder / "out.json", said.getvalue()


def test_a_run_measures_every_system(finished: tuple[Path, str]) -> None:
    path, printed = finished
    result = json.loads(path.read_text(encoding="utf-8"))
    part = result["sets"]["asked"]
    assert list(part["systems"]) == [WORDS, CHARACTERS, TOKENS, OURS]
    assert (part["passages"], part["questions"], part["dropped"]) == (5, 3, 1)
    ours, characters = part["systems"][OURS], part["systems"][CHARACTERS]
    assert ours["passages"] == characters["passages"]
    assert ours["passages"]["MRR@10"] == 100
    assert ours["against"][CHARACTERS]["passages"]["MRR@10"] == [0, 0, 0]
    assert ours["p95_ms"] >= ours["p50_ms"] > 0
    assert set(part["ratios"]) >= {"p95 ours / bm25s alone, tokens given, CPU"}
    assert "1 left out: no known right passage; 2 unknown gold ids: gone" in printed
    assert f"less {WORDS}" in printed


def test_a_system_that_is_absent_is_skipped_with_the_reason(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    places = ["--corpus", str(files[0]), "--questions", str(files[1])]
    assert retrieval.main([*places, "--no-memory", "--peers", "none"], ours=nothing) == 0
    assert "skipped: ours: not written yet" in capsys.readouterr().out


@pytest.mark.parametrize("key", retrieval_peers.PEERS)
def test_a_peer_that_is_not_installed_is_absent(key: str) -> None:
    with pytest.raises(Absent, match=r"not installed: .+\(pip install"):
        retrieval_peers.open_peer(key, open_encoder(""), find=lambda _: None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the peers' own, of one another
@pytest.mark.parametrize("key", retrieval_peers.PEERS)
def test_a_peer_finds_the_passage(key: str, passages: list[Entry]) -> None:
    try:
        peer = retrieval_peers.open_peer(key, open_encoder(""))
    except Absent as reason:
        pytest.skip(str(reason))
    peer.index(passages)
    assert peer.search("消防车的通道能占用吗？", 3)[0] == 1
    assert len(peer.search("登记", 2)) <= 2


def test_peers_find_the_products_tokens_and_the_text_alone() -> None:
    marked = retrieval_peers.marked("消防车 ABC-1\x1e通道")
    assert re.findall(retrieval_peers.TOKEN, marked) == text.tokens("消防车 ABC-1 通道")
    assert retrieval_peers.unmarked(marked) == "消防车 ABC-1 通道"


def test_few_questions_are_the_same_each_time_and_compared_on_themselves(
    files: tuple[Path, Path], passages: list[Entry]
) -> None:
    asked = retrieval_measuring.asked_of(1000, 50)
    assert asked == retrieval_measuring.asked_of(1000, 50) == sorted(set(asked))
    assert len(asked) == 50
    wanted = retrieval_corpus.read_questions(files[1], passages)
    every = retrieval_measuring.run(Bm25s(WORDS), wanted, memory=False)
    few = retrieval_measuring.run(Bm25s(CHARACTERS), wanted, bound=2, memory=False)
    mine, theirs = retrieval_measuring.common(
        few, every, few.readings["passages"].values["R@5"], np.array([10.0, 20.0, 30.0])
    )
    assert len(mine) == len(few.asked) == 2
    assert theirs.tolist() == [10 * (place + 1) for place in few.asked]


def test_caches_of_texts_are_emptied_between_systems() -> None:
    text.words("消防车通道")
    assert text.words.cache_info().currsize
    retrieval_measuring.forget()
    assert not text.words.cache_info().currsize
    assert text._dictionary.cache_info().currsize  # the dictionary stays


def test_bm25s_gives_nothing_for_unknown_words(passages: list[Entry]) -> None:
    system = Bm25s(CHARACTERS)
    system.index(passages)
    assert system.search("zzz", 3) == []
    assert system.search("犬", 100) == [3, 2] or system.search("犬", 100) == [2, 3]


def test_a_fresh_process_opens_and_searches(passages: list[Entry]) -> None:
    system = Bm25s(TOKENS)
    system.index(passages)
    found = retrieval_memory.in_fresh_process(system, ["犬只登记"])
    assert found["index_mib"] > 0
    assert found["open_seconds"] > 0
    if found["resident_mib"] is not None:
        assert found["peak_mib"] >= found["resident_mib"] > found["anonymous_mib"] > 10


def test_a_saved_bm25s_finds_the_same(passages: list[Entry], tmp_path: Path) -> None:
    system = Bm25s(CHARACTERS)
    system.index(passages)
    system.save(tmp_path / "index")
    again = Bm25s.load(tmp_path / "index")
    for row in QUESTIONS:
        assert again.search(row["question"], 5) == system.search(row["question"], 5)


def test_the_product_gets_the_same_passages(passages: list[Entry]) -> None:
    found = Converted(passages)
    assert list(found) == [found[row] for row in range(len(found))] == found[:]
    assert [one.whole for one in found] == [entry.full for entry in passages]
    assert [one.document for one in found[2:4]] == ["养犬规定", "养犬规定"]


def test_a_scaled_corpus_is_on_disk_and_altered(
    files: tuple[Path, Path], passages: list[Entry], tmp_path: Path
) -> None:
    wanted = retrieval_corpus.read_questions(files[1], passages)
    found = retrieval_scale.scaled(wanted, 23, tmp_path)
    listed = list(found.passages)
    assert len(listed) == len(found.passages) == 23
    assert listed == [found.passages[row] for row in range(23)] == found.passages[:]
    assert listed[:5] == passages
    assert len({entry.id for entry in listed}) == 23
    assert [len(entry.text) for entry in listed[5:10]] == [len(e.text) for e in passages]
    assert any(one.text != two.text for one, two in zip(listed[5:10], passages, strict=True))
    assert listed[6].document == listed[5].document != listed[0].document
    again = tmp_path / "again"
    again.mkdir()
    assert list(retrieval_scale.scaled(wanted, 23, again).passages) == listed
    with pytest.raises(BadInput, match="小于语料"):
        retrieval_scale.scaled(wanted, 4, tmp_path)


def test_exact_neighbours_are_those_of_the_whole_matrix(passages: list[Entry]) -> None:
    encoder = open_encoder("")
    queries = encoder.encode_queries(["消防通道", "犬只登记"])
    scores = queries @ encoder.encode_passages([entry.full for entry in passages]).T
    found = retrieval_scale.exact_neighbours(passages, encoder, queries, 3, block=2)
    assert found.tolist() == np.argsort(-scores, axis=1)[:, :3].tolist()


def test_a_scaled_run_tells_the_recall_of_the_index_of_vectors(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    places = ["--corpus", str(files[0]), "--questions", str(files[1]), "--json", str(out)]
    assert retrieval.main([*places, "--no-memory", "--scale", "15"], ours=stand_in) == 0
    part = json.loads(out.read_text(encoding="utf-8"))["sets"]["asked-15"]
    assert list(part["systems"]) == [TOKENS, OURS]
    assert 0 <= part["systems"][OURS]["dense_recall@10"] <= 0.1  # it knows one row of ten


def test_ncp_counts_paragraphs_and_documents(tmp_path: Path) -> None:
    write(
        tmp_path / "corpus.jsonl",
        [
            {"docid": "p", "title": "消防通知", "text": "消防通知\n\n通道宽四米\n请遵照执行"},
            {"docid": "q", "title": "停车通知", "text": "停车通知\n车位宽三米"},
            {"docid": "r", "title": "转发通知", "text": "通道宽四米"},
        ],
    )
    asked = {"question": "通道多宽", "answer": "四米", "docid": "p", "para_span": [2, 2]}
    write(tmp_path / "questions.jsonl", [{**asked, "docids_with_answer": ["p", "r"]}])
    found = retrieval_corpus.read_ncp(tmp_path)
    assert [entry.id for entry in found.passages] == ["p-0", "p-2", "p-3", "q-0", "q-1", "r-0"]
    assert (found.gold, found.strict, found.documents) == ([{1, 5}], [{1}], [{"p", "r"}])
    by_reading = retrieval_measuring.readings([[4, 3, 5, 1]], found, [0])
    ranks = {reading: one.means["MRR@10"] for reading, one in by_reading.items()}
    assert ranks == pytest.approx({"passages": 1 / 3, "strict": 1 / 4, "documents": 1 / 2})


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not beside the repository")
def test_ncp_is_read_as_the_encoder_benchmark_reads_it() -> None:
    from tests.benchmarks.encoder import ncp_task

    found, other = retrieval_corpus.read_ncp(SHARED / "ncp"), ncp_task(SHARED, titled=False)
    assert [entry.text for entry in found.passages] == other.passages
    assert (found.questions, found.gold) == (other.questions, other.right)


def test_one_thread_is_asked_of_every_library() -> None:
    wanted = retrieval.environment()
    assert {wanted[f"{name}_NUM_THREADS"] for name in ("OMP", "OPENBLAS", "MKL", "RAYON")} == {"1"}


def test_a_plot_shows_every_system(finished: tuple[Path, str], tmp_path: Path) -> None:
    out, plot = finished[0], tmp_path / "plot.svg"
    assert retrieval_plot.main([str(out), "--out", str(plot)]) == 0
    drawn = "".join(ElementTree.fromstring(plot.read_text(encoding="utf-8")).itertext())  # noqa: S314
    assert all(retrieval_plot.LABELS[name] in drawn for name in (OURS, WORDS, CHARACTERS, TOKENS))
    assert "5 条 · 3 问" in drawn
    assert retrieval_plot.main([str(out), "--out", str(tmp_path / "plot.png")]) == 2
    assert retrieval_plot.main([str(plot), "--out", str(plot)]) == 2
