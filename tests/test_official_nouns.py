"""The nouns of official texts: counted in documents, written sorted under a header."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.text import nouns
from assistant.training.official_nouns import ARTICLES, POLICIES, main, official_nouns
from assistant.vocabulary import official_nouns as shipped
from tests.laws import ROOT
from tests.training_data import write_lines

FILE = ROOT / "assistant" / "data" / "official_nouns.txt"


def written(folder: Path, articles: list[str], policies: list[str]) -> list[str]:
    """The lines that the command writes for such data."""
    rows: list[dict[str, object]] = [{"law": "甲法", "text": text} for text in articles]
    write_lines(folder / "laws" / "articles.jsonl.gz", rows)
    (folder / "policies").mkdir()
    for n, text in enumerate(policies):
        (folder / "policies" / f"{n}.txt").write_text(text, encoding="utf-8")
    out = folder / "nouns.txt"
    assert main(["--data", str(folder), "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return text.splitlines()


def test_a_noun_is_official_where_enough_documents_hold_it() -> None:
    found = official_nouns(["企业企业企业", "企业用地"], ["院子", "院子", "项目"], least=(2, 2))
    assert found == ["企业", "院子"]


def test_articles_and_policies_are_counted_apart() -> None:
    assert official_nouns(["企业", "企业用地"], ["企业"], least=(3, 2)) == []


def test_only_nouns_of_two_characters_count() -> None:
    found = official_nouns(["积极推动人员", "人积极推动人员"], [], least=(2, 9))
    assert "人员" in found
    assert not {"积极", "人", "推动"} & set(found)


@pytest.mark.parametrize(("articles", "policies"), [(ARTICLES, 0), (0, POLICIES)])
def test_the_command_writes_them_sorted_under_the_header(
    tmp_path: Path, articles: int, policies: int
) -> None:
    lines = written(tmp_path, ["企业的用地和项目"] * articles, ["企业的用地和项目"] * policies)
    head = FILE.read_text(encoding="utf-8").splitlines()[:2]
    assert lines[:2] == head
    assert all(line.startswith("#") for line in head)
    assert lines[2:] == sorted(lines[2:])
    assert {"企业", "用地", "项目"} <= set(lines[2:])


def test_one_document_less_is_too_few(tmp_path: Path) -> None:
    lines = written(tmp_path, ["企业"] * (ARTICLES - 1), ["企业"] * (POLICIES - 1))
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_the_shipped_file_is_what_the_command_writes() -> None:
    text = FILE.read_text(encoding="utf-8")
    body = [line for line in text.splitlines() if not line.startswith("#")]
    assert body == sorted(set(body))
    assert text.endswith("\n")
    assert not re.search(r"\s\n|\n\n|\r", text)
    assert set(body) <= nouns()
    assert shipped() == set(body)
    assert {"企业", "项目", "上市公司"} <= set(body)
    assert not {"院子", "厂里"} & set(body)
