"""A document's own term read from its sentences, and its standing at every day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Document
from assistant.reading import dates, validity_terms, web_header
from assistant.reading.lines import lines_of
from assistant.validity import NOT_IN_FORCE, STATUS_NAMES, DocumentStatus, Validity
from tests.laws import parsed

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def document(sentence: str, title: str = "某市推动工作办法", **of: object) -> Document:
    """A short document that ends with the sentence, signed on 2022-04-20."""
    text = f"{title}\n第一条 为了推动工作，制定本办法。\n第二条 {sentence}\n某市人民政府\n2022年4月20日\n"
    return replace(parsed(text), issued_on=date(2022, 4, 20), **of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("本办法自2022年5月1日起施行。", "2022-05-01", None),
        ("本办法自二○二二年五月一日起施行，有效期五年。", "2022-05-01", "2027-05-01"),
        ("本办法自2022年5月1日起施行，有效期至2027年4月30日。", "2022-05-01", "2027-05-01"),
        ("本办法自发布之日起施行，有效期2年。", "2022-04-20", "2024-04-20"),
        ("本办法自印发之日起30日后施行。", "2022-05-20", None),
        ("本办法自公布之日起30日后施行。", "2022-05-20", None),
        ("本办法有效期自2022年5月1日至2023年12月31日。", "2022-05-01", "2024-01-01"),
        ("本办法执行期限为2019年1月1日至2021年12月31日。", "2019-01-01", "2022-01-01"),
        ("本规定实行年限为2016至2020年。", "2016-01-01", "2021-01-01"),
        (
            "本办法由市科技局负责解释，自2022年5月1日起施行，试行期两年。",
            "2022-05-01",
            "2024-05-01",
        ),
        ("本办法自2022年5月1日起试行，试行一年。", "2022-05-01", "2023-05-01"),
        ("本政策执行期暂定为自发布之日起三个月。", "2022-04-20", "2022-07-20"),
        ("以上措施自印发之日起实施，有效期至2022年底。", "2022-04-20", "2023-01-01"),
        ("本办法自２０２２年５月１日起施行，《某市旧办法》同时废止。", "2022-05-01", None),
        ("本办法自2024年2月29日起施行，有效期一年。", "2024-02-29", "2025-03-01"),
        ("自2022年5月1日起施行。", "2022-05-01", None),
    ],
)
def test_a_term_of_its_own(sentence: str, start: str, end: str | None) -> None:
    given_document = document(sentence)
    found = validity_terms.read(given_document)
    assert str(found.start) == start
    assert (str(found.end) if found.end else None) == end
    assert sentence[:-1] in found.basis
    for span in found.ranges:
        assert given_document.text[slice(*span)] in found.basis


@pytest.mark.parametrize(
    "sentence",
    [
        "《某省另一条例》自2022年5月1日起施行。",
        "2019年1月1日起全面施行的《中华人民共和国个人所得税法》，是重大部署。",
        "暂定资质证书有效期为一年。",
        "补贴标准自2022年5月1日起执行。",
        "临时规划许可证有效期为两年。",
        "本办法第三条自2023年1月1日起施行的，从其规定。",
        "本办法第三条自2023年1月1日起施行。",
        "本规定的补贴标准自2022年5月1日起执行。",
        "规章应当自公布之日起30日后施行。",
        "到2025年，建成先行区。",
    ],
)
def test_the_term_of_something_else(sentence: str) -> None:
    found = validity_terms.read(document(sentence))
    assert (found.start, found.end, found.basis) == (None, None, "")


def test_years_in_a_title_are_no_term() -> None:
    found = validity_terms.read(document("推动发展。", "某市科技规划（2021—2025年）"))
    assert found == Validity()


def test_the_text_that_a_notice_issues_is_its_own() -> None:
    said = "《某某条例》已经通过，现予公布，自2025年1月1日起施行。"
    found = validity_terms.read(document(said, "某某条例"))
    assert found.start == date(2025, 1, 1)
    assert validity_terms.read(document(said, "另一个条例")).start is None


@pytest.mark.parametrize(
    "sentence",
    [
        "以上措施自公布之日起生效，自疫情防控工作结束之日起停止执行。",
        "本公告自2022年4月20日起施行，截止日期视情况另行公告。",
        "以上措施在疫情防控期间有效。",
        "本意见自印发之日起施行，有效期至疫情解除后再顺延3个月。",
    ],
)
def test_an_end_without_a_day_is_unknown_and_said(sentence: str) -> None:
    found = validity_terms.read(document(sentence))
    assert found.end is None
    assert found.condition
    assert found.at(date(2030, 1, 1)).status is DocumentStatus.UNKNOWN
    assert sentence[:-1] in found.at(date(2030, 1, 1)).basis


def test_trial_is_told_by_title_or_sentence() -> None:
    assert validity_terms.read(document("好。", "某市办法（试行）")).trial
    assert validity_terms.read(document("好。", "某市暂行办法")).trial
    assert not validity_terms.read(document("好。")).trial


def test_published_day_counts_for_publication_only() -> None:
    published = date(2022, 4, 25)
    first = validity_terms.read(document("本办法自公布之日起施行。", published_on=published))
    assert first.start == published
    second = validity_terms.read(document("本办法自印发之日起施行。", published_on=published))
    assert second.start == date(2022, 4, 20)
    wrong = validity_terms.read(document("本办法自公布之日起施行。", published_on=date(2016, 1, 1)))
    assert wrong.start == date(2022, 4, 20)


def test_without_any_day_the_words_are_kept_and_nothing_is_guessed() -> None:
    found = validity_terms.read(
        replace(document("本办法自印发之日起施行，有效期一年。"), issued_on=None)
    )
    assert (found.start, found.end) == (None, None)
    assert found.at(date(2022, 5, 1)).status is DocumentStatus.UNKNOWN
    assert "有效期一年" in found.basis


def test_a_web_table_fills_what_the_text_leaves_open() -> None:
    table = web_header.read(
        lines_of("状态:失效 发布日期:2006-03-02 生效日期: 2006-03-02\n发布文号: 甲[2006]1号")
    )
    assert table is not None
    found = validity_terms.read(document("好。"), table)
    assert found.start == date(2006, 3, 2)
    assert found.at(date(2010, 1, 1)).status is DocumentStatus.EXPIRED
    own = validity_terms.read(document("本办法自2022年5月1日起施行。"), table)
    assert own.start == date(2022, 5, 1)


@given(DAYS, DAYS, DAYS)
def test_half_open(one: date, other: date, day: date) -> None:
    start, end = min(one, other), max(one, other)
    status = Validity(start, end).at(day).status
    assert (status is DocumentStatus.IN_FORCE) == (start <= day < end)
    assert (status in NOT_IN_FORCE) == (not start <= day < end)
    assert STATUS_NAMES[status]


@given(DAYS)
def test_nothing_said_is_unknown(day: date) -> None:
    assert Validity().at(day).status is DocumentStatus.UNKNOWN


@given(DAYS)
def test_written_days_are_read_back(day: date) -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    plain = f"{day.year}年{day.month}月{day.day}日"
    year = "".join("〇一二三四五六七八九"[int(c)] for c in str(day.year))
    for words in (
        plain,
        plain.translate(wide),
        day.isoformat(),
        f"{year}年{day.month}月{day.day}日",
    ):
        assert dates.find_day(words) == day
        assert dates.find_day(words.replace("〇", "○")) == day


@given(DAYS, st.integers(1, 60))
def test_spans_move_forward(day: date, count: int) -> None:
    assert dates.after(day, f"{count}日") == day + timedelta(days=count)
    months = dates.after(day, f"{count}个月")
    assert months is not None
    assert 28 * count <= (months - day).days <= 31 * count + 1
    assert dates.after(day, f"{count}年") == dates.after(day, f"{count * 12}个月")
