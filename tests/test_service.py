"""PolicyAssistant: bad input, a corpus that changes under way, and answers that do not."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from assistant.answer import REFUSAL_PHRASE, Answer, Status
from assistant.answering.drafting import Draft
from assistant.answering.extraction import Answerer
from assistant.errors import (
    CorpusError,
    EmptyQuestion,
    QuestionTooLong,
    UnknownClause,
    UnknownDocument,
    UnknownUnit,
)
from assistant.indexing import versions
from assistant.indexing.building import build
from assistant.service import PolicyAssistant
from assistant.understanding.question import Question
from tests.policies import CORPUS, YUNHE, add_explanation, add_yunhe, settings_for

EMPTY = ["", " ", "\n\t\u3000", "😀🎉", "\x00\x07\u200b", "？！。", "——…", "\ud800", "\u202e\ufeff"]


@pytest.fixture
def own(tmp_path: Path) -> PolicyAssistant:
    """An assistant whose corpus may change: the second policy."""
    add_yunhe(tmp_path / "corpus")
    return PolicyAssistant.open(settings_for(tmp_path))


def steady(answer: Answer) -> Answer:
    """The answer without what differs from one time of asking to the next."""
    return dataclasses.replace(answer, id="", created=0, usage={})


# Bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", EMPTY)
def test_nothing_to_answer(policy_assistant: PolicyAssistant, question: str) -> None:
    with pytest.raises(EmptyQuestion, match="问题是空的"):
        policy_assistant.ask(question)
    with pytest.raises(EmptyQuestion):
        policy_assistant.search(question)
    answer = policy_assistant.failed(question, EmptyQuestion())
    assert answer.status is Status.ERROR
    assert json.dumps(answer.to_dict(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("length", [2001, 100_000])
def test_too_long(policy_assistant: PolicyAssistant, length: int) -> None:
    started = time.perf_counter()
    with pytest.raises(QuestionTooLong, match=f"有{length}个字，超过上限2000个字"):
        policy_assistant.ask("市" * length)
    assert time.perf_counter() - started < 0.5
    assert policy_assistant.ask("市科技局" * 500).status in set(Status)


@pytest.mark.parametrize(
    "question",
    [
        "市科\x00技局\u200b负责\n哪些任务😀？",
        "  市科技局　负责 哪些任务 ",
        "\ud83d市科技局负责哪些任务\udfff",
        "\ufeff市科技局负责哪些任务？\x1b[31m",
    ],
)
def test_control_characters_pictures_and_blanks_do_not_count(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    wanted = policy_assistant.ask("市科技局负责哪些任务？")
    answer = policy_assistant.ask(question)
    assert answer.citations == wanted.citations
    assert json.dumps(answer.to_dict(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    "history",
    [
        ["x" * 100_000],
        [""] * 50,
        ["\x00", "😀", "\ud800"],
        [f"第{n}个问题" for n in range(500)],
        ["自动驾驶重点做什么？"] * 100,
        ["（" * 2000, "市" * 2000],
    ],
)
def test_junk_before_does_not_change_a_whole_question(
    policy_assistant: PolicyAssistant, history: list[str]
) -> None:
    started = time.perf_counter()
    answer = policy_assistant.ask("市科技局负责哪些任务？", history)
    assert time.perf_counter() - started < 5
    assert answer.citations == policy_assistant.ask("市科技局负责哪些任务？").citations
    assert policy_assistant.ask("由谁负责？", history).status in set(Status)


def test_only_the_latest_questions_are_remembered(policy_assistant: PolicyAssistant) -> None:
    asked = ["自动驾驶重点做什么？", *["你好"] * 30]
    assert policy_assistant.ask("由谁负责？", asked).question.rewritten is None
    assert policy_assistant.ask("由谁负责？", [*[""] * 30, asked[0]]).question.rewritten


def test_unknown_names(policy_assistant: PolicyAssistant) -> None:
    for wrong in ("", "none", "../..", "\x00", "a" * 10_000):
        with pytest.raises(UnknownDocument) as first:
            policy_assistant.document(wrong)
        with pytest.raises(UnknownClause) as second:
            policy_assistant.clause(wrong)
        with pytest.raises(UnknownUnit) as third:
            policy_assistant.tasks_of(wrong)
        assert all(len(str(e.value)) < 200 for e in (first, second, third))
    with pytest.raises(UnknownUnit, match="济南市财政局"):
        policy_assistant.tasks_of("济南市财政局")


# What it says -----------------------------------------------------------------------------------


def test_the_same_question_has_the_same_answer(
    policy_assistant: PolicyAssistant, questions: list[str]
) -> None:
    first = [steady(policy_assistant.ask(question)) for question in questions[:40]]
    assert [steady(policy_assistant.ask(question)) for question in questions[:40]] == first
    twin = PolicyAssistant.open(policy_assistant.settings)
    assert [steady(twin.ask(question)) for question in questions[:40]] == first


def test_the_day_is_echoed(policy_assistant: PolicyAssistant) -> None:
    day = date(2023, 1, 2)
    assert policy_assistant.ask("自动驾驶", as_of=day).as_of == "2023-01-02"
    today = date.fromisoformat(policy_assistant.ask("自动驾驶").as_of)
    assert abs(today - date.today()) <= timedelta(days=1)


def test_an_answer_says_what_was_asked_and_by_what(policy_assistant: PolicyAssistant) -> None:
    answers = [policy_assistant.ask(" 自动驾驶？"), policy_assistant.ask("自动驾驶？")]
    assert answers[0].question.text == " 自动驾驶？"
    assert answers[0].id != answers[1].id
    assert answers[0].model["encoder"] == policy_assistant.info()["encoder"]
    assert abs(answers[0].created - time.time()) < 60
    stages = {"understanding", "answering", "retrieval", "checking"}
    assert set(answers[0].usage) == {"milliseconds", *stages}
    assert sum(answers[0].usage[s] for s in stages) <= answers[0].usage["milliseconds"] + 3


def test_an_error_is_an_answer_too(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.failed("x" * 9, QuestionTooLong(9, 5))
    assert answer.status is Status.ERROR
    assert answer.refusal
    assert answer.refusal.reason == "问题有9个字，超过上限5个字，请缩短后再问。"
    assert answer.renderings.plain == answer.refusal.reason


def test_units_and_their_counts(policy_assistant: PolicyAssistant) -> None:
    units = policy_assistant.units()
    assert len(units) == 31
    for unit in units:
        summary, tasks = policy_assistant.tasks_of(unit.full_name)
        assert summary == unit
        assert sum(unit.counts.values()) == len(tasks)


def test_industries_are_filtered(policy_assistant: PolicyAssistant) -> None:
    whole = policy_assistant.industries()
    assert len(whole) > 20
    here = policy_assistant.industries(area="王村镇")
    assert here == tuple(e for e in whole if "周村区王村镇" in e.areas) != ()
    assert {e.industry for e in policy_assistant.industries(industry="生物医药")} == {"生物医药"}
    assert policy_assistant.industries(area="青岛市") == ()
    assert policy_assistant.industries(area="王村镇", industry="自动驾驶") == ()


def test_info_tells_the_index(policy_assistant: PolicyAssistant) -> None:
    info = policy_assistant.info()
    assert (info["documents"], info["clauses"]) == (3, len(policy_assistant._parts.index.rows))
    json.dumps(info)


def test_search_finds_what_is_official(policy_assistant: PolicyAssistant) -> None:
    hits = policy_assistant.search("多式联运", 99)
    assert hits[0].clause.label == "二（二）现代服务业"
    kinds = {policy_assistant.document(hit.clause.document_id).kind.value for hit in hits}
    assert kinds == {"official"}
    assert len(policy_assistant.search("多式联运", 3)) == 3


class Liar:
    """An answerer whose quote is not in the document."""

    def __init__(self, honest: Answerer) -> None:
        self.honest = honest

    def answer(self, question: Question, day: date) -> Draft:
        draft = self.honest.answer(question, day)
        draft.citations[0] = dataclasses.replace(draft.citations[0], quote="每亩补助9000元。")
        return draft


def test_a_draft_that_does_not_hold_is_withheld(
    own: PolicyAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assert own.ask("生态茶园补助多少").status is Status.ANSWERED
    liar = cast("Answerer", Liar(own._parts.answerer))
    own._scopes.whole = dataclasses.replace(own._parts, answerer=liar)
    answer = own.ask("生态茶园补助多少")
    assert answer.status is Status.NO_SOURCE
    assert answer.answer
    assert answer.answer.text.startswith(REFUSAL_PHRASE)
    assert not answer.citations
    assert not answer.responsible_units
    assert "9000" not in json.dumps(answer.to_dict(), ensure_ascii=False)
    assert "answer withheld" in caplog.text


# A corpus that changes --------------------------------------------------------------------------


def changes(corpus: Path) -> Iterator[tuple[str, str, str]]:
    """One change after another, with a question and the words of its answer from then on."""
    path = corpus / "yunhe-2023-7.txt"
    path.write_text(YUNHE.replace("800元", "950元"), encoding="utf-8")
    yield "changed", "生态茶园每亩补助多少钱？", "950元"
    green = corpus / "green.txt"
    text = "某市关于建设绿道的通知\n一、任务\n沿江建设绿道，完善驿站。（责任单位：市城管局）\n"
    green.write_text(text, encoding="utf-8")
    yield "added", "绿道由谁负责？", "市城管局"
    (corpus / "broken.txt").write_bytes(b"\xff\xfe\xfa\x00\x81")
    yield "a broken one added", "绿道由谁负责？", "市城管局"
    green.unlink()
    yield "removed", "生态茶园每亩补助多少钱？", "950元"


def test_what_changes_in_the_corpus_is_taken_in(own: PolicyAssistant) -> None:
    assert not own.refresh()
    for what, question, words in changes(own.settings.corpus_dir):
        assert own.refresh(), what
        assert not own.refresh(), what
        answer = own.ask(question)
        assert answer.answer
        assert words in answer.answer.text, what
    assert [d.doc_number for d in own.documents()] == ["云政办字〔2023〕7号"]
    assert own.ask("绿道由谁负责？").status is not Status.ANSWERED
    assert "broken.txt" in own.info()["problems"][0]


def test_an_explanation_added_is_no_source(own: PolicyAssistant) -> None:
    add_explanation(own.settings.corpus_dir)
    assert own.refresh()
    for question in ("茶叶推广由谁负责？", "抹茶产业", "市茶叶局负责什么？", "重点发展什么产业"):
        assert {c.document.kind for c in own.ask(question).citations} <= {"official"}
    assert "市茶叶局" not in {unit.name for unit in own.units()}
    with pytest.raises(UnknownUnit):
        own.tasks_of("市茶叶局")


def test_others_ask_while_the_corpus_changes(own: PolicyAssistant) -> None:
    failed: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = own.ask("生态茶园每亩补助多少钱？")
            text = answer.answer.text if answer.answer else ""
            if "800元" not in text and "950元" not in text:
                failed.append(text)

    def refresh() -> None:
        while not done.is_set():
            own.refresh()

    threads = [threading.Thread(target=work) for work in (ask, ask, ask, refresh)]
    for thread in threads:
        thread.start()
    for what, _, _ in changes(own.settings.corpus_dir):
        time.sleep(0.15)
        assert threads[3].is_alive(), what
    done.set()
    for thread in threads:
        thread.join(20)
    own.refresh()
    assert not failed
    assert [d.doc_number for d in own.documents()] == ["云政办字〔2023〕7号"]
    answer = own.ask("生态茶园每亩补助多少钱？")
    assert answer.answer
    assert "950元" in answer.answer.text


def test_an_index_of_another_process_is_taken_in_while_others_ask(own: PolicyAssistant) -> None:
    """Every answer is wholly of one version: the number, the words and their place agree."""
    texts = {price: YUNHE.replace("800元", f"{price}元") for price in ("800", "950", "7777")}
    answers: list[tuple[Answer, str]] = []
    failed: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = own.ask("生态茶园每亩补助多少钱？")
            words = answer.answer.text if answer.answer else ""
            price = next((p for p in texts if f"{p}元" in words), "")
            start, stop = answer.citations[0].char_range if answer.citations else (0, 0)
            if not price or texts[price][start:stop] != answer.citations[0].quote:
                failed.append(words)
            answers.append((answer, price))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    path = own.settings.corpus_dir / "yunhe-2023-7.txt"
    for price in ("950", "7777", "800"):
        path.write_text(texts[price], encoding="utf-8")
        made = build(own.settings).index.version  # as the command line does
        assert own.refresh()
        assert own._parts.index.version == made, "taken, not made again"
        assert not own.refresh()
        seen = len(answers)
        while len(answers) < seen + 4 and threads[0].is_alive():
            time.sleep(0.01)
    done.set()
    for thread in threads:
        thread.join(20)
    assert not failed
    assert {price for _, price in answers} == set(texts)


def test_an_index_that_does_not_fit_is_left_alone(own: PolicyAssistant) -> None:
    running = own._parts.index
    foreign = dataclasses.replace(running.manifest, encoder_fingerprint="another")
    version = dataclasses.replace(running, manifest=foreign).save(own.settings.index_dir).version
    assert not own.refresh()
    assert not own.refresh()
    assert versions.current(own.settings.index_dir) == version, "not built over"
    assert own.ask("生态茶园每亩补助多少钱？").status is Status.ANSWERED


def test_while_another_process_builds_the_old_index_answers(own: PolicyAssistant) -> None:
    path = own.settings.corpus_dir / "yunhe-2023-7.txt"
    path.write_text(YUNHE.replace("800元", "950元"), encoding="utf-8")
    with versions.lock(own.settings.index_dir):
        assert not own.refresh()
        assert own.ask("生态茶园每亩补助多少钱？").status is Status.ANSWERED
    assert own.refresh(), "tried again"


def test_a_change_while_the_index_is_read_is_noticed(tmp_path: Path) -> None:
    path = add_yunhe(tmp_path / "corpus")
    settings = settings_for(tmp_path)
    first = PolicyAssistant.open(settings)
    late = PolicyAssistant(settings, first.encoder, first._parts.index, first._parts.stamp)
    path.write_text(YUNHE.replace("800元", "950元"), encoding="utf-8")
    assert late.refresh()
    again = PolicyAssistant(settings, first.encoder, first._parts.index, first._parts.stamp)
    assert again.refresh()


def test_a_corpus_that_is_gone_leaves_the_old_one_answering(own: PolicyAssistant) -> None:
    (own.settings.corpus_dir / "yunhe-2023-7.txt").unlink()
    with pytest.raises(CorpusError, match="没有可读的文件"):
        own.refresh()
    assert own.ask("生态茶园每亩补助多少钱？").status is Status.ANSWERED


def test_no_documents_of_authority(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    add_explanation(tmp_path / "corpus")
    assistant = PolicyAssistant.open(settings_for(tmp_path))
    for question in ("文件的文号是什么", "抹茶产业", "二（一）", "为什么制定", "市茶叶局负责什么"):
        answer = assistant.ask(question)
        assert answer.status not in (Status.ANSWERED, Status.PARTIAL), question
        assert not answer.citations


def test_the_shipped_corpus_opens(policy_assistant: PolicyAssistant) -> None:
    assert policy_assistant.settings.corpus_dir == CORPUS
    assert {d.kind.value for d in policy_assistant.documents()} == {"official", "explanatory"}
    assert policy_assistant.refresh() is False


@pytest.mark.parametrize(
    "piece", ["市科技局", "局", "第二部分", "自动驾驶", "一、", "〔2022〕", "（二）"]
)
def test_the_longest_question_does_not_keep_others_waiting(
    policy_assistant: PolicyAssistant, piece: str
) -> None:
    question = (piece * 2000)[:2000]
    policy_assistant.ask("自动驾驶")
    started = time.process_time()
    policy_assistant.ask(question, [question] * 8)
    assert time.process_time() - started < 5
