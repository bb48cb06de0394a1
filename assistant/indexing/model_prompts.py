"""What an embedding model wants before a question and before a passage, by its family.

A sentence-transformers model may carry its prompts in its own config; the families below were
trained with prompts that theirs does not hold. A model of no family here gets none: that is right
for m3e, gte-*-zh, text2vec and bge-m3, whose cards ask for none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NO_PROMPT = "无"  # what a setting says to switch a prompt off
_PASSAGE_NAMES = ("document", "passage", "corpus")  # as sentence-transformers looks for them
_WEB_SEARCH = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is put before a question and before a passage; an empty one puts nothing."""

    query: str = ""
    passage: str = ""


# A part of the model's name, its prompts; the first that fits counts.
_FAMILIES: tuple[tuple[re.Pattern[str], Prompts], ...] = (
    # FlagEmbedding's README, "query instruction for retrieval"; none for passages
    (re.compile(r"bge-(?:small|base|large)-zh"), Prompts("为这个句子生成表示以用于检索相关文章：")),
    (
        re.compile(r"bge-(?:small|base|large)-en"),
        Prompts("Represent this sentence for searching relevant passages: "),
    ),
    # the card of intfloat/multilingual-e5-large-instruct: none for passages
    (re.compile(r"\be5-.*instruct"), Prompts(_WEB_SEARCH + " ")),
    # the cards of intfloat/e5-* and multilingual-e5-*: each input begins with one of the two
    (re.compile(r"\be5-(?:small|base|large)"), Prompts("query: ", "passage: ")),
    # the card of Qwen/Qwen3-Embedding-*, get_detailed_instruct; none for passages
    (re.compile(r"qwen3-embedding"), Prompts(_WEB_SEARCH)),
)


def prompts_for(
    model: str, own: Mapping[str, str | None], query: str = "", passage: str = ""
) -> Prompts:
    """The prompts of a model: those given, else those ``own`` to it, else those of its family.

    ``model`` is a hub name or a folder; a folder goes by its name and the one in its config.
    """
    of_passages = next(filter(None, (own.get(name) for name in _PASSAGE_NAMES)), "")
    stored = Prompts(own.get("query") or "", of_passages)
    default = stored if stored != Prompts() else _family(model)
    return Prompts(_chosen(query, default.query), _chosen(passage, default.passage))


def _chosen(given: str, default: str) -> str:
    return "" if given == NO_PROMPT else given or default


def _family(model: str) -> Prompts:
    names = (name.lower().replace("_", "-") for name in (Path(model).name, _name_in_config(model)))
    return next(
        (prompts for name in names for part, prompts in _FAMILIES if part.search(name)), Prompts()
    )


def _name_in_config(model: str) -> str:
    """The name that a folder's model was trained under, where its config still says so."""
    try:
        config = json.loads((Path(model) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return Path(str(config.get("_name_or_path", ""))).name if isinstance(config, dict) else ""
