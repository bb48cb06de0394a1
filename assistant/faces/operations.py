"""For those who run the service: whether it lives, whether it can answer, and its figures.

All three are answered beside the threads that answer questions, so that they are heard when every
one of those is taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.access.keys import KeyRing
from assistant.errors import KeyStoreError, PolicyAssistantError
from assistant.faces import problems
from assistant.faces.contract import Assistant
from assistant.faces.rest.description import Responses, described, example
from assistant.faces.rest.examples import HEALTH
from assistant.faces.wire import Health
from assistant.ledger.entries import LedgerHealth
from assistant.monitoring import metrics as figures
from assistant.monitoring.metrics import Metrics
from assistant.settings import Settings

LlmState = Literal["off", "ok", "paused"]
KEYS = "keys"
NOT_READY = problems.Kind(503, "not_ready", "暂时不能作答")

READY: dict[str, Any] = {
    "status": "ready",
    "checks": {
        "index": {"ok": True, "documents": 3, "clauses": 180, "detail": "索引可用。"},
        "ledger": {
            "ok": True,
            "pending": 0,
            "lost": 0,
            "detail": "问答记录正常，0条等待写入。",
        },
        "llm": "off",
        "keys": {"ok": True, "detail": "密钥可以核对。"},
        "redis": {"ok": True, "detail": "redis 可用。"},
    },
}
FIGURES = """# HELP policy_answers_total Answers, refusals included.
# TYPE policy_answers_total counter
policy_answers_total{channel="rest",status="answered"} 12.0
"""
_TEXT: Responses = {200: {"content": {"text/plain": {"example": FIGURES}}}}


class MonitoredLedger(Protocol):
    """A ledger that can say how it stands."""

    def health(self) -> LedgerHealth:
        """Whether rows are being saved; asks memory only."""
        ...


class IndexCheck(BaseModel):
    """Whether there is an index to answer from."""

    ok: bool
    documents: int
    clauses: int
    detail: str


class LedgerCheck(BaseModel):
    """Whether answers are being recorded; they are given in any case."""

    ok: bool
    pending: int = Field(description="等待写入的条数")
    lost: int = Field(description="未能保存的条数")
    detail: str


class StoreCheck(BaseModel):
    """Whether a store answers that calls depend on."""

    ok: bool
    detail: str


class Checks(BaseModel):
    """How each part stands; besides those named here, each store by its name (keys, redis)."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, StoreCheck]

    index: IndexCheck
    ledger: LedgerCheck
    llm: LlmState = Field(
        description="大模型：off 未设置，ok 可用，paused 连续出错、暂用原文摘录作答"
    )


class ReadyReport(BaseModel):
    """That questions can be answered, and what is not as it should be."""

    status: Literal["ready", "degraded"] = Field(description="degraded：能作答，但有一项不正常")
    checks: Checks


class Readiness:
    """Whether this process takes questions."""

    def __init__(
        self,
        assistant: Assistant,
        ledger: MonitoredLedger,
        stores: Mapping[str, Callable[[], bool]],
        llm: Callable[[], LlmState],
    ) -> None:
        self._assistant, self._ledger = assistant, ledger
        self._stores, self._llm = dict(stores), llm
        self._stopping = False

    def stopping(self) -> None:
        """From now on no new question is to be sent here."""
        self._stopping = True

    def fault(self) -> str:
        """Why no question can be answered, empty where they can."""
        if self._stopping:
            return "服务正在停止，请稍后再试。"
        index = self._index()
        return "" if index.ok else index.detail

    def report(self) -> ReadyReport:
        """How each part stands; the stores are asked."""
        index, ledger, llm = self._index(), _of_ledger(self._ledger.health()), self._llm()
        stores = {name: _of_store(name, answers()) for name, answers in self._stores.items()}
        well = ledger.ok and llm != "paused" and all(store.ok for store in stores.values())
        checks = Checks(index=index, ledger=ledger, llm=llm, **stores)
        return ReadyReport(status="ready" if well else "degraded", checks=checks)

    def gauges(self) -> dict[str, float]:
        """The present state of this process as figures."""
        index, ledger = self._index(), self._ledger.health()
        return {
            figures.LEDGER_PENDING: ledger.pending,
            figures.LEDGER_LOST: ledger.lost,
            figures.LEDGER_OK: float(ledger.ok),
            figures.INDEX_DOCUMENTS: index.documents,
            figures.INDEX_CLAUSES: index.clauses,
        }

    def _index(self) -> IndexCheck:
        try:
            said = self._assistant.info()
        except PolicyAssistantError as error:
            return IndexCheck(ok=False, documents=0, clauses=0, detail=problems.told(error))
        documents, clauses = int(said.get("documents", 0)), int(said.get("clauses", 0))
        detail = "索引可用。" if clauses else "索引中没有条款，请检查文件所在的文件夹。"
        return IndexCheck(ok=clauses > 0, documents=documents, clauses=clauses, detail=detail)


def _of_ledger(health: LedgerHealth) -> LedgerCheck:
    return LedgerCheck(
        ok=health.ok, pending=health.pending, lost=health.lost, detail=health.message
    )


def _of_store(name: str, ok: bool) -> StoreCheck:
    if name == KEYS:
        detail = "密钥可以核对。" if ok else problems.KINDS[KeyStoreError].detail
        return StoreCheck(ok=ok, detail=detail)
    return StoreCheck(
        ok=ok, detail=f"{name} 可用。" if ok else f"{name} 没有应答，请检查它的网址。"
    )


def add_operations(
    app: FastAPI,
    assistant: Assistant,
    ledger: MonitoredLedger,
    metrics: Metrics,
    settings: Settings,
    *,
    stores: Mapping[str, Callable[[], bool]] = {},
    llm_paused: Callable[[], bool] = lambda: False,
) -> Readiness:
    """Add ``/healthz``, ``/readyz`` and ``/metrics``; what is returned is told of the stop.

    ``stores`` are asked at each ``/readyz`` whether they answer: within a second or so, and never
    raising; the keys are looked after here. ``llm_paused`` tells whether an LLM that is set is left
    alone just now.
    """

    def llm() -> LlmState:
        if not settings.llm_base_url:
            return "off"
        return "paused" if llm_paused() else "ok"

    stores = {KEYS: KeyRing.open(settings.state_dir).is_readable, **stores}
    readiness = Readiness(assistant, ledger, stores, llm)
    _add_health(app, assistant)
    _add_ready(app, readiness)
    _add_metrics(app, metrics, readiness)
    return readiness


def _add_health(app: FastAPI, assistant: Assistant) -> None:
    @app.get(
        "/healthz",
        tags=["运行"],
        summary="服务与索引的状态",
        responses={**example(HEALTH), **described(always=(500, 503))},
    )
    async def healthz() -> Health:
        return Health(status="ok", index=assistant.info())


def _add_ready(app: FastAPI, readiness: Readiness) -> None:
    @app.get(
        "/readyz",
        tags=["运行"],
        summary="能否作答，以及各部分是否正常",
        responses={**example(READY), **described(always=(500, 503))},
        response_model=ReadyReport,
    )
    async def readyz(request: Request) -> ReadyReport | Response:
        if fault := readiness.fault():
            return problems.problem(NOT_READY, fault, request.url.path)
        return await asyncio.to_thread(readiness.report)


def _add_metrics(app: FastAPI, metrics: Metrics, readiness: Readiness) -> None:
    @app.get(
        "/metrics",
        tags=["运行"],
        summary="监控指标（Prometheus 格式）",
        response_class=PlainTextResponse,
        responses={**_TEXT, **described(always=(401, 403, 429, 500, 503))},
    )
    async def exposition() -> Response:
        body, kind = await asyncio.to_thread(metrics.exposition, readiness.gauges())
        return Response(body, headers={"Content-Type": kind})
