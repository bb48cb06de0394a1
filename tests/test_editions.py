"""Files that give the same document: a copy is left out, an edition is kept under an id of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import Anomaly, AnomalyKind, Document
from assistant.reading.editions import settle, with_id
from tests import laws

TEXT = "某市关于推动工作的意见\n某政字〔2022〕4号\n一、任务\n(一)做好。抓好落实{}。（责任单位：市科技局）\n1.细则。\n"


def edition(words: str = "", day: date | None = None, **changes: object) -> Document:
    document = laws.parsed(TEXT.format(words))
    hashed = f"{abs(hash(words)):064x}"
    return replace(document, issued_on=day, sha256=hashed, **changes)  # type: ignore[arg-type]


PLAIN = edition().id


def test_one_file_one_document() -> None:
    document = edition()
    found = settle([("a.txt", document)])
    assert (found.documents, found.copies, found.notices) == ({"a.txt": document}, {}, ())


def test_a_copy_is_left_out() -> None:
    first = edition("甲")
    spaced = replace(first, text=first.text.replace("\n", " \n\n"), sha256="1" * 64)
    found = settle([("a.txt", first), ("b.docx", spaced), ("c.txt", first)])
    assert found.documents == {"a.txt": first}
    assert found.copies == {"b.docx": "a.txt", "c.txt": "a.txt"}
    assert found.notices == ()


@pytest.mark.parametrize("turned", [False, True])
def test_the_newer_edition_keeps_the_plain_id(turned: bool) -> None:
    old, new = edition("旧", date(2019, 3, 1)), edition("新", date(2022, 4, 20))
    pairs = [("a.txt", new), ("b.txt", old)] if turned else [("a.txt", old), ("b.txt", new)]
    found = settle(pairs).documents
    assert list(found) == ["a.txt", "b.txt"], "in order of the files"
    by_text = {document.text: document for document in found.values()}
    assert by_text[new.text] == new
    assert by_text[old.text].id == f"{PLAIN}-v20190301"
    laws.keeps_the_laws(by_text[old.text])


def test_a_date_of_publication_decides_where_the_issue_does_not() -> None:
    old = edition("旧", published_on=date(2019, 1, 1))
    new = edition("新", published_on=date(2020, 1, 1))
    found = settle([("a.txt", new), ("b.txt", old)])
    assert found.documents["a.txt"].id == PLAIN
    assert found.documents["b.txt"].id == f"{PLAIN}-{old.sha256[:8]}"
    assert "以后者为新" in found.notices[0]


def test_without_dates_the_names_decide_and_that_is_said() -> None:
    found = settle([("办法10.txt", edition("十")), ("办法9.txt", edition("九"))])
    assert found.documents["办法10.txt"].id == PLAIN, "ten is after nine"
    assert found.notices == (
        "文件“办法9.txt”与“办法10.txt”是《某市关于推动工作的意见》的两个版本，没有日期可分先后，"
        "按文件名以后者为新，请在同名 .yaml 文件中写明 date。",
    )


def test_another_title_under_the_same_number_is_no_edition() -> None:
    found = settle([("a.txt", edition("甲")), ("b.txt", edition("乙", title="另一份文件"))])
    assert len({document.id for document in found.documents.values()}) == 2
    assert "编号相同而标题不同" in found.notices[0]


def test_an_id_that_is_taken_is_not_given_twice() -> None:
    day = date(2019, 3, 1)
    taken = replace(laws.parsed("另一份文件\n一、任务\n做好。\n"), id=f"{PLAIN}-v20190301")
    read = [
        ("a", edition("一", day)),
        ("b", edition("二", day)),
        ("c", edition("三")),
        ("d", taken),
    ]
    ids = [document.id for document in settle(read).documents.values()]
    assert len(set(ids)) == 4
    assert ids[3] == taken.id


def test_another_id_reaches_all_that_holds_it_and_back() -> None:
    document = edition("甲")
    document = replace(
        document,
        anomalies=(Anomaly(AnomalyKind.GAP, "缺号。", (0, 1), document.clauses[-1].id),),
    )
    moved = with_id(document, "other")
    laws.keeps_the_laws(moved)
    assert f"{document.id}:" not in repr(moved)
    assert moved.anomalies[0].clause_id == moved.clauses[-1].id
    assert with_id(moved, document.id) == document
    assert with_id(document, document.id) is document


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["甲", "乙", "丙"]),
            st.sampled_from([None, date(2019, 1, 1), date(2020, 1, 1)]),
            st.sampled_from(["", "b-title"]),
        ),
        max_size=6,
    )
)
def test_every_file_has_a_document_or_is_a_copy(rows: list[tuple[str, date | None, str]]) -> None:
    read = [
        (f"{at}.txt", edition(words, day, **({"title": title} if title else {})))
        for at, (words, day, title) in enumerate(rows)
    ]
    found = settle(read)
    assert [*found.documents, *found.copies] != [] or not rows
    assert sorted([*found.documents, *found.copies]) == sorted(name for name, _ in read)
    ids = [document.id for document in found.documents.values()]
    assert len(ids) == len(set(ids))
    assert not rows or PLAIN in ids
    for name, document in read:
        kept = found.documents[found.copies.get(name, name)]
        assert kept.text == document.text
