"""``python -m assistant.training.official_nouns --data DIR --out FILE``: nouns of official texts.

The nouns of jieba's dictionary that laws and policies use: what a document of theirs does not
mention, it does not deal with. What only people say (院子, 厂里) is not among them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.text import cut, nouns
from assistant.training.sources import read_json_lines

ARTICLES, POLICIES = 20, 3  # that hold the word at least
_HEAD = """\
# Nouns of jieba's dictionary that {articles} articles of laws or {policies} policies at least use
# (public documents; written by assistant.training.official_nouns).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and write; 0 on success."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of training data")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    rows = read_json_lines(options.data / "laws" / "articles.jsonl.gz")
    files = sorted((options.data / "policies").glob("*.txt"))
    found = official_nouns(
        (row["text"] for row in rows), (file.read_text(encoding="utf-8") for file in files)
    )
    head = _HEAD.format(articles=ARTICLES, policies=POLICIES)
    options.out.write_text(head + "\n".join(found) + "\n", encoding="utf-8")
    return 0


def official_nouns(
    articles: Iterable[str],
    policies: Iterable[str],
    *,
    least: tuple[int, int] = (ARTICLES, POLICIES),
) -> list[str]:
    """The nouns that so many articles or so many policies hold, sorted."""
    counts = [_held(texts) for texts in (articles, policies)]
    return sorted(
        word
        for word in nouns()
        if any(count[word] >= bound for count, bound in zip(counts, least, strict=True))
    )


def _held(texts: Iterable[str]) -> Counter[str]:
    """How many of the texts hold each word."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(set(cut(text)))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
