"""The words of the menu: 帮助, 责任单位 X, 产业 X, 继续. Everything else is a question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.faces.chat.suggestions import questions
from assistant.faces.contract import Assistant
from assistant.faces.wechat import phrases
from assistant.text import clean, fold

_HELP = frozenset({"帮助", "菜单", "使用帮助", "help", "?", "？"})
_CONTINUE = frozenset({"继续", "下一页", "下一部分"})
_LOOKUP = re.compile(r"(责任单位|产业)(?:[\s:：,，]+(.*))?", re.DOTALL)
_EXAMPLES = 3
_NAMES = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message wants: a question answered, words told at once, or the next part."""

    question: str = ""
    told: str = ""
    continued: bool = False


def wish_of(text: str, assistant: Assistant) -> Wish:
    """The wish that a text states."""
    said = clean(text).strip()
    if said.lower() in _HELP:
        return Wish(told=phrases.guide(*_samples(assistant)))
    if said in _CONTINUE:
        return Wish(continued=True)
    found = _LOOKUP.fullmatch(said)
    if found is None:
        return Wish(question=text)
    name = (found[2] or "").strip()
    if found[1] == "责任单位":
        units = [unit.name for unit in assistant.units()][:_NAMES]
        return Wish(f"{name}负责哪些任务？") if name else Wish(told=phrases.which_unit(units))
    areas = _areas(assistant)
    if not name:
        return Wish(told=phrases.which_area(areas[:_NAMES]))
    if any(name in area or area in name for area in areas):
        return Wish(f"{name}支持哪些产业？")
    industry = name.removesuffix("产业")
    if not _is_named(industry, assistant):
        return Wish(told=phrases.unknown_industry(industry, areas[:_NAMES]))
    return Wish(f"哪些区域支持{industry}产业？")


def is_word(text: str) -> bool:
    """Whether the text is a word that no LLM has a part in: 帮助, 继续 and their like."""
    said = clean(text).strip()
    return said.lower() in _HELP or said in _CONTINUE


def welcome(assistant: Assistant) -> str:
    """What is said to a new follower."""
    return phrases.welcome(*_samples(assistant))


def _samples(assistant: Assistant) -> tuple[tuple[str, ...], str, str]:
    """Questions, a unit and an area that the documents know."""
    units = assistant.units()
    asked = questions(assistant.documents(), units, assistant.industries(), _EXAMPLES)
    return asked, _first(unit.name for unit in units), _first(_areas(assistant))


def _is_named(industry: str, assistant: Assistant) -> bool:
    """Whether an industry stands in the table, or its name in any of the documents."""
    written = fold(industry)
    return bool(assistant.industries(industry=industry)) or any(
        written in fold(document.text) for document in assistant.documents()
    )


def _areas(assistant: Assistant) -> list[str]:
    return list(dict.fromkeys(a for entry in assistant.industries() for a in entry.areas))


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")
