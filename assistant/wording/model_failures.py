"""Why a chat model gave no answer: the error that is raised for what its client ran into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from assistant.errors import PolicyAssistantError


class Failure(StrEnum):
    """Why a model gave no answer, or not all of it."""

    TIMEOUT = "timeout"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    MALFORMED = "malformed"
    EMPTY = "empty"
    ENDLESS = "endless"
    PAUSED = "paused"


_REASONS = {
    Failure.TIMEOUT: "大模型没有及时作答",
    Failure.BUSY: "大模型服务繁忙",
    Failure.UNAVAILABLE: "大模型服务暂时无法使用",
    Failure.REFUSED: "大模型服务拒绝了请求（请管理员核对 LLM_BASE_URL、LLM_MODEL 和 LLM_API_KEY）",
    Failure.MALFORMED: "大模型服务的回应无法识别",
    Failure.EMPTY: "大模型没有给出内容",
    Failure.ENDLESS: "大模型的回答过长",
    Failure.PAUSED: "大模型服务连续出错，已暂停使用",
}
PASSING = {Failure.TIMEOUT, Failure.BUSY, Failure.UNAVAILABLE}


class GenerationError(PolicyAssistantError):
    """The model gave no answer; ``reason`` is a Chinese clause without its full stop.

    ``detail`` is for the log (HTTP 503), ``retry_after`` the seconds that the endpoint asks for.
    """

    def __init__(
        self, failure: Failure, detail: str = "", retry_after: float | None = None
    ) -> None:
        self.failure, self.detail, self.retry_after = failure, detail, retry_after
        self.reason = _REASONS[failure]
        super().__init__(f"{self.reason}。")


def failure_of(error: Exception) -> GenerationError:
    """What LangChain or the client of openai raised, without the text that came with it."""
    import openai

    detail = type(error).__name__
    if isinstance(error, openai.APIStatusError):
        detail, after = f"HTTP {error.status_code}", retry_after(error.response.headers)
        if error.status_code == 429:
            return GenerationError(Failure.BUSY, detail, after)
        if error.status_code >= 500 or error.status_code == 408:
            return GenerationError(Failure.UNAVAILABLE, detail, after)
        return GenerationError(Failure.REFUSED, detail)
    if isinstance(error, openai.APITimeoutError):
        return GenerationError(Failure.TIMEOUT, detail)
    if isinstance(error, openai.APIResponseValidationError):
        return GenerationError(Failure.MALFORMED, detail)
    if isinstance(error, openai.APIError):  # no connection, or an error within the stream
        return GenerationError(Failure.UNAVAILABLE, detail)
    return GenerationError(Failure.MALFORMED, detail)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, given in seconds or as a date (RFC 9110); None without a sense."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
