"""Documents read by hand, against the parser: outline, words of clauses, facts of the head and tail.

``data/structure_gold.json`` was written from the sources alone, before the parser was asked. A
heading of null is open: two readers may differ on whether a lone sentence is a title. A fact that
is left out is open too. White space and the width of brackets are not compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from assistant.model import Clause, ClauseKind, Document
from assistant.reading.corpus import read_document
from tests.laws import SHARED

POLICIES = SHARED / "policies"
GOLD: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "structure_gold.json").read_text(encoding="utf-8")
)
FACTS = ("title", "doc_number", "issuer", "issued_on", "recipients", "remark", "annexes")
_WIDE = str.maketrans("()", "（）")
_ANNEX = re.compile(r"附件\d*")
_DECIMAL = re.compile(r"\d+(?:\.\d+)+")


def plain(words: str) -> str:
    """Without white space, with full-width brackets."""
    return re.sub(r"\s", "", words).translate(_WIDE)


def numbered(document: Document) -> dict[str, Clause]:
    """The numbered clauses in reading order by the numbers down the path: 二（一）1, 第三条."""
    owners = {clause.id: clause for clause in document.clauses}
    found: dict[str, Clause] = {}
    for clause in document.clauses:
        if clause.number and clause.kind is ClauseKind.SECTION:
            label = chain(clause, owners)
            while label in found:  # a second one is a difference of its own
                label += "′"
            found[label] = clause
    return found


def chain(clause: Clause, owners: Mapping[str, Clause]) -> str:
    """The numbers of a clause and those above it; an article's and a decimal one stand alone."""
    numbers: list[str] = []
    at: Clause | None = clause
    while at is not None:
        number = plain(at.number).rstrip("、.．")
        if number:
            numbers.insert(0, number)
        if re.fullmatch("第.+条(?:之.+)?", number) or _DECIMAL.fullmatch(number):
            break
        at = owners.get(at.parent_id)
    root = clause.path[0]
    return ("" if root == "正文" else f"{root} ") + "".join(numbers)


def outside_annexes(
    found: Mapping[str, Clause], wanted: Sequence[tuple[str, str | None]]
) -> dict[str, Clause]:
    """The clauses of a document without annexes by labels that do not begin with one.

    A text that a notice prints (印发) is no 附件: when the parser calls it one, that is told once and
    the clauses are compared all the same.
    """
    if any(_ANNEX.match(label) for label, _ in wanted):
        return dict(found)
    bare = {label.rpartition(" ")[2]: clause for label, clause in found.items()}
    return bare if len(bare) == len(found) else dict(found)


def own_words(clause: Clause) -> str:
    """From behind the number to the end of the body: heading and text without the closing note."""
    end = clause.body_range[1] - clause.char_range[0]
    return plain(clause.text[:end]).removeprefix(plain(clause.number))


def outline_differences(
    wanted: Sequence[tuple[str, str | None]], found: Mapping[str, Clause]
) -> Iterator[str]:
    """Clauses that are missing, extra or at another place, and headings that differ."""
    labels, got = [label for label, _ in wanted], list(found)
    for tag, a, b, c, d in SequenceMatcher(None, labels, got, autojunk=False).get_opcodes():
        if tag != "equal":
            yield f"numbering: wanted {labels[a:b]}, got {got[c:d]}"
    for label, heading in wanted:
        if heading is None or label not in found:
            continue
        # A lead sentence that opens a paragraph may keep its full stop.
        if plain(found[label].heading).rstrip("。") != plain(heading):
            yield f"{label}: heading wanted {heading!r}, got {found[label].heading!r}"


def text_differences(
    wanted: Sequence[tuple[str, str, str]], found: Mapping[str, Clause]
) -> Iterator[str]:
    """Clauses whose own words start or end elsewhere."""
    for label, first, last in wanted:
        if label not in found:
            yield f"{label}: no such clause"
            continue
        words = own_words(found[label])
        if not words.startswith(plain(first)):
            yield f"{label}: starts with {words[:12]!r}, wanted {first!r}"
        if not words.endswith(plain(last)):
            yield f"{label}: ends with {words[-12:]!r}, wanted {last!r}"


def fact_differences(wanted: Mapping[str, Any], document: Document) -> Iterator[str]:
    """Facts of the head and tail that differ."""
    annexes = {c.path[0] for c in document.clauses if _ANNEX.fullmatch(c.path[0])}
    found = {
        "title": plain(document.title),
        "doc_number": plain(document.doc_number),
        "issuer": plain(document.issuer),
        "issued_on": document.issued_on and document.issued_on.isoformat(),
        "recipients": bool(document.recipients),
        "remark": bool(document.remark),
        "annexes": len(annexes),
    }
    for name in FACTS:
        if name not in wanted:
            continue
        value = plain(wanted[name]) if isinstance(wanted[name], str) else wanted[name]
        if found[name] != value:
            yield f"{name}: wanted {wanted[name]!r}, got {found[name]!r}"
    if bool(wanted["anomalies"]) != bool(document.anomalies):
        messages = [anomaly.message for anomaly in document.anomalies]
        yield f"anomalies: wanted {wanted['anomalies']}, got {messages}"


@pytest.mark.skipif(not POLICIES.is_dir(), reason="the shared documents are not here")
@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold["file"])
def test_document_is_parsed_as_a_person_reads_it(gold: dict[str, Any]) -> None:
    document = read_document(POLICIES / gold["file"])
    labelled = numbered(document)
    found = outside_annexes(labelled, gold["outline"])
    renamed = [label for label in labelled if label not in found]
    differences = [
        *fact_differences(gold, document),
        *([f"called an annex, and is none: {renamed[0]} …"] if renamed else []),
        *outline_differences(gold["outline"], found),
        *text_differences(gold["texts"], found),
    ]
    assert not differences, "\n".join([gold["file"], *differences])


def test_expectations_are_complete_and_short() -> None:
    """Nothing but labels, titles and beginnings and ends of a few characters is kept here."""
    assert len({gold["file"] for gold in GOLD}) == len(GOLD) >= 10
    for gold in GOLD:
        labels = [label for label, _ in gold["outline"]]
        assert len(set(labels)) == len(labels), gold["file"]
        assert {label for label, _, _ in gold["texts"]} <= set(labels), gold["file"]
        assert all(len(words) <= 12 for _, *ends in gold["texts"] for words in ends), gold["file"]
