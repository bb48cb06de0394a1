"""Laws of the general synonym table: every word has one place, and every list says something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

TABLE = Path(__file__).parents[1] / "assistant" / "data" / "synonyms.yaml"
WORD_LENGTH = range(2, 9)
UNIT_LENGTH = range(2, 15)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML keeps the last of two equal keys in silence; this loader refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert not repeated(keys), f"keys written twice: {repeated(keys)}"
        return super().construct_mapping(node, deep)


def repeated(words: Iterable[str]) -> list[str]:
    return [word for word, count in Counter(words).items() if count > 1]


@pytest.fixture(scope="module")
def table() -> Mapping[str, Any]:
    loaded = _UniqueKeyLoader(TABLE.read_text(encoding="utf-8")).get_data()
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def groups(table: Mapping[str, Any]) -> list[list[str]]:
    return list(table["groups"])


@pytest.fixture(scope="module")
def directed(table: Mapping[str, Any]) -> dict[str, list[str]]:
    return dict(table["directed"])


@pytest.fixture(scope="module")
def unit_names(table: Mapping[str, Any]) -> dict[str, list[str]]:
    return dict(table["unit_names"])


@pytest.fixture(scope="module")
def generic(table: Mapping[str, Any]) -> list[str]:
    return list(table["generic"])


def test_table_has_a_comment_and_exactly_its_four_keys(table: Mapping[str, Any]) -> None:
    assert TABLE.read_text(encoding="utf-8").startswith("# ")
    assert list(table) == ["groups", "directed", "unit_names", "generic"]


def test_words_are_short_plain_strings(
    groups: list[list[str]], directed: dict[str, list[str]], generic: list[str]
) -> None:
    lists = [*groups, list(directed), *directed.values(), generic]
    words = [word for words in lists for word in words]
    assert all(isinstance(word, str) for word in words)
    assert [word for word in words if len(word) not in WORD_LENGTH or not word.isalnum()] == []


def test_unit_names_are_plain_strings_without_a_city(unit_names: dict[str, list[str]]) -> None:
    names = [*unit_names, *(name for names in unit_names.values() for name in names)]
    assert [name for name in names if len(name) not in UNIT_LENGTH or not name.isalnum()] == []
    assert [name for name in names if re.match("[市省县区](?!场|监)", name)] == []


def test_a_word_is_in_one_group_and_a_group_has_two_words(groups: list[list[str]]) -> None:
    assert repeated(word for group in groups for word in group) == []
    assert [group for group in groups if len(group) < 2] == []


def test_a_lay_word_is_in_one_table_only(
    groups: list[list[str]],
    directed: dict[str, list[str]],
    unit_names: dict[str, list[str]],
    generic: list[str],
) -> None:
    grouped = [word for group in groups for word in group]
    assert repeated([*grouped, *directed, *unit_names, *generic]) == []


def test_an_expansion_names_other_words_once_each(
    directed: dict[str, list[str]], unit_names: dict[str, list[str]]
) -> None:
    for word, meanings in [*directed.items(), *unit_names.items()]:
        assert meanings, word
        assert word not in meanings, word
        assert repeated(meanings) == [], word


def test_an_expansion_never_leads_to_a_generic_word(
    directed: dict[str, list[str]], generic: list[str]
) -> None:
    reached = {meaning for meanings in directed.values() for meaning in meanings}
    assert reached & set(generic) == set()
