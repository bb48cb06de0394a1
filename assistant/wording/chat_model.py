"""A chat model behind any OpenAI-compatible endpoint, held to a budget of seconds.

The only importer of langchain_openai. Neither the key nor a prompt nor an answer is ever logged,
traced or put into an error.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from assistant.wording.breaker import Breaker
from assistant.wording.model_failures import PASSING, Failure, GenerationError, failure_of

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

log = logging.getLogger(__name__)

Message = tuple[str, str]  # its role (system, user, assistant) and its text


# What LangChain raises for an object that is no answer, depending on what is wrong with it.
# Pydantic warns of some, which raises where warnings are errors.
_NOT_AN_ANSWER = (ValueError, LookupError, TypeError, AttributeError, Warning)


class ChatModel(Protocol):
    """Whatever writes an answer to messages."""

    @property
    def name(self) -> str:
        """The model's name, as its endpoint knows it."""
        ...

    @property
    def paused(self) -> bool:
        """Whether it is left alone for a while, as it kept failing."""
        ...

    def stream(self, messages: Sequence[Message], *, deadline: float) -> Iterator[str]:
        """Pieces of the answer, all within ``deadline`` seconds.

        Raises:
            GenerationError: no answer, or no more of it; pieces may have come before.
        """
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served, up to and with /v1; ``api_key`` where it asks for one."""

    base_url: str
    model: str
    api_key: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take, within its deadline.

    ``connect`` seconds to reach the endpoint and ``silence`` seconds between two pieces;
    ``characters`` of text; ``attempts`` while nothing has come, ``backoff`` seconds (twice as long
    each time, less up to half by chance) between them.
    """

    connect: float = 3.0
    silence: float = 8.0
    characters: int = 8000
    attempts: int = 3
    backoff: float = 0.5


class OpenAIChat:
    """A model behind an OpenAI-compatible endpoint, asked through LangChain.

    Safe to share between threads. ``sleep`` and ``chance`` (in [0, 1)) make the waits between
    attempts.
    """

    def __init__(
        self,
        model: ChatOpenAI,
        limits: Limits | None = None,
        breaker: Breaker | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = model.model_name
        self._model = model
        self._limits = limits or Limits()
        self._breaker = breaker or Breaker()
        self._sleep, self._chance = sleep, chance
        self._streams = True

    @classmethod
    def open(cls, endpoint: Endpoint) -> OpenAIChat:
        """The model of an endpoint; nothing is sent yet."""
        return cls(chat_openai(endpoint))

    @property
    def paused(self) -> bool:
        """Whether the endpoint is left alone for a while, as it kept failing."""
        return self._breaker.is_open

    def close(self) -> None:
        """Let go of the connections; the model is not to be asked any more."""
        self._model.root_client.close()

    def stream(self, messages: Sequence[Message], *, deadline: float) -> Iterator[str]:
        """Pieces of the answer, all within ``deadline`` seconds.

        Raises:
            GenerationError: no answer, or no more of it; pieces may have come before.
        """
        if not self._breaker.enter():
            raise GenerationError(Failure.PAUSED)
        end = time.monotonic() + deadline
        answered, heard = None, False
        try:
            for piece in self._persistently(messages, end):
                heard = True
                yield piece
            answered = True
        except GenerationError as error:
            log.warning("chat model: %s %s", error.failure.value, error.detail)
            # Who wants an answer within 4 seconds must not close a slow endpoint to all others.
            answered = None if heard and time.monotonic() >= end else False
            raise
        finally:
            self._breaker.leave(answered)

    def _persistently(self, messages: Sequence[Message], end: float) -> Iterator[str]:
        """The pieces of the first attempt that brings any."""
        for attempt in range(1, self._limits.attempts + 1):
            heard = False
            try:
                for piece in self._pieces(messages, end):
                    heard = heard or bool(piece.strip())
                    yield piece
                if not heard:
                    raise GenerationError(Failure.EMPTY)
                return
            except GenerationError as error:
                wait = self._wait(error, attempt)
                last = attempt == self._limits.attempts or time.monotonic() + wait >= end
                if heard or last or error.failure not in PASSING:
                    raise
            self._sleep(wait)

    def _wait(self, error: GenerationError, attempt: int) -> float:
        if error.retry_after is not None:
            return error.retry_after
        return self._limits.backoff * 2.0 ** (attempt - 1) * (1 - self._chance() / 2)

    def _pieces(self, messages: Sequence[Message], end: float) -> Iterator[str]:
        """The pieces of one request, none later than ``end``."""
        left = max(0.0, end - time.monotonic())
        reader = _Reader(lambda: self._texts(messages, left), self._limits.characters)
        reader.start()
        patience = left
        try:
            while True:
                item = reader.next(min(patience, end - time.monotonic()))
                if item is None:
                    return
                patience = self._limits.silence
                yield item
        finally:
            reader.abandon()

    def _texts(self, messages: Sequence[Message], seconds: float) -> Iterator[str]:
        """What the endpoint writes: piece by piece, or whole where it does not stream."""
        import openai

        timeout = openai.Timeout(seconds, connect=min(seconds, self._limits.connect))
        asked = list(messages)
        if self._streams:
            try:
                yield from (str(c.text) for c in self._model.stream(asked, timeout=timeout))
                return
            except ValueError:
                if not _answered_whole():
                    raise
        text = str(self._model.invoke(asked, timeout=timeout).text)
        self._streams = False  # it has been asked for a stream, and answered without
        yield text


def chat_openai(endpoint: Endpoint) -> ChatOpenAI:
    """LangChain's model of an endpoint, which neither retries nor follows to another address."""
    import openai
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=endpoint.model,
        base_url=endpoint.base_url,
        # Without one LangChain would send OPENAI_API_KEY, which is for somebody else.
        api_key=endpoint.api_key or SecretStr("none"),
        temperature=0,
        max_retries=0,
        use_responses_api=False,
        cache=False,
        http_client=openai.DefaultHttpxClient(
            follow_redirects=False, event_hooks={"response": [_remember]}
        ),
    )


class _Reader(threading.Thread):
    """Reads one answer in a thread of its own, so that nothing keeps the one who asks waiting.

    httpx limits each step (a lookup, a connection, a read), and endpoints can take many.
    """

    def __init__(self, texts: Callable[[], Iterator[str]], limit: int) -> None:
        super().__init__(name="chat-model", daemon=True)
        self.response: Any = None
        self._texts, self._limit = texts, limit
        self._read: SimpleQueue[str | GenerationError | None] = SimpleQueue()
        self._abandoned = False

    def next(self, seconds: float) -> str | None:
        """The next piece, None at the end; raises GenerationError, also after ``seconds``."""
        try:
            item = self._read.get(timeout=max(0.0, seconds))
        except Empty:
            raise GenerationError(Failure.TIMEOUT) from None
        if isinstance(item, GenerationError):
            raise item
        return item

    def keep(self, response: Any) -> bool:
        """Whether somebody still waits for this response."""
        self.response = response
        return not self._abandoned

    def abandon(self) -> None:
        """Let the connection go and with it, if it still reads, the thread."""
        self._abandoned = True
        if self.response is not None and self.is_alive():
            self.response.close()

    def run(self) -> None:
        """Read to the end, to the limit or until abandoned."""
        import openai
        from langsmith import tracing_context

        last: GenerationError | None = GenerationError(Failure.MALFORMED)
        try:
            with tracing_context(enabled=False):  # LANGSMITH_TRACING would send the prompt abroad
                last = self._copy()
        except (openai.OpenAIError, RuntimeError, *_NOT_AN_ANSWER) as error:
            last = failure_of(error)
        finally:
            self._read.put(last)

    def _copy(self) -> GenerationError | None:
        written = 0
        for text in self._texts():
            written += max(1, len(text))
            if written > self._limit:
                return GenerationError(Failure.ENDLESS)
            self._read.put(text)
        return None


def _remember(response: Any) -> None:
    """Tell the thread that reads which response it is; who is abandoned meanwhile stops here."""
    reader = threading.current_thread()
    if isinstance(reader, _Reader) and not reader.keep(response):
        raise TimeoutError


def _answered_whole() -> bool:
    """Whether the endpoint answered a request for a stream with one JSON object."""
    reader = threading.current_thread()
    response = reader.response if isinstance(reader, _Reader) else None
    return response is not None and "json" in response.headers.get("content-type", "")
