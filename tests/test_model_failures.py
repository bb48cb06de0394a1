"""Failures have a sentence each, and Retry-After is read in both of its forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from assistant.wording.model_failures import Failure, GenerationError, retry_after


@pytest.mark.parametrize("failure", list(Failure))
def test_each_failure_is_one_chinese_sentence(failure: Failure) -> None:
    error = GenerationError(failure)
    assert str(error) == f"{error.reason}。"
    assert "大模型" in error.reason
    assert "。" not in error.reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("12", 12.0), (" 3 ", 3.0), ("", None), ("soon", None), ("-1", None)],
)
def test_seconds(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_a_date() -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert 3500 < (retry_after({"retry-after": format_datetime(later, usegmt=True)}) or 0) <= 3600
    past = datetime.now(UTC) - timedelta(hours=1)
    assert retry_after({"retry-after": format_datetime(past, usegmt=True)}) == 0.0
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00"}) is None
    assert retry_after({}) is None
