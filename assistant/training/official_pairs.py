"""``python -m assistant.training.official_pairs --data DIR --out FILE``: the pairs of spelling.

Characters that jieba leaves alone, side by side, and that official texts often write so: no typing
errors. The first articles of each law count, so that long laws do not outvote the others.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, islice, pairwise
from pathlib import Path

from assistant.text import cut, simplified
from assistant.training.sources import read_json_lines

FOLDERS = ("policies", "zibo_regs", "with_header")
TIMES, DOCUMENTS = 10, 5
_ARTICLES = 60
_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_HEAD = """\
# Pairs of characters that jieba's dictionary joins in no word and official Chinese often writes
# side by side: {times} times and in {documents} documents at least, of {laws} laws and
# {policies} policies (public documents; written by assistant.training.official_pairs).
# By the first character, and after it each that follows.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and write; 0 on success."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of training data")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    laws, policies = list(_laws(options.data)), list(_policies(options.data))
    pairs = official_pairs([*laws, *policies])
    after: dict[str, list[str]] = defaultdict(list)
    for pair in sorted(pairs):
        after[pair[0]].append(pair[1])
    head = _HEAD.format(times=TIMES, documents=DOCUMENTS, laws=len(laws), policies=len(policies))
    lines = [f"{first} {''.join(seconds)}\n" for first, seconds in after.items()]
    options.out.write_text(head + "".join(lines), encoding="utf-8")
    return 0


def official_pairs(
    documents: Sequence[str], *, times: int = TIMES, spread: int = DOCUMENTS
) -> frozenset[str]:
    """The pairs that stand so often in all documents, and in so many of them."""
    often: Counter[str] = Counter()
    found_in: Counter[str] = Counter()
    for text in documents:
        here: Counter[str] = Counter()
        for run in _RUN.findall(simplified(text)):
            here.update(a + b for a, b in pairwise(cut(run)) if len(a) == len(b) == 1)
        often.update(here)
        found_in.update(here.keys())
    return frozenset(p for p, count in often.items() if count >= times and found_in[p] >= spread)


def _laws(data: Path) -> Iterator[str]:
    articles = read_json_lines(data / "laws" / "articles.jsonl.gz")
    for _, law in groupby(articles, key=lambda row: row["law"]):
        yield "\n".join(row["text"] for row in islice(law, _ARTICLES))


def _policies(data: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for file in sorted((data / folder).glob("*.txt")):
            yield file.read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
