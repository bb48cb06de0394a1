"""OpenAI's chat completions as we read and write them: shapes, annotations, usage. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from assistant.answer import Answer
from assistant.faces.history import text_of, well_formed
from assistant.faces.telling import Told
from assistant.rendering import clause_url, source

MODEL = "policy-assistant"
_BYTES_PER_TOKEN = 3  # of UTF-8: about one Chinese character, or three Latin letters

Text = Annotated[str, AfterValidator(well_formed)]


class MessageBody(BaseModel):
    """One message; content is text or a list of parts, of which the texts count."""

    role: Text
    content: Text | list[dict[str, Any] | str] | None = None


class StreamOptions(BaseModel):
    """What else a stream is to bring."""

    include_usage: StrictBool | None = None


class CompletionBody(BaseModel):
    """What of a request counts; all else (temperature, tools, a system prompt …) is ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": "智能装备产业重点发展什么？"}],
                }
            ]
        }
    )

    messages: list[MessageBody] = Field(
        min_length=1,
        max_length=1000,
        description="最后一条 role 为 user 的是问题，此前的是历史；system 与 tool 不计",
    )
    model: Text | None = Field(None, description="可任意填写")
    stream: StrictBool | None = Field(None, description="为 true 时以事件流返回")
    stream_options: StreamOptions | None = None
    user: Text | None = Field(None, description="提问者的标识，只保存不可逆的摘要")


class URLCitation(BaseModel):
    """What stands in ``content[start_index:end_index]`` (code points), and where it is from."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """One source of one stretch of the content."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: URLCitation


class Message(BaseModel):
    """The answer as text, with its sources."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one answer."""

    index: int = 0
    message: Message
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Lengths in tokens, see ``tokens``; never zero, as some bots take that for a failure."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """A whole answer; ``x_policy`` is the Answer object, ``citations`` the addresses."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    citations: list[str]
    x_policy: Answer


class ModelCard(BaseModel):
    """One model that can be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = MODEL


class ModelList(BaseModel):
    """The models that can be asked."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


def tokens(text: str) -> int:
    """The length of a text in tokens: a third of its bytes in UTF-8, at least one.

    A measure, not a model's own count: nothing is billed by it.
    """
    return max(1, math.ceil(len(text.encode("utf-8", "replace")) / _BYTES_PER_TOKEN))


def usage(messages: Sequence[MessageBody], content: str) -> Usage:
    """The lengths of what was asked and of what was answered."""
    asked = tokens("\n".join(text_of(message.content) for message in messages))
    said = tokens(content)
    return Usage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)


def url_citations(told: Told, base: str) -> list[Annotation]:
    """One for each stretch of the content and each of its sources, in the order of the sources."""
    return [
        Annotation(
            url_citation=URLCitation(
                start_index=start,
                end_index=stop,
                title=source(citation),
                url=clause_url(citation.clause.id, base),
            )
        )
        for citation, (start, stop) in told.citing()
    ]


def citations(told: Told, base: str) -> list[str]:
    """The addresses of the cited clauses by the number of their mark: [n] is the n-th."""
    return [clause_url(c.clause.id, base) for c in told.answer.citations]


class Chunks:
    """The chunks of one stream, each as JSON."""

    def __init__(self, completion_id: str, created: int, model: str) -> None:
        self._head = {
            "id": completion_id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
        }

    def piece(self, text: str, *, first: bool) -> dict[str, Any]:
        """A piece of the content; the first one says who speaks."""
        role = {"role": "assistant"} if first else {}
        return self._chunk({**role, "content": text}, None)

    def last(self, told: Told, base: str) -> dict[str, Any]:
        """The sources of what was said, and the Answer object."""
        found = [annotation.model_dump() for annotation in url_citations(told, base)]
        return {
            **self._chunk({"annotations": found}, "stop"),
            "citations": citations(told, base),
            "x_policy": told.answer.to_dict(),
        }

    def used(self, spent: Usage) -> dict[str, Any]:
        """The lengths, without any choice."""
        return {**self._head, "choices": [], "usage": spent.model_dump()}

    def _chunk(self, delta: dict[str, Any], finished: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finished}
        return {**self._head, "choices": [choice]}
