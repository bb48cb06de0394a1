"""Dify's chat messages as we read and write them. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.answer import Answer
from assistant.faces.history import well_formed
from assistant.faces.openai_wire import tokens
from assistant.faces.telling import Told
from assistant.model import reference
from assistant.rendering import clause_url

DATASET = "政策文件"
MOST_ID_CHARS = 200

Text = Annotated[str, AfterValidator(well_formed)]
Id = Annotated[str, Field(max_length=MOST_ID_CHARS), AfterValidator(well_formed)]


class ChatBody(BaseModel):
    """What of a request counts; files, variables and a model's configuration are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "query": "智能装备产业重点发展什么？",
                    "user": "abc-123",
                    "conversation_id": "",
                    "inputs": {},
                    "response_mode": "blocking",
                }
            ]
        }
    )

    query: Text = Field(description="问题")
    user: Id = Field("", description="提问者的标识，只保存不可逆的摘要")
    conversation_id: Id | None = Field(
        None, description="会话编号；空则开始新的会话，编号在响应中给出"
    )
    response_mode: Literal["blocking", "streaming"] = Field(
        "blocking", description="blocking 一次返回，streaming 以事件流返回"
    )
    inputs: dict[str, Any] | None = Field(None, description="不计")


class RatingBody(BaseModel):
    """What a user says of an answer."""

    rating: Literal["like", "dislike"] | None = Field(
        description="like 有用，dislike 没用；null（收回）只予确认，已记下的评价保留"
    )
    user: Id = Field("", description="评价者的标识，只保存不可逆的摘要")
    content: Text | None = Field(None, description="更正意见，不超过 2000 字")


class Result(BaseModel):
    """That it was done."""

    result: Literal["success"] = "success"


class Resource(BaseModel):
    """One cited clause, as Dify names the pieces that an answer was made from."""

    position: int
    dataset_id: str
    dataset_name: str
    document_id: str
    document_name: str
    segment_id: str
    score: float | None = Field(description="没有得分：引文已与原文逐字核对")
    content: str
    url: str
    label: str


class Usage(BaseModel):
    """Lengths in tokens by our measure, and the seconds that the answer took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    total_price: str = "0"
    currency: str = "CNY"
    latency: float


class Metadata(BaseModel):
    """What an answer was made from; ``x_policy`` is the Answer object."""

    usage: Usage
    retriever_resources: list[Resource]
    x_policy: Answer


class ChatMessage(BaseModel):
    """A whole answer."""

    event: Literal["message"] = "message"
    task_id: str
    id: str
    message_id: str
    conversation_id: str
    mode: Literal["chat"] = "chat"
    answer: str
    metadata: Metadata
    created_at: int


def metadata(told: Told, query: str, base: str) -> Metadata:
    """The citations as Dify's resources, with the lengths."""
    asked, said = tokens(query), tokens(told.content)
    return Metadata(
        usage=Usage(
            prompt_tokens=asked,
            completion_tokens=said,
            total_tokens=asked + said,
            latency=told.answer.usage.get("milliseconds", 0) / 1000,
        ),
        retriever_resources=[
            Resource(
                position=citation.number,
                dataset_id="corpus",
                dataset_name=DATASET,
                document_id=citation.document.id,
                document_name=reference(citation.document.title, citation.document.doc_number),
                segment_id=citation.clause.id,
                score=None,
                content=citation.quote,
                url=clause_url(citation.clause.id, base),
                label=citation.clause.label,
            )
            for citation in told.answer.citations
        ],
        x_policy=told.answer,
    )
