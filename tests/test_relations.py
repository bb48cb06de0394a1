"""The standing of documents among each other: an explicit repeal beats dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Status
from assistant.answering.drafting import Draft, judged
from assistant.answering.force import tell_force
from assistant.model import Document
from assistant.reading import links, metadata, validity_terms
from assistant.reading.relations import Relations, standing
from assistant.validity import DocumentStatus, LinkKind
from tests.laws import parsed

OLD = "某市旧办法（试行）"


def document(title: str, number: str, day: date, last: str) -> Document:
    """A document of one article, with its own term and links."""
    text = f"{title}\n{number}\n第一条 为了工作，制定本办法。\n第二条 {last}\n"
    found = replace(
        parsed(text), title=title, doc_number=number, issued_on=day, issuer="某市人民政府",
        id=metadata.document_id(title, number),
    )  # fmt: skip
    found = replace(
        found,
        clauses=tuple(
            replace(c, id=c.id.replace(c.document_id, found.id), document_id=found.id)
            for c in found.clauses
        ),
    )
    return replace(found, validity=validity_terms.read(found), links=links.find(found))


OLDER = document(
    OLD, "某政发〔2018〕5号", date(2018, 3, 1), "本办法自2018年4月1日起施行，有效期十年。"
)
NEWER = document(
    "某市新办法",
    "某政发〔2022〕9号",
    date(2022, 4, 20),
    "本办法自2022年6月1日起施行，《某市旧办法》（某政发[2018]5号）同时废止。",
)
PAIR = (OLDER, NEWER)


def test_a_repeal_beats_the_text_s_own_dates() -> None:
    before = standing(OLDER, PAIR, date(2022, 5, 31))
    after = standing(OLDER, PAIR, date(2022, 6, 1))
    assert before.status is DocumentStatus.IN_FORCE
    assert after.status is DocumentStatus.REPEALED
    assert after.basis == "自2022年6月1日起被《某市新办法》（某政发〔2022〕9号）废止。"
    assert standing(OLDER, (OLDER,), date(2022, 6, 1)).status is DocumentStatus.IN_FORCE
    assert standing(NEWER, PAIR, date(2022, 5, 31)).status is DocumentStatus.NOT_YET


@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)))
def test_a_repealed_text_is_never_current_again(day: date) -> None:
    found = Relations(PAIR).at(day)[OLDER.id].status
    assert (found is DocumentStatus.REPEALED) == (day >= date(2022, 6, 1))
    later = Relations(tuple(reversed(PAIR))).at(day)[OLDER.id].status
    assert later is found


def test_by_title_where_no_number_is_named() -> None:
    naming = document(
        "某市新办法", "某政发〔2022〕9号", date(2022, 4, 20), "《某市旧办法》同时废止。"
    )
    assert standing(OLDER, (OLDER, naming), date(2023, 1, 1)).status is DocumentStatus.REPEALED
    notice = replace(OLDER, title="某市人民政府关于印发《某市旧办法》的通知")
    assert standing(notice, (notice, naming), date(2023, 1, 1)).status is DocumentStatus.REPEALED
    later = replace(OLDER, issued_on=date(2023, 1, 1))  # an old text cannot repeal a later one
    assert standing(later, (later, naming), date(2024, 1, 1)).status is DocumentStatus.IN_FORCE


def test_another_number_is_another_document() -> None:
    other = replace(OLDER, doc_number="某政发〔2016〕1号")
    assert standing(other, (other, NEWER), date(2023, 1, 1)).status is DocumentStatus.IN_FORCE


def test_a_newer_version_supersedes() -> None:
    title = "某市科技创新发展专项资金管理办法"
    first = document(title, "某政发〔2015〕1号", date(2015, 1, 1), "本办法自2015年2月1日起施行。")
    second = document(
        title + "（2020年修订）",
        "某政发〔2020〕1号",
        date(2020, 1, 1),
        "本办法自2020年2月1日起施行。",
    )
    both = (first, second)
    assert standing(first, both, date(2020, 1, 31)).status is DocumentStatus.IN_FORCE
    found = standing(first, both, date(2020, 2, 1))
    assert found.status is DocumentStatus.SUPERSEDED
    assert "某政发〔2020〕1号" in found.basis
    assert standing(second, both, date(2020, 2, 1)).status is DocumentStatus.IN_FORCE
    elsewhere = replace(second, issuer="另一市人民政府")
    assert standing(first, (first, elsewhere), date(2021, 1, 1)).status is DocumentStatus.IN_FORCE
    for name in ("某市2022年国民经济计划", "某市人民政府关于同意的批复"):
        one, two = (replace(d, title=name) for d in both)
        two = replace(two, title=name.replace("2022", "2023"))
        assert standing(one, (one, two), date(2021, 1, 1)).status is DocumentStatus.IN_FORCE


def test_a_change_is_told_and_the_text_stays_in_force() -> None:
    change = document(
        "某市关于修改《某市旧办法》的决定", "某令第9号", date(2020, 1, 1), "自公布之日起施行。"
    )
    assert [k.kind for k in change.links] == [LinkKind.AMENDS]
    found = standing(OLDER, (OLDER, change), date(2021, 1, 1))
    assert found.status is DocumentStatus.IN_FORCE
    assert "已由《某市关于修改《某市旧办法》的决定》（某令第9号）修改" in found.basis


# In answers -------------------------------------------------------------------------------------


def quoted(source: Document) -> Draft:
    """An answer that quotes one clause of a document."""
    draft = Draft()
    clause = source.clauses[-1]
    draft.quote(source, clause, clause.body_range)
    return draft


def test_a_citation_tells_its_standing_and_warns() -> None:
    relations = Relations(PAIR)
    draft = judged(quoted(OLDER), relations.at(date(2023, 1, 1)))
    assert draft.citations[0].validity.status == "repealed"
    [warning] = draft.warnings
    assert warning.startswith(
        f"《{OLD}》（某政发〔2018〕5号）已废止（自2022年6月1日起被《某市新办法》"
    )
    assert draft.status is Status.EXPIRED_ONLY
    current = judged(quoted(NEWER), relations.at(date(2023, 1, 1)))
    assert (current.status, current.warnings) == (Status.ANSWERED, [])
    assert current.citations[0].validity.status == "in_force"
    early = judged(quoted(NEWER), relations.at(date(2022, 5, 1)))
    assert early.status is Status.ANSWERED
    assert "尚未施行" in early.warnings[0]
    asked = judged(quoted(OLDER), relations.at(date(2023, 1, 1)), about_force=True)
    assert asked.status is Status.ANSWERED


def test_the_force_of_a_document_is_told_with_the_words_of_both() -> None:
    draft = Draft()
    tell_force(draft, OLDER, Relations(PAIR), date(2023, 1, 1))
    assert "效力状态（截至2023年1月1日）：已废止。" in draft.text
    assert "施行日期：2018年4月1日。" in draft.text
    assert "有效期至：2028年3月31日。" in draft.text
    assert "自2022年6月1日起被《某市新办法》（某政发〔2022〕9号）废止。" in draft.text
    assert {c.document.id for c in draft.citations} == {OLDER.id, NEWER.id}
    assert "同时废止" in draft.citations[-1].quote


def test_days_are_kept() -> None:
    relations = Relations(PAIR)
    day = date(2023, 1, 1)
    assert relations.at(day) is relations.at(day)
    for offset in range(100):
        relations.at(day + timedelta(days=offset))
    assert relations.at(day) == Relations(PAIR).at(day)


def test_a_document_is_called_by_number_and_title() -> None:
    relations = Relations(PAIR)
    for written in ("某政发〔2018〕5号", "某政发[2018]第5号", OLD, f"《{OLD}》", "某市旧办法"):
        assert relations.called(written) == (OLDER,), written
    assert relations.called("某政发〔2018〕6号") == relations.called("") == ()
