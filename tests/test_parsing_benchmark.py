"""The parsing benchmark measures what it says: hand-made laws, notes and manifests."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.model import ClauseKind, Document
from assistant.reading.corpus import read_document
from tests.benchmarks import articles, parsing, unit_notes
from tests.benchmarks.articles import Article, Law
from tests.laws import parsed

LAW = Law(
    "某市节约用水条例",
    (
        Article("law1_1", "第一条", ("第一章 总则",), "为了节约用水，制定本条例。"),
        Article(
            "law1_2", "第二条", ("第一章 总则",), "本市用水适用本条例。\n（一）农业；\n（二）工业。"
        ),
        Article("law1_3", "第三条", ("第二章 附则",), "本条例自公布之日起施行。"),
    ),
)
NOTICE = """某市人民政府关于发展工业的意见
某政发〔2021〕7号
各县人民政府：
现提出以下意见。
一、重点任务
（一）企业上云。推动企业上云。（责任单位：市科技局、市财政局）
（二）绿色制造。建设绿色工厂。
（责任单位：市商务局）
某市人民政府
2021年3月5日
"""


def rows_of(*units: tuple[str, str], line: int, at: int) -> list[dict[str, Any]]:
    return [{"file": "n.txt", "line": line, "at": at, "units": list(units), "others": ""}]


# Laws --------------------------------------------------------------------------------------------


def test_a_law_is_joined_with_its_headings_where_they_change() -> None:
    text, ranges = articles.joined(LAW)
    assert text.splitlines()[:4] == [
        LAW.title,
        "",
        "第一章 总则",
        "第一条\u3000为了节约用水，制定本条例。",
    ]
    assert [text[start:end] for start, end in ranges] == [a.text for a in LAW.articles]
    assert text.count("第一章") == text.count("第二章") == 1


def test_a_repeated_heading_below_a_new_one_is_written_again() -> None:
    paths = (("第一编", "第一章"), ("第一编", "第二章"), ("第二编", "第一章"))
    numbered = zip(("第一条", "第二条", "第三条"), paths, strict=True)
    law = Law("某法", tuple(Article(n, n, path, "词。") for n, path in numbered))
    headings = [line for line in articles.joined(law)[0].splitlines()[2:] if "条" not in line]
    assert headings == ["第一编", "第一章", "第二章", "第二编", "第一章"]


def test_laws_are_read_article_by_article(tmp_path: Path) -> None:
    rows = [
        {"id": "law1_1", "law": "甲法", "article": "第一条", "path": ["总则"], "text": "甲。"},
        {"id": "law1_2", "law": "甲法", "article": "第二条", "path": [], "text": "乙。"},
        {"id": "law2_1", "law": "甲法", "article": "全文1", "path": [], "text": "丙。"},
    ]
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    assert list(articles.laws(path)) == [
        Law(
            "甲法",
            (
                Article("law1_1", "第一条", ("总则",), "甲。"),
                Article("law1_2", "第二条", (), "乙。"),
            ),
        ),
        Law("甲法", (Article("law2_1", "", (), "丙。"),)),
    ]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("应当调查。\n法律责任", "应当调查。"),
        ("应当调查。\n审查报告、计划\n以及预算", "应当调查。"),
        ("应当施行。\n附：\n税率表\n甲。", "应当施行。"),
        ("应当调查。\n另有规定的除外。", "应当调查。\n另有规定的除外。"),
        ("下列事项：\n法律责任", "下列事项：\n法律责任"),
        ("应当调查。\n（一）甲", "应当调查。\n（一）甲"),
        ("法律责任", "法律责任"),
    ],
    ids=["heading", "two lines", "annex", "sentence", "after a colon", "item", "nothing above"],
)
def test_what_is_left_behind_an_article_is_no_part_of_it(text: str, own: str) -> None:
    article = articles.article({"id": "a", "article": "第一条", "path": [], "text": text})
    assert (article.text, article.text + article.after) == (own, text)
    whole, ranges = articles.joined(Law("某法", (article, article)))
    assert [whole[start:end] for start, end in ranges] == [own, own]
    assert whole.count(text) == 2


def test_every_article_of_a_plain_law_is_one_clause() -> None:
    document = articles.parsed(articles.joined(LAW)[0])
    assert articles.in_clauses(document, LAW) == {"law1_1", "law1_2", "law1_3"}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("第一条　为了节约用水，制定本条例。\n第二条　别的。", {"law1_1"}),
        ("第一条　为了节约用水，制定本条例。另有。", set()),
        ("第一条　为了节约用水，\n制定本条例。", {"law1_1"}),
        ("第二条　为了节约用水，制定本条例。", set()),
    ],
    ids=["the other one differs", "with more words", "white space", "under another number"],
)
def test_an_article_counts_whole_and_alone(text: str, whole: set[str]) -> None:
    document = articles.parsed(f"{LAW.title}\n\n{text}\n")
    assert articles.in_clauses(document, LAW) == whole


def test_one_clause_is_not_two_articles() -> None:
    twice = Law("某法", (LAW.articles[0], Article("again", *_second(LAW.articles[0]))))
    document = articles.parsed(f"某法\n\n第一条　{LAW.articles[0].text}\n第二条　乙。\n")
    assert articles.in_clauses(document, twice) == {"law1_1"}


def _second(first: Article) -> tuple[str, tuple[str, ...], str]:
    return first.number, first.path, first.text


def test_sub_clauses_belong_to_a_numbered_part_that_is_no_article() -> None:
    law = Law(
        "某地关于用水的决定",
        (Article("a", "一、", (), "抓好两件事：\n（一）节水；\n（二）护水。"),),
    )
    assert articles.in_clauses(articles.parsed(articles.joined(law)[0]), law) == {"a"}


@pytest.mark.parametrize(
    ("chunks", "alone", "shared"),
    [
        ([(0, 14)], {"law1_1"}, {"law1_1"}),
        ([(4, 14)], {"law1_1"}, {"law1_1"}),
        ([(5, 14)], set(), set()),
        ([(0, 26)], set(), {"law1_1", "law1_2"}),
        ([(0, 21)], set(), {"law1_1"}),
        ([(0, 20), (20, 40)], {"law1_1", "law1_2"}, {"law1_1", "law1_2"}),
        ([(14, 26)], {"law1_2"}, {"law1_2"}),
        ([(40, 50)], set(), set()),
    ],
    ids=[
        "exact",
        "from its words",
        "cut",
        "two",
        "and a part",
        "two chunks",
        "from the end of one",
        "none",
    ],
)
def test_chunks_hold_articles(
    chunks: list[tuple[int, int]], alone: set[str], shared: set[str]
) -> None:
    ranges = [(4, 14), (20, 26), (52, 60)]
    assert articles.in_chunks(chunks, ranges, LAW) == alone
    assert articles.in_chunks(chunks, ranges, LAW, alone=False) == shared


def test_the_splitter_says_where_its_chunks_stand() -> None:
    pytest.importorskip("langchain_text_splitters")
    text = "\n".join(f"第{n}行" + "字" * 180 for n in range(6))
    chunks = articles.split(text)
    assert len(chunks) > 1
    assert all(0 <= start < end <= len(text) for start, end in chunks)
    assert max(end - start for start, end in chunks) <= articles.CHUNK


def test_laws_are_measured_beside_the_splitter(tmp_path: Path) -> None:
    pytest.importorskip("langchain_text_splitters")
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for a in LAW.articles:
            row = {"id": a.id, "law": LAW.title, "article": a.number, "text": a.text}
            file.write(json.dumps({**row, "path": a.path}, ensure_ascii=False) + "\n")
    found = parsing.measure_laws(path)
    assert (found["laws"], found["articles"], found["clauses"]) == (1, 3, 3)
    assert (found["chunks"], found["chunks_shared"]) == (0, 3)  # all in one chunk
    assert found["missed"] == []


# Policies ----------------------------------------------------------------------------------------


def test_policies_are_measured_against_their_manifest(tmp_path: Path) -> None:
    title = "某市人民政府关于发展工业的意见"
    header = {"web_header": "成文日期：\t2021年03月05日\t"}
    manifest: list[dict[str, Any]] = [
        {
            "file": "gov_1.txt",
            "title": f" {title}",
            "doc_no": "某政发[2021] 7 号",
            "date": "x",
            **header,
        },
        {"file": "gov_2.txt", "title": "别的", "doc_no": "", "date": "2020-01-01"},
        {"file": "city_3.txt", "title": "不比", "doc_no": "", "date": None},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for row in manifest:
        (tmp_path / row["file"]).write_text(NOTICE, encoding="utf-8")
    found = parsing.measure_policies(tmp_path)
    assert (found["documents"], found["joined"]) == (3, 3)
    assert (found["title_known"], found["title_right"]) == (2, 1)
    assert (found["doc_number_known"], found["doc_number_right"]) == (1, 1)
    assert (found["issued_on_known"], found["issued_on_right"]) == (1, 1)
    assert [(m["file"], m["fact"]) for m in found["missed"]] == [("gov_2.txt", "title")]


def test_a_text_with_a_lost_word_does_not_join_back() -> None:
    document = parsed(NOTICE)
    assert parsing.joins_back(document)
    assert not parsing.joins_back(_without(document, 3))


def _without(document: Document, place: int) -> Document:
    clauses = document.clauses[:place] + document.clauses[place + 1 :]
    return replace(document, clauses=clauses)


# Units -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "at", "own"), [(6, 16, "企业上云"), (8, 0, "绿色制造")])
def test_a_note_belongs_to_its_clause_or_the_one_above(line: int, at: int, own: str) -> None:
    document = parsed(NOTICE)
    gold = unit_notes.wanted(rows_of(("市科技局", "lead"), line=line, at=at), NOTICE, document)
    (key,) = gold
    assert next(c for c in document.clauses if c.id == key).heading == own


def test_a_note_of_its_own_is_the_parents() -> None:
    document = parsed(NOTICE)
    last = next(c for c in document.clauses if c.heading == "绿色制造")
    note = replace(last, kind=ClauseKind.NOTE)
    clauses = tuple(note if c is last else c for c in document.clauses)
    rows = rows_of(("市商务局", "lead"), line=8, at=0)
    assert list(unit_notes.wanted(rows, NOTICE, replace(document, clauses=clauses))) == [
        last.parent_id
    ]


def test_a_unit_that_the_note_does_not_name_is_not_stated() -> None:
    document = read_document(unit_notes.SEED)
    owners = {clause.id: clause for clause in document.clauses}
    passed_on = 0
    for key, named in unit_notes.stated(document).items():
        part = owners[key].responsibility
        assert part.note_range is not None
        note = articles.plain(document.text[slice(*part.note_range)])
        assert all(unit in note for unit, _ in named)
        passed_on += len(part.assignments) - len(named)
    assert passed_on  # 以下各项任务均需上述四区负责落实


def test_a_place_is_found_in_a_text_with_other_white_space() -> None:
    document = parsed(NOTICE.replace("\n", "\n\n"))
    place = unit_notes.offset(NOTICE, 8, 0, document)
    assert document.text[place:].startswith("（责任单位：市商务局）")


def test_units_and_roles_are_compared_clause_by_clause() -> None:
    gold = {"a": {("甲", "lead"), ("乙", "responsible")}, "b": {("丙", "lead")}}
    found = {"a": {("甲", "responsible"), ("乙", "responsible")}, "c": {("丙", "lead")}}
    total = unit_notes.compared(gold, found)
    assert (total["units_right"], total["units_wanted"], total["units_found"]) == (2, 3, 3)
    assert (total["roles_right"], total["roles_wanted"], total["roles_found"]) == (1, 3, 3)
    assert unit_notes.f1(1, 3, 3) == pytest.approx(1 / 3)
    assert unit_notes.f1(0, 0, 0) == 1.0
    assert {row["clause"] for row in unit_notes.differences("n", gold, found)} == {"a", "b", "c"}


def test_notes_of_files_are_scored_and_absent_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text(NOTICE, encoding="utf-8")
    rows = rows_of(("市科技局", "responsible"), ("市财政局", "lead"), line=6, at=16)
    rows.append({**rows[0], "file": "nowhere.txt"})
    found = unit_notes.measure(rows, tmp_path)
    assert (found["files"], found["absent"]) == (1, 1)
    # The note on 绿色制造 has no row: what is read there was not asked for.
    assert (found["units_right"], found["units_wanted"], found["units_found"]) == (2, 2, 3)
    assert (found["roles_right"], found["roles_found"]) == (1, 3)


def test_pages_of_a_json_lines_file_are_annotated_by_id(tmp_path: Path) -> None:
    page = {"docid": "p1", "title": "某市人民政府关于发展工业的意见", "text": NOTICE}
    (tmp_path / "c.jsonl").write_text(json.dumps(page) + "\n", encoding="utf-8")
    rows = [{**rows_of(("市商务局", "responsible"), line=8, at=0)[0], "file": "c.jsonl#p1"}]
    (name, text, document) = next(unit_notes.documents(rows, tmp_path))
    assert (name, text) == ("c.jsonl#p1", NOTICE)
    assert unit_notes.wanted(rows, text, document).items() <= unit_notes.stated(document).items()


# Time and the whole ------------------------------------------------------------------------------


def test_a_corpus_is_read_once_with_its_time_and_memory(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NOTICE, encoding="utf-8")
    found = parsing.read_all("policies", tmp_path)
    assert (found["documents"], found["characters"]) == (1, len(NOTICE))
    assert found["seconds"] > 0


def test_missing_inputs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsing.main(["--laws", str(tmp_path / "nothing.gz")])
    assert "nothing.gz" in capsys.readouterr().err


def test_the_report_names_every_measure() -> None:
    part = {"documents": 1, "characters": 2000000, "seconds": 0.5, "peak_mib": None}
    rates = {"documents_per_second": 2.0, "characters_per_second": 4000000.0}
    units = {"units_f1": 0.5, "roles_f1": 0.25, "units_wanted": 4, "roles_wanted": 4, "absent": 1}
    printed = parsing.report(
        {
            "laws": {"articles": 200, "clauses": 199, "chunks": 5, "laws": 2, "laws_whole": 1},
            "policies": {"documents": 3, "joined": 3, "anomalies": {"gap": 2}},
            "units": units,
            "throughput": {"laws": {**part, **rates}},
        }
    )
    for told in ("99.50%", "2.50%", "50.00%", "100.00%", "0.2500", "gap 2", "2,000,000"):
        assert told in printed
