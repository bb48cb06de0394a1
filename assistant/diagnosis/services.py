"""What answers over a network: the LLM, and our own port."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from assistant.diagnosis.findings import Finding, fault, ok, warning
from assistant.errors import PortInUse
from assistant.faces.listening import listener
from assistant.settings import Settings
from assistant.wording.chat_model import Endpoint, Limits, OpenAIChat, chat_openai
from assistant.wording.model_failures import Failure, GenerationError

LLM, PORT = "大模型", "端口"
LLM_SECONDS = 10.0
_PORT_SECONDS = 3.0
_ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be reached, not listened on
_MOST_BYTES = 100_000
_QUESTION = (("user", "请只回答一个字：好"),)
_REFUSALS = {
    "HTTP 401": "接口不接受密钥，请核对设置 LLM_API_KEY",
    "HTTP 403": "密钥没有使用这个模型的权限，请核对设置 LLM_API_KEY 和 LLM_MODEL",
    "HTTP 404": "接口没有这个模型或地址，请核对设置 LLM_MODEL 和 LLM_BASE_URL（一般以 /v1 结尾）",
    "HTTP 429": "接口说请求过多或额度用完",
}
_FAILURES = {
    Failure.EMPTY: "没有给出内容，请核对设置 LLM_MODEL",
    Failure.MALFORMED: "回应无法识别，请核对设置 LLM_BASE_URL（OpenAI 兼容，一般以 /v1 结尾）",
    Failure.UNAVAILABLE: "接口出错",
    Failure.REFUSED: "接口拒绝了请求，请核对设置 LLM_MODEL",
}


def llm(settings: Settings, seconds: float = LLM_SECONDS) -> Iterator[Finding]:
    """One tiny request to the LLM; answers do without it, so its faults are no end."""
    if not settings.llm_base_url:
        yield ok(LLM, "没有设置大模型，用原文摘录作答。")
        return
    endpoint = Endpoint(settings.llm_base_url, settings.llm_model, settings.llm_api_key)
    limits = Limits(connect=seconds, silence=seconds, attempts=1)
    chat = OpenAIChat(chat_openai(endpoint), limits)
    where = f"“{settings.llm_model}”（{_without_query(settings.llm_base_url)}）"
    started = time.perf_counter()
    try:
        for piece in chat.stream(_QUESTION, deadline=seconds):
            if piece.strip():
                break  # it speaks
        took = time.perf_counter() - started
        yield ok(LLM, f"{where}可用，{took:.1f}秒后开始作答。")
    except GenerationError as error:
        yield fault(LLM, f"{where}{_why(error, seconds)}；在此之前用原文摘录作答。")
    finally:
        chat.close()


def _without_query(url: str) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _why(error: GenerationError, seconds: float) -> str:
    if error.detail in _REFUSALS:
        return _REFUSALS[error.detail]
    if error.detail.endswith("ConnectionError"):  # openai's, or LangChain's of the same
        return "连接不上，请核对设置 LLM_BASE_URL 和网络"
    if error.failure is Failure.TIMEOUT:
        return f"没有在{seconds:g}秒内作答"
    detail = f"（{error.detail}）" if error.detail else ""
    return f"{_FAILURES.get(error.failure, error.reason)}{detail}"


def port(settings: Settings) -> Iterator[Finding]:
    """Whether the address is free, or held by a service of ours that says how it is.

    Raises:
        SettingsError: there is no such address, or no right to use it.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        with listener(settings.host, settings.port):
            pass
    except PortInUse as error:
        said = _ready(settings)
        yield _state(where, *said) if said else fault(PORT, error)
        return
    yield ok(PORT, f"{where} 空闲。")


def _ready(settings: Settings) -> tuple[int, dict[str, Any]] | None:
    """What whoever listens there says to /readyz; None when it is none of ours."""
    host = _ALL_ADDRESSES.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=_PORT_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Accept": "application/json"})
        response = connection.getresponse()
        said = json.loads(response.read(_MOST_BYTES))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    ours = isinstance(said, dict) and (isinstance(said.get("checks"), dict) or "detail" in said)
    return (response.status, said) if ours else None


def _state(where: str, status: int, said: dict[str, Any]) -> Finding:
    if status != 200:
        return fault(PORT, f"{where} 上的服务不能作答：{said.get('detail', status)}")
    if said.get("status") == "ready":
        return ok(PORT, f"{where} 上的服务正在运行，一切正常。")
    parts = [c for c in said["checks"].values() if isinstance(c, dict) and not c.get("ok", True)]
    details = "".join(str(part.get("detail", "")) for part in parts)
    paused = "大模型连续出错，暂停使用。" if said["checks"].get("llm") == "paused" else ""
    return warning(PORT, f"{where} 上的服务正在运行，但不完全正常：{details}{paused}")
