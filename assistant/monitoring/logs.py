"""The log (运行日志) of the server: one line of text or one JSON object for each event.

The only importer of structlog. Whatever logs through the standard library passes here: it gets the
id of its request, and numbers that name a person, keys and passwords are masked. What users said
does not: a foreign library's message is not told, only where it was logged, nor what an exception
says of a value, only its class and its frames.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from assistant import clock, errors
from assistant.ledger.masking import masked
from assistant.text import clean

if TYPE_CHECKING:
    from structlog.typing import Processor

LogFormat = Literal["text", "json"]
FIELDS = ("method", "route", "status", "milliseconds", "key")  # of the line of a request

SECRET = "[已隐去]"  # noqa: S105 - what stands for one
_SECRETS = (
    (re.compile(r"\bpqa_[A-Za-z0-9_\-]{4,}"), SECRET),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=\-]{4,}"), rf"\1 {SECRET}"),
    (
        re.compile(
            r"(?i)\b((?:\w*token|\w*secret|\w*password|api_?key)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;]+"
        ),
        rf"\1{SECRET}",
    ),
    (re.compile(r"(://)[^\s/@]*:[^\s/@]+(?=@)"), rf"\1{SECRET}"),  # redis://:password@host
)
_MOST_CHARS = 4000  # of one event, or of one line of a traceback
_SAFE = frozenset((*FIELDS, "request_id", "level", "logger"))  # ours; an id may look like a number
_OURS = frozenset(("assistant", "uvicorn"))  # whose messages hold nothing that a user said
# Exceptions that tell of files, names and types; others may repeat the value that they are about.
_TELLING = (
    *(errors.CorpusError, errors.IndexFileError, errors.EncoderError, errors.LedgerError),
    *(errors.KeyStoreError, errors.SettingsError),
    *(OSError, ImportError, AttributeError, NameError, TypeError, NotImplementedError),
)
_MOST_LINKS = 20  # of exceptions that led to one another
_NOISY = ("httpx", "httpcore", "openai", "redis")  # their INFO holds addresses with access tokens

Event = MutableMapping[str, Any]


def configure(log_format: LogFormat, level: str = "INFO") -> None:
    """Send every logger of this process to stderr in this form; uvicorn gets ``log_config=None``.

    ``level`` is that of our own loggers and of uvicorn's; of others, warnings are heard.
    """
    logging.config.dictConfig(configuration(log_format, level))


def configuration(log_format: LogFormat, level: str = "INFO") -> dict[str, Any]:
    """What ``logging.config.dictConfig`` is to set up.

    uvicorn's access log is off: it holds addresses. The line of each request is our own.
    """
    from structlog.stdlib import ProcessorFormatter

    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": ProcessorFormatter,
                "processors": processors(log_format),
            }
        },
        "filters": {"without_callers": {"()": WithoutCallers}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["without_callers"],
                "stream": "ext://sys.stderr",
            },
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "assistant": {"level": level, "handlers": [], "propagate": True},
            "uvicorn": {"level": level, "handlers": [], "propagate": True},
            "uvicorn.error": {"level": level, "handlers": [], "propagate": True},
            "uvicorn.access": {"handlers": ["nowhere"], "propagate": False},
            **{name: {"level": "WARNING"} for name in _NOISY},
        },
    }


def processors(log_format: LogFormat) -> list[Processor]:
    """What makes a line of an event, in order."""
    from structlog.contextvars import merge_contextvars
    from structlog.stdlib import ExtraAdder

    return [
        merge_contextvars,
        ExtraAdder(FIELDS),
        _without_foreign_words,
        _with_exception,
        _without_secrets,
        _as_json if log_format == "json" else _as_text,
    ]


@contextmanager
def request_bound(request_id: str) -> Iterator[None]:
    """Meanwhile every event of this task, and of the threads it runs, carries the id.

    After an error it stays: who called this logs the error next.
    """
    from structlog.contextvars import bind_contextvars, clear_contextvars

    clear_contextvars()
    bind_contextvars(request_id=request_id)
    yield
    clear_contextvars()


class WithoutCallers(logging.Filter):
    """Drops what uvicorn says of WebSockets: the caller's address, and the query with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to keep the record."""
        return not (record.name.startswith("uvicorn") and '"WebSocket' in str(record.msg))


def without_secrets(text: str) -> str:
    """One line of the text, without keys, passwords, and numbers that name a person."""
    if text.isalpha():  # one word holds none, and to look costs more than the rest of a line
        return text
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return masked(text, _MOST_CHARS)


def _without_foreign_words(_logger: object, _method: str, event: Event) -> Event:
    """Say where a foreign library logs, not what: mcp logs whole requests, questions included."""
    record = event["_record"]
    if record.name.partition(".")[0] not in _OURS:
        path = record.pathname.replace("\\", "/").rpartition("/site-packages/")[2]
        event["event"] = f"{path} 第{record.lineno}行的消息，可能含用户的话，没有写入日志。"
        for name in FIELDS:
            event.pop(name, None)
    return event


def _with_exception(_logger: object, _method: str, event: Event) -> Event:
    error = (event.pop("exc_info", None) or (None, None))[1]
    event.pop("stack_info", None)
    if error is not None:
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    """An exception and what led to it, the first cause first, as Python prints a traceback."""
    chain, before = [error], _before(error)
    while before is not None and len(chain) < _MOST_LINKS:
        chain.append(before)
        before = _before(before)
    for number, link in enumerate(reversed(chain)):
        if number:
            yield "\nWhich led to:\n"
        if link.__traceback__ is not None:
            yield "Traceback (most recent call last):"
            yield from "".join(traceback.format_tb(link.__traceback__)).splitlines()
        yield from _last_lines(link)


def _before(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _last_lines(error: BaseException) -> Iterator[str]:
    cls = type(error)
    name = (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )
    says = str(error) if isinstance(error, _TELLING) else ""
    yield f"{name}: {says}" if says else name
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions[:_MOST_LINKS]:
            yield "It holds:"
            yield from _told(member)


def _without_secrets(_logger: object, _method: str, event: Event) -> Event:
    for name, value in event.items():
        if name == "exception":
            event[name] = "\n".join(_masked_line(line) for line in str(value).splitlines())
        elif isinstance(value, str) and name not in _SAFE:
            event[name] = without_secrets(value)
    return event


def _masked_line(line: str) -> str:
    """One line of a traceback: as it was, if there is nothing in it to be masked."""
    told = without_secrets(line)
    return line if line.isprintable() and told == clean(line) else told


def _as_json(_logger: object, _method: str, event: Event) -> str:
    record = event.pop("_record")
    del event["_from_structlog"]
    first = {
        "time": clock.at(record.created).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": event.pop("event"),
    }
    return json.dumps({**first, **event}, ensure_ascii=False, default=str)


def _as_text(_logger: object, _method: str, event: Event) -> str:
    record = event.pop("_record")
    del event["_from_structlog"]
    at = clock.at(record.created).strftime("%Y-%m-%d %H:%M:%S")
    said, exception = event.pop("event"), event.pop("exception", "")
    pairs = "".join(f" {name}={value}" for name, value in event.items())
    line = f"{at} {record.levelname} {record.name}: {said}{pairs}"
    return f"{line}\n{exception}" if exception else line
