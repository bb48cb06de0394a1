"""Laws of the texts we write beside the policy: marked, true to its words, nothing invented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

CORPUS = Path(__file__).parents[1] / "corpus"
MARK = "项目编写，非官方文件"
TITLES = {"glossary": "术语说明", "units": "单位名录"}
NOTE = re.compile(r"[（〔]责任单位：(.+)[）〕]$", re.MULTILINE)


def read(name: str) -> str:
    return (CORPUS / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seed() -> str:
    return read("zibo-2022-40.txt")


@pytest.fixture(scope="module")
def entries() -> list[tuple[str, str]]:
    """Each glossary term with its explanation."""
    _, *parts = re.split(r"^## ", read("glossary.md"), flags=re.MULTILINE)
    return [(term, body.strip()) for term, _, body in (part.partition("\n") for part in parts)]


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    """The directory's rows: name in the file, full name, other short names."""
    lines = [line for line in read("units.md").splitlines() if line.startswith("|")]
    assert lines[:2] == ["| 文件用名 | 全称 | 其他简称 |", "|---|---|---|"]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def units_in_notes(text: str) -> set[str]:
    """Every unit that a 责任单位 note names, read here without the product's parser."""
    notes = (re.sub(r"（[^（）]*）", "", note) for note in NOTE.findall(text))
    names = (name for note in notes for name in re.split("[、，]", note))
    return {
        name.removesuffix("等市有关部门")
        for name in names
        if not name.startswith(("以下各项任务", "不再"))
    }


@pytest.mark.parametrize("name", TITLES)
def test_text_and_sidecar_say_who_wrote_them(name: str) -> None:
    title = f"{TITLES[name]}（{MARK}）"
    heading, blank, statement, *_ = read(f"{name}.md").splitlines()
    assert (heading, blank) == (f"# {title}", "")
    assert "项目组" in statement
    assert re.search("不是(政策|官方)文件", statement)
    assert yaml.safe_load(read(f"{name}.yaml")) == {
        "title": title,
        "kind": "explanatory",
        "issuer": "项目组",
        "source": MARK,
    }


def test_every_term_stands_in_the_policy_once(entries: list[tuple[str, str]], seed: str) -> None:
    terms = [term for term, _ in entries]
    assert [term for term in terms if term not in seed] == []
    assert len(set(terms)) == len(terms)


def test_an_explanation_is_one_to_three_sentences(entries: list[tuple[str, str]]) -> None:
    for term, body in entries:
        assert re.fullmatch(".+。", body), term
        assert 1 <= body.count("。") <= 3, term


def test_explanatory_texts_bring_no_figures(entries: list[tuple[str, str]]) -> None:
    for term, body in entries:
        assert set(re.findall(r"\d+", body)) <= set(re.findall(r"\d+", term)), term
    assert re.search(r"\d", read("units.md")) is None


def test_directory_names_exactly_the_units_of_the_notes(rows: list[list[str]], seed: str) -> None:
    names = [row[0] for row in rows]
    assert all(name in seed for name in names)
    assert set(names) == units_in_notes(seed)


def test_every_way_to_write_a_unit_means_one_unit(rows: list[list[str]]) -> None:
    owners: dict[str, str] = {}
    for name, full, others in rows:
        ways = [name, *([full] if full != name else []), *others.split("、")]
        for way in ways:
            assert way, name
            assert way not in owners, (way, name, owners.get(way))
            owners[way] = name
