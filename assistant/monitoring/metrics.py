"""Figures for Prometheus (监控指标): counts and durations, never a question, a user or an address.

The only importer of prometheus_client. Where PROMETHEUS_MULTIPROC_DIR was set before that library
was first imported, several processes count in the files of that folder, and the exposition of any
of them is of all.
"""

from __future__ import annotations

from collections.abc import Mapping

from assistant.answer import Answer, Status
from assistant.revision import __version__

OTHER = "other"  # what is not known by name shares one label: labels must not grow without end
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
REFUSALS = frozenset((Status.NO_SOURCE, Status.OUT_OF_SCOPE, Status.EXPIRED_ONLY, Status.BLOCKED))

# Seconds. An extract takes milliseconds, an LLM up to its budget; WeChat waits for five seconds.
_SECONDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0),
    *(2.0, 3.0, 4.0, 4.5, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0),
)
_STAGE_SECONDS = (0.001, 0.0025, *_SECONDS)
_NOT_A_STAGE = frozenset(("milliseconds", "fallback"))

LEDGER_PENDING = "policy_ledger_pending"
LEDGER_LOST = "policy_ledger_lost"
LEDGER_OK = "policy_ledger_ok"
INDEX_DOCUMENTS = "policy_index_documents"
INDEX_CLAUSES = "policy_index_clauses"
# What it says, and what several processes make of it: each tells its own when it is asked.
_GAUGES = {
    LEDGER_PENDING: ("Ledger rows that wait in memory to be saved.", "livesum"),
    LEDGER_LOST: ("Ledger rows that will never be saved.", "sum"),
    LEDGER_OK: ("Whether the ledger saves its rows (1) or cannot (0).", "livemin"),
    INDEX_DOCUMENTS: ("Documents of the index.", "livemax"),
    INDEX_CLAUSES: ("Clauses of the index.", "livemax"),
}


class Metrics:
    """The counters of one application in a registry of its own; safe to share between threads.

    One for each process where several processes count together.
    """

    def __init__(self) -> None:
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            disable_created_metrics,
        )

        # They would be as many series again, which nobody reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(name, says, labels, registry=registry)

        def histogram(name: str, says: str, label: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(name, says, (label,), registry=registry, buckets=buckets)

        requested = ("route", "method", "status")
        self._requests = counter("policy_requests", "Requests over HTTP.", *requested)
        self._request_seconds = histogram(
            "policy_request_seconds", "Until the last byte of a response.", "route", _SECONDS
        )
        ended = ("channel", "status")
        self._answers = counter("policy_answers", "Answers, refusals included.", *ended)
        self._refusals = counter("policy_refusals", "Answers that refuse.", *ended)
        self._fallbacks = counter(
            "policy_llm_fallbacks", "An LLM was asked and its words were not used.", "channel"
        )
        self._worded = counter("policy_llm_answers", "Answers in the words of an LLM.")
        self._answer_seconds = histogram(
            "policy_answer_seconds", "From question to answer.", "channel", _SECONDS
        )
        self._stage_seconds = histogram(
            "policy_stage_seconds", "By stage of an answer.", "stage", _STAGE_SECONDS
        )
        self._gauges = {
            name: Gauge(name, says, registry=registry, multiprocess_mode=together)  # type: ignore[arg-type]
            for name, (says, together) in _GAUGES.items()
        }
        self._gauges[LEDGER_OK].set(1)  # until somebody asks, and a process may not be asked soon
        build = Gauge(
            "policy_build_info",
            "The version that runs.",
            ("version",),
            registry=registry,
            multiprocess_mode="livemax",
        )
        build.labels(__version__).set(1)

    def answered(self, answer: Answer, channel: str) -> None:
        """Count one answer that was given over ``channel``, and how long its stages took."""
        status = answer.status.value
        self._answers.labels(channel, status).inc()
        if answer.status in REFUSALS:
            self._refusals.labels(channel, status).inc()
        if answer.aigc.generated:
            self._worded.inc()
        if answer.usage.get("fallback"):
            self._fallbacks.labels(channel).inc()
        if (milliseconds := answer.usage.get("milliseconds")) is not None:
            self._answer_seconds.labels(channel).observe(milliseconds / 1000)
        for stage, milliseconds in answer.usage.items():
            if stage not in _NOT_A_STAGE:
                self._stage_seconds.labels(stage).observe(milliseconds / 1000)

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request; ``route`` is the route's template, empty where none was found."""
        route = route or OTHER
        method = method if method in METHODS else OTHER
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def exposition(self, gauges: Mapping[str, float]) -> tuple[bytes, str]:
        """All figures as Prometheus reads them, and their content type.

        ``gauges`` are the present values of this process by name: the constants of this module.
        """
        from prometheus_client import (
            CONTENT_TYPE_PLAIN_0_0_4,
            CollectorRegistry,
            generate_latest,
            values,
        )
        from prometheus_client.multiprocess import MultiProcessCollector

        for name, value in gauges.items():
            self._gauges[name].set(value)
        registry = self._registry
        if values.ValueClass._multiprocess:  # as the library decided when it was imported
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


def forget_process(pid: int) -> None:
    """What an ended process said of its present state is no longer told; its counts stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
